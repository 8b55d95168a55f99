"""Whole documents: selectors, cascade, inheritance, var(), the user agent's stylesheet, as Chromium has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from renderer.style.computed import ComputedStyle
from renderer.style.deferred import Environment
from renderer.style.values import Factor
from tests.renderer.style.support import close, declared, field_of, style_of, styled

DATA = json.loads((Path(__file__).parent / "data" / "cascade.json").read_text(encoding="utf-8"))
VIEWPORT = (1000.0, 500.0)
USED = {("user agent elements", "hr", "margin-left"), ("user agent elements", "hr", "margin-right")}  # auto, laid out


def _value(style: ComputedStyle, name: str) -> object:
    value = getattr(style, field_of(name))
    return value.value * style.font_size if isinstance(value, Factor) else value


def _matters(style: ComputedStyle, name: str) -> bool:
    """Colours of lines that are not drawn are left alone."""
    if name.endswith("-color") and name.startswith(("border-", "outline")):
        return getattr(style, field_of(name).replace("_color", "_style")) != "none"
    return name != "text-decoration-color" or bool(style.text_decoration_line)


@pytest.mark.parametrize("case", DATA["cascade"], ids=[case["name"] for case in DATA["cascade"]])
def test_document(case: dict[str, object]) -> None:
    elements, _ = styled(str(case["css"]), str(case["body"]), Environment(*VIEWPORT))
    expected: dict[str, dict[str, str]] = case["expected"]  # type: ignore[assignment]
    for key, properties in expected.items():
        identity, _, pseudo = key.partition("::")
        element = elements[identity]
        style = getattr(element, pseudo) if pseudo else style_of(element)
        assert style is not None, key
        for name, text in properties.items():
            if (case["name"], key, name) in USED or not _matters(style, name):
                continue
            if name.startswith("text-wrap"):
                mode, kind = properties["text-wrap-mode"], properties.get("text-wrap-style", "auto")
                name, text = "text-wrap", f"{mode} {kind}"
            lines = "border-style:solid;" if name.endswith("-width") else ""
            theirs, _ = declared(f"color:{properties.get('color', 'black')};{lines}{name}:{text}", VIEWPORT)
            assert close(_value(style, name), _value(theirs, name)), (key, name, _value(style, name), text)
