"""URLs as readers meet them: absolute, inside pages and mails that have habits of their own."""

from __future__ import annotations

from typing import Final

from server.urls.names import eaten_by_html
from server.urls.request import ImageRequest

COMFORTABLE_URL_LENGTH: Final = 1000
"""Characters that mail programs, link previews and CMS fields carry without cutting."""


def with_public_url(public_url: str, path_and_query: str) -> str:
    """The absolute URL. A path in `public_url` (of a proxy that strips it) is not part of what is signed."""
    return public_url.rstrip("/") + path_and_query


def without_public_url(public_url: str, url: str) -> str:
    """The path and query that the server sees when readers ask for `url`; the inverse of `with_public_url`."""
    return url.removeprefix(public_url.rstrip("/"))


def url_warnings(url: str, request: ImageRequest) -> list[str]:
    """What may go wrong with this absolute URL outside of Signet, as sentences; empty if nothing is known to."""
    warnings = []
    if len(url) > COMFORTABLE_URL_LENGTH:
        warnings.append(
            f"The URL has {len(url)} characters; some mail programs and link previews cut URLs above "
            f"{COMFORTABLE_URL_LENGTH}. Move text into the template or into a live binding."
        )
    if url.find("/t/") < 0:
        warnings += [
            f"'&{name}=' loses its start where HTML is written without escaping '&'; escape it, rename the variable, "
            "or use the token URL."
            for name in sorted(request.variables)
            if eaten_by_html(name)
        ]
    return warnings
