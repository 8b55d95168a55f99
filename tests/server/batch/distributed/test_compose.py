"""The profile `distributed` of compose.yaml, as far as it can be tried without containers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from server.batch.distributed.broker import checked_broker
from server.settings import PREFIX, Settings, load_settings
from tests.server.live_server import REPOSITORY

INNERMOST = re.compile(r"\$\{(\w+)(?::([-+?])((?:[^{}$])*))?\}")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
    return services


def filled(text: str, variables: Mapping[str, str]) -> str:
    """What compose makes of a value: https://docs.docker.com/reference/compose-file/interpolation/."""

    def value(match: re.Match[str]) -> str:
        name, operator, word = match.groups()
        given = variables.get(name, "")
        if operator == "+":
            return word if given else ""
        return given or word or ""

    while (replaced := INNERMOST.sub(value, text)) != text:
        text = replaced
    return text


def settings_of(service: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, text in service["environment"].items():
        if name.startswith(PREFIX):
            monkeypatch.setenv(name, filled(text, variables))
    return load_settings(env_file=None)


def test_without_the_profile_the_server_works_itself(services: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert {name for name, service in services.items() if "profiles" not in service} == {"app", "edge"}
    settings = settings_of(services["app"], monkeypatch)
    assert (settings.batch_engine, settings.database_url.get_secret_value()) == ("embedded", "")


def test_with_it_server_and_workers_have_the_same_settings(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [settings_of(services[name], monkeypatch, POSTGRES_PASSWORD="5ec2e7") for name in ("app", "worker")]
    assert both[0] == both[1]
    assert checked_broker(both[0]) == "redis://redis:6379/0"
    assert both[0].database_url.get_secret_value() == "postgresql+psycopg://signet:5ec2e7@postgres/signet"
    assert services["app"]["volumes"] == services["worker"]["volumes"]
    assert services["app"]["image"] == services["worker"]["image"]


def test_there_are_two_workers_and_what_they_need(services: dict[str, Any]) -> None:
    assert {name for name, service in services.items() if service.get("profiles") == ["distributed"]} == {
        *("worker", "redis", "postgres")
    }
    assert services["worker"]["command"] == ["signet", "worker"]
    assert services["worker"]["deploy"] == {"replicas": 2}
    for name in ("app", "worker"):
        # Without the profile there is no such service, and compose must not mind.
        assert services[name]["depends_on"] == {"postgres": {"condition": "service_healthy", "required": False}}


def test_the_image_has_what_workers_need() -> None:
    assert "'.[distributed,export]'" in (REPOSITORY / "Dockerfile").read_text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("${A:-x}", "x"), ("${B:-x}", "b"), ("${A:+x}", ""), ("${B:+x${B}y}", "xby"), ("${B}", "b"), ("a", "a")],
)
def test_values_are_filled_as_compose_does(text: str, expected: str) -> None:
    assert filled(text, {"B": "b"}) == expected
