"""Settings: documented, checked at start, errors that name the variable and never quote a secret."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from server.errors import ConfigurationError
from server.quantities import parse_size
from server.settings import Settings, describe, load_settings, misspelled, variable_of


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SIGNET_"):
            monkeypatch.delenv(name)


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings(None)
    assert settings.data_dir == Path("var")
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.render_processes >= 1
    assert (settings.signing_keys, settings.api_keys, settings.development) == ((), (), False)


def test_every_setting_is_documented_and_its_default_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = describe()
    assert [row.variable for row in rows] == [variable_of(name) for name in Settings.model_fields]
    for row in rows:
        assert row.help.endswith(".")
        assert len(row.help) > 15
        monkeypatch.setenv(row.variable, row.default)
    assert load_settings(None) == Settings(_env_file=None)


def test_command_line_wins_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("SIGNET_PORT=1\nSIGNET_HOST=10.0.0.1\nSIGNET_RENDERERS=3\nOTHER=x\n")
    monkeypatch.setenv("SIGNET_PORT", "2")
    monkeypatch.setenv("SIGNET_HOST", "10.0.0.2")
    settings = load_settings(file, port=3, host=None)
    assert (settings.port, settings.host, settings.renderers) == (3, "10.0.0.2", 3)


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_PORT", "")
    monkeypatch.setenv("SIGNET_SIGNING_KEYS", "")
    assert load_settings(None) == Settings(_env_file=None)


def test_units_and_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SIGNET_DISK_CACHE_BYTES": "1.5GiB",
        "SIGNET_MEMORY_CACHE_BYTES": "0",
        "SIGNET_RENDER_TIMEOUT": "1m30s",
        "SIGNET_SIGNING_KEYS": "old-key, new-key,",
        "SIGNET_ALLOWED_HOSTS": "App.internal,*.corp, 10.0.0.5:9000,::1",
        "SIGNET_LOG_LEVEL": "DEBUG",
        "SIGNET_PUBLIC_URL": "https://example.com/cards/",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(None)
    assert settings.disk_cache_bytes == 3 * 2**29
    assert settings.memory_cache_bytes == 0
    assert settings.render_timeout == 90
    assert [key.get_secret_value() for key in settings.signing_keys] == ["old-key", "new-key"]
    assert settings.allowed_hosts == ("app.internal", "*.corp", "10.0.0.5:9000", "::1")
    assert settings.log_level == "debug"
    assert settings.base_url == "https://example.com/cards"
    assert load_settings(None, render_timeout="0.5").render_timeout == 0.5


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104 - nothing listens
        ("::", "http://[::1]:80"),
        ("example", "http://example:80"),
    ],
)
def test_base_url_can_be_opened(host: str, url: str) -> None:
    assert load_settings(None, host=host, port=80).base_url == url


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("port", "99999", "less than or equal to 65535"),
        ("port", "tcp://10.0.0.1:80", "valid integer"),
        ("disk_cache_bytes", "lots", "'lots' is no size; write 512MB"),
        ("worker_memory_limit", "0", "greater than 0"),
        ("render_timeout", "fast", "is no duration"),
        ("render_timeout", "0", "greater than 0"),
        ("render_timeout", "2h", "less than or equal to 3600"),
        ("public_url", "example.com", "must be http"),
        ("public_url", "https://example.com/?x=1", "must be http"),
        ("allowed_hosts", "https://a.example", "without http://"),
        ("allowed_hosts", "a:0", "impossible port"),
        ("allowed_hosts", "a..b:http", "impossible port"),
        ("allowed_hosts", "*", "is no host name"),
        ("allowed_hosts", "1:2:3", "is no host name"),
        ("log_format", "xml", "'text' or 'json'"),
        ("development", "maybe", "valid boolean"),
    ],
)
def test_errors_name_the_variable(monkeypatch: pytest.MonkeyPatch, field: str, value: str, message: str) -> None:
    monkeypatch.setenv(variable_of(field), value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(None)
    assert caught.value.message.startswith(f"{variable_of(field)}: ")
    assert message in caught.value.message
    assert value in caught.value.message


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(None, port=-1, queue_limit=0)
    assert [line.split(":")[0] for line in caught.value.message.splitlines()] == ["SIGNET_PORT", "SIGNET_QUEUE_LIMIT"]


def test_secrets_are_never_shown() -> None:
    settings = load_settings(None, signing_keys="very-secret", api_keys="very-secret")
    assert "very-secret" not in repr(settings) + str(settings.model_dump())
    with pytest.raises(ConfigurationError) as caught:
        load_settings(None, signing_keys={"very-secret": 1})
    assert "very-secret" not in caught.value.message
    assert caught.value.__cause__ is None


def test_misspelled_variables_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert misspelled({"SIGNET_RENDERES": "3", "SIGNET_PORT": "1", "SIGNET_EDGE_LISTEN": "80", "PORT": "1"}) == [
        "SIGNET_RENDERES is no setting and is ignored; did you mean SIGNET_RENDERERS?"
    ]
    file = tmp_path / ".env"
    file.write_text("SIGNET_PUBLIC_URI=https://example.com\n")
    with caplog.at_level(logging.WARNING):
        load_settings(file)
    assert "SIGNET_PUBLIC_URL" in caplog.text


def test_a_missing_file_is_no_error_and_an_unreadable_one_is(tmp_path: Path) -> None:
    assert load_settings(tmp_path / ".env") == Settings(_env_file=None)
    (tmp_path / ".env").write_bytes(b"SIGNET_HOST=\xff\n")
    with pytest.raises(ConfigurationError, match=r"\.env cannot be read"):
        load_settings(tmp_path / ".env")


def test_sizes_in_the_documentation_read_back() -> None:
    defaults = {row.variable: row.default for row in describe()}
    assert parse_size(defaults["SIGNET_DISK_CACHE_BYTES"]) == load_settings(None).disk_cache_bytes
