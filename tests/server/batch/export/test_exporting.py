"""Exports to a real S3 of moto, and to storages that refuse, fail and hang."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from server.batch.export import Exporter, ExportFailed, Exports, export_manifest, export_rows
from server.batch.export.destinations import Patience
from server.batch.options import ExportBody
from server.batch.records import RowRecord
from server.batch.results import Get, collect_names
from server.errors import ConfigurationError, InvalidValues
from server.settings import Settings
from server.store import StoredRender
from tests.server.batch.export.storages import BUCKET, FORBIDDEN, S3, ScriptedStorage
from tests.server.batch.results import samples
from tests.server.batch.results.samples import CREATED, failed, job, row

pytestmark = pytest.mark.anyio

HURRY = Patience(connect=2, request=2, picture=4, retries=2, first_pause=0.01, longest_pause=0.02)


def exports(url: str, patience: Patience = HURRY) -> Exports:
    return Exports(Settings(export_buckets=(BUCKET, "no-such-bucket"), export_endpoint=url), patience)


def exporter(url: str, prefix: str = "", bucket: str = BUCKET, patience: Patience = HURRY) -> Exporter:
    return exports(url, patience).exporter(ExportBody(bucket=bucket, prefix=prefix))


def store_without(*etags: str) -> Get:
    async def get(key: str) -> StoredRender | None:
        return None if key in etags else StoredRender(f"bytes of {key}".encode(), "image/png")

    return get


async def exported(
    to: Exporter, rows: Sequence[RowRecord], get: Get | None = None, **options: object
) -> dict[str, int]:
    """Export rows; what was counted."""
    of = job(len(rows), **options)
    names = await collect_names(of, samples.given(rows))
    done = await export_rows(to, rows, of, names, get or store_without())
    return {"exported": done.exported, "missing": done.missing}


async def test_an_object_with_its_headers(s3: S3) -> None:
    to = exporter(s3.url, "launch/")
    key = await to.put("a b/Käse.png", b"x", "image/png", cache_control="no-cache", metadata={"signet-etag": "e"})
    assert key == "launch/a b/Käse.png"
    found = s3.client.get_object(Bucket=BUCKET, Key=key)
    assert found["Body"].read() == b"x"
    assert (found["ContentType"], found["CacheControl"]) == ("image/png", "no-cache")
    assert found["Metadata"] == {"signet-etag": "e"}


@pytest.mark.parametrize("name", ["#?%41&+=~[x]{y}^`'!,;@$().png", "😀 नमस्ते.png", "a..b/_.png"])
async def test_names_that_urls_would_write_in_another_way(s3: S3, name: str) -> None:
    await exporter(s3.url).put(name, b"x", "image/png")
    assert s3.keys() == [name]


async def test_pictures_of_rows_under_their_names(s3: S3) -> None:
    rows = [row(0, {"sku": "a"}), failed(1, {"sku": "b"}), row(2, {"sku": "a"}), row(3, {"sku": "c"})]
    of = job(4, names="{sku}.png")
    names = await collect_names(of, samples.given(rows))
    done = await export_rows(exporter(s3.url, "p/"), rows, of, names, store_without(rows[3].outputs[0].etag))
    assert s3.keys() == ["p/a-0.png", "p/a-2.png"]
    assert s3.read("p/a-2.png") == f"bytes of {rows[2].outputs[0].etag}".encode()
    assert (done.exported, done.missing) == (2, 1)
    assert {number: [output.file for output in outputs] for number, outputs in done.outputs.items()} == {
        0: ["p/a-0.png"],
        2: ["p/a-2.png"],
    }
    head = s3.client.head_object(Bucket=BUCKET, Key="p/a-0.png")
    assert head["CacheControl"] == "public, max-age=3600"
    assert head["Metadata"] == {"signet-batch": of.id, "signet-etag": rows[0].outputs[0].etag}


async def test_pictures_named_by_their_content_stay_for_good(s3: S3) -> None:
    assert await exported(exporter(s3.url), [row(0)], names="{etag}.png") == {"exported": 1, "missing": 0}
    (key,) = s3.keys()
    assert s3.client.head_object(Bucket=BUCKET, Key=key)["CacheControl"] == "public, max-age=31536000, immutable"


async def test_an_export_that_was_cut_off_goes_on_where_it_was(s3: S3) -> None:
    rows = [row(number, {}, ("png", "light"), ("png", "dark")) for number in range(3)]
    options = {"variants": ["light", "dark"]}
    light, dark = rows[1].outputs
    rows[1] = replace(rows[1], outputs=(replace(light, file="1_light.png"), dark))
    of = job(3, **options)
    names = await collect_names(of, samples.given(rows))
    done = await export_rows(exporter(s3.url), [rows[1]], of, names, store_without())
    assert s3.keys() == ["1_dark.png"]
    assert [output.file for output in done.outputs[1]] == ["1_light.png", "1_dark.png"]
    again = [replace(rows[1], outputs=tuple(done.outputs[1]))]
    nothing = await export_rows(exporter(s3.url), again, of, names, store_without())
    assert (nothing.outputs, nothing.exported, nothing.missing) == ({}, 0, 0)


async def test_few_pictures_are_in_memory_at_once(s3: S3) -> None:
    now, most = 0, 0

    async def get(key: str) -> StoredRender:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1
        return StoredRender(b"x", "image/png")

    assert await exported(exporter(s3.url), [row(number) for number in range(30)], get) == {
        "exported": 30,
        "missing": 0,
    }
    assert len(s3.keys()) == 30
    assert most <= 8


async def test_the_manifest_of_an_export(s3: S3) -> None:
    first = row(0, {"Title": "Käse", "_id": "x", "n": 1.5}, custom_id="x")
    output = replace(first.outputs[0], file="p/x.png", rendered_at=CREATED)
    rows = [replace(first, outputs=(output,)), failed(1, {}), row(2)]
    of = job(3, columns={"Title": "title"}, variables={"brand": "B"}, metadata={"season": "autumn"})
    counts = await export_manifest(exporter(s3.url, "p/"), of, samples.given(rows), CREATED + 60)
    assert (counts.pictures, counts.bytes, counts.missing) == (1, 5, 1)
    (line,) = [json.loads(each) for each in s3.read("p/manifest.ndjson").splitlines()]
    known = {"url": output.url, "etag": output.etag, "template": "card", "version": "v1"}
    known |= {"name": "p/x.png", "index": 0, "custom_id": "x", "format": "png", "variant": None}
    known |= {"bytes": 5, "width": 1200, "height": 630, "rendered_at": "2026-11-18T11:06:41.500Z"}
    assert line == known | {"variables": {"brand": "B", "title": "Käse", "n": 1.5}}
    summary = json.loads(s3.read("p/manifest.json"))
    assert summary["manifest"] == "p/manifest.ndjson"
    assert (summary["pictures"], summary["missing"], summary["rows"]["total"]) == (1, 1, 3)
    assert summary["exported_at"] == "2026-11-18T11:07:41.500Z"
    assert summary["metadata"] == {"season": "autumn"}


async def test_a_manifest_of_nothing(s3: S3) -> None:
    counts = await export_manifest(exporter(s3.url), job(0), samples.given([]), CREATED)
    assert counts.pictures == 0
    assert s3.read("manifest.ndjson") == b""


async def test_a_manifest_of_several_parts(s3: S3) -> None:
    async def lines() -> AsyncIterator[bytes]:
        for number in range(120):
            yield f"{number:99999}\n".encode()

    await exporter(s3.url).write_manifest(lines())
    assert s3.read("manifest.ndjson") == b"".join([line async for line in lines()])


async def test_a_manifest_whose_rows_fail_leaves_nothing(s3: S3) -> None:
    async def lines() -> AsyncIterator[bytes]:
        for _ in range(120):
            yield b"x" * 100_000
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="the database went away"):
        await exporter(s3.url).write_manifest(lines())
    assert s3.keys() == []
    assert s3.unfinished() == []


async def test_a_bucket_that_does_not_exist(s3: S3) -> None:
    to = exporter(s3.url, bucket="no-such-bucket")
    for attempt in (to.put("a", b"x", "image/png"), to.write_manifest(samples_of_bytes())):
        with pytest.raises(ExportFailed, match=r"^The bucket no-such-bucket does not exist\.$") as raised:
            await attempt
        assert not raised.value.retryable


async def samples_of_bytes() -> AsyncIterator[bytes]:
    yield b"x"


async def test_a_storage_that_refuses_is_not_asked_again_and_tells_no_secrets() -> None:
    storage = ScriptedStorage(403, body=FORBIDDEN)
    with storage.running() as url:
        with pytest.raises(ExportFailed, match="does not let this server write to the bucket") as raised:
            await exported(exporter(url), [row(0)])
        assert len(storage.asked) == 1
    error = raised.value
    assert not error.retryable
    assert error.status == 502
    assert "code AccessDenied" in error.log_message
    for secret in ("AKIDTESTS", "secret-of-the-tests", url, "127.0.0.1"):
        assert secret not in error.message + error.log_message
    assert error.__cause__ is None


async def test_one_refusal_ends_the_export_of_its_rows() -> None:
    storage = ScriptedStorage(403, body=FORBIDDEN)
    with storage.running() as url, pytest.raises(ExportFailed):
        await exported(exporter(url), [row(number) for number in range(50)])
    assert len(storage.asked) <= 16


async def test_a_storage_that_fails_for_a_moment_is_asked_again() -> None:
    storage = ScriptedStorage(503, 500, 200)
    with storage.running() as url:
        assert await exported(exporter(url), [row(0)]) == {"exported": 1, "missing": 0}
    assert len(storage.asked) == 3


@pytest.mark.parametrize(("status", "retryable"), [(500, True), (503, True), (429, True), (400, False), (301, False)])
async def test_a_storage_that_always_answers_so(status: int, retryable: bool) -> None:
    storage = ScriptedStorage(status)
    with storage.running() as url, pytest.raises(ExportFailed) as raised:
        await exporter(url).put("a", b"x", "image/png")
    assert raised.value.retryable is retryable
    assert len(storage.asked) <= 3


async def test_a_storage_that_never_answers() -> None:
    gate = threading.Event()
    patience = replace(HURRY, picture=0.3)
    with ScriptedStorage(200, gate=gate).running() as url:
        with pytest.raises(ExportFailed, match=r"takes too long\.$") as raised:
            await exporter(url, patience=patience).put("a", b"x", "image/png")
        assert raised.value.retryable
        slow = replace(HURRY, request=0.2, retries=1)
        with pytest.raises(ExportFailed, match="cannot be reached, or it fails") as raised:
            await exporter(url, patience=slow).put("a", b"x", "image/png")
        assert raised.value.retryable


async def test_a_storage_that_is_not_there() -> None:
    with ScriptedStorage(200).running() as url:
        pass
    with pytest.raises(ExportFailed, match="cannot be reached") as raised:
        await exporter(url).put("a", b"x", "image/png")
    assert raised.value.retryable


@pytest.mark.parametrize(
    ("bucket", "prefix", "message"),
    [
        ("launch-picture", "", r"export.bucket: launch-picture is none .* Did you mean launch-pictures\?"),
        ("zzz", "", "There are: launch-pictures, no-such-bucket"),
        (BUCKET, "/launch", "begins with a slash"),
        (BUCKET, "a//b", "an empty folder"),
        (BUCKET, "a/../b", r"called . or \.\."),
        (BUCKET, "..", r"called . or \.\."),
        (BUCKET, "a\\b", "a backslash"),
        (BUCKET, "a\nb", "control character"),
        (BUCKET, "ä" * 300, "longer than 500 bytes"),
    ],
)
async def test_destinations_that_are_refused(bucket: str, prefix: str, message: str) -> None:
    with pytest.raises(InvalidValues, match=message):
        exports("http://127.0.0.1:1").check(ExportBody(bucket=bucket, prefix=prefix))


@pytest.mark.parametrize("prefix", ["", "launch/", "launch/2026-", "Käse und Wein/.x/"])
async def test_destinations(prefix: str) -> None:
    exports("http://127.0.0.1:1").check(ExportBody(bucket=BUCKET, prefix=prefix))


async def test_without_buckets_there_is_no_export() -> None:
    with pytest.raises(InvalidValues, match="is not set up on this server: SIGNET_EXPORT_BUCKETS names no bucket"):
        Exports(Settings()).check(ExportBody(bucket=BUCKET))


async def test_buckets_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.batch.export.destinations.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'signet-images\[export\]'"):
        Exports(Settings(export_buckets=(BUCKET,)))
    Exports(Settings())
