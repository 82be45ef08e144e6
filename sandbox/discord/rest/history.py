"""Which messages a page of a channel's history holds."""

from collections.abc import Mapping, Sequence
from typing import Final

from sandbox.discord.forms import SNOWFLAKE, Mistakes
from sandbox.discord.posts import Message

MOST: Final = 100
USUAL: Final = 50


def page_of(messages: Sequence[Message], query: Mapping[str, str]) -> list[Message]:
    """The page that `limit` and one of `before`, `after` and `around` ask for, newest first, as Discord lists it.

    Args:
        messages: the whole history, oldest first.
        query: the query of the call.

    Raises:
        ApiError: 400/50035 for a limit outside 1 to 100 or an anchor that is no id.
    """
    limit = _limit(query.get("limit", str(USUAL)))
    anchors = {name: _anchor(name, query[name]) for name in ("around", "before", "after") if name in query}
    match anchors:
        case {"around": middle}:
            return _around(messages, middle, limit)
        case {"before": before}:
            chosen = [message for message in messages if message.id < before][-limit:]
        case {"after": after}:
            chosen = [message for message in messages if message.id > after][:limit]
        case _:
            chosen = list(messages[-limit:])
    return chosen[::-1]


def _around(messages: Sequence[Message], middle: int, limit: int) -> list[Message]:
    older = [message for message in messages if message.id < middle][-(limit // 2) :] if limit > 1 else []
    newer = [message for message in messages if message.id >= middle][: limit - len(older)]
    return [*older, *newer][::-1]


def _limit(raw: str) -> int:
    limit = int(raw) if raw.isdecimal() else 0
    if not 1 <= limit <= MOST:
        _refuse("limit", f"int value should be between 1 and {MOST}.")
    return limit


def _anchor(name: str, raw: str) -> int:
    if not SNOWFLAKE.fullmatch(raw):
        _refuse(name, f'Value "{raw}" is not snowflake.')
    return int(raw)


def _refuse(name: str, words: str) -> None:
    mistakes = Mistakes()
    mistakes.add((name,), "NUMBER_TYPE_COERCE", words)
    mistakes.raise_if_any()
