"""How long the API asks us to wait, in any of the ways it may say so."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = timedelta(hours=1)
_NONE: Final = timedelta(0)


def retry_after(headers: Mapping[str, str], *, now: datetime, body_seconds: Decimal | None = None) -> timedelta | None:
    """The wait that was asked for, between nothing and `LONGEST`, or None when nothing readable was said.

    The official client reads `retry-after-ms` before `Retry-After`, which may hold seconds or a date; model errors
    carry `availability.retry_after` in the body. `headers` are looked up as given, so pass a case-insensitive mapping.
    """
    seconds = _number(headers.get("retry-after-ms"), scale=1000)
    if seconds is None:
        seconds = _number(headers.get("Retry-After"))
    if seconds is None:
        seconds = _until(headers.get("Retry-After"), now=now)
    if seconds is None and body_seconds is not None:
        seconds = float(body_seconds)
    if seconds is None:
        return None
    return timedelta(seconds=min(max(seconds, _NONE.total_seconds()), LONGEST.total_seconds()))


def _number(text: str | None, *, scale: int = 1) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number / scale if math.isfinite(number) else None


def _until(text: str | None, *, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    # "-0000" means a zone that is not known; HTTP dates are always GMT.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()
