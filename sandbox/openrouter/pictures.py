"""The pictures of a submit that come in the body itself: each has to be the picture that its address says it is."""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from io import BytesIO
from typing import Final

from PIL import Image

from sandbox.openrouter.problems import bad_parameter

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of one picture. The real service publishes no limit; this one is what several of its providers take."""
_ADDRESS: Final = re.compile(r"data:(?P<type>[a-z]+/[a-z0-9.+-]+);base64,(?P<content>[A-Za-z0-9+/]*={0,2})", re.ASCII)
_FORMATS: Final[Mapping[str, str]] = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def require_picture(address: str) -> None:
    """Return where a picture could be used. One on the web is not fetched here, so nothing is said of it.

    Raises:
        Problem: 400.
    """
    if not address.startswith("data:"):
        return
    found = _ADDRESS.fullmatch(address)
    kind = _FORMATS.get(found["type"]) if found else None
    if found is None or kind is None:
        raise bad_parameter("frame_images: a data URL must be data:image/png, jpeg or webp, in base64.")
    try:
        content = b64decode(found["content"], validate=True)
    except binascii.Error as error:
        raise bad_parameter("frame_images: the data URL is not valid base64.") from error
    if len(content) > LARGEST:
        raise bad_parameter("frame_images: the image is too large.")
    try:
        with Image.open(BytesIO(content), formats=(kind,)) as image:
            image.verify()
    except (OSError, SyntaxError, ValueError) as error:
        raise bad_parameter("frame_images: the image cannot be read.") from error
