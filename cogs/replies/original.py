"""What members read who want a clip as it came, where what was posted was made smaller or converted."""

from collections.abc import Sequence
from typing import Final

from cogs.languages import Message, tr, trn
from cogs.replies.wording import ago
from services.generation import Link, Part

# Translators: on a button under a video: it gives the clip as it came, larger than what was posted.
LABEL: Final = Message("Original")
GONE: Final = Message(
    "The clip as it came is no longer kept. The one that was posted stays; if you need the larger one, ask for the "
    "video again with `/video`."
)
UNDER_WAY: Final = Message(
    "It is on its way to you already. Wait for its last part, then press again if something is missing."
)
BUSY: Final = Message("Others are being sent theirs right now. Please press again in a minute.")
BROKEN_OFF: Final = Message("Discord did not take all of it. Nothing is lost: press Original once more.")
KEPT: Final = Message("The clip itself is kept for a while: whoever asked for it gets it by pressing Original below.")


def link(link: Link) -> str:
    """Return where the clip can be fetched, in a form that Discord does not open by itself."""
    here = tr("Here it is as it came: {link}", link=f"<{link.url}>")
    # Translators: {when} is a time such as "in 23 hours".
    works = tr("The link expires {when}; press again for a new one.", when=ago(link.until))
    return f"{here}\n{works}"


def beside(news: str) -> str:
    """Return the news that a clip could not be posted, where it can still be had."""
    return f"{news} {tr(KEPT)}"


def parts(parts: Sequence[Part], *, name: str) -> str:
    """Return what is about to come, and how its parts become one file."""
    if len(parts) == 1:
        return tr("Here it is as it came.")
    pieces = "+".join(part.name for part in parts)
    return trn(
        "It comes in {number} part, because it is larger than one file may be here. Save it in a folder and join it "
        "there: on Windows with `{windows}`, elsewhere with `{elsewhere}`.",
        "It comes in {number} parts, because it is larger than one file may be here. Save all of them in one folder "
        "and join them there: on Windows with `{windows}`, elsewhere with `{elsewhere}`.",
        len(parts),
        windows=f"copy /b {pieces} {name}",
        elsewhere=f"cat {name}.part* > {name}",
    )


def too_many_parts(*, name: str) -> str:
    """Return that a clip cannot be handed over in Discord at all."""
    return tr(
        "`{name}` is too large to be sent here even in parts. Ask whoever runs the bot for it while it is kept; with "
        "a public address set, this button gives a link instead.",
        name=name,
    )
