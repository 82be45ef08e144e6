"""Reads the body of a REST request: JSON, or a form with `payload_json` and `files[n]` that is streamed to disk."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from aiohttp import BodyPartReader, web
from aiohttp.multipart import MultipartReader

from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.spool import Spool, StoredFile

CHUNK: Final = 1 << 18
FILE_FIELD: Final = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What came with a request. `json` is None where there was no body at all."""

    json: object = None
    files: tuple[StoredFile, ...] = ()


async def read_body(request: web.Request, spool: Spool) -> Body:
    """Read the whole body.

    Raises:
        ApiError: invalid JSON, or a content type that Discord does not take.
    """
    if not request.can_read_body:
        return Body()
    match request.content_type:
        case "application/json":
            return Body(json=parsed(await request.read()))
        case "multipart/form-data":
            return await _read_form(await request.multipart(), spool)
        case other:
            words = f"Expected \"Content-Type\" header to be one of {{'application/json'}}, not {other}."
            raise ApiError(Refusal.INVALID_FORM_BODY, {"_errors": [{"code": "CONTENT_TYPE_INVALID", "message": words}]})


def parsed(raw: bytes | bytearray) -> object:
    """The JSON in a body.

    Raises:
        ApiError: 400/50109.
    """
    if not raw:
        return None
    try:
        value: object = json.loads(raw)
    except ValueError:
        raise ApiError(Refusal.INVALID_JSON) from None
    return value


async def _read_form(form: MultipartReader, spool: Spool) -> Body:
    payload: object = None
    files: list[StoredFile] = []
    async for part in form:
        if not isinstance(part, BodyPartReader):
            raise ApiError(Refusal.BAD_REQUEST)
        field = FILE_FIELD.fullmatch(part.name or "")
        if field is not None and part.filename:
            content_type = part.headers.get("Content-Type", "application/octet-stream")
            stored = await spool.store(
                _chunks(part), index=int(field[1]), filename=part.filename, content_type=content_type
            )
            files.append(stored)
        elif part.name == "payload_json":
            payload = parsed(await part.read())
        else:
            raise ApiError(Refusal.INVALID_FORM_BODY, {str(part.name): {"_errors": [UNKNOWN_FIELD]}})
    return Body(json=payload, files=tuple(files))


UNKNOWN_FIELD: Final = {"code": "UNKNOWN_FORM_FIELD", "message": "A form holds payload_json and files[n]."}


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(CHUNK):
        yield chunk
