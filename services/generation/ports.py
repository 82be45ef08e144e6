"""What the worker needs of the world: a video API, and somebody who tells members."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.limits import Notice
from services.models import Frame, Job, RemoteVideo, UsualTime, VideoSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedMessage:
    """Where something was posted."""

    channel_id: int
    message_id: int


class VideoApi(Protocol):
    """An asynchronous video API. `services.openrouter` is one."""

    async def submit(
        self, *, prompt: str, spec: VideoSpec, frames: Sequence[Frame] = (), callback_url: str | None = None
    ) -> RemoteVideo:
        """Ask for a video, once. Raises `NotAcceptedError`, `AccountError` or `SubmitUnknownError`.

        `frames` are the pictures that it starts and ends with, as many as `spec.frames` says. `callback_url` is where
        the API may say that the job has ended.
        """
        ...

    async def status(self, remote_id: str) -> RemoteVideo:
        """Look at a job. Raises `TryLaterError`, `RemoteJobMissingError` or `AccountError`."""
        ...

    async def download(self, remote_id: str, *, target: Path, max_bytes: int) -> int:
        """Write the finished clip to `target` and return its bytes; nothing is left there on any failure.

        Raises `TryLaterError`, `RemoteJobMissingError`, `AccountError` or a `ClipError`.
        """
        ...


class Herald(Protocol):
    """Tells those who pay. `cogs.herald` is one."""

    async def tell(self, notice: Notice, *, log_channel_id: int | None, language: str | None) -> None:
        """Tell a server's managers in their log channel, else the owner. Raises `DeliverLaterError`.

        `language` is the one that the server's managers chose.
        """
        ...


class Delivery(Protocol):
    """Puts a finished video, or the bad news, in front of its member. `cogs.delivery` is one.

    Everything here may be called again after a crash and then says nothing twice. All of it raises
    `DeliverLaterError` where Discord failed in passing, `ChannelClosedError` where trying again in that channel is
    useless, and `DirectClosedError` where the member's direct messages are.
    """

    async def find_answer(self, job: Job) -> int | None:
        """Return the id of the message that answered the job's command, if it ever reached the channel."""
        ...

    async def show_progress(self, job: Job, *, usual: UsualTime | None) -> None:
        """Bring the status message up to date. Only a courtesy: it never holds a job up."""
        ...

    async def find_result(self, job: Job) -> PostedMessage | None:
        """Return the message with the clip if an earlier try, which ended in doubt, did post it."""
        ...

    async def post_result(self, job: Job, clip: Path, *, has_original: bool) -> PostedMessage:
        """Post the clip in `job.posting_channel_id`. Raises `UploadTooLargeError` besides.

        `has_original` says that it was changed so that it fits, and that the one that came can be asked for.
        """
        ...

    async def open_direct(self, job: Job) -> int:
        """Return the id of the channel of the member's direct messages."""
        ...

    async def tell_end(self, job: Job, *, has_original: bool = False) -> None:
        """Bring the status message to its final form, and where the job failed tell its member so, once.

        The member is told in the channel, or once that has refused us (`job.refusals`) by direct message. That the
        status message can no longer be edited is nobody's fault. `has_original` says that the clip of a failed job is
        here and can be asked for.
        """
        ...
