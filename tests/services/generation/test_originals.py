"""The clip as it came: who gets it, in which parts, and by links that nobody else can make."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.generation import Original, OriginalLinks, Originals
from services.generation.links import LINK_LIFE, is_original
from services.jobs import Removals
from services.models import FailureReason, Job, JobState
from tests.cogs.samples import JOB
from tests.services.generation.taped import Workshop
from tests.services.jobs.samples import HandClock, asker
from tests.tiny_clip import CLIP

SECRET: Final = "token-of-the-bot-example"
PUBLIC: Final = "https://bot.example/videos"
STRANGER: Final = 555


def links(clock: HandClock, *, secret: str = SECRET) -> OriginalLinks:
    return OriginalLinks(public_url=PUBLIC, secret=secret, clock=clock)


def path_of(url: str) -> str:
    return url.removeprefix("https://bot.example")


def originals(workshop: Workshop, *, with_links: bool = False) -> Originals:
    made = links(workshop.clock) if with_links else None
    return Originals(jobs=workshop.house.jobs, shelf=workshop.shelf, links=made)


async def delivered(workshop: Workshop) -> Job:
    """Make a job that was delivered, and whose clip is still here."""
    job = await workshop.take(await workshop.house.job(JobState.DOWNLOADING), times=2)
    assert job.state is JobState.DELIVERED
    return job


def message_of(job: Job) -> tuple[int, int]:
    return job.result_channel_id or 0, job.result_message_id or 0


async def test_whoever_sees_the_result_gets_its_original(workshop: Workshop) -> None:
    job = await delivered(workshop)

    found = await originals(workshop).find(job.id, message=message_of(job), user_id=STRANGER)

    assert found is not None
    assert (found.path.read_bytes(), found.size, found.link) == (CLIP, len(CLIP), None)


@pytest.mark.parametrize("elsewhere", [(1, 0), (0, 1), (1, 1)])
async def test_a_press_on_another_message_gets_nothing(workshop: Workshop, elsewhere: tuple[int, int]) -> None:
    job = await delivered(workshop)
    channel, message = message_of(job)

    place = (channel + elsewhere[0], message + elsewhere[1])
    assert await originals(workshop).find(job.id, message=place, user_id=job.user_id) is None
    assert await originals(workshop).find(job.id + 1, message=message_of(job), user_id=job.user_id) is None


async def test_what_was_removed_is_not_handed_out(workshop: Workshop) -> None:
    job = await delivered(workshop)
    await Removals(database=workshop.house.database).remove(job.id, asker(job.user_id), now=workshop.clock())
    book = originals(workshop, with_links=True)

    assert await book.find(job.id, message=message_of(job), user_id=job.user_id) is None
    assert await book.at(path_of(links(workshop.clock).make(job.id).url)) is None


async def test_what_is_no_longer_kept_is_not_handed_out(workshop: Workshop) -> None:
    job = await delivered(workshop)
    workshop.shelf.remove(job)
    book = originals(workshop, with_links=True)

    assert await book.find(job.id, message=message_of(job), user_id=job.user_id) is None
    assert await book.at(path_of(links(workshop.clock).make(job.id).url)) is None


@pytest.mark.parametrize(
    ("reason", "is_member", "is_had"),
    [
        (FailureReason.TOO_LARGE, True, True),
        (FailureReason.TOO_LARGE, False, False),
        (FailureReason.UNPLAYABLE, True, False),
    ],
)
async def test_what_was_too_large_to_be_posted_is_for_its_member_alone(
    workshop: Workshop, reason: FailureReason, *, is_member: bool, is_had: bool
) -> None:
    job = await workshop.take(await workshop.house.job(JobState.DOWNLOADING))
    job = await workshop.house.jobs.move(job, JobState.FAILED, now=workshop.clock(), reason=reason)

    user = job.user_id if is_member else STRANGER
    found = await originals(workshop).find(job.id, message=(1, 2), user_id=user)

    assert (found is not None) == is_had


async def test_a_link_leads_to_the_one_clip_it_names(workshop: Workshop) -> None:
    job = await delivered(workshop)
    book = originals(workshop, with_links=True)
    found = await book.find(job.id, message=message_of(job), user_id=STRANGER)

    assert found is not None
    assert found.link is not None
    assert found.link.url.startswith(f"{PUBLIC}/originals/{job.id}/")
    assert found.link.until == workshop.clock() + LINK_LIFE
    assert await book.at(path_of(found.link.url)) == workshop.shelf.path(job)


def test_a_link_is_good_until_its_moment_and_not_after_it() -> None:
    clock = HandClock()
    path = path_of(links(clock).make(7).url)

    clock.advance(LINK_LIFE)
    assert links(clock).job_in(path) == 7
    clock.advance(timedelta(seconds=1))
    assert links(clock).job_in(path) is None


TAMPERED: Final[dict[str, Callable[[str, str, str], str]]] = {
    "another clip": lambda job, until, signature: f"/originals/{int(job) + 1}/{until}/{signature}",
    "more time": lambda job, until, signature: f"/originals/{job}/{int(until) + 1}/{signature}",
    "the border moved": lambda job, until, signature: f"/originals/{job}{until[0]}/{until[1:]}/{signature}",
    "another signature": lambda job, until, signature: f"/originals/{job}/{until}/{signature[::-1]}",
    "a zero before": lambda job, until, signature: f"/originals/0{job}/{until}/{signature}",
    "something behind": lambda job, until, signature: f"/originals/{job}/{until}/{signature}/",
    "a way up": lambda job, until, signature: f"/originals/../{job}/{until}/{signature}",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_link_that_was_changed_is_none(how: str) -> None:
    clock = HandClock()
    job, until, signature = links(clock).make(7).url.rsplit("/", 3)[1:]

    assert links(clock).job_in(f"/any/proxy/originals/{job}/{until}/{signature}") == 7
    assert links(clock).job_in(TAMPERED[how](job, until, signature)) is None


def test_a_link_of_another_bot_is_none() -> None:
    clock = HandClock()

    assert links(clock).job_in(path_of(links(clock, secret=f"{SECRET}2").make(7).url)) is None


@given(path=st.text(max_size=80) | st.from_regex(r"/originals/[0-9]{1,18}/[0-9]{1,12}/[A-Za-z0-9_-]{43}"))
def test_nothing_that_is_made_up_is_a_link(path: str) -> None:
    assert links(HandClock()).job_in(path) is None


def test_the_address_of_a_webhook_is_no_link() -> None:
    assert not is_original(f"/callbacks/{'a' * 43}")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=400), limit=st.integers(min_value=1, max_value=450))
def test_the_parts_joined_in_the_order_of_their_names_are_the_clip(tmp_path: Path, content: bytes, limit: int) -> None:
    path = tmp_path / "video-7.mp4"
    path.write_bytes(content)
    original = Original(job=JOB, path=path, size=len(content), link=None)
    pieces: dict[str, bytes] = {}
    for part in original.parts(limit=limit):
        with original.cut(part) as piece:
            pieces[part.name] = piece.read()

    assert b"".join(pieces[name] for name in sorted(pieces)) == content
    assert all(0 < len(piece) <= limit for piece in pieces.values())
    assert [file.name for file in tmp_path.iterdir()] == ["video-7.mp4"]


def test_parts_are_named_after_the_clip_and_one_alone_is_the_clip(tmp_path: Path) -> None:
    original = Original(job=JOB, path=tmp_path / "video-7.mp4", size=100, link=None)

    assert [part.name for part in original.parts(limit=100)] == ["video-7.mp4"]
    assert [part.name for part in original.parts(limit=50)] == ["video-7.mp4.part1", "video-7.mp4.part2"]
    assert original.parts(limit=9)[0].name == "video-7.mp4.part01"
