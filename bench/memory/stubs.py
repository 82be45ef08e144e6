"""A video API and a Discord that answer at once and keep nothing: whatever memory grows is the worker's own."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from services.generation import PostedMessage
from services.models import Frame, Job, RemoteState, RemoteVideo, UsualTime, VideoSpec


class EndlessVideos:
    """Takes every order, and is never done with one."""

    def __init__(self) -> None:
        self.submits = 0
        self.looks = 0
        self._numbers = count()

    async def submit(
        self, *, prompt: str, spec: VideoSpec, frames: Sequence[Frame] = (), callback_url: str | None = None
    ) -> RemoteVideo:
        """Take an order."""
        del prompt, spec, frames, callback_url
        self.submits += 1
        return RemoteVideo(remote_id=f"gen-vid-{next(self._numbers)}", state=RemoteState.RUNNING)

    async def status(self, remote_id: str) -> RemoteVideo:
        """Say that it runs."""
        self.looks += 1
        return RemoteVideo(remote_id=remote_id, state=RemoteState.RUNNING)

    async def download(self, remote_id: str, *, target: Path, max_bytes: int) -> int:
        """There is never a clip."""
        raise NotImplementedError(remote_id, target, max_bytes)


class SilentDelivery:
    """Shows progress to nobody. Nothing else of it is ever reached while jobs wait."""

    async def show_progress(self, job: Job, *, usual: UsualTime | None) -> None:
        """Do nothing."""

    async def find_answer(self, job: Job) -> int | None:
        """Every job was answered."""
        raise NotImplementedError(job.id)

    async def find_result(self, job: Job) -> PostedMessage | None:
        """No job has one."""
        raise NotImplementedError(job.id)

    async def post_result(self, job: Job, clip: Path, *, has_original: bool) -> PostedMessage:
        """No job has one."""
        raise NotImplementedError(job.id, clip, has_original)

    async def open_direct(self, job: Job) -> int:
        """No job goes there."""
        raise NotImplementedError(job.id)

    async def tell_end(self, job: Job, *, has_original: bool = False) -> None:
        """No job ends."""
        raise NotImplementedError(job.id, has_original)
