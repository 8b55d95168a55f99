"""Who should read stored pictures from the disk, Python or nginx? `python -m loadtests.store_delivery`.

What is compared is the way of a picture that is rendered already but that nginx has not cached: after a pre-warm, or
with an emptied cache. Only Python knows the file's name (the render key depends on template version, fonts and live
data), so it is asked in each case: for the picture, or for the name, and nginx then sends the file (X-Accel-Redirect).

The second way does here what is fastest and not what would be right: it looks whether the file exists, where the store
verifies its digest. The nginx in front caches nothing, so that every request is such a miss.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from loadtests.edge_load import cpu_seconds, signed_paths, warm
from loadtests.measuring import Row, markdown
from loadtests.servers import Origin, end, free_port, running_origin, wait_for
from loadtests.wrk import Wrk
from server.edge import find_nginx
from server.keys import signing_keys
from server.running import run_server
from server.settings import load_settings

_PICTURES = 200
_SECONDS = 5
_CONFIGURATION = """\
{user}
daemon off;
worker_processes auto;
pid "{folder}/pid";
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 100000;
    client_body_temp_path "{folder}/body"; proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi"; uwsgi_temp_path "{folder}/uwsgi"; scgi_temp_path "{folder}/scgi";
    sendfile on;
    upstream origin {{ server {origin}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffer_size 32k;
            proxy_buffers 8 32k;
        }}
        location /.renders/ {{
            internal;
            etag off;
            alias "{renders}/";
            types {{ image/png png; }}
            # What X-Accel-Redirect loses.
            add_header ETag $upstream_http_etag;
            add_header Cache-Tag $upstream_http_cache_tag;
            add_header Surrogate-Key $upstream_http_surrogate_key;
        }}
    }}
}}
"""


def serve_names() -> None:
    """Run an origin that answers with the name of the stored file in place of its bytes."""
    from server.images import ImageAnswer, ImageService
    from server.timings import Timings
    from server.urls import split
    from server.validators import etag, if_none_match, tag_headers

    settings = load_settings()
    renders = settings.data_dir / "renders"

    async def answer(self: ImageService, target: bytes, if_none_match_header: str | None) -> ImageAnswer:
        request = self.signer.verify(split(target, self.max_url_length), now=int(self.clock()))
        plan = await self.furnish(self.plan(request), Timings())
        tag = etag(plan.key)
        headers = {"ETag": tag, "Cache-Control": plan.cache_control, **tag_headers(plan.tags)}
        if if_none_match(if_none_match_header, tag):
            return ImageAnswer(304, headers, b"")
        name = f"{plan.key[:2]}/{plan.key[2:4]}/{plan.key}.png"
        if not (renders / name).exists():
            raise FileNotFoundError(name)
        return ImageAnswer(200, headers | {"X-Accel-Redirect": f"/.renders/{name}", "Content-Type": "image/png"}, b"")

    with mock.patch.object(ImageService, "answer", answer):
        run_server(settings)


@contextmanager
def _plain_nginx(origin: Origin, folder: Path) -> Iterator[str]:
    port = free_port()
    folder.mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            user="user root;" if Path("/proc/self").stat().st_uid == 0 else "",
            folder=folder,
            origin=origin.base_url[7:],
            port=port,
            renders=origin.data_dir / "renders",
        )
    )
    process = subprocess.Popen([find_nginx(), "-e", "stderr", "-p", str(folder), "-c", str(configuration)])
    try:
        wait_for(f"http://127.0.0.1:{port}/livez", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


def _measure(what: str, folder: Path, module: Sequence[str], settings: Mapping[str, str]) -> Row:
    with (
        running_origin(folder / "var", module=module, **settings) as origin,
        _plain_nginx(origin, Path(tempfile.mkdtemp(dir=folder)) / "nginx") as nginx,
    ):
        paths = signed_paths(signing_keys((), origin.data_dir), _PICTURES)
        size = warm(nginx, paths)
        before = cpu_seconds(origin.process.pid)
        load = Wrk(nginx, paths).run(_SECONDS)
        cpu = cpu_seconds(origin.process.pid) - before
    if load.refused or load.failed:
        raise RuntimeError(f"not every request was answered well: {load}")
    return Row(f"{what}, {size / 1000:.0f} kB", f"{load}, Python {1000 * cpu / load.requests:.2f} ms each")


def rows() -> Iterator[Row]:
    """The ways, each with an origin of its own over the same stored pictures."""
    ways: Sequence[tuple[str, Sequence[str], Mapping[str, str]]] = (
        ("Python sends from its memory", ("server", "serve"), {}),
        ("Python reads from disk and sends", ("server", "serve"), {"SIGNET_MEMORY_CACHE_BYTES": "0"}),
        ("Python names the file, nginx sends", ("loadtests.store_delivery", "--serve"), {}),
    )
    with tempfile.TemporaryDirectory() as folder:
        for what, module, settings in ways:
            yield _measure(what, Path(folder), module, settings)


def main() -> None:
    """Print the table, or be the origin of one of its rows."""
    if "--serve" in sys.argv:
        serve_names()
    else:
        print(markdown(rows(), "Stored pictures that nginx has not cached"))


if __name__ == "__main__":
    main()
