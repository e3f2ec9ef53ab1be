import pytest

from cotutor.curate import CurateSettings, breaks_off
from cotutor.curate.english import is_english
from cotutor.curate.filters import repetition
from cotutor.curate.settings import STEP_FILTERS
from curate.some_traces import PROBLEMS, candidates, curated, finding, reasons, trace

P = PROBLEMS[0]
GERMAN = (
    "Zuerst sind zwölf Äpfel in der Kiste, und drei werden verkauft, so dass noch neun übrig"
    " sind. Dann erntet der Bauer weitere fünf, und das sind am Ende vierzehn Äpfel."
)
ENGLISH = (
    "At first there are twelve apples in the box, and three of them are sold, so that nine are"
    " left. Then the farmer picks five more, and that makes fourteen apples in the end."
)
LOOP = "We add one to it and look again at what we have. " * 4

# One faulty trace, the findings it has, the setting that refuses it, and one that lets it pass.
TABLE = {
    "truncated": ("It is one and", {}, {}, {"filters": []}),
    "wrong equation": (
        "0 + 1 = 2, so 1.", {"first_bad": 0}, {"filters": ["step-valid"]},
        {"filters": ["grounded", "supported"]},
    ),
    "ungrounded": (
        "7 - 6 = 1.", {"operands": 2, "ungrounded": 2}, {"filters": ["grounded"]},
        {"filters": ["step-valid", "supported"]},
    ),
    "unsupported answer": (
        "0 + 3 = 3.", {"is_supported": False}, {"filters": ["supported"]},
        {"filters": ["step-valid", "grounded"]},
    ),
    "repetition": (LOOP, {}, {"filters": ["no-repetition"]}, {}),
    "too short": ("One.", {}, {"min_characters": 5}, {"min_characters": 4}),
    "too long": ("It is one.", {}, {"max_characters": 9}, {"max_characters": 10}),
    "language": (GERMAN, {}, {"language": "en"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("reason", TABLE)
def test_each_filter_refuses_when_it_is_on_and_only_then(reason):
    text, found, refusing, passing = TABLE[reason]
    group = [(P, [trace(P, text, finish="unknown")])]

    def judge(problem, one):
        return finding(problem, one, **found)

    assert reasons(curated(group, judge=judge, **refusing)) == [reason]
    assert reasons(curated(group, judge=judge, **passing)) == []


@pytest.mark.parametrize("reason", TABLE)
def test_a_sound_trace_passes_each_filter(reason):
    group = [(P, [trace(P, ENGLISH)])]

    def judge(problem, one):
        return finding(problem, one, valid=2, operands=4)

    refusing = TABLE[reason][2] | ({"max_characters": 999} if reason == "too long" else {})
    assert reasons(curated(group, judge=judge, **refusing)) == []


def test_a_wrong_answer_passes_without_the_answer_filter_only():
    group = [(P, [trace(P, "Wrong.", "9"), trace(P, "Cut", "9", sample=1, finish="length")])]
    assert reasons(curated(group)) == ["mismatch", "truncated"]
    assert reasons(curated(group, keep="all")) == ["truncated"]


def test_what_a_program_finds_is_named_a_wrong_step():
    def judge(problem, one):
        found = finding(problem, one, first_bad=1)
        by_program = found.findings.model_copy(update={"by": "program"})
        return found.model_copy(update={"findings": by_program})

    assert reasons(curated([(P, [trace(P, "x.")])], judge=judge, filters=["step-valid"])) == [
        "wrong step"
    ]


@pytest.mark.parametrize("name", sorted(STEP_FILTERS))
def test_a_trace_whose_steps_nobody_checked_passes_no_filter_of_steps(name):
    assert CurateSettings(filters=[name]).checks_steps
    made = curated([(P, [trace(P, "One.")])], filters=[name])
    assert reasons(made) == ["steps not checked"]


def test_an_answer_that_cannot_be_compared_with_the_results_is_not_unsupported():
    def judge(problem, one):
        return finding(problem, one, is_supported=None)

    assert reasons(curated([(P, [trace(P, "One.")])], judge=judge, filters=["supported"])) == []


@pytest.mark.parametrize("text", ["So it is 12", "done.", "(B)", '"yajo"', "why?", "50%", "so $x$"])
def test_these_endings_are_whole(text):
    assert not breaks_off(text)


@pytest.mark.parametrize("text", ["and then the", "Bob has the red", "which means,"])
def test_these_endings_break_off(text):
    assert breaks_off(text)


def test_repetition_is_the_share_of_word_sequences_that_stood_there_before():
    words = tuple("abcdefghij")
    assert repetition(words[:7]) == repetition(words) == 0
    assert repetition(words * 2) == pytest.approx(3 / 13)
    assert repetition(words * 10) == pytest.approx(1 - 10 / 93)


@pytest.mark.parametrize(
    "text",
    [
        GERMAN,
        "Nous avons au départ douze pommes dans la boîte. Trois en sont vendues, il en reste donc"
        " neuf, et le fermier en cueille ensuite cinq de plus.",
        "Al principio tenemos doce manzanas en la caja. Se venden tres, luego el granjero recoge"
        " cinco más, por lo que hay catorce manzanas en total.",
        "Сначала в ящике двенадцать яблок. Три из них продают, значит, остаётся девять. Потом"
        " фермер собирает ещё пять, и всего становится четырнадцать яблок, это и есть ответ.",
        "Kwanza kuna matofaa kumi na mawili ndani ya sanduku. Matatu yanauzwa, hivyo yanabaki tisa."
        " Kisha mkulima anachuma mengine matano, hivyo jumla ni kumi na manne.",
    ],
)
def test_other_languages_are_told_from_english(text):
    (candidate,) = candidates(text)
    assert not is_english(candidate.words)


@pytest.mark.parametrize("text", [ENGLISH, "Drei.", "(16 + 13) * 3 + 5 = 29 * 3 + 5 = 92. " * 5])
def test_english_short_texts_and_formulas_pass(text):
    (candidate,) = candidates(text)
    assert is_english(candidate.words)
