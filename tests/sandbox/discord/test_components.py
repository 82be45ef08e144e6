"""Buttons, selects and the second kind of components: what Discord refuses of them, and where."""

import pytest

from sandbox.discord import DiscordStandIn
from tests.sandbox.discord.caller import Caller

BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}


def row(*components: object) -> dict[str, object]:
    return {"type": 1, "components": list(components)}


@pytest.mark.parametrize(
    ("component", "path"),
    [
        ({**BUTTON, "custom_id": "c" * 101}, "custom_id"),
        ({**BUTTON, "label": "l" * 81}, "label"),
        ({"type": 2, "style": 1, "label": "Go"}, "custom_id"),
        ({"type": 2, "style": 5, "label": "Go"}, "url"),
        ({"type": 3, "custom_id": "s", "options": [{"label": "a"}]}, "options"),
        ({"type": 4, "custom_id": "t", "style": 1, "label": "in a message"}, "type"),
    ],
)
async def test_a_wrong_component_is_refused_at_its_place(
    stand_in: DiscordStandIn, caller: Caller, component: dict[str, object], path: str
) -> None:
    reply = await caller.send(stand_in.world.channel("general").id, content="x", components=[row(component)])

    assert reply.refusal == (400, 50035)
    assert path in reply.json["errors"]["components"]["0"]["components"]["0"]


async def test_a_gallery_shows_only_what_was_attached(stand_in: DiscordStandIn, caller: Caller) -> None:
    path = f"/channels/{stand_in.world.channel('general').id}/messages"
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://clip.mp4"}}]}
    section = {"type": 9, "components": [{"type": 10, "content": "x"}], "accessory": BUTTON}
    body = {
        "flags": 1 << 15,
        "components": [{"type": 17, "components": [gallery, section, row({**BUTTON, "custom_id": "b"})]}],
    }

    assert (await caller.call("POST", path, body, files={"clip.mp4": b"x"})).status == 200
    assert (await caller.call("POST", path, body, files={"other.mp4": b"x"})).refusal == (400, 50035)


async def test_components_of_the_second_kind_need_their_flag(stand_in: DiscordStandIn, caller: Caller) -> None:
    general = stand_in.world.channel("general").id
    text = {"type": 10, "content": "hello"}

    assert (await caller.send(general, components=[text])).refusal == (400, 50035)
    assert (await caller.send(general, components=[text], flags=1 << 15)).status == 200
    assert (await caller.send(general, components=[text], content="x", flags=1 << 15)).refusal == (400, 50035)
