"""Data of bindings that is pushed to us."""

from server.pushed.errors import PushConflict, UnknownBinding
from server.pushed.records import Change, PushedData, PushedRecord

__all__ = ["Change", "PushConflict", "PushedData", "PushedRecord", "UnknownBinding"]
