import asyncio
import json

import aiohttp
import pytest

from sandbox.openrouter import (
    Answer,
    Delay,
    EndlessBody,
    Fault,
    GzipBomb,
    JobPlan,
    OpenRouterStandIn,
    Reset,
    Silence,
    SlowBody,
    TruncatedBody,
    Truncation,
)
from sandbox.openrouter.faults import read_faults, write_faults
from tests.sandbox.openrouter.caller import Client


async def test_an_answer_before_the_work_leaves_no_job(client: Client, stand_in: OpenRouterStandIn) -> None:
    stand_in.script(Answer(route="submit", status=503, headers={"Retry-After": "15"}, json={"error": {"message": "x"}}))

    reply = await client.submit()

    assert (reply.status, reply.headers["Retry-After"]) == (503, "15")
    assert reply.json == {"error": {"message": "x"}}
    assert not stand_in.jobs


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        (Answer(route="submit", status=500, json={"error": {"code": 500}}, after_work=True), 500, b'{"error"'),
        (Answer(route="submit", status=202, text="<garbage", after_work=True), 202, b"<garbage"),
        (Answer(route="submit", status=202, json={"status": "pending"}, after_work=True), 202, b'{"status"'),
    ],
)
async def test_an_answer_after_the_work_hides_a_job_that_is_there(
    client: Client, stand_in: OpenRouterStandIn, fault: Fault, status: int, body: bytes
) -> None:
    stand_in.script(fault)

    reply = await client.submit()

    (job_id,) = stand_in.jobs
    assert reply.status == status
    assert reply.body.startswith(body)
    assert (stand_in.requests[0].subject, stand_in.requests[0].status) == (job_id, status)


@pytest.mark.parametrize(("after_work", "jobs"), [(False, 0), (True, 1)])
async def test_a_connection_can_be_reset_before_or_after_the_work(
    stand_in: OpenRouterStandIn, client: Client, *, after_work: bool, jobs: int
) -> None:
    stand_in.script(Reset(route="submit", after_work=after_work))

    with pytest.raises(aiohttp.ClientOSError):
        await client.submit()

    assert len(stand_in.jobs) == jobs
    assert stand_in.requests[0].status is None


async def test_a_reset_is_a_reset_on_the_wire_and_not_an_ordinary_end(stand_in: OpenRouterStandIn) -> None:
    stand_in.script(Reset(route="models"))
    host, port = stand_in.base_url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    writer.write(b"GET /api/v1/videos/models HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


@pytest.mark.parametrize(("after_work", "jobs"), [(False, 0), (True, 1)])
async def test_silence_lasts_as_long_as_it_says_and_ends_without_an_answer(
    client: Client, stand_in: OpenRouterStandIn, *, after_work: bool, jobs: int
) -> None:
    stand_in.script(Silence(route="submit", seconds=0.2, after_work=after_work))
    start = asyncio.get_running_loop().time()

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.submit()

    assert asyncio.get_running_loop().time() - start >= 0.2
    assert len(stand_in.jobs) == jobs


async def test_a_silence_without_end_does_not_keep_the_stand_in_from_closing(client: Client) -> None:
    async with OpenRouterStandIn() as stand_in:
        stand_in.script(Silence(route="models"))
        hung = asyncio.create_task(Client(client.session, stand_in).call("GET", "/videos/models"))
        await stand_in.requests.wait_for("models")
    with pytest.raises(aiohttp.ClientConnectionError):
        await hung


@pytest.mark.parametrize("after_work", [False, True])
async def test_a_delayed_call_is_answered_as_usual(
    client: Client, stand_in: OpenRouterStandIn, *, after_work: bool
) -> None:
    stand_in.script(Delay(route="submit", seconds=0.3, after_work=after_work))
    start = asyncio.get_running_loop().time()
    call = asyncio.create_task(client.submit())
    await stand_in.requests.wait_for("submit")
    await asyncio.wait([call], timeout=0.1)
    jobs_meanwhile = len(stand_in.jobs)

    assert (await call).status == 202
    assert asyncio.get_running_loop().time() - start >= 0.3
    assert jobs_meanwhile == after_work


async def test_faults_count_the_calls_of_their_own_route_from_when_they_are_scripted(
    client: Client, stand_in: OpenRouterStandIn
) -> None:
    await client.call("GET", "/videos/models")
    stand_in.script(Answer(route="models", nth=2, times=2, status=502), Answer(route="key", times=None, status=504))

    models = [(await client.call("GET", "/videos/models")).status for _ in range(4)]
    keys = [(await client.call("GET", "/key")).status for _ in range(3)]

    assert models == [200, 502, 502, 200]
    assert keys == [504, 504, 504]


async def test_cleared_faults_do_nothing(client: Client, stand_in: OpenRouterStandIn) -> None:
    stand_in.script(Answer(route="models", times=None))
    stand_in.clear_faults()

    assert (await client.call("GET", "/videos/models")).status == 200


@pytest.mark.parametrize(
    "fault",
    [
        Answer(route="sumbit"),
        GzipBomb(route="webhook"),
        Answer(route="models", about="a fox"),
        JobPlan(route="status"),
        Answer(route="content", after_work=True),
    ],
)
async def test_a_fault_that_could_never_happen_is_refused(stand_in: OpenRouterStandIn, fault: Fault) -> None:
    with pytest.raises(ValueError, match="route"):
        stand_in.script(fault)


def test_a_fault_before_the_first_call_is_refused() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        Reset(route="submit", nth=0)


def test_faults_are_the_same_after_json() -> None:
    text = """[
        {"kind": "answer", "route": "submit", "status": 429, "headers": {"Retry-After": "1"}, "body": "AAE="},
        {"kind": "reset", "route": "status", "nth": 3, "times": null, "after_work": true},
        {"kind": "silence", "route": "content", "seconds": 1.5},
        {"kind": "delay", "route": "key", "seconds": 2},
        {"kind": "slow_body", "bytes_per_second": 10},
        {"kind": "endless_body"},
        {"kind": "gzip_bomb", "size": 5},
        {"kind": "truncated_body", "style": "silent", "part": 0.1},
        {"kind": "job", "status": "dead", "cost": "0.1", "usage": "null", "clip_body": "AAE=", "fields": {"a": [1]}}
    ]"""

    faults = read_faults(text)

    assert faults[0] == Answer(route="submit", status=429, headers={"Retry-After": "1"}, body=b"\x00\x01")
    assert faults[1] == Reset(route="status", nth=3, times=None, after_work=True)
    assert len({type(fault) for fault in faults}) == 9
    again = json.dumps(write_faults(faults))
    assert read_faults(again) == faults


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '[{"kind": "explode", "route": "submit"}]',
        '[{"kind": "answer"}]',
        '[{"kind": "answer", "route": "submit", "stattus": 500}]',
        '[{"kind": "reset", "route": "submit", "nth": 0}]',
    ],
)
def test_a_fault_that_is_misspelt_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"validation error"):
        read_faults(text)


