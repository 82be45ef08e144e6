"""The control panel: the world goes wrong, and the member sees what the bot makes of it."""

import re

import pytest
from playwright.async_api import expect

from sandbox.page import Page
from tests.browser.seat import PATIENCE, Seat

BILL = ".bill"


async def test_a_bot_that_is_killed_in_mid_job_still_delivers_once_and_nothing_is_bought_twice(
    seat: Seat, house: Page
) -> None:
    await seat.let_time_run("0")
    await seat.video("a fox that will not die")
    await seat.has_step("generating")
    await seat.page.get_by_role("button", name="Kill the bot now").click()
    await expect(seat.page.locator("#bot-pill")).to_have_text("Bot killed", timeout=PATIENCE)
    await seat.let_time_run("20")
    await seat.page.get_by_role("button", name="Start it again").click()

    await seat.clips(1)
    await seat.has_step("delivered")
    assert (await seat.plays(seat.videos().first))["moved"] > 0
    steps = list(await seat.steps())
    assert steps[steps.index("generating") : steps.index("downloading")] == ["generating", "bot killed", "bot started"]
    await expect(seat.page.locator(BILL)).to_contain_text("Ordered upstream: 1 · charged: 1")
    assert house.scene.bot.life.starts == 2
    await seat.clips(1)


async def test_a_command_to_a_dead_bot_is_said_not_to_have_been_answered(seat: Seat) -> None:
    await seat.page.get_by_role("button", name="Kill the bot now").click()
    await expect(seat.page.locator("#bot-pill")).to_have_text("Bot killed", timeout=PATIENCE)
    await seat.enter("status")
    await seat.type("<Enter>")

    assert "did not respond" in await seat.toast()


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        ("Fails every video", "failed: upstream failed"),
        ("Refuses the prompt (moderation)", "failed: refused"),
    ],
)
async def test_trouble_at_the_video_service_ends_a_job_and_its_member_is_told(
    seat: Seat, house: Page, trouble: str, state: str
) -> None:
    await seat.page.get_by_role("combobox", name="The video service").select_option(trouble)
    await seat.video("a doomed fox")

    await expect(seat.page.locator(".job .state")).to_have_text(state, timeout=PATIENCE)
    await expect(seat.messages.last).to_have_class(re.compile("pings-me"), timeout=PATIENCE)
    await expect(seat.page.locator(".job .money dd").nth(1)).to_have_text("$0.00")
    assert len(house.video_api.ledger) == 0


async def test_without_credit_nothing_is_bought_and_the_job_waits(seat: Seat, house: Page) -> None:
    service = seat.page.get_by_role("combobox", name="The video service")
    await service.select_option("Is out of credit")
    await seat.video("a poor fox")
    await seat.has_step("submitting")
    await expect(seat.page.locator(".job .state")).to_have_text("queued", timeout=PATIENCE)

    assert [each.status for each in house.video_api.requests.of("submit")] == [402]
    assert len(house.video_api.jobs) == 0


@pytest.mark.parametrize("trouble", ["Sends a 60 MB clip", "Sends an HEVC clip"])
async def test_a_clip_that_discord_could_not_show_is_made_to_play(seat: Seat, trouble: str) -> None:
    await seat.page.get_by_role("combobox", name="The video service").select_option(trouble)
    await seat.video("an awkward fox")

    await seat.clips(1)
    played = await seat.plays(seat.videos().first)
    assert played["width"] > 0
    assert played["moved"] > 0


async def test_discord_in_trouble_and_a_dropped_gateway_delay_a_clip_and_lose_none(seat: Seat, house: Page) -> None:
    # The video is not done before Discord is in trouble, however slow the machine.
    await seat.page.get_by_role("radio", name="stopped").check()
    await seat.video("a patient fox")
    await seat.has_step("generating")
    await seat.page.get_by_role("switch", name="Answers 503").check()
    await seat.page.get_by_role("button", name="Drop the gateway").click()
    await seat.page.get_by_role("radio", name="\N{MULTIPLICATION SIGN}1").check()
    await seat.has_step("delivering")
    assert await seat.videos().count() == 0
    await seat.page.get_by_role("switch", name="Answers 503").uncheck()

    await seat.clips(1)
    assert len(house.video_api.ledger) == 1
    assert house.scene.chat.gateway.resumed >= 1


async def test_the_bots_log_is_there_to_be_read_and_holds_no_secret(seat: Seat, house: Page) -> None:
    await seat.page.get_by_text("The bot's log").click()
    log = seat.page.get_by_label("The bot's log")
    await expect(log).to_contain_text("info", timeout=PATIENCE)

    text = await log.inner_text()
    assert house.scene.chat.token not in text
    assert house.video_api.key not in text
