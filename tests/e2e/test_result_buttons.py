"""The buttons under a result: for its member and for strangers, before and after a restart, and for forgers."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import structlog.testing

from cogs import replies
from cogs.replies import direct, results
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import Interaction, InteractionType
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.openrouter import FixedClip, OpenRouterStandIn
from sandbox.openrouter.listing import read_entries
from services.results import Removal, Unavailable
from tests import canaries
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import PATIENCE, House, answer_of, status_of, watching

DELETE: Final = "DELETE /channels/{channel_id}/messages/{message_id}"
FILM: Final[dict[str, Any]] = {
    "id": "acme/film",
    "canonical_slug": "acme/film-1",
    "name": "Film",
    "supported_durations": [5],
    "supported_resolutions": ["720p"],
    "supported_aspect_ratios": ["16:9"],
    "pricing_skus": {"cents_per_second_output": "17", "cents_per_second_video_continuation_720p": "41"},
}
"""A model that can go on from its clip: for 41 cents a second."""
FORGED: Final = (
    "result:0:again",
    "result:2:again",
    "result:999999999999999999:edit",
    "result:99999999999999999999999999:delete",
    "result:-1:delete",
    "result:1 OR 1=1:delete",
    "result:1:delete:1",
    "result:1:destroy",
    "result::again",
    "result:\N{FULLWIDTH DIGIT ONE}:again",
    "RESULT:1:AGAIN",
    "result:1:edit:form",
    "result:1:again\n;DROP TABLE jobs;--",
)

UNREADABLE: Final[tuple[object, ...]] = (None, 5, ["a fox"], {})
"""What is no text."""


@pytest.fixture(params=[False, True], ids=["before a restart", "after a restart"])
def restarts(request: pytest.FixtureRequest) -> bool:
    """Whether the bot that is pressed is another process than the one that posted."""
    return bool(request.param)


@pytest.fixture
async def film_house(house: House, clip: Path) -> AsyncGenerator[House]:
    """The house, with a video API that lists a model that can go on from its clip."""
    models = [*read_entries(), FILM]
    async with OpenRouterStandIn(
        key=canaries.KEY, seconds_per_video=0.2, clips=FixedClip(clip), models=models
    ) as video_api:
        yield replace(house, openrouter=video_api)


@asynccontextmanager
async def one_or_two_processes(
    house: House,
    **changes: Any,  # noqa: ANN401  # settings of any type
) -> AsyncGenerator[Callable[[], Awaitable[None]]]:
    """Run the bot, and give the way to put another process in its place."""
    async with AsyncExitStack() as running:

        async def restart() -> None:
            await running.aclose()
            await running.enter_async_context(house.running(**changes))

        await restart()
        yield restart


def buttons(message: Message) -> dict[str, str]:
    """Return the custom ids of a message's buttons by their labels."""
    return {button["label"]: button["custom_id"] for row in message.components for button in row["components"]}


async def posted(
    house: House,
    prompt: str = "a red fox in the snow",
    *,
    by: str = "alice",
    **options: Any,  # noqa: ANN401  # options of any type
) -> Message:
    """Have a video made, and return the message that carries it once the bot has written that down."""
    await house.ended(await house.video(prompt, by=by, **options))
    return house.clips()[-1]


async def press(house: House, on: Message, label: str, *, by: str = "alice") -> Interaction:
    """Press a button under a result, and wait for the bot's answer."""
    click = await house.discord.click(user_id=house.user(by).id, message_id=on.id, custom_id=buttons(on)[label])
    await click.answered(timeout=PATIENCE)
    return click


async def fill_in(house: House, opened: Interaction, prompt: str) -> Interaction:
    """Send the form that a press has opened, and wait for the bot's answer."""
    sent = await house.discord.submit_modal(interaction_id=opened.id, values={"prompt": prompt})
    await sent.answered(timeout=PATIENCE)
    return sent


