"""What a request will cost: an estimate, and the most it can come to; pure, in exact numbers.

The estimate is the line of the model's price list that fits the request best. The reserve is what is held until the
bill comes: the dearest line that could apply, and a tenth more, because lines have been misread, clips come with a
frame more than asked for, and 480p may be rendered a little larger. A price is never guessed: what the list does not
say for certain is `NotEstimable`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Final

from services.catalogue.sizes import computed_size, size_of
from services.catalogue.skus import Line, Mode, PriceList, parse
from services.models import VideoModel, VideoSpec

_MARGIN: Final = Decimal("1.10")
_MICROUSD_PER_CENT: Final = 10_000
# A token is 1,024 pixels of one frame, and there are 24 frames to the second.
_FRAMES_PER_SECOND: Final = 24
_PIXELS_PER_TOKEN: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a request will cost, in micro-dollars."""

    estimate_microusd: int
    reserve_microusd: int
    """The most it can come to, in whole cents; never below the estimate."""


@dataclass(frozen=True, slots=True)
class NotEstimable:
    """The price list does not say what the request will cost. `reason` is for the operator."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """The parts of a request that prices depend on."""

    mode: Mode
    seconds: int
    audio: bool
    resolution: str | None
    pixels: int | None
    frames: int
    references: int
    video_input: bool


def price(
    model: VideoModel,
    spec: VideoSpec,
    *,
    frames: int = 0,
    references: int = 0,
    video_reference: bool = False,
    continuation: bool = False,
) -> Price | NotEstimable:
    """Price a request with `frames` frame pictures and `references` reference pictures.

    For a model whose length follows from an input, the price is that of `spec.duration` seconds, no more.
    """
    if spec.duration < 1 or frames < 0 or references < 0:
        return NotEstimable("a length or a count that cannot be")
    prices = parse(model.pricing_skus or {})
    if prices is None or not prices.lines:
        return NotEstimable("no price list, or one with a line that cannot be read")
    order = _Order(
        mode=_mode(frames=frames, references=references, video_reference=video_reference, continuation=continuation),
        seconds=spec.duration,
        # Sound is on when it is left out, unless the model says that it has none.
        audio=spec.audio if spec.audio is not None else model.audio is not False,
        resolution=spec.resolution.lower() if spec.resolution else None,
        pixels=_pixels(model, spec),
        frames=frames,
        references=references,
        video_input=video_reference,
    )
    # Rounding only ever goes up; 60 digits are more than the exact result of any price list needs.
    with localcontext(prec=60, rounding=ROUND_CEILING):
        return _priced(prices, order)


def can_continue(model: VideoModel) -> bool:
    """Whether the model can go on from a clip that it made: it can where it has a price for it."""
    prices = parse(model.pricing_skus or {})
    return prices is not None and any(line.mode is Mode.CONTINUATION for line in prices.lines)


def _priced(prices: PriceList, order: _Order) -> Price | NotEstimable:
    chosen = _best(prices.lines, order)
    possible = [
        line for line in prices.lines if order.resolution is None or line.resolution in {None, order.resolution}
    ]
    if chosen is None:
        return NotEstimable("no line of the price list is for such a request")
    if order.resolution is None and order.frames and any(line.resolution for line in prices.lines):
        return NotEstimable("without a resolution the clip takes that of the picture")
    if order.pixels is None and any(line.per_token for line in possible):
        return NotEstimable("billed by pixels, and the size is not known")
    if chosen.per_token and order.video_input:
        return NotEstimable("the tokens of a video that is sent along are not known")
    estimate = _total(prices, order, base=_base(chosen, order), reference_images=order.references)
    # Whether a frame is billed as a reference picture is not documented, so the reserve says yes.
    billed = order.references + order.frames
    dearest = max(_total(prices, order, base=_base(line, order), reference_images=billed) for line in possible)
    reserve = max(dearest * _MARGIN, estimate)
    return Price(
        estimate_microusd=int((estimate * 1_000_000).to_integral_value()),
        reserve_microusd=int((reserve * 100).to_integral_value()) * _MICROUSD_PER_CENT,
    )


def _mode(*, frames: int, references: int, video_reference: bool, continuation: bool) -> Mode:
    """What the API makes of the inputs: frames win over references."""
    if continuation:
        return Mode.CONTINUATION
    if frames:
        return Mode.IMAGE
    return Mode.REFERENCE if references or video_reference else Mode.TEXT


def _best(lines: Sequence[Line], order: _Order) -> Line | None:
    """The most specific line that fits. Lines per second go before tokens; of equals, the dearer.

    Sound outranks the mode: Kling with sound is `duration_seconds_with_audio`, and not the cheaper `text_to_video_…`.
    """
    fitting = [line for line in lines if _fits(line, order)]
    by_second = [line for line in fitting if not line.per_token]
    return max(by_second or fitting, key=_rank, default=None)


def _fits(line: Line, order: _Order) -> bool:
    if order.mode is Mode.CONTINUATION:
        modes: set[Mode | None] = {Mode.CONTINUATION}
    else:
        modes = {None, order.mode}
    return (
        line.mode in modes
        and line.audio in {None, order.audio}
        and line.resolution in {None, order.resolution}
        and (order.video_input or not line.video_input)
    )


def _rank(line: Line) -> tuple[int, Decimal]:
    if line.per_token:
        score = 4 * line.video_input + 2 * (line.resolution is not None) + (line.audio is not None)
    else:
        score = 4 * (line.audio is not None) + 2 * (line.resolution is not None) + (line.mode is not None)
    return score, line.usd


def _base(line: Line, order: _Order) -> Decimal:
    if not line.per_token:
        return line.usd * order.seconds
    pixel_frames = (order.pixels or 0) * _FRAMES_PER_SECOND * order.seconds
    return line.usd * pixel_frames / _PIXELS_PER_TOKEN


def _total(prices: PriceList, order: _Order, *, base: Decimal, reference_images: int) -> Decimal:
    pictures = (order.frames + order.references) * prices.image_input + reference_images * prices.reference_image
    return max(base + pictures, prices.minimum)


def _pixels(model: VideoModel, spec: VideoSpec) -> int | None:
    if spec.resolution is None or spec.aspect_ratio is None:
        return None
    size = size_of(model, resolution=spec.resolution, aspect_ratio=spec.aspect_ratio) or computed_size(
        resolution=spec.resolution, aspect_ratio=spec.aspect_ratio
    )
    return None if size is None else size[0] * size[1]
