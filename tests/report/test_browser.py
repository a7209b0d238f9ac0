"""The page in a real headless browser: what is drawn, what a keyboard does, what a screen reader is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from pulumi_sentinelhub.report.model import Box, Report
from pulumi_sentinelhub.report.page import page

from . import browser, reports

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., "Page"]
Scheme = Literal["light", "dark"]
#: The colour of the canvas in the middle of a tile, by its number in the grid of ``reports.tiles``.
PIXEL = """([x, y]) => {
  const pen = document.getElementById('map').getContext('2d');
  return Array.from(pen.getImageData(x, y, 1, 1).data);
}"""
ROWS = "#room [role=row]"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.running() as running:
        yield running


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    """One for all reports: each is a new document in it, for which no process has to start."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(tab: Page, tmp_path: Path) -> Iterator[Open]:
    """Opens a report; at the end no script has failed, nothing was refused, and no address was asked."""
    said: list[str] = []
    asked: list[str] = []
    heard: dict[Any, Callable[[Any], Any]] = {
        "console": lambda one: said.append(one.text) if one.type == "error" else None,
        "pageerror": lambda error: said.append(str(error)),
        "request": lambda request: asked.append(request.url),
    }
    for event, note in heard.items():
        tab.on(event, note)

    def open_report(report: Report, scheme: Scheme = "light") -> Page:
        file = tmp_path / "report.html"
        file.write_text(page(report), "utf-8")
        tab.mouse.move(0, 0)
        tab.set_viewport_size({"width": 1200, "height": 900})
        tab.emulate_media(color_scheme=scheme)
        tab.goto(file.as_uri())
        tab.wait_for_function("document.documentElement.dataset.ready")
        return tab

    yield open_report
    for event, note in heard.items():
        tab.remove_listener(event, note)
    assert said == []
    assert asked
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}


def middle_of(shown: Page, tile: int) -> tuple[float, float]:
    """Where the middle of a tile is on the canvas, in its own pixels."""
    box = shown.locator("#map").bounding_box()
    assert box is not None
    shape: float = shown.evaluate("JSON.parse(document.getElementById('data').textContent).shape")
    height = min(box["width"] / shape, box["height"]) * 0.98
    width = height * shape
    x, y = shown.evaluate(
        """(tile) => {
          const data = JSON.parse(document.getElementById('data').textContent);
          const index = data.names.indexOf(`32TNM_${tile}`);
          const bytes = Uint8Array.from(atob(data.points), (c) => c.charCodeAt(0)).buffer;
          const points = new Uint16Array(bytes).slice(index * 8, index * 8 + 8);
          const mean = (at) => (points[at] + points[at + 2] + points[at + 4] + points[at + 6]) / 4;
          return [mean(0) / 65535, mean(1) / 65535];
        }""",
        tile,
    )
    return (box["width"] - width) / 2 + x * width, (box["height"] - height) / 2 + y * height


def grid(**changes: Any) -> Report:
    """16 tiles, of which 0, 7 and 14 have failed."""
    return reports.report(reports.section(tiles=reports.tiles(16, fail_every=7), **changes))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tiles_are_drawn_by_status(opened: Open, scheme: Scheme) -> None:
    """A failed tile has another colour than a processed one, and the page has the scheme's own background."""
    shown = opened(grid(), scheme)
    colours = []
    for tile in (1, 2, 7):
        x, y = middle_of(shown, tile)
        colours.append(shown.evaluate(PIXEL, [x + 6, y]))
    assert colours[0] == colours[1] != colours[2]
    background = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")


def test_costs_are_drawn(opened: Open) -> None:
    """By cost, tiles of the same cost have one colour, a dearer one another."""
    shown = opened(grid())
    shown.check("input[name=by][value=cost]")
    shown.wait_for_function("document.getElementById('legend').textContent.includes('PU a tile')")
    shown.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    cheap, same, dear = (shown.evaluate(PIXEL, list(middle_of(shown, tile))) for tile in (1, 8, 6))
    assert cheap == same != dear


def test_results_are_under_the_tiles(opened: Open) -> None:
    """The picture is on the map where it lies, and goes when it is not wanted."""
    shown = opened(grid(picture=reports.picture(Box(8.4, 41.0, 10.0, 43.0))))
    shown.uncheck("#outlines")
    shown.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    place = list(middle_of(shown, 5))
    red, green, _, _ = shown.evaluate(PIXEL, place)
    assert red > 180 > green
    shown.uncheck("#pictures")
    shown.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert shown.evaluate(PIXEL, place)[3] == 0


def test_hovering_tells(opened: Open) -> None:
    """Name, status, PU and reason of what is under the pointer; nothing beside the tiles."""
    shown = opened(grid())
    x, y = middle_of(shown, 7)
    shown.hover("#map", position={"x": x, "y": y})
    assert shown.inner_text("#tip").splitlines() == [
        "32TNM_7",
        "corsica",
        "FAILED",
        "1.00 PU",
        "no data came",
    ]
    shown.hover("#map", position={"x": 2, "y": 2})
    assert shown.is_hidden("#tip")


