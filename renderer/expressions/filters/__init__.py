"""The filters, grouped by what they work on. Importing a module here registers its filters."""

from renderer.expressions.filters import aggregates, lists, numbers, text
from renderer.expressions.filters.registry import FILTERS

__all__ = ["FILTERS", "aggregates", "lists", "numbers", "text"]
