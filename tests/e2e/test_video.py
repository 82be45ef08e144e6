"""`/video` from the keystroke to the clip."""

from dataclasses import replace
from hashlib import sha256

from sandbox.discord.log import Authorization
from sandbox.openrouter import OpenRouterStandIn
from tests.cogs.reading import plain
from tests.e2e.house import ANSWER, EDIT, House, status_of


async def test_a_member_types_video_and_the_clip_arrives_as_it_was_made(house: House) -> None:
    async with OpenRouterStandIn(seconds_per_video=0.2) as with_real_clips:
        drawn = replace(house, openrouter=with_real_clips)
        async with drawn.running():
            await drawn.video("a red fox in the snow", duration=4, resolution="480p")
            result = await drawn.clip_in()
        (job,) = with_real_clips.jobs.values()
        assert job.clip is not None
        made = job.clip.result().read_bytes()

    assert result.attachments[0].sha256 == sha256(made).hexdigest()
    assert result.attachments[0].size == len(made)


async def test_the_result_is_a_new_message_of_the_bot_that_pings_only_its_member(house: House) -> None:
    async with house.running():
        asked = await house.video()
        result = await house.clip_in()

    (post,) = house.posts()
    assert post.authorization is Authorization.BOT
    assert post.body["nonce"] == f"r{asked.id}"
    assert post.body["enforce_nonce"] is True
    assert result.pings.users == frozenset({house.user("alice").id})
    assert not result.pings.roles
    assert not result.pings.everyone
    assert result.reference is not None
    assert result.reference.message_id == status_of(asked).id
    assert [file.filename for file in result.attachments] == ["video-1.mp4"]
    assert result.text.startswith(f"<@{house.user('alice').id}> your video is ready.")
    assert "Made by AI" in result.text


async def test_the_status_message_ends_as_one_line_that_links_to_the_clip(house: House) -> None:
    async with house.running():
        asked = await house.video()
        result = await house.clip_in()
        status = await house.ended(asked)

    place = f"{result.guild_id}/{result.channel_id}/{result.id}"
    assert status.text == f"Video 1 is ready: https://discord.com/channels/{place}"
    assert status.components == ()


async def test_the_status_message_follows_the_stages_with_few_edits(house: House) -> None:
    house.openrouter.clock.run_at(0.2)  # a video takes a second, many looks long
    async with house.running():
        asked = await house.video()
        await house.ended(asked)

    waiting, generating, *_ = [content.text for content in status_of(asked).earlier]
    assert "Starting now." in waiting
    assert "It can no longer be cancelled." in generating
    assert len(house.openrouter.requests.of("status")) > 4
    assert len(house.edits()) <= 4
    assert {record.authorization for record in house.edits()} == {Authorization.BOT}
    assert len(house.discord.requests_to(ANSWER)) == 1


async def test_the_cancel_button_goes_when_the_video_is_sent(house: House) -> None:
    async with house.running():
        asked = await house.video()
        assert status_of(asked).components
        await house.discord.wait_until(lambda: house.discord.requests_to(EDIT))
        await house.ended(asked)

    assert not any(content.components for content in status_of(asked).earlier[1:])


async def test_a_job_costs_money_once_and_is_settled_with_what_it_cost(house: House) -> None:
    async with house.running():
        asked = await house.video()
        await house.ended(asked)

    (job,), (charge,) = house.jobs(), house.openrouter.ledger
    assert house.bought == 1
    assert (job["state"], job["counts"]) == ("delivered", 1)
    assert job["cost_microusd"] == job["held_microusd"] == round(charge.usd * 1_000_000)


async def test_every_option_reaches_the_video_api(house: House) -> None:
    async with house.running():
        asked = await house.video(
            "a lighthouse",
            model="google/veo-3.1-lite",
            duration=6,
            resolution="1080p",
            aspect_ratio="9:16",
            audio=True,
            seed=7,
        )
        await house.ended(asked)

    (order,) = house.orders
    assert order == {
        "model": "google/veo-3.1-lite",
        "prompt": "a lighthouse",
        "duration": 6,
        "resolution": "1080p",
        "aspect_ratio": "9:16",
        "generate_audio": True,
        "seed": 7,
    }
    assert "Google: Veo 3.1 Lite · 6 s · 1080p · 9:16 · with sound · seed 7" in plain(status_of(asked).earlier[0].text)


async def test_what_a_member_leaves_open_is_chosen_before_it_is_sent(house: House) -> None:
    async with house.running(default_duration=4, default_resolution="480p"):
        asked = await house.video("a lighthouse")
        await house.ended(asked)

    (order,) = house.orders
    assert {"duration": 4, "resolution": "480p", "aspect_ratio": "16:9", "generate_audio": False}.items() <= (
        order.items()
    )
    assert "· 4 s · 480p · 16:9 · silent" in plain(status_of(asked).earlier[0].text)


async def test_a_video_can_be_made_in_a_thread(house: House) -> None:
    async with house.running():
        asked = await house.video(where="ideas")
        result = await house.clip_in("ideas")
        await house.ended(asked)

    assert result.channel_id == house.channel("ideas").id
