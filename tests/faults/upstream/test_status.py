"""What the video API can do to a look at a running job, row by row. A look is free and harmless: it is taken again."""

from typing import Final

import pytest

from sandbox.openrouter import (
    Answer,
    EndlessBody,
    GzipBomb,
    JobPlan,
    Reset,
    Silence,
    SlowBody,
    TruncatedBody,
    Truncation,
)
from services.limits import NoticeKind
from services.models import FailureReason
from tests.e2e.house import House
from tests.faults.upstream.play import play
from tests.faults.upstream.rows import OWN_WORDS, PAGE, Money, Row, arrives, not_bought, says, shows

A_LOOK: Final = 3
"""How often the client asks within one look before it gives up; one more is the next look."""
ACCOUNT: Final = (NoticeKind.ACCOUNT,)

TABLE: Final = (
    *(arrives(f"{status}", says("status", status, times=2)) for status in (400, 409, 413)),
    *(arrives(f"{status}", says("status", status, times=A_LOOK + 1)) for status in (408, 500, 502, 503, 504, 524)),
    arrives("429 with Retry-After", says("status", 429, after=1, times=A_LOOK + 1)),
    arrives("429 without Retry-After", says("status", 429, times=A_LOOK + 1)),
    arrives("401 for a moment", says("status", 401)),
    arrives("401", says("status", 401, times=2 * A_LOOK), owner=ACCOUNT),
    arrives("402", says("status", 402, times=2 * A_LOOK), owner=ACCOUNT),
    arrives("403 for the budget", says("status", 403, times=2 * A_LOOK), owner=ACCOUNT),
    arrives("403 by moderation", says("status", 403, times=2, reasons=["violence"])),
    arrives("403 of the edge", shows("status", PAGE, status=403, times=2)),
    arrives("404 right after the order", says("status", 404, times=3)),
    arrives("410 right after the order", says("status", 410, times=3)),
    arrives("garbage", shows("status", OWN_WORDS, kind="application/json", times=A_LOOK + 1)),
    arrives("a page with 200", shows("status", PAGE, times=A_LOOK + 1)),
    arrives("nothing", shows("status", "", times=A_LOOK + 1)),
    arrives("an answer without a status", Answer(route="status", status=200, json={"id": "x"}, times=A_LOOK + 1)),
    arrives("a reset", Reset(route="status", times=2 * A_LOOK)),
    arrives("silence", Silence(route="status", times=A_LOOK), hurries=True),
    arrives("a slow body", SlowBody(route="status", bytes_per_second=100)),
    arrives("an endless body", EndlessBody(route="status", times=A_LOOK)),
    arrives("a gzip bomb", GzipBomb(route="status", size=1 << 26, times=A_LOOK)),
    *(
        arrives(f"cut off ({style})", TruncatedBody(route="status", style=style, times=A_LOOK + 1))
        for style in Truncation
    ),
    arrives("pending until it is made", JobPlan(shows_progress=False)),
    arrives("a word that nobody knows", Answer(route="status", status=200, json={"status": OWN_WORDS}, times=4)),
    not_bought(
        "failed, the content was filtered",
        JobPlan(status="failed", error=f"content filtered: {OWN_WORDS}"),
        reason=FailureReason.REFUSED,
    ),
    not_bought("failed", JobPlan(status="failed", error=OWN_WORDS), reason=FailureReason.UPSTREAM_FAILED),
    not_bought("dead", JobPlan(status="dead"), reason=FailureReason.UPSTREAM_FAILED),
    not_bought("cancelled there", JobPlan(status="cancelled"), reason=FailureReason.UPSTREAM_FAILED),
    not_bought("expired there", JobPlan(status="expired"), reason=FailureReason.EXPIRED),
    Row(
        name="failed, and billed",
        script=[JobPlan(status="failed", error=OWN_WORDS, final_fields={"usage": {"cost": 0.05}})],
        reason=FailureReason.UPSTREAM_FAILED,
        money=Money.BILLED,
        counts=False,
        sales=0,  # the stand-in charges for what it made alone; the bot believes the bill
    ),
)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_a_look_that_goes_wrong_loses_no_video(house: House, row: Row) -> None:
    await play(house, row)
