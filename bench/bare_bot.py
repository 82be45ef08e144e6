"""The baseline: the smallest bot that answers `/video`, with nothing but discord.py. `python -m bench.bare_bot`.

It reads where Discord is, and its token, as JSON from its input. The client is set up as the real bot's is, so that
the difference between the two is what we added.
"""

import json
import sys
from typing import Any

import discord
import yarl
from discord import app_commands, gateway, http
from discord.ext import commands


class Answers(commands.Cog):
    """One command, and what is suggested while it is typed."""

    @app_commands.command(name="video", description="Make a video from a description.")
    async def video(self, interaction: discord.Interaction, prompt: str, model: str | None = None) -> None:
        """Say that it will be made."""
        del model
        await interaction.response.send_message(f"**Queued**: {prompt}")

    @video.autocomplete("model")
    async def suggest_model(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Suggest as many models as Discord shows."""
        del interaction
        return [app_commands.Choice(name=f"Model {number} {current}", value=f"maker/{number}") for number in range(25)]


class BareBot(commands.AutoShardedBot):
    """Registers its command, as any bot does."""

    async def setup_hook(self) -> None:
        """Register it."""
        await self.add_cog(Answers())
        await self.tree.sync()


def main() -> None:
    """Run until a signal comes."""
    wish: dict[str, Any] = json.load(sys.stdin)
    http.Route.BASE = wish["api_url"]
    gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(wish["gateway_url"])
    bot = BareBot(
        command_prefix=commands.when_mentioned,
        intents=discord.Intents(guilds=True),
        max_messages=None,
        member_cache_flags=discord.MemberCacheFlags.none(),
        chunk_guilds_at_startup=False,
        allowed_mentions=discord.AllowedMentions.none(),
        help_command=None,
    )
    bot.run(wish["token"], log_handler=None)


if __name__ == "__main__":
    main()
