"""Findings of checks as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from server.checking.check import Finding
from server.diagnostics import diagnostic_json
from server.store.entries import Json


def severities(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings of each severity there are, the worst first."""
    counts = {"error": 0, "warning": 0, "info": 0}
    for finding in findings:
        counts[finding.diagnostic.severity] += 1
    return counts


def trial_title(finding: Finding) -> str:
    """Which values showed a finding, such as `longest texts, variant dark`; empty for the plain example."""
    trial = finding.trial
    if trial is None:
        return ""
    parts = ["" if trial.is_example else trial.title]
    parts += [f"variant {trial.variant}" if trial.variant else "", f"locale {trial.locale}" if trial.locale else ""]
    return ", ".join(part for part in parts if part)


def report_json(report: Sequence[tuple[Path, Sequence[Finding]]]) -> dict[str, Json]:
    """A whole check: counts, and each template's findings with the values, variant and locale that showed them."""
    counts = severities(finding for _, findings in report for finding in findings)
    return {
        "errors": counts["error"],
        "warnings": counts["warning"],
        "templates": [
            {"name": folder.resolve().name, "folder": str(folder), "findings": [_finding(one) for one in findings]}
            for folder, findings in report
        ],
    }


def _finding(finding: Finding) -> dict[str, Json]:
    shown = diagnostic_json(finding.diagnostic)
    trial = finding.trial
    if trial is not None:
        shown["values"] = trial.title
        shown |= {key: value for key, value in (("variant", trial.variant), ("locale", trial.locale)) if value}
    return shown
