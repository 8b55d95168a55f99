"""Which images from elsewhere a template shows with given values, declared or not."""

from __future__ import annotations

from renderer import RenderOptions, compile_bundle
from renderer.expressions import Value
from renderer.template.bundle import bundle_from_files
from server.outgoing.mentions import image_urls

HTML = """\
<img src="{{ logo }}"><div style="background-image: url(https://a.example/{{ id }}.png)"></div>
{{ for person in team.people }}<img src="{{ person.face }}">{{ end }}
"""
MANIFEST = """\
[variables.logo]
type = "image"
[variables.unseen]
type = "image"
[variables.id]
type = "text"
[bindings.team]
url = "https://a.example/team.json"
"""


def test_images_of_variables_expressions_and_undeclared_data_are_found_if_they_are_shown() -> None:
    files = {"template.html": HTML.encode(), "template.toml": MANIFEST.encode()}
    values: dict[str, Value] = {
        "logo": "asset:logo",
        "unseen": "https://a.example/unseen.png",
        "id": "7",
        "team": {"people": [{"face": "https://b.example/1"}, {"face": "local.png"}, {"face": "https://b.example/1"}]},
    }
    assert image_urls(compile_bundle(bundle_from_files("t", files)), values, RenderOptions()) == (
        "asset:logo",
        "https://a.example/7.png",
        "https://b.example/1",
    )
