"""Samples: every public function of `cogs.replies` called with values as they occur, once for each way it speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Final

from cogs.interactions import NEEDED
from cogs.replies import (
    changes,
    drawings,
    jobs,
    limits,
    models,
    money,
    offers,
    original,
    owner,
    pictures,
    privacy,
    reached,
    refusals,
    results,
    sending_again,
    settings,
)
from cogs.replies import history as histories
from cogs.replies import standing as standings
from cogs.replies import usage as usages
from services.administration import Bill
from services.errors import InvalidChoiceError, LimitReachedError, LimitRule, LimitSource
from services.generation import Link
from services.jobs import AgainOutcome, Forgotten, HistoryPage, NewJob, UsageBy
from services.limits import Notice, NoticeKind, ServerChoices
from services.models import FailureReason, FrameKind, JobState, KeyBalance, Route, VideoRequest
from services.pictures import PictureError, PictureFault
from services.results import Removal, Unavailable
from services.videos import CancelOutcome, Draft, ModelOffer, Standing
from tests.cogs.samples import NOON, failed
from tests.sentences.elsewhere import elsewhere
from tests.sentences.moderating import moderating
from tests.sentences.values import (
    ALLOWANCE,
    BALANCE,
    BOT,
    BUDGETS,
    BY_DAY,
    BY_MEMBER,
    CHOSEN,
    DELIVERED,
    ENTRIES,
    ENTRY,
    JOB,
    LINK,
    LIVING_STATES,
    MODEL,
    NAME,
    NO_MONEY,
    NOBODY,
    NOTHING,
    OFFERED,
    PARTS,
    PAUSES,
    PRIVATE,
    QUOTE,
    REFUSED,
    SHAPE,
    STORED,
    UNKNOWN,
    UNPRICED,
    USED_UP,
    USUAL,
)


def _reached() -> Sequence[str]:
    found: list[str] = []
    for rule in LimitRule:
        amounts = (5_000_000, 4_700_000, 800_000) if rule in reached.IN_DOLLARS else (5, 5, 8)
        limit, used, wanted = amounts
        error = LimitReachedError(
            rule=rule, source=LimitSource.SERVER, source_id=0, limit=limit, used=used, frees_at=NOON, wanted=wanted
        )
        found.append(reached.limit_reached(error))
    nothing = LimitReachedError(
        rule=LimitRule.VIDEOS_PER_DAY, source=LimitSource.ROLE, source_id=9, limit=0, used=0, frees_at=None
    )
    return [*found, reached.limit_reached(nothing)]


def _refusals() -> Mapping[str, Sequence[str]]:
    told: dict[str, list[str]] = {"refusals.refusal": []}
    for error in REFUSED:
        name = refusals.refusal.dispatch(type(error)).__name__
        told.setdefault(f"refusals.{name}", []).append(refusals.refusal(error))
    return told


def _name(model: str) -> str:
    return NAME if model == "maker/model" else model


def _notices() -> Sequence[str]:
    found: list[str] = []
    for kind in set(NoticeKind) - {NoticeKind.REPORT, NoticeKind.MEMBER_PAUSED}:
        for amount in (
            (16_100_000, 20_000_000) if kind is NoticeKind.BUDGET else (5,) if "ambig" in kind else (150_000,)
        ):
            compared = 20_000_000 if kind is NoticeKind.BUDGET else 130_000
            notice = Notice(id=1, guild_id=0, kind=kind, amount=amount, compared=compared, job_id=7, created_at=NOON)
            found.append(money.about_money(notice, server=None))
    budget = Notice(id=1, guild_id=2, kind=NoticeKind.BUDGET, amount=8_000_000, compared=10_000_000, created_at=NOON)
    return [*found, *(money.about_money(budget, server=server) for server in (None, "Sandbox"))]


DRAFTS: Final = [
    Draft(
        request=VideoRequest(prompt=JOB.prompt, frames=frames),
        new=NewJob(
            interaction_id=1,
            channel_id=3,
            prompt=JOB.prompt,
            spec=QUOTE.spec,
            upload_limit=1,
            estimate_microusd=0,
            reserved_microusd=0,
            created_at=NOON,
        ),
        quote=quote,
        needs_yes=False,
    )
    for frames, quote in ((1, QUOTE), (2, UNPRICED))
]
SAMPLES: Final[Mapping[str, Sequence[str]]] = {
    **elsewhere(),
    "changes.change": [changes.change(entry) for entry in ENTRIES],
    "changes.log": [
        "\n".join(changes.log(entries, page=page, has_more=has_more))
        for entries, page, has_more in ((ENTRIES[:2], 1, True), ((), 1, False), ((), 9, False))
    ],
    "jobs.accepted": [
        jobs.accepted(JOB, model_name=NAME, place=place, allowance=ALLOWANCE, usual=usual)
        for place, usual in ((0, USUAL), (3, None))
    ]
    + [jobs.accepted(PRIVATE, model_name=NAME, place=0, allowance=ALLOWANCE, usual=None)],
    "jobs.in_progress": [
        jobs.in_progress(replace(JOB, state=state, late_at=late_at), model_name=NAME, usual=USUAL)
        for state, late_at in (
            (JobState.GENERATING, None),
            (JobState.GENERATING, NOON),
            (JobState.DOWNLOADING, None),
        )
    ],
    "pictures.refused": [
        pictures.refused(PictureError(fault, kind)) for fault in PictureFault for kind in (None, *FrameKind)
    ],
    "pictures.not_taken": [
        pictures.not_taken(InvalidChoiceError(field=field, value="", choices=choices, model="alibaba/wan-3.0"))
        for field in pictures.CANNOT
        for choices in ((), ("google/veo-3.1",), tuple(f"acme/clip-{number}" for number in range(30)))
    ],
    "pictures.preparing": [pictures.preparing(draft, model_name=NAME) for draft in DRAFTS],
    "jobs.result": [
        *(jobs.result(DELIVERED, model_name=NAME, server=server) for server in (None, "Sandbox", "")),
        jobs.result(PRIVATE, model_name=NAME, server="Sandbox"),
        jobs.result(replace(DELIVERED, is_spoiler=True), model_name=NAME),
        jobs.result(replace(DELIVERED, prompt=""), model_name=NAME),
    ],
    "privacy.stored": [
        privacy.stored(found, keeps_prompts=timedelta(days=days))
        for found, days in ((STORED, 30), (STORED, 0), (NOTHING, 30))
    ],
    "privacy.sure": [privacy.sure()],
    "privacy.forgotten": [
        privacy.forgotten(Forgotten(prompts=12, offers=[1], living=living, clips=1)) for living in (0, 2)
    ],
    "jobs.finished": [
        jobs.finished(PRIVATE, link=LINK),
        jobs.finished(DELIVERED, link=LINK),
        jobs.finished(replace(DELIVERED, route=Route.DIRECT), link=LINK),
    ],
    "jobs.not_made": [
        jobs.not_made(failed(reason), link=link)
        for reason, link in ((FailureReason.REFUSED, LINK), (FailureReason.TOO_LARGE, None))
    ],
    "history.history": [
        histories.history(HistoryPage(jobs=found, page=1, pages=2, total=9), model_name=_name)
        for found in (
            [
                *(replace(JOB, state=state) for state in LIVING_STATES),
                DELIVERED,
                replace(DELIVERED, removed_at=NOON),
                replace(JOB, state=JobState.CANCELLED, prompt=""),
                failed(FailureReason.REFUSED),
            ],
            [],
        )
    ],
    "jobs.answer_lost": [jobs.answer_lost(JOB)],
    "jobs.cancelled": [jobs.cancelled(JOB)],
    "jobs.bad_news": [jobs.bad_news(failed(reason)) for reason in FailureReason]
    + [jobs.bad_news(failed(FailureReason.REFUSED), server="Sandbox")],
    "jobs.failure": [
        *(jobs.failure(failed(reason)) for reason in FailureReason),
        jobs.failure(failed(FailureReason.UNDELIVERABLE, PRIVATE)),
    ],
    "limits.limits": ["\n".join(limits.limits(BOT, [ENTRY], have)) for have in (ALLOWANCE, NO_MONEY)],
    "limits.limit_set": [limits.limit_set(ENTRY, have) for have in (ALLOWANCE, NO_MONEY)],
    "limits.limit_cleared": [
        limits.limit_cleared(source, 9, was_set=was_set) for source, was_set in product(LimitSource, (True, False))
    ],
    "limits.granted": [limits.granted(4, 1), limits.granted(4, 3)],
    "limits.blocked": [limits.blocked(4, is_new=is_new) for is_new in (True, False)],
    "models.models_page": [
        models.models_page(found, allowance=ALLOWANCE, page=1)
        for found in ([ModelOffer(model=MODEL, quote=QUOTE, usual=USUAL, is_allowed=True, from_picture=QUOTE)], [])
    ],
    "money.money_lines": ["\n".join(money.money_lines(ALLOWANCE, whose="this server's limit"))],
    "money.about_money": _notices(),
    "offers.offer": [
        offers.offer(OFFERED, model_name=NAME),
        offers.offer(OFFERED, model_name=NAME, is_again=True),
        offers.offer(replace(OFFERED, quote=UNPRICED, allowance=NO_MONEY), model_name=NAME),
    ],
    "offers.ordered": [offers.ordered(JOB)],
    "original.beside": [original.beside(jobs.bad_news(failed(FailureReason.TOO_LARGE, JOB)))],
    "original.link": [original.link(Link(url="https://bot.example/originals/7/1791464400/signature", until=NOON))],
    "original.parts": [original.parts(PARTS[:count], name="video-7.mp4") for count in (1, 2)],
    "original.too_many_parts": [original.too_many_parts(name="video-7.mp4")],
    "owner.servers": [
        owner.servers(
            [
                owner.ServerLine(guild_id=2, name=name, videos=13, budget=budget)
                for name, budget in zip(("Sandbox", None), BUDGETS, strict=True)
            ],
            total=BUDGETS[0],
            servers=2,
        )
    ],
    "owner.budget_set": [
        owner.budget_set(where=where, before=before, after=after, was_set=was_set)
        for where, before, after, was_set in (
            ("Sandbox", BUDGETS[0], 10_000_000, True),
            (None, BUDGETS[0], 3_000_000, False),
            (None, BUDGETS[1], 10_000_000, True),
        )
    ],
    "owner.bill": [
        owner.bill(Bill(unknown=unknown, spent_microusd=4_000_000, balance=balance))
        for unknown, balance in (([UNKNOWN], BALANCE), ([], None), ([], KeyBalance()))
    ],
    "owner.resolved": [
        owner.resolved(7, job, was_spent=was_spent) for job, was_spent in product((JOB, None), (True, False))
    ],
    "owner.no_video": [owner.no_video(7)],
    "owner.unblocked": [owner.unblocked(4, was_blocked=was_blocked) for was_blocked in (True, False)],
    **_refusals(),
    **moderating(),
    "reached.limit_reached": _reached(),
    "refusals.missing_permissions": [refusals.missing_permissions([name.text for name in NEEDED.values()])],
    "refusals.not_cancelled": [refusals.not_cancelled(outcome) for outcome in CancelOutcome],
    "results.removal": [results.removal(outcome, JOB) for outcome in Removal],
    "results.removed": [results.removed(JOB)],
    "results.unavailable": [results.unavailable(why) for why in Unavailable],
    "sending_again.sent_again": [
        sending_again.sent_again(outcome, job, is_direct=is_direct)
        for outcome, job, is_direct in product(AgainOutcome, (JOB, None, PRIVATE), (True, False))
    ],
    "settings.choices": [
        "\n".join(settings.choices(chosen, bot=SHAPE, default=default, name=_name))
        for chosen, default in ((CHOSEN, "maker/model"), (ServerChoices(), None), (ServerChoices(), "maker/model"))
    ],
    "settings.full": [settings.full(25)],
    "settings.channel_added": [
        settings.channel_added(3, is_first=is_first, is_thread=is_thread)
        for is_first, is_thread in product((True, False), (True, False))
    ],
    "settings.channel_removed": [settings.channel_removed(3, was_last=was_last) for was_last in (True, False)],
    "settings.model_added": [
        settings.model_added("maker/model", is_first=is_first, dropped=dropped)
        for is_first, dropped in ((True, "maker/other"), (False, None))
    ],
    "settings.model_removed": [
        settings.model_removed("maker/model", was_last=was_last, dropped=dropped)
        for was_last, dropped in ((True, None), (False, "maker/model"))
    ],
    "settings.model_not_on_list": [settings.model_not_on_list(["maker/model", "maker/other"])],
    "settings.defaults_set": [settings.defaults_set(CHOSEN, bot=SHAPE, default=None, name=_name)],
    "settings.log_channel_set": [settings.log_channel_set(5), settings.log_channel_set(None)],
    "settings.log_channel_closed": [settings.log_channel_closed(5, ["View Channel", "Send Messages"])],
    "settings.reset": [settings.reset(what) for what in settings.RESET],
    "settings.paused": [settings.paused(is_new=is_new) for is_new in (True, False)],
    "settings.resumed": [
        settings.resumed(holding, was_paused=was_paused) for holding, was_paused in product((PAUSES, []), (True, False))
    ],
    "standing.status": [
        standings.status(
            Standing(
                allowance=ALLOWANCE,
                living=[replace(JOB, state=state) for state in JobState if not state.is_terminal],
                places={7: 2},
                ended=[DELIVERED, replace(JOB, state=JobState.CANCELLED), failed(FailureReason.REFUSED)],
            ),
            kept=[JOB],
        ),
        standings.status(Standing(allowance=USED_UP, living=[], places={}, ended=[])),
    ],
    "standing.allowance": ["\n".join(standings.allowance(have)) for have in (ALLOWANCE, USED_UP, NO_MONEY)],
    "drawings.title": [drawings.title(by) for by in UsageBy],
    "drawings.texts": [
        f"{found.title}, {found.subtitle}: {found.billed}, {found.not_billed}"
        for usage in (BY_MEMBER, BY_DAY)
        for found in [drawings.texts(usage, server="Sandbox", since=NOON.date(), until=NOON.date())]
    ],
    "usage.table": [usages.table(usage, name=_name) for usage in (BY_MEMBER, BY_DAY, NOBODY)],
    "usage.notes": ["\n".join(usages.notes(BY_MEMBER)), "\n".join(usages.notes(BY_DAY))],
    "usage.beside_picture": [usages.beside_picture(BY_MEMBER, shown=2)],
    "usage.beside_file": [usages.beside_file(BY_MEMBER)],
}
