"""`/video` from the keystroke to the clip."""

from tests.e2e.conftest import House


async def test_a_member_types_video_and_the_clip_arrives(house: House) -> None:
    async with house.running():
        answer = await house.command("video", options={"prompt": "a red fox in the snow"})
        result = await house.clip_in()

    status = await answer.message()
    assert status is not None
    assert "a red fox in the snow" in status.earlier[0].text
    assert result.attachments[0].filename == "video-1.mp4"
    assert result.pings.users == frozenset({house.user("alice").id})
    assert result.reference is not None
    assert result.reference.message_id == status.id
    assert len(house.openrouter.ledger) == 1
