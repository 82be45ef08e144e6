"""What those read who keep a list of words that may not be in a description."""

from collections.abc import Mapping, Sequence
from typing import Final

from cogs.languages import Message, number, reader, tr, trn
from cogs.replies.wording import defuse
from services.limits import LONGEST_WORD, MOST_WORDS, WordOutcome

HERE: Final = Message("**Words that may not be in a description in this server**")
EVERYWHERE: Final = Message("**Words that may not be in a description in any server**")
NONE: Final = Message("There are none. `/settings words add` puts one on the list.")
NONE_EVERYWHERE: Final = Message("There are none. `/owner words add` puts one on the list.")
THE_OWNERS: Final = Message("The bot's owner keeps a list for every server besides.")
HOW: Final = Message("A word is found as a whole, however it is written; `*` stands for any letters.")
UNCHANGED: Final[Mapping[bool, Message]] = {
    True: Message("It is on the list already. Nothing was changed."),
    False: Message("It is not on the list. Nothing was changed."),
}
"""By whether it was to be added."""


def listed(words: Sequence[str], *, everywhere: bool, has_owners: bool = False) -> Sequence[str]:
    """Return a list line by line; `has_owners` says that there is one for every server as well."""
    nothing = NONE_EVERYWHERE if everywhere else NONE
    lines = [f"- {_shown(word)}" for word in words] or [tr(nothing)]
    return [tr(EVERYWHERE if everywhere else HERE), *lines, tr(HOW), *([tr(THE_OWNERS)] if has_owners else [])]


def added(word: str, outcome: WordOutcome, *, everywhere: bool) -> str:
    """Return what came of a wish to put a word on a list."""
    match outcome:
        case WordOutcome.DONE if everywhere:
            return tr(
                "From now on no video is made whose description has {word}, in whatever server.", word=_shown(word)
            )
        case WordOutcome.DONE:
            return tr("From now on no video is made in this server whose description has {word}.", word=_shown(word))
        case _:
            return _not_done(outcome, is_adding=True)


def removed(word: str, outcome: WordOutcome) -> str:
    """Return what came of a wish to take a word off a list."""
    if outcome is WordOutcome.DONE:
        return tr("{word} is no longer on the list.", word=_shown(word))
    return _not_done(outcome, is_adding=False)


def _not_done(outcome: WordOutcome, *, is_adding: bool) -> str:
    match outcome:
        case WordOutcome.FULL:
            most = number(MOST_WORDS, reader())
            return tr("That list is full: {most} is the most. Take something off it first.", most=most)
        case WordOutcome.UNFIT:
            return trn(
                "That cannot be on the list. Write a word, a few words or a pattern of at most {number} letter; beside "
                "a `*` there must be two letters at least.",
                "That cannot be on the list. Write a word, a few words or a pattern of at most {number} letters; "
                "beside a `*` there must be two letters at least.",
                LONGEST_WORD,
            )
        case _:
            return tr(UNCHANGED[is_adding])


def _shown(word: str) -> str:
    return f"**{defuse(word)}**"
