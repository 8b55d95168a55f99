"""The template that `signet init` writes: a small card to start from, which passes `signet check --strict`."""

from __future__ import annotations

import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

from renderer.template.bundle import TEMPLATE_NAME
from server.errors import ConfigurationError

FILES = ("template.html", "template.toml", "example.json")
_MANIFEST = "template.toml"  # has {title} in it


def write_template(templates: Path, name: str) -> Path:
    """Write a new template folder, complete or not at all; returns its path.

    Raises ConfigurationError for a name that no template can have, a folder that exists, or a disk that refuses.
    """
    if not TEMPLATE_NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} is no template name: use 1 to 64 lower-case letters, digits and hyphens, "
            "starting with a letter or digit, such as my-card."
        )
    folder = templates / name
    if folder.exists() or folder.is_symlink():
        raise ConfigurationError(f"{folder} exists already; choose another name.")
    try:
        templates.mkdir(parents=True, exist_ok=True)
        # A server may watch the folder: it leaves hidden names alone and sees the template once it is whole.
        work = Path(tempfile.mkdtemp(dir=templates, prefix=".new-"))
        try:
            _write_files(work, name)
            work.chmod(0o755)
            work.rename(folder)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
    except OSError as error:
        raise ConfigurationError(f"{folder} can't be written: {error.strerror}.") from error
    return folder


def _write_files(folder: Path, name: str) -> None:
    for file in FILES:
        text = (files(__name__) / file).read_text("utf-8")
        if file == _MANIFEST:
            text = text.format(title=name.replace("-", " ").capitalize())
        (folder / file).write_text(text, "utf-8")
