"""Which versions are published: one small file a template, beside the archives of its versions.

A version becomes current in three steps, each whole or not done at all, however the server ends: its archive is written
under another name, renamed into place, and only then named by the publication, which is replaced in one rename. What is
left over from a step that was never finished is never read.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from renderer.template.bundle import TEMPLATE_NAME

_FILE = "current.json"


@dataclass(frozen=True, slots=True)
class Publication:
    """The published version of a template.

    `replaces` is the digest that the folder of the same name had when it was published, None if there was none: once
    the folder's files are others, they are the newer version.
    """

    digest: str
    replaces: str | None
    published_at: str  # ISO 8601, UTC


class BadPublicationError(Exception):
    """The file of a publication cannot be read."""


class Publications:
    """Publications below the directory of version archives: `{name}/current.json`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, name: str) -> Path:
        """Where a template's publication is or will be."""
        return self.directory / name / _FILE

    def names(self) -> set[str]:
        """Names of all published templates."""
        found = (path.parent.name for path in self.directory.glob(f"*/{_FILE}"))
        return {name for name in found if TEMPLATE_NAME.fullmatch(name)}

    def read(self, name: str) -> Publication | None:
        """The publication of a template, or None. Raises BadPublicationError."""
        try:
            data = json.loads(self.path(name).read_bytes())
            return Publication(str(data["digest"]), data["replaces"], str(data["published_at"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadPublicationError(f"{self.path(name)} cannot be read: {error}.") from error

    def write(self, name: str, publication: Publication) -> None:
        """Make a version the published one."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(asdict(publication)).encode())

    def remove(self, name: str) -> bool:
        """Forget a template's publication; whether there was one."""
        try:
            self.path(name).unlink()
        except FileNotFoundError:
            return False
        return True


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that readers see either as it was or whole, also after a loss of power."""
    staged = stage(path.parent, data)
    try:
        commit(staged, path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def stage(directory: Path, data: bytes) -> Path:
    """Write data safely to the disk under a name that nobody looks for."""
    handle, name = tempfile.mkstemp(dir=directory, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def commit(staged: Path, path: Path) -> None:
    """Give a staged file its name."""
    staged.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
