"""Purging's own errors. They are answers about one target among several, so none of them is an HTTP answer."""

from __future__ import annotations


class CdnError(Exception):
    """A CDN did not purge. The message says why, to whoever asked; it holds no credentials."""
