"""The schema refuses what means nothing, whoever writes it, and its hot statements never read the whole history."""

from collections.abc import Mapping
from itertools import count
from typing import Final

import pytest

from services.errors import StorageError
from services.jobs import history, pace, retention, statements
from services.limits import book, counting
from services.models import FailureReason, JobState
from tests.refusing import BY_CHECK, BY_UNIQUENESS
from tests.services.jobs.plans import plan, whole_reads
from tests.services.jobs.samples import House
from tests.stored import Stored

NUMBERS: Final = count(1)
WAITING: Final[Mapping[str, int | str | None]] = {
    "guild_id": 1,
    "channel_id": 1,
    "user_id": 1,
    "state": "queued",
    "reason": None,
    "prompt": "a lighthouse",
    "model": "acme/clip-1",
    "duration": 5,
    "audio": None,
    "upload_limit": 10,
    "remote_id": None,
    "counts": 1,
    "reserved_microusd": 5,
    "held_microusd": 5,
    "cost_microusd": None,
    "created_at": 0,
    "submitted_at": None,
    "completed_at": None,
    "ended_at": None,
    "next_at": 0,
    "attempts": 0,
    "result_channel_id": None,
    "result_message_id": None,
}
SENT: Final = {"state": "submitting", "submitted_at": 1}
RUNNING: Final = {"state": "generating", "submitted_at": 1, "remote_id": "r"}
POSTING: Final = {"state": "delivering", "submitted_at": 1, "remote_id": "r", "completed_at": 2}
DONE: Final = {
    **POSTING,
    "state": "delivered",
    "ended_at": 3,
    "next_at": None,
    "result_channel_id": 1,
    "result_message_id": 2,
}
FAILED: Final = {"state": "failed", "reason": "refused", "ended_at": 3, "counts": 0}
CANCELLED: Final = {"state": "cancelled", "ended_at": 3, "counts": 0}
SENSE: Final = {
    "waiting": {},
    "sent": SENT,
    "running": RUNNING,
    "downloading": {**RUNNING, "state": "downloading", "completed_at": 2},
    "posting": POSTING,
    "done": DONE,
    "failed": FAILED,
    "cancelled": CANCELLED,
}
NONSENSE: Final = {
    "a word that is no state": {"state": "paused"},
    "a word that is no reason": {**FAILED, "reason": "bad luck"},
    "failed for no reason": {**FAILED, "reason": None},
    "a reason without a failure": {"reason": "refused"},
    "ended and waiting": {"ended_at": 3},
    "done but never ended": {**DONE, "ended_at": None},
    "cancelled but never ended": {**CANCELLED, "ended_at": None},
    "waiting with a remote id": {"remote_id": "r"},
    "sending with a remote id": {**SENT, "remote_id": "r"},
    "running without a remote id": {**RUNNING, "remote_id": None},
    "running with an empty remote id": {**RUNNING, "remote_id": ""},
    "sent at no time": {**SENT, "submitted_at": None},
    "posting before it was complete": {**POSTING, "completed_at": None},
    "delivered nowhere": {**DONE, "result_message_id": None},
    "delivered in no channel": {**DONE, "result_channel_id": None},
    "alive but never due": {"next_at": None},
    "running but never due": {**RUNNING, "next_at": None},
    "cancelled but counted": {**CANCELLED, "counts": 1},
    "counted twice": {"counts": 2},
    "no length": {"duration": 0},
    "a length below nought": {"duration": -5},
    "no room": {"upload_limit": 0},
    "a reservation below nought": {"reserved_microusd": -1},
    "less than nothing held": {"held_microusd": -1},
    "a bill below nought": {"cost_microusd": -1},
    "tries below nought": {"attempts": -1},
    "half a sound": {"audio": 2},
    "money that is no number": {"reserved_microusd": "much"},
    "money in fractions": {"reserved_microusd": "0.5"},
    "a member that is no number": {"user_id": "somebody"},
    "no prompt": {"prompt": None},
    "a forgotten prompt that is still to be sent": {"prompt": ""},
    "a forgotten prompt that is being sent": {**SENT, "prompt": ""},
    "private in a channel": {"is_private": 1},
    "twice private": {"is_private": 2, "route": "direct"},
    "half a spoiler": {"is_spoiler": 2},
}
HOT: Final = {
    "INSERT": statements.INSERT,
    "BY_ID": statements.BY_ID,
    "BY_INTERACTION": statements.BY_INTERACTION,
    "ALIVE_OF_MEMBER": statements.ALIVE_OF_MEMBER,
    "LATEST_OF_MEMBER": statements.LATEST_OF_MEMBER,
    "UNFINISHED": statements.UNFINISHED,
    "PLACES": statements.PLACES,
    "ACKNOWLEDGE": statements.ACKNOWLEDGE,
    "OCCUPIED": statements.OCCUPIED,
    "CLAIM_DUE": statements.CLAIM_DUE,
    "CLAIM_TURNS": statements.CLAIM_TURNS,
    "NEXT_CLAIM": statements.NEXT_CLAIM,
    "NEXT_LIFT": statements.NEXT_LIFT,
    "FIRST_IN_LINE": statements.FIRST_IN_LINE,
    "RENEW": statements.RENEW,
    "RELEASE": statements.RELEASE,
    "RELEASE_ALL": statements.RELEASE_ALL,
    "WRITE": statements.WRITE,
    "AMBIGUOUS": statements.AMBIGUOUS,
    "UNKNOWN": statements.UNKNOWN,
    "RESOLVE": statements.RESOLVE,
    "old prompts": retention._FORGET_OLD,  # pyright: ignore[reportPrivateUsage]  # the plan is what matters
    "old members": retention._UNLINK,  # pyright: ignore[reportPrivateUsage]  # the same
    "prompts of a member": retention._FORGET_ENDED,  # pyright: ignore[reportPrivateUsage]  # the same
    "sums of a member": retention._SUMS,  # pyright: ignore[reportPrivateUsage]  # the same
    "a page": history._PAGE,  # pyright: ignore[reportPrivateUsage]  # the same
    "finishes": pace._FINISHES,  # pyright: ignore[reportPrivateUsage]  # the same
    "pages": history._COUNT,  # pyright: ignore[reportPrivateUsage]  # the same
    "videos": counting.VIDEOS,
    "numbers": counting.NUMBERS,
    "budgets": counting.BUDGETS,
    "entries": book._ENTRIES,  # pyright: ignore[reportPrivateUsage]  # the same
}


