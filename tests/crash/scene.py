"""Both stand-ins around one data folder: what outlives the bot while its processes come and go."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sandbox.discord import DiscordStandIn
from sandbox.discord.interactions import Interaction
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.openrouter import FixedClip, OpenRouterStandIn
from tests import canaries, tiny_clip
from tests.crash.process import PATIENCE, BotProcess, printed
from tests.stored import NothingStoredError, Stored

LOOK_AGAIN: Final = 0.02
"""Seconds between looks into the database of another process, which tells nobody when it writes."""
DISTANT: Final = timedelta(hours=1)
CLIP_BYTES: Final = 1_500_000
"""More than one piece of everything that moves a clip: the sockets, the download's chunks, the upload's parts."""
UNTOLD: Final = "SELECT id FROM notices WHERE told_at IS NULL"
"""What the owner or a server's managers have still to hear: nothing rests before they have."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One `/video`, and the words that find it again everywhere."""

    prompt: str
    interaction: Interaction


@dataclass(slots=True, kw_only=True)
class Scene:
    """The world around the bot."""

    discord: DiscordStandIn
    openrouter: OpenRouterStandIn
    folder: Path
    clip: Path
    stored: Stored
    settings: dict[str, object] = field(default_factory=dict[str, object])
    """What the bot needs besides in this scene alone, such as a port."""
    asked: list[Asked] = field(default_factory=list[Asked])
    prompts: list[str] = field(default_factory=list[str])
    """Everything that anybody ever asked for, also what died with a process."""

    @property
    def data(self) -> Path:
        """The bot's data folder."""
        return self.folder / "data"

    @property
    def clip_folder(self) -> Path:
        """Where the bot's clips lie. Where several may share a data folder, each has one of its own."""
        return self.data / "clips" / ("instance-0" if self.stored.settings else "")

    @property
    def log(self) -> Path:
        """Where the output of all of the bot's processes goes."""
        return self.folder / "bot.log"

    @property
    def fatal(self) -> Path:
        """The file that is there while the bot is to die where it was told to."""
        return self.folder / "fatal"

    @contextmanager
    def may_die(self) -> Generator[None]:
        """Let the bot die where it was told to, in the block and nowhere else: for stories that are sequels."""
        self.fatal.touch()
        try:
            yield
        finally:
            self.must_live()

    def must_live(self) -> None:
        """Let the bot live on, wherever it comes."""
        self.fatal.unlink(missing_ok=True)

    def environment(self, **changes: object) -> dict[str, str]:
        """Return the settings that put the bot between the stand-ins, at a pace for tests."""
        values: dict[str, object] = {
            "DISCORD_TOKEN": self.discord.token,
            "OPENROUTER_API_KEY": self.openrouter.key,
            "OPENROUTER_BASE_URL": self.openrouter.base_url,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "DATA_DIR": self.data,
            "FIRST_LOOK_SECONDS": 0.05,
            "LOOK_EVERY_SECONDS": 0.05,
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "DEBUG",  # so that every test with a process looks for secrets in all that can be logged
            **{name.upper(): value for name, value in self.stored.settings.items()},
        }
        return {name: str(value) for name, value in (values | self.settings | changes).items()}

    async def ask(
        self,
        prompt: str | None = None,
        *,
        by: str = "alice",
        where: str = "videos",
        upload_limit: int | None = None,
        **options: object,
    ) -> Asked:
        """Let a member type `/video`; the prompt is one that nobody used before unless it is given."""
        prompt = prompt or f"a red fox, take {len(self.prompts) + 1}"
        self.prompts.append(prompt)
        world = self.discord.world
        interaction = await self.discord.run_command(
            user_id=world.user(by).id,
            channel_id=world.channel(where).id,
            name="video",
            options={"prompt": prompt} | options,
            attachment_size_limit=upload_limit,
        )
        asked = Asked(prompt=prompt, interaction=interaction)
        self.asked.append(asked)
        return asked

    async def ask_directly(self, *, by: str = "alice") -> Asked:
        """Let a member type `/video` in the bot's direct messages."""
        prompt = f"a red fox, take {len(self.prompts) + 1}"
        self.prompts.append(prompt)
        user_id = self.discord.world.user(by).id
        direct = self.discord.world.direct_channel(user_id)
        interaction = await self.discord.run_command(
            user_id=user_id, channel_id=direct.id, name="video", options={"prompt": prompt}
        )
        asked = Asked(prompt=prompt, interaction=interaction)
        self.asked.append(asked)
        return asked

    async def cancel(self, asked: Asked) -> None:
        """Let whoever asked press the button under their status message."""
        message = await asked.interaction.message()
        if message is None:
            raise LookupError("there is no status message")
        await self.discord.click(
            user_id=asked.interaction.act.user_id, message_id=message.id, custom_id=buttons_of(message)[0]
        )

    async def send_again(self, *, by: str = "alice", where: str = "general") -> None:
        """Let a member look at `/status`, and press the button under it if a clip of theirs is kept."""
        world = self.discord.world
        user_id = world.user(by).id
        looked = await self.discord.run_command(
            user_id=user_id, channel_id=world.channel(where).id, name="status", options={}
        )
        status = await looked.message(timeout=PATIENCE)
        if status is None:
            raise LookupError("`/status` was not answered by a message")
        for custom_id in buttons_of(status):
            click = await self.discord.click(user_id=user_id, message_id=status.id, custom_id=custom_id)
            await click.answered(timeout=PATIENCE)

    def questions(self, *, to: str = "alice") -> Sequence[Message]:
        """Return the offers that a member sees with their buttons, oldest first."""
        reader = self.discord.world.user(to).id
        everything = self.discord.world.messages.everything()
        return [message for message in everything if message.ephemeral_for == reader and message.components]

    async def say_yes(self, question: Message, *, prompt: str) -> Asked:
        """Let the reader of an offer accept it: from now on the click is what asks for the video."""
        user_id = question.ephemeral_for or 0
        click = await self.discord.click(user_id=user_id, message_id=question.id, custom_id=buttons_of(question)[0])
        asked = Asked(prompt=prompt, interaction=click)
        self.asked.append(asked)
        return asked

    def close_channel(self, name: str = "videos") -> None:
        """Let the bot still read there, but no longer write."""
        world = self.discord.world
        world.set_overwrite(world.channel(name).id, world.bot.id, deny=Permission.SEND_MESSAGES)

    def close_direct(self, user: str = "alice") -> None:
        """Let a member take no direct messages any more."""
        world = self.discord.world
        world.replace_user(replace(world.user(user), accepts_direct_messages=False))

    # --- waiting --------------------------------------------------------------------------------------------------

    async def connected(self, bot: BotProcess) -> bool:
        """Wait until the bot hears members; False where it ended before."""
        return await self.either(bot, self.discord.connected(timeout=PATIENCE))

    async def disconnected(self) -> None:
        """Wait until the stand-in has noticed that a process is gone."""
        await self.until(lambda: not self.discord.gateway.connected)

    async def at_rest(self, bot: BotProcess) -> bool:
        """Wait until every `/video` was answered or stored and nothing is left to do; False where the bot ended."""
        return await self.either(bot, self.until(self._is_at_rest))

    async def sees_clip(self) -> None:
        """Wait until there is a clip in the channel."""
        channel = self.discord.world.channel("videos")
        await self.discord.next_message(channel.id, where=lambda message: bool(message.attachments), timeout=PATIENCE)

    async def either(self, bot: BotProcess, happening: Awaitable[None]) -> bool:
        """Wait for something, or for the bot's end. Whether it happened.

        Raises:
            TimeoutError: neither came.
        """
        waiting = asyncio.ensure_future(happening)
        try:
            await asyncio.wait({waiting, bot.exiting}, return_when=asyncio.FIRST_COMPLETED, timeout=2 * PATIENCE)
            if waiting.done():
                waiting.result()
                return True
            if bot.is_over:
                return False
            raise TimeoutError
        finally:
            waiting.cancel()

    async def until(self, is_true: Callable[[], bool], *, within: float = PATIENCE) -> None:
        """Look again and again.

        Raises:
            TimeoutError: it did not become true within so many seconds.
        """
        async with asyncio.timeout(within):
            while not is_true():  # noqa: ASYNC110  # what is looked at is another process, which sets no event here
                await asyncio.sleep(LOOK_AGAIN)

    def is_over(self) -> bool:
        """Whether something was asked for, and everybody has heard how that ended: members, and those who pay."""
        rows = self.rows()
        return bool(rows) and all(row["told_at"] for row in rows) and not self.query(UNTOLD)

    def _is_at_rest(self) -> bool:
        rows = self.rows()
        known = {row["interaction_id"] for row in rows}
        heard = all(asked.interaction.id in known or asked.interaction.response is not None for asked in self.asked)
        return heard and not any(_is_moving(row) for row in rows) and not self.query(UNTOLD)

    # --- the bot's own memory -------------------------------------------------------------------------------------

    def rows(self) -> Sequence[Row]:
        """Return the table of jobs as any other process sees it; empty where there is none yet."""
        return self.query("SELECT * FROM jobs ORDER BY id")

    def query(self, statement: str) -> Sequence[Row]:
        """Read the database; nothing where the bot has not come that far."""
        try:
            return self.stored.rows(statement)
        except NothingStoredError:
            return []

    def leaked(self) -> Sequence[str]:
        """Return the names of what the log must never hold and does."""
        text = printed(self.log).encode()
        private = canaries.private_of(self.discord, self.openrouter, prompts=self.prompts)
        return [name for name, words in private.items() if canaries.found({name: words}, {"the log": text})]

    def let_upstream_end(self) -> None:
        """Let the video API finish and charge what it has accepted, also what the bot no longer asks for."""
        self.openrouter.clock.advance(DISTANT.total_seconds())

    def forget_lost(self) -> None:
        """Leave out what died with a process before it was stored: Discord never sends an interaction again."""
        known = {row["interaction_id"] for row in self.rows()}
        self.asked = [asked for asked in self.asked if asked.interaction.id in known]

    def let_grace_pass(self) -> None:
        """Make the wait for answers that may be on their way a thing of the past. Only while no bot runs."""
        if any(row["state"] == "queued" and row["status_message_id"] is None for row in self.rows()):
            self.stored.rows("UPDATE jobs SET next_at = 1 WHERE state = 'queued' AND status_message_id IS NULL")


