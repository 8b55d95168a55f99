"""What makes a whole upload unusable. A row that is wrong by itself is no error: it says so in its place."""

from __future__ import annotations

from server.errors import SignetError


class UnreadableRows(SignetError):  # noqa: N818 - says what is wrong, as the other errors of the server do
    """The upload is no file of rows: empty, without column names, cut short, of another format than announced."""

    status = 422
    code = "unreadable-rows"
    title = "Unreadable rows"
