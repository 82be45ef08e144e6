"""Storage, host and supply chain: one test for each attack of that part of the threat model, named after it.

What D3 says of a disk that is really full is in `tests/hosts/test_disk.py`, and D7 with a real process in
`tests/hosts/test_data_folder.py`. What D9 asks of the bot itself, so that a container may be as closed as can be, is in
`tests/hosts/test_confinement.py`.
"""

import ast
import asyncio
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import bot
from cogs.replies.refusals import DISK_FULL
from sandbox.openrouter import Answer, JobPlan
from services.database import Database
from services.database.migrations import MIGRATIONS, POSTGRESQL_MIGRATIONS
from services.errors import SchemaTooNewError
from tests.cogs.reading import plain
from tests.e2e.house import House, answer_of, watching
from tests.stored import Stored
from tests.threats import anybody

ROOT: Final = Path(bot.__file__).parent
TEXT: Final = 3
PARTS: Final = ("bot.py", "cogs", "services", "ops", "sandbox")
INJECTIONS: Final = (
    "'; DROP TABLE jobs; --",
    '" OR 1=1 --',
    "x'); DELETE FROM limits; --",
    "%s :id ? $1 {0} %(name)s",
    "\\'; ATTACH DATABASE '/tmp/x' AS x; --",
    "\x00'; UPDATE jobs SET counts = 0; --",
)
"""What has broken a statement somewhere."""
hostile: Final = st.one_of(
    st.sampled_from(INJECTIONS),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100),
)


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for part in PARTS:
        path = ROOT / part
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            yield file.relative_to(ROOT), ast.parse(file.read_text(encoding="utf-8"))


def with_texts(leaf: dict[str, Any], options: dict[str, object], texts: Iterator[str]) -> dict[str, object]:
    """Put the next of the texts into every option that takes any, cut to what Discord lets through."""
    free = [option for option in leaf.get("options", ()) if option["type"] == TEXT and not option.get("choices")]
    return options | {option["name"]: next(texts)[: option.get("max_length", 6_000)] for option in free}


@settings(
    max_examples=4,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(texts=st.lists(hostile, min_size=40, max_size=40))
async def test_d1_what_members_write_is_never_part_of_a_statement(house: House, texts: list[str]) -> None:
    async with house.running(videos_per_day=100, owner_ids=str(house.user("owner").id)):
        before, wishes = house.stored.schema(), iter(texts)
        commands = dict(anybody.leaves(house.discord.commands.listed(None)))
        takers = {name: dict(leaf) for name, leaf in commands.items() if _takes_text(leaf)}
        with watching("command_failed") as failed:
            for name, leaf in takers.items():
                options = with_texts(leaf, anybody.options_of(house, leaf, where="videos"), wishes)
                await anybody.run(house, name, by="owner", options=options, as_administrator=True)

        assert "video" in takers
        assert not failed.is_set()
        assert house.stored.schema() == before
        assert house.stored.faults() == []


def _takes_text(leaf: Any) -> bool:  # noqa: ANN401  # what was registered, as JSON
    return any(option["type"] == TEXT and not option.get("choices") for option in leaf.get("options", ()))


@pytest.mark.parametrize("prompt", INJECTIONS)
async def test_d1_a_prompt_that_looks_like_sql_is_stored_as_it_was_written(house: House, prompt: str) -> None:
    async with house.running():
        await house.video(prompt)

    # No text of either engine's holds a NUL.
    assert [job["prompt"] for job in house.jobs()] == [prompt.replace("\0", "\N{REPLACEMENT CHARACTER}")]


@pytest.mark.parametrize("name", ["../../x", "..", "/etc/passwd", "a/../../b", "video-9.mp4\x00"])
async def test_d2_what_the_api_calls_a_job_or_a_file_names_no_file_of_ours(house: House, name: str) -> None:
    before = set(house.data.parent.rglob("*"))
    attached = {
        "Content-Disposition": f'attachment; filename="{name.replace(chr(0), "")}"',
        "Content-Type": "text/html",
    }
    house.openrouter.script(
        JobPlan(final_fields={"file_name": name, "title": name}),
        JobPlan(nth=2, fields={"id": name}),
        Answer(route="content", status=200, headers=attached, text="<html>"),
    )
    async with house.running():
        await house.video("a red fox")
        posted = await house.clip_in()
        await house.video("a blue fox")
        await house.openrouter.requests.wait_for("submit", count=2, answered=True)

    new = {str(path.relative_to(house.data.parent)) for path in house.data.parent.rglob("*")} - {
        str(path.relative_to(house.data.parent)) for path in before
    }
    assert [attachment.filename for attachment in posted.attachments] == ["video-1.mp4"]
    ours = house.clip_folder.relative_to(house.data.parent)
    assert new <= {
        "data",
        "data/clips",
        "data/clips/fitted",
        *(f"data/instance-0.{end}" for end in ("id", "lock")),
        *(f"data/clips/instance-0{end}" for end in (".id", ".lock", "", "/fitted")),
        "data/pictures",
        *(f"data/bot.{end}" for end in ("lock", "sqlite3", "sqlite3-wal", "sqlite3-shm")),
        *(str(ours / f"video-{number}.{end}") for number in (1, 2) for end in ("mp4", "part")),
    }


async def test_d3_without_room_on_the_disk_nothing_is_taken_and_the_bot_answers(house: House) -> None:
    async with house.running(min_free_disk_mb=100_000_000):
        refused = await house.video()
        await house.reads("status")

    assert (refused.ephemeral, plain(answer_of(refused))) == (True, plain(DISK_FULL.text))
    assert (house.jobs(), house.bought) == ([], 0)


async def test_d4_a_transaction_that_is_cut_off_in_the_middle_mixes_with_no_other(database: Database) -> None:
    may_go_on = asyncio.Event()

    async def write_half() -> None:
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO facts VALUES ('half', 'x')")
            may_go_on.set()
            await asyncio.Event().wait()

    cut = asyncio.create_task(write_half())
    await may_go_on.wait()
    whole = asyncio.create_task(database.remember("whole", "x"))
    cut.cancel()
    await asyncio.wait({cut, whole})

    assert (await database.fact("half"), await database.fact("whole")) == (None, "x")


async def test_d5_what_was_committed_survives_a_power_cut(database: Database) -> None:
    async with database.transaction() as tx:
        if database.is_shared:
            found = [await tx.fetch_one("SHOW synchronous_commit")]
        else:
            found = [await tx.fetch_one(f"PRAGMA {name}") for name in ("synchronous", "journal_mode")]

    # 2 is FULL. Whether the server's disk keeps its word is for those who run it.
    assert found in ([{"synchronous": 2}, {"journal_mode": "wal"}], [{"synchronous_commit": "on"}])


def test_d6_there_is_one_place_that_connects_to_a_database() -> None:
    connects = [
        str(path)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"connect", "Connection", "create_pool"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"aiosqlite", "asyncpg", "sqlite3"}
    ]

    # The sandbox's page looks at the bot's table from outside, and can write nothing.
    elsewhere = {path for path in connects if not path.startswith("services/database/")}
    assert elsewhere == {"sandbox/page/job_rows.py"}
    assert "services/database/server.py" in connects


