"""What both ends of a copy speak of: tables, how far it is, and why it was refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from services.database.migrations import read_migrations
from services.errors import SchemaTooNewError, StorageError

LAST_COPY: Final = "last copy"
"""The fact by which a target remembers what was copied into it. It is the target's own and goes nowhere else."""
REMEMBERING: Final = "facts"
MARK: Final = "mark of this database"
REMAINDER: Final = 1_000_000_007
"""Ids are summed by what is left of them: SQLite's sums end where a number has 64 bits, and ten ids are larger."""

Value = int | str | bytes | None
Line = tuple[Value, ...]
"""The values of one row, in the order of its table's columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column, by the kind of what it holds: `INTEGER`, `TEXT` or `BLOB`."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its columns by name, and which of them make its key, in their order."""

    name: str
    columns: Sequence[Column] = field(default=())
    key: Sequence[str] = ()

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    @property
    def rows(self) -> str:
        """What stands after FROM: every row but the one that is the database's own."""
        if self.name != REMEMBERING:
            return quoted(self.name)
        return f"(SELECT * FROM {quoted(self.name)} WHERE name <> '{LAST_COPY}') AS others"  # noqa: S608  # ours

    @property
    def sums(self) -> str:
        """The columns of a SELECT that adds up the table: its rows, its money, and what is left of other numbers."""
        added = [_sum(column.name) for column in self.columns if column.kind == "INTEGER"]
        return ", ".join(["COUNT(*) AS rows", *added])


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What stands in a database. Two with the same hold the same rows, and give the next of them the same number."""

    digests: Mapping[str, str]
    """Of each table, over all of its rows in the order of its key."""
    sums: Mapping[str, Mapping[str, int]]
    """Of each table, as the engine itself adds them up."""
    counters: Mapping[str, int]
    """The last number given, of each table that numbers its rows by itself."""


class Stage(StrEnum):
    """What is being done to a table."""

    COMPARING = "comparing"  # with a target that is not empty
    COPYING = "copying"
    CHECKING = "checking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one table is."""

    table: str
    stage: Stage
    done: int
    of: int
    """Rows."""


Report = Callable[[Progress], None]


class Refusal(StrEnum):
    """Why nothing was copied."""

    SAME_PLACE = "same_place"  # the source is the target
    NO_SOURCE = "no_source"  # no bot's database is there
    OLD_SCHEMA = "old_schema"  # the source has to be brought up to date first
    NO_MARK = "no_mark"  # no bot was ever started on the source
    SOURCE_IN_USE = "source_in_use"
    TARGET_IN_USE = "target_in_use"
    OTHER_DATA = "other_data"  # the target holds something that is no copy of the source
    USED_SINCE = "used_since"  # the target is a copy, and a bot went on with it
    OTHER_SHAPE = "other_shape"  # the tables of the two are not the same
    NOT_THE_SAME = "not_the_same"  # what was written is not what was read


@dataclass(eq=False)
class CopyRefusedError(StorageError):
    """Nothing was copied. `names` are the tables that it is about, where it is about some."""

    why: Refusal
    names: Sequence[str] = ()


class End(Protocol):
    """One end of a copy, inside its one transaction."""

    async def tables(self) -> Mapping[str, Table]:
        """Return every table but those of the engine's own, by name."""
        ...

    async def page(self, table: Table, *, after: Line | None, most: int) -> Sequence[Line]:
        """Return the first rows of a table whose key comes after a key, in the order of the key."""
        ...

    async def sums(self, table: Table) -> Mapping[str, int]:
        """Add a table up: `rows`, and each column that holds numbers."""
        ...

    async def counters(self) -> Mapping[str, int]:
        """Return the last number given, of each table that numbers its rows by itself."""
        ...

    async def fact(self, name: str) -> str | None:
        """Return a fact about the installation."""
        ...


class WritableEnd(End, Protocol):
    """The end that is written. It is all or nothing: the transaction is the caller's `async with`."""

    async def empty(self, tables: Sequence[Table]) -> None:
        """Remove every row, and let no trigger answer to what is done until `finish`."""
        ...

    async def add(self, table: Table, rows: Sequence[Line]) -> None:
        """Write rows."""
        ...

    async def remember(self, name: str, value: str) -> None:
        """Write a fact that is not there."""
        ...

    async def finish(self, tables: Sequence[Table], counters: Mapping[str, int]) -> None:
        """Let the triggers answer again, and number what comes next after `counters`."""
        ...


def require_current(found: int, migrations: Path) -> None:
    """Look whether a source is of this version's schema, which only a start of the bot may change.

    Raises:
        CopyRefusedError: it has none, or an older one.
        SchemaTooNewError: a newer version of the bot wrote it.
    """
    newest = max(number for number, _ in read_migrations(migrations))
    if found > newest:
        raise SchemaTooNewError(found, newest)
    if found < newest:
        raise CopyRefusedError(Refusal.OLD_SCHEMA if found else Refusal.NO_SOURCE)


def quoted(name: str) -> str:
    """Return the name of a table or a column as a statement holds it."""
    return '"' + name.replace('"', '""') + '"'


def _sum(column: str) -> str:
    what = quoted(column) if column.endswith("microusd") else f"{quoted(column)} % {REMAINDER}"
    return f"COALESCE(SUM({what}), 0) AS {quoted(column)}"
