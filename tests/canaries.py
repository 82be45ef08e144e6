"""Canaries: everything that no log, no file and no message of the bot may ever hold, and where to look for it.

The whole suite is the proof: each scenario runs at DEBUG level with secrets that have no known shape, so that only
knowing them can keep them out of a log, and at its end everything that the bot has left anywhere is searched.
"""

import io
import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

import structlog

from ops.logs import OURS, set_up_logging
from sandbox.discord import DiscordStandIn
from sandbox.openrouter import OpenRouterStandIn

KEY: Final = "canary-key-that-looks-like-no-key"
SHORTEST_PROMPT: Final = 10
"""Shorter ones are parts of words that a log may well hold."""


def found(words: Mapping[str, Sequence[str]], places: Mapping[str, bytes]) -> list[str]:
    """Return one line for each kind of word that is in a place where it must not be; it never holds the word."""
    return [
        f"{place} holds {kind}"
        for place, content in places.items()
        for kind, each in words.items()
        if any(word.encode() in content for word in each if word)
    ]


def secrets_of(discord: DiscordStandIn, openrouter: OpenRouterStandIn) -> dict[str, list[str]]:
    """Return what must be nowhere: the token, the key, and the token of every interaction."""
    interactions = [interaction.token for interaction in discord.interactions.all.values()]
    return {"the token": [discord.token], "the key": [openrouter.key], "an interaction's token": interactions}


def private_of(
    discord: DiscordStandIn, openrouter: OpenRouterStandIn, *, prompts: Sequence[str] = ()
) -> dict[str, list[str]]:
    """Return what no log may hold besides: what members wrote, and what signs an address of a file."""
    bodies = [cast("Mapping[str, object] | None", record.body) for record in openrouter.requests.of("submit")]
    ordered = [str(body["prompt"]) for body in bodies if body and "prompt" in body]
    return secrets_of(discord, openrouter) | {
        "a prompt": [prompt for prompt in {*ordered, *prompts} if len(prompt) >= SHORTEST_PROMPT],
        "a signed address": ["&hm=", "?hm=", "X-Amz-Signature="],
    }


def files_in(folder: Path) -> dict[str, bytes]:
    """Return what is in every file below a folder, by name: the database, its journal, clips and locks."""
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def messages_of(discord: DiscordStandIn) -> dict[str, bytes]:
    """Return every message as it stands and stood, by its id."""
    return {f"message {message.id}": repr(message).encode() for message in discord.world.messages.everything()}


@contextmanager
def logging_at_debug(*, secrets: Sequence[str]) -> Generator[io.StringIO]:
    """Log as the bot does at DEBUG level, and give what is logged; afterwards logging is as it was."""
    root = logging.getLogger()
    before = [(logger, logger.level) for logger in (root, *map(logging.getLogger, OURS))]
    handlers, configuration = root.handlers, structlog.get_config()
    sink = io.StringIO()
    set_up_logging(level="DEBUG", style="json", secrets=secrets, stream=sink)
    root.handlers = [*handlers, *root.handlers]
    try:
        yield sink
    finally:
        root.handlers = [handler for handler in root.handlers if handler in handlers]
        for logger, level in before:
            logger.setLevel(level)
        structlog.configure(**configuration)
