"""What members read about pictures that their videos start from. Nothing is bought in any of these."""

from collections.abc import Mapping
from typing import Final

from cogs.languages import Message, option_name, tr, trn
from cogs.replies.money import price_of
from cogs.replies.wording import any_of, choices_made, defuse, quoted
from services.errors import InvalidChoiceError
from services.models import FrameKind
from services.pictures import PictureError, PictureFault
from services.videos import Draft

ANIMATE: Final = "Animate this"
"""The name of a command: it is registered in every language, and stays as it is here."""
FORM_TITLE: Final = Message("Animate this picture")
FORM_FIELD: Final = Message("What happens in it")
COSTS_YOU: Final = Message("The video starts from the picture, and counts against your own limits.")
PROMPT_TOO_LONG: Final = Message("That description is too long. Describe the video in at most 2,000 characters.")
CHOICE_GONE: Final = Message(
    "That picture is no longer chosen: the form was sent before, or stayed open too long. Choose *Animate this* on the "
    "message again."
)
CANNOT: Final[Mapping[str, Message]] = {
    "image": Message("{model} cannot start from a picture."),
    "last_image": Message("{model} cannot end with a picture."),
}
"""What a model cannot do, by the option of the command that asks it."""
MOST_MODELS: Final = 8
"""That a sentence names."""
FAULTS: Final[Mapping[PictureFault, Message]] = {
    PictureFault.LAST_ALONE: Message(
        "A video that ends with a picture has to start from one too: give `image` as well."
    ),
    PictureFault.NO_PICTURE: Message(
        "That message has no picture to animate. Choose one that carries a PNG, JPEG or WebP file, or use `/video` "
        "with `image`."
    ),
    PictureFault.ELSEWHERE: Message("Pictures are taken from Discord only. Attach the file itself."),
    PictureFault.TOO_LARGE: Message("The picture is larger than 10 MB. Attach a smaller one."),
    PictureFault.GONE: Message(
        "The picture is no longer on Discord: it was deleted, or its link has expired. Attach it again."
    ),
    PictureFault.LATER: Message(
        "The picture could not be fetched from Discord just now. Please try again in a minute."
    ),
    PictureFault.OTHER_TYPE: Message(
        "The picture is no PNG, JPEG or WebP file, whatever its name says. Save it as one of these."
    ),
    PictureFault.BROKEN: Message("The picture cannot be read: the file is damaged. Save it anew, and attach that."),
    PictureFault.TOO_MANY_PIXELS: Message("The picture has more than 50 megapixels. Attach a smaller one."),
    PictureFault.TOO_SMALL: Message(
        "The picture is too small: each side has to have at least 64 pixels. Attach a larger one."
    ),
    PictureFault.LOST: Message("The picture is no longer kept here. Ask again, and attach it once more."),
}
FAULTS_OF_THE_LAST: Final[Mapping[PictureFault, Message]] = {
    PictureFault.TOO_LARGE: Message("The last picture is larger than 10 MB. Attach a smaller one."),
    PictureFault.GONE: Message(
        "The last picture is no longer on Discord: it was deleted, or its link has expired. Attach it again."
    ),
    PictureFault.LATER: Message(
        "The last picture could not be fetched from Discord just now. Please try again in a minute."
    ),
    PictureFault.OTHER_TYPE: Message(
        "The last picture is no PNG, JPEG or WebP file, whatever its name says. Save it as one of these."
    ),
    PictureFault.BROKEN: Message(
        "The last picture cannot be read: the file is damaged. Save it anew, and attach that."
    ),
    PictureFault.TOO_MANY_PIXELS: Message("The last picture has more than 50 megapixels. Attach a smaller one."),
    PictureFault.TOO_SMALL: Message(
        "The last picture is too small: each side has to have at least 64 pixels. Attach a larger one."
    ),
    PictureFault.LOST: Message("The last picture is no longer kept here. Ask again, and attach it once more."),
}
"""Where a video has two pictures, and the fault is the second one's."""
NOTHING: Final = Message("Nothing was ordered, and nothing was spent.")


def refused(error: PictureError) -> str:
    """Return what is wrong with a picture, and what to do."""
    is_last = error.kind is FrameKind.LAST
    fault = FAULTS_OF_THE_LAST.get(error.fault, FAULTS[error.fault]) if is_last else FAULTS[error.fault]
    return f"{tr(fault)} {tr(NOTHING)}"


def not_taken(error: InvalidChoiceError) -> str:
    """Return which models do what this one cannot do with a picture."""
    cannot = tr(CANNOT[error.field], model=defuse(error.model))
    if not error.choices:
        # Translators: {option} is the name of an option of `/video`.
        leave = tr("No other model here can: leave `{option}` out.", option=option_name(error.field))
        return f"{cannot} {leave}"
    able = [defuse(model, most=80) for model in error.choices[:MOST_MODELS]]
    # Translators: the end of a list of models, after "Choose a, b or".
    more = [] if len(error.choices) <= MOST_MODELS else [tr("another that `/models` lists")]
    choose = tr("Choose {models}.", models=any_of([*able, *more]))
    return f"{cannot} {choose}"


def preparing(draft: Draft, *, model_name: str) -> str:
    """Return the first text of the status message while the pictures are fetched and made ready."""
    title = trn(
        "**Getting your picture ready …**", "**Getting your pictures ready …**", 2 if draft.request.frames > 1 else 1
    )
    price = price_of(draft.quote.estimate_microusd)
    return "\n".join(
        (
            title,
            quoted(draft.request.prompt, is_spoiler=draft.request.is_spoiler),
            f"{choices_made(draft.quote.spec, model_name)} · {price}",
            tr("Nothing is ordered yet. If you still read this in five minutes, nothing was: ask again."),
        )
    )
