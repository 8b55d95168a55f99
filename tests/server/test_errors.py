"""Every error has an answer, and nothing of the inside leaks into it."""

from __future__ import annotations

import ast
import inspect
import json
import re

import pytest

from renderer import errors as renderer_errors
from renderer.errors import SourcePosition, ValueProblem
from server import errors
from server.errors import InvalidValues, MethodNotAllowed, QueueFull, SignetError, Unauthorized, from_renderer


def every_kind(kind: type[SignetError] = SignetError) -> list[type[SignetError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in every_kind(child))]


OURS = [kind for kind in every_kind() if kind.__module__ == "server.errors"]


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn: list[tuple[int, str]] = [
        (len(match[1]) // 4, match[2])
        for match in re.finditer(r"^([│├└─ ]*)([A-Z]\w+)(?= |$)", errors.__doc__ or "", re.M)
    ]
    drawn = [(depth, name) for depth, name in drawn if hasattr(errors, name)]

    def walk(kind: type[SignetError], depth: int) -> list[tuple[int, str]]:
        children = [child for child in kind.__subclasses__() if child in OURS]
        return [(depth, kind.__name__), *(row for child in children for row in walk(child, depth + 1))]

    assert drawn == walk(SignetError, 0)


def test_statuses_in_the_docstring_are_the_statuses() -> None:
    for name, status in re.findall(r"─ (\w+) +(\d{3})", errors.__doc__ or ""):
        assert getattr(errors, name).status == int(status)


def test_kinds_that_are_answered_have_codes_of_their_own() -> None:
    leaves = [kind for kind in OURS if not any(child in OURS for child in kind.__subclasses__())]
    codes = [kind.code for kind in leaves]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code) for kind in OURS)


def test_the_module_imports_no_http_library() -> None:
    tree = ast.parse(inspect.getsource(errors))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert modules == {"__future__", "collections.abc", "typing", "renderer", "renderer.errors"}


def test_problem_documents() -> None:
    error = InvalidValues([ValueProblem("tags[2]", "must be text.", "text", "7"), ValueProblem("title", "is missing.")])
    assert error.problem() == {
        "type": "/problems/invalid-values",
        "title": "Invalid values",
        "status": 422,
        "detail": "tags[2]: must be text.; title: is missing.",
        "code": "invalid-values",
        "problems": [
            {"name": "tags[2]", "message": "must be text.", "expected": "text", "got": "7"},
            {"name": "title", "message": "is missing."},
        ],
    }
    json.dumps(error.problem())


def test_edges_keep_negatives_a_little_and_failures_for_a_moment() -> None:
    expected = {404: 30, 410: 30, 429: 2, 500: 2, 503: 2, 504: 2}
    for kind in OURS:
        error = kind.__new__(kind)
        assert error.edge_seconds == expected.get(kind.status), kind


def test_headers_that_a_status_demands() -> None:
    assert QueueFull().headers() == {"Retry-After": "2"}
    assert QueueFull(retry_after=7).headers() == {"Retry-After": "7"}
    assert Unauthorized().headers() == {"WWW-Authenticate": 'Bearer realm="signet"'}
    assert MethodNotAllowed(["GET", "HEAD"]).headers() == {"Allow": "GET, HEAD, OPTIONS"}
    assert errors.BadSignature().headers() == {}


AT = SourcePosition("secret/template.html", 3, 7)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (renderer_errors.ValuesError([ValueProblem("title", "is missing.")]), 422, "invalid-values"),
        (renderer_errors.ExpressionError("Division by zero.", AT), 422, "expression-failed"),
        (renderer_errors.LimitError("Too many nodes.", AT), 422, "limit-exceeded"),
        (renderer_errors.AssetError("The image is cut off.", AT), 422, "unreadable-asset"),
        (renderer_errors.TemplateSyntaxError("Unclosed if.", AT), 500, "broken-template"),
        (renderer_errors.ManifestError("Unknown key.", AT), 500, "broken-template"),
        (renderer_errors.EncodeError("heif: no encoder.", AT), 500, "render-failed"),
        (renderer_errors.RendererError("Odd.", AT), 500, "render-failed"),
    ],
)
def test_renderer_errors_are_translated(error: renderer_errors.RendererError, status: int, code: str) -> None:
    answer = from_renderer(error)
    assert (answer.status, answer.code) == (status, code)
    assert "secret" not in json.dumps(answer.problem())
    if error.position:
        assert "secret/template.html:3:7" in answer.log_message
    if status == 500:
        assert error.message not in answer.message


def test_every_renderer_error_has_a_translation() -> None:
    for kind in renderer_errors.RendererError.__subclasses__():
        error = kind([]) if kind is renderer_errors.ValuesError else kind("x")  # type: ignore[arg-type]
        assert type(from_renderer(error)) is not SignetError
