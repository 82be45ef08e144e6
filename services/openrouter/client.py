"""The client of the video API: five calls, each with its own rule about being made again.

A submit is made once and never repeated here, a read is repeated a few times within seconds, a download is repeated
by the worker. Addresses that the API names are never followed with the key: each call builds its own from the id.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import aiohttp
import stamina
import structlog

from services.errors import (
    AccountError,
    SubmitUnknownError,
    TryLaterError,
    UpstreamBusyError,
    UpstreamError,
)
from services.measures import UNMEASURED, Measures
from services.models import Frame, KeyBalance, RemoteState, RemoteVideo, VideoModel, VideoSpec
from services.openrouter import clip, failures, reading, wire
from services.openrouter.addresses import job_path
from services.openrouter.redaction import one_line, redacted
from services.openrouter.transport import Attribution, CutOffError, NotSentError, Reply, Timeouts, Transport, beginning

_log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)
_T = TypeVar("_T")

# A word nobody knows is logged once; a hostile API must not make us remember words without end.
_MOST_UNKNOWN_WORDS: Final = 100
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How a read is repeated. Short, because whoever reads will come back by a schedule of their own. Seconds."""

    attempts: int = 3
    first_wait: float = 0.5
    longest_wait: float = 4
    """Also the longest `Retry-After` that is waited for here; a longer one is handed to the caller at once."""
    jitter: float = 0.5
    give_up_after: float = 20


