"""The HTTP request that fetches a binding's data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from renderer.expressions import Environment, Value
from renderer.template.bindings.body import BindingBody
from renderer.template.bindings.headers import BindingHeader, HeaderValue
from renderer.template.bindings.url import BindingUrl
from renderer.template.model import Method

_JSON = HeaderValue(("application/json",))


@dataclass(frozen=True, slots=True)
class ResolvedRequest:
    """A request with its values filled in, all but the secrets. Texts of headers are latin-1."""

    method: Method
    url: str
    headers: Mapping[str, HeaderValue]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """The compiled request of a url binding."""

    method: Method
    url: BindingUrl
    headers: Mapping[str, BindingHeader]
    body: BindingBody | None

    def render(self, values: Mapping[str, Value], environment: Environment) -> ResolvedRequest:
        """The request for typed variables and the data of the bindings it comes after.

        No value can change its host, the depth of its path, its headers' number or the structure of its JSON. Raises
        ValuesError for a value that cannot stand in its place, ExpressionError, LimitError.
        """
        headers = {name: header.render(values, environment) for name, header in self.headers.items()}
        if self.body is not None and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = _JSON
        return ResolvedRequest(
            self.method,
            self.url.render(values, environment),
            MappingProxyType(headers),
            None if self.body is None else self.body.render(values, environment),
        )
