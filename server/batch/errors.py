"""What is refused about batches.

SignetError
├── UnknownBatch          404
├── IdempotencyConflict   422  the Idempotency-Key belongs to another request
├── WrongState            409  the job can't do that now
├── TooManyJobs           429  a caller's open jobs or rows of a day
├── TooManyRows           422  a job's rows
├── NotKept               507  a picture that the store could not keep
└── NoStore               507  a server that keeps no pictures at all
"""

# ruff: noqa: N818 - the names say what is wrong, as the other errors of the server do

from __future__ import annotations

from server.errors import SignetError


class UnknownBatch(SignetError):
    """No job has this id, or it was deleted."""

    status, code, title = 404, "unknown-batch", "Unknown batch"


class IdempotencyConflict(SignetError):
    """The Idempotency-Key was used for another request before."""

    status, code, title = 422, "idempotency-conflict", "Idempotency-Key used before"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key came with another request before; send a new key with a new request, and the same "
            "key only with exactly the same rows and options."
        )


class WrongState(SignetError):
    """What is asked of the job is not possible in its state."""

    status, code, title = 409, "wrong-state", "Not possible in this state"


class TooManyJobs(SignetError):
    """The caller has as many jobs, or rows, as are allowed."""

    status, code, title = 429, "too-many-jobs", "Too many jobs"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, retry_after=retry_after)


class TooManyRows(SignetError):
    """The upload has more rows than a job may have."""

    status, code, title = 422, "too-many-rows", "Too many rows"


class NotKept(SignetError):
    """The store could not keep a picture."""

    status, code, title = 507, "not-kept", "Picture not kept"


class NoStore(SignetError):
    """Pictures of a batch would be gone as soon as they are rendered."""

    status, code, title = 507, "no-store", "No store for pictures"

    def __init__(self) -> None:
        super().__init__(
            "This server keeps no pictures (SIGNET_DISK_CACHE_BYTES is 0), so that a batch would be rendered for "
            "nothing; only a dry run is possible."
        )
