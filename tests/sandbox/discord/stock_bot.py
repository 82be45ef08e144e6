"""A bot on the stock discord.py with one command of every kind, for the stand-in to serve."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Self

import discord
from discord import app_commands
from discord.ext import commands

from sandbox.discord import DiscordStandIn


class Again(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"job:(?P<id>\d+):again"):
    """A button that lives in its custom id."""

    def __init__(self, job_id: int) -> None:
        super().__init__(discord.ui.Button(label="Again", custom_id=f"job:{job_id}:again"))
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        del interaction, item
        return cls(int(match["id"]))

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the signature of discord.py
        await interaction.response.send_message(f"again {self.job_id}", ephemeral=True)


class Reason(discord.ui.Modal, title="Why?"):
    """A modal with one field."""

    words: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Reason", custom_id="words", max_length=20)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"because {self.words.value}")


class Bot(commands.AutoShardedBot):
    """A bot with one command of every kind."""

    def __init__(self) -> None:
        super().__init__(
            command_prefix=[],
            intents=discord.Intents(guilds=True),
            shard_count=1,
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.05,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.interactions: asyncio.Queue[discord.Interaction] = asyncio.Queue()
        self.set_up = asyncio.Event()

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Again)
        self.tree.add_command(video)  # pyright: ignore[reportUnknownArgumentType]  # discord.py leaves the group of a bare command open
        self.tree.add_command(limits)
        self.tree.add_command(app_commands.ContextMenu(name="Describe", callback=describe))
        await self.tree.sync()
        self.set_up.set()


@app_commands.command(name="video")
@app_commands.rename(who="member")
async def video(
    interaction: discord.Interaction,
    prompt: app_commands.Range[str, 1, 50],
    seconds: app_commands.Range[int, 4, 8] = 4,
    style: str = "plain",
    who: discord.Member | None = None,
    picture: discord.Attachment | None = None,
) -> None:
    if prompt == "defer":
        await interaction.response.defer()
    elif prompt == "modal":
        await interaction.response.send_modal(Reason())
        return
    else:
        view = discord.ui.View(timeout=None)
        view.add_item(Again(7))
        named = f"{prompt} {seconds} {style} {who and who.name} {picture and picture.size}"
        await interaction.response.send_message(named, view=view)
    bot = interaction.client
    assert isinstance(bot, Bot)
    bot.interactions.put_nowait(interaction)


@video.autocomplete("style")
async def styles(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    del interaction
    return [app_commands.Choice(name=name, value=name) for name in ("film", "noir") if name.startswith(current)]


limits = app_commands.Group(
    name="limits",
    description="Limits",
    guild_only=True,
    default_permissions=discord.Permissions(manage_guild=True),
)


@limits.command(name="set")
async def set_limit(interaction: discord.Interaction, videos: int) -> None:
    await interaction.response.send_message(f"limit {videos}", ephemeral=True)


async def describe(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"it says {message.content}")


@asynccontextmanager
async def running_bot(discord_server: DiscordStandIn) -> AsyncGenerator[Bot]:
    bot = Bot()
    task = asyncio.create_task(bot.start(discord_server.token))
    try:
        set_up = asyncio.create_task(bot.set_up.wait())
        await asyncio.wait({set_up, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        await bot.wait_until_ready()
        yield bot
    finally:
        await bot.close()
        await asyncio.gather(task, return_exceptions=True)
