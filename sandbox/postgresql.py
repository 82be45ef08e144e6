"""A PostgreSQL server of one's own on loopback: a stand-in for the operator's, for the tests and the benchmarks.

It is the real server, from the binaries that Debian's package brings, in a folder that is thrown away. A process beside
it, the keeper, starts it and takes it away again when the pipe from whoever wanted it closes. So nothing stays behind
however they end. `python -m sandbox.postgresql` is the keeper; on a terminal it keeps a server until its input ends.
"""

import argparse
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

ROOT: Final = Path(__file__).parents[1]
DEBIAN: Final = Path("/usr/lib/postgresql")
MISSING: Final = "There is no PostgreSQL server here. On Debian and Ubuntu: apt-get install postgresql"
WITHOUT_RIGHTS: Final = ("postgres", "nobody")
"""Who the server runs as where we are root, which it refuses: the first of them that there is."""
USER: Final = "bot"
PATIENCE: Final = 60.0
"""Seconds in which a server starts or stops, on a machine that others use too."""
LOOK_AGAIN: Final = 0.02
READY: Final = "ready"
"""How the last line of `postmaster.pid` begins once the server lets people in (PostgreSQL 10 and later)."""
STATUS_LINE: Final = 7
BARE: Final = ("--encoding=UTF8", "--no-locale", "--no-sync")
FORGETFUL: Final = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
"""What a server needs not do whose rows nobody wants after a power cut."""


class PostgresMissingError(Exception):
    """The machine has no PostgreSQL server; the text says what to install."""


