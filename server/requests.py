"""Around every request: a request id, problem documents for errors, and one log line."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.bindings import BindingUnavailable
from server.errors import SignetError

logger = logging.getLogger("server.access")

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""Id of the request being answered."""

UNREMARKABLE = "signet.unremarkable"
"""Key of the scope under which an endpoint may say that its request deserves no line in the log."""

_USABLE_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")


def problem_response(error: SignetError) -> JSONResponse:
    """The problem document of an error (RFC 9457). Without max-age: caches decide by status how long they keep it."""
    return JSONResponse(
        error.problem() | {"request_id": request_id.get()},
        status_code=error.status,
        headers={"Cache-Control": "no-store"} | error.headers() if error.edge_seconds is None else error.headers(),
        media_type="application/problem+json",
    )


class RequestMiddleware:
    """Outermost layer: nothing below it leaves a request unanswered or shows internals."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = _request_id(scope)
        token = request_id.set(identifier)
        sender = _Sender(send, identifier)
        started = time.perf_counter()
        try:
            await self._answer(scope, receive, sender)
        finally:
            logger.log(
                logging.DEBUG if scope.get(UNREMARKABLE) else logging.INFO,
                "%s %s %s",
                scope["method"],
                scope["path"],
                sender.status,
                extra={
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": sender.status,
                    "milliseconds": round((time.perf_counter() - started) * 1000, 2),
                    "request_id": identifier,
                },
            )
            request_id.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, sender: _Sender) -> None:
        try:
            await self.app(scope, receive, sender)
        except SignetError as error:
            if sender.started:
                raise
            # A source of live data that fails is logged once, not for each picture that needs it.
            if error.status >= 500 and not isinstance(error, BindingUnavailable):
                logger.exception("%s", error.log_message, exc_info=error.__cause__)
            await problem_response(error)(scope, receive, sender)
        except Exception:
            logger.exception("unexpected error")
            if sender.started:
                raise
            await problem_response(SignetError("Something went wrong on the server."))(scope, receive, sender)


class _Sender:
    """Adds the request id and notes the status."""

    def __init__(self, send: Callable[[Message], Awaitable[None]], identifier: str) -> None:
        self._send = send
        self._identifier = identifier.encode("ascii")
        self.status = 0

    @property
    def started(self) -> bool:
        """Whether the status line is sent already."""
        return self.status != 0

    async def __call__(self, message: Message) -> None:
        """Send one ASGI message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._identifier)]
        await self._send(message)


def _request_id(scope: Scope) -> str:
    """The id that a proxy in front gave the request, if it is harmless, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _USABLE_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(8)
