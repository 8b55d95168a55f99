"""Images that are uploaded once and named `asset:logo` wherever the URL of an image may stand.

errors, names ← library ← supply
"""

from server.assets.library import AssetLibrary, Stored
from server.assets.records import AssetRecord
from server.assets.supply import ImageSupply

__all__ = ["AssetLibrary", "AssetRecord", "ImageSupply", "Stored"]
