"""Everything the server refuses or fails at. Each error knows its HTTP answer; nothing here knows HTTP libraries.

SignetError
├── UrlError                    the URL cannot be read
│   ├── MalformedUrl            400  broken percent-escape, not UTF-8, U+0000
│   ├── UrlTooLong              414
│   ├── NotFound                404  no such path or stored thing
│   └── UnknownFormat           404  an extension Signet never writes
├── SignatureError              the URL was not made by a holder of a signing key
│   ├── MissingSignature        403
│   ├── BadSignature            403
│   ├── UnsignedParameter       403  a parameter that nobody can sign
│   └── DuplicateParameter      403
├── ExpiredUrl                  410
├── UnknownTemplate             404
│   └── UnknownVersion          404
├── UnusableRequest             the request is genuine, but its content cannot become a picture
│   ├── InvalidValues           422  variables; lists every problem
│   │   └── InvalidOption       422  reserved names: _d, _q, …
│   ├── UnsupportedFormat       422  a format of the grammar which this template or machine does not offer
│   ├── LimitExceeded           422  a cap on nodes, loops, source pixels …
│   │   └── TooManyPixels       422
│   ├── UnreadableAsset         422  an image or font cannot be read
│   └── ExpressionFailed        422  an expression cannot be evaluated with these values
├── ApiError                    the API call itself is wrong
│   ├── Unauthorized            401
│   ├── Forbidden               403
│   ├── MethodNotAllowed        405
│   ├── NotAcceptable           406
│   ├── BodyTooLarge            413
│   ├── UnsupportedMediaType    415
│   ├── MalformedBody           400
│   └── TooManyRequests         429
├── RenderError                 the fault is on this side
│   ├── BrokenTemplate          500
│   ├── RenderFailed            500
│   └── RenderTimeout           504  the deadline passed and the render was killed
├── Unavailable                 503  come back later
│   ├── QueueFull               503
│   └── ShuttingDown            503
├── StoreError                  a store cannot keep something; logged, and the render is answered all the same
└── ConfigurationError          settings or key files are wrong; printed at start, the server does not begin

A render deadline is 504 and not 503: the same URL would fail again, so there is nothing to come back for, and nginx
tells the two apart in `proxy_cache_use_stale`. A known extension that a template does not offer is 422 because the
request was understood; an extension outside the grammar names nothing, so it is 404.
"""

# ruff: noqa: N818 - the names say what is wrong, as itsdangerous' BadSignature does; "Error" is kept for the groups

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from renderer import errors as renderer_errors
from renderer.errors import ValueProblem

JsonValue = str | int | float | bool | None | Mapping[str, "JsonValue"] | Sequence["JsonValue"]


class SignetError(Exception):
    """Base of all server errors.

    `status` is the HTTP status, `code` a stable machine name, `title` the short name of the kind of problem.
    `message` is for the person who asked and holds no internals; `log_message` is for whoever runs the server.
    `retry_after` is in seconds. `members` are further members of the problem document.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        message: str = "",
        *,
        log_message: str = "",
        retry_after: int | None = None,
        members: Mapping[str, JsonValue] | None = None,
    ) -> None:
        self.message = message or f"{self.title}."
        self.log_message = log_message or self.message
        self.retry_after = retry_after
        self.members: dict[str, JsonValue] = dict(members or {})
        super().__init__(self.message)

    @property
    def problem_type(self) -> str:
        """The `type` member: a URI reference that identifies the kind of problem (RFC 9457 section 3.1.1)."""
        return f"/problems/{self.code}"

    @property
    def edge_seconds(self) -> int | None:
        """How long an edge cache may keep this answer, or None for not at all.

        Negatives are kept a little so that a wrong link in a sent mail does not reach the origin once per reader;
        failures are kept just long enough to end a stampede.
        """
        if self.status in (404, 410):
            return 30
        return 2 if self.status == 429 or self.status >= 500 else None

    def problem(self) -> dict[str, JsonValue]:
        """The problem document (RFC 9457), ready for `application/problem+json`."""
        return {
            "type": self.problem_type,
            "title": self.title,
            "status": self.status,
            "detail": self.message,
            "code": self.code,
            **self.members,
        }

    def headers(self) -> dict[str, str]:
        """Headers this error demands beside its body; caching is `edge_seconds` and left to the caller."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class UrlError(SignetError):
    """The URL cannot be read."""

    status, code, title = 400, "malformed-url", "Malformed URL"


