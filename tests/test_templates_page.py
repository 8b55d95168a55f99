"""docs/templates.md is true: its tables name the keys that the manifest reader knows, its example passes its check."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from renderer import RenderOptions, Secret, TemplateBundle, compile_bundle, inspect_template, make_environment
from renderer.errors import ManifestError
from renderer.template.bundle import DEFAULT_BUNDLE_LIMITS, bundle_from_files
from renderer.template.manifest import read_manifest
from renderer.template.model import VariableType
from server.checking.check import check_bundle
from server.checking.samples import example_data

TEXT = (Path(__file__).parents[1] / "docs" / "templates.md").read_text(encoding="utf-8")
TYPES = get_args(VariableType)
_NEEDED = {"enum": 'choices = ["a"]\n', "object": "fields = {}\n", "binding": "push = true\n"}


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    section = TEXT.partition(f"\n### {heading}\n")[2]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table is not None, heading
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in table[0].splitlines()[2:]]


def keys(heading: str) -> set[str]:
    return {key for row in rows(heading) for key in re.findall(r"`(\w+)`", row[0])}


def known_keys(manifest: str) -> set[str]:
    """The keys that a table takes, as the error about one that it doesn't take lists them."""
    with pytest.raises(ManifestError) as caught:
        read_manifest(bundle_from_files("card", {"template.toml": manifest.encode()}))
    match = re.search(r"known are (.*)\.$", caught.value.message)
    assert match is not None, caught.value.message
    return set(match[1].split(", "))


def test_keys_of_the_manifest() -> None:
    assert keys("Template") == known_keys("zzzzzz = 1\n")


@pytest.mark.parametrize("kind", TYPES)
def test_keys_of_variables(kind: str) -> None:
    documented = {
        key
        for row in rows("Variables")
        for key in re.findall(r"`(\w+)`", row[0])
        if row[1].strip() == "all" or kind in row[1].split()
    }
    assert documented == known_keys(f'[variables.a]\ntype = "{kind}"\n{_NEEDED.get(kind, "")}zzzzzz = 1\n')


def test_types() -> None:
    table = re.search(r"\| type \| a value.*?\n\n", TEXT, re.DOTALL)
    assert table is not None
    assert re.findall(r"`(\w+)`", re.sub(r"(?<=\S) \|[^\n]*", "", table[0])) == list(TYPES)


def test_keys_of_variants_and_bindings() -> None:
    assert keys("Variants") == known_keys("[variants.a]\nzzzzzz = 1\n")
    assert keys("Bindings") == known_keys(f"[bindings.a]\n{_NEEDED['binding']}zzzzzz = 1\n")


def test_limits() -> None:
    limits = DEFAULT_BUNDLE_LIMITS
    said = f"at most {limits.files}, {limits.file_bytes // 10**6} MB each, {limits.total_bytes // 10**6} MB together"
    assert said in TEXT


def example() -> TemplateBundle:
    files = re.findall(r"^`([\w.]+)`\n```\w+\n(.*?)```", TEXT, re.MULTILINE | re.DOTALL)
    assert len(files) == 4
    return bundle_from_files("event", {name: text.encode() for name, text in files})


def test_the_example_passes_its_check() -> None:
    assert [finding for finding in check_bundle(example()) if finding.diagnostic.severity != "info"] == []


def test_the_live_data_makes_its_requests() -> None:
    section = TEXT.partition("\n## Live data\n")[2].partition("\n## ")[0]
    (manifest,) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    files = {
        "template.html": "<body>{{ stats.visits | compact }} {{ rank }} {{ stock }} {{ shops[0].name }}</body>",
        "template.toml": manifest,
        "shops.json": '{"shops": [{"name": "Mitte", "area": 80}]}',
        "example.json": '{"user_id": "ada/1"}',
    }
    bundle = bundle_from_files("live", {name: text.encode() for name, text in files.items()})
    assert [finding for finding in check_bundle(bundle) if finding.diagnostic.severity != "info"] == []
    compiled = compile_bundle(bundle)
    values, environment = example_data(compiled), make_environment(compiled)
    assert compiled.binding_order == (("stats", "stock", "shops"), ("rank",))
    stats, rank = (compiled.binding_requests[name].render(values, environment) for name in ("stats", "rank"))
    assert stats.url == "https://api.example.com/users/ada%2F1/stats?days=7"
    assert stats.headers["Authorization"].parts == ("Bearer ", Secret("STATS_TOKEN"))
    assert json.loads(rank.body or b"") == {"team": "north", "least": 640, "label": "rank of ada/1"}
    assert compiled.binding_keys["stock"].render(values, environment) == "ada/1"


@pytest.mark.parametrize(
    ("locale", "said"), [("en-US", ["Only €24.50", "3 seats left"]), ("de-DE", ["Nur 24,50 €", "Noch 3 Plätze"])]
)
def test_the_example_in_two_languages(locale: str, said: list[str]) -> None:
    compiled = compile_bundle(example())
    shown = inspect_template(compiled, example_data(compiled), RenderOptions(locale=locale))
    text = " ".join(line.text for box in shown.boxes for line in box.lines).replace("\xa0", " ")
    for words in said:
        assert words in text
