"""Who may have signed URLs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.api.operations import OPERATIONS
from tests.server.live_server import API_KEY, TEMPLATES, Answer, LiveServer, live_server

PATHS = [
    (operation.method, operation.path.replace("{name}", "card")) for operation in OPERATIONS if not operation.public
]


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server in development."""
    with live_server(tmp_path_factory.mktemp("data"), TEMPLATES, development=True) as server:
        yield server


def refused(answer: Answer) -> None:
    assert answer.status == 401, answer.body
    assert answer.headers["www-authenticate"] == 'Bearer realm="signet"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize(("method", "path"), PATHS)
class TestKeys:
    def test_without_a_key(self, live: LiveServer, method: str, path: str) -> None:
        refused(live.call(path, b"{}", method=method, key=None))

    @pytest.mark.parametrize("key", ["", "wrong", API_KEY[:-1], API_KEY + "x", API_KEY.upper()])
    def test_with_a_wrong_key(self, live: LiveServer, method: str, path: str, key: str) -> None:
        refused(live.call(path, b"{}", method=method, key=key))

    @pytest.mark.parametrize("scheme", ["Basic", "Token", API_KEY])
    def test_with_another_scheme(self, live: LiveServer, method: str, path: str, scheme: str) -> None:
        headers = {"Authorization": f"{scheme} {API_KEY}"}
        refused(live.call(path, b"{}", method=method, key=None, headers=headers))

    def test_with_the_key(self, live: LiveServer, method: str, path: str) -> None:
        assert live.call(path, b"{}", method=method).status != 401


def test_the_scheme_may_be_spelled_as_one_likes(live: LiveServer) -> None:
    assert live.call("/v1/templates", key=None, headers={"Authorization": f"bearer  {API_KEY} "}).status == 200


class TestDevelopment:
    """Without a key, on the developer's own machine."""

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Host": "localhost"},
            {"Host": "127.0.0.1:8000"},
            {"Host": "[::1]:8000"},
            {"Host": "[::1]"},
            {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:1", "Host": "localhost:1"},
            {"Sec-Fetch-Site": "none"},
        ],
    )
    def test_this_machine_may_ask(self, development: LiveServer, headers: dict[str, str]) -> None:
        assert development.call("/v1/templates", key=None, headers=headers).status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"Host": "rebound.example"},
            {"Host": "127.0.0.1.nip.io"},
            {"Host": "localhost.example:8000"},
            {"Host": "[::1"},
            {"X-Forwarded-For": "203.0.113.9"},
            {"Forwarded": "for=203.0.113.9"},
            {"Via": "1.1 proxy"},
            {"X-Real-IP": "127.0.0.1"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://elsewhere.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost:1", "Host": "localhost:2"},
            {"Origin": "https://localhost:1", "Host": "localhost:1"},
        ],
    )
    def test_nobody_else_may(self, development: LiveServer, headers: dict[str, str]) -> None:
        refused(development.call("/v1/templates", key=None, headers=headers))
        refused(development.call("/v1/urls", {"template": "article"}, key=None, headers=headers))

    def test_a_wrong_key_is_wrong_here_too(self, development: LiveServer) -> None:
        refused(development.call("/v1/templates", key="wrong"))

    def test_a_key_opens_from_anywhere(self, development: LiveServer) -> None:
        headers = {"Host": "img.example.com", "X-Forwarded-For": "203.0.113.9", "Origin": "https://app.example.com"}
        assert development.call("/v1/templates", headers=headers).status == 200

    def test_a_form_of_another_page_is_refused_twice(self, development: LiveServer) -> None:
        headers = {"Content-Type": "text/plain"}
        assert development.call("/v1/urls", b'{"template":"article"}', key=None, headers=headers).status == 415
        assert "access-control-allow-origin" not in development.call("/v1/templates", key=None).headers
