"""Which packages of others the bot runs on, and under which licences: `python -m ops.licences > docs/licences.md`."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path(__file__).parents[1] / "uv.lock"
PROJECT: Final = "discord-video-bot"
HEAD: Final = """\
# Licences of what the bot runs on

Written by `python -m ops.licences` from `uv.lock` and what each package says of itself. Extras are `charts` and
`postgres`; what only the tests need is not listed. The Python package imageio-ffmpeg brings an ffmpeg binary that is
under the GPL: the bot runs it as a program of its own, and `FFMPEG_PATH` names another.

| Package | Version | Licence |
|---|---|---|
"""
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package, as it is locked."""

    name: str
    version: str
    hashes: Sequence[str]
    """Of every file that may be installed, such as `sha256:...`."""


def locked(lock: Path = LOCK) -> Sequence[Package]:
    """Return all that the bot runs on, with its extras, from the lock file, by name."""
    entries: dict[str, Mapping[str, Any]] = {
        entry["name"]: entry for entry in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    }
    root = entries[PROJECT]
    extras = [each for wanted in root.get("optional-dependencies", {}).values() for each in wanted]
    found = set(_closure([*root["dependencies"], *extras], entries))
    return [_package(entries[name]) for name in sorted(found)]


def licence_of(name: str) -> str:
    """Return what an installed package says of its licence, in one line."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return UNKNOWN
    return next(_said(found), UNKNOWN)


def listing() -> str:
    """Return the page. Packages that only another system or another Python needs are left out."""
    rows = [(each, licence_of(each.name)) for each in locked()]
    known = [f"| {each.name} | {each.version} | {licence} |" for each, licence in rows if licence != UNKNOWN]
    return HEAD + "\n".join(known) + "\n"


def _closure(wanted: Iterable[Mapping[str, Any]], entries: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    seen: set[str] = set()
    waiting = list(wanted)
    while waiting:
        dependency = waiting.pop()
        entry = entries[dependency["name"]]
        for extra in dependency.get("extra", ()):
            waiting.extend(entry.get("optional-dependencies", {}).get(extra, ()))
        if entry["name"] not in seen:
            seen.add(entry["name"])
            yield entry["name"]
            waiting.extend(entry.get("dependencies", ()))


def _package(entry: Mapping[str, Any]) -> Package:
    files = [*entry.get("wheels", ()), *([entry["sdist"]] if "sdist" in entry else [])]
    return Package(name=entry["name"], version=entry["version"], hashes=[file.get("hash", "") for file in files])


def _said(found: Distribution) -> Iterator[str]:
    """Yield what it says, the clearest first: an SPDX expression, its classifiers, the first line of its own field."""
    metadata = found.metadata
    yield from metadata.get_all("License-Expression", [])
    names = [value.rpartition(" :: ")[2] for value in metadata.get_all("Classifier", []) if "License ::" in value]
    if names:
        yield ", ".join(names)
    yield from (text.strip().splitlines()[0] for text in metadata.get_all("License", []) if text.strip())


if __name__ == "__main__":
    print(listing(), end="")  # noqa: T201  # it is what the command is for
