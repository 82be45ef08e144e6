"""Secrets: one test for each attack of that part of the threat model, named after it.

What only a whole process can show, S3, S4, S6 and S8, is in `tests/hosts/test_secrets.py`. Besides, every test over the
whole bot looks for secrets in its log, its files and its messages when it ends.
"""

import asyncio
import io
import re
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final, Literal

import pytest
import structlog
from typer.main import get_command

import bot
from ops.logs import set_up_logging
from sandbox.openrouter import Answer, JobPlan
from services.openrouter.addresses import may_be_followed
from services.settings import Settings
from tests import canaries
from tests.e2e.house import COMMANDS, PATIENCE, House
from tests.services.openrouter.servers import Upstream, answer
from tests.threats import anybody

ROOT: Final = Path(bot.__file__).parent
OPENROUTER_KEY: Final = "sk-or-" + r"v1-[0-9a-f]{64}"
DISCORD_TOKEN: Final = r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\." + r"[A-Za-z0-9_-]{27,}"


@pytest.fixture
async def elsewhere() -> AsyncGenerator[Upstream]:
    """Open a web server that belongs to somebody else, and remembers every request."""
    async with Upstream() as server:
        server.will(answer(200, {}))
        yield server


async def test_s1_addresses_that_the_api_names_get_no_request_at_all(house: House, elsewhere: Upstream) -> None:
    named = {
        "polling_url": f"{elsewhere.url}/poll",
        "unsigned_urls": [f"{elsewhere.url}/clip.mp4"],
        "urls": [f"{elsewhere.url}/signed.mp4?X-Amz-Signature=abc"],
        "expires_at": 4_000_000_000,
    }
    house.openrouter.script(JobPlan(fields=named, final_fields=named))
    async with house.running():
        await house.video()
        await house.clip_in()

    assert elsewhere.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("route", ["submit", "status", "models"])
async def test_s1_a_redirect_of_a_call_with_the_key_is_not_followed(
    house: House, elsewhere: Upstream, route: str, status: int
) -> None:
    away = Answer(route=route, status=status, headers={"Location": f"{elsewhere.url}/away"})
    async with house.running():
        house.openrouter.script(away)
        asked = await house.video()
        await house.ended(asked)

    assert elsewhere.seen == []


@pytest.mark.parametrize("name", ["..", ".", "", "x" * 201, "x\n"])
async def test_s1_a_name_that_is_no_name_is_never_put_into_an_address(house: House, name: str) -> None:
    house.openrouter.script(JobPlan(fields={"id": name}))
    async with house.running():
        asked = await house.video()
        await house.bad_news_about(asked)

    assert [job["reason"] for job in house.jobs()] == ["submit_unknown"]
    assert {record.route for record in house.openrouter.requests} == {"models", "submit"}


@pytest.mark.parametrize("name", ["../key", "x?y=1", "%2e%2e", "%2e%2e%2fkey", "a/b", "x#y", "//elsewhere.example"])
async def test_s1_a_name_that_looks_like_an_address_leads_nowhere_else(house: House, name: str) -> None:
    house.openrouter.script(JobPlan(fields={"id": name}))
    async with house.running():
        await house.video()
        await house.openrouter.requests.wait_for("status", answered=True)

    assert [job["remote_id"] for job in house.jobs()] == [name]
    assert {record.route for record in house.openrouter.requests} == {"models", "submit", "status"}


async def test_s2_a_clip_that_is_stored_elsewhere_is_fetched_without_the_key(
    house: House, elsewhere: Upstream, clip: Path
) -> None:
    content = clip.read_bytes()  # noqa: ASYNC240  # nothing else runs yet
    elsewhere.will(
        answer(302, headers={"Location": f"{elsewhere.url}/second"}),
        answer(307, headers={"Location": f"{elsewhere.url}/third"}),
        answer(200, text=content.decode("latin-1"), headers={"Content-Type": "video/mp4"}),
    )
    house.openrouter.script(Answer(route="content", status=302, headers={"Location": f"{elsewhere.url}/first"}))
    async with house.running():
        await house.video()
        await house.clip_in()

    assert len(elsewhere.seen) >= 3
    for seen in elsewhere.seen:
        assert not {"authorization", "cookie"} & {name.lower() for name in seen.headers}
        assert canaries.KEY not in repr(seen)


