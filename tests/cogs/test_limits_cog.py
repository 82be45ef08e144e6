"""`/limits`: what managers may set, for whom, how it binds, and what the record of changes says of it."""

import asyncio
import math

import pytest

from cogs.replies import limits as words
from sandbox.discord.errors import ClientRefusedError
from sandbox.openrouter import JobPlan
from tests.cogs import forged
from tests.cogs.reading import plain, width
from tests.e2e.house import House, answer_of

LIMITS = """
SELECT subject, subject_id, videos_per_day, running_at_once, microusd, longest_clip, dearest_clip FROM limits
ORDER BY subject, subject_id
"""
AUDIT = "SELECT * FROM audit ORDER BY id"
NUMBERS = ("videos_per_day", "running_at_once", "microusd", "longest_clip", "dearest_clip")
EVERY_LIMIT: dict[str, object] = {
    "videos_per_day": 9,
    "usd_per_30_days": 12.5,
    "running_at_once": 2,
    "longest_clip": 8,
    "dearest_clip_usd": 0.1,
}


async def by_manager(house: House, name: str, **options: object) -> str:
    return await house.reads(f"limits {name}", by="manager", options=options)


async def for_alice(house: House, name: str, **options: object) -> str:
    return await by_manager(house, name, user=house.user("alice").id, **options)


async def asks(house: House, **options: object) -> str:
    """As alice, ask for a video that will be refused, and return what she reads."""
    return await house.reads("video", options={"prompt": "a fox"} | options)


# --- setting, seeing, clearing ---------------------------------------------------------------------------------------


async def test_a_manager_sets_sees_and_clears_limits(house: House) -> None:
    alice, regulars = house.user("alice").id, house.discord.world.role("Regulars").id
    async with house.running(budget_usd=20):
        told = await for_alice(house, "set", videos_per_day=9)
        more = await for_alice(house, "set", running_at_once=2)
        await by_manager(house, "set", role=regulars, videos_per_day=7)
        await by_manager(house, "default", videos_per_day=3, running_at_once=1)
        shown = await by_manager(house, "show")
        cleared = await for_alice(house, "clear")
        again = await for_alice(house, "clear")
        await by_manager(house, "clear", role=regulars)
        await by_manager(house, "clear")
        empty = await by_manager(house, "show")

    assert told == f"Set. <@{alice}>: 9 a day. This binds from the next video on; what is running goes on."
    assert more.startswith(f"Set. <@{alice}>: 9 a day, 2 at once.")
    assert shown.splitlines()[1:] == [
        "Everybody here: 3 a day, 1 at once.",
        f"<@&{regulars}>: 7 a day.",
        f"<@{alice}>: 9 a day, 2 at once.",
        "The bot: 5 a day.",
        "The owner's budget for all servers together: $20.00 in 30 days; this server used $0.00.",
        "Over all servers nobody gets more than 20 videos in 24 hours.",
    ]
    assert cleared == f"Cleared: for <@{alice}> the next rule applies."
    assert again == f"There was no limit set for <@{alice}>."
    assert empty.splitlines()[1:] == shown.splitlines()[-3:]
    assert house.rows(LIMITS) == []


async def test_every_number_is_stored_exactly_and_shown(house: House) -> None:
    async with house.running():
        told = await for_alice(house, "set", **EVERY_LIMIT)

    (row,) = house.rows(LIMITS)
    assert [row[name] for name in NUMBERS] == [9, 2, 12_500_000, 8, 100_000]
    assert "9 a day, 2 at once, $12.50 in 30 days, no clip longer than 8 s, no clip dearer than $0.10." in told


@pytest.mark.parametrize(
    ("usd", "microusd"), [(0, 0), (0.01, 10_000), (0.29, 290_000), (1.1, 1_100_000), (19.99, 19_990_000)]
)
async def test_dollars_become_micro_dollars_without_a_rounding_error(house: House, usd: float, microusd: int) -> None:
    async with house.running():
        await by_manager(house, "default", usd_per_30_days=usd, dearest_clip_usd=usd)

    (row,) = house.rows(LIMITS)
    assert (row["microusd"], row["dearest_clip"]) == (microusd, microusd)


@pytest.mark.parametrize("usd", [0.001, 1.005, 1e-7])
async def test_a_fraction_of_a_cent_is_refused_with_what_to_do(house: House, usd: float) -> None:
    async with house.running():
        assert await for_alice(house, "set", usd_per_30_days=usd) == words.WHOLE_CENTS.text
        assert await for_alice(house, "set", dearest_clip_usd=usd) == words.WHOLE_CENTS.text

    assert house.rows(LIMITS) == []
    assert house.rows(AUDIT) == []


