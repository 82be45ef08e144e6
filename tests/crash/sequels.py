"""What members do with a video, and what is asked for otherwise than by `/video` with a prompt: acts for stories."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from sandbox.discord.posts import Message
from sandbox.discord.uploads import Upload
from sandbox.openrouter import JobPlan
from tests.crash.evidence import Evidence
from tests.crash.process import PATIENCE
from tests.crash.scene import Asked, Scene, buttons_of
from tests.crash.story import asks_once
from tests.picture_files import picture
from tests.services.media.clips import ClipBank

PICTURE: Final = Upload(filename="fox.png", content=picture())
LIMIT: Final = 430_000
"""Bytes: less than the heavy clip has, and enough for one attempt."""
LONG: Final = 10_000
"""Seconds of the video API's clock, which a story moves by hand."""
PARTS: Final = 2
"""What the heavy clip is handed out in."""
STARTED: Final = frozenset(
    {"submitting", "generating", "downloading", "delivering", "delivered", "failed", "cancelled"}
)


async def is_private(scene: Scene) -> None:
    """Ask for a video that nobody else sees."""
    if not scene.asked:
        await scene.ask(private=True)


def is_seen_by_others(evidence: Evidence) -> Iterator[str]:
    """Find what was said in public of a video that was asked for privately."""
    for message in evidence.messages:
        if message.channel_id not in evidence.direct:
            yield f"everybody reads {message.text!r}"


async def is_pictured(scene: Scene) -> None:
    """Ask for a video that starts from a picture, and let the bot die until the picture was sent."""
    if scene.asked:
        return
    with scene.may_die():
        await scene.ask(image=PICTURE)
        await scene.until(lambda: any(row["state"] in STARTED - {"submitting"} for row in scene.rows()))


async def is_removed(scene: Scene) -> None:
    """Delete the video once it is there, as often as it takes."""
    await asks_once(scene)
    await scene.until(scene.is_over)
    with scene.may_die():
        for result in results(scene):
            await press(scene, result, "delete")
        await scene.until(lambda: scene.is_over() and not results(scene))


def is_still_there(evidence: Evidence) -> Iterator[str]:
    """Find what stayed of a video that its member deleted."""
    for row in evidence.rows:
        if row["state"] == "delivered" and row["removed_at"] is None:
            yield f"job {row['id']} was delivered, and nobody knows that it was deleted"


async def is_made_again(scene: Scene) -> None:
    """Press *Edit* under the video, and once that one is made *Again* under the first. One try for each."""
    await asks_once(scene)
    await scene.until(scene.is_over)
    first = next(iter(results(scene)), None)
    for count, deed in enumerate(("edit", "again"), start=1):
        if first is None or len(scene.rows()) > count:
            continue
        with scene.may_die():
            await press(scene, first, deed)
            await scene.until(lambda count=count: _has_begun(scene, count))  # type: ignore[misc]  # bound at once
        await scene.until(scene.is_over)


def _has_begun(scene: Scene, count: int) -> bool:
    return len(scene.rows()) > count and scene.rows()[count]["state"] in STARTED


def takes_little(scene: Scene) -> None:
    """Let the server take no larger file than `LIMIT`, and every video take until the story says that it is made."""
    world = scene.discord.world
    guild = world.guilds[world.channel("videos").guild_id or 0]
    world.replace_guild(replace(guild, upload_limit=LIMIT))
    scene.openrouter.script(JobPlan(seconds=LONG, times=None))


async def is_fitted(scene: Scene) -> None:
    """Ask for a video that is too large for its channel, and have the one that came handed out besides, in parts."""
    await asks_once(scene)
    await scene.until(lambda: bool(scene.openrouter.jobs) or scene.is_over())
    with scene.may_die():
        scene.openrouter.clock.advance(LONG)
        await scene.until(scene.is_over)
        for result in results(scene):
            had = len(_handed_out(scene))
            await press(scene, result, "original")
            await scene.until(lambda had=had: len(_handed_out(scene)) >= had + PARTS)  # type: ignore[misc]  # the same


def _handed_out(scene: Scene) -> Sequence[Message]:
    """Return the messages that only one person sees and that carry a file."""
    everything = scene.discord.world.messages.everything()
    return [message for message in everything if message.ephemeral_for is not None and message.attachments]


def is_not_fitted(evidence: Evidence) -> Iterator[str]:
    """Find a clip that was not made to fit, and one that was and is not kept as it came."""
    for row in evidence.rows:
        if row["state"] != "delivered":
            continue
        posted = [each for message in evidence.messages for each in message.attachments]
        yield from (f"{each.filename} has {each.size} bytes" for each in posted if each.size > LIMIT)
        if evidence.kept.get(f"video-{row['id']}.mp4") != evidence.clip_sha256:
            yield f"the clip of job {row['id']} is not kept as it came"


def heavy_clip(path: Path) -> Path:
    """Write a clip that ffmpeg has to make smaller."""
    bank = ClipBank(path.parent)
    return bank.clip("heavy").rename(path)


def results(scene: Scene) -> Sequence[Message]:
    """Return the messages with a clip and its buttons that everybody sees, the oldest first."""
    everything = scene.discord.world.messages.everything()
    return [message for message in everything if message.attachments and message.ephemeral_for is None]


async def press(scene: Scene, result: Message, deed: str) -> None:
    """Let its member press a button under a video, and fill in the form that it may open."""
    user_id = scene.discord.world.user("alice").id
    [custom_id] = [each for each in buttons_of(result) if deed in each.split(":")]
    click = await scene.discord.click(user_id=user_id, message_id=result.id, custom_id=custom_id)
    await click.answered(timeout=PATIENCE)
    prompt = scene.prompts[0]
    if click.modal is not None:
        prompt = f"{prompt}, at night"
        scene.prompts.append(prompt)
        click = await scene.discord.submit_modal(interaction_id=click.id, values={"prompt": prompt})
        await click.answered(timeout=PATIENCE)
    if deed in {"edit", "again"}:
        scene.asked.append(Asked(prompt=prompt, interaction=click))
