"""Checks of image files from elsewhere, in the render processes: what kills a codec kills no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from renderer import ImageFacts, Limits
from renderer.errors import AssetError
from server.farm.errors import FarmError, RenderTimeout, TaskFailed, WorkerCrashed
from server.outgoing.errors import WrongContent
from server.render_task import ImageCheck

if TYPE_CHECKING:
    from server.farm.dispatcher import Farm
    from server.farming import RenderFarm


class ImageChecks:
    """Asks the render processes whether bytes are an image that can be drawn. One per server."""

    def __init__(self, farm: RenderFarm, limits: Limits) -> None:
        # The processes do both kinds of job; who asks for a check gets facts.
        self._farm = cast("Farm[ImageCheck, ImageFacts]", farm)
        self._limits = limits

    async def facts(self, data: bytes, digest: str) -> ImageFacts:
        """What the image is, after all of it was decoded once; equal digests in flight share a check.

        Raises:
            AssetError: it is none of the formats, broken, cut short or too large.
            FarmError: nobody has time to look, or looking took too long or killed the process.
        """
        return await self._farm.run(ImageCheck(data, self._limits), key=f"image:{digest}")

    async def accept(self, data: bytes, digest: str) -> None:
        """Pass if the image can be drawn, or if nobody has time to look: the render will tell.

        Raises:
            WrongContent: it cannot be drawn.
        """
        try:
            await self.facts(data, digest)
        except AssetError as error:
            raise WrongContent(error.message) from None
        except (RenderTimeout, WorkerCrashed, TaskFailed) as error:
            raise WrongContent("it cannot be decoded", f"the check failed: {error}") from None
        except FarmError:
            return
