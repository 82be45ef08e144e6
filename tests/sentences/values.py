"""Values as they occur in the sentences of `cogs.replies`: what `samples` calls its functions with."""

from dataclasses import replace
from itertools import product
from typing import Final

from cogs.replies import usage as usages
from services import errors
from services.catalogue import Shape
from services.errors import LimitSource
from services.generation import Part
from services.jobs import Offer, Stored, UsageBy, UsageRow
from services.limits import (
    Allowance,
    AuditEntry,
    BotLimits,
    Budget,
    Limit,
    LimitEntry,
    Pause,
    PauseReason,
    ServerChoices,
)
from services.models import FailureReason, JobState, KeyBalance, Route, UsualTime, VideoModel, VideoRequest
from services.videos import Offered, Quote
from tests.cogs.samples import JOB as PLAIN_JOB
from tests.cogs.samples import NOON, failed

LINK: Final = "https://discord.com/channels/2/3/6"
NAME: Final = "Kling 3.0"
JOB: Final = replace(PLAIN_JOB, estimate_microusd=130_000, reserved_microusd=150_000)
ALLOWANCE: Final = Allowance(
    per_day=Limit(value=5, source=LimitSource.ROLE, source_id=9),
    used=2,
    frees_at=None,
    bonus_left=2,
    at_once=Limit(value=2, source=LimitSource.SERVER),
    running=1,
    everywhere=4,
    used_everywhere=2,
    everywhere_frees_at=None,
    attempts=15,
    attempts_used=2,
    money=Limit(value=5_000_000, source=LimitSource.SERVER),
    spent=1_300_000,
    money_everywhere=3_000_000,
    spent_everywhere=1_300_000,
    longest_clip=None,
    dearest_clip=None,
    server_budget=10_000_000,
    server_spent=2_600_000,
    total_budget=20_000_000,
    total_spent=4_000_000,
)
USED_UP: Final = replace(ALLOWANCE, used=5, bonus_left=0, frees_at=NOON)
USUAL: Final = UsualTime(median=100, low=80, high=130, samples=12)
QUOTE: Final = Quote(spec=JOB.spec, estimate_microusd=3_200_000, reserve_microusd=3_520_000)
UNPRICED: Final = replace(QUOTE, estimate_microusd=None)
OFFER: Final = Offer(
    id=1, interaction_id=1, request=VideoRequest(prompt=JOB.prompt), microusd=3_200_000, expires_at=NOON
)
OFFERED: Final = Offered(offer=OFFER, quote=QUOTE, allowance=ALLOWANCE)
NO_MONEY: Final = replace(
    ALLOWANCE, money=None, money_everywhere=None, server_budget=None, total_budget=None, at_once=None
)
MODEL: Final = VideoModel(id="maker/model", name=NAME, durations=(4, 6, 8), resolutions=("720p", "1080p"), audio=True)
SHAPE: Final = Shape()
BOT: Final = BotLimits(videos_per_day=5, everywhere_per_day=20, running_at_once=2, total_microusd=20_000_000)
ENTRY: Final = LimitEntry(
    source=LimitSource.MEMBER,
    source_id=4,
    videos_per_day=30,
    running_at_once=2,
    microusd=50_000_000,
    longest_clip=8,
    dearest_clip=500_000,
)
CHOSEN: Final = ServerChoices(
    channels=(3, 4), models=("maker/model",), model="maker/model", duration=8, audio=True, log_channel_id=5
)
DELIVERED: Final = replace(
    JOB, state=JobState.DELIVERED, cost_microusd=130_000, result_channel_id=3, result_message_id=6
)
REFUSED: Final = [
    errors.NotAllowedError(),
    *(
        errors.PausedError(everywhere=everywhere, by_bot=by_bot)
        for everywhere, by_bot in product((True, False), (True, False))
    ),
    errors.DiskFullError(),
    errors.BlockedError(everywhere=True),
    errors.BlockedError(everywhere=False),
    errors.ChannelNotAllowedError(channels=(3, 4)),
    errors.ModelNotAllowedError(model="maker/other", choices=("maker/model", "maker/second")),
    errors.PriceUnknownError(model="maker/other"),
    errors.InvalidChoiceError(field="duration", value="7", choices=("4", "6", "8"), model=NAME),
    errors.InvalidChoiceError(field="aspect_ratio", value="2:1", choices=("16:9", "9:16"), model=NAME),
    errors.InvalidChoiceError(field="audio", value="True", choices=("False",), model=NAME),
    errors.InvalidChoiceError(field="seed", value="7", choices=(), model=NAME),
    errors.NoModelError(wanted=None, choices=()),
    errors.NoModelError(wanted="sora", choices=()),
    errors.NoModelError(wanted="veo", choices=("google/veo-3.1", "google/veo-3.1-lite")),
    errors.RequestError(),
]


