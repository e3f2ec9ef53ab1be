"""The page at `/`, used as a person uses it, in headless Chromium."""

import os
import time
from pathlib import Path

import pytest
from tests.report.chromium import found_browser, open_page

_HERE = "window.performance.getEntriesByType('resource').every(e => e.name.startsWith(origin))"


@pytest.fixture(scope="module")
def page(server):
    browser = found_browser()
    if browser is None:
        pytest.skip("no headless browser on PATH")
    with open_page(browser) as page:
        page.call("Page.navigate", url=server.url)
        wait_until(page, "document.getElementById('model')?.options.length >= 2")
        yield page


def wait_until(page, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not page.run(f"Boolean({condition})"):
        assert time.monotonic() < deadline, condition
        time.sleep(0.05)


def ask(page, question, model):
    """Ask, and return the card when it is finished: its parts as they are shown."""
    page.run(f"part('question').value = {question!r}; part('model').value = {model!r}")
    page.run("part('model').dispatchEvent(new Event('change')); part('form').requestSubmit()")
    wait_until(page, "document.querySelector('article') && !document.querySelector('.busy')")
    return page.run(
        "(() => { const card = document.querySelector('article');"
        " const shown = (name) => { const it = card.querySelector(name);"
        "   return it.hidden ? null : it.innerText.trim() };"
        " return { asked: shown('.asked'), facts: shown('.facts'), votes: shown('.votes'),"
        "   answer: card.querySelector('output').textContent, trouble: shown('.trouble'),"
        "   steps: [...card.querySelectorAll('.steps li')].map((li) => li.textContent) } })()"
    )


def test_a_question_is_answered_step_by_step_by_the_student_chosen(page, tmp_path):
    page.run(
        "window.seen = []; new MutationObserver(() => seen.push("
        "document.querySelectorAll('.steps li').length + ':' +"
        "document.querySelector('.answer output').textContent))"
        ".observe(part('answers'), { subtree: true, childList: true, characterData: true })"
    )
    card = ask(page, "What is 3 plus 4?", "red")
    assert card["steps"] == ["I look at it.", "I see it."]
    assert card["answer"] == "red"
    assert card["facts"].startswith("red@")
    assert "12 tokens" in card["facts"]
    assert card["trouble"] is None
    seen = page.run("seen")
    assert "1:" in seen, "the first step was not shown before the rest"
    assert ask(page, "What is 3 plus 4?", "blue")["answer"] == "blue"
    assert page.run("part('about').textContent").startswith("blue@")
    assert page.run(_HERE)
    assert page.complaints == []


def test_samples_vote(page):
    page.run(
        "document.querySelector('input[value=vote]').click(); part('samples').value = 3;"
        "part('temperature').value = 0.1"
    )
    card = ask(page, "What is 3 plus 4?", "red")
    assert card["votes"].split() == ["red", "3"]
    assert card["answer"] == "red"
    page.run("document.querySelector('input[value=greedy]').click()")


def test_texts_are_shown_as_texts(page):
    hostile = "<img src=x onerror=alert(1)><b>3</b>"
    assert ask(page, hostile, "red")["asked"] == hostile
    assert page.run("document.querySelectorAll('article img, article b').length") == 0
    assert page.complaints == []


def test_what_goes_wrong_is_told(page):
    card = ask(page, "word " * 3000, "red")
    assert "fills the model's context" in card["trouble"]
    assert page.run("part('ask').disabled") is False
    page.complaints.clear()  # the browser notes the status 400


def test_a_page_looks_as_it_should(page, tmp_path):
    """Pictures for people: COTUTOR_PICTURES names the folder to keep them in."""
    folder = Path(os.environ.get("COTUTOR_PICTURES", tmp_path))
    ask(page, "Ann has 3 apples and buys 4 more.\nHow many apples does she have?", "red")
    for scheme in ("light", "dark"):
        page.picture(
            folder / f"serve-{scheme}.png", width=900, height=800, prefers_color_scheme=scheme
        )
        assert (folder / f"serve-{scheme}.png").stat().st_size > 10_000
    page.look(380, 800)
    assert page.run("document.documentElement.scrollWidth <= 380")
