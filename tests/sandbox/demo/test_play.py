"""The first of the README's two commands, as a process."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


def _sandbox(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "bot.py"), "sandbox", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_one_command_posts_a_clip_that_plays_and_shows_the_channel(tmp_path: Path) -> None:
    done = _sandbox("--once", "/video a red fox duration:4 aspect_ratio:9:16", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "> a red fox" in done.stdout
    assert "@alice your video is ready." in done.stdout
    clip = tmp_path / "data" / "sandbox" / "video-1.mp4"
    assert f"{clip}: {clip.stat().st_size} bytes, 4 s, 720x1280, h264; it plays." in done.stdout


def test_the_same_as_one_json_object(tmp_path: Path) -> None:
    done = _sandbox("--once", "/video a red fox duration:4", "--json", folder=tmp_path)

    told: dict[str, Any] = json.loads(done.stdout)
    assert set(told) == {"clip", "messages", "requests"}
    assert told["clip"]["plays"]["seconds"] == pytest.approx(4)
    assert [message["pings"] for message in told["messages"]] == [[], ["alice"]]
    submits = [each for each in told["requests"]["openrouter"] if each["method"] == "POST"]
    assert [each["status"] for each in submits] == [202]


def test_a_command_that_brings_no_clip_exits_with_1(tmp_path: Path) -> None:
    done = _sandbox("--once", "/video a red fox duration:599", folder=tmp_path)

    assert done.returncode == 1
    assert "does not offer length 599 s" in done.stdout


def test_a_line_that_is_no_command_says_what_to_type(tmp_path: Path) -> None:
    done = _sandbox("--once", "make a fox", folder=tmp_path)

    assert done.returncode == 1
    assert "/video" in done.stderr
