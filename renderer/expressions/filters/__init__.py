"""The filters, grouped by what they work on. Importing a module here registers its filters."""

from renderer.expressions.filters import text
from renderer.expressions.filters.registry import FILTERS

__all__ = ["FILTERS", "text"]
