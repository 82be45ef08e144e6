"""What a submit asks of its model: every value is checked against the list, and what was left out is filled in."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.openrouter.listing import ListedModel
from sandbox.openrouter.pictures import require_picture
from sandbox.openrouter.pixels import Pixels, computed_size, listed_size, parse_size, short_edge
from sandbox.openrouter.pricing import Mode, Sale
from sandbox.openrouter.problems import bad_parameter, bad_request
from sandbox.openrouter.submission import Submission, VideoReference

_SECONDS_OF_AN_INPUT = 5
"""The length of the inputs that are never fetched: for the models that take their length from one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A video that can be made: nothing in it is left open."""

    model: ListedModel
    prompt: str
    seconds: int
    pixels: Pixels
    resolution: str | None
    aspect_ratio: str | None
    audio: bool
    mode: Mode
    frame_images: int
    reference_images: int
    video_input: bool

    @property
    def sale(self) -> Sale:
        """What of it has a price."""
        return Sale(
            mode=self.mode,
            seconds=self.seconds,
            resolution=self.resolution,
            pixels=self.pixels,
            audio=self.audio,
            frame_images=self.frame_images,
            reference_images=self.reference_images,
            video_input=self.video_input,
        )


def order_of(submission: Submission, model: ListedModel) -> Order:
    """Read a submission as an order to its model.

    Raises:
        Problem: 400 for a value that the model does not list, and for values that exclude each other.
    """
    _check_flags(submission, model)
    _check_frames(submission, model)
    _check_inputs(submission, model)
    seconds = _seconds(submission, model)
    resolution, aspect_ratio, pixels = _shape(submission, model)
    references = submission.input_references or []
    return Order(
        model=model,
        prompt=submission.prompt or "",
        seconds=seconds,
        pixels=pixels,
        resolution=resolution,
        aspect_ratio=aspect_ratio,
        # Left out, sound is on wherever the model can make it: the dearer default, as it is there.
        audio=submission.generate_audio if submission.generate_audio is not None else model.generate_audio is True,
        mode=_mode(submission),
        frame_images=len(submission.frame_images or []),
        reference_images=sum(reference.type == "image_url" for reference in references),
        video_input=any(isinstance(reference, VideoReference) for reference in references),
    )


def _mode(submission: Submission) -> Mode:
    if submission.previous_job_id:
        return Mode.CONTINUATION
    if submission.frame_images:
        return Mode.IMAGE
    return Mode.REFERENCE if submission.input_references else Mode.TEXT


def _check_flags(submission: Submission, model: ListedModel) -> None:
    """Refuse fields that only some models take."""
    if submission.generate_audio is not None and model.generate_audio is not True:
        raise bad_parameter("generate_audio is not supported for this model.")
    if submission.seed is not None and model.seed is not True:
        raise bad_parameter("seed is not supported for this model.")
    if submission.upscale_factor is not None and model.upscale_factor is None:
        raise bad_parameter("upscale_factor is not supported for this model.")
    if submission.creativity is not None and submission.creativity not in (model.creativity or ()):
        raise bad_parameter("creativity is not supported for this model.")
    if submission.previous_job_id is not None and not model.continues:
        raise bad_parameter("previous_job_id is not supported for this model.")


def _check_frames(submission: Submission, model: ListedModel) -> None:
    kinds = [frame.frame_type for frame in submission.frame_images or []]
    for kind in kinds:
        if kind not in (model.supported_frame_images or ()):
            raise bad_parameter(
                f'the provider integration for model "{model.id}" does not support {kind} frame_images',
            )
    if len(kinds) > len(set(kinds)):
        raise bad_parameter("frame_images may hold at most one first_frame and one last_frame.")
    if kinds == ["last_frame"]:
        raise bad_parameter("frame_images: last_frame requires first_frame.")
    for frame in submission.frame_images or []:
        require_picture(frame.image_url.url)


def _check_inputs(submission: Submission, model: ListedModel) -> None:
    """Refuse a request without what the video is to be made from."""
    if not model.supported_durations and not submission.input_references:
        raise bad_parameter(f"{model.id} requires an input reference")
    if model.supported_durations and not (submission.prompt or "").strip():
        raise bad_request("prompt: must not be empty for this model")


def _seconds(submission: Submission, model: ListedModel) -> int:
    """Return the length. Left out it is 8 s where that is listed, which is not the shortest: as it is there."""
    listed = model.supported_durations or ()
    if submission.duration is None:
        return next((length for length in (8, 6, 5, *listed) if length in listed), _SECONDS_OF_AN_INPUT)
    if submission.duration not in listed:
        raise bad_parameter(
            f"Duration {submission.duration}s is not supported for this model."
            f" Supported durations: {', '.join(map(str, sorted(listed)))}s",
        )
    return submission.duration


def _shape(submission: Submission, model: ListedModel) -> tuple[str | None, str | None, Pixels]:
    """Return resolution and aspect ratio where they can be chosen, and the size that they mean."""
    if submission.size is not None:
        return _exact_shape(submission, model)
    resolution = _chosen("Resolution", submission.resolution, model.supported_resolutions, favourite="1080p")
    aspect_ratio = _chosen("Aspect ratio", submission.aspect_ratio, model.supported_aspect_ratios, favourite="16:9")
    size, ratio = resolution or "720p", aspect_ratio or "16:9"
    if not model.supported_sizes:
        return resolution, aspect_ratio, computed_size(size, ratio)
    pixels = listed_size(model.supported_sizes, resolution=size, aspect_ratio=ratio)
    if pixels is None:
        raise bad_parameter(f"No size is supported for resolution {resolution} with aspect ratio {aspect_ratio}.")
    return resolution, aspect_ratio, pixels


def _exact_shape(submission: Submission, model: ListedModel) -> tuple[str | None, str | None, Pixels]:
    """Return the shape that was asked for by its pixels."""
    if submission.resolution is not None or submission.aspect_ratio is not None:
        raise bad_parameter("size cannot be combined with resolution or aspect_ratio.")
    if submission.size is None or submission.size not in (model.supported_sizes or ()):
        raise bad_parameter(
            f"Size {submission.size} is not supported for this model."
            f" Supported sizes: {', '.join(model.supported_sizes or ()) or 'none'}",
        )
    pixels = parse_size(submission.size)
    resolutions = model.supported_resolutions or ()
    resolution = next((name for name in resolutions if short_edge(name) == min(pixels)), None)
    return resolution, None, pixels


def _chosen(what: str, value: str | None, listed: Sequence[str] | None, *, favourite: str) -> str | None:
    """Return the value, which must be listed; left out it is the favourite, or the last one."""
    if value is None:
        if not listed:
            return None
        return favourite if favourite in listed else listed[-1]
    if value not in (listed or ()):
        raise bad_parameter(
            f"{what} {value} is not supported for this model."
            f" Supported {what.lower()}s: {', '.join(listed or ()) or 'none'}",
        )
    return value
