"""Signatures of image URLs: who holds a signing key decides what is rendered, and nothing unsigned changes a byte.

How to sign in any language:

1. Text to sign: path and canonical query without `_s` (see `server.urls.query`), for example
   `/i/article.png?title=Hello%20world`; only the path if there are no parameters. Values are encoded as by PHP's
   `rawurlencode` or Python's `quote(value, safe="")`; JavaScript's `encodeURIComponent` leaves `!'()*` bare, which must
   be encoded as well.
2. Derived key: SHA-256 of the bytes `signet.url.v1`, `signer` and the secret key in UTF-8, one after the other
   (itsdangerous' "django-concat").
3. Signature: HMAC-SHA-256 of the text with the derived key, in base64url without padding: 43 characters.
4. URL: the text, then `&_s=` (`?_s=` if there are no parameters) and the signature.

A token `/t/{payload}.{signature}.{ext}` is signed the same way; its text to sign is the payload as it stands (see
`server.urls.tokens`). The two kinds of text can't be confused: one starts with `/`, which no payload contains.

Keys rotate: the newest signs, all verify. `_k` may name the key (`key_id`), so that a verifier with many keys tries one
only. The id is the first 8 characters of base64url(SHA-256(`signet.key-id` then the secret key)).

`tests/vectors/urls.json` holds examples of all of it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Final

from itsdangerous import Signer
from itsdangerous.encoding import base64_encode

from renderer.errors import ValueProblem
from server.errors import BadSignature, ConfigurationError, ExpiredUrl, InvalidOption, MissingSignature
from server.urls import ImageRequest, QueryUrl, TokenUrl, build, split
from server.urls.tokens import encode_payload

SALT: Final = b"signet.url.v1"


def key_id(secret: str) -> str:
    """The public name of a signing key, fit for `_k`; it tells nothing about the key."""
    return base64_encode(hashlib.sha256(b"signet.key-id" + secret.encode()).digest()).decode("ascii")[:8]


class UrlSigner:
    """Signs with the newest key, verifies with all of them.

    Args:
        secrets: signing keys from oldest to newest.

    Raises:
        ConfigurationError: there is no key.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ConfigurationError("There is no signing key; run `signet keys new`.")
        # The key is derived once here, and not once per signature as Signer would.
        self._signers = {secret_id: _signer(secret) for secret in secrets for secret_id in [key_id(secret)]}
        self.current_key_id = key_id(secrets[-1])
        self.key_ids = tuple(self._signers)
        self._current = self._signers[self.current_key_id]
        self._newest_first = tuple(reversed(self._signers.values()))

    def sign(self, request: ImageRequest) -> str:
        """The signed path and query, by the key of `options.key_id` or else the newest.

        Raises:
            InvalidValues, InvalidOption: see `server.urls.build`; or `key_id` names no key.
        """
        text = build(request)
        joint = "&" if "?" in text else "?"
        return f"{text}{joint}_s={_signature(self._signing(request), text)}"

    def sign_token(self, request: ImageRequest) -> str:
        """The signed path in its token form. Raises as `sign` does."""
        payload = encode_payload(request.template, request.format, request.parameters())
        return f"/t/{payload}.{_signature(self._signing(request), payload)}.{request.format}"

    def verify(self, url: str | bytes | QueryUrl | TokenUrl, *, now: int) -> ImageRequest:
        """The request of a signed URL in either form.

        Nothing in the URL is interpreted before its signature is found good. `now` is in unix seconds; a URL is good
        until the second before its `_e`.

        Raises:
            SignetError: the errors of `server.urls.split`.
            MissingSignature, BadSignature: not signed, or not by a known key.
            InvalidOption: signed, but with impossible options.
            ExpiredUrl: signed, but too long ago.
        """
        parts = split(url) if isinstance(url, str | bytes) else url
        if isinstance(parts, TokenUrl):
            self._require(self._newest_first, parts.payload, parts.signature)
        else:
            if parts.signature is None:
                raise MissingSignature("The URL is not signed; it lacks _s.")
            self._require(self._verifying(parts.key_id), parts.canonical(), parts.signature)
        request = parts.request()
        expires = request.options.expires
        if expires is not None and now >= expires:
            raise ExpiredUrl("The URL has expired; ask whoever published it for a new one.")
        return request

    def _signing(self, request: ImageRequest) -> Signer:
        wanted = request.options.key_id
        if wanted is None:
            return self._current
        if wanted not in self._signers:
            raise InvalidOption([ValueProblem("_k", f"names no signing key; the newest is {self.current_key_id}.")])
        return self._signers[wanted]

    def _verifying(self, wanted: str | None) -> Iterable[Signer]:
        if wanted is None:
            return self._newest_first
        signer = self._signers.get(wanted)
        return () if signer is None else (signer,)

    @staticmethod
    def _require(signers: Iterable[Signer], text: str, signature: str) -> None:
        # Texts are compared, not decoded bytes: base64 spells one value in several ways, and only one is accepted.
        given = signature.encode("utf-8", "replace")
        if not any(hmac.compare_digest(signer.get_signature(text), given) for signer in signers):
            raise BadSignature("The signature does not match this URL; it was changed, or signed with another key.")


def derived_key(secret: str) -> bytes:
    """The key of the HMAC. Whoever has it can sign: it is no less a secret than what it is derived from."""
    return Signer(secret, salt=SALT, digest_method=hashlib.sha256).derive_key()


def _signer(secret: str) -> Signer:
    return Signer(derived_key(secret), key_derivation="none", digest_method=hashlib.sha256)


def _signature(signer: Signer, text: str) -> str:
    return signer.get_signature(text).decode("ascii")
