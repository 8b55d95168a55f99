"""A push from its arrival to the caches: find the binding, check the data, keep it, forget the old pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from difflib import get_close_matches

from renderer import coerce_data, select_data
from renderer.errors import RendererError, ValueProblem, ValuesError
from renderer.expressions import Value
from renderer.template.model import Binding
from server.errors import InvalidValues, from_renderer
from server.purging import Purger
from server.pushed.errors import UnknownBinding
from server.pushed.records import ALWAYS, LONGEST_KEY, Change, Condition, Place, PushedData, PushedRecord, is_key
from server.registry import Template, TemplateRegistry
from server.validators import binding_tag

Listener = Callable[[str, str], Awaitable[None]]


class Pushing:
    """What callers of the API and webhooks do to pushed data. One per server."""

    def __init__(self, registry: TemplateRegistry, data: PushedData, purger: Purger, listen: Listener) -> None:
        """`listen` is told of the template and binding of each change."""
        self._listen = listen
        self._registry = registry
        self._data = data
        self._purger = purger

    def binding(self, template: str, name: str) -> tuple[Template, Binding]:
        """A binding that takes pushed data. Raises UnknownTemplate, UnknownBinding."""
        found = self._registry.get(template)
        bindings = found.compiled.manifest.bindings
        binding = bindings.get(name)
        if binding is None:
            close = get_close_matches(name, bindings, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise UnknownBinding(f"The template {template} has no binding {name[:80]}.{hint}")
        if not binding.push:
            raise UnknownBinding(
                f"The binding {template}/{name} takes no pushed data: its source is a {binding.source}."
            )
        return found, binding

    def place(self, template: str, name: str, key: str) -> Place:
        """Where data of a key belongs. Raises UnknownTemplate, UnknownBinding, InvalidValues."""
        _, binding = self.binding(template, name)
        if binding.key is None and key:
            raise InvalidValues([ValueProblem("key", "does not apply: this binding has one record for all")])
        if binding.key is not None and not key:
            raise InvalidValues([ValueProblem("key", "is required", "which of the records is pushed, as in ?key=42")])
        if not is_key(key):
            raise InvalidValues([ValueProblem("key", "can't be one", f"at most {LONGEST_KEY} characters, not U+0000")])
        return Place(template, name, key)

    async def get(self, place: Place) -> PushedRecord:
        """What was pushed last. Raises UnknownBinding if nothing was, DatabaseUnavailable."""
        record = await self._data.read(place.template, place.binding, place.key)
        if record is None:
            raise UnknownBinding("Nothing was pushed here yet.")
        return record

    async def replace(self, place: Place, value: Value, condition: Condition = ALWAYS, message: str = "") -> Change:
        """Put data in the place of what is there.

        Raises:
            InvalidValues, BodyTooLarge, PushConflict, DatabaseUnavailable.
        """
        self._checker(place)(value)
        return await self._told(place, await self._data.replace(place, value, condition, message))

    async def merge(self, place: Place, patch: Value, condition: Condition = ALWAYS, message: str = "") -> Change:
        """Merge data into what is there (RFC 7396).

        Raises:
            InvalidValues, BodyTooLarge, PushConflict, DatabaseUnavailable.
        """
        return await self._told(place, await self._data.merge(place, patch, self._checker(place), condition, message))

    async def delete(self, place: Place, condition: Condition = ALWAYS) -> bool:
        """Forget the data; whether there was any. Raises PushConflict, DatabaseUnavailable."""
        found = await self._data.delete(place, condition)
        if found:
            await self._forget(place)
        return found

    def _checker(self, place: Place) -> Callable[[Value], None]:
        """What refuses data that the manifest of today can't use."""
        template, binding = self.binding(place.template, place.binding)
        time_zone = template.compiled.manifest.time_zone

        def check(value: Value) -> None:
            try:
                coerce_data(binding, select_data(binding, value), time_zone)
            except ValuesError as error:
                raise InvalidValues(error.problems) from None
            except RendererError as error:
                raise from_renderer(error) from None

        return check

    async def _told(self, place: Place, change: Change) -> Change:
        if change.changed:
            await self._forget(place)
        return change

    async def _forget(self, place: Place) -> None:
        """The origin shows new data at once, since data counts in the key: what is forgotten are copies in caches."""
        tag = binding_tag(place.template, place.binding, place.key)
        await self._purger.purge_tags([tag], await_cdns=False)
        await self._listen(place.template, place.binding)
