"""A video API and a delivery that do as they are told, and write down what the database said at every call.

They are real implementations of the ports: what they promise is what `services.generation.ports` demands. An outcome
that was put on a call's list is taken first; without one, the call goes well.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from services.generation import ClipShelf, Delivery, Plan, PostedMessage, Steps, VideoApi
from services.jobs import Detours
from services.media import Ffmpeg, Fitter
from services.models import Frame, Job, JobState, RemoteState, RemoteVideo, UsualTime, VideoSpec
from services.pictures import PictureShelf
from services.schedule import Schedule
from tests.services.jobs.samples import MEBIBYTE, HandClock, House
from tests.tiny_clip import CLIP

BILLED: Final = 400_000
PLAN: Final = Plan(
    deadline=timedelta(hours=24),
    clip_retention=timedelta(hours=6),
    schedule=Schedule(first=timedelta(seconds=8), every=timedelta(seconds=10)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a port, and the newest row of the table as it was at that moment."""

    name: str
    at: float
    """On the event loop's clock."""
    state: JobState
    delivering_at: datetime | None
    told_at: datetime | None
    has_original: bool | None = None
    job: Job | None = None


@dataclass(slots=True, kw_only=True)
class Tape:
    """Everything that was called, in order, and what is to happen to the next calls."""

    house: House
    calls: list[Call] = field(default_factory=list[Call])
    outcomes: dict[str, list[object]] = field(default_factory=lambda: defaultdict(list))
    hold: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    """Calls that wait for an event before they go on."""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def then(self, name: str, *outcomes: object) -> None:
        """Put outcomes on a call's list: an exception is raised, anything else returned; None goes well."""
        self.outcomes[name].extend(outcomes)

    def named(self, name: str) -> list[Call]:
        return [call for call in self.calls if call.name == name]

    @property
    def names(self) -> list[str]:
        return [call.name for call in self.calls]

    async def play(self, name: str, *, has_original: bool | None = None, job: Job | None = None) -> object:
        [row] = await self.house.rows("SELECT * FROM jobs ORDER BY id DESC LIMIT 1")
        call = Call(
            name=name,
            at=asyncio.get_running_loop().time(),
            state=JobState(row["state"]),
            delivering_at=row["delivering_at"],
            told_at=row["told_at"],
            has_original=has_original,
            job=job,
        )
        async with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
        if name in self.hold:
            await self.hold[name].wait()
        outcome = self.outcomes[name].pop(0) if self.outcomes[name] else None
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what was called makes the condition true."""
        async with self._changed, asyncio.timeout(30):
            await self._changed.wait_for(condition)

    async def until_called(self, name: str, times: int = 1) -> None:
        await self.until(lambda: len(self.named(name)) >= times)


class TapedApi:
    """A video API. Every job it accepts is complete at the first look, unless told otherwise."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.submitted: list[tuple[str, VideoSpec]] = []

    async def submit(
        self, *, prompt: str, spec: VideoSpec, frames: Sequence[Frame] = (), callback_url: str | None = None
    ) -> RemoteVideo:
        del frames, callback_url
        self.submitted.append((prompt, spec))
        outcome = await self._tape.play("submit")
        return outcome if isinstance(outcome, RemoteVideo) else running(f"remote-{len(self.submitted)}")

    async def status(self, remote_id: str) -> RemoteVideo:
        outcome = await self._tape.play("status")
        return outcome if isinstance(outcome, RemoteVideo) else completed(remote_id)

    async def download(self, remote_id: str, *, target: Path, max_bytes: int) -> int:
        assert remote_id
        outcome = await self._tape.play("download")
        content = outcome if isinstance(outcome, bytes) else CLIP
        assert len(content) <= max_bytes
        with target.open("xb") as file:  # the port may rely on nothing being there
            return file.write(content)


