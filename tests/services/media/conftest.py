"""A real ffmpeg, and a fitter over it."""

from pathlib import Path

import pytest

from services.media import Ffmpeg, Fitter
from tests.services.media.clips import ClipBank


@pytest.fixture
def ffmpeg(bank: ClipBank) -> Ffmpeg:
    return Ffmpeg(bank.ffmpeg)


@pytest.fixture
def fitter(ffmpeg: Ffmpeg) -> Fitter:
    return Fitter(ffmpeg)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "fitted"
    folder.mkdir()
    return folder
