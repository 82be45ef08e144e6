"""The dashboard and the alert rules load, and speak of nothing that the bot does not export."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.ops.metrics.exporting import exported

FOLDER: Final = Path(__file__).parents[3] / "ops" / "monitoring"
NAME: Final = re.compile(r"\b(?:video_bot|process|python)_[a-z0-9_]+")
ALERTED: Final = {
    "VideoBotDown",
    "VideoBotNotReady",
    "VideoBotUnknownSubmit",
    "VideoBotBudgetNearlyUsed",
    "VideoBotBudgetUsed",
    "VideoBotQueueGrows",
    "VideoBotLooksLate",
    "VideoBotUpstreamErrors",
    "VideoBotDeliversNothing",
    "VideoBotDiskFull",
}
COLUMNS: Final = 24
PATIENCE: Final = timedelta(seconds=60)


def promtool(*arguments: str) -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed")
    done = subprocess.run(
        [found, *arguments],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE.total_seconds(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def dashboard() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8")))


def expressions() -> Iterator[str]:
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]


async def exported_names() -> set[str]:
    families = [*text_string_to_metric_families(await exported())]
    return {sample.name for family in families for sample in family.samples}


def test_prometheus_loads_the_rules() -> None:
    assert "10 rules found" in promtool("check", "rules", "alerts.yaml")


def test_every_alert_is_due_when_it_is_due_and_none_when_all_is_well() -> None:
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yaml")


def test_there_is_an_alert_for_everything_that_takes_a_person() -> None:
    rules = (FOLDER / "alerts.yaml").read_text(encoding="utf-8")

    assert set(re.findall(r"- alert: (\w+)", rules)) == ALERTED
    assert rules.count("summary:") == rules.count("action:") == rules.count("severity:") == len(ALERTED)


async def test_the_rules_and_the_dashboard_name_only_what_the_bot_exports() -> None:
    names = await exported_names()
    rules = (FOLDER / "alerts.yaml").read_text(encoding="utf-8")
    used = {name for text in (rules, *expressions()) for name in NAME.findall(text)}

    assert used >= {"video_bot_ready", "video_bot_jobs", "video_bot_spend_dollars_total"}
    assert used - names == set()


async def test_the_dashboard_shows_everything_that_is_ours() -> None:
    families = {re.sub(r"_(total|bucket|sum|count|created)$", "", name) for name in await exported_names()}
    shown = {re.sub(r"_(total|bucket|sum|count)$", "", name) for text in expressions() for name in NAME.findall(text)}

    ours = {name for name in families if name.startswith("video_bot_")}
    assert ours - shown == {"video_bot_database_up", "video_bot_gateway_up"}


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    board = dashboard()
    panels = board["panels"]

    assert board["title"]
    assert board["uid"]
    assert board["schemaVersion"] >= 36
    (source,) = board["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == ("datasource", "datasource", "prometheus")
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        if panel["type"] != "row":
            assert panel["description"]
            assert panel["targets"]
            assert panel["datasource"]["uid"] == "${datasource}"


def test_no_two_panels_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        grid = panel["gridPos"]
        cells = {
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not taken & cells
        assert all(x < COLUMNS for x, _ in cells)
        taken |= cells
