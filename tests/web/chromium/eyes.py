"""What a page is like in a real browser: what axe finds on it, and whether it is read without scrolling sideways."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.postgres import skip_or_fail

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""What depends on whether the page is light or dark."""
OF_WIDTH = ("target-size", "scrollable-region-focusable")
"""What depends on how wide it is."""

MOST_ROWS = 25
"""Of how many rows of a table axe looks at each cell: those that follow are made by the same lines of a template."""

WIDE, PHONE, NARROWEST = (1280, 900), (390, 844), (320, 640)


def chromium() -> str:
    """Return where the browser is; without one the test is skipped, or fails where ``CI`` is set."""
    found = shutil.which(os.environ.get("VESTRY_TEST_CHROMIUM", "chromium"))
    if found is None:
        skip_or_fail("there is no chromium here; on Debian: apt-get install chromium")
    return str(found)


def found_by_axe(page: Page, *rules: str) -> list[str]:
    """Return what axe finds wrong on a page, by these rules only if there are some; it is put in once a page."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    only: dict[str, Any] = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    options = json.dumps({"runOnly": only, "resultTypes": ["violations"]})
    where = json.dumps({"exclude": [[f"tbody > tr:nth-child(n+{MOST_ROWS + 1})"]]})
    violations = page.evaluate(f"axe.run({where}, {options}).then(told => told.violations)")
    return [f"{one['id']}: {one['help']}: {node['html'][:160]}" for one in violations for node in one["nodes"]]


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page: light and dark, wide and narrow."""
    _see_as(page, WIDE, "light")
    found = [f"wide, light: {one}" for one in [*found_by_axe(page), *_sideways(page)]]
    _see_as(page, WIDE, "dark")
    found += [f"wide, dark: {one}" for one in found_by_axe(page, *OF_COLOURS)]
    _see_as(page, PHONE, "dark")
    found += [f"phone, dark: {one}" for one in [*found_by_axe(page, *OF_COLOURS, *OF_WIDTH), *_sideways(page)]]
    _see_as(page, NARROWEST, "light")
    found += [f"320 px, light: {one}" for one in [*found_by_axe(page, *OF_WIDTH), *_sideways(page)]]
    return found


def _see_as(page: Page, size: tuple[int, int], scheme: Any) -> None:  # noqa: ANN401 - one of a few words
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)


def _sideways(page: Page) -> list[str]:
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"{wide} px wide, {seen} seen"] if wide > seen else []


def tab_to(page: Page, name: str) -> None:
    """Move by the Tab key alone to what is called so."""
    for _ in range(120):
        page.keyboard.press("Tab")
        called = page.evaluate(
            "(e => e.getAttribute('aria-label') || (e.labels && e.labels.length ? e.labels[0].innerText : '')"
            " || e.innerText || '')(document.activeElement)"
        )
        if name in str(called):
            return
    raise AssertionError(f"nothing called {name!r} is reached by the Tab key on {page.url}")
