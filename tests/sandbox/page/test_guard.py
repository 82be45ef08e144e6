"""Who is let in: by plain HTTP, as somebody would who means harm."""

import re
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from sandbox.page import Page
from sandbox.page.routes import STATIC
from tests.sandbox.page.visitor import Visitor


async def test_the_address_is_on_this_machine_alone_and_its_token_cannot_be_guessed(page: Page) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{43}/", page.address)


@pytest.mark.parametrize("token", ["", "x", "%2e%2e", "A" * 43])
async def test_without_the_token_there_is_nothing(page: Page, token: str) -> None:
    origin = page.address.rsplit("/", 2)[0]
    async with aiohttp.ClientSession() as session, session.get(f"{origin}/{token}") as answer:
        assert answer.status == 404
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example"]
)
async def test_a_name_that_points_here_from_elsewhere_is_turned_away(visitor: Visitor, host: str) -> None:
    async with visitor.get(headers={"Host": host}) as answer:
        assert answer.status == 421


async def test_localhost_is_as_good_as_its_number(visitor: Visitor, page: Page) -> None:
    port = page.address.split(":")[2].split("/")[0]
    async with visitor.get(headers={"Host": f"localhost:{port}"}) as answer:
        assert answer.status == 200


async def test_every_answer_forbids_what_the_page_does_not_need(visitor: Visitor) -> None:
    for path in ("", "static/main.js", "static/nothing.js", "start", "media/1"):
        async with visitor.get(path) as answer:
            policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
            assert policy["default-src"] == "'none'"
            assert {policy[name] for name in ("script-src", "style-src", "img-src", "media-src", "connect-src")} == {
                "'self'"
            }
            assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_a_page_of_another_origin_can_make_nothing_happen(
    visitor: Visitor, headers: dict[str, str], status: int
) -> None:
    answered, _ = await visitor.do("video", {"trouble": "down"}, **headers)

    assert answered == status
    assert visitor.page.scene.troubles.video == "none"


@pytest.mark.parametrize("path", ["..%2fguard.py", "..%2f..%2fpage%2fguard.py", "%2e%2e", ".", "%2fetc%2fpasswd"])
async def test_no_path_leads_out_of_the_pages_own_files(visitor: Visitor, path: str) -> None:
    async with visitor.session.get(URL(f"{visitor.page.address}static/{path}", encoded=True)) as answer:
        assert answer.status == 404


async def test_only_clips_and_pictures_are_shown_and_the_rest_is_only_offered_to_be_saved(visitor: Visitor) -> None:
    page = "PGh0bWw+PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="
    files = [{"upload": {"filename": name, "content": page}} for name in ("evil.html", "evil.svg", "fine.png")]
    status, written = await visitor.do("write", {**visitor.who(), "text": "", "files": files})
    assert status == 200
    posted = visitor.world.messages.find(int(written["message"]))
    assert posted is not None
    kinds: list[tuple[str, str]] = []
    for file in posted.attachments:
        async with visitor.get(f"media/{file.id}") as answer:
            kinds.append((answer.content_type, answer.headers.get("Content-Disposition", "").split(";")[0]))

    assert kinds == [("application/octet-stream", "attachment")] * 2 + [("image/png", "")]


async def test_a_part_of_a_clip_is_served_by_itself_so_that_a_player_can_seek(visitor: Visitor) -> None:
    content = "MDEyMzQ1Njc4OQ=="
    body = {**visitor.who(), "text": "", "files": [{"upload": {"filename": "clip.mp4", "content": content}}]}
    _, written = await visitor.do("write", body)
    posted = visitor.world.messages.find(int(written["message"]))
    assert posted is not None
    async with visitor.get(f"media/{posted.attachments[0].id}", headers={"Range": "bytes=3-5"}) as answer:
        assert (answer.status, await answer.read()) == (206, b"345")
        assert answer.content_type == "video/mp4"


def test_nothing_in_the_page_makes_markup_of_a_string_or_asks_another_site() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|eval\(|new Function|\bimport\(|style=|\bon\w+=\""
    )
    sources = {
        file: file.read_text(encoding="utf-8") for file in STATIC.iterdir() if file.suffix in {".js", ".html", ".css"}
    }
    assert {file.name: forbidden.findall(text) for file, text in sources.items() if forbidden.search(text)} == {}
    for file, text in sources.items():
        addresses = set(re.findall(r"(?:src|href|from|url)\W{1,3}(https?:[^\"')\s]+)", text))
        assert addresses == set(), file.name


def test_the_page_is_under_200_kb_and_no_module_of_it_is_long() -> None:
    files = list(Path(STATIC).iterdir())
    assert sum(file.stat().st_size for file in files) < 200_000
    modules = {file.name: file.read_text(encoding="utf-8") for file in files if file.suffix == ".js"}
    assert {name for name, text in modules.items() if len(text.splitlines()) > 250} == set()
