"""What `signet check` finds, on templates with one fault each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from renderer.template.bundle import bundle_from_files
from server.checking.check import Finding, check_bundle, check_template
from server.checking.letters import sample_text
from server.checking.report import report_json, severities, trial_title
from tests.server.live_server import TEMPLATES

CSS = "body { margin: 0; font: 20px Inter; background: #fff; overflow-wrap: anywhere }"
MANIFEST = "size = {width = 300, height = 100}\n"
TITLE = '[variables.title]\ntype = "text"\nmax_length = 40\n'


def check(
    html: str, manifest: str = "", example: str = "{}", files: Mapping[str, bytes] | None = None
) -> list[Finding]:
    texts = {"template.html": f"<style>{CSS}</style>{html}", "template.toml": MANIFEST + manifest}
    return check_bundle(
        bundle_from_files(
            "card", {k: v.encode() for k, v in (texts | {"example.json": example}).items()} | dict(files or {})
        )
    )


def described(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.diagnostic.severity, f.diagnostic.code, trial_title(f)) for f in findings]


def test_a_good_template_has_no_findings() -> None:
    assert check("<body>{{ title }}</body>", TITLE, '{"title": "Hello"}') == []


@pytest.mark.parametrize(
    ("html", "manifest", "example", "found"),
    [
        ("<body>{{ if title }}</body>", TITLE, "{}", ("error", "template", "")),
        ("<body>x</body>", "sise = 1\n", "{}", ("error", "template", "")),
        ("<body>x</body>", "", "[1]", ("error", "template", "")),
        ("<body>{{ title }}</body>", TITLE, '{"titel": "x"}', ("error", "values", "")),
        (
            "<body>{{ 1 / zero }}</body>",
            '[variables.zero]\ntype = "number"\n',
            '{"zero": 0}',
            ("error", "expression", ""),
        ),
        ("<body>x</body>", TITLE, "{}", ("warning", "variable-unused", "")),
        ("<body>{{ title }}</body>", "", "{}", ("warning", "variable-undeclared", "")),
        ("<style>p { colour: red }</style><body>x</body>", "", "{}", ("warning", "css-unsupported", "")),
        ('<body><img src="gone.png"></body>', "", "{}", ("warning", "image-unresolved", "")),
        ("<body><p style='color: #ccc'>Pale</p></body>", "", "{}", ("warning", "low-contrast", "")),
        ("<body>{{ title }}</body>", '[variables.title]\ntype = "text"\n', "{}", ("info", "variable-unbounded", "")),
        (
            "<body><p style='white-space: nowrap'>{{ title }}</p></body>",
            TITLE,
            '{"title": "Hi"}',
            ("warning", "text-overflow", "longest texts"),
        ),
        (
            "<body><p style='overflow-wrap: normal'>{{ title }}</p></body>",
            TITLE,
            '{"title": "Hi"}',
            ("warning", "text-overflow", "longest words"),
        ),
        (
            "<body>{{ for n in list }}<div>{{ n }}</div>{{ end }}</body>",
            '[variables.list]\ntype = "list"\nmax = 9\nitems = { type = "integer" }\n',
            '{"list": [1]}',
            ("warning", "text-overflow", "longest texts"),
        ),
        (
            "<body><p style='height: 24px'>{{ title }}</p><p class='next' style='margin: 0'>Next</p></body>",
            TITLE,
            '{"title": "Hi"}',
            ("warning", "text-overflow", "longest texts"),
        ),
        (
            "<body><p style='color: var(--ink, #000)'>x</p></body>",
            '[variants.dark]\nproperties = { "--ink" = "#eeeeee" }\n',
            "{}",
            ("warning", "low-contrast", "variant dark"),
        ),
        (
            "<body>{{ 10 / (price ?? 0) }}</body>",
            '[variables.price]\ntype = "number"\n',
            '{"price": 2}',
            ("error", "expression", "required values only"),
        ),
    ],
)
def test_each_fault_is_found(html: str, manifest: str, example: str, found: tuple[str, str, str]) -> None:
    findings = check(html, manifest, example)
    assert found in described(findings)
    place = next(f.diagnostic.position for f in findings if f.diagnostic.code == found[1])
    assert place is not None or found[1] == "image-unresolved"  # whose message names the image


def test_texts_that_overlap_in_the_example_are_meant_to() -> None:
    css = "<style>b { position: absolute; left: 0; top: 0 } p { margin: 0 }</style>"
    assert check(f"{css}<body><p>{{{{ title }}}}</p><b>Stamp</b></body>", TITLE, '{"title": "Hello"}') == []


def test_a_clamped_text_is_as_its_author_asked() -> None:
    findings = check("<body><p style='line-clamp: 1; margin: 0'>{{ title }}</p></body>", TITLE, '{"title": "Hi"}')
    assert findings == []


def test_a_locale_without_glyphs() -> None:
    face = "@font-face { font-family: Inter; src: local('none') }"
    findings = check(f"<style>{face}</style><body>x</body>", 'locales = ["de-DE", "am-ET"]\n')
    missing = [f for f in findings if f.diagnostic.code == "missing-glyph"]
    # Whether a machine has a font for Amharic is its own affair; German must always be there.
    assert [f.trial.locale for f in missing if f.trial] in ([], ["am-ET"])


@pytest.mark.parametrize(
    ("locale", "letters"),
    [
        ("de-DE", "äöüßÄÖÜxyzXYZ0123"),
        ("ja-JP", "年月日アカ人東"),
        ("ar-EG", "ابجدهوز٠١٢"),
        ("hi-IN", "कखगघािी"),
        ("ru-RU", "абвгдеёжзЖЩЭ"),
    ],
)
def test_a_locales_letters(locale: str, letters: str) -> None:
    assert set(letters) <= set(sample_text(locale))


def test_bindings_are_tried_with_their_samples() -> None:
    manifest = """