def test_a_keyboard_goes_over_the_map(opened: Open) -> None:
    """Arrow keys go from tile to tile, Enter to its row; each tile is told to a screen reader."""
    shown = opened(grid())
    shown.focus("#map")
    told = []
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"):
        shown.keyboard.press(key)
        told.append(shown.inner_text("#detail").partition(";")[0].rpartition("_")[2])
    assert told == ["0", "1", "5", "4", "0"]
    shown.keyboard.press("Enter")
    focused = shown.evaluate("document.activeElement.getAttribute('aria-rowindex')")
    assert focused == "2"
    assert shown.get_attribute("#detail", "aria-live") == "polite"
    assert "3 failed, 13 processed" in (shown.get_attribute("#map", "aria-label") or "")


def test_a_keyboard_goes_over_the_list(opened: Open) -> None:
    """One row at a time is in the order of tabs; End reaches the last, which is then in the page."""
    shown = opened(reports.report(reports.section(tiles=reports.tiles(2000))))
    assert shown.locator(ROWS).count() < 60
    assert shown.locator(f"{ROWS}[tabindex='0']").count() == 1
    shown.focus(f"{ROWS}[tabindex='0']")
    shown.keyboard.press("End")
    assert shown.evaluate("document.activeElement.getAttribute('aria-rowindex')") == "2001"
    shown.keyboard.press("PageUp")
    shown.keyboard.press("ArrowDown")
    last = int(shown.evaluate("document.activeElement.getAttribute('aria-rowindex')"))
    assert 1900 < last < 2001
    assert shown.get_attribute("#tiles", "aria-rowcount") == "2001"
    assert shown.locator(f"{ROWS}[tabindex='0']").count() == 1


def test_the_list_is_sifted(opened: Open) -> None:
    """By status, request and words; the map shows the same, and how many are left is told."""
    other = reports.section("sardinia", tiles=reports.tiles(3, name="32TMM"))
    shown = opened(reports.report(reports.section(tiles=reports.tiles(16, fail_every=7)), other))
    shown.select_option("#by-kind", label="failed")
    assert shown.inner_text("#shown") == "3 of 19 tiles, the worst first"
    assert shown.locator(ROWS).count() == 3
    shown.select_option("#by-kind", label="all")
    shown.select_option("#by-section", label="sardinia")
    assert shown.inner_text("#shown") == "3 of 19 tiles, the worst first"
    shown.select_option("#by-section", label="all")
    shown.fill("#find", "no data")
    assert shown.locator(ROWS).count() == 3


def test_a_screen_reader_finds_its_way(opened: Open) -> None:
    """Regions, headings, a named map, a grid with its columns, tables with captions, pictures with texts."""
    shown = opened(grid(picture=reports.picture()))
    tree = shown.locator("body").aria_snapshot()
    for wanted in (
        'heading "maps / dev" [level=1]',
        'grid "Tiles"',
        'columnheader "Status"',
        'table "Failed tiles"',
    ):
        assert wanted in tree, tree
    assert 'img "Quicklook of the results of corsica"' in tree
    assert 'application "Map of 16 tiles' in tree


def test_hostile_texts_do_nothing(opened: Open) -> None:
    """In the browser, too, what others wrote is text: nothing of it has run, on the map and in the list."""
    shown = opened(reports.hostile())
    shown.focus("#map")
    for _ in range(4):
        shown.keyboard.press("ArrowRight")
    shown.focus(f"{ROWS}[tabindex='0']")
    shown.keyboard.press("End")
    assert shown.evaluate("window.hurt") is None
    assert shown.locator("img, svg").count() == 0
    assert "onerror" in shown.inner_text("body")


def test_without_script(chromium: Browser, tmp_path: Path) -> None:
    """All but the map and the list is there, and that is said."""
    file = tmp_path / "report.html"
    file.write_text(page(grid()), "utf-8")
    context = chromium.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto(file.as_uri())
    text = shown.inner_text("body")
    context.close()
    assert "need this page's script" in text
    assert "no data came" in text
    assert "Colour by" not in text


def test_a_hundred_thousand_tiles(opened: Open) -> None:
    """They are all in the list and on the map, of which only what is seen is in the page."""
    tiles = reports.tiles(100_000, fail_every=1000)
    report = reports.report(reports.section(tiles=tiles))
    shown = opened(report)
    assert shown.inner_text("#shown").startswith("100,000 tiles")
    assert shown.locator(ROWS).count() < 60
    shown.fill("#find", "32TNM_99999")
    assert shown.locator(ROWS).count() == 1
    shown.fill("#find", "")
    shown.focus("#map")
    shown.keyboard.press("ArrowRight")
    shown.keyboard.press("ArrowRight")
    assert shown.inner_text("#detail").startswith("32TNM_")


def test_on_a_narrow_screen_no_word_of_a_table_is_broken(opened: Open) -> None:
    """A wide table is scrolled by itself, with a keyboard, too; the page is as wide as the screen."""
    shown = opened(reports.report(reports.section("porto-vecchio"), reports.section("other")))
    shown.set_viewport_size({"width": 380, "height": 800})
    heads = shown.locator(".wide thead th")
    heights = [heads.nth(index).bounding_box() for index in range(heads.count())]
    assert all(box is not None and box["height"] < 40 for box in heights)
    assert shown.evaluate("document.documentElement.scrollWidth") == 380
    assert shown.locator(".wide").get_attribute("tabindex") == "0"
