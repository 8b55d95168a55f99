"""`signet keys`: signing keys."""

from __future__ import annotations

import click


@click.group()
def keys() -> None:
    """Manage the keys that sign image URLs."""


@keys.command()
def new() -> None:
    """Add a signing key: it signs from the next start on, older keys go on being accepted.

    Published URLs keep working. To retire a key, delete its entry from signing-keys.json in the data directory.
    """
    from server.keys import SIGNING_KEYS_FILE, add_signing_key
    from server.settings import load_settings
    from server.signing import key_id

    settings = load_settings()
    if settings.signing_keys:
        raise click.ClickException(
            "SIGNET_SIGNING_KEYS is set, so the key file is not used; add the new key at the end of that variable."
        )
    secret = add_signing_key(settings.data_dir)
    click.echo(f"added key {key_id(secret)} to {settings.data_dir / SIGNING_KEYS_FILE}; restart servers to use it")


@keys.command("edge")
def for_edge() -> None:
    """Print what an nginx elsewhere verifies signatures with: the derived keys, for SIGNET_EDGE_KEYS.

    They are as secret as the keys themselves: whoever has them can sign. `signet edge` needs no such help.
    """
    from server.edge import Gate
    from server.keys import signing_keys
    from server.settings import load_settings

    settings = load_settings()
    configured = [key.get_secret_value() for key in settings.signing_keys]
    click.echo(",".join(Gate.of(signing_keys(configured, settings.data_dir), None).keys))
