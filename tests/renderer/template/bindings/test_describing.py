"""What is told about bindings, and the data that stands for theirs."""

from __future__ import annotations

from renderer import describe_bindings, sample_data
from renderer.template import bundle_from_files
from renderer.template.manifest import read_manifest

MANIFEST = """
[bindings.stats]
url = "https://h.example/secret-path"
headers = { Authorization = "env:TOKEN" }
ttl = "30s"
description = "Counts"
type = "object"
default = { count = 1 }
example = { count = 2 }
[bindings.stats.fields.count]
type = "integer"
required = true
[bindings.stats.fields.people]
type = "list"
items = { type = "object", fields = { name = { type = "text" } } }
[bindings.note]
push = true
key = "{{ 1 }}"
type = "text"
[bindings.names]
file = "names.json"
select = "[0]"
default = "never"
"""


def test_what_is_told() -> None:
    files = {"template.toml": MANIFEST.encode(), "names.json": b'["Ada"]'}
    manifest = read_manifest(bundle_from_files("card", files))
    person = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": True}
    assert describe_bindings(manifest) == [
        {
            "name": "stats",
            "source": "url",
            "description": "Counts",
            "ttl": 30,
            "data": {
                "type": "object",
                "required": ["count"],
                "properties": {"count": {"type": "integer"}, "people": {"type": "array", "items": person}},
                "additionalProperties": True,
            },
        },
        {
            "name": "note",
            "source": "push",
            "description": "",
            "ttl": 60,
            "keyed": True,
            "data": {"type": "string"},
        },
        {"name": "names", "source": "file", "description": "", "data": {}},
    ]
    assert sample_data(manifest) == {"stats": {"count": 2}, "names": "Ada"}
