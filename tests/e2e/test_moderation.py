"""Moderation through the whole bot: lists of words, age-restricted channels, repeated refusals, and reports."""

from dataclasses import replace

import pytest

from cogs.replies import refusals, reports, words
from sandbox.discord.interactions import Interaction
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.openrouter import JobPlan
from services.limits import ReportOutcome
from services.limits.conduct import MOST_REFUSALS
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import PATIENCE, House, answer_of, status_of
from tests.e2e.test_owner import told_privately

BLOCKED = plain(refusals.DESCRIPTION_BLOCKED.text)


async def by_manager(house: House, name: str, **options: object) -> str:
    return await house.reads(f"settings {name}", by="manager", options=options)


async def asks(house: House, prompt: str = "a red fox", *, where: str = "videos", by: str = "alice") -> str:
    """Ask for a video that is refused, and return the private answer."""
    return await house.reads("video", by=by, where=where, options={"prompt": prompt})


async def press(house: House, clip: Message, label: str, *, by: str = "alice") -> Interaction:
    """Press a button under a result by what stands on it."""
    (button,) = [each for row in clip.components for each in row["components"] if each.get("label") == label]
    click = await house.discord.click(user_id=house.user(by).id, message_id=clip.id, custom_id=button["custom_id"])
    await click.answered(timeout=PATIENCE)
    return click


# --- lists of words --------------------------------------------------------------------------------------------------


async def test_a_listed_word_is_refused_privately_before_anything_is_reserved_also_after_a_restart(
    house: House,
) -> None:
    async with house.running():
        added = await by_manager(house, "words add", word="dragon*")
        first = await asks(house, "two D\u200bRAGONS over a lake")
    async with house.running():
        second = await asks(house, "a dr\u0430gon")
        elsewhere = await house.video("a dragon", where="lobby")
        await house.ended(elsewhere)
        removed = await by_manager(house, "words remove", word="DRAGON*")
        await house.ended(await house.video("a dragon"))

    assert added == "From now on no video is made in this server whose description has **dragon***."
    assert first == second == BLOCKED
    assert removed == "**DRAGON*** is no longer on the list."
    assert (house.bought, len(house.jobs())) == (2, 2)


async def test_the_owners_list_holds_in_every_server_and_managers_do_not_read_it(house: House) -> None:
    async with house.running():
        added = await house.reads("owner words add", by="owner", options={"word": "dragon"})
        shown = await house.reads("owner words show", by="owner")
        here, there = await asks(house, "a dragon"), await asks(house, "a dragon", where="lobby")
        managers = await by_manager(house, "words show")

    assert added == "From now on no video is made whose description has **dragon**, in whatever server."
    assert "dragon" in shown
    assert here == there == BLOCKED
    assert "dragon" not in managers
    assert managers.endswith(words.THE_OWNERS.text)


async def test_members_do_not_touch_the_list_even_where_discord_lets_them(house: House) -> None:
    async with house.running():
        await by_manager(house, "words add", word="dragon")
        for name in ("settings words add", "settings words remove", "settings words show"):
            options = {} if name.endswith("show") else {"word": "dragon"}
            answer = await forging.command(house, name, by="alice", options=options)
            assert answer_of(answer) == refusals.ONLY_MANAGERS.text

    assert [row["word"] for row in house.rows("SELECT word FROM words")] == ["dragon"]
    assert [row["action"] for row in house.rows("SELECT action FROM audit")] == ["words"]


async def test_buttons_and_offers_are_held_to_the_list_as_well(house: House) -> None:
    async with house.running(confirm_above_usd="0.01"):
        offered = await house.command("video", options={"prompt": "a dragon"})
        yes = status_of(offered).components[0]["components"][0]["custom_id"]
        await by_manager(house, "words add", word="dragon")
        click = await house.discord.click(
            user_id=house.user("alice").id, message_id=status_of(offered).id, custom_id=yes
        )
        await click.answered(timeout=PATIENCE)
    assert plain(status_of(offered).text) == BLOCKED
    assert (house.bought, house.jobs()) == (0, [])


