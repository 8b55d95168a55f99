"""What the HTML Standard says about its elements: which are empty, whose end tags may be left out, which are special.

Sources: HTML Standard 13.1.2 (void elements, optional tags) and 13.2.4.2 (the stack of open elements).
"""

from __future__ import annotations

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)

OPTIONAL_END = frozenset(
    {
        *("p", "li", "dt", "dd", "option", "optgroup", "rt", "rp", "colgroup", "caption"),
        *("thead", "tbody", "tfoot", "tr", "td", "th"),
    }
)

# A start tag of one of these ends an open <p>.
ENDS_PARAGRAPH = frozenset(
    {
        *("address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "fieldset"),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr"),
        *("main", "menu", "nav", "ol", "p", "pre", "search", "section", "summary", "table", "ul", "li", "dd", "dt"),
    }
)

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

# Start tag → (open elements that it ends, elements beyond which it does not look).
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_ROW_GROUPS = frozenset({"thead", "tbody", "tfoot"})
_CELLS = frozenset({"td", "th"})
_TABLE = frozenset({"table"})
ENDS_OPEN: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), _LISTS | {"table", "td", "th"}),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl", "table", "td", "th"})),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl", "table", "td", "th"})),
    "rt": (frozenset({"rt", "rp"}), frozenset({"ruby"})),
    "rp": (frozenset({"rt", "rp"}), frozenset({"ruby"})),
    "td": (_CELLS, _TABLE | {"tr"}),
    "th": (_CELLS, _TABLE | {"tr"}),
    "tr": (frozenset({"tr"}), _TABLE | _ROW_GROUPS),
    "thead": (_ROW_GROUPS | {"caption", "colgroup"}, _TABLE),
    "tbody": (_ROW_GROUPS | {"caption", "colgroup"}, _TABLE),
    "tfoot": (_ROW_GROUPS | {"caption", "colgroup"}, _TABLE),
    "a": (frozenset({"a"}), frozenset({"table", "td", "th", "button"})),
    "button": (frozenset({"button"}), frozenset({"table", "td", "th"})),
}

# Elements beyond which no open <p> is looked for ("button scope").
PARAGRAPH_SCOPE = frozenset({"table", "td", "th", "caption", "button", "object", "marquee", "template"})

# A row directly in a table gets a <tbody>, a cell directly in a row group a <tr>.
IMPLIED_PARENTS: dict[str, dict[str, str]] = {
    "tr": {"table": "tbody"},
    "td": {"table": "tbody", "thead": "tr", "tbody": "tr", "tfoot": "tr"},
    "th": {"table": "tbody", "thead": "tr", "tbody": "tr", "tfoot": "tr"},
}

# Elements whose end tag may close a special element on its way (the browser rebuilds them; we warn).
FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)

SPECIAL = ENDS_PARAGRAPH | OPTIONAL_END | frozenset({"table", "button", "object", "template", "img", "select", "ruby"})

SILENT = frozenset({"title", "meta", "head"})
"""Elements of a page's head that say nothing about a picture."""

UNSUPPORTED = frozenset(
    {
        *("applet", "area", "audio", "base", "canvas", "datalist", "embed", "frame", "frameset", "iframe", "input"),
        *("map", "math", "meter", "noembed", "noframes", "noscript", "object", "param", "progress", "script"),
        *("select", "source", "template", "textarea", "track", "video", "xmp"),
    }
)
"""Elements that are left out of the picture, with a warning."""
