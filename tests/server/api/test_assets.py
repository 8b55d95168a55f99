"""Assets over HTTP: uploaded once, checked, and seen in pictures from the next request on."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.renderer.images.files import png_header, saved, two_halves
from tests.server.live_server import API_KEY, Answer, LiveServer, live_server, write_template
from tests.server.outgoing.origin import png

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)
PNG = "image/png"
SVG = (
    b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 4'>"
    b"<script>alert(1)</script><rect width='8' height='4'/></svg>"
)
MANIFEST = """\
[variables.photo]
type = "image"
placeholder = "green.png"
"""
HTML = """\
<style>body { margin: 0; display: flex; background: white } img, div { width: 40px; height: 60px }</style>
<img src="{{ photo }}"><div style="background: url(asset:fixed)"></div>
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    templates = tmp_path_factory.mktemp("templates")
    write_template(templates / "photo", HTML, MANIFEST, files={"green.png": png("green")})
    with live_server(tmp_path_factory.mktemp("data"), templates, max_source_bytes=200_000) as server:
        yield server


def put(live: LiveServer, name: str, data: bytes, media_type: str | None = PNG) -> Answer:
    headers = {"Authorization": f"Bearer {API_KEY}"} | ({} if media_type is None else {"Content-Type": media_type})
    return live.ask(f"/v1/assets/{name}", "PUT", headers, data)


def pixel(answer: Answer, x: int) -> tuple[int, ...]:
    with Image.open(BytesIO(answer.body)) as image:
        found = image.convert("RGB").getpixel((x, 30))
        assert isinstance(found, tuple)
        return found


def code(answer: Answer) -> tuple[int, object]:
    return answer.status, answer.json()["code"]


def test_an_upload_is_described_listed_and_given_back(live: LiveServer) -> None:
    data = saved(two_halves(), "JPEG", exif=_turned())
    new, same = put(live, "face.jpg", data), put(live, "face.jpg", data)
    assert (new.status, same.status) == (201, 200)
    described = new.json()
    assert (described["url"], described["media_type"], described["bytes"]) == (
        "asset:face.jpg",
        "image/jpeg",
        len(data),
    )
    assert (described["width"], described["height"]) == (60, 100)
    assert (described["changed"], same.json()["changed"]) == (True, False)
    one = live.call("/v1/assets/face.jpg")
    assert one.json() == {k: v for k, v in described.items() if k not in ("changed", "removed_renders")}
    listed = live.call("/v1/assets")
    assert one.json() in listed.json()["assets"]  # type: ignore[operator]
    for path, answer in (("/v1/assets", listed), ("/v1/assets/face.jpg", one)):
        again = live.call(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status, again.body) == (304, b"")
    for content in (
        live.call("/v1/assets/face.jpg/content"),
        live.call("/v1/assets/face.jpg", headers={"Accept": "image/*"}),
    ):
        assert (content.body, content.headers["content-type"]) == (data, "image/jpeg")
        assert content.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in content.headers["content-security-policy"]
    assert live.call("/v1/assets/face.jpg/content", headers={"If-None-Match": content.headers["etag"]}).status == 304
    assert live.call("/v1/assets/face.jpg", headers={"Accept": "image/*, application/json"}).json() == one.json()


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def test_pictures_show_an_asset_until_it_changes(live: LiveServer) -> None:
    path = live.path("photo", photo="asset:hero")
    lacking = live.ask(path)
    assert (pixel(lacking, 20), lacking.headers["x-signet-state"]) == (GREEN, "fallback")
    assert lacking.headers["cache-control"] == "public, max-age=60"
    put(live, "hero", png("#ff0000"))
    put(live, "fixed", png("#0000ff"))
    red = live.ask(path)
    assert ([pixel(red, 20), pixel(red, 60)], red.headers["x-signet-state"]) == ([RED, BLUE], "fresh")
    assert "max-age=86400" in red.headers["cache-control"]
    assert {"asset:hero", "asset:fixed"} <= set(red.headers["cache-tag"].split(","))
    assert live.ask(path).headers["cache-status"] == "Signet; hit"
    changed = put(live, "hero", png("#0000ff"))
    assert (changed.status, changed.json()["removed_renders"]) == (200, 1)
    blue = live.ask(path)
    assert pixel(blue, 20) == BLUE
    assert blue.headers["etag"] != red.headers["etag"]
    assert live.ask(path, headers={"If-None-Match": blue.headers["etag"]}).status == 304
    gone = live.call("/v1/assets/hero", method="DELETE")
    assert (gone.status, gone.json()) == (200, {"name": "hero", "removed_renders": 1})
    assert pixel(live.ask(path), 20) == GREEN


