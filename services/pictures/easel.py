"""Draws a member's picture anew: small enough, upright, on white, with nothing in it but what can be seen.

It runs as a program of its own, by its path and with nothing of ours imported: whatever a decoder can be made to do by
a hostile file, it does in a child that has no secrets, no memory to spare, and dies after some seconds. The picture
comes in by standard input; the JPEG goes out by standard output, or the exit code says why there is none.
"""

import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import BytesIO
from typing import Final, cast

from PIL import Image, ImageCms

LONGEST_SIDE: Final = 2_048
"""Pixels; more than any model's clip has needs no larger picture."""
SHORTEST_SIDE: Final = 64
MOST_PIXELS: Final = 50_000_000
"""Of the picture as it was sent: the largest that telephones make, and a quarter of a gibibyte when it is decoded."""
LARGEST_JPEG: Final = 6 * 1024 * 1024
QUALITIES: Final = (92, 85, 75, 60)
MEMORY: Final = 1024 * 1024 * 1024
CPU_SECONDS: Final = 20
BEGINNINGS: Final[Mapping[bytes, str]] = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WEBP"}
"""How the files begin that are read, and the one decoder that each is given to."""
WEBP: Final = b"WEBP"

OTHER_TYPE, BROKEN, TOO_MANY_PIXELS, TOO_SMALL = 10, 11, 12, 13
"""Exit codes."""


class RefusedError(Exception):
    """The picture cannot be drawn. `code` is the exit code that says why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def redraw(content: bytes) -> bytes:
    """Return the picture as a JPEG without metadata.

    Raises:
        RefusedError: it is no picture, or none that can be used.
    """
    decoder = decoder_of(content)
    try:
        _require_whole(content, decoder)
        with Image.open(BytesIO(content), formats=(decoder,)) as image:
            return _encoded(_drawn(image))
    except RefusedError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise RefusedError(TOO_MANY_PIXELS) from None
    except Exception:  # noqa: BLE001  # a hostile file can make a decoder raise anything, and it means one thing
        raise RefusedError(BROKEN) from None


def decoder_of(content: bytes) -> str:
    """Return which decoder reads a file, by how it begins.

    Raises:
        RefusedError: none does.
    """
    for beginning, decoder in BEGINNINGS.items():
        if content.startswith(beginning) and (decoder != "WEBP" or content[8:12] == WEBP):
            return decoder
    raise RefusedError(OTHER_TYPE)


def _require_whole(content: bytes, decoder: str) -> None:
    """Look at the size before a pixel is decoded, and at the checksums where the format has some."""
    with Image.open(BytesIO(content), formats=(decoder,)) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise RefusedError(TOO_MANY_PIXELS)
        if min(_fitted(width, height)) < SHORTEST_SIDE:
            raise RefusedError(TOO_SMALL)
        image.verify()


def _fitted(width: int, height: int) -> tuple[int, int]:
    longest = max(width, height, LONGEST_SIDE)
    return width * LONGEST_SIDE // longest, height * LONGEST_SIDE // longest


def _drawn(image: Image.Image) -> Image.Image:
    """Return what can be seen of a picture, upright and in sRGB. Of a moving one that is its first frame."""
    orientation, profile = _orientation(image), image.info.get("icc_profile")
    # A JPEG is decoded at a fraction of its size where that is still large enough.
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image.load()
    seen = _in_plain_mode(image)
    seen.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    flat = _in_srgb(_on_white(seen), profile)
    return flat if orientation is None else flat.transpose(orientation)


def _orientation(image: Image.Image) -> Image.Transpose | None:
    """Return how to turn it; an orientation that cannot be read is none."""
    tag: object = None
    with suppress(Exception):  # a broken description of a good picture
        tag = image.getexif().get(0x0112)
    return {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(tag if isinstance(tag, int) else 1)


def _in_plain_mode(image: Image.Image) -> Image.Image:
    """Return it in a mode that can be made smaller without harm: no palette, eight bits."""
    if image.mode.startswith("I"):
        # Sixteen bits of grey: the upper eight are what can be seen.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode == "CMYK" else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Return it in the colours that everybody assumes; a profile that cannot be read is none."""
    if isinstance(profile, bytes):
        with suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            create = cast(
                "Callable[[str], ImageCms.ImageCmsProfile]",
                ImageCms.createProfile,  # pyright: ignore[reportUnknownMemberType]  # Pillow leaves it untyped
            )
            converted = ImageCms.profileToProfile(image, source, create("sRGB"), outputMode="RGB")
            return converted or image.convert("RGB")
    return image.convert("RGB")


def _encoded(image: Image.Image) -> bytes:
    """Return a JPEG of at most `LARGEST_JPEG` bytes."""
    image.info.clear()
    for quality in QUALITIES:
        drawn = BytesIO()
        image.save(drawn, "JPEG", quality=quality)
        if drawn.tell() <= LARGEST_JPEG:
            return drawn.getvalue()
    raise RefusedError(TOO_MANY_PIXELS)


def _confine() -> None:
    """Take from this process what drawing a picture does not need."""
    try:
        import resource  # noqa: PLC0415  # not on every system
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # some systems know a limit and do not let it be set
            resource.setrlimit(what, (most, most))


def main() -> int:
    """Draw the picture on standard input; return the exit code."""
    _confine()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        drawn = redraw(sys.stdin.buffer.read())
    except RefusedError as refused:
        return refused.code
    sys.stdout.buffer.write(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main())
