import pytest

from services.catalogue.choice import Shape, by_nearness, default_model, spec_for
from services.errors import InvalidChoiceError
from services.models import VideoModel, VideoRequest, VideoSpec
from tests.services.catalogue.listed import captured

MODELS = captured()
OFFERED = [model for model in MODELS.values() if model.is_text_to_video]
DEFAULT = Shape()


def request(
    *,
    duration: int | None = None,
    resolution: str | None = None,
    aspect_ratio: str | None = None,
    audio: bool | None = None,
    seed: int | None = None,
) -> VideoRequest:
    return VideoRequest(
        prompt="p", duration=duration, resolution=resolution, aspect_ratio=aspect_ratio, audio=audio, seed=seed
    )


def chosen(model: str, wanted: VideoRequest | None = None, default: Shape = DEFAULT) -> VideoSpec:
    return spec_for(MODELS[model], wanted or request(), default)


def refused(model: str, wanted: VideoRequest) -> InvalidChoiceError:
    with pytest.raises(InvalidChoiceError) as caught:
        chosen(model, wanted)
    return caught.value


@pytest.mark.parametrize("model", OFFERED, ids=lambda model: model.id)
def test_every_model_on_offer_gets_only_what_it_lists(model: VideoModel) -> None:
    spec = spec_for(model, request(), DEFAULT)

    assert spec.duration in model.durations
    assert spec.resolution in model.resolutions
    assert spec.aspect_ratio in model.aspect_ratios
    assert (spec.audio is None) == (model.audio is not True)
    assert spec.seed is None


@pytest.mark.parametrize("model", OFFERED, ids=lambda model: model.id)
def test_every_listed_value_can_be_asked_for(model: VideoModel) -> None:
    for duration in model.durations:
        assert spec_for(model, request(duration=duration), DEFAULT).duration == duration
    for resolution in model.resolutions:
        assert spec_for(model, request(resolution=resolution), DEFAULT).resolution == resolution
    for ratio in model.aspect_ratios:
        assert spec_for(model, request(aspect_ratio=ratio), DEFAULT).aspect_ratio == ratio


@pytest.mark.parametrize(
    ("model", "default", "seconds"),
    [
        ("alibaba/wan-3.0", 5, 5),
        ("google/veo-3.1-lite", 5, 4),  # 4 and 6 are equally near
        ("google/veo-3.1-lite", 7, 6),
        ("minimax/hailuo-2.3", 5, 6),
        ("alibaba/wan-3.0", 60, 30),
        ("alibaba/wan-3.0", 1, 2),
    ],
)
def test_the_length_is_the_default_or_the_nearest_and_of_two_the_shorter(
    model: str, default: int, seconds: int
) -> None:
    assert chosen(model, default=Shape(duration=default)).duration == seconds


def test_a_length_that_is_not_listed_is_refused_with_those_that_are() -> None:
    error = refused("google/veo-3.1-lite", request(duration=5))

    assert (error.field, error.value, error.choices, error.model) == (
        "duration",
        "5",
        ("4", "6", "8"),
        "google/veo-3.1-lite",
    )


def test_a_resolution_is_matched_in_any_case_and_sent_as_listed() -> None:
    assert chosen("google/veo-3.1", request(resolution=" 4k ")).resolution == "4K"


def test_a_resolution_that_is_not_listed_is_refused() -> None:
    error = refused("google/veo-3.1-lite", request(resolution="4K"))

    assert (error.field, error.choices) == ("resolution", ("720p", "1080p"))


@pytest.mark.parametrize(
    ("listed", "default", "order"),
    [
        (["480p", "720p", "1080p"], "720p", ["720p", "480p", "1080p"]),
        (["768p", "480p"], "720p", ["480p", "768p"]),
        (["4K", "2K", "1080p"], "720p", ["1080p", "2K", "4K"]),
        (["360p", "480p"], "720p", ["480p", "360p"]),
        (["odd", "2K"], "720p", ["2K", "odd"]),
        (["1080p", "4K"], "4k", ["4K", "1080p"]),
        (["odd", "720p"], "odd", ["odd", "720p"]),
    ],
)
def test_a_default_resolution_gives_way_to_one_that_costs_no_more(
    listed: list[str], default: str, order: list[str]
) -> None:
    assert by_nearness(listed, default=default) == order


def test_the_ratio_is_the_default_or_the_first_listed() -> None:
    assert chosen("google/veo-3.1", default=Shape(aspect_ratio="9:16")).aspect_ratio == "9:16"
    assert chosen("google/veo-3.1", default=Shape(aspect_ratio="1:1")).aspect_ratio == "16:9"


def test_a_ratio_that_is_not_listed_is_refused() -> None:
    error = refused("google/veo-3.1", request(aspect_ratio="1:1"))

    assert (error.field, error.value, error.choices) == ("aspect_ratio", "1:1", ("16:9", "9:16"))


def test_a_pair_without_a_size_is_refused_with_the_ratios_of_that_resolution() -> None:
    error = refused("bytedance/seedance-2.0", request(resolution="480p", aspect_ratio="9:21"))

    assert (error.field, error.value) == ("aspect_ratio", "9:21")
    assert set(error.choices) == {"1:1", "3:4", "9:16", "4:3", "16:9", "21:9"}


