"""The PostgreSQL server behind DATABASE_URL: its version, the room on it, its clock. Pure: facts in, findings out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from ops.doctor.findings import Finding, NotLookedAt, bad, good, poor, skipped, wrong
from services.jobs.health import Server

CHECKS: Final = ("server version", "connections", "server clock")
OLDEST: Final = 13
"""The first whose every statement of the schema's is known; older ones are no longer looked after."""
TESTED: Final = 15
"""The one that the tests run on."""
OF_A_PROCESS: Final = 6
"""Connections that one process of the bot opens at most: five for its transactions, and one that it is woken by."""
MOST_SKEW: Final = timedelta(seconds=60)


def findings(found: Server | None, *, now: datetime) -> Sequence[Finding]:
    """Judge everything about the server; None where it cannot be reached."""
    if found is None:
        return tuple(skipped(check, NotLookedAt("the database comes first")) for check in CHECKS)
    return version(found), connections(found), clock(found, now=now)


def version(found: Server) -> Finding:
    """Judge the version of the server."""
    major, minor = found.version
    says = f"PostgreSQL {major}.{minor}"
    if major < OLDEST:
        return wrong("server version", says, fix=f"Use PostgreSQL {OLDEST} or newer; {TESTED} is what it is tested on.")
    return good("server version", says if major == TESTED else f"{says}; the bot is tested on {TESTED}")


def connections(found: Server) -> Finding:
    """Judge whether another process of the bot would find room on the server."""
    left = found.most_connections - found.connections
    says = f"{found.connections} of {found.most_connections} in use, {found.bots} of them the bot's"
    fix = f"Raise max_connections of the server, or end what else uses it: a process of the bot takes {OF_A_PROCESS}."
    if left < OF_A_PROCESS and not found.bots:
        return bad("connections", f"{says}: the bot finds no room", fix=fix)
    if left < OF_A_PROCESS:
        return poor("connections", f"{says}: another process of the bot would find no room", fix=fix)
    return good("connections", f"{says}: room for {left // OF_A_PROCESS} more processes of {OF_A_PROCESS}")


def clock(found: Server, *, now: datetime) -> Finding:
    """Judge the server's clock, which the bot does not go by, but whoever reads its logs does."""
    skew = found.now - now
    seconds = round(abs(skew).total_seconds())
    if abs(skew) <= MOST_SKEW:
        return good("server clock", "agrees with the bot's")
    says = f"the database server's is {seconds} s {'fast' if skew > timedelta(0) else 'slow'}"
    return poor("server clock", says, fix="Let the server set its clock by NTP: its logs are hard to read otherwise.")
