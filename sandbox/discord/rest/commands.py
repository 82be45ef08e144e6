"""Routes that register application commands, globally and per guild."""

from collections.abc import Callable
from http import HTTPStatus

from sandbox.discord.command_book import CommandBook
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.localizations import without_dictionaries
from sandbox.discord.rest.access import Access
from sandbox.discord.rest.calls import NO_CONTENT, Answer, Call, Route
from sandbox.discord.world import World


class CommandRoutes:
    """The registrations; `changed` is called after each, to wake whoever waits for the commands to appear."""

    def __init__(self, *, world: World, access: Access, book: CommandBook, changed: Callable[[], None]) -> None:
        self._world = world
        self._access = access
        self._book = book
        self._changed = changed

    def routes(self) -> list[Route]:
        """The routes of this room, once for the global commands and once for a guild's."""
        scopes = ("/applications/{application_id}", "/applications/{application_id}/guilds/{guild_id}")
        handlers = {
            ("GET", "/commands"): self._list,
            ("PUT", "/commands"): self._replace_all,
            ("POST", "/commands"): self._add,
            ("GET", "/commands/{command_id}"): self._get,
            ("PATCH", "/commands/{command_id}"): self._edit,
            ("DELETE", "/commands/{command_id}"): self._remove,
        }
        return [
            Route(method=method, path=scope + path, handler=handler)
            for scope in scopes
            for (method, path), handler in handlers.items()
        ]

    def _scope(self, call: Call) -> int | None:
        if call.id("application_id") != self._world.application.id:
            raise ApiError(Refusal.NOT_YOUR_APPLICATION)
        guild_id = call.optional_id("guild_id")
        return None if guild_id is None else self._access.guild(guild_id).id

    def _list(self, call: Call) -> Answer:
        listed = self._book.listed(self._scope(call))
        if call.says("with_localizations"):
            return Answer(payload=listed)
        return Answer(payload=[without_dictionaries(command) for command in listed])

    def _replace_all(self, call: Call) -> Answer:
        scope = self._scope(call)
        commands = call.body.json
        if not isinstance(commands, list):
            mistake = {"code": "LIST_TYPE_CONVERT", "message": "Only iterables may be used in a ListType."}
            raise ApiError(Refusal.INVALID_FORM_BODY, {"_errors": [mistake]})
        registered = self._book.replace_all(commands, guild_id=scope)  # pyright: ignore[reportUnknownArgumentType]  # JSON, checked there
        self._changed()
        return Answer(payload=registered)

    def _add(self, call: Call) -> Answer:
        registered, is_new = self._book.add(call.json, guild_id=self._scope(call))
        self._changed()
        return Answer(status=HTTPStatus.CREATED if is_new else HTTPStatus.OK, payload=registered)

    def _get(self, call: Call) -> Answer:
        return Answer(payload=self._book.get(call.id("command_id"), guild_id=self._scope(call)))

    def _edit(self, call: Call) -> Answer:
        edited = self._book.edit(call.id("command_id"), call.json, guild_id=self._scope(call))
        self._changed()
        return Answer(payload=edited)

    def _remove(self, call: Call) -> Answer:
        self._book.remove(call.id("command_id"), guild_id=self._scope(call))
        self._changed()
        return NO_CONTENT