class PostgresFailedError(Exception):
    """The server did not start; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a running server is, and its superuser's password."""

    port: int
    password: str
    folder: str
    """Where its socket is, and everything else of it."""

    def url(self, database: str) -> str:
        """Return what `DATABASE_URL` is to say for one of its databases; `postgres` is there from the start."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def written(self) -> str:
        """Return the address as text, for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `written` returned."""
        return cls(**json.loads(text))


class Cluster:
    """A running server, through its keeper. Made by `cluster`."""

    def __init__(self, address: Address, keeper: "subprocess.Popen[str]") -> None:
        self.address = address
        self._keeper = keeper

    def stop(self) -> None:
        """Break every connection and let nobody in until `start`, as in an outage. What was committed stays."""
        self._tell("stop")

    def start(self) -> None:
        """End the outage, at the same address.

        Raises:
            PostgresFailedError: it does not start again.
        """
        self._tell("start")

    def _tell(self, word: str) -> None:
        if self._keeper.stdin is None:
            raise RuntimeError("the keeper was started without pipes")
        self._keeper.stdin.write(word + "\n")
        self._keeper.stdin.flush()
        _answer_of(self._keeper)


@contextmanager
def cluster(*, is_durable: bool = False) -> Generator[Cluster]:
    """Run a server until the block ends, or until this process does.

    `is_durable` lets it wait for the disk as an operator's does: for benchmarks.

    Raises:
        PostgresMissingError: its binaries are not installed.
        PostgresFailedError: it does not start.
    """
    find_binaries()
    keeper = subprocess.Popen(  # noqa: S603  # ourselves
        [sys.executable, "-m", "sandbox.postgresql", *(["--durable"] if is_durable else [])],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for us; the keeper hears of it by its pipe
    )
    with keeper:
        try:
            yield Cluster(Address(**_answer_of(keeper)), keeper)
        finally:
            if keeper.stdin is not None:
                keeper.stdin.close()
            keeper.wait(2 * PATIENCE)


def _answer_of(keeper: "subprocess.Popen[str]") -> dict[str, Any]:
    line = keeper.stdout.readline() if keeper.stdout is not None else ""
    answer: dict[str, Any] = json.loads(line) if line else {"failed": "its keeper ended"}
    if "failed" in answer:
        raise PostgresFailedError(answer["failed"])
    return answer


def find_binaries(*, debian: Path = DEBIAN) -> Path:
    """Return the folder of the newest server's binaries: where Debian puts them, or those on the PATH.

    Raises:
        PostgresMissingError: there is none.
    """
    installed = sorted(debian.glob("*/bin/initdb"), key=lambda found: float(found.parts[-3]))
    if installed:
        return installed[-1].parent
    elsewhere = shutil.which("initdb")
    if elsewhere is None:
        raise PostgresMissingError(MISSING)
    return Path(elsewhere).resolve().parent


# --- the keeper ------------------------------------------------------------------------------------------------------


class Server:
    """The server's folder, and its process where it runs."""

    def __init__(self, folder: Path, *, is_durable: bool) -> None:
        self._binaries = find_binaries()
        self._data = folder / "data"
        self._log = folder / "log"
        self._is_durable = is_durable
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user = _somebody_without_rights()
        self._as_group = pwd.getpwnam(self._as_user).pw_gid if self._as_user else None
        if self._as_user:
            shutil.chown(folder, self._as_user)
        self.address = Address(port=_free_port(), password=secrets.token_hex(16), folder=str(folder))

    def make(self) -> None:
        """Make its folder.

        Raises:
            PostgresFailedError: it cannot be made.
        """
        # MD5 and not SCRAM: a test opens connections by the thousand, and SCRAM is slow so that guessing is. The
        # password is as long as guessing takes for ever, and lives as long as the folder.
        arguments = ["-D", str(self._data), "-U", USER, "--auth-local=trust", "--auth-host=md5"]
        with tempfile.NamedTemporaryFile("w") as password:
            password.write(self.address.password)
            password.flush()
            if self._as_user:
                shutil.chown(password.name, self._as_user)
            made = subprocess.run(  # noqa: S603  # the installed server's own
                [self._binaries / "initdb", *arguments, f"--pwfile={password.name}", *BARE],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                cwd="/",
                user=self._as_user,
                group=self._as_group,
                extra_groups=[] if self._as_user else None,
            )
        if made.returncode:
            raise PostgresFailedError((made.stdout + made.stderr).decode(errors="replace"))

    def start(self) -> None:
        """Start it, and wait until it lets people in.

        Raises:
            PostgresFailedError: it does not.
        """
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.address.port),
            "unix_socket_directories": self.address.folder,
            "unix_socket_permissions": "0700",
            "max_connections": "400",
            "timezone": "UTC",
            **({} if self._is_durable else FORGETFUL),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # the installed server's own
                [self._binaries / "postgres", "-D", self._data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                user=self._as_user,
                group=self._as_group,
                extra_groups=[] if self._as_user else None,
            )
        latest = time.monotonic() + PATIENCE
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > latest:
                raise PostgresFailedError(self._log.read_text(errors="replace"))
            time.sleep(LOOK_AGAIN)

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT breaks off what runs and writes down what was committed, SIGQUIT writes nothing."""
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _is_ready(self) -> bool:
        with suppress(OSError):  # not written yet
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            return len(lines) > STATUS_LINE and lines[STATUS_LINE].startswith(READY)
        return False


def _somebody_without_rights() -> str | None:
    """Return the user to run as, or None for ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in WITHOUT_RIGHTS if name in known), None)


def _free_port() -> int:
    with socket.socket() as looking:
        looking.bind(("127.0.0.1", 0))
        return int(looking.getsockname()[1])


def keep(*, is_durable: bool) -> None:
    """Run a server until standard input ends. Says its address, then `{}` after every `stop` and `start` it reads."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = Server(folder, is_durable=is_durable)
    try:
        server.make()
        server.start()
        _say(asdict(server.address))
        for line in sys.stdin:
            server.stop() if line.strip() == "stop" else server.start()
            _say({})
    except PostgresFailedError as error:
        _say({"failed": str(error)})
    finally:
        server.stop(how=signal.SIGQUIT)
        shutil.rmtree(folder)


def _say(answer: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):  # nobody is there any more; then the input has ended too
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def main(arguments: Sequence[str]) -> None:
    """Be the keeper."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.postgresql", description=__doc__)
    parser.add_argument("--durable", action="store_true", help="wait for the disk at every commit")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        keep(is_durable=parser.parse_args(arguments).durable)


if __name__ == "__main__":
    main(sys.argv[1:])
