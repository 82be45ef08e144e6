"""`.env` as text: what is changed reads as it was meant, what is not stays as it was, and no half file ever stands."""

import stat
import string
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from ops import env_example
from ops.env_file import draft, put_in_place, rewritten, values_in

NAMES = st.sampled_from(["DISCORD_TOKEN", "BUDGET_USD", "TZ", "OTHER_THING"])
# `${` is left out: there python-dotenv puts in another variable, whatever the quotes.
VALUES = st.text(st.sampled_from([*string.ascii_letters, *string.digits, *" ._-#='\"\\/"]), max_size=20)
OTHERS = st.lists(
    st.sampled_from(
        ["# a word", "", "export LANG=C", "QUOTED='two\nlines'", 'A="b # c" # d', "no equals sign", "=nameless", "X=1"]
    ),
    max_size=6,
)


@given(before=OTHERS, after=OTHERS, name=NAMES, old=VALUES, value=VALUES)
def test_a_changed_value_is_read_as_it_was_meant_and_every_other_line_stays(
    before: list[str], after: list[str], name: str, old: str, value: str
) -> None:
    middle = rewritten("", {name: old})
    text = "".join(f"{line}\n" for line in before) + middle + "".join(f"{line}\n" for line in after)

    changed = rewritten(text, {name: value})

    assert values_in(changed) == {**values_in(text), name: value}
    assert changed.startswith("".join(f"{line}\n" for line in before))
    assert changed.endswith("".join(f"{line}\n" for line in after))


@given(name=NAMES, value=VALUES)
def test_the_settings_own_reader_reads_the_same(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: str
) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    path.write_text(rewritten("", {name: value}), encoding="utf-8")

    assert dotenv_values(path) == {name: value}


def test_a_name_that_is_set_twice_is_set_once_afterwards() -> None:
    assert rewritten("A=1\nB=2\nA=3\n", {"A": "4"}) == "A=4\nB=2\n"


def test_a_name_can_be_taken_away() -> None:
    assert rewritten("A=1\n\nB=2\nC=3\n", {"B": None, "D": None}) == "A=1\n\nC=3\n"


def test_a_default_that_is_commented_out_becomes_a_line_in_its_own_place() -> None:
    changed = rewritten(env_example.rendered(), {"VIDEOS_PER_DAY": "3"})

    assert "# Videos per member and server in 24 hours.\nVIDEOS_PER_DAY=3\n" in changed
    assert "#VIDEOS_PER_DAY" not in changed


def test_a_last_line_without_an_end_is_not_run_together_with_a_new_one() -> None:
    assert rewritten("A=1", {"B": "2"}) == "A=1\nB=2\n"


def test_a_draft_is_private_from_the_start_and_gone_when_it_was_not_put_in_place(tmp_path: Path) -> None:
    with draft("A=1\n", beside=tmp_path / ".env") as drafted:
        mode = stat.S_IMODE(drafted.stat().st_mode)

    assert mode == 0o600
    assert list(tmp_path.iterdir()) == []


def test_whatever_breaks_off_the_work_on_a_draft_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n", encoding="utf-8")

    with pytest.raises(KeyboardInterrupt), draft("A=2\n", beside=path):
        raise KeyboardInterrupt

    assert path.read_text(encoding="utf-8") == "A=1\n"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_link_leads_to_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / ".env"
    real.write_text("A=1\n", encoding="utf-8")
    link.symlink_to(real)

    with draft("A=2\n", beside=link) as drafted:
        put_in_place(drafted, of=link)

    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "A=2\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
