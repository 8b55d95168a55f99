"""PUT and DELETE of /v1/templates/{name} over a real server: versions that stay, and uploads that are refused."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from server.publications import Publication
from server.urls import Options
from tests.server.live_server import API_KEY, Answer, LiveServer, live_server, wait_until, write_template

MANIFEST = 'size = {width = 60, height = 40}\n[variables.title]\ntype = "text"\n'
RED = "<style>body { margin: 0; background: #f00 }</style><body>{{ title }}</body>"
BLUE = RED.replace("#f00", "#00f")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    templates = tmp_path_factory.mktemp("templates")
    write_template(templates / "shipped", RED, MANIFEST.partition("\n")[2])
    with live_server(tmp_path_factory.mktemp("data"), templates, max_body_bytes=300_000) as running:
        yield running


def files_of(html: str, manifest: str = MANIFEST, example: object = None) -> dict[str, bytes]:
    example = {"title": "Hi"} if example is None else example
    return {
        "template.html": html.encode(),
        "template.toml": manifest.encode(),
        "example.json": json.dumps(example).encode(),
    }


def zipped(files: Mapping[str | zipfile.ZipInfo, bytes] | Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return buffer.getvalue()


def put(server: LiveServer, name: str, body: bytes, media_type: str = "application/zip") -> Answer:
    return server.call(f"/v1/templates/{name}", body, method="PUT", headers={"Content-Type": media_type})


def publish(server: LiveServer, name: str, html: str) -> str:
    answer = put(server, name, zipped(files_of(html)))
    assert answer.status in (200, 201), answer.body
    return str(answer.json()["version"])


def delete(server: LiveServer, name: str, query: str = "") -> Answer:
    return server.call(f"/v1/templates/{name}{query}", method="DELETE")


def form(files: list[tuple[str, str | None, bytes]]) -> tuple[bytes, str]:
    parts = b""
    for field, filename, data in files:
        name = f'; filename="{filename}"' if filename is not None else ""
        parts += f'--edge\r\nContent-Disposition: form-data; name="{field}"{name}\r\n\r\n'.encode() + data + b"\r\n"
    return parts + b"--edge--\r\n", "multipart/form-data; boundary=edge"


def tree(server: LiveServer) -> set[str]:
    root = server.settings.data_dir / "versions"
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


class TestPublishing:
    def test_a_new_template_serves_at_once(self, server: LiveServer) -> None:
        answer = put(server, "fresh", zipped(files_of(RED)))
        assert answer.status == 201
        body = answer.json()
        assert (body["name"], body["created"], body["warnings"]) == ("fresh", True, [])
        assert server.ask(server.path("fresh", title="x")).status == 200
        described = server.call("/v1/templates/fresh").json()
        assert (described["version"], described["versions"]) == (body["version"], [body["version"]])

    def test_the_same_files_again_change_nothing(self, server: LiveServer) -> None:
        first = put(server, "again", zipped(files_of(RED)))
        before = tree(server)
        second = put(server, "again", zipped(dict(reversed(files_of(RED).items()))))
        assert (second.status, second.json()["created"]) == (200, False)
        assert second.json()["version"] == first.json()["version"]
        assert tree(server) == before

    def test_pinned_urls_of_old_versions_keep_their_bytes(self, server: LiveServer) -> None:
        old = publish(server, "kept", RED)
        pinned = server.path("kept", options=Options(version=old), title="x")
        unpinned = server.path("kept", title="x")
        red = server.ask(pinned)
        assert red.headers["cache-control"].endswith("immutable")
        assert server.ask(unpinned).body == red.body
        new = publish(server, "kept", BLUE)
        blue = server.ask(unpinned)
        assert blue.body != red.body
        server.services.registry._old.clear()
        assert server.ask(pinned).body == red.body
        assert server.call("/v1/templates/kept").json()["versions"] == [new, old]
        assert delete(server, "kept").json() == {"name": "kept", "removed_versions": 0, "removed_renders": 0}
        assert server.ask(unpinned).status == 404
        assert server.ask(pinned).body == red.body
        assert server.ask(server.path("kept", options=Options(version=new), title="x")).body == blue.body

    def test_an_older_version_can_be_published_again(self, server: LiveServer) -> None:
        old = publish(server, "back", RED)
        publish(server, "back", BLUE)
        assert publish(server, "back", RED) == old
        assert server.call("/v1/templates/back").json()["version"] == old

    def test_force_ends_pinned_urls_and_forgets_pictures(self, server: LiveServer) -> None:
        old = publish(server, "gone", RED.replace("#f00", "#ff0"))  # files that no other template has
        publish(server, "gone", BLUE)
        pinned = server.path("gone", options=Options(version=old), title="x")
        assert server.ask(pinned).status == 200
        answer = delete(server, "gone", "?force=true").json()
        assert answer["removed_versions"] == 2
        assert isinstance(answer["removed_renders"], int)
        assert answer["removed_renders"] >= 1
        assert server.ask(pinned).status == 404
        assert not any(path.startswith("gone/") for path in tree(server))
        assert delete(server, "gone", "?force=true").status == 404

    def test_a_form_of_files(self, server: LiveServer) -> None:
        image = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
        files = files_of('<body><img src="images/dot.svg">{{ title }}</body>') | {"images/dot.svg": image}
        body, media_type = form([("files", path, data) for path, data in files.items()] + [("x", ".DS_Store", b"1")])
        answer = put(server, "form", body, media_type)
        assert answer.status == 201, answer.body
        assert answer.json()["version"] == put(server, "form", zipped(files)).json()["version"]

    @pytest.mark.parametrize("prefix", ["", "boxed/"])
    def test_a_folder_of_the_templates_name_around_the_files(self, server: LiveServer, prefix: str) -> None:
        files = {f"{prefix}{path}": data for path, data in files_of(RED).items()}
        assert put(server, "boxed", zipped(files | {"__MACOSX/._x": b""})).status in (200, 201)
        body, media_type = form([("files", path, data) for path, data in files.items()])
        assert put(server, "boxed", body, media_type).status == 200

    def test_warnings_come_with_the_answer(self, server: LiveServer) -> None:
        answer = put(server, "warned", zipped(files_of("<style>p { colour: red }</style><body>x</body>")))
        assert answer.status == 201
        found = answer.json()["warnings"]
        assert isinstance(found, list)
        assert {warning["code"] for warning in found} == {"css-unsupported", "variable-unused"}

    def test_it_wants_the_key(self, server: LiveServer) -> None:
        for method in ("PUT", "DELETE"):
            assert server.call("/v1/templates/fresh", b"", key=None, method=method).status == 401


class TestFoldersOfTheSameName:
    def test_the_newer_one_wins(self, server: LiveServer) -> None:
        registry, folder = server.services.registry, server.settings.templates_dir / "shipped"
        shipped = registry.get("shipped").version
        assert delete(server, "shipped").status == 404
        published = publish(server, "shipped", BLUE)
        registry.load_all()
        assert registry.get("shipped").version == published
        (folder / "template.html").write_text(RED.replace("#f00", "#0f0"))
        wait_until(lambda: registry.get("shipped").version not in (shipped, published))
        newest = registry.get("shipped").version
        again = publish(server, "shipped", BLUE)
        assert (again, registry.get("shipped").version) == (published, published)
        answer = delete(server, "shipped", "?force=1").json()
        assert (answer["current"], answer["removed_versions"]) == (newest, 2)
        assert registry.get("shipped").version == newest


BOMB = b"\0" * 30_000_000
LINK = zipfile.ZipInfo("link.png")
LINK.external_attr = 0o120777 << 16


def lying_zip() -> bytes:
    """An archive whose headers claim one byte for a file of many."""
    data = bytearray(zipped(files_of(RED) | {"big.bin": BOMB}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(b"big.bin", data.find(signature))
        start = data.rfind(signature, 0, at)
        data[start + offset : start + offset + 4] = struct.pack("<I", 1)
    return bytes(data)


class TestRefusals:
    @pytest.mark.parametrize(
        ("files", "said"),
        [
            ({"../evil.html": b""}, "'../evil.html' is not allowed"),
            ({"/etc/passwd": b""}, "'/etc/passwd' is not allowed"),
            ({"a\\b.png": b""}, "is not allowed"),
            ({"c:/x": b""}, "is not allowed"),
            ({LINK: b"/etc/passwd"}, "'link.png' in the archive is a symbolic link"),
            ({f"{i}.txt": b"" for i in range(501)}, "at most 500 files"),
            ({"bomb.bin": BOMB}, "'bomb.bin' is larger than 20,000,000 bytes"),
        ],
    )
    def test_files_that_no_template_may_have(
        self, server: LiveServer, files: dict[str | zipfile.ZipInfo, bytes], said: str
    ) -> None:
        before = tree(server)
        answer = put(server, "evil", zipped({**files_of(RED), **files}))
        assert (answer.status, answer.json()["code"]) == (422, "invalid-template")
        assert said in str(answer.json()["detail"])
        assert tree(server) == before

    @pytest.mark.parametrize(
        ("files", "place", "said"),
        [
            (files_of("<body>\n{{ if title }}</body>"), ("template.html", 2), "{{ if title }}</body>"),
            (files_of(RED, "size = 3\n"), ("template.toml", 1), "size = 3"),
            (files_of(RED, MANIFEST + "max_lenght = 3\n"), ("template.toml", 4), "max_lenght = 3"),
            (files_of(RED, example={"titel": "x"}), ("example.json", 1), '{"titel": "x"}'),
            (
                files_of("<body>{{ 1 / 0 }}{{ title }}</body>"),
                ("template.html", 1),
                "<body>{{ 1 / 0 }}{{ title }}</body>",
            ),
        ],
    )
    def test_templates_that_do_not_work(
        self, server: LiveServer, files: dict[str, bytes], place: tuple[str, int], said: str
    ) -> None:
        before = tree(server)
        answer = put(server, "torn", zipped(files))
        problem = answer.json()
        assert (answer.status, problem["code"]) == (422, "invalid-template")
        assert (problem["file"], problem["line"], problem["source_line"]) == (*place, said)
        assert tree(server) == before
        assert "torn" not in server.services.registry.names

    def test_what_was_current_survives_a_broken_upload(self, server: LiveServer) -> None:
        good = publish(server, "robust", RED)
        assert put(server, "robust", zipped(files_of("<body>{{ for }}</body>"))).status == 422
        assert server.call("/v1/templates/robust").json()["version"] == good

    @pytest.mark.parametrize(
        ("name", "body", "media_type", "status"),
        [
            ("card", b"", "application/zip", 422),
            ("card", b"PK no zip", "application/zip", 422),
            ("card", zipped(files_of(RED))[:-40], "application/zip", 422),
            ("card", lying_zip(), "application/zip", 422),
            ("card", zipped({"readme.txt": b""}), "application/zip", 422),
            ("card", zipped({f"other/{k}": v for k, v in files_of(RED).items()}), "application/zip", 422),
            ("Bad_Name", zipped(files_of(RED)), "application/zip", 422),
            ("a" * 65, zipped(files_of(RED)), "application/zip", 422),
            ("card", b"{}", "application/json", 415),
            ("card", zipped(files_of(RED)), "image/png", 415),
            ("card", b"x" * 300_001, "application/zip", 413),
            ("card", b"--edge", "multipart/form-data", 400),
            ("card", b"nothing", "multipart/form-data; boundary=edge", 400),
            ("card", b"--edge--\r\n", "multipart/form-data; boundary=edge", 422),
            ("card", *form([("template.html", None, b"<body>")]), 422),
            ("card", *form([("f", "a.html", b""), ("g", "a.html", b"")]), 422),
            ("card", *form([("f", "../a.html", b"")]), 422),
            ("card", *form([("f", f"{i}", b"") for i in range(501)]), 400),
        ],
    )
    def test_uploads_that_are_none(
        self, server: LiveServer, name: str, body: bytes, media_type: str, status: int
    ) -> None:
        before = tree(server)
        answer = put(server, name, body, media_type)
        assert answer.status == status, answer.body
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(str(answer.json()["detail"])) > 20
        assert tree(server) == before

    def test_force_is_true_or_false(self, server: LiveServer) -> None:
        assert delete(server, "fresh", "?force=maybe").json()["problems"] == [
            {"name": "force", "message": "is neither true nor false", "expected": "true or false", "got": "maybe"}
        ]

    def test_a_disk_that_refuses(self, server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
        good = publish(server, "full", RED)
        before = tree(server)

        def refuse(name: str, publication: Publication) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(server.services.registry.publications, "write", refuse)
        answer = put(server, "full", zipped(files_of(BLUE)))
        assert (answer.status, answer.json()["code"]) == (503, "not-kept")
        assert server.call("/v1/templates/full").json()["version"] == good
        assert len(tree(server) - before) == 1  # the archive that nothing points to


def test_what_another_server_publishes_shows_within_a_second(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    data = tmp_path / "data"
    with live_server(data, tmp_path / "templates") as one, live_server(data, tmp_path / "templates") as other:
        version = publish(one, "shared", RED)
        wait_until(lambda: "shared" in other.services.registry.names)
        assert other.services.registry.get("shared").version == version
        assert one.call("/v1/templates/shared", method="DELETE", key=API_KEY).status == 200
        wait_until(lambda: "shared" not in other.services.registry.names)
