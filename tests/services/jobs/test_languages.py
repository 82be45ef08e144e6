"""In which languages a job is spoken of: what was true when it was asked for, for as long as it is anybody's."""

from dataclasses import replace
from datetime import timedelta

from services.jobs import PersonalData
from services.models import JobState
from tests.services.jobs.samples import NOON, House, asker, new_job


async def test_a_job_keeps_the_languages_that_it_was_asked_for_in(house: House) -> None:
    new = replace(new_job(1), member_language="de", server_language="fr")

    reserved = (await house.jobs.reserve(new, asker(1), now=NOON)).job
    stored = await house.jobs.get(reserved.id)

    assert stored is not None
    for job in (reserved, stored):
        assert (job.member_language, job.server_language) == ("de", "fr")


async def test_a_job_that_nobody_said_a_language_of_is_spoken_of_in_english(house: House) -> None:
    job = await house.reserved()

    assert (job.member_language, job.server_language) == ("en-US", "en-US")


async def test_who_is_forgotten_leaves_no_language_behind(house: House) -> None:
    job = await house.job(JobState.DELIVERED)
    await house.rows("UPDATE jobs SET member_language = 'ja', server_language = 'fr', next_at = NULL")
    data = PersonalData(database=house.database)
    await data.forget(job.user_id, now=NOON)

    await data.unlink(before=NOON + timedelta(days=365))

    [row] = await house.rows("SELECT user_id, member_language, server_language FROM jobs")
    assert row == {"user_id": 0, "member_language": "en-US", "server_language": "fr"}
