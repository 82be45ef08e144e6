"""Lets transactions that wait for each other share one commit, because a commit waits for the disk.

They run one after the other inside one outer transaction, each but the first from a savepoint of its own, and see what
those before them wrote. All return when the one COMMIT is on disk, or raise when it fails. One that fails or is
cancelled is rolled back to its savepoint alone. Nobody waits for company: a group is whoever stands in line when a turn
ends.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from services.database.driver import Driver
from services.database.endings import to_the_end

LONGEST: Final = 0.025
"""Seconds after which a group takes nobody else, so that its first do not wait for ever for those who come later."""
BEGIN: Final = ("BEGIN IMMEDIATE",)
"""The first of a group needs no savepoint: it is undone with the whole. That spares a copy of all that it writes."""
SECOND: Final = ("SAVEPOINT turn",)
NEXT: Final = ("RELEASE turn", "SAVEPOINT turn")


class Turn:
    """One transaction's place in the line, and then in its group."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.begins: asyncio.Future[None] = loop.create_future()
        self.ends: asyncio.Future[bool] = loop.create_future()
        """Whether what was written is to be kept."""
        self.outcome: asyncio.Future[sqlite3.Error | None] = loop.create_future()
        """Why what was written and seen is not on disk; None: it is."""
        self.opening: Sequence[str] = ()
        self.is_open = False
        self.error: sqlite3.Error | None = None

    def open(self) -> Sequence[str]:
        """Return what the driver's thread has to run ahead of the next statement: of the first, what opens the turn."""
        opening, self.opening, self.is_open = self.opening, (), True
        return opening


class Line:
    """Everybody who has or wants a transaction on one connection."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._waiting: deque[Turn] = deque()
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
        self._waiting.append(turn)
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve(), name="transactions")
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
        members: list[Turn] = []
        error: sqlite3.Error | None = sqlite3.OperationalError("given up")
        try:
            await self._take_turns(members)
            await self._driver.run(_commit if members else _roll_back)
            error = None
        except sqlite3.Error as refusal:
            error = refusal
            await self._driver.run(_roll_back)
        finally:
            for turn in members:
                turn.outcome.set_result(error)

    async def _take_turns(self, members: list[Turn]) -> None:
        """Let one after the other have its turn, and note who shares in the commit, the first of them always kept.

        Raises:
            sqlite3.Error: SQLite rolled back the whole of it, as it does when the disk is full.
        """
        opening: Sequence[str] = BEGIN
        clock = asyncio.get_running_loop().time
        latest = clock() + LONGEST
        while self._waiting and clock() < latest:
            turn = self._waiting.popleft()
            is_kept = await _take_turn(turn, opening)
            if not turn.is_open:
                turn.outcome.set_result(None)
            elif is_kept:
                members.append(turn)
                opening = SECOND if opening == BEGIN else NEXT
            elif members:
                members.append(turn)
                if not await self._driver.run(_undo):
                    raise turn.error or sqlite3.OperationalError("rolled back as a whole")
                opening = ()
            else:
                turn.outcome.set_result(None)
                return


async def _take_turn(turn: Turn, opening: Sequence[str]) -> bool:
    """Return whether what was written in the turn is to be kept."""
    turn.opening = opening
    if not turn.begins.cancelled():
        turn.begins.set_result(None)
    return await turn.ends


async def _settled(turn: Turn) -> None:
    await to_the_end(turn.outcome)
    error = turn.outcome.result()
    if error is not None:
        raise error


def _undo(connection: sqlite3.Connection) -> bool:
    """Undo the last turn alone. Return whether those before it still stand."""
    # A statement of a cancelled task may have been on its way until now, so only here it is known.
    if connection.in_transaction:
        connection.execute("ROLLBACK TO turn")
    return connection.in_transaction


def _commit(connection: sqlite3.Connection) -> None:
    connection.execute("COMMIT")


def _roll_back(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):  # none is open: BEGIN itself had failed, or SQLite already did it
        connection.execute("ROLLBACK")
