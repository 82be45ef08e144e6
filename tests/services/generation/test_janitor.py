"""The janitor removes what is nobody's, and never what somebody is still waiting for."""

import asyncio
from datetime import timedelta

from structlog.testing import capture_logs

from services.generation import Janitor
from services.jobs import PictureBook
from services.models import JobState
from services.pictures import PictureShelf
from tests.services.generation.taped import Workshop


def janitor_of(workshop: Workshop, *, every: timedelta = timedelta(hours=1)) -> Janitor:
    return Janitor(
        jobs=workshop.house.jobs,
        shelf=workshop.shelf,
        book=PictureBook(database=workshop.house.database),
        pictures=PictureShelf(workshop.folder.with_name("pictures")),
        clock=workshop.clock,
        every=every,
    )


def put(workshop: Workshop, *names: str) -> None:
    for name in names:
        (workshop.folder / name).write_bytes(b"clip")


async def test_what_belongs_to_no_job_is_removed_and_what_is_on_its_way_stays(workshop: Workshop) -> None:
    downloading = await workshop.house.job(JobState.DOWNLOADING)
    delivering = await workshop.house.job(JobState.DELIVERING)
    wanted = [f"video-{downloading.id}.part", f"video-{delivering.id}.mp4"]
    put(workshop, *wanted, "video-999.mp4", "video-999.part")

    removed = await janitor_of(workshop).tidy()

    assert (removed, workshop.files) == (2, sorted(wanted))


async def test_files_of_somebody_else_are_left_alone(workshop: Workshop) -> None:
    put(workshop, "holiday.mp4")

    assert await janitor_of(workshop).tidy() == 0
    assert workshop.files == ["holiday.mp4"]


async def test_it_tidies_again_and_again_and_a_fault_of_the_database_does_not_end_it(workshop: Workshop) -> None:
    janitor = janitor_of(workshop, every=timedelta(milliseconds=5))
    async with workshop.house.database.transaction() as tx:
        await tx.execute("ALTER TABLE jobs RENAME TO hidden")
    with capture_logs() as logged:
        tidying = asyncio.create_task(janitor.run())
        async with asyncio.timeout(30):
            while not logged:  # noqa: ASYNC110  # a log line sets no event
                await asyncio.sleep(0.005)
            async with workshop.house.database.transaction() as tx:
                await tx.execute("ALTER TABLE hidden RENAME TO jobs")
            put(workshop, "video-999.part")
            while workshop.files:  # noqa: ASYNC110  # nor does a folder
                await asyncio.sleep(0.005)
        tidying.cancel()
        await asyncio.wait({tidying})

    assert {"not_tidied"} <= {line["event"] for line in logged}