async def test_a_fault_about_one_job_leaves_the_calls_about_others_alone_and_uncounted(
    client: Client, stand_in: OpenRouterStandIn
) -> None:
    stand_in.script(
        Answer(route="submit", about="fox", status=500),
        Answer(route="status", about="fox", status=502),
        Answer(route="content", about="fox", status=504),
    )
    hen = await client.job(prompt="a hen")
    assert (await client.submit(prompt="a red fox")).status == 500
    fox = await client.job(prompt="a red fox")

    statuses = [(await client.call("GET", f"/videos/{job}")).status for job in (hen, fox, fox)]
    contents = [(await client.content(job)).status for job in (hen, fox, fox)]

    assert statuses == [200, 502, 200]
    assert contents == [409, 504, 409]


async def test_an_order_is_in_the_log_while_its_answer_is_kept_back(
    client: Client, stand_in: OpenRouterStandIn
) -> None:
    stand_in.script(Silence(route="submit", seconds=0.2))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.submit(prompt="a red fox")

    body = stand_in.requests[0].body
    assert isinstance(body, dict)
    assert body["prompt"] == "a red fox"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (TruncatedBody(route="status"), aiohttp.ClientPayloadError),
        (TruncatedBody(route="status", style=Truncation.CHUNKED), aiohttp.ClientPayloadError),
        (TruncatedBody(route="status", style=Truncation.SILENT), json.JSONDecodeError),
        (GzipBomb(route="status", size=1000), json.JSONDecodeError),
    ],
)
async def test_an_answer_in_json_can_go_wrong_on_its_way_as_a_clip_can(
    client: Client, stand_in: OpenRouterStandIn, fault: Fault, error: type[Exception]
) -> None:
    job_id = await client.job()
    stand_in.script(fault)

    with pytest.raises(error):
        await client.status(job_id)

    assert (await client.status(job_id))["status"] == "pending"


async def test_an_answer_in_json_can_be_slow_or_endless(client: Client, stand_in: OpenRouterStandIn) -> None:
    job_id = await client.job()
    stand_in.script(SlowBody(route="status", bytes_per_second=2_000), EndlessBody(route="models"))

    assert (await client.status(job_id))["id"] == job_id
    async with client.session.get(f"{stand_in.base_url}/videos/models") as response:
        assert len(await response.content.readexactly(5 << 20)) == 5 << 20
