import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalogue.pricing import NotEstimable, Price, price
from services.models import VideoModel, VideoSpec
from tests.services.catalogue.listed import HERE, captured

MODELS = captured()
VECTORS: list[dict[str, Any]] = json.loads((HERE / "cost_vectors.json").read_text(encoding="utf-8"))


def usd(text: str) -> int:
    return int(Decimal(text) * 1_000_000)


def model_with(skus: Mapping[str, str] | None, *, audio: bool | None = True, sizes: tuple[str, ...] = ()) -> VideoModel:
    return VideoModel(
        id="m/m",
        name="m",
        durations=tuple(range(1, 31)),
        resolutions=("480p", "720p", "1080p"),
        aspect_ratios=("16:9", "1:1"),
        sizes=sizes,
        audio=audio,
        pricing_skus=skus,
    )


def spec_of(
    model: str = "m/m",
    *,
    seconds: int = 5,
    resolution: str | None = "720p",
    ratio: str | None = "16:9",
    audio: bool | None = None,
) -> VideoSpec:
    return VideoSpec(model=model, duration=seconds, resolution=resolution, aspect_ratio=ratio, audio=audio)


def priced(model: VideoModel, spec: VideoSpec, inputs: Mapping[str, Any] | None = None) -> Price:
    found = price(model, spec, **(inputs or {}))
    assert isinstance(found, Price), found
    return found


@pytest.mark.parametrize(
    "vector", VECTORS, ids=lambda vector: f"{vector['model']}-{vector['duration']}s-{vector['basis']}"
)
def test_published_costs_come_out(vector: dict[str, Any]) -> None:
    found = price(
        MODELS[vector["model"]],
        spec_of(
            vector["model"],
            seconds=vector["duration"],
            resolution=vector["resolution"],
            ratio=vector["aspect_ratio"],
            audio=vector["generate_audio"],
        ),
        frames=vector["frame_images"],
        references=vector["input_reference_images"],
        video_reference=vector["video_reference"],
        continuation=vector["continuation"],
    )

    if vector["expected_usd"] is None:
        assert isinstance(found, NotEstimable)
    else:
        assert isinstance(found, Price)
        assert found.estimate_microusd == usd(vector["expected_usd"])
        assert found.reserve_microusd >= found.estimate_microusd


WORKED: list[tuple[str, int, str | None, bool | None, dict[str, Any], str]] = [
    ("google/veo-3.1-lite", 4, "720p", False, {}, "0.12"),
    ("google/veo-3.1", 8, "1080p", True, {}, "3.20"),
    ("google/veo-3.1-fast", 8, "4K", False, {}, "2.00"),
    ("google/veo-3.1-fast", 8, "4k", False, {}, "2.00"),
    ("kwaivgi/kling-v3.0-std", 12, "720p", False, {"frames": 1}, "1.008"),
    ("kwaivgi/kling-v3.0-std", 5, "720p", True, {}, "0.63"),
    ("kwaivgi/kling-v3.0-std", 5, "720p", True, {"frames": 2}, "0.63"),
    ("alibaba/wan-2.6", 5, "720p", True, {}, "0.40"),
    ("alibaba/wan-2.6", 5, "720p", True, {"frames": 1}, "0.50"),
    ("alibaba/wan-2.6", 5, "720p", True, {"frames": 1, "references": 3}, "0.50"),
    ("alibaba/wan-3.0", 5, "480p", True, {}, "0.25"),
    ("alibaba/wan-3.0", 5, "1080p", True, {}, "1.00"),
    ("runway/aleph-2", 1, None, None, {}, "0.56"),
    ("runway/aleph-2", 3, None, None, {}, "0.84"),
    ("minimax/hailuo-3", 8, "2K", True, {"references": 2}, "1.12"),
    ("bytedance/seedance-2.5", 5, "720p", True, {}, "1.1556"),
    ("bytedance/seedance-2.0", 8, "1080p", True, {}, "2.99376"),
    ("bytedance/seedance-2.0", 8, "1080p", False, {}, "2.99376"),
    ("bytedance/seedance-2.0", 8, "4K", True, {}, "6.2208"),
    ("bytedance/seedance-2.0", 1, "720p", True, {}, "0.1512"),
    ("bytedance/seedance-2.5", 1, "720p", True, {}, "0.23112"),
    ("bytedance/seedance-1-5-pro", 1, "720p", True, {}, "0.05184"),
    ("bytedance/seedance-1-5-pro", 1, "720p", False, {}, "0.02592"),
    ("openai/sora-2-pro", 4, "1080p", True, {}, "2.00"),
    ("heygen/heygen-video-1", 5, "2K", None, {}, "0.45"),
    ("heygen/heygen-video-1", 5, "2K", None, {"references": 1}, "0.90"),
    ("heygen/heygen-video-1", 5, "2K", None, {"video_reference": True}, "0.90"),
    ("x-ai/grok-imagine-video", 5, "720p", None, {"frames": 1}, "0.352"),
    ("x-ai/grok-imagine-video-1.5-lite", 1, "480p", None, {}, "0.02"),
    ("minimax/hailuo-3-max", 5, "480p", None, {}, "0.25"),
    ("black-forest-labs/flux-3-video", 5, "720p", True, {}, "0.85"),
    ("black-forest-labs/flux-3-video", 5, "720p", True, {"continuation": True}, "2.05"),
]


