"""Pixels to PNG, JPEG, WebP and AVIF."""

from renderer.encode.encoder import encode, encode_within
from renderer.media_types import MEDIA_TYPES, OutputFormat

__all__ = ["MEDIA_TYPES", "OutputFormat", "encode", "encode_within"]
