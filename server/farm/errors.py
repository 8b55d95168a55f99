"""What can go wrong between a caller and a worker process. Imports nothing.

FarmError
├── QueueFull            too many jobs wait; try again after `retry_after` seconds
├── RenderTimeout        the job ran longer than its deadline and its process was killed
├── WorkerCrashed        the process died while it ran the job (codec fault, out of memory, kill)
├── WorkersUnavailable   no worker can be started at all
├── FarmClosed           the farm is draining or stopped
└── TaskFailed           the task raised something that cannot travel between processes

Errors that the task itself raises are not in this tree: they come back as themselves.
"""

from __future__ import annotations


class FarmError(Exception):
    """Base of all farm errors."""


class QueueFull(FarmError):  # noqa: N818 - a condition, named like asyncio.QueueFull
    """The queue has no room for one more job of this priority."""

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(f"all {limit} places of the render queue are taken; try again in {retry_after} s")
        self.limit = limit
        self.retry_after = retry_after


class RenderTimeout(FarmError):  # noqa: N818 - named for what happened, as in the design
    """The job reached its deadline; `timeout` is that deadline in seconds from its start on the worker."""

    def __init__(self, timeout: float) -> None:
        super().__init__(f"the render was stopped after {timeout:g} s")
        self.timeout = timeout


class WorkerCrashed(FarmError):  # noqa: N818 - named for what happened, as in the design
    """The worker died under the job. `exit_code` as in `subprocess`: negative is the signal that ended it."""

    def __init__(self, exit_code: int | None) -> None:
        how = f"signal {-exit_code}" if exit_code is not None and exit_code < 0 else f"exit status {exit_code}"
        super().__init__(f"the render process ended unexpectedly ({how})")
        self.exit_code = exit_code


class WorkersUnavailable(FarmError):  # noqa: N818 - a condition
    """Workers fail while they start; `reason` is what the last one said, for the operator and not for the public."""

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__("no render process can be started")
        self.reason = reason
        self.retry_after = retry_after


class FarmClosed(FarmError):  # noqa: N818 - a condition
    """The farm accepts no more work."""

    def __init__(self) -> None:
        super().__init__("the render farm is shutting down")


class TaskFailed(FarmError):  # noqa: N818 - named for what happened
    """The task raised an exception, or returned a value, that cannot be pickled; `kind` is the type's name."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class RemoteTraceback(Exception):  # noqa: N818 - never raised: shown as the cause of an error of the task
    """Carries the worker's formatted traceback as the `__cause__` of an error that came from there."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f"\n{self.text}"
