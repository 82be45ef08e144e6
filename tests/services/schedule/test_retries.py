"""How long to wait after a failure."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.schedule import backoff
from services.schedule.retries import JITTER, LONGEST_BACKOFF

CHANCES = st.floats(min_value=0, max_value=1)
HINTS = st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=3))


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("attempts", "wait"), [(0, 2), (1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (16, 300), (100_000, 300)]
)
def test_waits_double_up_to_five_minutes(attempts: int, wait: float) -> None:
    assert backoff(attempts=attempts, chance=0.5) == seconds(wait)


@given(attempts=st.integers(min_value=-5, max_value=10**9), chance=CHANCES)
def test_a_wait_is_never_nothing_and_never_endless(attempts: int, chance: float) -> None:
    wait = backoff(attempts=attempts, chance=chance)

    assert seconds(1) <= wait <= LONGEST_BACKOFF * (1 + JITTER)


@given(attempts=st.integers(min_value=1, max_value=20), chance=CHANCES, hint=HINTS)
def test_a_hint_is_never_undercut(attempts: int, chance: float, hint: timedelta) -> None:
    assert backoff(attempts=attempts, chance=chance, hint=hint) >= hint
