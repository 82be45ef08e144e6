"""What managers read about the language of their server: that of what everybody in a channel reads."""

from typing import Final

from cogs.languages import LANGUAGES, OWN_NAMES, Message, language_of, tr

FORGOTTEN: Final = Message("What a whole channel reads is in the language that Discord names for this server again.")


def name_of(code: str) -> str:
    """Return what the language that is spoken for a Discord locale calls itself: English where none is spoken."""
    catalogue, _ = LANGUAGES[language_of(code).code]
    return next(name for own, name in OWN_NAMES.items() if LANGUAGES[own][0] == catalogue)


def shown(chosen: str | None, *, discords: str) -> str:
    """Return the language of a server as a line of its settings; `discords` is the locale that Discord names."""
    if chosen is not None:
        return tr("Language: **{language}**.", language=name_of(chosen))
    return tr("Language: {language} (Discord's for this server).", language=name_of(discords))


def chosen(code: str | None, *, discords: str) -> str:
    """Return what is spoken from now on; None stands for what Discord names."""
    if code is None:
        return tr(
            "What a whole channel reads is now in the language that Discord names for this server: {language}. Members "
            "read their own answers in the language that they have Discord in.",
            language=name_of(discords),
        )
    # Translators: {language} is the language's own name for itself, such as "Deutsch".
    return tr(
        "What a whole channel reads is now in {language}. Members read their own answers in the language that they "
        "have Discord in.",
        language=name_of(code),
    )