async def test_again_and_edit_are_held_to_the_list_as_well(house: House) -> None:
    async with house.running():
        await house.ended(await house.video("a dragon"))
        (clip,) = house.clips()
        await by_manager(house, "words add", word="dragon")
        again = await press(house, clip, "Again", by="bob")
        form = await press(house, clip, "Edit", by="bob")
        edited = await house.discord.submit_modal(interaction_id=form.id, values={"prompt": "a small dragon"})
        await edited.answered(timeout=PATIENCE)

    assert plain(answer_of(again)) == plain(answer_of(edited)) == BLOCKED
    assert house.bought == 1


# --- age-restricted channels -----------------------------------------------------------------------------------------


async def test_where_a_server_wants_it_only_age_restricted_channels_and_their_threads_take_videos(
    house: House,
) -> None:
    world = house.discord.world
    world.set_age_restricted(house.channel("general").id)
    async with house.running():
        chosen = await by_manager(house, "channel age-restricted", only=True)
        refused = await asks(house)
    async with house.running():
        shown = await by_manager(house, "show")
        again = await asks(house)
        await house.ended(await house.video(where="general"))
        await house.ended(await house.video(where="ideas"))
        await house.ended(await house.video(where="lobby"))

    assert chosen.startswith("Videos can now be asked for in age-restricted channels only")
    assert refused == again == plain(refusals.AGE_RESTRICTED_HERE.text)
    assert "Age-restricted channels only: yes." in shown
    assert house.bought == 3


async def test_where_the_owner_wants_it_no_server_and_no_direct_message_does_without(house: House) -> None:
    sandbox = house.discord.world.guild("Sandbox").id
    direct = house.discord.world.direct_channel(house.user("alice").id)
    async with house.running(age_restricted_only=True, direct_messages_server=sandbox):
        here, there = await asks(house), await asks(house, where="lobby")
        asked = await house.discord.run_command(
            user_id=house.user("alice").id, channel_id=direct.id, name="video", options={"prompt": "a red fox"}
        )
        await asked.answered(timeout=PATIENCE)
        left = await by_manager(house, "channel age-restricted", only=True)
        house.discord.world.set_age_restricted(house.channel("videos").id)
        await house.ended(await house.video())

    assert here == there == plain(refusals.AGE_RESTRICTED_EVERYWHERE.text)
    assert plain(answer_of(asked)).startswith(plain(refusals.NO_AGES_HERE.text))
    assert left.startswith("Videos can now be asked for in age-restricted channels only")
    assert house.bought == 1


async def test_a_kept_clip_is_sent_to_no_channel_that_the_server_does_not_want_it_in(house: House) -> None:
    world, alice = house.discord.world, house.user("alice")
    world.replace_user(replace(alice, accepts_direct_messages=False))
    world.set_age_restricted(house.channel("ideas").parent_id or 0)
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        await house.video()
        await house.openrouter.requests.wait_for("submit", answered=True)
        world.set_overwrite(house.channel("videos").id, world.bot.id, deny=Permission.VIEW_CHANNEL)
        house.openrouter.clock.advance(1000)
        await house.discord.wait_until(lambda: house.jobs()[0]["told_at"] is not None or None, timeout=PATIENCE)
        await by_manager(house, "channel age-restricted", only=True)
        world.set_overwrite(house.channel("videos").id, world.bot.id)
        refused = await send_again(house, where="videos")
        await send_again(house, where="general")
        await house.clip_in("general")

    assert plain(answer_of(refused)).startswith("Videos are posted in age-restricted channels only.")
    assert len(house.clips()) == 1


async def send_again(house: House, *, where: str) -> Interaction:
    listed = await house.command("status", where=where)
    button = status_of(listed).components[0]["components"][0]["custom_id"]
    click = await house.discord.click(user_id=house.user("alice").id, message_id=status_of(listed).id, custom_id=button)
    await click.answered(timeout=PATIENCE)
    return click


# --- repeated refusals -----------------------------------------------------------------------------------------------


async def test_repeated_refusals_pause_a_member_through_a_restart_until_a_manager_ends_it(house: House) -> None:
    alice = house.user("alice").id
    async with house.running():
        await house.reads("settings log", by="manager", options={"channel": house.channel("general").id})
        await by_manager(house, "words add", word="dragon")
        told = [await asks(house, "a dragon") for _ in range(MOST_REFUSALS)]
        heard = await house.discord.next_message(house.channel("general").id, timeout=PATIENCE)
    async with house.running():
        paused = await asks(house, "a fox")
        status = await house.reads("status")
        await house.ended(await house.video("a fox", by="bob"))
        ended = await house.reads("limits unblock", by="manager", options={"user": alice})
        await house.ended(await house.video("a fox"))

    assert told[:-1] == [BLOCKED] * (MOST_REFUSALS - 1)
    assert told[-1].startswith(f"{BLOCKED}\nToo many of your descriptions were refused")
    assert "<t:" in told[-1]
    assert paused.startswith("Too many of your descriptions were refused")
    assert paused in status
    assert plain(heard.text).startswith(f"<@{alice}> was refused {MOST_REFUSALS} times within an hour")
    assert not heard.pings.users
    assert ended == f"<@{alice}> can make videos in this server again."


