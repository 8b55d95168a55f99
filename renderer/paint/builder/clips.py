"""Clips of operations, and folding operations that share clips into groups."""

from __future__ import annotations

from renderer.paint.display_list import Group, Operation, Shape

Clips = tuple[Shape, ...]
"""Shapes that an operation is clipped to, outermost first."""

Placed = tuple[Clips, Operation]


def fold(operations: list[Placed], depth: int = 0) -> tuple[Operation, ...]:
    """Nest neighbouring operations with the same clips in groups, so that each clip is set once."""
    folded: list[Operation] = []
    index = 0
    while index < len(operations):
        clips, operation = operations[index]
        if len(clips) <= depth:
            folded.append(operation)
            index += 1
            continue
        end = index
        shape = clips[depth]
        while end < len(operations) and len(operations[end][0]) > depth and operations[end][0][depth] == shape:
            end += 1
        folded.append(Group(fold(operations[index:end], depth + 1), clip=shape))
        index = end
    return tuple(folded)
