"""What members may do: ask for a video, say yes to its price, watch it, cancel it."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.catalogue import Catalogue, NotEstimable, Shape
from services.errors import DescriptionBlockedError, DiskFullError, PriceUnknownError
from services.jobs import JobStore, NewJob, OfferBook
from services.limits import ConductBook, ServerBook, ServerChoices
from services.measures import UNMEASURED, Measures
from services.models import Job, JobState, Requester, VideoModel, VideoRequest, VideoSpec
from services.pictures import Attached, PictureDesk
from services.videos.refusals import refusals_counted
from services.videos.values import (
    Accepted,
    Asking,
    CancelOutcome,
    Draft,
    ModelOffer,
    MoneyRules,
    Offered,
    Quote,
    Standing,
    in_whole_characters,
)

LATEST: Final = 5
"""How many ended jobs `/status` shows."""


class VideoService:
    """Prices, accepts, shows and cancels videos. `wake` makes the worker look for work."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        jobs: JobStore,
        offers: OfferBook,
        servers: ServerBook,
        conduct: ConductBook,
        pictures: PictureDesk,
        wake: Callable[[], None],
        money: MoneyRules,
        clock: Callable[[], datetime],
        has_room: Callable[[], bool] = lambda: True,
        forgets_prompts: bool = False,
        measures: Measures = UNMEASURED,
    ) -> None:
        self.catalogue = catalogue
        self._jobs = jobs
        self._offers = offers
        self._servers = servers
        self._conduct = conduct
        self._pictures = pictures
        self._wake = wake
        self._money = money
        self._has_room = has_room
        self._forgets_prompts = forgets_prompts
        self._measures = measures
        self._now = clock

    async def request(
        self, request: VideoRequest, requester: Requester, asking: Asking, *, agreed_microusd: int | None = None
    ) -> Accepted | Offered:
        """Complete, price and check a request, then reserve it, or offer it where its price takes a yes.

        `agreed_microusd` is the price that the member has said yes to. Nothing is bought before `acknowledge`.

        Raises:
            RequestError: with what the member can do about it; nothing was reserved.
        """
        with refusals_counted(self._measures):
            draft = await self._draft(request, requester, asking, agreed=agreed_microusd or 0)
            async with self._counting(requester):
                return await self._place(draft, requester)

    async def draft(
        self, request: VideoRequest, requester: Requester, asking: Asking, *, pictures: Sequence[Attached]
    ) -> Draft:
        """Check and price a request that starts from pictures, before any is fetched; nothing is stored.

        Raises:
            RequestError: with what the member can do about it.
        """
        with refusals_counted(self._measures):
            self._pictures.require_fit(pictures)
            draft = await self._draft(replace(request, frames=len(pictures)), requester, asking)
            async with self._counting(requester):
                await self._jobs.preview(draft.new, requester, now=self._now())
        return draft

    async def request_drafted(
        self, draft: Draft, requester: Requester, *, pictures: Sequence[Attached]
    ) -> Accepted | Offered:
        """Fetch the pictures of a draft, then reserve or offer it. Takes seconds; raises as `request` does."""
        with refusals_counted(self._measures):
            async with self._pictures.taken(draft.new.interaction_id, pictures), self._counting(requester):
                return await self._place(draft, requester)

    @asynccontextmanager
    async def _counting(self, requester: Requester) -> AsyncGenerator[None]:
        """Count what is refused for its description: too often pauses the requester, and they hear of it at once."""
        try:
            yield
        except DescriptionBlockedError as error:
            until = await self._conduct.refused(requester, now=self._now())
            raise DescriptionBlockedError(until) from error

    async def _draft(self, request: VideoRequest, requester: Requester, asking: Asking, *, agreed: int = 0) -> Draft:
        """Complete and price a request; `agreed` micro-dollars take no yes any more."""
        if not self._has_room():
            raise DiskFullError
        # Where nobody else is there is nothing to hide, and a status message that lasts is worth more.
        is_private = request.is_private and not asking.in_direct_messages
        request = replace(request, prompt=in_whole_characters(request.prompt), is_private=is_private)
        choices = await self._servers.choices(requester.guild_id)
        quote = await self._quote(request, choices)
        new = NewJob(
            interaction_id=asking.interaction_id,
            channel_id=asking.channel_id,
            parent_channel_id=asking.parent_channel_id,
            in_direct_messages=asking.in_direct_messages,
            is_age_restricted=asking.is_age_restricted,
            prompt=request.prompt,
            is_private=request.is_private,
            is_spoiler=request.is_spoiler,
            member_language=asking.member_language,
            server_language=choices.language or asking.server_language,
            forgets_prompt=self._forgets_prompts,
            spec=quote.spec,
            upload_limit=asking.upload_limit,
            estimate_microusd=quote.estimate_microusd or 0,
            reserved_microusd=quote.reserve_microusd,
            created_at=asking.asked_at,
        )
        needs_yes = quote.expected_microusd > max(self._money.confirm_above, agreed)
        return Draft(request=request, new=new, quote=quote, needs_yes=needs_yes)

    async def _place(self, draft: Draft, requester: Requester) -> Accepted | Offered:
        if draft.needs_yes:
            return await self._offer(draft, requester)
        reservation = await self._jobs.reserve(draft.new, requester, now=self._now())
        places = await self._jobs.places(now=self._now(), of=[reservation.job.id])
        return Accepted(
            job=reservation.job,
            is_new=reservation.is_new,
            place=places.get(reservation.job.id, 0),
            allowance=reservation.allowance,
            usual=await self._jobs.usual_time(draft.quote.spec.model),
        )

    async def confirm(self, offer_id: int, requester: Requester, asking: Asking) -> Accepted | Offered | None:
        """Go on with an offer to which its member said yes. None where it was taken before, or is too old.

        Offered again where the price has risen meanwhile. Raises as `request` does.
        """
        offer = await self._offers.take(offer_id, requester, now=self._now())
        if offer is None:
            return None
        count = offer.request.frames
        async with self._pictures.handed_on(offer.interaction_id, asking.interaction_id, count=count):
            return await self.request(offer.request, requester, asking, agreed_microusd=offer.microusd)

    async def is_private_offer(self, offer_id: int, requester: Requester) -> bool:
        """Whether an offer of the requester's stands that asks nothing of the channel where it was made."""
        return await self._offers.is_private(offer_id, requester)

    async def decline(self, offer_id: int, requester: Requester) -> bool:
        """Forget an offer. Return whether it still stood."""
        offer = await self._offers.take(offer_id, requester, now=self._now())
        if offer is not None:
            await self._pictures.let_go(offer.interaction_id)
        return offer is not None

    async def acknowledge(self, job: Job, message_id: int) -> None:
        """Note that the member sees the status message: the job may now cost money."""
        await self._jobs.acknowledge(job.id, message_id, now=self._now())
        self._wake()

    async def withdraw(self, job: Job) -> None:
        """Take a request back whose answer Discord refused; its reservation is released."""
        await self._jobs.cancel(job.id, now=self._now(), told=True)
        await self._pictures.let_go(job.interaction_id)

    async def cancel(self, job_id: int, requester: Requester) -> tuple[CancelOutcome, Job | None]:
        """Cancel a job for its member, or for a moderator of its server, while it waits in our queue.

        What was asked for in direct messages its member may cancel whatever has become of them in its server.
        """
        job = await self._jobs.get(job_id)
        if job is None or not _is_at_hand(job, requester):
            return CancelOutcome.UNKNOWN_JOB, None
        if requester.user_id != job.user_id and not requester.is_moderator:
            return CancelOutcome.NOT_ALLOWED, job
        # Not told yet: the answer to the click may die with the process, so the worker shows it as well.
        cancelled = await self._jobs.cancel(job_id, now=self._now(), told=False)
        if cancelled is not None:
            self._wake()
            return CancelOutcome.CANCELLED, cancelled
        job = await self._jobs.get(job_id) or job
        if not job.is_terminal:
            return CancelOutcome.TOO_LATE, job
        is_cancelled = job.state is JobState.CANCELLED
        return (CancelOutcome.ALREADY_CANCELLED if is_cancelled else CancelOutcome.ENDED), job

    async def standing(self, requester: Requester, *, at: datetime) -> Standing:
        """Return what the member has running, left and behind them in this server."""
        allowance, living, ended = await self._jobs.standing(requester, at=at, latest=LATEST)
        waiting = [job.id for job in living if job.state is JobState.QUEUED]
        return Standing(
            allowance=allowance,
            living=living,
            places=await self._jobs.places(now=self._now(), of=waiting) if waiting else {},
            ended=ended,
            paused_until=await self._conduct.paused_until(requester.guild_id, requester.user_id, now=self._now()),
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
                    from_picture=self._from_picture(model, spec),
                )
            )
        return sorted(offers, key=lambda offer: (offer.quote.estimate_microusd is None, offer.quote.expected_microusd))

    async def _quote(self, request: VideoRequest, choices: ServerChoices) -> Quote:
        await self.catalogue.models()
        model = request.model or self._default_model(choices, frames=request.frames)
        spec = self.catalogue.choose(replace(request, model=model), shape=self._shape(choices))
        quote = self._priced(spec)
        if quote.estimate_microusd is None and self._money.unpriced_reserve is None:
            raise PriceUnknownError(spec.model)
        return quote

    async def _offer(self, draft: Draft, requester: Requester) -> Offered:
        """Offer what would be accepted; what would not is refused now, and not only after the yes."""
        allowance = await self._jobs.preview(draft.new, requester, now=self._now())
        offer = await self._offers.make(
            draft.request,
            draft.new.spec,
            requester,
            channel_id=draft.new.channel_id,
            microusd=draft.quote.expected_microusd,
            now=self._now(),
        )
        return Offered(offer=offer, quote=draft.quote, allowance=allowance)

    def _from_picture(self, model: VideoModel, spec: VideoSpec) -> Quote | None:
        return self._priced(replace(spec, frames=1)) if self.catalogue.offers(model.id, frames=1) else None

    def _priced(self, spec: VideoSpec) -> Quote:
        stated = self.catalogue.price_of(spec)
        if isinstance(stated, NotEstimable):
            return Quote(spec=spec, estimate_microusd=None, reserve_microusd=self._money.unpriced_reserve or 0)
        return Quote(spec=spec, estimate_microusd=stated.estimate_microusd, reserve_microusd=stated.reserve_microusd)

    def _default_model(self, choices: ServerChoices, *, frames: int) -> str | None:
        """Return the server's default, else the first that it allows, else None for the bot's own.

        Of each only what takes so many pictures.
        """
        default = self.catalogue.default(frames=frames)
        allowed = (model for model in choices.models if self.catalogue.offers(model, frames=frames))
        if choices.model is not None and self.catalogue.offers(choices.model, frames=frames):
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


def _is_at_hand(job: Job, requester: Requester) -> bool:
    """Whether the job is one of the requester's server, or of their own direct messages."""
    if job.in_direct_messages:
        return job.user_id == requester.user_id
    return job.guild_id == requester.guild_id
