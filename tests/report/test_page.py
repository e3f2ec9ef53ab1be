import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_report import HOSTILE, Markup, make_report, make_row, measured_report, plain

from cotutor.report import render_page
from cotutor.report.model import Arm, Count


@cache
def tags_of(text: str) -> list[tuple[str, ...]]:
    return Markup(render_page(measured_report(text=text))).tags


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_no_markup(text: str) -> None:
    assert tags_of(text) == tags_of("some text")


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_no_text_whatever_becomes_markup(text: str) -> None:
    # a blank answer or reason is left out of the page, and that is no escape
    assert tags_of(f"x{text}x") == tags_of("some text")


def test_hostile_text_is_still_there_to_be_read() -> None:
    page = Markup(render_page(make_report(text="<script>alert(1)</script>\u202eevil\x1b[31m")))
    assert "<script>alert(1)</script>⟨U+202E⟩evil⟨U+001B⟩[31m" in page.text


def test_no_character_of_the_page_acts_unseen() -> None:
    page = render_page(make_report(text="".join(HOSTILE)))
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]", page
    )


def test_the_page_needs_nothing_but_itself() -> None:
    text = render_page(make_report())
    assert not re.search(r"://|@import|url\(", text)
    page = Markup(text)
    assert "src" not in dict(page.attributes)
    links = {str(value) for name, value in page.attributes if name == "href"}
    anchors = {f"#{value}" for name, value in page.attributes if name == "id"}
    assert links - anchors == {"data:,"}


def test_the_policy_admits_only_the_inlined_files() -> None:
    page = Markup(render_page(make_report()))
    policy = next(
        value for name, value in page.attributes if name == "content" and "src" in str(value)
    )
    assert str(policy).startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in str(policy)
    assert not [name for name, _ in page.attributes if name == "style" or name.startswith("on")]


def test_missing_parts_leave_no_empty_section() -> None:
    bare = make_report(
        arms=[Arm(name="only", kind="student", samples=8)], rows=[make_row("only", "dates", 0.5)],
        absent=(), comparisons=(), trainings=(), teacher=None, counts=(), side_by_side=(),
        warnings=(), environment={},
    )  # fmt: skip
    page = Markup(render_page(bare))
    sections = [value for name, value in page.attributes if name == "id"]
    assert sections == ["accuracy", "rates", "run"]
    assert "this run compared it with nothing" in page.text


def test_a_run_without_any_result_says_so() -> None:
    report = make_report(rows=(), absent=(), comparisons=())
    assert "Nothing was evaluated" in Markup(render_page(report)).text


def test_an_absent_cell_is_told_with_its_reason() -> None:
    text = Markup(render_page(make_report())).text
    assert "n/a: few-shot some text on dates: no exemplars some text" in text


def test_every_count_is_on_the_page_even_zero() -> None:
    counts = [
        Count(stage="curate", what="traces", n=2410, of=16_000, reason="differs from gold"),
        Count(stage="curate", what="traces", n=0, of=16_000, reason="truncated"),
        Count(stage="collect", what="traces", n=3, reason="teacher failed"),
    ]
    text = plain(Markup(render_page(make_report(counts=counts))).text)
    assert "curatetraces2,41016,00015.1 %differs from gold" in text
    assert "curatetraces016,0000.0 %truncated" in text
    assert "collecttraces3––teacher failed" in text


def test_training_rows_dropped_are_those_of_training_alone() -> None:
    counts = [
        Count(stage="sft", arm="diverse-8", what="rows", n=4, of=1300, reason="too long"),
        Count(stage="sft", arm="diverse-8", what="rows", n=3, of=1300, reason="no end of text"),
        Count(stage="sft", arm="fine-tune", what="rows", n=900, of=1300, reason="too long"),
        Count(stage="evaluate", arm="diverse-8", what="completions", n=50, reason="failed"),
    ]
    text = Markup(render_page(make_report(counts=counts))).text
    assert "diverse-81,288200710050,000" in text  # examples, problems, rows dropped, steps, tokens


def test_more_arms_than_hues_are_told_apart_by_hollow_marks() -> None:
    arms = [Arm(name=f"student-{k}", kind="student") for k in range(9)]
    rows = [make_row(arm.name, "dates", 0.5) for arm in arms]
    parts: dict[str, Any] = {"absent": (), "comparisons": (), "trainings": (), "side_by_side": ()}
    page = render_page(make_report(arms=arms, rows=rows, **parts))
    assert 'class="a0 hollow"' in page
    assert 'class="a1 hollow"' not in page
