"""Members' pictures: drawn anew in a child, kept until they are sent, and let go."""

import ast
import asyncio
import os
import random
import stat
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from PIL import Image, ImageCms

from services.models import FRAMES, FrameKind
from services.pictures import PictureError, PictureFault, PictureShelf, easel
from services.pictures.child import redrawn
from tests.picture_files import (
    BLUE,
    BOMBS,
    BROKEN,
    HOSTILE,
    KINDS,
    OTHER,
    RED,
    SECRET,
    SMALL,
    encoded,
    halves,
    moving,
    noise,
    opened,
    picture,
    turned,
)

CHILDREN = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    """Whether a pixel has about that colour: a JPEG is not exact."""
    red, green, blue = cast("tuple[int, int, int]", pixel)
    return all(abs(one - other) < 12 for one, other in zip((red, green, blue), colour, strict=True))


# --- drawing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_a_plain_jpeg(kind: str) -> None:
    drawn = opened(easel.redraw(KINDS[kind]()))

    assert (drawn.format, drawn.mode) == ("JPEG", "RGB")
    assert drawn.size in {(320, 180), (100, 100)}
    assert set(drawn.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    ("orientation", "size", "corner", "opposite"),
    [
        (1, (200, 100), RED, BLUE),
        (2, (200, 100), RED, BLUE),
        (3, (200, 100), BLUE, RED),
        (4, (200, 100), BLUE, RED),
        (5, (100, 200), RED, BLUE),
        (6, (100, 200), BLUE, RED),
        (7, (100, 200), BLUE, RED),
        (8, (100, 200), RED, BLUE),
        (99, (200, 100), RED, BLUE),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_put_upright_as_the_camera_was_held(
    kind: str, orientation: int, size: tuple[int, int], corner: tuple[int, int, int], opposite: tuple[int, int, int]
) -> None:
    drawn = opened(easel.redraw(turned(orientation, kind=kind)))

    assert drawn.size == size
    assert near(drawn.getpixel((4, 4)), corner)
    assert near(drawn.getpixel((size[0] - 5, size[1] - 5)), opposite)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_is_left_of_what_the_file_said_besides(kind: str) -> None:
    content = turned(6, kind=kind)
    assert SECRET.encode() in content

    assert SECRET.encode() not in easel.redraw(content)
    assert not opened(easel.redraw(content)).getexif()


def test_a_description_that_cannot_be_read_does_not_cost_the_picture() -> None:
    content = turned(6).replace(b"II*\0", b"II*\xff").replace(b"MM\0*", b"MM\xff*")

    assert opened(easel.redraw(content)).size == (200, 100)


def test_what_is_transparent_is_white() -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((255, 0, 0, 128), (0, 0, 100, 50))

    drawn = opened(easel.redraw(encoded(image, "PNG")))

    assert near(drawn.getpixel((50, 90)), (255, 255, 255))
    assert near(drawn.getpixel((50, 10)), (255, 127, 127))


def test_sixteen_bits_of_grey_are_no_white_sheet() -> None:
    drawn = opened(easel.redraw(encoded(Image.new("I;16", (100, 100), 40_000), "PNG")))

    assert near(drawn.getpixel((50, 50)), (156, 156, 156))


def test_ink_becomes_light() -> None:
    drawn = opened(easel.redraw(encoded(Image.new("CMYK", (100, 100), (0, 255, 255, 0)), "JPEG")))

    assert near(drawn.getpixel((50, 50)), RED)


def test_colours_of_another_space_are_turned_into_those_of_every_screen() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # Pillow leaves it untyped
    unfit = encoded(halves(), "PNG", icc_profile=profile.tobytes())
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # the same
    fit = encoded(halves(), "PNG", icc_profile=srgb.tobytes())
    senseless = encoded(halves(), "PNG", icc_profile=b"no profile at all")

    for content in (fit, unfit, senseless):
        drawn = opened(easel.redraw(content))
        assert near(drawn.getpixel((4, 4)), RED)
        assert "icc_profile" not in drawn.info


@pytest.mark.parametrize(
    ("size", "fitted"),
    [((4_000, 1_000), (2_048, 512)), ((1_000, 4_000), (512, 2_048)), ((2_048, 2_048), (2_048, 2_048))],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_picture_is_made_to_fit_and_keeps_its_shape(
    kind: str, size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert opened(easel.redraw(picture(size=size, kind=kind))).size == fitted


def test_the_worst_picture_there_is_still_goes_into_a_submit() -> None:
    drawn = easel.redraw(encoded(noise((2_048, 2_048)), "PNG", compress_level=0))

    assert len(drawn) <= easel.LARGEST_JPEG
    assert opened(drawn).size == (2_048, 2_048)


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame_counts(kind: str) -> None:
    assert near(opened(easel.redraw(moving(kind))).getpixel((50, 50)), RED)


# --- what means harm -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_for_what_it_is(name: str) -> None:
    codes = {easel.OTHER_TYPE: OTHER, easel.BROKEN: BROKEN, easel.TOO_MANY_PIXELS: BOMBS, easel.TOO_SMALL: SMALL}

    with pytest.raises(easel.RefusedError) as refused:
        easel.redraw(HOSTILE[name])

    assert name in codes[refused.value.code]


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(HOSTILE) >= 20


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_thousand_damaged_copies_are_drawn_or_refused_and_nothing_else_happens(kind: str) -> None:
    good, chance = encoded(noise((80, 70)).convert("L").convert("RGB"), kind), random.Random(kind)  # noqa: S311  # the same damage again
    for _ in range(334):
        copy = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            copy[chance.randrange(len(copy))] = chance.randrange(256)
        try:
            drawn = easel.redraw(bytes(copy[: chance.choice((len(copy), chance.randrange(len(copy)))) or 1]))
        except easel.RefusedError:
            continue
        assert opened(drawn).format == "JPEG"


# --- the child -------------------------------------------------------------------------------------------------------


async def test_the_child_draws_what_it_is_given() -> None:
    assert opened(await redrawn(encoded(halves(), "PNG"))).size == (200, 100)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (OTHER["SVG"], PictureFault.OTHER_TYPE),
        (BROKEN["PNG that was cut off"], PictureFault.BROKEN),
        (BOMBS["PNG of 400 megapixels"], PictureFault.TOO_MANY_PIXELS),
        (SMALL["one pixel"], PictureFault.TOO_SMALL),
        (b"\xff\xd8\xff" + bytes(9_000_000), PictureFault.BROKEN),
    ],
)
async def test_the_child_says_why_it_does_not(content: bytes, fault: PictureFault) -> None:
    with pytest.raises(PictureError) as refused:
        await redrawn(content)

    assert refused.value.fault is fault


@pytest.mark.skipif(not CHILDREN.exists(), reason="needs /proc to see children")
async def test_a_cancel_leaves_no_child_behind() -> None:
    before = await asyncio.to_thread(CHILDREN.read_text)
    drawing = asyncio.create_task(redrawn(picture("RGBA", (4_000, 4_000))))
    async with asyncio.timeout(60):
        while await asyncio.to_thread(CHILDREN.read_text) == before:  # noqa: ASYNC110  # a process sets no event
            await asyncio.sleep(0.01)
    drawing.cancel()
    await asyncio.wait({drawing})

    assert drawing.cancelled()
    assert await asyncio.to_thread(CHILDREN.read_text) == before


def test_the_child_stands_on_its_own_and_owns_nothing(tmp_path: Path) -> None:
    """It runs by its path alone: without our modules, without an environment, from anywhere."""
    script = Path(easel.__file__)
    tree = ast.parse(script.read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any((name or "").startswith(("services", "cogs", "sandbox")) for name in imported)

    ran = subprocess.run(
        [sys.executable, "-I", str(script)], input=picture(), capture_output=True, env={}, cwd=tmp_path, check=True
    )

    assert opened(ran.stdout).size == (320, 180)
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_takes_more_memory_than_any_picture_needs_is_stopped() -> None:
    resource = pytest.importorskip("resource")
    greedy = f"import runpy; easel = runpy.run_path({easel.__file__!r}); easel['_confine']()\nbytearray(2 << 30)"

    ran = subprocess.run([sys.executable, "-I", "-c", greedy], capture_output=True, check=False)

    assert resource.RLIM_INFINITY
    assert ran.returncode != 0
    assert b"MemoryError" in ran.stderr


# --- the shelf -------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path) -> PictureShelf:
    made = PictureShelf(tmp_path / "pictures")
    made.sweep(keep=())
    return made


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in (folder / "pictures").iterdir())


async def test_a_picture_lies_where_only_its_owner_reads_it_until_it_is_let_go(
    shelf: PictureShelf, tmp_path: Path
) -> None:
    for kind in FRAMES:
        await shelf.keep(5, kind, kind.value.encode())

    assert names(tmp_path) == ["5-first.jpg", "5-last.jpg"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "pictures").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "pictures").stat().st_mode) == 0o700
    assert [(frame.kind, frame.content) for frame in await shelf.frames(5, 2)] == [
        (FrameKind.FIRST, b"first_frame"),
        (FrameKind.LAST, b"last_frame"),
    ]
    assert [frame.kind for frame in await shelf.frames(5, 1)] == [FrameKind.FIRST]
    assert await shelf.frames(5, 0) == ()

    await shelf.remove(5)
    await shelf.remove(5)

    assert names(tmp_path) == []


