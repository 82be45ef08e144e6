import asyncio
import zlib
from pathlib import Path

import aiohttp
import pytest

from sandbox.openrouter import (
    Answer,
    EndlessBody,
    Fault,
    GzipBomb,
    JobPlan,
    OpenRouterStandIn,
    SlowBody,
    TruncatedBody,
    Truncation,
)
from tests.sandbox.openrouter.caller import CLIP, Client


@pytest.fixture
async def job_id(client: Client, stand_in: OpenRouterStandIn) -> str:
    """A job that is completed."""
    job_id = await client.job()
    stand_in.clock.advance(10)
    return job_id


async def test_the_clip_is_sent_whole_with_its_length(client: Client, job_id: str) -> None:
    reply = await client.content(job_id)

    assert (reply.status, reply.headers["Content-Type"]) == (200, "video/mp4")
    assert int(reply.headers["Content-Length"]) == len(CLIP)
    assert reply.body == CLIP


async def test_a_clip_that_is_not_ready_is_a_conflict(client: Client) -> None:
    reply = await client.content(await client.job())

    assert reply.status == 409


@pytest.mark.parametrize(("index", "status"), [("0", 200), ("1", 404), ("-1", 400), ("x", 400), ("²", 400)])
async def test_an_output_that_does_not_exist_is_refused(client: Client, job_id: str, index: str, status: int) -> None:
    assert (await client.content(job_id, f"?index={index}")).status == status


async def test_the_clip_can_be_any_file_any_bytes_and_any_size(
    client: Client, stand_in: OpenRouterStandIn, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"not a video")
    stand_in.script(JobPlan(clip_file=str(other)), JobPlan(nth=2, clip_body=b""), JobPlan(nth=3, pad_to=2_000_000))
    jobs = [await client.job() for _ in range(3)]
    stand_in.clock.advance(10)
    await asyncio.gather(*(job.clip for job in stand_in.jobs.values() if job.clip is not None))

    bodies = [(await client.content(job)).body for job in jobs]
    assert bodies[:2] == [b"not a video", b""]
    assert len(bodies[2]) == 2_000_000
    assert bodies[2].startswith(CLIP)
    assert bodies[2][len(CLIP) :][:8] == (2_000_000 - len(CLIP)).to_bytes(4, "big") + b"free"


async def raw(stand_in: OpenRouterStandIn, job_id: str) -> tuple[bytes, bytes]:
    """Ask for the clip over a bare socket; return the head and everything after it until the end."""
    host, port = stand_in.base_url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        request = (
            f"GET /api/v1/videos/{job_id}/content HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {stand_in.key}\r\n\r\n"
        )
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        return head, await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_body_can_be_shorter_than_its_length(stand_in: OpenRouterStandIn, job_id: str) -> None:
    stand_in.script(TruncatedBody(style=Truncation.LENGTH, part=0.25))

    head, body = await raw(stand_in, job_id)

    assert f"Content-Length: {len(CLIP)}\r\n".encode() in head
    assert body == CLIP[: len(CLIP) // 4]


async def test_a_chunked_body_can_end_without_its_last_chunk(stand_in: OpenRouterStandIn, job_id: str) -> None:
    stand_in.script(TruncatedBody(style=Truncation.CHUNKED))

    head, body = await raw(stand_in, job_id)

    size, _, rest = body.partition(b"\r\n")
    assert b"Transfer-Encoding: chunked\r\n" in head
    assert int(size, 16) == len(CLIP) // 2
    assert rest == CLIP[: len(CLIP) // 2] + b"\r\n"


async def test_a_body_without_a_length_can_be_cut_off_in_silence(
    client: Client, stand_in: OpenRouterStandIn, job_id: str
) -> None:
    stand_in.script(TruncatedBody(style=Truncation.SILENT, times=2))

    head, body = await raw(stand_in, job_id)
    reply = await client.content(job_id)

    assert b"Connection: close" in head
    assert b"Content-Length" not in head
    assert body == reply.body == CLIP[: len(CLIP) // 2]  # a client cannot tell: it gets no error


@pytest.mark.parametrize("style", [Truncation.LENGTH, Truncation.CHUNKED])
async def test_a_client_notices_the_other_truncations(
    client: Client, stand_in: OpenRouterStandIn, job_id: str, style: Truncation
) -> None:
    stand_in.script(TruncatedBody(style=style))

    with pytest.raises(aiohttp.ClientPayloadError):
        await client.content(job_id)


async def test_a_body_can_be_slow(client: Client, stand_in: OpenRouterStandIn, job_id: str) -> None:
    stand_in.script(SlowBody(bytes_per_second=len(CLIP) * 2))
    loop = asyncio.get_running_loop()
    start = loop.time()

    reply = await client.content(job_id)

    assert reply.body == CLIP
    assert loop.time() - start >= 0.49


async def test_a_body_can_be_endless(client: Client, stand_in: OpenRouterStandIn, job_id: str) -> None:
    stand_in.script(EndlessBody())
    url, headers = f"{stand_in.base_url}/videos/{job_id}/content", {"Authorization": f"Bearer {stand_in.key}"}

    async with client.session.get(url, headers=headers) as response:
        assert await response.content.readexactly(len(CLIP)) == CLIP
        for _ in range(20):
            assert len(await response.content.readexactly(1 << 20)) == 1 << 20


async def test_a_small_body_can_unpack_to_a_huge_one(stand_in: OpenRouterStandIn, job_id: str) -> None:
    size = 50_000_000
    stand_in.script(GzipBomb(size=size))
    url, headers = f"{stand_in.base_url}/videos/{job_id}/content", {"Authorization": f"Bearer {stand_in.key}"}

    async with aiohttp.ClientSession(auto_decompress=False) as session, session.get(url, headers=headers) as response:
        packed = await response.read()

    assert response.headers["Content-Encoding"] == "gzip"
    assert len(packed) < 100_000
    assert len(zlib.decompress(packed, wbits=31)) == size


@pytest.mark.parametrize(
    ("fault", "status", "start"),
    [
        (Answer(route="content", status=200, headers={"Content-Type": "text/html"}, text="<html>"), 200, b"<html>"),
        (Answer(route="content", status=302, headers={"Location": "https://evil.example/x.mp4"}), 302, b""),
        (Answer(route="content", status=200, headers={"Content-Type": "video/mp4"}, body=b"\x89PNG"), 200, b"\x89PNG"),
        (Answer(route="content", status=410, json={"error": {"code": 410, "message": "gone"}}), 410, b'{"error'),
    ],
)
async def test_anything_can_come_in_place_of_the_clip(
    client: Client, stand_in: OpenRouterStandIn, job_id: str, fault: Fault, status: int, start: bytes
) -> None:
    stand_in.script(fault)

    reply = await client.content(job_id)

    assert reply.status == status
    assert reply.body.startswith(start)
    assert len(reply.body) < 100
    assert (await client.content(job_id)).body == CLIP


async def test_a_fault_of_the_body_does_nothing_where_there_is_no_body(
    client: Client, stand_in: OpenRouterStandIn
) -> None:
    stand_in.script(GzipBomb())

    assert (await client.content(await client.job())).status == 409
