"""`python -m tests.golden.make article product`: render the golden images of templates anew. Look at them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from renderer import RenderOptions, compile_template, example_of, render

for name in sys.argv[1:]:
    compiled = compile_template(Path("templates") / name)
    options = RenderOptions(now=datetime(2026, 11, 21, 12, tzinfo=UTC))
    (Path("tests/golden") / f"{name}.png").write_bytes(render(compiled, example_of(compiled), options).data)
