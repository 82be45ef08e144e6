"""A dead key or an empty account holds everything back with one message, and goes on by itself."""

from cogs import replies
from sandbox.openrouter import Answer
from services.errors import PausedError
from tests.cogs.reading import plain
from tests.e2e.house import House

REFUSED = Answer(
    route="submit", status=402, json={"error": {"code": 402, "message": "Insufficient credits."}}, times=None
)


def told_owner(house: House) -> list[str]:
    direct = house.discord.world.direct_channel(house.user("owner").id)
    return [message.text for message in house.discord.messages(direct.id)]


async def test_an_empty_account_is_told_once_and_the_waiting_go_on_when_it_is_filled(house: House) -> None:
    house.openrouter.script(REFUSED)
    async with house.running():
        asked = [await house.video("a fox")]
        await house.openrouter.requests.wait_for("submit", answered=True)
        await house.discord.wait_until(lambda: told_owner(house) or None, timeout=20)
        refused = await house.reads("video", options={"prompt": "one more"})

    assert [job["state"] for job in house.jobs()] == ["queued"]
    assert len(told_owner(house)) == 1
    assert "OpenRouter refuses the bot's key" in told_owner(house)[0]
    assert refused == plain(replies.refusal(PausedError(everywhere=True, by_bot=True)))
    assert house.openrouter.ledger == ()

    house.openrouter.clear_faults()
    _let_time_pass(house)
    async with house.running():
        for each in asked:
            await house.ended(each)
        await house.discord.wait_until(lambda: told_owner(house)[1:] or None, timeout=20)

    assert [job["state"] for job in house.jobs()] == ["delivered"]
    assert told_owner(house)[1:] == ["OpenRouter takes the bot's key again. Requests go on."]


def _let_time_pass(house: House) -> None:
    """Move the pause that the bot made itself into the past."""
    house.rows("UPDATE pauses SET until = 1 WHERE until IS NOT NULL")
