"""`signet purge`: forget pictures before their time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from server.commands.calls import Caller, NoAnswer, Unreachable, address_of, known_api_key, required_api_key

if TYPE_CHECKING:
    from server.purging import Purged, Wanted
    from server.settings import Settings

_SECONDS = 120.0  # CDNs are asked again for a while


class _Asked(NamedTuple):
    """What is to be forgotten, by the API's names."""

    tags: Sequence[str]
    urls: Sequence[str]
    templates: Sequence[str]
    bindings: Sequence[str]
    everything: bool

    def sequences(self) -> dict[str, Sequence[str]]:
        """All but `everything`."""
        return {"tags": self.tags, "urls": self.urls, "templates": self.templates, "bindings": self.bindings}


@click.command()
@click.argument("urls", nargs=-1)
@click.option("--url", "more_urls", multiple=True, help="A picture by URL, in any spelling, absolute or path.")
@click.option("--template", "templates", multiple=True, metavar="NAME", help="All pictures of a template.")
@click.option("--binding", "bindings", multiple=True, metavar="TEMPLATE/NAME", help="All pictures with this live data.")
@click.option("--tag", "tags", multiple=True, help="All pictures with a tag, as Cache-Tag lists them.")
@click.option("--all", "everything", is_flag=True, help="All pictures.")
@click.option("--server", metavar="URL", help="The server to tell. [the one of this machine, if it runs]")
@click.option("--no-server", is_flag=True, help="Work on the folders, whether a server runs or not.")
@click.option(
    "--edge-cache",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Only this cache folder of an nginx, for machines that have nothing else of Signet.",
)
def purge(
    urls: tuple[str, ...],
    more_urls: tuple[str, ...],
    templates: tuple[str, ...],
    bindings: tuple[str, ...],
    tags: tuple[str, ...],
    everything: bool,
    server: str | None,
    no_server: bool,
    edge_cache: Path | None,
) -> None:
    """Forget pictures at the origin, at nginx on this machine and at the configured CDNs.

    \b
      signet purge --template article
      signet purge 'https://img.example.com/i/article.png?title=Hello&_s=…'
      signet purge --all --edge-cache /var/cache/signet-edge      on a machine with nginx alone
    """
    from server.purging import Purged
    from server.settings import load_settings

    settings = load_settings()
    asked = _Asked(tags, (*urls, *more_urls), templates, bindings, everything)
    wanted = _wanted(settings, asked)  # what is wrong with it is said before anybody is asked
    if edge_cache is not None:
        _show(Purged(edge=_removed(edge_cache.absolute(), wanted)), edge_only=True)
        return
    purged = None if no_server else _told(settings, server, asked)
    if purged is None:
        from server.purging.direct import purge_directly

        purged = asyncio.run(purge_directly(settings, wanted))
    _show(purged)


def _wanted(settings: Settings, asked: _Asked) -> Wanted:
    from server.errors import InvalidValues
    from server.purging import read_wanted

    if not any(asked):
        raise click.UsageError("Say what to forget: URLs, --template, --binding, --tag or --all.")
    try:
        return read_wanted(
            **asked.sequences(),
            everything=asked.everything,
            public_url=settings.base_url,
            max_url_length=settings.max_url_length,
        )
    except InvalidValues as error:
        raise click.UsageError(error.message) from error


def _removed(folder: Path, wanted: Wanted) -> int:
    from server.purging import EdgeCache

    try:
        return EdgeCache(folder).remove(wanted)
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder} can't be purged: {error.strerror}.") from error


def _told(settings: Settings, server: str | None, asked: _Asked) -> Purged | None:
    """What the server answered; None if none runs, unless it was named."""
    key = known_api_key(settings) if server is None else required_api_key(settings)
    if key is None:
        return None
    caller = Caller(address_of(server, settings), key, _SECONDS)
    try:
        return _read(caller.address, caller.json("POST", "/v1/purge", asked._asdict()))
    except Unreachable:
        if server is not None:
            raise
        return None
    finally:
        caller.client.close()


def _read(address: str, document: object) -> Purged:
    from server.purging import Purged

    match document:
        case {"origin": int(origin), "cdn": dict(cdn), "warnings": list(warnings), **rest}:
            edge = rest.get("edge")
            told = {str(name): str(outcome) for name, outcome in cdn.items()}
            return Purged(origin, edge if isinstance(edge, int) else None, told, [str(each) for each in warnings])
    raise NoAnswer(f"{address} is no Signet server; name yours with --server, or use --no-server.")


def _show(purged: Purged, *, edge_only: bool = False) -> None:
    """One line a tier. Exit status 1 if one of them has not forgotten."""
    from server.purging import DONE

    if not edge_only:
        click.echo(f"origin: {purged.origin} stored pictures forgotten")
    if purged.edge is not None:
        click.echo(f"nginx: {purged.edge} files removed")
    for name, outcome in purged.cdn.items():
        click.echo(f"{name}: {outcome}")
    for warning in purged.warnings:
        click.echo(f"warning: {warning}", err=True)
    if any(outcome != DONE for outcome in purged.cdn.values()):
        raise SystemExit(1)
