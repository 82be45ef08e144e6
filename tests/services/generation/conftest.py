"""The workshop: the steps over a real job store, a real folder, and ports that do as they are told."""

from pathlib import Path

import pytest

from tests.services.generation.taped import Workshop, workshop_in
from tests.services.jobs.samples import House


@pytest.fixture
def workshop(tmp_path: Path, house: House) -> Workshop:
    return workshop_in(tmp_path / "clips", house)
