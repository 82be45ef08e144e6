"""Between rows of the table of jobs and the values of `services.models`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.database import Row, Values, moment, stored
from services.limits import settle
from services.models import ENGLISH, FailureReason, Job, JobState, Requester, Route, VideoSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What `reserve` stores: a request that the catalogue has completed and priced."""

    interaction_id: int
    channel_id: int
    prompt: str
    spec: VideoSpec
    upload_limit: int
    estimate_microusd: int
    reserved_microusd: int
    parent_channel_id: int | None = None
    """For a thread, the channel that it hangs on."""
    in_direct_messages: bool = False
    is_age_restricted: bool = False
    """Whether the channel is, or the one that a thread hangs on."""
    is_private: bool = False
    is_spoiler: bool = False
    member_language: str = ENGLISH
    server_language: str = ENGLISH
    forgets_prompt: bool = False
    """Whether the prompt is forgotten the moment that the job ends."""
    created_at: datetime
    """Discord's clock, which also decides to which day the job belongs."""

    @property
    def is_only_for_member(self) -> bool:
        """Whether nobody but its member will see it, as of a stored job."""
        return self.is_private or self.in_direct_messages

    @property
    def places(self) -> Sequence[int] | None:
        """What a server's choice of channels is compared with; None for direct messages, which are none of them."""
        if self.in_direct_messages:
            return None
        return [self.channel_id] if self.parent_channel_id is None else [self.channel_id, self.parent_channel_id]


def inserted_values(new: NewJob, requester: Requester, *, uses_bonus: bool, next_at: datetime) -> Values:
    """Return the values of a new row."""
    spec = new.spec
    return {
        "interaction_id": new.interaction_id,
        "guild_id": requester.guild_id,
        "channel_id": new.channel_id,
        "user_id": requester.user_id,
        "prompt": new.prompt,
        "model": spec.model,
        "duration": spec.duration,
        "resolution": spec.resolution,
        "aspect_ratio": spec.aspect_ratio,
        "audio": spec.audio,
        "seed": spec.seed,
        "frames": spec.frames,
        "continues": spec.continues,
        "upload_limit": new.upload_limit,
        "estimate_microusd": new.estimate_microusd,
        "reserved_microusd": new.reserved_microusd,
        "uses_bonus": int(uses_bonus),
        "route": (Route.DIRECT if new.is_private else Route.CHANNEL).value,
        "is_private": int(new.is_private),
        "is_spoiler": int(new.is_spoiler),
        "in_direct_messages": int(new.in_direct_messages),
        "member_language": new.member_language,
        "server_language": new.server_language,
        "forgets_prompt": int(new.forgets_prompt),
        "created_at": stored(new.created_at),
        "next_at": stored(next_at),
    }


def written_values(before: Job, after: Job, *, is_released: bool) -> Values:
    """Return the values that turn one view of a row into the next, with what the job then weighs."""
    settlement = settle(
        state=after.state,
        reason=after.reason,
        reserved_microusd=after.reserved_microusd,
        cost_microusd=after.cost_microusd,
        was_sent=before.state is not JobState.QUEUED,
    )
    return {
        "id": before.id,
        "old_state": before.state.value,
        "fence": before.fence,
        "state": after.state.value,
        "reason": after.reason.value if after.reason else None,
        "remote_id": after.remote_id,
        "cost_microusd": after.cost_microusd,
        "submitted_at": _stored(after.submitted_at),
        "completed_at": _stored(after.completed_at),
        "seen_at": _stored(after.seen_at),
        "delivering_at": _stored(after.delivering_at),
        "ended_at": _stored(after.ended_at),
        "told_at": _stored(after.told_at),
        "next_at": _stored(after.next_at),
        "attempts": after.attempts,
        "result_channel_id": after.result_channel_id,
        "result_message_id": after.result_message_id,
        "counts": int(settlement.counts),
        "held_microusd": settlement.held_microusd,
        "is_released": int(is_released),
    }


def job_of(row: Row) -> Job:
    """Read one row."""
    return Job(
        id=row["id"],
        interaction_id=row["interaction_id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        user_id=row["user_id"],
        state=JobState(row["state"]),
        reason=FailureReason(row["reason"]) if row["reason"] else None,
        prompt=row["prompt"],
        spec=VideoSpec(
            model=row["model"],
            duration=row["duration"],
            resolution=row["resolution"],
            aspect_ratio=row["aspect_ratio"],
            audio=None if row["audio"] is None else bool(row["audio"]),
            seed=row["seed"],
            frames=row["frames"],
            continues=row["continues"],
        ),
        upload_limit=row["upload_limit"],
        status_message_id=row["status_message_id"],
        result_channel_id=row["result_channel_id"],
        result_message_id=row["result_message_id"],
        remote_id=row["remote_id"],
        estimate_microusd=row["estimate_microusd"],
        reserved_microusd=row["reserved_microusd"],
        cost_microusd=row["cost_microusd"],
        created_at=moment(row["created_at"]),
        submitted_at=_moment(row["submitted_at"]),
        completed_at=_moment(row["completed_at"]),
        delivering_at=_moment(row["delivering_at"]),
        ended_at=_moment(row["ended_at"]),
        told_at=_moment(row["told_at"]),
        next_at=_moment(row["next_at"]),
        attempts=row["attempts"],
        fence=row["fence"],
        late_at=_moment(row["late_at"]),
        route=Route(row["route"]),
        route_channel_id=row["route_channel_id"],
        refusals=row["refusals"],
        is_private=bool(row["is_private"]),
        is_spoiler=bool(row["is_spoiler"]),
        in_direct_messages=bool(row["in_direct_messages"]),
        member_language=row["member_language"],
        server_language=row["server_language"],
        again_at=_moment(row["again_at"]),
        removed_at=_moment(row["removed_at"]),
        taken_down_at=_moment(row["taken_down_at"]),
        seen_at=_moment(row["seen_at"]),
        forgets_member=bool(row["forgets_member"]),
    )


def _stored(time: datetime | None) -> int | None:
    return None if time is None else stored(time)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else moment(milliseconds)