class OpenRouterClient:
    """Speak to the video API with one key. Use as `async with`, or `open()` and `close()`.

    Without a key (None) only `models` answers.

    Raises:
        ConfigurationError: the key cannot be a header, or the base address is neither https nor loopback.
    """

    def __init__(
        self,
        *,
        key: str | None,
        base_url: str,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        attribution: Attribution | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        measures: Measures = UNMEASURED,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._transport = Transport(
            key=key,
            base_url=base_url,
            timeouts=self._timeouts,
            attribution=attribution or Attribution(),
            measures=measures,
        )
        self._key = key or ""
        self._clock = clock
        self._retries = retries or RetryPolicy()
        self._unknown_words: set[str] = set()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Make the sessions. Needs a running loop."""
        await self._transport.open()

    async def close(self) -> None:
        """Close the sessions. Harmless twice."""
        await self._transport.close()

    async def submit(
        self, *, prompt: str, spec: VideoSpec, frames: Sequence[Frame] = (), callback_url: str | None = None
    ) -> RemoteVideo:
        """Buy a video. One POST, never repeated here.

        Raises:
            UpstreamBusyError: too busy or never reached; nothing was bought and it may be sent again.
            ContentRefusedError, RequestRejectedError, AccountError: nothing was bought.
            SubmitUnknownError: it may have been bought; it must not be sent again.
        """
        compose = partial(wire.submit_body, prompt=prompt, spec=spec, frames=frames, callback_url=callback_url)
        # With pictures in a thread, because then it is some megabytes.
        body = await asyncio.to_thread(compose) if frames else compose()
        try:
            reply = await self._transport.post("submit", "/videos", body=body)
        except NotSentError as error:
            raise UpstreamBusyError(detail=str(error)) from None
        except CutOffError as error:
            raise SubmitUnknownError(detail=str(error)) from None
        if not 200 <= reply.status < 300:  # noqa: PLR2004  # documented as 202; any success that carries an id will do
            raise failures.submit_failure(self._failure(reply))
        job = wire.parse(wire.JobBody, reply.body)
        if job is None or job.id is None or not reading.is_usable_id(job.id):
            # Accepted, but nobody can ask for it. Its words may help the operator to find it.
            raise SubmitUnknownError(status=reply.status, detail=self._words(reply.body.decode(errors="replace")))
        return self._video(job, remote_id=job.id, status=job.status or "pending")

    async def status(self, remote_id: str) -> RemoteVideo:
        """Ask how a job stands.

        Raises:
            RemoteJobMissingError: the API does not know it; true for about a minute after a submit.
            AccountError: the key was refused, each of a few times; the job is still there.
            TryLaterError: anything else.
        """

        def read(body: bytes) -> RemoteVideo | None:
            job = wire.parse(wire.JobBody, body)
            return (
                None if job is None or job.status is None else self._video(job, remote_id=remote_id, status=job.status)
            )

        path = job_path(remote_id)
        return await self._read("status", path, read=read, refuse=failures.job_failure, doubts_refusals=True)

    async def models(self) -> tuple[VideoModel, ...]:
        """List what can be had. An entry that cannot be read is left out and counted in the log.

        Raises:
            AccountError: the key was refused.
            TryLaterError: anything else.
        """
        models, unreadable = await self._read(
            "models", "/videos/models", read=reading.read_models, refuse=failures.account_failure
        )
        if unreadable:
            _log.warning("openrouter_models_skipped", skipped=unreadable, read=len(models))
        return models

    async def key(self) -> KeyBalance:
        """Ask after the key; also a free test that it is good. Raises as `models` does."""
        return await self._read("key", "/key", read=reading.read_key, refuse=failures.account_failure)

    async def download(self, remote_id: str, *, target: Path, max_bytes: int, index: int = 0) -> int:
        """Bring output `index` of a completed job to `target`, which must not exist yet; returns its size in bytes.

        When this returns, the bytes are on the disk; when it raises or is cancelled, there is no file. Not repeated
        here. A body that has no length and was cut off looks whole: the MP4 check is what finds it.

        Raises:
            TryLaterError: not ready, cut short, too slow; the clip is still there.
            AccountError: the key was refused; the clip is still there.
            PageInsteadOfClipError: text or a compressed body with status 200.
            RemoteJobMissingError: the API does not know the job or the output.
            ClipGoneError: no longer stored.
            ClipTooLargeError: more than `max_bytes`.
            FileExistsError: `target` exists; it is left alone.
            OSError: the disk.
        """
        path = f"{job_path(remote_id)}/content?index={index:d}"
        began, size, status = time.monotonic(), 0, None
        try:
            async with asyncio.timeout(self._timeouts.download), self._transport.stream(path) as answer:
                status = answer.status
                if status != _OK:
                    raise await self._content_failure(answer)
                size = await clip.save(answer, target=target, max_bytes=max_bytes)
                return size
        # aiohttp's own exceptions can show the request's headers, and so the key: `from None`.
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TryLaterError(detail=type(error).__name__) from None
        finally:
            seconds = round(time.monotonic() - began, 3)
            _log.debug("openrouter_call", op="download", status=status, bytes=size, seconds=seconds)

    async def _content_failure(self, answer: aiohttp.ClientResponse) -> UpstreamError:
        body = await beginning(answer)
        failure = self._failure(Reply(status=answer.status, headers=answer.headers, body=body))
        is_api = self._transport.has_key_in(answer)
        return failures.content_failure(failure) if is_api else failures.stored_copy_failure(failure)

    async def _read(
        self,
        op: str,
        path: str,
        *,
        read: Callable[[bytes], _T | None],
        refuse: Callable[[failures.Failure], UpstreamError],
        doubts_refusals: bool = False,
    ) -> _T:
        """Read a path a few times. With `doubts_refusals` a refused key is asked about again before it is believed."""

        async def once() -> _T:
            try:
                reply = await self._transport.get(op, path)
            except (NotSentError, CutOffError) as error:
                raise TryLaterError(detail=str(error)) from None
            if reply.status != _OK:
                raise refuse(self._failure(reply))
            found = read(reply.body)
            if found is None:
                raise TryLaterError(status=reply.status, detail=self._words(reply.body.decode(errors="replace")))
            return found

        def repeats(error: Exception) -> bool | timedelta:
            return doubts_refusals if isinstance(error, AccountError) else self._wait_before_repeating(error)

        try:
            return await once()
        except UpstreamError as error:
            failure = error
        return await self._again(once, repeats, after=failure)

    async def _again(
        self,
        once: Callable[[], Awaitable[_T]],
        repeats: Callable[[Exception], bool | timedelta],
        *,
        after: UpstreamError,
    ) -> _T:
        """Go on after a first try that failed. Most go well, and to prepare for more costs half as much as a look."""
        retries, failures_before = self._retries, [after]
        caller = stamina.AsyncRetryingCaller(
            attempts=retries.attempts,
            timeout=retries.give_up_after,
            wait_initial=retries.first_wait,
            wait_max=retries.longest_wait,
            wait_jitter=retries.jitter,
        )

        async def next_try() -> _T:
            if failures_before:
                raise failures_before.pop()
            return await once()

        return await caller(repeats, next_try)

    def _wait_before_repeating(self, error: Exception) -> bool | timedelta:
        """Stamina's question after a failure: whether to try again, and when if the API named a time."""
        if not isinstance(error, TryLaterError) or not failures.is_passing(error):
            return False
        wait = error.retry_after
        if wait is None:
            return True
        return wait if wait.total_seconds() <= self._retries.longest_wait else False

    def _video(self, job: wire.JobBody, *, remote_id: str, status: str) -> RemoteVideo:
        state = reading.state_of(status)
        if state is None:
            self._note_unknown(status)
            state = RemoteState.RUNNING
        if state is RemoteState.FAILED and failures.says_refused(job.error):
            state = RemoteState.REFUSED
        return RemoteVideo(
            remote_id=remote_id,
            state=state,
            cost_microusd=reading.cost_microusd(job),
            error=self._words(failures.words_of(job.error)) or None,
        )

    def _note_unknown(self, status: str) -> None:
        word = one_line(status)[:40]
        if word not in self._unknown_words and len(self._unknown_words) < _MOST_UNKNOWN_WORDS:
            self._unknown_words.add(word)
            _log.warning("openrouter_unknown_status", word=word)

    def _failure(self, reply: Reply) -> failures.Failure:
        return failures.read_failure(
            status=reply.status, headers=reply.headers, body=reply.body, key=self._key, now=self._clock()
        )

    def _words(self, text: str) -> str:
        return redacted(text, key=self._key)
