"""`python -m tests.fidelity ask|report [PART-OF-A-NAME…]`: ask Chromium, or write the page of all cases."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from renderer.errors import RendererError
from tests.fidelity import answers, report
from tests.fidelity.cases import Case, all_cases, matching
from tests.fidelity.comparison import Comparison, NoAnswerError, compare_case
from tests.fidelity.report import Failure

FOLDER = Path("var/fidelity")


def main() -> int:
    """Run a command. The exit status is 1 if a case does not agree."""
    parser = argparse.ArgumentParser(prog="python -m tests.fidelity", description=__doc__)
    parser.add_argument("command", choices=["ask", "report"])
    parser.add_argument("names", nargs="*", help="cases whose names contain one of these; default: all")
    arguments = parser.parse_args()
    cases = matching(arguments.names)
    if arguments.command == "ask":
        return _ask(cases, everything=not arguments.names)
    return _report(cases)


def _ask(cases: list[Case], *, everything: bool) -> int:
    from tests.fidelity import chromium  # playwright is only needed here

    with chromium.browser(FOLDER) as running:
        for number, case in enumerate(cases, 1):
            answer, picture = chromium.ask(running, case)
            answers.store(case.name, answer, picture)
            if number % 25 == 0 or number == len(cases):
                print(f"asked {number} of {len(cases)}", flush=True)
    if everything:
        answers.forget_all_but({case.name for case in all_cases()})
    return 0


def _report(cases: list[Case]) -> int:
    comparisons: list[Comparison] = []
    failures: list[Failure] = []
    for case in cases:
        try:
            comparisons.append(compare_case(case))
        except (NoAnswerError, RendererError) as error:
            failures.append(Failure(case.name, str(error)))
        except Exception as error:
            failures.append(Failure(case.name, f"{type(error).__name__}: {error}"))
    page = report.write(FOLDER, comparisons, failures)
    for comparison in sorted(comparisons, key=lambda item: item.picture.score, reverse=True):
        if comparison.problems:
            print(f"{comparison.name}: score {comparison.picture.score:.2f}", *comparison.problems, sep="\n    ")
    for failure in failures:
        print(f"{failure.name}: {failure.message}")
    print(report.totals(comparisons, failures), f"\n{page}", sep="")
    return 1 if failures or any(comparison.problems for comparison in comparisons) else 0


if __name__ == "__main__":
    sys.exit(main())
