"""Who changed what, when, and how it was before: the record of changes as sentences."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from discord.utils import format_dt

from cogs.replies.money import dollars
from cogs.replies.wording import counted, defuse
from services.limits import AuditEntry

NO_CHANGES: Final = "Nothing has been changed here yet."
NOT_SET: Final = "not set"
LISTED: Final = 5
"""Channels or models that one line names before it says how many more there are."""
_FIELD: Final = re.compile(r"(\w+)=(\([^)]*\)|\S+)")
_LIST_ITEM: Final = re.compile(r"'([^']*)'|(\d+)")
_SUBJECT: Final = re.compile(r"(member|role|server|video) (\d+)")

Amount = Callable[[str], str]


def log(entries: Sequence[AuditEntry], *, page: int, has_more: bool) -> Sequence[str]:
    """Return one page of the record, line by line, the newest first."""
    if not entries:
        return [NO_CHANGES if page == 1 else f"There is no page {page}: the record of changes ends before it."]
    head = "**Changes in this server**, the newest first" + ("" if page == 1 else f", page {page}")
    rest = [f"Older ones: `/limits log page:{page + 1}`"] if has_more else []
    return [head, *(change(entry) for entry in entries), *rest]


def change(entry: AuditEntry) -> str:
    """Return one change as a sentence, with its time in the reader's own time zone."""
    who = f"<@{entry.actor_id}>" if entry.actor_id else "The bot itself"
    return f"{format_dt(entry.at, 'f')} {who} {_deed(entry)}."


def _deed(entry: AuditEntry) -> str:
    known = DEEDS.get(entry.action)
    if known is not None:
        return known(entry)
    return f"changed {defuse(entry.action)}: {defuse(entry.before) or NOT_SET} → {defuse(entry.after) or NOT_SET}"


def _limits(entry: AuditEntry) -> str:
    verb = "cleared" if entry.action == "limits clear" else "set"
    return f"{verb} the limits of {_whom(entry)}: {_changes(entry, LIMITS)}"


def _grant(entry: AuditEntry) -> str:
    videos = _fields(entry.after).get("videos", "0")
    return f"gave {_whom(entry)} {counted(int(videos), 'more video')}, once"


def _block(entry: AuditEntry) -> str:
    return f"blocked {_whom(entry)}" if entry.after else f"ended the block of {_whom(entry)}"


def _pause(entry: AuditEntry) -> str:
    return "let videos be made again" if entry.after == "running" else "paused all new videos"


def _settings(entry: AuditEntry) -> str:
    before, after = _fields(entry.before), _fields(entry.after)
    lists = [
        *_list_changes("channels", before, after, show="<#{}>"),
        *_list_changes("models", before, after, show="`{}`"),
    ]
    values = _changes(entry, CHOICES)
    return f"changed the settings: {'; '.join([*lists, *([values] if values else [])])}"


def _budget(entry: AuditEntry) -> str:
    return f"set the owner's budget of {_whom(entry)}: {_changes(entry, {'microusd': ('in 30 days', _money)})}"


def _unknown(entry: AuditEntry) -> str:
    became = "was spent" if entry.after == "spent" else "is free again"
    held = _fields(entry.before).get("held", "0")
    return f"settled {_whom(entry)}, of which nobody knew whether it was bought: its {_money(held)} {became}"


def _found(entry: AuditEntry) -> str:
    held = _fields(entry.after).get("held", "0")
    return f"learnt that {_whom(entry)} was bought after all: {_money(held)} are held for it, and it goes on"


def _changes(entry: AuditEntry, names: Mapping[str, tuple[str, Amount]]) -> str:
    """Return each value that changed: `videos a day 3 → 5, dollars in 30 days not set → $5.00`."""
    before, after = _fields(entry.before), _fields(entry.after)
    parts = [
        f"{noun} {_shown(before.get(name), amount)} → {_shown(after.get(name), amount)}"
        for name, (noun, amount) in names.items()
        if before.get(name) != after.get(name)
    ]
    return ", ".join(parts)


def _list_changes(name: str, before: Mapping[str, str], after: Mapping[str, str], *, show: str) -> Sequence[str]:
    """Return what was added to a list and what was taken from it; an empty list allows everything."""
    old, new = _items(before.get(name, "")), _items(after.get(name, ""))
    added = [show.format(item) for item in new if item not in old]
    gone = [show.format(item) for item in old if item not in new]
    if not added and not gone:
        return []
    parts = [*([f"added {_some(added)}"] if added else []), *([f"removed {_some(gone)}"] if gone else [])]
    return [f"{name} {', '.join(parts)}{'' if new else ', which allows all of them'}"]


def _fields(text: str) -> Mapping[str, str]:
    return {match[1]: match[2] for match in _FIELD.finditer(text)}


def _items(text: str) -> Sequence[str]:
    return [match[1] or match[2] for match in _LIST_ITEM.finditer(text)]


def _some(items: Sequence[str]) -> str:
    shown = ", ".join(items[:LISTED])
    return shown if len(items) <= LISTED else f"{shown} and {len(items) - LISTED} more"


def _shown(value: str | None, amount: Amount) -> str:
    return NOT_SET if value is None else amount(value)


def _whom(entry: AuditEntry) -> str:
    match = _SUBJECT.fullmatch(entry.subject)
    kind = match[1] if match else entry.subject
    number = match[2] if match else ""
    return {
        "member": f"<@{number}>",
        "role": f"<@&{number}>",
        "video": f"video {number}",
        "server": "this server" if number else "everybody here",
        "everything": "all servers together",
    }.get(kind, defuse(entry.subject))


def _money(value: str) -> str:
    return dollars(int(value))


def _seconds(value: str) -> str:
    return f"{value} s"


def _code(value: str) -> str:
    return f"`{value.replace('`', '')}`"


def _channel(value: str) -> str:
    return f"<#{value}>"


def _sound(value: str) -> str:
    return "on" if value == "True" else "off"


LIMITS: Final[Mapping[str, tuple[str, Amount]]] = {
    "videos_per_day": ("videos a day", str),
    "running_at_once": ("videos at once", str),
    "microusd": ("dollars in 30 days", _money),
    "longest_clip": ("longest clip", _seconds),
    "dearest_clip": ("dearest clip", _money),
}
CHOICES: Final[Mapping[str, tuple[str, Amount]]] = {
    "model": ("default model", _code),
    "duration": ("default length", _seconds),
    "resolution": ("default resolution", _code),
    "aspect_ratio": ("default aspect ratio", _code),
    "audio": ("default sound", _sound),
    "log_channel_id": ("log channel", _channel),
}
DEEDS: Final[Mapping[str, Callable[[AuditEntry], str]]] = {
    "limits set": _limits,
    "limits clear": _limits,
    "limits grant": _grant,
    "block": _block,
    "pause": _pause,
    "settings": _settings,
    "owner budget": _budget,
    "owner unknown": _unknown,
    "found": _found,
}
