"""Fragments to display list, display list to pixels."""
