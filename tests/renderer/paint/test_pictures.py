from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from renderer.images import AssetImages
from renderer.paint.display_list import Fill, Group, ImagePaint, LinearPaint, Operation, Rect, Stop, TiledPaint
from tests.renderer.paint.scene import BLUE, RED, pixels, rounded


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def quarters() -> Image.Image:
    """Red, green over blue, white; 8 × 8."""
    image = Image.new("RGB", (8, 8), (255, 255, 255))
    image.paste((255, 0, 0), (0, 0, 4, 4))
    image.paste((0, 255, 0), (4, 0, 8, 4))
    image.paste((0, 0, 255), (0, 4, 4, 8))
    return image


FADED = Image.new("RGBA", (8, 8), (255, 0, 0, 128))
FILES = {"quarters.png": png(quarters()), "faded.png": png(FADED)}


def painted(*operations: Operation, scale: float = 1.0) -> np.ndarray:
    return pixels(*operations, images=AssetImages(FILES, {}), scale=scale)


def test_image_fills_its_destination() -> None:
    rect = Rect(4, 5, 16, 16)
    result = painted(Fill(rect, ImagePaint("quarters.png", rect, "pixelated")))
    assert list(result[5, 4]) == [255, 0, 0]
    assert list(result[5, 19]) == [0, 255, 0]
    assert list(result[20, 4]) == [0, 0, 255]
    assert list(result[4, 4]) == [255, 255, 255]


def test_pixelated_enlargement_is_crisp() -> None:
    rect = Rect(0, 0, 40, 30)
    result = painted(Fill(rect, ImagePaint("quarters.png", rect, "pixelated")))
    assert len(np.unique(result.reshape(-1, 3), axis=0)) == 4
    smooth = painted(Fill(rect, ImagePaint("quarters.png", rect)))
    assert len(np.unique(smooth.reshape(-1, 3), axis=0)) > 4


def test_shape_clips_the_image() -> None:
    rect = Rect(4, 4, 20, 20)
    result = painted(Fill(rounded(4, 4, 20, 20, 10), ImagePaint("quarters.png", rect)))
    assert list(result[4, 4]) == [255, 255, 255]
    assert result[8, 8, 0] > 240


def test_transparent_image_blends() -> None:
    rect = Rect(4, 4, 16, 16)
    assert list(painted(Fill(rect, ImagePaint("faded.png", rect)))[10, 10]) == pytest.approx([255, 127, 127], abs=1)
    inside = Group((Fill(rect, ImagePaint("faded.png", rect)),), opacity=0.5)
    assert list(painted(inside)[10, 10]) == pytest.approx([255, 191, 191], abs=1)


def test_missing_image_paints_nothing() -> None:
    rect = Rect(4, 4, 16, 16)
    assert (painted(Fill(rect, ImagePaint("nothing.png", rect))) == 255).all()


def test_tiles_repeat_in_both_directions() -> None:
    tile = Rect(0, 0, 8, 8)
    paint = TiledPaint(ImagePaint("quarters.png", tile), tile, 8, 8)
    result = painted(Fill(Rect(0, 0, 40, 24), paint))
    assert np.array_equal(result[:8, :8], result[8:16, 32:40])
    assert list(result[17, 33]) == [255, 0, 0]


def test_tiles_reach_back_before_the_first() -> None:
    tile = Rect(20, 12, 8, 8)
    result = painted(Fill(Rect(0, 0, 40, 30), TiledPaint(ImagePaint("quarters.png", tile), tile, 8, 8)))
    assert list(result[12, 20]) == [255, 0, 0]
    assert list(result[4, 4]) == [255, 0, 0]
    assert list(result[0, 0]) == [255, 255, 255]


def test_spaced_tiles_leave_gaps() -> None:
    tile = Rect(0, 0, 8, 8)
    result = painted(Fill(Rect(0, 0, 40, 30), TiledPaint(ImagePaint("quarters.png", tile), tile, 10, 0)))
    assert (result[:, 8:10] == 255).all()
    assert list(result[1, 11]) == [255, 0, 0]
    assert (result[8:] == 255).all()


def test_gradient_tiles() -> None:
    tile = Rect(0, 0, 10, 30)
    line = LinearPaint(0, 0, 10, 0, (Stop(0, RED), Stop(1, BLUE)))
    result = painted(Fill(Rect(0, 0, 40, 30), TiledPaint(line, tile, 10, 0)))
    assert np.array_equal(result[:, :10], result[:, 30:40])


def test_turned_image() -> None:
    rect = Rect(0, 0, 16, 16)
    turned = Group((Fill(rect, ImagePaint("quarters.png", rect)),), transform=(0, 1, -1, 0, 20, 4))
    result = painted(turned)
    assert list(result[6, 17]) == [255, 0, 0]  # top left went to the top right
    assert list(result[17, 17]) == [0, 255, 0]
    assert list(result[6, 6]) == [0, 0, 255]
    assert list(result[2, 17]) == [255, 255, 255]


def test_turned_edge_is_soft_but_not_faded_twice() -> None:
    rect = Rect(-10, -10, 20, 20)
    c, s = 0.9659258, 0.258819
    image = painted(Group((Fill(rect, ImagePaint("faded.png", rect)),), transform=(c, s, -s, c, 20, 15)))
    plain = painted(Group((Fill(rect, RED._replace(alpha=128 / 255)),), transform=(c, s, -s, c, 20, 15)))
    assert np.abs(image - plain).max() <= 3


def test_turned_tiles() -> None:
    tile = Rect(0, 0, 8, 8)
    paint = TiledPaint(ImagePaint("quarters.png", tile, "pixelated"), tile, 8, 8)
    result = painted(Group((Fill(Rect(0, 0, 24, 24), paint),), transform=(0, 1, -1, 0, 30, 2)))
    assert list(result[3, 28]) == [255, 0, 0]
    assert list(result[11, 20]) == [255, 0, 0]


def test_huge_images_are_cut_to_the_page() -> None:
    rect = Rect(0, 0, 50_000, 50_000)
    result = painted(Fill(rect, ImagePaint("quarters.png", rect)))
    assert (result == [255, 0, 0]).all()


def test_device_pixel_ratio_asks_for_more_pixels() -> None:
    rect = Rect(0, 0, 8, 8)
    result = painted(Fill(rect, ImagePaint("quarters.png", rect, "pixelated")), scale=3.0)
    assert (result[:12, :12] == [255, 0, 0]).all()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -5.0, 0.0])
def test_impossible_tiles(bad: float) -> None:
    tile = Rect(0, 0, bad, 8)
    painted(Fill(Rect(0, 0, 40, 30), TiledPaint(ImagePaint("quarters.png", tile), tile, bad, 8)))
    painted(Fill(Rect(0, 0, 40, 30), ImagePaint("quarters.png", Rect(bad, bad, bad, 5))))


def test_tiles_of_a_broken_size_meet() -> None:
    tile = Rect(0, 0, 40 / 3, 10)
    paint = TiledPaint(ImagePaint("quarters.png", tile, "pixelated"), tile, tile.width, tile.height)
    row = painted(Fill(Rect(0, 0, 40, 10), paint))[2]
    starts = [x for x in range(1, 40) if list(row[x]) == [255, 0, 0] != list(row[x - 1])]
    assert starts == [13, 27]
    assert not (row == [255, 255, 255]).all(axis=1).any()
