"""The course of a copy: look at both ends, write, read again what was written, and only then let it stand."""

import hashlib
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.database.copying.ends import reading, same_place, writing
from services.database.copying.values import (
    LAST_COPY,
    MARK,
    Contents,
    CopyRefusedError,
    End,
    Line,
    Progress,
    Refusal,
    Report,
    Stage,
    Table,
    WritableEnd,
)

AT_ONCE: Final = 1_000
"""Rows that are in memory at a time."""
HEAVY_AT_ONCE: Final = 8
"""Of a table that holds pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What came of it. Both ends hold the same now, whether or not anything had to be written."""

    was_done_before: bool
    sums: Mapping[str, Mapping[str, int]]
    """Of each table: `rows`, and each column that holds numbers. Money is in micro-dollars."""


async def copy(source: Path | str, target: Path | str, *, report: Report, is_rehearsal: bool = False) -> Copied:
    """Copy everything from one database to another: each a file (`Path`), or the address of a PostgreSQL database.

    The target's schema is brought up to date, the source is only read. `is_rehearsal` copies from under a running bot,
    as everything was at one moment.

    Raises:
        CopyRefusedError: with why; the target is as it was.
        StorageError: what `Database.open` raises, or an engine broke down; the target is as it was.
    """
    if same_place(source, target):
        raise CopyRefusedError(Refusal.SAME_PLACE)
    async with AsyncExitStack() as stack:
        read = await stack.enter_async_context(reading(source, is_beside=is_rehearsal))
        mark = await read.fact(MARK)
        if mark is None:
            raise CopyRefusedError(Refusal.NO_MARK)
        write = await stack.enter_async_context(writing(target))
        return await Course(read, write, tables=await tables_of_both(read, write), report=report).run(mark)


async def tables_of_both(source: End, target: End) -> Sequence[Table]:
    """Return the tables of both ends, which have to be the same."""
    found, wanted = await source.tables(), await target.tables()
    unlike = [name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)]
    keyless = [table.name for table in found.values() if not table.key]
    if unlike or keyless:
        raise CopyRefusedError(Refusal.OTHER_SHAPE, sorted({*unlike, *keyless}))
    return [found[name] for name in sorted(found)]


class Course:
    """One copy, between two open ends."""

    def __init__(self, source: End, target: WritableEnd, *, tables: Sequence[Table], report: Report) -> None:
        self._source = source
        self._target = target
        self._tables = tables
        self._report = report

    async def run(self, mark: str) -> Copied:
        """Copy, unless the target holds the same already. Raises `CopyRefusedError`."""
        sums = await self._sums(self._source)
        there = await self._sums(self._target)
        if any(each["rows"] for each in there.values()):
            if await self._target.fact(MARK) != mark:
                raise CopyRefusedError(Refusal.OTHER_DATA)
            if await self._is_same(sums, there):
                return Copied(was_done_before=True, sums=sums)
        await self._write(sums)
        return Copied(was_done_before=False, sums=sums)

    async def _is_same(self, sums: Mapping[str, Mapping[str, int]], there: Mapping[str, Mapping[str, int]]) -> bool:
        """Whether the target holds already what the source does; refuse to write over what a bot has done there."""
        held = await self._contents(self._target, there, stage=Stage.COMPARING)
        if held.sums == sums and held == await self._contents(self._source, sums, stage=Stage.COMPARING):
            return True
        # Either the target is as the last copy left it, or it is what the source was copied from, before it went on.
        left = [_read(await end.fact(LAST_COPY)) for end in (self._target, self._source)]
        if held.digests not in left:
            raise CopyRefusedError(Refusal.USED_SINCE)
        return False

    async def _write(self, sums: Mapping[str, Mapping[str, int]]) -> None:
        await self._target.empty(self._tables)
        digests: dict[str, str] = {}
        for table in self._tables:
            digest = _Digest()
            async for rows in self._pages(self._source, table, rows=sums[table.name]["rows"], stage=Stage.COPYING):
                digest.add(rows)
                await self._target.add(table, rows)
            digests[table.name] = digest.text
        counters = await self._source.counters()
        await self._target.finish(self._tables, counters)
        await self._check(Contents(digests=digests, sums=sums, counters=counters))
        await self._target.remember(LAST_COPY, json.dumps(digests))

    async def _check(self, wanted: Contents) -> None:
        """Read again what was written."""
        written = await self._contents(self._target, await self._sums(self._target), stage=Stage.CHECKING)
        if written != wanted:
            unlike = [
                table.name
                for table in self._tables
                if written.digests[table.name] != wanted.digests[table.name]
                or written.sums[table.name] != wanted.sums[table.name]
                or written.counters.get(table.name) != wanted.counters.get(table.name)
            ]
            raise CopyRefusedError(Refusal.NOT_THE_SAME, unlike)

    async def _contents(self, end: End, sums: Mapping[str, Mapping[str, int]], *, stage: Stage) -> Contents:
        digests: dict[str, str] = {}
        for table in self._tables:
            digest = _Digest()
            async for rows in self._pages(end, table, rows=sums[table.name]["rows"], stage=stage):
                digest.add(rows)
            digests[table.name] = digest.text
        return Contents(digests=digests, sums=sums, counters=await end.counters())

    async def _sums(self, end: End) -> Mapping[str, Mapping[str, int]]:
        return {table.name: await end.sums(table) for table in self._tables}

    async def _pages(self, end: End, table: Table, *, rows: int, stage: Stage) -> AsyncGenerator[Sequence[Line]]:
        """Yield the rows of a table, some at a time, in the order of its key."""
        most = HEAVY_AT_ONCE if any(column.kind == "BLOB" for column in table.columns) else AT_ONCE
        places = [table.names.index(name) for name in table.key]
        after: Line | None = None
        done = 0
        self._report(Progress(table=table.name, stage=stage, done=0, of=rows))
        while page := await end.page(table, after=after, most=most):
            yield page
            done += len(page)
            self._report(Progress(table=table.name, stage=stage, done=done, of=rows))
            after = tuple(page[-1][place] for place in places)


class _Digest:
    """A checksum over rows that is the same whichever engine they came from."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, rows: Sequence[Line]) -> None:
        # `ascii` and not `repr`: which letters the latter spells out differs between versions of Python.
        self._hash.update("\n".join(map(ascii, rows)).encode() + b"\n" * bool(rows))

    @property
    def text(self) -> str:
        return self._hash.hexdigest()


def _read(text: str | None) -> Mapping[str, str]:
    return json.loads(text) if text else {}
