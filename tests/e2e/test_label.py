"""A result says that a machine made it also where it goes by direct message, and where it is sent again."""

from dataclasses import replace

from sandbox.discord.permissions import Permission
from sandbox.openrouter import JobPlan
from tests.e2e.house import PATIENCE, House, status_of

LABEL = "-# Made by AI · "


async def test_a_private_result_is_labelled_in_its_members_language(house: House) -> None:
    world, alice = house.discord.world, house.user("alice")
    world.replace_user(replace(alice, locale="de"))
    async with house.running():
        await house.video(private=True)
        (clip,) = await house.discord.wait_until(lambda: house.clips() or None, timeout=PATIENCE)

    assert world.channels[clip.channel_id].recipient_id == alice.id
    assert clip.text.splitlines()[-1].startswith("-# ")
    assert "KI" in clip.text.splitlines()[-1].partition(" · ")[0]


async def test_a_result_that_is_sent_again_is_labelled(house: House) -> None:
    world, alice = house.discord.world, house.user("alice")
    world.replace_user(replace(alice, accepts_direct_messages=False))
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        await house.video()
        await house.openrouter.requests.wait_for("submit", answered=True)
        world.set_overwrite(house.channel("videos").id, world.bot.id, deny=Permission.VIEW_CHANNEL)
        house.openrouter.clock.advance(1000)
        await house.discord.wait_until(lambda: house.jobs()[0]["told_at"] is not None or None, timeout=PATIENCE)
        listed = await house.command("status", where="general")
        button = status_of(listed).components[0]["components"][0]["custom_id"]
        await house.discord.click(user_id=alice.id, message_id=status_of(listed).id, custom_id=button)
        clip = await house.clip_in("general")

    assert clip.text.splitlines()[-1].startswith(LABEL)
