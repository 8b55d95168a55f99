"""bunny.net: `POST /purge?url=…`, for single URLs and, with a `*` at the end, for all URLs that start so.

Source: https://docs.bunny.net/reference/purgepublic_indexpost and …/docs/cdn-api-purge-rate-limits. bunny has tags
(`CDN-Tag`), but its documentation does not say how several tags are told apart, so tags become starts of paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from server.purging.cdn.sending import CdnPurge, Sender

_NO_HEADERS: Final[Mapping[str, str]] = {"Accept": "application/json"}


class Bunny:
    """An account's API key; which pull zone a URL belongs to is bunny's to know."""

    name = "bunny"

    def __init__(self, sender: Sender, key: str, *, api: str = "https://api.bunny.net") -> None:
        self._sender = sender
        self._api = api
        self._key = key

    async def purge(self, wanted: CdnPurge) -> None:
        """Forget. Raises CdnError."""
        origin = wanted.site.removesuffix(wanted.path)
        starts = [f"{origin}{prefix}*" for prefix in wanted.path_prefixes()]
        for url in [*starts, *(() if wanted.everything else wanted.urls)]:
            await self._sender.send(
                "POST",
                f"{self._api}/purge?url={quote(url, safe='')}",
                headers=lambda: _NO_HEADERS,
                secret_headers=lambda: {"AccessKey": self._key},
            )
