"""data: URIs (RFC 2397)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from renderer.errors import AssetError


def read_data_uri(uri: str, max_bytes: int) -> bytes:
    """The bytes of a data: URI. Raises AssetError if it is malformed or holds more than `max_bytes`."""
    head, comma, body = uri.partition(",")
    if not comma:
        raise AssetError("the data: URI has no comma between its media type and its data")
    if len(body) > 4 * max_bytes:
        raise AssetError(f"the data: URI holds more than {max_bytes:,} bytes")
    data = unquote_to_bytes(body)
    if head.lower().rstrip().endswith(";base64"):
        data = _base64(data)
    if len(data) > max_bytes:
        raise AssetError(f"the data: URI holds {len(data):,} bytes; at most {max_bytes:,} are allowed")
    return data


def _base64(data: bytes) -> bytes:
    """Forgiving decode (WHATWG Infra section 7): white space ignored, padding optional."""
    compact = b"".join(data.split()).rstrip(b"=")
    try:
        return base64.b64decode(compact + b"=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise AssetError("the data: URI is not valid base64") from error
