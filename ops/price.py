"""`bot.py price`: what a request would cost, and what would be reserved for it, before anybody asks for it."""

import asyncio
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from services.catalogue import NotEstimable, Price, price
from services.models import VideoModel, VideoSpec
from services.openrouter import OpenRouterClient, read_models

MICROUSD: Final = Decimal(1_000_000)


@dataclass(eq=False)
class PriceNotStatedError(Exception):
    """The question cannot be answered. `why` says what to do."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be priced: a request as it would be sent, and what it sends along."""

    spec: VideoSpec
    frames: int = 0
    references: int = 0
    video_reference: bool = False
    continuation: bool = False


def answer(question: Question, models: tuple[VideoModel, ...]) -> Price | NotEstimable:
    """Return the price by the model's own price list.

    Raises:
        PriceNotStatedError: the model is not in the list.
    """
    model = next((model for model in models if model.id == question.spec.model), None)
    if model is None:
        raise PriceNotStatedError(f"There is no model {question.spec.model} in the list.")
    return price(
        model,
        question.spec,
        frames=question.frames,
        references=question.references,
        video_reference=question.video_reference,
        continuation=question.continuation,
    )


def models_from_file(path: Path) -> tuple[VideoModel, ...]:
    """Read a saved answer of `GET /videos/models`.

    Raises:
        PriceNotStatedError: the file cannot be read, or is no such list.
    """
    try:
        listing = read_models(path.read_bytes())
    except OSError as error:
        raise PriceNotStatedError(f"{path} cannot be read: {error.strerror}.") from None
    if listing is None:
        raise PriceNotStatedError(f"{path} is no list of models. Save the answer of /videos/models and name that file.")
    return listing[0]


def models_from_api(*, base_url: str) -> tuple[VideoModel, ...]:
    """Ask the video API for its models, which takes no key.

    Raises:
        services.errors.UpstreamError: it did not answer.
    """

    async def fetch() -> tuple[VideoModel, ...]:
        async with OpenRouterClient(key="none", base_url=base_url) as client:
            return await client.models()

    return asyncio.run(fetch())


def as_text(found: Price | NotEstimable) -> str:
    """Return the answer for people."""
    if isinstance(found, NotEstimable):
        return f"not estimable: {found.reason}"
    return f"estimate_usd {usd(found.estimate_microusd)}\nreserve_usd {usd(found.reserve_microusd)}"


def as_json(found: Price | NotEstimable) -> str:
    """Return the answer for programs: dollars as decimal strings, or null and why not."""
    if isinstance(found, NotEstimable):
        return json.dumps({"estimate_usd": None, "reserve_usd": None, "why_not": found.reason})
    return json.dumps(
        {"estimate_usd": usd(found.estimate_microusd), "reserve_usd": usd(found.reserve_microusd), "why_not": None}
    )


def usd(microusd: int) -> str:
    """Return micro-dollars as dollars, exactly and without needless zeros."""
    return f"{(Decimal(microusd) / MICROUSD).normalize():f}"
