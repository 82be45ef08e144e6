"""Lets transactions that wait for each other share one commit, because a commit waits for the disk.

They run one after the other inside one outer transaction, each but the first from a savepoint of its own, and see what
those before them wrote. All return when the one COMMIT is on disk, or raise when it fails. One that fails or is
cancelled is rolled back to its savepoint alone. Nobody waits for company: a group is whoever stands in line when a turn
ends.

Whoever has a turn either sends one statement after the other to the driver's thread, or has sent there all that is to
be done. Of the latter as many as stand in line go there together, and with them the COMMIT: the way to another thread
and back costs more than most statements do.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

from services.database.driver import Driver
from services.database.endings import to_the_end

LONGEST: Final = 0.025
"""Seconds after which a group takes nobody else, so that its first do not wait for ever for those who come later."""
ERRANDS_AT_ONCE: Final = 32
"""So many at most go to the driver's thread together."""

Result = TypeVar("Result")
Opening: TypeAlias = Callable[[sqlite3.Connection], None]


class Group:
    """The outer transaction of a group. It is used in the driver's thread alone."""

    def __init__(self) -> None:
        self._turns = 0

    def enter(self, connection: sqlite3.Connection) -> None:
        """Begin a turn. The first needs no savepoint: undone with the whole, it spares a copy of all that it writes."""
        self._turns += 1
        if self._turns == 1:
            connection.execute("BEGIN IMMEDIATE")
            return
        if self._turns > 2:  # noqa: PLR2004  # the second made the first savepoint
            connection.execute("RELEASE turn")
        connection.execute("SAVEPOINT turn")

    def undo(self, connection: sqlite3.Connection, *, cause: Exception | None) -> None:
        """Undo the last turn alone.

        Raises:
            sqlite3.Error: those before it are undone as well, as SQLite does it when the disk is full.
        """
        # A statement of a cancelled task may have been on its way until now, so only here it is known.
        is_open = connection.in_transaction
        if self._turns > 1:
            if not is_open:
                raise cause if isinstance(cause, sqlite3.Error) else sqlite3.OperationalError("rolled back as a whole")
            connection.execute("ROLLBACK TO turn")
            return
        if is_open:
            connection.execute("ROLLBACK")
        self._turns = 0

    def end(self, connection: sqlite3.Connection) -> None:
        """Commit what was done."""
        if self._turns:
            connection.execute("COMMIT")


class Member:
    """One transaction's place in the line, and then in its group."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[sqlite3.Error | None] = asyncio.get_running_loop().create_future()
        """Why what was written and seen is not on disk; None: it is."""
        self.is_over = False

    def end(self, error: sqlite3.Error | None) -> None:
        """Tell whoever waits for it. They may have been cancelled in this very moment, and look at `is_over`."""
        self.is_over = True
        if not self.outcome.done():
            self.outcome.set_result(error)


class Turn(Member):
    """That of one that sends its statements as it goes."""

    def __init__(self) -> None:
        super().__init__()
        loop = asyncio.get_running_loop()
        self.begins: asyncio.Future[None] = loop.create_future()
        self.ends: asyncio.Future[bool] = loop.create_future()
        """Whether what was written is to be kept."""
        self.opening: Opening | None = None
        self.is_open = False
        self.error: sqlite3.Error | None = None

    def open(self) -> Opening | None:
        """Return what the driver's thread has to do ahead of the next statement: of the first, what opens the turn."""
        opening, self.opening, self.is_open = self.opening, None, True
        return opening


class Errand(Member, Generic[Result]):
    """That of one that is done in the driver's thread from beginning to end."""

    def __init__(self, work: Callable[[sqlite3.Connection], Result]) -> None:
        super().__init__()
        self._work = work
        self.is_withdrawn = False
        """Whether it need not be begun, because nobody waits for it any more."""
        self.found: Result | None = None
        self.error: Exception | None = None

    def do(self, connection: sqlite3.Connection, group: Group) -> None:
        """Do it, and undo it should it fail. Raises as `Group.undo`."""
        group.enter(connection)
        try:
            self.found = self._work(connection)
        except Exception as error:  # noqa: BLE001  # raised again where somebody waits for it
            self.error = error
            group.undo(connection, cause=error)


