"""Hostile media and a hostile network: one test for each attack of that part of the threat model, named after it.

What is made of every fault of the video API is a table of its own, `tests/faults/upstream`; here is the attack itself.
"""

import ast
import asyncio
import logging
import ssl
import subprocess
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

import bot
from sandbox.openrouter import (
    Answer,
    EndlessBody,
    Fault,
    FixedClip,
    GzipBomb,
    JobPlan,
    OpenRouterStandIn,
    SlowBody,
    TruncatedBody,
    Truncation,
)
from services.errors import ConfigurationError, TryLaterError, UpstreamBusyError, UpstreamError
from services.media import VideoCodec, read_facts
from services.models import Job, JobState, VideoSpec
from services.openrouter import OpenRouterClient, RetryPolicy, Timeouts
from services.settings import load_settings
from tests.e2e.house import House
from tests.services.generation.taped import PLAN, Workshop, workshop_in
from tests.services.generation.test_over_http import MODEL
from tests.services.jobs.samples import House as Books
from tests.services.media.clips import ClipBank
from tests.services.media.corpus import corpus
from tests.tiny_clip import CLIP

ROOT: Final = Path(bot.__file__).parent
KEY: Final = "sk-or-v1-threat0123456789abcdef"
SPEC: Final = VideoSpec(model="acme/clip-1", duration=5)
QUICK: Final = RetryPolicy(attempts=1)
MIB: Final = 1024 * 1024
ATTACKS: Final = (
    "a web page",
    "a playlist of a local file",
    "a script that joins files",
    "a picture of 35 megapixels that says 64x64",
    "two thousand boxes in each other",
    "four billion samples of one size",
    "an index of five megabytes",
    "HEVC of noise",
    "HEVC with a configuration of noise",
    "a hole in the middle",
)
"""Of the corpus that every part is tested with, one of each kind."""
STORM, LAKE = "a storm", "a lake"
HOSTILE: Final = "upstream-canary @everyone <@&1> <script> sk-or-v1-canary0123456789 [link](https://evil.example)"


@pytest.fixture
async def openrouter(tmp_path: Path) -> AsyncGenerator[OpenRouterStandIn]:
    clip = tmp_path / "served.mp4"
    clip.write_bytes(CLIP)
    async with OpenRouterStandIn(models=[MODEL], seconds_per_video=0.0, clips=FixedClip(clip)) as stand_in:
        yield stand_in


@pytest.fixture
async def workshop(tmp_path: Path, books: Books, openrouter: OpenRouterStandIn) -> AsyncGenerator[Workshop]:
    """The steps over the real client, whose patience with a download is short."""
    timeouts = Timeouts(connect=60, submit=60, poll=60, download=5, stall=60)
    client = OpenRouterClient(key=openrouter.key, base_url=openrouter.base_url, retries=QUICK, timeouts=timeouts)
    async with client:
        made = workshop_in(tmp_path / "clips", books)
        yield made.over(client, clock=made.clock, plan=PLAN)


async def made(workshop: Workshop, *, user: int = 1) -> Job:
    """Bring a job to where its clip is to be fetched."""
    job = await workshop.take(await workshop.house.queued(user))
    while job.state is JobState.GENERATING:
        # A large clip takes the stand-in a moment on a busy machine.
        job = await workshop.take(job)
    assert job.state is JobState.DOWNLOADING
    return job


