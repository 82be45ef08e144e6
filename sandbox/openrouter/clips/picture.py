"""The pictures that a clip is put together from: one still with the words, and the small ones that move over it."""

from colorsys import hls_to_rgb
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from sandbox.openrouter.clips.brief import ClipBrief
from sandbox.openrouter.clips.fonts import FontBook
from sandbox.openrouter.clips.lettering import fit, legible

_WHITE: Final = (255, 255, 255)
_SOFT: Final = (255, 255, 255, 150)
_FAINT: Final = (255, 255, 255, 60)
_SMALLEST: Final = 6
"""Pixels of a letter; below it nothing can be read."""
_GRID: Final = 3
"""The background is this many colours each way, with everything between them blended."""


@dataclass(frozen=True)
class Layout:
    """Where things are, in pixels; everything grows with the short edge."""

    width: int
    height: int

    @cached_property
    def unit(self) -> float:
        """One 720th of the short edge, and less where the frame is very narrow."""
        return min(self.width, self.height) / 720

    @cached_property
    def margin(self) -> int:
        """The free edge all around."""
        return round(56 * self.unit)

    @cached_property
    def small(self) -> int:
        """The size of the small print."""
        return max(10, round(22 * self.unit))

    @cached_property
    def track(self) -> tuple[int, int, int]:
        """The timeline: its left end, its right end, its height in the frame."""
        return self.margin, self.width - self.margin, self.height - self.margin - round(44 * self.unit)

    @cached_property
    def dot(self) -> int:
        """The playhead's diameter; even."""
        return 2 * round(11 * self.unit)

    @cached_property
    def glow(self) -> int:
        """The drifting light's diameter; even."""
        return 2 * round(230 * self.unit)

    @cached_property
    def counter(self) -> tuple[int, int]:
        """Width and height of the counter of seconds; even."""
        return 2 * round(75 * self.unit), 2 * round(self.small * 0.8)


def _background(brief: ClipBrief) -> Image.Image:
    """Return a calm, dark gradient whose colours come from the prompt."""
    seed = brief.seed
    hue, spread = 0.45 + 0.4 * seed[0] / 256, 0.08 + 0.1 * seed[1] / 256  # from teal over blue to violet: cool, so calm
    small = Image.new("RGB", (_GRID, _GRID))
    for cell in range(_GRID * _GRID):
        shade = seed[2 + cell] / 256
        rgb = hls_to_rgb(hue + spread * (cell % _GRID + cell // _GRID) / 2, 0.13 + 0.2 * shade, 0.45 + 0.2 * shade)
        small.putpixel((cell % _GRID, cell // _GRID), tuple(round(255 * part) for part in rgb))
    return _resized(small, brief.width, brief.height)


def still(brief: ClipBrief, fonts: FontBook) -> Image.Image:
    """Return everything that stands still: the ground, title, prompt, caption and timeline."""
    layout = Layout(brief.width, brief.height)
    picture = _background(brief)
    draw = ImageDraw.Draw(picture, "RGBA")
    middle = brief.width // 2
    _small_print(draw, brief.title, at=(middle, layout.margin), anchor="ma", layout=layout, fonts=fonts)
    _prompt(draw, brief, layout=layout, fonts=fonts)
    _timeline(draw, brief, layout=layout)
    bottom = (brief.width - layout.margin, brief.height - layout.margin)
    _small_print(draw, brief.caption, at=bottom, anchor="rs", layout=layout, fonts=fonts)
    return picture


def _small_print(
    draw: ImageDraw.ImageDraw, text: str, *, at: tuple[int, int], anchor: str, layout: Layout, fonts: FontBook
) -> None:
    text, size = legible(text), layout.small
    room = layout.width - 2 * layout.margin - (layout.counter[0] if anchor == "rs" else 0)
    while size > _SMALLEST and fonts.font_for(text, size).getlength(text) > room:
        size -= 1
    draw.text(at, text, fill=_SOFT, font=fonts.font_for(text, size), anchor=anchor)


def _prompt(draw: ImageDraw.ImageDraw, brief: ClipBrief, *, layout: Layout, fonts: FontBook) -> None:
    top = layout.margin + 2 * layout.small
    bottom = layout.track[2] - layout.small
    lettering = fit(
        brief.prompt,
        width=brief.width - 2 * layout.margin,
        height=bottom - top,
        largest=round(84 * layout.unit),
        smallest=max(8, round(16 * layout.unit)),
        fonts=fonts,
    )
    y = (top + bottom - lettering.height) / 2 + lettering.leading / 2
    shadow = max(1, round(2 * layout.unit))
    for line in lettering.lines:
        draw.text((brief.width / 2 + shadow, y + shadow), line, fill=(0, 0, 0, 110), font=lettering.font, anchor="mm")
        draw.text((brief.width / 2, y), line, fill=_WHITE, font=lettering.font, anchor="mm")
        y += lettering.leading


def _timeline(draw: ImageDraw.ImageDraw, brief: ClipBrief, *, layout: Layout) -> None:
    left, right, y = layout.track
    thick = max(1, round(3 * layout.unit))
    draw.line((left, y, right, y), fill=_FAINT, width=thick)
    for second in range(brief.seconds + 1):
        x = left + (right - left) * second / brief.seconds
        draw.line((x, y - 3 * thick, x, y + 3 * thick), fill=_SOFT, width=thick)


def playhead(layout: Layout) -> Image.Image:
    """Return the dot that travels along the timeline."""
    size = layout.dot
    large = Image.new("RGBA", (4 * size, 4 * size))
    ImageDraw.Draw(large).ellipse((0, 0, 4 * size - 1, 4 * size - 1), fill=_WHITE)
    return _resized(large, size, size)


def glow(layout: Layout) -> Image.Image:
    """Return the soft light that drifts across the frame."""
    distance = Image.radial_gradient("L")
    fade = ImageChops.subtract(Image.new("L", distance.size, 180), distance, scale=3)
    light = Image.new("RGBA", fade.size, _WHITE)
    light.putalpha(fade)
    return _resized(light, layout.glow, layout.glow)


def counter(brief: ClipBrief, fonts: FontBook) -> Image.Image:
    """Return the elapsed seconds one below the other, each as high as `Layout.counter` says."""
    layout = Layout(brief.width, brief.height)
    width, height = layout.counter
    strip = Image.new("RGBA", (width, height * brief.seconds))
    draw = ImageDraw.Draw(strip)
    font = fonts.font_for("0123456789/ s", layout.small)
    for second in range(brief.seconds):
        text = f"{second} / {brief.seconds} s"
        draw.text((0, height * (second + 1) - height // 4), text, fill=_WHITE, font=font, anchor="ls")
    return strip


def _resized(picture: Image.Image, width: int, height: int) -> Image.Image:
    # Pillow's annotation of `size` also names a type of numpy, which is not installed.
    return picture.resize((width, height), Image.Resampling.BICUBIC)  # pyright: ignore[reportUnknownMemberType]  # see above
