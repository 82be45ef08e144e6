"""Logs that can be shown to anybody: every line, ours and every library's, passes one redacting formatter.

The formatter sees the finished line, so that arguments, exception texts and tracebacks are covered; a filter on a
logger would miss the lines of its children, one on a handler the exceptions.
"""

import logging
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Final, Literal, TextIO

import structlog

MASK: Final = "[secret]"
PATTERNS: Final = re.compile(
    r"sk-or-[\w-]{8,}"  # an OpenRouter key
    r"|(?<=Bearer )\S+|(?<=Bot )[\w-]{20,}[\w.-]*"  # the header that carries either secret
    r"|[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"  # a Discord token
    r"|(?<=/webhooks/)\d+/[\w.-]+|(?<=/interactions/)\d+/[\w.-]+"  # an interaction's token in an address
    r"|(?<=[?&])(?:X-Amz-[\w-]+|Signature|sig|token|ex|is|hm)=[^&\s\"']+"  # a signed address
)
QUIET: Final = ("discord", "aiohttp", "aiosqlite", "asyncio", "PIL", "filelock", "urllib3")
"""Libraries whose DEBUG lines hold tokens, bodies or nothing of use: never below INFO."""


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a line, then masks every known secret and whatever has the shape of one."""

    def __init__(self, *, secrets: Iterable[str], processors: Sequence[structlog.types.Processor]) -> None:
        super().__init__(processors=processors, foreign_pre_chain=_before())
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without its secrets."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, MASK)
        return PATTERNS.sub(MASK, line)


def set_up_logging(
    *,
    level: str,
    style: Literal["auto", "console", "json"],
    secrets: Iterable[str],
    stream: TextIO = sys.stderr,
) -> None:
    """Send every log line of the process to `stream`: readable on a terminal, JSON lines otherwise, never a secret."""
    is_console = style == "console" or (style == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter(secrets=secrets, processors=_rendering(is_console=is_console)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    structlog.configure(
        processors=[*_before(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _before() -> list[structlog.types.Processor]:
    """Return what every line gets before it is rendered, whoever wrote it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _rendering(*, is_console: bool) -> list[structlog.types.Processor]:
    """Return the last steps. Tracebacks are plain: rich ones print local variables, which hold prompts and keys."""
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if is_console:
        plain = structlog.dev.plain_traceback
        return [strip, structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    return [strip, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
