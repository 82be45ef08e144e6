"""What a reservation says that its member has left is what the table then says."""

import pytest

from services.errors import LimitSource
from services.limits import LimitEntry
from tests.services.jobs.samples import NOON, House, asker, manager, new_job


@pytest.mark.parametrize("bonus", [0, 1])
async def test_a_reservation_counts_itself_as_the_table_does(house: House, bonus: int) -> None:
    await house.reserved()
    if bonus:
        await house.limits.set(
            LimitEntry(source=LimitSource.SERVER, source_id=0, videos_per_day=1), manager(), now=NOON
        )
        await house.limits.grant(1, 2, manager(interaction=5), now=NOON)
    await house.reserved(guild=2)

    reservation = await house.jobs.reserve(new_job(1), asker(), now=NOON)

    async with house.database.transaction() as tx:
        assert reservation.allowance == await house.limits.allowance(tx, asker(), at=NOON)
    assert reservation.allowance.bonus_left == bonus
    assert reservation.allowance.spent == 2 * reservation.job.reserved_microusd


async def test_the_same_interaction_is_counted_once(house: House) -> None:
    first = await house.jobs.reserve(new_job(1), asker(), now=NOON)

    again = await house.jobs.reserve(new_job(1), asker(), now=NOON)

    assert (again.job, again.is_new, again.allowance) == (first.job, False, first.allowance)
