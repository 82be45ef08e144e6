"""The commands that the bot registered, globally and per guild."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.discord.command_forms import MOST_COMMANDS, CommandType, check_command
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.forms import Mistakes, as_object, require
from sandbox.discord.snowflakes import SnowflakeMint


class CommandBook:
    """Commands by scope: a guild's id, or None for the global ones. Values are Discord's JSON."""

    def __init__(self, *, ids: SnowflakeMint, application_id: int) -> None:
        self._ids = ids
        self._application_id = application_id
        self._scopes: dict[int | None, list[dict[str, Any]]] = {}

    def listed(self, guild_id: int | None) -> list[dict[str, Any]]:
        """The commands of one scope."""
        return list(self._scopes.get(guild_id, []))

    def visible_in(self, guild_id: int | None) -> list[dict[str, Any]]:
        """What a client would offer there: the global commands, and a guild's own before them."""
        own = [] if guild_id is None else self.listed(guild_id)
        return own + self.listed(None)

    def replace_all(self, commands: Sequence[object], *, guild_id: int | None) -> list[dict[str, Any]]:
        """Put these commands in the place of all others of the scope; a command that stays keeps its id.

        Raises:
            ApiError: 400/50035, with the tree starting at the command's index; 400/30032 for too many.
        """
        mistakes = Mistakes()
        for index, command in enumerate(commands):
            check_command(command, (index,), mistakes)
        seen = [_identity(as_object(command)) for command in commands]
        for index, identity in enumerate(seen):
            if identity in seen[:index]:
                mistakes.add(
                    (index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
                )
        mistakes.raise_if_any()
        if sum(kind == CommandType.CHAT_INPUT for kind, _ in seen) > MOST_COMMANDS:
            raise ApiError(Refusal.TOO_MANY_COMMANDS)
        self._scopes[guild_id] = [self._registered(as_object(command), guild_id=guild_id) for command in commands]
        return self.listed(guild_id)

    def add(self, command: object, *, guild_id: int | None) -> tuple[dict[str, Any], bool]:
        """Register one command, in the place of its namesake; also whether it is new.

        Raises:
            ApiError: as `replace_all`.
        """
        require(check_command, command)
        given = as_object(command)
        others = [known for known in self.listed(guild_id) if _identity(known) != _identity(given)]
        if len(others) >= MOST_COMMANDS:
            raise ApiError(Refusal.TOO_MANY_COMMANDS)
        is_new = len(others) == len(self.listed(guild_id))
        registered = self._registered(given, guild_id=guild_id)
        self._scopes[guild_id] = [*others, registered]
        return registered, is_new

    def get(self, command_id: int, *, guild_id: int | None) -> dict[str, Any]:
        """One command.

        Raises:
            ApiError: 404/10063.
        """
        for command in self.listed(guild_id):
            if command["id"] == str(command_id):
                return command
        raise ApiError(Refusal.UNKNOWN_COMMAND)

    def edit(self, command_id: int, changes: Mapping[str, object], *, guild_id: int | None) -> dict[str, Any]:
        """Change what is given and leave the rest.

        Raises:
            ApiError: 404/10063, or as `replace_all`.
        """
        edited = self.get(command_id, guild_id=guild_id) | dict(changes)
        require(check_command, edited)
        edited["version"] = str(self._ids.mint())
        self._scopes[guild_id] = [
            edited if known["id"] == str(command_id) else known for known in self.listed(guild_id)
        ]
        return edited

    def remove(self, command_id: int, *, guild_id: int | None) -> None:
        """Delete one command.

        Raises:
            ApiError: 404/10063.
        """
        gone = self.get(command_id, guild_id=guild_id)
        self._scopes[guild_id] = [known for known in self.listed(guild_id) if known is not gone]

    def _registered(self, command: Mapping[str, object], *, guild_id: int | None) -> dict[str, Any]:
        known = [known for known in self.listed(guild_id) if _identity(known) == _identity(command)]
        permissions = command.get("default_member_permissions")
        registered: dict[str, Any] = {
            "id": known[0]["id"] if known else str(self._ids.mint()),
            "application_id": str(self._application_id),
            "version": str(self._ids.mint()),
            "default_member_permissions": None if permissions is None else str(permissions),
            "type": command.get("type", int(CommandType.CHAT_INPUT)),
            "name": command["name"],
            "name_localizations": command.get("name_localizations"),
            "description": command.get("description", ""),
            "description_localizations": command.get("description_localizations"),
            "dm_permission": _in_direct_messages(command),
            "contexts": command.get("contexts"),
            "integration_types": command.get("integration_types") or [0],
            "nsfw": command.get("nsfw") is True,
        }
        if command.get("options"):
            registered["options"] = command["options"]
        return registered | ({"guild_id": str(guild_id)} if guild_id is not None else {})


def _identity(command: Mapping[str, object]) -> tuple[object, object]:
    return command.get("type", int(CommandType.CHAT_INPUT)), command.get("name")


def _in_direct_messages(command: Mapping[str, object]) -> bool:
    contexts = command.get("contexts")
    return 1 in contexts if isinstance(contexts, list) else command.get("dm_permission") is not False
