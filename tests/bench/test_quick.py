"""Each benchmark runs in its quick form and says something of every row. What it says of times is not asked here."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.children import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read as only Linux tells it")

ROWS = {
    "memory": {
        "a job in the queue: 500 of them, resident",
        "a job in the queue: above idle",
        "a job in the queue: of that, Python objects",
        "a job upstream, between two looks: 500 of them, resident",
        "a job upstream, between two looks: above idle",
        "a job upstream, between two looks: of that, Python objects",
    },
    "start": {
        "import, to the end of the process",
        "from start to connected",
        "from start to the first /video answered",
        "resident, after one /video",
    },
    "command": {
        "/video, at rest: p50",
        "/video, at rest: p99",
        "/video, at rest: too late for Discord",
        "/video, 20 jobs upstream, 20 suggestions a second: p50",
        "/video, 20 jobs upstream, 20 suggestions a second: p99",
        "/video, 20 jobs upstream, 20 suggestions a second: too late for Discord",
        "looks at jobs while busy",
        "suggestions asked for while busy",
        "suggestions given while busy",
    },
}


async def run(benchmark: str, *, target: Path) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"bench.{benchmark}", "--quick", "--json", str(target)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    try:
        told, _ = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    assert child.returncode == 0, told.decode()
    content: dict[str, Any] = json.loads(await asyncio.to_thread(target.read_text, encoding="utf-8"))
    return content


@pytest.mark.parametrize("benchmark", ROWS)
async def test_a_quick_run_measures_every_row_on_both_sides(benchmark: str, tmp_path: Path) -> None:
    content = await run(benchmark, target=tmp_path / "seen.json")

    assert content["is_quick"]
    assert {row["name"] for row in content["rows"]} == ROWS[benchmark]
    assert all(row["ours"] is not None for row in content["rows"])
    assert all(row["baseline"] is not None for row in content["rows"] if row["against"])
