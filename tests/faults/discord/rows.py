"""What a row of the table says, and the words that it says it with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import Enum, StrEnum, auto
from typing import Any, Final

from sandbox.discord.faults import Fault, FaultKind
from sandbox.openrouter import JobPlan
from tests.e2e import house as routes
from tests.e2e.house import House


class Ask(Enum):
    """How the disturbed member asks."""

    COMMAND = auto()
    YES = auto()
    """By pressing *Generate* under the question about a dear video."""


class Moment(Enum):
    """When the script is written."""

    START = auto()
    """Before the bot runs."""
    ASKING = auto()
    """Before the member asks; for a dear video, before the yes."""
    MAKING = auto()
    """While the video is made."""


class Reads(StrEnum):
    """What the disturbed member finds in the end."""

    CLIP = "the clip in the channel"
    CLIP_IN_DIRECT = "the clip in a direct message"
    NO_ANSWER = "nothing but Discord's own word that the bot did not answer"
    TOO_LARGE = "that the clip is too large to be posted"


class Charged(StrEnum):
    """What the disturbed job weighs in the end, on the member's count and on the owner's money."""

    PRICE = "one video at its price"
    NOTHING = "nothing"


class Hears(StrEnum):
    """What the owner is told."""

    NOTHING = "nothing"
    DEARER = "once that a video cost more than was reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a row is played: the disturbed member asks in one channel, the healthy one in another."""

    house: House
    interaction_id: int
    """Of the disturbed member's command."""
    channel_id: int
    """Where it is asked."""
    direct_id: int
    """The owner's direct messages."""