@pytest.mark.parametrize(
    ("scheme", "host"), [("http", "storage.example"), ("ftp", "storage.example"), ("file", ""), ("http", "127.0.0.1")]
)
def test_s2_no_redirect_leads_from_https_to_anything_less(scheme: str, host: str) -> None:
    assert not may_be_followed(scheme, host, beside="https://openrouter.ai/api/v1")


@pytest.mark.parametrize("style", ["console", "json"])
def test_s5_a_traceback_shows_no_variable(style: Literal["console", "json"]) -> None:
    def fails(private: str) -> None:
        raise ValueError(len(private))

    sink = io.StringIO()
    hidden = "canary-of-a-variable"
    with canaries.logging_at_debug(secrets=[]):
        set_up_logging(level="DEBUG", style=style, secrets=[], stream=sink)
        try:
            fails(hidden)
        except ValueError:
            structlog.get_logger("bot").exception("it_failed")

    assert "ValueError" in sink.getvalue()
    assert "canary-of" not in sink.getvalue()


def test_s5_the_command_line_prints_no_variables_of_a_traceback() -> None:
    assert bot.cli.pretty_exceptions_enable is False


def test_s6_no_command_takes_a_secret_as_an_option() -> None:
    commands = getattr(get_command(bot.cli), "commands")  # noqa: B009  # a group has it, which the type does not say
    options = {option for command in commands.values() for each in command.params for option in each.opts}

    assert "--once" in options
    assert [option for option in options if re.search("token|key|secret|password", option)] == []


async def test_s7_no_command_shows_a_secret_to_whoever_runs_it(house: House) -> None:
    owner = house.user("owner").id
    async with house.running(owner_ids=str(owner), videos_per_day=100), asyncio.timeout(PATIENCE):
        commands = dict(anybody.leaves(house.discord.commands.listed(None)))
        for name, leaf in commands.items():
            options = anybody.options_of(house, leaf, where="videos")
            await anybody.run(house, name, by="owner", options=options, as_administrator=True)

    assert len(commands) > len(COMMANDS)
    assert house.leaks("") == []


@pytest.mark.parametrize("pattern", [OPENROUTER_KEY, DISCORD_TOKEN], ids=["an OpenRouter key", "a Discord token"])
def test_s9_no_tracked_file_holds_what_looks_like(pattern: str) -> None:
    searched = subprocess.run(
        ["git", "grep", "--untracked", "-I", "-l", "-E", "-e", pattern],  # noqa: S607  # wherever the system has it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if searched.returncode > 1:
        pytest.skip("this is no git checkout")

    assert searched.stdout == ""


def test_s9_what_holds_secrets_is_never_tracked() -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", ".env", ".env.local", "data/bot.sqlite3", "data/clips/video-1.mp4"],  # noqa: S607  # the same
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ignored.returncode > 1:
        pytest.skip("this is no git checkout")

    assert len(ignored.stdout.split()) == 4


def test_s9_the_patterns_find_what_they_look_for() -> None:
    assert re.search(OPENROUTER_KEY, "KEY=sk-or-" + "v1-" + "0123456789abcdef" * 4)
    assert re.search(DISCORD_TOKEN, "M" + "a" * 25 + ".GabcdE." + "b" * 38)


def test_every_secret_of_the_settings_is_hidden_where_settings_are_shown() -> None:
    secrets = [name for name in Settings.model_fields if re.search("token|key|secret", name)]

    assert all("SecretStr" in str(Settings.model_fields[name].annotation) for name in secrets)
    assert len(secrets) >= 2
