"""Python's garbage collector in processes that run for long."""

from __future__ import annotations

import gc
from typing import Final

_YOUNG_OBJECTS: Final = 20_000  # that are looked at together; by Python's default 700


def settle() -> None:
    """Look no more at what is there, and less often at what comes. For servers and workers that have loaded all.

    A request makes thousands of objects and leaves next to no cycles. With Python's defaults the collector walks
    through them again and again, and now and then through all that the libraries have loaded: beside a batch that is a
    tenth of the server's time, and tens of milliseconds for whoever asks at that moment. Render processes do leave
    cycles, 24 kB a picture, and are better off with the defaults.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])
