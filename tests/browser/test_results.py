"""The buttons under a result, who may press them, and what a manager decides."""

import asyncio

from playwright.async_api import Route, expect

from sandbox.page import Page
from tests.browser.seat import PATIENCE, Seat


async def test_every_button_under_a_result_does_what_it_says(seat: Seat, house: Page) -> None:
    await seat.video("a fox", model="sandbox/long-take")
    await seat.clips(1)
    buttons = seat.messages.filter(has=seat.page.locator("video")).last.locator(".components button")
    await expect(buttons).to_have_text(["Again", "Edit", "Extend", "Delete"])

    await seat.press("Again")
    await seat.clips(2)
    await seat.press("Edit")
    field = seat.page.get_by_role("dialog").get_by_role("textbox")
    await expect(field).to_have_value("a fox", timeout=PATIENCE)
    await field.fill("a bear")
    await seat.page.get_by_role("button", name="Submit").click()
    await seat.clips(3)
    await seat.press("Extend")
    await seat.page.get_by_role("dialog").get_by_role("textbox").fill("it walks away")
    await seat.page.get_by_role("button", name="Submit").click()
    await seat.clips(4)
    await seat.press("Delete")
    await seat.clips(3)

    prompts = [job.order.prompt for job in house.video_api.jobs.values()]
    assert prompts == ["a fox", "a fox", "a bear", "it walks away"]
    assert len(house.video_api.ledger) == 4


async def test_a_waiting_video_is_cancelled_by_its_button_and_costs_nothing(seat: Seat, house: Page) -> None:
    # More than the bot sends at once: the last one waits.
    await seat.let_time_run("0")
    for number in range(5):
        await seat.video(f"fox {number}")
    cancel = seat.messages.last.get_by_role("button", name="Cancel", exact=True)
    await cancel.click(timeout=PATIENCE)

    await seat.has_step("cancelled")
    assert len(house.video_api.jobs) == 4


async def test_another_member_is_refused_and_told_why(seat: Seat, house: Page) -> None:
    await seat.video("a fox")
    await seat.clips(1)
    await seat.become("Bob")
    await seat.press("Delete")

    await seat.sees("Only you can see this")
    await seat.clips(1)
    await seat.become("Alice")
    await expect(seat.videos()).to_have_count(1, timeout=PATIENCE)
    assert await seat.saying("Only you can see this").count() == 0
    assert len(house.video_api.jobs) == 1


async def test_a_limit_that_a_manager_lowers_binds_the_next_video(seat: Seat, house: Page) -> None:
    await seat.video("the first")
    await seat.clips(1)
    await seat.become("Manager")
    await seat.enter("limits default")
    await seat.option("videos_per_day", "1")
    await seat.type("<Enter>")
    await seat.sees("Only you can see this")
    await seat.become("Alice")
    await seat.video("the second")

    await seat.sees("Only you can see this")
    assert [job.order.prompt for job in house.video_api.jobs.values()] == ["the first"]


async def test_a_member_is_named_in_an_option_by_choosing_them_from_the_list(seat: Seat, house: Page) -> None:
    await seat.become("Manager")
    await seat.enter("limits grant")
    await seat.type("car")
    await expect(seat.options).to_have_count(1)
    await seat.type("<Enter>", "2", "<Enter>")
    await seat.sees("Only you can see this")

    carol = house.scene.chat.world.user("carol")
    (asked,) = house.scene.chat.interactions.all.values()
    (grant,) = asked.act.data["options"]
    assert {option["name"]: option["value"] for option in grant["options"]} == {"user": str(carol.id), "videos": 2}


async def test_a_command_is_offered_that_was_typed_before_the_list_of_them_had_come(seat: Seat) -> None:
    async def dawdle(route: Route) -> None:
        await asyncio.sleep(1)
        await route.continue_()

    await seat.page.route("**/events?*", dawdle)
    await seat.become("Manager")
    await seat.box.focus()
    await seat.type("/limits")

    await expect(seat.page.locator(".popup")).to_contain_text("No such command.")
    await expect(seat.options.first).to_contain_text("/limits", timeout=PATIENCE)


async def test_a_command_of_managers_is_not_offered_to_members(seat: Seat) -> None:
    await seat.box.focus()
    await seat.type("/limits")
    await expect(seat.page.locator(".popup")).to_contain_text("No such command.")
    await seat.type("<Escape>")
    await seat.become("Manager")
    await seat.box.fill("")
    await seat.box.focus()
    await seat.type("/limits")
    await expect(seat.options.first).to_contain_text("/limits", timeout=PATIENCE)
