"""Who may decide what: every wish is checked here, whatever Discord hides or shows, and each that passes is one row."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import pytest

from services.administration import Administration
from services.errors import AccountError, LimitSource, NotAllowedError, TryLaterError
from services.jobs import UsageBy
from services.limits import LimitEntry, PauseReason, ServerChoices
from services.limits.audit import latest
from services.limits.servers import EVERYWHERE
from services.models import FailureReason, JobState, KeyBalance, Requester
from tests.services.jobs.samples import NOON, RESERVED, House, asker, manager, new_job, owner

ENTRY: Final = LimitEntry(source=LimitSource.SERVER, source_id=0, videos_per_day=3)
TABLES: Final = ("limits", "bonuses", "blocks", "pauses", "budgets", "servers", "audit")
MODERATOR: Final = Requester(user_id=5, guild_id=1, is_moderator=True)
MANAGER_OF_NOWHERE: Final = Requester(user_id=5, guild_id=EVERYWHERE, is_manager=True)

Wish = Callable[[Administration, Requester], Awaitable[Any]]
MANAGERS_WISHES: Final[dict[str, Wish]] = {
    "limit_entries": lambda act, who: act.limit_entries(who),
    "set_limit": lambda act, who: act.set_limit(replace(ENTRY, videos_per_day=4), who),
    "clear_limit": lambda act, who: act.clear_limit(LimitSource.SERVER, 0, who),
    "grant": lambda act, who: act.grant(7, 2, who),
    "block": lambda act, who: act.block(7, who),
    "unblock": lambda act, who: act.unblock(7, who),
    "log": lambda act, who: act.log(who),
    "choices": lambda act, who: act.choices(who),
    "choose": lambda act, who: act.choose(ServerChoices(audio=True), who),
    "pause": lambda act, who: act.pause(who),
    "resume": lambda act, who: act.resume(who),
    "usage": lambda act, who: act.usage(UsageBy.MEMBER, who, days=30),
}
OWNERS_WISHES: Final[dict[str, Wish]] = {
    "server_usage": lambda act, who: act.server_usage(who),
    "set_budget": lambda act, who: act.set_budget(1, 5, who),
    "pause_everything": lambda act, who: act.pause_everything(who),
    "resume_everything": lambda act, who: act.resume_everything(who),
    "bill": lambda act, who: act.bill(who),
    "budgets": lambda act, who: act.budgets(1, who),
    "unblock_everywhere": lambda act, who: act.unblock_everywhere(7, who),
    "resolve": lambda act, who: act.resolve(1, who, was_spent=False),
}
LOOKS: Final = {"limit_entries", "log", "choices", "usage", "server_usage", "budgets", "bill"}
"""Wishes that only look."""


@dataclass(slots=True, kw_only=True)
class Key:
    """An account that says what it is told to."""

    balance: KeyBalance | None = None

    async def key(self) -> KeyBalance:
        if self.balance is None:
            raise TryLaterError
        return self.balance


@dataclass(slots=True, kw_only=True)
class Desk:
    """The administration over real books."""

    house: House
    key: Key
    administration: Administration

    async def everything(self) -> dict[str, Any]:
        return {table: await self.house.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}  # noqa: S608  # names from above


@pytest.fixture
async def desk(house: House) -> Desk:
    """Open the books on a video that was delivered and one of unknown outcome, with something of everything set."""
    unknown = await house.job(JobState.SUBMITTING)
    await house.jobs.move(unknown, JobState.FAILED, now=NOON, reason=FailureReason.SUBMIT_UNKNOWN)
    await house.job(JobState.DELIVERED, user=3)
    key = Key()
    administration = Administration(
        database=house.database,
        jobs=house.jobs,
        limits=house.limits,
        servers=house.servers,
        account=key,
        clock=lambda: NOON,
        wake=lambda: None,
    )
    await administration.set_limit(ENTRY, manager(interaction=1))
    await administration.block(7, manager(interaction=2))
    await house.servers.block(EVERYWHERE, 7, owner(interaction=3), now=NOON)
    return Desk(house=house, key=key, administration=administration)


def test_every_wish_is_in_one_of_the_tables() -> None:
    public = {name for name, _ in inspect.getmembers(Administration, inspect.isfunction) if not name.startswith("_")}

    assert public == MANAGERS_WISHES.keys() | OWNERS_WISHES.keys()


@pytest.mark.parametrize("wish", MANAGERS_WISHES.values(), ids=MANAGERS_WISHES)
@pytest.mark.parametrize(
    "who",
    [asker(), MODERATOR, replace(owner(), is_manager=False), MANAGER_OF_NOWHERE],
    ids=["a member", "a moderator", "the owner where they manage nothing", "a manager outside of every server"],
)
async def test_only_the_managers_of_a_server_decide_in_it(desk: Desk, wish: Wish, who: Requester) -> None:
    before = await desk.everything()

    with pytest.raises(NotAllowedError):
        await wish(desk.administration, who)

    assert await desk.everything() == before


@pytest.mark.parametrize("wish", OWNERS_WISHES.values(), ids=OWNERS_WISHES)
@pytest.mark.parametrize("who", [asker(), MODERATOR, manager()], ids=["a member", "a moderator", "a manager"])
async def test_only_the_owner_moves_what_concerns_the_bill(desk: Desk, wish: Wish, who: Requester) -> None:
    before = await desk.everything()

    with pytest.raises(NotAllowedError):
        await wish(desk.administration, who)

    assert await desk.everything() == before


@pytest.mark.parametrize("name", sorted(MANAGERS_WISHES.keys() | OWNERS_WISHES.keys()))
async def test_a_change_leaves_one_row_with_who_made_it_and_a_look_leaves_none(desk: Desk, name: str) -> None:
    wish = MANAGERS_WISHES.get(name) or OWNERS_WISHES[name]
    who = manager(interaction=70) if name in MANAGERS_WISHES else owner(interaction=70)
    if name == "resume":
        await desk.administration.pause(manager(interaction=3))
    if name == "resume_everything":
        await desk.administration.pause_everything(owner(interaction=3))
    if name == "block":
        await desk.administration.unblock(7, manager(interaction=3))

    await wish(desk.administration, who)

    rows = await desk.house.rows("SELECT actor_id FROM audit WHERE interaction_id = 70")
    assert [row["actor_id"] for row in rows] == ([] if name in LOOKS else [who.user_id])


async def test_a_manager_changes_nothing_in_another_server(desk: Desk) -> None:
    act, elsewhere = desk.administration, manager(2)
    here = [await act.limit_entries(manager()), await act.choices(manager()), await desk.house.servers.pauses(1)]

    await act.set_limit(replace(ENTRY, videos_per_day=9), elsewhere)
    await act.choose(ServerChoices(models=("acme/other",)), elsewhere)
    await act.pause(elsewhere)
    await act.block(1, elsewhere)
    await act.grant(1, 9, replace(elsewhere, interaction_id=9))
    assert not await act.clear_limit(LimitSource.ROLE, 8, elsewhere)
    assert not await act.unblock(7, elsewhere)
    assert await act.usage(UsageBy.MEMBER, elsewhere, days=30) == []

    after = [await act.limit_entries(manager()), await act.choices(manager()), await desk.house.servers.pauses(1)]
    assert after == here
    assert (await desk.house.jobs.preview(new_job(1), asker(), now=NOON)).bonus_left == 0
    assert {entry.guild_id for entry in await act.log(elsewhere)} == {2}
    assert {entry.guild_id for entry in await act.log(manager())} == {1}


async def test_a_manager_does_not_end_what_the_owner_or_the_bot_paused(desk: Desk) -> None:
    act = desk.administration
    await act.pause_everything(owner())
    await act.pause(manager())

    was_paused, rest = await act.resume(manager())

    assert was_paused
    assert [(pause.guild_id, pause.reason) for pause in rest] == [(EVERYWHERE, PauseReason.OWNER)]
    assert await act.resume(manager()) == (False, rest)


async def test_the_owner_ends_every_pause_of_everything_and_no_servers_own(desk: Desk) -> None:
    act, servers = desk.administration, desk.house.servers
    await act.pause_everything(owner())
    await act.pause(manager())
    async with desk.house.database.transaction() as tx:
        for reason in (PauseReason.ACCOUNT, PauseReason.AMBIGUOUS):
            until = NOON + timedelta(minutes=2)
            await servers.pause_within(tx, EVERYWHERE, reason, now=NOON, until=until)

    assert await act.resume_everything(owner())

    assert [pause.reason for pause in await servers.pauses(1)] == [PauseReason.MANAGER]
    assert not await act.resume_everything(owner())


class TestTheBill:
    async def test_it_lays_what_the_key_says_beside_what_we_think(self, desk: Desk) -> None:
        desk.key.balance = KeyBalance(used_this_month_microusd=900_000)

        bill = await desk.administration.bill(owner())

        assert [job.reason for job in bill.unknown] == [FailureReason.SUBMIT_UNKNOWN]
        assert bill.spent_microusd == RESERVED + 400_000
        assert bill.balance == desk.key.balance

    @pytest.mark.parametrize("error", [TryLaterError(), AccountError(401)])
    async def test_a_key_that_says_nothing_hides_no_bill(self, house: House, desk: Desk, error: Exception) -> None:
        class Silent:
            async def key(self) -> KeyBalance:
                raise error

        administration = Administration(
            database=house.database,
            jobs=house.jobs,
            limits=house.limits,
            servers=house.servers,
            account=Silent(),
            clock=lambda: NOON,
            wake=lambda: None,
        )

        bill = await administration.bill(owner())

        assert (bill.balance, len(bill.unknown)) == (None, 1)
        assert bill.spent_microusd == (await desk.administration.bill(owner())).spent_microusd

    async def test_what_was_resolved_leaves_it(self, desk: Desk) -> None:
        [job] = (await desk.administration.bill(owner())).unknown

        await desk.administration.resolve(job.id, owner(), was_spent=False)

        bill = await desk.administration.bill(owner())
        assert (bill.unknown, bill.spent_microusd) == ([], 400_000)


async def test_usage_is_that_of_the_days_asked_for(desk: Desk) -> None:
    await desk.house.reserved(at=NOON - timedelta(days=8), user=9)

    week = await desk.administration.usage(UsageBy.MEMBER, manager(), days=7)
    month = await desk.administration.usage(UsageBy.MEMBER, manager(), days=30)

    assert {row.group for row in month} - {row.group for row in week} == {"9"}


async def test_the_log_pages_newest_first(desk: Desk) -> None:
    for number in range(20):
        await desk.administration.set_limit(replace(ENTRY, videos_per_day=number), manager(interaction=100 + number))

    first = await desk.administration.log(manager())
    second = await desk.administration.log(manager(), before_id=first[-1].id)

    everything = await latest(desk.house.database, 1, most=99)
    assert [*first, *second] == everything
    assert len(first) == 15
