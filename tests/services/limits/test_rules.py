"""The rules alone: whose number applies, which rule says no, and that no rule says no without a reason."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import LimitReachedError, LimitRule, LimitSource
from services.limits import Allowance, BotLimits, Limit, LimitEntry, Wish
from services.limits.rules import DAY, Used, allowance
from services.models import Requester
from tests.services.jobs.samples import NOON, asker

MEMBER, ROLE, SERVER, BOT = LimitSource.MEMBER, LimitSource.ROLE, LimitSource.SERVER, LimitSource.BOT
NUMBERS: Final[Mapping[str, Callable[[Allowance], Limit | None]]] = {
    "videos_per_day": lambda found: found.per_day,
    "running_at_once": lambda found: found.at_once,
    "microusd": lambda found: found.money,
    "longest_clip": lambda found: found.longest_clip,
    "dearest_clip": lambda found: found.dearest_clip,
}
"""The five numbers that a server's managers may set, and where the allowance keeps them."""
SMALL: Final = st.integers(0, 6)
MAYBE: Final = st.none() | SMALL
ENTRIES: Final = st.lists(
    st.builds(
        LimitEntry,
        source=st.sampled_from((MEMBER, ROLE, SERVER)),
        source_id=st.integers(1, 3),
        videos_per_day=MAYBE,
        running_at_once=MAYBE,
        microusd=MAYBE,
        longest_clip=MAYBE,
        dearest_clip=MAYBE,
    ),
    max_size=6,
    unique_by=lambda each: (each.source, each.source_id),
)
ASKERS: Final = st.builds(asker, st.integers(1, 3), roles=st.lists(st.integers(1, 3), max_size=3))
BOTS: Final = st.builds(
    BotLimits,
    videos_per_day=SMALL,
    everywhere_per_day=SMALL,
    running_at_once=MAYBE,
    microusd_everywhere=MAYBE,
    total_microusd=MAYBE,
    server_microusd=MAYBE,
    attempts_per_video=st.integers(1, 3),
)
TIMES: Final = st.lists(st.integers(0, 1_000).map(lambda minutes: NOON - timedelta(minutes=minutes)), max_size=7)
USED: Final = st.builds(
    Used,
    videos=TIMES.map(sorted),
    videos_everywhere=TIMES.map(sorted),
    running=SMALL,
    attempts=SMALL,
    microusd=SMALL,
    microusd_everywhere=SMALL,
    server_microusd=SMALL,
    total_microusd=SMALL,
    bonus_left=st.integers(0, 2),
    bonus_today=st.integers(0, 2),
)
ALLOWANCES: Final = st.builds(
    allowance, bot=BOTS, entries=ENTRIES, requester=ASKERS, used=USED, server_budget=MAYBE, total_budget=MAYBE
)
WISHES: Final = st.builds(Wish, seconds=SMALL, microusd=SMALL)
NOTHING_USED: Final = Used(
    videos=(),
    videos_everywhere=(),
    running=0,
    attempts=0,
    microusd=0,
    microusd_everywhere=0,
    server_microusd=0,
    total_microusd=0,
    bonus_left=0,
)


def nearest(entries: list[LimitEntry], requester: Requester, name: str) -> tuple[LimitSource, int] | None:
    """Say in the slowest way which number applies, and whose it is."""
    for source, ids in ((MEMBER, {requester.user_id}), (ROLE, requester.role_ids), (SERVER, {1, 2, 3})):
        values = [getattr(each, name) for each in entries if each.source is source and each.source_id in ids]
        said = [value for value in values if value is not None]
        if said:
            return source, max(said)
    return None


@pytest.mark.parametrize("name", NUMBERS)
@given(entries=ENTRIES, requester=ASKERS, bot=BOTS)
def test_a_members_own_number_goes_over_their_best_role_over_the_server_over_the_bot(
    name: str, entries: list[LimitEntry], requester: Requester, bot: BotLimits
) -> None:
    found = NUMBERS[name](
        allowance(
            bot=bot,
            entries=entries,
            requester=requester,
            used=NOTHING_USED,
            server_budget=None,
            total_budget=None,
        )
    )

    own = {"videos_per_day": bot.videos_per_day, "running_at_once": bot.running_at_once}.get(name)
    expected = nearest(entries, requester, name) or (None if own is None else (BOT, own))
    assert (None if found is None else (found.source, found.value)) == expected


