"""Two published ways of reading answers, kept to the letter for comparison with the literature.

kojima-2022        Kojima et al. 2022, "Large Language Models are Zero-Shot Reasoners",
                   github.com/kojima-takeshi188/zero_shot_cot, `answer_cleansing`
reasoning-teacher  Ho et al. 2023, "Large Language Models Are Reasoning Teachers",
                   github.com/itsnamgyu/reasoning-teacher, `Evaluator`

Their faults are theirs and stay: a letter is any capital anywhere ("Because" is B),
numbers are strings for most data sets (18.00 is not 18), a gold of 1,080 is never met
by Kojima's rule. Both collect the candidates of a text by data set; of another data
set, by kind: letters are the labels of the problem's choices, numbers are compared as
strings. Kinds that neither reads are refused.

Which candidate: the first of an answering call or a bare answer. Where the format has
a mark before the answer, the first one after the mark (after its first occurrence by
reasoning-teacher, after its last by Kojima); where the mark never came, the last of all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from cotutor.errors import ConfigError
from cotutor.format import format_named
from cotutor.records import Kind, Outcome, Problem, Trace

Judgement = tuple[Outcome, str | None, str | None]

BENCHMARK_KINDS: dict[str, Kind] = {
    "single_eq": "number",
    "addsub": "number",
    "multiarith": "number",
    "gsm8k": "number",
    "aqua": "choice",
    "svamp": "number",
    "date_understanding": "choice",
    "tracking_shuffled_objects": "choice",
    "last_letter_concatenation": "string",
    "coin_flip": "yes_no",
    "commonsense_qa": "choice",
    "strategy_qa": "yes_no",
}
"""The data sets that both codebases know, by our names for them."""

LETTERS = {
    "aqua": "ABCDE",
    "commonsense_qa": "ABCDE",
    "date_understanding": "ABCDEF",
    "tracking_shuffled_objects": "ABC",
}
OTHER_LETTERS = "ABCDE"  # of another data set whose problems list no choices

COMPARED_AS_FLOATS = ("addsub", "svamp", "single_eq")
TOLERANCE = 1e-6

_YES_NO_BLANKS = re.compile(r"[\"'.:,\s]")
_STRING_NOISE = re.compile(r"[\"'.\s]")


@dataclass(frozen=True)
class Rule:
    """What one codebase does its own way.

    `number` matches a number once commas are gone, and `mark_at` finds the
    mark that the answer follows. `tidy` is the last touch to the candidate
    chosen; `gold` prepares the gold, None where it cannot be read.
    """

    number: re.Pattern[str]
    mark_at: Callable[[str, str], int]
    tidy: Callable[[str], str]
    gold: Callable[[Problem], str | None]
    equal: Callable[[str, str, Problem], bool]


def _as_it_stands(problem: Problem) -> str | None:
    return problem.gold.strip() or None


def _cleansed(problem: Problem) -> str | None:
    """Drop the commas of a number and the case of yes and no, but not of CoinFlip's."""
    gold = problem.gold
    if problem.kind == "number":
        gold = gold.replace(",", "")
    elif problem.kind == "yes_no" and problem.task != "coin_flip":
        gold = gold.lower()
    is_unreadable = _is_float(problem) and not _reads_as_float(gold)
    return None if is_unreadable else gold or None


def _is_float(problem: Problem) -> bool:
    return problem.kind == "number" and problem.task in COMPARED_AS_FLOATS


def _reads_as_float(gold: str) -> bool:
    try:
        return isfinite(float(gold))
    except ValueError:
        return False


def _same(answer: str, gold: str, problem: Problem) -> bool:
    return answer == gold


def _same_or_near(answer: str, gold: str, problem: Problem) -> bool:
    if _is_float(problem):
        return abs(float(answer) - float(gold)) <= TOLERANCE
    return answer == gold


RULES: dict[str, Rule] = {
    "kojima-2022": Rule(
        number=re.compile(r"-?\d+\.?\d*"),
        mark_at=str.rfind,
        tidy=lambda answer: answer.removesuffix("."),
        gold=_as_it_stands,
        equal=_same,
    ),
    "reasoning-teacher": Rule(
        number=re.compile(r"-?\d+(?:\.\d+)?"),
        mark_at=str.find,
        tidy=str,
        gold=_cleansed,
        equal=_same_or_near,
    ),
}


def judge(rule: str, problem: Problem, text: str, mark: str | None = None) -> Judgement:
    """Return outcome, answer as read and reason, by the published rule of that name.

    `mark` is what stands between reasoning and answer in `text`; None where
    the text is the answer alone.

    Raises:
        ConfigError: the rule reads no answers of the problem's kind.

    """
    how = RULES[rule]
    gold = how.gold(problem)
    if gold is None:
        return "unscored", None, "gold unreadable"
    chosen = 0
    if mark is not None:
        at = how.mark_at(text, mark)
        text, chosen = (text[at + len(mark) :], 0) if at >= 0 else (text, -1)
    found = _candidates(rule, problem, text)
    answer = how.tidy(found[chosen]) if found else ""
    if not answer:
        return "incorrect", None, "no answer"
    if how.equal(answer, gold, problem):
        return "correct", answer, None
    return "incorrect", answer, "mismatch"


def place(trace: Trace) -> tuple[str, str | None]:
    """Return the text of a trace in which a rule reads, and the mark before the answer in it."""
    style = format_named(trace.format)
    if trace.answer_at is not None:
        return style.until_stop(trace.completion[trace.answer_at :]), None
    mark = None if style.mark is None else style.mark.strip()
    return style.until_stop(trace.completion), mark


def _candidates(rule: str, problem: Problem, text: str) -> list[str]:
    match problem.kind:
        case "number":
            return RULES[rule].number.findall(text.replace(",", ""))
        case "choice":
            return _labels(problem).findall(text)
        case "yes_no":
            words = _YES_NO_BLANKS.sub(" ", text.lower()).split(" ")
            return [word for word in words if word in ("yes", "no")]
        case "string":
            return [_STRING_NOISE.sub("", text)]
    raise ConfigError(f"rule {rule!r} reads no answers of kind {problem.kind!r}")


def _labels(problem: Problem) -> re.Pattern[str]:
    listed = [choice.label for choice in problem.choices]
    labels = LETTERS.get(problem.task) or listed or OTHER_LETTERS
    return re.compile("|".join(map(re.escape, sorted(labels, key=len, reverse=True))))
