"""`/settings`: where, with what and how by default a server makes videos."""

import asyncio
from typing import Any

import pytest

from cogs.replies import settings as words
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.permissions import Permission
from tests.cogs import forged
from tests.cogs.reading import plain, width
from tests.e2e.house import House, answer_of

SERVERS = "SELECT * FROM servers"
AUDIT = "SELECT * FROM audit ORDER BY id"
VEO, LITE, WAN = "google/veo-3.1", "google/veo-3.1-lite", "alibaba/wan-2.6"


async def by_manager(house: House, name: str, **options: object) -> str:
    return await house.reads(f"settings {name}", by="manager", options=options)


async def suggested(
    house: House, name: str, option: str, *, by: str = "manager", text: str = "", **options: object
) -> list[Any]:
    found = await house.discord.autocomplete(
        user_id=house.user(by).id,
        channel_id=house.channel("videos").id,
        name=f"settings {name}",
        option=option,
        text=text,
        options=options,
    )
    return [choice["value"] for choice in found]


async def test_a_server_that_chose_nothing_shows_what_the_bot_does(house: House) -> None:
    async with house.running(default_model=VEO, default_duration=4):
        shown = await by_manager(house, "show")

    assert shown.splitlines() == [
        "**Settings of this server**",
        "Channels: every channel.",
        "Age-restricted channels only: no.",
        "Models: every model.",
        "Default model: Google: Veo 3.1 (`google/veo-3.1`) (the bot's own).",
        "Default shape: 4 s (the bot's own) · 720p (the bot's own) · 16:9 (the bot's own) · silent (the bot's own).",
        "Log channel: none; what it would say goes to the bot's owner.",
        "Language: English (Discord's for this server).",
    ]
    assert house.rows(SERVERS) == []


# --- channels --------------------------------------------------------------------------------------------------------


async def test_an_allowed_channel_takes_requests_with_its_threads_and_the_others_do_not(house: House) -> None:
    general = house.channel("general").id
    async with house.running():
        told = await by_manager(house, "channel add", channel=general)
        refused = await house.video(where="videos")
        here = await house.video(where="general")
        thread = await house.video(where="ideas", by="bob")
        await house.ended(here)
        await house.ended(thread)
        removed = await by_manager(house, "channel remove", channel=general)
        await house.ended(await house.video(where="videos"))

    assert told == f"Videos can now be asked for in <#{general}> and its threads, and nowhere else in this server."
    assert refused.ephemeral
    assert f"<#{general}>" in answer_of(refused)
    assert removed == (f"<#{general}> was the last on the list, so that videos can now be asked for in every channel.")
    assert len(house.jobs()) == 3


async def test_a_thread_alone_can_be_allowed(house: House) -> None:
    ideas, general = house.channel("ideas").id, house.channel("general").id
    async with house.running():
        told = await by_manager(house, "channel add", channel=ideas)
        refused = await house.video(where="general")
        await house.ended(await house.video(where="ideas"))
        both = await by_manager(house, "channel add", channel=general)
        one = await by_manager(house, "channel remove", channel=ideas)

    assert told == f"Videos can now be asked for in <#{ideas}>, and nowhere else in this server."
    assert refused.ephemeral
    assert both == f"Videos can now be asked for in <#{general}> and its threads too."
    assert one == f"Videos can no longer be asked for in <#{ideas}>."


async def test_an_allowed_channel_binds_in_its_server_only(house: House) -> None:
    async with house.running():
        await by_manager(house, "channel add", channel=house.channel("general").id)
        elsewhere = await house.video(where="lobby")

    assert not elsewhere.ephemeral


async def test_two_managers_at_once_lose_nothing(house: House) -> None:
    world = house.discord.world
    guild = world.guild("Sandbox").id
    channels = [world.add_channel(guild, f"place-{number}").id for number in range(8)]
    async with house.running():
        await asyncio.gather(*(by_manager(house, "channel add", channel=channel) for channel in channels))
        shown = await by_manager(house, "show")

    assert all(f"<#{channel}>" in shown for channel in channels)
    assert len(house.rows(AUDIT)) == 8


