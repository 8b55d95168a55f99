"""The shape of the house, read from its own sources: who may import whom, what is public, how large things grow."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import renderer
import server.urls
from renderer.environment import _LIBRARIES

REPOSITORY = Path(__file__).parents[1]
PACKAGES = ("renderer", "server")
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60

# What the server may ask of the renderer: its face, its errors, the expression language, and what template folders and
# files are. None of these lays out or paints.
FACES = {
    *("renderer", "renderer.errors", "renderer.expressions", "renderer.images.formats"),
    *("renderer.template.bundle", "renderer.template.model", "renderer.template.schema"),
}
# `signet check` is a tool for template authors and looks into templates as deeply as the renderer itself.
AUTHORS_ROOM = "server/checking/"
AUTHORS_FACES = ("renderer.template.", "renderer.expressions.", "renderer.diagnostics.", "renderer.pipeline.")

# The renderer opens no socket, starts no process and asks no clock.
FOREIGN_TO_THE_RENDERER = {
    *("server", "starlette", "uvicorn", "httpx", "pydantic", "click", "itsdangerous", "watchfiles"),
    *("socket", "ssl", "http", "asyncio", "subprocess", "multiprocessing", "random", "secrets", "logging"),
}
CLOCKS = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}

# What a program may rely on; a change here is a change for whoever uses the library.
PUBLIC_RENDERER = {
    *("compile_template", "compile_bundle", "bundle_from_folder", "bundle_from_zip", "TemplateBundle"),
    *("CompiledTemplate", "Manifest", "json_schema", "example_of", "page_size", "coerce_values", "canonical_json"),
    *("render", "render_typed", "RenderOptions", "RenderResult", "Asset", "Limits", "DEFAULT_LIMITS"),
    *("MEDIA_TYPES", "OutputFormat", "render_key", "initialize", "RendererError", "Diagnostic"),
    *("lay_out", "inspect_template", "draw_inspection", "Inspection", "ElementBox"),
    *("examine", "Examination", "missing_characters", "remote_images", "check_image", "ImageFacts"),
    "fingerprint_of_file",
    *("BindingRequest", "BindingKey", "ResolvedRequest", "HeaderValue", "Secret"),
    *("select_data", "coerce_data", "sample_data", "values_with_data", "describe_bindings", "make_environment"),
}
PUBLIC_URLS = {
    *("parse", "build", "split", "ImageRequest", "QueryUrl", "TokenUrl", "Options", "FORMATS", "read_format"),
    *("url_warnings", "with_public_url", "without_public_url", "DEFAULT_MAX_URL_LENGTH"),
}


def sources(*roots: str) -> list[Path]:
    return sorted(path for root in roots for path in (REPOSITORY / root).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Every module that a source imports, also inside functions; `from a import b` is `a`, or `a.b` if that is one."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: write absolute imports"
            assert node.module is not None
            yield from (_module(node.module, alias.name) for alias in node.names)


def _module(package: str, name: str) -> str:
    folder = REPOSITORY.joinpath(*package.split("."), name)
    inner = folder.is_dir() or folder.with_suffix(".py").is_file()
    return f"{package}.{name}" if inner and package.partition(".")[0] in PACKAGES else package


def test_the_renderer_knows_nothing_of_servers_sockets_and_processes() -> None:
    found = {
        (name_of(path), module)
        for path in sources("renderer")
        for module in imports(path)
        if module.partition(".")[0] in FOREIGN_TO_THE_RENDERER or module == "urllib.request"
    }
    assert found == set()


def test_the_renderer_asks_no_clock_and_reads_no_environment() -> None:
    found = set()
    for path in sources("renderer"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute):
                text = ast.unparse(node)
                if text in CLOCKS or (text.startswith("os.environ") and isinstance(node.ctx, ast.Load)):
                    found.add((name_of(path), text))
    # libvips reads its thread count from the environment: this one place writes it.
    assert found <= {("renderer/native.py", "os.environ")}


def test_the_server_uses_the_renderers_faces_only() -> None:
    found = {
        (name_of(path), module)
        for path in sources("server")
        for module in imports(path)
        if module.partition(".")[0] == "renderer"
        and module not in FACES
        and not (name_of(path).startswith(AUTHORS_ROOM) and f"{module}.".startswith(AUTHORS_FACES))
    }
    assert found == set()


def test_what_both_packages_share_is_free_of_everything() -> None:
    for name in ("errors", "limits", "media_types"):
        inner = {module for module in imports(REPOSITORY / "renderer" / f"{name}.py") if module != "__future__"}
        assert all(module.partition(".")[0] in sys.stdlib_module_names for module in inner), name


def test_every_import_is_a_declared_dependency() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    usable = [*project["dependencies"], *(line for name in extras if name != "dev" for line in extras[name])]
    declared = {canonicalize_name(Requirement(line).name) for line in usable}
    known = packages_distributions()
    undeclared = set()
    for path in sources(*PACKAGES):
        for module in imports(path):
            top = module.partition(".")[0]
            if top in sys.stdlib_module_names or top in PACKAGES:
                continue
            if not {canonicalize_name(name) for name in known.get(top, [top])} & (declared | {"pydantic-core"}):
                undeclared.add((name_of(path), top))
    assert undeclared == set()


def test_every_library_that_draws_counts_in_the_render_key() -> None:
    known = packages_distributions()
    drawing = {
        canonicalize_name(name)
        for path in sources("renderer")
        for module in imports(path)
        if (top := module.partition(".")[0]) not in sys.stdlib_module_names | {"renderer"}
        for name in known[top]
    }
    assert drawing - set(_LIBRARIES) <= {"cachetools"}


def _closure(name: str, extras: frozenset[str], found: set[str]) -> None:
    try:
        lines = requires(name) or []
    except PackageNotFoundError:  # a marker for another system
        return
    for line in lines:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is not None and not any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
            continue
        inner = canonicalize_name(requirement.name)
        if inner not in found or requirement.extras:
            found.add(inner)
            _closure(inner, frozenset(requirement.extras), found)


def test_every_dependency_down_to_the_last_is_pinned() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"==[^*]+", str(pin.specifier)) for pin in pins)
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    direct = [Requirement(line) for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]]
    needed: set[str] = set()
    for requirement in direct:
        needed.add(canonicalize_name(requirement.name))
        _closure(requirement.name, frozenset(requirement.extras), needed)
    assert needed - {canonicalize_name(pin.name) for pin in pins} == set()
    versions = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    for requirement in direct:
        assert versions[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_every_file_of_the_packages_is_installed_with_them() -> None:
    patterns = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    installed = {
        path for package in PACKAGES for glob in patterns[package] for path in (REPOSITORY / package).glob(glob)
    }
    files = {
        path
        for package in PACKAGES
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    assert files - installed == set()
    assert REPOSITORY / "server" / "nginx" / "signet.conf.template" in installed


def test_the_public_surface_is_what_it_is() -> None:
    assert set(renderer.__all__) == PUBLIC_RENDERER
    assert set(server.urls.__all__) == PUBLIC_URLS
    for package in (renderer, server.urls):
        assert all(getattr(package, name) is not None for name in package.__all__)


def test_the_renderers_names_are_found_where_its_types_say() -> None:
    declared = {
        alias.name: node.module
        for node in ast.walk(parsed(REPOSITORY / "renderer" / "__init__.py"))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if node.module and node.module.startswith("renderer.")
    }
    assert declared.keys() == set(renderer.__all__)
    for name, module in declared.items():
        assert getattr(renderer, name) is getattr(importlib.import_module(module), name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = renderer.nothing


@pytest.mark.parametrize("root", [*PACKAGES, "tests", "loadtests"])
def test_modules_stay_small(root: str) -> None:
    long = {
        name_of(path): count for path in sources(root) if (count := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert long == {}


def test_functions_stay_small() -> None:
    long = {
        f"{name_of(path)}:{node.name}"
        for path in sources(*PACKAGES)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
    }
    assert long == set()


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "misc", "common", "tools"}
    assert [name_of(path) for path in sources(*PACKAGES) if path.stem in vague or path.parent.name in vague] == []


def test_the_tests_mirror_the_packages() -> None:
    for package in PACKAGES:
        for folder in {path.parent for path in sources(f"tests/{package}")}:
            room = REPOSITORY / folder.relative_to(REPOSITORY / "tests")
            assert room.is_dir() or room.with_suffix(".py").is_file(), name_of(folder)
    for folder in {path.parent for path in sources("tests")}:
        assert (folder / "__init__.py").is_file(), f"{name_of(folder)} needs an __init__.py"


def test_every_module_says_what_it_is_for() -> None:
    silent = [name_of(path) for path in sources(*PACKAGES) if not ast.get_docstring(parsed(path))]
    assert silent == []
