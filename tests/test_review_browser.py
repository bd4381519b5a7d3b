"""The page for review in a real browser: with the keyboard alone, in both themes, narrow and wide."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import corpus
from corpus.review.serving import served
from corpus.review.session import Session
from corpus.review.verdicts import CRITERIA, load_verdicts

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
HOSTILE = (
    "<script>document.title = 'stolen'</script><img src=x onerror=\"document.title='stolen'\">\u202edeceived\x1b[31m"
)
PATIENCE = 180_000
"""Milliseconds to wait for what a busy machine does late."""
WIDE, NARROW = {"width": 1400, "height": 1000}, {"width": 380, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright's client")
    pytest.importorskip("uvicorn", reason="needs the extra `review`: uvicorn")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS), timeout=PATIENCE)
        yield chromium
        chromium.close()


@pytest.fixture
def session(tmp_path: Path) -> Session:
    table = pa.table(
        {
            "instruction": [f"What does function {n} give? {HOSTILE}" for n in range(5)],
            "output": [f"def answer():\n    return {n}  # {HOSTILE}\n" for n in range(5)],
            "category": ["function"] * 4 + ["note"],
            "task": ["implement"] * 5,
            "language": ["python"] * 5,
        }
    )
    folder = corpus.from_arrow(table, name="answers").score().write(tmp_path / "c")
    return corpus.review(folder).session


@pytest.fixture
def page(browser: Any, session: Session) -> Iterator[Any]:
    """The page in a browser; whatever it complains about fails the test."""
    said: list[str] = []
    context = browser.new_context(viewport=WIDE, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    shown = context.new_page()
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    with served(session) as url:
        shown.goto(url)
        settled(shown, 1)
        yield shown
        assert {address[: len(url)] for address in asked} == {url}
        context.close()
    assert said == []


def settled(page: Any, number: int) -> None:
    """Wait until a row is shown, its context included."""
    page.get_by_role("status").filter(has_text=f"Row {number} of").wait_for(state="attached")
    page.locator("#around-part[aria-busy=false]").wait_for(state="attached")


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def told(page: Any, words: str) -> None:
    page.get_by_role("status").filter(has_text=words).wait_for(state="attached")


def focused(page: Any) -> str:
    found: str = page.evaluate("document.activeElement.id")
    return found


def violations(page: Any) -> list[str]:
    """What axe finds on the page as it is now."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    return [found["id"] for found in axe.Axe().run(page).response["violations"]]


def checked(page: Any) -> list[str]:
    return [page.locator(f"#{name}").get_attribute("aria-checked") for name in CRITERIA]


def test_one_row_is_judged_with_the_keyboard_alone(page: Any, session: Session) -> None:
    ids = [one.id for one in session.drawn]
    assert focused(page) == "title"
    assert page.title() == "Review: 0 of 5"
    signals = page.locator("#signals")
    assert signals.get_attribute("data-shown") == "false"
    press(page, "1", "2", "2", "3", "3", "3")  # yes; no; not said again
    assert checked(page) == ["true", "false", "mixed", "mixed"]
    press(page, "n")
    page.keyboard.type("good, bad and g, b, s, u are letters here")
    press(page, "Escape", "e")
    assert focused(page) == "correction"
    press(page, "Control+a")
    page.keyboard.type("return 42")
    press(page, "Escape", "b")
    told(page, "Saved: bad")
    first = load_verdicts(session.folder).to_pylist()
    assert [(row["id"], row["verdict"], row["accurate"], row["helpful"], row["idiomatic"]) for row in first] == [
        (ids[0], "bad", True, False, None)
    ]
    assert (first[0]["note"], first[0]["correction"]) == ("good, bad and g, b, s, u are letters here", "return 42")
    assert signals.get_attribute("data-shown") == "true"
    assert focused(page) == "next"
    press(page, "g", "1", "n")  # a verdict is not changed by a key that slips
    assert checked(page)[0] == "true"
    press(page, "Enter")
    settled(page, 2)
    assert focused(page) == "title"
    assert signals.get_attribute("data-shown") == "false"
    assert page.locator("#note").input_value() == ""
    press(page, "ArrowLeft")
    settled(page, 1)
    press(page, "u")
    told(page, "Taken back")
    assert checked(page) == ["true", "false", "mixed", "mixed"]
    assert page.locator("#note").input_value() == first[0]["note"]
    assert page.locator("#correction").input_value() == "return 42"


