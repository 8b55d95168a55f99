"""What keeps pictures from being exported.

SignetError
└── ExportFailed  502  the storage refuses or fails
"""

from __future__ import annotations

from server.errors import SignetError


class ExportFailed(SignetError):  # noqa: N818 - says what is wrong, as the other errors of the server do
    """The storage did not take an object. `retryable` tells whether it may do so later."""

    status, code, title = 502, "export-failed", "Export failed"

    def __init__(self, message: str, *, retryable: bool, log_message: str = "") -> None:
        super().__init__(message, log_message=log_message)
        self.retryable = retryable