async def test_the_least_and_the_most_are_taken(house: House) -> None:
    least = dict.fromkeys(EVERY_LIMIT, 0)
    most = {
        "videos_per_day": 10_000,
        "usd_per_30_days": 1_000_000,
        "running_at_once": 1_000,
        "longest_clip": 3_600,
        "dearest_clip_usd": 1_000_000,
    }
    async with house.running():
        await for_alice(house, "set", **least)
        await by_manager(house, "set", user=house.user("bob").id, **most)

    assert [[row[name] for name in NUMBERS] for row in house.rows(LIMITS)] == [
        [0, 0, 0, 0, 0],
        [10_000, 1_000, 1_000_000_000_000, 3_600, 1_000_000_000_000],
    ]


BEYOND = {
    "videos_per_day": (-1, 10_001),
    "running_at_once": (-1, 1_001),
    "usd_per_30_days": (-0.01, 1_000_000.01),
    "longest_clip": (-1, 3_601),
    "dearest_clip_usd": (-0.01, 1_000_000.01),
}


@pytest.mark.parametrize("name", BEYOND)
async def test_what_is_beyond_the_bounds_is_refused_by_the_client_and_when_forged_by_the_bot(
    house: House, name: str
) -> None:
    kind = forged.NUMBER if name.endswith(("usd", "days")) else forged.INTEGER
    async with house.running():
        for value in BEYOND[name]:
            with pytest.raises(ClientRefusedError):
                await by_manager(house, "default", **{name: value})
            answer = await forged.command(house, "limits default", by="manager", options=[(name, kind, value)])
            assert answer.ephemeral
            assert answer_of(answer) == words.OUT_OF_BOUNDS.text

    assert house.rows(LIMITS) == []
    assert house.rows(AUDIT) == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, 2**63, -(2**63)])
@pytest.mark.parametrize("name", ["usd_per_30_days", "dearest_clip_usd"])
async def test_what_is_no_amount_is_never_stored(house: House, name: str, value: float) -> None:
    async with house.running():
        answer = await forged.command(house, "limits default", by="manager", options=[(name, forged.NUMBER, value)])

    assert answer.ephemeral
    assert answer_of(answer) in {words.WHOLE_CENTS.text, words.OUT_OF_BOUNDS.text}
    assert house.rows(LIMITS) == []
    assert house.rows(AUDIT) == []


@pytest.mark.parametrize("name", ["set", "clear"])
async def test_a_member_and_a_role_together_are_refused(house: House, name: str) -> None:
    both: dict[str, object] = {"user": house.user("alice").id, "role": house.discord.world.role("Regulars").id}
    number: dict[str, object] = {"videos_per_day": 1} if name == "set" else {}

    async with house.running():
        assert await by_manager(house, name, **both, **number) == words.ONE_SUBJECT.text

    assert house.rows(LIMITS) == []


async def test_a_limit_for_nobody_or_without_a_number_is_refused(house: House) -> None:
    async with house.running():
        nobody = await by_manager(house, "set", videos_per_day=1)
        nothing = await for_alice(house, "set")
        default = await by_manager(house, "default")

    assert nobody == words.ONE_SUBJECT.text
    assert nothing == default == plain(words.NOTHING_TO_SET.text)
    assert house.rows(LIMITS) == []
    assert house.rows(AUDIT) == []


async def test_a_limit_above_the_owners_says_that_the_owners_still_stands(house: House) -> None:
    async with house.running(server_budget_usd=10, budget_usd=15, user_usd_everywhere=5):
        high = await for_alice(house, "set", usd_per_30_days=16, videos_per_day=21)
        low = await for_alice(house, "set", usd_per_30_days=5, videos_per_day=20)
        shown = await by_manager(house, "show")

    assert high.splitlines()[1:] == [
        "The owner's budget for this server, $10.00 in 30 days, still stands above that.",
        "The owner's budget for all servers together, $15.00 in 30 days, still stands above that.",
        "The owner's limit for one member over all servers, $5.00 in 30 days, still stands above that.",
        "The owner's limit for one member over all servers, 20 videos a day, still stands above that.",
    ]
    assert len(low.splitlines()) == 1
    assert "The owner's budget for this server: $10.00 in 30 days, $0.00 of it used." in shown


