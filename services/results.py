"""What anybody may do with a video that was posted, and what only its member and moderators may.

A video is made again by asking for it: what comes out of here is a request like one from `/video`, and whoever pressed
pays for it. A press counts only on the very message that carries the clip, so nobody learns what was asked for in a
place that they do not see.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import structlog

from services.catalogue import Catalogue
from services.jobs import JobStore, Removals
from services.models import Job, JobState, Requester, VideoRequest

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A press on a button: the job that its id names, and the message that it stands under, as Discord vouches."""

    job_id: int
    channel_id: int
    message_id: int


class Unavailable(StrEnum):
    """Why a result cannot be made again."""

    UNKNOWN = "unknown"  # not the message of a video of this server
    REMOVED = "removed"
    FORGOTTEN = "forgotten"  # its prompt is no longer stored
    PICTURE_GONE = "picture_gone"  # it began with a picture, and those are kept only until they were sent
    CANNOT_CONTINUE = "cannot_continue"  # its model does not go on from a clip, or not any more


class Removal(StrEnum):
    """What came of a wish to have a result removed."""

    REMOVED = "removed"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN = "unknown"


class Results:
    """Turns a press under a result into a request, or into its removal. `wake` makes the worker look for work."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        jobs: JobStore,
        removals: Removals,
        wake: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._catalogue = catalogue
        self._jobs = jobs
        self._removals = removals
        self._wake = wake
        self._now = clock

    async def again(self, press: Press, requester: Requester) -> VideoRequest | Unavailable:
        """Return the request for the same video with another seed, which the model chooses."""
        request = await self.edited(press, requester)
        return request if isinstance(request, Unavailable) else replace(request, seed=None)

    async def edited(
        self, press: Press, requester: Requester, *, prompt: str | None = None
    ) -> VideoRequest | Unavailable:
        """Return the request for a video of the same shape and seed; without `prompt`, as it was asked for."""
        job = await self._repeatable(press, requester)
        if isinstance(job, Unavailable):
            return job
        return Unavailable.PICTURE_GONE if job.spec.frames else _with_prompt(_request_for(job), prompt)

    async def extended(
        self, press: Press, requester: Requester, *, prompt: str | None = None
    ) -> VideoRequest | Unavailable:
        """Return the request for a video that goes on from where this one ends."""
        job = await self._repeatable(press, requester)
        if isinstance(job, Unavailable):
            return job
        await self._catalogue.models()
        if not self._catalogue.continues(job.spec.model):
            return Unavailable.CANNOT_CONTINUE
        return _with_prompt(replace(_request_for(job), seed=None, continues=job.remote_id), prompt)

    async def remove(self, press: Press, requester: Requester) -> tuple[Removal, Job | None]:
        """Have a result removed: its message and its clip go, and what it cost stays counted.

        Its member may, also in their direct messages; so may a moderator of the channel that it was posted in.
        """
        job = await self._pressed(press, requester)
        if job is None:
            return Removal.UNKNOWN, None
        if not _may_remove(job, requester):
            return Removal.NOT_ALLOWED, job
        removed = await self._removals.remove(job.id, requester, now=self._now())
        if removed is None:
            return Removal.UNKNOWN, None
        log.info("result_removed", job_id=job.id, by_member=requester.user_id == job.user_id)
        self._wake()
        return Removal.REMOVED, removed

    async def _repeatable(self, press: Press, requester: Requester) -> Job | Unavailable:
        job = await self._pressed(press, requester)
        if job is None or not requester.guild_id:
            return Unavailable.UNKNOWN
        # In direct messages there are a member's own videos of every server, and whatever is made there is made anew.
        if job.guild_id != requester.guild_id and not job.is_posted_directly:
            return Unavailable.UNKNOWN
        if job.is_withdrawn:
            return Unavailable.REMOVED
        return job if job.prompt else Unavailable.FORGOTTEN

    async def _pressed(self, press: Press, requester: Requester) -> Job | None:
        """Return the job whose result the press is on; None where that message is not known as one.

        In direct messages only their member can press, whatever else an interaction says.
        """
        job = await self._jobs.get(press.job_id)
        if job is None or job.state is not JobState.DELIVERED:
            return None
        if job.is_posted_directly and job.user_id != requester.user_id:
            return None
        is_its_message = (job.result_channel_id, job.result_message_id) == (press.channel_id, press.message_id)
        return job if is_its_message else None


def _request_for(job: Job) -> VideoRequest:
    """Return the request that asks for what the job was sent with."""
    spec = job.spec
    return VideoRequest(
        prompt=job.prompt,
        model=spec.model,
        duration=spec.duration,
        resolution=spec.resolution,
        aspect_ratio=spec.aspect_ratio,
        audio=spec.audio,
        seed=spec.seed,
        continues=spec.continues,
        is_private=job.is_private,
        is_spoiler=job.is_spoiler,
    )


def _with_prompt(request: VideoRequest, prompt: str | None) -> VideoRequest:
    return request if prompt is None else replace(request, prompt=prompt)


def _may_remove(job: Job, requester: Requester) -> bool:
    if requester.user_id == job.user_id:
        return True
    # In direct messages nobody else is there, and what Discord says of permissions means nothing.
    return requester.is_moderator and requester.guild_id != 0 and requester.guild_id == job.guild_id
