"""`/video`: the command, its options, and what is suggested while a member fills them in."""

from collections.abc import Sequence
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs import replies
from cogs.delivery import PrivateAnswers
from cogs.interactions import answer_privately, unfit_place
from cogs.languages import tr
from cogs.video.buttons import COG
from cogs.video.ordering import Ordering
from cogs.video.pictures import attached
from services.models import LONGEST_PROMPT, VideoRequest
from services.pictures import Attached, PictureError
from services.videos import VideoService

MOST_CHOICES: Final = 25
LONGEST_CLIP: Final = 600
"""Seconds; what a model really offers is checked against the catalogue."""
LARGEST_SEED: Final = 2**31 - 1


class VideoCog(commands.Cog, name=COG):
    """Reads what a member asks for, and hands on what they click."""

    def __init__(self, videos: VideoService, *, private: PrivateAnswers, mark: str = "") -> None:
        self._videos = videos
        self.mark = mark
        self._ordering = Ordering(videos, private=private, mark=mark)

    @app_commands.command(name="video", description="Make a video from a description.")
    @app_commands.describe(
        prompt="What the video shows.",
        model="Which model makes it.",
        duration="Its length in seconds.",
        resolution="Its resolution, such as 720p.",
        aspect_ratio="Its shape, such as 16:9.",
        audio="With sound or without.",
        seed="A number that makes a model's choices repeatable.",
        image="The picture that the video starts from: PNG, JPEG or WebP.",
        last_image="The picture that it ends with. It takes a first one as well.",
        private="Only you see it: the video comes by direct message.",
        spoiler="The clip is hidden until a reader asks to see it.",
    )
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def video(
        self,
        interaction: discord.Interaction,
        *,
        prompt: app_commands.Range[str, 1, LONGEST_PROMPT],
        model: app_commands.Range[str, 1, 100] | None = None,
        duration: app_commands.Range[int, 1, LONGEST_CLIP] | None = None,
        resolution: app_commands.Range[str, 1, 20] | None = None,
        aspect_ratio: app_commands.Range[str, 1, 20] | None = None,
        audio: bool | None = None,
        seed: app_commands.Range[int, 0, LARGEST_SEED] | None = None,
        image: discord.Attachment | None = None,
        last_image: discord.Attachment | None = None,
        private: bool = False,
        spoiler: bool = False,
    ) -> None:
        """Reserve, answer, and only then let it cost money."""
        unfit = None if private else unfit_place(interaction)
        if unfit:
            await answer_privately(interaction, unfit)
            return
        request = VideoRequest(
            prompt=prompt,
            model=model,
            duration=duration,
            resolution=resolution,
            aspect_ratio=aspect_ratio,
            audio=audio,
            seed=seed,
            is_private=private,
            is_spoiler=spoiler,
        )
        try:
            pictures = attached(image, last_image)
        except PictureError as error:
            await answer_privately(interaction, replies.refusal(error))
            return
        await self.start(interaction, request, pictures=pictures)

    async def start(
        self, interaction: discord.Interaction, request: VideoRequest, *, pictures: Sequence[Attached] = ()
    ) -> None:
        """Order a request, wherever it comes from, and answer the interaction."""
        await self._ordering.start(interaction, request, pictures=pictures)

    async def confirm(self, interaction: discord.Interaction, offer_id: int) -> None:
        """Order what was offered."""
        await self._ordering.confirm(interaction, offer_id)

    async def decline(self, interaction: discord.Interaction, offer_id: int) -> None:
        """Forget an offer."""
        await self._ordering.decline(interaction, offer_id)

    async def cancel(self, interaction: discord.Interaction, job_id: int) -> None:
        """Cancel a waiting job, or say why not."""
        await self._ordering.cancel(interaction, job_id)

    @video.autocomplete("model")
    async def suggest_model(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Offer the models that match, from memory: a keystroke costs no request."""
        del interaction
        found = self._videos.catalogue.search(current)
        return [app_commands.Choice(name=model.name[:100], value=model.id) for model in found[:MOST_CHOICES]]

    @video.autocomplete("duration")
    async def suggest_duration(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[int]]:
        """Offer the lengths of the chosen model."""
        lengths = self._videos.catalogue.options_for(_chosen(interaction, "model"), "duration")
        fitting = [length for length in lengths if length.startswith(str(current).strip())]
        return [
            app_commands.Choice(name=tr("{seconds} s", seconds=length), value=int(length))
            for length in fitting[:MOST_CHOICES]
        ]

    @video.autocomplete("resolution")
    async def suggest_resolution(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the resolutions of the chosen model."""
        return _matching(self._videos.catalogue.options_for(_chosen(interaction, "model"), "resolution"), current)

    @video.autocomplete("aspect_ratio")
    async def suggest_aspect_ratio(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the shapes that the chosen model has at the chosen resolution."""
        resolution = _chosen(interaction, "resolution")
        model = _chosen(interaction, "model")
        return _matching(self._videos.catalogue.options_for(model, "aspect_ratio", resolution=resolution), current)


def _chosen(interaction: discord.Interaction, option: str) -> str | None:
    """Return what the member has put into another option so far; Discord may leave it out."""
    value = getattr(interaction.namespace, option, None)
    return str(value) if value else None


def _matching(values: tuple[str, ...], typed: str) -> list[app_commands.Choice[str]]:
    wanted = typed.strip().lower()
    fitting = [value for value in values if wanted in value.lower()]
    return [app_commands.Choice(name=value, value=value) for value in fitting[:MOST_CHOICES]]
