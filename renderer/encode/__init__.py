"""Pixels to PNG, JPEG and WebP."""
