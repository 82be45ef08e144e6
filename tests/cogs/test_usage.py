"""`/usage`: sums that add up, as a table, a file and a picture, whatever is in them."""

import asyncio
import csv
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
from PIL import Image

from cogs.replies import usage as words
from cogs.replies.usage import Usage
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.interactions import Interaction
from sandbox.discord.posts import Message
from services.jobs import UsageBy, UsageRow
from tests.cogs import forged
from tests.cogs.reading import plain, width
from tests.e2e.house import PATIENCE, House, answer_of, status_of

VEO, WAN = "google/veo-3.1", "alibaba/wan-2.6"
SUMS = """
SELECT COUNT(*) AS videos, SUM(held_microusd) AS microusd,
    SUM(CASE WHEN cost_microusd IS NULL AND held_microusd > 0 THEN 1 ELSE 0 END) AS open
FROM jobs WHERE guild_id = {guild} AND state <> 'cancelled' AND created_at >= {since}
"""
INSERT = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, reason, prompt, model, duration, upload_limit,
                  counts, reserved_microusd, held_microusd, cost_microusd, created_at, ended_at, remote_id,
                  result_channel_id, result_message_id)
"""
DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A video of the past: whose, how many days ago, what is held for it and what was billed."""

    user_id: int
    held: int
    ago: float = 0.0
    model: str = VEO
    cost: int | None = None
    state: str = "delivered"
    guild: str = "Sandbox"


