"""hikari, which nobody here wrote and which shares nothing with discord.py, takes the stand-in for Discord."""

import asyncio
import hashlib

import hikari

from sandbox.discord import DiscordStandIn

CLIP = bytes(range(256)) * 4096


async def test_hikari_starts_registers_answers_and_uploads(stand_in: DiscordStandIn) -> None:
    world = stand_in.world
    bot = hikari.GatewayBot(
        stand_in.token,
        banner=None,
        intents=hikari.Intents.GUILDS | hikari.Intents.GUILD_MESSAGES,
        rest_url=stand_in.api_url,
        suppress_optimization_warning=True,
    )
    guilds: set[str] = set()
    heard: asyncio.Queue[str | None] = asyncio.Queue()

    async def on_guild(event: hikari.GuildAvailableEvent) -> None:
        guilds.add(event.guild.name)

    async def on_message(event: hikari.GuildMessageCreateEvent) -> None:
        heard.put_nowait(event.message.nonce)

    async def on_interaction(event: hikari.InteractionCreateEvent) -> None:
        interaction = event.interaction
        if isinstance(interaction, hikari.CommandInteraction):
            row = bot.rest.build_message_action_row().add_interactive_button(
                hikari.ButtonStyle.PRIMARY, "again", label="Again"
            )
            await interaction.create_initial_response(
                hikari.ResponseType.MESSAGE_CREATE, f"{interaction.options[0].value}", component=row
            )
            await interaction.execute("follow-up", attachment=hikari.Bytes(CLIP, "clip.mp4"))
        elif isinstance(interaction, hikari.ComponentInteraction):
            await interaction.create_initial_response(hikari.ResponseType.MESSAGE_UPDATE, "again", components=[])

    bot.subscribe(hikari.GuildAvailableEvent, on_guild)
    bot.subscribe(hikari.GuildMessageCreateEvent, on_message)
    bot.subscribe(hikari.InteractionCreateEvent, on_interaction)
    await bot.start(check_for_updates=False)
    try:
        application = await bot.rest.fetch_application()
        command = bot.rest.slash_command_builder("video", "Make a video").add_option(
            hikari.CommandOption(type=hikari.OptionType.STRING, name="prompt", description="What", is_required=True)
        )
        await bot.rest.set_application_commands(application, [command])
        alice, general = world.user("alice").id, world.channel("general").id

        interaction = await stand_in.run_command(
            user_id=alice, channel_id=general, name="video", options={"prompt": "a lighthouse"}
        )
        follow_up = await stand_in.next_message(general, where=lambda message: bool(message.attachments))
        answer = await interaction.message()
        assert answer is not None
        custom_id = answer.components[0]["components"][0]["custom_id"]
        clicked = await stand_in.click(user_id=alice, message_id=answer.id, custom_id=custom_id)
        updated = await clicked.message()
        posted = await bot.rest.create_message(general, "by token", attachment=hikari.Bytes(CLIP, "clip.mp4"))
        await bot.rest.edit_message(general, posted, "edited")
        read = await bot.rest.fetch_messages(general).limit(10)
        for _ in range(3):
            await asyncio.wait_for(heard.get(), 5)
    finally:
        await bot.close()

    assert guilds == {"Sandbox", "Elsewhere"}
    assert application.owner.id == world.user("owner").id
    assert answer.text == "a lighthouse"
    assert follow_up.attachments[0].sha256 == hashlib.sha256(CLIP).hexdigest()
    assert updated is not None
    assert (updated.text, updated.components) == ("again", ())
    assert [message.content for message in read] == ["edited", "follow-up", "again"]
