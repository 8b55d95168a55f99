"""Names of assets and the URLs they have in templates and values."""

from __future__ import annotations

import re
from typing import Final

ASSET_NAME_PATTERN: Final = "^[a-z0-9][a-z0-9._-]{0,63}$"
ASSET_TYPES: Final = tuple(f"image/{kind}" for kind in ("png", "jpeg", "webp", "gif", "avif", "svg+xml"))
SCHEME: Final = "asset:"

_NAME: Final = re.compile(ASSET_NAME_PATTERN.strip("^$"))


def is_asset_name(text: str) -> bool:
    """Whether an asset may have this name."""
    return _NAME.fullmatch(text) is not None


def is_asset_url(url: str) -> bool:
    """Whether a URL names an asset and nothing on another server."""
    return url[: len(SCHEME)].lower() == SCHEME


def name_in(url: str) -> str:
    """The name in an asset's URL."""
    return url[len(SCHEME) :]


def asset_tag(name: str) -> str:
    """The tag of pictures that show, or lack, an asset."""
    return f"asset:{name}"
