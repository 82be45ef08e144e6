"""Hostile and broken files, made from good ones: `python -m tests.services.media.corpus` tells each one's end."""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from services.errors import ClipError
from services.media import Ffmpeg, Fitter
from tests.services.media.clips import ClipBank

BASES: Final = ("sound", "index at the end", "fragmented", "hevc hvc1", "bomb", "silent")
HUGE: Final = b"\xff\xff\xff\xff"


def box(kind: bytes, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4) + kind + content


def put(content: bytes, kind: bytes, offset: int, value: bytes) -> bytes:
    """Write over the content of the first box of a kind, from an offset on."""
    # The name of a codec stands among the brands at the very beginning too, so the search starts at the index.
    at = content.index(kind, content.index(b"moov")) + 4 + offset
    return content[:at] + value + content[at + len(value) :]


def corpus(bank: ClipBank) -> Mapping[str, bytes]:
    """Return every file by a name that says what is wrong with it."""
    front, end, fragmented, hevc, bomb, silent = (bank.clip(name).read_bytes() for name in BASES)
    return {**_foreign(), **_cut(front, end, fragmented), **_boxes(front), **_tables(front, hevc, bomb, silent)}


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311  # the same bytes every time are the point


def _foreign() -> Mapping[str, bytes]:
    return {
        "nothing": b"",
        "one byte": b"\0",
        "a web page": b"<!doctype html><title>504 Gateway Time-out</title>" * 20,
        "JSON": b'{"error": {"message": "not ready"}}',
        "PNG": b"\x89PNG\r\n\x1a\n" + _noise(500),
        "GIF": b"GIF89a" + _noise(500),
        "WebM": bytes.fromhex("1a45dfa3") + _noise(500),
        "a playlist of a local file": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "a script that joins files": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "a playlist behind a box": box(b"ftyp", b"isom") + b"#EXTM3U\nfile:///etc/passwd\n",
        "gzip": bytes.fromhex("1f8b0800") + _noise(500),
        "a program": b"\x7fELF" + _noise(500),
        "noise": _noise(65_536),
        "zeros": bytes(65_536),
    }


