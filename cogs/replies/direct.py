"""What members read in the bot's direct messages about these: whether videos are made there, and for whom."""

from datetime import datetime
from typing import Final

from cogs.languages import Message, tr
from cogs.replies.wording import MESSAGE, ago, defuse

OFF: Final = Message(
    "No videos are made in direct messages. Use `/video` in a server where the bot is: with `private` only you see it."
)
UNREACHABLE: Final = Message(
    "Discord did not say just now whether you are a member of the server that videos here are for. Nothing was "
    "ordered. Please try again in a minute."
)
NOT_A_MEMBER: Final = Message(
    "Videos in direct messages are for members of {server} only. Join it, or use `/video` in a server where you are."
)
TIMED_OUT: Final = Message(
    "You are timed out in {server}, whose rules hold here as well. It ends {when}; please try again then."
)
NOT_YET: Final = Message(
    "You have not accepted the rules of {server} yet, which hold here as well. Accept them there first."
)
NO_COMMANDS: Final = Message(
    "You may not use commands in {server}, whose rules hold here as well. One of its managers can change that."
)
COUNTED_AS: Final = Message("-# In direct messages you count as in {server}: its limits hold here.")
# Why a clip failed that was asked for here.
UNDELIVERABLE: Final = Message(
    "Discord did not let the bot post it here. The clip is kept for a while: let the bot write to you again, then use "
    "`/status` here and press the button there."
)


def off() -> str:
    """Return that no videos are made here, and where they are."""
    return tr(OFF)


def unreachable() -> str:
    """Return that nobody could say whether the member may."""
    return tr(UNREACHABLE)


def not_a_member(server: str) -> str:
    """Return whom videos here are for."""
    return tr(NOT_A_MEMBER, server=_named(server))


def timed_out(server: str, *, until: datetime) -> str:
    """Return that, and how long, the member may not."""
    return tr(TIMED_OUT, server=_named(server), when=ago(until))


def not_yet(server: str) -> str:
    """Return that the member has still to accept the server's rules."""
    return tr(NOT_YET, server=_named(server))


def no_commands(server: str) -> str:
    """Return that the server lets the member use no commands."""
    return tr(NO_COMMANDS, server=_named(server))


def counted_as(server: str, text: str) -> str:
    """Return a text that speaks of a server's limits with the server's name below, if it fits into one message."""
    told = f"{text}\n{tr(COUNTED_AS, server=_named(server))}"
    return told if len(told) <= MESSAGE else text


def _named(server: str) -> str:
    return f"**{defuse(server)}**"
