"""Signing keys and API keys: from settings, or from files in the data directory that nobody else can read.

`signing-keys.json` holds `{"keys": [{"secret": "…", "created": "2025-01-31T12:00:00Z"}, …]}`, oldest first.
`api-key.txt` holds one API key a line, `webhook-secret.txt` one secret of webhooks a line, oldest first. They are made
on first use, with mode 0600, written beside and renamed, so that no reader ever sees half a file; a lock file keeps two
starting processes from making two different keys.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from server.errors import ConfigurationError
from server.webhooks import UnusableSecret, check_secret, new_secret

SIGNING_KEYS_FILE: Final = "signing-keys.json"
API_KEY_FILE: Final = "api-key.txt"
WEBHOOK_SECRET_FILE: Final = "webhook-secret.txt"  # noqa: S105 - its name
MIN_KEY_LENGTH: Final = 16
"""Characters. Keys made here have 43 (256 random bits); shorter ones of one's own are a guess away from forgery."""

_LOCK_FILE: Final = ".keys.lock"


class ApiKeys:
    """API keys that can be asked whether they admit a caller."""

    def __init__(self, keys: Sequence[str]) -> None:
        # Digests have one length, so that comparing tells nothing about the length of a key.
        self._digests = [hashlib.sha256(key.encode()).digest() for key in keys]

    def admit(self, presented: str) -> bool:
        """Whether `presented` is one of the keys, in a time that doesn't depend on which or how nearly."""
        digest = hashlib.sha256(presented.encode("utf-8", "surrogatepass")).digest()
        return sum([hmac.compare_digest(digest, known) for known in self._digests]) > 0


def signing_keys(configured: Sequence[str], data_dir: Path) -> list[str]:
    """Signing keys from oldest to newest: the configured ones, else the file's, else a new one.

    Raises:
        ConfigurationError: a key is too short, or the file is unreadable, malformed or open to other users.
    """
    if configured:
        return _checked(configured, "SIGNET_SIGNING_KEYS")
    path = data_dir / SIGNING_KEYS_FILE
    _create_once(path, lambda: _signing_keys_text([_new_signing_key()]))
    return [entry["secret"] for entry in _read_signing_keys(path)]


def add_signing_key(data_dir: Path) -> str:
    """Append a new signing key, which signs from the next start on; older keys go on verifying. Returns the key.

    Raises:
        ConfigurationError: as for `signing_keys`.
    """
    path = data_dir / SIGNING_KEYS_FILE
    with _locked(data_dir):
        entry = _new_signing_key()
        _write_private(path, _signing_keys_text([*(_read_signing_keys(path) if path.exists() else []), entry]))
        return entry["secret"]


def api_keys(configured: Sequence[str], data_dir: Path) -> list[str]:
    """API keys: the configured ones, else the file's, else a new one.

    Raises:
        ConfigurationError: as for `signing_keys`.
    """
    if configured:
        return _checked(configured, "SIGNET_API_KEYS")
    path = data_dir / API_KEY_FILE
    _create_once(path, lambda: secrets.token_urlsafe(32) + "\n")
    keys = _read_private(path).split()
    if not keys:
        raise ConfigurationError(f"{path} holds no key; delete it to get a new one.")
    return _checked(keys, str(path))


def webhook_secrets(configured: Sequence[str], data_dir: Path) -> list[str]:
    """Secrets that sign outgoing webhooks, oldest first: the configured ones, else the file's, else a new one.

    Raises:
        ConfigurationError: one is not in the form `whsec_…`, or as for `signing_keys`.
    """
    if configured:
        return _checked_secrets(configured, "SIGNET_WEBHOOK_SECRETS")
    path = data_dir / WEBHOOK_SECRET_FILE
    _create_once(path, lambda: new_secret() + "\n")
    found = _read_private(path).split()
    if not found:
        raise ConfigurationError(f"{path} holds no secret; delete it to get a new one.")
    return _checked_secrets(found, str(path))


def _checked_secrets(found: Sequence[str], source: str) -> list[str]:
    for number, secret in enumerate(found, start=1):
        try:
            check_secret(secret)
        except UnusableSecret as error:
            raise ConfigurationError(f"{source}: secret {number} can't be used; {error}.") from None
    return list(dict.fromkeys(found))


def _new_signing_key() -> dict[str, str]:
    return {"secret": secrets.token_urlsafe(32), "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _checked(keys: Sequence[str], source: str) -> list[str]:
    for number, key in enumerate(keys, start=1):
        if len(key) < MIN_KEY_LENGTH:
            raise ConfigurationError(
                f"{source}: key {number} has {len(key)} characters; {MIN_KEY_LENGTH} is the least. "
                'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
            )
    if len(set(keys)) != len(keys):
        raise ConfigurationError(f"{source}: the same key is listed twice; remove one of them.")
    return list(keys)


def _read_signing_keys(path: Path) -> list[dict[str, str]]:
    shape = '{"keys": [{"secret": "…", "created": "…"}]}'
    try:
        document: object = json.loads(_read_private(path))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} is no JSON ({error}); expected {shape}. Restore it from a backup.") from error
    match document:
        case {"keys": [_, *_] as entries} if all(_is_entry(entry) for entry in entries):
            _checked([entry["secret"] for entry in entries], str(path))
            return [{"secret": entry["secret"], "created": entry["created"]} for entry in entries]
    raise ConfigurationError(f"{path} does not have the form {shape} with at least one key. Restore it from a backup.")


def _is_entry(entry: object) -> bool:
    match entry:
        case {"secret": str(), "created": str()}:
            return True
    return False


def _signing_keys_text(entries: Sequence[dict[str, str]]) -> str:
    return json.dumps({"keys": entries}, indent=2) + "\n"


def _create_once(path: Path, make: Callable[[], str]) -> None:
    # A file that is there needs no lock, and must need none: it may be mounted read-only. Renaming keeps it whole.
    if path.exists():
        return
    with _locked(path.parent):
        if not path.exists():
            _write_private(path, make())


def _read_private(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise ConfigurationError(
                    f"{path} can be reached by other users (mode {mode:04o}). If nobody else has read it, run: "
                    f"chmod 600 {path} - otherwise replace its keys first."
                )
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error


def _write_private(path: Path, text: str) -> None:
    # mkstemp makes its file with mode 0600 from the start.
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error}.") from error


@contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data_dir / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"The data directory {data_dir} cannot be used: {error}. Set SIGNET_DATA_DIR to one that can be written."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
