"""Clusters of gateway shards: each hears its own servers, one offers the commands, and they identify in turns."""

from itertools import pairwise

from tests.processes.crowd import PATIENCE, Crowd

SYNC = "PUT /applications/{application_id}/commands"


async def test_two_clusters_serve_every_shard_and_one_of_them_offers_the_commands(crowd: Crowd) -> None:
    clusters = [await crowd.start("run", "--shards", which, data=which[0]) for which in ("0-1/4", "2-3/4")]
    await crowd.discord.connected(sessions=4, timeout=PATIENCE)
    for cluster in clusters:
        await crowd.says(cluster, "ready")
    await crowd.until(lambda: len(crowd.discord.requests_to(SYNC)) == 1)
    await crowd.ask()
    await crowd.clip()

    served = [session.shard for session in crowd.discord.gateway.connected]

    assert sorted((shard.index, shard.count) for shard in served) == [(index, 4) for index in range(4)]
    assert len(crowd.discord.requests_to(SYNC)) == 1
    assert (crowd.bought, crowd.clips()) == (1, 1)
    assert "Traceback" not in crowd.output()
    assert await crowd.stop() == [0, 0]


async def test_clusters_that_start_together_identify_five_seconds_apart(crowd: Crowd) -> None:
    crowd.discord.identifies_at_once = 1
    for which in ("0/2", "1/2"):
        await crowd.start("run", "--no-worker", "--shards", which, data=which[0])
    await crowd.discord.connected(sessions=2, timeout=PATIENCE)

    moments = [moment for moment, _ in crowd.discord.gateway.identifies]

    assert len(moments) == 2
    assert all(later - earlier >= 5 for earlier, later in pairwise(moments))
    assert await crowd.stop() == [0, 0]


async def test_a_resume_takes_no_turn(crowd: Crowd) -> None:
    crowd.discord.identifies_at_once = 1
    cluster = await crowd.start("run", "--no-worker", "--shards", "0/1")
    await crowd.says(cluster, "ready")
    crowd.stored.rows("UPDATE identify_turns SET free_at = 99999999999999 RETURNING bucket")

    crowd.discord.gateway.ask_to_reconnect()
    await crowd.until(lambda: crowd.discord.gateway.resumed == 1)

    assert len(crowd.discord.gateway.identifies) == 1
    assert await crowd.stop() == [0]
