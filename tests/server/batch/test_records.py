"""What the ledger keeps of errors, also those that older servers have written."""

from __future__ import annotations

from renderer.errors import ValueProblem
from server.batch.records import RowError, error_of, error_text, values_error


def test_an_error_without_problems_is_as_it_was_before_there_were_any() -> None:
    text = '{"code":"render-failed","message":"The render failed.","field":null,"retryable":true}'
    error = RowError("render-failed", "The render failed.", None, retryable=True)
    assert (error_of(text), error_text(error)) == (error, text)


def test_problems_are_kept() -> None:
    problems = [ValueProblem("count", "is no number", "an integer", '"many"'), ValueProblem("title", "is required")]
    error = values_error("invalid-values", problems)
    assert error == RowError(
        "invalid-values", "count: is no number; title: is required", "count", problems=tuple(problems)
    )
    assert error_of(error_text(error)) == error


def test_an_error_has_no_more_than_the_ledger_should_keep() -> None:
    error = values_error("invalid-values", [ValueProblem(f"n{n}", "x" * 1000) for n in range(500)])
    assert len(error.problems) == 20
    assert error.message.endswith("; and 480 more")
    assert max(len(problem.message) for problem in error.problems) == 300
