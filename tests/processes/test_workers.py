"""Gateways that only answer, and workers that only work: what one of them leaves, another takes up."""

from services.database.postgresql import CHANNEL
from tests.processes.crowd import AN_HOUR, PATIENCE, Crowd

RING = f"SELECT pg_notify('{CHANNEL}', '')"


async def test_what_is_asked_at_a_gateway_is_made_and_posted_by_a_worker_of_its_own(crowd: Crowd) -> None:
    await crowd.start("worker", data="there")
    await crowd.start("run", "--no-worker", data="here")
    await crowd.discord.connected(timeout=PATIENCE)
    await crowd.ask()

    await crowd.clip()
    await crowd.until(lambda: [row["state"] for row in crowd.rows()] == ["delivered"])

    assert (crowd.bought, crowd.clips()) == (1, 1)
    assert "Traceback" not in crowd.output()
    assert await crowd.stop() == [0, 0]


async def test_without_any_worker_a_job_waits_and_the_first_that_comes_makes_it(crowd: Crowd) -> None:
    gateway = await crowd.start("run", "--no-worker")
    await crowd.discord.connected(timeout=PATIENCE)
    await crowd.ask()
    assert [row["state"] for row in crowd.rows()] == ["queued"]
    assert await gateway.stop() == 0
    assert (crowd.bought, [row["state"] for row in crowd.rows()]) == (0, ["queued"])

    await crowd.start("worker")
    await crowd.clip()

    assert crowd.bought == 1
    assert await crowd.stop() == [0]


async def test_whoever_starts_in_the_place_of_a_killed_worker_goes_on_at_once(slow_crowd: Crowd) -> None:
    crowd = slow_crowd
    worker = await crowd.start("worker", data="there")
    await _video_under_way(crowd)
    await worker.die()
    crowd.openrouter.clock.advance(AN_HOUR)

    # Within a test's patience, which is shorter than a lease.
    await crowd.start("worker", data="there")
    await crowd.clip()

    assert (crowd.bought, crowd.clips()) == (1, 1)
    assert await crowd.stop() == [0, 0]


async def test_another_worker_goes_on_once_the_lease_of_a_killed_one_has_run_out(slow_crowd: Crowd) -> None:
    crowd = slow_crowd
    worker = await crowd.start("worker", data="there")
    await _video_under_way(crowd)
    other = await crowd.start("worker", data="elsewhere")
    await crowd.says(other, "instance")
    await worker.die()
    [before] = crowd.rows()
    crowd.openrouter.clock.advance(AN_HOUR)

    # A minute and a half, which nobody has to wait for here.
    crowd.stored.rows("UPDATE jobs SET lease_until = 1 RETURNING id")
    crowd.stored.rows(RING)
    await crowd.clip()

    [after] = crowd.rows()
    assert (before["state"], before["owner"] == after["owner"]) == ("generating", False)
    assert (crowd.bought, crowd.clips()) == (1, 1)
    assert await crowd.stop() == [0, 0]


async def test_processes_that_share_a_data_folder_keep_out_of_each_others_way(crowd: Crowd) -> None:
    first = await crowd.start("run")
    await crowd.says(first, "ready")
    second = await crowd.start("worker")
    await crowd.says(second, "instance")
    await crowd.ask()
    await crowd.clip()

    names = {file.name for file in (crowd.folder / "data").glob("instance-*")}

    assert names == {f"instance-{slot}.{end}" for slot in (0, 1) for end in ("lock", "id")}
    assert (crowd.bought, crowd.clips()) == (1, 1)
    assert await crowd.stop() == [0, 0]


async def _video_under_way(crowd: Crowd) -> None:
    """Ask for a video at a gateway without a worker, and wait until it is being made."""
    await crowd.start("run", "--no-worker", data="here")
    await crowd.discord.connected(timeout=PATIENCE)
    await crowd.ask()
    await crowd.until(lambda: [row["state"] for row in crowd.rows()] == ["generating"])
