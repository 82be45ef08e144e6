"""Any clip, any limit, never over: clips of every shape are made by the real encoders and fitted by the real one."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from services.errors import ClipUnfitError
from services.media import Fitter, read_facts
from tests.services.media.clips import AV1, HEVC, PLAIN, VP9, ClipBank
from tests.services.media.looking import names_in, require_good

PICTURES: Final = (
    "testsrc2=s={size}:r={rate}:d={seconds}",
    "nullsrc=s={size}:r={rate}:d={seconds},noise=alls=90:allf=t",
    "testsrc2=s={size}:r={rate}:d={seconds},noise=alls=70:allf=t:enable='gt(t,{seconds}/2)'",
    "gradients=s={size}:r={rate}:d={seconds}:seed=1",
    "testsrc2=s={size}:r={rate}:d={seconds},negate=enable='mod(floor(t*4),2)'",
    "color=black:s={size}:r={rate}:d={seconds}",
)
CODECS: Final[Sequence[Sequence[str]]] = (
    (*PLAIN, "-qp", "4"),
    (*PLAIN, "-qp", "30", "-bf", "3", "-g", "250"),
    (*PLAIN, "-qp", "1", "-movflags", "+frag_keyframe+empty_moov"),
    (*HEVC, "-pix_fmt", "yuv420p10le", "-qp", "10", "-tag:v", "hvc1"),
    (*VP9, "-pix_fmt", "yuv420p"),
    (*AV1, "-pix_fmt", "yuv420p"),
)
SOUNDS: Final[Sequence[Sequence[str]]] = ((), ("-c:a", "aac", "-b:a", "256k"), ("-c:a", "libmp3lame", "-ac", "1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A clip to make. `share` is the limit's, of the clip's own size."""

    picture: str
    codec: Sequence[str]
    sound: Sequence[str]
    width: int
    height: int
    rate: int
    frames: int
    share: float


SHAPES: Final = st.builds(
    Shape,
    picture=st.sampled_from(PICTURES),
    codec=st.sampled_from(CODECS),
    sound=st.sampled_from(SOUNDS),
    width=st.integers(8, 80).map(lambda half: 2 * half),
    height=st.integers(8, 45).map(lambda half: 2 * half),
    rate=st.sampled_from([1, 5, 12, 24, 25, 60, 90]),
    frames=st.integers(1, 90),
    share=st.floats(0.001, 1.2),
)
NOISE: Final = Shape(
    picture=PICTURES[1], codec=CODECS[0], sound=SOUNDS[1], width=160, height=90, rate=24, frames=24, share=0.3
)
ONE_FRAME: Final = Shape(
    picture=PICTURES[1], codec=CODECS[0], sound=SOUNDS[0], width=160, height=90, rate=24, frames=1, share=0.7
)
STILL_THEN_NOISE: Final = Shape(
    picture=PICTURES[2], codec=CODECS[2], sound=SOUNDS[2], width=160, height=90, rate=60, frames=90, share=0.2
)


@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(shape=SHAPES)
@example(shape=NOISE)
@example(shape=ONE_FRAME)
@example(shape=STILL_THEN_NOISE)
async def test_no_clip_of_any_shape_is_ever_over_any_limit(
    fitter: Fitter, bank: ClipBank, tmp_path: Path, target: Path, shape: Shape
) -> None:
    clip = tmp_path / "clip.mp4"
    _make(bank, clip, shape)
    limit = max(1, int(shape.share * clip.stat().st_size))
    try:
        fitted = await fitter.make_fit(clip, limit=limit, target_folder=target)
    except ClipUnfitError as error:
        assert error.limit == limit  # noqa: PT017  # both ends are right
    else:
        assert fitted.path.stat().st_size <= limit
        if fitted.is_playable_everywhere:
            require_good(fitted, limit=limit, bank=bank)
        else:
            assert fitted.path == clip
        assert (fitted.facts.audio is None) == (read_facts(clip).audio is None)
        if fitted.path != clip:
            fitted.path.unlink()
    assert names_in(target) == []


def _make(bank: ClipBank, target: Path, shape: Shape) -> None:
    seconds = shape.frames / shape.rate
    picture = shape.picture.format(size=f"{shape.width}x{shape.height}", rate=shape.rate, seconds=seconds)
    tone = ("-f", "lavfi", "-i", f"sine=330:r=48000:d={seconds}") if shape.sound else ()
    command = [str(bank.ffmpeg), "-v", "error", "-y", "-f", "lavfi", "-i", picture, *tone, "-threads", "2"]
    subprocess.run([*command, *shape.codec, *shape.sound, str(target)], check=True, timeout=60)
