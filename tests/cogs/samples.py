"""Values for replies to speak of: a job as usual, and any that the rest of the house could hand over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from services.errors import LimitSource
from services.limits import Allowance, Limit
from services.models import FailureReason, Job, JobState, UsualTime, VideoSpec

LARGEST_ID: Final = 2**63 - 1
LONGEST_PROMPT: Final = 2_000
NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

JOB: Final = Job(
    id=7,
    interaction_id=1,
    guild_id=2,
    channel_id=3,
    user_id=4,
    state=JobState.QUEUED,
    reason=None,
    prompt="a red fox in the snow",
    spec=VideoSpec(model="maker/model", duration=5, resolution="720p", aspect_ratio="16:9", audio=False),
    upload_limit=20 * 1024 * 1024,
    status_message_id=5,
    result_channel_id=3,
    result_message_id=6,
    remote_id=None,
    estimate_microusd=0,
    reserved_microusd=0,
    cost_microusd=None,
    created_at=NOON,
    submitted_at=None,
    completed_at=None,
    delivering_at=None,
    ended_at=None,
    told_at=None,
    next_at=NOON,
    attempts=0,
    fence=0,
)


def failed(reason: FailureReason, job: Job = JOB) -> Job:
    """Return a job that failed for that reason."""
    return replace(job, state=JobState.FAILED, reason=reason, ended_at=NOON)


SYNTAX: Final = (
    *("@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "</limits:1>", "<t:0:R>", "<:smile:1>", "<id:guide>"),
    *("[x](https://evil.example)", "https://evil.example", "<http://evil.example>", "discord.gg/abc", "://"),
    *("# ", "## ", "-# ", "> ", ">>> ", "- ", "* ", "1. ", "```", "`", "||", "**", "__", "~~", "\\", "\n", "\r\n"),
    *("\u202e", "\u2066", "\u200b", "\u200d", "\u00ad", "\ufeff", "\u2028", "\u2029", "\x00", "\x1b", "\u3000"),
    *("e\u0301", "\u0301" * 20, "\u20e3", "\ufe0f", "\U0001f98a", "\U000e0067"),
)
"""What Discord reads as more than characters, and what hides or stacks characters."""

prompts = st.one_of(
    st.text(max_size=LONGEST_PROMPT),
    st.lists(st.one_of(st.sampled_from(SYNTAX), st.text(max_size=5)), max_size=40).map("".join),
    st.sampled_from(SYNTAX).map(lambda piece: (piece * LONGEST_PROMPT)[:LONGEST_PROMPT]),
)
"""Anything that a member may write, and above all what may do harm."""

ids = st.integers(min_value=1, max_value=LARGEST_ID)
moments = st.timedeltas(min_value=timedelta(days=-1000), max_value=timedelta(days=60_000)).map(lambda age: NOON + age)
choices = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,19}", fullmatch=True)
"""A resolution or a ratio, as the catalogue lets them in."""
model_ids = st.from_regex(r"[a-z0-9][a-z0-9._:/-]{0,80}", fullmatch=True)
model_names = st.text(min_size=1, max_size=100)
specs = st.builds(
    VideoSpec,
    model=model_ids,
    duration=st.integers(1, 3600),
    resolution=st.none() | choices,
    aspect_ratio=st.none() | choices,
    audio=st.none() | st.booleans(),
    seed=st.none() | st.integers(0, 2**31 - 1),
)
jobs = st.builds(
    replace,
    st.just(JOB),
    id=ids,
    guild_id=ids,
    channel_id=ids,
    user_id=ids,
    prompt=prompts,
    spec=specs,
    created_at=moments,
    submitted_at=st.none() | moments,
    result_channel_id=ids,
    result_message_id=ids,
)
limits = st.builds(Limit, value=st.integers(0, 100_000), source=st.sampled_from(LimitSource), source_id=ids)
amounts = st.integers(0, 10**12)
"""Micro-dollars, up to the most that a limit or a budget may say."""
allowances = st.builds(
    Allowance,
    per_day=limits,
    used=st.integers(0, 100_000),
    frees_at=st.none() | moments,
    at_once=st.none() | limits,
    running=st.integers(0, 100_000),
    everywhere=st.integers(1, 100_000),
    used_everywhere=st.integers(0, 100_000),
    everywhere_frees_at=st.none() | moments,
    bonus_left=st.integers(0, 1_000),
    money=st.none() | st.builds(Limit, value=amounts, source=st.sampled_from(LimitSource), source_id=ids),
    spent=amounts,
    money_everywhere=st.none() | amounts,
    spent_everywhere=amounts,
    server_budget=st.none() | amounts,
    server_spent=amounts,
    total_budget=st.none() | amounts,
    total_spent=amounts,
)
usual_times = st.builds(
    UsualTime,
    median=st.floats(0, 1e6),
    low=st.floats(0, 1e6),
    high=st.floats(0, 1e6),
    samples=st.integers(3, 30),
)
