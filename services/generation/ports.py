"""What the worker needs of the world: a video API, and somebody who tells members."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.limits import Notice
from services.models import Job, RemoteVideo, UsualTime, VideoSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedMessage:
    """Where something was posted."""

    channel_id: int
    message_id: int


class VideoApi(Protocol):
    """An asynchronous video API. `services.openrouter` is one."""

    async def submit(self, *, prompt: str, spec: VideoSpec, callback_url: str | None = None) -> RemoteVideo:
        """Ask for a video, once. Raises `NotAcceptedError`, `AccountError` or `SubmitUnknownError`.

        `callback_url` is where the API may say that the job has ended.
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

    async def tell(self, notice: Notice, *, log_channel_id: int | None) -> None:
        """Tell a server's managers in their log channel, else the owner. Raises `DeliverLaterError`."""
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

    async def post_result(self, job: Job, clip: Path, *, may_be_there: bool) -> PostedMessage:
        """Post the clip in `job.posting_channel_id`, or find it there.

        `may_be_there` says that an earlier try may have succeeded. Raises `UploadTooLargeError` besides.
        """
        ...

    async def open_direct(self, job: Job) -> int:
        """Return the id of the channel of the member's direct messages."""
        ...

    async def tell_end(self, job: Job) -> None:
        """Bring the status message to its final form, and where the job failed tell its member so, once.

        The member is told in the channel, or once that has refused us (`job.refusals`) by direct message. That the
        status message can no longer be edited is nobody's fault.
        """
        ...
