"""What is known of each asset, and its form in the index file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class AssetRecord:
    """An asset without its bytes. `digest` is their sha256 (hex); times in seconds since the epoch.

    Natural size in px after EXIF orientation; None where an SVG leaves it open.
    """

    name: str
    digest: str
    media_type: str
    bytes: int
    width: float | None
    height: float | None
    created_at: float
    updated_at: float


def records_as_json(records: Mapping[str, AssetRecord]) -> bytes:
    """The index file of these records."""
    rows = [asdict(records[name]) for name in sorted(records)]
    return json.dumps({"format": _FORMAT, "assets": rows}, indent=1).encode()


def records_from_json(data: bytes) -> dict[str, AssetRecord]:
    """Records by name. Raises ValueError if the file is not as `records_as_json` wrote it."""
    try:
        document = json.loads(data)
        if document["format"] != _FORMAT:
            raise ValueError(f"the index has the format {document['format']!r} of another version")
        records = [AssetRecord(**row) for row in document["assets"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"the index is damaged: {error}") from None
    return {record.name: record for record in records}
