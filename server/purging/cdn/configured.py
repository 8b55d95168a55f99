"""The CDNs that settings name."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pydantic import SecretStr

from server.errors import ConfigurationError
from server.outgoing import OutgoingClient
from server.purging.cdn.bunny import Bunny
from server.purging.cdn.cloudflare import Cloudflare
from server.purging.cdn.cloudfront import CloudFront
from server.purging.cdn.fastly import Fastly
from server.purging.cdn.sending import Cdn, Sender
from server.purging.cdn.sigv4 import AwsCredentials
from server.settings import Settings


def configured_cdns(
    settings: Settings, client: OutgoingClient, environment: Mapping[str, str] = os.environ
) -> list[Cdn]:
    """Every CDN whose settings are there. CloudFront's key comes from AWS's own variables.

    Raises:
        ConfigurationError: half of a CDN's settings is missing, or SIGNET_PUBLIC_URL, which CDNs know pictures by.
    """
    cdns = [cdn for make in (_cloudflare, _fastly, _bunny) if (cdn := make(settings, client)) is not None]
    if settings.cloudfront_distribution:
        cdns.append(_cloudfront(settings, client, environment))
    if cdns and not settings.public_url:
        raise ConfigurationError(f"Set SIGNET_PUBLIC_URL: {cdns[0].name} knows pictures by the address readers use.")
    return cdns


def _cloudflare(settings: Settings, client: OutgoingClient) -> Cdn | None:
    zone, token = settings.cloudflare_zone, _secret(settings.cloudflare_token)
    if not _complete("CLOUDFLARE", ZONE=zone, TOKEN=token):
        return None
    return Cloudflare(Sender(client, secrets=[token]), zone, token)


def _fastly(settings: Settings, client: OutgoingClient) -> Cdn | None:
    service, token = settings.fastly_service, _secret(settings.fastly_token)
    if not _complete("FASTLY", SERVICE=service, TOKEN=token):
        return None
    return Fastly(Sender(client, secrets=[token]), service, token, soft=settings.fastly_soft_purge)


def _bunny(settings: Settings, client: OutgoingClient) -> Cdn | None:
    key = _secret(settings.bunny_key)
    return Bunny(Sender(client, secrets=[key]), key) if key else None


def _cloudfront(settings: Settings, client: OutgoingClient, environment: Mapping[str, str]) -> Cdn:
    key, secret, token = (
        environment.get(f"AWS_{name}", "") for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
    )
    if not (key and secret):
        raise ConfigurationError("SIGNET_CLOUDFRONT_DISTRIBUTION needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    sender = Sender(client, secrets=[secret, token])
    credentials = AwsCredentials(key, secret, token)
    return CloudFront(sender, settings.cloudfront_distribution, credentials, tags=settings.cloudfront_tags)


def _complete(prefix: str, **parts: str) -> bool:
    """Whether all parts are set; none is fine, too."""
    missing = [name for name, value in parts.items() if not value]
    if missing and len(missing) < len(parts):
        raise ConfigurationError(f"Set SIGNET_{prefix}_{missing[0]}, too, or none of the SIGNET_{prefix} settings.")
    return not missing


def _secret(value: SecretStr | None) -> str:
    return "" if value is None else value.get_secret_value()
