from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from server.batch.distributed.doorbell import FAILURES, Doorbell
from server.batch.distributed.messages import Ring, make_app
from tests.brokers import RedisServer, redis_program, running_redis

RING = Ring("home", "https://img.example", "digest", "fonts", ("key",))


@pytest.fixture
def empty(redis: RedisServer) -> RedisServer:
    """A Redis without a message."""
    redis.empty()
    return redis


@pytest.fixture
def doorbell(empty: RedisServer) -> Iterator[Doorbell]:
    bell = Doorbell(empty.url, lambda: RING)
    yield bell
    bell.close()


def test_messages_are_topped_up_and_never_beyond(doorbell: Doorbell, empty: RedisServer) -> None:
    assert [doorbell.ring(wanted) for wanted in (0, 3, 3, 5, 2)] == [0, 0, 3, 3, 5]
    assert empty.messages() == 5


def test_several_servers_together_ring_no_more_than_one(doorbell: Doorbell, empty: RedisServer) -> None:
    other = Doorbell(empty.url, lambda: RING)
    doorbell.ring(4)
    assert other.ring(4) == 4
    other.close()
    assert empty.messages() == 4


def test_a_message_is_json_and_names_no_work(doorbell: Doorbell, empty: RedisServer) -> None:
    doorbell.ring(1)
    with empty.client() as client:
        message = json.loads(client.lindex("signet", 0))
    assert message["content-type"] == "application/json"
    assert message["headers"]["task"] == "signet.work"
    arguments, *_ = json.loads(base64.b64decode(message["body"]))
    assert arguments == ["home", "https://img.example", "digest", "fonts", ["key"]]


def test_messages_are_there_again_after_redis_has_forgotten_them(doorbell: Doorbell, empty: RedisServer) -> None:
    doorbell.ring(4)
    empty.empty()
    assert doorbell.ring(4) == 0
    assert empty.messages() == 4


def test_a_redis_that_is_away_is_a_failure_until_it_is_back() -> None:
    if redis_program() is None:
        pytest.skip("Redis is not installed")
    with running_redis() as server:
        bell = Doorbell(server.url, lambda: RING)
        bell.ring(2)
        server.kill()
        for _ in range(3):
            with pytest.raises(FAILURES):
                bell.ring(2)
        server.start()
        assert bell.ring(2) == 0
        assert server.messages() == 2
        bell.close()


def test_a_redis_that_is_full_is_a_failure(doorbell: Doorbell, empty: RedisServer) -> None:
    with empty.client() as client:
        client.config_set("maxmemory", "1")
        try:
            with pytest.raises(FAILURES):
                doorbell.ring(3)
        finally:
            client.config_set("maxmemory", "0")
    doorbell.ring(3)
    assert empty.messages() == 3


def test_celery_is_told_all_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://elsewhere/9")
    conf = make_app("redis://127.0.0.1/0").conf
    assert conf.broker_read_url == conf.broker_write_url == "redis://127.0.0.1/0"
    assert conf.accept_content == ["json"]
    assert conf.task_acks_late
    assert not conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result
    assert not conf.worker_enable_remote_control
    assert conf.broker_connection_max_retries is None
