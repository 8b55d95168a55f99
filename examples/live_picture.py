"""Draws docs/images/live.webp: what one URL of the template `leaderboard` shows at two moments.

.venv/bin/python examples/live_picture.py docs/images/live.webp
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from live_data import standings
from PIL import Image

from renderer import RenderOptions, compile_template, render

STEPS = (350_000_000, 350_000_009)  # a step is five seconds
GAP = 16


def picture(step: int) -> Image.Image:
    """The leaderboard of a moment."""
    template = compile_template(Path(__file__).parents[1] / "templates" / "leaderboard")
    result = render(template, {"standings": standings("spring-cup", step)}, RenderOptions())
    return Image.open(io.BytesIO(result.data)).convert("RGB")


def side_by_side(pictures: list[Image.Image]) -> Image.Image:
    """Both at two thirds of their size."""
    small = [one.resize((one.width * 2 // 3, one.height * 2 // 3), Image.Resampling.LANCZOS) for one in pictures]
    width = sum(one.width for one in small) + GAP * (len(small) - 1)
    sheet = Image.new("RGB", (width, small[0].height), "white")
    left = 0
    for one in small:
        sheet.paste(one, (left, 0))
        left += one.width + GAP
    return sheet


if __name__ == "__main__":
    side_by_side([picture(step) for step in STEPS]).save(sys.argv[1], quality=82, method=6)
