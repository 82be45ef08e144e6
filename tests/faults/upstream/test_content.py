"""What the video API can do to a clip on its way to us, row by row. It was paid for, so it is fetched again."""

from typing import Final

import pytest

from sandbox.openrouter import EndlessBody, GzipBomb, Reset, Silence, SlowBody, TruncatedBody, Truncation
from services.limits import NoticeKind
from services.models import FailureReason
from tests.e2e.house import House
from tests.faults.upstream.play import play
from tests.faults.upstream.rows import OWN_WORDS, PAGE, Money, Row, arrives, lost, says, shows

ACCOUNT: Final = (NoticeKind.ACCOUNT,)

TABLE: Final = (
    *(arrives(f"{status}", says("content", status)) for status in (400, 404, 408, 409, 413, 500, 502, 503, 504, 524)),
    arrives("429 with Retry-After", says("content", 429, after=1)),
    arrives("429 without Retry-After", says("content", 429)),
    arrives("401 for a moment", says("content", 401)),
    arrives("401", says("content", 401, times=2), owner=ACCOUNT),
    arrives("402", says("content", 402, times=2), owner=ACCOUNT),
    arrives("403 for the budget", says("content", 403, times=2), owner=ACCOUNT),
    arrives("403 by moderation", says("content", 403, times=2, reasons=["violence"])),
    arrives("403 of the edge", shows("content", PAGE, status=403, times=2)),
    lost("410", says("content", 410), reason=FailureReason.EXPIRED),
    *(arrives(f"cut off ({style})", TruncatedBody(style=style)) for style in Truncation),
    lost(
        "cut off without a word, each time",
        TruncatedBody(style=Truncation.SILENT, times=None),
        reason=FailureReason.UNPLAYABLE,
    ),
    arrives("a reset", Reset(route="content")),
    arrives("silence", Silence(route="content"), hurries=True),
    arrives("a slow body", SlowBody(bytes_per_second=100)),
    Row(
        name="an endless body",
        script=[EndlessBody(times=None)],
        settings={"max_clip_mb": 1},
        reason=FailureReason.TOO_LARGE,
        money=Money.BILLED,
        counts=True,
    ),
    arrives("a gzip bomb", GzipBomb()),
    arrives("a page with 200", shows("content", PAGE)),
    arrives("a page that is called a clip", shows("content", PAGE, kind="video/mp4")),
    arrives("an error as JSON with 200", says("content", 200)),
    arrives("nothing", shows("content", "", kind="video/mp4")),
    lost(
        "a page with 200, each time", shows("content", PAGE, times=None), reason=FailureReason.UNPLAYABLE, hurries=True
    ),
    lost("a gzip bomb, each time", GzipBomb(times=None), reason=FailureReason.UNPLAYABLE, hurries=True),
    lost(
        "a page that is called a clip, each time",
        shows("content", f"{PAGE}{OWN_WORDS}", kind="video/mp4", times=None),
        reason=FailureReason.UNPLAYABLE,
    ),
    lost(
        "an error as JSON with 200, each time",
        says("content", 200, times=None),
        reason=FailureReason.UNPLAYABLE,
        hurries=True,
    ),
)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_a_clip_that_goes_wrong_on_its_way_is_fetched_again(house: House, row: Row) -> None:
    await play(house, row)
