"""`signet check`: compile templates, render their examples, and list what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for other programs.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings, too.")
def check(names: tuple[str, ...], as_json: bool, strict: bool) -> None:
    """Compile templates and render their examples; without names, all of them.

    Exit status 1 means that a template can't be rendered (with --strict: or has warnings).
    """
    from server.checking import check_template
    from server.commands.output import diagnostic_line
    from server.commands.templates import find_folder
    from server.diagnostics import diagnostics_json
    from server.settings import load_settings

    settings = load_settings()
    folders: list[Path] = [find_folder(name, settings) for name in names]
    if not names:
        folders = sorted(path.parent for path in settings.templates_dir.glob("*/template.html"))
        if not folders:
            raise click.UsageError(f"There are no templates in {settings.templates_dir}/.")
    report: dict[str, object] = {}
    failed = False
    for folder in folders:
        findings = check_template(folder)
        report[folder.name] = diagnostics_json(findings)
        bad = [f for f in findings if f.severity == "error" or (strict and f.severity == "warning")]
        failed = failed or bool(bad)
        if not as_json:
            click.echo(f"{folder.name}: {'ok' if not findings else f'{len(findings)} findings'}")
            for finding in findings:
                click.echo(f"  {diagnostic_line(finding)}")
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    raise SystemExit(1 if failed else 0)
