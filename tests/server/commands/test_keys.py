from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from server.keys import signing_keys
from server.signing import UrlSigner
from tests.server.commands.conftest import Run


def test_a_new_key_signs_and_the_old_one_goes_on_verifying(run: Run, data_dir: Path) -> None:
    old = run("sign", "card", "title=x").stdout
    result = run("keys", "new")
    new = run("sign", "card", "title=x").stdout
    assert old != new
    signer = UrlSigner(signing_keys((), data_dir))
    for url in (old, new):
        assert signer.verify(url.strip().removeprefix("http://127.0.0.1:8000"), now=int(time.time()))
    assert f"added key {signer.current_key_id} to {data_dir / 'signing-keys.json'}" in result.stdout
    secrets = [entry["secret"] for entry in json.loads((data_dir / "signing-keys.json").read_text())["keys"]]
    assert not any(secret in result.output for secret in secrets)


def test_keys_in_the_environment_are_not_this_commands_business(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_SIGNING_KEYS", "a-key-that-is-long-enough")
    result = run("keys", "new")
    assert result.exit_code == 1
    assert "add the new key at the end of that variable" in result.stderr


def test_a_file_that_others_can_read_is_not_touched(run: Run, data_dir: Path) -> None:
    run("keys", "new")
    keys = data_dir / "signing-keys.json"
    before = keys.read_text()
    keys.chmod(0o640)
    result = run("keys", "new")
    assert result.exit_code == 1
    assert "chmod 600" in result.stderr
    assert keys.read_text() == before


def test_secrets_of_webhooks_are_printed_and_made_if_there_are_none(
    run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run("keys", "webhook").stdout
    assert made.startswith("whsec_")
    assert (data_dir / "webhook-secret.txt").read_text() == made == run("keys", "webhook").stdout
    monkeypatch.setenv("SIGNET_WEBHOOK_SECRETS", f"{made.strip()},whsec_c2lnbmV0LXRlc3RzLW9ubHktc2lnbmV0LXRlc3Rz")
    assert run("keys", "webhook").stdout.split() == [made.strip(), "whsec_c2lnbmV0LXRlc3RzLW9ubHktc2lnbmV0LXRlc3Rz"]
