"""Authorisation: one test for each attack of that part of the threat model, named after it, over the real wire."""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import pytest

from cogs import replies
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import Interaction
from sandbox.discord.posts import Message
from sandbox.openrouter import JobPlan
from services.database import Database
from services.errors import NotAllowedError, StorageError
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import PATIENCE, REMOVE, House, answer_of, status_of, watching
from tests.services.jobs.samples import NOON, house_over, owner
from tests.threats import anybody

FORGED: Final = (
    "job:999:cancel",
    "job:0:cancel",
    "job:-1:cancel",
    "job:1:cancel ",
    "job:1:cancel;drop table jobs",
    "job:1' OR '1'='1:cancel",
    "job:99999999999999999999999999:cancel",
    "job:٣:cancel",
    "job:1:deliver",
    "offer:999:yes",
    "offer:1:maybe",
    "offer:99999999999999999999999999:yes",
    "models:-1",
    "result:999:again",
    "result:1:delete",
    "result:1:edit",
    "result:1:again;drop table jobs",
    "result:99999999999999999999999999:delete",
    "x" * 100,
)
"""What a client of one's own could send as a button's id; Discord takes up to a hundred characters."""
WEIGHTS: Final = "SELECT id, state, counts, held_microusd FROM jobs"
KEYSTROKES: Final = 300
BURST, A_SECOND = 20, 5
"""Keystrokes that are answered to one member: at once, and in each second after that."""
COMMANDS: Final = 100


def foreign_manager(house: House) -> str:
    """Let `mallory` own a server of her own, where the bot is too."""
    world = house.discord.world
    mallory = world.add_user("mallory")
    guild = world.add_guild("Mallory's", owner_id=mallory.id)
    world.add_channel(guild.id, "lair")
    return mallory.username


def buttons(message: Message) -> dict[str, str]:
    """Return the custom ids of a message's buttons by their labels."""
    return {button["label"]: button["custom_id"] for row in message.components for button in row["components"]}


async def everybody_else_was_answered(house: House, *, by: str = "carol") -> None:
    """Run a command and wait for its answer: what came before it has been looked at by then."""
    await house.command("status", by=by)


async def test_a1_the_manager_of_another_server_moves_neither_the_owners_money_nor_this_servers_limits(
    house: House,
) -> None:
    mallory = foreign_manager(house)
    sandbox = house.discord.world.guild("Sandbox").id
    async with house.running(), asyncio.timeout(PATIENCE):
        await house.reads("limits default", by="manager", options={"videos_per_day": 3})
        before = anybody.on_disk(house)
        for name, leaf in anybody.hidden(house).items():
            options = anybody.options_of(house, leaf, where="lair")
            await anybody.run(house, name, by=mallory, where="lair", options=options, as_administrator=True)

    after = anybody.on_disk(house)
    assert after["budgets"] == before["budgets"] == []
    assert {row["guild_id"] for row in after["pauses"]} <= {house.channel("lair").guild_id}
    for table in ("limits", "bonuses", "blocks", "pauses", "servers", "audit"):
        assert [row for row in after[table] if row["guild_id"] in (0, sandbox)] == before[table]
    # The attack did reach the commands: in her own server she may.
    assert any(row["guild_id"] == house.channel("lair").guild_id for row in after["limits"])


async def test_a1_the_commands_of_the_owner_refuse_everybody_else_whatever_discord_lets_through(house: House) -> None:
    async with house.running(), asyncio.timeout(PATIENCE):
        commands = {name: leaf for name, leaf in anybody.hidden(house).items() if name.startswith("owner")}
        before = anybody.on_disk(house)
        for name, leaf in commands.items():
            options = anybody.options_of(house, leaf, where="videos")
            answer = await anybody.run(house, name, by="manager", options=options, as_administrator=True)
            assert (answer.ephemeral, plain(answer_of(answer))) == (True, plain(replies.ONLY_OWNER.text)), name

    assert commands
    assert anybody.on_disk(house) == before