@given(entries=ENTRIES, requester=ASKERS, bot=BOTS)
def test_the_number_that_applies_names_who_it_was_set_for(
    entries: list[LimitEntry], requester: Requester, bot: BotLimits
) -> None:
    found = allowance(
        bot=bot, entries=entries, requester=requester, used=NOTHING_USED, server_budget=None, total_budget=None
    )

    for name, kept in NUMBERS.items():
        limit = kept(found)
        if limit is not None and limit.source is not BOT:
            source = [each for each in entries if (each.source, each.source_id) == (limit.source, limit.source_id)]
            assert [getattr(each, name) for each in source] == [limit.value]


def broken(have: Allowance, wish: Wish) -> set[LimitRule]:
    """Say which rules one more such video would break: used and wanted against each number there is."""
    caps = {
        LimitRule.EVERYWHERE_PER_DAY: (have.used_everywhere + 1, have.everywhere),
        # A bonus is a video beyond the day: with one in hand the day's number forbids nothing.
        LimitRule.VIDEOS_PER_DAY: (have.used + 1, None if have.bonus_left else have.per_day.value),
        LimitRule.ATTEMPTS_PER_DAY: (have.attempts_used + 1, have.attempts),
        LimitRule.RUNNING_AT_ONCE: (have.running + 1, number(have.at_once)),
        LimitRule.LONGEST_CLIP: (wish.seconds, number(have.longest_clip)),
        LimitRule.DEAREST_CLIP: (wish.microusd, number(have.dearest_clip)),
        LimitRule.MONEY: (have.spent + wish.microusd, number(have.money)),
        LimitRule.MONEY_EVERYWHERE: (have.spent_everywhere + wish.microusd, have.money_everywhere),
        LimitRule.SERVER_BUDGET: (have.server_spent + wish.microusd, have.server_budget),
        LimitRule.TOTAL_BUDGET: (have.total_spent + wish.microusd, have.total_budget),
    }
    return {rule for rule, (would_be, cap) in caps.items() if cap is not None and would_be > cap}


def number(limit: Limit | None) -> int | None:
    return None if limit is None else limit.value


def refusal(have: Allowance, wish: Wish) -> LimitReachedError | None:
    try:
        have.require(wish)
    except LimitReachedError as error:
        return error
    return None


@given(have=ALLOWANCES, wish=WISHES)
def test_a_video_is_refused_exactly_when_it_would_break_a_rule_and_the_refusal_names_one_that_it_breaks(
    have: Allowance, wish: Wish
) -> None:
    in_the_way, error = broken(have, wish), refusal(have, wish)

    assert (error is None) == (not in_the_way)
    assert error is None or error.rule in in_the_way


@given(have=ALLOWANCES, wish=WISHES)
def test_a_refusal_carries_the_limit_what_was_used_and_what_was_wanted(have: Allowance, wish: Wish) -> None:
    error = refusal(have, wish)

    if error is not None:
        assert error.used + error.wanted > error.limit
        assert error.wanted in {1, wish.seconds, wish.microusd}


