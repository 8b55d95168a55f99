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
