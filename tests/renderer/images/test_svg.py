import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.assets import IntrinsicSize
from renderer.errors import AssetError
from renderer.images.formats import sniff
from renderer.images.svg import Svg, draw_svg, read_svg
from renderer.limits import DEFAULT_LIMITS, Limits
from tests.renderer.images.files import png_header, saved, two_halves

START = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">'


def read(body: str, start: str = START) -> Svg:
    return read_svg(f"{start}{body}</svg>".encode(), DEFAULT_LIMITS)


def pixel(svg: Svg, x: int = 5, y: int = 5, size: tuple[int, int] = (10, 10)) -> tuple[int, ...]:
    color = draw_svg(svg, *size).getpixel((x, y))
    assert isinstance(color, tuple)
    return color


def test_shapes_gradients_and_references_are_kept() -> None:
    svg = read(
        '<defs><linearGradient id="g"><stop stop-color="#f00"/></linearGradient><rect id="r" width="10" height="10"/>'
        '</defs><use xlink:href="#r" fill="url(#g)"/>'
    )
    assert pixel(svg) == (255, 0, 0, 255)


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<foreignObject><b>x</b></foreignObject>",
        '<image href="https://x.test/a.png" width="9" height="9"/>',
        '<image xlink:href="file:///etc/passwd" width="9" height="9"/>',
        '<use href="other.svg#a"/>',
        '<rect width="9" height="9" fill="url(https://x.test/a.svg#g)"/>',
        "<rect style=\"fill:url( 'https://x.test/#g')\"/>",
        '<style>@import "https://x.test/a.css";</style>',
        "<style>rect{fill:url(https://x.test)}</style>",
        '<rect style="fill:u\\72l(https://x.test)"/>',
        '<rect onclick="x()" onLoad="y()"/>',
        '<animate attributeName="x" href="https://x.test"/>',
        '<html:img xmlns:html="http://www.w3.org/1999/xhtml" src="https://x.test"/>',
        '<a xlink:href="javascript:x()"><text>x</text></a>',
        '<feImage href="https://x.test/a.png"/>',
    ],
)
def test_what_could_run_or_reach_out_is_dropped(body: str) -> None:
    document = read(body).document(10, 10)
    for trace in ("x.test", "passwd", "script", "alert", "onclick", "onLoad", "other.svg", "foreignObject"):
        assert trace not in document.replace("http://www.w3.org/2000/svg", "")


def test_text_and_attributes_stay_escaped() -> None:
    svg = read('<text id="&lt;b&gt;&quot;">&lt;script&gt;&amp;</text>')
    assert "<script" not in svg.content
    assert "&lt;script&gt;&amp;" in svg.content


def test_doctype_without_entities_is_accepted() -> None:
    doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert "DTD" not in read("<g/>", f'<?xml version="1.0"?>{doctype}{START}').document(5, 5)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>', "entity 'a'"),
        (b"<svg><g></svg>", "well-formed"),
        (b"<html/>", "not an SVG"),
        (b"<svg>" + b"<g>" * 200 + b"</g>" * 200 + b"</svg>", "100 deep"),
        (b"<svg>" + b"<g/>" * 30_001 + b"</svg>", "30,000"),
        (b"<svg>" + b" " * 4_000_001 + b"</svg>", "at most"),
    ],
)
def test_bad_documents(data: bytes, message: str) -> None:
    with pytest.raises(AssetError, match=message):
        read_svg(data, DEFAULT_LIMITS)


def test_embedded_pictures() -> None:
    png = base64.b64encode(saved(two_halves(), "PNG")).decode()
    svg = read(f'<image href="data:image/png;base64,{png}" width="10" height="10" preserveAspectRatio="none"/>')
    assert pixel(svg, 2, 2) == (0, 0, 255, 255)
    nested = base64.b64encode(START.encode() + b"</svg>").decode()
    assert "data:" not in read(f'<image href="data:image/svg+xml;base64,{nested}"/>').content
    bomb = base64.b64encode(png_header(30_000, 30_000)).decode()
    with pytest.raises(AssetError, match="pixels together"):
        read(f'<image href="data:image/png;base64,{bomb}"/>')


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('width="20" height="10"', IntrinsicSize(20, 10, 2)),
        ('width="1in" height="48pt"', IntrinsicSize(96, 64, 1.5)),
        ('viewBox="0 0 30 10"', IntrinsicSize(None, None, 3)),
        ('width="60" viewBox="0,0,30,10"', IntrinsicSize(60, 20, 3)),
        ('height="20" viewBox="0 0 30 10"', IntrinsicSize(60, 20, 3)),
        ('width="100%" height="50%"', IntrinsicSize(None, None, None)),
        ('width="-5" height="x" viewBox="0 0 0 10"', IntrinsicSize(None, None, None)),
        ("", IntrinsicSize(None, None, None)),
    ],
)
def test_natural_size(attributes: str, expected: IntrinsicSize) -> None:
    assert read("", f"<svg {attributes}>").size == expected


def test_without_view_box_the_content_is_stretched() -> None:
    svg = read('<rect width="20" height="10" fill="#0f0"/>', '<svg width="20" height="10">')
    assert pixel(svg, 38, 38, (40, 40)) == (0, 255, 0, 255)


def test_with_view_box_the_ratio_is_kept() -> None:
    svg = read('<rect width="10" height="10" fill="#0f0"/>')
    assert pixel(svg, 2, 5, (30, 10))[3] == 0
    assert pixel(svg, 15, 5, (30, 10)) == (0, 255, 0, 255)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for candidate in (data, START.encode() + data + b"</svg>"):
        sniff(candidate)
        try:
            read_svg(candidate, Limits())
        except AssetError:
            continue
