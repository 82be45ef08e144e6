"""What a story is: what a member does, how the world answers, and how it may end wherever the bot dies."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.crash.evidence import Evidence
from tests.crash.scene import Scene, write_clip

ALWAYS: Final = frozenset({"cancelled", "submit_unknown"})
"""How any job may end that was interrupted: before its member was answered, or while it was bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story. Its `ends` are states, or for failed jobs reasons, besides those of `ALWAYS`.

    It is told again from its beginning at every start of the bot. Its member goes on from what they then see: they ask
    once more where nothing came of it, and press the button that still stands.
    """

    name: str
    act: Callable[[Scene], Awaitable[None]]
    ends: frozenset[str]
    prepare: Callable[[Scene], None] = lambda _: None
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    meanwhile: Callable[[Scene], None] = lambda _: None
    """What happens in the world while no bot runs, before each of its starts."""
    amiss: Callable[[Evidence], Iterable[str]] = lambda _: ()
    """What is wrong with an end besides what is wrong with any; a line each."""
    draw: Callable[[Path], Path] = write_clip
    """Writes the clip that every video of it comes as."""
    is_sequel: bool = False
    """Whether the bot dies in it only while the story says so (`Scene.may_die`): the rest of it is told in others."""


async def asks_once(scene: Scene) -> None:
    """Ask for a video, unless one is on its way."""
    if not scene.asked:
        await scene.ask()
