"""What holds for all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

# How long an example takes depends on what else the machine does, and is no finding.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A shell starts what runs in its background deaf to SIGINT, and so would be the programs that tests send one to.
signal.signal(signal.SIGINT, signal.default_int_handler)
