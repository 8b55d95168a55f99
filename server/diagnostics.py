"""Diagnostics of a render as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from renderer import Diagnostic
from server.store.entries import Json


def diagnostics_json(diagnostics: Iterable[Diagnostic]) -> list[Json]:
    """One object a finding; absent members are left out."""
    return [diagnostic_json(diagnostic) for diagnostic in diagnostics]


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, Json]:
    """One finding as an object."""
    found: dict[str, Json] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
    }
    if diagnostic.position is not None:
        position = diagnostic.position
        found |= {"file": position.file, "line": position.line, "column": position.column}
    if diagnostic.element:
        found["element"] = diagnostic.element
    if diagnostic.data:
        found["data"] = dict(diagnostic.data)
    return found


def binding_findings(problems: Mapping[str, str]) -> list[Json]:
    """What went wrong with live data (`card/stats`), as findings of the picture that shows it."""
    return [
        {"code": "live-data", "severity": "warning", "message": f"No new live data for {binding}: {problem}."}
        for binding, problem in problems.items()
    ]
