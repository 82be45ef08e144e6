"""How a language writes numbers, dollars and days."""

from datetime import date
from decimal import Decimal
from typing import Final

from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal

from cogs.languages.catalogues import Language

CENT: Final = Decimal("0.01")
MICROUSD: Final = Decimal(1_000_000)


def number(value: int | Decimal, language: Language) -> str:
    """Return a number with the separators of the language."""
    return format_decimal(value, locale=language.locale, decimal_quantization=False)


def dollars(microusd: int, language: Language, *, rounding: str) -> str:
    """Return an amount as people read it: `$0.13`, `0,13 $`, `US$ 0,13`; less than a cent in full: `$0.0021`.

    `rounding` is one of `decimal`'s.
    """
    amount = Decimal(microusd) / MICROUSD
    if not amount or abs(amount) >= CENT:
        amount = amount.quantize(CENT, rounding=rounding)
    return format_currency(amount, "USD", locale=language.locale, decimal_quantization=False)


def dollars_on_scale(microusd: int, language: Language, *, decimals: int) -> str:
    """Return an amount with as many decimals as all others on its scale have: `$5`, `$0.0150`."""
    pattern: str = language.locale.currency_formats["standard"].pattern
    places = pattern.replace(".00", f".{'0' * decimals}" if decimals else "")
    amount = Decimal(microusd) / MICROUSD
    return format_currency(amount, "USD", places, locale=language.locale, currency_digits=False)


def day(moment: date, language: Language) -> str:
    """Return a day without its year: `Nov 22`, `22. Nov.`."""
    return format_skeleton("MMMd", moment, locale=language.locale)