def _entry(action: str, *, subject: str, before: str, after: str, actor_id: int = 8) -> AuditEntry:
    return AuditEntry(
        id=1, guild_id=2, actor_id=actor_id, action=action, subject=subject, before=before, after=after, at=NOON
    )


ENTRIES: Final = (
    _entry("limits set", subject="member 4", before="videos_per_day=3", after="videos_per_day=5 microusd=5000000"),
    _entry("limits clear", subject="role 9", before="longest_clip=8", after=""),
    _entry("limits grant", subject="member 4", before="", after="videos=2"),
    _entry("block", subject="member 4", before="", after="blocked"),
    _entry("block", subject="member 4", before="blocked", after=""),
    _entry("pause", subject="server 2", before="running", after="paused"),
    _entry("pause", subject="server 2", before="paused", after="running"),
    _entry("settings", subject="server", before="channels=(3)", after="channels=(3, 4) model=maker/model"),
    _entry("owner budget", subject="everything", before="", after="microusd=20000000"),
    _entry("owner unknown", subject="video 7", before="held=150000", after="spent"),
    _entry("owner unknown", subject="video 7", before="held=150000", after="free"),
    _entry("delete", subject="video 7", before="", after="deleted"),
    _entry("found", subject="video 7", before="", after="held=150000", actor_id=0),
)
ROWS: Final = (
    UsageRow(group="4", videos=12, delivered=11, microusd=1_560_000, unconfirmed=1),
    UsageRow(group="5", videos=1, delivered=1, microusd=130_000, unconfirmed=0),
)
DAYS: Final = (UsageRow(group="2026-11-22", videos=13, delivered=12, microusd=1_690_000, unconfirmed=0),)
BY_MEMBER: Final = usages.Usage(by=UsageBy.MEMBER, days=30, rows=ROWS)
BY_DAY: Final = usages.Usage(by=UsageBy.DAY, days=1, rows=DAYS)
NOBODY: Final = usages.Usage(by=UsageBy.MODEL, days=7, rows=())
BALANCE: Final = KeyBalance(limit_microusd=50_000_000, remaining_microusd=12_000_000, used_today_microusd=900_000)
UNKNOWN: Final = failed(FailureReason.SUBMIT_UNKNOWN, JOB)
PAUSES: Final = [
    Pause(guild_id=0, reason=reason, since=NOON, until=NOON if reason is PauseReason.AMBIGUOUS else None)
    for reason in PauseReason
]
BUDGETS: Final = [Budget(limit=limit, spent=spent) for limit, spent in ((20_000_000, 4_000_000), (None, 4_000_000))]
PARTS: Final = [Part(name=f"video-7.mp4.part{number}", start=0, size=1) for number in (1, 2)]
PRIVATE: Final = replace(DELIVERED, is_private=True, route=Route.DIRECT)
LIVING_STATES: Final = [state for state in JobState if not state.is_terminal]
STORED: Final = Stored(
    videos=12,
    described=9,
    living=1,
    servers=2,
    first_at=NOON,
    offers=1,
    pictures=1,
    bonuses=3,
    limits=1,
    blocks=1,
    pauses=1,
    reports=2,
)
NOTHING: Final = Stored(
    videos=0, described=0, living=0, servers=0, first_at=None, offers=0, pictures=0, bonuses=0, limits=0, blocks=0
)
