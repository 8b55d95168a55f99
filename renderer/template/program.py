"""Template nodes → closures, once per template. Running them builds the document; see `expand`.

Page and texts share one program: what prints goes to the expansion's text buffer, which becomes a text node at the
next element, or the value of an attribute. So texts on both sides of a block's edge stay one run of characters.
"""

from __future__ import annotations

from collections.abc import Callable

from renderer.document import Element, StyleSource
from renderer.errors import SourcePosition
from renderer.expressions import Expression, Value, loop_items
from renderer.template.css_declarations import check_declarations
from renderer.template.expansion import Expansion
from renderer.template.nodes import (
    Attribute,
    Body,
    ElementNode,
    For,
    If,
    Include,
    Let,
    Literal,
    Node,
    Output,
    StyleNode,
    static_text,
)

Step = Callable[[Expansion], None]
MakeText = Callable[[Expansion], str]
MakeAttributes = Callable[[Expansion], dict[str, str]]


def compile_body(body: Body) -> Step:
    """The closure that runs a body in the current scope."""
    sequence = _steps(body)
    if len(sequence) == 1:
        return sequence[0]

    def run(x: Expansion) -> None:
        for step in sequence:
            step(x)

    return run


def compile_text(body: Body) -> MakeText:
    """The closure that gives a body's text, in a scope of its own."""
    fixed = static_text(body)
    if fixed is not None:
        return lambda x: fixed
    if len(body) == 1 and isinstance(body[0], Output):
        render = body[0].render
        return lambda x: render(x.scope)
    run = compile_block(body)
    return lambda x: "".join(_printed(run, x))


def compile_css(body: Body) -> MakeText:
    """The closure that gives the CSS text of a body prepared by `check_css`, its declarations checked."""
    run = compile_block(body)

    def css(x: Expansion) -> str:
        pieces = _printed(run, x)
        text = "".join(pieces)
        check_declarations(text, pieces)
        return text

    return css


def _printed(run: Step, x: Expansion) -> list[str]:
    """What a program prints, apart from what has been printed so far."""
    outer, position = x.buffer, x.buffer_position
    printed: list[str] = []
    x.buffer = printed
    run(x)
    x.buffer, x.buffer_position = outer, position
    return printed


def compile_block(body: Body) -> Step:
    """The closure that runs a body in a scope of its own if it defines anything."""
    run = compile_body(body)
    if not _defines(body):
        return run

    def scoped(x: Expansion) -> None:
        outer = x.scope
        x.scope = outer.child({})
        run(x)
        x.scope = outer

    return scoped


def _defines(body: Body) -> bool:
    """Whether a `let` stands in a body, elements included, and not in a block inside it."""
    return any(isinstance(n, Let) or (isinstance(n, ElementNode) and _defines(n.children)) for n in body)


def _steps(body: Body) -> tuple[Step, ...]:
    steps: list[Step] = []
    for node in _joined(body):
        steps.append(_compile_node(node))  # noqa: PERF401 - a comprehension would cost a frame at every level
    return tuple(steps)


def _joined(body: Body) -> list[Node]:
    """The body with neighbouring literals made one."""
    result: list[Node] = []
    for node in body:
        last = result[-1] if result else None
        if isinstance(node, Literal) and isinstance(last, Literal):
            result[-1] = Literal(last.text + node.text, last.position)
        else:
            result.append(node)
    return result


def _compile_node(node: Node) -> Step:
    match node:
        case Literal(text, position):
            return _print(text, position)
        case Output():
            return _output(node)
        case If():
            return _if(node)
        case For():
            return _for(node)
        case Let(name, expression):
            return _let(name, expression)
        case Include(_, body):
            return compile_block(body)
        case StyleNode():
            return _style(node)
        case ElementNode():
            return _element(node)


def _print(text: str, position: SourcePosition) -> Step:
    def write(x: Expansion) -> None:
        if not x.buffer:
            x.buffer_position = position
        x.buffer.append(text)

    return write


