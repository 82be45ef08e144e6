"""Commands as no client of Discord's would send them: any number, any kind, to commands that are hidden."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox.discord.interactions import Interaction
from tests.e2e import forging
from tests.e2e.house import PATIENCE, House

SUBCOMMAND: Final = 1
STRING: Final = 3
INTEGER: Final = 4
BOOLEAN: Final = 5
USER: Final = 6
CHANNEL: Final = 7
NUMBER: Final = 10


async def command(
    house: House,
    name: str,
    *,
    by: str,
    where: str = "videos",
    options: Sequence[tuple[str, int, object]] = (),
    resolved: Mapping[str, object] | None = None,
) -> Interaction:
    """Send a command with options of a name, a kind and a value each, and wait for the answer."""
    first, *path = name.split()
    registered = next(each for each in house.discord.commands.listed(None) if each["name"] == first)
    given: list[dict[str, Any]] = [{"name": option, "type": kind, "value": value} for option, kind, value in options]
    for level in reversed(path):
        given = [{"name": level, "type": SUBCOMMAND, "options": given}]
    data: dict[str, Any] = {"id": registered["id"], "name": first, "type": 1, "options": given}
    if resolved is not None:
        data["resolved"] = resolved
    interaction = forging.open_act(house, data, by=by, channel_id=house.channel(where).id)
    forging.replay(house, interaction)
    await interaction.answered(timeout=PATIENCE)
    return interaction