class MalformedUrl(UrlError):
    """The URL is no well-formed percent-encoded UTF-8."""


class UrlTooLong(UrlError):
    """The URL is longer than the server accepts."""

    status, code, title = 414, "url-too-long", "URL too long"


class NotFound(UrlError):
    """Nothing lives at this path."""

    status, code, title = 404, "not-found", "Not found"


class UnknownFormat(UrlError):
    """The path's extension is no image format of the URL grammar."""

    status, code, title = 404, "unknown-format", "Unknown format"


class SignatureError(SignetError):
    """The URL is not what a holder of a signing key made."""

    status, code, title = 403, "bad-signature", "Bad signature"


class MissingSignature(SignatureError):
    """There is no `_s` parameter."""

    code, title = "missing-signature", "Missing signature"


class BadSignature(SignatureError):
    """The signature does not belong to this URL, or to no key the server knows."""


class UnsignedParameter(SignatureError):
    """A parameter is present that no signature can cover."""

    code, title = "unsigned-parameter", "Unsigned parameter"


class DuplicateParameter(SignatureError):
    """A parameter is present more than once."""

    code, title = "duplicate-parameter", "Duplicate parameter"


class ExpiredUrl(SignetError):
    """The URL's `_e` has passed."""

    status, code, title = 410, "expired", "URL expired"


class UnknownTemplate(SignetError):
    """No template has this name."""

    status, code, title = 404, "unknown-template", "Unknown template"


class UnknownVersion(UnknownTemplate):
    """The template exists, but not in the version that `_v` pins."""

    code, title = "unknown-version", "Unknown template version"


class UnusableRequest(SignetError):
    """The request is genuine, but its content cannot become a picture."""

    status, code, title = 422, "unusable-request", "Unusable request"


