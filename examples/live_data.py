"""A small data server for the templates `leaderboard` and `status-email`: numbers that change every few seconds.

    .venv/bin/python examples/live_data.py --port 8100
    SIGNET_ALLOWED_HOSTS=127.0.0.1:8100 make serve

The numbers are a function of the clock, so that every visitor sees the same ones.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import time
from datetime import UTC, datetime, timedelta

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

STEP = 5  # seconds for which the numbers stay as they are
PLAYERS = (
    "Maya Okonkwo", "Jonas Lindqvist", "Priya Raman", "Tomás Herrera", "Aiko Watanabe", "Léa Fontaine",
    "Samir Haddad", "Greta Vogel", "Oleh Kovalenko", "Nora Ní Bhriain", "Diego Paredes", "Hanna Mäkelä",
)  # fmt: skip
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def wobble(name: str, step: int) -> float:
    """A number between -1 and 1 that drifts with time, differently for each name."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return math.sin(seed % 628 / 100 + step / (4 + seed % 7)) * math.cos(seed % 211 / 50 + step / (9 + seed % 5))


def scores(board: str, step: int) -> dict[str, int]:
    """Points by player."""
    return {
        player: 15_000 + 160 * (len(PLAYERS) - place) + round(2_400 * wobble(board + player, step))
        for place, player in enumerate(PLAYERS)
    }


def standings(board: str, step: int) -> dict[str, object]:
    """The ten best, with how many places each has won since the last step."""
    now, before = scores(board, step), scores(board, step - 1)
    order = sorted(now, key=lambda player: (-now[player], player))
    former = sorted(before, key=lambda player: (-before[player], player))
    players = [
        {"name": player, "score": now[player], "change": former.index(player) - place}
        for place, player in enumerate(order[:10])
    ]
    return {"title": board.replace("-", " ").title(), "updated_at": moment(step), "players": players}


def status(account: str, step: int) -> dict[str, object]:
    """Three figures and a week."""
    today = datetime.fromtimestamp(step * STEP, UTC)
    week = [today - timedelta(days=6 - day) for day in range(7)]
    days = [
        {"label": DAYS[day.weekday()], "value": 280 + round(120 * wobble(f"{account}{day:%j}", day.day))}
        for day in week[:-1]
    ]
    orders = 300 + round(90 * wobble(account + "orders", step))
    figures = [
        {"label": "Revenue", "value": orders * 39 + 80, "kind": "money", "change": change(account + "revenue", step)},
        {"label": "Orders", "value": orders, "kind": "count", "change": change(account + "orders", step)},
        {
            "label": "Conversion",
            "value": round(0.034 + 0.008 * wobble(account, step), 4),
            "kind": "share",
            "change": change(account, step),
        },
    ]
    return {
        "updated_at": moment(step),
        "figures": figures,
        "days": [*days, {"label": DAYS[today.weekday()], "value": orders}],
    }


def change(name: str, step: int) -> float:
    """A relative change in thousandths."""
    return round(0.12 * wobble(name + "change", step), 3)


def moment(step: int) -> str:
    """When a step began, in ISO 8601."""
    return datetime.fromtimestamp(step * STEP, UTC).isoformat().replace("+00:00", "Z")


async def board_endpoint(request: Request) -> Response:
    """GET /boards/{board}"""
    return answer(request, standings(request.path_params["board"], int(time.time()) // STEP))


async def status_endpoint(request: Request) -> Response:
    """GET /accounts/{account}/status"""
    return answer(request, status(request.path_params["account"], int(time.time()) // STEP))


def answer(request: Request, data: dict[str, object]) -> Response:
    """JSON with its lifetime and an entity tag, so that unchanged numbers cost nothing."""
    response = JSONResponse(data)
    headers = {
        "ETag": f'"{hashlib.sha256(response.body).hexdigest()[:16]}"',
        "Cache-Control": f"max-age={STEP - int(time.time()) % STEP}",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


app = Starlette(
    routes=[Route("/boards/{board}", board_endpoint), Route("/accounts/{account}/status", status_endpoint)],
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8100)
    uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="warning")