async def test_a2_every_command_that_discord_hides_checks_the_right_itself(house: House) -> None:
    async with house.running(), asyncio.timeout(PATIENCE):
        commands = anybody.hidden(house)
        before = anybody.on_disk(house)
        for name, leaf in commands.items():
            options = anybody.options_of(house, leaf, where="videos")
            answer = await anybody.run(house, name, by="alice", options=options, as_administrator=False)
            expected = {plain(replies.ONLY_OWNER.text), plain(replies.refusal(NotAllowedError()))}
            assert (answer.ephemeral, plain(answer_of(answer)) in expected) == (True, True), name

    assert {name.split()[0] for name in commands} >= {"limits", "settings", "owner", "pause", "resume"}
    assert anybody.on_disk(house) == before


async def test_a3_nobody_else_presses_the_buttons_of_a_members_video_or_offer(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000, times=9))
    async with house.running(running_at_once=1, confirm_above_usd=0), asyncio.timeout(PATIENCE):
        offer = await house.video()
        assert offer.ephemeral
        for custom_id in buttons(status_of(offer)).values():
            forged = forging.click(house, custom_id, on=status_of(offer), by="bob")
            await forged.answered(timeout=PATIENCE)
        assert house.jobs() == []
        yes = next(custom_id for custom_id in buttons(status_of(offer)).values() if custom_id.endswith("yes"))
        click = await house.discord.click(user_id=house.user("alice").id, message_id=status_of(offer).id, custom_id=yes)
        await click.answered(timeout=PATIENCE)
        [job] = house.jobs()
        shown = await house.discord.next_message(
            house.channel("videos").id, where=lambda message: "job:" in str(message.components), timeout=PATIENCE
        )
        stranger = forging.click(house, f"job:{job['id']}:cancel", on=shown, by="bob")
        await stranger.answered(timeout=PATIENCE)
        after = house.jobs()

    assert stranger.ephemeral
    assert [(row["user_id"], row["state"] == "cancelled") for row in after] == [(house.user("alice").id, False)]


async def test_a3_what_a_stranger_has_made_of_a_result_costs_the_stranger_alone(house: House) -> None:
    alice, bob = house.user("alice").id, house.user("bob").id
    async with house.running(), asyncio.timeout(PATIENCE):
        await house.ended(await house.video())
        [result] = house.clips()
        before = house.rows(WEIGHTS)
        again = await house.discord.click(user_id=bob, message_id=result.id, custom_id="result:1:again")
        await again.answered(timeout=PATIENCE)
        await house.ended(again)
        edit = await house.discord.click(user_id=bob, message_id=result.id, custom_id="result:1:edit")
        await edit.answered(timeout=PATIENCE)
        changed = await house.discord.submit_modal(interaction_id=edit.id, values={"prompt": "a forgery"})
        await changed.answered(timeout=PATIENCE)
        await house.ended(changed)
        standing = await house.reads("status")

    assert house.rows(WEIGHTS)[:1] == before
    assert [job["user_id"] for job in house.jobs()] == [alice, bob, bob]
    assert "4 of 5 videos a day" in standing
    assert all(clip.pings.users == frozenset({bob}) for clip in house.clips() if clip is not result)


@pytest.mark.parametrize("by", ["bob", "manager", "carol"])
async def test_a3_only_its_member_and_a_moderator_delete_a_result(house: House, by: str) -> None:
    async with house.running(), asyncio.timeout(PATIENCE):
        await house.ended(await house.video())
        [result] = house.clips()
        untouched = "SELECT state, counts, held_microusd, removed_at FROM jobs"
        before = house.rows(untouched)
        stranger = await house.discord.click(
            user_id=house.user(by).id, message_id=result.id, custom_id="result:1:delete"
        )
        await stranger.answered(timeout=PATIENCE)
        after, still = house.rows(untouched), house.clips()
        owner_id = house.user("owner").id
        moderator = await house.discord.click(user_id=owner_id, message_id=result.id, custom_id="result:1:delete")
        await moderator.answered(timeout=PATIENCE)
        await house.discord.wait_until(lambda: not house.clips() or None, timeout=PATIENCE)

    assert stranger.ephemeral
    assert (after, still) == (before, [result])
    assert [job["counts"] for job in house.jobs()] == [1]


