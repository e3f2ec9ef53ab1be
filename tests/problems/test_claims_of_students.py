"""What students write: the teacher's sentences about the wrong person, word, swap or number."""

from datetime import date

import pytest

from cotutor.problems.arithmetic import Arithmetic, Change
from cotutor.problems.coin_flips import CoinFlips, Move
from cotutor.problems.dates import Dates, Hop
from cotutor.problems.last_letters import LastLetters
from cotutor.problems.procedural import FAMILIES, STORIES
from cotutor.problems.shuffled_objects import ShuffledObjects

PROGRAMS = {
    "last_letters": LastLetters(words=("Tess", "Sasus", "Alba", "Kim")),
    "coin_flips": CoinFlips(
        start="heads",
        moves=(
            Move(name="Ann", flips=True),
            Move(name="Bob", flips=False),
            Move(name="Cid", flips=True),
            Move(name="Dan", flips=True),
        ),
        asked="heads",
    ),
    "shuffled_objects": ShuffledObjects(
        theme="coloured", people=("Ann", "Bob", "Cid"), objects=("red", "blue", "green"),
        noun="ball", swaps=((0, 1), (2, 0)), asked=0, options=(2, 0, 1),
    ),
    "arithmetic": Arithmetic(
        start=4,
        changes=(
            Change(sign="+", number=3), Change(sign="-", number=2), Change(sign="*", number=3),
        ),
        theme="bus", things="people", name="Ann", friend="Bob",
    ),
    "dates": Dates(
        start=date(2001, 3, 28),
        hops=(Hop(unit="day", number=5), Hop(unit="week", number=-1), Hop(unit="month", number=2)),
        events=("the party", "the exam", "the fair"),
    ),
}  # fmt: skip

# Results: letters s s a m; heads after tails tails heads tails; Ann green at the end, which is
# (A); totals 7 5 15; dates 04/02/2001 03/26/2001 05/26/2001.
RIGHT = {
    "last_letters": (
        '1. Tess: s\n2. "Sasus": s\n3. alba: A\n4. Kim: m\nJoined: s-s-a-m',
        "Tess ends in s. s-a-s-u-s ends in s. Last letter of Alba: a. So we get ss am.",
        "Backwards from the last word: Kim ends in m: m. Put a of Alba in front: am.",
    ),
    "coin_flips": (
        "Start: heads. Ann flips: tails. After Bob: still tails. Cid turns it to heads.",
        "Flips by Dan, Ann and Cid. That is 3, odd: from heads to tails. So no.",
        "Who flips it? Cid, Ann and Dan. Count 3. Odd, so heads turns to tails. Now tails.",
        "Ann and Cid cancel. Dan is left: heads becomes tails. Is it heads? no.",
    ),
    "shuffled_objects": (
        "At first Cid green, Ann red, Bob blue. Bob and Ann swap: Bob red and Ann blue.",
        "Swap Ann, Bob: Cid green, Ann blue, Bob red. After Cid and Ann: Ann green, Cid blue.",
        "Green: Cid, Cid, Ann. So Ann has the green ball: (A).",
        "Who had it before Ann? Undo Ann and Cid: Cid. Undo Bob and Ann: Cid. At first Cid: green.",
    ),
    "arithmetic": (
        "Add 3: 4+3=7. 2 fewer: 7 − 2 = 5. So I multiply: 5 × 3 = 15. Result 15.",
        "Call the number of people x. x = 4, then x = 4 + 3 = 7. So far 7 people, 2 to go.",
        "(4 + 3 - 2) * 3 = (7 - 2) * 3 = 5 * 3 = 15",
        "+3 and -2 make +1. 4 + 1 = 5. 5 * 3 = 15. So 15 people.",
    ),
    "dates": (
        "Start: 3/28/2001. The party: 4/2/2001. 1 week earlier: month 3, day 26.",
        "+5 days and -1 week is -2 days: 03/26/2001. +2 months: 05/26/2001. Date: 05/26/2001.",
        "28 + 5 = 33, March has 31, left 2: 04/02/2001. So the fair is on 05/26/2001.",
        "Month 4, day 2 after +5 days. Earlier by 1 week: month 3, day 26, year 2001.",
    ),
}

