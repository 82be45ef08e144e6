"""What a webhook's body says. Only which job it is about: how that job stands is asked of the API itself."""

from typing import Final

from services.openrouter import reading, wire

_OF_VIDEOS: Final = "video.generation."
"""The events of videos begin with it; one follows for each way in which a job can end."""


def remote_id_in(body: bytes) -> str | None:
    """Return the remote id of the job that an event is about; None where it is no event of a video, or names no job."""
    event = wire.parse(wire.EventBody, body)
    if event is None or event.data is None or event.data.id is None or not (event.type or "").startswith(_OF_VIDEOS):
        return None
    return event.data.id if reading.is_usable_id(event.data.id) else None
