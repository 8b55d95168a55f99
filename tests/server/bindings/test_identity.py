"""What makes two requests the same one, and that nothing of a secret is left where it could be read."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer import HeaderValue, ResolvedRequest, Secret
from renderer.expressions.runtime.values import describe
from server.bindings.identity import Identified, identify
from server.secrets import Secrets, SecretUnavailable

SECRETS: Final = {"A": "alpha-2f6c1b9e", "B": "beta-77d05ac3", "AB": "alpha-2f6c1b9ebeta-77d05ac3"}

texts = st.text("abc:/\"'\\[], é", max_size=4)
parts = texts | st.sampled_from([Secret(name) for name in SECRETS])
headers = st.dictionaries(
    st.sampled_from(["Accept", "X-A", "X-B"]), st.lists(parts, max_size=3).map(tuple).map(HeaderValue), max_size=3
)
requests = st.builds(
    ResolvedRequest,
    st.sampled_from(["GET", "POST"]),
    texts.map("https://api.example.com/{}".format),
    headers.map(MappingProxyType),
    st.none() | texts.map(str.encode),
)


def identified(owner: str, request: ResolvedRequest, secrets: dict[str, str] | None = None) -> Identified:
    return identify(owner, request, Secrets(environment=dict(secrets or SECRETS)))


def sent(owner: str, request: ResolvedRequest) -> object:
    """Everything that goes over the wire, and for whom; headers in any order."""
    fields = {
        name: "".join(SECRETS[part.name] if isinstance(part, Secret) else part for part in value.parts)
        for name, value in request.headers.items()
    }
    return owner, request.method, request.url, fields, request.body or b""


@given(requests, requests, st.sampled_from(["card/a", "card/b"]), st.sampled_from(["card/a", "card/b"]))
def test_keys_differ_whenever_requests_do(
    one: ResolvedRequest, other: ResolvedRequest, owner: str, other_owner: str
) -> None:
    if sent(owner, one) != sent(other_owner, other):
        assert identified(owner, one).key != identified(other_owner, other).key
    if (owner, one) == (other_owner, other):
        assert identified(owner, one).key == identified(other_owner, other).key


@given(requests)
def test_secrets_are_in_secret_headers_only(request: ResolvedRequest) -> None:
    found = identified("card/a", request)
    assert found.headers.keys() | found.secret_headers.keys() == request.headers.keys()
    hidden = {name for name, value in request.headers.items() if any(isinstance(part, Secret) for part in value.parts)}
    assert found.secret_headers.keys() == hidden
    said = repr(found) + found.key + repr(found.headers)
    assert not any(secret in said for secret in SECRETS.values())
    assert (found.headers | found.secret_headers) == sent("card/a", request)[3]  # type: ignore[index]


@given(requests)
def test_another_value_of_a_secret_is_another_request(request: ResolvedRequest) -> None:
    used = any(isinstance(part, Secret) for value in request.headers.values() for part in value.parts)
    others = {name: f"{value}-renewed" for name, value in SECRETS.items()}
    same = identified("card/a", request).key == identified("card/a", request, others).key
    assert same is not used


def test_the_order_of_headers_does_not_matter() -> None:
    fields = {"X-A": HeaderValue(("1",)), "X-B": HeaderValue((Secret("A"),))}
    one = ResolvedRequest("GET", "https://api.example.com/", fields, None)
    other = replace(one, headers=dict(reversed(fields.items())))
    assert identified("card/a", one).key == identified("card/a", other).key


def test_a_secret_that_is_not_there() -> None:
    request = ResolvedRequest("GET", "https://api.example.com/", {"X-A": HeaderValue((Secret("NOWHERE"),))}, None)
    with pytest.raises(SecretUnavailable):
        identified("card/a", request)


SECRET = r"q7\"W-5f0b1c93a2d84e6f7a" + "0123456789" * 6


@pytest.mark.parametrize("before", ["", "Bearer ", "x" * 12, "x" * 40])
@pytest.mark.parametrize("after", ["", " and more", "y" * 60])
def test_the_log_shows_no_part_of_a_secret_that_a_source_repeats(before: str, after: str) -> None:
    request = ResolvedRequest("GET", "https://api.example.com/", {"X-A": HeaderValue((Secret("A"),))}, None)
    found = identified("card/a", request, {"A": SECRET})
    for text in (f"{before}{SECRET}{after}", describe(before + SECRET + after), json.dumps(before + SECRET + after)):
        shown = found.redacted(f"stats: has nothing at price: the answer is {text}")
        assert SECRET[:4] not in shown
        assert shown.startswith("stats: has nothing at price: the answer is ")
    assert found.redacted("status 500") == "status 500"
