import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import Page, found_browser, open_page
from sample_report import ABOUT, HOSTILE, make_problems, make_report, measured_report

from cotutor.report import write_report
from cotutor.report.measures import MEASURES
from cotutor.report.model import Attempt, Report, SideBySide


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    browser = found_browser()
    if browser is None:
        pytest.skip("no headless browser on PATH")
    with open_page(browser) as opened:
        yield opened


@pytest.fixture
def reader(page: Page, tmp_path: Path) -> Page:
    """The page of a report with 200 problems, 40 of every sort."""
    return opened(page, tmp_path, make_report(side_by_side=make_problems(200)))


def opened(page: Page, folder: Path, report: Report, fragment: str = "") -> Page:
    write_report(folder, report)
    page.complaints.clear()
    page.requests.clear()
    page.look(1280, 900)
    page.open(folder / "report.html", fragment)
    return page


def text(page: Page, selector: str) -> str:
    found: str = page.run(f"document.querySelector({json.dumps(selector)}).innerText")
    return found


def count(page: Page, selector: str) -> int:
    found: int = page.run(f"document.querySelectorAll({json.dumps(selector)}).length")
    return found


def choose(page: Page, selector: str, value: str) -> None:
    page.run(
        f"(() => {{ const field = document.querySelector({json.dumps(selector)});"
        f" field.value = {json.dumps(value)};"
        " field.dispatchEvent(new Event(field.tagName === 'INPUT' ? 'input' : 'change')); })()"
    )


def told(page: Page) -> str:
    return text(page, "#found")


