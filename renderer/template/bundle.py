"""The files of one template, read from a folder or a zip archive into memory, with the digest that is its version."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from renderer.errors import TemplateError

TEMPLATE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
MAIN_FILE = "template.html"
VERSION_LENGTH = 16  # hex digits of the digest that people see and `_v` carries

_IGNORED_NAMES = frozenset({"__MACOSX", "__pycache__", "Thumbs.db"})
_MAX_PATH_LENGTH = 200
_ENTRY_BYTES = 600  # for a file in an archive's list: its header, its path, and the twins that macOS adds
_ENCRYPTED_FLAG = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # the others may claim gigabytes to unpack


@dataclass(frozen=True, slots=True)
class BundleLimits:
    """Caps on what one template may weigh."""

    files: int = 500
    file_bytes: int = 20_000_000
    total_bytes: int = 50_000_000


DEFAULT_BUNDLE_LIMITS = BundleLimits()


@dataclass(frozen=True, slots=True)
class TemplateBundle:
    """A template's name and files: relative paths with forward slashes → contents, sorted by path.

    `digest` is the sha256 (hex) over all paths and contents.
    """

    name: str
    files: Mapping[str, bytes]
    digest: str

    def __reduce__(self) -> tuple[object, ...]:
        # Bundles travel to render processes; the read-only view of the files cannot be pickled.
        return (_restored, (self.name, dict(self.files), self.digest))

    @property
    def version(self) -> str:
        """The start of the digest, as `_v` and people carry it."""
        return self.digest[:VERSION_LENGTH]

    def text(self, path: str) -> str:
        """A file as UTF-8 text without byte order mark. Raises TemplateError if it is missing or no UTF-8."""
        try:
            data = self.files[path]
        except KeyError:
            raise TemplateError(f"Template {self.name!r} has no file {path!r}.") from None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise TemplateError(
                f"{path} is not UTF-8: byte 0x{data[error.start]:02x} on line {line}. Save the file as UTF-8."
            ) from None


def _restored(name: str, files: dict[str, bytes], digest: str) -> TemplateBundle:
    return TemplateBundle(name, MappingProxyType(files), digest)


def bundle_from_files(
    name: str, files: Mapping[str, bytes], *, limits: BundleLimits = DEFAULT_BUNDLE_LIMITS
) -> TemplateBundle:
    """A bundle from paths and contents. Raises TemplateError for bad names, unsafe paths or too much data."""
    return _bundle(name, files.items(), limits)


def bundle_from_folder(
    folder: Path, *, name: str | None = None, limits: BundleLimits = DEFAULT_BUNDLE_LIMITS
) -> TemplateBundle:
    """Read a template folder; `name` defaults to the folder's name. Hidden files are left out.

    Raises TemplateError if it cannot be read, is too large, or a symbolic link leads out of the folder.
    """
    root = folder.resolve()
    if not root.is_dir():
        raise TemplateError(f"There is no template folder {str(folder)!r}.")
    try:
        return _bundle(name or root.name, _folder_files(root, limits), limits)
    except OSError as error:
        raise TemplateError(f"Cannot read template folder {str(folder)!r}: {error.strerror}.") from error


def bundle_from_zip(name: str, data: bytes, *, limits: BundleLimits = DEFAULT_BUNDLE_LIMITS) -> TemplateBundle:
    """Read a zip archive that holds a template's files, at its root or inside one top folder.

    Sizes are counted while unpacking, whatever the archive's headers say. Raises TemplateError for archives that are
    broken, encrypted, too large, name a file twice or hold links or paths that lead outside.
    """
    _check_directory(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_claims(archive, limits)
            files = list(_zip_files(archive, limits))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError) as error:
        raise TemplateError(f"The upload is not a readable zip archive: {error}.") from error
    return _bundle(name, _without_top_folder(files), limits)


def safe_path(path: str) -> str:
    """The path if it stays inside a template folder. Raises TemplateError otherwise."""
    parts = PurePosixPath(path).parts
    unsafe = (
        not path
        or path.startswith("/")
        or "\\" in path
        or ":" in path
        or any(ord(c) < 0x20 or 0xD800 <= ord(c) <= 0xDFFF for c in path)
        or any(part in ("..", ".") for part in path.split("/"))
        or "/".join(parts) != path
    )
    if unsafe or len(path) > _MAX_PATH_LENGTH:
        raise TemplateError(
            f"The file name {path[:80]!r} is not allowed: use a relative path with '/' inside the template folder, "
            f"without '..', ':' or control characters, of at most {_MAX_PATH_LENGTH} characters."
        )
    return path


def _bundle(name: str, entries: Iterable[tuple[str, bytes]], limits: BundleLimits) -> TemplateBundle:
    if not TEMPLATE_NAME.fullmatch(name):
        raise TemplateError(
            f"{name[:80]!r} is not a template name: use 1 to 64 lower-case letters, digits and hyphens, "
            "starting with a letter or digit."
        )
    files: dict[str, bytes] = {}
    total = 0
    for path, data in entries:
        if safe_path(path) in files:
            raise TemplateError(f"The file {path!r} is there twice.")
        files[path] = data
        total += len(data)
        _check_size(path, len(data), len(files), total, limits)
    ordered = {path: files[path] for path in sorted(files)}
    return TemplateBundle(name, MappingProxyType(ordered), _digest(ordered))


def _check_size(path: str, size: int, count: int, total: int, limits: BundleLimits) -> None:
    if size > limits.file_bytes:
        raise TemplateError(f"The file {path!r} is larger than {limits.file_bytes:,} bytes.")
    if count > limits.files:
        raise TemplateError(f"A template may have at most {limits.files} files.")
    if total > limits.total_bytes:
        raise TemplateError(f"The template's files are larger than {limits.total_bytes:,} bytes together.")


def _digest(files: Mapping[str, bytes]) -> str:
    # Each part is a fixed-length digest, so no choice of paths and contents can imitate another folder.
    whole = hashlib.sha256()
    for path, data in files.items():
        whole.update(hashlib.sha256(path.encode()).digest())
        whole.update(hashlib.sha256(data).digest())
    return whole.hexdigest()


def _ignored(path: str) -> bool:
    return any(part.startswith(".") or part in _IGNORED_NAMES or part.endswith("~") for part in path.split("/"))


def _raise(error: OSError) -> None:
    raise error


def _folder_files(root: Path, limits: BundleLimits) -> Iterator[tuple[str, bytes]]:
    for directory, folders, names in os.walk(root, onerror=_raise):
        folders[:] = sorted(f for f in folders if not _ignored(f))
        for folder in folders:
            if (Path(directory) / folder).is_symlink():
                raise TemplateError(f"The folder {folder!r} is a symbolic link; copy its files into the template.")
        for name in sorted(names):
            if not _ignored(name):
                file = Path(directory) / name
                yield file.relative_to(root).as_posix(), _read_inside(file, root, limits)


def _read_inside(file: Path, root: Path, limits: BundleLimits) -> bytes:
    shown = file.relative_to(root).as_posix()
    target = file.resolve()
    if not target.is_relative_to(root):
        raise TemplateError(f"The file {shown!r} is a symbolic link out of the template folder; copy the file instead.")
    if not stat.S_ISREG(target.stat().st_mode):
        raise TemplateError(f"{shown!r} is not a regular file.")
    with target.open("rb") as stream:
        # One byte more than allowed tells a file at the cap from a larger one without reading all of it.
        return stream.read(limits.file_bytes + 1)


def _check_directory(data: bytes, limits: BundleLimits) -> None:
    """Refuse archives whose list of files is so long that reading it alone would take noticeable time.

    Reads the end of central directory record (PKWARE APPNOTE.TXT 4.3.16), which is the last thing of an archive.
    """
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0:
        return
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if data[max(0, end - 20) : end].startswith(b"PK\x06\x07") or size > limits.files * _ENTRY_BYTES:
        raise TemplateError(f"The archive lists too many files; a template may have at most {limits.files} files.")


def _check_claims(archive: zipfile.ZipFile, limits: BundleLimits) -> None:
    """Refuse archives that say themselves that they are too large, before anything is unpacked."""
    total = 0
    files = (info for info in archive.infolist() if not info.is_dir() and not _ignored(info.filename))
    for count, info in enumerate(files, 1):
        total += info.file_size
        _check_size(info.filename, info.file_size, count, total, limits)


def _zip_files(archive: zipfile.ZipFile, limits: BundleLimits) -> Iterator[tuple[str, bytes]]:
    total = 0
    count = 0
    for info in archive.infolist():
        if info.is_dir():
            continue
        # `orig_filename` still has what zipfile cuts off (NUL) or rewrites.
        if _ignored(safe_path(info.orig_filename)):
            continue
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise TemplateError(f"The file {info.filename!r} in the archive is encrypted.")
        if info.compress_type not in _METHODS:
            raise TemplateError(f"The file {info.filename!r} must be stored or deflated in the archive.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise TemplateError(f"The file {info.filename!r} in the archive is a symbolic link.")
        with archive.open(info) as stream:
            # zipfile unpacks as much as it is asked for before it cuts off what the headers don't admit.
            data = stream.read(info.file_size + 1)
        total += len(data)
        count += 1
        _check_size(info.filename, len(data), count, total, limits)
        yield info.filename, data


def _without_top_folder(files: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    tops = {path.partition("/")[0] for path, _ in files}
    nested = len(tops) == 1 and all("/" in path for path, _ in files)
    for path, data in files:
        yield (path.partition("/")[2] if nested else path), data
