"""What an owner chooses from, with its price in dollars: the models, and the first limits. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.catalogue import NotEstimable, Price
from services.models import VideoModel, VideoSpec

MICROUSD: Final = Decimal(1_000_000)
CENT: Final = Decimal("0.01")
MEMBERS: Final = 10
"""Of a server that one can imagine, for the worst day."""
MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One model, as it would make what a member asks for who says nothing but what to see."""

    model: VideoModel
    spec: VideoSpec
    price: Price | NotEstimable


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The first limits."""

    videos_per_day: int
    """For each member and server."""
    budget_usd: Decimal
    """For everything, in 30 days."""


def listed(choices: Sequence[Choice]) -> Sequence[Choice]:
    """Return those that can be chosen, the cheapest first: a model whose price nobody knows is none of them."""
    priced = [(each.price.estimate_microusd, each) for each in choices if isinstance(each.price, Price)]
    return [each for _, each in sorted(priced, key=lambda pair: (pair[0], pair[1].model.id))][:MOST_SHOWN]


def table(choices: Sequence[Choice], *, start: int = 1) -> str:
    """Return one numbered line for each model."""
    width = max((len(each.model.id) for each in choices), default=0)
    return "\n".join(
        f"{number:>4}  {each.model.id:<{width}}  {_dollars(_estimate(each)):>6}  {_shape(each.spec)}"
        for number, each in enumerate(choices, start)
    )


def chosen(choices: Sequence[Choice], text: str) -> Choice | None:
    """Return the model that a number or an id names; None where none is."""
    wanted = text.strip().lower()
    if wanted.isdecimal():
        number = int(wanted)
        return choices[number - 1] if 1 <= number <= len(choices) else None
    return next((each for each in choices if each.model.id == wanted), None)


def worth(limits: Limits, choice: Choice | None) -> str:
    """Return what the limits come to: for one member, for a server, and for the month. None: no price is known."""
    stop = f"In any case everything together stops at {_usd(limits.budget_usd)} in 30 days"
    if choice is None or not isinstance(choice.price, Price) or not choice.price.estimate_microusd:
        return f"{stop}."
    price = choice.price.estimate_microusd / MICROUSD
    day = limits.videos_per_day * price
    return (
        f"{_videos(limits.videos_per_day)} a day for each member: about {_usd(day)} a day for one, "
        f"{_usd(day * MEMBERS)} a day for {MEMBERS} members\nwho take {choice.model.id} as it is; longer or dearer "
        f"videos cost more.\n{stop}: about {_videos(int(limits.budget_usd / price))} at {_usd(price)}."
    )


def _estimate(choice: Choice) -> int:
    return choice.price.estimate_microusd if isinstance(choice.price, Price) else 0


def _shape(spec: VideoSpec) -> str:
    sound = {True: "with sound", False: "silent", None: ""}[spec.audio]
    return ", ".join(part for part in (f"{spec.duration} s", spec.resolution or "", sound) if part)


def _dollars(microusd: int) -> str:
    return _usd(microusd / MICROUSD)


def _usd(amount: Decimal) -> str:
    return f"${amount.quantize(CENT):f}"


def _videos(count: int) -> str:
    return f"{count} video" if count == 1 else f"{count} videos"
