"""Settings: `SIGNET_…` environment variables, also from a `.env` file; read and checked once, at start.

A variable in the environment wins over the same in `.env`; a command-line option (passed to `load_settings`) over both.
An empty variable counts as not set.
"""

from __future__ import annotations

import difflib
import ipaddress
import logging
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from server.errors import ConfigurationError
from server.quantities import format_size, parse_duration, parse_size

PREFIX: Final = "SIGNET_"

_log = logging.getLogger("signet.settings")
_HOST_PATTERN: Final = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")


def _split_commas(value: object) -> object:
    return tuple(part for raw in value.split(",") if (part := raw.strip())) if isinstance(value, str) else value


def _read_size(value: object) -> object:
    return parse_size(value) if isinstance(value, str) else value


def _read_duration(value: object) -> object:
    # A bare number may have a fraction; units are whole.
    return parse_duration(value) if isinstance(value, str) and not re.fullmatch(r"\d*\.\d+", value) else value


Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split_commas)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_commas)]
Size = Annotated[int, BeforeValidator(_read_size), Field(ge=0)]
PositiveSize = Annotated[int, BeforeValidator(_read_size), Field(gt=0)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")]
Duration = Annotated[float, BeforeValidator(_read_duration), Field(gt=0, le=3600)]


class Settings(BaseSettings):
    """All settings; each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(
        Path("var"), description="Folder for keys, template versions and stored renders; made if missing."
    )
    public_url: str = Field(
        "",
        description="Address under which readers reach Signet, for example https://img.example.com. "
        "Without it, the address it listens on.",
    )
    templates_dir: Path = Field(Path("templates"), description="Folder of templates, one folder each.")
    signing_keys: Secrets = Field(
        (),
        description="Keys that sign image URLs, oldest first, separated by commas. "
        "Without it, signing-keys.json in the data folder, made on first start.",
    )
    api_keys: Secrets = Field(
        (),
        description="Keys that callers of the API present, separated by commas. "
        "Without it, api-key.txt in the data folder, made on first start.",
    )
    webhook_secrets: Secrets = Field(
        (),
        description="Secrets that sign webhooks of batches, each whsec_ and base64, oldest first, separated by commas; "
        "all of them sign. Without it, webhook-secret.txt in the data folder, made on first start.",
    )
    allowed_hosts: Names = Field(
        (),
        description="Hosts that may be fetched from although their addresses are private, separated by commas: "
        "names, *.names and addresses, each with an optional :port.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    renderers: int = Field(0, ge=0, le=512, description="Render processes; 0 is one per core.")
    queue_limit: int = Field(256, ge=1, le=100_000, description="Renders that may wait; one more is answered 503.")
    render_timeout: Duration = Field(
        10.0, description="Longest time of one render (10s); after it the process is killed."
    )
    memory_cache_bytes: Size = Field(64_000_000, description="Memory for recent renders; 0 turns it off.")
    disk_cache_bytes: Size = Field(
        2_000_000_000,
        description="Disk for stored renders in the data folder, also those of batches; "
        "0 turns it off, and batches too.",
    )
    worker_memory_limit: PositiveSize = Field(
        512_000_000, description="Memory of a render process, above which it is replaced after its render."
    )
    worker_max_renders: int = Field(
        20_000, ge=0, description="Renders after which a process is replaced; 0 keeps it for good."
    )
    max_url_length: int = Field(8000, ge=256, le=65_536, description="Longest accepted path and query, in bytes.")
    max_body_bytes: PositiveSize = Field(10_000_000, description="Largest accepted request body.")
    max_output_pixels: int = Field(
        16_000_000, gt=0, description="Most device pixels of one picture, all frames together."
    )
    max_source_pixels: int = Field(50_000_000, gt=0, description="Most pixels of an image that a picture uses.")
    max_source_bytes: PositiveSize = Field(20_000_000, description="Most bytes of an image that a picture uses.")
    fetch_timeout: Duration = Field(
        5.0, description="Longest time that a picture waits for images from other servers (5s)."
    )
    max_redirects: int = Field(3, ge=0, le=20, description="Redirects that are followed to fetch one image.")
    max_remote_images: int = Field(32, ge=0, le=1000, description="Images from other servers in one picture.")
    image_cache_bytes: Size = Field(
        500_000_000, description="Disk for images from other servers in the data folder; 0 turns it off."
    )
    max_binding_bytes: PositiveSize = Field(1_000_000, description="Most bytes of the JSON of one live binding.")
    binding_cache_bytes: Size = Field(
        100_000_000, description="Disk for live data that was fetched, in the data folder; 0 turns it off."
    )
    binding_secrets: Names = Field(
        ("*",),
        description="Environment variables that templates may send to the sources of live data, as patterns such as "
        "STATS_*, separated by commas. Never Signet's own settings.",
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        description="Database for pushed data and batches, such as postgresql+psycopg://user@host/name. "
        "Without it, SQLite in signet.db in the data folder.",
    )
    asset_bytes: Size = Field(
        1_000_000_000, description="Disk for uploaded assets in the data folder; an upload beyond it is refused."
    )
    batch_engine: Literal["embedded", "celery"] = Field(
        "embedded",
        description="Who renders batches: embedded is the server itself, celery is workers (`signet worker`) "
        "on any machine.",
    )
    celery_broker: SecretStr = Field(
        SecretStr(""),
        description="Redis that wakes the workers of the engine celery: redis://host:6379/0 or rediss://.",
    )
    batch_max_rows: int = Field(100_000, ge=1, le=9_000_000, description="Most rows of a batch.")
    batch_upload_bytes: PositiveSize = Field(1_000_000_000, description="Largest upload of a batch's rows, unpacked.")
    batch_open_jobs: int = Field(
        50, ge=0, description="Batches of one API key that may be unfinished; 0 is any number."
    )
    batch_rows_per_day: int = Field(
        2_000_000, ge=0, description="Rows that one API key may send within a day; 0 is any number."
    )
    batch_keep_days: int = Field(30, ge=1, le=36_500, description="Days after which finished batches are forgotten.")
    export_buckets: Names = Field(
        (),
        description="Buckets of S3-compatible storage that batches may export to, separated by commas. Without one "
        "there is no export. The key comes from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or "
        "from the machine's role.",
    )
    export_endpoint: str = Field(
        "", description="Address of the storage, such as https://minio.internal:9000. Without it, Amazon S3."
    )
    export_region: Identifier = Field("", description="Region of the buckets. Without it, AWS_REGION or us-east-1.")
    edge_url: str = Field(
        "",
        description="Address of the edge through which batches with warm_edge fetch their pictures. "
        "Without it, the public URL.",
    )
    edge_cache_dir: Path | None = Field(
        None,
        description="Folder of nginx's cache on this machine, to purge it. Without it, edge/cache in the data folder.",
    )
    cloudflare_zone: Identifier = Field("", description="Cloudflare zone to purge: the zone's id.")
    cloudflare_token: SecretStr = Field(SecretStr(""), description="API token with the permission Cache Purge.")
    fastly_service: Identifier = Field("", description="Fastly service to purge: the service's id.")
    fastly_token: SecretStr = Field(SecretStr(""), description="API token with the scope purge_select.")
    fastly_soft_purge: bool = Field(
        False, description="Let Fastly show purged pictures once more while it fetches the new ones."
    )
    cloudfront_distribution: Identifier = Field(
        "",
        description="CloudFront distribution to purge: its id. The key comes from AWS_ACCESS_KEY_ID, "
        "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.",
    )
    cloudfront_tags: bool = Field(
        False, description="The distribution has a CacheTagConfig with the header Cache-Tag: purge by tag."
    )
    bunny_key: SecretStr = Field(SecretStr(""), description="bunny.net API key, to purge its pull zones.")
    development: bool = Field(
        False,
        description="Show signed URLs in the gallery to callers from this machine without an API key. "
        "Never set it behind a proxy on the same machine.",
    )
    reload: bool = Field(
        False,
        description="Start again when Signet's own source files change. Templates are read again in any case.",
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of log lines: text or json.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged: debug, info, warning or error."
    )

    @property
    def base_url(self) -> str:
        """What absolute URLs start with, without a slash at the end."""
        if self.public_url:
            return self.public_url
        return f"http://{self.address}"

    @property
    def address(self) -> str:
        """Host and port by which the server can be reached from this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - read, not listened on
        return f"{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def batch_keep_seconds(self) -> float:
        """How long finished batches are kept."""
        return self.batch_keep_days * 86_400.0

    @property
    def edge_cache(self) -> Path:
        """Where nginx's cache is to be found, if it is on this machine."""
        return self.edge_cache_dir or self.data_dir / "edge" / "cache"

    @property
    def render_processes(self) -> int:
        """Number of render processes: the setting, or the cores this process may use."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()  # macOS lacks it
        return self.renderers or cores or 1

    @field_validator("public_url", "edge_url", "export_endpoint")
    @classmethod
    def _public_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.query
            or parts.fragment
            or parts.username
        ):
            raise ValueError("must be http(s)://host, with a port and path if need be, and nothing else")
        return value.rstrip("/")

    @field_validator("allowed_hosts")
    @classmethod
    def _allowed_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_host(entry.lower()) for entry in value)

    @field_validator("log_format", "log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


class SettingRow(NamedTuple):
    """A setting as documentation shows it."""

    variable: str
    default: str
    help: str


def load_settings(env_file: Path | None = Path(".env"), **overrides: object) -> Settings:
    """Read and check all settings; `overrides` (by field name) win over environment and file, None overrides nothing.

    Variables that look like misspelled settings are logged as warnings.

    Raises:
        ConfigurationError: one line for each variable that can't be used.
    """
    make: Callable[..., Settings] = Settings
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = make(_env_file=env_file, **given)
        in_file = dotenv_values(env_file) if env_file is not None else {}
    except ValidationError as error:
        lines = [_explain(details) for details in error.errors(include_url=False, include_context=False)]
        raise ConfigurationError("\n".join(lines)) from None  # the original may quote secrets
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{env_file} cannot be read: {error}") from error
    for warning in misspelled({**in_file, **os.environ}):
        _log.warning(warning)
    return settings


def misspelled(environment: Mapping[str, str | None]) -> list[str]:
    """A sentence for every variable that is no setting but nearly has the name of one."""
    known = {variable.variable for variable in describe()}
    return [
        f"{name} is no setting and is ignored; did you mean {close[0]}?"
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known
        if (close := difflib.get_close_matches(name, known, n=1, cutoff=0.85))
    ]


def describe() -> list[SettingRow]:
    """Every setting: its variable, its default as one would write it, its help text; in order of declaration."""
    rows = []
    for name, field in Settings.model_fields.items():
        is_size = name.endswith("_bytes") or name == "worker_memory_limit"
        default: object = field.get_default()
        if default is None or isinstance(default, SecretStr):
            default = ""
        elif isinstance(default, tuple):
            default = ",".join(default)
        text = format_size(default) if is_size and isinstance(default, int) else str(default).removesuffix(".0")
        rows.append(
            SettingRow(variable_of(name), text.lower() if isinstance(default, bool) else text, field.description or "")
        )
    return rows


def variable_of(field: str) -> str:
    """The environment variable of a field of Settings."""
    return PREFIX + field.upper()


def _host(entry: str) -> str:
    name, colon, port = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
    if "/" in entry or not (_HOST_PATTERN.fullmatch(name) or _is_ipv6(name)):
        raise ValueError(f"{entry!r} is no host name; write app.internal, *.internal or 10.0.0.5:9000, without http://")
    if colon and not (port.isdecimal() and 0 < int(port) <= 65_535):
        raise ValueError(f"{entry!r} has an impossible port")
    return entry


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _secret_fields() -> set[str]:
    fields = Settings.model_fields.items()
    lists = ("signing_keys", "api_keys", "webhook_secrets")
    return {name for name, field in fields if field.annotation is SecretStr or name in lists}


def _explain(details: ErrorDetails) -> str:
    field = str(details["loc"][0])
    message = details["msg"].removeprefix("Value error, ")
    got = "" if field in _secret_fields() else f" (it is {details['input']!r})"
    return f"{variable_of(field)}: {message}{got}. {Settings.model_fields[field].description}"