async def test_a_list_takes_twenty_five_channels_and_shows_them_all(house: House) -> None:
    world = house.discord.world
    guild = world.guild("Sandbox").id
    channels = [world.add_channel(guild, f"place-{number}").id for number in range(26)]
    async with house.running():
        told = [await by_manager(house, "channel add", channel=channel) for channel in channels]
        shown = await by_manager(house, "show")

    assert told[-1] == words.full(25)
    assert shown.count("<#") == 25
    assert width(shown) <= 2000
    assert len(house.rows(AUDIT)) == 25


async def test_a_category_is_no_place_for_videos(house: House) -> None:
    world = house.discord.world
    channel = str(house.channel("general").id)
    category = {
        "id": channel,
        "type": 4,
        "name": "general",
        "permissions": "0",
        "guild_id": str(world.guild("Sandbox").id),
    }
    async with house.running():
        answer = await forged.command(
            house,
            "settings channel add",
            by="manager",
            options=[("channel", forged.CHANNEL, channel)],
            resolved={"channels": {channel: category}},
        )

    assert answer.ephemeral
    assert house.rows(SERVERS) == []


# --- models ----------------------------------------------------------------------------------------------------------


async def test_allowed_models_narrow_what_can_be_made(house: House) -> None:
    async with house.running(default_model=VEO, confirm_above_usd=100):
        first = await by_manager(house, "model add", model=LITE)
        second = await by_manager(house, "model add", model=f" {WAN.upper()} ")
        refused = await house.video(model=VEO)
        await house.ended(await house.video(model=WAN))
        unnamed = await house.video()
        await house.ended(unnamed)
        removed = await by_manager(house, "model remove", model=LITE)
        last = await by_manager(house, "model remove", model=WAN)
        await house.ended(await house.video(model=VEO))

    assert first == f"`{LITE}` is now the only model allowed here."
    assert second == f"`{WAN}` is now allowed here too."
    assert refused.ephemeral
    assert [job["model"] for job in house.jobs()] == [WAN, LITE, VEO]
    assert removed == f"`{LITE}` is no longer allowed here."
    assert last == f"`{WAN}` was the last on the list, so that every model is now allowed here."


async def test_a_default_that_a_list_forbids_is_the_default_no_longer(house: House) -> None:
    async with house.running(confirm_above_usd=100):
        await by_manager(house, "defaults", model=VEO)
        told = await by_manager(house, "model add", model=WAN)
        refused = await by_manager(house, "defaults", model=VEO)
        await house.ended(await house.video())

    assert told.endswith(f"`{VEO}` was the default model and is not allowed now: `/settings defaults` names another.")
    assert refused == f"That model is not allowed here. Choose `{WAN}`, or allow it first."
    assert [job["model"] for job in house.jobs()] == [WAN]


async def test_a_model_that_is_not_on_offer_is_not_allowed_and_one_that_left_can_be_removed(house: House) -> None:
    async with house.running():
        unknown = await by_manager(house, "model add", model="sora")
        none = await by_manager(house, "model remove", model="sora")
        row = f"({house.discord.world.guild('Sandbox').id}, '[\"acme/gone\"]')"
        # In a thread: the bot may hold the database, and can only let it go while this loop turns.
        statement = f"INSERT INTO servers (guild_id, models) VALUES {row}"  # noqa: S608  # our own values
        await asyncio.to_thread(house.rows, statement)
        offered = await suggested(house, "model remove", "model")
        gone = await by_manager(house, "model remove", model="acme/gone")

    assert unknown == "There is no model sora. Pick one from the list that appears while you type."
    assert none == words.NOTHING_CHANGED.text
    assert offered == ["acme/gone"]
    assert gone.startswith("`acme/gone` was the last on the list")


