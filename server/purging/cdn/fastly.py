"""Fastly: surrogate keys by `POST /service/{id}/purge`, single URLs by `POST /purge/{url}`.

Source: https://www.fastly.com/documentation/reference/api/purging/ (256 keys a request). For a purge of
everything every picture carries one key in common, as Fastly advises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from server.purging.cdn.sending import CdnPurge, Sender, batches, json_body
from server.validators import COMMON_TAG

_PER_REQUEST: Final = 256


class Fastly:
    """A service and an API token with the scope purge_select.

    `soft` marks as stale instead of removing: readers get the old picture once more while the new one is fetched.
    """

    name = "fastly"

    def __init__(
        self, sender: Sender, service: str, token: str, *, soft: bool = False, api: str = "https://api.fastly.com"
    ) -> None:
        self._sender = sender
        self._api = api
        self._service = service
        self._token = token
        self._soft = soft

    async def purge(self, wanted: CdnPurge) -> None:
        """Forget. A whole service is never purged: others may live in it. Raises CdnError."""
        if wanted.everything:
            await self._purge_keys([COMMON_TAG])
            return
        for tags in batches(wanted.tags, _PER_REQUEST):
            await self._purge_keys(tags)
        for url in wanted.urls:
            await self._post(f"/purge/{url.partition('://')[2]}")

    async def _purge_keys(self, keys: Sequence[str]) -> None:
        await self._post(f"/service/{self._service}/purge", json_body({"surrogate_keys": list(keys)}))

    async def _post(self, path: str, content: bytes = b"") -> None:
        headers = {"Accept": "application/json"}
        if content:
            headers["Content-Type"] = "application/json"
        if self._soft:
            headers["Fastly-Soft-Purge"] = "1"
        await self._sender.send(
            "POST", self._api + path, content=content, headers=lambda: headers, secret_headers=self._credentials
        )

    def _credentials(self) -> Mapping[str, str]:
        return {"Fastly-Key": self._token}
