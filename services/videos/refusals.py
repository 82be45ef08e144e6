"""Counts what is turned down, by the rule that did it: a word of ours, and nothing of who asked for what."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from services.errors import LimitReachedError, RequestError
from services.measures import Measures

_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


@contextmanager
def refusals_counted(measures: Measures) -> Generator[None]:
    """Let whatever is refused in the block be counted, once, and pass."""
    try:
        yield
    except RequestError as error:
        measures.refused(rule_of(error))
        raise


def rule_of(error: RequestError) -> str:
    """Return which rule refused: a limit by its own name, anything else as its error is called, such as `disk_full`."""
    if isinstance(error, LimitReachedError):
        return error.rule.value
    return _WORD.sub("_", type(error).__name__.removesuffix("Error")).lower()