async def test_models_are_suggested_and_those_of_the_list_to_managers_only(house: House) -> None:
    async with house.running():
        await by_manager(house, "model add", model=WAN)
        to_add = await suggested(house, "model add", "model", text="veo")
        to_remove = await suggested(house, "model remove", "model")
        with pytest.raises(ClientRefusedError):
            await suggested(house, "model remove", "model", by="alice")

    assert to_add == [LITE, VEO]
    assert to_remove == [WAN]


# --- defaults --------------------------------------------------------------------------------------------------------


async def test_defaults_apply_to_who_does_not_say_and_only_to_them(house: House) -> None:
    async with house.running(confirm_above_usd=100):
        told = await by_manager(
            house, "defaults", model=VEO, duration=8, resolution="1080P", aspect_ratio="9:16", audio=True
        )
        shown = await by_manager(house, "show")
        await house.ended(await house.video())
        await house.ended(await house.video(duration=4, resolution="720p"))

    shape = [
        (job["model"], job["duration"], job["resolution"], job["aspect_ratio"], job["audio"]) for job in house.jobs()
    ]
    assert shape == [(VEO, 8, "1080p", "9:16", 1), (VEO, 4, "720p", "9:16", 1)]
    assert told.startswith(
        f"Who does not say gets: Google: Veo 3.1 (`{VEO}`); **8 s** · **1080p** · **9:16** · **with sound**."
    )
    assert "Default shape: **8 s** · **1080p** · **9:16** · **with sound**." in shown


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"model": VEO, "duration": 5}, "google/veo-3.1 does not offer length 5 s. Choose 4, 6 or 8 s."),
        ({"model": VEO, "resolution": "480p"}, "google/veo-3.1 does not offer resolution 480p."),
        ({"model": VEO, "aspect_ratio": "1:1"}, "google/veo-3.1 does not offer aspect ratio 1:1."),
        ({"model": "runway/gen-4.5", "audio": True}, "runway/gen-4.5 makes silent videos only"),
        ({"model": "sora"}, "There is no model sora."),
    ],
)
async def test_a_default_that_the_model_cannot_do_is_refused(
    house: House, options: dict[str, object], sentence: str
) -> None:
    async with house.running():
        told = await by_manager(house, "defaults", **options)
        nothing = await by_manager(house, "defaults")

    assert told.startswith(sentence)
    assert nothing == plain(words.NO_CHOICE.text)
    assert house.rows(SERVERS) == []
    assert house.rows(AUDIT) == []


async def test_one_default_is_checked_against_those_that_stand(house: House) -> None:
    async with house.running():
        await by_manager(house, "defaults", model=VEO)
        refused = await by_manager(house, "defaults", duration=5)
        await by_manager(house, "defaults", duration=6)

    (row,) = house.rows(SERVERS)
    assert refused.startswith("google/veo-3.1 does not offer length 5 s.")
    assert (row["model"], row["duration"], row["resolution"]) == (VEO, 6, None)


async def test_shapes_are_suggested_for_the_model_that_was_named(house: House) -> None:
    async with house.running():
        assert await suggested(house, "defaults", "duration", model=VEO) == [4, 6, 8]
        assert await suggested(house, "defaults", "resolution", text="4", model=VEO) == ["4K"]
        assert await suggested(house, "defaults", "aspect_ratio", model=VEO) == ["16:9", "9:16"]
        assert await suggested(house, "defaults", "model", text="wan-2") == [WAN]


# --- log channel -----------------------------------------------------------------------------------------------------


async def test_the_log_channel_is_one_where_the_bot_may_write(house: House) -> None:
    world = house.discord.world
    general, hidden, videos = (house.channel(name).id for name in ("general", "hidden", "videos"))
    world.set_overwrite(videos, world.bot.id, deny=Permission.SEND_MESSAGES)
    async with house.running():
        unseen = await by_manager(house, "log", channel=hidden)
        silent = await by_manager(house, "log", channel=videos)
        assert house.rows(SERVERS) == []
        told = await by_manager(house, "log", channel=general)
        shown = await by_manager(house, "show")
        none = await by_manager(house, "log")

    assert unseen == f"I cannot write in <#{hidden}>: I lack **View Channel**, **Send Messages**. Nothing was changed."
    assert silent == f"I cannot write in <#{videos}>: I lack **Send Messages**. Nothing was changed."
    assert told == f"What concerns this server's budget is now said in <#{general}>."
    assert f"Log channel: <#{general}>." in shown
    assert none.startswith("No log channel any more")
    assert [row["log_channel_id"] for row in house.rows(SERVERS)] == [None]


