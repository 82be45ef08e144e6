import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def process(*arguments: str) -> AsyncGenerator[Process]:
    """Run the stand-in as a process of its own."""
    command = [sys.executable, "-W", "error", "-m", "sandbox.openrouter", *arguments]
    child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    try:
        yield child
    finally:
        if child.returncode is None:
            child.terminate()
        await child.communicate()


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_is_serves_a_video_and_stops_cleanly(name: signal.Signals) -> None:
    async with process("--port", "0", "--key", "sk-mine", "--seconds-per-video", "0") as child:
        assert child.stdout is not None
        ready = json.loads(await child.stdout.readline())
        headers = {"Authorization": f"Bearer {ready['key']}"}
        order = {
            "model": "x-ai/grok-imagine-video-1.5-lite",
            "prompt": "a lighthouse",
            "duration": 1,
            "resolution": "480p",
        }
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.post(f"{ready['base_url']}/videos", json=order) as response:
                url = f"{ready['base_url']}/videos/{(await response.json())['id']}"
            while True:
                async with session.get(url) as response:
                    job = await response.json()
                if job["status"] == "completed":
                    break
                await asyncio.sleep(0.02)
            async with session.get(job["unsigned_urls"][0]) as response:
                clip = await response.read()
            async with session.get(f"{ready['control_url']}/ledger") as response:
                ledger = await response.json()

        child.send_signal(name)
        output, complaint = await child.communicate()

    assert ready["key"] == "sk-mine"
    assert clip[4:8] == b"ftyp"
    assert ledger["total_usd"] == "0.02"
    assert (child.returncode, output, complaint) == (0, b"", b"")


async def test_it_takes_its_models_from_a_file(tmp_path: Path) -> None:
    models = tmp_path / "models.json"
    models.write_text(json.dumps({"data": [{"id": "acme/x", "canonical_slug": "acme/x-1", "name": "X"}]}))

    async with process("--models-file", str(models)) as child:
        assert child.stdout is not None
        ready = json.loads(await child.stdout.readline())
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{ready['base_url']}/videos/models") as response,
        ):
            assert [model["id"] for model in (await response.json())["data"]] == ["acme/x"]


@pytest.mark.parametrize("arguments", [("--host", "0.0.0.0"), ("--models-file", "nowhere.json")])  # noqa: S104  # refused
async def test_it_refuses_to_start_wrongly(arguments: tuple[str, ...]) -> None:
    async with process(*arguments) as child:
        output, complaint = await child.communicate()

    assert child.returncode == 2
    assert output == b""
    assert arguments[0].encode() in complaint
    assert b"Traceback" not in complaint
