"""Whether there is room is known before anybody asks, and a disk that cannot be asked has none."""

from pathlib import Path
from typing import Final

from structlog.testing import capture_logs

from ops.disk import DiskWatch

MORE_THAN_ANY_DISK: Final = 1 << 60


async def test_there_is_room_while_more_is_free_than_the_floor(tmp_path: Path) -> None:
    watch = DiskWatch(tmp_path, floor_bytes=1)

    await watch.look()

    assert watch.has_room()


async def test_below_the_floor_there_is_none_and_the_log_says_so_once(tmp_path: Path) -> None:
    watch = DiskWatch(tmp_path, floor_bytes=MORE_THAN_ANY_DISK)

    with capture_logs() as logged:
        await watch.look()
        await watch.look()

    assert not watch.has_room()
    assert [(line["event"], line["log_level"]) for line in logged] == [("disk_full", "warning")]


async def test_a_disk_that_cannot_be_asked_has_no_room_until_it_can(tmp_path: Path) -> None:
    folder = tmp_path / "unplugged"
    watch = DiskWatch(folder, floor_bytes=1)

    await watch.look()
    assert not watch.has_room()

    folder.mkdir()
    await watch.look()
    assert watch.has_room()
