"""What a member may choose: bad choices are explained and cost nothing, good ones are suggested while typing."""

from typing import Any

import pytest

from cogs import replies
from sandbox.openrouter import Answer
from tests.e2e.house import House, status_of

BAD: dict[str, tuple[dict[str, object], str]] = {
    "a length between two that the model lists": (
        {"model": "google/veo-3.1", "duration": 5},
        "google/veo-3.1 does not offer length 5 s. Choose 4, 6 or 8 s.",
    ),
    "a resolution of another model": (
        {"model": "google/veo-3.1", "resolution": "480p"},
        "google/veo-3.1 does not offer resolution 480p. Choose 720p, 1080p or 4K.",
    ),
    "a ratio of another model": (
        {"model": "google/veo-3.1", "aspect_ratio": "1:1"},
        "google/veo-3.1 does not offer aspect ratio 1:1. Choose 16:9 or 9:16.",
    ),
    "a resolution where nothing is to choose from but one": (
        {"model": "minimax/hailuo-3", "resolution": "720p"},
        "minimax/hailuo-3 does not offer resolution 720p. Choose 2K.",
    ),
    "a seed where there is none": (
        {"model": "minimax/hailuo-3", "seed": 3},
        "minimax/hailuo-3 has no choice of seed: leave it out.",
    ),
    "sound from a silent model": (
        {"model": "runway/gen-4.5", "audio": True},
        "runway/gen-4.5 makes silent videos only: leave audio out.",
    ),
    "a model nobody knows": (
        {"model": "sora"},
        "There is no model sora. Pick one from the list that appears while you type.",
    ),
    "half the name of a model": (
        {"model": "veo"},
        "There is no model veo. Did you mean google/veo-3.1-lite or google/veo-3.1?",
    ),
    "a model that needs a video to begin with": (
        {"model": "runway/aleph-2"},
        "There is no model runway/aleph-2. Pick one from the list that appears while you type.",
    ),
}


@pytest.mark.parametrize("choices", BAD)
async def test_a_bad_choice_is_explained_and_nothing_is_reserved(house: House, choices: str) -> None:
    options, sentence = BAD[choices]

    async with house.running():
        told = await house.reads("video", options={"prompt": "a fox"} | options)

    assert told == sentence
    assert_nothing_was_reserved(house)


async def test_a_bad_choice_pings_nobody_and_shows_nothing_but_characters(house: House) -> None:
    async with house.running():
        answer = await house.video(model="@everyone [x](https://evil.example)")

    message = status_of(answer)
    assert answer.ephemeral
    assert message.pings.is_silent
    assert "@everyone" not in message.text
    assert "](" not in message.text


@pytest.mark.parametrize("prompt", [" ", "\n\t  ", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH JOINER}"])
async def test_a_prompt_that_says_nothing_is_refused(house: House, prompt: str) -> None:
    async with house.running():
        assert await house.reads("video", options={"prompt": prompt}) == replies.EMPTY_PROMPT.text

    assert_nothing_was_reserved(house)


SUGGESTED: dict[str, tuple[str, str, dict[str, object], list[object]]] = {
    "a model by a part of its name": ("model", "veo", {}, ["google/veo-3.1-lite", "google/veo-3.1"]),
    "no model where none fits": ("model", "sora", {}, []),
    "the lengths of the chosen model": ("duration", "", {"model": "google/veo-3.1"}, [4, 6, 8]),
    "the lengths that begin so": ("duration", "1", {"model": "alibaba/wan-2.6"}, [10]),
    "the resolutions of the chosen model": ("resolution", "", {"model": "alibaba/wan-2.6"}, ["720p", "1080p"]),
    "the resolutions that match": ("resolution", "4", {"model": "google/veo-3.1"}, ["4K"]),
    "the ratios of the chosen model": ("aspect_ratio", "", {"model": "runway/gen-4.5"}, ["16:9", "9:16"]),
    "nothing for a model nobody knows": ("resolution", "", {"model": "sora"}, []),
}


async def test_suggestions_narrow_to_what_was_chosen_and_typed(house: House) -> None:
    async with house.running():
        for what, (option, text, options, expected) in SUGGESTED.items():
            found = await suggestions(house, option=option, text=text, options=options)
            assert [choice["value"] for choice in found] == expected, what


async def test_a_keystroke_costs_the_video_api_nothing_and_gets_at_most_25_suggestions(house: House) -> None:
    long: dict[str, object] = {"model": "alibaba/wan-3.0"}  # lists 29 lengths
    async with house.running():
        before = len(house.openrouter.requests)
        lengths = await suggestions(house, option="duration", text="", options=long)
        for option in ("model", "duration", "resolution", "aspect_ratio"):
            for text in ("", "1", "@everyone", "x" * 100):
                assert len(await suggestions(house, option=option, text=text, options={})) <= 25

        assert len(house.openrouter.requests) == before
        assert len(lengths) == 25
        assert house.jobs() == []


async def test_suggestions_for_the_default_model_need_no_model_to_be_chosen(house: House) -> None:
    async with house.running(default_model="google/veo-3.1"):
        found = await suggestions(house, option="duration", text="", options={})
        models = await suggestions(house, option="model", text="", options={})

    assert [choice["value"] for choice in found] == [4, 6, 8]
    assert models[0]["value"] == "google/veo-3.1"


async def test_without_a_list_of_models_the_member_is_told_to_come_back(house: House) -> None:
    house.openrouter.script(Answer(route="models", status=401, times=None))
    async with house.running():
        told = await house.reads("video", options={"prompt": "a fox"})

    assert told == "The list of models cannot be had just now. Please try again in a minute."
    assert_nothing_was_reserved(house)


async def suggestions(
    house: House, *, option: str, text: str, options: dict[str, object]
) -> tuple[dict[str, Any], ...]:
    return await house.discord.autocomplete(
        user_id=house.user("alice").id,
        channel_id=house.channel("videos").id,
        name="video",
        option=option,
        text=text,
        options=options,
    )


def assert_nothing_was_reserved(house: House) -> None:
    assert house.jobs() == []
    assert house.bought == 0
