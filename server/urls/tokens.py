"""The token form: a whole request as one URL-safe word, so that a page or mail program finds no `&` to mangle.

A token is what `itsdangerous.URLSafeSerializer` makes: `payload.signature`. The payload is compact JSON in UTF-8 with
sorted keys, `{"f": format, "q": {parameter: value, …}, "t": template}`, compressed by zlib if that makes it shorter
(then a `.` leads), in base64url without padding.

Base64 has several spellings of one value: padding, stray characters, unused bits of the last character. Signature and
payload are therefore compared as text with their own re-encoding, and so is the JSON. The compressed bytes are not:
builds of zlib differ, and a token must outlive the library that made it. That opens nothing, since the signature covers
the payload as text, so that only a holder of the key can choose among compressions.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Final

from itsdangerous import URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.exc import BadData

from server.errors import MalformedUrl

_MAX_JSON_BYTES: Final = 1_000_000
# Only dump_payload is used, which needs no key; signing is the business of server.signing.
_SERIALIZER: Final = URLSafeSerializer("", serializer_kwargs={"sort_keys": True})


def encode_payload(template: str, fmt: str, parameters: Mapping[str, str]) -> str:
    """The payload text of parameters that `server.urls.query.why_not_a_value` finds no fault with, unsigned."""
    return _SERIALIZER.dump_payload({"f": fmt, "q": dict(parameters), "t": template}).decode("ascii")


def decode_payload(payload: str) -> tuple[str, str, dict[str, str]]:
    """Template, format and parameters of a payload.

    Names and values are strings; whether they name anything is the caller's to check.

    Raises:
        MalformedUrl: the payload is not in its canonical encoding, or larger than a megabyte when unpacked.
    """
    document = _unpack(payload)
    try:
        fields: object = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise MalformedUrl("The token holds no JSON.") from error
    match fields:
        case {"f": str(fmt), "q": dict(parameters), "t": str(template)} if (
            all(isinstance(value, str) and "\0" not in value for value in parameters.values())
            and _canonical({"f": fmt, "q": parameters, "t": template}) == document
        ):
            return template, fmt, parameters
    raise MalformedUrl("The token is not in canonical form.")


def _unpack(payload: str) -> bytes:
    encoded = payload.removeprefix(".")
    try:
        packed = base64_decode(encoded)
    except BadData as error:
        raise MalformedUrl("The token is no base64.") from error
    if base64_encode(packed).decode("ascii") != encoded:
        raise MalformedUrl("The token is not in canonical base64.")
    if encoded == payload:
        return packed
    unpacker = zlib.decompressobj()
    try:
        document = unpacker.decompress(packed, _MAX_JSON_BYTES)
    except zlib.error as error:
        raise MalformedUrl("The token is not compressed as it claims.") from error
    if not unpacker.eof or unpacker.unused_data:
        raise MalformedUrl("The token is too large, cut off, or has something behind its end.")
    return document


def _canonical(fields: object) -> bytes:
    try:
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return b""
