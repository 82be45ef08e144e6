"""A checker that cannot fail proves nothing: small histories in which one limit is passed, and none."""

from collections.abc import Sequence

import pytest

from tests.fleet.chronicle import Change, NewBudget
from tests.fleet.replay import Replay, Rules

RULES = Rules(budget_microusd=100, per_day=2, everywhere_per_day=3, under_way=2, running_at_once=2)
LONG_AGO = 1_000
NOW = 1_000_000
UNTIL = NOW + 90_000

History = list[Change | NewBudget]


def job(number: int, identity: int, **facts: object) -> Change:
    values: dict[str, object] = {
        "at": LONG_AGO,
        "transaction": number,
        "guild_id": 1,
        "user_id": identity,
        "state": "queued",
        "held": 10,
        "reserved": 10,
    }
    return Change(number=number, id=identity, **(values | facts))  # type: ignore[arg-type]  # a test names the facts


def replayed(history: Sequence[Change | NewBudget]) -> Sequence[str]:
    replay = Replay(rules=RULES)
    replay.run(history)
    return [violation[:2] for violation in replay.violations]


@pytest.mark.parametrize(
    ("rule", "history"),
    [
        ("R1", [job(1, 1, held=60, reserved=60), job(2, 2, held=41, reserved=41)]),
        ("R2", [job(number, number, user_id=7, counts=1, has_ended=True) for number in (1, 2, 3)]),
        ("R3", [job(number, number, user_id=7, guild_id=number, has_ended=True) for number in (1, 2, 3, 4)]),
        ("R4", [job(number, number, user_id=7, counts=0) for number in (1, 2, 3)]),
        ("R5", [job(number, number, state="generating") for number in (1, 2, 3)]),
        (
            "R6",
            [
                job(1, 1, state="generating"),
                job(2, 2),
                job(3, 3, guild_id=2),
                job(4, 2, at=NOW, lease_until=UNTIL, fence=1),
            ],
        ),
    ],
)
def test_a_limit_that_is_passed_is_found(rule: str, history: History) -> None:
    assert replayed(history) == [rule]


@pytest.mark.parametrize(
    "history",
    [
        pytest.param([job(1, 1, held=60), job(2, 2, held=40)], id="the budget is used up"),
        pytest.param(
            [job(1, 1, held=60, reserved=60), NewBudget(number=2, microusd=120), job(3, 2, held=60, reserved=60)],
            id="the budget was raised before",
        ),
        pytest.param(
            [job(1, 1, held=90, reserved=90), job(2, 1, held=300, reserved=90), job(3, 2)],
            id="only a bill is higher than what was stated",
        ),
        pytest.param(
            [job(1, 1, held=90, reserved=90), job(2, 1, held=0, reserved=90, has_ended=True), job(3, 2, held=90)],
            id="the money came back",
        ),
        pytest.param(
            [
                *(job(number, number, user_id=7) for number in (1, 2)),
                job(3, 1, user_id=7, counts=0, has_ended=True),
                job(4, 1, user_id=7, counts=0, has_ended=True),
                job(5, 3, user_id=7),
            ],
            id="one of the day was cancelled, and changed once more",
        ),
        pytest.param(
            [*(job(number, number, state="generating", is_late=True) for number in (1, 2, 3))],
            id="those that are late give up their places",
        ),
        pytest.param(
            [
                job(1, 1, state="generating"),
                job(2, 2),
                job(3, 3, guild_id=2, at=NOW - 1),
                job(4, 2, at=NOW, lease_until=UNTIL, fence=1),
            ],
            id="the other has only just come",
        ),
        pytest.param(
            [
                *(job(1, 1, state="generating"), job(2, 2), job(3, 3, guild_id=2)),
                job(4, 4, guild_id=2, state="generating"),
                job(5, 4, guild_id=2, state="downloading", at=NOW - 1),
                job(6, 2, at=NOW, lease_until=UNTIL, fence=1),
            ],
            id="the other has only just given up a place",
        ),
        pytest.param(
            [
                job(1, 1, state="generating"),
                job(2, 2),
                job(3, 3, guild_id=2),
                job(4, 2, at=NOW, transaction=9, lease_until=UNTIL, fence=1),
                job(5, 3, at=NOW, transaction=9, guild_id=2, lease_until=UNTIL, fence=1),
            ],
            id="both are called up at once",
        ),
    ],
)
def test_what_only_comes_close_is_no_violation(history: History) -> None:
    assert replayed(history) == []
