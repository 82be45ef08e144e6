"""Every request that the bot makes is one that Discord itself describes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.discord.log import Authorization, RequestRecord
from sandbox.openrouter import JobPlan
from tests.e2e.house import House
from tests.e2e.openapi import Description

DESCRIPTION = Path(__file__).parents[3] / "shared" / "discord-openapi.json"


@pytest.fixture(scope="module")
def description() -> Description:
    if not DESCRIPTION.exists():
        pytest.skip("Discord's description of its API is not at hand")
    return Description(DESCRIPTION)


async def test_a_run_through_every_command_sends_only_what_discord_describes(
    house: House, description: Description
) -> None:
    alice = house.user("alice").id
    async with house.running(running_at_once=1):
        house.openrouter.script(JobPlan(nth=2, status="failed"))
        made = await house.video()
        await house.ended(made)
        await house.ended(await house.video("one that fails"))
        house.openrouter.script(JobPlan(never_ends=True))
        await house.video("one in the way")
        await house.openrouter.requests.wait_for("status", count=3)
        await house.cancel(await house.video("one that waits"))
        await house.discord.autocomplete(
            user_id=alice, channel_id=house.channel("videos").id, name="video", option="model", text="veo"
        )
        await house.reads("video", options={"prompt": "a fox", "model": "sora"})
        await house.reads("status")
        await house.reads("limits default", by="manager", options={"videos_per_day": 3})
        await house.reads("limits set", by="manager", options={"user": alice, "running_at_once": 2})
        await house.reads("limits show", by="manager")
        await house.reads("limits clear", by="manager", options={"user": alice})

    requests = house.discord.requests
    assert {record.route for record in requests} >= {
        "PUT /applications/{application_id}/commands",
        "POST /interactions/{interaction_id}/{interaction_token}/callback",
        "POST /channels/{channel_id}/messages",
        "PATCH /channels/{channel_id}/messages/{message_id}",
        "GET /channels/{channel_id}/messages",
    }
    assert [complaint for record in requests for complaint in description.complaints(record)] == []


@pytest.mark.parametrize(
    "body",
    [
        {"content": 5},
        {"content": "x", "allowed_mentions": {"parse": ["all"]}},
        {"content": "x", "components": [{"type": 99}]},
    ],
)
def test_a_body_that_discord_does_not_describe_is_noticed(description: Description, body: dict[str, object]) -> None:
    assert list(description.complaints(post(body)))


def test_an_operation_that_discord_does_not_describe_is_noticed(description: Description) -> None:
    assert list(description.complaints(post({"content": "x"}, path="/api/v10/channels/1/nothing")))


def test_a_fitting_body_is_not_complained_about(description: Description) -> None:
    assert list(description.complaints(post({"content": "x", "allowed_mentions": {"users": [1], "parse": []}}))) == []


def post(body: object, *, path: str = "/api/v10/channels/1/messages") -> RequestRecord:
    return RequestRecord(
        number=0,
        method="POST",
        path=path,
        route="POST",
        headers={},
        authorization=Authorization.BOT,
        received_at=datetime.now(UTC),
        body=body,
    )
