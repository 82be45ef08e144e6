"""What a member does on the page, carried out as Discord's client would: by real interactions."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from sandbox.discord import ClientRefusedError, DiscordStandIn, Upload
from sandbox.discord.command_forms import CommandType
from sandbox.discord.interactions import CallbackType, Interaction
from sandbox.discord.invocation import Typing
from sandbox.discord.user_client import Circumstances
from sandbox.page.samples import Samples

Json = dict[str, Any]
ANSWER_WITHIN: Final = 3.2
"""Seconds: a little longer than Discord gives the bot."""


def _id(value: object) -> object:
    """Ids come as strings, since a browser's numbers are too short for them."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Id = Annotated[int, BeforeValidator(_id)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SampleFile(_Body):
    """One of the ready-made files, by its name."""

    sample: str


class SentFile(_Body):
    """A file of the member's own; its content is base64."""

    upload: Upload


File = SampleFile | SentFile


class Somebody(_Body):
    """Who acts, and in which language."""

    member: Id
    locale: Literal["en-US", "de", "fr", "es-ES", "pt-BR", "ja"] = "en-US"

    @property
    def circumstances(self) -> Circumstances:
        """What Discord's client tells besides."""
        return Circumstances(locale=self.locale)


class Command(Somebody):
    """Run a slash command; `name` has its subcommands after spaces."""

    channel: Id
    name: str
    options: Mapping[str, bool | int | float | str | File] = {}


class Suggest(Command):
    """Ask for suggestions while typing."""

    option: str
    text: str


class Choose(Somebody):
    """Choose a command from the menu of a message or a person."""

    channel: Id
    name: str
    target: Id
    kind: Literal["message", "user"] = "message"


class Click(Somebody):
    """Press a button, or choose from a select."""

    message: Id
    custom_id: str
    values: Sequence[str] | None = None


class Submit(Somebody):
    """Submit the form that an interaction opened."""

    interaction: Id
    fields: Mapping[str, str | Sequence[str] | Sequence[File]]


class Write(Somebody):
    """Write a message."""

    channel: Id
    text: str
    files: Sequence[File] = ()


class Acts:
    """Every act as a verb: a body that is checked, and what came of it."""

    def __init__(self, chat: DiscordStandIn, samples: Samples) -> None:
        self._chat = chat
        self._samples = samples

    async def command(self, body: Command) -> Json:
        """Run a slash command. Raises `ClientRefusedError` where Discord's client would not send it."""
        interaction = self._chat.user.run_command(
            user_id=body.member,
            channel_id=body.channel,
            name=body.name,
            options={name: self._value(value) for name, value in body.options.items()},
            circumstances=body.circumstances,
        )
        return await _outcome(interaction)

    async def suggest(self, body: Suggest) -> Json:
        """Return the bot's suggestions, none where it gives none in time."""
        interaction = self._chat.user.run_command(
            user_id=body.member,
            channel_id=body.channel,
            name=body.name,
            options={name: value for name, value in body.options.items() if not isinstance(value, File)},
            circumstances=body.circumstances,
            typing=Typing(option=body.option, text=body.text),
        )
        try:
            await interaction.answered(timeout=ANSWER_WITHIN)
        except TimeoutError:
            return {"choices": [], "isLate": True}
        return {"choices": [_shown(choice, body.locale) for choice in interaction.choices or ()], "isLate": False}

    async def choose(self, body: Choose) -> Json:
        """Choose from a menu. Raises `ClientRefusedError` where it is not offered."""
        interaction = self._chat.user.use_menu(
            user_id=body.member,
            channel_id=body.channel,
            name=body.name,
            target_id=body.target,
            kind=CommandType.MESSAGE if body.kind == "message" else CommandType.USER,
            circumstances=body.circumstances,
        )
        return await _outcome(interaction)

    async def click(self, body: Click) -> Json:
        """Press or choose. Raises `ClientRefusedError` where there is nothing to press any more."""
        interaction = self._chat.user.click(
            user_id=body.member,
            message_id=body.message,
            custom_id=body.custom_id,
            values=body.values,
            circumstances=body.circumstances,
        )
        return await _outcome(interaction)

    async def submit(self, body: Submit) -> Json:
        """Submit a form. Raises `ClientRefusedError` where a field does not fit."""
        opener = self._chat.interactions.all.get(body.interaction)
        if opener is not None and opener.act.user_id != body.member:
            raise ClientRefusedError("this form is somebody else's")
        values = {name: self._field(value) for name, value in body.fields.items()}
        interaction = self._chat.user.submit_modal(
            interaction_id=body.interaction, values=values, circumstances=body.circumstances
        )
        return await _outcome(interaction)

    async def write(self, body: Write) -> Json:
        """Write a message. Raises `ClientRefusedError` where the member may not, or there is nothing in it."""
        files = [self._file(file) for file in body.files]
        message = self._chat.user.post(user_id=body.member, channel_id=body.channel, content=body.text, uploads=files)
        return {"message": str(message.id)}

    def _value(self, value: float | str | File) -> object:
        return self._file(value) if isinstance(value, File) else value

    def _field(self, value: str | Sequence[str] | Sequence[File]) -> object:
        if isinstance(value, str):
            return value
        return [self._file(item) if isinstance(item, File) else item for item in value]

    def _file(self, file: File) -> Upload:
        return file.upload if isinstance(file, SentFile) else self._samples.upload(file.sample)


async def _outcome(interaction: Interaction) -> Json:
    """Wait for the bot's answer and say of which kind it was; what it says arrives as every message does."""
    try:
        response = await interaction.answered(timeout=ANSWER_WITHIN)
    except TimeoutError:
        return {"interaction": str(interaction.id), "answer": "none", "form": None}
    is_form = response is CallbackType.MODAL
    return {
        "interaction": str(interaction.id),
        "answer": response.name.lower(),
        "form": interaction.modal if is_form else None,
        "message": str(interaction.original_id) if interaction.original_id else None,
    }


def _shown(choice: Mapping[str, Any], locale: str) -> Json:
    localised: Mapping[str, str] = choice.get("name_localizations") or {}
    return {"name": localised.get(locale) or choice["name"], "value": choice["value"]}
