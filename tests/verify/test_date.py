import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.records import Problem
from cotutor.verify import DEFAULT, VerifySettings, date


def make(gold: str) -> Problem:
    return Problem.make(task="t", question="q", gold=gold, kind="date")


PROBLEM = make("2021-03-14")


def days(text: str) -> list[str]:
    return [str(found) for found in date.read(text, PROBLEM)]


@pytest.mark.parametrize(
    "text",
    ["2021-03-14", "2021/3/14", "2021-03-14T10:00:00Z", "03/14/2021", "3-14-21", "14/03/2021",
     "14.3.2021", "14. 3. 2021", "March 14, 2021", "Mar. 14th 2021", "MAR 14 2021",
     "March the 14th, 2021",
     "14 March 2021", "the 14th of March, 2021", "14-Mar-21", "2021 March 14",
     "Sunday, March 14, 2021", "Sun 14 March 2021.", "(03/14/2021)",
     "Yesterday was 03/13/2021. So today is 03/14/2021.", "03/14/2021, not 03/15/2021",
     "03/14/2021, that is, March 14, 2021"],
)  # fmt: skip
def test_a_day_is_read_in_its_many_layouts(text):
    assert days(text) == ["2021-03-14"]


@pytest.mark.parametrize(
    "text",
    ["", "March 2021", "March 14", "03/14", "02/30/2021", "February 29, 2021", "13/13/2021",
     "2021-00-10",
     "20210314", "2021", "not 03/14/2021", "1.2.3.2021", "March 14 or 15, 2021"],
)  # fmt: skip
def test_an_impossible_or_incomplete_date_is_none(text):
    assert days(text) == []


@pytest.mark.parametrize("text", ["03/14/2021 or 03/15/2021", "03/14/2021 - 03/16/2021"])
def test_several_dates_are_several_answers(text):
    assert len(days(text)) == 2


@pytest.mark.parametrize(
    ("gold", "answer", "day_first", "is_same"),
    [
        ("April 3, 2021", "04/03/2021", False, True),
        ("April 3, 2021", "03/04/2021", False, False),
        ("April 3, 2021", "03/04/2021", True, True),
        ("03/04/2021", "April 3, 2021", True, True),
        ("25/04/2021", "03/04/2021", True, False),
        ("14/04/2021", "April 14, 2021", False, True),
        ("04/14/2021", "14/04/2021", False, True),
        ("April 3, 2021", "3.4.2021", False, True),
        ("12/31/99", "1999-12-31", False, True),
        ("1/1/00", "2000-01-01", False, True),
    ],
)
def test_the_order_of_day_and_month_is_a_setting(gold, answer, day_first, is_same):
    (a,), (b,) = date.read(answer, PROBLEM), date.read(gold, PROBLEM)
    assert date.equal(a, b, PROBLEM, VerifySettings(day_first=day_first)) is is_same


def test_a_gold_that_shows_its_order_orders_the_answers():
    (shown,), (answer,) = date.read("14/04/2021", PROBLEM), date.read("03/04/2021", PROBLEM)
    (april,) = date.read("April 3, 2021", PROBLEM)
    assert shown.order == "day"
    assert not date.equal(answer, april, PROBLEM, DEFAULT)


@given(st.dates(min_value=datetime.date(1000, 1, 1)))
def test_a_date_survives_every_layout_and_a_wrong_one_is_wrong(day):
    for layout in ("%Y-%m-%d", "%m/%d/%Y", "%B %d, %Y", "%d %b %Y", "%A, %d %B %Y"):
        (read,) = date.read(day.strftime(layout), PROBLEM)
        assert read.month_first == day
        problem = make(day.strftime(layout))
        (other,) = date.read(date.wrong(problem), problem)
        assert not date.equal(other, read, problem, DEFAULT)
