"""Every sentence of the bot, read aloud: it fits into a message, says what to do, and speaks the members' language."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs import replies
from cogs.interactions import NEEDED
from cogs.replies import limits as words
from cogs.replies import paging
from cogs.replies.jobs import COUNTED, LATE, NOT_COUNTED, WHY
from cogs.replies.reached import limit_reached, whose_limit
from cogs.replies.standing import HOW_TO_GET_IT
from cogs.replies.wording import MESSAGE
from services.errors import (
    InvalidChoiceError,
    LimitReachedError,
    LimitRule,
    LimitSource,
    NoModelError,
    NotAllowedError,
    RequestError,
)
from services.jobs import AgainOutcome
from services.limits import Allowance, BotLimits, Limit, LimitEntry
from services.models import FailureReason, Job, JobState, Route, UsualTime
from services.videos import CancelOutcome, Standing
from tests.cogs import samples
from tests.cogs.reading import width
from tests.cogs.samples import JOB, NOON, failed

JARGON = re.compile(
    r"\b(jobs?|exceptions?|errors?|null|none|true|false|https?|upstream|apis?|queued|traceback|timeouts?)\b|[{}]",
    re.IGNORECASE,
)
LINK = "https://discord.com/channels/1/2/3"
ALLOWANCE = Allowance(
    per_day=Limit(value=5, source=LimitSource.BOT),
    used=1,
    frees_at=None,
    at_once=None,
    running=0,
    everywhere=20,
    used_everywhere=1,
    everywhere_frees_at=None,
    bonus_left=1,
    attempts=15,
    attempts_used=2,
    money=Limit(value=5_000_000, source=LimitSource.ROLE, source_id=9),
    spent=130_000,
    money_everywhere=None,
    spent_everywhere=130_000,
    longest_clip=None,
    dearest_clip=None,
    server_budget=None,
    server_spent=130_000,
    total_budget=20_000_000,
    total_spent=4_000_000,
)
USUAL = UsualTime(median=100, low=80, high=130, samples=12)
LIMITS_REACHED = [
    LimitReachedError(rule=rule, source=source, source_id=9, limit=limit, used=limit, frees_at=frees_at)
    for rule, source, limit, frees_at in product(LimitRule, LimitSource, (0, 1, 3), (None, NOON))
]
REFUSALS: list[RequestError] = [
    *LIMITS_REACHED,
    *(
        InvalidChoiceError(field=field, value="x", choices=offered, model="maker/model")
        for field, offered in product(
            ("duration", "resolution", "aspect_ratio", "audio", "seed"), ((), ("a",), tuple("abcdefghijklmnop"))
        )
    ),
    NoModelError(wanted=None, choices=()),
    NoModelError(wanted="sora", choices=()),
    NoModelError(wanted="veo", choices=("google/veo-3.1", "google/veo-3.1-lite")),
    NotAllowedError(),
    RequestError(),
]


def sentences() -> Iterator[str]:
    """Yield whatever the bot says that is made of sentences."""
    yield from (
        replies.EMPTY_PROMPT.text,
        words.NOTHING_TO_SET.text,
        words.ONE_SUBJECT.text,
        replies.ONLY_IN_SERVERS.text,
    )
    yield from (replies.RESTARTING.text, replies.SOMETHING_WENT_WRONG.text)
    yield from map(replies.refusal, REFUSALS)
    yield from map(replies.not_cancelled, CancelOutcome)
    yield from (replies.missing_permissions([name.text]) for name in NEEDED.values())
    for reason in FailureReason:
        yield replies.failure(failed(reason))
        yield replies.bad_news(failed(reason))
        yield replies.not_made(failed(reason), link=None)
    yield replies.cancelled(JOB)
    for reason, server in product(FailureReason, ("A Server", "")):
        yield replies.bad_news(failed(reason), server=server)
    yield replies.finished(replace(JOB, route=Route.DIRECT), link=LINK)
    for outcome, is_direct in product(AgainOutcome, (True, False)):
        yield replies.sent_again(outcome, None, is_direct=is_direct)
    yield LATE.text
    yield HOW_TO_GET_IT.text
    for source in LimitSource:
        yield words.limit_set(LimitEntry(source=source, source_id=9, videos_per_day=3, running_at_once=1), ALLOWANCE)
        yield words.limit_cleared(source, 9, was_set=True)
        yield words.limit_cleared(source, 9, was_set=False)


def layouts() -> Iterator[str]:
    """Yield whatever the bot shows that is more than sentences."""
    for place, usual in product((0, 3), (None, USUAL)):
        yield replies.accepted(JOB, model_name="A Model", place=place, allowance=ALLOWANCE, usual=usual)
    for state in (JobState.GENERATING, JobState.DOWNLOADING):
        yield replies.in_progress(replace(JOB, state=state), model_name="A Model", usual=USUAL)
        yield replies.in_progress(replace(JOB, state=state, late_at=NOON), model_name="A Model", usual=USUAL)
    yield replies.result(JOB, model_name="A Model")
    yield replies.result(JOB, model_name="A Model", server="A Server")
    yield replies.result(JOB, model_name="A Model", server="")
    yield replies.finished(JOB, link=LINK)
    living = [replace(JOB, state=state) for state in JobState if not state.is_terminal]
    ended = [replace(JOB, state=JobState.DELIVERED), replace(JOB, state=JobState.CANCELLED)]
    ended += [failed(reason) for reason in FailureReason]
    yield replies.status(Standing(allowance=ALLOWANCE, living=living, places={JOB.id: 2}, ended=ended))
    yield replies.status(Standing(allowance=ALLOWANCE, living=[], places={}, ended=[]))
    yield replies.status(Standing(allowance=ALLOWANCE, living=[], places={}, ended=[]), kept=[JOB])
    entries = [LimitEntry(source=source, source_id=9, videos_per_day=3, running_at_once=1) for source in LimitSource]
    bot_limits = BotLimits(videos_per_day=5, everywhere_per_day=20, running_at_once=2)
    yield from paging.messages(words.limits(bot_limits, entries, ALLOWANCE))


@pytest.mark.parametrize("text", sorted({*sentences(), *layouts()}))
def test_no_reply_speaks_the_language_of_the_machine(text: str) -> None:
    assert not JARGON.search(text.replace(LINK, "").replace("https://discord.com", ""))


@pytest.mark.parametrize("text", sorted(set(sentences())))
def test_every_sentence_begins_and_ends_as_one(text: str) -> None:
    assert re.match(r"[A-Z<]|maker", text)
    assert text.endswith((".", "?"))
    assert "  " not in text
    assert ".." not in text


def test_every_reason_has_a_sentence_of_its_own_that_says_whether_it_counts() -> None:
    assert set(WHY) == set(FailureReason)
    assert len(set(WHY.values())) == len(FailureReason)
    for reason in FailureReason:
        told = replies.failure(failed(reason))
        assert told.endswith((COUNTED if reason.counts_for_member else NOT_COUNTED).text)


def test_a_video_that_was_made_is_never_said_not_to_be() -> None:
    for reason in FailureReason:
        assert ("was not made" in replies.bad_news(failed(reason))) is not reason.counts_for_member
        assert ("was not made" in replies.not_made(failed(reason), link=LINK)) is not reason.counts_for_member


def test_every_source_of_a_limit_is_named_differently() -> None:
    assert len({whose_limit(source, 9) for source in LimitSource}) == len(LimitSource)


FREED_BY_TIME = {LimitRule.VIDEOS_PER_DAY, LimitRule.EVERYWHERE_PER_DAY}


@pytest.mark.parametrize("rule", LimitRule)
def test_every_rule_says_its_number(rule: LimitRule) -> None:
    told = limit_reached(
        LimitReachedError(rule=rule, source=LimitSource.SERVER, source_id=0, limit=37, used=41, frees_at=NOON)
    )

    assert "37" in told
    assert (f"<t:{int(NOON.timestamp())}:R>" in told) is (rule in FREED_BY_TIME)


def test_every_wish_to_cancel_that_is_not_met_has_a_sentence() -> None:
    unmet = {CancelOutcome.TOO_LATE, CancelOutcome.ENDED, CancelOutcome.NOT_ALLOWED, CancelOutcome.UNKNOWN_JOB}

    assert len({replies.not_cancelled(outcome) for outcome in unmet}) == len(unmet)


@given(samples.jobs, samples.model_names, st.integers(0, 10**6), samples.allowances, st.none() | samples.usual_times)
def test_the_first_status_message_always_fits(
    job: Job, model_name: str, place: int, allowance: Allowance, usual: UsualTime | None
) -> None:
    assert_fits(replies.accepted(job, model_name=model_name, place=place, allowance=allowance, usual=usual))


@given(samples.jobs, samples.model_names, samples.usual_times, st.sampled_from(FailureReason))
def test_every_message_about_one_video_fits(job: Job, model_name: str, usual: UsualTime, reason: FailureReason) -> None:
    for state in (JobState.GENERATING, JobState.DOWNLOADING):
        assert_fits(replies.in_progress(replace(job, state=state), model_name=model_name, usual=usual))
        late = replace(job, state=state, late_at=NOON)
        assert_fits(replies.in_progress(late, model_name=model_name, usual=usual))
    for with_prompt in (True, False):
        assert_fits(replies.result(job, model_name=model_name, with_prompt=with_prompt))
    assert_fits(replies.result(job, model_name=model_name, server="_" * 100))
    assert_fits(replies.bad_news(failed(reason, job), server="_" * 100))
    assert_fits(replies.bad_news(failed(reason, job)))
    assert_fits(replies.not_made(failed(reason, job), link=None))
    assert_fits(replies.cancelled(job))


@given(
    samples.allowances,
    st.lists(st.builds(replace, samples.jobs, state=st.sampled_from(list(JobState)[:5])), max_size=12),
    st.lists(st.builds(replace, samples.jobs, state=st.just(JobState.DELIVERED)), max_size=5),
)
def test_the_status_always_fits_with_all_links(allowance: Allowance, living: list[Job], ended: list[Job]) -> None:
    places = {job.id: number for number, job in enumerate(living)}

    text = replies.status(Standing(allowance=allowance, living=living, places=places, ended=ended))

    assert_fits(text)
    assert text.count("https://discord.com/channels/") == len(ended)


@given(
    samples.allowances,
    st.lists(st.builds(replace, samples.jobs, state=st.sampled_from(list(JobState)[:5])), max_size=12),
    st.lists(st.builds(replace, samples.jobs, state=st.just(JobState.DELIVERED)), max_size=5),
    st.lists(st.builds(replace, samples.jobs, next_at=samples.moments), min_size=1, max_size=5),
)
def test_the_status_always_fits_with_all_that_is_kept(
    allowance: Allowance, living: list[Job], ended: list[Job], kept: list[Job]
) -> None:
    text = replies.status(Standing(allowance=allowance, living=living, places={}, ended=ended), kept=kept)

    assert_fits(text)
    assert text.count("the clip is removed") == len(kept)
    assert all(len(replies.label(job)) <= 80 for job in kept)


@given(
    st.lists(
        st.builds(
            LimitEntry,
            source=st.sampled_from([LimitSource.MEMBER, LimitSource.ROLE]),
            source_id=samples.ids,
            videos_per_day=st.none() | st.integers(0, 10_000),
            running_at_once=st.integers(0, 1_000),
        ),
        max_size=100,
    )
)
def test_the_list_of_limits_always_fits_with_the_bots_own(entries: list[LimitEntry]) -> None:
    bot_limits = BotLimits(videos_per_day=10_000, everywhere_per_day=100_000, running_at_once=1_000)

    texts = paging.messages(words.limits(bot_limits, entries, ALLOWANCE))

    for text in texts:
        assert_fits(text)
    whole = "\n".join(texts)
    assert "The bot: 10,000 a day, 1,000 at once." in whole
    assert "more than 100,000 videos" in whole


@given(
    st.sampled_from(["duration", "resolution", "aspect_ratio", "audio", "seed"]),
    samples.prompts,
    st.lists(samples.choices, max_size=60),
    samples.model_ids,
)
def test_a_refused_choice_always_fits(field: str, value: str, offered: list[str], model: str) -> None:
    assert_fits(replies.refusal(InvalidChoiceError(field=field, value=value, choices=offered, model=model)))


@given(samples.prompts, st.lists(samples.model_ids, max_size=30))
def test_a_refused_model_always_fits(wanted: str, offered: list[str]) -> None:
    assert_fits(replies.refusal(NoModelError(wanted=wanted, choices=offered)))


def assert_fits(text: str) -> None:
    assert text.strip()
    assert width(text) <= MESSAGE
