"""Hostile files are boring: each ends in a clip or in a refusal, nothing hangs, and nothing is left over."""

from pathlib import Path

import pytest

from services.media import Fitter
from tests.services.media import mutants
from tests.services.media.clips import ClipBank
from tests.services.media.corpus import corpus, outcome


@pytest.mark.parametrize("share", [100, 0.8], ids=["under the limit", "over the limit"])
async def test_every_hostile_file_ends_in_a_clip_or_a_refusal_and_leaves_nothing(
    fitter: Fitter, bank: ClipBank, tmp_path: Path, target: Path, share: float
) -> None:
    files = corpus(bank)
    assert len(files) > 60
    became: dict[str, str] = {}
    for name, content in files.items():
        clip = tmp_path / "clip.mp4"
        clip.write_bytes(content)
        became[name] = await outcome(fitter, clip, limit=max(1, int(share * len(content))), target=target)
        assert clip.read_bytes() == content, name
        assert list(target.iterdir()) == [], name  # noqa: ASYNC240  # nothing else runs here

    assert {became[name] for name in ("nothing", "a web page", "cut by a byte", "noise")} == {"ClipUnplayableError"}
    assert became["a playlist of a local file"] == became["a script that joins files"] == "ClipUnplayableError"


def test_mutants_are_accepted_or_refused_and_nothing_else(bank: ClipBank, tmp_path: Path) -> None:
    tally = mutants.run(bank, tmp_path, count=600, seed=2)

    assert tally.accepted > 40
    assert tally.refused > 40
    assert tally.planned > 20
    assert tally.left == 0
