"""Signatures of webhooks, against the public library of the specification."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from server.webhooks import InvalidSignature, Message, UnusableSecret, check_secret, new_secret, sign, verify
from server.webhooks.signatures import TOLERANCE

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four bytes!!!").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of the same size").decode()
NOW = 1_700_000_000


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_the_library_accepts_what_we_sign(text: str) -> None:
    now = int(datetime.now(UTC).timestamp())
    headers = sign(Message("msg_1", now, f'{{"a": "{len(text)}"}}'.encode()), SECRET)
    assert Webhook(SECRET).verify(f'{{"a": "{len(text)}"}}', headers) == {"a": str(len(text))}


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_we_accept_what_the_library_signs(text: str) -> None:
    moment = datetime.fromtimestamp(NOW, UTC)
    signature = Webhook(SECRET).sign("msg_1", moment, text)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": signature}
    assert verify(headers, text.encode(), [SECRET], NOW) == Message("msg_1", NOW, text.encode())


def test_secrets_and_signatures_rotate() -> None:
    message = Message("msg_1", NOW, b"{}")
    both = f"{sign(message, OTHER)['webhook-signature']} {sign(message, SECRET)['webhook-signature']}"
    headers = sign(message, SECRET) | {"webhook-signature": both}
    assert verify(headers, b"{}", [SECRET], NOW)
    assert verify(sign(message, SECRET), b"{}", [OTHER, SECRET], NOW)


def test_all_secrets_sign_so_that_receivers_may_change_to_a_new_one_at_any_time() -> None:
    new = new_secret()
    check_secret(new)
    headers = sign(Message("msg_1", int(datetime.now(UTC).timestamp()), b"{}"), OTHER, SECRET, new)
    assert len(headers["webhook-signature"].split()) == 3
    for secret in (OTHER, SECRET, new):
        assert Webhook(secret).verify("{}", headers) == {}


@pytest.mark.parametrize("seconds", [-TOLERANCE, 0, TOLERANCE])
def test_a_message_of_now(seconds: int) -> None:
    assert verify(sign(Message("m", NOW + seconds, b""), SECRET), b"", [SECRET], NOW)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"webhook-id": ""}, "webhook-id is missing"),
        ({"webhook-id": "msg_2"}, "does not belong to this body"),
        ({"webhook-id": "a b"}, "webhook-id is missing"),
        ({"webhook-timestamp": ""}, "webhook-timestamp is missing"),
        ({"webhook-timestamp": "soon"}, "no number of seconds"),
        ({"webhook-timestamp": str(NOW - TOLERANCE - 1)}, "away from our time"),
        ({"webhook-timestamp": str(NOW + TOLERANCE + 1)}, "away from our time"),
        ({"webhook-timestamp": str(NOW + 1)}, "does not belong to this body"),
        ({"webhook-signature": ""}, "webhook-signature is missing"),
        ({"webhook-signature": "v1,"}, "does not belong"),
        ({"webhook-signature": "v1,%%%"}, "does not belong"),
        ({"webhook-signature": "v2,AAAA"}, "does not belong"),
        ({"webhook-signature": "v1,é"}, "does not belong"),
        ({"webhook-signature": "v1a,AAAA v1 ,"}, "does not belong"),
        ({"webhook-id": "é"}, "webhook-id is missing"),
        ({"webhook-timestamp": "١٧٠٠٠٠٠٠٠٠"}, "no number of seconds"),
        ({"webhook-timestamp": f"{NOW}.0"}, "no number of seconds"),
    ],
)
def test_what_is_not_genuine(change: dict[str, str], message: str) -> None:
    headers = sign(Message("msg_1", NOW, b"{}"), SECRET) | change
    with pytest.raises(InvalidSignature, match=message) as caught:
        verify(headers, b"{}", [SECRET], NOW)
    assert SECRET not in str(caught.value)


def test_another_body_and_another_secret() -> None:
    headers = sign(Message("msg_1", NOW, b"{}"), SECRET)
    for body, secrets in ((b"{ }", [SECRET]), (b"{}", [OTHER]), (b"{}", [])):
        with pytest.raises(InvalidSignature):
            verify(headers, body, secrets, NOW)


@pytest.mark.parametrize("secret", ["", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", "whsec_é"])
def test_a_secret_of_another_form(secret: str) -> None:
    with pytest.raises(UnusableSecret):
        sign(Message("m", NOW, b""), secret)
