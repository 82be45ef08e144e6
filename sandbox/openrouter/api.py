"""The routes of the video API, as the real service has them."""

import json
from collections.abc import Callable
from typing import Final, NoReturn

from aiohttp import web

from sandbox.openrouter.account import Account
from sandbox.openrouter.bodies import Sent, send
from sandbox.openrouter.calls import Call, Gate
from sandbox.openrouter.clock import Clock
from sandbox.openrouter.jobs import PREFIX, Job, Jobs
from sandbox.openrouter.listing import ListedModel, Listing
from sandbox.openrouter.order import order_of
from sandbox.openrouter.problems import (
    bad_parameter,
    bad_request,
    not_ready,
    nothing_here,
    out_of_credit,
    too_large,
    unknown_job,
    unknown_model,
)
from sandbox.openrouter.studio import Studio
from sandbox.openrouter.submission import read_submission
from sandbox.openrouter.webhooks import Webhooks

LARGEST_BODY: Final = 32 * 1024 * 1024
"""Bytes of a submit, pictures and all. The real limit is not published."""


class VideoApi:
    """Answers the calls. `seconds` says how long a job takes that is started now; `origin` is `http://host:port`."""

    def __init__(
        self,
        *,
        listing: Listing,
        account: Account,
        clock: Clock,
        jobs: Jobs,
        studio: Studio,
        webhooks: Webhooks,
        seconds: float,
        origin: Callable[[], str],
    ) -> None:
        self._listing = listing
        self._account = account
        self._clock = clock
        self._jobs = jobs
        self._studio = studio
        self._webhooks = webhooks
        self._seconds = seconds
        self._origin = origin

    def add_routes(self, router: web.UrlDispatcher, gate: Gate) -> None:
        """Register every route, the one for everything else last."""
        router.add_post(f"{PREFIX}/videos", gate.guard("submit", self.submit))
        for path, route, handler in (
            ("/videos/models", "models", self.models),
            ("/videos/{job_id}", "status", self.status),
            ("/videos/{job_id}/content", "content", self.content),
            ("/key", "key", self.key),
        ):
            router.add_get(PREFIX + path, gate.guard(route, handler), allow_head=False)
        router.add_route("*", "/{rest:.*}", gate.guard("other", self.other))

    async def submit(self, call: Call) -> web.StreamResponse:
        """POST /videos: accept a job."""
        call.require_key()
        call.body = await _read_json(call.request)
        submission, call.dropped = read_submission(call.body)
        model = self._listing.find(submission.model)
        if model is None:
            raise unknown_model(submission.model)
        order = order_of(submission, model)
        if submission.previous_job_id is not None:
            self._require_continuable(submission.previous_job_id, model)
        self._require_credit()
        clip = self._studio.start(order, call.plan)
        job = self._jobs.start(order, call.plan, seconds=self._seconds, clip=clip)
        call.job_id = job.id
        self._webhooks.expect(job, submission.callback_url, origin=self._origin())
        return web.json_response(job.describe(job.started_at, origin=self._origin()), status=202)

    async def status(self, call: Call) -> web.StreamResponse:
        """GET /videos/{id}: say where the job stands."""
        job = self._find(call)
        return web.json_response(job.describe(self._clock.now(), origin=self._origin()))

    async def content(self, call: Call) -> web.StreamResponse:
        """GET /videos/{id}/content: send the clip."""
        job = self._find(call)
        index = call.request.query.get("index", "0")
        if not (index.isascii() and index.isdecimal()):
            raise bad_request("index: must be an integer of 0 or more")
        now = self._clock.now()
        if not job.ended(now):
            raise not_ready()
        if job.status(now) != "completed" or job.clip is None or int(index) >= job.plan.outputs:
            raise nothing_here()
        return await send(call.request, Sent(body=job.clip.result()), fault=call.body_fault)

    async def models(self, call: Call) -> web.StreamResponse:
        """GET /videos/models: list the models, to anyone."""
        del call
        return web.json_response({"data": self._listing.entries})

    async def key(self, call: Call) -> web.StreamResponse:
        """GET /key: describe the key."""
        call.require_key()
        self._jobs.settle()
        return web.json_response({"data": self._account.describe()})

    async def other(self, call: Call) -> NoReturn:
        """Refuse everything else; there is no way to list jobs or to cancel one."""
        del call
        raise nothing_here()

    def _find(self, call: Call) -> Job:
        """Return the job in the path. Any job of the account: the real service knows no owners within one."""
        call.require_key()
        call.job_id = call.request.match_info["job_id"]
        job = self._jobs.get(call.job_id)
        if job is None:
            raise unknown_job(call.job_id)
        return job

    def _require_credit(self) -> None:
        """Refuse once nothing is left. What running jobs will cost is not set aside: they may go over the limit."""
        if self._account.limit is None:
            return
        self._jobs.settle()
        if self._account.remaining is not None and self._account.remaining <= 0:
            raise out_of_credit()

    def _require_continuable(self, job_id: str, model: ListedModel) -> None:
        previous = self._jobs.get(job_id)
        if previous is None:
            raise unknown_job(job_id)
        if previous.order.model != model or previous.status(self._clock.now()) != "completed":
            raise bad_parameter("previous_job_id must name a completed job of the same model.")


async def _read_json(request: web.Request) -> object:
    if request.content_type != "application/json":
        raise bad_request("The request body must be application/json")
    try:
        text = await request.read()
        return json.loads(text, parse_constant=_refuse_constant)
    except web.HTTPRequestEntityTooLarge as error:
        raise too_large() from error
    except (ValueError, RecursionError) as error:
        raise bad_request("The request body is not valid JSON") from error


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(name)
