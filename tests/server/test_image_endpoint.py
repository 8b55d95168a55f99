"""Parts of pictures, and pictures on pages of other sites."""

from __future__ import annotations

from tests.server.live_server import LiveServer
from tests.server.test_images_http import problem


class TestRanges:
    def test_the_first_bytes_of_a_picture(self, live: LiveServer) -> None:
        path = live.path("card", title="Range")
        whole = live.ask(path)
        assert whole.headers["accept-ranges"] == "bytes"
        part = live.ask(path, headers={"Range": "bytes=10-19"})
        assert (part.status, part.body) == (206, whole.body[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(whole.body)}"
        assert part.headers["content-length"] == "10"
        for name in ("etag", "cache-control", "content-type", "cache-tag"):
            assert part.headers[name] == whole.headers[name]

    def test_more_than_there_is_is_all_of_it(self, live: LiveServer) -> None:
        path = live.path("card", title="Range")
        part = live.ask(path, headers={"Range": "bytes=0-524288"})
        assert (part.status, part.body) == (206, live.ask(path).body)

    def test_behind_the_end_there_is_nothing(self, live: LiveServer) -> None:
        path = live.path("card", title="Range")
        answer = live.ask(path, headers={"Range": "bytes=524288-"})
        problem(answer, 416, "range-not-satisfiable")
        assert answer.headers["content-range"] == f"bytes */{len(live.ask(path).body)}"

    def test_a_part_of_another_picture_is_the_whole_of_this_one(self, live: LiveServer) -> None:
        path = live.path("card", title="Range")
        tag = live.ask(path).headers["etag"]
        assert live.ask(path, headers={"Range": "bytes=0-9", "If-Range": tag}).status == 206
        assert live.ask(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).status == 200

    def test_several_ranges_are_answered_by_the_whole(self, live: LiveServer) -> None:
        path = live.path("card", title="Range")
        assert live.ask(path, headers={"Range": "bytes=0-1,5-6"}).status == 200

    def test_a_picture_that_the_client_has_has_no_parts(self, live: LiveServer) -> None:
        path = live.path("card", title="Range")
        tag = live.ask(path).headers["etag"]
        assert live.ask(path, headers={"Range": "bytes=0-9", "If-None-Match": tag}).status == 304
        head = live.ask(path, "HEAD", {"Range": "bytes=0-9"})
        assert (head.status, head.headers["content-length"]) == (200, str(len(live.ask(path).body)))


class TestOtherSites:
    def test_pages_of_other_sites_may_show_and_read_pictures(self, live: LiveServer) -> None:
        answer = live.ask(live.path("card", title="Canvas"), headers={"Origin": "https://elsewhere.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert not {"vary", "access-control-allow-credentials"} & set(answer.names)

    def test_what_a_browser_asks_before(self, live: LiveServer) -> None:
        asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
        answer = live.ask(live.path("card", title="Canvas"), "OPTIONS", asked)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
