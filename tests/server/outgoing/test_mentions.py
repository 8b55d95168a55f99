"""Which images of values are remote."""

from __future__ import annotations

from renderer.expressions import Value
from renderer.template.model import Variable
from server.outgoing.mentions import declared_image_urls

IMAGE = Variable("x", "image")
PEOPLE = Variable(
    "people", "list", items=Variable("items", "object", fields={"name": Variable("name", "text"), "face": IMAGE})
)


def test_images_are_found_wherever_they_are_declared() -> None:
    variables = {"logo": IMAGE, "people": PEOPLE, "strip": Variable("strip", "list", items=IMAGE)}
    values: dict[str, Value] = {
        "strip": ["https://c.example/1", "HTTPS://c.example/2", "https://c.example/1"],
        "people": [{"name": "https://no.example/", "face": "http://b.example/f"}, {"name": "B"}, {"face": "local.png"}],
        "logo": "https://a.example/l",
    }
    assert declared_image_urls(variables, values) == (
        "https://a.example/l",
        "http://b.example/f",
        "https://c.example/1",
        "HTTPS://c.example/2",
    )


def test_what_is_no_remote_image_is_not() -> None:
    variables = {
        "page": Variable("page", "url"),
        "inline": IMAGE,
        "file": IMAGE,
        "absent": IMAGE,
        "anything": Variable("anything", "list"),
        "shape": Variable("shape", "object"),
    }
    values: dict[str, Value] = {
        "page": "https://a.example/",
        "inline": "data:image/png;base64,AAAA",
        "file": "https.png",
        "anything": ["https://a.example/x.png"],
        "shape": {"face": "https://a.example/x.png"},
    }
    assert declared_image_urls(variables, values) == ()
