"""What a row of these tables says: what the video API does to one job, and what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sandbox.openrouter import Answer, Fault
from services.limits import NoticeKind
from services.models import FailureReason

OWN_WORDS: Final = "upstream-canary @everyone <script> sk-or-v1-canary"
"""What the API says of itself in every fault. Nobody may read it anywhere."""


class Money(StrEnum):
    """What stays of a reservation."""

    FREE = "free"  # nothing is held any more
    HELD = "held"  # all of it, against the owner's budgets, because it may have been spent
    BILLED = "billed"  # what the API says it cost, in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault, or a script of several, and everything that follows from it."""

    name: str
    script: Sequence[Fault]
    """Each is meant for the disturbed job alone; the healthy one beside it is never touched."""
    reason: FailureReason | None = None
    """Why the member reads that there will be no clip; None: the clip is posted, and plays."""
    money: Money = Money.BILLED
    counts: bool = True
    """Whether the video counts against its member's day in the end; False: it was given back."""
    posts: int = 1
    """Orders that reach the API for the disturbed job. More than one only where it said that it took none."""
    sales: int = 1
    """Videos that the API then makes for it, and bills."""
    owner: Sequence[NoticeKind] = ()
    """What the owner is told, in this order."""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    hurries: bool = False
    """The wait is long, and nothing of it happens on the wire."""


def arrives(name: str, *script: Fault, owner: Sequence[NoticeKind] = (), posts: int = 1, hurries: bool = False) -> Row:
    """Say that the clip is posted all the same."""
    return Row(name=name, script=script, owner=owner, posts=posts, hurries=hurries)


def unknown(name: str, *script: Fault, sales: int, hurries: bool = False) -> Row:
    """Say that nobody can tell whether it was bought: it is not ordered again, and its money stays held."""
    return Row(
        name=name,
        script=script,
        reason=FailureReason.SUBMIT_UNKNOWN,
        money=Money.HELD,
        counts=False,
        sales=sales,
        owner=(NoticeKind.UNKNOWN,),
        hurries=hurries,
    )


def not_bought(name: str, *script: Fault, reason: FailureReason) -> Row:
    """Say that it fails, was never bought and weighs nothing."""
    return Row(name=name, script=script, reason=reason, money=Money.FREE, counts=False, sales=0)


def lost(name: str, *script: Fault, reason: FailureReason, hurries: bool = False) -> Row:
    """Say that it was made and billed, and is of no use: the owner pays, the member's count is given back."""
    return Row(name=name, script=script, reason=reason, money=Money.BILLED, counts=False, hurries=hurries)


def says(
    route: str,
    status: int,
    *,
    times: int | None = 1,
    after: int | None = None,
    is_busy: bool = False,
    **metadata: object,
) -> Answer:
    """Answer with an error in the API's own shape. `after`: seconds of a `Retry-After`."""
    error: dict[str, object] = {"code": status, "message": OWN_WORDS}
    if metadata:
        error["metadata"] = metadata
    if is_busy:
        error["error_type"] = "provider_overloaded"
    headers = {} if after is None else {"Retry-After": str(after)}
    return Answer(route=route, status=status, json={"error": error}, headers=headers, times=times)


def shows(
    route: str,
    text: str,
    *,
    status: int = 200,
    kind: str = "text/html",
    times: int | None = 1,
    after_work: bool = False,
) -> Answer:
    """Answer with something that is not the API's: a page, garbage, nothing."""
    return Answer(
        route=route, status=status, text=text, headers={"Content-Type": kind}, times=times, after_work=after_work
    )


PAGE: Final = f"<html><title>524</title>{OWN_WORDS}</html>"
