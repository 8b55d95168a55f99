"""The OpenAPI document: valid, complete, and true of the running server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
import schemathesis

from server.api.openapi import document
from server.api.operations import OPERATIONS
from tests.server.live_server import API_KEY, LiveServer, live_server

PATHS = sorted({operation.path for operation in OPERATIONS})


def test_it_is_openapi_3_1(live: LiveServer) -> None:
    served = live.ask("/openapi.json").json()
    assert served == document()
    assert served["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document()).validate()


def test_every_reference_leads_somewhere() -> None:
    schemas = document()["components"]["schemas"]
    for name, schema in schemas.items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}})


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"])
def test_methods_that_are_not_described_are_refused(live: LiveServer, path: str, method: str) -> None:
    described = {operation.method for operation in OPERATIONS if operation.path == path}
    if method in described:
        return
    answer = live.call(path.replace("{name}", "card"), method=method)
    assert (answer.status, answer.json()["code"]) == (405, "method-not-allowed")
    allowed = set(answer.headers["allow"].split(", "))
    assert allowed == {"OPTIONS"} | described | ({"HEAD"} if "GET" in described else set())


@pytest.mark.parametrize("path", PATHS)
def test_options_tells_the_methods_and_lets_no_other_site_in(live: LiveServer, path: str) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answer = live.ask(path.replace("{name}", "card"), "OPTIONS", asked)
    described = {operation.method for operation in OPERATIONS if operation.path == path}
    assert (answer.status, answer.body) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) >= described | {"OPTIONS"}
    assert not [name for name in answer.names if name.startswith("access-control-")]


def test_head_is_get_without_a_body(live: LiveServer) -> None:
    get, head = live.call("/v1/templates"), live.call("/v1/templates", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_schemathesis_finds_nothing(live_templates: Path, tmp_path: Path) -> None:
    """All of its checks, in all of its phases, against the running server."""
    # A server of its own: the operations under test change templates.
    shutil.copytree(live_templates, tmp_path / "templates")
    with live_server(tmp_path / "data", tmp_path / "templates") as server:
        made = server.call("/v1/batches", {"template": "article", "rows": [{"title": "One"}, {"title": 2}]}).json()
        (tmp_path / "schemathesis.toml").write_text(_configuration(made["id"]))
        command = [
            str(Path(sys.executable).with_name("st")), "--config-file", str(tmp_path / "schemathesis.toml"), "run",
            f"{server.url}/openapi.json", "--header", f"Authorization: Bearer {API_KEY}", "--checks", "all",
            "--max-examples", "60", "--seed", "1", "--generation-deterministic",
            "--request-timeout", "20", "--continue-on-failure", "--no-color",
        ]  # fmt: skip
        done = subprocess.run(
            command, cwd=tmp_path, env=os.environ | {"PYTHONWARNINGS": "default"}, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout, done.stdout


def _configuration(batch: str) -> str:
    """What schemathesis is told; names and values of templates are beyond any schema of bodies.

    404 and 422 are right answers to valid bodies, 304 is one to If-None-Match, 412 to conditions that chance has made,
    409 to what is asked of a job that is over.
    """
    quiet = (
        # Random bytes are never a template that could be published or an image, or then be taken back.
        *(f"{method} /v1/templates/{{name}}" for method in ("PUT", "DELETE")),
        *(f"{method} /v1/assets/{{name}}" for method in ("GET", "PUT", "DELETE")),
        "GET /v1/assets/{name}/content",
        *(f"{method} /v1/bindings/{{template}}/{{name}}" for method in ("GET", "PATCH", "DELETE")),
        # Nor are they rows, or cursors.
        *("POST /v1/batches", "GET /v1/batches"),
    )
    # The one job that there is stays.
    known = {
        f"{each.method} {each.path}": batch if each.method != "DELETE" else batch[:-4] + "none"
        for each in OPERATIONS
        if "{batch}" in each.path
    }
    return "".join(
        (
            "[checks.positive_data_acceptance]\nexpected-statuses = ['2xx', 304, 404, 409, 412, 422]\n",
            *(f"[[operations]]\ninclude-name = '{name}'\nwarnings = false\n" for name in quiet),
            # Chance signs nothing.
            "[[operations]]\ninclude-name = 'POST /v1/hooks/{template}/{name}'\nwarnings = false\n",
            "[operations.checks.positive_data_acceptance]\nexpected-statuses = [401, 404, 422]\n",
            *(
                f"[[operations]]\ninclude-name = '{name}'\nwarnings = false\nparameters = {{ batch = '{each}' }}\n"
                for name, each in known.items()
            ),
        )
    )