def form_of(opened: Interaction) -> tuple[str, str]:
    """Return the title of a form, and what stands in its field."""
    assert opened.modal is not None
    (label,) = opened.modal["components"]
    return opened.modal["title"], label["component"]["value"]


def owners(house: House) -> list[int]:
    return [job["user_id"] for job in house.jobs()]


async def test_every_result_has_the_buttons_and_nothing_else_has(house: House) -> None:
    async with house.running():
        asked = await house.video()
        status = await house.ended(asked)
        (result,) = house.clips()

    assert buttons(result) == {
        "Again": "result:1:again",
        "Edit": "result:1:edit",
        "Delete": "result:1:delete",
    }
    assert status.components == ()


@pytest.mark.parametrize("by", ["alice", "bob"])
async def test_again_makes_another_for_whoever_presses(house: House, by: str, restarts: bool) -> None:  # noqa: FBT001  # pytest's
    async with one_or_two_processes(house) as restart:
        result = await posted(house, seed=7, model="google/veo-3.1-lite", duration=4)
        if restarts:
            await restart()
        click = await press(house, result, "Again", by=by)
        status = await house.ended(click)

    first, second = house.jobs()
    assert not click.ephemeral
    assert plain(answer_of(click)).startswith("**Video 2**\n> a red fox in the snow\n")
    assert status.text.startswith("Video 2 is ready: ")
    assert owners(house) == [house.user("alice").id, house.user(by).id]
    assert (second["interaction_id"], second["status_message_id"]) == (click.id, status_of(click).id)
    shape = ("prompt", "model", "duration", "resolution", "aspect_ratio", "audio", "reserved_microusd")
    assert [second[each] for each in shape] == [first[each] for each in shape]
    assert [order.get("seed") for order in house.orders] == [7, None]
    again = house.clips()[-1]
    assert again.pings.users == frozenset({house.user(by).id})
    assert set(buttons(result)) == set(buttons(again)) == {"Again", "Edit", "Delete"}


async def test_a_strangers_press_counts_against_the_stranger_alone(house: House) -> None:
    async with house.running(videos_per_day=2):
        result = await posted(house)
        click = await press(house, result, "Again", by="bob")
        await house.ended(click)
        alices, bobs = await house.reads("status"), await house.reads("status", by="bob")
        await house.ended(await press(house, result, "Again", by="bob"))
        refused = await press(house, result, "Again", by="bob")
        await house.ended(await press(house, result, "Again"))

    assert "1 of 2 videos a day" in alices
    assert "1 of 2 videos a day" in bobs
    assert refused.ephemeral
    assert plain(answer_of(refused)).startswith("You have used your 2 videos of today")
    assert house.bought == 4


async def test_what_was_made_again_can_be_made_again(house: House) -> None:
    async with house.running():
        result = await posted(house)
        for by in ("bob", "alice", "carol"):
            await house.ended(await press(house, result, "Again", by=by))
            result = house.clips()[-1]

    assert owners(house) == [house.user(name).id for name in ("alice", "bob", "alice", "carol")]
    assert {job["prompt"] for job in house.jobs()} == {"a red fox in the snow"}
    assert house.bought == len(house.clips()) == 4


async def test_two_presses_are_two_videos_and_one_that_is_delivered_twice_is_one(house: House) -> None:
    async with house.running():
        result = await posted(house)
        first, second = await press(house, result, "Again"), await press(house, result, "Again")
        forging.replay(house, second)
        await house.ended(first)
        await house.ended(second)
        await house.reads("status")

    assert house.bought == len(house.jobs()) == len(house.clips()) == 3


