"""Words and patterns that may not be in a description: in one server, or in all of them.

A word is found as a whole, in whatever way it is written (`folding`). In a pattern `*` stands for any letters of one
word. Nothing here is a regular expression of a member's making: what is compared takes time in proportion to the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.database import Database, Row, Statement, Transaction, Values, stored
from services.errors import DescriptionBlockedError
from services.limits import audit
from services.limits.audit import CHANGES
from services.limits.folding import WILDCARD, folded, is_unspaced, readings
from services.models import Requester

EVERYWHERE: Final = 0
MOST_WORDS: Final = 200
"""On one list."""
LONGEST_WORD: Final = 60
"""Characters of a word or a pattern."""
LEAST_LETTERS: Final = 2
"""That a pattern has besides its wildcards: fewer would match nearly everything."""

_WORDS: Final = "SELECT word FROM words WHERE guild_id IN (0, :guild_id)"
_LISTED: Final = "SELECT word FROM words WHERE guild_id = :guild_id ORDER BY folded"
_COUNT: Final = "SELECT COUNT(*) AS words FROM words WHERE guild_id = :guild_id"
_ADD: Final = """
INSERT INTO words (guild_id, folded, word, added_by, added_at) VALUES (:guild_id, :folded, :word, :added_by, :added_at)
ON CONFLICT (guild_id, folded) DO NOTHING
"""
_REMOVE: Final = "DELETE FROM words WHERE guild_id = :guild_id AND folded = :folded RETURNING word"


class WordOutcome(StrEnum):
    """What came of a wish to change a list."""

    DONE = "done"
    NOTHING_CHANGED = "nothing_changed"
    FULL = "full"
    UNFIT = "unfit"  # nothing to compare, too long, or matching nearly everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One word, phrase or pattern, folded."""

    folded: str

    def is_in(self, text: str) -> bool:
        """Whether a folded text has it."""
        spaced = f" {text} "
        if WILDCARD not in self.folded:
            return _bounded(self.folded) in spaced
        if max(self.folded.replace(" ", WILDCARD).split(WILDCARD), key=len) not in text:
            return False
        patterns, words = self.folded.split(), text.split()
        starts = range(len(words) - len(patterns) + 1)
        return any(all(map(_matches, patterns, words[start : start + len(patterns)])) for start in starts)


def rule_of(word: str) -> Rule | None:
    """Return what a word or a pattern is compared as; None where it cannot be on a list."""
    if len(word) > LONGEST_WORD:
        return None
    rule = folded(word, keeps_wildcards=True)
    letters = rule.replace(WILDCARD, "").replace(" ", "")
    return Rule(folded=rule) if len(letters) >= (LEAST_LETTERS if WILDCARD in rule else 1) else None


def is_blocked(prompt: str, words: Sequence[str]) -> bool:
    """Whether a description has one of the words, in any way in which it can be read."""
    rules = [rule for word in words if (rule := rule_of(word)) is not None]
    texts = readings(prompt) if rules else ()
    return any(rule.is_in(text) for text in texts for rule in rules)


def words_of(guild_id: int) -> Statement:
    """Return the statement whose answer `require_allowed` takes: a server's list, and the one for all servers."""
    return _WORDS, {"guild_id": guild_id}


def require_allowed(answer: Sequence[Row], prompt: str) -> None:
    """Raise `DescriptionBlockedError` where one of the lists has a word of the prompt."""
    if is_blocked(prompt, [row["word"] for row in answer]):
        raise DescriptionBlockedError


class WordBook:
    """Reads and changes the lists. Whoever may change what is decided by the caller."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def listed(self, guild_id: int) -> Sequence[str]:
        """Return the list of a server, or (0) the one for all servers, as the words were written."""
        async with self._database.transaction() as tx:
            return [row["word"] for row in await tx.fetch_all(_LISTED, {"guild_id": guild_id})]

    async def add(self, guild_id: int, word: str, actor: Requester, *, now: datetime) -> WordOutcome:
        """Put a word on a list. One that is the same but for the writing is on it already."""
        word = " ".join(word.split())
        rule = rule_of(word)
        if rule is None:
            return WordOutcome.UNFIT
        values: Values = {
            "guild_id": guild_id,
            "folded": rule.folded,
            "word": word,
            "added_by": actor.user_id,
            "added_at": stored(now),
        }
        async with self._database.transaction() as tx:
            await tx.hold(CHANGES)
            is_full = (await tx.fetch_all(_COUNT, {"guild_id": guild_id}))[0]["words"] >= MOST_WORDS
            is_new = not is_full and await tx.execute(_ADD, values) > 0
            if is_new:
                await _record(tx, actor, guild_id, before="", after=word, now=now)
        if is_full:
            return WordOutcome.FULL
        return WordOutcome.DONE if is_new else WordOutcome.NOTHING_CHANGED

    async def remove(self, guild_id: int, word: str, actor: Requester, *, now: datetime) -> WordOutcome:
        """Take a word off a list, in whatever way it is written."""
        rule = rule_of(word)
        async with self._database.transaction() as tx:
            await tx.hold(CHANGES)
            key: Values = {"guild_id": guild_id, "folded": rule.folded if rule else ""}
            row = await tx.fetch_one(_REMOVE, key)
            if row is not None:
                await _record(tx, actor, guild_id, before=row["word"], after="", now=now)
        return WordOutcome.DONE if row is not None else WordOutcome.NOTHING_CHANGED


async def _record(tx: Transaction, actor: Requester, guild_id: int, *, before: str, after: str, now: datetime) -> None:
    subject = "server" if guild_id else "everything"
    await audit.record(
        tx, actor, guild_id=guild_id, action="words", subject=subject, before=before, after=after, now=now
    )


def _bounded(phrase: str) -> str:
    """Return a phrase with a space where a word of its writing has to begin or end."""
    before, after = ("" if is_unspaced(edge) else " " for edge in (phrase[0], phrase[-1]))
    return f"{before}{phrase}{after}"


def _matches(pattern: str, word: str) -> bool:
    """Whether a word is as a pattern says. Each part is looked for where it stands first, which misses nothing."""
    first, *others = pattern.split(WILDCARD)
    if not others:
        return _bounded(pattern) in f" {word} "
    *middle, last = others
    at = word.find(first) if first and is_unspaced(first[0]) else (0 if word.startswith(first) else -1)
    if at < 0:
        return False
    at += len(first)
    for part in middle:
        found = word.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return (
        word.find(last, at) >= 0
        if last and is_unspaced(last[-1])
        else word.endswith(last) and len(word) - len(last) >= at
    )
