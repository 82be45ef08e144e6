"""A bot to be looked at: both stand-ins, a data folder, and `doctor` as a call and as a command."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import bot
from cogs.checkup import DiscordCheckup
from cogs.client import PERMISSIONS, use_stand_in
from ops.doctor.checks import examined
from ops.doctor.findings import Finding, Status
from sandbox.discord import DiscordStandIn
from sandbox.discord.faults import Fault, FaultKind
from sandbox.discord.payloads import application_payload
from sandbox.openrouter import OpenRouterStandIn
from services.database import Database
from services.settings import Settings
from tests.crash.process import BotProcess, run_bot

ALWAYS: Final = 1_000
INSERT: Final = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, reason, prompt, model, duration, upload_limit,
                  counts, reserved_microusd, held_microusd, created_at, submitted_at, ended_at, next_at, lease_until)
VALUES (1, 2, 3, 4, :state, :reason, 'a fox', 'acme/clip-1', 5, 10000000, 1, 0, 0, :at, :at, :ended, :next, :lease)
"""


def host() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What `doctor` looks at. `data` is where the database will be."""

    chat: DiscordStandIn
    api: OpenRouterStandIn
    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def database(self) -> Path:
        return self.data / bot.DATABASE_FILE

    # --- looking -------------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        return {
            "discord_token": self.chat.token,
            "openrouter_api_key": self.api.key,
            "openrouter_base_url": self.api.base_url,
            "discord_api_url": self.chat.api_url,
            "discord_gateway_url": self.chat.gateway_url,
            "data_dir": self.data,
        }

    async def findings(
        self,
        *,
        clock: Callable[[], datetime] = host,
        is_offline: bool = False,
        **changes: Any,  # noqa: ANN401  # settings of any type
    ) -> Sequence[Finding]:
        """Look at everything, with some settings changed."""
        values: dict[str, Any] = {"_env_file": None}
        return await examined(
            Settings(**(values | self.values() | changes)),
            DiscordCheckup(needed=PERMISSIONS, use_stand_in=use_stand_in),
            env_file=self.folder / ".env",
            database_file=bot.DATABASE_FILE,
            is_offline=is_offline,
            host=clock,
        )

    async def finding(self, check: str, **changes: Any) -> Finding:  # noqa: ANN401  # the same
        """Look at everything, and return the worst that one check says."""
        found = [each for each in await self.findings(**changes) if each.check == check]
        return max(found, key=lambda each: list(Status).index(each.status))

    async def command(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run `bot.py doctor` as an owner would; return its exit code and all that it printed."""
        values = {name.upper(): str(value) for name, value in self.values().items()}
        return await printed(self.folder, ("doctor", *arguments), values | environment)

    # --- being ill -----------------------------------------------------------------------------------------------

    def portal(self, **changes: object) -> None:
        """Let something else be set in the developer portal."""
        payload = application_payload(self.chat.world) | changes
        route = "GET /oauth2/applications/@me"
        self.chat.script(Fault(route=route, kind=FaultKind.ANSWER, times=ALWAYS, status=200, json=payload))

    async def with_database(self, *statements: str, values: Mapping[str, object] | None = None) -> None:
        """Make the database as the first start does, and then run statements on it by hand."""
        database = await Database.open(self.database)
        await database.close()
        with closing(sqlite3.connect(self.database)) as connection, connection:
            for statement in statements:
                connection.execute(statement, values or {})

    async def with_job(self, **changes: object) -> None:
        """Put one job into the database: one that is due now, asked for now, and leased by nobody."""
        now = round(datetime.now(UTC).timestamp() * 1000)
        job = {"state": "queued", "reason": None, "at": now, "ended": None, "next": now, "lease": 0}
        await self.with_database(INSERT, values=job | changes)


async def printed(folder: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command of the bot to its end; return its exit code and all that it printed."""
    log = folder / "printed.log"
    log.unlink(missing_ok=True)
    process: BotProcess = await run_bot(environment, folder=folder, log=log, arguments=("bot.py", *arguments))
    return await process.exit_code(), process.output


def checks_of(output: str) -> dict[str, str]:
    """Return the status of each check in what `--json` printed."""
    return {each["check"]: each["status"] for each in json.loads(output)["checks"]}
