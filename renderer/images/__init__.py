"""Source images: bytes of any supported format to pixels at the size at which they are drawn."""

from renderer.images.loader import AssetImages

__all__ = ["AssetImages"]