class Line:
    """Everybody who has or wants a transaction on one connection."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._waiting: deque[Member] = deque()
        self._serving: asyncio.Task[None] | None = None
        self.between_groups = asyncio.Lock()
        """To be held for what cannot be done inside a transaction."""

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[Turn]:
        """Wait for a turn, and after the block until what was written and seen in it is on disk.

        Raises:
            sqlite3.Error: it is not, and will never be.
        """
        turn = Turn()
        self._join(turn)
        try:
            await turn.begins
            yield turn
        except Exception as error:
            turn.error = error if isinstance(error, sqlite3.Error) else None
            turn.ends.set_result(False)
            # It may fail for what it saw of others: then that has to come true first.
            await _settled(turn)
            raise
        except BaseException:
            turn.ends.set_result(False)
            raise
        turn.ends.set_result(True)
        await _settled(turn)

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do `work` in a turn, in the driver's thread, and return what it returns once that is on disk.

        Raises:
            sqlite3.Error: it is not, and will never be. Whatever else `work` raises; it was undone.
        """
        errand = Errand(work)
        self._join(errand)
        try:
            await errand.outcome
        except asyncio.CancelledError:
            if not errand.is_over:
                errand.is_withdrawn = True
                # What was begun goes to its end.
                errand.outcome = asyncio.get_running_loop().create_future()
                await to_the_end(errand.outcome)
            raise
        error = errand.outcome.result() or errand.error
        if error is not None:
            raise error
        return cast("Result", errand.found)

    def _join(self, member: Member) -> None:
        self._waiting.append(member)
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve(), name="transactions")

    async def empty(self) -> None:
        """Wait until nobody is in line."""
        while self._serving is not None and not self._serving.done():
            await asyncio.wait({self._serving})

    async def _serve(self) -> None:
        """Serve whoever is in line. A task of its own: what becomes of a group is in no caller's hands."""
        while self._waiting:
            async with self.between_groups:
                await self._serve_group()

    async def _serve_group(self) -> None:
        members: list[Member] = []
        group = Group()
        error: sqlite3.Error | None = sqlite3.OperationalError("given up")
        try:
            await self._take_turns(group, members)
            error = None
        except sqlite3.Error as refusal:
            error = refusal
            await self._driver.run(_roll_back)
        finally:
            for member in members:
                member.end(error)

    async def _take_turns(self, group: Group, members: list[Member]) -> None:
        """Let one after the other have its turn, and commit. Note who shares in the commit.

        Raises:
            sqlite3.Error: SQLite rolled back the whole of it, as it does when the disk is full, or refused the commit.
        """
        clock = asyncio.get_running_loop().time
        latest = clock() + LONGEST
        while self._waiting and clock() < latest:
            errands = [*self._pop_errands()]
            if errands:
                members += errands
                is_last = not self._waiting
                await self._driver.run(partial(_do, errands, group, is_last=is_last))
                if is_last:
                    return
            elif self._waiting and isinstance(turn := self._waiting.popleft(), Turn):
                await self._take_turn(turn, group, members)
        await self._driver.run(group.end)

    def _pop_errands(self) -> Iterator[Errand[Any]]:
        """Take those out of the line that stand at its front, as many as go together."""
        for _ in range(ERRANDS_AT_ONCE):
            errand = self._waiting[0] if self._waiting else None
            if not isinstance(errand, Errand):
                return
            self._waiting.popleft()
            if errand.is_withdrawn:
                errand.end(None)
            else:
                yield errand

    async def _take_turn(self, turn: Turn, group: Group, members: list[Member]) -> None:
        turn.opening = group.enter
        if not turn.begins.cancelled():
            turn.begins.set_result(None)
        is_kept = await turn.ends
        if not turn.is_open:
            turn.end(None)
            return
        members.append(turn)
        if not is_kept:
            await self._driver.run(partial(group.undo, cause=turn.error))


def _do(errands: Sequence[Errand[Any]], group: Group, connection: sqlite3.Connection, *, is_last: bool) -> None:
    for errand in errands:
        errand.do(connection, group)
    if is_last:
        group.end(connection)


async def _settled(turn: Turn) -> None:
    await to_the_end(turn.outcome)
    error = turn.outcome.result()
    if error is not None:
        raise error


def _roll_back(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):  # none is open: BEGIN itself had failed, or SQLite already did it
        connection.execute("ROLLBACK")