@pytest.mark.parametrize("by", ["alice", "bob"])
async def test_edit_shows_the_prompt_and_makes_what_becomes_of_it(house: House, by: str, restarts: bool) -> None:  # noqa: FBT001  # pytest's
    async with one_or_two_processes(house) as restart:
        opened = await press(house, await posted(house), "Edit", by=by)
        if restarts:
            # The form was opened by a process that is gone.
            await restart()
        await house.ended(await fill_in(house, opened, "a blue fox in the rain"))

    assert form_of(opened) == (results.EDIT_TITLE.text, "a red fox in the snow")
    first, second = house.jobs()
    assert (second["prompt"], second["user_id"]) == ("a blue fox in the rain", house.user(by).id)
    shape = ("model", "duration", "resolution", "aspect_ratio", "audio", "seed", "continues")
    assert [second[each] for each in shape] == [first[each] for each in shape]
    assert len(house.clips()) == 2


@pytest.mark.parametrize("by", ["alice", "bob"])
async def test_extend_goes_on_from_a_clip_whose_model_can(film_house: House, by: str, restarts: bool) -> None:  # noqa: FBT001  # pytest's
    house = film_house
    async with one_or_two_processes(house, confirm_above_usd=10) as restart:
        result = await posted(house, model="acme/film")
        assert buttons(result)["Extend"] == "result:1:extend"
        if restarts:
            await restart()
        opened = await press(house, result, "Extend", by=by)
        await house.ended(await fill_in(house, opened, "it runs away"))

    assert form_of(opened)[0] == results.EXTEND_TITLE.text
    first, second = house.jobs()
    assert second["continues"] == first["remote_id"] == house.orders[1]["previous_job_id"]
    assert (second["prompt"], second["user_id"]) == ("it runs away", house.user(by).id)
    assert second["estimate_microusd"] == 2_050_000
    assert second["cost_microusd"] == second["held_microusd"] == 2_050_000
    assert "previous_job_id" not in house.orders[0]


async def test_a_dear_one_is_asked_about_first_and_goes_on_from_the_same_clip(film_house: House) -> None:
    house = film_house
    async with house.running(confirm_above_usd=1):
        result = await posted(house, model="acme/film")
        question = await fill_in(house, await press(house, result, "Extend", by="bob"), "it runs away")
        assert plain(answer_of(question)).startswith("**This video costs about $2.05, ")
        assert house.bought == 1
        asked = status_of(question)
        yes = await house.discord.click(
            user_id=house.user("bob").id, message_id=asked.id, custom_id=buttons(asked)["Generate"]
        )
        await yes.answered(timeout=PATIENCE)
        await house.ended(yes)

    assert question.ephemeral
    assert house.orders[1]["previous_job_id"] == house.jobs()[0]["remote_id"]
    assert owners(house) == [house.user("alice").id, house.user("bob").id]


@pytest.mark.parametrize("prompt", ["   ", "\N{ZERO WIDTH SPACE}"])
async def test_an_empty_description_orders_nothing(house: House, prompt: str) -> None:
    async with house.running():
        result = await posted(house)
        sent = await fill_in(house, await press(house, result, "Edit"), prompt)

    assert plain(answer_of(sent)) == plain(replies.EMPTY_PROMPT.text)
    assert house.bought == 1


async def test_a_form_that_another_client_sends_with_too_much_in_it_orders_nothing(house: House) -> None:
    async with house.running():
        result = await posted(house)
        sent = submitted(house, "result:1:edit:form", "x" * 2_001, on=result, by="bob")
        await sent.answered(timeout=PATIENCE)

    assert plain(answer_of(sent)) == plain(results.PROMPT_TOO_LONG.text)
    assert house.bought == 1


def submitted(house: House, custom_id: str, prompt: object, *, on: Message, by: str) -> Interaction:
    """Send a form that nobody opened, as another client might."""
    field = {"type": 4, "id": 2, "custom_id": "prompt", "value": prompt}
    data = {"custom_id": custom_id, "components": [{"type": 18, "id": 1, "component": field}]}
    sent = forging.open_act(house, data, by=by, channel_id=on.channel_id, kind=InteractionType.MODAL, source=on)
    forging.replay(house, sent)
    return sent


