"""Who changed what, when, and how it was before: the record of changes as sentences."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from discord.utils import format_dt

from cogs.languages import Message, number, reader, tr, trn
from cogs.replies.language import name_of
from cogs.replies.money import dollars
from cogs.replies.wording import defuse
from services.limits import AuditEntry

NO_CHANGES: Final = Message("Nothing has been changed here yet.")
# Translators: what a value was before, or is now: "videos a day not set → 5".
NOT_SET: Final = Message("not set")
LISTED: Final = 5
"""Channels or models that one line names before it says how many more there are."""
_FIELD: Final = re.compile(r"(\w+)=(\([^)]*\)|\S+)")
_LIST_ITEM: Final = re.compile(r"'([^']*)'|(\d+)")

Amount = Callable[[str], str]
Said = Mapping[str, str]
"""What every sentence of the record names: when it was, and who did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWords:
    """What is said of a list: how one thing on it is shown, and what became of it."""

    show: str
    added: Message
    removed: Message
    replaced: Message
    emptied: Message


def log(entries: Sequence[AuditEntry], *, page: int, has_more: bool) -> Sequence[str]:
    """Return one page of the record, line by line, the newest first."""
    if not entries and page == 1:
        return [tr(NO_CHANGES)]
    if not entries:
        return [tr("There is no page {page}: the record of changes ends before it.", page=page)]
    head = tr("**Changes in this server**, the newest first")
    if page > 1:
        head = tr("**Changes in this server**, the newest first, page {page}", page=page)
    rest = [tr("Older ones: `/limits log page:{page}`", page=page + 1)] if has_more else []
    return [head, *(change(entry) for entry in entries), *rest]


def change(entry: AuditEntry) -> str:
    """Return one change as a sentence, with its time in the reader's own time zone."""
    # Translators: who changed something, in place of a member: "<time> The bot itself learnt that …".
    who = f"<@{entry.actor_id}>" if entry.actor_id else tr("The bot itself")
    said = {"when": format_dt(entry.at, "f"), "who": who}
    known = DEEDS.get(entry.action)
    if known is not None:
        return known(entry, said)
    before, after = (defuse(text) or tr(NOT_SET) for text in (entry.before, entry.after))
    what = defuse(entry.action)
    return tr("{when} {who} changed {what}: {before} → {after}.", **said, what=what, before=before, after=after)


def _limits_set(entry: AuditEntry, said: Said) -> str:
    changes = _changes(entry, LIMITS)
    if entry.subject == "server":
        return tr("{when} {who} set the limits of everybody here: {changes}.", **said, changes=changes)
    # Translators: {whom} is a mention of a member or a role.
    return tr("{when} {who} set the limits of {whom}: {changes}.", **said, whom=_whom(entry), changes=changes)


def _limits_cleared(entry: AuditEntry, said: Said) -> str:
    changes = _changes(entry, LIMITS)
    if entry.subject == "server":
        return tr("{when} {who} cleared the limits of everybody here: {changes}.", **said, changes=changes)
    # Translators: {whom} is a mention of a member or a role.
    return tr("{when} {who} cleared the limits of {whom}: {changes}.", **said, whom=_whom(entry), changes=changes)


def _grant(entry: AuditEntry, said: Said) -> str:
    return trn(
        "{when} {who} gave {whom} {number} more video, once.",
        "{when} {who} gave {whom} {number} more videos, once.",
        int(_fields(entry.after).get("videos", "0")),
        **said,
        whom=_whom(entry),
    )


def _block(entry: AuditEntry, said: Said) -> str:
    if entry.after:
        return tr("{when} {who} blocked {whom}.", **said, whom=_whom(entry))
    return tr("{when} {who} ended the block of {whom}.", **said, whom=_whom(entry))


def _member_pause(entry: AuditEntry, said: Said) -> str:
    if entry.after:
        return tr("{when} {who} paused {whom}, who was refused too often.", **said, whom=_whom(entry))
    return tr("{when} {who} ended the pause of {whom}.", **said, whom=_whom(entry))


def _words(entry: AuditEntry, said: Said) -> str:
    if entry.after:
        return tr("{when} {who} put {word} on the list of words.", **said, word=f"**{defuse(entry.after)}**")
    return tr("{when} {who} took {word} off the list of words.", **said, word=f"**{defuse(entry.before)}**")


def _pause(entry: AuditEntry, said: Said) -> str:
    if entry.after == "running":
        return tr("{when} {who} let videos be made again.", **said)
    return tr("{when} {who} paused all new videos.", **said)


def _settings(entry: AuditEntry, said: Said) -> str:
    before, after = _fields(entry.before), _fields(entry.after)
    lists = [_list_changes(words, before.get(name, ""), after.get(name, "")) for name, words in LISTS.items()]
    changes = "; ".join(part for part in (*lists, _changes(entry, CHOICES)) if part)
    return tr("{when} {who} changed the settings: {changes}.", **said, changes=changes)


def _budget(entry: AuditEntry, said: Said) -> str:
    before, after = (_shown(_fields(text).get("microusd"), _money) for text in (entry.before, entry.after))
    if entry.subject == "everything":
        return tr(
            "{when} {who} set the owner's budget of all servers together: in 30 days {before} → {after}.",
            **said,
            before=before,
            after=after,
        )
    return tr(
        "{when} {who} set the owner's budget of this server: in 30 days {before} → {after}.",
        **said,
        before=before,
        after=after,
    )


