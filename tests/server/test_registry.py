"""Templates and their versions, on real folders."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from renderer.template import bundle_from_files, bundle_from_folder
from server.errors import BrokenTemplate, UnknownTemplate, UnknownVersion
from server.registry import TemplateRegistry
from server.versions import VersionArchive

HTML = "<body>{{ title }}</body>"
MANIFEST = 'size = {width = 100, height = 50}\n[variables.title]\ntype = "text"\n'


def write(folder: Path, html: str = HTML, manifest: str = MANIFEST) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "template.html").write_text(html)
    (folder / "template.toml").write_text(manifest)


@pytest.fixture
def registry(tmp_path: Path) -> TemplateRegistry:
    write(tmp_path / "templates" / "card")
    registry = TemplateRegistry(tmp_path / "templates", VersionArchive(tmp_path / "versions"))
    registry.load_all()
    return registry


def test_unknown_templates_and_versions_are_named(registry: TemplateRegistry) -> None:
    with pytest.raises(UnknownTemplate, match="'other'"):
        registry.get("other")
    with pytest.raises(UnknownVersion, match="'0123'"):
        registry.get("card", "0123")


def test_a_changed_folder_is_a_new_version_and_the_old_one_stays(registry: TemplateRegistry) -> None:
    first = registry.get("card")
    write(registry.folder / "card", "<body>Now {{ title }}</body>")
    registry.load_all()
    second = registry.get("card")
    assert first.version != second.version
    pinned = registry.get("card", first.version)
    assert pinned.compiled.digest == first.compiled.digest
    assert pinned.archive.exists()


def test_a_broken_folder_keeps_serving_its_last_good_version(registry: TemplateRegistry) -> None:
    good = registry.get("card")
    write(registry.folder / "card", "<body>{{ if title }}</body>")
    registry.load_all()
    assert registry.get("card") is good
    assert "template.html" in str(registry.broken["card"])
    write(registry.folder / "card")
    registry.load_all()
    assert registry.broken == {}


def test_a_folder_that_never_compiled_is_broken_and_says_so_without_internals(registry: TemplateRegistry) -> None:
    write(registry.folder / "bad", manifest="sise = 3")
    registry.load_all()
    with pytest.raises(BrokenTemplate) as caught:
        registry.get("bad")
    assert "sise" not in caught.value.message
    assert "sise" in caught.value.log_message


def test_a_removed_folder_is_gone_but_its_versions_are_not(registry: TemplateRegistry) -> None:
    version = registry.get("card").version
    shutil.rmtree(registry.folder / "card")
    registry.load_all()
    with pytest.raises(UnknownTemplate):
        registry.get("card")
    assert registry.get("card", version).version == version


def test_names_that_are_no_template_names_are_left_out(registry: TemplateRegistry) -> None:
    write(registry.folder / "Not A Name")
    registry.load_all()
    assert registry.names == ["card"]


def test_changes_are_seen_while_watching(registry: TemplateRegistry) -> None:
    async def scenario() -> None:
        stop = asyncio.Event()
        watcher = asyncio.create_task(registry.watch(stop))
        await asyncio.sleep(0.3)
        write(registry.folder / "second")
        for _ in range(100):
            if "second" in registry.names:
                break
            await asyncio.sleep(0.05)
        stop.set()
        await watcher
        assert registry.names == ["card", "second"]

    asyncio.run(scenario())


def test_an_archive_has_equal_bytes_for_equal_contents(tmp_path: Path) -> None:
    bundle = bundle_from_folder(Path("templates/article"))
    first = VersionArchive(tmp_path / "a").keep(bundle)
    second = VersionArchive(tmp_path / "b").keep(bundle)
    assert first.read_bytes() == second.read_bytes()
    assert VersionArchive(tmp_path / "a").load("article", bundle.digest).files == bundle.files


def test_a_template_inside_one_folder_survives_the_archive(tmp_path: Path) -> None:
    bundle = bundle_from_files("case", {"assets/only.txt": b"1"})
    archive = VersionArchive(tmp_path)
    archive.keep(bundle)
    assert archive.load("case", bundle.digest).files == bundle.files


def test_a_damaged_archive_is_never_rendered(registry: TemplateRegistry) -> None:
    first = registry.get("card")
    write(registry.folder / "card", "<body>Two {{ title }}</body>")
    registry.load_all()
    second = registry.get("card")
    second.archive.replace(first.archive)
    with pytest.raises(UnknownVersion):
        registry.get("card", first.version)


def test_no_half_archive_is_left_when_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = bundle_from_folder(Path("templates/article"))

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        VersionArchive(tmp_path).keep(bundle)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_fault_shows_the_line_of_its_source(registry: TemplateRegistry) -> None:
    write(registry.folder / "card", "<body>\n  <p>{{ title }\n</body>")
    registry.load("card")
    fault = registry.broken["card"]
    assert fault.position is not None
    assert (fault.position.file, fault.position.line) == ("template.html", 2)
    assert fault.source_line == "  <p>{{ title }"
    write(registry.folder / "card", manifest="size = {width = 1}\n" + "x" * 1000)
    registry.load("card")
    assert (registry.broken["card"].source_line or "").startswith("xxx")
    assert len(registry.broken["card"].source_line or "") < 500


def test_an_empty_version_is_none(registry: TemplateRegistry) -> None:
    with pytest.raises(UnknownVersion):
        registry.get("card", "")
