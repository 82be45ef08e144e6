"""The stories: what a cell may play."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Final, cast

from yarl import URL

from cogs.replies.jobs import LATE
from sandbox.openrouter import Answer, JobPlan
from tests.crash import sequels
from tests.crash.evidence import Evidence
from tests.crash.process import PATIENCE
from tests.crash.scene import Asked, Scene, buttons_of
from tests.crash.sequels import LONG
from tests.crash.story import Story, asks_once
from tests.e2e.listening import PUBLIC, SECRET, free_port

A_WHILE: Final = 0.6
"""Seconds that a video takes while another waits behind it."""
DEARER: Final = Decimal(3)
"""Dollars for a video whose worst price is less than one."""
SENT: Final = "Sent to the model"
"""In the status message while a video is made."""
AT_ONCE: Final = 0.0001
"""Minutes after which a video takes longer than usual."""
REFUSAL: Final = {"error": {"code": 403, "message": "flagged", "metadata": {"reasons": ["violence"]}}}


async def _asks_directly(scene: Scene) -> None:
    """Ask for a video in the bot's direct messages, unless one is on its way."""
    if not scene.asked:
        await scene.ask_directly()


def _counts_direct_messages(scene: Scene) -> None:
    """Let direct messages count as the server that everything else happens in."""
    scene.settings |= {"DIRECT_MESSAGES_SERVER": scene.discord.world.guild("Sandbox").id}


async def _says_yes(scene: Scene) -> None:
    """Accept the offer: the one that still stands, else a new one."""
    for question in scene.questions():
        if not scene.rows():
            await _accept(scene, question.id)
    while not scene.rows():
        asked = await scene.ask()
        answer = await asked.interaction.message(timeout=PATIENCE)
        if answer is not None:
            await _accept(scene, answer.id)


async def _accept(scene: Scene, question_id: int) -> None:
    question = scene.discord.world.messages.find(question_id)
    if question is not None and question.components:
        asked = await scene.say_yes(question, prompt=scene.prompts[-1])
        await asked.interaction.answered(timeout=PATIENCE)


async def _cancels(scene: Scene) -> None:
    """Ask while somebody else's video holds the only place, and cancel while waiting for it."""
    for member in ("bob", "alice"):
        if _asked_by(member, scene) is None:
            asked = await scene.ask(by=member)
            await asked.interaction.answered(timeout=PATIENCE)
    waiting = _asked_by("alice", scene)
    message = waiting.interaction.original if waiting else None
    if waiting is not None and message is not None and buttons_of(message):
        await scene.cancel(waiting)


def _asked_by(member: str, scene: Scene) -> Asked | None:
    user_id = scene.discord.world.user(member).id
    return next((asked for asked in scene.asked if asked.interaction.act.user_id == user_id), None)


def _takes_long(scene: Scene) -> None:
    """Let every video take until the story says that it is made."""
    scene.openrouter.script(JobPlan(seconds=LONG, times=None))


def _reads(words: str, scene: Scene) -> bool:
    """Whether somebody's status message says so."""
    shown = [asked.interaction.original for asked in scene.asked]
    return any(message is not None and words in message.text for message in shown)


async def _is_shut_out(scene: Scene) -> None:
    """Ask for a video, and close the channel to the bot just before it is made."""
    await asks_once(scene)
    await scene.until(lambda: scene.is_over() or _reads(SENT, scene))
    with scene.may_die():
        scene.close_channel()
        scene.openrouter.clock.advance(LONG)
        await scene.until(scene.is_over)


def shuts_the_bot_out(scene: Scene) -> None:
    """Close the channel behind a bot that died once it had bought something."""
    if scene.openrouter.jobs:
        scene.close_channel()


def _takes_long_and_no_direct_messages(scene: Scene) -> None:
    _takes_long(scene)
    scene.close_direct()


async def _is_sent_again(scene: Scene) -> None:
    """Have a video that could be sent nowhere sent to another channel, as often as it takes."""
    await asks_once(scene)
    await scene.until(lambda: scene.is_over() or _reads(SENT, scene))
    scene.close_channel()
    scene.openrouter.clock.advance(LONG)
    await scene.until(scene.is_over)
    with scene.may_die():
        if any(row["reason"] == "undeliverable" for row in scene.rows()):
            await scene.send_again()
        await scene.until(scene.is_over)


async def _is_late(scene: Scene) -> None:
    """Ask for a video that is made only once its member has read that it takes longer than usual."""
    await asks_once(scene)
    await scene.until(lambda: scene.is_over() or _reads(LATE.text, scene))
    scene.openrouter.clock.advance(LONG)


