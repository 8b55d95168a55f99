"""Whether what a worker makes is of use to the server that rings: found in its store, by URLs that it would sign."""

from __future__ import annotations

from pathlib import Path

from server.batch.distributed.messages import Ring, digest_of
from server.canary import rendering_digest
from server.registry import TemplateRegistry


class Agreement:
    """What a worker has, to be compared with what a server has. Any thread."""

    def __init__(self, folder: Path, home: str, base_url: str, key: str, registry: TemplateRegistry) -> None:
        """`folder` is the data folder, `home` its name, `key` the id of the key that signs."""
        self._folder = folder
        self._home = home
        self._base_url = base_url
        self._key = key
        self._registry = registry

    def obstacle(self, ring: Ring) -> str | None:
        """Why pictures that are made here would be lost, and what to do about it."""
        if self._key not in ring.keys:
            return (
                f"this worker signs with the key {self._key}, which the server does not know; give both the same "
                "SIGNET_DATA_DIR or SIGNET_SIGNING_KEYS"
            )
        if self._base_url != ring.base_url:
            return (
                f"URLs of this worker begin with {self._base_url}, the server's with {ring.base_url}; give both the "
                "same SIGNET_PUBLIC_URL"
            )
        if rendering_digest() != ring.rendering:
            return (
                "this machine has another version of Signet, other libraries or other fonts than the server, so that "
                "nobody would find its pictures"
            )
        if not self._has_templates(ring):
            return (
                f"the templates in {self._registry.folder} or those published in the data folder are not the server's"
            )
        return None

    def doubt(self, ring: Ring) -> str | None:
        """What may be as it is meant, and probably is not."""
        if self._home != ring.home:
            return f"the data folder {self._folder} is not the server's: what is rendered here is not in its store"
        return None

    def _has_templates(self, ring: Ring) -> bool:
        if digest_of(self._registry) == ring.templates:
            return True
        # Where folders are shared over a network nobody tells of changes that another machine has made.
        self._registry.load_all()
        return digest_of(self._registry) == ring.templates
