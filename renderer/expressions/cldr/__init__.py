"""Formatting by the Unicode Common Locale Data Repository, whose data Babel brings along."""
