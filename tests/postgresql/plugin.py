"""`pytest --database postgresql`: one server for all of pytest's workers, which the first process starts.

Tests of PostgreSQL itself run without the option too, on a server that each worker starts when the first of them comes.
Where none is installed they are skipped, or fail under CI, where it would go unseen.
"""

import asyncio
import os
from collections.abc import Generator
from contextlib import ExitStack
from typing import Any, Final, cast

import pytest

from sandbox.postgresql import Address, PostgresMissingError, cluster
from tests.postgresql.ground import PostgresGround, make_template, standing_on
from tests.stored import Ground, SqliteGround

OPTION: Final = "--database"
ENGINES: Final = ("sqlite", "postgresql")
ADDRESS: Final = "postgresql"
"""Where a worker of pytest-xdist finds the server's address."""
RUNNING: Final = pytest.StashKey[tuple[ExitStack, Address]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the engine be chosen."""
    parser.addoption(OPTION, choices=ENGINES, default=ENGINES[0], help="the engine that the tests run on")


def is_postgresql(config: pytest.Config) -> bool:
    """Whether PostgreSQL was chosen."""
    return bool(config.getoption(OPTION) == "postgresql")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401  # pytest-xdist does not publish its class
    """Tell a worker where the server is, which the first worker that is made brings to life."""
    config = cast("pytest.Config", node.config)
    if is_postgresql(config):
        node.workerinput[ADDRESS] = _running(config).written()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the server away that this process started."""
    if (found := config.stash.get(RUNNING, None)) is not None:
        found[0].close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip on PostgreSQL what is about SQLite's file."""
    mark = item.get_closest_marker("sqlite")
    if mark is not None and is_postgresql(item.config):
        pytest.skip(f"is about SQLite: {mark.args[0]}")


def _running(config: pytest.Config) -> Address:
    if RUNNING not in config.stash:
        with ExitStack() as stack:
            try:
                address = stack.enter_context(cluster()).address
            except PostgresMissingError as error:
                if is_postgresql(config):
                    raise pytest.UsageError(str(error)) from error
                raise
            asyncio.run(make_template(address))
            config.stash[RUNNING] = (stack.pop_all(), address)
    return config.stash[RUNNING][1]


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config) -> Generator[PostgresGround]:
    """A server on which databases can be made, whichever engine was chosen."""
    given: str | None = getattr(pytestconfig, "workerinput", {}).get(ADDRESS)
    try:
        address = Address.read(given) if given else _running(pytestconfig)
    except PostgresMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    with standing_on(address) as ground:
        yield ground


@pytest.fixture(scope="session")
def ground(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Ground:
    """Where the databases of the tests stand."""
    if is_postgresql(pytestconfig):
        return cast("PostgresGround", request.getfixturevalue("postgresql"))
    return SqliteGround()
