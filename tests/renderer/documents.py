"""Hypothesis strategies for whole documents: strange but possible HTML and CSS, and text that no test thinks of."""

# ruff: noqa: SIM905 - keywords in one string read like the CSS they are

from __future__ import annotations

from hypothesis import strategies as st

LENGTHS = st.sampled_from(
    "0 1px -1px 10px 37.5px 1e9px -1e9px 50% -20% 200% 1em 2rem 3vw 0.001px auto calc(50%-10px) "
    "min(10px,50%) max(1em,20%) clamp(1px,5%,40px) calc(infinity*1px) min-content max-content fit-content 12ch".split()
)
NUMBERS = st.sampled_from("0 1 2 -1 0.5 1e9 -3 100".split())
COLORS = st.sampled_from("red #1234 rgb(1,2,3) hsl(10,50%,50%) oklch(0.7 0.1 200) transparent currentcolor".split())

_VALUES: dict[str, st.SearchStrategy[str]] = {
    "display": st.sampled_from(
        "block inline inline-block flex inline-flex none contents list-item flow-root grid table -webkit-box".split()
    ),
    "position": st.sampled_from("static relative absolute fixed sticky".split()),
    "flex": st.sampled_from(["1", "none", "auto", "0 0 10px", "2 3 0%", "1 1 auto", "1e9 1e9 1e9px"]),
    "flex-direction": st.sampled_from("row column row-reverse column-reverse".split()),
    "flex-wrap": st.sampled_from("wrap nowrap wrap-reverse".split()),
    "justify-content": st.sampled_from("center space-between space-evenly flex-end start normal".split()),
    "align-items": st.sampled_from(["center", "stretch", "baseline", "last baseline", "flex-end", "safe center"]),
    "align-content": st.sampled_from("center stretch space-around".split()),
    "box-sizing": st.sampled_from("border-box content-box".split()),
    "overflow": st.sampled_from("hidden visible clip auto".split()),
    "aspect-ratio": st.sampled_from(["1", "16/9", "0", "1/0", "auto", "1e9"]),
    "white-space": st.sampled_from("nowrap pre pre-wrap pre-line break-spaces normal".split()),
    "overflow-wrap": st.sampled_from("anywhere break-word normal".split()),
    "word-break": st.sampled_from("break-all keep-all normal".split()),
    "text-align": st.sampled_from("left right center justify start end".split()),
    "text-wrap": st.sampled_from("balance pretty nowrap wrap".split()),
    "text-overflow": st.sampled_from(["ellipsis", "clip", "'…more'"]),
    "line-clamp": st.sampled_from("1 2 3 none".split()),
    "text-fit": st.sampled_from(["shrink", "grow", "both 5px 50px", "shrink 2px", "none"]),
    "line-height": st.sampled_from("normal 0 1 1.5 10px 200% 1e6".split()),
    "font-size": st.sampled_from("0 1px 16px 40px 400px 1e5px 0.01px 2em".split()),
    "font-weight": st.sampled_from("1 100 650 1000 bold".split()),
    "letter-spacing": st.sampled_from("normal -1px 5px 1em -1000px".split()),
    "vertical-align": st.sampled_from("baseline top bottom middle super sub 10px -50% text-top".split()),
    "direction": st.sampled_from("rtl ltr".split()),
    "unicode-bidi": st.sampled_from("plaintext isolate bidi-override embed".split()),
    "text-transform": st.sampled_from("uppercase lowercase capitalize full-width".split()),
    "text-decoration": st.sampled_from(["underline", "wavy overline 3px", "dotted line-through red", "none"]),
    "border": st.sampled_from(
        ["1px solid", "5px dotted red", "20px groove #123", "3px double", "0.2px dashed", "1e4px inset"]
    ),
    "border-radius": st.sampled_from("0 5px 50% 1e6px 10%/90%".split()),
    "box-shadow": st.sampled_from(["0 0 10px red", "inset 5px 5px 200px 9px", "1px 2px 3px -40px #0008", "0 0 1e5px"]),
    "text-shadow": st.sampled_from(["1px 1px 2px", "0 0 300px red", "-1e6px 0 0"]),
    "background": st.sampled_from(
        [
            "red",
            "linear-gradient(45deg, red, 20%, blue)",
            "radial-gradient(circle at 0 0, red 0, blue 0)",
            "conic-gradient(from 1turn, red, blue 50%, red)",
            "repeating-linear-gradient(red 0 1px, blue 1px 2px)",
            "repeating-radial-gradient(red, blue 0.001px)",
            "linear-gradient(red, blue) 5px 5px / 3px 3px space",
            "url(nothing.png)",
        ]
    ),
    "background-clip": st.sampled_from("text padding-box content-box".split()),
    "opacity": st.sampled_from("0 0.5 1 2 -1".split()),
    "transform": st.sampled_from(
        ["rotate(30deg)", "scale(0)", "scale(1e6)", "skew(89.9deg)", "translate(-50%,1e9px)", "matrix(1,0,0,0,0,0)"]
    ),
    "filter": st.sampled_from(
        ["blur(3px)", "brightness(1e6)", "drop-shadow(3px 3px 3px red)", "hue-rotate(1turn)", "blur(1e5px)"]
    ),
    "mix-blend-mode": st.sampled_from("multiply screen hue color-dodge".split()),
    "z-index": NUMBERS,
    "order": NUMBERS,
    "float": st.sampled_from("left right none".split()),
    "visibility": st.sampled_from("hidden visible".split()),
    "content": st.sampled_from(["'x'", "open-quote", "''", "attr(class)"]),
    "gap": LENGTHS,
    "color": COLORS,
    **dict.fromkeys(("width", "height", "min-width", "min-height", "max-width", "max-height", "top", "left"), LENGTHS),
    **dict.fromkeys(("right", "bottom", "margin", "padding", "margin-top", "flex-basis", "text-indent"), LENGTHS),
}

