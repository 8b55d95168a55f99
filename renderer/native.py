"""libvips, set up once per process so that pictures depend on nothing but their inputs."""

from __future__ import annotations

import os
from functools import lru_cache
from types import ModuleType


@lru_cache(maxsize=1)
def libvips() -> ModuleType:
    """The `pyvips` module, ready for use; the first call configures the library.

    One thread per operation, because some encoders' bytes vary with the number of threads, and processes are what
    keeps all cores busy. No operation cache, because it holds on to memory and every picture is different. Loaders
    that libvips itself calls unfit for untrusted bytes are blocked; of these only the SVG loader is opened again,
    which sees nothing but markup that was written or sanitised by the renderer.

    libvips must not be used before a `fork()`: the child would hang.
    """
    os.environ["VIPS_CONCURRENCY"] = "1"  # read when the library starts
    import pyvips

    pyvips.cache_set_max(0)
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoadSvg", False)
    return pyvips  # type: ignore[no-any-return]