def buttons_of(message: Message) -> Sequence[str]:
    """Return the custom ids of a message's buttons, in their order."""
    return [button["custom_id"] for row in message.components for button in row["components"]]


def _is_moving(row: Row) -> bool:
    """Whether a job has something to do. One that only waits, told, to let its clip go in a day has not."""
    return row["next_at"] is not None and not (row["told_at"] and row["next_at"] > row["told_at"] + _ms(DISTANT))


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)


def write_clip(path: Path, *, size: int = CLIP_BYTES) -> Path:
    """Write a clip of so many bytes that needs nothing, so that what is posted is known to be what was made."""
    return tiny_clip.write_clip(path, size=size)


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    clip: Path,
    stored: Stored,
    remembers_nonces: bool = True,
    seconds_per_video: float = 0.08,
) -> AsyncGenerator[Scene]:
    """Open both stand-ins. A job is still running at the bot's first look and done at its second.

    `stored` is the database of a bot whose data folder is `data` in `folder`.
    """
    async with (
        DiscordStandIn() as discord,
        OpenRouterStandIn(key=canaries.KEY, seconds_per_video=seconds_per_video, clips=FixedClip(clip)) as openrouter,
    ):
        if not remembers_nonces:
            discord.world.messages.nonce_window = timedelta(0)
        yield Scene(discord=discord, openrouter=openrouter, folder=folder, clip=clip, stored=stored)