async def test_d7_a_newer_schema_is_refused_with_both_numbers_and_left_as_it_is(stored: Stored, tmp_path: Path) -> None:
    ours = MIGRATIONS if isinstance(stored.where, Path) else POSTGRESQL_MIGRATIONS
    newer = tmp_path / "sql"
    shutil.copytree(ours, newer)
    (newer / "9999_tomorrow.sql").write_text("CREATE TABLE tomorrow (id INTEGER);\n", encoding="utf-8")
    await (await Database.open(stored.where, migrations=newer)).close()
    before = stored.schema()

    with pytest.raises(SchemaTooNewError) as refused:
        await Database.open(stored.where)

    known = max(int(file.name[:4]) for file in ours.glob("*.sql"))
    assert (refused.value.found, refused.value.known) == (9999, known)
    assert stored.schema() == before


def test_d8_every_dependency_is_pinned_by_its_hash_and_comes_from_one_place() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    foreign = [package for package in lock["package"] if package["source"] != {"virtual": "."}]
    files = [file for package in foreign for file in (*package.get("wheels", ()), package.get("sdist")) if file]

    assert {package["source"].get("registry") for package in foreign} == {"https://pypi.org/simple"}
    assert len(files) > len(foreign) > 20
    assert [file["url"] for file in files if not re.fullmatch(r"sha256:[0-9a-f]{64}", file.get("hash", ""))] == []


def test_d8_the_lock_file_is_of_these_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    [ours] = [package for package in lock["package"] if package["name"] == project["name"]]
    wanted = {re.split(r"[\[<>=!~ ]", each)[0].lower(): each for each in project["dependencies"]}
    locked = {each["name"]: each["specifier"] for each in ours["metadata"]["requires-dist"] if "marker" not in each}

    assert {name.replace(".", "-") for name in wanted} == locked.keys()
    for name, written in wanted.items():
        bounds = set(re.sub(r"^[\w.-]+(\[[\w,]+\])?", "", written).split(","))
        assert set(locked[name.replace(".", "-")].split(",")) == bounds
