from __future__ import annotations

import re

import pytest

from server.signing import derived_key, key_id
from tests.server.commands.conftest import Run


def test_print_is_for_a_nginx_that_runs_as_a_service(run: Run) -> None:
    text = run(
        "edge", "--listen", "80", "--origin", "10.0.0.5:8000", "--cache-size", "500m", "--no-gate", "--print"
    ).stdout
    assert "listen 80;" in text
    assert "server 10.0.0.5:8000 " in text
    assert '"/var/cache/signet-edge"' in text
    assert "max_size=500m" in text
    assert '"/var/log/nginx/access.log"' in text
    assert "${SIGNET" not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--origin", "http://127.0.0.1:8000"], "--origin http://127.0.0.1:8000: write it as host:port"),
        (["--origin", "8000"], "write it as host:port"),
        (["--listen", "127.0.0.1:70000"], "--listen 127.0.0.1:70000: write it as host:port"),
        (["--listen", "80; evil"], "write it as host:port"),
        (["--cache-size", "lots"], "--cache-size lots: write it as nginx does"),
        (["--cache", 'a"b'], "quotes"),
    ],
)
def test_what_nginx_would_not_understand_is_refused(run: Run, arguments: list[str], message: str) -> None:
    result = run("edge", *arguments, "--print")
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr


def test_without_nginx_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.edge.program.shutil.which", lambda name, path: None)
    result = run("edge")
    assert result.exit_code == 1
    assert "apt-get install nginx" in result.stderr


def test_print_with_the_gate_holds_derived_keys(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_SIGNING_KEYS", "an-old-signing-key,a-newer-signing-key")
    result = run("edge", "--origin", "10.0.0.5:8000", "--gate", "--print")
    text = result.stdout
    assert "chmod 600" in result.stderr
    keys = [f"{key_id(key)}:{derived_key(key).hex()}" for key in ("an-old-signing-key", "a-newer-signing-key")]
    assert f'default "{",".join(keys)}";' in text
    assert "js_import signet from" in text
    assert "signing-key" not in text


def test_the_gate_wants_the_keys_of_an_origin_elsewhere(run: Run) -> None:
    result = run("edge", "--origin", "10.0.0.5:8000", "--gate", "--print")
    assert result.exit_code == 1
    assert "set SIGNET_SIGNING_KEYS, or use --no-gate" in result.stderr


def test_keys_edge_prints_what_the_gate_is_given(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{8}:[0-9a-f]{64}\n", run("keys", "edge").stdout)
    monkeypatch.setenv("SIGNET_SIGNING_KEYS", "an-old-signing-key,a-newer-signing-key")
    keys = [f"{key_id(key)}:{derived_key(key).hex()}" for key in ("an-old-signing-key", "a-newer-signing-key")]
    assert run("keys", "edge").stdout == ",".join(keys) + "\n"
