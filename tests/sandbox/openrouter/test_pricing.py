from decimal import Decimal

import pytest

from sandbox.openrouter.listing import Listing, read_entries
from sandbox.openrouter.order import order_of
from sandbox.openrouter.pixels import Pixels
from sandbox.openrouter.pricing import Mode, Sale, price
from sandbox.openrouter.submission import read_submission

FRAME = {"type": "image_url", "image_url": {"url": "https://a.example/1.png"}, "frame_type": "first_frame"}
REFERENCE = {"type": "image_url", "image_url": {"url": "https://a.example/1.png"}}


def cost(body: dict[str, object]) -> Decimal | None:
    """Return the price of a request to the built-in catalogue."""
    submission, _ = read_submission({"prompt": "x", "aspect_ratio": "16:9"} | body)
    model = Listing(read_entries()).find(submission.model)
    assert model is not None
    return price(model.pricing_skus, order_of(submission, model).sale)


@pytest.mark.parametrize(
    ("model", "seconds", "resolution", "more", "usd"),
    [
        ("google/veo-3.1-lite", 4, "720p", {"generate_audio": False}, "0.12"),  # billed so
        ("google/veo-3.1", 8, "1080p", {"generate_audio": True}, "3.2"),  # billed so
        ("google/veo-3.1", 8, "4K", {"generate_audio": True}, "4.8"),
        ("google/veo-3.1", 8, "4K", {"generate_audio": False}, "3.2"),
        (
            "kwaivgi/kling-v3.0-std",
            12,
            "720p",
            {"generate_audio": False, "frame_images": [FRAME]},
            "1.008",
        ),  # billed so
        ("kwaivgi/kling-v3.0-std", 5, "720p", {"generate_audio": True}, "0.63"),
        ("alibaba/wan-2.6", 5, "720p", {}, "0.4"),
        ("alibaba/wan-2.6", 5, "720p", {"frame_images": [FRAME]}, "0.5"),
        ("alibaba/wan-3.0", 5, "480p", {}, "0.25"),
        ("minimax/hailuo-3", 8, "2K", {"input_references": [REFERENCE, REFERENCE]}, "1.12"),
        ("bytedance/seedance-1-5-pro", 5, "720p", {"generate_audio": True}, "0.2592"),
        ("bytedance/seedance-1-5-pro", 5, "720p", {"generate_audio": False}, "0.1296"),
        ("x-ai/grok-imagine-video-1.5-lite", 1, "480p", {}, "0.02"),
        ("x-ai/grok-imagine-video-1.5-lite", 5, "720p", {"frame_images": [FRAME]}, "0.16"),
        ("runway/gen-4.5", 10, "720p", {}, "1.2"),
    ],
)
def test_a_video_costs_what_the_price_lines_say(
    model: str, seconds: int, resolution: str, more: dict[str, object], usd: str
) -> None:
    body = {"model": model, "duration": seconds, "resolution": resolution} | more
    if "generate_audio" not in more:
        body = {name: value for name, value in body.items() if name != "generate_audio"}

    assert cost(body) == Decimal(usd)


SALE = Sale(mode=Mode.TEXT, seconds=5, resolution="720p", pixels=Pixels(1280, 720), audio=True)


@pytest.mark.parametrize(
    ("skus", "usd"),
    [
        (None, None),
        ({}, None),
        ({"cents_per_megapixel_second_precise": "7.5"}, None),
        ({"duration_seconds": "0.1", "price_per_blue_moon": "3"}, None),
        ({"duration_seconds_1080p": "0.1"}, None),
        ({"cents_per_second_video_continuation_720p": "41"}, None),
        ({"cents_per_second_output": "28", "minimum_cents_per_generation": "200"}, "2"),
        ({"video_tokens": "0.0000107", "video_tokens_with_video_input": "0.0000064"}, "1.1556"),
        ({"video_tokens": "1", "duration_seconds": "0.1"}, "0.5"),
    ],
)
def test_a_price_is_never_guessed(skus: dict[str, str] | None, usd: str | None) -> None:
    assert price(skus, SALE) == (None if usd is None else Decimal(usd))
