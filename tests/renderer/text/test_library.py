from __future__ import annotations

from pathlib import Path

import pytest

from renderer.style.computed import ComputedStyle
from renderer.text.engine import HarfBuzzEngine
from renderer.text.library import FontLibrary, default_library
from renderer.text.packages import installed
from renderer.text.system import find_files
from tests.renderer.text.fonts import square_font


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "square.ttf").write_bytes(square_font("\U000f1234 ", family="My Square"))
    (tmp_path / "a-broken.otf").write_bytes(b"OTTO nothing")
    (tmp_path / "dangling.ttf").symlink_to(tmp_path / "gone.ttf")
    (tmp_path / "readme.txt").write_text("no font")
    return tmp_path


def test_default_packages_are_found_in_order() -> None:
    slugs = [package.slug for package in installed()]
    assert slugs == sorted(slugs)
    assert {"inter", "source-serif-4", "jetbrains-mono", "noto-sans-arabic", "heebo", "noto-sans-thai"} <= set(slugs)


@pytest.mark.parametrize(
    ("family", "expected"),
    [("sans-serif", "Inter"), ("system-ui", "Inter"), ("serif", "Source Serif 4"), ("monospace", "JetBrains Mono")],
)
def test_generic_families(family: str, expected: str) -> None:
    assert default_library().generic(family)[0].family == expected


def test_names_are_matched_without_case() -> None:
    assert default_library().family("jetbrains MONO")[0].family == "JetBrains Mono"
    assert default_library().family("No Such Family At All") == ()


def test_files_of_the_machine_are_sorted_and_readable_only(folder: Path) -> None:
    assert [file.path.name for file in find_files([folder])] == ["a-broken.otf", "square.ttf"]
    faces = FontLibrary([folder], []).system_faces
    assert [face.description.family for face in faces] == ["My Square"]


def test_a_family_of_the_machine_can_be_named(folder: Path) -> None:
    library = FontLibrary([folder])
    font = HarfBuzzEngine(library).primary_font(ComputedStyle(font_family=("my square",)))
    assert font.covers(0xF1234)
    assert library.named_face("My Square Regular") is not None


def test_fonts_of_the_machine_serve_what_packages_lack(folder: Path) -> None:
    (run,) = HarfBuzzEngine(FontLibrary([folder])).shape("\U000f1234", 0, 1, ComputedStyle(font_size=10.0), 0)
    assert (run.advances, run.missing) == ((6.0,), ())
    (run,) = HarfBuzzEngine(FontLibrary([])).shape("\U000f1234", 0, 1, ComputedStyle(font_size=10.0), 0)
    assert run.missing == (0,)


def test_digest_follows_the_fonts(folder: Path) -> None:
    before = FontLibrary([folder]).digest
    assert before == FontLibrary([folder]).digest
    (folder / "more.ttf").write_bytes(square_font("b"))
    assert before != FontLibrary([folder]).digest
    assert FontLibrary([], []).digest != FontLibrary([]).digest


def test_a_machine_without_packages_uses_what_it_has(folder: Path) -> None:
    font = HarfBuzzEngine(FontLibrary([folder], [])).primary_font(ComputedStyle())
    assert font.face.hb_face.get_name(1) == "My Square"
