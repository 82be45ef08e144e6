"""The body of a submit: read strictly by the documented schema, before any model is looked at."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sandbox.openrouter.problems import bad_request


def _is_web_or_data_url(url: str) -> str:
    if not (urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc) and not url.startswith("data:"):
        raise ValueError("must be a URL")
    return url


def _is_https(url: str) -> str:
    if urlsplit(url).scheme != "https" or not urlsplit(url).netloc:
        raise ValueError("must be an HTTPS URL")
    return url


_Url = Annotated[str, AfterValidator(_is_web_or_data_url)]


class _Schema(BaseModel):
    """No value is converted: the real service does not read "5" as 5. Unknown keys are ignored, as it ignores them."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Link(_Schema):
    url: _Url


class FrameImage(_Schema):
    """A picture that the video begins or ends with."""

    type: Literal["image_url"]
    image_url: _Link
    frame_type: Literal["first_frame", "last_frame"]


class ImageReference(_Schema):
    """A picture to guide the video."""

    type: Literal["image_url"]
    image_url: _Link


class VideoReference(_Schema):
    """A video to guide the video."""

    type: Literal["video_url"]
    video_url: _Link


class AudioReference(_Schema):
    """A sound to guide the video."""

    type: Literal["audio_url"]
    audio_url: _Link


Reference = Annotated[ImageReference | VideoReference | AudioReference, Field(discriminator="type")]


class _Provider(_Schema):
    options: Mapping[str, Mapping[str, object]] | None = None


class Submission(_Schema):
    """A submit that is well formed. None where a field was not sent."""

    model: Annotated[str, Field(min_length=1)]
    prompt: str | None = None
    duration: Annotated[int, Field(ge=1)] | None = None
    resolution: str | None = None
    aspect_ratio: str | None = None
    size: Annotated[str, Field(pattern=r"^[1-9]\d{1,4}x[1-9]\d{1,4}$")] | None = None
    frame_images: list[FrameImage] | None = None
    input_references: list[Reference] | None = None
    generate_audio: bool | None = None
    seed: int | None = None
    callback_url: Annotated[str, AfterValidator(_is_https)] | None = None
    previous_job_id: Annotated[str, Field(min_length=1)] | None = None
    session_id: Annotated[str, Field(max_length=256)] | None = None
    user: str | None = None
    trace: Mapping[str, object] | None = None
    provider: _Provider | None = None
    upscale_factor: Annotated[float, Field(gt=0)] | None = None
    creativity: int | None = None


def read_submission(document: object) -> tuple[Submission, tuple[str, ...]]:
    """Check a parsed body; return it with the names of the top-level keys that are ignored.

    Raises:
        Problem: 400, naming every field that is wrong.
    """
    if not isinstance(document, dict):
        raise bad_request("The request body must be a JSON object")
    body = TypeAdapter(dict[str, object]).validate_python(document)
    nulls = sorted(name for name, value in body.items() if value is None and name in Submission.model_fields)
    if nulls:
        raise bad_request("; ".join(f"{name}: must not be null" for name in nulls))
    try:
        submission = Submission.model_validate(body)
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}" for detail in error.errors())
        raise bad_request("; ".join(wrong)) from error
    return submission, tuple(name for name in body if name not in Submission.model_fields)
