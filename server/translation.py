"""Errors of the render farm as HTTP answers; those of the renderer are `server.errors.from_renderer`'s."""

from __future__ import annotations

from server import errors
from server.farm import errors as farm


def from_farm(error: farm.FarmError) -> errors.SignetError:
    """The answer to give when the farm could not finish a render."""
    match error:
        case farm.QueueFull(retry_after=seconds):
            return errors.QueueFull("All render processes are busy; try again shortly.", retry_after=seconds)
        case farm.WorkersUnavailable(retry_after=seconds, reason=reason):
            return errors.Unavailable(
                "No render process can be started; the operator's log says why.",
                retry_after=seconds,
                log_message=f"no render process can be started: {reason}",
            )
        case farm.RenderTimeout(timeout=seconds):
            return errors.RenderTimeout(f"The render took longer than {seconds:g} seconds and was stopped.")
        case farm.WorkerCrashed():
            return errors.RenderFailed("The render process ended unexpectedly.", log_message=str(error))
        case farm.FarmClosed():
            return errors.ShuttingDown("The server is shutting down.", retry_after=2)
        case _:
            return errors.RenderFailed("The render failed.", log_message=f"the render failed: {error}")
