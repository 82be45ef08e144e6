"""Logs that can be shown to anybody: whatever the process has to say passes one redacting formatter.

The formatter sees the finished line, so that arguments, exception texts and tracebacks are covered; a filter on a
logger would miss the lines of its children, one on a handler the exceptions. What Python itself would print beside the
log, an exception that nobody caught and the warnings, goes the same way.

Secrets are masked in that line. What people wrote is masked a moment before, in every value that will stand in it but
the level, the time and the logger: a line has to stay one whatever a prompt looks like.
"""

import logging
import re
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, Literal, TextIO, cast

import structlog

from ops.masking import masked, spellings
from services.discretion import Discretion

MASK: Final = "[secret]"
PATTERNS: Final = re.compile(
    r"sk-or-[\w-]{8,}"  # an OpenRouter key
    r"|(?i:(?<=Bearer ))[^\s\"'\\]+|(?<=Bot )[\w-]{20,}[\w.-]*"  # the header that carries either secret
    r"|[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"  # a Discord token
    r"|(?<=/webhooks/)\d+/[\w.-]+|(?<=/interactions/)\d+/[\w.-]+"  # an interaction's token in an address
    r"|(?<=[?&])(?i:X-(?:Amz|Goog)-[\w-]+|Signature|sig|token|Policy|ex|is|hm)=[^&\s\"'\\]+"  # a signed address
)
OURS: Final = ("__main__", "bot", "cogs", "services", "ops")
"""Whose DEBUG lines are written. A library's hold tokens, whole payloads or nothing of use, so none is below INFO."""

FRAME: Final = frozenset({"level", "timestamp", "logger"})
"""What a line is known by, and of which nothing comes from outside."""

log = structlog.get_logger(__name__)


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a line, then masks every known secret and whatever has the shape of one."""

    def __init__(self, *, secrets: Iterable[str], processors: Sequence[structlog.types.Processor]) -> None:
        super().__init__(processors=processors, foreign_pre_chain=_before())
        known = {spelling for secret in secrets if secret for spelling in spellings(secret)}
        self._secrets = sorted(known, key=len, reverse=True)

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
    """Send every log line of the process to `stream`: readable on a terminal, JSON lines otherwise, never a secret.

    What is told to `keep_private` in this context, or in one that is begun from it, is masked as well.
    """
    discretion = Discretion()
    discretion.begin()
    is_console = style == "console" or (style == "auto" and stream.isatty())
    handler = _DiscreetHandler(stream)
    rendering = _rendering(discretion, is_console=is_console)
    handler.setFormatter(RedactingFormatter(secrets=secrets, processors=rendering))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    structlog.configure(
        processors=[*_before(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _DiscreetHandler(logging.StreamHandler[TextIO]):
    """A handler that says only that a line was lost: the standard library would print its arguments as they are."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the standard library's name
        """Say where the line came from, as long as anything can be written."""
        try:
            self.stream.write(f"a log line of {record.name} could not be written\n")
            self.stream.flush()
        except (OSError, ValueError):  # a full disk, a broken pipe or a closed file: nobody is left to be told
            return


def log_what_python_prints() -> None:
    """Log what would go to standard error past the formatter for the rest of this process' life.

    That is: exceptions that nobody caught, in any thread, and warnings.
    """

    def uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, traceback)
        else:
            log.critical("died", exc_info=(kind, error, traceback))

    def uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value
        log.critical("thread_died", exc_info=(arguments.exc_type, error, arguments.exc_traceback) if error else None)

    def unraisable(arguments: "sys.UnraisableHookArgs") -> None:
        error = arguments.exc_value
        log.error("ignored", exc_info=(arguments.exc_type, error, arguments.exc_traceback) if error else None)

    sys.excepthook = uncaught
    threading.excepthook = uncaught_in_thread
    sys.unraisablehook = unraisable
    logging.captureWarnings(capture=True)


def _before() -> list[structlog.types.Processor]:
    """Return what every line gets before it is rendered, whoever wrote it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _rendering(discretion: Discretion, *, is_console: bool) -> list[structlog.types.Processor]:
    """Return the last steps. Tracebacks are plain: rich ones print local variables, which hold prompts and keys."""

    def mask_private(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        private = discretion.known()
        if private:
            # The names of our own events stand in our code.
            kept = FRAME | {"event"} if event.get("_from_structlog") else FRAME
            for name, value in event.items():
                if name not in kept and not name.startswith("_"):
                    event[name] = _masked_value(value, private)
        return event

    renderer: structlog.types.Processor = structlog.processors.JSONRenderer()
    if is_console:
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return [structlog.processors.format_exc_info, mask_private, strip, renderer]


def _masked_value(value: object, private: Sequence[str]) -> object:
    """Return a value as it may be written; what is no text, number or collection is written as its `repr`."""
    match value:
        # What an enumeration holds stands in our code.
        case None | bool() | int() | float() | StrEnum():
            return value
        case str():
            return masked(value, private)
        case dict():
            items = cast("Mapping[Any, object]", value).items()
            return {_masked_value(name, private): _masked_value(each, private) for name, each in items}
        case list() | tuple():
            return [_masked_value(each, private) for each in cast("Sequence[object]", value)]
        case _:
            written = repr(value)
            shown = masked(written, private)
            return value if shown == written else shown
