"""The filters, grouped by what they work on. Importing a module here registers its filters."""

from renderer.expressions.filters import aggregates, colors, dates, lists, numbers, text, translation
from renderer.expressions.filters.registry import FILTERS

__all__ = ["FILTERS", "aggregates", "colors", "dates", "lists", "numbers", "text", "translation"]
