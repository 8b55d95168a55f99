"""Inline `<svg>`: its source is kept as well-formed XML, with expressions and blocks inside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from renderer.diagnostics import Diagnostics
from renderer.errors import SourcePosition, TemplateSyntaxError
from renderer.expressions import Scope
from renderer.limits import Limits
from renderer.template.blocks import BlockBuilder, ForFrame, Frame, IfFrame, read_text
from renderer.template.css_text import check_css
from renderer.template.nodes import Body, Literal, Output, RenderText, map_text
from renderer.template.source import SourceText
from renderer.template.tokens import AttributeToken, EndTag, StartTag, Tag, Token

_SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_XLINK_NAMESPACE = "http://www.w3.org/1999/xlink"


def _by_lower_case(names: str) -> dict[str, str]:
    return {name.lower(): name for name in names.split()}


# Names whose case HTML ignores and XML does not (HTML Standard 13.2.6.1 and 13.2.6.5).
_ELEMENT_CASE = _by_lower_case(
    """
    clipPath feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting
    feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage
    feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence
    foreignObject linearGradient radialGradient textPath
    """
)
_ATTRIBUTE_CASE = _by_lower_case(
    """
    attributeName baseFrequency calcMode clipPathUnits diffuseConstant edgeMode filterUnits gradientTransform
    gradientUnits kernelMatrix kernelUnitLength lengthAdjust limitingConeAngle markerHeight markerUnits markerWidth
    maskContentUnits maskUnits numOctaves pathLength patternContentUnits patternTransform patternUnits
    preserveAlpha preserveAspectRatio primitiveUnits refX refY repeatCount specularConstant specularExponent
    spreadMethod startOffset stdDeviation stitchTiles surfaceScale tableValues targetX targetY textLength viewBox
    xChannelSelector yChannelSelector
    """
)

_DROPPED = frozenset({"script", "foreignobject", "iframe", "audio", "video", "canvas", "handler", "listener"})
_XML_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_KNOWN_PREFIX = re.compile(r"(?:xlink|xml):[A-Za-z]+|xmlns(?::[A-Za-z_][\w.-]*)?", re.ASCII)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def escape_xml(text: str) -> str:
    """The text as XML character data or attribute value; characters that XML does not know are left out."""
    return _NOT_XML.sub("", text).translate(_ESCAPES)


@dataclass(slots=True)
class _SvgFrame(Frame):
    """An open SVG element; `end` is its end tag as markup, `dropped` leaves it out of the picture."""

    name: str = ""
    end: str = ""
    dropped: bool = False


class SvgBuilder(BlockBuilder):
    """Takes the tokens after `<svg …>` up to its end tag."""

    def __init__(self, source: SourceText, limits: Limits, diagnostics: Diagnostics, svg: StartTag, depth: int) -> None:
        super().__init__(source, limits, "<svg>", svg.offset, depth)
        self._diagnostics = diagnostics
        self._svg = svg

    def read(self, tokens: Iterator[Token]) -> Body:
        """The markup of the whole element, start and end tag included."""
        self._start_tag(self._svg)
        if self._svg.self_closing:
            return self.finish()
        for token in tokens:
            match token:
                case Tag():
                    self.tag(token)
                case StartTag():
                    self._start_tag(token)
                case EndTag():
                    if self._end_tag(token):
                        return self.finish()
                case _:
                    self.add(Literal(escape_xml(_without_cdata(token.text)), self.source.position(token.offset)))
        raise TemplateSyntaxError("<svg> is never closed with </svg>.", self.source.position(self._svg.offset))

    def close_content(self, position: SourcePosition, closer: str) -> None:
        """Refuse to leave a block while an element that was opened in it is open."""
        frame = self.stack[-1]
        if isinstance(frame, _SvgFrame) and any(isinstance(f, IfFrame | ForFrame) for f in self.stack):
            raise TemplateSyntaxError(
                f"{closer} on line {position.line} ends a block in which {frame.label} of line "
                f"{frame.position.line} is still open; close it first.",
                position,
            )

    def _warn(self, message: str, offset: int) -> None:
        self._diagnostics.warn("html-unsupported", message, self.source.position(offset))

    def _start_tag(self, tag: StartTag) -> None:
        name = _ELEMENT_CASE.get(tag.name, tag.raw_name)
        position = self.source.position(tag.offset)
        dropped = tag.name in _DROPPED or not _XML_NAME.fullmatch(name)
        if dropped:
            self._warn(f"<{tag.raw_name[:40]}> is not supported inside <svg> and is left out.", tag.offset)
        frame = _SvgFrame(f"<{tag.raw_name[:40]}>", position, name=tag.name, end=f"</{name}>", dropped=dropped)
        self.push(frame)
        self.add(Literal(f"<{name}", position))
        for attribute in self._attributes(tag):
            self._attribute(attribute)
        self.add(Literal(">", position))
        if tag.self_closing:
            self._close(frame)

    def _close(self, frame: _SvgFrame) -> None:
        self.stack.pop()
        if not frame.dropped:
            children = check_css(tuple(frame.children)) if frame.name == "style" else frame.children
            self.stack[-1].children += [*children, Literal(frame.end, frame.position)]

    def _end_tag(self, tag: EndTag) -> bool:
        """Close elements up to the one of that name; tells whether it was the <svg> itself."""
        for index in range(len(self.stack) - 1, 0, -1):
            frame = self.stack[index]
            if not isinstance(frame, _SvgFrame):
                self._refuse_crossing(tag, index)
                break
            if frame.name == tag.name:
                self._close_down_to(index)
                return index == 1
        self._warn(f"</{tag.name[:40]}> closes nothing.", tag.offset)
        return False

    def _close_down_to(self, index: int) -> None:
        while len(self.stack) > index:
            frame = self.stack[-1]
            if isinstance(frame, _SvgFrame):
                self._close(frame)

    def _refuse_crossing(self, tag: EndTag, block: int) -> None:
        for frame in reversed(self.stack[:block]):
            if isinstance(frame, _SvgFrame) and frame.name == tag.name:
                position = self.source.position(tag.offset)
                raise TemplateSyntaxError(
                    f"</{tag.name}> on line {position.line} closes {frame.label} of line {frame.position.line} across "
                    f"{self.stack[block].label} of line {self.stack[block].position.line}.",
                    position,
                )

    def _attributes(self, tag: StartTag) -> Iterator[AttributeToken]:
        """The attributes to keep, in XML's spelling, with the namespaces that they need."""
        seen: set[str] = set()
        for attribute in tag.attributes:
            name = _ATTRIBUTE_CASE.get(attribute.name, attribute.raw_name)
            if name in seen:
                continue
            if name.lower().startswith("on"):
                if tag is self._svg:
                    continue  # the page's reader has warned of this one
                self._warn(f"The event handler {name[:40]}= is left out.", attribute.offset)
            elif _XML_NAME.fullmatch(name) or _KNOWN_PREFIX.fullmatch(name):
                seen.add(name)
                yield replace(attribute, raw_name=name)
        if tag is self._svg:
            for name, namespace in (("xmlns", _SVG_NAMESPACE), ("xmlns:xlink", _XLINK_NAMESPACE)):
                if name not in seen:
                    self.add(Literal(f' {name}="{namespace}"', self.source.position(tag.offset)))

    def _attribute(self, attribute: AttributeToken) -> None:
        position = self.source.position(attribute.offset)
        label = f"the attribute {attribute.raw_name}="
        body = read_text(self.source, attribute.parts, self.limits, label, attribute.offset, self.depth)
        if attribute.name == "style":
            body = check_css(body)
        self.add(Literal(f' {attribute.raw_name}="', position))
        self.stack[-1].children += map_text(body, escape_xml, _escaped)
        self.add(Literal('"', position))

    def finish(self) -> Body:
        """All nodes, with outputs between tags escaped like those in attributes."""
        return map_text(super().finish(), str, _escaped)


class _EscapedText:
    """Prints a value with XML's special characters escaped."""

    __slots__ = ("render",)

    def __init__(self, render: RenderText) -> None:
        self.render = render

    def __call__(self, scope: Scope) -> str:
        return escape_xml(self.render(scope))


def _escaped(output: Output) -> Output:
    # Attribute outputs pass here twice: when their attribute is read and when the whole markup is finished.
    return output if isinstance(output.render, _EscapedText) else replace(output, render=_EscapedText(output.render))


def _without_cdata(text: str) -> str:
    return text.replace("<![CDATA[", "").replace("]]>", "")