def _output(node: Output) -> Step:
    render, position = node.render, node.position

    def write(x: Expansion) -> None:
        if not x.buffer:
            x.buffer_position = position
        x.buffer.append(render(x.scope))

    return write


def _let(name: str, expression: Expression) -> Step:
    evaluate = expression.evaluate

    def let(x: Expansion) -> None:
        x.scope.set(name, evaluate(x.scope))

    return let


def _if(node: If) -> Step:
    branches = tuple((branch.condition.evaluate, compile_block(branch.body)) for branch in node.branches)
    otherwise = compile_block(node.otherwise)

    def choose(x: Expansion) -> None:
        for condition, run in branches:
            if condition(x.scope):
                run(x)
                return
        otherwise(x)

    return choose


def _for(node: For) -> Step:
    evaluate, names, position = node.items.evaluate, node.names, node.position
    run, otherwise = compile_body(node.body), compile_block(node.otherwise)

    def loop(x: Expansion) -> None:
        outer = x.scope
        turns = loop_items(evaluate(outer), len(names), position)
        length = len(turns)
        if not length:
            otherwise(x)
            return
        x.count_turns(length, position)
        for index, values in enumerate(turns):
            variables: dict[str, Value] = dict(zip(names, values, strict=True))
            variables["loop"] = _loop_variable(index, length)
            x.scope = outer.child(variables)
            run(x)
        x.scope = outer

    return loop


def _loop_variable(index: int, length: int) -> Value:
    return {
        "index": index + 1,
        "index0": index,
        "first": index == 0,
        "last": index == length - 1,
        "length": length,
    }


def _style(node: StyleNode) -> Step:
    source = node.source
    if source is not None:
        return lambda x: x.stylesheets.append(source)
    make_text, position = compile_css(node.css), node.position

    def add(x: Expansion) -> None:
        css = make_text(x)
        x.count_characters(len(css), position)
        x.stylesheets.append(StyleSource(css, position, dynamic=True))

    return add


def compile_attributes(attributes: tuple[Attribute, ...]) -> tuple[dict[str, str], MakeAttributes | None]:
    """The attributes if all are static, or the closure that makes them."""
    fixed = {a.name: a.value if isinstance(a.value, str) else static_text(a.value) for a in attributes}
    static = {name: value for name, value in fixed.items() if value is not None}
    if len(static) == len(fixed):
        return static, None
    makers = tuple(
        (a.name, (compile_css if a.name == "style" else compile_text)(a.value), a.position)
        for a in attributes
        if not isinstance(a.value, str) and fixed[a.name] is None
    )
    ordered: dict[str, str] = dict.fromkeys(fixed, "") | static

    def make(x: Expansion) -> dict[str, str]:
        result = ordered.copy()
        for name, make_text, position in makers:
            value = make_text(x)
            x.count_characters(len(value), position)
            result[name] = value
        return result

    return static, make


def _element(node: ElementNode) -> Step:
    name, position, source_id = node.name, node.position, node.source_id
    static, make_attributes = compile_attributes(node.attributes)
    has_dynamic_class = any(a.name == "class" and a.name not in static for a in node.attributes)
    classes = None if has_dynamic_class else frozenset(static.get("class", "").split())
    children = _steps(node.children)
    markup = compile_text(node.markup) if node.markup is not None else None

    def element(x: Expansion) -> None:
        if x.buffer:
            x.flush()
        x.count_node(position)
        attributes = make_attributes(x) if make_attributes else static
        new = Element(name, attributes, position, source_id, classes)
        parent = x.parent
        parent.append(new)
        if markup:
            new.markup = markup(x)
            x.count_characters(len(new.markup), position)
            return
        if children:
            x.parent = new
            for child in children:
                child(x)
            if x.buffer:
                x.flush()
            x.parent = parent

    return element
