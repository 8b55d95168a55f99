"""The benchmarks measure what they say: real templates, no two pictures alike, nobody else's server."""

import pytest

from loadtests import samples
from loadtests.bench_render import steps
from loadtests.http_load import requests_per_second
from loadtests.measuring import Row, markdown, median_cpu
from loadtests.samples import Sample
from renderer import RenderOptions, coerce_values, lay_out, render

SAMPLES = [samples.card(), samples.article(), samples.dashboard()]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_pictures_differ_and_have_no_faults(sample: Sample) -> None:
    results = [render(sample.compiled, sample.values(number)) for number in (1, 2)]
    assert results[0].data != results[1].data
    assert not [one for result in results for one in result.diagnostics if one.severity != "info"]
    assert render(sample.compiled, sample.values(1)).data == results[0].data
    assert "encode" in steps(sample, results).value


def test_dashboard_has_sixty_elements() -> None:
    sample = samples.dashboard()
    typed = coerce_values(sample.compiled.manifest, sample.values(1), from_query=False)
    laid = lay_out(sample.compiled, typed, RenderOptions())
    pending, count = [laid.document.body], 0
    while pending:
        pending += pending.pop().element_children
        count += 1
    assert count == 60


def test_titles_are_all_different() -> None:
    titles = {samples.title(number) for number in range(2_000)}
    assert len(titles) == 2_000
    assert all(25 <= len(title) <= 80 for title in titles)


def test_only_this_machine_is_put_under_load() -> None:
    with pytest.raises(ValueError, match="this machine"):
        requests_per_second("http://192.0.2.1/", 1, {})


def test_median_counts_only_what_follows_the_warm_up() -> None:
    numbers: list[int] = []
    assert median_cpu(numbers.append, 3, warm_up=2) >= 0
    assert numbers == [0, 1, 2, 3, 4]


def test_table() -> None:
    table = markdown([Row("card", "5 ms", "≤ 6 ms")], "Renders")
    assert table == "### Renders\n\n| | measured | goal |\n|---|---:|---:|\n| card | 5 ms | ≤ 6 ms |\n"
