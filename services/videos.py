"""What members may do: ask for a video, say yes to its price, watch it, cancel it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.catalogue import Catalogue, NotEstimable, Shape
from services.errors import DiskFullError, PriceUnknownError
from services.generation import Worker
from services.jobs import JobStore, NewJob, Offer, OfferBook
from services.limits import Allowance, ServerBook, ServerChoices
from services.models import Job, JobState, Requester, UsualTime, VideoModel, VideoRequest, VideoSpec

LATEST: Final = 5
"""How many ended jobs `/status` shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRules:
    """The owner's choices about prices, in micro-dollars."""

    confirm_above: int
    """A dearer video is made only after its member's yes."""
    unpriced_reserve: int | None
    """What is held for a video whose price cannot be stated; None refuses such models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The circumstances of a request, as Discord vouches for them."""

    interaction_id: int
    channel_id: int
    parent_channel_id: int | None
    """For a thread, the channel that it hangs on."""
    upload_limit: int
    """Bytes."""
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What will be sent, what it should cost (None: nobody can state it) and the most it may, in micro-dollars."""

    spec: VideoSpec
    estimate_microusd: int | None
    reserve_microusd: int

    @property
    def expected_microusd(self) -> int:
        """What the video should cost; what is held for it where nobody can state that."""
        return self.reserve_microusd if self.estimate_microusd is None else self.estimate_microusd


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A request that was reserved, and what its member should read about it."""

    job: Job
    is_new: bool
    """False where Discord delivered the same interaction twice: then it has been answered already."""
    place: int
    """0 where it starts at once, else the place in the queue from 1."""
    allowance: Allowance
    usual: UsualTime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A request that waits for its member's yes, because of its price."""

    offer: Offer
    quote: Quote
    allowance: Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOffer:
    """A model as `/models` shows it: what it makes by default here, for how much, how fast, and whether it may."""

    model: VideoModel
    quote: Quote
    usual: UsualTime | None
    is_allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What `/status` shows of one member in one server."""

    allowance: Allowance
    living: Sequence[Job]
    places: dict[int, int]
    """Of the living jobs that still wait."""
    ended: Sequence[Job]
    """The latest, newest first."""


class CancelOutcome(StrEnum):
    """What came of a wish to cancel."""

    CANCELLED = "cancelled"
    ALREADY_CANCELLED = "already_cancelled"
    TOO_LATE = "too_late"  # sent to the video API, where nothing can be cancelled
    ENDED = "ended"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN_JOB = "unknown_job"


class VideoService:
    """Prices, accepts, shows and cancels videos."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        jobs: JobStore,
        offers: OfferBook,
        servers: ServerBook,
        worker: Worker,
        money: MoneyRules,
        clock: Callable[[], datetime],
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        self.catalogue = catalogue
        self._jobs = jobs
        self._offers = offers
        self._servers = servers
        self._worker = worker
        self._money = money
        self._has_room = has_room
        self._now = clock

    async def request(
        self, request: VideoRequest, requester: Requester, asking: Asking, *, agreed_microusd: int | None = None
    ) -> Accepted | Offered:
        """Complete, price and check a request, then reserve it, or offer it where its price takes a yes.

        `agreed_microusd` is the price that the member has said yes to. Nothing is bought before `acknowledge`.

        Raises:
            RequestError: with what the member can do about it; nothing was reserved.
        """
        if not self._has_room():
            raise DiskFullError
        request = replace(request, prompt=_in_whole_characters(request.prompt))
        quote = await self._quote(request, requester)
        new = NewJob(
            interaction_id=asking.interaction_id,
            channel_id=asking.channel_id,
            parent_channel_id=asking.parent_channel_id,
            prompt=request.prompt,
            spec=quote.spec,
            upload_limit=asking.upload_limit,
            estimate_microusd=quote.estimate_microusd or 0,
            reserved_microusd=quote.reserve_microusd,
            created_at=asking.asked_at,
        )
        if quote.expected_microusd > max(self._money.confirm_above, agreed_microusd or 0):
            return await self._offer(new, quote, requester)
        reservation = await self._jobs.reserve(new, requester, now=self._now())
        return Accepted(
            job=reservation.job,
            is_new=reservation.is_new,
            place=(await self._jobs.places(now=self._now())).get(reservation.job.id, 0),
            allowance=reservation.allowance,
            usual=await self._jobs.usual_time(quote.spec.model),
        )

    async def confirm(self, offer_id: int, requester: Requester, asking: Asking) -> Accepted | Offered | None:
        """Go on with an offer to which its member said yes. None where it was taken before, or is too old.

        Offered again where the price has risen meanwhile. Raises as `request` does.
        """
        offer = await self._offers.take(offer_id, requester, now=self._now())
        if offer is None:
            return None
        return await self.request(offer.request, requester, asking, agreed_microusd=offer.microusd)

    async def decline(self, offer_id: int, requester: Requester) -> bool:
        """Forget an offer. Return whether it still stood."""
        return await self._offers.take(offer_id, requester, now=self._now()) is not None

    async def acknowledge(self, job: Job, message_id: int) -> None:
        """Note that the member sees the status message: the job may now cost money."""
        await self._jobs.acknowledge(job.id, message_id, now=self._now())
        self._worker.wake()

    async def withdraw(self, job: Job) -> None:
        """Take a request back whose answer Discord refused; its reservation is released."""
        await self._jobs.cancel(job.id, now=self._now(), told=True)

    async def cancel(self, job_id: int, requester: Requester) -> tuple[CancelOutcome, Job | None]:
        """Cancel a job for its member, or for a moderator of its server, while it waits in our queue."""
        job = await self._jobs.get(job_id)
        if job is None or job.guild_id != requester.guild_id:
            return CancelOutcome.UNKNOWN_JOB, None
        if requester.user_id != job.user_id and not requester.is_moderator:
            return CancelOutcome.NOT_ALLOWED, job
        # Not told yet: the answer to the click may die with the process, so the worker shows it as well.
        cancelled = await self._jobs.cancel(job_id, now=self._now(), told=False)
        if cancelled is not None:
            self._worker.wake()
            return CancelOutcome.CANCELLED, cancelled
        job = await self._jobs.get(job_id) or job
        if not job.is_terminal:
            return CancelOutcome.TOO_LATE, job
        is_cancelled = job.state is JobState.CANCELLED
        return (CancelOutcome.ALREADY_CANCELLED if is_cancelled else CancelOutcome.ENDED), job

    async def standing(self, requester: Requester, *, at: datetime) -> Standing:
        """Return what the member has running, left and behind them in this server."""
        allowance, living, ended = await self._jobs.standing(requester, at=at, latest=LATEST)
        places = await self._jobs.places(now=self._now())
        return Standing(
            allowance=allowance,
            living=living,
            places={job.id: places[job.id] for job in living if job.id in places},
            ended=ended,
        )

    async def models(self, requester: Requester) -> Sequence[ModelOffer]:
        """Return every model on offer with its default shape here, the cheapest first."""
        await self.catalogue.models()
        choices = await self._servers.choices(requester.guild_id)
        offers: list[ModelOffer] = []
        for model in self.catalogue.cached():
            spec = self.catalogue.choose(VideoRequest(prompt="", model=model.id), shape=self._shape(choices))
            quote = self._priced(spec)
            is_priced = quote.estimate_microusd is not None or self._money.unpriced_reserve is not None
            offers.append(
                ModelOffer(
                    model=model,
                    quote=quote,
                    usual=await self._jobs.usual_time(model.id),
                    is_allowed=is_priced and (not choices.models or model.id in choices.models),
                )
            )
        return sorted(offers, key=lambda offer: (offer.quote.estimate_microusd is None, offer.quote.expected_microusd))

    async def _quote(self, request: VideoRequest, requester: Requester) -> Quote:
        await self.catalogue.models()
        choices = await self._servers.choices(requester.guild_id)
        model = request.model or self._default_model(choices)
        spec = self.catalogue.choose(replace(request, model=model), shape=self._shape(choices))
        quote = self._priced(spec)
        if quote.estimate_microusd is None and self._money.unpriced_reserve is None:
            raise PriceUnknownError(spec.model)
        return quote

    async def _offer(self, new: NewJob, quote: Quote, requester: Requester) -> Offered:
        """Offer what would be accepted; what would not is refused now, and not only after the yes."""
        allowance = await self._jobs.preview(new, requester, now=self._now())
        offer = await self._offers.make(
            new.prompt,
            new.spec,
            requester,
            channel_id=new.channel_id,
            microusd=quote.expected_microusd,
            now=self._now(),
        )
        return Offered(offer=offer, quote=quote, allowance=allowance)

    def _priced(self, spec: VideoSpec) -> Quote:
        stated = self.catalogue.price_of(spec)
        if isinstance(stated, NotEstimable):
            return Quote(spec=spec, estimate_microusd=None, reserve_microusd=self._money.unpriced_reserve or 0)
        return Quote(spec=spec, estimate_microusd=stated.estimate_microusd, reserve_microusd=stated.reserve_microusd)

    def _default_model(self, choices: ServerChoices) -> str | None:
        """Return the server's default, else the first that it allows, else None for the bot's own."""
        default = self.catalogue.default()
        allowed = (model for model in choices.models if self.catalogue.offers(model))
        if choices.model is not None and self.catalogue.offers(choices.model):
            return choices.model
        if default is not None and default.id in choices.models:
            return None
        return next(allowed, None)

    def _shape(self, choices: ServerChoices) -> Shape:
        own = self.catalogue.shape
        return Shape(
            duration=choices.duration or own.duration,
            resolution=choices.resolution or own.resolution,
            aspect_ratio=choices.aspect_ratio or own.aspect_ratio,
            audio=own.audio if choices.audio is None else choices.audio,
        )


def _in_whole_characters(text: str) -> str:
    """Return the text with U+FFFD for each half of a pair that stands alone: nothing can store one or send it on."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
