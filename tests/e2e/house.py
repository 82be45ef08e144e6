"""The whole bot between both stand-ins: what the tests of this folder do and look at."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import structlog
from structlog.typing import EventDict

import bot
from sandbox.discord import DiscordStandIn
from sandbox.discord.entities import Channel, User
from sandbox.discord.faults import Fault, FaultKind
from sandbox.discord.interactions import Interaction
from sandbox.discord.log import RequestRecord
from sandbox.discord.posts import Message
from sandbox.openrouter import OpenRouterStandIn
from services.settings import Settings
from tests import canaries
from tests.cogs.reading import plain
from tests.stored import Stored, let_identify

PATIENCE: Final = 100.0
"""Seconds of a hasty loop that a test waits for something that takes a few of them on an idle machine."""
LOOK_AGAIN: Final = 0.05
ANSWER: Final = "POST /interactions/{interaction_id}/{interaction_token}/callback"
POST: Final = "POST /channels/{channel_id}/messages"
EDIT: Final = "PATCH /channels/{channel_id}/messages/{message_id}"
REMOVE: Final = "DELETE /channels/{channel_id}/messages/{message_id}"
HISTORY: Final = "GET /channels/{channel_id}/messages"
COMMANDS = {"video", "Animate this", "Report video", "models", "status", "history", "privacy"} | {
    "limits",
    "settings",
    "pause",
    "resume",
    "usage",
    "owner",
}
"""Every command that the bot registers."""
REGISTER: Final = "PUT /applications/{application_id}/commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Both stand-ins, and a bot that runs between them while `running` is entered."""

    discord: DiscordStandIn
    openrouter: OpenRouterStandIn
    data: Path
    stored: Stored

    @property
    def clip_folder(self) -> Path:
        """Where the bot's clips lie. Where several may share a data folder, each has one of its own."""
        return self.data / "clips" / ("instance-0" if self.stored.settings else "")

    def settings(self, **changes: Any) -> Settings:  # noqa: ANN401  # settings of any type
        """Return settings that point at the stand-ins, at a pace for tests."""
        values: dict[str, Any] = {
            "_env_file": None,
            "discord_token": self.discord.token,
            "openrouter_api_key": self.openrouter.key,
            "openrouter_base_url": self.openrouter.base_url,
            "discord_api_url": self.discord.api_url,
            "discord_gateway_url": self.discord.gateway_url,
            "data_dir": self.data,
            **self.stored.settings,
            "first_look_seconds": 0.1,
            "look_every_seconds": 0.1,
        }
        return Settings(**(values | changes))

    @asynccontextmanager
    async def running(self, **changes: Any) -> AsyncGenerator[None]:  # noqa: ANN401  # settings of any type
        """Run the bot, connected, until the block ends; whatever it raised comes out here."""
        async with self.starting(**changes) as serving:
            connected = asyncio.create_task(self.discord.connected(timeout=PATIENCE))
            await asyncio.wait({serving, connected}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                connected.cancel()
                await serving
            await connected
            yield

    @asynccontextmanager
    async def starting(self, **changes: Any) -> AsyncGenerator[asyncio.Task[None]]:  # noqa: ANN401  # settings of any type
        """Run the bot until the block ends, without waiting until it is connected."""
        let_identify(self.stored)
        serving = asyncio.create_task(bot.serve(self.settings(**changes)), name="bot")
        try:
            yield serving
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    # --- who and where -------------------------------------------------------------------------------------------

    def user(self, name: str) -> User:
        """Return a user of the world by name."""
        return self.discord.world.user(name)

    def channel(self, name: str) -> Channel:
        """Return a channel of the world by name."""
        return self.discord.world.channel(name)

    # --- what members do -----------------------------------------------------------------------------------------

    async def send(
        self,
        name: str,
        *,
        by: str = "alice",
        where: str = "videos",
        options: Mapping[str, object] | None = None,
        upload_limit: int | None = None,
    ) -> Interaction:
        """Run a command as somebody, without waiting for the bot's answer."""
        return await self.discord.run_command(
            user_id=self.user(by).id,
            channel_id=self.channel(where).id,
            name=name,
            options=options or {},
            attachment_size_limit=upload_limit,
        )

    async def command(
        self, name: str, *, by: str = "alice", where: str = "videos", options: Mapping[str, object] | None = None
    ) -> Interaction:
        """Run a command as somebody, and wait for the bot's answer."""
        interaction = await self.send(name, by=by, where=where, options=options)
        await interaction.answered(timeout=PATIENCE)
        return interaction

    async def reads(
        self, name: str, *, by: str = "alice", where: str = "videos", options: Mapping[str, object] | None = None
    ) -> str:
        """Run a command whose answer only its user sees, and return the answer as they read it."""
        interaction = await self.command(name, by=by, where=where, options=options)
        assert interaction.ephemeral
        return plain(answer_of(interaction))

    async def video(
        self, prompt: str = "a red fox in the snow", *, by: str = "alice", where: str = "videos", **options: object
    ) -> Interaction:
        """Ask for a video, and wait for the bot's answer."""
        return await self.command("video", by=by, where=where, options={"prompt": prompt} | options)

    async def cancel(self, asked: Interaction, *, by: str = "alice") -> Interaction:
        """Press the button under the status message of a request, and wait for the bot's answer."""
        message = status_of(asked)
        custom_id = message.components[0]["components"][0]["custom_id"]
        click = await self.discord.click(user_id=self.user(by).id, message_id=message.id, custom_id=custom_id)
        await click.answered(timeout=PATIENCE)
        return click

    # --- what they then see --------------------------------------------------------------------------------------

    async def clip_in(self, where: str = "videos", *, after: int = 0) -> Message:
        """Wait for a message that carries a clip."""
        return await self.discord.next_message(
            self.channel(where).id, where=lambda message: bool(message.attachments), after=after, timeout=PATIENCE
        )

    async def ended(self, asked: Interaction) -> Message:
        """Wait until the status message of a request has its last text, and return it."""

        def look() -> Message | None:
            message = asked.original
            return None if message is None or message.text.startswith("**") else message

        return await self.discord.wait_until(look, timeout=PATIENCE)

    async def bad_news_about(self, asked: Interaction) -> Message:
        """Wait until a request has failed, and return the one message that says so to its member."""
        await self.ended(asked)
        status = status_of(asked)
        told = [
            message
            for message in self.discord.messages(status.channel_id)
            if message.reference is not None and message.reference.message_id == status.id
        ]
        assert len(told) == 1
        return told[0]

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Look again and again at what the bot writes down: a database sets no event here."""
        async with asyncio.timeout(PATIENCE):
            while not is_so():  # noqa: ASYNC110  # see above
                await asyncio.sleep(LOOK_AGAIN)

    async def told(self) -> None:
        """Wait until the bot has written down that everybody knows how their videos ended."""
        await self.until(lambda: all(job["told_at"] for job in self.jobs()))

    def pictures(self) -> list[str]:
        """Return the pictures that lie ready for the video API, by their file names, sorted."""
        rows = self.rows("SELECT interaction_id, position FROM pictures")
        in_rows = {f"{row['interaction_id']}-{('first', 'last')[row['position']]}.jpg" for row in rows}
        return sorted(in_rows | {file.name for file in self.data.glob("pictures/*")})

    def clips(self) -> list[Message]:
        """Return every message that carries a clip, wherever it is."""
        return [message for message in self.discord.world.messages.everything() if message.attachments]

    # --- what went over the wires, and what is on disk -----------------------------------------------------------

    @property
    def bought(self) -> int:
        """How many videos were ordered: POSTs that reached the video API, whatever it answered."""
        return len(self.openrouter.requests.of("submit"))

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The bodies of those POSTs."""
        return [cast("dict[str, Any]", record.body) for record in self.openrouter.requests.of("submit")]

    def posts(self) -> list[RequestRecord]:
        """Return the bot's requests to post a message with its own token."""
        return self.discord.requests_to(POST)

    def edits(self) -> list[RequestRecord]:
        """Return the bot's requests to edit a message with its own token."""
        return self.discord.requests_to(EDIT)

    def jobs(self) -> list[dict[str, Any]]:
        """Return the table of jobs as it is stored."""
        return self.rows("SELECT * FROM jobs ORDER BY id")

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Run one statement on the bot's database, beside the bot, and return its rows."""
        return self.stored.rows(statement)

    def on_disk(self) -> bytes:
        """Return every byte that the bot has written, the log beside the database too."""
        return b"".join((canaries.files_in(self.data) | self.stored.contents()).values())

    def leaks(self, log: str) -> list[str]:
        """Return what is private and yet in the log, in a file or in a message."""
        stored = canaries.files_in(self.data) | self.stored.contents() | canaries.messages_of(self.discord)
        return [
            *canaries.found(canaries.private_of(self.discord, self.openrouter), {"the log": log.encode()}),
            *canaries.found(canaries.secrets_of(self.discord, self.openrouter), stored),
        ]

    def on_discord(self, route: str, kind: FaultKind, **details: Any) -> None:  # noqa: ANN401  # a fault's own fields
        """Play a fault on the next calls of one of Discord's routes."""
        self.discord.script(Fault(route=route, kind=kind, **details))


def answer_of(interaction: Interaction) -> str:
    """Return what the first answer to an interaction said, whatever became of the message since."""
    message = status_of(interaction)
    return (message.earlier[0] if message.earlier else message.content).text


def status_of(interaction: Interaction) -> Message:
    """Return the message that answered an interaction, as it stands."""
    message = interaction.original
    assert message is not None
    return message


@contextmanager
def watching(event: str) -> Generator[asyncio.Event]:
    """Give an event that is set when the bot logs that one: what nobody outside can see."""
    seen = asyncio.Event()

    def watch(_logger: object, _method: str, entry: EventDict) -> EventDict:
        if entry["event"] == event:
            seen.set()
        return entry

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[watch, *before])
    try:
        yield seen
    finally:
        structlog.configure(processors=before)
