"""`/settings`: in which channels, with which models and how by default a server makes videos."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs import replies
from cogs.interactions import answer_privately, discords_language, requester_of
from cogs.languages import tr
from cogs.replies import language as spoken
from cogs.replies import paging
from cogs.replies import settings as words
from cogs.replies import words as listing
from cogs.settings import changing
from cogs.settings.changing import Changed
from cogs.settings.options import LanguageOfServer, Part, Place, PlaceOfVideos, missing_to_write
from services.administration import Administration
from services.catalogue import Catalogue
from services.errors import NotAllowedError, RequestError
from services.limits import LONGEST_WORD, ServerChoices
from services.models import VideoRequest
from services.moderation import Moderation

MOST_CHOICES: Final = 25
LONGEST_CLIP: Final = 600
"""Seconds; what a model really offers is checked against the catalogue."""


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class SettingsCog(commands.GroupCog, name="settings", description="Where and with what this server makes videos."):
    """Keeps what a server chose. It is read, changed and stored as a whole, one change at a time."""

    channel = app_commands.Group(name="channel", description="Where videos can be asked for.")
    model = app_commands.Group(name="model", description="Which models can be used.")
    listed = app_commands.Group(name="words", description="What may not be in a description.")

    def __init__(self, administration: Administration, moderation: Moderation, catalogue: Catalogue) -> None:
        self._administration = administration
        self._moderation = moderation
        self._catalogue = catalogue
        # Between the reading and the storing nobody else may change the same server's choices.
        self._turn = asyncio.Lock()
        super().__init__()

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Let only managers of the server pass; the service checks it once more."""
        if requester_of(interaction).is_manager:
            return True
        await answer_privately(interaction, replies.refusal(NotAllowedError()))
        return False

    @app_commands.command(name="show", description="What is chosen in this server.")
    async def show(self, interaction: discord.Interaction) -> None:
        """List what is chosen, and what the bot does where nothing is."""
        await self._catalogue.models()
        chosen = await self._administration.choices(requester_of(interaction))
        default = changing.default_model(chosen, catalogue=self._catalogue)
        lines = words.choices(
            chosen,
            bot=self._catalogue.shape,
            default=default,
            name=self._catalogue.name_of,
            is_bots=self._administration.age_restricted_only,
        )
        language = spoken.shown(chosen.language, discords=discords_language(interaction))
        for text in paging.messages([*lines, language]):
            await answer_privately(interaction, text)

    @channel.command(name="add", description="Let videos be asked for in a channel; the first one closes all others.")
    @app_commands.rename(place="channel")
    @app_commands.describe(place="The channel; its threads come with it.")
    async def add_channel(
        self, interaction: discord.Interaction, place: app_commands.Transform[Place, PlaceOfVideos]
    ) -> None:
        """Put a channel on the list."""
        is_thread = isinstance(place, app_commands.AppCommandThread)
        await self._change(interaction, lambda before: changing.add_channel(before, place.id, is_thread=is_thread))

    @channel.command(name="remove", description="Take a channel off the list; an empty list allows every channel.")
    @app_commands.rename(place="channel")
    @app_commands.describe(place="The channel.")
    async def remove_channel(
        self, interaction: discord.Interaction, place: app_commands.Transform[Place, PlaceOfVideos]
    ) -> None:
        """Take a channel off the list."""
        await self._change(interaction, lambda before: changing.remove_channel(before, place.id))

    @channel.command(name="age-restricted", description="Make videos in age-restricted channels only, or in all.")
    @app_commands.describe(only="Whether videos can be asked for in no other channels.")
    async def age_restricted(self, interaction: discord.Interaction, only: bool) -> None:  # noqa: FBT001  # an option of the command
        """Set whether other channels are closed."""
        is_bots = self._administration.age_restricted_only
        await self._change(
            interaction, lambda before: changing.set_age_restricted(before, is_only=only, is_bots=is_bots)
        )

    @listed.command(name="add", description="Make no video whose description has a word.")
    @app_commands.describe(word="A word, a few words, or a pattern: * stands for any letters.")
    async def add_word(self, interaction: discord.Interaction, word: app_commands.Range[str, 1, LONGEST_WORD]) -> None:
        """Put a word on the list."""
        outcome = await self._moderation.add_word(word, requester_of(interaction))
        await answer_privately(interaction, listing.added(word, outcome, everywhere=False))

    @listed.command(name="remove", description="Take a word off the list.")
    @app_commands.describe(word="As it is on the list.")
    async def remove_word(
        self, interaction: discord.Interaction, word: app_commands.Range[str, 1, LONGEST_WORD]
    ) -> None:
        """Take a word off the list."""
        outcome = await self._moderation.remove_word(word, requester_of(interaction))
        await answer_privately(interaction, listing.removed(word, outcome))

    @listed.command(name="show", description="The words that may not be in a description here.")
    async def show_words(self, interaction: discord.Interaction) -> None:
        """List them, to managers only: members are never told which word was the one."""
        found, has_owners = await self._moderation.words(requester_of(interaction))
        for text in paging.messages(listing.listed(found, everywhere=False, has_owners=has_owners)):
            await answer_privately(interaction, text)

    @model.command(name="add", description="Allow a model; the first one forbids all others.")
    @app_commands.describe(model="Which model.")
    async def add_model(self, interaction: discord.Interaction, model: app_commands.Range[str, 1, 100]) -> None:
        """Put a model on the list."""
        await self._change(interaction, lambda before: changing.add_model(before, model, catalogue=self._catalogue))

    @model.command(name="remove", description="Take a model off the list; an empty list allows every model.")
    @app_commands.describe(model="Which model.")
    async def remove_model(self, interaction: discord.Interaction, model: app_commands.Range[str, 1, 100]) -> None:
        """Take a model off the list."""
        await self._change(interaction, lambda before: changing.remove_model(before, model))

    @app_commands.command(name="defaults", description="What members get who do not say.")
    @app_commands.describe(
        model="Which model.",
        duration="The length in seconds.",
        resolution="The resolution, such as 720p.",
        aspect_ratio="The shape, such as 16:9.",
        audio="With sound or without.",
    )
    async def defaults(
        self,
        interaction: discord.Interaction,
        model: app_commands.Range[str, 1, 100] | None = None,
        duration: app_commands.Range[int, 1, LONGEST_CLIP] | None = None,
        resolution: app_commands.Range[str, 1, 20] | None = None,
        aspect_ratio: app_commands.Range[str, 1, 20] | None = None,
        audio: bool | None = None,  # noqa: FBT001  # an option of the command
    ) -> None:
        """Set what stands in for what a member does not say."""
        wanted = VideoRequest(
            prompt="", model=model, duration=duration, resolution=resolution, aspect_ratio=aspect_ratio, audio=audio
        )
        if wanted == VideoRequest(prompt=""):
            await answer_privately(interaction, tr(words.NO_CHOICE))
            return
        await self._change(interaction, lambda before: changing.set_defaults(before, wanted, catalogue=self._catalogue))

    @app_commands.command(name="log", description="Where the bot says what this server's managers have to know.")
    @app_commands.describe(channel="The channel. Leave it out to have none.")
    async def log(self, interaction: discord.Interaction, channel: discord.TextChannel | None = None) -> None:
        """Set the log channel, where the bot may write in it."""
        missing = [] if channel is None else missing_to_write(channel)
        if channel is not None and missing:
            await answer_privately(interaction, words.log_channel_closed(channel.id, missing))
            return
        await self._change(interaction, lambda before: changing.set_log(before, channel.id if channel else None))

    @app_commands.command(name="language", description="What the bot speaks where everybody reads it.")
    @app_commands.describe(language="Which one. What only one member reads stays in that member's own.")
    async def language(
        self, interaction: discord.Interaction, language: app_commands.Transform[str | None, LanguageOfServer]
    ) -> None:
        """Set the language of the server."""
        discords = discords_language(interaction)
        await self._change(interaction, lambda before: changing.set_language(before, language, discords=discords))

    @app_commands.command(name="reset", description="Forget what is chosen in this server, or a part of it.")
    @app_commands.describe(what="Which part.")
    async def reset(self, interaction: discord.Interaction, what: Part = "everything") -> None:
        """Go back to what the bot does by itself."""
        await self._change(interaction, lambda before: changing.reset(before, what))

    async def _change(self, interaction: discord.Interaction, change: Callable[[ServerChoices], Changed]) -> None:
        """Read what the server chose, change it, store it where something changed, and say so."""
        actor = requester_of(interaction)
        await self._catalogue.models()
        try:
            async with self._turn:
                before = await self._administration.choices(actor)
                changed = change(before)
                if changed.choices != before:
                    await self._administration.choose(changed.choices, actor)
        except RequestError as error:
            await answer_privately(interaction, replies.refusal(error))
            return
        await answer_privately(interaction, changed.told)

    @add_model.autocomplete("model")
    @defaults.autocomplete("model")
    async def suggest_model(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Offer the models that match, from memory: a keystroke costs no request."""
        del interaction
        found = self._catalogue.search(current)
        return [app_commands.Choice(name=model.name[:100], value=model.id) for model in found[:MOST_CHOICES]]

    @remove_model.autocomplete("model")
    async def suggest_allowed(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Offer what is on the list, to managers only: Discord asks for suggestions past `interaction_check`."""
        actor = requester_of(interaction)
        listed: Sequence[str] = (await self._administration.choices(actor)).models if actor.is_manager else ()
        return _matching([(self._catalogue.name_of(model), model) for model in listed], current)

    @remove_word.autocomplete("word")
    async def suggest_word(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Offer what is on the list, to managers only."""
        actor = requester_of(interaction)
        found = (await self._moderation.words(actor))[0] if actor.is_manager else ()
        return _matching([(word, word) for word in found], current)

    @defaults.autocomplete("duration")
    async def suggest_duration(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[int]]:
        """Offer the lengths of the model that was named, or of the bot's own."""
        lengths = self._catalogue.options_for(_named(interaction), "duration")
        fitting = [length for length in lengths if length.startswith(str(current).strip())]
        return [
            app_commands.Choice(name=tr("{seconds} s", seconds=length), value=int(length))
            for length in fitting[:MOST_CHOICES]
        ]

    @defaults.autocomplete("resolution")
    async def suggest_resolution(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the resolutions of the model that was named, or of the bot's own."""
        values = self._catalogue.options_for(_named(interaction), "resolution")
        return _matching([(value, value) for value in values], current)

    @defaults.autocomplete("aspect_ratio")
    async def suggest_aspect_ratio(
        self, interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the shapes of the model that was named, or of the bot's own."""
        values = self._catalogue.options_for(_named(interaction), "aspect_ratio")
        return _matching([(value, value) for value in values], current)


def _named(interaction: discord.Interaction) -> str | None:
    """Return the model that the manager has chosen so far; Discord may leave it out."""
    model = getattr(interaction.namespace, "model", None)
    return str(model) if model else None


def _matching(choices: Sequence[tuple[str, str]], typed: str) -> list[app_commands.Choice[str]]:
    """Return the choices, each a name and a value, of which either holds what was typed."""
    wanted = typed.strip().lower()
    fitting = [(name, value) for name, value in choices if wanted in name.lower() or wanted in value.lower()]
    return [app_commands.Choice(name=name[:100], value=value) for name, value in fitting[:MOST_CHOICES]]
