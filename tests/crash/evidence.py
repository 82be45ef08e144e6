"""What is known when everything rests: the bot's rows, its log and its files, and what both stand-ins wrote down.

The stand-ins' side is the truth; the bot's side is what it believes. The invariants compare the two.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any, cast

from sandbox.discord.posts import Message
from sandbox.openrouter import RequestRecord
from tests.crash.process import events
from tests.crash.scene import Row, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A job that the video API accepted."""

    remote_id: str
    prompt: str
    is_completed: bool
    microusd: int
    """What was charged; 0 where it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One moment at rest."""

    rows: Sequence[Row]
    submits: Sequence[str | None]
    """The prompt of every POST that may have bought a video; None where the request broke off before it was whole."""
    purchases: Sequence[Purchase]
    messages: Sequence[Message]
    """The bot's own messages that everybody sees, in all channels."""
    answers: Mapping[int, Message]
    """The status message by the id of the interaction that it answers."""
    events: Sequence[Mapping[str, Any]]
    files: Sequence[str]
    """The names in the folder of clips."""
    clip_sha256: str
    database_faults: Sequence[str]

    def parts(self) -> Mapping[str, object]:
        """Return what a restart with nothing to do must leave exactly as it is, by name."""
        return {
            **{f"job {row['id']}": row for row in self.rows},
            **{
                f"message {message.id}": (message.text, message.components, len(message.attachments))
                for message in self.messages
            },
            # Not their prompts: the stand-in notes one when the request has ended, however late that is.
            "submits": len(self.submits),
            "purchases": list(self.purchases),
            "files": sorted(self.files),
        }


def gathered(scene: Scene) -> Evidence:
    """Look at everything. Only while no bot runs."""
    world = scene.discord.world
    messages = [
        message
        for message in world.messages.everything()
        if message.author_id == world.bot.id and message.ephemeral_for is None
    ]
    clips = scene.data / "clips"
    return Evidence(
        rows=scene.rows(),
        submits=[_prompt(record) for record in scene.openrouter.requests.of("submit") if _may_have_bought(record)],
        purchases=_purchases(scene),
        messages=messages,
        answers={message.origin.interaction_id: message for message in messages if message.origin is not None},
        events=events(scene.log),
        files=[file.name for file in clips.iterdir()] if clips.exists() else [],
        clip_sha256=hashlib.sha256(scene.clip.read_bytes()).hexdigest(),
        database_faults=_database_faults(scene),
    )


def _prompt(record: RequestRecord) -> str | None:
    body = cast("Mapping[str, object] | None", record.body)  # the stand-in takes nothing but objects
    return str(body["prompt"]) if body else None


def _may_have_bought(record: RequestRecord) -> bool:
    """Whether a submit was not refused for certain."""
    status = record.status
    return status is None or status < HTTPStatus.MULTIPLE_CHOICES or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _purchases(scene: Scene) -> Sequence[Purchase]:
    charged: dict[str, Decimal] = {}
    for charge in scene.openrouter.ledger:
        charged[charge.job_id] = charged.get(charge.job_id, Decimal(0)) + charge.usd
    now = scene.openrouter.clock.now()
    return [
        Purchase(
            remote_id=job.id,
            prompt=job.order.prompt,
            is_completed=job.status(now) == "completed",
            microusd=round(charged.get(job.id, Decimal(0)) * 1_000_000),
        )
        for job in scene.openrouter.jobs.values()
    ]


def _database_faults(scene: Scene) -> Sequence[str]:
    checks = [dict(row) for row in scene.query("PRAGMA integrity_check")]
    broken = [row for row in checks if row != {"integrity_check": "ok"}]
    return [json.dumps(row) for row in (*broken, *scene.query("PRAGMA foreign_key_check"))]
