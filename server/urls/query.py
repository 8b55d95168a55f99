"""The query string: `name=value&…` to a dictionary and back, each value in exactly one canonical spelling.

Canonical form (RFC 3986 section 6.2.2, made strict): names sorted by code point, each once; the unreserved characters
`A-Z a-z 0-9 - . _ ~` stand for themselves, every other byte of the UTF-8 text is `%XX` in upper case, a space is `%20`.

Reading is lenient where a spelling can mean one thing only, and refuses the rest:

- `+` is a space (HTML forms); a plus sign must be `%2B`.
- `=` after the first one, `;`, `|`, raw UTF-8 and other raw characters are part of the value.
- Empty pieces (`&&`, a trailing `&`) mean nothing; `name` alone is `name=`; an empty value is a value.
- `%` without two hexadecimal digits, bytes that are no UTF-8 and U+0000 are malformed. U+0000 has no glyph and no place
  in HTML, JSON columns or file names, so it stops here and not in five places further in.
- A tracking parameter is skipped before its value is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from server.errors import DuplicateParameter, MalformedUrl, UnsignedParameter
from server.urls.names import Kind, classify

_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPES: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# Upper-case escapes of everything but the unreserved characters (2D 2E 30-39 41-5A 5F 61-7A 7E).
_CANONICAL: Final = re.compile(
    r"[A-Za-z0-9\-._~]*+"
    r"(?:%(?:[01][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]|[89A-F][0-9A-F])[A-Za-z0-9\-._~]*+)*+"
)


@dataclass(slots=True)
class Query:
    """A query string that was read: texts by name, their canonical spellings, and the signature if there is one."""

    parameters: dict[str, str] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    signature: str | None = None


def why_not_a_value(text: str) -> str:
    """Why no URL can carry this text, as a sentence; empty if one can."""
    if "\0" in text:
        return "contains U+0000, which no URL may carry."
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"has half a surrogate pair at character {error.start + 1}, which is no text."
    return ""


def decode_value(raw: str, name: str) -> str:
    """The text a raw value stands for; `name` is used in messages.

    Undecodable bytes of the request line may be present as surrogate escapes (PEP 383).

    Raises:
        MalformedUrl: a broken percent-escape, bytes that are no UTF-8, or U+0000.
    """
    text = raw.replace("+", " ") if "+" in raw else raw
    if "%" in text:
        if _BROKEN_ESCAPE.search(text):
            raise MalformedUrl(f"Parameter {name} has a '%' without two hexadecimal digits; write '%' itself as %25.")
        text = text.replace("%20", " ")  # most escapes are spaces, and what is left is often plain
    if "%" in text or not text.isascii():
        text = _unescape(text, name)
    if "\0" in text:
        raise MalformedUrl(f"Parameter {name} contains U+0000.")
    return text


def read_query(text: str) -> Query:
    """Read a query string, in whichever spelling.

    Raises:
        MalformedUrl: a value cannot be decoded.
        UnsignedParameter: a name that no signature can cover.
        DuplicateParameter: a name that occurs twice, even with equal values.
    """
    query = Query()
    for piece in text.split("&"):
        if not piece:
            continue
        raw_name, _, raw = piece.partition("=")
        kind, name = classify(raw_name)
        if kind is Kind.TRACKING:
            continue
        if kind is Kind.REFUSED:
            raise UnsignedParameter(f"Parameter {_shown(name)} is not part of a signed URL; remove it.")
        if name in query.parameters or (kind is Kind.SIGNATURE and query.signature is not None):
            raise DuplicateParameter(f"Parameter {name} occurs more than once.")
        value = decode_value(raw, name)
        if kind is Kind.SIGNATURE:
            query.signature = value
        else:
            query.parameters[name] = value
            query.spelled[name] = raw if _CANONICAL.fullmatch(raw) else quote(value, safe="")
    return query


def spell(parameters: Mapping[str, str]) -> dict[str, str]:
    """Canonical spelling of texts that `why_not_a_value` finds no fault with."""
    return {name: quote(value, safe="") for name, value in parameters.items()}


def join_query(spelled: Mapping[str, str]) -> str:
    """The canonical query, without a question mark, from canonical spellings."""
    return "&".join([f"{name}={spelled[name]}" for name in sorted(spelled)])


def _unescape(text: str, name: str) -> str:
    # Latin-1 maps the bytes 0 to 255 to the characters of the same number, so that runs of escapes can be replaced
    # within a string and the whole read as UTF-8 afterwards; a character may be half raw and half escaped.
    try:
        raw = text.encode("utf-8", "surrogateescape").decode("latin-1")
        return _ESCAPES.sub(_bytes_of_run, raw).encode("latin-1").decode("utf-8")
    except UnicodeError as error:
        raise MalformedUrl(f"Parameter {name} is not UTF-8.") from error


def _bytes_of_run(run: re.Match[str]) -> str:
    return bytes.fromhex(run[0].replace("%", "")).decode("latin-1")


def _shown(name: str) -> str:
    # Strangers choose this text; keep it short and printable in answers and logs.
    return ascii(name if len(name) <= 40 else name[:40] + "…")