@contextmanager
def at_most(megabytes: int) -> Generator[None]:
    """Check that no more than so much memory is ever taken at once meanwhile, by both ends together."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < megabytes * MIB


# --- M4: a file that attacks what reads it ----------------------------------------------------------------------------


async def test_m4_hostile_clips_at_once_do_no_harm_and_leave_nothing(
    house: House, bank: ClipBank, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = corpus(bank)
    for number, name in enumerate(ATTACKS, start=1):
        file = tmp_path / f"hostile-{number}.mp4"
        file.write_bytes(files[name])  # nothing else runs yet
        house.openrouter.script(JobPlan(nth=number, clip_file=str(file)))
    with caplog.at_level(logging.ERROR):
        async with house.running(videos_per_day=50, running_at_once=len(ATTACKS), clip_retention_hours=0):
            asked = await asyncio.gather(*(house.video() for _ in ATTACKS))
            await asyncio.gather(*(house.ended(each) for each in asked))
            before = len(house.clips())
            # The bot lives, and what comes next is made and posted as ever.
            await house.ended(await house.video())
            children = children_of_this_process()

    *hostile, fine = house.jobs()
    assert {job["reason"] for job in hostile} <= {None, "unplayable", "too_large"}
    assert [job["reason"] for job in hostile].count("unplayable") >= len(ATTACKS) // 2
    assert fine["state"] == "delivered"
    assert len(house.clips()) == before + 1
    for message in house.clips():
        assert read_facts(message.attachments[0].path).video.coding.codec is VideoCodec.H264
    assert [file for file in (house.data / bot.CLIPS_FOLDER).rglob("*") if file.is_file()] == []
    assert children == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert house.bought == len(ATTACKS) + 1


def children_of_this_process() -> list[str]:
    """Return the processes that were started by this one and have not ended."""
    threads = Path("/proc/self/task").glob("*/children")
    return [number for file in threads for number in file.read_text(encoding="ascii").split()]


def test_m4_nothing_is_decoded_in_the_bots_own_process() -> None:
    decoders = {"PIL", "av", "cv2", "imageio", "numpy"}
    users = {
        str(file.relative_to(ROOT))
        for part in ("bot.py", "cogs", "services", "ops")
        for file in ([ROOT / part] if part.endswith(".py") else (ROOT / part).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if decoders & {name.partition(".")[0] for name in _imported(node)}
    }

    # That one is only ever run as a program of its own: whoever imports it reads its exit codes.
    assert users == {"services/pictures/easel.py"}


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module)):
            return [module]
        case _:
            return []


# --- M1: an endless or huge body, a slow drip ------------------------------------------------------------------------


async def test_m1_a_clip_without_end_is_stopped_at_the_limit_and_nothing_of_it_stays(house: House) -> None:
    house.openrouter.script(EndlessBody(about=STORM, times=None))
    async with house.running(max_clip_mb=1):
        endless, fine = await house.video(STORM), await house.video(LAKE, by="bob")
        told = await house.bad_news_about(endless)
        await house.ended(fine)

    assert "larger than may be posted" in told.text
    assert [job["reason"] for job in house.jobs()] == ["too_large", None]
    assert len(house.clips()) == 1
    assert list(house.clip_folder.iterdir()) == []
    assert house.bought == 2


async def test_m1_a_clip_that_says_that_it_is_huge_is_not_begun(
    workshop: Workshop, openrouter: OpenRouterStandIn
) -> None:
    openrouter.script(JobPlan(pad_to=64 * MIB))
    job = await made(workshop)

    with at_most(32):
        job = await workshop.take(job)

    assert (job.state.value, workshop.files) == ("failed", [])


async def test_m1_a_drip_runs_into_the_deadline_while_others_are_fetched_beside_it(
    workshop: Workshop, openrouter: OpenRouterStandIn
) -> None:
    openrouter.script(SlowBody(about="member 1 ", bytes_per_second=1))
    slow, other = await made(workshop), await made(workshop, user=2)

    dripping = asyncio.create_task(workshop.take(slow))
    await openrouter.requests.wait_for("content")
    assert (await workshop.take(other, times=2)).state is JobState.DELIVERED
    assert not dripping.done()
    slow = await dripping

    assert (slow.state, slow.attempts) == (JobState.DOWNLOADING, 1)
    assert workshop.files == [f"video-{other.id}.mp4"]
    assert (await workshop.take(slow)).state is JobState.DELIVERING


@pytest.mark.parametrize("route", ["status", "models"])
async def test_m1_an_answer_without_end_is_cut_off(openrouter: OpenRouterStandIn, route: str) -> None:
    openrouter.script(EndlessBody(route=route))
    async with OpenRouterClient(key=openrouter.key, base_url=openrouter.base_url, retries=QUICK) as client:
        remote = await client.submit(prompt="x", spec=SPEC)
        with at_most(64), pytest.raises(TryLaterError):
            await (client.status(remote.remote_id) if route == "status" else client.models())


# --- M2: a decompression bomb ----------------------------------------------------------------------------------------


async def test_m2_a_bomb_in_the_place_of_a_clip_is_never_inflated(
    workshop: Workshop, openrouter: OpenRouterStandIn
) -> None:
    openrouter.script(GzipBomb(size=256 * MIB))
    job = await made(workshop)

    with at_most(64):
        job = await workshop.take(job)

    assert (job.state, workshop.files) == (JobState.DOWNLOADING, [])
    assert (await workshop.take(job)).state is JobState.DELIVERING


@pytest.mark.parametrize("route", ["submit", "status", "models"])
async def test_m2_a_bomb_in_the_place_of_an_answer_is_inflated_only_so_far(
    openrouter: OpenRouterStandIn, route: str
) -> None:
    async with OpenRouterClient(key=openrouter.key, base_url=openrouter.base_url, retries=QUICK) as client:
        remote = await client.submit(prompt="x", spec=SPEC)
        openrouter.script(GzipBomb(route=route, size=256 * MIB))
        calls = {
            "submit": lambda: client.submit(prompt="x", spec=SPEC),
            "status": lambda: client.status(remote.remote_id),
            "models": client.models,
        }
        with at_most(96), pytest.raises(UpstreamError):
            await calls[route]()


async def test_m2_nothing_compressed_is_ever_asked_for(workshop: Workshop, openrouter: OpenRouterStandIn) -> None:
    await workshop.take(await made(workshop))

    assert {record.headers["accept-encoding"] for record in openrouter.requests} == {"identity"}


# --- M3: a body that was cut off, HTML or JSON in its place ----------------------------------------------------------

INSTEAD: Final[Sequence[Fault]] = (
    *(TruncatedBody(style=style) for style in Truncation),
    *(TruncatedBody(style=style, part=0.0) for style in Truncation),
    Answer(route="content", status=200, headers={"Content-Type": "text/html"}, text=f"<html>{HOSTILE}"),
    Answer(route="content", status=200, headers={"Content-Type": "video/mp4"}, text=f"<html>{HOSTILE}"),
    Answer(route="content", status=200, json={"error": {"code": 500, "message": HOSTILE}}),
    Answer(route="content", status=200, headers={"Content-Type": "video/mp4"}, text='{"error": {"code": 500}}'),
)


@pytest.mark.parametrize("fault", INSTEAD, ids=lambda fault: f"{fault.kind} {getattr(fault, 'style', '')}")
async def test_m3_what_is_no_whole_clip_is_never_posted_and_the_whole_one_is(
    workshop: Workshop, openrouter: OpenRouterStandIn, fault: Fault
) -> None:
    openrouter.script(fault)
    job = await workshop.take(await made(workshop))
    assert (job.state, workshop.files) == (JobState.DOWNLOADING, [])

    [*_, last] = await workshop.take_all(job)

    assert last.state is JobState.DELIVERED
    assert workshop.delivery.clips == [CLIP]
    assert (len(openrouter.requests.of("content")), len(openrouter.requests.of("submit"))) == (2, 1)


# --- M7: TLS off, proxies from the environment -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["http://openrouter.ai/api/v1", "http://192.168.1.1/", "http://127.0.0.1.evil.example", "ftp://127.0.0.1"],
)
def test_m7_an_address_that_is_neither_https_nor_this_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("OPENROUTER_BASE_URL", address)

    with pytest.raises(ConfigurationError):
        OpenRouterClient(key=KEY, base_url=address)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(env_file=None)
    assert any(problem.startswith("OPENROUTER_BASE_URL") for problem in caught.value.problems)


async def test_m7_a_proxy_and_passwords_from_the_environment_are_not_used(
    openrouter: OpenRouterStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    asked: list[bytes] = []
    async with await asyncio.start_server(_noting(asked), "127.0.0.1", 0) as proxy:
        address = "http://{}:{}".format(*proxy.sockets[0].getsockname())
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, address)
            monkeypatch.setenv(name.lower(), address)
        monkeypatch.setenv("NETRC", str(netrc))
        async with OpenRouterClient(key=openrouter.key, base_url=openrouter.base_url, retries=QUICK) as client:
            remote = await client.submit(prompt="x", spec=SPEC)
            await client.status(remote.remote_id)
            await client.download(remote.remote_id, target=tmp_path / "clip.part", max_bytes=MIB)

    assert asked == []
    assert {record.headers["authorization"] for record in openrouter.requests} == {"right key"}


async def test_m7_a_server_whose_certificate_nobody_vouches_for_gets_neither_key_nor_prompt(tmp_path: Path) -> None:
    asked: list[bytes] = []
    server = await asyncio.start_server(_noting(asked), "127.0.0.1", 0, ssl=await asyncio.to_thread(_own_tls, tmp_path))
    async with server:
        host, port = server.sockets[0].getsockname()
        async with OpenRouterClient(key=KEY, base_url=f"https://{host}:{port}", retries=QUICK) as client:
            with pytest.raises(UpstreamBusyError):
                await client.submit(prompt="x", spec=SPEC)
            with pytest.raises(TryLaterError):
                await client.models()

    assert asked == []


def test_m7_no_line_of_the_product_turns_verification_off_or_trusts_the_environment() -> None:
    files = chain(ROOT.glob("bot.py"), *((ROOT / folder).rglob("*.py") for folder in ("cogs", "services", "ops")))
    given = {
        (file.relative_to(ROOT).as_posix(), keyword.arg, ast.unparse(keyword.value))
        for file in files
        for keyword in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(keyword, ast.keyword) and keyword.arg in {"ssl", "verify", "verify_ssl", "trust_env", "proxy"}
    }

    assert {(name, value) for _, name, value in given} == {("trust_env", "False")}
    assert ("services/openrouter/transport.py", "trust_env", "False") in given


def _noting(asked: list[bytes]) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Return a server that hangs up, and keeps what it was sent."""

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(1000))
        writer.close()

    return note


