"""Engines behind one face: a title and a format in, CPU milliseconds and bytes out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import fontpkg_inter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from loadtests.measuring import cpu_milliseconds
from loadtests.samples import Sample
from renderer import OutputFormat, RenderOptions, initialize, render

_HERE = Path(__file__).parent
_PROGRAMS = ("package.json", "card.mjs", "render.mjs")
_WEIGHTS = (400, 600, 700)
_OPTICAL_SIZE = 32  # what browsers choose for the card's sizes, of which the title's is the largest


class Engine(Protocol):
    """Renders the card."""

    @property
    def name(self) -> str:
        """As in the table."""

    @property
    def formats(self) -> tuple[OutputFormat, ...]:
        """What the engine can write."""

    def render(self, title: str, format: OutputFormat, file: Path | None = None) -> tuple[float, int]:  # noqa: A002
        """CPU milliseconds of one render and the size of the file, which is also written to `file`."""


class Signet:
    """This project, in this process, set up as a render process is."""

    name = "Signet"
    formats: tuple[OutputFormat, ...] = ("png", "jpg", "webp")

    def __init__(self, card: Sample) -> None:
        self._compiled = card.compiled
        initialize()

    def render(self, title: str, format: OutputFormat, file: Path | None = None) -> tuple[float, int]:  # noqa: A002
        """See Engine."""
        pictures: list[bytes] = []
        options = RenderOptions(format=format)
        milliseconds = cpu_milliseconds(lambda: pictures.append(render(self._compiled, {"title": title}, options).data))
        if file:
            file.write_bytes(pictures[0])
        return milliseconds, len(pictures[0])


class NodeEngine:
    """An engine of the npm registry in a Node process of its own."""

    def __init__(self, name: str, formats: tuple[OutputFormat, ...], process: subprocess.Popen[str]) -> None:
        self.name = name
        self.formats = formats
        self._process = process
        self._answer()

    def render(self, title: str, format: OutputFormat, file: Path | None = None) -> tuple[float, int]:  # noqa: A002
        """See Engine."""
        assert self._process.stdin is not None
        request = {"title": title, "format": format, "file": str(file) if file else None}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        return float(str(answer["cpu"])), int(str(answer["bytes"]))

    def _answer(self) -> dict[str, object]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self._process.wait(5)}")
        answer: dict[str, object] = json.loads(line)
        return answer


@contextmanager
def node_engine(program: str, name: str, formats: tuple[OutputFormat, ...], folder: Path) -> Iterator[NodeEngine]:
    """Run `render.mjs` in a folder that `install` has prepared."""
    command = ["node", "render.mjs", program, "."]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            yield NodeEngine(name, formats, process)
        finally:
            process.kill()


def install(folder: Path) -> None:
    """Put the Node programs, their packages and static instances of Inter into a folder; repeated, it does little."""
    folder.mkdir(parents=True, exist_ok=True)
    package = (_HERE / "package.json").read_text("utf-8")
    fresh = (folder / "package.json").exists() and (folder / "package.json").read_text("utf-8") == package
    for name in _PROGRAMS:
        (folder / name).write_bytes((_HERE / name).read_bytes())
    if not (fresh and (folder / "node_modules").is_dir()):
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True)
    for weight in _WEIGHTS:
        target = folder / f"Inter-{weight}.ttf"
        if not target.exists():
            _instance(weight).save(target)


def inter() -> Path:
    """The variable font that Signet's own default is."""
    return Path(fontpkg_inter.__path__[0]) / "files" / "Inter[opsz,wght].ttf"


def _instance(weight: int) -> TTFont:
    """Inter at one weight: satori reads no variable fonts."""
    return instantiateVariableFont(TTFont(inter()), {"wght": weight, "opsz": _OPTICAL_SIZE})
