"""The table is the architecture: who may import what, who may speak SQL, and how large a room may grow.

Every rule is a row below. A breach is one line that names the module, what it did and the rule that it broke. The end
of this file feeds the checker small faulty sources, because a checker that cannot fail proves nothing.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
MOST_LINES: Final = 300

# From the top of the house down. A room may use every lower layer, and nothing of its own layer or above.
LAYERS: Final[Sequence[frozenset[str]]] = (
    # Everything that commands call, in one piece: what `ops` builds and `cogs` are built over.
    frozenset({"services.desk"}),
    # What a press under a result asks for: a request for the room below, or a removal.
    frozenset({"services.results"}),
    frozenset({"services.videos", "services.administration", "services.moderation", "services.privacy"}),
    frozenset({"services.generation"}),
    frozenset({"services.jobs"}),
    frozenset({"services.limits"}),
    frozenset(
        {
            "services.catalogue",
            "services.schedule",
            "services.media",
            "services.openrouter",
            "services.pictures",
            "services.database",
            "services.settings",
            "services.webhooks",
        }
    ),
    frozenset(
        {
            "services.models",
            "services.errors",
            "services.secret_files",
            "services.addresses",
            "services.measures",
            "services.discretion",
        }
    ),
)
LAYER_OF: Final = {room: number for number, layer in enumerate(LAYERS) for room in layer}
# What a cog may know of the services: the front desk, and the rooms whose values and ports it shows or implements.
FOR_COGS: Final = frozenset(
    {
        "services.desk",
        "services.videos",
        "services.results",
        "services.administration",
        "services.moderation",
        "services.privacy",
        "services.generation",
        "services.jobs",
        "services.limits",
        "services.catalogue",
        "services.pictures",
        "services.models",
        "services.errors",
        # What members wrote comes in here, and is kept out of every log from then on.
        "services.discretion",
    }
)
COGS_FOR_COGS: Final = frozenset(
    # A button and a form pass no command's door, so each asks for itself what the door asks.
    {
        "cogs.delivery",
        "cogs.direct",
        "cogs.interactions",
        "cogs.languages",
        "cogs.pace",
        "cogs.presses",
        "cogs.replies",
        "cogs.servers",
    }
)
# Puts the cogs together, and so stands above them; no cog imports it.
ABOVE_COGS: Final = "cogs.assembly"
# Which of our top-level folders may use which others, and which only once a function runs.
MAY_USE: Final[Mapping[str, frozenset[str]]] = {
    "bot": frozenset({"cogs", "services", "ops"}),
    "cogs": frozenset({"cogs", "services"}),
    "services": frozenset({"services"}),
    "sandbox": frozenset({"sandbox"}),
    "ops": frozenset({"ops", "services"}),
    # Of `ops` what the measured process does besides: it logs, and hears webhooks.
    "bench": frozenset({"bench", "bot", "cogs", "ops", "services", "sandbox"}),
}
MAY_USE_LATER: Final[Mapping[str, frozenset[str]]] = {"bot": frozenset({"sandbox"})}
# Packages of others that only some rooms may import. A name without a dot opens the whole folder.
RESERVED: Final[Mapping[str, frozenset[str]]] = {
    # The baseline of the benchmarks is the bare library.
    "discord": frozenset({"bot", "cogs", "bench.bare_bot"}),
    # `bench.polling` compares us with it.
    "aiohttp": frozenset(
        {"bench.polling", "bot", "ops", "sandbox", "services.openrouter", "services.pictures", "cogs.interactions"}
    ),
    # `bench.reserve` compares us with the bare driver.
    "aiosqlite": frozenset({"bench.reserve", "services.database"}),
    "babel": frozenset({"cogs.languages"}),
    # The sandbox's page looks at the bot's table from outside, read-only, as a person with a shell would.
    "sqlite3": frozenset({"services.database", "sandbox.page"}),
    "asyncpg": frozenset({"services.database"}),
    # `setup` changes lines of `.env` by the grammar that the settings read it by.
    "dotenv": frozenset({"services.settings", "ops.env_file"}),
    "pydantic_settings": frozenset({"services.settings"}),
    "prometheus_client": frozenset({"ops.metrics"}),
}
# These rooms may catch what aiohttp raises, and touch nothing else of it.
EXCEPTIONS_ONLY: Final[Mapping[str, frozenset[str]]] = {"aiohttp": frozenset({"cogs.interactions"})}
ENVIRONMENT: Final = frozenset({"services.settings", "sandbox", "ops"})
ENVIRONMENT_NAMES: Final = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})
# The sandbox's page only reads, and from outside: see `sqlite3` above. Of the benchmarks one writes a year of history
# at once, and two give each round a database of its own on a server that is theirs.
SQL_ROOMS: Final = frozenset(
    {
        "services.jobs",
        "services.limits",
        "services.database",
        "sandbox.page",
        "bench.reserve",
        "bench.claim",
        "bench.growth",
    }
)
SQL: Final = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH)\s")
SAYS_NOTHING: Final = re.compile(r"_*(util|helper|common|constant|manager|misc)s?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One source file; `name` is how it is imported."""

    name: str
    source: str
    tree: ast.Module

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]

    @property
    def room(self) -> str:
        return room_of(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import: the module, and the name in it where one is named."""

    target: str
    is_deferred: bool = False
    is_relative: bool = False

    @property
    def top(self) -> str:
        return self.target.partition(".")[0]


def module(name: str, source: str) -> Module:
    return Module(name=name, source=source, tree=ast.parse(source))


def house() -> Mapping[str, Module]:
    """Read every module of the project but its tests."""
    files = chain(ROOT.glob("bot.py"), *((ROOT / top).rglob("*.py") for top in MAY_USE if top != "bot"))
    modules = [module(_name(file), file.read_text(encoding="utf-8")) for file in sorted(files)]
    return {each.name: each for each in modules}


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(name: str) -> str:
    return ".".join(name.split(".")[:2])


def imports(of: Module) -> Iterator[Import]:
    functions = (node for node in ast.walk(of.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    deferred = {id(inner) for function in functions for inner in ast.walk(function)}
    for node in ast.walk(of.tree):
        is_deferred = id(node) in deferred
        if isinstance(node, ast.Import):
            yield from [Import(target=alias.name, is_deferred=is_deferred) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                target = f"{node.module or ''}.{alias.name}"
                yield Import(target=target, is_deferred=is_deferred, is_relative=node.level > 0)


def breaches(of: Module) -> list[str]:
    """Return one line for each rule that the module breaks."""
    found = chain(
        chain.from_iterable(_import_breaches(of, each) for each in imports(of)),
        _environment_breaches(of),
        _sql_breaches(of),
        _form_breaches(of),
    )
    return [f"{of.name} {breach}" for breach in dict.fromkeys(found)]


def _import_breaches(of: Module, found: Import) -> Iterator[str]:
    if found.is_relative:
        yield f"imports {found.target} by a relative name"
    elif found.top in MAY_USE:
        yield from _inner_breaches(of, found)
    elif found.top in RESERVED and not {of.top, of.room} & RESERVED[found.top]:
        yield f"imports {found.top}, which is not for it"
    elif of.room in EXCEPTIONS_ONLY.get(found.top, ()):
        for name in _used_of(of, found):
            if not name.endswith(("Error", "Exception")):
                yield f"uses {found.top}.{name}, but may only name exceptions of {found.top}"


def _used_of(of: Module, found: Import) -> Iterator[str]:
    """Yield which names of a package the module uses: what it imports from there, or what stands behind its name."""
    if "." in found.target:
        yield found.target.rpartition(".")[2]
    for node in ast.walk(of.tree):
        match node:
            case ast.Attribute(value=ast.Name(id=package), attr=name) if package == found.target:
                yield name
            case _:
                pass


def _inner_breaches(of: Module, found: Import) -> Iterator[str]:
    target = room_of(found.target)
    if found.top not in MAY_USE[of.top] | (MAY_USE_LATER.get(of.top, frozenset()) if found.is_deferred else set()):
        yield f"imports {found.target}, which is above it or beside it"
    elif of.top == "cogs" and found.top == "cogs" and of.room != ABOVE_COGS and target not in COGS_FOR_COGS | {of.room}:
        yield f"imports {found.target} sideways"
    elif of.top == "cogs" and found.top == "services" and target not in FOR_COGS:
        yield f"imports {found.target}, a room that cogs do not enter"
    elif of.top == "services" and target != of.room and LAYER_OF.get(target, -1) <= LAYER_OF.get(of.room, len(LAYERS)):
        yield f"imports {found.target}, which is not below it"


def _environment_breaches(of: Module) -> Iterator[str]:
    if {of.top, of.room} & ENVIRONMENT:
        return
    for node in ast.walk(of.tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in ENVIRONMENT_NAMES:
                yield f"reads the environment: os.{name}"
            case ast.ImportFrom(module="os", names=names) if ENVIRONMENT_NAMES & {alias.name for alias in names}:
                yield "reads the environment"
            case _:
                pass


def _sql_breaches(of: Module) -> Iterator[str]:
    if of.room in SQL_ROOMS:
        return
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield f"speaks SQL in line {node.lineno}"


def _form_breaches(of: Module) -> Iterator[str]:
    if not ast.get_docstring(of.tree):
        yield "does not open with a docstring"
    if (lines := len(of.source.splitlines())) > MOST_LINES:
        yield f"has {lines} lines, more than {MOST_LINES}"
    for part in of.name.split("."):
        if SAYS_NOTHING.fullmatch(part):
            yield f"has a name that says nothing: {part}"
    if of.top == "services" and of.name != "services" and of.room not in LAYER_OF:
        yield "is a room that the table of layers does not know"


def cycles(modules: Mapping[str, Module]) -> list[str]:
    """Return every circle of imports, each once, deferred imports included."""
    graph = {name: sorted(set(_known(modules, imports(each))) - {name}) for name, each in modules.items()}
    found: dict[frozenset[str], str] = {}
    finished: set[str] = set()

    def visit(name: str, path: list[str]) -> None:
        if name in path:
            circle = path[path.index(name) :]
            found.setdefault(frozenset(circle), " -> ".join([*circle, name]))
        elif name not in finished:
            for target in graph[name]:
                visit(target, [*path, name])
            finished.add(name)

    for name in sorted(graph):
        visit(name, [])
    return list(found.values())


def _known(modules: Mapping[str, Module], found: Iterable[Import]) -> Iterator[str]:
    """Yield the modules of ours that are meant: the longest name that is one."""
    for each in found:
        parts = each.target.split(".")
        names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        yield from [name for name in names if name in modules][:1]


HOUSE: Final = house()


@pytest.mark.parametrize("name", HOUSE)
def test_every_module_keeps_to_its_room(name: str) -> None:
    assert breaches(HOUSE[name]) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert cycles(HOUSE) == []


def test_the_checker_sees_the_house() -> None:
    assert HOUSE.keys() >= {"services.database", "services.jobs", "services.jobs.store", "sandbox.openrouter"}
    assert HOUSE.keys().isdisjoint({"tests", "tests.test_architecture"})


FAULTY: Final = {
    "services room imports a higher one": ("services.limits", "from services.jobs import JobStore"),
    "services room imports its neighbour": ("services.media", "import services.database"),
    "models and errors are neighbours too": ("services.models", "from services.errors import BotError"),
    "services room by its package": ("services.database", "from services import limits"),
    "unknown room of services": ("services.extras.inner", ""),
    "services imports a cog": ("services.videos", "from cogs.replies import sorry"),
    "services imports the sandbox": ("services.videos", "def run():\n    import sandbox.openrouter"),
    "bot imports the sandbox at once": ("bot", "from sandbox.openrouter import OpenRouterStandIn"),
    "sandbox imports a service": ("sandbox.page.server", "from services.models import Job"),
    "sandbox imports discord": ("sandbox.discord.gateway", "import discord"),
    "ops imports the sandbox": ("ops.doctor", "def run():\n    from sandbox import openrouter"),
    "cog imports its neighbour": ("cogs.video", "from cogs.limits import Limits"),
    "cog imports the client": ("cogs.video", "from cogs.client import Client"),
    "cog imports what is above it": ("cogs.video", "from cogs.assembly import cogs_over"),
    "cog enters the database": ("cogs.status", "from services.database import Database"),
    "cog uses aiohttp": ("cogs.video", "from aiohttp import ClientError"),
    "cog uses more of aiohttp": ("cogs.interactions", "from aiohttp import ClientSession"),
    "cog opens a session": ("cogs.interactions", "import aiohttp\nSESSION = aiohttp.ClientSession()"),
    "service imports discord": ("services.generation.worker", "from discord.ext import commands"),
    "service speaks HTTP": ("services.generation.steps", "import aiohttp"),
    "second user of the driver": ("services.jobs.store", "import aiosqlite"),
    "ops uses the driver": ("ops.backup", "def backup():\n    import sqlite3"),
    "second reader of .env": ("bot", "from dotenv import load_dotenv"),
    "second settings": ("services.limits", "from pydantic_settings import BaseSettings"),
    "reads the environment": ("bot", "import os\nKEY = os.environ['KEY']"),
    "asks for the environment": ("cogs.video", "import os\nKEY = os.getenv('KEY')"),
    "imports the environment": ("services.media", "from os import environ"),
    "SQL in a cog": ("cogs.status", "QUERY = 'SELECT * FROM jobs'"),
    "SQL in a formatted text": ("ops.forget", "def forget(table):\n    return f'DELETE FROM {table}'"),
    "SQL after a line break": ("services.generation.worker", "QUERY = '''\nWITH due AS (SELECT 1)'''"),
    "relative import": ("services.jobs.store", "from . import rows"),
    "too long": ("services.media", "\n" * MOST_LINES),
    "file of nothing in particular": ("services.jobs.helpers", ""),
    "folder of nothing in particular": ("sandbox.common.pages", ""),
}
SOUND: Final = {
    "bot loads the sandbox when it is asked to": (
        "bot",
        "def run():\n    from sandbox.openrouter import OpenRouterStandIn",
    ),
    "bot builds everything": (
        "bot",
        "import discord, aiohttp\nfrom cogs.client import Client\nfrom services.database import X",
    ),
    "cog shares the replies": ("cogs.video", "import discord\nfrom cogs import replies\nfrom services.videos import V"),
    "cog's own rooms": (
        "cogs.replies.status",
        "from cogs.replies.words import plural\nfrom services.models import Job",
    ),
    "assembly puts the cogs together": ("cogs.assembly", "from cogs.video import V\nfrom services.desk import Desk"),
    "cogs catch": ("cogs.interactions", "from aiohttp import ClientError, ServerTimeoutError"),
    "cogs catch by name": ("cogs.interactions", "import aiohttp\ntry: ...\nexcept aiohttp.ClientError: ..."),
    "service looks down": ("services.limits", "from services.database import Row\nQ = 'SELECT 1'"),
    "service's own rooms": ("services.openrouter.client", "import aiohttp\nfrom services.openrouter import wire"),
    "sandbox reads its switches": ("sandbox.clips", "import os\nimport aiohttp\nPATH = os.environ.get('FFMPEG_PATH')"),
    "settings read everything": ("services.settings", "import os\nimport pydantic_settings\nos.environ"),
    "prose is not SQL": ("cogs.replies", "A = 'Select a model'\nB = 'WITHOUT a limit'\nC = 'please DELETE it'"),
}


@pytest.mark.parametrize(("name", "source"), FAULTY.values(), ids=FAULTY)
def test_the_checker_finds(name: str, source: str) -> None:
    found = breaches(module(name, f'"""A room."""\n{source}'))

    assert len(found) == 1
    assert found[0].startswith(name)


@pytest.mark.parametrize(("name", "source"), SOUND.values(), ids=SOUND)
def test_the_checker_lets_pass(name: str, source: str) -> None:
    assert breaches(module(name, f'"""A room."""\n{source}')) == []


def test_the_checker_finds_a_missing_docstring() -> None:
    assert breaches(module("services.media", "import re")) == ["services.media does not open with a docstring"]


def test_the_checker_finds_a_circle_through_a_deferred_import() -> None:
    circle = {
        "sandbox.a": module("sandbox.a", "from sandbox.b import thing"),
        "sandbox.b": module("sandbox.b", "from sandbox import c"),
        "sandbox.c": module("sandbox.c", "def run():\n    import sandbox.a"),
        "sandbox.d": module("sandbox.d", "from sandbox import a"),
    }

    assert cycles(circle) == ["sandbox.a -> sandbox.b -> sandbox.c -> sandbox.a"]
