"""What must hold once everything rests, whatever happened on the way. A violation is one line that says which and why.

I1  a job counts once or not at all, and weighs what was billed
I2  a video is bought at most once for each `/video`
I3  at most one message with the clip in the whole world, and none of one that was deleted
I4  every job that was accepted has ended, and no button is left under it
I5  made and known by its id: exactly one clip posted, where its member asked for it or in their direct messages, and
    the job knows where. Where every way to the member is closed: none, and the clip is kept for them
I6  failed: its member told once, in a message, or where every way to them is closed by the status message. Where nobody
    knows whether it was bought: not counted, the money held, the operator told, never sent again; and where that was
    found out: no failure any more. What the owner has to hear of a video, they hear once. That a video is late is said
    once, of one that is
I7  the clip that was posted is the clip that was made, or one made from it beside which it is kept
I8  what is held against the owner's money is at least what was spent, for each video and in all
I9  no file is left behind, the database is sound, and whatever was changed is on record, once
I10 a further restart changes nothing
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby
from typing import Final

from cogs import replies
from cogs.replies.jobs import LATE
from sandbox.discord.posts import Message
from services.jobs.rows import job_of
from tests.crash.evidence import Evidence, Purchase
from tests.crash.scene import Row

ENDED: Final = frozenset({"delivered", "cancelled", "failed"})
COUNTS: Final = frozenset({"too_large", "undeliverable"})
"""Failed, but made: these count for their members."""
KEEPS_MONEY: Final = frozenset({"submit_unknown", "deadline", "unplayable", "too_large", "undeliverable"})
"""Failed, and perhaps billed: without a bill the most that it can be stays held."""
ALARMING: Final = frozenset({"warning", "error", "critical"})
Invariant = Callable[[Evidence], Iterator[str]]


def violations(evidence: Evidence, *, later: Evidence | None = None, excused: Collection[str] = ()) -> Sequence[str]:
    """Return everything that does not hold; `later` is the evidence after one more start with nothing to do.

    A video that was made may have failed for one of the reasons in `excused`.
    """
    evidence = replace(evidence, excused=frozenset(excused))
    found = [*chain.from_iterable(holds(evidence) for holds in INVARIANTS)]
    return found if later is None else [*found, *_changed(evidence.parts(), later.parts())]


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"I10 a restart changed {name}: {before.get(name)} became {after.get(name)}"


def _weighs_right(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        bought = _purchase_of(row, evidence)
        # Where the API never said what it cost, what was reserved stands.
        billed = row["reserved_microusd"] if row["cost_microusd"] is None else bought.microusd if bought else 0
        match row["state"]:
            case "delivered" if (row["counts"], row["held_microusd"]) != (1, billed):
                yield f"I1 job {row['id']} was delivered for {billed} and weighs {_weight(row)}"
            case "cancelled" if (row["counts"], row["held_microusd"]) != (0, 0):
                yield f"I1 job {row['id']} was cancelled and weighs {_weight(row)}"
            case "failed" if row["counts"] != (row["reason"] in COUNTS):
                yield f"I1 job {row['id']} failed ({row['reason']}) and weighs {_weight(row)}"
            case "failed" if row["held_microusd"] not in _held_by_failed(row):
                yield f"I1 job {row['id']} was billed {row['cost_microusd']}, is {row['reason']}, weighs {_weight(row)}"
            case _:
                pass


def _held_by_failed(row: Row) -> Collection[int]:
    """Return what may be held for a failed job: its bill, else everything where there may be one, else nothing."""
    if row["cost_microusd"] is not None:
        return {row["cost_microusd"]}
    if row["reason"] not in KEEPS_MONEY or row["submitted_at"] is None:
        return {0}
    return {row["reserved_microusd"]} if row["resolved_at"] is None else {0, row["reserved_microusd"]}


def _is_bought_once(evidence: Evidence) -> Iterator[str]:
    for what, prompts in (
        ("sent", [prompt for prompt in evidence.submits if prompt is not None]),
        ("bought", [purchase.prompt for purchase in evidence.purchases]),
    ):
        for prompt, times in Counter(prompts).items():
            # The same may be asked for again, and what a row says of it may be forgotten.
            if times > max(1, sum(row["prompt"] in {prompt, ""} for row in evidence.rows)):
                yield f"I2 {prompt!r} was {what} {times} times"
    sent = sum(1 for row in evidence.rows if row["submitted_at"] is not None)
    if len(evidence.submits) > sent:
        yield f"I2 {len(evidence.submits)} submits for {sent} jobs that say they were sent"


def _is_posted_once(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        posted = _clips_of(row, evidence)
        if len(posted) > (row["removed_at"] is None):
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
        if bought is None or not bought.is_completed or row["reason"] in evidence.excused:
            continue
        clips = _clips_of(row, evidence)
        posted = [(message.channel_id, message.id) for message in clips]
        if (row["removed_at"] is not None or _is_kept(row, evidence)) and not posted:
            continue
        if row["state"] != "delivered" or posted != [(row["result_channel_id"], row["result_message_id"])]:
            yield f"I5 job {row['id']} was made, is {row['state']} ({row['reason']}), and was posted as {posted}"
        elif not _is_for_member(clips[0], row, evidence):
            yield f"I5 job {row['id']} was posted in {clips[0].channel_id}, where it has no business"
    for purchase in evidence.purchases:
        if not any(_answers_for(row, purchase) for row in evidence.rows):
            yield f"I5 {purchase.remote_id} was bought and no job answers for it"


def _answers_for(row: Row, purchase: Purchase) -> bool:
    is_unknown = row["reason"] == "submit_unknown" and row["prompt"] == purchase.prompt
    return is_unknown or bool(row["remote_id"] == purchase.remote_id)


def _is_failure_told(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        told = [message for message in evidence.messages if _is_bad_news(message, row)]
        if not _is_told_right(len(told), row, evidence):
            yield f"I6 the member of job {row['id']}, {row['state']}, was told {len(told)} times that it failed"
        if row["reason"] != "submit_unknown":
            continue
        if row["counts"] or (row["held_microusd"] != row["reserved_microusd"] and row["resolved_at"] is None):
            yield f"I6 job {row['id']} is unknown and weighs {_weight(row)} of {row['reserved_microusd']}"
        if not any(event.get("job_id") == row["id"] and event.get("level") in ALARMING for event in evidence.events):
            yield f"I6 the operator heard nothing of job {row['id']}"


def _is_told_right(times: int, row: Row, evidence: Evidence) -> bool:
    """Whether its member was told so often of the failure of a job, in a message, as it has to be."""
    has_failed = bool(row["state"] == "failed")
    if has_failed and row["id"] in evidence.shut_out and not times:
        *_, last = evidence.readings(row) or [""]  # nothing where the status message is gone too
        return last in {"", replies.not_made(job_of(row), link=None)}
    if not has_failed and evidence.was_found(row):
        # It may have been found before the news got out.
        return times <= 1
    return times == has_failed


def _is_said_to_be_late_once(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        runs = groupby(LATE.text in text for text in evidence.readings(row))
        times = sum(is_late for is_late, _ in runs)
        if times > (row["late_at"] is not None):
            yield f"I6 the member of job {row['id']}, late since {row['late_at']}, was told so {times} times"


def _is_owner_told(evidence: Evidence) -> Iterator[str]:
    topics = {row["topic"] for row in evidence.notices}
    for row in evidence.rows:
        if (f"unknown {row['id']}" in topics) != (row["reason"] == "submit_unknown"):
            yield f"I6 the owner has it that job {row['id']}, {row['state']} ({row['reason']}), is unknown, or not"
        if evidence.heard_unknown[row["id"]] > (row["reason"] == "submit_unknown" or evidence.was_found(row)):
            yield f"I6 the owner was told {evidence.heard_unknown[row['id']]} times that job {row['id']} is unknown"
        if evidence.was_found(row) and not any(topic.startswith(f"found {row['id']} ") for topic in topics):
            yield f"I6 the owner was not told that job {row['id']} was found"
        if row["cost_microusd"] is not None and row["cost_microusd"] > row["reserved_microusd"]:
            yield from (
                []
                if f"dearer {row['id']}" in topics
                else [f"I6 the owner was not told that job {row['id']} was dearer"]
            )
    for notice in evidence.notices:
        heard = evidence.heard[notice["id"]]
        # Two notices about no video in particular may say the same: that the key is refused, today and tomorrow.
        if heard < 1 or (heard > 1 and notice["job_id"] is not None):
            yield f"I6 the notice {notice['topic']!r} was told {heard} times"


def _is_the_same_clip(evidence: Evidence) -> Iterator[str]:
    for message in evidence.messages:
        for attachment in message.attachments:
            kept = evidence.kept.get(attachment.filename)
            if evidence.clip_sha256 not in {attachment.sha256, kept}:
                yield f"I7 {attachment.filename} is not what was made"


def _is_all_spending_held(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        bought = _purchase_of(row, evidence)
        if bought is not None and row["held_microusd"] < bought.microusd:
            yield f"I8 job {row['id']} holds {row['held_microusd']} and cost {bought.microusd}"
    held = sum(row["held_microusd"] for row in evidence.rows)
    spent = sum(_most_known_of(purchase, evidence) for purchase in evidence.purchases)
    if held < spent:
        yield f"I8 {held} is held and {spent} was spent"


def _most_known_of(purchase: Purchase, evidence: Evidence) -> int:
    """Return what a purchase cost; where nobody heard that it was one, at most the worst price stated for it."""
    for row in evidence.rows:
        if row["reason"] == "submit_unknown" and row["prompt"] == purchase.prompt:
            return min(purchase.microusd, int(row["reserved_microusd"]))
    return purchase.microusd


def _is_tidy(evidence: Evidence) -> Iterator[str]:
    kept = {f"video-{row['id']}.mp4" for row in evidence.rows if row["next_at"] is not None}
    # What was posted in the place of a clip goes with the clip at the latest: both wait for the same moment.
    wanted = kept | {f"fitted/{name}" for name in kept & {*evidence.files}}
    for name in evidence.files:
        if name not in wanted:
            yield f"I9 {name} was left behind"
    for fault in evidence.database_faults:
        yield f"I9 the database is damaged: {fault}"


def _is_recorded(evidence: Evidence) -> Iterator[str]:
    recorded = {(entry["actor_id"], entry["at"]) for entry in evidence.audit}
    for change in evidence.changes:
        if (change["changed_by"], change["changed_at"]) not in recorded:
            yield f"I9 nothing is on record of what {change['changed_by']} changed at {change['changed_at']}"
    # What was before belongs to it: one `/owner resume` ends every pause there is, and each is a change.
    keys = ("interaction_id", "action", "subject", "before")
    seen = Counter(tuple(entry[key] for key in keys) for entry in evidence.audit)
    for (_, action, subject, _), times in seen.items():
        if times > 1:
            yield f"I9 one change is {times} times on record: {action} of {subject}"


INVARIANTS: Final[Sequence[Invariant]] = (
    _weighs_right,
    _is_bought_once,
    _is_posted_once,
    _has_ended,
    _is_delivered_where_known,
    _is_failure_told,
    _is_said_to_be_late_once,
    _is_owner_told,
    _is_the_same_clip,
    _is_all_spending_held,
    _is_tidy,
    _is_recorded,
)


def _purchase_of(row: Row, evidence: Evidence) -> Purchase | None:
    return next((each for each in evidence.purchases if each.remote_id == row["remote_id"]), None)


def _clips_of(row: Row, evidence: Evidence) -> Sequence[Message]:
    name = f"video-{row['id']}.mp4"
    return [message for message in evidence.messages if any(each.filename == name for each in message.attachments)]


def _is_kept(row: Row, evidence: Evidence) -> bool:
    """Whether the clip waits for its member, who can be reached nowhere, to have it sent again."""
    is_stored = row["next_at"] is not None and f"video-{row['id']}.mp4" in evidence.files
    return row["reason"] == "undeliverable" and is_stored and row["id"] in evidence.shut_out


def _is_for_member(clip: Message, row: Row, evidence: Evidence) -> bool:
    """Whether a clip is where its member asked for it, or in their own direct messages, and pings them."""
    places = {row["channel_id"], row["route_channel_id"]}
    is_theirs = evidence.direct.get(clip.channel_id, row["user_id"]) == row["user_id"]
    is_placed = clip.channel_id in places and is_theirs
    return is_placed and [*clip.pings.users] == [row["user_id"]]


def _is_bad_news(message: Message, row: Row) -> bool:
    """Whether a message tells a job's member of its failure: as a reply to the status message, or by its number."""
    is_about = message.reference is not None and message.reference.message_id == row["status_message_id"]
    is_named = message.text.startswith(f"<@{row['user_id']}> video {row['id']} ")
    return (is_about or is_named) and not message.attachments and row["user_id"] in message.pings.users


def _weight(row: Row) -> str:
    return f"{row['counts']} video and {row['held_microusd']} micro-dollars"
