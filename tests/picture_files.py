"""Pictures to test with: good ones of every kind that is taken, and files that mean harm or mean nothing."""

import io
import os
import struct
import zlib
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from PIL import Image, PngImagePlugin

RED, BLUE = (255, 0, 0), (0, 0, 255)
SECRET: Final = "gps-canary 48.137154 11.576124"


def picture(mode: str = "RGB", size: tuple[int, int] = (320, 180), kind: str = "PNG", **how: Any) -> bytes:  # noqa: ANN401  # what Pillow's encoders take
    """Return a picture of one colour."""
    return encoded(Image.new(mode, size), kind, **how)


def halves(*, top: tuple[int, int, int] = RED, below: tuple[int, int, int] = BLUE) -> Image.Image:
    """Return a picture with one colour above another: whoever turns it shows how."""
    image = Image.new("RGB", (200, 100), below)
    image.paste(top, (0, 0, 200, 50))
    return image


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:  # noqa: ANN401  # what Pillow's encoders take
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))


def turned(orientation: int, *, kind: str = "JPEG") -> bytes:
    """Return a picture that says how it is to be held, and where it was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, SECRET
    return encoded(halves(), kind, exif=exif.tobytes())


def moving(kind: str) -> bytes:
    """Return a picture that moves: red, then blue."""
    frames = [Image.new("RGB", (100, 100), colour) for colour in (RED, BLUE, BLUE)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(*chunks: bytes, width: int = 100, height: int = 100, depth: int = 8, colour: int = 0) -> bytes:
    """Return a PNG by hand, with whatever chunks come after its head."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def packed_zeros(count: int) -> bytes:
    """Return so many zero bytes, deflated: a thousandth of them, or less."""
    deflate, piece = zlib.compressobj(9), bytes(1 << 20)
    return b"".join(deflate.compress(piece) for _ in range(count >> 20)) + deflate.flush()


def jpeg_of_size(width: int, height: int) -> bytes:
    """Return a JPEG whose head lies about its size."""
    good = picture(kind="JPEG")
    at = good.index(b"\xff\xc0") + 5
    return good[:at] + struct.pack(">HH", height, width) + good[at + 4 :]


def with_text(name: str, value: str) -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text(name, value, zip=True)
    return picture(pnginfo=notes)


OTHER: Final[Mapping[str, bytes]] = {
    "nothing": b"",
    "one byte": b"\xff",
    "a page named like a picture": b"<!doctype html><script>alert(1)</script>",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/"/></svg>',
    "SVG with a declaration": b'<?xml version="1.0"?><!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg/>',
    "JSON": b'{"error": "not found"}',
    "GIF": moving("GIF"),
    "a page that begins as a GIF": b"GIF89a<script>alert(1)</script>",
    "BMP": picture(kind="BMP"),
    "TIFF": picture(kind="TIFF"),
    "ICO": picture(size=(64, 64), kind="ICO"),
    "PDF": b"%PDF-1.7\n1 0 obj",
    "EPS, which Pillow hands to Ghostscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "MP4": b"\0\0\0\x18ftypisom" + bytes(16),
    "HEIC of a telephone": b"\0\0\0\x18ftypheic" + bytes(64),
    "ZIP": b"PK\x03\x04" + bytes(64),
    "a sound in RIFF": b"RIFF\x24\0\0\0WAVEfmt " + bytes(32),
    "Windows cursor": b"\0\0\x02\0\x01\0" + bytes(32),
}
"""No picture of a kind that is taken, whatever it is called."""
BROKEN: Final[Mapping[str, bytes]] = {
    "PNG of eight bytes": b"\x89PNG\r\n\x1a\n",
    "PNG that was cut off": encoded(noise((200, 200)), "PNG")[:60_000],
    "PNG with a wrong checksum": picture().replace(b"IDAT", b"IDAT\x01", 1),
    "PNG without pixels": png(),
    "PNG of no width": png(chunk(b"IDAT", zlib.compress(b"\0")), width=0),
    "noise after the head of a PNG": b"\x89PNG\r\n\x1a\n" + os.urandom(4_000),
    "JPEG that was cut off": encoded(noise((200, 200)), "JPEG")[:9_000],
    "noise after the head of a JPEG": b"\xff\xd8\xff\xe0" + os.urandom(4_000),
    "JPEG of three bytes": b"\xff\xd8\xff",
    "WebP that was cut off": encoded(noise((200, 200)), "WEBP")[:4_000],
    "noise after the head of a WebP": b"RIFF\0\x10\0\0WEBP" + os.urandom(4_000),
    "PNG with a note that unpacks to 200 MB": png(chunk(b"zTXt", b"note\0\0" + packed_zeros(200 << 20))),
}
"""Begins as a picture, and is none."""
BOMBS: Final[Mapping[str, bytes]] = {
    "PNG of 400 megapixels": png(chunk(b"IDAT", packed_zeros(50 << 20)), width=20_000, height=20_000, depth=1),
    "PNG that says it has 3,600 megapixels": png(width=60_000, height=60_000, depth=8, colour=6),
    "JPEG that says it has 4,290 megapixels": jpeg_of_size(65_500, 65_500),
    "PNG just over the limit": png(chunk(b"IDAT", b""), width=10_000, height=5_001),
}
"""Small on the wire, and endless when it is decoded."""
SMALL: Final[Mapping[str, bytes]] = {
    "one pixel": picture(size=(1, 1)),
    "a strip": picture(size=(20_000, 20)),
    "a strip that is one when it fits": picture(size=(90, 4_000)),
    "just too small": picture(size=(63, 500)),
}
HOSTILE: Final = {**OTHER, **BROKEN, **BOMBS, **SMALL}
KINDS: Final = {
    "PNG": partial(picture, "RGB"),
    "PNG with alpha": partial(picture, "RGBA"),
    "PNG with a palette": partial(picture, "P"),
    "PNG of one bit": partial(picture, "1"),
    "PNG of grey": partial(picture, "L"),
    "PNG of grey with alpha": partial(picture, "LA"),
    "PNG of sixteen bits": partial(picture, "I;16"),
    "JPEG": partial(picture, "RGB", kind="JPEG"),
    "JPEG of grey": partial(picture, "L", kind="JPEG"),
    "JPEG for a printer": partial(picture, "CMYK", kind="JPEG"),
    "progressive JPEG": partial(picture, "RGB", kind="JPEG", progressive=True),
    "two pictures in one JPEG": partial(picture, "RGB", kind="MPO"),
    "WebP": partial(picture, "RGB", kind="WEBP"),
    "WebP without loss": partial(picture, "RGBA", kind="WEBP", lossless=True),
    "moving WebP": partial(moving, "WEBP"),
    "moving PNG": partial(moving, "PNG"),
}
