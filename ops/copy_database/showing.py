"""One line for each table while it is copied."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Lines

from services.database.copying import Progress, Stage
from services.database.copying.values import Report

DOING: Final = {
    Stage.COMPARING: "comparing",
    Stage.COPYING: "copying",
    Stage.CHECKING: "checking",
}
DONE: Final = {
    Stage.COMPARING: "compared",
    Stage.COPYING: "copied",
    Stage.CHECKING: "checked",
}


@contextmanager
def shown() -> Generator[Report]:
    """Show, on stderr, how far each table is. Without a terminal each line is printed once, at the end."""
    columns = (
        TextColumn("{task.description:<20}"),
        TextColumn("{task.fields[stage]:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Lines(*columns, console=Console(stderr=True)) as lines:
        known: dict[str, TaskID] = {}

        def report(now: Progress) -> None:
            if now.table not in known:
                known[now.table] = lines.add_task(now.table, total=now.of, stage="")
            stage = (DONE if now.done >= now.of else DOING)[now.stage]
            # A table without rows is done as soon as it is begun, and its bar is full.
            lines.update(known[now.table], total=now.of or 1, completed=now.done if now.of else 1, stage=stage)

        yield report
