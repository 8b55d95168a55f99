"""JSON merge patch (RFC 7396)."""

from __future__ import annotations

from renderer.expressions import Value


def merged(target: Value, patch: Value) -> Value:
    """The target with what the patch says: null removes a member, objects are merged, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