def _cut(front: bytes, end: bytes, fragmented: bytes) -> Mapping[str, bytes]:
    return {
        "cut in half": front[: len(front) // 2],
        "cut by fifty bytes": front[:-50],
        "cut by a byte": front[:-1],
        "index at the end, cut in half": end[: len(end) // 2],
        "index at the end, cut by fifty bytes": end[:-50],
        "fragments cut in half": fragmented[: len(fragmented) // 2],
        "fragments without the last byte": fragmented[:-1],
        "fragments of noise": put(fragmented, b"moof", 0, _noise(60)),
        "the clip twice": front + front,
        "a hole in the middle": front[: len(front) // 2] + front[len(front) // 2 + 400 :],
    }


def _boxes(front: bytes) -> Mapping[str, bytes]:
    start, mdat = box(b"ftyp", b"isom\0\0\2\0isom"), box(b"mdat", bytes(64))
    nested = b""
    for _ in range(2_000):
        nested = box(b"moov", nested)
    return {
        "only a beginning": start,
        "no index": start + mdat,
        "no pictures": front[: front.index(b"mdat") - 4],
        "an empty index": start + box(b"moov") + mdat,
        "an index of noise": start + box(b"moov", _noise(4_000)) + mdat,
        "an index of zeros": start + box(b"moov", bytes(4_000)) + mdat,
        "an index of five megabytes": start + box(b"moov", bytes(5_000_000)) + mdat,
        "an index longer than the file": start + HUGE + b"moov" + mdat,
        "a length of 64 bits beyond all files": start + (1).to_bytes(4) + b"moov" + b"\xff" * 8 + mdat,
        "two thousand boxes in each other": start + nested + mdat,
        "a hundred thousand boxes": front + box(b"free") * 100_000,
        "a thousand boxes in the index": start + box(b"moov", box(b"free") * 1_000) + mdat,
        "a hundred tracks": start + box(b"moov", box(b"mvhd", bytes(100)) + box(b"trak") * 100) + mdat,
        "two indexes": front + front[front.index(b"moov") - 4 : front.index(b"mdat") - 4],
        "no kind of track": front.replace(b"vide", b"xxxx").replace(b"soun", b"yyyy"),
        "sound alone": front.replace(b"vide", b"xxxx"),
        "pictures called sound": front.replace(b"vide", b"soun"),
        "an unknown codec": front.replace(b"avc1", b"xxxx"),
        "another codec's name": front.replace(b"avc1", b"av01"),
        "pictures from another file": front.replace(b"url \0\0\0\1", b"url \0\0\0\0"),
    }


def _tables(front: bytes, hevc: bytes, bomb: bytes, silent: bytes) -> Mapping[str, bytes]:
    mdat = front.index(b"mdat") + 4
    middle = (mdat + len(front)) // 2
    small = (64).to_bytes(2) * 2
    return {
        "four billion sizes": put(front, b"stsz", 8, HUGE),
        "four billion samples of one size": put(front, b"stsz", 4, HUGE + HUGE),
        "samples of no bytes": put(silent, b"stsz", 12, bytes(80)),
        "samples of all bytes": put(silent, b"stsz", 12, HUGE * 20),
        "four billion chunks": put(front, b"stco", 4, HUGE),
        "a chunk behind the end": put(front, b"stco", 8, HUGE),
        "a chunk in the index": put(front, b"stco", 8, bytes(4)),
        "chunks of no samples": put(front, b"stsc", 8, (1).to_bytes(4) + bytes(4)),
        "chunks that go backwards": put(front, b"stsc", 8, HUGE + HUGE),
        "no sample entry": put(front, b"stsd", 4, bytes(4)),
        "four billion sample entries": put(front, b"stsd", 4, HUGE),
        "a sample entry that ends early": put(front, b"stsd", 8, (20).to_bytes(4)),
        "a decoder configuration of zeros": put(front, b"avcC", 0, bytes(30)),
        "a decoder configuration of ones": put(front, b"avcC", 0, b"\xff" * 30),
        "HEVC with a configuration of noise": put(hevc, b"hvcC", 0, _noise(60)),
        "pictures of noise": front[:mdat] + _noise(len(front) - mdat),
        "HEVC of noise": hevc[: hevc.index(b"mdat") + 4] + _noise(len(hevc) - hevc.index(b"mdat") - 4),
        "pictures of zeros": front[:mdat] + bytes(len(front) - mdat),
        "half of it noise": front[:middle] + _noise(len(front) - middle),
        "four billion ticks long": put(front, b"tkhd", 20, b"\xff\xff\xff\xfe"),
        "no length": put(put(front, b"tkhd", 20, bytes(4)), b"mdhd", 16, bytes(4)),
        "no clock": put(put(front, b"mvhd", 12, bytes(4)), b"mdhd", 12, bytes(4)),
        "an hour between pictures": put(front, b"stts", 8, (20).to_bytes(4) + b"\x7f\xff\xff\xff"),
        "edits of nothing": put(front, b"elst", 8, HUGE * 3),
        "a picture of 35 megapixels": bomb,
        "a picture of 35 megapixels that says 64x64": put(bomb, b"avc1", 24, small),
        "a small picture that says 8192x8192": put(front, b"avc1", 24, (8192).to_bytes(2) * 2),
        "a picture of no size": put(front, b"avc1", 24, bytes(4)),
    }


async def outcome(fitter: Fitter, clip: Path, *, limit: int, target: Path) -> str:
    """Return what became of a file: a treatment, or the kind of refusal. Anything but those two is raised."""
    try:
        fitted = await fitter.make_fit(clip, limit=limit, target_folder=target)
    except ClipError as error:
        return type(error).__name__
    if fitted.path != clip:
        fitted.path.unlink()
    return fitted.treatment.value


async def _table(folder: Path) -> None:
    bank, target = ClipBank(folder), folder / "target"
    target.mkdir()
    fitter = Fitter(await Ffmpeg.find())
    for name, content in corpus(bank).items():
        clip = folder / "clip.mp4"
        clip.write_bytes(content)
        cells = [f"{name:46}{len(content):>9}"]
        for limit in (1 << 30, max(1, int(0.8 * len(content)))):
            begun = time.perf_counter()
            became = await outcome(fitter, clip, limit=limit, target=target)
            cells.append(f"{became:20}{1_000 * (time.perf_counter() - begun):>8.1f} ms")
        sys.stdout.write("  ".join(cells) + f"  left: {len(list(target.iterdir()))}\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_table(Path(folder)))