# The first wrong claim: what is said in place of what is true.
WRONG = {
    "last_letters": [
        ("Tess: s. Sasus: s. Kim: m.", "Kim", "Alba"),
        ("1. Tess: s\n2. Sasus: s\n3. Sasus: s", "Sasus", "Alba"),
        ("Tess: s. Sasas: s.", "Sasas", "Sasus"),
        ("1. Tess: s\n3. Sasus: s", "3", "2"),
        ("Tess ends with the letter ss.", "ss", "s"),
        ("Tess is t-e-s, last s.", "t-e-s", "t-e-s-s"),
        ("Tess ends in s: s. Sasus ends in s: sas.", "sas", "ss"),
        ("From the end: Kim ends in m: m. Alba ends in a: ma.", "ma", "am"),
        ("Tess: s. Sasus: s. Alba: a. Kim: m. Kim: m.", "Kim", "nothing more"),
        ("The letters join to ssma.", "ssma", "ssam"),
    ],
    "coin_flips": [
        ("Start: tails.", "tails", "heads"),
        ("Ann flips it, now tails. Ann flips it, now heads.", "Ann", "Bob"),
        ("Ann flips: tails. Bob flips: tails.", "Bob flips", "Bob does not flip"),
        ("Ann turns it to tails. Cid turns it to heads.", "Cid", "Bob"),
        ("Zed flips: tails.", "Zed", "Ann"),
        ("Only flips matter. Ann: tails. Bob: tails.", "Bob flips", "Bob does not flip"),
        ("Only flips matter. Ann: tails. Dan: tails.", "Dan", "Cid"),
        ("After Ann: tails. After Bob: heads.", "heads", "tails"),
        ("Flips by Ann, Ann and Dan.", "Ann, Ann and Dan", "Ann, Cid and Dan"),
        ("Who flips it? Nobody knows. These flip it: nobody.", "nobody", "Ann, Cid and Dan"),
        ("Flips so far: Ann 1, Bob 2, Cid 3.", "2", "1"),
        ("1 after Ann, 2 after Cid.", "Cid", "Bob"),
        ("3 is even: heads as at first.", "even", "odd"),
        ("Ann with Dan: no change.", "Ann and Dan", "Ann and Cid"),
        ("Ann and Cid cancel. No flip is left: heads as at first.", "No flip", "Dan"),
        ("Now tails. Asked: tails. So yes.", "tails", "heads"),
        ("So tails is up, and heads was asked: yes.", "yes", "no"),
    ],
    "shuffled_objects": [
        ("Start with Ann red, Bob blue, Cid blue.", "Ann red, Bob blue, Cid blue",
         "Ann red, Bob blue, Cid green"),
        ("Bob and Cid swap: Bob green, Cid blue.", "Bob and Cid", "Ann and Bob"),
        ("Bob and Ann swap: Bob red.", "Bob red", "Ann blue, Bob red"),
        ("Ann and Bob swap: Ann blue, Zed red.", "Ann blue, Zed red", "Ann blue, Bob red"),
        ("After Cid and Ann: Cid blue and Ann green.", "Ann and Cid", "Ann and Bob"),
        ("Go back from Bob.", "Bob", "Ann"),
        ("Cid, Ann: from Bob.", "Bob", "Cid"),
        ("Undo Ann and Cid: Cid. Undo Ann and Cid: Cid.", "Ann and Cid", "Ann and Bob"),
        ("Green: Cid, Ann.", "Cid, Ann", "Cid, Cid, Ann"),
        ("Green: Cid, Cid, Ann. Not Ann.", "not Ann", "Ann"),
        ("That leaves red.", "red", "green"),
        ("So Ann has the green ball, which is (B).", "B", "A"),
        ("So Bob has the red ball: (B).", "Bob", "Ann"),
    ],
    "arithmetic": [
        ("Start with 5 people.", "5", "4"),
        ("Start: 4 apples.", "apples", "people"),
        ("4 + 3 = 8.", "8", "7"),
        ("5 + 3 = 7.", "5 + 3", "4 + 3"),
        ("4 + 3 = 7. 7 + 2 = 9.", "7 + 2", "7 - 2"),
        ("4 + 3 = 7. 5 * 3 = 15.", "*3", "-2"),
        ("4 + 3 = 7. 7 - 2 = 5. 5 * 3 = 15. 15 - 1 = 14.", "15 - 1", "15"),
        ("Times 3: 4 + 3 = 7.", "*3", "+3"),
        ("+3 and -1 make +2.", "+3 and -1", "+3 and -2"),
        ("+3 and -2 make +2.", "+2", "+1"),
        ("The whole sum: (4 + 3) * 3 = 21.", "(4 + 3) * 3", "(4 + 3 - 2) * 3"),
        ("(4 + 3 - 2) * 3 = (6 - 2) * 3 = 15", "(6 - 2) * 3", "(7 - 2) * 3"),
        ("So 14 people.", "14", "15"),
        ("Let x be the number of apples.", "apples", "people"),
    ],
    "dates": [
        ("Start on 03/29/2001.", "03/29/2001", "03/28/2001"),
        ("Year 2001, month 4, day 28.", "04/28/2001", "03/28/2001"),
        ("The party: 04/02/2001. The party: 03/26/2001.", "The party", "the exam"),
        ("The dinner: 04/02/2001.", "The dinner", "the party"),
        ("The party is 6 days later, 04/03/2001.", "+6 day", "+5 day"),
        ("5 days earlier: 03/23/2001.", "-5 day", "+5 day"),
        ("Plus 5 days: 04/02/2001. Plus 2 months: 06/02/2001.", "+2 month", "-1 week"),
        ("+5 days and -1 week is -3 days: 03/25/2001.", "-3 day", "-2 day"),
        ("Later by 5 days: day 2.", "03/02/2001", "04/02/2001"),
        ("The same after +5 days.", "03/28/2001", "04/02/2001"),
        ("28 + 5 = 34, March has 31, left 2: 04/02/2001.", "28 + 5 = 34", "28 + 5 = 33"),
        ("28 + 5 = 33, March has 30, left 2: 04/02/2001.", "March has 30", "March has 31"),
        ("So the exam is on 05/26/2001.", "the exam", "the fair"),
    ],
}  # fmt: skip