[bindings.stats]
file = "stats.json"
select = "data[1].n"
[bindings.price]
url = "https://example.com/price"
example = { amount = 5 }
"""
    html = "<body>{{ 10 / stats }} {{ 10 / price.amount }}</body>"
    assert check(html, manifest, files={"stats.json": b'{"data": [{}, {"n": 2}]}'}) == []


LIVE = """
[variables.user]
type = "text"
max_length = 20
[bindings.stats]
url = "https://example.com/{{ user }}"
type = "list"
items = { type = "text", max_length = 9 }
max = 2
"""


def test_live_data_that_nobody_has_seen() -> None:
    findings = check("<body>{{ stats[0] }}</body>", LIVE, '{"user": "ada"}')
    found = [(f.diagnostic.code, str(f.diagnostic.position)) for f in findings if f.diagnostic.severity == "warning"]
    assert found == [("binding-without-example", "template.toml:6:2")]
    assert (
        check("<body>{{ stats[0] }}</body>", LIVE.replace('"text"\n', '"text"\nrequired = true\n') + SAMPLE, ADA) == []
    )


ADA = '{"user": "ada"}'
SAMPLE = 'example = ["a"]\n'


@pytest.mark.parametrize(
    ("html", "extra", "example", "found"),
    [
        # Without its variable the path of the URL would be another.
        ("<body>{{ stats }}</body>", SAMPLE, ADA, ("error", "values", "required values only")),
        ("<body>{{ stats }}</body>", SAMPLE, "{}", ("error", "values", "")),
        (
            "<body><p style='white-space: nowrap; width: 60px; margin: 0'>{{ stats[1] }}</p></body>",
            SAMPLE,
            ADA,
            ("warning", "text-overflow", "longest texts"),
        ),
        (
            "<body>{{ 10 / (stats ? 1 : 0) }}</body>",
            SAMPLE + 'when_missing = "hide"\n',
            ADA,
            ("error", "expression", "live data missing"),
        ),
        (
            "<body>{{ other }}{{ stats }}</body>",
            SAMPLE + '[bindings.other]\npush = true\ntype = "text"\n',
            ADA,
            ("info", "variable-unbounded", ""),
        ),
    ],
)
def test_faults_of_live_data(html: str, extra: str, example: str, found: tuple[str, str, str]) -> None:
    assert found in described(check(html, LIVE + extra, example))


def test_the_fallback_is_looked_at(tmp_path: Path) -> None:
    for name, manifest in {"card": 'fallback = "plain"\n', "plain": ""}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "template.html").write_text("<body>x</body>", encoding="utf-8")
        (tmp_path / name / "template.toml").write_text(manifest, encoding="utf-8")
    assert check_template(tmp_path / "card") == []
    required = '[variables.title]\ntype = "text"\nrequired = true\n'
    (tmp_path / "plain" / "template.toml").write_text(required, encoding="utf-8")
    assert fallback_fault(tmp_path / "card").startswith("The fallback 'plain' requires title, which")
    (tmp_path / "plain" / "template.toml").write_text("=", encoding="utf-8")
    assert fallback_fault(tmp_path / "card") == "The fallback 'plain' cannot be compiled."
    (tmp_path / "plain" / "template.html").unlink()
    assert fallback_fault(tmp_path / "card").startswith("There is no template 'plain' beside this one")
    (tmp_path / "card" / "template.toml").write_text('fallback = "card"\n', encoding="utf-8")
    assert fallback_fault(tmp_path / "card") == "A template cannot be its own fallback."


def fallback_fault(folder: Path) -> str:
    (finding,) = check_template(folder)
    assert (finding.diagnostic.code, str(finding.diagnostic.position)) == ("fallback", "template.toml:1:1")
    return finding.diagnostic.message


def test_the_report() -> None:
    findings = check("<body><p style='color: #ccc'>{{ x }}</p></body>", "[variants.dark]\nproperties = {}\n")
    assert severities(findings) == {"error": 0, "warning": 1, "info": 0}
    report = report_json([(TEMPLATES / "article", findings)])
    assert (report["errors"], report["warnings"]) == (0, 1)
    undeclared = {
        "code": "variable-undeclared",
        "severity": "warning",
        "message": "'x' is used but not declared in template.toml; it is always null.",
        "file": "template.html",
        "line": 1,
        "column": len(f"<style>{CSS}</style><body><p style='color: #ccc'>{{{{ ") + 1,
    }
    assert report["templates"] == [{"name": "article", "folder": str(TEMPLATES / "article"), "findings": [undeclared]}]
