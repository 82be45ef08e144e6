"""What the bot runs on is held to hashes, and under licences that anybody may run it with."""

import re
from typing import Final

import pytest

from ops.licences import LOCK, UNKNOWN, licence_of, listing, locked

FREE: Final = re.compile(
    r"MIT|BSD|Apache|ISC|Python Software Foundation|PSF|Zlib|CC0|MPL-2.0|HPND|Unlicense", re.IGNORECASE
)


def test_every_file_that_may_be_installed_is_held_to_its_hash() -> None:
    packages = locked()

    assert len(packages) > 30
    for package in packages:
        assert package.hashes, package.name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in package.hashes), package.name


@pytest.mark.parametrize("name", sorted(package.name for package in locked()))
def test_a_licence_lets_anybody_run_it(name: str) -> None:
    licence = licence_of(name)

    assert licence == UNKNOWN or FREE.search(licence), f"{name}: {licence}"


def test_the_page_of_licences_is_as_the_lock_file_says() -> None:
    page = (LOCK.parent / "docs" / "licences.md").read_text(encoding="utf-8").splitlines()

    assert [line for line in listing().splitlines() if line not in page] == []


def test_a_package_that_is_not_here_is_unknown() -> None:
    assert licence_of("no-such-package-anywhere") == UNKNOWN