def test_only_holders_of_a_key_learn_which_names_there_are(live: LiveServer) -> None:
    put(live, "brand-logo", png())
    variables = {"photo": "asset:brand-logos"}
    answer = live.call("/v1/templates/photo/render", {"variables": variables}).json()
    messages = [item["message"] for item in answer["diagnostics"]]  # type: ignore[attr-defined]
    assert any("did you mean 'brand-logo'" in message for message in messages)
    public = live.ask(live.path("photo", photo="asset:brand-logos"))
    assert b"brand-logo'" not in public.body
    assert not any("brand-logo'" in value for value in public.headers.values())
    for path in ("/v1/assets", "/v1/assets/brand-logo", "/v1/assets/brand-logo/content"):
        assert live.call(path, key=None).status == 401
    assert live.call("/v1/assets/x", png(), key="wrong", method="PUT").status == 401


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a PNG"),
        (b"<html>", "not a PNG"),
        (saved(two_halves(300, 200), "PNG")[:-200], "broken or incomplete"),
        (saved(two_halves(300, 200), "JPEG")[:-200], "broken or incomplete"),
        (png_header(30_000, 30_000), "30,000 × 30,000 pixels"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><g></svg>", "not well-formed"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>", "entity"),
    ],
)
def test_what_cannot_be_drawn_is_refused(live: LiveServer, data: bytes, says: str) -> None:
    answer = put(live, "bad", data)
    assert code(answer) == (422, "invalid-asset")
    assert says in str(answer.json()["detail"])
    assert code(live.call("/v1/assets/bad")) == (404, "unknown-asset")


def test_bodies_and_names(live: LiveServer) -> None:
    assert put(live, "raw", png(), None).status == 201
    form = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        + png()
        + b"\r\n--x--\r\n"
    )
    assert put(live, "form", form, "multipart/form-data; boundary=x").status == 201
    assert live.call("/v1/assets/form/content").body == png()
    two = form.removesuffix(b"--x--\r\n") + form.replace(b"a.png", b"b.png")
    assert code(put(live, "form", two, "multipart/form-data; boundary=x")) == (400, "malformed-body")
    assert code(put(live, "text", png(), "application/x-www-form-urlencoded")) == (415, "unsupported-media-type")
    assert code(put(live, "large", b"\x89PNG\r\n\x1a\n" + bytes(200_000))) == (413, "body-too-large")
    for name in ("Logo", "-a", "a" * 65, "%C3%A4"):
        assert code(put(live, name, png())) == (422, "invalid-asset")
    assert code(live.call("/v1/assets/none", method="DELETE")) == (404, "unknown-asset")


def test_svg_is_drawn_without_its_scripts_and_given_back_in_a_sandbox(live: LiveServer) -> None:
    assert put(live, "mark", SVG, "image/svg+xml").json()["media_type"] == "image/svg+xml"
    content = live.call("/v1/assets/mark/content")
    assert (content.body, content.headers["content-security-policy"]) == (
        SVG,
        "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    )
    assert pixel(live.ask(live.path("photo", photo="asset:mark")), 20) == (0, 0, 0)


def test_there_is_an_end_to_room(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    write_template(templates / "photo", HTML, MANIFEST, files={"green.png": png("green")})
    with live_server(tmp_path / "data", templates, asset_bytes=100) as server:
        answer = server.call("/v1/assets/a", png(size=(200, 200)), method="PUT", headers={"Content-Type": PNG})
        assert code(answer) == (507, "asset-storage-full")
        assert API_KEY not in answer.body.decode()
