"""What is promised of fitted clips, and whether the figures keep it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.media.clips import HEADLINE
from bench.media.promises import Cancel, Decision
from bench.media.rows import Row

FIRST_ATTEMPTS: Final = 0.99
"""Of all encodes."""
USED: Final = (0.90, 0.99)
USED_AT: Final = (10, 20)
"""The share of the limit that natural clips use, and the limits (MiB) at which that counts."""
HEADLINE_AT: Final = 10
MOST_CPU: Final = 12.0
MOST_MEMORY: Final = 320.0
"""MB, of 10^6 bytes."""
LEAST_VMAF: Final = 99.0
DECIDED_IN_MS: Final = 1.0
LAG_MS: Final = 10.0
CANCELLED_IN_MS: Final = 100.0
MEGABYTES_IN_MIB: Final = 1.048576


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One promise. `is_met` is None where it was not measured."""

    name: str
    wanted: str
    seen: str
    is_met: bool | None

    @property
    def verdict(self) -> str:
        """In words."""
        return {True: "met", False: "NOT MET", None: "not measured"}[self.is_met]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that was measured."""

    rows: Sequence[Row]
    """Of the set of natural clips."""
    diced: Sequence[Row]
    decision: Decision
    cancels: Sequence[Cancel]
    lag_ms: float
    """The 99th percentile over all encodes."""
    idle_lag_ms: float
    """The same while nothing was encoded: what is owed to the machine."""
    measure: str | None
    """What `likeness` is; None where nothing was compared."""
    ceiling: float | None
    """What the measure says of the headline's clip compared with itself."""


def judge(figures: Figures) -> Sequence[Goal]:
    """Return every goal with what was seen."""
    return (*_sizes(figures), *_headline(figures), *_promises(figures))


def _sizes(figures: Figures) -> Sequence[Goal]:
    rows = [*figures.rows, *figures.diced]
    encodes = [row for row in rows if row.is_encoded or row.attempts]
    over = [row for row in rows if row.size_over_limit > 1]
    first = [row for row in encodes if row.attempts == 1]
    used = [row.size_over_limit for row in figures.rows if row.is_encoded and row.limit_mib in USED_AT]
    return (
        Goal(
            name="never over the limit",
            wanted="0",
            seen=f"{len(over)} of {len(rows)}, largest {max((row.size_over_limit for row in rows), default=0):.4f}",
            is_met=not over,
        ),
        Goal(
            name="one attempt is enough",
            wanted=f"{FIRST_ATTEMPTS:.0%} of encodes",
            seen=f"{len(first)} of {len(encodes)}",
            is_met=len(first) >= FIRST_ATTEMPTS * len(encodes) if encodes else None,
        ),
        Goal(
            name="share of 10 and 20 MiB used by natural clips",
            wanted=f"{USED[0]:.2f} to {USED[1]:.2f}",
            seen=f"{min(used):.3f} to {max(used):.3f} in {len(used)} encodes" if used else "-",
            is_met=USED[0] <= min(used) and max(used) <= USED[1] if used else None,
        ),
    )


def _headline(figures: Figures) -> Sequence[Goal]:
    about = f"{HEADLINE} to {HEADLINE_AT} MiB"
    row = next((row for row in figures.rows if row.clip == HEADLINE and row.limit_mib == HEADLINE_AT), None)
    memory = row.child_mib * MEGABYTES_IN_MIB if row else 0.0
    vmaf = row.likeness if row and figures.measure == "VMAF" else None
    ceiling = f" (the clip against itself: {figures.ceiling:.2f})" if figures.ceiling else ""
    return (
        Goal(
            name=f"{about}: CPU seconds",
            wanted=f"at most {MOST_CPU:.0f}",
            seen=f"{row.cpu_seconds:.2f}" if row else "-",
            is_met=row.cpu_seconds <= MOST_CPU if row else None,
        ),
        Goal(
            name=f"{about}: memory of the child",
            wanted=f"at most {MOST_MEMORY:.0f} MB",
            seen=f"{memory:.0f} MB" if memory else "-",
            is_met=memory <= MOST_MEMORY if memory else None,
        ),
        Goal(
            name=f"{about}: VMAF",
            wanted=f"at least {LEAST_VMAF:.0f}",
            seen=f"{vmaf:.2f}{ceiling}" if vmaf is not None else "-",
            is_met=vmaf >= LEAST_VMAF if vmaf is not None else None,
        ),
    )


def _promises(figures: Figures) -> Sequence[Goal]:
    decision, slowest = figures.decision, max(cancel.took_ms for cancel in figures.cancels)
    left = sum(cancel.processes + cancel.files for cancel in figures.cancels)
    return (
        Goal(
            name="a clip that fits and plays keeps its SHA-256",
            wanted="the same",
            seen="the same" if decision.is_same_clip else "another",
            is_met=decision.is_same_clip,
        ),
        Goal(
            name="and that is decided",
            wanted=f"in under {DECIDED_IN_MS:.0f} ms",
            seen=f"median {decision.median_ms:.2f} ms, p99 {decision.p99_ms:.2f} ms",
            is_met=decision.median_ms < DECIDED_IN_MS,
        ),
        Goal(
            name="event-loop lag p99 during an encode",
            wanted=f"under {LAG_MS:.0f} ms",
            seen=f"{figures.lag_ms:.2f} ms (idle: {figures.idle_lag_ms:.2f} ms)",
            is_met=figures.lag_ms < LAG_MS,
        ),
        Goal(
            name="a cancel leaves no process and no file",
            wanted=f"0, within {CANCELLED_IN_MS:.0f} ms",
            seen=f"{left} left of {len(figures.cancels)} cancels, slowest {slowest:.0f} ms",
            is_met=left == 0 and slowest <= CANCELLED_IN_MS,
        ),
    )
