"""A picture that is painted on: the two compositing primitives of the raster.

An opaque page is an RGB image. Everything else is an image of mode "RGBa", Pillow's name for premultiplied alpha:
pasting an opaque picture through a mask, and pasting a premultiplied picture through itself, are then both exact
source-over (Compositing and Blending 1 section 5) in C.
"""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image

from renderer.paint.region import Box, Coverage, Piece, as_mask, crop_piece, multiply_alpha, scale_mask
from renderer.style.values import Color


class Picture(NamedTuple):
    """Premultiplied pixels (mode RGBa) with the device pixel of their top left corner; `opaque`: alpha is all 255."""

    image: Image.Image
    left: int
    top: int
    opaque: bool

    @property
    def box(self) -> Box:
        """The device pixels that the picture covers."""
        return Box(self.left, self.top, self.left + self.image.width, self.top + self.image.height)

    def part(self, box: Box) -> Image.Image:
        """The pixels of `box`, which must lie within the picture."""
        left, top = box.left - self.left, box.top - self.top
        if left == 0 and top == 0 and box.size == self.image.size:
            return self.image
        return self.image.crop((left, top, left + box.width, top + box.height))


class Surface:
    """Pixels of `box` of the device grid; starts transparent, or opaque in a colour."""

    __slots__ = ("box", "image")

    def __init__(self, box: Box, image: Image.Image) -> None:
        self.box = box
        self.image = image

    @classmethod
    def transparent(cls, box: Box) -> Surface:
        """A layer without ink."""
        return cls(box, Image.new("RGBa", box.size, (0, 0, 0, 0)))

    @classmethod
    def opaque(cls, box: Box, color: Color) -> Surface:
        """A page of one colour, whose alpha is not looked at."""
        return cls(box, Image.new("RGB", box.size, (color.red, color.green, color.blue)))

    @property
    def is_opaque(self) -> bool:
        """Whether every pixel is opaque by its nature."""
        return self.image.mode == "RGB"

    def fill(self, coverage: Coverage, color: Color) -> None:
        """Paint a region in one colour."""
        red, green, blue = color[:3]
        color_alpha = alpha_byte(color.alpha)
        for box, mask, alpha in coverage:
            strength = alpha if color_alpha == 255 else multiply_alpha(alpha, color_alpha)
            if mask is not None:
                # Pillow treats a colour's alpha in its own way when it fills an image with alpha through a mask, so a
                # layer is given a picture of the colour instead.
                ink = (red, green, blue, 255)
                if self.is_opaque:
                    self.stamp(box, scale_mask(mask, strength), ink)
                else:
                    self.image.paste(Image.new("RGBa", box.size, ink), self._local(box), scale_mask(mask, strength))
            elif strength == 255:
                self.image.im.paste((red, green, blue, 255), self._local(box))
            elif strength > 0:
                # Three times as fast as blending the colour through an even mask.
                even = Image.new("RGBa", box.size, premultiplied(red, green, blue, strength))
                self.image.paste(even, self._local(box), even)

    def stamp(self, place: tuple[int, int, int, int], mask: Image.Image, ink: tuple[int, int, int, int]) -> None:
        """Paint a mask that lies inside an opaque surface in one opaque colour: `fill` for many small pieces.

        `place` is the mask's box. Pillow's own method spends more time on asking what it was given than on the few
        pixels of a glyph.
        """
        left, top, _, _ = self.box
        self.image.im.paste(ink, (place[0] - left, place[1] - top, place[2] - left, place[3] - top), mask.im)

    def draw(self, coverage: Coverage, picture: Picture) -> None:
        """Paint a picture where the region covers it."""
        for piece in coverage:
            box = piece.box.intersect(picture.box)
            if box.empty:
                continue
            source = picture.part(box)
            if piece.solid:
                self.image.paste(source, self._local(box), None if picture.opaque else source)
            elif picture.opaque:
                self.image.paste(source, self._local(box), as_mask(crop_piece(piece, box)))
            else:
                self._draw_masked(source, crop_piece(piece, box))

    def replace(self, coverage: Coverage, pixels: Image.Image, left: int, top: int) -> None:
        """Move the region towards finished pixels (of the surface's mode), in proportion to its coverage."""
        whole = Box(left, top, left + pixels.width, top + pixels.height)
        for piece in coverage:
            box = piece.box.intersect(whole)
            if box.empty:
                continue
            part = pixels.crop(box.moved(-left, -top))
            self.image.paste(part, self._local(box), None if piece.solid else as_mask(crop_piece(piece, box)))

    def crop(self, box: Box) -> Image.Image:
        """A copy of the pixels of a box inside the surface."""
        return self.image.crop(self._local(box))

    def _draw_masked(self, source: Image.Image, piece: Piece) -> None:
        # Source-over through a mask is the same as moving towards the finished blend in proportion to the mask.
        local = self._local(piece.box)
        blended = self.image.crop(local)
        blended.paste(source, (0, 0), source)
        self.image.paste(blended, local, as_mask(piece))

    def _local(self, box: Box) -> tuple[int, int, int, int]:
        left, top = self.box.left, self.box.top
        return (box.left - left, box.top - top, box.right - left, box.bottom - top)


def alpha_byte(alpha: float) -> int:
    """Alpha of 0–1 as 0–255, rounded half up; 0 for NaN."""
    return min(255, max(0, int(alpha * 255 + 0.5))) if alpha == alpha else 0


def premultiplied(red: int, green: int, blue: int, alpha: int) -> tuple[int, int, int, int]:
    """A colour multiplied by its alpha (all 0–255)."""
    return multiply_alpha(red, alpha), multiply_alpha(green, alpha), multiply_alpha(blue, alpha), alpha