class InvalidValues(UnusableRequest):
    """One or more values do not fit; `problems` lists them all."""

    code, title = "invalid-values", "Invalid values"

    def __init__(self, problems: Sequence[ValueProblem], message: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__(
            message or "; ".join(f"{problem.name}: {problem.message}" for problem in problems),
            members={"problems": [_problem_member(problem) for problem in problems]},
        )


class InvalidOption(InvalidValues):
    """One or more reserved parameters (`_d`, `_q`, …) hold impossible values."""

    code, title = "invalid-option", "Invalid option"


class UnsupportedFormat(UnusableRequest):
    """The format exists in the grammar, but this template or this machine does not offer it."""

    code, title = "unsupported-format", "Unsupported format"


class LimitExceeded(UnusableRequest):
    """A cap that keeps renders bounded was reached."""

    code, title = "limit-exceeded", "Limit exceeded"


class TooManyPixels(LimitExceeded):
    """The picture would have more pixels than the server renders."""

    code, title = "too-many-pixels", "Too many pixels"


class UnreadableAsset(UnusableRequest):
    """An image or font that the picture needs is missing or cannot be read."""

    code, title = "unreadable-asset", "Unreadable asset"


class ExpressionFailed(UnusableRequest):
    """An expression of the template cannot be evaluated with the given values."""

    code, title = "expression-failed", "Expression failed"


class ApiError(SignetError):
    """The API call itself is wrong."""

    status, code, title = 400, "bad-request", "Bad request"


class Unauthorized(ApiError):
    """No API key, or a wrong one."""

    status, code, title = 401, "unauthorized", "Unauthorized"

    def headers(self) -> dict[str, str]:
        """A 401 must name its scheme (RFC 9110 section 11.6.1)."""
        return super().headers() | {"WWW-Authenticate": 'Bearer realm="signet"'}


class Forbidden(ApiError):
    """The caller is known, or on the wrong network, and may not do this."""

    status, code, title = 403, "forbidden", "Forbidden"


class MethodNotAllowed(ApiError):
    """The path exists, but not for this method; `allowed` lists those that work."""

    status, code, title = 405, "method-not-allowed", "Method not allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(f"Use {' or '.join(self.allowed)} here.")

    def headers(self) -> dict[str, str]:
        """A 405 must list what is allowed (RFC 9110 section 15.5.6)."""
        return super().headers() | {"Allow": ", ".join((*self.allowed, "OPTIONS"))}


class NotAcceptable(ApiError):
    """The caller accepts none of the media types on offer."""

    status, code, title = 406, "not-acceptable", "Not acceptable"


class BodyTooLarge(ApiError):
    """The request body is larger than the server reads."""

    status, code, title = 413, "body-too-large", "Body too large"


class UnsupportedMediaType(ApiError):
    """The request body has a media type this endpoint does not read."""

    status, code, title = 415, "unsupported-media-type", "Unsupported media type"


class MalformedBody(ApiError):
    """The request body is not what its media type says, or lacks its required shape."""

    code, title = "malformed-body", "Malformed body"


class TooManyRequests(ApiError):
    """The caller asks more often than allowed."""

    status, code, title = 429, "too-many-requests", "Too many requests"


class RenderError(SignetError):
    """The request was fine; the fault is on this side."""

    code, title = "render-failed", "Render failed"


class BrokenTemplate(RenderError):
    """The template cannot be compiled."""

    code, title = "broken-template", "Broken template"


class RenderFailed(RenderError):
    """The renderer or a codec failed or crashed."""


class RenderTimeout(RenderError):
    """The render took longer than its deadline and was stopped."""

    status, code, title = 504, "render-timeout", "Render timed out"


class Unavailable(SignetError):
    """The server cannot take the request now and says when to come back."""

    status, code, title = 503, "unavailable", "Unavailable"

    def __init__(self, message: str = "", *, log_message: str = "", retry_after: int = 2) -> None:
        super().__init__(message, log_message=log_message, retry_after=retry_after)


class QueueFull(Unavailable):
    """Every render place is taken and the queue has no room."""

    code, title = "queue-full", "Queue full"


class ShuttingDown(Unavailable):
    """The server finishes what it began and takes nothing new."""

    code, title = "shutting-down", "Shutting down"


class StoreError(SignetError):
    """A store cannot keep or find its bytes (disk full, no permission). Log it; the picture is answered anyway."""

    code, title = "store-failed", "Store failed"


class ConfigurationError(SignetError):
    """Settings or key files are unusable; the message says what to change."""

    code, title = "configuration", "Configuration error"


def from_renderer(error: renderer_errors.RendererError) -> SignetError:
    """Translate a renderer's error into the server's answer; the one place where that happens.

    Positions inside a template are internals: they go to `log_message` only. Faults of the template itself also
    hide their text, since whoever looks at the picture cannot act on it.
    """
    log = f"{type(error).__name__}: {error}"
    match error:
        case renderer_errors.ValuesError():
            return InvalidValues(error.problems)
        case renderer_errors.ExpressionError():
            return ExpressionFailed(error.message, log_message=log)
        case renderer_errors.LimitError():
            return LimitExceeded(error.message, log_message=log)
        case renderer_errors.AssetError():
            return UnreadableAsset(error.message, log_message=log)
        case renderer_errors.TemplateError():
            return BrokenTemplate("The template is broken; its author finds why in the server's log.", log_message=log)
        case renderer_errors.EncodeError():
            return RenderFailed("The picture cannot be written in this format.", log_message=log)
    return RenderFailed("The picture could not be rendered.", log_message=log)


def _problem_member(problem: ValueProblem) -> dict[str, JsonValue]:
    further = {"expected": problem.expected, "got": problem.got, "code": problem.code}
    return {"name": problem.name, "message": problem.message, **{name: text for name, text in further.items() if text}}
