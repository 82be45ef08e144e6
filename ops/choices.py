"""What the owner's settings mean in the services' own terms: values only, for `bot.py` to build with."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from services.catalogue import Shape
from services.generation import OriginalLinks, Plan
from services.limits import BotLimits
from services.schedule import Schedule
from services.settings import Settings, password_in
from services.videos import MoneyRules

MICROUSD: Final = 1_000_000


def shape(settings: Settings) -> Shape:
    """Return what a video is where its member says nothing."""
    return Shape(
        duration=settings.default_duration,
        resolution=settings.default_resolution,
        aspect_ratio=settings.default_aspect_ratio,
        audio=settings.default_audio,
    )


def plan(settings: Settings) -> Plan:
    """Return when jobs are looked at and given up, and where the video API may tell of them."""
    return Plan(
        deadline=timedelta(hours=settings.deadline_hours),
        clip_retention=timedelta(hours=settings.clip_retention_hours),
        schedule=Schedule(
            first=timedelta(seconds=settings.first_look_seconds),
            every=timedelta(seconds=settings.look_every_seconds),
            late=timedelta(minutes=settings.soft_deadline_minutes),
            # The owner's own word for what nothing is known of goes before what the bot brings along.
            knows_models="first_look_seconds" not in settings.model_fields_set,
        ),
        callbacks_at=settings.public_url,
    )


def original_links(settings: Settings, *, clock: Callable[[], datetime]) -> OriginalLinks | None:
    """Return how clips are linked to where the world can reach the bot; of all secrets only the token is ours alone."""
    if settings.public_url is None:
        return None
    return OriginalLinks(public_url=settings.public_url, secret=settings.discord_token.get_secret_value(), clock=clock)


def bot_limits(settings: Settings) -> BotLimits:
    """Return the limits that no server can loosen."""
    return BotLimits(
        videos_per_day=settings.videos_per_day,
        running_at_once=settings.user_running_at_once,
        everywhere_per_day=settings.user_videos_per_day_everywhere,
        microusd_everywhere=_microusd(settings.user_usd_everywhere),
        total_microusd=_microusd(settings.budget_usd),
        server_microusd=_microusd(settings.server_budget_usd),
        attempts_per_video=settings.attempts_per_video,
    )


def money_rules(settings: Settings) -> MoneyRules:
    """Return what takes a member's yes, and what is held where no price can be stated."""
    unpriced = settings.unpriced_reserve_usd if settings.allow_unpriced_models else None
    return MoneyRules(confirm_above=int(settings.confirm_above_usd * MICROUSD), unpriced_reserve=_microusd(unpriced))


def secrets(settings: Settings) -> tuple[str, ...]:
    """Return what no log may ever show."""
    known = (settings.discord_token, settings.openrouter_api_key, settings.webhook_secret, settings.database_url)
    written = [secret.get_secret_value() for secret in known if secret is not None]
    # Alone as well: a driver that complains may quote it without the address around it.
    password = password_in(settings.database_url.get_secret_value()) if settings.database_url else None
    return (*written, password) if password else tuple(written)


def _microusd(usd: Decimal | None) -> int | None:
    """Return dollars as micro-dollars; less than one of them is nothing."""
    return None if usd is None else int(usd * MICROUSD)