def _is_not_said_to_be_late_once(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        times = len([late for late, _ in groupby(evidence.readings(row), key=lambda text: LATE.text in text) if late])
        if row["state"] == "delivered" and times != 1:
            yield f"the member of job {row['id']} was told {times} times that it takes longer"


def _breaks_off_and_calls_back(scene: Scene) -> None:
    """Let every order break off after it was taken, and the video API call the bot when the video is made."""
    port = free_port()
    scene.openrouter.webhooks.secret = SECRET
    scene.openrouter.webhooks.reach(PUBLIC, at=f"http://127.0.0.1:{port}")
    scene.settings |= {"PUBLIC_URL": PUBLIC, "WEBHOOK_SECRET": SECRET, "WEBHOOK_PORT": port}
    _takes_long(scene)
    scene.openrouter.script(Answer(route="submit", status=500, after_work=True, times=None))


async def _is_found(scene: Scene) -> None:
    """Ask for a video, and let it be made once everybody has heard that nobody knows what became of the order."""
    await asks_once(scene)
    await scene.until(scene.is_over)
    if not scene.openrouter.jobs:
        return
    if any(row["reason"] == "submit_unknown" for row in scene.rows()):
        _calls_back(scene)
    await scene.until(lambda: scene.is_over() and all(row["state"] == "delivered" for row in scene.rows()))


def _calls_back(scene: Scene) -> None:
    """Make the videos; and where they were made before, tell of them anew, as a video API does that was not heard."""
    api = scene.openrouter
    for record in api.requests.of("submit"):
        job = api.jobs.get(record.subject or "")
        if job is not None and job.ended(api.clock.now()):
            order = cast("Mapping[str, str]", record.body)
            api.webhooks.expect(job, order["callback_url"], origin=str(URL(api.base_url).origin()))
    api.clock.advance(LONG)


def _is_not_found(evidence: Evidence) -> Iterator[str]:
    for purchase in evidence.purchases:
        if not any(row["remote_id"] == purchase.remote_id for row in evidence.rows):
            yield f"{purchase.remote_id} was bought, said so, and no job has heard it"


BASIC: Final = (
    Story(name="delivered", act=asks_once, ends=frozenset({"delivered"})),
    Story(
        name="failed",
        act=asks_once,
        ends=frozenset({"upstream_failed"}),
        prepare=lambda scene: scene.openrouter.script(JobPlan(status="failed", times=None)),
    ),
    Story(
        name="refused",
        act=asks_once,
        ends=frozenset({"refused"}),
        prepare=lambda scene: scene.openrouter.script(Answer(route="submit", status=403, json=REFUSAL, times=None)),
    ),
    Story(
        name="dearer",
        act=asks_once,
        ends=frozenset({"delivered"}),
        prepare=lambda scene: scene.openrouter.script(JobPlan(cost=DEARER, times=None)),
    ),
    Story(name="confirmed", act=_says_yes, ends=frozenset({"delivered"}), settings={"CONFIRM_ABOVE_USD": 0}),
    Story(
        name="cancelled",
        act=_cancels,
        ends=frozenset({"delivered"}),
        prepare=lambda scene: scene.openrouter.script(JobPlan(seconds=A_WHILE)),
        settings={"RUNNING_AT_ONCE": 1},
    ),
)
DETOURS: Final = (
    Story(name="private", act=sequels.is_private, ends=frozenset({"delivered"}), amiss=sequels.is_seen_by_others),
    Story(name="shut out", act=_is_shut_out, ends=frozenset({"delivered"}), prepare=_takes_long, is_sequel=True),
    Story(name="shut out meanwhile", act=asks_once, ends=frozenset({"delivered"}), meanwhile=shuts_the_bot_out),
    Story(
        name="kept",
        act=_is_shut_out,
        ends=frozenset({"undeliverable"}),
        prepare=_takes_long_and_no_direct_messages,
        is_sequel=True,
    ),
    Story(
        name="sent again",
        act=_is_sent_again,
        ends=frozenset({"delivered"}),
        prepare=_takes_long_and_no_direct_messages,
        is_sequel=True,
    ),
    Story(name="direct", act=_asks_directly, ends=frozenset({"delivered"}), prepare=_counts_direct_messages),
    Story(
        name="late",
        act=_is_late,
        ends=frozenset({"delivered"}),
        prepare=_takes_long,
        settings={"SOFT_DEADLINE_MINUTES": AT_ONCE},
        amiss=_is_not_said_to_be_late_once,
    ),
    Story(
        name="found",
        act=_is_found,
        ends=frozenset({"delivered"}),
        prepare=_breaks_off_and_calls_back,
        amiss=_is_not_found,
    ),
)
SEQUELS: Final = (
    Story(name="pictured", act=sequels.is_pictured, ends=frozenset({"delivered"}), is_sequel=True),
    Story(
        name="removed",
        act=sequels.is_removed,
        ends=frozenset({"delivered"}),
        amiss=sequels.is_still_there,
        is_sequel=True,
    ),
    Story(name="made again", act=sequels.is_made_again, ends=frozenset({"delivered"}), is_sequel=True),
    Story(
        name="fitted",
        act=sequels.is_fitted,
        ends=frozenset({"delivered"}),
        prepare=sequels.takes_little,
        amiss=sequels.is_not_fitted,
        draw=sequels.heavy_clip,
        is_sequel=True,
    ),
)
DELIVERED: Final = BASIC[0]
STORIES: Final = {story.name: story for story in (*BASIC, *DETOURS, *SEQUELS)}
