"""Prices, limits on money and refusals, read aloud: in dollars, within one message, in the members' language."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs import replies
from cogs.languages import language_of, reading
from cogs.replies.models import PER_PAGE
from cogs.replies.money import dollars_left, price_after, price_before
from cogs.replies.notices import notice
from cogs.replies.reached import IN_DOLLARS
from cogs.replies.wording import MESSAGE
from services.errors import (
    BlockedError,
    ChannelNotAllowedError,
    LimitReachedError,
    LimitRule,
    LimitSource,
    ModelNotAllowedError,
    PausedError,
    PriceUnknownError,
    RequestError,
)
from services.jobs import Offer
from services.limits import Allowance, Limit, Notice, NoticeKind
from services.models import Job, JobState, UsualTime, VideoModel, VideoRequest, VideoSpec
from services.videos import ModelOffer, Offered, Quote, Standing
from tests.cogs.reading import plain, width

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
JARGON: Final = re.compile(
    r"\b(jobs?|exceptions?|errors?|null|none|true|false|https?|upstream|apis?|queued|reserv\w+|micro\w*|submit\w*)\b"
    r"|[{}]",
    re.IGNORECASE,
)
SPEC: Final = VideoSpec(model="google/veo-3.1", duration=8, resolution="1080p", aspect_ratio="16:9", audio=True)
ALLOWANCE: Final = Allowance(
    per_day=Limit(value=5, source=LimitSource.BOT),
    used=1,
    frees_at=None,
    bonus_left=0,
    at_once=None,
    running=0,
    everywhere=20,
    used_everywhere=1,
    everywhere_frees_at=None,
    attempts=15,
    attempts_used=1,
    money=None,
    spent=120_000,
    money_everywhere=None,
    spent_everywhere=120_000,
    longest_clip=None,
    dearest_clip=None,
    server_budget=4_000_000,
    server_spent=120_000,
    total_budget=20_000_000,
    total_spent=250_000,
)
JOB: Final = Job(
    id=7,
    interaction_id=1,
    guild_id=2,
    channel_id=3,
    user_id=4,
    state=JobState.GENERATING,
    reason=None,
    prompt="a red fox in the snow",
    spec=SPEC,
    upload_limit=20 * 1024 * 1024,
    status_message_id=5,
    result_channel_id=3,
    result_message_id=6,
    remote_id=None,
    estimate_microusd=130_000,
    reserved_microusd=150_000,
    cost_microusd=None,
    created_at=NOON,
    submitted_at=NOON,
    completed_at=None,
    delivering_at=None,
    ended_at=None,
    told_at=None,
    next_at=NOON,
    attempts=0,
    fence=0,
)
STANDING: Final = Standing(allowance=ALLOWANCE, living=(), places={}, ended=())


def reached(rule: LimitRule, **details: object) -> LimitReachedError:
    """Return a refusal by that rule."""
    error = LimitReachedError(
        rule=rule, source=LimitSource.BOT, source_id=0, limit=5_000_000, used=4_700_000, frees_at=None, wanted=800_000
    )
    for name, value in details.items():
        setattr(error, name, value)
    return error


def refusals() -> Iterator[RequestError]:
    for rule, source, limit in product(LimitRule, LimitSource, (0, 1, 3, 10_000_000)):
        yield reached(rule, source=source, source_id=9, limit=limit)
    for everywhere, by_bot in product((True, False), (True, False)):
        yield PausedError(everywhere=everywhere, by_bot=by_bot)
        yield BlockedError(everywhere=everywhere)
    yield ChannelNotAllowedError([1])
    yield ChannelNotAllowedError(range(10**18, 10**18 + 100))
    yield ModelNotAllowedError("maker/model", ["google/veo-3.1"])
    yield ModelNotAllowedError("m" * 81, ["m" * 81] * 100)
    yield PriceUnknownError("maker/model")


# --- dollars ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("microusd", "text"),
    [
        (0, "$0.00"),
        (130_000, "$0.13"),
        (12_000_000, "$12.00"),
        (1_234_567_890_000, "$1,234,567.89"),
        (2_100, "$0.0021"),
        (10_000, "$0.01"),
    ],
)
def test_dollars_are_written_as_people_read_them(microusd: int, text: str) -> None:
    assert replies.dollars(microusd) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "1.234,56\N{NO-BREAK SPACE}$"), ("pt-BR", "US$\N{NO-BREAK SPACE}1.234,56"), ("ja", "$1,234.56")],
)
def test_dollars_are_written_as_their_reader_does(language: str, text: str) -> None:
    with reading(language_of(language)):
        assert replies.dollars(1_234_560_000) == dollars_left(1_234_560_000) == text


@given(st.integers(0, 10**12))
def test_what_is_left_is_never_written_as_more_than_it_is(microusd: int) -> None:
    shown = Decimal(dollars_left(microusd).removeprefix("$").replace(",", ""))

    assert 0 <= shown * 1_000_000 <= microusd
    assert microusd - shown * 1_000_000 < 10_000


def test_an_overdrawn_amount_leaves_nothing() -> None:
    assert dollars_left(-5_000_000) == "$0.00"


def test_a_price_is_told_before_and_what_was_billed_after() -> None:
    assert price_before(JOB) == price_after(JOB) == "about $0.13"
    assert price_before(replace(JOB, estimate_microusd=0)) == "price not known before"
    assert price_before(replace(JOB, estimate_microusd=0, reserved_microusd=0)) == "free of charge"
    assert price_after(replace(JOB, cost_microusd=140_000)) == "$0.14"
    assert price_after(replace(JOB, estimate_microusd=0, cost_microusd=0)) == "$0.00"


def test_the_status_message_and_the_result_name_the_price() -> None:
    waiting = replies.accepted(JOB, model_name="Veo", place=2, allowance=ALLOWANCE, usual=None)
    running = replies.in_progress(JOB, model_name="Veo", usual=None)
    result = replies.result(replace(JOB, cost_microusd=140_000), model_name="Veo")

    assert "· with sound · about $0.13\n" in plain(waiting)
    assert "· with sound · about $0.13\n" in plain(running)
    assert plain(result).endswith("· with sound · $0.14")


# --- refusals --------------------------------------------------------------------------------------------------------


def test_every_rule_has_a_sentence_of_its_own() -> None:
    assert len({replies.refusal(reached(rule)) for rule in LimitRule}) == len(LimitRule)


@pytest.mark.parametrize("error", list(refusals()), ids=repr)
def test_a_refusal_is_a_sentence_in_the_members_language(error: RequestError) -> None:
    text = replies.refusal(error)

    assert text != replies.SOMETHING_WENT_WRONG.text
    assert text.endswith(".")
    assert not JARGON.search(text)
    assert width(text) <= MESSAGE


@pytest.mark.parametrize("rule", sorted(IN_DOLLARS))
def test_a_rule_about_money_says_what_the_video_may_cost(rule: LimitRule) -> None:
    text = replies.refusal(reached(rule))

    assert "this video may cost up to $0.80" in text
    assert "$5.00" in text
    assert "4700000" not in text


def test_the_refusals_about_money_say_what_is_left_and_who_can_help() -> None:
    own = reached(LimitRule.MONEY, source=LimitSource.ROLE, source_id=9)

    assert replies.refusal(own).startswith(
        "You have $0.30 left of $5.00 in 30 days (the limit of your role <@&9>), and"
    )
    assert replies.refusal(reached(LimitRule.SERVER_BUDGET)) == (
        "This server has used its budget: $0.30 is left of $5.00 in 30 days, and this video may cost up to $0.80. "
        "The bot's owner can raise it."
    )
    assert replies.refusal(reached(LimitRule.TOTAL_BUDGET)) == (
        "The bot's budget is used: $0.30 is left of $5.00 in 30 days, and this video may cost up to $0.80. "
        "Its owner can raise it."
    )


def test_lengths_and_counts_are_no_dollars() -> None:
    long = reached(LimitRule.LONGEST_CLIP, limit=5, used=0, wanted=8, source=LimitSource.SERVER)
    often = reached(LimitRule.ATTEMPTS_PER_DAY, limit=15, used=15)

    assert replies.refusal(long) == (
        "A video may be 5 s long at most (this server's limit), and this one would be 8 s. Choose fewer seconds."
    )
    assert replies.refusal(often).startswith("You have asked 15 times in 24 hours, and 15 is the most")


def test_a_pause_of_the_bot_itself_is_told_apart_from_one_of_people() -> None:
    texts = {
        replies.refusal(PausedError(everywhere=True, by_bot=True)),
        replies.refusal(PausedError(everywhere=True, by_bot=False)),
        replies.refusal(PausedError(everywhere=False, by_bot=False)),
    }

    assert len(texts) == 3
    assert sum("goes on by itself" in text for text in texts) == 1


def test_a_hostile_name_in_a_refusal_is_harmless() -> None:
    text = replies.refusal(ModelNotAllowedError("@everyone <@&1>", ["```", "[x](https://evil.example)"]))

    assert "@everyone" not in text
    assert "<@&1>" not in text
    assert "https://" not in text


# --- what is left ----------------------------------------------------------------------------------------------------


def test_the_standing_shows_what_is_used_and_left_under_each_limit_on_money() -> None:
    have = replace(
        ALLOWANCE,
        bonus_left=2,
        money=Limit(value=1_000_000, source=LimitSource.MEMBER, source_id=4),
        money_everywhere=3_000_000,
    )

    assert replies.status(replace(STANDING, allowance=have)).splitlines()[2:] == [
        "**Left**",
        "4 of 5 videos a day (the bot's limit).",
        "Besides, 2 videos that a manager gave you once.",
        "Your dollars (your own limit): $0.12 of $1.00 used in 30 days, $0.88 left.",
        "Your dollars over all servers (the bot's limit): $0.12 of $3.00 used in 30 days, $2.88 left.",
        "This server's budget: $0.12 of $4.00 used in 30 days, $3.88 left.",
    ]


def test_what_all_servers_have_used_is_shown_to_nobody_and_what_they_have_left_where_it_binds() -> None:
    have = replace(ALLOWANCE, server_budget=4_000_000, server_spent=0, total_budget=20_000_000, total_spent=19_500_000)

    text = replies.status(replace(STANDING, allowance=have))

    assert "Left to everybody together in these 30 days: $0.50 (the bot's budget)." in text
    assert "$19.50" not in text
    assert "$20.00" not in text


def test_a_full_standing_fits_into_a_message_and_shows_what_is_left_whole() -> None:
    worst = replace(JOB, id=10**9, guild_id=2**62, result_channel_id=2**62, result_message_id=2**62, prompt="@" * 2_000)
    have = replace(
        ALLOWANCE,
        bonus_left=1_000,
        money=Limit(value=10**12, source=LimitSource.ROLE, source_id=2**62),
        money_everywhere=10**12,
        at_once=Limit(value=1_000, source=LimitSource.ROLE, source_id=2**62),
        total_budget=1,
    )
    standing = Standing(
        allowance=have, living=[worst] * 50, places={}, ended=[replace(worst, state=JobState.DELIVERED)] * 5
    )

    text = replies.status(standing)

    assert width(text) <= MESSAGE
    assert "(the bot's budget)" in text
    assert "**Your last videos**" in text


# --- offers ----------------------------------------------------------------------------------------------------------


def offered(*, estimate: int | None = 3_200_000, have: Allowance = ALLOWANCE, prompt: str = "a lighthouse") -> Offered:
    """Return an offer as its member sees it."""
    return Offered(
        offer=Offer(
            id=1,
            interaction_id=5,
            request=VideoRequest(prompt=prompt),
            microusd=estimate or 0,
            expires_at=NOON + timedelta(minutes=15),
        ),
        quote=Quote(spec=SPEC, estimate_microusd=estimate, reserve_microusd=3_520_000),
        allowance=have,
    )


def test_an_offer_says_the_price_the_most_it_may_cost_and_what_it_takes() -> None:
    text = plain(replies.offer(offered(), model_name="Veo"))

    assert text.startswith("**This video costs about $3.20, $3.52 at most.**\n> a lighthouse\nVeo · 8 s · 1080p")
    assert "It takes 1 of the 4 videos that you have left today, and up to $3.52 of the $3.88 left to you" in text


def test_an_offer_without_any_limit_on_money_names_videos_alone() -> None:
    have = replace(ALLOWANCE, server_budget=None, total_budget=None)

    assert "It takes 1 of the 4 videos that you have left today.\n" in replies.offer(offered(have=have), model_name="V")


def test_an_offer_without_a_price_says_what_is_held() -> None:
    text = replies.offer(offered(estimate=None), model_name="Veo")

    assert text.startswith(
        "**Nobody can say before what this video costs: $3.52 are held for it until the bill comes.**"
    )


@given(st.text(max_size=2_000), st.text(min_size=1, max_size=100))
def test_an_offer_always_fits_into_a_message(prompt: str, name: str) -> None:
    assert width(replies.offer(offered(prompt=prompt), model_name=name, is_again=True)) <= MESSAGE


@pytest.mark.parametrize(
    "text",
    [
        replies.OFFER_CLOSED.text,
        replies.OFFER_DECLINED.text,
        replies.ordered(JOB),
        replies.offer(offered(), model_name="Veo", is_again=True),
    ],
)
def test_what_is_said_about_offers_is_in_the_members_language(text: str) -> None:
    assert not JARGON.search(text)


# --- models ----------------------------------------------------------------------------------------------------------


def model_offer(
    name: str = "Google: Veo 3.1 Lite", *, allowed: bool = True, estimate: int | None = 150_000
) -> ModelOffer:
    """Return a model as `/models` gets it."""
    model = VideoModel(
        id="google/veo-3.1-lite",
        name=name,
        durations=(4, 6, 8),
        resolutions=("4K", "720p", "1080p"),
        audio=True,
    )
    return ModelOffer(
        model=model,
        quote=Quote(
            spec=replace(SPEC, duration=4, resolution="720p"),
            estimate_microusd=estimate,
            reserve_microusd=estimate or 0,
        ),
        usual=UsualTime(median=95, low=80, high=130, samples=12),
        is_allowed=allowed,
    )


def table(offers: Sequence[ModelOffer], *, have: Allowance = ALLOWANCE, page: int = 1) -> list[str]:
    """Return the lines of the table of a page, its heading first."""
    return replies.models_page(offers, allowance=have, page=page).split("```")[1].strip("\n").splitlines()


def test_a_model_is_one_line_of_what_it_does_for_how_much_and_how_fast() -> None:
    assert table([model_offer()]) == [
        "model                      price    for        takes  seconds sizes      sound  picture  allowed",
        "Google: Veo 3.1 Lite       $0.15    4 s 720p   2 min  4-8     720p-4K    choose no       yes",
    ]


def test_a_model_shows_what_it_costs_from_a_picture_and_whether_it_may_end_with_one() -> None:
    plain_offer = model_offer()
    dearer = replace(plain_offer.quote, estimate_microusd=160_000)
    offer = replace(plain_offer, from_picture=dearer)
    ends = replace(offer, model=replace(offer.model, frame_images=("first_frame", "last_frame")))

    assert table([offer])[1].split()[-2:] == ["$0.16", "yes"]
    assert table([ends])[1].split()[-2:] == ["$0.16*", "yes"]
    assert table([replace(offer, from_picture=replace(dearer, estimate_microusd=None))])[1].split()[-2:] == ["?", "yes"]


def test_a_model_that_the_server_forbids_is_told_apart_from_one_beyond_the_members_limits() -> None:
    poor = replace(ALLOWANCE, dearest_clip=Limit(value=100_000, source=LimitSource.SERVER))

    assert table([model_offer()], have=poor)[1].endswith(" limit")
    assert table([model_offer(allowed=False)])[1].endswith(" no")
    assert table([model_offer()])[1].endswith(" yes")


def test_what_is_not_known_of_a_model_is_a_question_mark() -> None:
    offer = replace(
        model_offer(estimate=None), usual=None, model=VideoModel(id="a/b", name="B", durations=(), resolutions=())
    )

    assert table([offer])[1].split() == ["B", "?", "4", "s", "720p", "?", "?", "?", "?", "no", "yes"]


def test_without_any_model_a_sentence_stands_in_for_the_table() -> None:
    assert replies.models_page([], allowance=ALLOWANCE, page=1) == (
        "The list of models cannot be had just now. Please try again in a minute."
    )
    assert replies.pages_of([]) == 1


@pytest.mark.parametrize("count", [1, PER_PAGE, PER_PAGE + 1, 25, 40, 100])
def test_every_model_stands_on_exactly_one_page(count: int) -> None:
    offers = [model_offer(f"model {number}") for number in range(count)]

    pages = [table(offers, page=page)[1:] for page in range(1, replies.pages_of(offers) + 1)]

    assert [line.split()[1] for page in pages for line in page] == [str(number) for number in range(count)]
    assert all(pages)


@given(st.text(min_size=1, max_size=100))
def test_a_full_page_fits_into_a_message_whatever_the_models_are_called(name: str) -> None:
    text = replies.models_page([model_offer(name, estimate=10**10)] * 100, allowance=ALLOWANCE, page=2)

    assert width(text) <= MESSAGE
    assert text.count("```") == 2
    assert len(text.splitlines()) == PER_PAGE + 5


# --- notices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_is_in_its_readers_language(kind: NoticeKind) -> None:
    found = Notice(
        id=1,
        guild_id=2,
        kind=kind,
        amount=5,
        compared=6,
        job_id=7,
        user_id=4,
        channel_id=3,
        message_id=5,
        created_at=NOON,
    )

    assert not JARGON.search(notice(found).replace("https://", ""))
    assert width(notice(found, server="x" * 100)) <= MESSAGE


def test_a_budget_is_named_as_its_reader_knows_it() -> None:
    found = Notice(id=1, guild_id=2, kind=NoticeKind.BUDGET, amount=4_000_000, compared=5_000_000, created_at=NOON)

    assert notice(found) == (
        "The budget for this server: $4.00 of $5.00 in 30 days are used (80 %). "
        "At 100 % nothing more can be made. The bot's owner can raise it with `/owner budget`."
    )
    assert plain(notice(found, server="The @everyone club")).startswith(
        "The budget for the server The @everyone club: $4.00"
    )
    assert "@everyone" not in notice(found, server="The @everyone club")
    assert notice(replace(found, guild_id=0, amount=5_000_000)) == (
        "The budget for everything: $5.00 of $5.00 in 30 days are used (100 %). "
        "Nothing more can be made until some of it is free again, or the bot's owner raises it with `/owner budget`."
    )
