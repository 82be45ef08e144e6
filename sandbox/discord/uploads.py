"""Files that a user attaches, as the tests and the remote control hand them over."""

import base64
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer
from pydantic.dataclasses import dataclass


def _unpacked(value: object) -> object:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


def _packed(content: bytes) -> str:
    return base64.b64encode(content).decode()


# Of pydantic's own kind, so that it is written as base64 wherever in a call it stands.
@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file in a user's hand; in JSON its content is base64."""

    filename: str
    content: Annotated[bytes, BeforeValidator(_unpacked), PlainSerializer(_packed, return_type=str, when_used="json")]
