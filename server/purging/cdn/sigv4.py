"""AWS Signature Version 4: the Authorization header of a request to an AWS API.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. The path is taken as
it is sent, with percent-escapes and without dot segments, since no service but S3 is asked for anything odd here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SPACES: Final = re.compile(r" +")


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """An access key; `session_token` belongs to temporary ones."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


def signed_headers(
    credentials: AwsCredentials,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes,
    *,
    region: str,
    service: str,
    now: float,
) -> dict[str, str]:
    """The headers to send: the given ones, the time (`now`, unix seconds), and the signature over all of them.

    The URL's host counts although the HTTP client is the one to send it.
    """
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    sent = {name.lower(): value for name, value in headers.items()} | {"x-amz-date": moment}
    if credentials.session_token:
        sent["x-amz-security-token"] = credentials.session_token
    names, canonical = _canonical_request(method, url, sent | {"host": urlsplit(url).netloc}, content)
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    text = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = hmac.digest(_signing_key(credentials, scope), text.encode(), "sha256").hex()
    credential = f"{credentials.access_key_id}/{scope}"
    sent["authorization"] = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return sent


def _canonical_request(method: str, url: str, headers: Mapping[str, str], content: bytes) -> tuple[str, str]:
    """The names of the signed headers, and the text of which the signature takes the digest."""
    parts = urlsplit(url)
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in parse_qsl(parts.query, True))
    names = ";".join(sorted(headers))
    lines = [f"{name}:{_SPACES.sub(' ', headers[name].strip())}" for name in sorted(headers)]
    canonical = (
        *(method, quote(parts.path or "/", safe="/-_.~%"), "&".join(f"{name}={value}" for name, value in pairs)),
        *(*lines, "", names, hashlib.sha256(content).hexdigest()),
    )
    return names, "\n".join(canonical)


def _signing_key(credentials: AwsCredentials, scope: str) -> bytes:
    key = b"AWS4" + credentials.secret_access_key.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
