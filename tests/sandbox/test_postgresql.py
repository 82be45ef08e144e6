"""The server that stands in for the operator's: a real one, which can have an outage and leaves nothing behind."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from sandbox.postgresql import (
    ROOT,
    Cluster,
    PostgresMissingError,
    cluster,
    find_binaries,
)

KEPT = """
import signal, time
from sandbox.postgresql import cluster
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have begun us without it
with cluster() as running:
    print(running.address.folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def running(postgresql: object) -> Iterator[Cluster]:
    del postgresql  # where there is none, this is skipped
    with cluster() as opened:
        yield opened


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def is_there(folder: Path, server: int) -> bool:
    return folder.exists() or is_alive(server)


async def test_what_was_committed_outlives_an_outage_and_no_connection_does(running: Cluster) -> None:
    url = running.address.url("postgres")
    before = await asyncpg.connect(url)
    await before.execute("CREATE TABLE kept (id BIGINT)")

    running.stop()
    with pytest.raises((OSError, asyncpg.PostgresError)):
        await before.execute("SELECT 1")
    with pytest.raises(ConnectionError):
        await asyncpg.connect(url)
    running.start()

    after = await asyncpg.connect(url)
    assert await after.fetch("SELECT * FROM kept") == []
    await after.close()
    before.terminate()


async def test_nobody_gets_in_without_the_password(running: Cluster) -> None:
    url = running.address.url("postgres").replace(running.address.password, "guessed")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
async def test_however_its_user_ends_neither_a_process_nor_a_file_is_left(
    postgresql: object, end: signal.Signals
) -> None:
    del postgresql  # where there is none, this is skipped
    user = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KEPT, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert user.stdout is not None
    folder = Path((await user.stdout.readline()).decode().strip())
    server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    assert is_alive(server)

    user.send_signal(end)
    await user.wait()

    async with asyncio.timeout(60):
        while is_there(folder, server):  # noqa: ASYNC110  # nobody tells of either
            await asyncio.sleep(0.02)


def test_without_a_server_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PostgresMissingError, match="apt-get install postgresql"):
        find_binaries(debian=tmp_path)


def test_of_several_versions_the_newest_is_taken(tmp_path: Path) -> None:
    for version in ("9.6", "15", "16"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()

    assert find_binaries(debian=tmp_path) == tmp_path / "16" / "bin"
