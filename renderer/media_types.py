"""The image formats that can be written. Imports nothing, so that asking for them loads no codec."""

from __future__ import annotations

from typing import Literal

OutputFormat = Literal["png", "jpg", "webp", "avif"]

MEDIA_TYPES: dict[OutputFormat, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
}
