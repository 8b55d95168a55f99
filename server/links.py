"""Signed links to images, with everything a page or a mail needs around them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from renderer import CompiledTemplate, coerce_values, page_size
from renderer.errors import RendererError
from server.errors import from_renderer
from server.signing import UrlSigner
from server.urls import ImageRequest, Options, url_warnings, with_public_url

_ALTERNATIVE_TEXT = ("title", "name", "headline", "heading")  # variables that describe a picture, best first


@dataclass(frozen=True, slots=True)
class Link:
    """One signed image: absolute URLs, HTML and Markdown that show it, and what may go wrong with it elsewhere."""

    url: str
    token_url: str
    html: str
    meta: str
    markdown: str
    warnings: list[str]


def query_text(value: object) -> str:
    """A value as a URL carries it: texts as they are, everything else as JSON. Raises TypeError for what is no JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number, allow_nan=False)


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def query_texts(values: Mapping[str, object]) -> dict[str, str]:
    """All values as a URL carries them; null stands for a value that is not given."""
    return {name: query_text(value) for name, value in values.items() if value is not None}


def make_link(
    compiled: CompiledTemplate,
    values: Mapping[str, object],
    image_format: str,
    options: Options,
    *,
    signer: UrlSigner,
    base_url: str,
) -> Link:
    """Check the values against the template and sign.

    Raises:
        InvalidValues: values that don't fit the template, or that no URL can carry; all at once.
        InvalidOption: options out of range.
    """
    name = compiled.bundle.name
    texts = query_texts(values)
    try:
        coerce_values(compiled.manifest, texts, from_query=True)
        width, height = page_size(compiled.manifest, options.variant, options.width, options.height)
    except RendererError as error:
        raise from_renderer(error) from error
    request = ImageRequest(name, image_format, texts, options)
    url = with_public_url(base_url, signer.sign(request))
    alternative = _alternative_text(texts, compiled.manifest.title or name)
    scale = options.dpr or 1
    return Link(
        url=url,
        token_url=with_public_url(base_url, signer.sign_token(request)),
        html=f'<img src="{escape(url)}" width="{width}" height="{height}" alt="{escape(alternative)}">',
        meta=_meta_tags(url, image_format, width * scale, height * scale, alternative),
        markdown=f"![{_markdown_text(alternative)}]({url})",
        warnings=url_warnings(url, request),
    )


def _alternative_text(texts: Mapping[str, str], fallback: str) -> str:
    return next((texts[name] for name in _ALTERNATIVE_TEXT if texts.get(name)), fallback)


def _markdown_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return " ".join(escaped.split())


def _meta_tags(url: str, image_format: str, width: int, height: int, alternative: str) -> str:
    """The Open Graph and X tags of a page; sizes in device px, as link previews expect them."""
    mime = "jpeg" if image_format == "jpg" else image_format
    properties = [
        ("property", "og:image", url),
        ("property", "og:image:type", f"image/{mime}"),
        ("property", "og:image:width", str(width)),
        ("property", "og:image:height", str(height)),
        ("property", "og:image:alt", alternative),
        ("name", "twitter:card", "summary_large_image"),
        ("name", "twitter:image", url),
    ]
    return "\n".join(f'<meta {kind}="{name}" content="{escape(value)}">' for kind, name, value in properties)
