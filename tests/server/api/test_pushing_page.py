"""The examples of docs/pushing.md, as a shell runs them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.server.api.shop import read
from tests.server.conftest import STOCK_SECRET
from tests.server.live_server import API_KEY, REPOSITORY, live_server, write_template

BLOCKS = dict.fromkeys(
    re.findall(r"^```(toml|sh)\n(.*?)^```", (REPOSITORY / "docs/pushing.md").read_text(), re.M | re.S)
)
(MANIFEST,) = (text for language, text in BLOCKS if language == "toml")
PUSHES, WEBHOOK = (text for language, text in BLOCKS if language == "sh")
SHOP = '[variables.shop]\ntype = "text"\ndefault = "berlin"\n'


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="curl or openssl is not installed")
def test_they_do_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCK_WEBHOOK_SECRET", STOCK_SECRET)
    write_template(tmp_path / "templates" / "stock", "<body>{{ level.left }}</body>", SHOP + MANIFEST)
    with live_server(tmp_path / "data", tmp_path / "templates") as server:
        for script, left in ((PUSHES, 11), (WEBHOOK, 10)):
            script = script.replace("https://img.example.com", server.url).replace(
                "curl ", "curl -sS --fail --noproxy '*' "
            )
            subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script],
                env=os.environ | {"KEY": API_KEY},
                check=True,
                stdout=subprocess.DEVNULL,
            )
            assert read(server, "/v1/bindings/stock/level?key=berlin").json()["data"] == {"left": left}
