"""What `/privacy` says: what is stored about a member, for how long, and what became of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cogs.languages import Message, number, reader, tr, trn
from cogs.replies.wording import ago
from services.jobs import Forgotten, Stored

EXPORTED: Final = Message("This file holds all that is stored about you, in every server. Only you see this message.")
NOTHING: Final = Message("Nothing is stored about you but what a manager may have written into the record of changes.")
STAYS: Final = Message(
    "When and where your videos were made, and what they cost, stays under your Discord id for 30 days, so that "
    "forgetting gives nobody a new limit; after that nobody can tell from it that they were yours. Blocks, bonuses and "
    "the videos that used them, limits that managers set for you, and the record of their changes stay. Messages in "
    "Discord are not touched: delete those there."
)
SURE: Final = Message(
    "Forget the descriptions of your videos, and later which videos were yours? They cannot be brought back. Videos "
    "under way keep theirs until they end."
)
CLIPS_GO: Final = Message(
    "Clips that are still kept for you, also those that could not be posted, are removed at once."
)
HOW_ON: Final = Message(
    "`/privacy export` gives you all of it as a file, `/privacy delete` forgets what can be forgotten."
)


def stored(found: Stored, *, keeps_prompts: timedelta) -> str:
    """Return how much is stored about a member over all servers, and how long each kind of it stays."""
    lines = list(_lines(found))
    if not lines:
        return tr(NOTHING)
    return "\n".join([tr("**Stored about you**"), *lines, _how_long(keeps_prompts), tr(STAYS), tr(HOW_ON)])


def sure() -> str:
    """Return what somebody has to know before they let themselves be forgotten."""
    return f"{tr(SURE)} {tr(CLIPS_GO)}\n{tr(STAYS)}"


def forgotten(what: Forgotten) -> str:
    """Return what was forgotten, and what will be."""
    done = tr(
        "Forgotten: {descriptions} and {offers}.",
        descriptions=trn("{number} description", "{number} descriptions", what.prompts),
        offers=trn("{number} open offer", "{number} open offers", len(what.offers)),
    )
    later = trn(
        "{number} video under way: the description goes when it ends.",
        "{number} videos under way: the description goes when it ends.",
        what.living,
    )
    clips = trn("{number} kept clip is removed.", "{number} kept clips are removed.", what.clips)
    lines = (done, clips if what.clips else "", later if what.living else "", tr(STAYS))
    return "\n".join(line for line in lines if line)


def _lines(found: Stored) -> Iterator[str]:
    if found.videos:
        yield _videos(found)
    if found.described:
        # Translators: {living} of the videos are being made now.
        yield trn(
            "The description of {number} video, {living} of them under way.",
            "The description of {number} videos, {living} of them under way.",
            found.described,
            living=number(found.living, reader()),
        )
    if found.offers:
        yield trn(
            "{number} offer with a price that you were asked about.",
            "{number} offers with a price that you were asked about.",
            found.offers,
        )
    if found.pictures:
        yield trn(
            "{number} picture that you have not said more about.",
            "{number} pictures that you have not said more about.",
            found.pictures,
        )
    if found.bonuses:
        yield trn(
            "{number} video that managers gave you once.",
            "{number} videos that managers gave you once.",
            found.bonuses,
        )
    if found.limits:
        yield tr("Limits that managers set for you: {count}.", count=number(found.limits, reader()))
    if found.blocks:
        yield tr("Blocks: {count}.", count=number(found.blocks, reader()))
    if found.pauses:
        yield tr(
            "Pauses in the last 30 days after refused descriptions: {count}.", count=number(found.pauses, reader())
        )
    if found.reports:
        yield tr("Videos that you reported in the last 30 days: {count}.", count=number(found.reports, reader()))


def _videos(found: Stored) -> str:
    # Translators: stands in "5 videos in 2 servers: who asked for what, …".
    where = trn("in {number} server", "in {number} servers", found.servers)
    if found.first_at is None:
        return trn(
            "{number} video {where}: who asked for what, when and where, what it cost and where it was posted.",
            "{number} videos {where}: who asked for what, when and where, what it cost and where it was posted.",
            found.videos,
            where=where,
        )
    # Translators: {where} is "in 2 servers", {age} is a time such as "2 months ago", in the reader's language.
    return trn(
        "{number} video {where} (the first {age}): who asked for what, when and where, what it cost and where it was "
        "posted.",
        "{number} videos {where} (the first {age}): who asked for what, when and where, what it cost and where it was "
        "posted.",
        found.videos,
        where=where,
        age=ago(found.first_at),
    )


def _how_long(keeps_prompts: timedelta) -> str:
    if not keeps_prompts:
        return tr("A description is forgotten as soon as its video has ended.")
    return trn(
        "A description is forgotten {number} day after its video has ended.",
        "A description is forgotten {number} days after its video has ended.",
        keeps_prompts.days,
    )
