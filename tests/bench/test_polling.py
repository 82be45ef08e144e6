"""The measures that `bench.polling` judges by are right, and its processes work together: a run of a few seconds."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from statistics import median

import pytest

from bench.polling.durations import MEDIAN, durations, finishing, quantile
from bench.polling.filling import fill
from bench.polling.hastened import run
from bench.polling.optimum import best_path, fewest_looks
from bench.polling.policies import Fixed, Ours, play
from bench.polling.runs import Plan, one_run
from bench.polling.task import Client
from services.schedule import Schedule

SMALL = (0.05, 0.1, 0.25, 0.2, 0.15, 0.05, 0.05, 0.05, 0.04, 0.06)
"""The shares of jobs that finish in each of ten ticks."""
JOBS = 4
WINDOW = 10.0


def every_way(finishing: Sequence[float], *, patience: int) -> list[tuple[float, float]]:
    """Return the looks and the share of late jobs of every way to look there is: each ends with the last tick."""
    end = len(finishing)
    ways = [(*looks, end) for size in range(end) for looks in combinations(range(1, end), size)]
    return [counted(looks, finishing, patience=patience) for looks in ways]


def counted(looks: Sequence[int], finishing: Sequence[float], *, patience: int) -> tuple[float, float]:
    """Follow the jobs of each tick to the look that finds them."""
    expected = late = 0.0
    for tick, share in enumerate(finishing):
        number, found = next((number, look) for number, look in enumerate(looks, start=1) if look > tick)
        expected += share * number
        late += share * (found - tick > patience)
    return expected, late


def fewest_of_any_two(ways: Sequence[tuple[float, float]], *, late: float) -> float:
    """Return the fewest looks of any way that is rarely enough late, or of a die between two of which one is not."""
    alone = [looks for looks, missed in ways if missed <= late]
    mixed = [
        many + (late - few_late) / (late_many - few_late) * (few - many)
        for many, few_late in ways
        for few, late_many in ways
        if few_late <= late < late_many
    ]
    return min(alone + mixed)


@pytest.mark.parametrize("patience", [1, 2, 3])
@pytest.mark.parametrize("late", [0.0, 0.05, 0.2, 1.0])
def test_the_optimum_is_what_trying_everything_finds(patience: int, late: float) -> None:
    ways = every_way(SMALL, patience=patience)

    found = fewest_looks(SMALL, patience=patience, late=late)

    assert found == pytest.approx(fewest_of_any_two(ways, late=late), rel=1e-6)


@pytest.mark.parametrize("price", [0.0, 0.7, 3.0, 20.0])
def test_the_best_path_costs_no_more_than_any_other(price: float) -> None:
    path = best_path(SMALL, patience=2, price=price)

    costs = [looks + price * late for looks, late in every_way(SMALL, patience=2)]
    assert (path.expected, path.late) == pytest.approx(counted(path.looks, SMALL, patience=2))
    assert path.expected + price * path.late == pytest.approx(min(costs))


def test_without_any_patience_for_lateness_the_optimum_looks_at_every_tick() -> None:
    running = [1 - sum(SMALL[:tick]) for tick in range(len(SMALL))]

    assert fewest_looks(SMALL, patience=1, late=0.0) == pytest.approx(sum(running))


def test_the_durations_have_their_median_and_come_again_with_their_seed() -> None:
    taken = durations(1_000, seed=3)

    assert median(taken) == pytest.approx(MEDIAN, rel=0.01)
    assert taken == durations(1_000, seed=3)
    assert taken != durations(1_000, seed=4)
    assert sorted(taken) == sorted(durations(1_000, seed=4))


def test_the_shares_that_finish_in_each_tick_add_up_to_all() -> None:
    shares = finishing(horizon=quantile(0.999), tick=2.0)

    assert sum(shares) == pytest.approx(1)
    assert sum(shares[: round(MEDIAN / 2)]) == pytest.approx(0.5)


def test_a_fixed_interval_costs_and_finds_what_arithmetic_says() -> None:
    outcome = play(Fixed(every=10.0), [5.0, 10.0, 12.0, 38.0], seed=1)

    assert outcome.looks == (1 + 1 + 2 + 4) / 4
    assert outcome.p95 == 8


def test_what_was_learned_saves_a_quarter_of_the_looks_of_a_fixed_interval_and_finds_as_soon() -> None:
    taken = durations(1_200, seed=5)
    schedule = Schedule(first=timedelta(seconds=8), every=timedelta(seconds=10))

    learned = play(Ours(schedule=schedule, learns=True), taken, seed=5, unjudged=200)
    fixed = play(Fixed(every=10.0), taken, seed=5, unjudged=200)

    assert learned.looks <= 0.75 * fixed.looks
    assert learned.p95 <= 10


def test_time_passes_faster_on_a_hastened_loop_for_sleeps_and_timeouts_alike() -> None:
    async def wait() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(20)
        slept = loop.time() - began
        began = loop.time()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), timeout=20)
        return slept, loop.time() - began

    slept, waited = run(wait(), factor=1_000)

    # Were one of them in the world's seconds, it would be twenty thousand.
    assert 20 <= slept < 10_000
    assert 20 <= waited < 10_000


@pytest.mark.parametrize("client", [Client.WORKER, Client.OFFICIAL, Client.BARE])
async def test_every_client_follows_every_job_to_its_end(client: Client, tmp_path: Path) -> None:
    filled = tmp_path / "filled.db"
    await fill(filled, jobs=JOBS, window=WINDOW)

    plan = Plan(client=client, jobs=JOBS, every=10, factor=50, window=WINDOW, median=20)
    seen = await one_run(plan, filled=filled)

    assert seen.requests == pytest.approx(seen.looks + 1)
    assert seen.looks >= 1
    assert seen.cpu_ms > 0
    assert seen.p95 >= seen.p50 >= 0


async def test_a_worker_that_is_told_looks_once(tmp_path: Path) -> None:
    filled = tmp_path / "filled.db"
    await fill(filled, jobs=JOBS, window=WINDOW)

    plan = Plan(client=Client.WEBHOOKS, jobs=JOBS, every=10, factor=20, window=WINDOW, median=20)
    seen = await one_run(plan, filled=filled)

    assert seen.looks == 1
