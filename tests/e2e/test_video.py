"""`/video` from the keystroke to the clip."""

from hashlib import sha256
from pathlib import Path

from sandbox.openrouter import OpenRouterStandIn
from tests.e2e.house import House, status_of


async def test_a_member_types_video_and_the_clip_arrives(house: House) -> None:
    async with house.running():
        answer = await house.video("a red fox in the snow")
        result = await house.clip_in()

    status = status_of(answer)
    assert "a red fox in the snow" in status.earlier[0].text
    assert result.attachments[0].filename == "video-1.mp4"
    assert result.pings.users == frozenset({house.user("alice").id})
    assert result.reference is not None
    assert result.reference.message_id == status.id
    assert len(house.openrouter.ledger) == 1
