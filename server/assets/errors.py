"""What can go wrong with uploaded assets."""

# ruff: noqa: N818 - the names say what is wrong, as the other errors of the server do

from __future__ import annotations

from server.errors import SignetError


class UnknownAsset(SignetError):
    """No asset has this name."""

    status = 404
    code = "unknown-asset"
    title = "Unknown asset"


class InvalidAsset(SignetError):
    """The upload is no image that can be drawn, or its name is none that an asset may have."""

    status = 422
    code = "invalid-asset"
    title = "Invalid asset"


class AssetStorageFull(SignetError):
    """All assets together would have more bytes than allowed, or the disk takes no more."""

    status = 507
    code = "asset-storage-full"
    title = "Asset storage full"
