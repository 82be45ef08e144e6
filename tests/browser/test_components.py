"""Components and forms of every kind, from a bot that this test plays itself: each sends a real interaction."""

from collections.abc import AsyncGenerator
from typing import Any, Final

import aiohttp
import pytest_asyncio
from playwright.async_api import Browser, expect

from sandbox.discord.interactions import Interaction
from sandbox.page import Page, open_page
from tests.browser.conftest import seated
from tests.browser.seat import Seat

ROWS: Final[list[dict[str, Any]]] = [
    {
        "type": 1,
        "components": [
            {"type": 2, "style": 1, "label": "Go", "custom_id": "go"},
            {"type": 2, "style": 2, "label": "Not now", "custom_id": "no", "disabled": True},
            {"type": 2, "style": 5, "label": "Read", "url": "https://example.com/"},
        ],
    },
    {
        "type": 1,
        "components": [
            {
                "type": 3,
                "custom_id": "one",
                "placeholder": "Take one",
                "options": [
                    {"label": "Red", "value": "r"},
                    {"label": "Blue", "value": "b", "description": "as the sea"},
                ],
            }
        ],
    },
    {
        "type": 1,
        "components": [
            {
                "type": 3,
                "custom_id": "some",
                "placeholder": "Take some",
                "min_values": 1,
                "max_values": 2,
                "options": [{"label": name, "value": name} for name in ("a", "b", "c")],
            }
        ],
    },
    {"type": 1, "components": [{"type": 5, "custom_id": "who", "placeholder": "Take somebody"}]},
]
FORM: Final[dict[str, Any]] = {
    "custom_id": "form",
    "title": "A form",
    "components": [
        {"type": 10, "content": "Read **this** first."},
        {
            "type": 18,
            "label": "Name",
            "component": {"type": 4, "custom_id": "name", "style": 1, "min_length": 3, "max_length": 6},
        },
        {
            "type": 18,
            "label": "Colour",
            "component": {
                "type": 3,
                "custom_id": "colour",
                "options": [{"label": "Red", "value": "r"}, {"label": "Blue", "value": "b"}],
            },
        },
        {"type": 18, "label": "Picture", "component": {"type": 19, "custom_id": "picture", "required": False}},
    ],
}


