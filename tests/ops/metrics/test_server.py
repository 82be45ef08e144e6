"""What supervisors and Prometheus are answered, over a real socket."""

from datetime import timedelta

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from ops.heartbeat import IDLE_AFTER
from ops.metrics import Instruments, MetricsServer
from services.errors import ConfigurationError
from tests.ops.metrics.exporting import empty_database, readings_of

HOST = "127.0.0.1"
SHORT = timedelta(seconds=0.05)
TOO_LONG = IDLE_AFTER.total_seconds() + 1


async def asked(port: int, path: str, *, method: str = "GET") -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.request(method, f"http://{HOST}:{port}{path}") as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize(
    ("is_there", "idle", "expected"),
    [
        (True, 1.0, (200, "ready\n")),
        (False, 1.0, (503, "not ready: gateway\n")),
        (True, TOO_LONG, (503, "not ready: worker\n")),
        (False, TOO_LONG, (503, "not ready: gateway, worker\n")),
    ],
)
async def test_ready_says_what_is_missing(*, is_there: bool, idle: float, expected: tuple[int, str]) -> None:
    async with empty_database() as (database, folder):
        readings = readings_of(database, folder, is_there=is_there, idle=idle)
        async with MetricsServer(CollectorRegistry(), readings) as server:
            await server.start(host=HOST, port=0)

            assert await asked(server.port, "/readyz") == expected
            assert await asked(server.port, "/healthz") == (200, "alive\n")


async def test_a_database_that_does_not_answer_makes_it_unready_and_the_rest_can_be_scraped() -> None:
    instruments = Instruments()
    async with (
        empty_database() as (database, folder),
        MetricsServer(instruments.registry, readings_of(database, folder, patience=SHORT)) as server,
        database.transaction(),
    ):
        await server.start(host=HOST, port=0)

        assert await asked(server.port, "/readyz") == (503, "not ready: database\n")
        status, text = await asked(server.port, "/metrics")

    values = {each.name: each.samples[0].value for each in text_string_to_metric_families(text) if each.samples}
    assert status == 200
    assert (values["video_bot_database_up"], values["video_bot_ready"]) == (0.0, 0.0)
    assert "video_bot_jobs" not in values
    assert "process_resident_memory_bytes" in values


async def test_nothing_else_is_answered() -> None:
    async with (
        empty_database() as (database, folder),
        MetricsServer(CollectorRegistry(), readings_of(database, folder)) as server,
    ):
        await server.start(host=HOST, port=0)

        assert (await asked(server.port, "/"))[0] == 404
        assert (await asked(server.port, "/metrics", method="POST"))[0] == 405


async def test_a_port_that_is_taken_is_a_line_for_the_owner() -> None:
    async with (
        empty_database() as (database, folder),
        MetricsServer(CollectorRegistry(), readings_of(database, folder)) as first,
        MetricsServer(CollectorRegistry(), readings_of(database, folder)) as second,
    ):
        await first.start(host=HOST, port=0)
        with pytest.raises(ConfigurationError) as caught:
            await second.start(host=HOST, port=first.port)

    assert [*caught.value.problems] == [
        f"METRICS_PORT: cannot listen at {HOST}:{first.port}; each process of a machine needs a port of its own"
    ]
