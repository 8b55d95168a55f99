"""What Python makes of a URL, in the words of the gate, and how far the gate may differ."""

from __future__ import annotations

from dataclasses import replace

from server.errors import SignetError
from server.signing import UrlSigner
from server.urls import QueryUrl, split


def in_python(target: bytes, now: int, signer: UrlSigner) -> str:
    """`STATUS CODE` of a refusal, or `200 KEY TARGET`: the cache's key and the URL for the origin."""
    try:
        parts = split(target)
        request = signer.verify(parts, now=now)
    except SignetError as error:
        return f"{error.status} {error.code}"
    if not isinstance(parts, QueryUrl):
        name = f"/t/{parts.payload}"
        return f"200 {name}.{parts.format} {name}.{parts.signature}.{parts.format}"
    text = parts.canonical()
    key = replace(request, options=replace(request.options, key_id=None)).canonical()
    return f"200 {key} {text}{'&' if '?' in text else '?'}_s={parts.signature}"


def agree(ours: str, theirs: str) -> bool:
    """Whether the gate may say `theirs` where Python says `ours`.

    What the gate lets through although Python refuses it was signed, and is refused at the origin: impossible options,
    what is no request inside a token, and whatever is wrong inside a compressed one.
    """
    if ours == theirs:
        return True
    if not theirs.startswith("200 "):
        return False
    if ours == "422 invalid-option":
        return True
    in_token = {"400", "403", "410"} if theirs.startswith("200 /t/.") else {"400"}
    return theirs.startswith("200 /t/") and ours.split(" ")[0] in in_token
