"""Which templates there are: the folder, watched for changes, and every version that was ever served."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from cachetools import LRUCache
from watchfiles import awatch

from renderer import CompiledTemplate, compile_bundle
from renderer.errors import RendererError, TemplateError
from renderer.limits import DEFAULT_LIMITS, Limits
from renderer.template.bundle import TEMPLATE_NAME, TemplateBundle, bundle_from_folder
from server.errors import BrokenTemplate, UnknownTemplate
from server.versions import VersionArchive

logger = logging.getLogger(__name__)

_OLD_VERSIONS = 64  # compiled versions beside the newest ones that are kept in memory


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
    """Templates by name and version. A folder that breaks keeps serving its last good version."""

    def __init__(self, folder: Path, archive: VersionArchive, limits: Limits = DEFAULT_LIMITS) -> None:
        self.folder = folder
        self.archive = archive
        self.limits = limits
        self.broken: dict[str, RendererError] = {}
        self._current: dict[str, Template] = {}
        self._old: LRUCache[tuple[str, str], Template] = LRUCache(_OLD_VERSIONS)

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
        if current is not None and (version is None or current.compiled.bundle.digest.startswith(version)):
            return current
        if version is not None:
            return self._pinned(name, version)
        if name in self.broken:
            raise BrokenTemplate(f"The template {name!r} is broken.", log_message=str(self.broken[name]))
        raise UnknownTemplate(f"There is no template {name!r}.")

    def _pinned(self, name: str, version: str) -> Template:
        digest = self.archive.find(name, version)
        found = self._old.get((name, digest))
        if found is None:
            found = self._compile(self.archive.load(name, digest))
            self._old[name, digest] = found
        return found

    def load_all(self) -> None:
        """Read every folder; what breaks is remembered in `broken` and logged."""
        present = {path.name for path in self.folder.iterdir() if is_template_folder(path)} if self._exists() else set()
        for name in sorted(present):
            self.load(name)
        for name in self._current.keys() - present:
            del self._current[name]
        for name in self.broken.keys() - present:
            del self.broken[name]

    def _exists(self) -> bool:
        if self.folder.is_dir():
            return True
        logger.warning("there is no templates folder %s", self.folder)
        return False

    def load(self, name: str) -> None:
        """Read one folder and make it the current version, unless it is broken."""
        try:
            bundle = bundle_from_folder(self.folder / name)
            current = self._current.get(name)
            if current is None or current.compiled.bundle.digest != bundle.digest:
                self._current[name] = self._compile(bundle)
                logger.info("template %s is at version %s", name, bundle.version)
            self.broken.pop(name, None)
        except RendererError as error:
            self.broken[name] = error
            logger.warning("template %s is broken: %s", name, error)

    def _compile(self, bundle: TemplateBundle) -> Template:
        compiled = compile_bundle(bundle, limits=self.limits)
        try:
            archive = self.archive.keep(bundle)
        except OSError as error:
            raise TemplateError(f"The version can't be kept in the data directory: {error.strerror}.") from error
        return Template(bundle.name, compiled, archive)

    async def watch(self, stop: asyncio.Event) -> None:
        """Reload templates whose files change, until `stop` is set."""
        if not self._exists():
            return
        async for changes in awatch(self.folder, stop_event=stop, debounce=200, step=50):
            names = {Path(path).relative_to(self.folder).parts[0] for _, path in changes if Path(path) != self.folder}
            logger.debug("changed: %s", ", ".join(sorted(names)))
            await asyncio.to_thread(self.load_all)


def is_template_folder(path: Path) -> bool:
    """Whether a path in the templates folder is a template: a folder with a template's name."""
    return path.is_dir() and TEMPLATE_NAME.fullmatch(path.name) is not None
