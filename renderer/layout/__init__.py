"""Boxes to positioned fragments: block, inline, flex and absolute layout."""
