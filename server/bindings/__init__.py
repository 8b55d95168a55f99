"""Live data: had from where a template's bindings say, kept for as long as it is right, and for when its source fails.

errors ← snapshots, identity, failures ← urls ─┐
                              outcomes ← pushes ─┴─ live (which asks all of a template's bindings)
"""

from server.bindings.errors import BindingUnavailable
from server.bindings.failures import Complaints
from server.bindings.live import Bound, LiveBindings, MissingData
from server.bindings.pushes import PushedBindings
from server.bindings.urls import UrlBindings

__all__ = [
    "BindingUnavailable",
    "Bound",
    "Complaints",
    "LiveBindings",
    "MissingData",
    "PushedBindings",
    "UrlBindings",
]
