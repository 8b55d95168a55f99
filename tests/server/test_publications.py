"""Publications and archives after every step at which a server may be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from renderer.template import TemplateBundle, bundle_from_files
from server.errors import UnknownTemplate
from server.publications import BadPublicationError, Publication, Publications, stage
from server.registry import TemplateRegistry
from server.versions import VersionArchive

ONE = bundle_from_files("card", {"template.html": b"<body>One</body>"})
TWO = bundle_from_files("card", {"template.html": b"<body>Two</body>"})


def registry_in(root: Path) -> TemplateRegistry:
    """A server that starts with what is on the disk."""
    (root / "templates").mkdir(exist_ok=True)
    registry = TemplateRegistry(root / "templates", VersionArchive(root / "versions"))
    registry.load_all()
    return registry


def publish(registry: TemplateRegistry, bundle: TemplateBundle) -> None:
    registry.publish(bundle, registry.archive.stage(bundle))


def test_published_templates_are_there_after_a_restart(tmp_path: Path) -> None:
    publish(registry_in(tmp_path), ONE)
    again = registry_in(tmp_path)
    assert again.get("card").compiled.digest == ONE.digest
    assert again.get("card", ONE.version).compiled.digest == ONE.digest


class TestKilledBetweenSteps:
    @pytest.fixture
    def registry(self, tmp_path: Path) -> TemplateRegistry:
        registry = registry_in(tmp_path)
        publish(registry, ONE)
        return registry

    def test_after_the_archive_was_written_under_another_name(self, registry: TemplateRegistry, tmp_path: Path) -> None:
        registry.archive.stage(TWO)
        restarted = registry_in(tmp_path)
        assert restarted.get("card").compiled.digest == ONE.digest
        assert restarted.archive.versions("card") == [ONE.digest]

    def test_after_the_archive_got_its_name(self, registry: TemplateRegistry, tmp_path: Path) -> None:
        registry.archive.keep(TWO)
        assert registry_in(tmp_path).get("card").compiled.digest == ONE.digest

    def test_after_the_publication_was_written_under_another_name(
        self, registry: TemplateRegistry, tmp_path: Path
    ) -> None:
        registry.archive.keep(TWO)
        stage(tmp_path / "versions" / "card", b'{"digest": "')
        restarted = registry_in(tmp_path)
        assert restarted.get("card").compiled.digest == ONE.digest
        assert restarted.broken == {}

    def test_in_the_middle_of_a_forced_removal(self, registry: TemplateRegistry, tmp_path: Path) -> None:
        registry.publications.remove("card")
        restarted = registry_in(tmp_path)
        with pytest.raises(UnknownTemplate):
            restarted.get("card")
        assert restarted.get("card", ONE.version).compiled.digest == ONE.digest
        assert restarted.unpublish("card", remove_versions=True) == 1

    def test_leftovers_are_swept_once_nobody_can_be_writing_them(
        self, registry: TemplateRegistry, tmp_path: Path
    ) -> None:
        fresh, old = registry.archive.stage(TWO), registry.archive.stage(TWO)
        os.utime(old, (time.time() - 7200,) * 2)
        registry_in(tmp_path)
        assert fresh.exists()
        assert not old.exists()


PUBLISH_FOR_EVER = """
import sys
from pathlib import Path
from tests.server.test_publications import ONE, TWO, publish, registry_in
registry = registry_in(Path(sys.argv[1]))
publish(registry, ONE)
print("ready", flush=True)
while True:
    publish(registry, TWO)
    registry.unpublish("card", remove_versions=True)
    publish(registry, ONE)
"""


@pytest.mark.parametrize("attempt", range(3))
def test_kill_9_leaves_one_of_the_two_versions_or_none(tmp_path: Path, attempt: int) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", PUBLISH_FOR_EVER, tmp_path], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(0.02 + attempt * 0.017)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    restarted = registry_in(tmp_path)
    assert restarted.broken == {}
    for name in restarted.names:
        assert restarted.get(name).compiled.digest in (ONE.digest, TWO.digest)
    publish(restarted, TWO)
    assert restarted.get("card").compiled.digest == TWO.digest


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"digest": "x"}', b'{"digest": null}'])
def test_a_damaged_publication_is_said_to_be_one(tmp_path: Path, data: bytes) -> None:
    registry = registry_in(tmp_path)
    publish(registry, ONE)
    registry.publications.path("card").write_bytes(data)
    with pytest.raises(BadPublicationError):
        registry.publications.read("card")
    restarted = registry_in(tmp_path)
    assert restarted.names == []
    assert "card" in restarted.broken
    assert restarted.get("card", ONE.version).compiled.digest == ONE.digest


def test_a_publication_whose_archive_is_gone(tmp_path: Path) -> None:
    Publications(tmp_path / "versions").write("card", Publication("0" * 64, None, "2026-11-21T00:00:00+00:00"))
    restarted = registry_in(tmp_path)
    assert restarted.names == []
    assert "card" in restarted.broken


def test_a_folder_that_comes_later_is_newer(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    publish(registry, ONE)
    folder = tmp_path / "templates" / "card"
    folder.mkdir()
    (folder / "template.html").write_text("<body>Folder</body>")
    assert registry_in(tmp_path).get("card").compiled.bundle.files["template.html"] == b"<body>Folder</body>"


def test_a_broken_folder_leaves_the_published_version_alone(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    publish(registry, ONE)
    folder = tmp_path / "templates" / "card"
    folder.mkdir()
    (folder / "template.html").write_text("<body>\n{{ if x }}</body>")
    restarted = registry_in(tmp_path)
    assert restarted.get("card").compiled.digest == ONE.digest
    assert restarted.broken["card"].source_line == "{{ if x }}</body>"
