"""Runs a statement that no PostgreSQL transaction may hold, such as making a database, by the server's own shell."""

import asyncio

from sandbox.postgresql import find_binaries


async def run_statement(url: str, statement: str) -> None:
    """Run it.

    Raises:
        RuntimeError: the server refused; what it said stands above.
    """
    shell = find_binaries() / "psql"
    child = await asyncio.create_subprocess_exec(shell, "--no-psqlrc", "--quiet", "--command", statement, url)
    if await child.wait() != 0:
        raise RuntimeError(statement)