def test_a_whole_session_with_the_keyboard_alone(page: Any, session: Session) -> None:
    press(page, "b")
    told(page, "Saved: bad")
    press(page, "Enter")
    settled(page, 2)
    press(page, "s")
    settled(page, 3)
    press(page, "ArrowLeft")
    settled(page, 2)
    press(page, "Enter")
    settled(page, 3)
    press(page, "1", "ArrowRight")
    settled(page, 4)
    press(page, "ArrowLeft")
    settled(page, 3)
    assert checked(page)[0] == "true"  # a draft stays
    press(page, "u")
    settled(page, 2)
    told(page, "Taken back")
    press(page, "u")
    settled(page, 1)
    for number in range(1, 6):
        press(page, "g")
        told(page, "Saved: good")
        press(page, "Enter")
        if number < 5:
            settled(page, number + 1)
    told(page, "Every row has been seen")
    assert focused(page) == "finish-title"
    saved = load_verdicts(session.folder).to_pylist()
    assert [row["verdict"] for row in saved] == ["good"] * 5
    assert [row["informed"] for row in saved] == [True, False, False, False, False]
    assert page.title() == "Review: 5 of 5"
    assert [text.split()[-3:] for text in page.locator("#categories tr").all_inner_texts()] == [
        ["4", "of", "4"],
        ["1", "of", "1"],
    ]
    assert violations(page) == []
    page.locator("#finish-undo").click()
    told(page, "Taken back")


def test_everything_is_reached_with_tab_and_single_keys_can_be_switched_off(page: Any) -> None:
    press(page, "?")
    assert page.locator("#help").is_visible()
    assert focused(page) == "help-close"
    press(page, "g", "Shift+Tab", "Space", "Escape", "g", "1")  # nothing of it says anything
    assert checked(page)[0] == "mixed"
    reached = []
    page.locator("#title").focus()
    for _ in range(12):
        press(page, "Tab")
        reached.append(focused(page))
    wanted = ["accurate", "helpful", "idiomatic", "complete", "note", "edit-button", "good", "bad", "skip", "following"]
    assert [id_ for id_ in reached if id_ in wanted] == wanted
    page.locator("#accurate").focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press(page, "Space")
    assert checked(page)[0] == "true"
    page.locator("#good").focus()
    press(page, "Enter")
    told(page, "Saved: good")


def test_hostile_rows_stay_text_and_what_could_deceive_is_shown(page: Any) -> None:
    parts = page.locator("#parts").inner_text()
    assert "<script>document.title = 'stolen'</script>" in parts
    assert "\u202e" not in parts
    assert parts.count("characters that could deceive a reader are shown") == 2
    assert page.locator("#parts script, #parts img").count() == 0
    assert page.title() == "Review: 0 of 5"
    assert page.locator("#parts .k").first.inner_text() == "def"


def test_nothing_moves_nothing_overflows_and_axe_finds_nothing(page: Any) -> None:
    def places() -> list[Any]:
        boxes = (
            page.locator(f"#{id_}").bounding_box() for id_ in ("criteria", "note", "undo", "reveal-title", "parts")
        )
        return list(boxes)

    for theme, size, ground in (("light", WIDE, "rgb(246, 245, 242)"), ("dark", NARROW, "rgb(19, 21, 25)")):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(size)
        before = places()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        press(page, "g")
        told(page, "Saved: good")
        assert places() == before
        assert violations(page) == []
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
        press(page, "?")
        assert violations(page) == []
        press(page, "Escape", "u")
        settled(page, 1)


def test_on_a_narrow_page_the_source_comes_before_quality_and_progress(page: Any) -> None:
    page.set_viewport_size(NARROW)
    parts = ("row", "form", "around-part", "reveal", "categories-title")
    tops = [page.locator(f"#{part}").bounding_box()["y"] for part in parts]
    assert tops == sorted(tops)


def test_a_page_whose_server_has_gone_says_so(browser: Any, session: Session) -> None:
    shown = browser.new_page()
    shown.set_default_timeout(PATIENCE)
    with served(session) as url:
        shown.goto(url)
        settled(shown, 1)
    press(shown, "g")
    shown.get_by_role("alert").filter(has_text="What you have judged is saved").wait_for()
    shown.close()
    assert len(load_verdicts(session.folder)) == 0
