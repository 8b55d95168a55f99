"""The configuration that nginx is given; what nginx makes of it is in tests/edge/."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.edge import EdgeSettings, Gate, find_nginx, find_njs, http_configuration, nginx_command, write_configuration
from server.edge.configuration import FOLDER
from server.errors import ConfigurationError

REPOSITORY = Path(__file__).parents[2]
EDGE = {"listen": "127.0.0.1:8080", "inner": "127.0.0.1:8081", "origin": "127.0.0.1:8000"}


def test_nginx_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    settings = EdgeSettings(**EDGE, cache=tmp_path / "cache of nginx", log=tmp_path / "access.log")
    command = [*nginx_command(settings, tmp_path / "with a space"), "-t"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0
    assert re.findall(r"\[(?:warn|error|emerg|alert)\].*", result.stderr) == []


def test_the_end_of_a_picture_is_not_held_back() -> None:
    """With Debian's tcp_nopush whoever has an old picture fetched anew waits 200 ms for its last bytes."""
    outer = (FOLDER / "signet.conf.template").read_text().split("\nserver {")[1]
    assert "tcp_nopush off;" in outer


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = EdgeSettings(**EDGE, cache=tmp_path / "cache")
    with pytest.raises(ConfigurationError, match="can't be used for nginx"):
        write_configuration(settings, tmp_path / "file" / "edge")


@pytest.mark.parametrize(
    ("listen", "base_url"),
    [("8080", "http://127.0.0.1:8080"), ("[::1]:80", "http://[::1]:80"), ("img.local:80", "http://img.local:80")],
)
def test_an_address_may_be_a_port_alone(tmp_path: Path, listen: str, base_url: str) -> None:
    assert EdgeSettings(**EDGE | {"listen": listen}, cache=tmp_path).base_url == base_url


PLAIN = "\n".join((FOLDER / name).read_text() for name in ("plain.conf.template", "signet.conf.template"))


def _compose_edge(*files: str) -> dict[str, Any]:
    """The service as `docker compose -f … -f …` puts it together: volumes by where they are mounted."""
    edge: dict[str, Any] = {"environment": {}, "volumes": {}}
    for file in files:
        service = yaml.safe_load((REPOSITORY / file).read_text())["services"]["edge"]
        volumes = dict(reversed(volume.split(":")[:2]) for volume in service.pop("volumes"))
        edge["environment"] |= service.pop("environment")
        edge["volumes"] |= volumes
        edge |= service
    return edge


def _compose_environment() -> dict[str, str]:
    environment: dict[str, str] = _compose_edge("compose.yaml")["environment"]
    return environment


def test_compose_gives_nginx_every_variable_of_the_template() -> None:
    variables = set(re.findall(r"\$\{([A-Z_]+)\}", PLAIN))
    assert variables == _compose_environment().keys()
    gated = _compose_edge("compose.yaml", "compose.gate.yaml")["environment"]
    assert set(re.findall(r"\$\{([A-Z_]+)\}", (FOLDER / "gate.conf.template").read_text())) == gated.keys() - variables


@pytest.mark.skipif(shutil.which("envsubst") is None, reason="envsubst (gettext-base) is not installed")
def test_the_official_image_fills_the_template_as_we_do(tmp_path: Path) -> None:
    environment = _compose_environment()
    (tmp_path / "template").write_text(PLAIN)
    _fill_as_the_image_does(tmp_path / "template", tmp_path / "filled", environment)
    expected = http_configuration(
        EdgeSettings(
            environment["SIGNET_EDGE_LISTEN"],
            environment["SIGNET_EDGE_INNER"],
            environment["SIGNET_ORIGIN"],
            Path(environment["SIGNET_EDGE_CACHE"]),
            environment["SIGNET_EDGE_CACHE_SIZE"],
            Path(environment["SIGNET_EDGE_LOG"]),
        )
    )
    assert (tmp_path / "filled").read_text() == expected


@pytest.mark.skipif(shutil.which("envsubst") is None, reason="envsubst (gettext-base) is not installed")
@pytest.mark.parametrize("files", [("compose.yaml",), ("compose.yaml", "compose.gate.yaml")])
def test_nginx_takes_what_the_official_image_makes_of_the_compose_file(tmp_path: Path, files: tuple[str, ...]) -> None:
    edge = _compose_edge(*files)
    # Only what is elsewhere in that image, or known when it runs, is replaced.
    environment = edge["environment"] | {
        "SIGNET_ORIGIN": "127.0.0.1:8000",
        "SIGNET_EDGE_CACHE": str(tmp_path / "cache"),
        "SIGNET_EDGE_LOG": str(tmp_path / "log"),
    }
    if "SIGNET_EDGE_KEYS" in environment:
        environment |= {"SIGNET_EDGE_KEYS": "id:00", "SIGNET_EDGE_SCRIPT": str(FOLDER.resolve() / "signet.js")}
    for inside, outside in edge["volumes"].items():
        if inside.startswith("/etc/nginx/templates/"):
            _fill_as_the_image_does(REPOSITORY / outside, tmp_path / Path(inside).stem, environment)
    main = tmp_path / "main"
    main.write_text(f'pid "{tmp_path}/pid"; events {{}} http {{ include "{tmp_path}/*.conf"; }}')
    program = find_nginx()
    command = [program, "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(main)]
    if "command" in edge:
        command += ["-g", edge["command"][2].replace("modules/ngx_http_js_module.so", str(find_njs(program)))]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert re.findall(r"\[(?:warn|error|emerg|alert)\].*", result.stderr) == []


def _fill_as_the_image_does(template: Path, target: Path, environment: dict[str, str]) -> None:
    """What its 20-envsubst-on-templates.sh does: only variables that are set are replaced, nginx's own stay."""
    surroundings = os.environ | environment
    names = " ".join(f"${{{name}}}" for name in surroundings)
    with template.open() as read, target.open("w") as write:
        subprocess.run(["envsubst", names], stdin=read, stdout=write, env=surroundings, check=True)


def test_a_configuration_with_keys_is_for_its_owner_alone(tmp_path: Path) -> None:
    gate = Gate.of(["a-signing-key-for-tests"], None)
    settings = EdgeSettings("8080", "127.0.0.1:1", "127.0.0.1:2", tmp_path / "cache", gate=gate)
    for _ in range(2):  # also when it is written anew
        write_configuration(settings, tmp_path)
    assert (tmp_path / "signet.conf").stat().st_mode & 0o777 == 0o600
    assert gate.keys[0] in (tmp_path / "signet.conf").read_text()
    assert "a-signing-key-for-tests" not in (tmp_path / "signet.conf").read_text()