async def test_where_the_server_no_longer_allows_the_model_it_says_so(house: House) -> None:
    async with house.running():
        result = await posted(house, model="google/veo-3.1-lite", duration=4)
        await house.reads("settings model add", by="manager", options={"model": "runway/gen-4.5"})
        click = await press(house, result, "Again", by="bob")

    assert click.ephemeral
    assert "This server does not allow google/veo-3.1-lite." in plain(answer_of(click))
    assert house.bought == 1


async def test_where_the_presser_may_post_no_files_nothing_is_made(house: House) -> None:
    async with house.running():
        result = await posted(house)
        world = house.discord.world
        world.set_overwrite(house.channel("videos").id, world.bot.id, deny=Permission.ATTACH_FILES)
        again, edit = await press(house, result, "Again"), await press(house, result, "Edit")

    for click in (again, edit):
        assert plain(answer_of(click)) == plain(replies.missing_permissions(["Attach Files"]))
    assert house.bought == 1


@pytest.mark.parametrize("by", ["alice", "owner"])
async def test_its_member_and_a_moderator_delete_it_and_it_still_counts(
    house: House,
    by: str,
    restarts: bool,  # noqa: FBT001  # pytest's
) -> None:
    async with one_or_two_processes(house) as restart:
        asked = await house.video()
        await house.ended(asked)
        (result,) = house.clips()
        weights = [(job["counts"], job["held_microusd"], job["cost_microusd"]) for job in house.jobs()]
        if restarts:
            await restart()
        click = await press(house, result, "Delete", by=by)
        await gone(house, asked)
        listed = await house.reads("status")

    (job,) = house.jobs()
    assert click.ephemeral
    assert "Video 1 is deleted" in plain(answer_of(click))
    assert "Video 1 was deleted" in listed
    assert "4 of 5 videos a day" in listed
    assert house.clips() == []
    assert [path for path in (house.data / "clips").rglob("*") if path.is_file()] == []
    assert weights == [(job["counts"], job["held_microusd"], job["cost_microusd"])]
    assert (job["state"], job["counts"]) == ("delivered", 1)
    assert job["held_microusd"] == job["cost_microusd"] > 0


async def gone(house: House, asked: Interaction) -> None:
    """Wait until the status message says that the result was deleted."""

    def look() -> bool | None:
        return "was deleted" in status_of(asked).text or None

    await house.discord.wait_until(look, timeout=PATIENCE)


@pytest.mark.parametrize("by", ["bob", "manager"])
async def test_a_stranger_does_not_delete_it(house: House, by: str, restarts: bool) -> None:  # noqa: FBT001  # pytest's
    async with one_or_two_processes(house) as restart:
        result = await posted(house)
        if restarts:
            await restart()
        click = await press(house, result, "Delete", by=by)
        await house.reads("status")

    assert click.ephemeral
    assert plain(answer_of(click)) == plain(results.removal(Removal.NOT_ALLOWED, None))
    assert house.clips() == [result]
    assert house.jobs()[0]["removed_at"] is None


async def test_what_discord_did_not_delete_is_deleted_after_a_restart(house: House) -> None:
    with watching("result_removed") as wished:
        async with house.running():
            asked = await house.video()
            await house.ended(asked)
            (result,) = house.clips()
            house.on_discord(DELETE, FaultKind.ANSWER, status=503)
            await press(house, result, "Delete")
            await house.discord.wait_until(lambda: bool(house.discord.requests_to(DELETE)) or None, timeout=PATIENCE)
    assert wished.is_set()
    assert house.clips() == [result]

    house.rows("UPDATE jobs SET next_at = 0")
    async with house.running():
        await gone(house, asked)

    assert house.clips() == []


async def test_a_result_that_somebody_has_deleted_by_hand_is_no_obstacle(house: House) -> None:
    async with house.running():
        asked = await house.video()
        await house.ended(asked)
        (result,) = house.clips()
        click = forging.click(house, "result:1:delete", on=result, by="alice")
        house.discord.world.messages.delete(result)
        await click.answered(timeout=PATIENCE)
        await gone(house, asked)

    assert house.clips() == []


