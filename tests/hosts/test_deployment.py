"""D9: the container and the service are as closed as they say, and outlast the one step that nobody can take again."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

import bot
from services.settings import EXIT_CONFIGURATION

ROOT: Final = Path(bot.__file__).parent
UNIT: Final = ROOT / "ops" / "systemd" / "discord-video-bot.service"
SPANS: Final = {"s": 1, "m": 60, "h": 3600}
MOST_EXPOSED: Final = 20
"""Of 100, as `systemd-analyze security` counts: 1.2 of its 10 when this was written."""


@pytest.fixture(scope="module")
def service() -> Mapping[str, Any]:
    """The one service of the compose file."""
    [only] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    return dict(only)


@pytest.fixture(scope="module")
def image() -> list[tuple[str, str]]:
    """The instructions of the last stage of the Dockerfile."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    instructions = [tuple(line.split(maxsplit=1)) for line in lines if line.strip() and not line.startswith("#")]
    last = max(number for number, (name, _) in enumerate(instructions) if name == "FROM")
    return [(name, rest) for name, rest in instructions[last:]]


@pytest.fixture(scope="module")
def unit() -> Mapping[str, list[str]]:
    """The settings of the unit, each with all of its values."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def seconds(span: str) -> float:
    return sum(float(number) * SPANS[name] for number, name in re.findall(r"(\d+)([smh])", span))


def test_the_container_runs_as_nobody_opens_no_port_and_tells_how_it_is(image: list[tuple[str, str]]) -> None:
    last = dict(image)

    assert last["USER"].split(":")[0].isdecimal()
    assert int(last["USER"].split(":")[0]) > 0
    assert "EXPOSE" not in last
    assert '"bot.py", "health"' in last["HEALTHCHECK"]
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert last["ENTRYPOINT"].startswith("[")  # without a shell, the signal reaches the bot


def test_the_image_holds_no_secret_no_data_and_no_tests() -> None:
    taken = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"]

    for private in (".env", ".git", "data", "tests", "sandbox", "bench"):
        assert not any(fnmatch(private, line[1:]) for line in taken)


def test_what_is_copied_into_the_image_is_enough_to_run(tmp_path: Path) -> None:
    copied = re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    taken = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    for source in (word for line in copied for word in line.split()[:-1]):
        assert source in taken
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, tmp_path / source)

    for words in (["--help"], ["run", "--help"], ["health", "--help"], ["price", "--help"]):
        done = subprocess.run(
            [sys.executable, "bot.py", *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr


def test_the_compose_file_gives_nothing_that_the_bot_does_not_need(service: Mapping[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"ports", "expose", "privileged", "network_mode", "cap_add", "pid"} & set(service)
    assert [volume.split(":")[1] for volume in service["volumes"]] == [service["environment"]["DATA_DIR"]]
    assert {"mem_limit", "pids_limit"} <= set(service)


def test_both_wait_for_a_submit_under_way(service: Mapping[str, Any], unit: Mapping[str, list[str]]) -> None:
    for patience in (seconds(service["stop_grace_period"]), float(unit["TimeoutStopSec"][0])):
        assert timedelta(seconds=patience) > bot.STOP_PATIENCE


def test_neither_starts_a_bot_for_ever_whose_settings_are_wrong(
    service: Mapping[str, Any], unit: Mapping[str, list[str]]
) -> None:
    assert service["restart"].startswith("on-failure:")
    assert unit["RestartPreventExitStatus"] == [str(EXIT_CONFIGURATION)]
    assert int(unit["StartLimitBurst"][0]) <= 5


def test_a_dead_bot_leaves_no_memory_behind_on_the_disk(unit: Mapping[str, list[str]]) -> None:
    assert unit["LimitCORE"] == ["0"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8").replace("/opt/discord-video-bot/.venv/bin/python", sys.executable)
    (tmp_path / UNIT.name).write_text(text, encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / UNIT.name],  # noqa: S607  # wherever it is
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert UNIT.name not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_the_unit_is_hardly_exposed() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", UNIT],  # noqa: S607  # the same
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "Unknown" in done.stderr or "unrecognized" in done.stderr:
        pytest.skip("this systemd cannot look at a unit that is not loaded")

    assert done.returncode == 0, done.stdout[-500:]
