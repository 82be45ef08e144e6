"""What Discord accepts as the body of a message: the create, edit, webhook and interaction forms."""

from collections.abc import Mapping
from typing import Final

from sandbox.discord.components import check_message_components
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.forms import (
    Listing,
    Mistakes,
    Number,
    OneOf,
    OrNull,
    Path,
    Shape,
    Text,
    anything,
    as_list,
    as_object,
    flag,
    snowflake,
)
from sandbox.discord.posts import NO_FLAGS, MessageFlag

CONTENT: Final = Text(most=2000)
MOST_FILES: Final = 10
EMBED_TOTAL: Final = 6000


def check_nonce(value: object, path: Path, mistakes: Mistakes) -> None:
    """Note a nonce that is neither a whole number nor a string of at most 25 characters."""
    if isinstance(value, bool) or not isinstance(value, int):
        Text(most=25)(value, path, mistakes)


def _mentions_rule(mentions: Mapping[str, object], path: Path, mistakes: Mistakes) -> None:
    for kind in ("users", "roles"):
        if kind in as_list(mentions.get("parse")) and as_list(mentions.get(kind)):
            mistakes.add(
                path,
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )


ALLOWED_MENTIONS: Final = Shape(
    fields={
        "parse": Listing(item=OneOf(("users", "roles", "everyone")), most=3),
        "users": Listing(item=snowflake, most=100),
        "roles": Listing(item=snowflake, most=100),
        "replied_user": OrNull(flag),
    },
    rule=_mentions_rule,
)
REFERENCE: Final = Shape(
    fields={
        "message_id": snowflake,
        "channel_id": snowflake,
        "guild_id": snowflake,
        "fail_if_not_exists": flag,
        "type": OneOf((0, 1)),
    },
    required=frozenset({"message_id"}),
)
_MEDIA: Final = OrNull(Shape(fields={"url": Text(most=2048)}))
_FIELD: Final = Shape(
    fields={"name": Text(most=256, least=1), "value": Text(most=1024, least=1), "inline": flag},
    required=frozenset({"name", "value"}),
)
_EMBED: Final = Shape(
    fields={
        "title": OrNull(Text(most=256)),
        "description": OrNull(Text(most=4096)),
        "url": OrNull(Text(most=2048)),
        "color": OrNull(Number(least=0, most=0xFFFFFF)),
        "fields": Listing(item=_FIELD, most=25),
        "footer": OrNull(Shape(fields={"text": Text(most=2048)})),
        "author": OrNull(Shape(fields={"name": Text(most=256)})),
        "image": _MEDIA,
        "thumbnail": _MEDIA,
    }
)
_ATTACHMENT: Final = Shape(
    fields={
        "id": snowflake,
        "filename": OrNull(Text(most=1024)),
        "description": OrNull(Text(most=1024)),
        "title": OrNull(Text(most=1024)),
    },
    required=frozenset({"id"}),
)
MESSAGE: Final = Shape(
    fields={
        "content": OrNull(CONTENT),
        "tts": flag,
        "nonce": OrNull(check_nonce),
        "enforce_nonce": OrNull(flag),
        "embeds": OrNull(Listing(item=_EMBED, most=10)),
        "allowed_mentions": OrNull(ALLOWED_MENTIONS),
        "message_reference": OrNull(REFERENCE),
        "attachments": OrNull(Listing(item=_ATTACHMENT, most=MOST_FILES)),
        "flags": OrNull(Number(least=0, most=(1 << 53) - 1)),
        "sticker_ids": OrNull(Listing(item=snowflake, most=3)),
        "poll": anything,
    }
)


def require_message(body: Mapping[str, object], *, base: Path = (), existing: MessageFlag = NO_FLAGS) -> None:
    """Refuse a body that Discord would refuse as a message or as an edit of one with the flags `existing`.

    Raises:
        ApiError: 400/50035 with a tree that starts at `base`.
    """
    mistakes = Mistakes()
    MESSAGE(body, base, mistakes)
    is_v2 = bool((flags_of(body) | existing) & MessageFlag.IS_COMPONENTS_V2)
    if body.get("components") is not None:
        check_message_components(body["components"], (*base, "components"), mistakes, is_v2=is_v2)
    if is_v2:
        for name in ("content", "embeds", "poll", "sticker_ids"):
            if body.get(name):
                mistakes.add(
                    (*base, name),
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
                )
    if _embed_characters(body) > EMBED_TOTAL:
        mistakes.add((*base, "embeds"), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}")
    mistakes.raise_if_any()


def require_something(*, text: str, embeds: object, components: object, files: int) -> None:
    """Refuse a message with nothing in it.

    Raises:
        ApiError: 400/50006.
    """
    if not (text.strip() or as_list(embeds) or as_list(components) or files):
        raise ApiError(Refusal.EMPTY_MESSAGE)


def flags_of(body: Mapping[str, object]) -> MessageFlag:
    """The flags that a body asks for; none where it does not say."""
    flags = body.get("flags")
    return MessageFlag(flags) if isinstance(flags, int) and not isinstance(flags, bool) else MessageFlag(0)


def _embed_characters(body: Mapping[str, object]) -> int:
    total = 0
    for embed in (as_object(item) for item in as_list(body.get("embeds"))):
        texts = [embed.get("title"), embed.get("description")]
        texts += [as_object(embed.get("footer")).get("text"), as_object(embed.get("author")).get("name")]
        for entry in (as_object(item) for item in as_list(embed.get("fields"))):
            texts += [entry.get("name"), entry.get("value")]
        total += sum(len(text) for text in texts if isinstance(text, str))
    return total
