"""Amazon CloudFront: CreateInvalidation, by path, by start of paths, and by tag where a distribution has tags set up.

Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html and the developer guide's
invalidation-specifying-objects, invalidation-by-tags (items that begin with `#`) and InvalidationLimits (3,000 paths).
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from server.purging.cdn.sending import CdnPurge, Sender, batches
from server.purging.cdn.sigv4 import AwsCredentials, signed_headers

_PER_REQUEST: Final = 3000
_NAMESPACE: Final = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
_REGION: Final = "us-east-1"  # of the API, wherever the distribution is
# What a path may hold as it is; a bare `*` at the end would stand for everything that follows.
_SAFE: Final = "/%?=&-_.~!$'(),;:@+"


class CloudFront:
    """A distribution and an access key that may create invalidations.

    `tags`: the distribution reads tags (CacheTagConfig with the header Cache-Tag). Otherwise tags become starts of
    paths, since CloudFront silently ignores tags that it was not told to read.
    """

    name = "cloudfront"

    def __init__(
        self,
        sender: Sender,
        distribution: str,
        credentials: AwsCredentials,
        *,
        tags: bool = False,
        clock: Callable[[], float] = time.time,
        api: str = "https://cloudfront.amazonaws.com",
    ) -> None:
        self._sender = sender
        self._url = f"{api}/2020-05-31/distribution/{distribution}/invalidation"
        self._credentials = credentials
        self._tags = tags
        self._clock = clock

    async def purge(self, wanted: CdnPurge) -> None:
        """Forget. Raises CdnError."""
        for number, paths in enumerate(batches(self._paths(wanted), _PER_REQUEST)):
            content = _invalidation(paths, self._clock(), number)
            await self._sender.send(
                "POST",
                self._url,
                content=content,
                headers=dict,
                secret_headers=partial(self._signed, content),
            )

    def _paths(self, wanted: CdnPurge) -> Sequence[str]:
        if self._tags and not wanted.everything:
            general = [f"#{tag}" for tag in wanted.tags]
        else:
            general = [f"{prefix}*" for prefix in wanted.path_prefixes()]
        single = [] if wanted.everything else [_path(url) for url in wanted.urls]
        return [*general, *dict.fromkeys(single)]

    def _signed(self, content: bytes) -> Mapping[str, str]:
        headers = {"Content-Type": "application/xml"}
        now = self._clock()
        return signed_headers(
            self._credentials, "POST", self._url, headers, content, region=_REGION, service="cloudfront", now=now
        )


def _path(url: str) -> str:
    parts = urlsplit(url)
    return quote(f"{parts.path}?{parts.query}" if parts.query else parts.path, safe=_SAFE)


def _invalidation(paths: Sequence[str], now: float, number: int) -> bytes:
    """The document. Its reference is new for each purge, but the same when a request is repeated."""
    digest = hashlib.sha256("\n".join(paths).encode()).hexdigest()[:16]
    reference = re.sub(r"\D", "", f"{now:.6f}")
    items = "".join(f"<Path>{escape(path)}</Path>" for path in paths)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><InvalidationBatch xmlns="{_NAMESPACE}">'
        f"<CallerReference>signet-{reference}-{number}-{digest}</CallerReference>"
        f"<Paths><Items>{items}</Items><Quantity>{len(paths)}</Quantity></Paths></InvalidationBatch>"
    ).encode()