async def test_in_direct_messages_that_count_as_none_nothing_is_started_but_its_member_deletes_it(
    house: House,
) -> None:
    world = house.discord.world
    async with house.running():
        with watching("job_failed"):
            result = await by_direct_message(house)
        again = await press(house, result, "Again")
        edit = await press(house, result, "Edit")
        delete = await press(house, result, "Delete")
        await house.discord.wait_until(lambda: not house.clips() or None, timeout=PATIENCE)

    for click in (again, edit):
        assert plain(answer_of(click)) == plain(direct.off())
    assert "Video 1 is deleted" in plain(answer_of(delete))
    assert house.bought == 1
    assert world.direct_channel(house.user("alice").id).id == result.channel_id


async def by_direct_message(house: House) -> Message:
    """Have a video made whose channel closes meanwhile, so that it comes by direct message."""
    world = house.discord.world
    asked = await house.video()
    world.set_overwrite(house.channel("videos").id, world.bot.id, deny=Permission.SEND_MESSAGES)
    await house.ended(asked)
    (result,) = house.clips()
    return result


async def test_a_forged_button_or_form_changes_nothing_and_logs_no_traceback(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.running():
        result = await posted(house)
        with structlog.testing.capture_logs() as logged, caplog.at_level(logging.WARNING):
            for custom_id in FORGED:
                forging.click(house, custom_id, on=result, by="bob")
                submitted(house, custom_id, "a forged fox", on=result, by="bob")
            forms = [submitted(house, "result:2:edit:form", value, on=result, by="bob") for value in UNREADABLE]
            for form in forms:
                await form.answered(timeout=PATIENCE)
            await house.reads("status", by="bob")
            # One of them is what Discord's own client sends: the form under the button Edit.
            await house.until(lambda: len(house.jobs()) > 1)
            await house.told()

    assert [job["prompt"] for job in house.jobs()] == ["a red fox in the snow", "a forged fox"]
    assert [job["removed_at"] for job in house.jobs()] == [None, None]
    assert house.clips()[0] == result
    assert [event for event in logged if event.get("exc_info")] == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_nobody_learns_or_deletes_through_a_message_that_is_not_the_result(house: House) -> None:
    async with house.running():
        await posted(house)
        other = await posted(house, "a lighthouse", by="bob")
        edit = forging.click(house, "result:1:edit", on=other, by="bob")
        delete = forging.click(house, "result:1:delete", on=other, by="owner")
        sent = submitted(house, "result:1:edit:form", "mine", on=other, by="bob")
        for act in (edit, delete, sent):
            await act.answered(timeout=PATIENCE)

    unknown = plain(results.unavailable(Unavailable.UNKNOWN))
    assert [plain(answer_of(act)) for act in (edit, sent)] == [unknown, unknown]
    assert plain(answer_of(delete)) == plain(results.removal(Removal.UNKNOWN, None))
    assert edit.modal is None
    assert len(house.clips()) == len(house.jobs()) == 2


async def test_a_flood_of_presses_is_turned_away(house: House) -> None:
    async with house.running():
        result = await posted(house)
        clicks = [forging.click(house, "result:1:delete", on=result, by="bob") for _ in range(100)]
        for click in clicks:
            await click.answered(timeout=PATIENCE)
        other = await press(house, result, "Delete", by="carol")

    answers = [plain(answer_of(click)) for click in clicks]
    assert plain(replies.TOO_FAST.text) in answers
    assert plain(results.removal(Removal.NOT_ALLOWED, None)) == plain(answer_of(other)) == answers[0]


async def test_a_form_is_sent_once(house: House) -> None:
    async with house.running():
        opened = await press(house, await posted(house), "Edit")
        await house.ended(await fill_in(house, opened, "a blue fox"))
        with pytest.raises(ClientRefusedError):
            await fill_in(house, opened, "a green fox")

    assert house.bought == 2
