"""Keys: made once, readable by their owner only, refused when someone else could have read them."""

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path

import pytest

from server.errors import ConfigurationError
from server.keys import (
    API_KEY_FILE,
    SIGNING_KEYS_FILE,
    WEBHOOK_SECRET_FILE,
    ApiKeys,
    add_signing_key,
    api_keys,
    signing_keys,
    webhook_secrets,
)

LONG = "x" * 16


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def load_both(folder: str) -> tuple[list[str], list[str]]:
    return signing_keys([], Path(folder)), api_keys([], Path(folder))


def test_first_use_makes_private_files_that_stay(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "var"
    signing, api = load_both(str(folder))
    assert len(signing) == len(api) == 1
    assert signing != api
    assert len(signing[0]) == 43
    assert mode_of(folder) == 0o700
    assert mode_of(folder / SIGNING_KEYS_FILE) == mode_of(folder / API_KEY_FILE) == 0o600
    assert load_both(str(folder)) == (signing, api)
    assert sorted(path.name for path in folder.iterdir()) == [".keys.lock", API_KEY_FILE, SIGNING_KEYS_FILE]


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with multiprocessing.get_context("forkserver").Pool(4) as pool:
        results = pool.map(load_both, [str(tmp_path / "var")] * 12, chunksize=1)
    assert all(result == results[0] for result in results)


def test_rotation_appends_and_keeps(tmp_path: Path) -> None:
    first = signing_keys([], tmp_path)
    second = add_signing_key(tmp_path)
    assert signing_keys([], tmp_path) == [*first, second]
    assert mode_of(tmp_path / SIGNING_KEYS_FILE) == 0o600


def test_rotation_may_come_before_the_first_start(tmp_path: Path) -> None:
    assert signing_keys([], tmp_path) != [key := add_signing_key(tmp_path)]
    assert signing_keys([], tmp_path)[-1] == key


def test_configured_keys_need_no_files(tmp_path: Path) -> None:
    assert signing_keys([LONG], tmp_path / "var") == [LONG]
    assert api_keys([LONG], tmp_path / "var") == [LONG]
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("load", [signing_keys, api_keys])
def test_configured_keys_are_checked(load, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    with pytest.raises(ConfigurationError, match=r"SIGNET_\w+_KEYS: key 2 has 15 characters; 16"):
        load([LONG, LONG[1:]], tmp_path)
    with pytest.raises(ConfigurationError, match="twice"):
        load([LONG, LONG], tmp_path)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o660, 0o601])
def test_files_that_others_reach_are_refused(tmp_path: Path, mode: int) -> None:
    load_both(str(tmp_path))
    for name, load in ((SIGNING_KEYS_FILE, signing_keys), (API_KEY_FILE, api_keys)):
        (tmp_path / name).chmod(mode)
        with pytest.raises(ConfigurationError, match=f"{name} can be reached by other users .*chmod 600"):
            load([], tmp_path)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        add_signing_key(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "does not have the form"),
        ('{"keys": []}', "does not have the form"),
        ('{"keys": ["aaaaaaaaaaaaaaaaaaaa"]}', "does not have the form"),
        ('{"keys": [{"secret": 1, "created": ""}]}', "does not have the form"),
        ('{"keys": [{"secret": "short", "created": ""}]}', "key 1 has 5 characters"),
    ],
)
def test_broken_signing_keys_are_refused_and_left_alone(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / SIGNING_KEYS_FILE
    path.touch(0o600)
    path.write_text(text)
    for use in (lambda: signing_keys([], tmp_path), lambda: add_signing_key(tmp_path)):
        with pytest.raises(ConfigurationError, match=message) as caught:
            use()
        assert str(path) in caught.value.message
    assert path.read_text() == text


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    for name, load in ((SIGNING_KEYS_FILE, signing_keys), (API_KEY_FILE, api_keys)):
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigurationError, match="cannot be read"):
            load([], tmp_path)


def test_an_empty_api_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / API_KEY_FILE).touch(0o600)
    with pytest.raises(ConfigurationError, match="holds no key; delete it"):
        api_keys([], tmp_path)


def test_a_data_directory_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="SIGNET_DATA_DIR"):
        signing_keys([], tmp_path / "file" / "var")


def test_a_directory_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / SIGNING_KEYS_FILE).mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        signing_keys([], tmp_path)


def test_the_file_says_when_a_key_was_made(tmp_path: Path) -> None:
    add_signing_key(tmp_path)
    document = json.loads((tmp_path / SIGNING_KEYS_FILE).read_text())
    assert [sorted(entry) for entry in document["keys"]] == [["created", "secret"]]


def test_api_keys_admit_their_holders_only() -> None:
    keys = ApiKeys(["one-key-of-two-here", "schlüssel-nummer-zwei"])
    assert keys.admit("one-key-of-two-here")
    assert keys.admit("schlüssel-nummer-zwei")
    for other in ("", "one-key-of-two-her", "one-key-of-two-here ", "\udcff"):
        assert not keys.admit(other)
    assert not ApiKeys([]).admit("")


def test_secrets_of_webhooks_are_made_once(tmp_path: Path) -> None:
    (made,) = webhook_secrets([], tmp_path)
    assert webhook_secrets([], tmp_path) == [made]
    assert mode_of(tmp_path / WEBHOOK_SECRET_FILE) == 0o600
    (tmp_path / WEBHOOK_SECRET_FILE).write_text(f"{made}\n{made[:-4]}AAA=\n")
    assert webhook_secrets([], tmp_path) == [made, f"{made[:-4]}AAA="]
    assert webhook_secrets([made], tmp_path / "elsewhere") == [made]


@pytest.mark.parametrize("secret", ["secret", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%"])
def test_a_secret_of_webhooks_that_nobody_could_verify_with_ends_the_start(tmp_path: Path, secret: str) -> None:
    with pytest.raises(ConfigurationError, match="SIGNET_WEBHOOK_SECRETS: secret 1 can't be used; a webhook secret is"):
        webhook_secrets([secret], tmp_path)
    (tmp_path / WEBHOOK_SECRET_FILE).touch(mode=0o600)
    with pytest.raises(ConfigurationError, match="holds no secret"):
        webhook_secrets([], tmp_path)
