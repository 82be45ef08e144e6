from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.openrouter.retry_after import retry_after

NOW = datetime(2026, 10, 9, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({}, None, None),
        ({"Retry-After": "40"}, None, 40),
        ({"Retry-After": " 1.5 "}, None, 1.5),
        ({"Retry-After": "0"}, None, 0),
        ({"Retry-After": "-5"}, None, 0),
        ({"Retry-After": "86400"}, None, 3600),
        ({"Retry-After": "nan"}, None, None),
        ({"Retry-After": "inf"}, None, None),
        ({"Retry-After": "soon"}, None, None),
        ({"Retry-After": ""}, None, None),
        ({"Retry-After": "soon"}, Decimal(7), 7),
        ({}, Decimal("1e300"), 3600),
        ({"Retry-After": "Fri, 09 Oct 2026 12:00:30 GMT"}, None, 30),
        ({"Retry-After": "Fri, 09 Oct 2026 12:00:30 -0000"}, None, 30),
        ({"Retry-After": "Fri, 09 Oct 2026 11:00:00 GMT"}, None, 0),
        ({"Retry-After": "Fri, 09 Oct 2099 11:00:00 GMT"}, None, 3600),
        ({"retry-after-ms": "1500", "Retry-After": "40"}, None, 1.5),
        ({"retry-after-ms": "?", "Retry-After": "40"}, None, 40),
        ({"Retry-After": "40"}, Decimal(7), 40),
    ],
)
def test_a_wait_is_read_in_every_form(headers: dict[str, str], body: Decimal | None, seconds: float | None) -> None:
    wait = retry_after(headers, now=NOW, body_seconds=body)

    assert (None if wait is None else wait.total_seconds()) == seconds


@given(text=st.text(), body=st.none() | st.decimals(allow_nan=False, allow_infinity=False))
def test_no_text_whatsoever_asks_for_more_than_an_hour(text: str, body: Decimal | None) -> None:
    wait = retry_after({"Retry-After": text, "retry-after-ms": text}, now=NOW, body_seconds=body)

    assert wait is None or 0 <= wait.total_seconds() <= 3600
