"""What Discord's refusals mean to the worker: the same again later, never again here, or too large."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import discord
import structlog

from cogs.interactions import NETWORK_FAULTS, UNREADABLE
from services.errors import (
    ChannelClosedError,
    DeliverLaterError,
    DeliveryError,
    DirectClosedError,
    UploadTooLargeError,
)

TOO_LARGE_CODES: Final = frozenset({40005, 50045})
CLOSED_STATUSES: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
CLOSED_CODES: Final = frozenset({10003, 10004, 10013, 50001, 50007, 50013, 50024, 50033, 50083, 50278, 160005})
"""Unknown channel, server or user, no access, closed direct messages, no permission, wrong kind of channel, nobody to
write to, archived or locked thread, no server in common: whatever their status is."""
FILTERED_CODES: Final = frozenset({200000, 200001, 240000})
"""A server's own filter does not like the words, which are the member's."""
UNKNOWN_MESSAGE: Final = 10008
NO_HISTORY: Final = 160002
"""Replying takes the permission to read the history."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def in_our_terms(*, is_direct: bool = False) -> AsyncGenerator[None]:
    """Turn what Discord and the network raise into what the worker can act on.

    `is_direct` says that it is about a member's direct messages.
    """
    try:
        yield
    except discord.HTTPException as error:
        log.info("discord_refused", status=error.status, code=error.code)
        meaning = _meaning(error)
        if is_direct and isinstance(meaning, ChannelClosedError):
            raise DirectClosedError from error
        raise meaning from error
    except (*NETWORK_FAULTS, *UNREADABLE) as error:
        raise DeliverLaterError from error
    except RuntimeError as error:
        # discord.py's session was closed under us: the process is stopping, and the next one goes on.
        raise DeliverLaterError from error


def _meaning(error: discord.HTTPException) -> DeliveryError:
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or error.code in TOO_LARGE_CODES:
        return UploadTooLargeError()
    if error.code in CLOSED_CODES or (error.status in CLOSED_STATUSES and _is_discords_own(error)):
        return ChannelClosedError()
    if error.status == HTTPStatus.TOO_MANY_REQUESTS or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return DeliverLaterError(timedelta(seconds=5))
    # A refusal nobody foresaw: slowly again until the deadline, because the clip was paid for.
    return DeliverLaterError(timedelta(minutes=1))


def _is_discords_own(error: discord.HTTPException) -> bool:
    """Whether Discord itself refused, and not something before it that knows nothing of channels."""
    return error.response.headers.get("Content-Type", "").startswith("application/json")
