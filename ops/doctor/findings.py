"""What a check finds out: one line, how bad it is, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.settings import EXIT_CONFIGURATION

EXIT_WELL: Final = 0
EXIT_TROUBLE: Final = 1


class Status(StrEnum):
    """How bad it is. The words are read by programs, so they never change."""

    OK = "ok"
    WARN = "warn"  # the bot does its work, and somebody should look at it all the same
    FAIL = "fail"  # the bot cannot run, or cannot do its work, before it is put right
    SKIP = "skip"  # not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line. `says` and `fix` hold no secret, whatever the answers of others held."""

    check: str
    status: Status
    says: str
    fix: str | None = None
    """One sentence; None where there is nothing to do."""
    is_configuration: bool = False
    """Whether a failure stands in the settings or in the developer portal: starting again would not help."""


@dataclass(frozen=True, slots=True)
class NotLookedAt:
    """Why facts are missing without anything being wrong with them."""

    why: str


def good(check: str, says: str) -> Finding:
    """Return that all is well."""
    return Finding(check=check, status=Status.OK, says=says)


def poor(check: str, says: str, *, fix: str) -> Finding:
    """Return that somebody should look at it."""
    return Finding(check=check, status=Status.WARN, says=says, fix=fix)


def bad(check: str, says: str, *, fix: str) -> Finding:
    """Return that it does not work, for a reason that may pass or lies in the machine."""
    return Finding(check=check, status=Status.FAIL, says=says, fix=fix)


def wrong(check: str, says: str, *, fix: str) -> Finding:
    """Return that it does not work, and will not before a person has changed what is configured."""
    return Finding(check=check, status=Status.FAIL, says=says, fix=fix, is_configuration=True)


def skipped(check: str, why: NotLookedAt) -> Finding:
    """Return that it was not looked at."""
    return Finding(check=check, status=Status.SKIP, says=why.why)


def exit_code(findings: Sequence[Finding]) -> int:
    """Return 0 where nothing failed, 78 where a person has to change the configuration first, and 1 otherwise."""
    failed = [finding for finding in findings if finding.status is Status.FAIL]
    if any(finding.is_configuration for finding in failed):
        return EXIT_CONFIGURATION
    return EXIT_TROUBLE if failed else EXIT_WELL