@pytest.mark.parametrize("rule", LimitRule)
def test_every_rule_can_say_no(rule: LimitRule) -> None:
    """Break one rule and no other: a rule that never fires would pass the property above."""
    alone: dict[LimitRule, Callable[[], Allowance]] = {
        LimitRule.VIDEOS_PER_DAY: lambda: plain(videos=[NOON], per_day=1),
        LimitRule.RUNNING_AT_ONCE: lambda: plain(running=1, entry=server(running_at_once=1)),
        LimitRule.EVERYWHERE_PER_DAY: lambda: plain(videos_everywhere=[NOON], everywhere=1),
        LimitRule.ATTEMPTS_PER_DAY: lambda: plain(attempts=6, per_day=2),
        LimitRule.LONGEST_CLIP: lambda: plain(entry=server(longest_clip=4)),
        LimitRule.DEAREST_CLIP: lambda: plain(entry=server(dearest_clip=9)),
        LimitRule.MONEY: lambda: plain(microusd=1, entry=server(microusd=10)),
        LimitRule.MONEY_EVERYWHERE: lambda: plain(microusd_everywhere=1, money_everywhere=10),
        LimitRule.SERVER_BUDGET: lambda: plain(server_microusd=1, server_budget=10),
        LimitRule.TOTAL_BUDGET: lambda: plain(total_microusd=1, total_budget=10),
    }

    with pytest.raises(LimitReachedError) as caught:
        alone[rule]().require(Wish(seconds=5, microusd=10))

    assert caught.value.rule is rule
    assert broken(alone[rule](), Wish(seconds=5, microusd=10)) == {rule}


def server(**numbers: int) -> LimitEntry:
    return LimitEntry(source=SERVER, source_id=0, **numbers)


def plain(
    *,
    per_day: int = 9,
    everywhere: int = 99,
    money_everywhere: int | None = None,
    entry: LimitEntry | None = None,
    server_budget: int | None = None,
    total_budget: int | None = None,
    **used: Any,  # noqa: ANN401  # fields of `Used`, by name
) -> Allowance:
    """Make an allowance under which everything is allowed but what is said."""
    return allowance(
        bot=BotLimits(videos_per_day=per_day, everywhere_per_day=everywhere, microusd_everywhere=money_everywhere),
        entries=[entry] if entry else [],
        requester=asker(),
        used=replace(NOTHING_USED, **used),
        server_budget=server_budget,
        total_budget=total_budget,
    )


@pytest.mark.parametrize("reserve", [0, 1, 10**12])
def test_money_may_be_spent_to_the_last_micro_dollar_and_not_one_more(reserve: int) -> None:
    just = plain(total_microusd=7, total_budget=7 + reserve)
    just.require(Wish(seconds=1, microusd=reserve))

    with pytest.raises(LimitReachedError):
        just.require(Wish(seconds=1, microusd=reserve + 1))


@given(have=ALLOWANCES)
def test_what_is_left_is_what_could_still_be_asked_for(have: Allowance) -> None:
    here = max(0, have.per_day.value - have.used) + have.bonus_left
    assert have.left == max(0, min(here, have.everywhere - have.used_everywhere))
    if have.left == 0:
        assert broken(have, Wish(seconds=0, microusd=0)) & {LimitRule.VIDEOS_PER_DAY, LimitRule.EVERYWHERE_PER_DAY}
    if have.money_left is not None:
        money = {LimitRule.MONEY, LimitRule.MONEY_EVERYWHERE, LimitRule.SERVER_BUDGET, LimitRule.TOTAL_BUDGET}
        assert broken(have, Wish(seconds=0, microusd=have.money_left + 1)) & money
        overdrawn = broken(have, Wish(seconds=0, microusd=0)) & money
        assert overdrawn or not broken(have, Wish(seconds=0, microusd=have.money_left)) & money


@given(have=ALLOWANCES)
def test_a_bonus_is_touched_only_when_the_day_is_used_up(have: Allowance) -> None:
    assert have.needs_bonus == (have.used >= have.per_day.value)


@given(bot=BOTS, used=USED)
def test_tries_come_with_every_video_of_the_day_and_with_every_bonus_used_or_not(bot: BotLimits, used: Used) -> None:
    found = allowance(bot=bot, entries=[], requester=asker(), used=used, server_budget=None, total_budget=None)

    videos = bot.videos_per_day + used.bonus_left + used.bonus_today
    assert found.attempts == bot.attempts_per_video * videos


@given(have=ALLOWANCES)
def test_the_moment_when_the_next_is_free_is_a_day_after_a_video_that_counts(have: Allowance) -> None:
    if have.frees_at is not None:
        assert have.used >= have.per_day.value > 0
        assert have.frees_at - DAY <= NOON
    elif have.used >= have.per_day.value:
        assert have.per_day.value == 0
