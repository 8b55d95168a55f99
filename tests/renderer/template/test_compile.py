from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from renderer.errors import ManifestError, TemplateError, TemplateSyntaxError, ValuesError
from renderer.template import (
    bundle_from_files,
    coerce_values,
    compile_template,
    example_values,
    expand,
    json_schema,
    make_environment,
)
from renderer.template.manifest import read_manifest
from tests.renderer.template.helpers import body, compiled, document, written

GALLERY = sorted(path.parent for path in (Path(__file__).parents[3] / "templates").glob("*/template.html"))


@pytest.mark.parametrize("folder", GALLERY, ids=lambda path: path.name)
def test_gallery_templates_compile_and_expand_their_examples(folder: Path) -> None:
    template = compile_template(folder)
    assert template.diagnostics == ()
    values = coerce_values(template.manifest, example_values(template.bundle, template.manifest), from_query=False)
    environment = make_environment(template, now=datetime(2026, 1, 1, tzinfo=UTC))
    for variant in (None, *template.manifest.variants):
        assert written(expand(template, values, environment, variant=variant).body)


class TestUsage:
    def test_unused_and_undeclared_variables_are_warnings_with_their_place(self) -> None:
        variables = "[variables.title]\ntype='text'\n\n[variables.old]\ntype='text'\n"
        manifest = variables + "[bindings.live]\npush=true\n[bindings.dead]\npush=true"
        template = compiled("<p>{{ title }}{{ live.x }}</p>\n{{ if naem }}x{{ end }}", manifest)
        assert (template.used, template.unused, template.undeclared) == ({"title", "live", "naem"}, {"old"}, {"naem"})
        found = {(d.code, str(d.position)) for d in template.diagnostics}
        assert found == {
            ("variable-unused", "template.toml:4:2"),
            ("variable-unused", "template.toml:8:2"),
            ("variable-undeclared", "template.html:2:7"),
        }

    def test_names_that_the_template_defines_are_not_variables(self) -> None:
        html = "{{ let a = 1 }}{{ a }}{{ for b, c in xs }}{{ b }}{{ c }}{{ loop.index }}{{ end }}{{ b }}"
        assert compiled(html).used == {"xs", "b"}

    def test_attributes_styles_svg_includes_and_urls_count(self) -> None:
        html = "<p class='{{ a }}'><style>p { color: {{ b }} }</style><svg><g x='{{ c }}'/></svg>{{ include 'x.html' }}"
        manifest = "[variables.e]\ntype='text'\n[bindings.live]\nurl='https://h.example/{{ e }}'"
        assert compiled(html, manifest, {"x.html": "{{ d }}"}).used == {"a", "b", "c", "d", "e"}

    def test_time(self) -> None:
        assert compiled("{{ now | date }}").uses_now
        assert not compiled("{{ x | date }}").uses_now


class TestVariants:
    MANIFEST = """
    size = { width = 100, height = 50 }
    [variants.dark]
    properties = { "--bg" = "#000", "--fg" = "white" }
    color_scheme = "dark"
    [variants.story]
    size = { width = 10, height = 20 }
    stylesheet = "story.css"
    """
    FILES: ClassVar = {"story.css": "p { color: {{ accent ?? 'red' }} }"}
    HTML = "<style>:root { --bg: #fff }</style>"

    def test_plain(self) -> None:
        page = document(self.HTML, manifest=self.MANIFEST, files=self.FILES)
        assert (page.width, page.height, page.color_scheme, len(page.stylesheets)) == (100, 50, "light", 1)

    def test_properties_come_last_and_win(self) -> None:
        page = document(self.HTML, manifest=self.MANIFEST, files=self.FILES, variant="dark")
        assert page.color_scheme == "dark"
        assert page.stylesheets[-1].text == ":root, body {\n  --bg: #000 !important;\n  --fg: white !important;\n}\n"
        assert page.stylesheets[-1].position.line == 4

    def test_size_and_stylesheet(self) -> None:
        page = document(self.HTML, manifest=self.MANIFEST, files=self.FILES, variant="story")
        assert (page.width, page.height, page.stylesheets[-1].text) == (10, 20, "p { color: red }")

    def test_unknown(self) -> None:
        with pytest.raises(ValuesError) as caught:
            document(self.HTML, manifest=self.MANIFEST, files=self.FILES, variant="drak")
        (problem,) = caught.value.problems
        assert (problem.name, problem.message) == ("_variant", "is no variant; did you mean 'dark'?")


