"""The names and descriptions of commands in every language, as they are registered with Discord."""

from typing import Any

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Where
from discord.app_commands import locale_str

from cogs.languages.catalogues import LANGUAGES, language_of
from cogs.languages.reading import reader


class CommandTranslator(app_commands.Translator):
    """Finds each name and description in the catalogue, under what it is: names have other rules than sentences."""

    async def translate(
        self, string: locale_str, locale: Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Return the text in a language, or None where the bot does not speak it or the text is the same."""
        catalogue, _ = LANGUAGES.get(locale.value, (None, ""))
        if catalogue is None:
            return None
        found = language_of(locale.value).translations.pgettext(kind_of(context), string.message)
        return None if found == string.message else found


def option_name(name: str) -> str:
    """Return how an option of a command is called for whoever reads it now."""
    return reader().translations.pgettext("option name", name)


def kind_of(context: app_commands.TranslationContext[Any, Any]) -> str:
    """Return what a text of a command is; catalogues keep it as the context of the message."""
    match context.location:
        case Where.command_name:
            return "menu name" if isinstance(context.data, app_commands.ContextMenu) else "command name"
        case Where.group_name:
            return "command name"
        case Where.parameter_name:
            return "option name"
        case Where.choice_name:
            return "choice"
        case _:
            return "description"
