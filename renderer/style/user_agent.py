"""The user agent stylesheet: Chromium's html.css (HTML section 15) for the elements that make up pictures."""

from __future__ import annotations

USER_AGENT_CSS = """
html, body, div, address, article, aside, blockquote, center, dd, details, dialog, dir, dl, dt, fieldset, figcaption,
figure, footer, form, h1, h2, h3, h4, h5, h6, header, hgroup, hr, legend, listing, main, menu, nav, ol, optgroup, p,
plaintext, pre, search, section, summary, ul, xmp { display: block }
address, article, aside, blockquote, center, dd, details, dialog, dir, div, dl, dt, figcaption, figure, footer,
form, h1, h2, h3, h4, h5, h6, header, hgroup, legend, li, listing, main, menu, nav, ol, p, plaintext, pre, search,
section, summary, ul, xmp { unicode-bidi: isolate }
head, link, meta, script, style, title, template, base, area, datalist, noscript, param, source, track, rp,
[hidden] { display: none }
body { margin: 8px }
p, dl { margin-block: 1em }
blockquote, figure { margin: 1em 40px }
ul, ol, menu, dir { margin-block: 1em; padding-inline-start: 40px }
ul, menu, dir { list-style-type: disc }
ol { list-style-type: decimal }
li { display: list-item }
:is(ul, ol, menu, dir) ul, :is(ul, ol, menu, dir) menu { list-style-type: circle }
:is(ul, ol, menu, dir) :is(ul, ol, menu, dir) ul, :is(ul, ol, menu, dir) :is(ul, ol, menu, dir) menu
  { list-style-type: square }
:is(ul, ol, menu, dir) :is(ul, ol, menu, dir), :is(ul, ol, menu, dir) dl { margin-block: 0 }
dd { margin-inline-start: 40px }
h1 { font-size: 2em; margin-block: 0.67em; font-weight: bold }
h2 { font-size: 1.5em; margin-block: 0.83em; font-weight: bold }
h3 { font-size: 1.17em; margin-block: 1em; font-weight: bold }
h4 { margin-block: 1.33em; font-weight: bold }
h5 { font-size: 0.83em; margin-block: 1.67em; font-weight: bold }
h6 { font-size: 0.67em; margin-block: 2.33em; font-weight: bold }

strong, b { font-weight: bolder }
i, cite, em, var, address, dfn { font-style: italic }
u, ins { text-decoration: underline }
s, strike, del { text-decoration: line-through }
small { font-size: smaller }
big { font-size: larger }
sub { vertical-align: sub; font-size: smaller }
sup { vertical-align: super; font-size: smaller }
tt, code, kbd, samp { font-family: monospace }
pre, listing, plaintext, xmp { font-family: monospace; white-space: pre; margin-block: 1em }
mark { background-color: mark; color: marktext }
center { text-align: center }
nobr { white-space: nowrap }
wbr::before { content: "\\200B"; text-wrap-mode: wrap }
a:any-link { color: linktext; text-decoration: underline }
q::before { content: open-quote }
q::after { content: close-quote }
hr { border: 1px inset; margin: 0.5em auto; color: gray; overflow: hidden; unicode-bidi: isolate }
img, svg, video, canvas, iframe { overflow: clip }
svg:not(:root) { overflow: hidden }
bdo { unicode-bidi: bidi-override }
bdi, output { unicode-bidi: isolate }
fieldset { margin: 0 2px; padding: 0.35em 0.75em 0.625em; border: 2px groove rgb(192, 192, 192) }
legend { padding: 0 2px }
table { display: table; text-indent: 0; box-sizing: border-box }
caption { display: table-caption; text-align: center }
colgroup { display: table-column-group }
col { display: table-column }
thead { display: table-header-group; vertical-align: middle }
tbody { display: table-row-group; vertical-align: middle }
tfoot { display: table-footer-group; vertical-align: middle }
tr { display: table-row }
td, th { display: table-cell; padding: 1px }
th { font-weight: bold; text-align: center }
button { display: inline-block; box-sizing: border-box; font: 13.3333px sans-serif; text-align: center;
  padding: 1px 6px; border: 2px outset buttonborder; background-color: buttonface; color: buttontext;
  letter-spacing: normal; word-spacing: normal; text-transform: none; text-indent: 0; text-shadow: none }
progress, meter { display: inline-block; width: 10em; height: 1em; vertical-align: -0.2em; box-sizing: border-box }
[dir="rtl" i] { direction: rtl; unicode-bidi: isolate }
[dir="ltr" i] { direction: ltr; unicode-bidi: isolate }
bdo[dir="rtl" i], bdo[dir="ltr" i] { unicode-bidi: isolate-override }
"""