@pytest.mark.parametrize(("model", "seconds", "resolution", "audio", "inputs", "expected"), WORKED)
def test_worked_examples_come_out(
    *, model: str, seconds: int, resolution: str | None, audio: bool | None, inputs: dict[str, Any], expected: str
) -> None:
    found = priced(MODELS[model], spec_of(model, seconds=seconds, resolution=resolution, audio=audio), inputs)

    assert found.estimate_microusd == usd(expected)


@pytest.mark.parametrize(
    ("model", "resolution", "ratio", "inputs"),
    [
        ("black-forest-labs/flux-video-upscale", None, None, {}),
        ("bytedance/seedance-2.0", "720p", "16:9", {"video_reference": True}),
        ("bytedance/seedance-2.0", None, "16:9", {}),
        ("bytedance/seedance-2.0", "720p", None, {}),
        ("bytedance/seedance-2.0", "720p", "wide", {}),
        ("bytedance/seedance-2.0", "720p", "16:9", {"continuation": True}),
        ("google/veo-3.1", "720p", "16:9", {"continuation": True}),
        ("google/veo-3.1", None, "16:9", {"frames": 1}),
        ("alibaba/wan-2.6", "720p", "16:9", {"references": 1}),
        ("alibaba/wan-3.0", "4K", "16:9", {}),
        ("alibaba/wan-3.0", None, "16:9", {}),
        ("openai/sora-2-pro", "480p", "16:9", {}),
    ],
)
def test_what_the_list_does_not_say_is_not_estimable(
    model: str, resolution: str | None, ratio: str | None, inputs: dict[str, Any]
) -> None:
    found = price(MODELS[model], spec_of(model, resolution=resolution, ratio=ratio), **inputs)

    assert isinstance(found, NotEstimable)


@pytest.mark.parametrize(
    ("model", "seconds", "resolution", "audio", "inputs", "reserve"),
    [
        # silence is held at the price of sound
        ("google/veo-3.1-lite", 4, "720p", False, {}, "0.36"),  # max(0.08, 0.05, 0.05, 0.03) x 4 x 1.1 = 0.352
        ("kwaivgi/kling-v3.0-std", 5, "720p", False, {}, "0.70"),  # 0.126 x 5 x 1.1 = 0.693
        # a text is held at the price of a picture
        ("alibaba/wan-2.6", 5, "720p", True, {}, "0.55"),
        # any mode means continuation too
        ("black-forest-labs/flux-3-video", 5, "720p", True, {}, "2.26"),  # 0.41 x 5 x 1.1 = 2.255
        # the floor counts as well
        ("runway/aleph-2", 1, None, None, {}, "0.62"),  # 0.56 x 1.1 = 0.616
        # frames are held as if they were reference pictures
        ("minimax/hailuo-3", 8, "2K", True, {"frames": 2}, "1.24"),  # (1.04 + 0.08) x 1.1 = 1.232
        ("bytedance/seedance-2.5", 5, "720p", True, {}, "1.28"),  # 1.1556 x 1.1 = 1.27116
        # without a resolution every line could apply
        ("google/veo-3.1", 4, None, False, {}, "2.64"),  # 0.60 x 4 x 1.1
    ],
)
def test_the_reserve_is_the_worst_that_could_apply_and_a_tenth_more(
    *, model: str, seconds: int, resolution: str | None, audio: bool | None, inputs: dict[str, Any], reserve: str
) -> None:
    found = priced(MODELS[model], spec_of(model, seconds=seconds, resolution=resolution, audio=audio), inputs)

    assert found.reserve_microusd == usd(reserve)


