"""A short soak; a long one: `python -m tests.soak --minutes 30`."""

from pathlib import Path

import pytest

from tests.soak.soak import Plan, soak
from tests.stored import Stored


@pytest.mark.timeout(300)
async def test_ten_seconds_of_people_faults_and_kills_leave_all_invariants_true(tmp_path: Path, stored: Stored) -> None:
    verdict = await soak(
        Plan(seconds=10, seed=4, kill_every=(2.0, 4.0), fewest_kills=3), folder=tmp_path, stored=stored
    )

    assert verdict.violations == []
    assert verdict.kills >= 3
    assert verdict.jobs > 0
    assert verdict.clips > 0
