"""The checker: everything that a fleet left, against everything that the stand-ins and the chronicle wrote down.

Beside the invariants of one process (I1 to I10) and what the chronicle shows (R1 to R6):

F1  upstream, too, no more were under way at once than are allowed, but for those of which nobody knew
F2  what a job says that it cost is what it was billed
F3  nobody hears a message but the member whose video it is about
F4  the logs hold no secret, and no error but those of a database that was away
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tests import canaries
from tests.crash.evidence import Evidence, gathered
from tests.crash.invariants import violations
from tests.crash.process import events, printed
from tests.crash.scene import Scene
from tests.fleet import chronicle
from tests.fleet.replay import Replay, Rules
from tests.fleet.seats import Fleet

EXCUSED: Final = frozenset({"unplayable"})
"""A clip that was cut off twice: two faults may meet on one video."""
ERRORS: Final = frozenset({"error", "critical", "unknown"})
OF_DATABASE: Final = re.compile(r"services\.errors\.[a-z.]*(Unreachable|Storage|NotWritable)\w*Error")
"""How an error ends whose cause was the database."""
OF_A_BUTTON: Final = "Ignoring exception"
"""How the library says that code of ours failed which it had called."""
LAST_WORDS: Final = "The database at DATABASE_URL cannot be used now"
"""How a process leaves that began while it was away."""
NAMED: Final = re.compile(r"<@(?P<user>\d+)> video (?P<job>\d+) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found, and how close to each limit it came."""

    violations: Sequence[str]
    replay: Replay
    evidence: Evidence


def judged(fleet: Fleet, before: Evidence, rules: Rules) -> Report:
    """Check everything. Only while no process runs; `before` is the evidence before one more start of all."""
    scene, evidence = fleet.scene, evidence_of(fleet)
    replay = Replay(rules=rules)
    replay.run(chronicle.read(scene.stored))
    chronicle.keep(scene.stored, scene.folder / "changes.jsonl")
    # What lay in the folder of a process that was replaced is swept by the next one there.
    rested = replace(before, files=evidence.files, kept=evidence.kept)
    found = [
        *violations(rested, later=evidence, excused=EXCUSED),
        *replay.violations,
        *_running_upstream(scene, evidence, most=rules.running_at_once),
        *_billed(scene, evidence),
        *_heard_by_others(evidence),
        *_logged(fleet),
        *fleet.faults,
    ]
    return Report(violations=found, replay=replay, evidence=evidence)


def evidence_of(fleet: Fleet) -> Evidence:
    """Gather everything, of all processes together."""
    folders = [clips for data in fleet.folders for clips in (data / "clips").glob("instance-*")]
    files = [(file, folder) for folder in folders for file in folder.rglob("*") if file.is_file()]
    return replace(
        gathered(fleet.scene),
        events=[event for log in logs_of(fleet) for event in events(log)],
        files=[file.relative_to(folder).as_posix() for file, folder in files],
        kept={file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file, _ in files if file.suffix == ".mp4"},
    )


def logs_of(fleet: Fleet) -> Sequence[Path]:
    """Return the logs of all seats."""
    return [seat.log for seat in fleet.seats]


def _running_upstream(scene: Scene, evidence: Evidence, *, most: int) -> Iterator[str]:
    known = {row["remote_id"] for row in evidence.rows}
    steps = sorted(
        step
        for job in scene.openrouter.jobs.values()
        if job.id in known
        for step in ((job.started_at, 1), (job.started_at + job.seconds, -1))
    )
    running = 0
    for _, change in steps:
        running += change
        if running > most:
            yield f"F1 {running} ran upstream at once"
            return


def _billed(scene: Scene, evidence: Evidence) -> Iterator[str]:
    billed = {charge.job_id: round(charge.usd * 1_000_000) for charge in scene.openrouter.ledger}
    for row in evidence.rows:
        if row["cost_microusd"] is not None and row["cost_microusd"] != billed.get(row["remote_id"], 0):
            yield f"F2 job {row['id']} says {row['cost_microusd']} and was billed {billed.get(row['remote_id'], 0)}"


def _heard_by_others(evidence: Evidence) -> Iterator[str]:
    members = {row["status_message_id"]: row["user_id"] for row in evidence.rows}
    members_of_jobs = {row["id"]: row["user_id"] for row in evidence.rows}
    for message in evidence.messages:
        if message.pings.is_silent:
            continue
        named = NAMED.match(message.text)
        files = [re.fullmatch(r"video-(\d+)\.mp4", each.filename) for each in message.attachments]
        whose = {members_of_jobs.get(int(file[1])) for file in files if file}
        if message.reference is not None:
            whose.add(members.get(message.reference.message_id))
        if named:
            whose.add(members_of_jobs.get(int(named["job"])))
        whose.discard(None)
        if message.pings.everyone or message.pings.roles or {*message.pings.users} != whose:
            yield f"F3 message {message.id} was heard by {sorted(message.pings.users)} and was for {whose}"


def _logged(fleet: Fleet) -> Iterator[str]:
    for log in logs_of(fleet):
        for event in events(log):
            if event.get("level") in ERRORS and not _is_excused(event):
                yield f"F4 {log.name}: {event}"
    text = b"".join(printed(log).encode() for log in logs_of(fleet))
    scene = fleet.scene
    private = canaries.private_of(scene.discord, scene.openrouter, prompts=scene.prompts)
    yield from canaries.found(private, {"F4 a log": text})


def _is_excused(event: Mapping[str, Any]) -> bool:
    """Whether discord.py says that a connection was lost, or we that the database was away."""
    said = str(event.get("event"))
    is_librarys = str(event.get("logger", "")).startswith("discord") and not said.startswith(OF_A_BUTTON)
    is_databases = OF_DATABASE.search(str(event.get("exception", ""))) is not None
    return is_librarys or is_databases or said.startswith(LAST_WORDS)
