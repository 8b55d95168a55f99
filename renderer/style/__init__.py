"""Computed values and the cascade."""
