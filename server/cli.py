"""The `signet` command."""

from __future__ import annotations

from collections.abc import Sequence

import click

from renderer.errors import RendererError, ValueProblem, ValuesError
from server.commands.batch import batch
from server.commands.check import check
from server.commands.edge import edge
from server.commands.evaluate import evaluate
from server.commands.init import init
from server.commands.inspect import inspect
from server.commands.keys import keys
from server.commands.purge import purge
from server.commands.render import render
from server.commands.serve import serve
from server.commands.sign import sign
from server.commands.worker import worker
from server.errors import InvalidValues, SignetError


class _Group(click.Group):
    """Turns Signet's errors into one readable message and exit status 1."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except ValuesError as error:
            raise click.ClickException(_listed(error.problems)) from error
        except InvalidValues as error:
            raise click.ClickException(_listed(error.problems)) from error
        except SignetError as error:
            raise click.ClickException(error.message) from error
        except RendererError as error:
            raise click.ClickException(str(error)) from error


def _listed(problems: Sequence[ValueProblem]) -> str:
    """One problem in a line, several in a list."""
    lines = [f"{problem.name}: {problem.message}" for problem in problems]
    return lines[0] if len(lines) == 1 else "\n  ".join([f"{len(lines)} values don't fit the template:", *lines])


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="signet-images", prog_name="signet")
def main() -> None:
    """Signed image URLs, rendered on demand from HTML and CSS templates.

    \b
    Start here:
      signet serve --development             serve on http://127.0.0.1:8000 and show the gallery
      signet sign article title="Hello"      print a signed URL
      signet render article title="Hello" -o card.png
                                             render a file without any server

    Settings are SIGNET_… environment variables, also read from .env; `signet serve --help` lists them.
    """


for command in (serve, batch, sign, render, inspect, evaluate, check, init, keys, purge, edge, worker):
    main.add_command(command)