def test_sound_that_is_not_mentioned_is_priced_as_on() -> None:
    skus = {"duration_seconds_with_audio": "0.4", "duration_seconds_without_audio": "0.2"}

    costs = [
        priced(model_with(skus, audio=audio), spec_of(seconds=1)).estimate_microusd for audio in (True, None, False)
    ]

    assert costs == [usd("0.4"), usd("0.4"), usd("0.2")]


def test_sound_outranks_resolution_and_resolution_outranks_mode() -> None:
    skus = {
        "duration_seconds": "0.1",
        "text_to_video_duration_seconds": "0.2",
        "duration_seconds_720p": "0.3",
        "text_to_video_duration_seconds_720p": "0.4",
        "duration_seconds_with_audio": "0.05",
    }
    model = model_with(skus)

    def cost(resolution: str, *, audio: bool) -> int:
        return priced(model, spec_of(seconds=1, resolution=resolution, audio=audio)).estimate_microusd

    assert cost("720p", audio=True) == usd("0.05")
    assert cost("720p", audio=False) == usd("0.4")
    assert cost("480p", audio=False) == usd("0.2")


def test_lines_per_second_go_before_tokens_and_of_equals_the_dearer_counts() -> None:
    skus = {"duration_seconds": "0.1", "cents_per_second_output": "12", "video_tokens_720p": "0.001"}

    found = priced(model_with(skus), spec_of(seconds=1))

    assert found.estimate_microusd == usd("0.12")
    assert found.reserve_microusd > usd("23")  # the tokens could still be what is billed


def test_a_line_for_another_kind_of_sound_at_the_end_is_understood() -> None:
    skus = {
        "cents_per_video_output_second_720p_with_audio": "9",
        "cents_per_video_output_second_720p_without_audio": "5",
    }

    assert priced(model_with(skus), spec_of(seconds=2, audio=False)).estimate_microusd == usd("0.10")


def test_listed_sizes_go_before_arithmetic() -> None:
    skus = {"video_tokens": "0.000001"}
    listed = model_with(skus, sizes=("960x960", "1280x720"))

    assert priced(listed, spec_of(seconds=1, ratio="1:1")).estimate_microusd == 21_600  # 960 * 960 * 24 / 1024 tokens
    assert priced(model_with(skus), spec_of(seconds=1, ratio="1:1")).estimate_microusd == 12_150  # 720 * 720


@pytest.mark.parametrize(
    "key",
    [
        "generate",
        "per-video-second",
        "per-video-second-1080p",
        "seedance:video_tokens",
        "duration_seconds_hd",
        "duration_seconds_720P",
        "duration_seconds_720p_with_audio",
        "Duration_seconds",
        "duration_second",
        "duration_seconds ",
        "duration_seconds\n",
        "cents_per_second_video_continuation_with_audio",
        "cents_per_megapixel_second_precise",
        "video_to_video_duration_seconds",
        "video_tokens_with_video_input_720p",
        "",
    ],
)
def test_one_line_with_an_unknown_name_makes_the_model_unpriceable(key: str) -> None:
    found = price(model_with({"duration_seconds": "0.1", key: "0.1"}), spec_of())

    assert isinstance(found, NotEstimable)


@pytest.mark.parametrize(
    "amount",
    ["", "free", "-0.1", "NaN", "Infinity", "1_0", " 0.1", "\u0660.\u0661", "0x1", ".5", "1e9", "1001", "0", "0.000"],
)
def test_one_line_with_an_unreadable_amount_makes_the_model_unpriceable(amount: str) -> None:
    found = price(model_with({"duration_seconds": "0.1", "duration_seconds_720p": amount}), spec_of())

    assert isinstance(found, NotEstimable)


