"""Which templates there are: the folder, watched for changes, what was published, and every version ever served.

Of a folder and a publication with one name the newer wins: publishing replaces the folder's version, and the folder
replaces the published one as soon as its files are no longer those that were there at the time.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cachetools import LRUCache
from watchfiles import Change, DefaultFilter, awatch

from renderer import DEFAULT_LIMITS, CompiledTemplate, Limits, compile_bundle
from renderer.errors import RendererError, TemplateError
from renderer.template.bundle import TEMPLATE_NAME, TemplateBundle, bundle_from_folder
from server.errors import BrokenTemplate, UnknownTemplate, UnknownVersion
from server.faults import Fault, fault_in_folder
from server.publications import BadPublicationError, Publication, Publications
from server.versions import SHORTEST_VERSION, VersionArchive

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_OLD_VERSIONS = 64  # compiled versions beside the newest ones that are kept in memory
_ABANDONED = 3600.0  # seconds after which nobody is still writing a file


@dataclass(frozen=True, slots=True)
class Template:
    """One version of a template, ready to type values and to be rendered from its archive."""

    name: str
    compiled: CompiledTemplate
    archive: Path

    @property
    def version(self) -> str:
        """The version as `_v` carries it."""
        return self.compiled.bundle.version


class TemplateRegistry:
    """Templates by name and version. A folder that breaks keeps serving its last good version.

    Reading the disk (`load`, `load_all`, `publish`, `unpublish`) may happen in any thread, one at a time.
    """

    def __init__(self, folder: Path, archive: VersionArchive, limits: Limits = DEFAULT_LIMITS) -> None:
        self.folder = folder
        self.archive = archive
        self.publications = Publications(archive.directory)
        self.limits = limits
        self.broken: dict[str, Fault] = {}
        self._current: dict[str, Template] = {}
        self._folders: dict[str, Template] = {}  # last good version of each folder
        self._old: LRUCache[tuple[str, str], Template] = LRUCache(_OLD_VERSIONS)
        self._reading = threading.RLock()
        self._remembering = threading.Lock()

    @property
    def names(self) -> list[str]:
        """Names of all templates that can be rendered."""
        return sorted(self._current)

    def get(self, name: str, version: str | None = None) -> Template:
        """A template, or one pinned version of it.

        Raises:
            UnknownTemplate: there is none of that name.
            UnknownVersion: there is no such version.
            BrokenTemplate: it cannot be read, and no earlier version could.
        """
        current = self._current.get(name)
        if current is not None and (version is None or _names(version, current)):
            return current
        if version is not None:
            return self._pinned(name, version)
        if name in self.broken:
            raise BrokenTemplate(f"The template {name!r} is broken.", log_message=str(self.broken[name]))
        raise UnknownTemplate(f"There is no template {name!r}.")

    def _pinned(self, name: str, version: str) -> Template:
        digest = self.archive.find(name, version)
        with self._remembering:
            found = self._old.get((name, digest))
        if found is None:
            bundle = self.archive.load(name, digest)
            found = Template(name, compile_bundle(bundle, limits=self.limits), self.archive.path(name, digest))
            with self._remembering:
                self._old[name, digest] = found
        return found

    def load_all(self) -> None:
        """Read every folder and publication; what breaks is remembered in `broken` and logged."""
        with self._reading:
            self.archive.sweep(time.time() - _ABANDONED)
            for name in sorted(self._present() | self.publications.names() | self._current.keys() | self.broken.keys()):
                self.load(name)

    def _present(self) -> set[str]:
        if not self.folder.is_dir():
            logger.warning("there is no templates folder %s", self.folder)
            return set()
        return {path.name for path in self.folder.iterdir() if is_template_folder(path)}

    def load(self, name: str) -> None:
        """Read one template anew: its folder and what is published under its name."""
        with self._reading:
            fault = self._load_folder(name)
            published = None
            try:
                published = self._published(name)
            except (RendererError, BadPublicationError, UnknownVersion) as error:
                fault = Fault(error if isinstance(error, RendererError) else TemplateError(str(error)))
            # Requests read both tables meanwhile, so they are replaced and never changed.
            self.broken = _with(self.broken, name, fault)
            before, chosen = self._current.get(name), published or self._folders.get(name)
            if chosen is None or before is None or before.compiled.digest != chosen.compiled.digest:
                self._current = _with(self._current, name, chosen)
                logger.info("template %s is %s", name, f"at version {chosen.version}" if chosen else "gone")
            if fault is not None:
                logger.warning("template %s is broken: %s", name, fault)

    def _load_folder(self, name: str) -> Fault | None:
        path = self.folder / name
        if not is_template_folder(path):
            self._folders.pop(name, None)
            return None
        try:
            bundle = bundle_from_folder(path)
            known = self._folders.get(name)
            if known is None or known.compiled.digest != bundle.digest:
                self._folders[name] = self._compile(bundle)
        except RendererError as error:
            return fault_in_folder(error, path)
        return None

    def _published(self, name: str) -> Template | None:
        """The published version, unless the folder is newer."""
        publication = self.publications.read(name)
        folder = self._folders.get(name)
        if publication is None or (folder and folder.compiled.digest != publication.replaces):
            return None
        return self._pinned(name, publication.digest)

    def _compile(self, bundle: TemplateBundle) -> Template:
        compiled = compile_bundle(bundle, limits=self.limits)
        try:
            archive = self.archive.keep(bundle)
        except OSError as error:
            raise TemplateError(f"The version can't be kept in the data directory: {error.strerror}.") from error
        return Template(bundle.name, compiled, archive)

    def publish(self, bundle: TemplateBundle, staged: Path) -> Template:
        """Make an archive that `VersionArchive.stage` wrote the current version of its template.

        Raises OSError if the disk refuses; what was current then stays so.
        """
        with self._reading:
            self._load_folder(bundle.name)
            folder = self._folders.get(bundle.name)
            self.archive.commit(bundle, staged)
            replaces = folder.compiled.digest if folder else None
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self.publications.write(bundle.name, Publication(bundle.digest, replaces, now))
            self.load(bundle.name)
            return self._current[bundle.name]

    def unpublish(self, name: str, *, remove_versions: bool) -> int:
        """Take back what was published; the folder of that name, if any, is current again.

        With `remove_versions` no version can be pinned any more, except the folder's; returns how many were removed.

        Raises:
            UnknownTemplate: nothing of that name is published, nor kept if versions are to be removed.
        """
        with self._reading:
            was_published = self.publications.remove(name)
            folder = self._folders.get(name)
            removed: list[str] = []
            if remove_versions and (was_published or folder is None):
                removed = self.archive.remove(name, {folder.compiled.digest} if folder else ())
                with self._remembering:
                    for digest in removed:
                        self._old.pop((name, digest), None)
            self.load(name)
            if not was_published and not removed:
                whence = "; it comes from the templates folder" if folder else ""
                raise UnknownTemplate(f"No template {name!r} is published{whence}.")
            return len(removed)

    async def watch(self, stop: asyncio.Event) -> None:
        """Read templates anew whose files change or which another process published, until `stop` is set."""
        await asyncio.to_thread(self.archive.directory.mkdir, parents=True, exist_ok=True)
        watched = [path for path in (self.folder, self.archive.directory) if path.is_dir()]
        async for changes in awatch(
            *watched, stop_event=stop, debounce=200, step=50, watch_filter=_Filter(self.publications)
        ):
            names = {name for _, path in changes if (name := self._name_of(Path(path)))}
            logger.debug("changed: %s", ", ".join(sorted(names)))
            await asyncio.to_thread(self._load_each, names)

    def _load_each(self, names: set[str]) -> None:
        for name in sorted(names):
            self.load(name)

    def _name_of(self, path: Path) -> str | None:
        for root in (self.folder.resolve(), self.archive.directory.resolve(), self.folder, self.archive.directory):
            if path.is_relative_to(root) and path != root:
                name = path.relative_to(root).parts[0]
                return name if TEMPLATE_NAME.fullmatch(name) else None
        return None


class _Filter(DefaultFilter):
    """Changes that matter: files of templates but not editors' leftovers, and publications but not archives."""

    def __init__(self, publications: Publications) -> None:
        super().__init__()
        self._root = publications.directory.resolve()
        self._file = publications.path("any").name

    def __call__(self, change: Change, path: str) -> bool:
        """Whether a change is worth reading templates anew."""
        if Path(path).resolve().is_relative_to(self._root):
            return Path(path).name == self._file
        return super().__call__(change, path)


def _with(table: dict[str, _T], name: str, value: _T | None) -> dict[str, _T]:
    """A table with one entry changed, or without it."""
    rest = {key: other for key, other in table.items() if key != name}
    return rest if value is None else rest | {name: value}


def is_template_folder(path: Path) -> bool:
    """Whether a path in the templates folder is a template: a folder with a template's name."""
    return path.is_dir() and TEMPLATE_NAME.fullmatch(path.name) is not None


def _names(version: str, template: Template) -> bool:
    return len(version) >= SHORTEST_VERSION and template.compiled.digest.startswith(version)
