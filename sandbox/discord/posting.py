"""Makes and edits messages from request bodies that were checked before: files, mentions, flags, references."""

import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.discord import mentions
from sandbox.discord.components import numbered, require_attached
from sandbox.discord.entities import Channel
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.forms import as_list, as_object
from sandbox.discord.message_forms import MOST_FILES, flags_of, require_something
from sandbox.discord.posts import (
    Attachment,
    Content,
    Message,
    MessageFlag,
    MessageType,
    Origin,
    Pings,
    Reference,
)
from sandbox.discord.spool import StoredFile
from sandbox.discord.world import World

UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.\-]")
KEPT_BY_EDIT: Final = ~MessageFlag.LOADING
SETTABLE_BY_EDIT: Final = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.IS_COMPONENTS_V2


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be made, and the rules that hold where it goes."""

    channel: Channel
    author_id: int
    body: Mapping[str, object]
    files: tuple[StoredFile, ...] = ()
    upload_limit: int
    """Bytes per file."""
    settable_flags: MessageFlag
    default_mentions: frozenset[str]
    type: MessageType = MessageType.DEFAULT
    reference: Reference | None = None
    origin: Origin | None = None
    webhook_id: int | None = None
    ephemeral_for: int | None = None
    is_loading: bool = False
    """Whether it is the promise of a message, which shows "thinking …"."""


class Poster:
    """Writes to the message book of one world."""

    def __init__(self, *, world: World) -> None:
        self._world = world

    def post(self, draft: Draft) -> Message:
        """Make a message and tell the world.

        Raises:
            ApiError: a file is too large, there are too many, or there is nothing in the message.
        """
        content = _content(draft.body, draft.files, before=Content(), limit=draft.upload_limit)
        if not draft.is_loading:
            _require_something(content)
        replied_to = self._author_of(draft.reference)
        pings = self._mentions(draft.channel, draft, text=content.text, replied_to=replied_to)
        flags = flags_of(draft.body) & draft.settable_flags
        if draft.is_loading:
            flags |= MessageFlag.LOADING
        is_silent = MessageFlag.SUPPRESS_NOTIFICATIONS in flags
        message = Message(
            id=self._world.messages.next_id(),
            channel_id=draft.channel.id,
            guild_id=draft.channel.guild_id,
            author_id=draft.author_id,
            content=content,
            timestamp=datetime.now(UTC),
            type=draft.type,
            flags=flags,
            mentions=pings,
            pings=Pings() if is_silent else pings,
            nonce=_nonce(draft.body),
            reference=draft.reference,
            origin=draft.origin,
            webhook_id=draft.webhook_id,
            ephemeral_for=draft.ephemeral_for,
        )
        self._unarchive(draft.channel)
        return self._world.messages.post(message)

    def edit(
        self,
        message: Message,
        *,
        body: Mapping[str, object],
        files: tuple[StoredFile, ...],
        upload_limit: int,
        default_mentions: frozenset[str],
    ) -> Message:
        """Change what the body names and leave the rest; nobody is pinged.

        Raises:
            ApiError: a file is too large, there are too many, or nothing would be left.
        """
        channel = self._world.channels[message.channel_id]
        content = _content(body, files, before=message.content, limit=upload_limit)
        _require_something(content)
        named = message.mentions
        if "content" in body or "allowed_mentions" in body:
            named = mentions.evaluate(
                world=self._world,
                channel=channel,
                author_id=message.author_id,
                text=content.text,
                allowed=body.get("allowed_mentions"),
                default=default_mentions,
                replied_to=self._author_of(message.reference),
            )
        return self._world.messages.edit(message, content=content, mentions=named, flags=_edited_flags(message, body))

    def _mentions(self, channel: Channel, draft: Draft, *, text: str, replied_to: int | None) -> Pings:
        return mentions.evaluate(
            world=self._world,
            channel=channel,
            author_id=draft.author_id,
            text=text,
            allowed=draft.body.get("allowed_mentions"),
            default=draft.default_mentions,
            replied_to=replied_to,
        )

    def _author_of(self, reference: Reference | None) -> int | None:
        if reference is None:
            return None
        there = self._world.messages.get(reference.channel_id, reference.message_id)
        return there.author_id if there else None

    def _unarchive(self, channel: Channel) -> None:
        if channel.is_archived:
            self._world.replace_channel(replace(channel, is_archived=False))


def safe_filename(name: str) -> str:
    """A filename as Discord keeps it: without anything but ASCII letters, digits, dots, dashes and underscores."""
    return UNSAFE.sub("", name.replace(" ", "_")) or "unknown"


def _content(body: Mapping[str, object], files: Sequence[StoredFile], *, before: Content, limit: int) -> Content:
    attachments = _attachments(body, files, before=before.attachments, limit=limit)
    components = before.components
    if "components" in body:
        components = tuple(numbered(body["components"]))
        require_attached(components, {attachment.filename for attachment in attachments})
    return Content(
        text=str(body["content"] or "") if "content" in body else before.text,
        embeds=_embeds(body["embeds"]) if "embeds" in body else before.embeds,
        components=components,
        attachments=attachments,
    )


def _embeds(value: object) -> tuple[dict[str, Any], ...]:
    return tuple({"type": "rich", **as_object(embed)} for embed in as_list(value))


def _attachments(
    body: Mapping[str, object], files: Sequence[StoredFile], *, before: Sequence[Attachment], limit: int
) -> tuple[Attachment, ...]:
    if any(file.size > limit for file in files):
        raise ApiError(Refusal.REQUEST_TOO_LARGE)
    listed = {int(str(entry["id"])): entry for entry in map(as_object, as_list(body.get("attachments")))}
    # An edit that lists attachments keeps those it lists; one that does not mention them keeps them all.
    says = isinstance(body.get("attachments"), list)
    kept = [attachment for attachment in before if not says or attachment.id in listed]
    unknown = listed.keys() - {file.index for file in files} - {attachment.id for attachment in before}
    if unknown:
        raise ApiError(Refusal.INVALID_FORM_BODY, {"attachments": {"_errors": [NO_SUCH_FILE]}})
    new = [_attachment(file, listed.get(file.index, {})) for file in files]
    if len(kept) + len(new) > MOST_FILES:
        raise ApiError(Refusal.TOO_MANY_ATTACHMENTS)
    return (*kept, *new)


NO_SUCH_FILE: Final = {"code": "ATTACHMENT_NOT_FOUND", "message": "An attachment is listed that was not uploaded."}


def _attachment(file: StoredFile, entry: Mapping[str, object]) -> Attachment:
    filename = safe_filename(str(entry.get("filename") or file.filename))
    description = entry.get("description")
    return Attachment(
        id=file.id,
        filename=filename,
        size=file.size,
        sha256=file.sha256,
        # Discord goes by the name, not by what the client says.
        content_type=mimetypes.guess_type(filename)[0] or "application/octet-stream",
        path=file.path,
        description=str(description) if description else None,
    )


def _require_something(content: Content) -> None:
    require_something(
        text=content.text,
        embeds=list(content.embeds),
        components=list(content.components),
        files=len(content.attachments),
    )


def _edited_flags(message: Message, body: Mapping[str, object]) -> MessageFlag:
    kept = message.flags & KEPT_BY_EDIT
    if "flags" not in body:
        return kept
    v2 = kept & MessageFlag.IS_COMPONENTS_V2  # irrevocable
    return kept & ~SETTABLE_BY_EDIT | flags_of(body) & SETTABLE_BY_EDIT | v2


def _nonce(body: Mapping[str, object]) -> str | int | None:
    nonce = body.get("nonce")
    return nonce if isinstance(nonce, str | int) else None