class TestLocales:
    STRINGS: ClassVar = {
        "strings.toml": """
            [en]
            hi = "Hello"
            bye = "Bye"
            [de]
            hi = "Hallo"
            [de.items]
            one = "# Ding"
            other = "# Dinge"
        """
    }

    def test_values_and_strings_follow_the_locale(self) -> None:
        html = '{{ t("hi") }} {{ t("bye") }} {{ price | number }}'
        assert body(html, {"price": 1234}, files=self.STRINGS) == "Hello Bye 1,234"
        assert body(html, {"price": 1234}, files=self.STRINGS, locale="de-AT").startswith("Hallo Bye 1")
        assert body('{{ t("items", count=2) }}', files=self.STRINGS, locale="de-DE") == "2 Dinge"

    def test_page_carries_language_and_direction(self) -> None:
        assert document("x").root.attributes == {"lang": "en-US", "dir": "ltr"}
        assert document("x", locale="ar-EG-u-nu-latn").root.attributes == {"lang": "ar-EG", "dir": "rtl"}
        assert document("x", locale="he").root.attributes["dir"] == "rtl"
        assert document("<html dir=ltr lang=fr>", locale="ar").root.attributes == {"lang": "fr", "dir": "ltr"}
        assert document("x", manifest="direction = 'rtl'").root.attributes["dir"] == "rtl"
        assert document("x", manifest="locale = 'de-DE'").root.attributes["lang"] == "de-DE"

    def test_unknown_locale(self) -> None:
        with pytest.raises(ValuesError) as caught:
            document("x", locale="xx-nowhere")
        assert caught.value.problems[0].name == "_l"

    @pytest.mark.parametrize(
        ("text", "line"), [("[xx]\na='b'", 1), ("en = 'x'", 1), ("[en]\na = 1", 1), ("[en.a]\none = 'x'\nother = 1", 1)]
    )
    def test_broken_strings(self, text: str, line: int) -> None:
        with pytest.raises(ManifestError) as caught:
            compiled("x", files={"strings.toml": text})
        assert caught.value.position is not None
        assert (caught.value.position.file, caught.value.position.line) == ("strings.toml", line)


class TestSchema:
    def test_json_schema(self) -> None:
        text = """
        title = "Card"
        [variables]
        title.type = "text"
        title.required = true
        title.max_length = 9
        title.description = "Head"
        title.example = "HI"
        title.pattern = "[A-Z]+"
        price = { type = "number", min = 0.5, default = 2 }
        day = { type = "date", min = 2020-01-01 }
        kind = { type = "enum", choices = ["a", "b"] }
        tags = { type = "list", items = { type = "text" }, max = 3 }
        who = { type = "object", fields = { name = { type = "text", required = true } } }
        """
        schema = json_schema(read_manifest(bundle_from_files("x", {"template.toml": text.encode()})))
        assert schema == {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Card",
            "type": "object",
            "required": ["title"],
            "additionalProperties": False,
            "properties": {
                "title": {
                    "type": "string",
                    "description": "Head",
                    "pattern": "^[A-Z]+$",
                    "maxLength": 9,
                    "examples": ["HI"],
                },
                "price": {"type": "number", "minimum": 0.5, "default": 2},
                "day": {"type": "string", "format": "date"},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
                "who": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}},
                    "additionalProperties": False,
                    "required": ["name"],
                },
            },
        }

    def test_examples_of_file_and_manifest(self) -> None:
        manifest = "[variables.a]\ntype='text'\nexample='x'\n[variables.b]\ntype='date'\nexample=2026-01-01"
        template = compiled("{{ a }}{{ b }}", manifest, {"example.json": '{"a": "y"}'})
        assert example_values(template.bundle, template.manifest) == {"a": "y", "b": "2026-01-01"}

    @pytest.mark.parametrize("text", ["[1]", "{", "[" * 100_000, '{"a": ' + "9" * 5_000 + "}"])
    def test_broken_example(self, text: str) -> None:
        template = compiled("x", files={"example.json": text})
        with pytest.raises(TemplateError):
            example_values(template.bundle, template.manifest)


def test_renders_share_nothing_that_changes() -> None:
    template = compiled("<p class='a b' id=x>{{ x }}</p>")
    environment = make_environment(template)
    first, second = (expand(template, {"x": value}, environment).body.element_children[0] for value in ("1", "2"))
    assert first is not second
    assert (written(first), written(second)) == ("1", "2")
    assert first.classes == {"a", "b"}
    assert expand(template, {}, environment).root.parent is None


def test_compiling_a_folder_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "template.html").write_text("{{ x", encoding="utf-8")
    with pytest.raises(TemplateSyntaxError, match=r"template\.html:1:1"):
        compile_template(tmp_path / "card")
