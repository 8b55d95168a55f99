"""Fragments to display list: what is painted, where, and in which order."""

from renderer.paint.builder.page import build_display_list

__all__ = ["build_display_list"]