def _unknown(entry: AuditEntry, said: Said) -> str:
    values = {**said, "video": _video(entry), "amount": _money(_fields(entry.before).get("held", "0"))}
    if entry.after == "spent":
        return tr(
            "{when} {who} settled video {video}, of which nobody knew whether it was bought: its {amount} was spent.",
            **values,
        )
    return tr(
        "{when} {who} settled video {video}, of which nobody knew whether it was bought: its {amount} is free again.",
        **values,
    )


def _delete(entry: AuditEntry, said: Said) -> str:
    return tr("{when} {who} deleted video {video}, which somebody else had asked for.", **said, video=_video(entry))


def _found(entry: AuditEntry, said: Said) -> str:
    return tr(
        "{when} {who} learnt that video {video} was bought after all: {amount} are held for it, and it goes on.",
        **said,
        video=_video(entry),
        amount=_money(_fields(entry.after).get("held", "0")),
    )


def _changes(entry: AuditEntry, messages: Mapping[str, tuple[Message, Amount]]) -> str:
    """Return each value that changed: `videos a day 3 → 5, dollars in 30 days not set → $5.00`."""
    before, after = _fields(entry.before), _fields(entry.after)
    parts = [
        tr(message, before=_shown(before.get(name), amount), after=_shown(after.get(name), amount))
        for name, (message, amount) in messages.items()
        if before.get(name) != after.get(name)
    ]
    return ", ".join(parts)


def _list_changes(words: ListWords, before: str, after: str) -> str:
    """Return what was added to a list and what was taken from it; an empty list allows everything."""
    old, new = _items(before), _items(after)
    added = _some([words.show.format(item) for item in new if item not in old])
    removed = _some([words.show.format(item) for item in old if item not in new])
    match added, removed:
        case "", "":
            return ""
        case _, "":
            return tr(words.added, added=added)
        case "", _:
            return tr(words.removed if new else words.emptied, removed=removed)
        case _:
            return tr(words.replaced, added=added, removed=removed)


def _fields(text: str) -> Mapping[str, str]:
    return {match[1]: match[2] for match in _FIELD.finditer(text)}


def _items(text: str) -> Sequence[str]:
    return [match[1] or match[2] for match in _LIST_ITEM.finditer(text)]


def _some(items: Sequence[str]) -> str:
    shown, beside = ", ".join(items[:LISTED]), len(items) - LISTED
    # Translators: {names} are channels or models, with commas between them.
    return trn("{names} and {number} more", "{names} and {number} more", beside, names=shown) if beside > 0 else shown


def _shown(value: str | None, amount: Amount) -> str:
    return tr(NOT_SET) if value is None else amount(value)


def _whom(entry: AuditEntry) -> str:
    """Return the member or the role that a change is about, as Discord shows them."""
    match entry.subject.split():
        case ["member", user_id] if user_id.isdecimal():
            return f"<@{user_id}>"
        case ["role", role_id] if role_id.isdecimal():
            return f"<@&{role_id}>"
        case _:
            return defuse(entry.subject)


def _video(entry: AuditEntry) -> str:
    return defuse(entry.subject.removeprefix("video "))


def _money(value: str) -> str:
    return dollars(int(value))


def _number(value: str) -> str:
    return number(int(value), reader())


def _seconds(value: str) -> str:
    # Translators: seconds.
    return tr("{seconds} s", seconds=value)


def _code(value: str) -> str:
    return f"`{value.replace('`', '')}`"


def _channel(value: str) -> str:
    return f"<#{value}>"


def _switch(value: str) -> str:
    # Translators: whether something is so: "default sound on → off".
    return tr("on") if value == "True" else tr("off")


LIMITS: Final[Mapping[str, tuple[Message, Amount]]] = {
    "videos_per_day": (Message("videos a day {before} → {after}"), _number),
    "running_at_once": (Message("videos at once {before} → {after}"), _number),
    "microusd": (Message("dollars in 30 days {before} → {after}"), _money),
    "longest_clip": (Message("longest clip {before} → {after}"), _seconds),
    "dearest_clip": (Message("dearest clip {before} → {after}"), _money),
}
CHOICES: Final[Mapping[str, tuple[Message, Amount]]] = {
    "model": (Message("default model {before} → {after}"), _code),
    "duration": (Message("default length {before} → {after}"), _seconds),
    "resolution": (Message("default resolution {before} → {after}"), _code),
    "aspect_ratio": (Message("default aspect ratio {before} → {after}"), _code),
    "audio": (Message("default sound {before} → {after}"), _switch),
    "log_channel_id": (Message("log channel {before} → {after}"), _channel),
    "language": (Message("language {before} → {after}"), name_of),
    "age_restricted_only": (Message("age-restricted channels only {before} → {after}"), _switch),
}
LISTS: Final[Mapping[str, ListWords]] = {
    "channels": ListWords(
        show="<#{}>",
        added=Message("channels added {added}"),
        removed=Message("channels removed {removed}"),
        replaced=Message("channels added {added}, removed {removed}"),
        emptied=Message("channels removed {removed}, which allows all of them"),
    ),
    "models": ListWords(
        show="`{}`",
        added=Message("models added {added}"),
        removed=Message("models removed {removed}"),
        replaced=Message("models added {added}, removed {removed}"),
        emptied=Message("models removed {removed}, which allows all of them"),
    ),
}
DEEDS: Final[Mapping[str, Callable[[AuditEntry, Said], str]]] = {
    "limits set": _limits_set,
    "limits clear": _limits_cleared,
    "limits grant": _grant,
    "block": _block,
    "pause": _pause,
    "member pause": _member_pause,
    "words": _words,
    "settings": _settings,
    "owner budget": _budget,
    "owner unknown": _unknown,
    "found": _found,
    "delete": _delete,
}