DECLARATIONS = st.sampled_from(sorted(_VALUES)).flatmap(lambda name: _VALUES[name].map(lambda value: f"{name}:{value}"))
STYLES = st.lists(DECLARATIONS, max_size=6).map(";".join)

TEXTS = st.one_of(
    st.sampled_from(
        [
            "plain words that wrap",
            "שלום עולם 123 abc",
            "مرحبا بالعالم",
            "ภาษาไทยไม่มีช่องว่าง",
            "日本語の長い文章、改行。",
            "👩‍👩‍👧‍👦🇩🇪👍🏽",
            "a\u0301\u0301\u0301",
            "\u0301\u0302",
            "\u202e\u2066x\u2069",
            "so\u00adft hy\u00adphens",
            "\t\ttabs  and\n\nlines",
            "x" * 300,
            "\u2028\u200b\ufeff",
            "",
        ]
    ),
    st.text(max_size=30).map(lambda text: text.replace("<", "").replace("&", "").replace("{", "")),
)

NAMES = st.sampled_from("div span p b i h1 ul li ol img br hr svg section a q table tr td sub blockquote".split())


def _element(name: str, style: str, children: list[str]) -> str:
    style = style.replace('"', "'")
    if name == "img":
        return f'<img src="missing.png" style="{style}">'
    if name in ("br", "hr"):
        return f'<{name} style="{style}">'
    if name == "svg":
        return f'<svg width="9" height="9" style="{style}"><circle cx="4" cy="4" r="4" fill="currentColor"/></svg>'
    return f'<{name} class="c" style="{style}">{"".join(children)}</{name}>'


NODES: st.SearchStrategy[str] = st.recursive(
    TEXTS,
    lambda inner: st.builds(_element, NAMES, STYLES, st.lists(inner, max_size=4)),
    max_leaves=14,
)

SHEETS = st.lists(
    st.builds(
        lambda selector, style: f"{selector} {{ {style} }}",
        st.sampled_from(
            [
                "*",
                ".c",
                "div > *",
                "span::before",
                ".c:nth-child(2n)",
                "p:has(b)",
                ":not(.c)",
                "body",
                "html",
                "li::after",
            ]
        ),
        STYLES,
    ),
    max_size=4,
).map("\n".join)

DOCUMENTS = st.builds(
    lambda sheet, style, children: (
        f'<style>{sheet}</style><body style="{style.replace(chr(34), chr(39))}">{"".join(children)}'
    ),
    SHEETS,
    STYLES,
    st.lists(NODES, min_size=1, max_size=4),
)
