"""What the video API can do to an order, row by row. It is sent again only where the API says that it took none."""

from typing import Final

import pytest

from sandbox.openrouter import Answer, Reset, Silence, TruncatedBody, Truncation
from services.limits import NoticeKind
from services.models import FailureReason
from tests.e2e.house import House
from tests.faults.upstream.play import play
from tests.faults.upstream.rows import OWN_WORDS, PAGE, Row, arrives, not_bought, says, shows, unknown

ACCOUNT: Final = (NoticeKind.ACCOUNT, NoticeKind.ACCOUNT_WORKS)

TABLE: Final = (
    unknown("accepted, then reset", Reset(route="submit", after_work=True), sales=1),
    unknown("reset before anything was done", Reset(route="submit"), sales=0),
    unknown("202 with garbage", shows("submit", OWN_WORDS, status=202, after_work=True), sales=1),
    unknown("202 with a page", shows("submit", PAGE, status=202, after_work=True), sales=1),
    unknown("202 with nothing", shows("submit", "", status=202, after_work=True), sales=1),
    unknown(
        "202 without an id",
        Answer(route="submit", status=202, json={"status": "pending", "note": OWN_WORDS}, after_work=True),
        sales=1,
    ),
    unknown(
        "202 with an id that cannot be asked for",
        Answer(route="submit", status=202, json={"id": "..", "status": "pending"}, after_work=True),
        sales=1,
    ),
    *(unknown(f"202 cut off ({style})", TruncatedBody(route="submit", style=style), sales=1) for style in Truncation),
    unknown("500 after acceptance", shows("submit", PAGE, status=500, after_work=True), sales=1),
    unknown("silence after acceptance", Silence(route="submit", after_work=True), sales=1, hurries=True),
    unknown("silence, then the end", Silence(route="submit", seconds=2), sales=0),
    *(unknown(f"{status}", says("submit", status), sales=0) for status in (408, 409, 410, 500, 502, 503, 504, 524)),
    unknown("524 with a page", shows("submit", PAGE, status=524), sales=0),
    *(
        arrives(name, fault, owner=ACCOUNT, posts=2)
        for name, fault in (
            ("401", says("submit", 401)),
            ("402", says("submit", 402)),
            ("403 for the budget", says("submit", 403)),
        )
    ),
    not_bought(
        "403 by moderation",
        says("submit", 403, reasons=["violence"], flagged_input="a storm"),
        reason=FailureReason.REFUSED,
    ),
    not_bought("403 of the edge", shows("submit", PAGE, status=403), reason=FailureReason.REJECTED),
    *(not_bought(f"{status}", says("submit", status), reason=FailureReason.REJECTED) for status in (400, 404, 413)),
    arrives("429 with Retry-After", says("submit", 429, after=1), posts=2),
    arrives("429 without Retry-After", says("submit", 429), posts=2),
    arrives("503 for want of room", says("submit", 503, is_busy=True), posts=2),
)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_an_order_that_goes_wrong_is_never_bought_twice(house: House, row: Row) -> None:
    await play(house, row)
