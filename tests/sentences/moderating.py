"""Samples of what is read about words, reports, refusals that add up, and videos that were taken down."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Final

from cogs.replies import limits, notices, owner, refusals, reports, results, settings, words
from services.errors import AgeRestrictedError, DescriptionBlockedError, MemberPausedError, SourceGoneError
from services.limits import Notice, NoticeKind, ReportOutcome, WordOutcome
from services.moderation import TakenDown
from tests.cogs.samples import NOON
from tests.sentences.values import JOB

SERVER: Final = "Sandbox"
LATER: Final = NOON + timedelta(hours=1)
REPORT: Final = Notice(
    id=1,
    guild_id=2,
    kind=NoticeKind.REPORT,
    job_id=7,
    user_id=4,
    channel_id=3,
    message_id=5,
    remark="",
    created_at=NOON,
)
PAUSED: Final = Notice(
    id=1, guild_id=2, kind=NoticeKind.MEMBER_PAUSED, amount=5, user_id=4, until=LATER, created_at=NOON
)


def moderating() -> Mapping[str, Sequence[str]]:
    """Say each of them, in the language of whoever reads now."""
    taken = TakenDown(job=JOB, cancelled=[8, 9], continuing=list(range(60)))
    gone = owner.Removal.NEVER_POSTED
    return {
        "limits.unblocked": [
            limits.unblocked(4, was_blocked=was_blocked, was_paused=was_paused)
            for was_blocked, was_paused in product((True, False), (True, False))
        ],
        "notices.notice": [
            notices.notice(found, server=server) for found in (REPORT, PAUSED) for server in (None, SERVER)
        ],
        "owner.taken_down": [
            *(
                owner.taken_down(TakenDown(job=JOB, cancelled=[], continuing=[]), result=result, status=result)
                for result in owner.Removal
            ),
            owner.taken_down(taken, result=gone, status=gone),
        ],
        "refusals.age_restricted": [
            refusals.refusal(AgeRestrictedError(everywhere=everywhere, in_direct_messages=is_direct))
            for everywhere, is_direct in product((True, False), (True, False))
        ],
        "refusals.description_blocked": [
            refusals.refusal(DescriptionBlockedError()),
            refusals.refusal(DescriptionBlockedError(LATER)),
        ],
        "refusals.member_paused": [refusals.refusal(MemberPausedError(LATER))],
        "refusals.source_gone": [refusals.refusal(SourceGoneError())],
        "refusals.paused_for_it": [refusals.paused_for_it(LATER)],
        "reports.outcome": [reports.outcome(found) for found in ReportOutcome],
        "reports.told": [
            reports.told(replace(found, remark="it begins to run"), server=server)
            for found in (REPORT, replace(REPORT, guild_id=0))
            for server in (None, SERVER)
        ],
        "results.taken_down": [results.taken_down(JOB)],
        "settings.age_restricted": [
            settings.age_restricted(is_only=is_only, is_bots=is_bots)
            for is_only, is_bots in product((True, False), (True, False))
        ],
        "settings.age_restricted_set": [
            settings.age_restricted_set(is_only=is_only, is_bots=is_bots)
            for is_only, is_bots in product((True, False), (True, False))
        ],
        "words.added": [
            words.added("fox", outcome, everywhere=everywhere)
            for outcome, everywhere in product(WordOutcome, (True, False))
        ],
        "words.removed": [words.removed("fox", outcome) for outcome in WordOutcome],
        "words.listed": [
            "\n".join(words.listed(found, everywhere=everywhere, has_owners=True))
            for found, everywhere in product((["fox"], []), (True, False))
        ],
    }
