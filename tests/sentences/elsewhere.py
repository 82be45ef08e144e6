"""Samples of what is read in direct messages, and about the language of a server."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from cogs.languages import tr
from cogs.replies import direct, language, refusals
from tests.cogs.samples import NOON

SERVER: Final = "Sandbox"


def elsewhere() -> Mapping[str, Sequence[str]]:
    """Say each of them, in the language of whoever reads now."""
    return {
        "direct.off": [direct.off()],
        "direct.unreachable": [direct.unreachable()],
        "direct.not_a_member": [direct.not_a_member(SERVER)],
        "direct.timed_out": [direct.timed_out(SERVER, until=NOON + timedelta(minutes=10))],
        "direct.not_yet": [direct.not_yet(SERVER)],
        "direct.no_commands": [direct.no_commands(SERVER)],
        "direct.counted_as": [direct.counted_as(SERVER, tr(refusals.EMPTY_PROMPT))],
        "language.shown": [language.shown(code, discords="fr") for code in ("de", None)],
        "language.chosen": [language.chosen(code, discords="fr") for code in ("de", None)],
    }
