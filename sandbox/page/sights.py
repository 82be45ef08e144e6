"""What one member sees on the page at this moment, in parts, so that only what changed is sent again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.discord import DiscordStandIn
from sandbox.page.message_views import message_views, news
from sandbox.page.offered_commands import Reader, offered_commands
from sandbox.page.people import world_view
from sandbox.page.samples import Samples
from sandbox.page.supervisor import Supervisor
from sandbox.page.timelines import Timeline, Timelines
from sandbox.page.troubles import Troubles

Json = dict[str, Any]
TURNS: Final = 30
"""The latest starts and ends of the bot that are shown in the timelines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that the page shows or moves."""

    chat: DiscordStandIn
    bot: Supervisor
    timelines: Timelines
    troubles: Troubles
    samples: Samples


class Sight:
    """What was sent to one reader so far, and what is new for them."""

    def __init__(self, scene: Scene, reader: Reader) -> None:
        self._scene = scene
        self._reader = reader
        self._sent: dict[str, str] = {}
        self._messages: dict[str, str] = {}
        self._is_first = True

    def fresh(self) -> Iterator[tuple[str, str]]:
        """Yield the names of the parts that are not as they were last sent, with their JSON."""
        for name, part in self._parts().items():
            text = _written(part)
            if self._sent.get(name) != text:
                self._sent[name] = text
                yield name, text
        changes = self._changed_messages()
        if changes is not None:
            yield "messages", changes

    def _parts(self) -> Mapping[str, object]:
        world = self._scene.chat.world
        member = world.users[self._reader.member_id]
        view = world_view(world, member)
        channels = [channel["id"] for guild in view["guilds"] for channel in guild["channels"]]
        return {
            "world": view | {"samples": self._scene.samples.listed()},
            "commands": offered_commands(self._scene.chat, self._reader),
            "news": {
                channel: news(world, channel_id=int(channel), member_id=member.id)
                for channel in (*channels, view["direct"])
            },
            "bot": self._bot(),
            "troubles": self._scene.troubles.view(),
            "jobs": [_job(timeline) for timeline in self._scene.timelines.latest()],
        }

    def _bot(self) -> Json:
        life, lives, gateway = self._scene.bot.life, self._scene.bot.lives, self._scene.chat.gateway
        return {
            "state": life.state.value,
            "starts": life.starts,
            "since": _milliseconds(life.since),
            "isConnected": self._scene.bot.is_running and bool(gateway.connected),
            "turns": [{"state": turn.state.value, "at": _milliseconds(turn.since)} for turn in lives[-TURNS:]],
        }

    def _changed_messages(self) -> str | None:
        views = message_views(
            self._scene.chat.world, channel_id=self._reader.channel_id, member_id=self._reader.member_id
        )
        now = {view["id"]: _written(view) for view in views}
        changed = [text for message_id, text in now.items() if self._messages.get(message_id) != text]
        gone = [message_id for message_id in self._messages if message_id not in now]
        if not (changed or gone or self._is_first):
            return None
        head = _written({"channel": str(self._reader.channel_id), "isFirst": self._is_first, "gone": gone})
        self._messages, self._is_first = now, False
        return f'{head[:-1]},"changed":[{",".join(changed)}]}}'


def _job(timeline: Timeline) -> Json:
    row = timeline.row
    return {
        "id": row.id,
        "user": str(row.user_id),
        "prompt": row.prompt,
        "shape": " · ".join(part for part in (f"{row.duration} s", row.resolution, row.aspect_ratio) if part),
        "model": row.model,
        "state": row.state,
        "reason": row.reason,
        "attempts": row.attempts,
        "reserved": row.reserved_microusd,
        "held": row.held_microusd,
        "cost": row.cost_microusd,
        "steps": [{"state": step.state, "at": step.at, "isStored": step.is_stored} for step in timeline.steps],
    }


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
