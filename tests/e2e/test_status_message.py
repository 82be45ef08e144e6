"""What the status message says when it appears, and that nothing a member writes can do harm in it."""

import pytest

from sandbox.openrouter import JobPlan
from tests.cogs.reading import plain
from tests.e2e.house import House, answer_of, status_of

HOSTILE = (
    "@everyone @here <@{bob}> <@&{regulars}> <#{channel}> </limits:1> <t:0:R>",
    "[free nitro](https://evil.example) <https://evil.example> http://evil.example",
    "# heading\n## second\n> quote\n- list\n```\ncode\n```\n||spoiler|| **bold** __under__ ~~gone~~ `tick`",
    "discord.gg/abc discord.com/invite/abc https://discord.gg/abc",
    "\u202ereversed\u202c \u2066isolated\u2069 zero\u200bwidth\u00adhyphen",
    "z̡̢̧̨̛̖̗̘̙̜̝̞̟̠̣̤̥̦̩̪̫̬algo",
    "\\@everyone \\\\@everyone \\[x](y) *\\*",
)


@pytest.mark.parametrize("prompt", HOSTILE)
async def test_a_hostile_prompt_is_shown_as_plain_characters_on_one_line(house: House, prompt: str) -> None:
    filled = prompt.format(
        bob=house.user("bob").id,
        regulars=house.discord.world.role("Regulars").id,
        channel=house.channel("videos").id,
    )
    async with house.running():
        asked = await house.video(filled)
        result = await house.clip_in()
        await house.ended(asked)

    for text in (answer_of(asked), result.text):
        (quote,) = [line for line in text.splitlines() if line.startswith("> ")]
        shown = quote.removeprefix("> ")
        for syntax in ("@everyone", "@here", "<@", "<#", "</", "<t:", "](", "://", "discord.gg/", "```", "||", "**"):
            assert syntax not in shown.replace("\\\\", "")
        assert not set("\u202e\u202c\u2066\u2069\u200b\u00ad") & set(plain(shown))
    assert status_of(asked).pings.is_silent
    assert result.pings.users == frozenset({house.user("alice").id})
    assert not result.pings.roles
    assert not result.pings.everyone
    assert [order["prompt"] for order in house.orders] == [filled]


async def test_the_prompt_reads_as_it_was_written(house: House) -> None:
    prompt = 'A fox (red!) says: "hello, you & I" — 100% pure, 5*5=25, façade, 日本語, 🦊👨\u200d👩\u200d👧'

    async with house.running():
        asked = await house.video(prompt)

    assert f"> {prompt}\n" in plain(answer_of(asked))


async def test_only_the_first_that_fit_start_and_the_others_read_their_place(house: House) -> None:
    house.openrouter.script(JobPlan(never_ends=True))
    async with house.running(running_at_once=1):
        first = await house.video("first")
        await house.openrouter.requests.wait_for("submit", answered=True)
        second, third = await house.video("second"), await house.video("third")

    assert "Starting now." in answer_of(first)
    assert "Waiting in the queue, place 1." in answer_of(second)
    assert "Waiting in the queue, place 2." in answer_of(third)
    assert house.bought == 1


async def test_a_place_that_frees_goes_to_the_next(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running(running_at_once=1):
        first = await house.video("first")
        await house.openrouter.requests.wait_for("submit", answered=True)
        second = await house.video("second")
        house.openrouter.clock.advance(1000)
        await house.ended(first)
        await house.ended(second)

    assert [job["state"] for job in house.jobs()] == ["delivered", "delivered"]


async def test_another_member_does_not_wait_behind_all_videos_of_the_first(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000), JobPlan(nth=2, never_ends=True))
    async with house.running(running_at_once=2):
        first = await house.video("first")
        await house.video("second")
        await house.openrouter.requests.wait_for("submit", count=2, answered=True)
        await house.video("third")
        other = await house.video("other", by="bob")
        assert "place 1." in answer_of(other)
        house.openrouter.clock.advance(1000)
        await house.ended(first)
        await house.ended(other)

    assert house.orders[2]["prompt"] == "other"


async def test_with_one_place_for_all_members_take_turns(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running(running_at_once=1):
        first = await house.video("first")
        await house.openrouter.requests.wait_for("submit", answered=True)
        second, third = await house.video("second"), await house.video("third")
        other = await house.video("other", by="bob")
        house.openrouter.clock.advance(1000)
        for asked in (first, second, third, other):
            await house.ended(asked)

    assert [order["prompt"] for order in house.orders] == ["first", "other", "second", "third"]


async def test_the_answer_says_how_many_are_left_today(house: House) -> None:
    async with house.running(videos_per_day=3):
        answers = [answer_of(await house.video()) for _ in range(3)]
        refused = await house.reads("video", options={"prompt": "one more"})

    assert "You have 2 videos left today." in answers[0]
    assert "You have 1 video left today." in answers[1]
    assert "You have 0 videos left today." in answers[2]
    assert refused.startswith("You have used your 3 videos of today (the bot's limit). The next one is free <t:")


async def test_the_usual_time_is_told_once_three_videos_of_the_model_are_known(house: House) -> None:
    async with house.running():
        early = [await house.video() for _ in range(3)]
        for asked in early:
            await house.ended(asked)
        fourth = await house.video()

    assert not any("took about" in answer_of(asked) for asked in early)
    assert "Its last 3 videos took about " in answer_of(fourth)
