"""The collector of long-running processes, in one of its own."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc
from server.garbage import settle

settle()
print(gc.get_freeze_count() > 1000, gc.isenabled())
for _ in range(100_000):
    cycle = []
    cycle.append(cycle)
print(len(gc.get_objects()) < 30_000)
"""


def test_what_is_loaded_is_settled_and_cycles_still_go() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]
