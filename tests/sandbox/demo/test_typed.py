"""A line that a member types is read as Discord's client reads it."""

from typing import Any

import pytest

from sandbox.demo.typed import NotACommandError, read

COMMANDS: list[dict[str, Any]] = [
    {
        "name": "video",
        "options": [
            {"name": "prompt", "type": 3},
            {"name": "duration", "type": 4},
            {"name": "audio", "type": 5},
            {"name": "aspect_ratio", "type": 3},
        ],
    },
    {"name": "status"},
    {"name": "limits", "options": [{"name": "default", "type": 1, "options": [{"name": "videos_per_day", "type": 4}]}]},
]


def test_the_first_words_are_the_first_option() -> None:
    typed = read("/video a red fox in the snow", COMMANDS)

    assert (typed.name, typed.options) == ("video", {"prompt": "a red fox in the snow"})


def test_named_options_follow_in_any_order_and_have_their_types() -> None:
    typed = read("/video a fox: red aspect_ratio:9:16 duration:4 audio:true", COMMANDS)

    assert typed.options == {"prompt": "a fox: red", "aspect_ratio": "9:16", "duration": 4, "audio": True}


def test_a_subcommand_is_part_of_the_name() -> None:
    typed = read("/limits default videos_per_day:3", COMMANDS)

    assert (typed.name, typed.options) == ("limits default", {"videos_per_day": 3})


def test_a_command_without_options_has_none() -> None:
    assert read("/status", COMMANDS).options == {}


@pytest.mark.parametrize("line", ["video a fox", "/vidoe a fox", "/limits", "/video a fox duration:long", ""])
def test_what_is_no_command_gets_a_hint(line: str) -> None:
    with pytest.raises(NotACommandError) as refused:
        read(line, COMMANDS)

    assert refused.value.hint
