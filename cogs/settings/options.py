"""What the options of `/settings` take: channels, and the parts that can be reset."""

from typing import Final, Literal, TypeAlias

import discord
from discord import app_commands

Place: TypeAlias = app_commands.AppCommandChannel | app_commands.AppCommandThread
Part: TypeAlias = Literal["everything", "channels", "models", "defaults", "log channel"]

NEEDED_TO_WRITE: Final = {"view_channel": "View Channel", "send_messages": "Send Messages"}
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


def missing_to_write(channel: discord.TextChannel) -> list[str]:
    """Return the names of what the bot may not do in a channel but needs for saying something there."""
    have = channel.permissions_for(channel.guild.me)
    return [name for permission, name in NEEDED_TO_WRITE.items() if not getattr(have, permission)]
