"""D9, without a container: the bot needs nothing that a closed one does not give, no port and but one place to write.

So it may run as nobody, without capabilities, on a file system that cannot be written but for its data folder.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

import bot
from tests.crash.aftermath import begun
from tests.crash.process import Start
from tests.crash.scene import Scene
from tests.crash.sequels import PICTURE

ROOT: Final = Path(bot.__file__).parent
WITNESS: Final = """
import json, os, sys
notes = os.open(os.environ["NOTES"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
places = {"os.mkdir", "os.rename", "os.remove", "sqlite3.connect", "os.chmod"}
def note(event, values):
    is_write = event == "open" and isinstance(values[2], int) and values[2] & writing
    if event == "socket.bind" or event in places or is_write:
        shown = [os.fsdecode(each) if isinstance(each, bytes) else str(each) for each in values]
        os.write(notes, (json.dumps({"event": event, "values": shown}) + chr(10)).encode())
sys.addaudithook(note)
"""
"""Notes everything that the process opens to write, and every port that it opens; Python imports it before the bot."""
EVENTS: Final = {"open": 1, "os.mkdir": 1, "os.rename": 2, "os.remove": 1, "sqlite3.connect": 1, "os.chmod": 1}
"""How many of an event's values are places."""
PROBE: Final = "probe-"
"""What the lock of the data folder tries out, in a scratch folder."""


@pytest.mark.asyncio(loop_scope="session")
async def test_d9_the_bot_opens_no_port_and_writes_nowhere_but_into_its_data_folder(scene: Scene, start: Start) -> None:
    noted = await witnessed(scene, start)

    ports = [note for note in noted if note["event"] == "socket.bind"]
    places = [place for note in noted for place in note["values"][: EVENTS.get(note["event"], 0)]]
    assert ports == []
    assert len(places) > 5
    assert [place for place in places if not is_for_writing(place, scene)] == []


def is_for_writing(place: str, scene: Scene) -> bool:
    """Whether a place is one that a closed container has as well: beside the data there is what lives in memory."""
    if place == os.devnull or place.isdecimal() or Path(place).resolve().is_relative_to(scene.data):
        return True
    is_scratch = Path(place).parent == Path(tempfile.gettempdir())
    return is_scratch or Path(place).name.startswith(PROBE)


async def witnessed(scene: Scene, start: Start) -> Sequence[Mapping[str, Any]]:
    """Have videos made, one of them from a picture, and return what a witness noted of it."""
    watching, notes = scene.folder / "watching", scene.folder / "notes"
    watching.mkdir()
    (watching / "sitecustomize.py").write_text(WITNESS, encoding="utf-8")  # nothing else runs yet
    process = await begun(scene, start, PYTHONPATH=watching, NOTES=notes, PYTHONDONTWRITEBYTECODE=1)
    await scene.ask()
    await scene.ask(image=PICTURE)
    await scene.until(lambda: len(scene.rows()) > 1 and scene.is_over())
    assert await process.stop() == 0
    assert [row["state"] for row in scene.rows()] == ["delivered", "delivered"]
    return [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]  # the same
