"""What the options of `/settings` take: channels, languages, and the parts that can be reset."""

from typing import Final, Literal, TypeAlias

import discord
from discord import app_commands

from cogs.languages import OWN_NAMES, Message, tr

Place: TypeAlias = app_commands.AppCommandChannel | app_commands.AppCommandThread
Part: TypeAlias = Literal["everything", "channels", "models", "defaults", "log channel", "language"]

FROM_DISCORD: Final = "discord"
"""The choice that leaves the language to what Discord names for the server."""
NEEDED_TO_WRITE: Final = {"view_channel": Message("View Channel"), "send_messages": Message("Send Messages")}
"""What saying something in the log channel takes, and the names that Discord's settings give to it."""


class PlaceOfVideos(app_commands.Transformer):
    """A channel that commands are typed in, or a forum, in whose threads they are."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """Discord's kind of option."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """The kinds of channel that the option takes: not a category, because nobody can type in one.

        Nor a media channel, which Discord's own description of its API does not know as a kind to ask for.
        """
        kind = discord.ChannelType
        threads = [kind.public_thread, kind.private_thread, kind.news_thread]
        return [kind.text, kind.news, kind.voice, kind.stage_voice, kind.forum, *threads]

    # Narrower than the library says: this is what a channel option resolves to.
    async def transform(self, interaction: discord.Interaction, value: Place, /) -> Place:
        """Return the channel as Discord resolved it, where its kind is one that the option takes."""
        del interaction
        if value.type not in self.channel_types:
            raise app_commands.TransformerError(value, self.type, self)
        return value


class LanguageOfServer(app_commands.Transformer):
    """One of the languages that the bot speaks, by its own name, or None for the one that Discord names."""

    @property
    def choices(self) -> list[app_commands.Choice[int | float | str]]:
        """Return what Discord offers."""
        own: list[app_commands.Choice[int | float | str]] = [
            app_commands.Choice(name=name, value=code) for code, name in OWN_NAMES.items()
        ]
        return [app_commands.Choice(name="What Discord says", value=FROM_DISCORD), *own]

    # Narrower than the library says: this is what an option with text comes as.
    async def transform(self, interaction: discord.Interaction, value: str, /) -> str | None:
        """Return the name that Discord has for the language, where it is one of those on offer."""
        del interaction
        if value not in {FROM_DISCORD, *OWN_NAMES}:
            raise app_commands.TransformerError(value, self.type, self)
        return None if value == FROM_DISCORD else value


def missing_to_write(channel: discord.TextChannel) -> list[str]:
    """Return the names of what the bot may not do in a channel but needs for saying something there."""
    have = channel.permissions_for(channel.guild.me)
    return [tr(name) for permission, name in NEEDED_TO_WRITE.items() if not getattr(have, permission)]
