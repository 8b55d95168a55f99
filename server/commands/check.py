"""`signet check`: compile templates, try them with examples and with the longest values, and list what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from server.checking.check import Finding


@click.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for other programs.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings, too.")
@click.option("--fetch", is_flag=True, help="Ask other servers for images that the templates show.")
def check(names: tuple[str, ...], as_json: bool, strict: bool, fetch: bool) -> None:
    """Check templates, or folders with a template.html; without names, all templates.

    Each is compiled and rendered with its example in every variant and locale, then with the longest texts and the
    fullest lists that its manifest allows. Reported are errors, CSS that is not supported, variables that are unused
    or undeclared, text that overflows, is cut or runs into other text, missing glyphs, and contrast below WCAG 2.1 AA.

    \b
      signet check
      signet check article ./my-card --strict
      signet check --json > report.json

    Exit status: 0 all is well, 1 there are errors (with --strict: or warnings), 2 the command itself is wrong.
    """
    import json

    from server.checking.check import check_template
    from server.checking.report import report_json, severities
    from server.commands.elsewhere import images_elsewhere
    from server.commands.templates import find_folder
    from server.settings import load_settings

    settings = load_settings()
    folders = [find_folder(name, settings) for name in names] if names else _all_folders(settings.templates_dir)
    report: list[tuple[Path, list[Finding]]] = []
    with images_elsewhere(settings, fetch=fetch) as images:
        for folder in folders:
            findings = check_template(folder, images.of)
            report.append((folder, findings))
            if not as_json:
                _echo(folder.resolve().name, findings)
    counts = severities(finding for _, findings in report for finding in findings)
    if as_json:
        click.echo(json.dumps(report_json(report), indent=2, ensure_ascii=False))
    raise SystemExit(1 if counts["error"] or (strict and counts["warning"]) else 0)


def _all_folders(templates: Path) -> list[Path]:
    marks = ("template.html", "template.toml")
    folders = sorted({path.parent for mark in marks for path in templates.glob(f"[!.]*/{mark}")})
    if not folders:
        raise click.UsageError(f"There are no templates in {templates}/.")
    return folders


def _echo(name: str, findings: list[Finding]) -> None:
    from server.checking.report import severities, trial_title
    from server.commands.output import COLORS, diagnostic_line

    counts = {severity: count for severity, count in severities(findings).items() if count}
    summary = ", ".join(f"{count} {severity}{'s' * (count > 1)}" for severity, count in counts.items())
    click.echo(f"{name}: {summary or 'ok'}")
    for finding in findings:
        shown = trial_title(finding)
        line = f"  {diagnostic_line(finding.diagnostic)}{f'  ({shown})' if shown else ''}"
        click.secho(line, fg=COLORS[finding.diagnostic.severity])
