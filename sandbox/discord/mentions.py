"""Whom a message mentions, and whom it may ping: Discord's `allowed_mentions`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.discord.entities import Channel
from sandbox.discord.forms import as_list, as_object
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Pings
from sandbox.discord.world import World

USER: Final = re.compile(r"<@!?(\d{1,20})>")
ROLE: Final = re.compile(r"<@&(\d{1,20})>")
EVERYONE: Final = re.compile(r"@(?:everyone|here)\b")
FROM_BOTS: Final = frozenset({"users", "roles", "everyone"})
"""What a channel message may mention where it does not say."""
FROM_WEBHOOKS: Final = frozenset({"users"})
"""What interaction responses and follow-ups may mention where they do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Allowed:
    kinds: frozenset[str]
    users: frozenset[int]
    roles: frozenset[int]
    replied_user: bool


def evaluate(
    *,
    world: World,
    channel: Channel,
    author_id: int,
    text: str,
    allowed: object,
    default: frozenset[str],
    replied_to: int | None = None,
) -> Pings:
    """Whom the text mentions after `allowed_mentions`; None there means the default of that kind of message.

    Args:
        world: who exists, and what the author may mention.
        channel: where the message stands.
        author_id: who writes it; mentioning everyone and most roles needs a permission.
        text: the content.
        allowed: the body's `allowed_mentions`, checked before, or None.
        default: the kinds that are parsed where `allowed` is None.
        replied_to: the author of the message that this one replies to.
    """
    rule = _read(allowed, default)
    powerful = channel.guild_id is None or Permission.MENTION_EVERYONE in world.permissions_in(channel, author_id)
    users = {user for user in _ids(USER, text) if "users" in rule.kinds or user in rule.users} & world.users.keys()
    if replied_to is not None and rule.replied_user:
        users |= {replied_to}
    named = {role for role in _ids(ROLE, text) if "roles" in rule.kinds or role in rule.roles} & world.roles.keys()
    roles = {role for role in named if powerful or world.roles[role].is_mentionable}
    everyone = powerful and "everyone" in rule.kinds and bool(EVERYONE.search(text))
    return Pings(users=frozenset(users), roles=frozenset(roles), everyone=everyone)


def _read(allowed: object, default: frozenset[str]) -> _Allowed:
    if not isinstance(allowed, Mapping):
        return _Allowed(kinds=default, users=frozenset(), roles=frozenset(), replied_user=True)
    given = as_object(allowed)  # pyright: ignore[reportUnknownArgumentType]  # JSON, checked by its form
    return _Allowed(
        kinds=frozenset(str(kind) for kind in as_list(given.get("parse"))),
        users=frozenset(int(str(user)) for user in as_list(given.get("users"))),
        roles=frozenset(int(str(role)) for role in as_list(given.get("roles"))),
        replied_user=given.get("replied_user") is True,
    )


def _ids(pattern: re.Pattern[str], text: str) -> set[int]:
    return {int(found) for found in pattern.findall(text)}
