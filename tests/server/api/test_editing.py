"""The editing loop: a saved file shows, a broken one shows its fault while the last good version keeps serving."""

from __future__ import annotations

import time
from pathlib import Path

from tests.server.live_server import live_server, wait_until, write_template


def test_save_break_and_mend(tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "card"
    write_template(folder, "<body>One</body>")
    with live_server(tmp_path / "data", tmp_path / "templates") as server:
        first = server.services.registry.get("card").version
        picture = server.ask(server.path("card")).body

        saved = time.monotonic()
        write_template(folder, "<body>Two</body>")
        wait_until(lambda: server.services.registry.get("card").version != first)
        assert time.monotonic() - saved < 5, "far beyond the second that it takes on an idle machine"
        second = server.ask(server.path("card")).body
        assert second != picture

        write_template(folder, "<body>\n  {{ if two }}Two\n</body>")
        wait_until(lambda: server.call("/v1/templates").json()["broken"])
        assert server.call("/v1/templates").json()["broken"] == [
            {
                "name": "card",
                "message": "{{ if two }} of line 2 is never closed with {{ end }}; template.html ends first.",
                "file": "template.html",
                "line": 2,
                "column": 3,
                "source_line": "  {{ if two }}Two",
            }
        ]
        assert server.ask(server.path("card")).body == second

        write_template(folder, "<body>One</body>")
        wait_until(lambda: server.services.registry.get("card").version == first)
        assert server.call("/v1/templates").json()["broken"] == []
        assert server.ask(server.path("card")).body == picture
