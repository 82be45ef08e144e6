"""`bot.py sandbox`: run the real bot between the stand-ins, be the member, and show what the member sees."""

import asyncio
import json
import shutil
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from sandbox.demo import screen, typed
from sandbox.demo.bot_process import BotStoppedError, bot_between
from sandbox.demo.playback import Playback, play_through
from sandbox.discord import ClientRefusedError, DiscordStandIn
from sandbox.discord.entities import Channel, User
from sandbox.discord.posts import Message
from sandbox.openrouter import OpenRouterStandIn

MEMBER: Final = "alice"
PLACE: Final = "videos"
SECONDS_PER_VIDEO: Final = 2.0
ANSWER_WITHIN: Final = 10.0
ENDS_WITHIN: Final = 120.0
"""Seconds from the command to the clip; a slow machine draws a long clip for a while."""
KEPT: Final = Path("data") / "sandbox"
"""Where the clip stays, for a look."""
FAILED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """The clip that was posted, kept at `path`; `plays` says what a player makes of it."""

    path: Path
    size: int
    sha256: str
    plays: Playback | None


async def play(*, once: str | None, as_json: bool) -> int:
    """Play one command, or one a line from standard input. Return the exit code: 0 if a clip was posted and plays."""
    try:
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="video-bot-sandbox-")))
            chat = await stack.enter_async_context(DiscordStandIn())
            video_api = await stack.enter_async_context(OpenRouterStandIn(seconds_per_video=SECONDS_PER_VIDEO))
            await stack.enter_async_context(bot_between(chat, video_api, folder=folder))
            stage = Stage(chat, video_api)
            return await (stage.once(once, as_json=as_json) if once else stage.converse())
    except BotStoppedError as error:
        _say(f"The bot stopped before it was ready:\n{error}", file=sys.stderr)
        return FAILED


class Stage:
    """One member in one channel, with the bot."""

    def __init__(self, chat: DiscordStandIn, video_api: OpenRouterStandIn) -> None:
        self._chat = chat
        self._video_api = video_api
        self._member: User = chat.world.user(MEMBER)
        self._channel: Channel = chat.world.channel(PLACE)

    async def once(self, line: str, *, as_json: bool) -> int:
        """Run one command to its end and show everything."""
        try:
            messages = await self._run(line)
        except (typed.NotACommandError, ClientRefusedError) as error:
            _say(
                error.hint if isinstance(error, typed.NotACommandError) else f"Discord refuses this: {error}",
                file=sys.stderr,
            )
            return FAILED
        clip = await self._clip(messages)
        if as_json:
            _say(json.dumps(self._record(messages, clip), indent=2, default=str, ensure_ascii=False))
        else:
            _say(screen.shown(messages, world=self._chat.world, channel=PLACE))
            _say(f"\n{_described(clip)}")
        return 0 if clip is not None and clip.plays is not None else FAILED

    async def converse(self) -> int:
        """Run one command after another, a line each, until the input ends."""
        _say(f"You are {MEMBER} in #{PLACE}. Type a command, such as /video a red fox in the snow; Ctrl-D ends.")
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip():
                await self.once(line, as_json=False)
        return 0

    async def _run(self, line: str) -> list[Message]:
        """Run a command, wait until the bot has said its last word on it, and return the channel."""
        command = typed.read(line, self._chat.commands.visible_in(self._channel.guild_id))
        interaction = await self._chat.run_command(
            user_id=self._member.id, channel_id=self._channel.id, name=command.name, options=command.options
        )
        await interaction.answered(timeout=ANSWER_WITHIN)
        answer = await interaction.message()
        if command.name == "video" and answer is not None and answer.ephemeral_for is None:
            await self._chat.wait_until(lambda: self._is_over(answer) or None, timeout=ENDS_WITHIN)
        return self._chat.messages(self._channel.id, viewer_id=self._member.id)

    def _is_over(self, answer: Message) -> bool:
        """Whether the status message links to a reply, which is how every video ends."""
        messages = self._chat.messages(self._channel.id)
        status = next((message for message in messages if message.id == answer.id), None)
        replies = [each.id for each in messages if each.reference and each.reference.message_id == answer.id]
        return status is None or any(str(reply) in status.text for reply in replies)

    async def _clip(self, messages: list[Message]) -> Clip | None:
        """Keep the last clip of the channel, and play it."""
        files = [file for message in messages for file in message.attachments]
        if not files:
            return None
        file = files[-1]
        await asyncio.to_thread(KEPT.mkdir, parents=True, exist_ok=True)
        path = (KEPT / file.filename).resolve()
        await asyncio.to_thread(shutil.copyfile, file.path, path)
        return Clip(path=path, size=file.size, sha256=file.sha256, plays=await play_through(path))

    def _record(self, messages: list[Message], clip: Clip | None) -> dict[str, Any]:
        names = {user.id: user.username for user in self._chat.world.users.values()}
        return {
            "clip": None if clip is None else asdict(clip),
            "messages": [
                {
                    "id": str(message.id),
                    "author": names[message.author_id],
                    "text": message.text,
                    "earlier": [content.text for content in message.earlier],
                    "replies_to": str(message.reference.message_id) if message.reference else None,
                    "pings": sorted(names[user] for user in message.pings.users),
                    "attachments": [{"filename": file.filename, "size": file.size} for file in message.attachments],
                    "is_ephemeral": message.ephemeral_for is not None,
                }
                for message in messages
            ],
            "requests": {
                "openrouter": [
                    {"method": each.method, "path": each.path, "status": each.status}
                    for each in self._video_api.requests
                ],
                "discord": [{"route": each.route, "status": each.status} for each in self._chat.requests],
            },
        }


def _described(clip: Clip | None) -> str:
    if clip is None:
        return "No clip was posted."
    if clip.plays is None:
        return f"{clip.path}: {clip.size} bytes, and it does not play."
    shape = f"{clip.plays.seconds:g} s, {clip.plays.width}x{clip.plays.height}, {clip.plays.codec}"
    return f"{clip.path}: {clip.size} bytes, {shape}; it plays."


def _say(text: str, *, file: TextIO | None = None) -> None:
    print(text, file=file or sys.stdout)  # this is a program for people at a terminal
