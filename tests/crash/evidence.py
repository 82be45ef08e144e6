"""What is known when everything rests: the bot's rows, its log and its files, and what both stand-ins wrote down.

The stand-ins' side is the truth; the bot's side is what it believes. The invariants compare the two.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final, cast

from cogs import replies
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.openrouter import RequestRecord
from services.database import moment
from services.limits import Notice, NoticeKind
from tests.crash.process import events
from tests.crash.scene import Row, Scene

CHANGES: Final = """
SELECT changed_by, changed_at FROM limits
UNION ALL SELECT changed_by, changed_at FROM budgets
UNION ALL SELECT blocked_by, blocked_at FROM blocks
"""


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
    direct: Mapping[int, int]
    """Whose direct messages a channel is: the id of the user by that of the channel."""
    shut_out: Collection[int]
    """The ids of the jobs whose member the bot can no longer write to, neither where it was asked nor directly."""
    notices: Sequence[Row]
    heard: Mapping[int, int]
    """How many messages say what a notice says, by the id of the notice."""
    heard_unknown: Mapping[int, int]
    """How many messages say that nobody knows whether a job was bought, also where that was found out since."""
    audit: Sequence[Row]
    changes: Sequence[Row]
    """Who set what stands of the limits, blocks and budgets (`changed_by`), and when (`changed_at`)."""
    events: Sequence[Mapping[str, Any]]
    files: Sequence[str]
    """The names in the folders of clips and of pictures."""
    kept: Mapping[str, str]
    """The SHA-256 of each clip as it came that is still on disk, by its name."""
    clip_sha256: str
    database_faults: Sequence[str]
    excused: Collection[str] = ()
    """The reasons for which a video that was made may still have failed."""

    def readings(self, row: Row) -> Sequence[str]:
        """Return what the status message of a job has said, one text after the other."""
        answer = self.answers.get(row["interaction_id"])
        return [each.text for each in (*answer.earlier, answer.content)] if answer else []

    def was_found(self, row: Row) -> bool:
        """Whether a job had been given up as unknown, and the video API said afterwards that it had been bought."""
        return any(entry["action"] == "found" and entry["subject"] == f"video {row['id']}" for entry in self.audit)

    def parts(self) -> Mapping[str, object]:
        """Return what a restart with nothing to do must leave exactly as it is, by name."""
        return {
            **{f"job {row['id']}": row for row in self.rows},
            **{
                f"message {message.id}": (message.text, message.components, len(message.attachments))
                for message in self.messages
            },
            **{f"notice {row['id']}": row for row in self.notices},
            "audit": list(self.audit),
            "changes": list(self.changes),
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
    clips = scene.clip_folder
    rows = scene.rows()
    notices = scene.query("SELECT * FROM notices ORDER BY id")
    return Evidence(
        rows=rows,
        submits=[_prompt(record) for record in scene.openrouter.requests.of("submit") if _may_have_bought(record)],
        purchases=_purchases(scene),
        messages=messages,
        answers={message.origin.interaction_id: message for message in messages if message.origin is not None},
        direct={each.id: each.recipient_id for each in world.channels.values() if each.recipient_id is not None},
        shut_out={row["id"] for row in rows if not _is_within_reach(row, scene)},
        notices=notices,
        heard={row["id"]: _times_heard(row, messages, scene) for row in notices},
        heard_unknown={row["id"]: _times_heard(_unknown(row), messages, scene) for row in rows},
        audit=scene.query("SELECT * FROM audit ORDER BY id"),
        changes=scene.query(CHANGES),
        events=events(scene.log),
        files=[
            file.relative_to(folder).as_posix()
            for folder in (clips, scene.data / "pictures")
            for file in folder.rglob("*")
            if file.is_file()
        ],
        kept={file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in clips.glob("*.mp4")},
        clip_sha256=hashlib.sha256(scene.clip.read_bytes()).hexdigest(),
        database_faults=scene.stored.faults(),
    )


def _times_heard(row: Row, messages: Sequence[Message], scene: Scene) -> int:
    """Count the messages of a notice: in its server's own channel, or elsewhere, where the server is named."""
    found = Notice(
        id=row["id"],
        guild_id=row["guild_id"],
        kind=NoticeKind(row["kind"]),
        amount=row["amount"],
        compared=row["compared"],
        job_id=row["job_id"],
        created_at=moment(row["created_at"]),
    )
    guild = scene.discord.world.guilds.get(row["guild_id"])
    texts = {replies.notice(found), replies.notice(found, server=guild.name if guild else None)}
    return sum(message.text in texts for message in messages)


def _unknown(job: Row) -> Row:
    """Return the notice that nobody knows whether the job was bought; one is deleted once somebody does."""
    amounts = {"amount": job["reserved_microusd"], "compared": 0}
    return {"id": 0, "guild_id": 0, "kind": NoticeKind.UNKNOWN, "job_id": job["id"], "created_at": 0, **amounts}


def _is_within_reach(job: Row, scene: Scene) -> bool:
    """Whether the bot may write to the job's member, one way or the other."""
    world = scene.discord.world
    channel = world.channels.get(job["channel_id"])
    may_write = channel is not None and Permission.SEND_MESSAGES in world.permissions_in(channel, world.bot.id)
    return may_write or world.users[job["user_id"]].accepts_direct_messages


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