async def test_a4_a_forged_button_changes_nothing_and_breaks_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    mallory = foreign_manager(house)
    async with house.running(), asyncio.timeout(PATIENCE):
        asked = await house.video()
        await being_made(house, asked)
        before = anybody.on_disk(house)
        with watching("event_failed") as failed:
            for custom_id in FORGED:
                forging.click(house, custom_id, on=status_of(asked), by="bob")
            lair = await house.command("status", by=mallory, where="lair")
            forging.click(house, "job:1:cancel", on=status_of(lair), by=mallory)
            await everybody_else_was_answered(house)
        after = anybody.on_disk(house)

    assert not failed.is_set()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert after == before


async def being_made(house: House, asked: Interaction) -> None:
    """Wait until the status message says that the video was sent to the model."""

    def look() -> bool | None:
        return (asked.original is not None and "Sent to the model" in asked.original.text) or None

    await house.discord.wait_until(look, timeout=PATIENCE)


async def test_a5_a_button_that_was_pressed_before_or_too_late_says_so_and_does_nothing(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running(running_at_once=1), asyncio.timeout(PATIENCE):
        await being_made(house, await house.video(by="bob"))
        waiting = await house.video(by="alice")
        await house.cancel(waiting)
        before = house.rows(WEIGHTS)
        again = forging.click(house, "job:2:cancel", on=status_of(waiting), by="alice")
        await again.answered(timeout=PATIENCE)
        house.discord.world.messages.delete(message := status_of(waiting))
        gone = forging.click(house, "job:2:cancel", on=message, by="alice")
        late = forging.click(house, "job:1:cancel", on=message, by="bob")
        await late.answered(timeout=PATIENCE)
        await everybody_else_was_answered(house)
        after = house.rows(WEIGHTS)

    assert [row["state"] for row in after] == ["generating", "cancelled"]
    assert after == before
    assert (
        plain(answer_of(late))
        == "It was already sent to the model, where it can no longer be cancelled. You are pinged when it is ready."
    )
    assert gone.response is None


async def test_a5_a_yes_that_is_pressed_twice_makes_one_video(house: House) -> None:
    async with house.running(confirm_above_usd=0), asyncio.timeout(PATIENCE):
        offer = await house.video()
        question = status_of(offer)
        yes = next(custom_id for custom_id in buttons(question).values() if custom_id.endswith("yes"))
        clicks = [forging.click(house, yes, on=question, by="alice") for _ in range(5)]
        await asyncio.gather(*(click.answered(timeout=PATIENCE) for click in clicks))
        await house.clip_in()

    assert len(house.jobs()) == house.bought == 1


async def test_a6_a_flood_of_keystrokes_costs_nothing_and_holds_nobody_up(house: House) -> None:
    async with house.running(), asyncio.timeout(PATIENCE):
        before = anybody.on_disk(house)
        typing = [asyncio.create_task(keystroke(house, by="bob")) for _ in range(KEYSTROKES)]
        await asyncio.sleep(0)
        started = time.monotonic()
        await house.command("status", by="carol")
        answered, earlier = suggested(typing), -1
        while answered != earlier:
            await house.command("status", by="carol")
            answered, earlier = suggested(typing), answered
        lasted = time.monotonic() - started
        for task in typing:
            task.cancel()
        await asyncio.gather(*typing, return_exceptions=True)

    assert 0 < answered <= BURST + A_SECOND * lasted
    assert anybody.on_disk(house) == before


async def keystroke(house: House, *, by: str) -> bool:
    """Type a letter where a model is named. Return whether anything was suggested."""
    user_id, channel_id = house.user(by).id, house.channel("videos").id
    found = await house.discord.autocomplete(
        user_id=user_id, channel_id=channel_id, name="video", option="model", text="a", timeout=PATIENCE
    )
    return bool(found)


def suggested(typing: Sequence[asyncio.Task[bool]]) -> int:
    return sum(task.done() and task.result() for task in typing)


async def test_a7_a_flood_of_commands_is_turned_away_and_leaves_little_behind(house: House) -> None:
    house.discord.interactions.answer_within = timedelta(minutes=1)
    async with house.running(videos_per_day=3), asyncio.timeout(PATIENCE):
        asked = [await house.send("video", by="bob", options={"prompt": "a fox"}) for _ in range(COMMANDS)]
        other = await house.video(by="carol")
        await asyncio.gather(*(each.answered(timeout=PATIENCE) for each in asked))
        texts = [plain(answer_of(each)) for each in asked if each.ephemeral]

    assert not other.ephemeral
    assert len(house.jobs()) == 3 + 1
    assert plain(replies.TOO_FAST.text) in texts
    assert len(texts) == COMMANDS - 3


async def test_a11_every_command_that_changes_something_leaves_exactly_one_row(house: House) -> None:
    alice = house.user("alice").id
    managers: tuple[tuple[str, dict[str, object]], ...] = (
        ("limits default", {"videos_per_day": 3}),
        ("limits set", {"user": alice, "videos_per_day": 4}),
        ("limits grant", {"user": alice, "videos": 2}),
        ("limits block", {"user": alice}),
        ("limits unblock", {"user": alice}),
        ("limits clear", {"user": alice}),
        ("settings log", {"channel": house.channel("general").id}),
        ("pause", {}),
        ("resume", {}),
    )
    owners: tuple[tuple[str, dict[str, object]], ...] = (
        ("owner budget", {"usd": 30.0}),
        ("owner pause", {}),
        ("owner resume", {}),
    )
    async with house.running(owner_ids=str(house.user("owner").id)), asyncio.timeout(PATIENCE):
        for number, (name, options) in enumerate((*managers, *owners), start=1):
            who = "manager" if (name, options) in managers else "owner"
            await house.reads(name, by=who, options=options)
            rows = house.rows("SELECT * FROM audit ORDER BY id")
            assert len(rows) == number, name
            assert rows[-1]["actor_id"] == house.user(who).id


async def test_a11_only_who_deletes_what_somebody_else_asked_for_is_on_record_and_once(house: House) -> None:
    moderator, alice = house.user("owner").id, house.user("alice").id
    async with house.running(), asyncio.timeout(PATIENCE):
        for number, by in ((1, alice), (2, moderator)):
            await house.ended(await house.video())
            [result] = house.clips()
            house.on_discord(REMOVE, FaultKind.DELAY, seconds=1.0)
            for _ in range(2):  # while its message still stands, who presses again has it tried again
                click = forging.click(
                    house, f"result:{number}:delete", on=result, by="alice" if by == alice else "owner"
                )
                await click.answered(timeout=PATIENCE)
            await house.discord.wait_until(lambda: not house.clips() or None, timeout=PATIENCE)
        log = await house.reads("limits log", by="manager")

    rows = house.rows("SELECT actor_id, action, subject FROM audit")
    assert rows == [{"actor_id": moderator, "action": "delete", "subject": "video 2"}]
    assert "deleted video 2, which somebody else had asked for." in log
    assert str(alice) not in log


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor_id = 1", "DELETE FROM audit"])
async def test_a11_what_was_written_down_is_never_changed_or_removed(database: Database, statement: str) -> None:
    books = house_over(database)
    await books.limits.set_budget(1, 5, owner(), now=NOON)

    with pytest.raises(StorageError):
        await books.rows(statement)

    assert len(await books.rows("SELECT id FROM audit")) == 1