@pytest.mark.parametrize("extra", ["cents_per_image_input", "reference_images", "minimum_cents_per_generation"])
def test_extras_may_be_nothing_but_not_unreadable(extra: str) -> None:
    assert isinstance(price(model_with({"duration_seconds": "0.1", extra: "0"}), spec_of()), Price)
    assert isinstance(price(model_with({"duration_seconds": "0.1", extra: "?"}), spec_of()), NotEstimable)
    assert isinstance(price(model_with({extra: "1"}), spec_of()), NotEstimable)


@pytest.mark.parametrize("skus", [None, {}])
def test_no_price_list_is_not_estimable(skus: Mapping[str, str] | None) -> None:
    assert isinstance(price(model_with(skus), spec_of()), NotEstimable)


def test_a_request_that_cannot_be_is_not_estimable() -> None:
    model = model_with({"duration_seconds": "0.1", "reference_images": "0.04"})

    assert isinstance(price(model, spec_of(seconds=0)), NotEstimable)
    assert isinstance(price(model, spec_of(), frames=-1), NotEstimable)
    assert isinstance(price(model, spec_of(), references=-1), NotEstimable)


def test_a_price_below_a_millionth_is_rounded_up() -> None:
    found = priced(model_with({"duration_seconds": "0.00000001"}), spec_of(seconds=1))

    assert (found.estimate_microusd, found.reserve_microusd) == (1, 10_000)


KEYS = [
    "duration_seconds",
    "duration_seconds_720p",
    "duration_seconds_with_audio",
    "duration_seconds_without_audio_720p",
    "text_to_video_duration_seconds",
    "image_to_video_duration_seconds_720p",
    "reference_duration_seconds",
    "cents_per_second_output",
    "cents_per_second_output_1080p",
    "cents_per_video_output_second_480p",
    "cents_per_second_video_continuation",
    "video_tokens",
    "video_tokens_without_audio",
    "video_tokens_720p_with_video_input",
    "cents_per_image_input",
    "reference_images",
    "minimum_cents_per_generation",
]
AMOUNTS = st.decimals("0.000001", "50", places=6).map(str)
LISTS = st.dictionaries(st.sampled_from(KEYS), AMOUNTS, min_size=1)
SPECS = st.builds(
    spec_of,
    seconds=st.integers(1, 60),
    resolution=st.sampled_from(["480p", "720p", "1080p", None]),
    ratio=st.sampled_from(["16:9", "1:1", None]),
    audio=st.sampled_from([True, False, None]),
)
INPUTS = st.fixed_dictionaries(
    {
        "frames": st.integers(0, 2),
        "references": st.integers(0, 9),
        "video_reference": st.booleans(),
        "continuation": st.booleans(),
    }
)


@given(skus=LISTS, spec=SPECS, inputs=INPUTS)
def test_the_reserve_is_never_below_the_estimate_nor_the_floor(
    skus: dict[str, str], spec: VideoSpec, inputs: dict[str, Any]
) -> None:
    found = price(model_with(skus), spec, **inputs)

    if isinstance(found, Price):
        floor = usd(skus.get("minimum_cents_per_generation", "0")) // 100
        assert 0 < found.estimate_microusd <= found.reserve_microusd
        assert floor <= found.estimate_microusd
        assert found.reserve_microusd % 10_000 == 0


@given(skus=LISTS, spec=SPECS, inputs=INPUTS, more=st.integers(1, 30))
def test_more_seconds_never_cost_less(skus: dict[str, str], spec: VideoSpec, inputs: dict[str, Any], more: int) -> None:
    longer = VideoSpec(
        model=spec.model,
        duration=spec.duration + more,
        resolution=spec.resolution,
        aspect_ratio=spec.aspect_ratio,
        audio=spec.audio,
    )
    short, long = price(model_with(skus), spec, **inputs), price(model_with(skus), longer, **inputs)

    assert isinstance(short, Price) == isinstance(long, Price)
    if isinstance(short, Price) and isinstance(long, Price):
        assert short.estimate_microusd <= long.estimate_microusd
        assert short.reserve_microusd <= long.reserve_microusd


@given(skus=LISTS, spec=SPECS, inputs=INPUTS, key=st.text(), amount=AMOUNTS)
def test_an_unknown_line_is_never_priced(
    skus: dict[str, str], spec: VideoSpec, inputs: dict[str, Any], key: str, amount: str
) -> None:
    assert isinstance(price(model_with(skus | {f"?{key}": amount}), spec, **inputs), NotEstimable)
