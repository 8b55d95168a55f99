"""AWS Signature Version 4 against vectors of AWS's own test suite (aws-c-auth, tests/aws-signing-test-suite/v4)."""

from __future__ import annotations

import pytest

from server.purging.cdn.sigv4 import AwsCredentials, signed_headers

KEYS = AwsCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
WITH_TOKEN = AwsCredentials(
    KEYS.access_key_id,
    KEYS.secret_access_key,
    "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
)
MOMENT = 1_440_938_160.0  # 2015-08-30 12:36:00 UTC
HOST = "https://example.amazonaws.com"
FORM = b"Param1=value1"
FORM_HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Content-Length": "13",
    "x-amz-content-sha256": "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
}
SUITE = {
    "get-vanilla": (KEYS, "GET", "/", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "get-vanilla-with-session-token": (
        *(WITH_TOKEN, "GET", "/", {}, b""),
        "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
    ),
    "get-vanilla-query-order-key-case": (
        *(KEYS, "GET", "/?Param2=value2&Param1=value1", {}, b""),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "get-header-value-trim": (
        *(KEYS, "GET", "/", {"My-Header1": " value1", "My-Header2": ' "a   b   c"'}, b""),
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    "get-utf8": (KEYS, "GET", "/ሴ", {}, b"", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    "post-vanilla": (KEYS, "POST", "/", {}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    "post-header-key-sort": (
        *(KEYS, "POST", "/", {"My-Header1": "value1"}, b""),
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    "post-x-www-form-urlencoded": (
        *(KEYS, "POST", "/", FORM_HEADERS, FORM),
        "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
    ),
}


@pytest.mark.parametrize("name", SUITE)
def test_signatures_are_those_of_the_suite(name: str) -> None:
    keys, method, path, headers, content, signature = SUITE[name]
    made = signed_headers(
        keys, method, HOST + path, headers, content, region="us-east-1", service="service", now=MOMENT
    )
    names = ";".join(sorted({*map(str.lower, made), "host"} - {"authorization"}))
    assert made["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    assert made["x-amz-date"] == "20150830T123600Z"
    assert "host" not in made


def test_credentials_do_not_show_in_messages() -> None:
    assert WITH_TOKEN.secret_access_key not in repr(WITH_TOKEN)
    assert WITH_TOKEN.session_token not in repr(WITH_TOKEN)
