"""What is remembered of a folder is what is in it, however it changes."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.purging.edge_index import EdgeIndex, Listing

ALL = frozenset({"a", "b"})
LONG_AGO = 1_000_000_000


class Folders:
    """Folders of files that hold one tag each; counts how often one is listed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.listed: list[str] = []
        self.index = EdgeIndex(self._list)

    def _list(self, folder: str) -> Listing:
        self.listed.append(Path(folder).name)
        entries = sorted(Path(folder).iterdir())
        return Listing(
            [entry.name for entry in entries if entry.is_dir()],
            {entry.name: frozenset({entry.read_text()}) for entry in entries if entry.is_file()},
        )

    def settle(self) -> None:
        """As if the last change was long ago, and each at a time of its own."""
        for number, (folder, _, _) in enumerate(os.walk(self.root)):
            changed = Path(folder).stat().st_mtime_ns
            os.utime(folder, ns=(changed, LONG_AGO + changed % LONG_AGO + number))

    def tagged(self, *tags: str) -> set[str]:
        return {Path(path).name for path in self.index.tagged(str(self.root), frozenset(tags))}


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    for name in ("0", "1"):
        (tmp_path / "root" / name).mkdir(parents=True)
        (tmp_path / "root" / name / f"file-{name}").write_text("ab"[int(name)])
    made = Folders(tmp_path / "root")
    made.settle()
    return made


def test_nothing_is_listed_twice_without_need(folders: Folders) -> None:
    assert folders.tagged("a") == {"file-0"}
    assert folders.tagged("b", "c") == {"file-1"}
    assert sorted(folders.listed) == ["0", "1", "root"]


def test_a_folder_that_changed_is_listed_again(folders: Folders) -> None:
    folders.tagged("a")
    (folders.root / "1" / "more").write_text("a")
    assert folders.tagged("a") == {"file-0", "more"}
    (folders.root / "0" / "file-0").unlink()
    assert folders.tagged("a") == {"more"}
    (folders.root / "2").mkdir()
    (folders.root / "2" / "new").write_text("a")
    assert folders.tagged("a") == {"more", "new"}


def test_a_time_of_just_now_proves_nothing(folders: Folders) -> None:
    path = folders.root / "0" / "late"
    path.write_text("b")
    changed = path.parent.stat().st_mtime_ns
    assert folders.tagged("a") == {"file-0"}
    path.unlink()
    path.write_text("a")
    os.utime(path.parent, ns=(changed, changed))  # within the same tick
    assert folders.tagged("a") == {"file-0", "late"}


def test_a_folder_may_vanish(folders: Folders) -> None:
    folders.tagged("a")
    (folders.root / "0" / "file-0").unlink()
    (folders.root / "0").rmdir()
    folders.settle()
    assert folders.tagged("a", "b") == {"file-1"}
    assert list(folders.index.tagged(str(folders.root / "nowhere"), ALL)) == []


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("0123"), st.sampled_from("wxyz"), st.sampled_from(["a", "b", ""]))))
def test_it_is_always_as_a_fresh_look_says(changes: list[tuple[str, str, str]]) -> None:
    with TemporaryDirectory() as name:
        root = Path(name)
        folders = Folders(root)
        for folder, file, tag in changes:
            path = root / folder / file
            path.parent.mkdir(exist_ok=True)
            path.unlink(missing_ok=True)
            if tag:
                path.write_text(tag)
            found = set(folders.index.tagged(str(root), frozenset({"a"})))
            assert found == {str(each) for each in root.rglob("?") if each.is_file() and each.read_text() == "a"}
