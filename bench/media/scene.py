"""The still layers of a scene like those that video models make: a soft sky, things out of focus, a textured ground.

What moves before it are three shaded balls with a surface of their own; the camera's move comes from ffmpeg. At CRF 17
x264 spends 5 Mbit/s on 1080p of it, about what film without grain takes; with the grain of 2, it spends 8.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Size = tuple[int, int]
Colour = tuple[int, int, int]

TEXTURE: Final = 8.0
"""Of a surface: standard deviation of its brightness, of 255."""
BALLS: Final[Sequence[tuple[float, Colour]]] = (
    (0.45, (240, 170, 90)),
    (0.25, (120, 220, 160)),
    (0.16, (220, 120, 200)),
)
"""Diameter as a share of the shorter side, and colour."""
DARK: Final[Colour] = (20, 15, 30)
SKY: Final[tuple[Colour, Colour]] = ((60, 110, 190), (240, 200, 150))
GREY: Final[Colour] = (90, 110, 130)
LINES: Final = 1_080
"""The height that the sizes here are meant for."""


def draw(folder: Path, size: Size, *, seed: int = 1) -> Sequence[Path]:
    """Draw the background, a quarter larger than `size`, and the balls before it; return their paths in that order."""
    layers = [_background((size[0] * 5 // 4, size[1] * 5 // 4), unit=min(size) / LINES, seed=seed)]
    layers += [_ball(max(8, int(min(size) * share)), colour) for share, colour in BALLS]
    paths = [folder / f"scene-{size[0]}x{size[1]}-{seed}-{place}.png" for place in range(len(layers))]
    for layer, path in zip(layers, paths, strict=True):
        if not path.exists():
            layer.save(path, compress_level=1)
    return paths


def _background(size: Size, *, unit: float, seed: int) -> Image.Image:
    dice = random.Random(seed)  # noqa: S311  # the same picture every time
    slope = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
    far = _leaves(size, 800, least=20 * unit, dice=dice).filter(ImageFilter.GaussianBlur(14 * unit))
    near = _leaves(size, 3_000, least=6 * unit, dice=dice).filter(ImageFilter.GaussianBlur(unit))
    sky = Image.blend(ImageOps.colorize(slope, *SKY), far, 0.45)
    ground = slope.point([max(0, min(255, (value - 110) * 4)) for value in range(256)])
    return _textured(Image.composite(near, sky, ground), sigma=TEXTURE, blur=0.9 * unit)


def _leaves(size: Size, count: int, *, least: float, dice: random.Random) -> Image.Image:
    """Draw overlapping discs whose sizes follow a power law, as those of things in photographs do."""
    image = Image.new("RGB", size, GREY)
    canvas = ImageDraw.Draw(image)
    for _ in range(count):
        radius = min(least / (dice.random() ** 0.6 + 0.02), size[1] / 4)
        x, y = dice.uniform(0, size[0]), dice.uniform(0, size[1])
        colour = (dice.randrange(40, 220), dice.randrange(40, 220), dice.randrange(40, 220))
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return image


def _ball(diameter: int, colour: Colour) -> Image.Image:
    """Draw a ball that is lit from the front, with smooth edges."""
    size = (diameter, diameter)
    light = ImageOps.invert(Image.radial_gradient("L")).resize(size, Image.Resampling.BICUBIC)
    ball = _textured(ImageOps.colorize(light, DARK, colour), sigma=1.5 * TEXTURE, blur=1)
    outline = Image.new("L", (2 * diameter, 2 * diameter))
    ImageDraw.Draw(outline).ellipse((4, 4, 2 * diameter - 4, 2 * diameter - 4), fill=255)
    ball.putalpha(outline.resize(size, Image.Resampling.LANCZOS))
    return ball


def _textured(image: Image.Image, *, sigma: float, blur: float) -> Image.Image:
    """Roughen a surface a little. The roughness belongs to it, and moves as it does."""
    rough = Image.effect_noise(image.size, sigma).filter(ImageFilter.GaussianBlur(blur))
    return ImageChops.add(image, Image.merge("RGB", (rough, rough, rough)), 1, -128)
