"""`bot.py price`: what a request would cost, and what would be reserved for it, before anybody asks for it."""

import asyncio
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from ops.logs import set_up_logging
from services.catalogue import NotEstimable, Price, price
from services.errors import ConfigurationError, UpstreamError
from services.models import VideoModel, VideoSpec
from services.openrouter import OpenRouterClient, read_models
from services.settings import EXIT_CONFIGURATION, video_api_address

MICROUSD: Final = Decimal(1_000_000)
NO_ANSWER: Final = (
    "The video API did not list its models. Try again in a minute, or save its answer and name it by --models-file."
)


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


def command(
    *,
    model: Annotated[str, typer.Option(help="The model's id, such as google/veo-3.1-lite.")],
    duration: Annotated[int, typer.Option(help="Seconds.")] = 5,
    resolution: Annotated[str | None, typer.Option(help="Such as 720p.")] = None,
    aspect_ratio: Annotated[str | None, typer.Option(help="Such as 16:9.")] = None,
    audio: Annotated[bool | None, typer.Option("--audio/--no-audio", help="Left out: as the model has it.")] = None,
    frames: Annotated[int, typer.Option(help="First and last frames that are sent along.")] = 0,
    references: Annotated[int, typer.Option(help="Reference pictures that are sent along.")] = 0,
    video_reference: Annotated[bool, typer.Option(help="Whether a video is sent along as a reference.")] = False,
    continuation: Annotated[bool, typer.Option(help="Whether it continues a video.")] = False,
    models_file: Annotated[
        Path | None, typer.Option(help="A saved answer of /videos/models. Left out: the video API is asked.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what a video would cost, and the most that would be held for it."""
    # Whatever is logged goes to stderr, so that stdout holds the answer and nothing else.
    set_up_logging(level="WARNING", style="auto", secrets=())
    spec = VideoSpec(model=model, duration=duration, resolution=resolution, aspect_ratio=aspect_ratio, audio=audio)
    question = Question(
        spec=spec, frames=frames, references=references, video_reference=video_reference, continuation=continuation
    )
    try:
        models = models_from_file(models_file) if models_file else models_from_api(base_url=video_api_address())
        found = answer(question, models)
    except PriceNotStatedError as error:
        _refuse(error.why, code=1)
    except UpstreamError:
        _refuse(NO_ANSWER, code=1)
    except ConfigurationError as error:
        _refuse("\n".join(error.problems), code=EXIT_CONFIGURATION)
    typer.echo(as_json_line(found) if as_json else as_text(found))


def _refuse(why: str, *, code: int) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(code)


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
        async with OpenRouterClient(key=None, base_url=base_url) as client:
            return await client.models()

    return asyncio.run(fetch())


def as_text(found: Price | NotEstimable) -> str:
    """Return the answer for people."""
    if isinstance(found, NotEstimable):
        return f"not estimable: {found.reason}"
    return f"estimate_usd {usd(found.estimate_microusd)}\nreserve_usd {usd(found.reserve_microusd)}"


def as_json_line(found: Price | NotEstimable) -> str:
    """Return the answer for programs: dollars as decimal strings, or null and why not."""
    if isinstance(found, NotEstimable):
        return json.dumps({"estimate_usd": None, "reserve_usd": None, "why_not": found.reason})
    return json.dumps(
        {"estimate_usd": usd(found.estimate_microusd), "reserve_usd": usd(found.reserve_microusd), "why_not": None}
    )


def usd(microusd: int) -> str:
    """Return micro-dollars as dollars, exactly and without needless zeros."""
    return f"{(Decimal(microusd) / MICROUSD).normalize():f}"