def _own_tls(folder: Path) -> ssl.SSLContext:
    """Make a certificate that only its maker vouches for."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


# --- O3: the API's own words -----------------------------------------------------------------------------------------

WORDS: Final[dict[str, Fault]] = {
    "a refusal": Answer(
        route="submit", status=403, json={"error": {"message": HOSTILE, "metadata": {"reasons": [HOSTILE]}}}
    ),
    "a bad request": Answer(route="submit", status=400, json={"error": {"message": HOSTILE, "code": HOSTILE}}),
    "an unknown outcome": Answer(route="submit", status=502, text=HOSTILE),
    "a dead key": Answer(route="submit", status=401, json={"error": {"message": HOSTILE}}),
    "a failed job": JobPlan(status="failed", error=HOSTILE),
    "a filtered job": JobPlan(status="failed", error={"message": HOSTILE, "metadata": {"flagged_input": HOSTILE}}),
    "an unknown word": Answer(route="status", status=200, json={"status": HOSTILE[:15], "error": HOSTILE}),
    "a clip that is gone": Answer(route="content", status=410, json={"error": {"message": HOSTILE}}),
    "a page for a clip": Answer(route="content", status=200, headers={"Content-Type": "text/html"}, text=HOSTILE),
}


@pytest.mark.parametrize("fault", WORDS.values(), ids=WORDS)
async def test_o3_what_the_video_api_says_of_an_error_is_neither_shown_nor_logged(
    house: House, capsys: pytest.CaptureFixture[str], fault: Fault
) -> None:
    house.openrouter.script(fault)
    async with house.running():
        asked = await house.video()
        if fault is WORDS["a dead key"]:
            direct = house.discord.world.direct_channel(house.user("owner").id).id
            await house.discord.wait_until(lambda: house.discord.messages(direct) or None, timeout=100)
        else:
            await house.ended(asked)
        await house.reads("status")

    shown = [message.text for message in house.discord.world.messages.everything()]
    logged = "".join(capsys.readouterr())
    assert [text for text in shown if "canary" in text or "script" in text] == []
    assert "@everyone" not in logged
    assert "sk-or-v1-canary" not in logged
    assert house.bought == 1