Script = Callable[[Stage], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault: what Discord does, and what comes of it for whom."""

    name: str
    script: Script
    reads: Reads = Reads.CLIP
    charged: Charged = Charged.PRICE
    hears: Hears = Hears.NOTHING
    ask: Ask = Ask.COMMAND
    moment: Moment = Moment.ASKING
    age: timedelta = timedelta(0)
    """How old the command is when the bot hears of it."""
    is_answer_lost: bool = False
    """Whether the bot cannot know if its answer arrived, and has to look for it later."""
    is_status_final: bool = True
    """Whether the status message gets its last text; with Discord refusing every edit it cannot."""
    is_long: bool = False
    """Whether somebody waits half a minute or more: the bot, or the library under it."""


class Where(Enum):
    """The calls of the bot that can be disturbed: a route, and the part of the path that makes it the member's own."""

    ANSWER = (routes.ANSWER, "/interactions/{interaction_id}/")
    CLICK = (routes.ANSWER, "")
    QUESTION = ("PATCH /webhooks/{application_id}/{interaction_token}/messages/{message_id}", "")
    POST = (routes.POST, "/channels/{channel_id}/")
    EDIT = (routes.EDIT, "/channels/{channel_id}/")
    HISTORY = (routes.HISTORY, "/channels/{channel_id}/")
    OPEN_DIRECT = ("POST /users/@me/channels", "")
    POST_DIRECT = (routes.POST, "/channels/{direct_id}/")
    ME = ("GET /users/@me", "")
    APPLICATION = ("GET /oauth2/applications/@me", "")
    REGISTER = (routes.REGISTER, "")
    GATEWAY = ("GET /gateway/bot", "")

    def path(self, stage: Stage) -> str:
        """Return the part of the path."""
        _, path = self.value
        return path.format(interaction_id=stage.interaction_id, channel_id=stage.channel_id, direct_id=stage.direct_id)

    @property
    def route(self) -> str:
        """The route's template."""
        return self.value[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What happens to a call, wherever it goes."""

    kind: FaultKind
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


def on(where: Where, trouble: Trouble, *, times: int = 1) -> Script:
    """Return a script that disturbs the member's next calls of a route."""

    def script(stage: Stage) -> None:
        stage.house.discord.script(
            Fault(route=where.route, kind=trouble.kind, times=times, path=where.path(stage), **trouble.details)
        )

    return script


def both(*scripts: Script) -> Script:
    """Return a script of several."""

    def script(stage: Stage) -> None:
        for each in scripts:
            each(stage)

    return script


def without_nonces(stage: Stage) -> None:
    """Let Discord forget every nonce at once: only a look into the history keeps a message from coming twice."""
    stage.house.discord.world.messages.nonce_window = timedelta(0)


def costing_more(stage: Stage) -> None:
    """Let the member's video cost more than was reserved, which the owner has to hear."""
    stage.house.openrouter.script(JobPlan(cost=Decimal("0.50")))


def refused(status: int, code: int, words: str) -> Trouble:
    """Return a refusal in Discord's form."""
    return Trouble(kind=FaultKind.ANSWER, details={"status": status, "json": {"message": words, "code": code}})


def failing(status: int, *, after_doing: bool = False) -> Trouble:
    """Return a server error, before the call was carried out or after."""
    kind = FaultKind.ANSWER_AFTER_DOING if after_doing else FaultKind.ANSWER
    return Trouble(kind=kind, details={"status": status})


LIMITED: Final[Mapping[str, Trouble]] = {
    "429": Trouble(kind=FaultKind.RATE_LIMIT, details={"seconds": 1.0}),
    "429 for the whole bot": Trouble(
        kind=FaultKind.RATE_LIMIT, details={"seconds": 1.0, "is_global": True, "scope": "global"}
    ),
    "429 shared with other bots": Trouble(kind=FaultKind.RATE_LIMIT, details={"seconds": 1.0, "scope": "shared"}),
}
"""With `Retry-After`: the library waits as it is told."""
LIMITED_IN_SILENCE: Final = Trouble(kind=FaultKind.RATE_LIMIT, details={"says_when": False})
"""429 without a word about when, neither in the headers nor in the body."""
LIMITED_BEFORE: Final = Trouble(
    kind=FaultKind.ANSWER,
    details={"status": 429, "text": "<html>error code: 1015</html>", "is_by_discord": False},
)
"""429 of the network before Discord: a page, no Discord behind it."""
RESET: Final = Trouble(kind=FaultKind.RESET)
RESET_AFTER_DOING: Final = Trouble(kind=FaultKind.RESET_AFTER_DOING)
SLOW: Final = Trouble(kind=FaultKind.DELAY_ANSWER, details={"seconds": 4.0})
MISSING_ACCESS: Final = refused(403, 50001, "Missing Access")
MISSING_PERMISSIONS: Final = refused(403, 50013, "Missing Permissions")
INVALID_TOKEN: Final = refused(401, 50027, "Invalid Webhook Token")
UNKNOWN_CHANNEL: Final = refused(404, 10003, "Unknown Channel")
UNKNOWN_MESSAGE: Final = refused(404, 10008, "Unknown Message")
UNKNOWN_WEBHOOK: Final = refused(404, 10015, "Unknown Webhook")
UNKNOWN_INTERACTION: Final = refused(404, 10062, "Unknown interaction")
ALREADY_ANSWERED: Final = refused(400, 40060, "Interaction has already been acknowledged.")
TOO_LARGE: Final = refused(413, 40005, "Request entity too large")
CLOSED_DIRECT: Final = refused(403, 50007, "Cannot send messages to this user")
UNFORESEEN: Final = refused(400, 50035, "Invalid Form Body")
EVERY_TRY: Final = 5
"""How often the library tries where the server fails."""
ALWAYS: Final = 1_000


def rows(names: Mapping[str, Trouble], where: Where, **outcome: Any) -> Sequence[Row]:  # noqa: ANN401  # a row's fields
    """Return a row for each of the troubles at one place, all with the same outcome."""
    label = where.name.lower().replace("_", " ")
    return [Row(name=f"{label}: {name}", script=on(where, trouble), **outcome) for name, trouble in names.items()]
