"""Of a webhook's body only the job's id is read, and only where it is an event of a video."""

import json
from typing import Any, Final

import pytest

from services.openrouter.events import remote_id_in

ID: Final = "gen-vid-1791447875-kcvDiEOcJLDv7t6LWyap"


def body(kind: object = "video.generation.completed", **data: object) -> bytes:
    return json.dumps({"type": kind, "created_at": "2026-10-08T12:00:00.000Z", "data": {"id": ID} | data}).encode()


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled", "expired", "a word of next year"])
def test_every_event_of_a_video_names_its_job(end: str) -> None:
    assert remote_id_in(body(f"video.generation.{end}", status=end)) == ID


def test_nulls_and_unknown_fields_do_not_matter() -> None:
    nothing: dict[str, Any] = {"generation_id": None, "model": None, "error": None, "usage": 5, "new": [{}]}

    assert remote_id_in(body(**nothing)) == ID


@pytest.mark.parametrize(
    "strange",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 60_000,
        body("image.generation.completed"),
        body(None),
        body(5),
        json.dumps({"type": "video.generation.completed"}).encode(),
        json.dumps({"type": "video.generation.completed", "data": ID}).encode(),
        json.dumps({"type": "video.generation.completed", "data": [{"id": ID}]}).encode(),
        *(body(id=each) for each in (None, 5, "", ".", "..", "a\nb", "x" * 5_000, [ID])),
    ],
)
def test_nothing_else_names_a_job(strange: bytes) -> None:
    assert remote_id_in(strange) is None
