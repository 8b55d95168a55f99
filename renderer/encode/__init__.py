"""Pixels to PNG, JPEG, WebP and AVIF."""

from renderer.encode.encoder import MEDIA_TYPES, OutputFormat, encode, encode_within

__all__ = ["MEDIA_TYPES", "OutputFormat", "encode", "encode_within"]
