"""Slots of a data folder: one process each, and a name that outlives the process."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from ops.house.instance import forsaken, one_of_several
from services.errors import StorageError


def test_processes_on_one_folder_have_names_and_clips_of_their_own(tmp_path: Path) -> None:
    with one_of_several(tmp_path) as first, one_of_several(tmp_path) as second:
        assert first.name != second.name
        assert (first.clips, second.clips) == (tmp_path / "clips" / "instance-0", tmp_path / "clips" / "instance-1")


def test_whoever_comes_into_a_slot_has_the_name_of_who_was_in_it_before(tmp_path: Path) -> None:
    with one_of_several(tmp_path) as first:
        pass

    with one_of_several(tmp_path) as later:
        assert later == first


def test_another_folder_never_has_the_same_names(tmp_path: Path) -> None:
    with one_of_several(tmp_path / "a") as here, one_of_several(tmp_path / "b") as there:
        assert here.name != there.name


def test_what_lies_in_a_slot_is_for_its_owner_only(tmp_path: Path) -> None:
    with one_of_several(tmp_path):
        modes = {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()}

    assert modes == {0}


def test_only_the_clips_of_slots_that_nobody_is_in_are_forsaken(tmp_path: Path) -> None:
    with one_of_several(tmp_path) as first, ExitStack() as stack:
        second = stack.enter_context(one_of_several(tmp_path))
        for folder in (first.clips, second.clips):
            folder.mkdir(parents=True)
        assert list(forsaken(tmp_path)) == []

        stack.close()

        assert list(forsaken(tmp_path)) == [second.clips]


def test_a_slot_is_taken_by_nobody_while_its_forsaken_clips_are_looked_at(tmp_path: Path) -> None:
    with one_of_several(tmp_path) as first:
        first.clips.mkdir(parents=True)

    for _ in forsaken(tmp_path):
        with one_of_several(tmp_path) as other:
            assert other.name != first.name


def test_a_folder_that_is_none_is_the_storage_that_fails(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(StorageError), one_of_several(tmp_path / "data"):
        pass
