"""Workers in processes of their own take every step once: the small form of `bench.claim`."""

import pytest

from bench.claim.__main__ import measure
from sandbox.postgresql import PostgresMissingError


async def test_no_step_is_taken_twice_and_none_is_left_over() -> None:
    try:
        report = await measure(quick=True)
    except PostgresMissingError as error:
        pytest.skip(str(error))

    assert report.is_met
    rates = [row for row in report.rows if row.unit == "a second"]
    assert all(row.value and row.base for row in rates)
