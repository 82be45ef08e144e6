"""From the API's JSON to the values of the house; pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Final

from pydantic import ValidationError

from services.models import KeyBalance, RemoteState, VideoModel
from services.openrouter import wire
from services.openrouter.redaction import one_line

# More than any clip or key can cost: a number above it is a mistake, and is not believed.
_ABSURD_USD: Final = Decimal(1_000_000)
_ABSURD_COST_USD: Final = Decimal(10_000)
_LONGEST_ID: Final = 200
_LONGEST_NAME: Final = 100
_LONGEST_CLIP_SECONDS: Final = 3600
_MODEL_ID: Final = re.compile(r"[a-z0-9][a-z0-9._:/-]{0,80}")
# A resolution, ratio, size or frame type, such as 720p, 4K, 16:9, 864x496, first_frame. It ends up in menus.
_CHOICE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,19}")

_STATES: Final[Mapping[str, RemoteState]] = {
    # `pending` can be the only word until the end.
    "pending": RemoteState.RUNNING,
    "queued": RemoteState.RUNNING,
    "in_progress": RemoteState.RUNNING,
    "completed": RemoteState.COMPLETED,
    "failed": RemoteState.FAILED,
    # In no schema, but the official AI SDK provider knows it.
    "dead": RemoteState.FAILED,
    "cancelled": RemoteState.CANCELLED,
    "expired": RemoteState.EXPIRED,
}


def state_of(word: str) -> RemoteState | None:
    """The state a status word stands for, or None for a word that we do not know: the set is open."""
    return _STATES.get(word.strip().lower())


def is_usable_id(remote_id: str) -> bool:
    """Whether a job's id can safely be one segment of a path, once it is quoted.

    Two formats are in the wild and more may come, so only what no id can be is refused.
    """
    return 0 < len(remote_id) <= _LONGEST_ID and remote_id.isprintable() and remote_id not in {".", ".."}


def cost_microusd(job: wire.JobBody) -> int | None:
    """What was billed, rounded up; None while unknown and when the number cannot be right."""
    cost = job.usage.cost if job.usage else None
    if cost is None or not 0 <= cost <= _ABSURD_COST_USD:
        return None
    return _microusd(cost, rounding=ROUND_CEILING)


def _microusd(usd: Decimal | None, *, rounding: str) -> int | None:
    if usd is None or abs(usd) > _ABSURD_USD:
        return None
    with localcontext(prec=60, rounding=rounding):
        return int((usd * 1_000_000).to_integral_value())


def read_models(body: bytes) -> tuple[tuple[VideoModel, ...], int] | None:
    """The models, and how many entries could not be read; None when the body is not a list of models."""
    listing = wire.parse(wire.ModelList, body)
    if listing is None:
        return None
    models: dict[str, VideoModel] = {}
    for entry in listing.data:
        model = _model(entry)
        if model is not None:
            models.setdefault(model.id, model)
    return tuple(models.values()), len(listing.data) - len(models)


def _model(entry: object) -> VideoModel | None:
    try:
        found = wire.ModelEntry.model_validate(entry)
    except ValidationError:
        return None
    if not _MODEL_ID.fullmatch(found.id):
        return None
    return VideoModel(
        id=found.id,
        name=one_line(found.name or "")[:_LONGEST_NAME].strip() or found.id,
        created=found.created or 0,
        durations=tuple(sorted({d for d in found.supported_durations or () if 0 < d <= _LONGEST_CLIP_SECONDS})),
        resolutions=_choices(found.supported_resolutions),
        aspect_ratios=_choices(found.supported_aspect_ratios),
        sizes=_choices(found.supported_sizes),
        frame_images=_choices(found.supported_frame_images),
        audio=found.generate_audio,
        seed=found.seed,
        is_upscaler=found.upscale_factor is not None,
        pricing_skus=_skus(found.pricing_skus),
    )


def _choices(values: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values or () if _CHOICE.fullmatch(value)))


def _skus(prices: Mapping[str, str | int | Decimal | None] | None) -> Mapping[str, str] | None:
    # A price of null becomes an empty text, which no reader can take for a number.
    return None if prices is None else {key: "" if price is None else str(price) for key, price in prices.items()}


def read_key(body: bytes) -> KeyBalance | None:
    """What is known of the key; None when the body does not say."""
    answer = wire.parse(wire.KeyBody, body)
    if answer is None:
        return None
    data = answer.data
    budget = data.effective_budget or wire.Budget()
    return KeyBalance(
        limit_microusd=_microusd(data.limit, rounding=ROUND_FLOOR),
        remaining_microusd=_microusd(data.limit_remaining, rounding=ROUND_FLOOR),
        limit_reset=one_line(data.limit_reset or "")[:20] or None,
        used_today_microusd=_microusd(data.usage_daily, rounding=ROUND_CEILING),
        used_this_month_microusd=_microusd(data.usage_monthly, rounding=ROUND_CEILING),
        budget_remaining_microusd=_microusd(budget.remaining_usd, rounding=ROUND_FLOOR),
        budget_resets_at=_moment(budget.resets_at),
        expires_at=_moment(data.expires_at),
    )


def _moment(value: str | int | None) -> datetime | None:
    """A time that is written as ISO 8601 or as unix seconds; a time without a zone is UTC."""
    if value is None:
        return None
    try:
        moment = datetime.fromtimestamp(value, UTC) if isinstance(value, int) else datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