async def test_what_the_video_service_refuses_counts_towards_it(house: House) -> None:
    house.openrouter.script(JobPlan(status="failed", error="Blocked by the content filter", times=MOST_REFUSALS))
    async with house.running(videos_per_day=50):
        for _ in range(MOST_REFUSALS):
            await house.ended(await house.video("a fox"))
        paused = await asks(house, "a fox")

    assert {row["reason"] for row in house.jobs()} == {"refused"}
    assert paused.startswith("Too many of your descriptions were refused")


# --- reports ---------------------------------------------------------------------------------------------------------


async def report(house: House, message: Message, *, by: str = "bob") -> Interaction:
    """Choose the command in the menu of a message."""
    chosen = await house.discord.use_on_message(
        user_id=house.user(by).id, channel_id=message.channel_id, name=reports.REPORT, target_id=message.id
    )
    await chosen.answered(timeout=PATIENCE)
    return chosen


async def submit(house: House, form: Interaction, remark: str) -> str:
    sent = await house.discord.submit_modal(interaction_id=form.id, values={"prompt": remark})
    await sent.answered(timeout=PATIENCE)
    assert sent.ephemeral
    return plain(answer_of(sent))


async def test_a_report_goes_to_the_log_channel_once_also_where_the_bot_was_restarted_meanwhile(house: House) -> None:
    bob, general = house.user("bob").id, house.channel("general").id
    async with house.running():
        await house.reads("settings log", by="manager", options={"channel": general})
        await house.ended(await house.video())
        (clip,) = house.clips()
        form = await report(house, clip)
    async with house.running():
        told = await submit(house, form, "this is @everyone <@1> **me**")
        heard = await house.discord.next_message(general, timeout=PATIENCE)
        again = await report(house, clip)
        await house.discord.wait_until(
            lambda: not house.rows("SELECT id FROM notices WHERE told_at IS NULL") or None, timeout=PATIENCE
        )

    assert told == plain(reports.OUTCOMES[ReportOutcome.TO_MANAGERS].text)
    lines = heard.text.splitlines()
    assert (
        lines[0]
        == f"<@{bob}> reports video 1: https://discord.com/channels/{clip.guild_id}/{clip.channel_id}/{clip.id}"
    )
    assert plain(lines[1]).startswith("Their words: this is @")
    assert not heard.pings.users
    assert not heard.pings.everyone
    assert again.modal is None
    assert plain(answer_of(again)) == plain(reports.OUTCOMES[ReportOutcome.ALREADY].text)
    assert [row["remark"] for row in house.rows("SELECT remark FROM notices WHERE kind = 'report'")] == [""]


async def test_without_a_log_channel_the_owner_hears_of_a_report(house: House) -> None:
    async with house.running():
        await house.ended(await house.video())
        (clip,) = house.clips()
        told = await submit(house, await report(house, clip), "")
        (heard,) = await told_privately(house)

    assert told == plain(reports.OUTCOMES[ReportOutcome.TO_OWNER].text)
    assert heard.startswith(f"<@{house.user('bob').id}> reports video 1 in the server Sandbox: https://discord.com/")
    assert "/owner takedown" in heard


@pytest.mark.parametrize("where", ["status", "member"])
async def test_only_a_message_with_a_video_of_this_bot_can_be_reported(house: House, where: str) -> None:
    async with house.running():
        asked = await house.video()
        await house.ended(asked)
        others = await house.discord.post(
            user_id=house.user("alice").id, channel_id=house.channel("videos").id, content="hello"
        )
        chosen = await report(house, status_of(asked) if where == "status" else others)

    assert chosen.modal is None
    assert plain(answer_of(chosen)) == plain(reports.OUTCOMES[ReportOutcome.UNKNOWN].text)
