"""What the owner of the bot reads."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.herald import nonce_of
from cogs.replies import owner as words
from cogs.replies.owner import Removal, ServerLine
from cogs.replies.wording import MESSAGE
from services.administration import Bill
from services.limits import Budget, Notice, NoticeKind
from services.models import FailureReason, Job, JobState, KeyBalance
from services.moderation import TakenDown
from tests.cogs.reading import plain, width
from tests.cogs.test_money_replies import JARGON, JOB

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
UNKNOWN: Final = replace(
    JOB, state=JobState.FAILED, reason=FailureReason.SUBMIT_UNKNOWN, reserved_microusd=330_000, ended_at=NOON
)
BALANCE: Final = KeyBalance(
    limit_microusd=20_000_000,
    remaining_microusd=17_200_000,
    used_today_microusd=500_000,
    used_this_month_microusd=2_800_000,
)


# --- servers and budgets ---------------------------------------------------------------------------------------------


def test_servers_are_listed_with_their_budgets_and_a_server_that_was_left_is_named_so() -> None:
    lines = [
        ServerLine(guild_id=11, name="Sandbox", videos=2, budget=Budget(limit=4_000_000, spent=1_200_000)),
        ServerLine(guild_id=12, name=None, videos=1, budget=Budget(limit=None, spent=90_000)),
    ]

    assert words.servers(lines, total=Budget(limit=20_000_000, spent=1_290_000), servers=2).splitlines() == [
        "**Everything:** $1.29 of $20.00 in 30 days, by 2 servers.",
        "Sandbox (`11`): $1.20 of $4.00, 2 videos.",
        "a server that the bot has left (`12`): $0.09, 1 video.",
    ]


@given(st.text(min_size=2, max_size=100), st.integers(0, 200))
def test_any_number_of_servers_fits_into_a_message(name: str, count: int) -> None:
    line = ServerLine(guild_id=2**62, name=name, videos=10**6, budget=Budget(limit=10**12, spent=10**12))

    assert width(words.servers([line] * count, total=line.budget, servers=count)) <= MESSAGE


def test_a_budget_is_shown_before_and_after() -> None:
    before = Budget(limit=4_000_000, spent=120_000)

    assert words.budget_set(where="The [club](x)", before=before, after=5_000_000, was_set=True) == (
        r"The budget of The \[club\]\(x\) was $4.00 and is $5.00 in 30 days now; $0.12 of it are used."
    )
    assert words.budget_set(where=None, before=Budget(limit=None, spent=0), after=1, was_set=False).startswith(
        "The budget of everything was unlimited (from the settings) and is $0.000001 in 30 days now"
    )


# --- the bill --------------------------------------------------------------------------------------------------------


def test_the_bill_lists_unknown_orders_with_their_age_and_what_is_held() -> None:
    text = plain(words.bill(Bill(unknown=[UNKNOWN], spent_microusd=3_200_000, balance=BALANCE)))

    assert text.splitlines() == [
        "**Spent**",
        "The bot counts $3.20 in 30 days, what is held for videos under way included.",
        "The key has spent $0.50 today and $2.80 this month, by UTC. Its own limit is $20.00, $17.20 of it is left.",
        "**Orders that may or may not have been bought**",
        f"Video 7: asked for <t:{int(NOON.timestamp())}:R>, $0.33 held, google/veo-3.1",
        plain(words.HOW_TO_SETTLE.text),
    ]


@pytest.mark.parametrize(
    ("balance", "said"),
    [
        (None, words.NO_BALANCE.text),
        (KeyBalance(), "The key does not say what it has spent. It has no limit of its own: set one"),
        (replace(BALANCE, used_today_microusd=None), "The key has spent $2.80 this month, by UTC."),
        (replace(BALANCE, remaining_microusd=-5), "Its own limit is $20.00, $0.00 of it is left."),
        (replace(BALANCE, remaining_microusd=None), "Its own limit is $20.00."),
    ],
)
def test_what_the_key_does_not_say_is_left_out(balance: KeyBalance | None, said: str) -> None:
    assert said in words.bill(Bill(unknown=[], spent_microusd=0, balance=balance))


def test_a_bill_without_unknown_orders_says_so() -> None:
    text = words.bill(Bill(unknown=[], spent_microusd=0, balance=BALANCE))

    assert text.endswith(words.NOTHING_UNKNOWN.text)
    assert "/owner resolve" not in text


def test_a_long_bill_fits_into_a_message_and_ends_with_what_to_do() -> None:
    job = replace(UNKNOWN, id=10**15, reserved_microusd=10**12, spec=replace(UNKNOWN.spec, model="@" * 81))
    text = words.bill(Bill(unknown=[job] * 20, spent_microusd=10**12, balance=BALANCE))

    assert width(text) <= MESSAGE
    assert text.endswith(words.HOW_TO_SETTLE.text)


def test_a_settled_order_says_what_became_of_its_money() -> None:
    assert words.resolved(7, UNKNOWN, was_spent=True) == "Settled: the $0.33 of video 7 stay counted as spent."
    assert words.resolved(7, UNKNOWN, was_spent=False) == (
        "Settled: the $0.33 that were held for video 7 are free again."
    )
    assert words.resolved(7, None, was_spent=True).startswith("There is nothing to settle about video 7:")


def taken(job: Job) -> TakenDown:
    return TakenDown(job=job, cancelled=[], continuing=[])


# --- taking a video down ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("removal", Removal)
def test_a_takedown_says_what_became_of_each_message(removal: Removal) -> None:
    text = words.taken_down(taken(UNKNOWN), result=removal, status=Removal.REMOVED)

    assert text.startswith("<@4> is blocked in every server: `/owner unblock` ends it. The clip of video 7 ")
    assert words.CLIPS[removal].text.format(video=7) in text
    assert text.endswith("Its status message is removed.")


def test_a_takedown_of_a_living_video_says_that_more_is_to_come() -> None:
    text = words.taken_down(taken(JOB), result=Removal.NEVER_POSTED, status=Removal.REMOVED)

    assert text.endswith("It is still under way and paid for, so it ends by itself: its clip will not be posted.")


def test_a_takedown_names_what_went_on_from_the_video() -> None:
    found = TakenDown(job=UNKNOWN, cancelled=[8], continuing=[9, 10])
    text = words.taken_down(found, result=Removal.REMOVED, status=Removal.REMOVED)

    assert "Videos that were to go on from it are cancelled: 8." in text
    assert text.endswith("Videos that go on from it are still there, look at them as well: 9, 10.")


@pytest.mark.parametrize(
    "text",
    [
        *(words.PAUSED.text, words.PAUSED_BEFORE.text, words.RESUMED.text, words.NOT_PAUSED.text),
        *(words.NO_SUCH_SERVER.text, words.no_video(7)),
        *(words.bill(Bill(unknown=[UNKNOWN], spent_microusd=1, balance=balance)) for balance in (None, BALANCE)),
        *(words.resolved(7, job, was_spent=spent) for job in (None, UNKNOWN) for spent in (True, False)),
        *(words.taken_down(taken(JOB), result=removal, status=removal) for removal in Removal),
    ],
)
def test_the_owner_is_spoken_to_in_whole_sentences(text: str) -> None:
    assert not JARGON.search(text)
    assert re.search(r"[.*]$", text)


# --- notices ---------------------------------------------------------------------------------------------------------


@given(st.integers(1, 2**27), st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1))
def test_a_nonce_is_short_enough_for_discord_and_differs_by_channel(notice_id: int, here: int, there: int) -> None:
    found = Notice(id=notice_id, guild_id=0, kind=NoticeKind.ACCOUNT, created_at=NOON)

    assert len(nonce_of(found, here)) <= 25
    assert (nonce_of(found, here) == nonce_of(found, there)) == (here == there)
