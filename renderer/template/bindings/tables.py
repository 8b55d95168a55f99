"""The tables [bindings.NAME] of a manifest → `Binding`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from renderer.errors import LimitError, TemplateSyntaxError, ValuesError
from renderer.expressions import Value, from_json
from renderer.template.bindings.data import coerce_data, select_data
from renderer.template.bindings.secrets import secret_name
from renderer.template.model import Binding, Variable
from renderer.template.toml_table import Table
from renderer.template.variables import FORM_KEYS, Surroundings, inapplicable_keys, read_form, unfit

_LONGEST_TIMEOUT = 30  # seconds
_SELECT_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d{1,6})\]", re.ASCII)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OWN_HEADERS = frozenset(  # RFC 9110, 7.6.1 and 7.2, and what the sender negotiates itself
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"),
        *("transfer-encoding", "upgrade", "host", "content-length", "accept-encoding", "expect", "range"),
        *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"),
    }
)
_SOURCES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("method", "body", "headers", "timeout", "stale_if_error", "min_ttl"), ("url",)),
    **dict.fromkeys(("key", "webhook_secret", "webhook"), ("push",)),
    **dict.fromkeys(("ttl", "after"), ("url", "push")),
}
_DEFAULTS = Binding("")


def read_binding(name: str, table: Table, around: Surroundings) -> Binding:
    """One binding's table. Raises ManifestError for unknown keys, keys of another source and impossible values."""
    binding = _with_source(Binding(name), table, around)
    for key, sources in _SOURCES.items():
        if key in table and binding.source not in sources:
            raise table.error(key, f"goes with {' and '.join(sources)}, not with {binding.source}.")
    binding = _with_request(binding, table)
    binding = _with_durations(binding, table)
    binding = replace(
        binding,
        key=_filled(table, "key"),
        webhook_secret=_secret(table, "webhook_secret"),
        webhook=table.choice("webhook", ("replace", "merge")) or "replace",  # type: ignore[arg-type]
        after=tuple(dict.fromkeys(table.texts("after"))),
        select=_select(table),
        schema=_schema(name, table, around),
        when_missing=table.choice("when_missing", ("error", "default", "hide")) or "error",  # type: ignore[arg-type]
        has_default="default" in table,
        description=table.text("description") or "",
    )
    default, example = (_own_data(binding, table, key, around) for key in ("default", "example"))
    if binding.when_missing == "default" and not binding.has_default:
        raise table.error("when_missing", '"default" needs a default = … beside it.')
    table.finish(_inapplicable(binding.schema))
    data = _file_data(binding, table, around)
    return replace(binding, default=default, example=example, data=data)


def _inapplicable(schema: Variable | None) -> Mapping[str, str]:
    if schema is None:
        return dict.fromkeys(FORM_KEYS, 'needs a type beside it, as in type = "list".')
    return inapplicable_keys(schema.type)


def _with_source(binding: Binding, table: Table, around: Surroundings) -> Binding:
    url, file, push = table.text("url"), table.file("file", around.files), table.boolean("push")
    if (url is not None) + (file is not None) + push != 1:
        raise table.error(None, 'needs exactly one source: url = "https://…", file = "data.json" or push = true.')
    if url is not None and not re.match(r"https?://", url):
        raise table.error("url", "must start with https:// or http://.")
    return replace(binding, url=url, file=file, push=push)


def _with_request(binding: Binding, table: Table) -> Binding:
    method, body = table.choice("method", ("GET", "POST")) or "GET", _filled(table, "body")
    if body is not None and method != "POST":
        raise table.error("body", 'goes with method = "POST"; add it.')
    return replace(binding, method=method, body=body, headers=_headers(table))  # type: ignore[arg-type]


def _with_durations(binding: Binding, table: Table) -> Binding:
    timeout = table.seconds("timeout")
    if timeout is not None and not 0 < timeout <= _LONGEST_TIMEOUT:
        raise table.error("timeout", f"must be more than 0 and at most {_LONGEST_TIMEOUT} seconds.")
    ttl, least, stale = (table.whole_seconds(key) for key in ("ttl", "min_ttl", "stale_if_error"))
    ttl = _DEFAULTS.ttl if ttl is None else ttl
    if least is not None and least > ttl:
        raise table.error("min_ttl", f"{least} seconds are more than the ttl, {ttl}.")
    return replace(
        binding,
        timeout=_DEFAULTS.timeout if timeout is None else timeout,
        stale_if_error=_DEFAULTS.stale_if_error if stale is None else stale,
        ttl=ttl,
        min_ttl=min(_DEFAULTS.min_ttl, ttl) if least is None else least,
    )


def _filled(table: Table, key: str) -> str | None:
    text = table.text(key)
    if text is not None and not text.strip():
        raise table.error(key, "must not be empty; leave the key out instead.")
    return text


def _secret(table: Table, key: str) -> str | None:
    written = table.text(key)
    if written is not None:
        try:
            secret_name(written)
        except TemplateSyntaxError as error:
            raise table.error(key, error.message) from None
    return written


def _schema(name: str, table: Table, around: Surroundings) -> Variable | None:
    if "type" not in table:
        table.raw("type")
        return None
    return read_form(name, table, around)


def _own_data(binding: Binding, table: Table, key: str, around: Surroundings) -> Value:
    raw = table.raw(key)
    return None if raw is None else _typed(table, key, lambda: coerce_data(binding, raw, around.time_zone))


def _file_data(binding: Binding, table: Table, around: Surroundings) -> Value:
    """The data of a file, which is known as soon as the template is."""
    file = binding.file
    if file is None:
        return None
    try:
        text = around.files[file].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise table.error("file", f"{file} is not UTF-8.") from None
    return _typed(
        table, "file", lambda: coerce_data(binding, select_data(binding, from_json(text, file)), around.time_zone)
    )


def _typed(table: Table, key: str, read: Callable[[], Value]) -> Value:
    try:
        return read()
    except ValuesError as error:
        raise unfit(table, key, error) from None
    except LimitError as error:
        raise table.error(key, error.message) from None


def _headers(binding: Table) -> Mapping[str, str]:
    table = binding.table("headers")
    result: dict[str, str] = {}
    for name in table.data if table is not None else ():
        value = table.text(name) if table is not None else None
        if not _HEADER_NAME.fullmatch(name) or value is None:
            raise binding.error("headers", f"{name[:40]!r} is no HTTP header with a text as its value.")
        if name.lower() in _OWN_HEADERS:
            raise binding.error("headers", f"{name} is set by the server itself; leave it out.")
        if name.lower() in (other.lower() for other in result):
            raise binding.error("headers", f"{name} is there twice.")
        result[name] = value
    return MappingProxyType(result)


def _select(table: Table) -> tuple[str | int, ...]:
    """`data.items[0].price` as steps."""
    written = table.text("select") or ""
    path = written if not written or written.startswith("[") else "." + written
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        match = _SELECT_STEP.match(path, at)
        if match is None:
            raise table.error("select", f"expected a path such as data.items[0].price, got {written[:60]!r}.")
        steps.append(match[1] if match[1] is not None else int(match[2]))
        at = match.end()
    return tuple(steps)