async def insert(house: House, values: Mapping[str, int | str | None]) -> None:
    row = {**WAITING, "interaction_id": next(NUMBERS), **values}
    columns = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    await house.rows(f"INSERT INTO jobs ({columns}) VALUES ({places})", row)  # noqa: S608  # names from above


@pytest.mark.parametrize("values", SENSE.values(), ids=SENSE)
async def test_the_schema_takes_a_job_that_is(house: House, values: Mapping[str, int | str | None]) -> None:
    await insert(house, values)

    assert len(await house.rows("SELECT id FROM jobs")) == 1


@pytest.mark.parametrize("values", NONSENSE.values(), ids=NONSENSE)
async def test_the_schema_refuses(house: House, values: Mapping[str, int | str | None]) -> None:
    with pytest.raises(StorageError, match=BY_CHECK):
        await insert(house, values)


def test_the_schema_knows_every_state_and_every_reason(house: House, stored: Stored) -> None:
    del house  # which makes it, in a file
    schema = str(stored.schema())

    assert [word for word in (*JobState, *FailureReason) if f"'{word}'" not in schema] == []


async def test_an_interaction_makes_one_job_whoever_inserts_it(house: House) -> None:
    await insert(house, {"interaction_id": 10**9})

    with pytest.raises(StorageError, match=BY_UNIQUENESS):
        await insert(house, {"interaction_id": 10**9})


async def test_a_jobs_number_is_never_given_again(house: House) -> None:
    job = await house.queued()
    await house.rows("DELETE FROM jobs")

    # The name of its clip on disk is that number.
    assert (await house.queued()).id > job.id


@pytest.mark.parametrize("statement", HOT.values(), ids=HOT)
async def test_a_hot_statement_never_reads_the_whole_history(house: House, statement: str) -> None:
    assert await whole_reads(house.database, statement) == []


async def test_the_check_of_the_plans_can_fail(house: House) -> None:
    assert len(await whole_reads(house.database, "SELECT * FROM jobs WHERE prompt = 'x'")) == 1
    assert len(await whole_reads(house.database, "SELECT id FROM jobs WHERE created_at <> :at")) == 1


async def test_the_days_count_is_read_from_its_index_alone(house: House) -> None:
    steps = "\n".join(await plan(house.database, HOT["videos"]))

    assert "USING COVERING INDEX jobs_by_member" in steps or "Index Only Scan using jobs_by_member" in steps
