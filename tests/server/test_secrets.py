"""Which variables of the environment templates may send, and that no message ever holds one."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.secrets import Secrets, SecretUnavailable

ENVIRONMENT = {
    "STATS_TOKEN": "s3cret-one",
    "OTHER_TOKEN": "s3cret-two",
    "SIGNET_SIGNING_KEYS": "s3cret-three",
    "SIGNET_SECRET_API": "s3cret-four",
    "AWS_SECRET_ACCESS_KEY": "s3cret-five",
    "EMPTY": "",
    "BLANK": " \t",
    "FOREIGN": "s3cret-ü",
    "BROKEN": "s3cret\r\nHost: elsewhere",
    "PADDED": "  s3cret-six\n",
}


def test_any_variable_but_the_servers_own() -> None:
    secrets = Secrets(environment=ENVIRONMENT)
    assert [secrets.resolve(name) for name in ("STATS_TOKEN", "SIGNET_SECRET_API", "PADDED")] == [
        "s3cret-one",
        "s3cret-four",
        "s3cret-six",
    ]


@pytest.mark.parametrize(
    ("patterns", "name", "reason"),
    [
        (("*",), "SIGNET_SIGNING_KEYS", "no pattern"),
        (("*",), "AWS_SECRET_ACCESS_KEY", "no pattern"),
        (("STATS_*",), "OTHER_TOKEN", "no pattern in SIGNET_BINDING_SECRETS"),
        ((), "STATS_TOKEN", "no pattern"),
        (("*",), "EMPTY", "it is not set; set it in"),
        (("*",), "BLANK", "is not set"),
        (("*",), "NOWHERE", "is not set"),
        (("STATS_*",), "SIGNET_SECRET_API", "no pattern"),
        (("SIGNET_*",), "SIGNET_SIGNING_KEYS", "no pattern"),
        (("stats_*",), "STATS_TOKEN", "no pattern"),
        (("*",), "FOREIGN", "no header can carry"),
        (("*",), "BROKEN", "no header can carry"),
    ],
)
def test_what_is_not_given(patterns: tuple[str, ...], name: str, reason: str) -> None:
    with pytest.raises(SecretUnavailable) as caught:
        Secrets(patterns, ENVIRONMENT).resolve(name)
    assert f"secret {name}: " in caught.value.log_message
    assert reason in caught.value.log_message
    assert name not in caught.value.message
    assert "s3cret" not in caught.value.message + caught.value.log_message


def test_patterns_are_a_shells() -> None:
    secrets = Secrets(("STATS_*", "O?HER_TOKEN"), ENVIRONMENT)
    assert secrets.resolve("STATS_TOKEN")
    assert secrets.resolve("OTHER_TOKEN")


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("STATS_TOKEN=of-the-file\nFILE_TOKEN='of the file'\nSIGNET_API_KEYS=own\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATS_TOKEN", "of-the-environment")
    secrets = Secrets()
    assert [secrets.resolve(name) for name in ("STATS_TOKEN", "FILE_TOKEN")] == ["of-the-environment", "of the file"]
    with pytest.raises(SecretUnavailable):
        secrets.resolve("SIGNET_API_KEYS")