class TapedDelivery:
    """Somebody who tells members."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.clips: list[bytes] = []

    async def find_answer(self, job: Job) -> int | None:
        outcome = await self._tape.play("find_answer", job=job)
        return outcome if isinstance(outcome, int) else None

    async def show_progress(self, job: Job, *, usual: UsualTime | None) -> None:
        assert usual is None or usual.samples
        await self._tape.play("show_progress", job=job)

    async def find_result(self, job: Job) -> PostedMessage | None:
        outcome = await self._tape.play("find_result", job=job)
        return outcome if isinstance(outcome, PostedMessage) else None

    async def post_result(self, job: Job, clip: Path, *, has_original: bool) -> PostedMessage:
        content = await asyncio.to_thread(clip.read_bytes)
        await self._tape.play("post_result", has_original=has_original, job=job)
        self.clips.append(content)
        return PostedMessage(channel_id=job.posting_channel_id or 0, message_id=7_000 + job.id)

    async def open_direct(self, job: Job) -> int:
        outcome = await self._tape.play("open_direct", job=job)
        return outcome if isinstance(outcome, int) else 600 + job.user_id

    async def tell_end(self, job: Job, *, has_original: bool = False) -> None:
        await self._tape.play("tell_end", has_original=has_original, job=job)


@dataclass(slots=True, kw_only=True)
class Workshop:
    """The steps over a real job store, with everything that they touch."""

    house: House
    tape: Tape
    api: TapedApi
    delivery: TapedDelivery
    shelf: ClipShelf
    folder: Path
    clock: HandClock
    steps: Steps

    async def take(self, job: Job, *, times: int = 1) -> Job:
        """Take steps of a job, as if each were due."""
        for _ in range(times):
            job = (await self.steps.take(job)).job
        return job

    async def take_all(self, job: Job) -> list[Job]:
        """Take steps until the job is out of our hands; return its views."""
        views = [job]
        while True:
            following = await self.steps.take(views[-1])
            views.append(following.job)
            if following.wait is None:
                return views

    def over(self, api: VideoApi, *, clock: Callable[[], datetime], plan: Plan) -> "Workshop":
        """Return the same workshop over another video API."""
        return self._with(api, fitter=Fitter(None), clock=clock, plan=plan)

    def later(self, ffmpeg: Ffmpeg | None) -> "Workshop":
        """Return what a later process makes of the same table and folder, with another ffmpeg."""
        return self._with(self.api, fitter=Fitter(ffmpeg), clock=self.clock, plan=PLAN)

    def _with(self, api: VideoApi, *, fitter: Fitter, clock: Callable[[], datetime], plan: Plan) -> "Workshop":
        shelf = ClipShelf(folder=self.folder, api=api, fitter=fitter, max_bytes=MEBIBYTE)
        pictures = PictureShelf(self.folder.with_name("pictures"))
        steps = _steps(
            self.house, api=api, delivery=self.delivery, shelf=shelf, pictures=pictures, plan=plan, clock=clock
        )
        return replace(self, shelf=shelf, steps=steps)

    @property
    def files(self) -> list[str]:
        return sorted(file.relative_to(self.folder).as_posix() for file in self.folder.rglob("*") if file.is_file())


def workshop_in(
    folder: Path,
    house: House,
    *,
    clock: Callable[[], datetime] | None = None,
    plan: Plan = PLAN,
    fitter: Fitter | None = None,
) -> Workshop:
    """Put a workshop together; with a `clock` of its own it runs in real time. Without a `fitter` it has no ffmpeg."""
    tape = Tape(house=house)
    api, delivery, hand = TapedApi(tape), TapedDelivery(tape), HandClock()
    shelf = ClipShelf(folder=folder, api=api, fitter=fitter or Fitter(None), max_bytes=MEBIBYTE)
    shelf.sweep(keep=())
    pictures = PictureShelf(folder.with_name("pictures"))
    steps = _steps(house, api=api, delivery=delivery, shelf=shelf, pictures=pictures, plan=plan, clock=clock or hand)
    return Workshop(
        house=house,
        tape=tape,
        api=api,
        delivery=delivery,
        shelf=shelf,
        folder=folder,
        clock=hand,
        steps=steps,
    )


def _steps(
    house: House,
    *,
    api: VideoApi,
    delivery: Delivery,
    shelf: ClipShelf,
    pictures: PictureShelf,
    plan: Plan,
    clock: Callable[[], datetime],
) -> Steps:
    detours = Detours(database=house.database)
    return Steps(
        jobs=house.jobs,
        detours=detours,
        api=api,
        delivery=delivery,
        shelf=shelf,
        pictures=pictures,
        plan=plan,
        clock=clock,
    )


def running(remote_id: str = "remote") -> RemoteVideo:
    return RemoteVideo(remote_id=remote_id, state=RemoteState.RUNNING)


def completed(remote_id: str = "remote", *, cost: int | None = BILLED) -> RemoteVideo:
    return RemoteVideo(remote_id=remote_id, state=RemoteState.COMPLETED, cost_microusd=cost)


def ended(state: RemoteState, *, cost: int | None = None) -> RemoteVideo:
    return RemoteVideo(remote_id="remote", state=state, cost_microusd=cost)


def states(views: Sequence[Job]) -> list[str]:
    return [view.state.value for view in views]