async def test_a_server_full_of_limits_is_shown_to_the_last_one_in_several_messages(house: House) -> None:
    world = house.discord.world
    guild, videos = world.guild("Sandbox").id, house.channel("videos").id
    manager = house.user("manager").id
    async with house.running():
        await for_alice(house, "set", **EVERY_LIMIT)
        rows = ", ".join(
            f"({guild}, 'member', {10**17 + number}, 10000, 1000, 1000000000000, 3600, 1000000000000, 1, 1)"
            for number in range(40)
        )
        # In a thread: the bot may hold the database, and can only let it go while this loop turns.
        await asyncio.to_thread(house.rows, f"INSERT INTO limits VALUES {rows}")  # noqa: S608  # our own numbers
        first = await house.send("limits show", by="manager")
        last = await house.discord.next_message(
            videos, viewer_id=manager, where=lambda message: message.text.endswith("in 24 hours.")
        )

    shown = [message.text for message in house.discord.messages(videos, viewer_id=manager)][1:]
    assert first.ephemeral
    assert len(shown) > 1
    assert shown[-1] == last.text
    assert all(width(text) <= 2000 for text in shown)
    assert sum(text.count("10,000 a day") for text in shown) == 40


# --- how it binds ----------------------------------------------------------------------------------------------------


async def test_a_lowered_limit_binds_at_once_and_what_is_running_goes_on(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        asked = await house.video()
        await house.openrouter.requests.wait_for("submit", answered=True)
        await for_alice(house, "set", videos_per_day=1)
        refused = await asks(house)
        house.openrouter.clock.advance(1000)
        await house.ended(asked)

    assert refused.startswith("You have used your 1 video of today (your own limit). The next one is free <t:")
    assert [job["state"] for job in house.jobs()] == ["delivered"]


async def test_more_at_once_than_allowed_is_refused_until_one_finishes(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        await by_manager(house, "default", running_at_once=1)
        asked = await house.video()
        refused = await asks(house)
        await house.openrouter.requests.wait_for("submit", answered=True)
        house.openrouter.clock.advance(1000)
        await house.ended(asked)
        await house.ended(await house.video("now"))

    assert refused == "You have 1 video under way, and this server's limit is 1 at once. Wait for one to finish."
    assert len(house.jobs()) == 2


@pytest.mark.parametrize(
    ("number", "unit"),
    [({"longest_clip": 1}, "s long at most"), ({"dearest_clip_usd": 0.01}, "$0.01"), ({"usd_per_30_days": 0}, "$0.00")],
)
async def test_a_members_own_number_goes_over_their_best_role_over_the_server(
    house: House, number: dict[str, object], unit: str
) -> None:
    """For clips and dollars; each low number would refuse, each high one lets the video through."""
    world = house.discord.world
    patrons, regulars = world.role("Patrons").id, world.role("Regulars").id
    carol = house.user("carol").id
    world.add_member(world.guild("Sandbox").id, carol, role_ids={patrons, regulars})
    high: dict[str, object] = dict.fromkeys(number, 100)

    async def is_refused() -> bool:
        answer = await house.video(by="carol")
        if answer.ephemeral:
            assert unit in plain(answer_of(answer))
            return True
        await house.ended(answer)
        return False

    async with house.running(videos_per_day=20):
        await by_manager(house, "default", **number)
        assert await is_refused()
        await by_manager(house, "set", role=patrons, **high)
        assert not await is_refused()
        await by_manager(house, "set", role=regulars, **number)
        assert not await is_refused()
        await by_manager(house, "set", user=carol, **number)
        assert await is_refused()
        await by_manager(house, "set", user=carol, **high)
        await by_manager(house, "clear", role=patrons)
        assert not await is_refused()
        await by_manager(house, "clear", user=carol)
        assert await is_refused()


async def test_a_limit_of_none_shuts_a_role_out(house: House) -> None:
    regulars = house.discord.world.role("Regulars").id
    async with house.running():
        await by_manager(house, "set", role=regulars, videos_per_day=0)
        refused = await house.reads("video", by="carol", options={"prompt": "a fox"})

    assert refused == (
        f"You cannot make videos here: the limit of your role <@&{regulars}> is 0 a day. "
        "A manager of this server can change that."
    )
    assert house.jobs() == []


async def test_a_grant_is_used_after_the_day_and_once(house: House) -> None:
    async with house.running():
        await for_alice(house, "set", videos_per_day=1)
        told = await for_alice(house, "grant", videos=1)
        for _ in range(2):
            await house.ended(await house.video())
        refused = await asks(house)

    assert told.startswith(f"<@{house.user('alice').id}> has 1 more video, once")
    assert refused.startswith("You have used your 1 video of today")
    assert [job["uses_bonus"] for job in house.jobs()] == [0, 1]


@pytest.mark.parametrize("videos", [0, -1, 1_001, 2**53])
async def test_no_forged_number_of_videos_is_granted(house: House, videos: int) -> None:
    alice = str(house.user("alice").id)
    person = {"users": {alice: {"id": alice, "username": "alice", "discriminator": "0", "avatar": None}}}
    async with house.running():
        with pytest.raises(ClientRefusedError):
            await for_alice(house, "grant", videos=videos)
        answer = await forged.command(
            house,
            "limits grant",
            by="manager",
            options=[("user", forged.USER, alice), ("videos", forged.INTEGER, videos)],
            resolved=person,
        )

    assert answer_of(answer) == words.OUT_OF_BOUNDS.text
    assert house.rows("SELECT * FROM bonuses") == []
    assert house.rows(AUDIT) == []


async def test_a_blocked_member_is_turned_away_until_the_block_ends(house: House) -> None:
    async with house.running():
        blocked = await for_alice(house, "block")
        again = await for_alice(house, "block")
        refused = await house.video()
        elsewhere = await house.video(where="lobby")
        ended = await for_alice(house, "unblock")
        nothing = await for_alice(house, "unblock")
        await house.ended(await house.video())

    alice = f"<@{house.user('alice').id}>"
    assert blocked.startswith(f"{alice} can no longer make videos in this server.")
    assert again == f"{alice} is blocked already."
    assert refused.ephemeral
    assert not elsewhere.ephemeral
    assert ended == f"{alice} can make videos in this server again."
    assert nothing == f"{alice} is neither blocked nor paused here."
    assert [row["after"] for row in house.rows(AUDIT)] == ["blocked", ""]


# --- the record of changes -------------------------------------------------------------------------------------------


async def test_every_change_leaves_one_row_and_an_empty_one_none(house: House) -> None:
    async with house.running():
        for _ in range(2):
            await for_alice(house, "set", **EVERY_LIMIT)
        for _ in range(2):
            await for_alice(house, "clear")
        await by_manager(house, "clear")
        await for_alice(house, "grant", videos=2)

    rows = house.rows(AUDIT)
    assert [row["action"] for row in rows] == ["limits set", "limits clear", "limits grant"]
    assert {row["actor_id"] for row in rows} == {house.user("manager").id}
    assert len({row["interaction_id"] for row in rows}) == 3


async def test_the_log_says_in_sentences_who_changed_what_and_when(house: House) -> None:
    world = house.discord.world
    alice, regulars = house.user("alice").id, world.role("Regulars").id
    async with house.running():
        empty = await by_manager(house, "log")
        await for_alice(house, "set", videos_per_day=3)
        await for_alice(house, "set", videos_per_day=5, usd_per_30_days=2.5, longest_clip=8)
        await by_manager(house, "set", role=regulars, running_at_once=1)
        await by_manager(house, "default", dearest_clip_usd=1)
        await for_alice(house, "clear")
        await for_alice(house, "grant", videos=1)
        await for_alice(house, "block")
        await for_alice(house, "unblock")
        await house.reads("pause", by="manager")
        await house.reads("resume", by="manager")
        shown = await by_manager(house, "log")
        beyond = await by_manager(house, "log", page=2)

    head, *lines = shown.splitlines()
    assert empty == "Nothing has been changed here yet."
    assert head == "**Changes in this server**, the newest first"
    assert all(line.startswith("<t:") for line in lines)
    assert [line.partition(f":f> <@{house.user('manager').id}> ")[2] for line in lines] == [
        "let videos be made again.",
        "paused all new videos.",
        f"ended the block of <@{alice}>.",
        f"blocked <@{alice}>.",
        f"gave <@{alice}> 1 more video, once.",
        (
            f"cleared the limits of <@{alice}>: videos a day 5 → not set, dollars in 30 days $2.50 → not set, "
            "longest clip 8 s → not set."
        ),
        "set the limits of everybody here: dearest clip not set → $1.00.",
        f"set the limits of <@&{regulars}>: videos at once not set → 1.",
        (
            f"set the limits of <@{alice}>: videos a day 3 → 5, dollars in 30 days not set → $2.50, "
            "longest clip not set → 8 s."
        ),
        f"set the limits of <@{alice}>: videos a day not set → 3.",
    ]
    assert beyond == "There is no page 2: the record of changes ends before it."


async def test_the_log_has_fifteen_changes_a_page_and_every_page_is_there(house: House) -> None:
    async with house.running():
        for number in range(1, 32):
            await by_manager(house, "default", videos_per_day=number)
        pages = [(await by_manager(house, "log", page=page)).splitlines() for page in (1, 2, 3)]
        forged_page = await forged.command(house, "limits log", by="manager", options=[("page", forged.INTEGER, -5)])

    assert [len(page) for page in pages] == [17, 17, 2]
    assert [page[-1] for page in pages[:2]] == [f"Older ones: `/limits log page:{page}`" for page in (2, 3)]
    assert pages[1][0] == "**Changes in this server**, the newest first, page 2"
    changes = [line for page in pages for line in page if line.startswith("<t:")]
    assert [line.rpartition("→ ")[2] for line in changes] == [f"{number}." for number in range(31, 0, -1)]
    assert plain(answer_of(forged_page)).splitlines() == pages[0]