# --- all of it -------------------------------------------------------------------------------------------------------


RESETS: dict[str, set[str]] = {
    "everything": {"channels", "models", "model", "duration", "audio", "log_channel_id"},
    "channels": {"channels"},
    "models": {"models"},
    "defaults": {"model", "duration", "audio"},
    "log channel": {"log_channel_id"},
}
CHOSEN = {"model": VEO, "duration": 8, "audio": 1}
NOTHING: dict[str, object] = {"channels": "[]", "models": "[]"}


@pytest.mark.parametrize("what", RESETS)
async def test_a_part_can_be_forgotten_and_the_rest_stays(house: House, what: str) -> None:
    general = house.channel("general").id
    chosen = CHOSEN | {"channels": f"[{general}]", "models": f'["{VEO}"]', "log_channel_id": general}
    async with house.running():
        await by_manager(house, "channel add", channel=general)
        await by_manager(house, "model add", model=VEO)
        await by_manager(house, "defaults", model=VEO, duration=8, audio=True)
        await by_manager(house, "log", channel=general)
        told = await by_manager(house, "reset", what=what)
        again = await by_manager(house, "reset", what=what)

    (row,) = house.rows(SERVERS)
    left = {name: NOTHING.get(name) if name in RESETS[what] else value for name, value in chosen.items()}
    assert {name: row[name] for name in chosen} == left
    assert told == plain(words.reset(what))
    assert again == words.NOTHING_CHANGED.text


async def test_every_change_leaves_one_row_and_one_that_changes_nothing_none(house: House) -> None:
    general = house.channel("general").id
    changes: list[tuple[str, dict[str, object]]] = [
        ("channel add", {"channel": general}),
        ("channel remove", {"channel": general}),
        ("model add", {"model": VEO}),
        ("model remove", {"model": VEO}),
        ("defaults", {"duration": 8, "model": VEO}),
        ("log", {"channel": general}),
        ("reset", {}),
    ]
    async with house.running():
        for number, (name, options) in enumerate(changes, start=1):
            assert await by_manager(house, name, **options) != words.NOTHING_CHANGED.text
            assert await by_manager(house, name, **options) == words.NOTHING_CHANGED.text
            assert len(house.rows(AUDIT)) == number


async def test_the_log_says_what_was_chosen_before_and_after(house: House) -> None:
    general, ideas = house.channel("general").id, house.channel("ideas").id
    async with house.running():
        await by_manager(house, "channel add", channel=general)
        await by_manager(house, "channel add", channel=ideas)
        await by_manager(house, "channel remove", channel=general)
        await by_manager(house, "model add", model=VEO)
        await by_manager(house, "defaults", model=VEO, duration=8, resolution="1080p", audio=True)
        await by_manager(house, "log", channel=general)
        await by_manager(house, "reset", what="everything")
        shown = await house.reads("limits log", by="manager")

    said = [line.partition(" changed the settings: ")[2] for line in shown.splitlines()[1:]]
    assert said == [
        (
            f"channels removed <#{ideas}>, which allows all of them; models removed `{VEO}`, which allows all of them; "
            f"default model `{VEO}` → not set, default length 8 s → not set, default resolution `1080p` → not set, "
            f"default sound on → not set, log channel <#{general}> → not set."
        ),
        f"log channel not set → <#{general}>.",
        (
            f"default model not set → `{VEO}`, default length not set → 8 s, default resolution not set → `1080p`, "
            "default sound not set → on."
        ),
        f"models added `{VEO}`.",
        f"channels removed <#{general}>.",
        f"channels added <#{ideas}>.",
        f"channels added <#{general}>.",
    ]