async def put(house: House, *past: Past) -> None:
    """Write videos of the past into the bot's table of jobs."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    first = house.rows("SELECT COUNT(*) AS jobs FROM jobs")[0]["jobs"] + 1
    values = [_row(house, number, each, now=now) for number, each in enumerate(past, start=first)]
    statement = f"{INSERT} VALUES {', '.join(values)}"
    # In a thread: the bot may hold the database, and can only let it go while this loop turns.
    await asyncio.to_thread(house.rows, statement)


def _row(house: House, number: int, past: Past, *, now: int) -> str:
    guild = house.discord.world.guild(past.guild).id
    created = now - int(past.ago * DAY_MS)
    reason = "'upstream_failed'" if past.state == "failed" else "NULL"
    cost = "NULL" if past.cost is None else past.cost
    counts = int(past.state == "delivered")
    return (
        f"({number}, {guild}, 1, {past.user_id}, '{past.state}', {reason}, 'x', '{past.model}', 5, 1, {counts}, "
        f"{past.held}, {past.held}, {cost}, {created}, {created}, 'r', 1, 1)"
    )


def billed(user_id: int, microusd: int, *, ago: float = 0.0, model: str = VEO) -> Past:
    return Past(user_id=user_id, held=microusd, cost=microusd, ago=ago, model=model)


async def usage(house: House, **options: object) -> Interaction:
    """As the manager, ask for the usage, and wait until it is there."""
    interaction = await house.command("usage", by="manager", options=options)
    assert interaction.ephemeral
    if options.get("as") == "picture":
        await house.discord.wait_until(lambda: interaction.original and interaction.original.text, timeout=PATIENCE)
    return interaction


async def table(house: House, **options: object) -> list[str]:
    return plain(answer_of(await usage(house, **options))).splitlines()


def read_csv(message: Message) -> list[dict[str, str]]:
    (attachment,) = message.attachments
    assert attachment.filename.endswith(".csv")
    return list(csv.DictReader(StringIO(attachment.path.read_text(encoding="utf-8"), newline="")))


# --- the table -------------------------------------------------------------------------------------------------------


async def test_a_server_without_videos_says_so_in_every_form(house: House) -> None:
    async with house.running():
        for form in ("table", "csv", "picture"):
            assert await table(house, **{"as": form}) == [
                "Nobody asked for a video in this server in the last 30 days."
            ]


async def test_members_are_named_in_the_order_of_what_they_cost_and_added_up(house: House) -> None:
    alice, bob = house.user("alice").id, house.user("bob").id
    async with house.running():
        await put(
            house,
            billed(alice, 120_000),
            billed(bob, 12_340_000),
            Past(user_id=alice, held=360_000),
            Past(user_id=alice, held=0, state="failed"),
            Past(user_id=alice, held=0, state="cancelled"),
            Past(user_id=alice, held=99_000_000, guild="Elsewhere"),
        )
        shown = await table(house)

    assert shown == [
        "**Spent in the last 30 days by member**",
        f"`$12.34   1 video` <@{bob}>",
        f"` $0.48* 3 videos` <@{alice}> · 2 delivered",
        "`$12.82* 4 videos` **in all** · 3 delivered",
        "* Not billed yet: 1 video. What is held for them is counted.",
    ]


async def test_models_and_days_have_their_own_sums(house: House) -> None:
    alice = house.user("alice").id
    async with house.running():
        await put(
            house,
            billed(alice, 1_000_000),
            billed(alice, 2_000_000, ago=3),
            billed(alice, 500_000, ago=3, model="acme/gone"),
        )
        by_model = await table(house, by="model")
        by_day = await table(house, by="day", days=7)

    today = datetime.now(UTC).date()
    assert by_model[1:] == [
        "`$3.00  2 videos` Google: Veo 3.1",
        "`$0.50   1 video` acme/gone",
        "`$3.50  3 videos` **in all**",
    ]
    assert by_day == [
        "**Spent in the last 7 days by day**",
        f"`$1.00   1 video` {words.short_day(today)}",
        f"`$2.50  2 videos` {words.short_day(today - timedelta(days=3))}",
        "`$3.50  3 videos` **in all**",
        "Days begin at midnight UTC.",
    ]


@pytest.mark.parametrize(("days", "videos"), [(1, 1), (2, 2), (30, 3), (90, 4)])
async def test_the_period_is_what_was_asked_for(house: House, days: int, videos: int) -> None:
    alice = house.user("alice").id
    async with house.running():
        await put(house, *(billed(alice, 1_000_000, ago=ago) for ago in (0.9, 1.1, 29.9, 89.9, 90.1)))
        shown = await table(house, days=days)

    assert f"{videos} video" in shown[-1]


@pytest.mark.parametrize("days", [0, -1, 91, 10**9])
async def test_a_forged_period_is_brought_within_bounds(house: House, days: int) -> None:
    alice = house.user("alice").id
    async with house.running():
        await put(house, billed(alice, 1_000_000), billed(alice, 1_000_000, ago=91))
        with pytest.raises(ClientRefusedError):
            await usage(house, days=days)
        answer = await forged.command(house, "usage", by="manager", options=[("days", forged.INTEGER, days)])

    assert answer.ephemeral
    assert "1 video`" in plain(answer_of(answer))


async def test_a_forged_grouping_shows_nothing(house: House) -> None:
    async with house.running():
        await put(house, billed(house.user("alice").id, 1_000_000))
        answer = await forged.command(house, "usage", by="manager", options=[("by", forged.STRING, "user_id; DROP")])

    assert answer.ephemeral
    assert "$" not in answer_of(answer)


def many(by: UsageBy, number: int) -> Usage:
    groups = {
        UsageBy.MEMBER: [str(10**18 + each) for each in range(number)],
        UsageBy.MODEL: [f"maker_with_a_name/model_{each}" for each in range(number)],
        UsageBy.DAY: [str(date(2026, 9, 1) + timedelta(days=each)) for each in range(number)],
    }[by]
    rows = [
        UsageRow(group=group, videos=10_000, delivered=9_999, microusd=123_456_789 + place, unconfirmed=place % 2)
        for place, group in enumerate(groups)
    ]
    return Usage(by=by, days=90, rows=rows)


@pytest.mark.parametrize("by", UsageBy)
@pytest.mark.parametrize("number", [1, 40, 90, 3_000])
def test_a_table_always_fits_and_counts_what_it_does_not_show(by: UsageBy, number: int) -> None:
    usage = many(by, number)
    lines = words.table(usage, name=str).splitlines()

    assert width("\n".join(lines)) <= 2000
    in_all = next(line for line in lines if "**in all**" in line)
    rows = lines[1 : lines.index(in_all)]
    assert f"{number * 10_000:,} videos" in in_all
    assert sum(int(row.split(" videos")[0].split()[-1].replace(",", "")) for row in rows) == number * 10_000


def test_of_many_days_the_latest_are_shown() -> None:
    usage = many(UsageBy.DAY, 90)
    lines = words.table(usage, name=str).splitlines()

    assert "Nov 29" in lines[1]
    assert any("earlier days" in line for line in lines)


# --- the file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [each.value for each in UsageBy])
async def test_the_file_parses_back_to_the_sums_of_the_table_of_jobs(house: House, by: str) -> None:
    people = [house.user(name).id for name in ("alice", "bob", "carol")]
    past = [
        Past(
            user_id=people[number % 3],
            held=1 + number * 333_333,
            cost=None if number % 4 == 0 else 1 + number * 333_333,
            ago=number,
            model=(VEO, WAN)[number % 2],
        )
        for number in range(40)
    ]
    async with house.running():
        await put(house, *past, Past(user_id=people[0], held=5, state="cancelled"))
        since = int((datetime.now(UTC) - timedelta(days=30)).timestamp() * 1000)
        (sums,) = house.rows(SUMS.format(guild=house.discord.world.guild("Sandbox").id, since=since))
        rows = read_csv(status_of(await usage(house, **{"as": "csv"}, by=by)))

    assert list(rows[0]) == [by, "videos", "delivered", "usd", "videos_not_billed"]
    assert sum(Decimal(row["usd"]) for row in rows) == Decimal(sums["microusd"]) / 1_000_000
    assert sum(int(row["videos"]) for row in rows) == sums["videos"]
    assert sum(int(row["videos_not_billed"]) for row in rows) == sums["open"]
    if by == "member":
        assert {row["member"] for row in rows} == {f"<@{person}>" for person in people}


@pytest.mark.parametrize("model", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")', 'a,"b"\r\nc'])
def test_no_cell_is_a_formula(model: str) -> None:
    row = UsageRow(group=model, videos=1, delivered=1, microusd=1, unconfirmed=0)
    usage = Usage(by=UsageBy.MODEL, days=1, rows=[row])

    (read,) = csv.DictReader(StringIO(words.spreadsheet(usage).decode(), newline=""))

    assert read["model"].removeprefix("'") == model
    assert not read["model"].startswith(words.FORMULA)
    assert read["usd"] == "0.000001"


# --- the picture -----------------------------------------------------------------------------------------------------


async def test_a_picture_is_a_png_with_its_text_beside_it(house: House) -> None:
    alice, bob = house.user("alice").id, house.user("bob").id
    async with house.running():
        await put(house, billed(alice, 2_000_000), Past(user_id=bob, held=1_000_000, ago=2))
        shown = {by: status_of(await usage(house, **{"as": "picture"}, by=by)) for by in ("member", "model", "day")}

    for by, message in shown.items():
        (attachment,) = message.attachments
        assert attachment.filename == f"usage-by-{by}-30-days.png"
        assert attachment.description == f"Spent in the last 30 days by {by}: $3.00 for 2 videos"
        with Image.open(BytesIO(attachment.path.read_bytes())) as picture:
            assert picture.format == "PNG"
            assert picture.width == 1200
    assert plain(shown["member"].text).splitlines() == [
        "**Spent in the last 30 days by member**: $3.00 for 2 videos",
        f"**1** <@{alice}> · **2** <@{bob}>",
        "* Not billed yet: 1 video. What is held for them is counted.",
    ]
    assert shown["member"].pings.is_silent


async def test_a_picture_is_in_its_readers_language_unless_the_font_lacks_its_letters(house: House) -> None:
    async with house.running():
        await put(house, billed(house.user("alice").id, 2_000_000))
        english, german, japanese = [(await picture_for(house, locale)).tobytes() for locale in ("en-US", "de", "ja")]

    assert japanese == english != german


async def picture_for(house: House, locale: str) -> Image.Image:
    """Return what a manager is shown who has Discord in that language."""
    interaction = await house.discord.run_command(
        user_id=house.user("manager").id,
        channel_id=house.channel("videos").id,
        name="usage",
        options={"as": "picture", "by": "day", "days": 7},
        locale=locale,
    )
    await house.discord.wait_until(lambda: drawn(interaction), timeout=PATIENCE)
    (attachment,) = status_of(interaction).attachments
    return Image.open(BytesIO(attachment.path.read_bytes()))


async def test_the_bot_answers_others_while_it_draws(house: House) -> None:
    async with house.running():
        await put(house, *(billed(10**18 + number, 10_000 * number) for number in range(1, 41)))
        drawing = [await house.send("usage", by="manager", options={"as": "picture"}) for _ in range(3)]
        await house.reads("status")
        still_drawing = sum(not drawn(each) for each in drawing)
        await house.discord.wait_until(lambda: all(map(drawn, drawing)), timeout=PATIENCE)

    assert still_drawing >= 1
    assert all(width(status_of(each).text) <= 2000 for each in drawing)


def drawn(interaction: Interaction) -> bool:
    return interaction.original is not None and bool(interaction.original.attachments)


async def test_without_the_extra_the_table_is_given_instead(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    videos, manager = house.channel("videos").id, house.user("manager").id
    async with house.running():
        await put(house, billed(house.user("alice").id, 1_000_000))
        told = await house.reads("usage", by="manager", options={"as": "picture"})
        table = await house.discord.next_message(
            videos, viewer_id=manager, where=lambda message: "**in all**" in message.text
        )

    assert told == plain(words.NO_PICTURES.text)
    assert not table.attachments


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["table", "csv", "picture"])
async def test_a_member_learns_nothing_of_what_others_spent(house: House, form: str) -> None:
    async with house.running():
        await put(house, billed(house.user("bob").id, 1_000_000))
        with pytest.raises(ClientRefusedError, match="hidden"):
            await house.command("usage", by="alice", options={"as": form})
        answer: Any = await forged.command(house, "usage", by="alice", options=[("as", forged.STRING, form)])

    assert answer.ephemeral
    assert "$" not in answer_of(answer)
    assert status_of(answer).attachments == ()
