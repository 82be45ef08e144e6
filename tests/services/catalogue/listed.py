"""The captured list of models, read as the client reads it."""

from pathlib import Path

from services.models import VideoModel
from services.openrouter.reading import read_models

HERE = Path(__file__).parent


def captured() -> dict[str, VideoModel]:
    """Every model of the capture, by its id."""
    found = read_models((HERE / "models.json").read_bytes())
    assert found is not None
    models, unreadable = found
    assert unreadable == 0
    return {model.id: model for model in models}