async def test_a_picture_that_is_not_here_is_lost_and_no_other_takes_its_place(shelf: PictureShelf) -> None:
    await shelf.keep(5, FrameKind.FIRST, b"one")

    with pytest.raises(PictureError) as lost:
        await shelf.frames(5, 2)
    assert lost.value.fault is PictureFault.LOST
    with pytest.raises(PictureError):
        await shelf.frames(6, 1)


async def test_a_yes_takes_the_pictures_of_its_question(shelf: PictureShelf, tmp_path: Path) -> None:
    await shelf.keep(5, FrameKind.FIRST, b"one")

    await shelf.rename(5, 8, count=1)

    assert names(tmp_path) == ["8-first.jpg"]
    with pytest.raises(PictureError):
        await shelf.rename(5, 9, count=1)


async def test_a_sweep_takes_what_nobody_wants_and_leaves_what_is_in_hand(shelf: PictureShelf, tmp_path: Path) -> None:
    for interaction in (5, 6, 7):
        await shelf.keep(interaction, FrameKind.FIRST, b"one")
    (tmp_path / "pictures" / "6-last.part").write_bytes(b"half")
    (tmp_path / "pictures" / "holiday.txt").write_bytes(b"not ours")

    with shelf.holding(7):
        assert shelf.discard(shelf.files(), keep={6}) == 2
    assert names(tmp_path) == ["6-first.jpg", "7-first.jpg", "holiday.txt"]

    shelf.sweep(keep={6})
    assert names(tmp_path) == ["6-first.jpg", "holiday.txt"]


async def test_a_picture_that_cannot_be_written_leaves_nothing_half_done(shelf: PictureShelf, tmp_path: Path) -> None:
    (tmp_path / "pictures" / "5-first.jpg").mkdir()

    with pytest.raises(OSError, match="directory"):
        await shelf.keep(5, FrameKind.FIRST, b"one")

    assert names(tmp_path) == ["5-first.jpg"]