def first_wrong(name, text):
    claims = FAMILIES[name].claims(PROGRAMS[name], text)
    return next((claim for claim in claims if claim.said != claim.true), None)


@pytest.mark.parametrize(("name", "text"), [(n, text) for n in RIGHT for text in RIGHT[n]])
def test_other_words_for_what_is_true_are_no_fault(name, text):
    assert list(FAMILIES[name].claims(PROGRAMS[name], text))
    assert first_wrong(name, text) is None


@pytest.mark.parametrize(
    ("name", "text", "said", "true"), [(name, *case) for name in WRONG for case in WRONG[name]]
)
def test_the_first_fault_names_what_is_said_and_what_is_true(name, text, said, true):
    found = first_wrong(name, text)
    assert (found.said, found.true) == (said, true)


@pytest.mark.parametrize("name", STORIES)
def test_what_the_program_cannot_settle_claims_nothing(name):
    text = "Let us think about it. It was 7 o'clock, and 3 dogs barked! Who knows? Ann, perhaps."
    assert first_wrong(name, text) is None


def test_a_slip_carried_on_correctly_is_untrue_all_the_same():
    text = "4 + 3 = 8. 8 - 2 = 6. 6 * 3 = 18. So 18 people."
    claims = FAMILIES["arithmetic"].claims(PROGRAMS["arithmetic"], text)
    assert [claim.said for claim in claims if claim.said != claim.true] == [
        "8", "8 - 2", "6", "6 * 3", "18", "18",
    ]  # fmt: skip
