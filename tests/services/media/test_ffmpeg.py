"""The child: under its limits, without our environment, gone with everything of it whatever ends the call."""

import asyncio
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest

from services.errors import ClipUnplayableError, EncoderError, EncoderLimitError
from services.media import Ffmpeg
from services.media.ffmpeg import ChildLimits, Progress
from tests.services.media.clips import ClipBank, Program, script_in

LIMITS = ChildLimits(cpu_seconds=20, file_bytes=1_000_000)
ENDLESS = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10", "-f", "null", "-")
LONG = ("-re", *ENDLESS)


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be collected by its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def pids_in(file: Path) -> list[int]:
    """Return the numbers that a script writes, one in each line, once there are two."""
    while not file.exists() or len(found := file.read_text().split()) < 2:  # noqa: ASYNC110, ASYNC240  # there is no event for what another process does
        await asyncio.sleep(0.01)
    return [int(each) for each in found]


async def until_gone(pids: list[int]) -> None:
    async with asyncio.timeout(20):
        while any(alive(pid) for pid in pids):  # noqa: ASYNC110  # there is no event for what another process does
            await asyncio.sleep(0.01)


async def test_the_bundled_one_is_found_and_can_do_what_is_needed() -> None:
    found = await Ffmpeg.find()

    assert {"libx264", "aac"} <= await found.encoders()


async def test_the_owners_own_comes_first(tmp_path: Path) -> None:
    binary = script_in(tmp_path, r"printf ' V....D libx264  made by us\n A....D aac  made by us\n'")

    found = await Ffmpeg.find(binary)

    assert await found.encoders() == {"libx264", "aac"}


@pytest.mark.parametrize("script", ["exit 1", "printf ' V....D libx264  and no sound\\n'", "exec nonsense"])
async def test_one_that_cannot_do_what_is_needed_is_refused_at_the_start(tmp_path: Path, script: str) -> None:
    with pytest.raises(EncoderError):
        await Ffmpeg.find(script_in(tmp_path, script))


async def test_one_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(EncoderError):
        await Ffmpeg.find(tmp_path / "ffmpeg")


async def test_it_runs_under_limits_that_the_kernel_knows(tmp_path: Path, program: Program) -> None:
    limits = ChildLimits(cpu_seconds=7, file_bytes=1_000_000, memory_bytes=1 << 30)

    await program("cat /proc/self/limits > limits").run([], folder=tmp_path, limits=limits)

    told = dict(re.findall(r"^Max (.+?) {2,}(\S+ +\S+)", (tmp_path / "limits").read_text(), flags=re.MULTILINE))
    assert told["cpu time"].split() == ["7", "12"]
    assert told["file size"].split() == ["1000448", "1000448"]
    assert told["address space"].split() == [str(1 << 30)] * 2
    assert told["core file size"].split() == ["0", "0"]


async def test_it_runs_in_a_group_and_a_session_of_its_own_behind_the_bot(tmp_path: Path) -> None:
    binary = script_in(tmp_path, "cut -d' ' -f1,5,6,19 /proc/$$/stat > stat")

    await Ffmpeg(binary).run([], folder=tmp_path, limits=LIMITS)

    pid, group, session, nice = (int(each) for each in (tmp_path / "stat").read_text().split())
    assert pid == group == session
    assert nice == min(19, os.nice(0) + 5)


