"""What a worker does when it is told of work; a database of its own does for that."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pydantic import SecretStr

from renderer import DEFAULT_LIMITS
from server.batch.distributed.messages import Ring, digest_of
from server.batch.distributed.room import WorkRoom
from server.batch.embedded import home_of
from server.canary import rendering_digest
from server.errors import ConfigurationError
from server.registry import TemplateRegistry
from server.settings import Settings, load_settings
from server.signing import key_id
from server.versions import VersionArchive
from tests.server.live_server import write_template

KEY = "a-signing-key-of-the-tests"
ADDRESS = "https://img.example"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    write_template(folder / "card", "<body>Old</body>")
    return folder


@pytest.fixture
def settings(tmp_path: Path, templates: Path) -> Settings:
    return load_settings(
        env_file=None,
        data_dir=tmp_path,
        templates_dir=templates,
        renderers=1,
        public_url=ADDRESS,
        signing_keys=("an-older-signing-key", KEY),
    )


@pytest.fixture
def room(settings: Settings) -> Iterator[WorkRoom]:
    opened = WorkRoom(settings)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def ring(tmp_path: Path, templates: Path) -> Ring:
    return Ring(home_of(tmp_path / "batches"), ADDRESS, digest(templates), rendering_digest(), (key_id(KEY), "another"))


def digest(templates: Path) -> str:
    """What a server with these templates says of them."""
    with TemporaryDirectory() as data:
        registry = TemplateRegistry(templates, VersionArchive(Path(data)), DEFAULT_LIMITS)
        registry.load_all()
        return digest_of(registry)


def test_without_work_there_is_nothing_to_do(room: WorkRoom, ring: Ring, caplog: pytest.LogCaptureFixture) -> None:
    assert room.work(ring) == 0
    assert caplog.text == ""


def test_a_room_that_ends_begins_nothing(room: WorkRoom, ring: Ring) -> None:
    room.finish()
    assert room.work(ring) == 0


def test_pictures_that_the_server_would_refuse_are_not_made(
    room: WorkRoom, ring: Ring, caplog: pytest.LogCaptureFixture
) -> None:
    assert room.work(replace(ring, keys=("another",))) == 0
    assert f"takes no work: this worker signs with the key {key_id(KEY)}" in caplog.text
    assert KEY not in caplog.text


def test_urls_that_lead_elsewhere_are_not_made(room: WorkRoom, ring: Ring, caplog: pytest.LogCaptureFixture) -> None:
    assert room.work(replace(ring, base_url="https://other.example")) == 0
    assert "give both the same SIGNET_PUBLIC_URL" in caplog.text


def test_a_data_folder_of_ones_own_is_worth_a_warning(
    room: WorkRoom, ring: Ring, caplog: pytest.LogCaptureFixture
) -> None:
    assert room.work(replace(ring, home="elsewhere")) == 0
    assert "is not the server's" in caplog.text


def test_other_fonts_make_pictures_that_nobody_finds(
    room: WorkRoom, ring: Ring, caplog: pytest.LogCaptureFixture
) -> None:
    assert room.work(replace(ring, rendering="other")) == 0
    assert "takes no work: this machine has another version of Signet" in caplog.text


def test_other_templates_make_other_pictures(
    room: WorkRoom, ring: Ring, caplog: pytest.LogCaptureFixture, templates: Path
) -> None:
    write_template(templates / "new", "<body>New</body>")
    assert room.work(replace(ring, templates="other")) == 0
    assert f"takes no work: the templates in {templates}" in caplog.text


def test_templates_that_have_changed_are_read_again(
    room: WorkRoom, ring: Ring, caplog: pytest.LogCaptureFixture, templates: Path
) -> None:
    write_template(templates / "card", "<body>Newer</body>")
    assert room.work(replace(ring, templates=digest(templates))) == 0
    assert "takes no work" not in caplog.text


def test_what_keeps_a_room_from_opening_is_said_at_once(settings: Settings) -> None:
    room = WorkRoom(settings.model_copy(update={"database_url": SecretStr("sqlite:////nowhere/at/all.db")}))
    with pytest.raises(ConfigurationError, match="nowhere"):
        room.open()


def test_a_database_that_is_away_ends_the_attempt(
    settings: Settings, ring: Ring, caplog: pytest.LogCaptureFixture
) -> None:
    room = WorkRoom(settings)
    room.open()
    with closing(sqlite3.connect(settings.data_dir / "signet.db")) as database:
        database.execute("ALTER TABLE batches RENAME TO elsewhere")
    assert room.work(ring) == 0
    assert "no work can be taken" in caplog.text
    room.close()
