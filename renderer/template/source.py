"""The text of one template file, and where in it things stand."""

from __future__ import annotations

from bisect import bisect_right

from renderer.errors import SourcePosition


class SourceText:
    """A file's text with newlines normalised to LF (HTML Standard 13.2.3.5) and NUL replaced, and its line index."""

    __slots__ = ("_line_starts", "file", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        self._line_starts = [0]
        start = self.text.find("\n")
        while start >= 0:
            self._line_starts.append(start + 1)
            start = self.text.find("\n", start + 1)

    def position(self, offset: int) -> SourcePosition:
        """Line and column, both from 1, of the character at `offset` (from 0)."""
        line = bisect_right(self._line_starts, offset)
        return SourcePosition(self.file, line, offset - self._line_starts[line - 1] + 1)


class EmbeddedText(SourceText):
    """A text that stands inside another file from `start` on, such as a value of a manifest.

    If it is not written there as it reads (because of escapes), every place in it is `start`.
    """

    __slots__ = ("_start", "_verbatim")

    def __init__(self, text: str, start: SourcePosition, *, verbatim: bool) -> None:
        super().__init__(start.file, text)
        self._start = start
        self._verbatim = verbatim

    def position(self, offset: int) -> SourcePosition:
        """Line and column in the file around it."""
        if not self._verbatim:
            return self._start
        inner = super().position(offset)
        column = inner.column + (self._start.column - 1 if inner.line == 1 else 0)
        return SourcePosition(self.file, inner.line + self._start.line - 1, column)
