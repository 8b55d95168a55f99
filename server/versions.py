"""Template versions, kept for ever: every version that was ever served stays in the data directory as one archive.

A pinned URL must render the same bytes next year, and a render process must see exactly the files that the server
compiled, even while somebody edits the folder. Archives are written once under the digest of their contents and never
changed, so readers need no lock.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from renderer.template.bundle import TemplateBundle, bundle_from_zip
from server.errors import UnknownVersion
from server.publications import commit, stage

SHORTEST_VERSION = 12
"""Hex digits that pin a version: fewer might one day begin another version, and pinned pictures are kept for ever."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # zip's earliest date: archives of equal contents are equal bytes


class VersionArchive:
    """Archives of template versions below one directory: `{name}/{digest}.zip`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, name: str, digest: str) -> Path:
        """Where a version's archive is or will be."""
        return self.directory / name / f"{digest}.zip"

    def keep(self, bundle: TemplateBundle) -> Path:
        """Write a version's archive unless it is there already; returns its path."""
        path = self.path(bundle.name, bundle.digest)
        return path if path.exists() else self.commit(bundle, self.stage(bundle))

    def stage(self, bundle: TemplateBundle) -> Path:
        """Write a version's archive to a path at which it can be tried, but is not yet a version."""
        folder = self.directory / bundle.name
        folder.mkdir(parents=True, exist_ok=True)
        return stage(folder, _zip(bundle))

    def commit(self, bundle: TemplateBundle, staged: Path) -> Path:
        """Make a staged archive a version; one that is there already stays."""
        path = self.path(bundle.name, bundle.digest)
        if path.exists():
            staged.unlink(missing_ok=True)
        else:
            commit(staged, path)
        return path

    def remove(self, name: str, keep: Collection[str]) -> list[str]:
        """Delete the archives of a template but those with the digests in `keep`; returns what was deleted."""
        doomed = [digest for digest in self.versions(name) if digest not in keep]
        for digest in doomed:
            self.path(name, digest).unlink(missing_ok=True)
        return doomed

    def sweep(self, older_than: float) -> None:
        """Delete what unfinished writes left behind before a time (unix seconds)."""
        for path in self.directory.glob("*/.new-*"):
            with suppress(OSError):
                if path.stat().st_mtime < older_than:
                    path.unlink()

    def versions(self, name: str) -> list[str]:
        """Digests of all kept versions of a template, the newest first."""
        folder = self.directory / name
        if not folder.is_dir():
            return []
        archives = sorted(folder.glob("*.zip"), key=lambda path: (-path.stat().st_mtime_ns, path.name))
        return [path.stem for path in archives]

    def find(self, name: str, version: str) -> str:
        """Full digest of the version that starts with `version`, of at least SHORTEST_VERSION digits.

        Raises:
            UnknownVersion: none or several do.
        """
        usable = len(version) >= SHORTEST_VERSION
        found = [digest for digest in self.versions(name) if usable and digest.startswith(version)]
        if len(found) != 1:
            raise UnknownVersion(f"Template {name!r} has no version {version!r}.")
        return found[0]

    def load(self, name: str, digest: str) -> TemplateBundle:
        """Read a kept version back. Raises UnknownVersion if it is not there or not what its name says."""
        try:
            data = self.path(name, digest).read_bytes()
        except FileNotFoundError:
            raise UnknownVersion(f"Template {name!r} has no version {digest[:16]!r}.") from None
        return unpack(name, digest, data)


def unpack(name: str, digest: str, data: bytes) -> TemplateBundle:
    """The bundle in an archive. Raises UnknownVersion if its contents don't have the digest they are kept under."""
    bundle = bundle_from_zip(name, data)
    if bundle.digest != digest:
        raise UnknownVersion(
            f"Version {digest[:16]!r} of template {name!r} can't be used.",
            log_message=f"archive of {name} {digest} has contents of digest {bundle.digest}",
        )
    return bundle


def _zip(bundle: TemplateBundle) -> bytes:
    """Uncompressed, because images don't shrink and render processes read archives often."""
    buffer = io.BytesIO()
    # One folder around the files keeps a template that is itself a single folder from being unwrapped on reading.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, data in bundle.files.items():
            archive.writestr(zipfile.ZipInfo(f"{bundle.name}/{path}", _EPOCH), data)
    return buffer.getvalue()
