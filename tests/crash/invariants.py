"""What must hold once everything rests, whatever happened on the way. A violation is one line that says which and why.

I1  a job counts once or not at all, and weighs what was billed
I2  a video is bought at most once for each `/video`
I3  at most one message with the clip
I4  every job that was accepted has ended, and no button is left under it
I5  made and known by its id: exactly one clip posted, and the job knows where
I6  failed: its member told once; and where nobody knows whether it was bought: not counted, the money held, the
    operator told, never sent again
I7  the clip that was posted is the clip that was made
I8  what is held against the owner's money is at least what was spent
I9  no file is left behind, and the database is sound
I10 a further restart changes nothing
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from sandbox.discord.posts import Message
from tests.crash.evidence import Evidence, Purchase
from tests.crash.scene import Row

ENDED: Final = frozenset({"delivered", "cancelled", "failed"})
ALARMING: Final = frozenset({"warning", "error", "critical"})
Invariant = Callable[[Evidence], Iterator[str]]


def violations(evidence: Evidence, *, later: Evidence | None = None) -> Sequence[str]:
    """Return everything that does not hold; `later` is the evidence after one more start with nothing to do."""
    found = [*chain.from_iterable(holds(evidence) for holds in INVARIANTS)]
    return found if later is None else [*found, *_changed(evidence.parts(), later.parts())]


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"I10 a restart changed {name}: {before.get(name)} became {after.get(name)}"


def _weighs_right(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        bought = _purchase_of(row, evidence)
        billed = bought.microusd if bought else 0
        match row["state"]:
            case "delivered" if (row["counts"], row["held_microusd"]) != (1, billed):
                yield f"I1 job {row['id']} was delivered for {billed} and weighs {_weight(row)}"
            case "cancelled" if (row["counts"], row["held_microusd"]) != (0, 0):
                yield f"I1 job {row['id']} was cancelled and weighs {_weight(row)}"
            case "failed" if row["counts"] and row["reason"] not in {"too_large", "undeliverable"}:
                yield f"I1 job {row['id']} failed ({row['reason']}) and still counts"
            case _:
                pass


def _is_bought_once(evidence: Evidence) -> Iterator[str]:
    for what, prompts in (
        ("sent", [prompt for prompt in evidence.submits if prompt is not None]),
        ("bought", [purchase.prompt for purchase in evidence.purchases]),
    ):
        for prompt in {prompt for prompt in prompts if prompts.count(prompt) > 1}:
            yield f"I2 {prompt!r} was {what} {prompts.count(prompt)} times"
    sent = sum(1 for row in evidence.rows if row["submitted_at"] is not None)
    if len(evidence.submits) > sent:
        yield f"I2 {len(evidence.submits)} submits for {sent} jobs that say they were sent"


def _is_posted_once(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        posted = _clips_of(row, evidence)
        if len(posted) > 1:
            yield f"I3 job {row['id']} was posted {len(posted)} times"


def _has_ended(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        if row["state"] not in ENDED:
            yield f"I4 job {row['id']} rests as {row['state']}"
        answer = evidence.answers.get(row["interaction_id"])
        if answer is not None and answer.components:
            yield f"I4 job {row['id']} has ended and can still be clicked: {answer.text!r}"


def _is_delivered_where_known(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        bought = _purchase_of(row, evidence)
        if bought is None or not bought.is_completed:
            continue
        posted = [message.id for message in _clips_of(row, evidence)]
        if row["state"] != "delivered" or posted != [row["result_message_id"]]:
            yield f"I5 job {row['id']} was made, is {row['state']} ({row['reason']}), and was posted as {posted}"
    for purchase in evidence.purchases:
        owners = [row for row in evidence.rows if row["prompt"] == purchase.prompt]
        if not any(row["remote_id"] == purchase.remote_id or row["reason"] == "submit_unknown" for row in owners):
            yield f"I5 {purchase.remote_id} was bought and no job answers for it"


def _is_failure_told(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        told = [message for message in evidence.messages if _is_bad_news(message, row)]
        if len(told) != (row["state"] == "failed"):
            yield f"I6 the member of job {row['id']}, {row['state']}, was told {len(told)} times that it failed"
        if row["reason"] != "submit_unknown":
            continue
        if row["counts"] or row["held_microusd"] != row["reserved_microusd"]:
            yield f"I6 job {row['id']} is unknown and weighs {_weight(row)} of {row['reserved_microusd']}"
        if not any(event.get("job_id") == row["id"] and event.get("level") in ALARMING for event in evidence.events):
            yield f"I6 the operator heard nothing of job {row['id']}"


def _is_the_same_clip(evidence: Evidence) -> Iterator[str]:
    for message in evidence.messages:
        for attachment in message.attachments:
            if attachment.sha256 != evidence.clip_sha256:
                yield f"I7 {attachment.filename} is not what was made"


def _is_all_spending_held(evidence: Evidence) -> Iterator[str]:
    held = sum(row["held_microusd"] for row in evidence.rows)
    spent = sum(purchase.microusd for purchase in evidence.purchases)
    if held < spent:
        yield f"I8 {held} is held and {spent} was spent"


def _is_tidy(evidence: Evidence) -> Iterator[str]:
    wanted = {f"video-{row['id']}.mp4" for row in evidence.rows if row["next_at"] is not None}
    for name in evidence.files:
        if name not in wanted:
            yield f"I9 {name} was left behind"
    for fault in evidence.database_faults:
        yield f"I9 the database is damaged: {fault}"


INVARIANTS: Final[Sequence[Invariant]] = (
    _weighs_right,
    _is_bought_once,
    _is_posted_once,
    _has_ended,
    _is_delivered_where_known,
    _is_failure_told,
    _is_the_same_clip,
    _is_all_spending_held,
    _is_tidy,
)


def _purchase_of(row: Row, evidence: Evidence) -> Purchase | None:
    return next((each for each in evidence.purchases if each.remote_id == row["remote_id"]), None)


def _clips_of(row: Row, evidence: Evidence) -> Sequence[Message]:
    name = f"video-{row['id']}.mp4"
    return [message for message in evidence.messages if any(each.filename == name for each in message.attachments)]


def _is_bad_news(message: Message, row: Row) -> bool:
    is_about = message.reference is not None and message.reference.message_id == row["status_message_id"]
    return is_about and not message.attachments and row["user_id"] in message.pings.users


def _weight(row: Row) -> str:
    return f"{row['counts']} video and {row['held_microusd']} micro-dollars"
