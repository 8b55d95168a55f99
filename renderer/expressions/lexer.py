"""Source text of an expression → tokens, each with its offset."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal, NamedTuple

from renderer.errors import SourcePosition, TemplateSyntaxError
from renderer.expressions.grammar import CONSTANTS, WORD_OPERATORS
from renderer.expressions.runtime.arithmetic import within_range

MAX_SOURCE = 20_000  # characters of one expression

Kind = Literal["number", "text", "name", "word", "operator", "end"]


class Token(NamedTuple):
    """One token. `text` is its source, `value` that of a number or text literal."""

    kind: Kind
    text: str
    offset: int
    value: int | Decimal | str | None = None

    def describe(self) -> str:
        """How an error message calls it."""
        if self.kind == "end":
            return "the end of the expression"
        if self.kind == "text":
            return "a text"
        return f"`{self.text}`"


class Source(NamedTuple):
    """An expression's text and where it starts in its file."""

    text: str
    start: SourcePosition

    def position(self, offset: int) -> SourcePosition:
        """Line and column of a character offset."""
        before = self.text[:offset]
        lines = before.count("\n")
        column = offset - before.rfind("\n") if lines else self.start.column + offset
        return SourcePosition(self.start.file, self.start.line + lines, column)

    def error(self, message: str, offset: int) -> TemplateSyntaxError:
        """A syntax error at a character offset."""
        return TemplateSyntaxError(message, self.position(offset))


_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<mistake>===|!==|\?\.|\*\*|<>|[&“”„‘’«»`;@\#$^\\])
    | (?P<operator>\?\?|&&|\|\||==|!=|<=|>=|=>|[-+*/%~<>!?:.,()\[\]{}|=])
    | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    """.replace("[&“", "&(?!&)|[“"),
    re.VERBOSE,
)

_HINTS = {
    "===": "write `==` to compare",
    "!==": "write `!=` to compare",
    "?.": "write `.`: what is missing is null anyway",
    "**": "there is no power operator",
    "<>": "write `!=` to compare",
    "&": "write `and` or `&&`",
    ";": "a tag holds one expression",
    "`": "write text in straight quotes: \"…\" or '…'",
    **dict.fromkeys("“”„‘’«»", "write text in straight quotes: \"…\" or '…'"),
}

_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "/": "/"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|([^u]|u))")


def tokenize(source: Source) -> list[Token]:
    """All tokens of an expression, the last of kind "end". Raises TemplateSyntaxError."""
    text = source.text
    if len(text) > MAX_SOURCE:
        raise source.error(f"The expression has {len(text)} characters; at most {MAX_SOURCE} are allowed.", 0)
    tokens: list[Token] = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            raise _unreadable(source, offset)
        if match.lastgroup != "space":
            tokens.append(_token(source, match))
        offset = match.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def _token(source: Source, match: re.Match[str]) -> Token:
    text, offset = match.group(), match.start()
    match match.lastgroup:
        case "number":
            return Token("number", text, offset, _number(source, match))
        case "text":
            return Token("text", text, offset, _unescape(source, match))
        case "name":
            return Token("word" if text in WORD_OPERATORS or text in CONSTANTS else "name", text, offset)
        case "operator":
            return Token("operator", text, offset)
        case _:
            hint = _HINTS.get(text)
            raise source.error(f"`{text}` is no operator here" + (f"; {hint}." if hint else "."), offset)


def _number(source: Source, match: re.Match[str]) -> int | Decimal:
    text, offset = match.group(), match.start()
    following = source.text[match.end() : match.end() + 1]
    if following.isalpha() or following == "_":
        raise source.error(f"Expected an operator after the number {text}, found `{following}`.", match.end())
    if len(text) > 40:
        raise source.error(f"The number {text[:20]}… is too long; at most 40 characters are allowed.", offset)
    value = Decimal(text)
    if not within_range(value):
        raise source.error(f"The number {text} is too large or too small.", offset)
    return int(text) if text.isdigit() else value


def _unescape(source: Source, match: re.Match[str]) -> str:
    body = match.group()[1:-1]
    if "\\" not in body:
        return body

    def replace(escape: re.Match[str]) -> str:
        digits = escape[1] or escape[2]
        if digits:
            code = int(digits, 16)
            if code <= 0x10FFFF:
                return chr(code)
        elif escape[3] in _ESCAPES:
            return _ESCAPES[escape[3]]
        raise source.error(
            f"`{escape.group()}` is no escape; there are \\b \\f \\n \\r \\t \\\\ \\\" \\' \\/ \\uXXXX \\u{{X…}}.",
            match.start() + 1 + escape.start(),
        )

    text = _ESCAPE.sub(replace, body)
    try:
        # Two \u escapes may spell one character as a surrogate pair, as JSON does.
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise source.error("Half of a surrogate pair stands alone in this text.", match.start()) from None


def _unreadable(source: Source, offset: int) -> TemplateSyntaxError:
    character = source.text[offset]
    if character in "\"'":
        return source.error(f"The text that starts here has no closing {character} on its line.", offset)
    return source.error(f"`{character}` cannot be read here; expected a value or an operator.", offset)


_TAG_PART = re.compile(r"""["'{}\n]""")
_REST_OF_TEXT = {quote: re.compile(rf"(?:[^{quote}\\\n]|\\.)*{quote}") for quote in "\"'"}


def find_tag_end(source: str, start: int) -> int:
    """Index of the `}}` that closes a tag whose content starts at `start` (just behind its `{{`), or -1.

    Braces inside text literals and those of object literals do not count. A quote that is not closed on its line
    counts as an ordinary character, so that the lexer can point at it.
    """
    depth = 0
    unclosed: set[str] = set()  # quotes that have no partner in the rest of this line
    at = start
    while match := _TAG_PART.search(source, at):
        part, at = match.group(), match.end()
        if part == "\n":
            unclosed.clear()
        elif part == "{":
            depth += 1
        elif part == "}":
            if not depth and source.startswith("}", at):
                return match.start()
            depth = max(0, depth - 1)
        elif part not in unclosed:
            text = _REST_OF_TEXT[part].match(source, at)
            if text is None:
                unclosed.add(part)
            else:
                at = text.end()
    return -1
