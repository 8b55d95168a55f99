"""The stack of open elements: which tags open, close and imply what, and what may not cross a block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from renderer.diagnostics import Diagnostics
from renderer.errors import SourcePosition, TemplateSyntaxError
from renderer.limits import Limits
from renderer.template import html_rules as rules
from renderer.template.blocks import BlockBuilder, ForFrame, Frame, IfFrame
from renderer.template.nodes import Attribute, ElementNode
from renderer.template.source import SourceText


@dataclass(slots=True)
class ElementFrame(Frame):
    """An open element; `dropped` leaves it and its content out of the picture."""

    name: str = ""
    attributes: tuple[Attribute, ...] = ()
    source_id: int = 0
    dropped: bool = False


class ElementBuilder(BlockBuilder):
    """Opens and closes elements as the HTML Standard's tree construction does (13.2.6)."""

    def __init__(
        self,
        source: SourceText,
        limits: Limits,
        label: str,
        diagnostics: Diagnostics,
        number: Callable[[SourcePosition], int],
        *,
        depth: int = 0,
        partial: bool = False,
    ) -> None:
        super().__init__(source, limits, label, 0, depth)
        self.diagnostics = diagnostics
        self._number = number
        self._partial = partial

    def warn(self, message: str, position: SourcePosition) -> None:
        """Report markup that is left out or read otherwise than written."""
        self.diagnostics.warn("html-unsupported", message, position)

    def open_element(
        self, name: str, attributes: tuple[Attribute, ...], position: SourcePosition, *, dropped: bool = False
    ) -> None:
        """Open an element after closing and opening what its start tag implies; a void element is complete at once."""
        self._imply(name, position)
        frame = ElementFrame(f"<{name}>", position, [], name, attributes, self._number(position), dropped)
        self.push(frame)
        if name in rules.VOID:
            self._pop()

    def close_element(self, name: str, position: SourcePosition) -> None:
        """Act on an end tag. Raises TemplateSyntaxError if it would close something across a block."""
        index = self._find(name, position)
        if index is None:
            if name in ("p", "br"):
                # 13.2.6.4.7: a stray </p> is an empty paragraph, a </br> a line break.
                self.open_element(name, (), position)
                if name == "p":
                    self._pop()
            else:
                self.warn(f"</{name}> closes nothing and is ignored.", position)
            return
        for frame in self.stack[index + 1 :]:
            if isinstance(frame, ElementFrame) and frame.name not in rules.OPTIONAL_END:
                self.warn(f"{frame.label} is closed by </{name}> before its own end tag.", frame.position)
        self._close_down_to(index)

    def close_content(self, position: SourcePosition, closer: str) -> None:
        """Close what HTML lets be open at the end of a block. Raises TemplateSyntaxError for any other element."""
        if not any(isinstance(frame, IfFrame | ForFrame) for frame in self.stack):
            return
        while isinstance(frame := self.stack[-1], ElementFrame):
            if frame.name not in rules.OPTIONAL_END:
                raise TemplateSyntaxError(
                    f"{closer} on line {position.line} ends a block in which {frame.label} of line "
                    f"{frame.position.line} is still open; close it with </{frame.name}> first.",
                    position,
                )
            self._pop()

    def close_rest(self) -> None:
        """Close what is open at the end of the file, as browsers do; a partial file must be complete."""
        while isinstance(frame := self.stack[-1], ElementFrame):
            if frame.name not in rules.OPTIONAL_END:
                message = f"{frame.label} of line {frame.position.line} is never closed with </{frame.name}>."
                if self._partial:
                    raise TemplateSyntaxError(message, frame.position)
                self.warn(message, frame.position)
            self._pop()

    def _pop(self) -> None:
        frame = self.stack.pop()
        if isinstance(frame, ElementFrame) and not frame.dropped:
            self.add(ElementNode(frame.name, frame.attributes, tuple(frame.children), frame.position, frame.source_id))

    def _close_down_to(self, index: int) -> None:
        while len(self.stack) > index:
            self._pop()

    def _current_name(self) -> str:
        frame = self.stack[-1]
        return frame.name if isinstance(frame, ElementFrame) else ""

    def _imply(self, name: str, position: SourcePosition) -> None:
        if name in rules.ENDS_PARAGRAPH:
            self._end_open(frozenset({"p"}), rules.PARAGRAPH_SCOPE, name, position)
        if name in rules.HEADINGS and self._current_name() in rules.HEADINGS:
            self._pop()
        if name in rules.ENDS_OPEN:
            self._end_open(*rules.ENDS_OPEN[name], name, position)
        while (parent := rules.IMPLIED_PARENTS.get(name, {}).get(self._current_name())) is not None:
            self.push(ElementFrame(f"<{parent}>", position, [], parent, (), self._number(position)))

    def _end_open(self, ended: frozenset[str], boundary: frozenset[str], name: str, position: SourcePosition) -> None:
        """Close the nearest open element among `ended`, not looking beyond `boundary`."""
        block: Frame | None = None
        for index in range(len(self.stack) - 1, 0, -1):
            frame = self.stack[index]
            if not isinstance(frame, ElementFrame):
                block = frame
            elif frame.name in ended:
                if block is not None:
                    raise TemplateSyntaxError(
                        f"<{name}> on line {position.line} ends {frame.label} of line {frame.position.line} across "
                        f"{block.label} of line {block.position.line}; write </{frame.name}> where it ends"
                        + (", or use <div> or <span> instead of <p>." if frame.name == "p" else "."),
                        position,
                    )
                self._close_down_to(index)
                return
            elif frame.name in boundary:
                return

    def _find(self, name: str, position: SourcePosition) -> int | None:
        """Place of the open element that an end tag closes, or None."""
        for index in range(len(self.stack) - 1, 0, -1):
            frame = self.stack[index]
            if not isinstance(frame, ElementFrame):
                self._refuse_crossing(name, index, position)
                return None
            if frame.name == name or (name in rules.HEADINGS and frame.name in rules.HEADINGS):
                return index
            if frame.name in rules.SPECIAL and name not in rules.SPECIAL and name not in rules.FORMATTING:
                return None
        return None

    def _refuse_crossing(self, name: str, block: int, position: SourcePosition) -> None:
        for frame in reversed(self.stack[:block]):
            if isinstance(frame, ElementFrame) and frame.name == name:
                raise TemplateSyntaxError(
                    f"</{name}> on line {position.line} closes {frame.label} of line {frame.position.line} across "
                    f"{self.stack[block].label} of line {self.stack[block].position.line}; "
                    "open and close an element inside the same block.",
                    position,
                )
