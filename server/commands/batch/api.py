"""`/v1/batches` as the commands ask it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from server.commands.batch.answers import BatchRow, Job, JobPage, RowPage
from server.commands.calls import Caller, NoAnswer

_PAGE: Final = 500
_Model = TypeVar("_Model", bound=BaseModel)


class BatchApi:
    """Batches of one server. All methods raise NoAnswer and Refused."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    def job(self, batch: str) -> Job:
        """A batch as it is now."""
        return self.read(Job, self.caller.json("GET", path_of(batch)))

    def newest(self, most: int) -> Iterator[Job]:
        """Batches from the newest on, at most so many."""
        parameters = {"limit": str(min(most, _PAGE))}
        while most > 0:
            page = self.read(JobPage, self.caller.json("GET", "/v1/batches", **parameters))
            yield from page.batches[:most]
            most -= len(page.batches)
            if page.next_cursor is None or not page.batches:
                return
            parameters["cursor"] = page.next_cursor

    def rows(self, batch: str, status: str, most: int) -> list[BatchRow]:
        """The first rows of a status."""
        found = self.caller.json("GET", path_of(batch, "rows"), status=status, limit=str(most))
        return self.read(RowPage, found).rows

    def steer(self, batch: str, action: str, body: object = None) -> Job:
        """Continue, cancel or retry a batch."""
        return self.read(Job, self.caller.json("POST", path_of(batch, action), body))

    def forget(self, batch: str) -> None:
        """Delete a batch."""
        self.caller.json("DELETE", path_of(batch))

    def read(self, model: type[_Model], document: object) -> _Model:
        """An answer as what it should be. Raises NoAnswer."""
        try:
            return model.model_validate(document)
        except ValidationError:
            raise NoAnswer(
                f"{self.caller.address} has answered what is no batch; is it a Signet server, of this version?"
            ) from None

    def read_text(self, model: type[_Model], text: str) -> _Model:
        """JSON text as what it should be. Raises NoAnswer."""
        try:
            return model.model_validate_json(text)
        except ValidationError:
            raise NoAnswer(f"{self.caller.address} has sent what is no batch.") from None


def path_of(batch: str, *more: str) -> str:
    """Path of a batch, or of something of it."""
    return "/".join(("/v1/batches", batch, *more))
