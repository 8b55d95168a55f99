"""`signet keys`: signing keys and what is derived from them, and secrets of webhooks."""

from __future__ import annotations

import click


@click.group()
def keys() -> None:
    """Manage the keys that sign image URLs, and see the secrets that sign webhooks."""


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


@keys.command()
def webhook() -> None:
    """Print the secrets that sign webhooks of batches, oldest first: receivers verify them with any one of these.

    One is made in webhook-secret.txt in the data directory if there is none yet.
    """
    from server.keys import webhook_secrets
    from server.settings import load_settings

    settings = load_settings()
    configured = [secret.get_secret_value() for secret in settings.webhook_secrets]
    click.echo("\n".join(webhook_secrets(configured, settings.data_dir)))