def test_nothing_leaves_the_page_and_nothing_complains(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, about in ABOUT.items():
        monkeypatch.setitem(MEASURES, name, about)
    hostile = " ".join(HOSTILE)
    opened(page, tmp_path, measured_report(text=hostile, side_by_side=make_problems(30, hostile)))
    page.press("j", "j", "?", "Escape", "/")
    assert page.complaints == []
    assert page.requests == [(tmp_path / "report.html").as_uri()]


def test_what_is_foreign_to_the_page_does_not_run(page: Page, tmp_path: Path) -> None:
    write_report(tmp_path, make_report())
    path = tmp_path / "report.html"
    broken_into = path.read_text("utf-8").replace("</main>", "<script>alert(1)</script></main>")
    path.write_text(broken_into, "utf-8")
    page.complaints.clear()
    page.open(path)
    assert "inline script violates" in page.complaints[0]


@pytest.mark.parametrize("sort", ["wrong", "unscored"])
def test_hostile_traces_are_text(page: Page, tmp_path: Path, sort: str) -> None:
    hostile = "<b>bold</b> <script>alert(1)</script> <!--<script> ]]> </script> \u202eevil\u2066"
    outcome = {"wrong": "incorrect"}.get(sort, sort)
    attempt = Attempt(
        arm="diverse-8", completion=hostile, answer=hostile, outcome=outcome, reason=hostile
    )
    shown = SideBySide(
        problem_id=hostile, task=hostile, question=hostile, gold=hostile, attempts=[attempt]
    )
    opened(page, tmp_path, make_report(side_by_side=[shown]))
    as_read = hostile.replace("\u202e", "⟨U+202E⟩").replace("\u2066", "⟨U+2066⟩")
    assert text(page, ".attempt .text") == as_read
    assert text(page, "#problem .question .text") == as_read
    assert text(page, ".row .ask") == as_read
    assert count(page, "#traces b b, #traces script") == 0
    assert page.complaints == []


def test_a_trace_of_a_million_characters_is_shown_in_part_until_asked(
    page: Page, tmp_path: Path
) -> None:
    attempt = Attempt(arm="diverse-8", completion="x" * 1_000_000, answer=None, outcome="incorrect")
    shown = SideBySide(problem_id="p", task="t", question="q", gold="g", attempts=[attempt])
    opened(page, tmp_path, make_report(side_by_side=[shown]))
    length = "document.querySelector('.said').textContent.length"
    assert page.run(length) == 20_000 + len("show all 1,000,000 characters")
    assert text(page, ".more") == "show all 1,000,000 characters"
    page.run("document.querySelector('.more').click()")
    assert page.run(length) == 1_000_000


def test_only_the_rows_in_sight_exist(reader: Page) -> None:
    assert told(reader) == "1 of 200 problems"
    assert count(reader, ".row") < 40
    reader.run("document.getElementById('list').focus()")
    reader.press("End")
    assert told(reader) == "200 of 200 problems"
    assert text(reader, ".row[aria-selected=true] .ask").startswith("Number 199:")
    assert count(reader, ".row") < 40


def test_filters_and_their_counts(reader: Page) -> None:
    found = {
        tag: reader.run(f"document.querySelector('[data-tag={tag}] span').textContent")
        for tag in ("gain", "wrong-valid", "right-invalid", "truncated", "unscored")
    }
    expected = {"gain": "80", "wrong-valid": "80", "right-invalid": "40"}
    assert found == expected | {"truncated": "40", "unscored": "40"}
    reader.run("document.querySelector('[data-tag=right-invalid]').click()")
    assert told(reader) == "1 of 40 problems"
    assert "1 + 2 = 1, which is 3" in text(reader, "#problem")


def test_with_an_arm_chosen_its_attempts_alone_decide(reader: Page) -> None:
    arms = "[...document.querySelectorAll('#of-arm option')].map((option) => option.text)"
    assert reader.run(arms) == ["any", "symbolic", "fine-tune", "diverse-8"]
    reader.run("document.querySelector('[data-tag=right]').click()")
    assert told(reader) == "1 of 200 problems"
    choose(reader, "#of-arm", "2")
    assert told(reader) == "1 of 80 problems"
    assert "fits" in reader.run("document.querySelector('.attempt').className")
    assert text(reader, ".attempt .who").startswith("diverse-8")
    choose(reader, "#of-arm", "1")
    assert told(reader) == "No problem fits all of these filters."
    reader.run("document.getElementById('clear').click()")
    assert told(reader) == "1 of 200 problems"


def test_task_probe_and_search_are_taken_together(reader: Page) -> None:
    choose(reader, "#of-probe", "0")
    assert told(reader) == "1 of 120 problems"
    changes = "(before step 1: 5, after step 2: no answer, 2 more)"
    assert changes in text(reader, ".attempt.fits")
    choose(reader, "#of-task", "1")
    assert told(reader) == "1 of 60 problems"
    choose(reader, "#query", "NUMBER 17")
    assert told(reader) == "1 of 4 problems"  # 17, 171, 175, 177: on 173 and 179 no probe did
    reader.run("document.getElementById('query').focus()")
    reader.press("Escape")
    assert told(reader) == "1 of 60 problems"


def test_keys(reader: Page) -> None:
    reader.press("j", "j", "k")
    assert told(reader) == "2 of 200 problems"
    reader.press("/")
    assert reader.run("document.activeElement.id") == "query"
    reader.press("j")
    assert reader.run("document.getElementById('query').value") == "j"
    reader.press("Escape", "?")
    assert reader.run("document.getElementById('help').open")
    reader.press("Escape", "j")
    assert not reader.run("document.getElementById('help').open")


def test_a_link_opens_its_problem(page: Page, tmp_path: Path) -> None:
    report = make_report(side_by_side=make_problems(200))
    opened(page, tmp_path, report, "#problem=p00123")
    assert told(page) == "124 of 200 problems"
    page.press("j")
    assert page.run("location.hash") == "#problem=p00124"
    page.run("document.querySelector('[data-tag=gain]').click()")
    page.run("location.hash = '#problem=p00002'")  # which is no gain: the filters are let go
    page.run("new Promise((done) => setTimeout(done))")
    assert told(page) == "3 of 200 problems"


def test_steps_stand_line_by_line_with_their_marks(reader: Page) -> None:
    lines: list[Any] = reader.run(
        "[...document.querySelectorAll('.attempt')[2].querySelectorAll('.step, .said')]"
        ".map((line) => [line.className, line.textContent])"
    )
    assert lines == [
        ["step unchecked", "·She finds 2."],
        ["step valid", "✓0 + 2 = 2."],
        ["said", "The answer is 2"],
    ]


def test_choosing_a_task_shows_its_tables(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, measured_report())
    visible = (
        "[...document.querySelectorAll('.by-task')]"
        ".filter((part) => part.checkVisibility()).map((part) => part.dataset.task)"
    )
    assert page.run(visible) == ["all"] * 3
    choose(page, "#slices .task-choice", "coin_flip")
    assert page.run(visible) == ["coin_flip"] * 3


def test_without_script_all_tables_stand_and_a_note_says_what_is_missing(
    page: Page, tmp_path: Path
) -> None:
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        opened(page, tmp_path, measured_report())
        seen = page.run("document.body.innerText")  # the protocol's own script still runs
        hidden = "[...document.querySelectorAll('.by-task')].filter((p) => !p.checkVisibility())"
        assert page.run(f"{hidden}.length") == 0
        assert "The reader of traces needs JavaScript." in seen
        assert not page.run("document.getElementById('reader').checkVisibility()")
    finally:
        page.call("Emulation.setScriptExecutionDisabled", value=False)


def test_nothing_is_wider_than_a_narrow_screen(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, measured_report(side_by_side=make_problems(10, "w" * 300)))
    page.look(360, 800)
    assert page.run("document.documentElement.scrollWidth") <= 360


def test_print_shows_the_open_problem_and_no_controls(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, measured_report(side_by_side=make_problems(10)))
    page.press("j")
    page.call("Emulation.setEmulatedMedia", media="print")
    shown = {
        part: page.run(f"document.querySelector('{part}').checkVisibility()")
        for part in ("#problem", ".board", ".attempt", "#list", ".controls", "nav", ".task-choice")
    }
    page.call("Emulation.setEmulatedMedia", media="")
    assert [part for part, is_shown in shown.items() if is_shown] == [
        "#problem",
        ".board",
        ".attempt",
    ]
    assert "Number 1:" in text(page, "#problem")


def test_what_a_measure_shows_is_told_to_those_who_point_at_it_or_tab_to_it(
    page: Page, tmp_path: Path
) -> None:
    opened(page, tmp_path, measured_report())
    seen = "document.querySelector('.tip').checkVisibility()"
    assert not page.run(seen)
    page.run("document.querySelector('.about').focus()")
    assert page.run(seen)
    page.press("Escape")
    assert not page.run(seen)