def test_a_ratio_alone_gets_a_resolution_that_has_it() -> None:
    spec = chosen("bytedance/seedance-2.0", request(aspect_ratio="9:21"), Shape(resolution="480p"))

    assert (spec.resolution, spec.aspect_ratio) == ("720p", "9:21")


def test_a_resolution_alone_gets_a_ratio_that_it_has() -> None:
    spec = chosen("bytedance/seedance-2.0", request(resolution="480p"), Shape(aspect_ratio="9:21"))

    assert spec.resolution == "480p"
    assert spec.aspect_ratio != "9:21"


def test_seedance_gets_its_odd_sizes() -> None:
    for ratio in MODELS["bytedance/seedance-2.5"].aspect_ratios:
        for resolution in ("480p", "720p"):
            spec = chosen("bytedance/seedance-2.5", request(resolution=resolution, aspect_ratio=ratio))
            assert (spec.resolution, spec.aspect_ratio) == (resolution, ratio)


def test_what_a_model_does_not_list_is_not_sent_and_cannot_be_asked_for() -> None:
    bare = VideoModel(id="m/m", name="m", durations=(5,))

    spec = spec_for(bare, request(), DEFAULT)
    assert (spec.resolution, spec.aspect_ratio, spec.audio) == (None, None, None)
    for wanted in (request(resolution="720p"), request(aspect_ratio="16:9"), request(seed=1)):
        with pytest.raises(InvalidChoiceError) as caught:
            spec_for(bare, wanted, DEFAULT)
        assert caught.value.choices == ()


def test_a_model_with_ratios_alone_gets_one() -> None:
    model = VideoModel(id="m/m", name="m", durations=(5,), aspect_ratios=("1:1", "16:9"))

    assert spec_for(model, request(), DEFAULT).aspect_ratio == "16:9"


@pytest.mark.parametrize(
    ("model", "wanted", "default", "sent"),
    [
        ("google/veo-3.1", None, False, False),
        ("google/veo-3.1", None, True, True),
        ("google/veo-3.1", True, False, True),
        ("google/veo-3.1", False, True, False),
        ("runway/gen-4.5", None, True, None),
        ("runway/gen-4.5", False, True, None),
        ("x-ai/grok-imagine-video", None, True, None),
    ],
)
def test_sound_is_sent_only_where_it_may_be_chosen(
    *, model: str, wanted: bool | None, default: bool, sent: bool | None
) -> None:
    assert chosen(model, request(audio=wanted), Shape(audio=default)).audio is sent


@pytest.mark.parametrize(
    ("model", "wanted", "choices"),
    [
        ("runway/gen-4.5", True, ("false",)),
        ("x-ai/grok-imagine-video", True, ()),
        ("x-ai/grok-imagine-video", False, ()),
    ],
)
def test_sound_that_cannot_be_chosen_is_refused(*, model: str, wanted: bool, choices: tuple[str, ...]) -> None:
    error = refused(model, request(audio=wanted))

    assert (error.field, error.value, tuple(error.choices)) == ("audio", str(wanted).lower(), choices)


def test_a_seed_is_sent_only_where_it_may_be_chosen() -> None:
    assert chosen("google/veo-3.1", request(seed=0)).seed == 0
    for model in ("kwaivgi/kling-v3.0-std", "x-ai/grok-imagine-video"):
        assert refused(model, request(seed=0)).field == "seed"


def test_the_default_model_is_the_cheapest_that_can_make_the_default_shape() -> None:
    model = default_model(OFFERED, DEFAULT)

    assert model is not None
    assert model.id == "bytedance/seedance-1-5-pro"  # 108,000 tokens at 0.0000012; the next costs 0.15


def test_the_default_model_has_sound_where_that_is_the_default() -> None:
    silent, with_sound = MODELS["x-ai/grok-imagine-video-1.5-lite"], MODELS["alibaba/wan-3.0"]

    assert default_model([silent, with_sound], Shape(audio=False)) is silent
    assert default_model([silent, with_sound], Shape(audio=True)) is with_sound


def test_without_a_model_that_can_the_nearest_is_the_default() -> None:
    model = default_model(
        [MODELS["google/veo-3.1"], MODELS["minimax/hailuo-2.3"], MODELS["openai/sora-2-pro"]], DEFAULT
    )

    assert model is not None
    assert model.id == "google/veo-3.1"  # 4 s at 720p, as sora-2-pro, and cheaper


def test_a_model_without_a_price_is_the_default_only_alone() -> None:
    def make(model_id: str, *, created: int, price: str | None) -> VideoModel:
        return VideoModel(
            id=model_id,
            name=model_id,
            created=created,
            durations=(5,),
            resolutions=("720p",),
            aspect_ratios=("16:9",),
            pricing_skus=None if price is None else {"duration_seconds": price},
        )

    unpriced, dear = make("a/unpriced", created=9, price=None), make("b/dear", created=1, price="9")
    newer = make("c/newer", created=2, price="9")

    assert default_model([unpriced, dear], DEFAULT) is dear
    assert default_model([unpriced, dear, newer], DEFAULT) is newer
    assert default_model([unpriced], DEFAULT) is unpriced
    assert default_model([], DEFAULT) is None
