"""Builds nodes from literals and tags: expressions, and the blocks `if`, `for`, `let` with their nesting.

    {{ price | currency }}                                      prints a value
    {{ if a > 1 }} … {{ elif b }} … {{ else }} … {{ end }}      `else if` is the same as `elif`
    {{ for x in list }} … {{ else }} … {{ end }}                `else`: the list is empty; `for key, x in object`
    {{ let total = price * count }}                             until the end of the block in which it stands
    {{ include "partials/footer.html" }}                        between elements only
    {{# comment, which may hold {{ tags }} and <b>markup</b> #}}

Inside a loop `loop.index` (from 1), `loop.index0`, `loop.first`, `loop.last` and `loop.length` are known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from renderer.errors import LimitError, SourcePosition, TemplateSyntaxError
from renderer.expressions import Expression, compile_expression, compile_for, compile_let
from renderer.limits import Limits
from renderer.template import nodes, tokens
from renderer.template.nodes import Body, Node
from renderer.template.source import SourceText

_MAX_BLOCKS = 50  # nesting of blocks inside one file or attribute

_WORD = re.compile(r"[A-Za-z]+(?!\w)")
_ELSE_IF = re.compile(r"else\s+if(?!\w)")

_HEADER = re.compile(r"\s+(?!(?:and|or|in|not)\b)[\w(]")

_FOREIGN = {
    "endif": "{{ end }}",
    "endfor": "{{ end }}",
    "endeach": "{{ end }}",
    "elseif": "{{ elif … }}",
    "elsif": "{{ elif … }}",
    "each": "{{ for item in list }}",
    "foreach": "{{ for item in list }}",
    "unless": "{{ if not … }}",
}
_FOREIGN_ENDS = frozenset({"endif", "endfor", "endeach"})


@dataclass(slots=True)
class Frame:
    """Something that has been opened and not yet closed; `label` is how messages call it."""

    label: str
    position: SourcePosition
    children: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class IfFrame(Frame):
    """An open `if`: branches that are complete, and the condition of the current one (None in the `else`)."""

    branches: list[nodes.Branch] = field(default_factory=list)
    condition: Expression | None = None
    else_position: SourcePosition | None = None


@dataclass(slots=True)
class ForFrame(Frame):
    """An open `for`; `body` is set once its `else` has begun."""

    names: tuple[str, ...] = ()
    items: Expression | None = None
    body: Body | None = None
    else_position: SourcePosition | None = None


class BlockBuilder:
    """Takes the parts of a text one by one and gives its nodes."""

    def __init__(self, source: SourceText, limits: Limits, label: str, offset: int, depth: int = 0) -> None:
        self.source = source
        self.limits = limits
        self.stack: list[Frame] = [Frame(label, source.position(offset))]
        self._base_depth = depth

    def add(self, node: Node) -> None:
        """Put a node where the text has come to."""
        self.stack[-1].children.append(node)

    def push(self, frame: Frame) -> None:
        """Open something. Raises LimitError when too much is nested."""
        if self.depth >= self.limits.depth:
            raise LimitError(
                f"Elements and blocks are nested more than {self.limits.depth} levels deep here.", frame.position
            )
        if not isinstance(frame, IfFrame | ForFrame):
            self.stack.append(frame)
            return
        if sum(isinstance(open_frame, IfFrame | ForFrame) for open_frame in self.stack) >= _MAX_BLOCKS:
            raise LimitError(f"Blocks are nested more than {_MAX_BLOCKS} levels deep here.", frame.position)
        self.stack.append(frame)

    @property
    def depth(self) -> int:
        """How deep the current place is nested, including what this text itself is nested in."""
        return self._base_depth + len(self.stack)

    def literal(self, literal: tokens.Literal) -> None:
        """Add characters."""
        self.add(nodes.Literal(literal.text, self.source.position(literal.offset)))

    def tag(self, tag: tokens.Tag) -> None:
        """Add an expression or act on a block tag. Raises TemplateSyntaxError."""
        position = self.source.position(tag.start)
        match = _WORD.match(tag.content)
        word = match.group() if match else ""
        self._refuse_foreign(tag, word, position)
        else_if = _ELSE_IF.match(tag.content)
        header_start = else_if.end() if else_if else len(word)
        header = tag.content[header_start:].lstrip()
        header_position = self.source.position(tag.offset + len(tag.content) - len(header))
        match "elif" if else_if else word:
            case "if":
                frame = IfFrame(_label(tag), position, condition=self._expression(header, header_position, "if"))
                self.push(frame)
            case "for":
                names, items = compile_for(header, header_position)
                self.push(ForFrame(_label(tag), position, names=tuple(names), items=items))
            case "elif":
                self._elif(self._expression(header, header_position, "elif"), position)
            case "else" | "end" if header:
                raise TemplateSyntaxError(
                    f"{{{{ {word} }}}} stands alone; found `{header.strip()[:40]}`.", header_position
                )
            case "else":
                self._else(position)
            case "end":
                self._end(position)
            case "let":
                name, expression = compile_let(header, header_position)
                self.add(nodes.Let(name, expression, position))
            case "include":
                self.include(header, position)
            case _:
                self._output(tag, position)

    def include(self, header: str, position: SourcePosition) -> None:
        """Act on `{{ include … }}`; in a text there is nothing to include."""
        raise TemplateSyntaxError(f"{{{{ include {header} }}}} can stand between elements only.", position)

    def finish(self) -> Body:
        """All nodes. Raises TemplateSyntaxError if a block is still open."""
        self.close_rest()
        if len(self.stack) > 1:
            frame = self.stack[-1]
            raise TemplateSyntaxError(
                f"{frame.label} of line {frame.position.line} is never closed with {{{{ end }}}}; "
                f"{self.stack[0].label} ends first.",
                frame.position,
            )
        return tuple(self.stack[0].children)

    def close_content(self, position: SourcePosition, closer: str) -> None:
        """Called before `closer` leaves a block; the page's builder closes elements here whose end tag is optional."""

    def close_rest(self) -> None:
        """Called at the end; the page's builder closes here what HTML lets be open."""

    def _refuse_foreign(self, tag: tokens.Tag, word: str, position: SourcePosition) -> None:
        if tag.content.startswith("/"):
            raise TemplateSyntaxError(
                f"{{{{{tag.content[:20]}}}}}: blocks are closed with {{{{ end }}}} here.", position
            )
        native = _FOREIGN.get(word)
        header = tag.content[len(word) :]
        if native and (not header if word in _FOREIGN_ENDS else _HEADER.match(header)):
            raise TemplateSyntaxError(f"{{{{ {word} }}}} is written {native} here.", position)

    def _expression(self, header: str, position: SourcePosition, word: str) -> Expression:
        if not header:
            raise TemplateSyntaxError(
                f"{{{{ {word} }}}} needs a condition, as in {{{{ {word} price > 10 }}}}.", position
            )
        return compile_expression(header, position, limits=self.limits)

    def _output(self, tag: tokens.Tag, position: SourcePosition) -> None:
        if not tag.content:
            raise TemplateSyntaxError("{{ }} is empty; expected an expression.", position)
        expression = compile_expression(tag.content, self.source.position(tag.offset), limits=self.limits)
        self.add(nodes.Output(expression, position, expression.render))

    def _block(self, what: str, position: SourcePosition) -> IfFrame | ForFrame:
        """The innermost open block, which is what `{{ what }}` means."""
        self.close_content(position, f"{{{{ {what} }}}}")
        frame = self.stack[-1]
        if not isinstance(frame, IfFrame | ForFrame):
            raise TemplateSyntaxError(
                f"{{{{ {what} }}}} on line {position.line} belongs to no block that was opened in "
                f"{self.stack[0].label} (line {self.stack[0].position.line}).",
                position,
            )
        return frame

    def _elif(self, condition: Expression, position: SourcePosition) -> None:
        frame = self._block("elif", position)
        if not isinstance(frame, IfFrame):
            raise TemplateSyntaxError(
                f"{{{{ elif }}}} on line {position.line} stands in {frame.label} of line {frame.position.line}, "
                "but belongs into an {{ if }}.",
                position,
            )
        self._refuse_after_else("elif", frame.else_position, position)
        _complete_branch(frame)
        frame.condition = condition

    def _else(self, position: SourcePosition) -> None:
        frame = self._block("else", position)
        if isinstance(frame, IfFrame):
            self._refuse_after_else("else", frame.else_position, position)
            _complete_branch(frame)
            frame.else_position = position
        elif isinstance(frame, ForFrame):
            self._refuse_after_else("else", frame.else_position, position)
            frame.body = tuple(frame.children)
            frame.children = []
            frame.else_position = position

    def _refuse_after_else(self, what: str, earlier: SourcePosition | None, position: SourcePosition) -> None:
        if earlier is not None:
            raise TemplateSyntaxError(
                f"{{{{ {what} }}}} on line {position.line} comes after the {{{{ else }}}} of line {earlier.line}.",
                position,
            )

    def _end(self, position: SourcePosition) -> None:
        frame = self._block("end", position)
        self.stack.pop()
        rest = tuple(frame.children)
        if isinstance(frame, IfFrame):
            if frame.condition is not None:
                frame.branches.append(nodes.Branch(frame.condition, rest))
                rest = ()
            self.add(nodes.If(tuple(frame.branches), rest, frame.position))
        elif isinstance(frame, ForFrame) and frame.items is not None:
            body, otherwise = (rest, ()) if frame.body is None else (frame.body, rest)
            self.add(nodes.For(frame.names, frame.items, body, otherwise, frame.position))


def _complete_branch(frame: IfFrame) -> None:
    if frame.condition is not None:
        frame.branches.append(nodes.Branch(frame.condition, tuple(frame.children)))
    frame.condition = None
    frame.children = []


def _label(tag: tokens.Tag) -> str:
    shown = " ".join(tag.content.split())
    return "{{ " + (shown if len(shown) <= 40 else shown[:39] + "…") + " }}"


def read_text(
    source: SourceText, parts: tuple[tokens.Part, ...], limits: Limits, label: str, offset: int, depth: int = 0
) -> Body:
    """Nodes of a text in which only expressions and blocks count. Raises TemplateSyntaxError, LimitError."""
    builder = BlockBuilder(source, limits, label, offset, depth)
    for part in parts:
        if isinstance(part, tokens.Tag):
            builder.tag(part)
        else:
            builder.literal(part)
    return builder.finish()