class Played:
    """The bot, as this test plays it."""

    def __init__(self, session: aiohttp.ClientSession, house: Page) -> None:
        self._session = session
        self._chat = house.scene.chat

    async def post(self, **body: object) -> None:
        """Post a message in #videos."""
        channel = self._chat.world.channel("videos")
        headers = {"Authorization": f"Bot {self._chat.token}"}
        url = f"{self._chat.api_url}/channels/{channel.id}/messages"
        async with self._session.post(url, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    async def interaction(self, count: int = 1) -> Interaction:
        """Wait for an interaction, and return it."""
        every = self._chat.interactions.all
        await self._chat.wait_until(lambda: len(every) >= count)
        return list(every.values())[count - 1]

    async def answer(self, interaction: Interaction, kind: int, **data: object) -> None:
        """Answer an interaction."""
        url = f"{self._chat.api_url}/interactions/{interaction.id}/{interaction.token}/callback"
        async with self._session.post(url, json={"type": kind, "data": data}) as answer:
            assert answer.status in {200, 204}, await answer.text()


@pytest_asyncio.fixture(loop_scope="session")
async def house(browser: Browser) -> AsyncGenerator[Page]:
    """Open the page without a bot."""
    del browser
    async with open_page(starts_bot=False) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def seat(browser: Browser, house: Page) -> AsyncGenerator[Seat]:
    async with seated(browser, house) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def bot(house: Page) -> AsyncGenerator[Played]:
    async with aiohttp.ClientSession() as session:
        yield Played(session, house)


async def test_buttons_and_selects_send_what_was_pressed_and_chosen(seat: Seat, bot: Played) -> None:
    await bot.post(content="Choose.", components=ROWS)
    message = seat.saying("Choose.")
    await expect(message.get_by_role("button", name="Not now")).to_be_disabled()
    await expect(message.get_by_role("link", name="Read")).to_have_attribute("href", "https://example.com/")

    await message.get_by_role("button", name="Go").click()
    pressed = await bot.interaction(1)
    await bot.answer(pressed, 4, content="Gone.")
    await message.get_by_role("combobox", name="Take one").select_option("Blue (as the sea)")
    one = await bot.interaction(2)
    await bot.answer(one, 6)
    await message.get_by_role("listbox", name="Take some").select_option(["a", "c"])
    await message.get_by_role("button", name="Done").click()
    some = await bot.interaction(3)
    await bot.answer(some, 7, content="Chosen.", components=[])
    await seat.sees("Chosen.")

    assert [each.act.data["custom_id"] for each in (pressed, one, some)] == ["go", "one", "some"]
    assert (one.act.data["values"], some.act.data["values"]) == (["b"], ["a", "c"])
    await seat.sees("Gone.")
    await expect(seat.saying("Chosen.").get_by_role("button", name="Go")).to_have_count(0)


async def test_a_select_of_people_offers_those_of_the_server(seat: Seat, bot: Played, house: Page) -> None:
    await bot.post(content="Choose.", components=ROWS)
    await seat.messages.last.get_by_role("combobox", name="Take somebody").select_option("Carol")
    chosen = await bot.interaction()
    await bot.answer(chosen, 6)

    carol = house.scene.chat.world.user("carol")
    assert chosen.act.data["values"] == [str(carol.id)]
    assert str(carol.id) in chosen.act.data["resolved"]["users"]


async def test_a_form_checks_its_fields_and_sends_them(seat: Seat, bot: Played) -> None:
    await bot.post(content="Choose.", components=ROWS)
    await seat.messages.last.get_by_role("button", name="Go").click()
    await bot.answer(await bot.interaction(), 9, **FORM)
    form = seat.page.get_by_role("dialog", name="A form")
    await expect(form.locator("strong")).to_have_text("this")
    submit = form.get_by_role("button", name="Submit")
    await form.get_by_role("textbox").fill("ab")
    await submit.click()
    await expect(form.locator(".fault:not(:empty)")).to_have_text(["Must be 3 or more in length.", "Choose something."])
    await form.get_by_role("textbox").fill("abc")
    await form.get_by_role("combobox").select_option("Red")
    await form.locator("input[type=file]").set_input_files({"name": "p.png", "mimeType": "image/png", "buffer": b"123"})
    await submit.click()

    sent = await bot.interaction(2)
    await bot.answer(sent, 4, content="Thanks.")
    assert sent.act.data["custom_id"] == "form"
    values = [each["component"] for each in sent.act.data["components"] if "component" in each]
    assert [value.get("value", value.get("values")) for value in values[:2]] == ["abc", ["r"]]
    (file,) = sent.act.data["resolved"]["attachments"].values()
    assert (file["filename"], file["size"]) == ("p.png", 3)
    await seat.sees("Thanks.")


async def test_the_menu_of_a_message_has_the_commands_for_messages_and_for_their_authors(
    seat: Seat, bot: Played, house: Page
) -> None:
    house.scene.chat.commands.add({"type": 2, "name": "Wave at"}, guild_id=None)
    house.scene.chat.commands.add({"type": 3, "name": "Frame"}, guild_id=None)
    message = seat.saying("I would love to see this one move")
    await message.get_by_role("button", name="More about").click()
    await seat.page.get_by_role("menuitem", name="Frame").click()
    framed = await bot.interaction(1)
    await bot.answer(framed, 4, content="Framed.")
    await message.get_by_role("button", name="More about").click()
    await seat.page.get_by_role("menuitem", name="Wave at: Bob").click()
    waved = await bot.interaction(2)
    await bot.answer(waved, 4, content="Waved.", flags=64)

    assert list(framed.act.data["resolved"]["messages"]) == [framed.act.data["target_id"]]
    assert waved.act.data["target_id"] == str(house.scene.chat.world.user("bob").id)
    await seat.sees("Only you can see this")


async def test_an_answer_that_is_only_promised_is_shown_as_thinking(seat: Seat, bot: Played) -> None:
    await bot.post(content="Choose.", components=ROWS)
    await seat.messages.last.get_by_role("button", name="Go").click()
    await bot.answer(await bot.interaction(), 5)

    await seat.sees("is thinking")


async def test_a_press_that_nobody_answers_is_said_to_be_unanswered(seat: Seat, bot: Played) -> None:
    await bot.post(content="Choose.", components=ROWS)
    await seat.messages.last.get_by_role("button", name="Go").click()

    assert "did not respond" in await seat.toast()
