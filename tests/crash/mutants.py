"""Faults put into the bot on purpose, to prove that the checker finds them. Each is one that a product could have."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from discord.abc import Messageable

from services.jobs import JobStore
from services.models import FailureReason, Job, JobState


def resubmit() -> None:
    """Send it again where nobody knows what became of a submit, as every engine of retries would."""
    move: Callable[..., Awaitable[Job]] = JobStore.move

    async def move_back(self: JobStore, job: Job, state: JobState, **changes: Any) -> Job:  # noqa: ANN401  # as it is called
        if changes.get("reason") is FailureReason.SUBMIT_UNKNOWN:
            return await move(self, job, JobState.QUEUED, now=changes["now"])
        return await move(self, job, state, **changes)

    JobStore.move = move_back  # type: ignore[method-assign]  # the mutation


def fresh_nonce() -> None:
    """Post with a nonce of its own for every try, which is what the library does unless told."""
    send: Callable[..., Awaitable[object]] = Messageable.send

    async def send_anew(self: Messageable, *texts: str, **options: object) -> object:
        return await send(self, *texts, **(options | {"nonce": uuid4().hex[:25]}))

    Messageable.send = send_anew  # type: ignore[method-assign, assignment]  # the mutation


def no_history() -> None:
    """Post without looking whether the message is there already."""

    async def see_nothing(self: Messageable, **options: object) -> AsyncIterator[object]:
        del self, options
        nobody: tuple[object, ...] = ()
        for message in nobody:
            yield message

    Messageable.history = see_nothing  # type: ignore[method-assign, assignment]  # the mutation


MUTANTS: Final[Mapping[str, Callable[[], None]]] = {
    "resubmit": resubmit,
    "fresh-nonce": fresh_nonce,
    "no-history": no_history,
}
