"""What axe-core finds wrong with a page: the standard rules for whoever cannot see it, or has no mouse."""

from functools import cache
from importlib.resources import files
from typing import Any, Final

from playwright.async_api import Page

OPTIONS: Final = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


async def complaints(page: Page) -> list[str]:
    """Return one line for each place that breaks a rule, however small."""
    # Not by a script element: the page's own policy would forbid it.
    await page.evaluate(_axe())
    found: dict[str, list[dict[str, Any]]] = await page.evaluate("(options) => axe.run(document, options)", OPTIONS)
    return [f"{rule['impact']} {rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
