"""Samples: every public function of `cogs.replies` called with values as they occur, once for each way it speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from cogs.interactions import NEEDED
from cogs.replies import changes, jobs, limits, models, money, offers, owner, refusals, sending_again, settings
from cogs.replies import standing as standings
from cogs.replies import usage as usages
from services.administration import Bill
from services.errors import LimitReachedError, LimitRule, LimitSource
from services.jobs import AgainOutcome
from services.limits import Notice, NoticeKind, ServerChoices
from services.models import FailureReason, JobState, KeyBalance, Route
from services.videos import CancelOutcome, ModelOffer, Standing
from tests.cogs.samples import NOON, failed
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
    MODEL,
    NAME,
    NO_MONEY,
    NOBODY,
    OFFERED,
    PAUSES,
    QUOTE,
    REFUSED,
    SHAPE,
    UNKNOWN,
    UNPRICED,
    USED_UP,
    USUAL,
)


def _reached() -> Sequence[str]:
    found: list[str] = []
    for rule in LimitRule:
        amounts = (5_000_000, 4_700_000, 800_000) if rule in refusals.IN_DOLLARS else (5, 5, 8)
        limit, used, wanted = amounts
        error = LimitReachedError(
            rule=rule, source=LimitSource.SERVER, source_id=0, limit=limit, used=used, frees_at=NOON, wanted=wanted
        )
        found.append(refusals.limit_reached(error))
    nothing = LimitReachedError(
        rule=LimitRule.VIDEOS_PER_DAY, source=LimitSource.ROLE, source_id=9, limit=0, used=0, frees_at=None
    )
    return [*found, refusals.limit_reached(nothing)]


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
    for kind in NoticeKind:
        for amount in (
            (16_100_000, 20_000_000) if kind is NoticeKind.BUDGET else (5,) if "ambig" in kind else (150_000,)
        ):
            compared = 20_000_000 if kind is NoticeKind.BUDGET else 130_000
            notice = Notice(id=1, guild_id=0, kind=kind, amount=amount, compared=compared, job_id=7, created_at=NOON)
            found.append(money.notice(notice))
    budget = Notice(id=1, guild_id=2, kind=NoticeKind.BUDGET, amount=8_000_000, compared=10_000_000, created_at=NOON)
    return [*found, money.notice(budget), money.notice(budget, server="Sandbox")]


SAMPLES: Final[Mapping[str, Sequence[str]]] = {
    "changes.change": [changes.change(entry) for entry in ENTRIES],
    "changes.log": [
        "\n".join(changes.log(entries, page=page, has_more=has_more))
        for entries, page, has_more in ((ENTRIES[:2], 1, True), ((), 1, False), ((), 9, False))
    ],
    "jobs.accepted": [
        jobs.accepted(JOB, model_name=NAME, place=place, allowance=ALLOWANCE, usual=usual)
        for place, usual in ((0, USUAL), (3, None))
    ],
    "jobs.in_progress": [
        jobs.in_progress(replace(JOB, state=state, late_at=late_at), model_name=NAME, usual=USUAL)
        for state, late_at in (
            (JobState.GENERATING, None),
            (JobState.GENERATING, NOON),
            (JobState.DOWNLOADING, None),
        )
    ],
    "jobs.result": [jobs.result(DELIVERED, model_name=NAME, server=server) for server in (None, "Sandbox", "")],
    "jobs.finished": [
        jobs.finished(DELIVERED, link=LINK),
        jobs.finished(replace(DELIVERED, route=Route.DIRECT), link=LINK),
    ],
    "jobs.not_made": [
        jobs.not_made(failed(reason), link=link)
        for reason, link in ((FailureReason.REFUSED, LINK), (FailureReason.TOO_LARGE, None))
    ],
    "jobs.cancelled": [jobs.cancelled(JOB)],
    "jobs.bad_news": [jobs.bad_news(failed(reason)) for reason in FailureReason]
    + [jobs.bad_news(failed(FailureReason.REFUSED), server="Sandbox")],
    "jobs.failure": [jobs.failure(failed(reason)) for reason in FailureReason],
    "limits.limits": ["\n".join(limits.limits(BOT, [ENTRY], have)) for have in (ALLOWANCE, NO_MONEY)],
    "limits.limit_set": [limits.limit_set(ENTRY, have) for have in (ALLOWANCE, NO_MONEY)],
    "limits.limit_cleared": [
        limits.limit_cleared(source, 9, was_set=was_set) for source, was_set in product(LimitSource, (True, False))
    ],
    "limits.granted": [limits.granted(4, 1), limits.granted(4, 3)],
    "limits.blocked": [limits.blocked(4, is_new=is_new) for is_new in (True, False)],
    "limits.unblocked": [limits.unblocked(4, was_blocked=was_blocked) for was_blocked in (True, False)],
    "models.models_page": [
        models.models_page(found, allowance=ALLOWANCE, page=1)
        for found in ([ModelOffer(model=MODEL, quote=QUOTE, usual=USUAL, is_allowed=True)], [])
    ],
    "money.money_lines": ["\n".join(money.money_lines(ALLOWANCE, whose="this server's limit"))],
    "money.notice": _notices(),
    "offers.offer": [
        offers.offer(OFFERED, model_name=NAME),
        offers.offer(OFFERED, model_name=NAME, is_again=True),
        offers.offer(replace(OFFERED, quote=UNPRICED, allowance=NO_MONEY), model_name=NAME),
    ],
    "offers.ordered": [offers.ordered(JOB)],
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
    "owner.taken_down": [
        *(owner.taken_down(DELIVERED, result=result, status=result) for result in owner.Removal),
        owner.taken_down(JOB, result=owner.Removal.NEVER_POSTED, status=owner.Removal.REMOVED),
    ],
    "owner.unblocked": [owner.unblocked(4, was_blocked=was_blocked) for was_blocked in (True, False)],
    **_refusals(),
    "refusals.limit_reached": _reached(),
    "refusals.missing_permissions": [refusals.missing_permissions([*NEEDED.values()])],
    "refusals.not_cancelled": [refusals.not_cancelled(outcome) for outcome in CancelOutcome],
    "sending_again.sent_again": [
        sending_again.sent_again(outcome, job, is_direct=is_direct)
        for outcome, job, is_direct in product(AgainOutcome, (JOB, None), (True, False))
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
    "usage.table": [usages.table(usage, name=_name) for usage in (BY_MEMBER, BY_DAY, NOBODY)],
    "usage.notes": ["\n".join(usages.notes(BY_MEMBER)), "\n".join(usages.notes(BY_DAY))],
    "usage.beside_picture": [usages.beside_picture(BY_MEMBER, shown=2)],
    "usage.beside_file": [usages.beside_file(BY_MEMBER)],
}