async def test_it_sees_nothing_of_our_environment_and_nothing_on_its_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Program
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-secret")

    await program("env > seen; cat >> seen").run([], folder=tmp_path, limits=LIMITS)

    names = {line.partition("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "LC_ALL", "AV_LOG_FORCE_NOCOLOR"}


async def test_its_progress_is_heard(ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    heard: list[Progress] = []

    await ffmpeg.run(["-t", "3", *ENDLESS], folder=tmp_path, limits=LIMITS, watch=heard.append)

    assert heard[-1].seconds == pytest.approx(3, abs=0.2)


async def test_cpu_seconds_are_counted(ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    with pytest.raises(EncoderLimitError):
        await ffmpeg.run(ENDLESS, folder=tmp_path, limits=ChildLimits(cpu_seconds=1, file_bytes=0))


async def test_cpu_seconds_are_counted_for_one_that_does_not_heed_the_warning(tmp_path: Path, program: Program) -> None:
    stubborn = program("trap '' XCPU; while :; do :; done")

    with pytest.raises(EncoderError):
        await stubborn.run([], folder=tmp_path, limits=ChildLimits(cpu_seconds=1, file_bytes=0))


async def test_the_clock_on_the_wall_is_watched(ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    limits = ChildLimits(cpu_seconds=20, file_bytes=0, wall=timedelta(seconds=0.3))

    with pytest.raises(EncoderLimitError):
        await ffmpeg.run(LONG, folder=tmp_path, limits=limits)


async def test_silence_is_taken_for_a_stall(tmp_path: Path, program: Program) -> None:
    limits = ChildLimits(cpu_seconds=20, file_bytes=0, stall=timedelta(seconds=0.3))

    with pytest.raises(EncoderLimitError):
        await program("sleep 60").run([], folder=tmp_path, limits=limits)


async def test_no_file_grows_over_its_limit(ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    noise = ("-f", "lavfi", "-i", "nullsrc=size=640x360,geq=random(1)*255:128:128", "-t", "60", "-c:v", "rawvideo")
    limits = ChildLimits(cpu_seconds=60, file_bytes=100_000)

    with pytest.raises(EncoderLimitError):
        await ffmpeg.run([*noise, "-f", "rawvideo", "file:out"], folder=tmp_path, limits=limits)

    assert (tmp_path / "out").stat().st_size <= 100_352


async def test_memory_is_limited(ffmpeg: Ffmpeg, bank: ClipBank, tmp_path: Path) -> None:
    limits = ChildLimits(cpu_seconds=60, file_bytes=0, memory_bytes=150_000_000)
    decode = ("-i", str(bank.clip("bomb")), "-f", "null", "-")
    await ffmpeg.run(decode, folder=tmp_path, limits=ChildLimits(cpu_seconds=60, file_bytes=0))

    with pytest.raises((ClipUnplayableError, EncoderError)):
        await ffmpeg.run(decode, folder=tmp_path, limits=limits)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/clip.mp4", "tcp://127.0.0.1:9", "concat:/etc/passwd"])
async def test_nothing_but_files_is_opened(ffmpeg: Ffmpeg, tmp_path: Path, address: str) -> None:
    with pytest.raises(ClipUnplayableError) as caught:
        await ffmpeg.run(
            ["-protocol_whitelist", "file,pipe", "-i", address, "-f", "null", "-"], folder=tmp_path, limits=LIMITS
        )

    assert "not on whitelist" in caught.value.detail


async def test_a_cancel_ends_the_whole_group(tmp_path: Path, program: Program) -> None:
    script = "sleep 60 & echo $! >> pids; echo $$ >> pids; wait"
    running = asyncio.create_task(program(script).run([], folder=tmp_path, limits=LIMITS))
    pids = await pids_in(tmp_path / "pids")

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    await until_gone(pids)


async def test_what_the_watcher_raises_ends_the_whole_group(tmp_path: Path, program: Program) -> None:
    script = "sleep 60 & echo $! >> pids; echo $$ >> pids; echo progress=continue; wait"

    def refuse(progress: Progress) -> None:
        raise LookupError(progress)

    with pytest.raises(LookupError):
        await program(script).run([], folder=tmp_path, limits=LIMITS, watch=refuse)

    await until_gone(await pids_in(tmp_path / "pids"))


def children() -> frozenset[int]:
    """Return the processes that this one has started, also those of tests before."""
    return frozenset(int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.mark.parametrize("moment", range(12))
async def test_a_cancel_at_any_moment_of_the_start_leaves_nothing(ffmpeg: Ffmpeg, tmp_path: Path, moment: int) -> None:
    others = children()
    running = asyncio.create_task(ffmpeg.run(LONG, folder=tmp_path, limits=LIMITS))
    for _ in range(moment):
        await asyncio.sleep(0)
    started = children() - others

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    await until_gone(sorted(started))
    assert not any(alive(pid) for pid in children() - others)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("exit 1", ClipUnplayableError),
        ("kill -SEGV $$", ClipUnplayableError),
        ("kill -KILL $$", EncoderError),
        ("kill -TERM $$", EncoderError),
        ("exit 255", EncoderLimitError),
        ("echo 'out: No space left on device' >&2; exit 1", OSError),
    ],
)
async def test_how_it_ended_says_whose_fault_it_was(
    tmp_path: Path, script: str, kind: type[Exception], program: Program
) -> None:
    with pytest.raises(kind):
        await program(script).run([], folder=tmp_path, limits=LIMITS)


async def test_a_flood_of_complaints_is_read_and_only_its_end_is_kept(tmp_path: Path, program: Program) -> None:
    script = (
        "i=0; while [ $i -lt 20000 ]; do echo 'decode error of some kind' >&2; i=$((i+1)); done; echo end >&2; exit 1"
    )

    with pytest.raises(ClipUnplayableError) as caught:
        await program(script).run([], folder=tmp_path, limits=LIMITS)

    assert caught.value.detail.endswith("end\n")
    assert len(caught.value.detail) < 2_100


async def test_words_of_its_own_never_show_in_a_repr() -> None:
    assert "secret" not in repr(EncoderError("secret"))
    assert "secret" not in repr(ClipUnplayableError(detail="secret"))
