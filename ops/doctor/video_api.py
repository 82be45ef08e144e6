"""What OpenRouter says: the key, what is left on it, and the default model with its price. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ops.doctor.findings import Finding, NotLookedAt, bad, good, poor, skipped, wrong
from services.catalogue import NotEstimable, Price
from services.errors import AccountError, UpstreamError
from services.models import KeyBalance, VideoModel, VideoSpec

CHECKS: Final = ("openrouter key", "default model")
KEYS: Final = "https://openrouter.ai/settings/keys"
CREDITS: Final = "https://openrouter.ai/settings/credits"
MICROUSD: Final = Decimal(1_000_000)
NAME_ONE: Final = "Name one by DEFAULT_MODEL: uv run bot.py setup lists them with their prices."
FEW_VIDEOS: Final = 10
SOON: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a member gets who names no model."""

    model: VideoModel
    spec: VideoSpec
    price: Price | NotEstimable
    is_the_wanted: bool
    """False where DEFAULT_MODEL has left the list, and another stands in for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoApi:
    """What one look found out. `offer` is None where the list has no model for text."""

    key: KeyBalance | UpstreamError
    offer: Offer | UpstreamError | None


def findings(
    found: VideoApi | NotLookedAt, *, now: datetime, budget: Decimal, takes_unpriced: bool
) -> Sequence[Finding]:
    """Judge everything that the video API said; `budget` is BUDGET_USD."""
    if isinstance(found, NotLookedAt):
        return tuple(skipped(check, found) for check in CHECKS)
    offer = found.offer
    stated = offer.price if isinstance(offer, Offer) else None
    needed = stated.reserve_microusd if isinstance(stated, Price) else 0
    return key(found.key, needed=needed, now=now), default_model(offer, budget=budget, takes_unpriced=takes_unpriced)


def key(found: KeyBalance | UpstreamError, *, needed: int, now: datetime) -> Finding:
    """Judge the key and what is left on it; a video of the default shape holds `needed` micro-dollars."""
    match found:
        case AccountError():
            fix = f"Make a key at {KEYS}, and put it into OPENROUTER_API_KEY."
            return wrong("openrouter key", "OpenRouter does not accept OPENROUTER_API_KEY", fix=fix)
        case UpstreamError():
            fix = "See whether this machine reaches https://openrouter.ai, then try again."
            return bad("openrouter key", "OpenRouter did not answer", fix=fix)
        case KeyBalance():
            return _balance(found, needed=needed, now=now)


def _balance(found: KeyBalance, *, needed: int, now: datetime) -> Finding:
    raise_it = f"Raise its limit at {KEYS}, or add credit at {CREDITS}."
    if found.expires_at is not None and found.expires_at <= now:
        return wrong("openrouter key", "it has expired", fix=f"Make a new one at {KEYS}.")
    lefts = [left for left in (found.remaining_microusd, found.budget_remaining_microusd) if left is not None]
    left = min(lefts, default=None)
    if left is not None and left <= max(needed, 0):
        return bad("openrouter key", f"${dollars(max(left, 0))} left, which buys no video", fix=raise_it)
    if found.limit_microusd is None:
        says = "accepted, and without a limit of its own: only BUDGET_USD bounds what it spends"
        return poor("openrouter key", says, fix=f"Give it a credit limit at {KEYS}, as the outermost bound.")
    says = f"accepted: ${dollars(left or 0)} left of ${dollars(found.limit_microusd)}"
    says += f" ({found.limit_reset})" if found.limit_reset else ""
    if found.expires_at is not None and found.expires_at - now < SOON:
        says += f"; it expires on {found.expires_at:%Y-%m-%d}"
        return poor("openrouter key", says, fix=f"Make a new one at {KEYS} before that.")
    if left is not None and left < FEW_VIDEOS * needed:
        return poor("openrouter key", f"{says}, which is good for fewer than {FEW_VIDEOS} videos", fix=raise_it)
    return good("openrouter key", says)


def default_model(found: Offer | UpstreamError | None, *, budget: Decimal, takes_unpriced: bool) -> Finding:
    """Judge what a member gets who names no model, and what it costs."""
    if isinstance(found, UpstreamError):
        return bad("default model", "OpenRouter did not list its models", fix="Try again in a minute.")
    if found is None:
        return bad("default model", "OpenRouter lists no model that makes videos from text", fix="Try again later.")
    says = f"{found.model.id}, {shape(found.spec)}"
    if isinstance(found.price, NotEstimable):
        says += ", at a price that its list does not say"
        return _unpriced(says, takes_unpriced=takes_unpriced)
    says += f", ${dollars(found.price.estimate_microusd)}"
    if found.price.reserve_microusd > budget * MICROUSD:
        says += f": BUDGET_USD is ${budget:f}, which pays for none"
        return wrong("default model", says, fix="Raise BUDGET_USD, or name a cheaper model by DEFAULT_MODEL.")
    if not found.is_the_wanted:
        return poor("default model", f"{says}: DEFAULT_MODEL is no longer listed, this one stands in", fix=NAME_ONE)
    return good("default model", says)


def _unpriced(says: str, *, takes_unpriced: bool) -> Finding:
    if takes_unpriced:
        return poor("default model", says, fix=NAME_ONE)
    return wrong("default model", f"{says}: every such request is refused", fix=NAME_ONE)


def shape(spec: VideoSpec) -> str:
    """Return what a video will be, such as `5 s, 720p, without sound`."""
    sound = {True: "with sound", False: "without sound", None: ""}[spec.audio]
    return ", ".join(part for part in (f"{spec.duration} s", spec.resolution or "", sound) if part)


def dollars(microusd: int) -> str:
    """Return micro-dollars as dollars with cents."""
    return f"{(Decimal(microusd) / MICROUSD).quantize(Decimal('0.01')):f}"
