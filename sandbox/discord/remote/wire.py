"""Speaks to the control API of a stand-in: one verb, one POST."""

from dataclasses import dataclass
from typing import Any, Final, TypeVar

import aiohttp
from pydantic import TypeAdapter

from sandbox.discord.errors import ClientRefusedError

T = TypeVar("T")
GRACE: Final = 5.0
"""Seconds that an answer may be late after the deadline that the verb itself was given."""


@dataclass(eq=False)
class RemoteError(Exception):
    """The control API refused a call: wrong arguments, or an id that it does not know."""

    status: int
    error: str
    detail: str


class ControlChannel:
    """Sends verbs to a control API and reads their results."""

    def __init__(self, control_url: str, *, session: aiohttp.ClientSession) -> None:
        self.control_url = control_url
        self.session = session

    async def call(self, verb: str, result: type[T], /, *, wait: float = 0.0, **arguments: object) -> T:
        """Send one verb.

        Args:
            verb: its name.
            result: the type that its result is read as.
            wait: seconds that the verb itself may take.
            arguments: what it takes; None is left out.

        Raises:
            ClientRefusedError: Discord's client would not have let the user do it.
            TimeoutError: it did not happen in time.
            RemoteError: the call itself is wrong.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        body = TypeAdapter(dict[str, Any]).dump_json(given)
        async with self.session.post(
            f"{self.control_url}/{verb}",
            data=body,
            headers={"Content-Type": "application/json"},
            timeout=aiohttp.ClientTimeout(total=wait + GRACE),
        ) as response:
            answer: dict[str, Any] = await response.json()
        if response.ok:
            return TypeAdapter(result).validate_python(answer["result"])
        match answer["error"]:
            case "client_refused":
                raise ClientRefusedError(answer["detail"])
            case "timeout":
                raise TimeoutError(verb)
            case error:
                raise RemoteError(response.status, error, answer["detail"])


class RemoteVerbs:
    """A group of verbs that are sent through one channel."""

    def __init__(self, channel: ControlChannel) -> None:
        self.channel = channel
