"""Answers of the API as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel
from starlette.responses import Response

NO_STORE: Final = {"Cache-Control": "no-store"}


def json_answer(answer: BaseModel, headers: Mapping[str, str]) -> Response:
    """A model as a JSON response; absent members are left out."""
    return Response(answer.model_dump_json(exclude_none=True), headers=headers, media_type="application/json")
