"""Data of bindings that is pushed to us.

errors, merging ← records ← pushing
"""

from server.pushed.errors import InvalidDelivery, PushConflict, UnknownBinding
from server.pushed.pushing import Pushing
from server.pushed.records import Change, Condition, Place, PushedData, PushedRecord

__all__ = [
    "Change",
    "Condition",
    "InvalidDelivery",
    "Place",
    "PushConflict",
    "PushedData",
    "PushedRecord",
    "Pushing",
    "UnknownBinding",
]
