"""Keys, lifetimes and tags of planned renders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from renderer import DEFAULT_LIMITS, Asset
from renderer.errors import ValuesError
from renderer.expressions import Value
from server.bindings import Bound
from server.errors import InvalidOption, UnsupportedFormat
from server.outgoing import Supply
from server.outgoing.images import State
from server.plans import RenderPlan, make_plan, stand_in, supplied, with_data
from server.registry import Template, TemplateRegistry
from server.urls import Options
from server.versions import VersionArchive

NOON = 1_790_000_000.0
HTML = "<body>{{ title }}</body>"
SIZE = "size = {width = 100, height = 50}\n"
TITLE = '[variables.title]\ntype = "text"\n'


@pytest.fixture
def templates(tmp_path: Path) -> TemplateRegistry:
    return TemplateRegistry(tmp_path / "templates", VersionArchive(tmp_path / "versions"))


def template(
    templates: TemplateRegistry,
    manifest: str,
    html: str = HTML,
    name: str = "card",
    files: Mapping[str, str] = MappingProxyType({}),
) -> Template:
    folder = templates.folder / name
    folder.mkdir(parents=True)
    for file, text in {"template.html": html, "template.toml": manifest, **files}.items():
        (folder / file).write_text(text)
    templates.load(name)
    return templates.get(name)


def plan(chosen: Template, options: Options = Options(), now: float = NOON, fmt: str = "png") -> RenderPlan:  # noqa: B008
    return make_plan(chosen, fmt, {"title": "Hi"}, options, from_query=True, limits=DEFAULT_LIMITS, clock=lambda: now)


def test_a_picture_lives_as_long_as_its_template_says(templates: TemplateRegistry) -> None:
    made = plan(template(templates, f'ttl = "10m"\n{SIZE}{TITLE}'))
    assert made.cache_control == "public, max-age=600, stale-while-revalidate=600, stale-if-error=604800"
    assert made.tags == ("template:card",)


def test_a_pinned_static_picture_never_changes(templates: TemplateRegistry) -> None:
    chosen = template(templates, SIZE + TITLE)
    assert plan(chosen, Options(version=chosen.version)).cache_control == "public, max-age=31536000, immutable"


def test_no_cache_keeps_a_picture_beyond_its_expiry(templates: TemplateRegistry) -> None:
    chosen = template(templates, f'ttl = "10m"\n{SIZE}{TITLE}')
    assert plan(chosen, Options(expires=int(NOON) + 900)).cache_control == (
        "public, max-age=600, stale-while-revalidate=300, stale-if-error=300"
    )
    assert plan(chosen, Options(expires=int(NOON) + 60)).cache_control == "public, max-age=60"
    pinned = Options(version=chosen.version, expires=int(NOON) + 60)
    assert plan(chosen, pinned).cache_control == "public, max-age=60"


def test_time_is_rounded_to_the_lifetime_and_ends_with_it(templates: TemplateRegistry) -> None:
    chosen = template(templates, f'ttl = "1m"\n{SIZE}{TITLE}', "<body>{{ title }} {{ now | time }}</body>")
    early, late, next_minute = (plan(chosen, now=1_790_000_040.0 + s) for s in (0, 59, 60))
    assert early.key == late.key != next_minute.key
    assert (early.max_age, late.max_age) == (60, 1)


def test_a_template_without_time_has_the_same_key_for_ever(templates: TemplateRegistry) -> None:
    chosen = template(templates, SIZE + TITLE)
    assert plan(chosen).key == plan(chosen, now=NOON + 1e8).key


def test_expiry_and_key_id_change_no_byte(templates: TemplateRegistry) -> None:
    chosen = template(templates, SIZE + TITLE)
    assert plan(chosen).key == plan(chosen, Options(expires=int(NOON) + 5, key_id="abcdefgh")).key


def test_live_mail_is_asked_for_at_every_opening(templates: TemplateRegistry) -> None:
    chosen = template(templates, f"email_live = true\n{SIZE}{TITLE}")
    assert plan(chosen).cache_control == "no-cache, max-age=0"


def test_live_mail_may_stay_at_a_cdn_while_it_is_right(templates: TemplateRegistry) -> None:
    live = template(templates, f"email_live = true\n{SIZE}{TITLE}")
    assert plan(live).cdn_headers["CDN-Cache-Control"] == "max-age=60"
    assert plan(live, Options(expires=plan(live).planned_at + 5)).cdn_headers["CDN-Cache-Control"] == "max-age=5"


def test_other_pictures_tell_cdns_nothing_else(templates: TemplateRegistry) -> None:
    assert plan(template(templates, SIZE + TITLE)).cdn_headers == {}


def test_what_a_template_does_not_offer_is_refused(templates: TemplateRegistry) -> None:
    chosen = template(templates, SIZE + TITLE)
    with pytest.raises(InvalidOption, match="_variant"):
        plan(chosen, Options(variant="dark"))
    with pytest.raises(InvalidOption, match="_w"):
        plan(chosen, Options(width=10))
    with pytest.raises(UnsupportedFormat):
        plan(chosen, fmt="pdf")
    with pytest.raises(ValuesError):
        make_plan(
            chosen,
            "png",
            {"titel": "Hi"},
            Options(),
            from_query=True,
            limits=DEFAULT_LIMITS,
            clock=lambda: NOON,
        )


def test_size_is_taken_where_the_template_leaves_it_open(templates: TemplateRegistry) -> None:
    chosen = template(templates, f"allow_size = true\n{SIZE}{TITLE}")
    made = plan(chosen, Options(width=300))
    assert made.job.options.width == 300
    assert made.key != plan(chosen).key


PHOTO = '[variables.title]\ntype = "image"\n'
SHOWN = '<body><img src="{{ title }}"></body>'
URL = "https://a.example/x.png"


def photo_plan(chosen: Template, options: Options = Options()) -> RenderPlan:  # noqa: B008
    values = {"title": URL}
    return make_plan(chosen, "png", values, options, from_query=True, limits=DEFAULT_LIMITS, clock=lambda: NOON)


def test_remote_images_count_in_the_key_and_bound_the_lifetime(templates: TemplateRegistry) -> None:
    chosen = template(templates, SIZE + PHOTO, SHOWN)
    pinned = photo_plan(chosen, Options(version=chosen.version))
    assert pinned.to_fetch == (URL,)
    one, other, none = (
        supplied(
            pinned, Supply({URL: Asset(data, data.hex(), "" if data else "gone")}, "fresh" if data else "fallback", 90)
        )
        for data in (b"1", b"2", b"")
    )
    assert len({one.key, other.key, none.key, pinned.key}) == 4
    assert one.job.assets[URL].data == b"1"
    assert (one.to_fetch, one.state, none.state) == ((), "fresh", "fallback")
    assert one.cache_control == "public, max-age=90, stale-while-revalidate=90, stale-if-error=604800"
    assert none.cache_control == "public, max-age=90"


def test_an_expiring_picture_with_a_remote_image(templates: TemplateRegistry) -> None:
    chosen = template(templates, SIZE + PHOTO, SHOWN)
    expiring = photo_plan(chosen, Options(expires=int(NOON) + 30))
    assert supplied(expiring, Supply({}, "fresh", 90)).cache_control == "public, max-age=30"


def test_live_mail_stays_live_without_its_image(templates: TemplateRegistry) -> None:
    chosen = template(templates, f"email_live = true\n{SIZE}{PHOTO}")
    assert supplied(photo_plan(chosen), Supply({}, "fallback", 60)).cache_control == "no-cache, max-age=0"


LIVE = '[bindings.stats]\nurl = "https://a.example/stats"\nttl = "30s"\n'


def bound(value: Value, *, digest: str = "", state: State = "fresh", seconds: int = 30, problem: str = "") -> Bound:
    digests = {"stats": digest} if digest else {}
    return Bound({"stats": value}, digests, state, seconds, {"stats": problem} if problem else {})


def test_live_data_counts_in_the_key_and_bounds_the_lifetime(templates: TemplateRegistry) -> None:
    chosen = template(templates, SIZE + TITLE + LIVE + 'stale_if_error = "1h"\n')
    waiting = plan(chosen, Options(version=chosen.version))
    assert (waiting.to_bind, waiting.key) == (True, "")
    one, same, other, typed, lookalike = (
        with_data(waiting, data)
        for data in (
            bound({"a": 1}, digest="1"),
            bound({"a": 1}, digest="1", seconds=10),
            bound({"a": 2}, digest="2"),
            bound({"a": 1}),
            bound({"digest": "1"}),
        )
    )
    assert one.key == same.key
    assert len({one.key, other.key, typed.key, lookalike.key}) == 4
    assert one.job.values == {"title": "Hi", "stats": {"a": 1}}
    assert one.cache_control == "public, max-age=30, stale-while-revalidate=30, stale-if-error=3600"
    assert same.cache_control == "public, max-age=10, stale-while-revalidate=10, stale-if-error=3600"


def test_caches_keep_no_picture_of_a_failure_beyond_its_time(templates: TemplateRegistry) -> None:
    waiting = plan(template(templates, SIZE + TITLE + LIVE))
    refreshing = with_data(waiting, bound(1, state="stale", seconds=5))
    assert refreshing.cache_control == "public, max-age=5, stale-while-revalidate=5, stale-if-error=86400"
    failing = with_data(waiting, bound(1, state="stale", problem="gone"))
    assert (failing.cache_control, failing.problems) == ("public, max-age=30", {"card/stats": "gone"})
    assert with_data(waiting, bound(1, state="fallback", seconds=60)).cache_control == "public, max-age=60"
    strict = template(templates, SIZE + TITLE + LIVE + "stale_if_error = 0\n", name="strict")
    assert with_data(plan(strict), bound(1)).cache_control == "public, max-age=30"


def test_images_leave_the_state_of_data_as_it_is(templates: TemplateRegistry) -> None:
    stale = with_data(plan(template(templates, SIZE + TITLE + LIVE)), bound(1, state="stale", problem="gone"))
    assert supplied(stale, Supply({}, "fresh", 90)).state == "stale"
    assert supplied(stale, Supply({}, "fresh", 90)).cache_control == "public, max-age=30"
    assert supplied(stale, Supply({}, "fallback", 20)).cache_control == "public, max-age=20"


def test_another_template_stands_in_with_what_it_knows(templates: TemplateRegistry) -> None:
    variants = "[variants.dark]\n[variants.{}]\n"
    chosen = template(templates, SIZE + TITLE + LIVE + variants.format("loud"))
    other = template(templates, f"allow_size = true\n{SIZE}{TITLE}" + variants.format("calm"), name="other")
    for variant, kept in (("dark", "dark"), ("loud", None)):
        waiting = plan(chosen, Options(version=chosen.version, variant=variant, expires=int(NOON) + 30, dpr=2))
        made = stand_in(waiting, other, ("card/stats", "gone"), DEFAULT_LIMITS, lambda: NOON)
        assert (made.template.name, made.job.options.variant, made.job.options.scale) == ("other", kept, 2)
        assert (made.state, made.cache_control) == ("fallback", "public, max-age=30")
        assert made.tags == ("template:card", "binding:card/stats", "template:other")
        assert made.problems == {"card/stats": "gone"}


def test_data_of_files_is_there_at_once(templates: TemplateRegistry) -> None:
    binding = '[bindings.shops]\nfile = "shops.json"\nselect = "all"\n'
    files = {"shops.json": '{"all": null}'}
    chosen = template(templates, SIZE + TITLE + binding + 'when_missing = "default"\ndefault = [1]\n', files=files)
    pinned = plan(chosen, Options(version=chosen.version))
    assert (pinned.to_bind, pinned.job.values["shops"]) == (False, [1])
    assert pinned.cache_control == "public, max-age=31536000, immutable"
