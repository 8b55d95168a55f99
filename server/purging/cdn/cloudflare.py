"""Cloudflare: `POST /zones/{zone}/purge_cache`, by tag (`Cache-Tag`), URL and prefix; on all plans.

Source: https://developers.cloudflare.com/api/resources/cache/methods/purge/ and …/cache/how-to/purge-cache/ (100 tags
or files a request, 30 prefixes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from server.purging.cdn.sending import CdnPurge, Sender, batches, json_body

_PER_REQUEST: Final = 100


class Cloudflare:
    """A zone and an API token with the permission Cache Purge."""

    name = "cloudflare"

    def __init__(self, sender: Sender, zone: str, token: str, *, api: str = "https://api.cloudflare.com") -> None:
        self._sender = sender
        self._url = f"{api}/client/v4/zones/{zone}/purge_cache"
        self._token = token

    async def purge(self, wanted: CdnPurge) -> None:
        """Forget. A whole zone is never purged: others may live in it. Raises CdnError."""
        if wanted.everything:
            host = wanted.site.partition("://")[2]
            await self._post("prefixes", [f"{host}/i", f"{host}/t"])
            return
        for tags in batches(wanted.tags, _PER_REQUEST):
            await self._post("tags", tags)
        for files in batches(wanted.urls, _PER_REQUEST):
            await self._post("files", files)

    async def _post(self, kind: str, values: Sequence[str]) -> None:
        await self._sender.send(
            "POST",
            self._url,
            content=json_body({kind: list(values)}),
            headers=lambda: {"Content-Type": "application/json"},
            secret_headers=self._credentials,
        )

    def _credentials(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}
