"""For the tests of misbehaving hosts: the world around the bot, and its real processes."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.conftest import (
    _nursery,  # pyright: ignore[reportPrivateUsage]  # a fixture, which pytest finds by its name here
    clip,
    fork,
    scene,
    start,
)

__all__ = ["_nursery", "clip", "fork", "scene", "start"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 20 MB where the bot's data folder will be."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    mounting = ["mount", "-t", "tmpfs", "-o", "size=20m,mode=0700", "none", str(folder)]
    try:
        mounted = subprocess.run(mounting, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small disk takes rights that this user does not have")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607  # wherever the system has it
