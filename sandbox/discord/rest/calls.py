"""A REST call as its handler sees it, and what the handler answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.forms import SNOWFLAKE, as_object
from sandbox.discord.multipart import Body
from sandbox.discord.spool import StoredFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call whose token was checked and whose body was read."""

    params: Mapping[str, str]
    """What stands in the braces of the route's template."""
    query: Mapping[str, str]
    body: Body

    @property
    def json(self) -> Mapping[str, object]:
        """The body as an object; empty where it is none."""
        return as_object(self.body.json)

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """The files that came with it."""
        return self.body.files

    def id(self, name: str) -> int:
        """An id out of the path.

        Raises:
            ApiError: 400/50035 where it is none.
        """
        value = self.params[name]
        if not SNOWFLAKE.fullmatch(value):
            mistake = {"code": "NUMBER_TYPE_COERCE", "message": f'Value "{value}" is not snowflake.'}
            raise ApiError(Refusal.INVALID_FORM_BODY, {name: {"_errors": [mistake]}})
        return int(value)

    def optional_id(self, name: str) -> int | None:
        """An id out of the path, or None where the route has no such place."""
        return self.id(name) if name in self.params else None

    def says(self, name: str) -> bool:
        """Whether a flag of the query is set."""
        return self.query.get(name, "").lower() in {"1", "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back; `payload` is JSON, and None means no body."""

    status: int = HTTPStatus.OK
    payload: object = None


NO_CONTENT = Answer(status=HTTPStatus.NO_CONTENT)
Handler: TypeAlias = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a handler is reached, below /api/v10."""

    method: str
    path: str
    handler: Handler
    needs_token: bool = True
    """False for the routes whose secret is the interaction's token in the path."""
    has_rate_limit: bool = True
    """Whether its answers carry rate limit headers."""

    @property
    def template(self) -> str:
        """The route as the log and the fault scripts name it."""
        return f"{self.method} {self.path}"
