from __future__ import annotations

import pytest

from server.batch.distributed.broker import checked_broker, without_password
from server.errors import ConfigurationError
from server.settings import Settings, load_settings

DATABASE = "postgresql+psycopg://signet:hidden@127.0.0.1/signet"


def settings(**changed: object) -> Settings:
    usual = {"batch_engine": "celery", "database_url": DATABASE, "celery_broker": "redis://127.0.0.1:6379/0"}
    return load_settings(env_file=None, **(usual | changed))


@pytest.mark.parametrize(
    "url",
    ["redis://127.0.0.1", "redis://:hidden@redis:6380/3", "rediss://user:hidden@redis.internal/0?ssl_cert_reqs=none"],
)
def test_a_redis_is_a_broker(url: str) -> None:
    assert checked_broker(settings(celery_broker=url)) == url


@pytest.mark.parametrize(
    "url",
    [
        "amqp://u:hidden@host",
        "redis:",
        "redis+socket:///run/redis",
        "127.0.0.1:6379",
        "redis://hidden@h:x/0",
        "redis://h/hidden",
    ],
)
def test_anything_else_is_not(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^SIGNET_CELERY_BROKER: ") as caught:
        checked_broker(settings(celery_broker=url))
    assert "hidden" not in caught.value.message


def test_there_must_be_one() -> None:
    with pytest.raises(ConfigurationError, match="set SIGNET_CELERY_BROKER"):
        checked_broker(settings(celery_broker=""))


@pytest.mark.parametrize("url", ["", "sqlite:////tmp/signet.db"])
def test_sqlite_is_not_for_several_machines(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"SQLite.* SIGNET_DATABASE_URL to postgresql"):
        checked_broker(settings(database_url=url))


def test_a_worker_is_of_no_use_to_a_server_that_works_itself() -> None:
    with pytest.raises(
        ConfigurationError, match="SIGNET_BATCH_ENGINE=celery, SIGNET_DATABASE_URL and SIGNET_CELERY_BROKER"
    ):
        checked_broker(settings(batch_engine="embedded"))


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "server.batch.distributed.broker.find_spec", lambda name: None if name == "celery" else object()
    )
    with pytest.raises(ConfigurationError, match=r"needs celery: pip install 'signet-images\[distributed\]'"):
        checked_broker(settings())


def test_logs_get_no_password() -> None:
    assert without_password("rediss://user:hidden@redis:6380/3?password=hidden") == "rediss://redis:6380/3"
