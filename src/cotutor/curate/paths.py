"""The solution path of a reasoning: what is worked out in which order, however it is worded.

The first of these that the text has:

1. what it claims about the problem's program, in order, where there is one;
2. its equations in order, each in a normal form (`16 plus 13 is 29` is `13+16=29`);
3. its numbers in order, where there are two different ones;
4. the content words of the question that it names, in order, repeats in a row dropped.

A path is made to tell texts apart, quickly, and not to be checked: the verifier checks.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from cotutor.curate.english import FUNCTION_WORDS
from cotutor.generate.symbolic import read_program
from cotutor.problems.procedural import FAMILIES
from cotutor.records import Problem

_TOKEN = re.compile(
    r"\d+/\d+/\d+"  # a date ends an equation, as do the marks at the end of this pattern
    r"|(?P<number>\d+(?:[.,]\d+)*)|(?P<word>[^\W\d_]+)|(?P<sign>[-+*/=×÷−·∗()^])|[.,;:!?<>\n]"
)
_NUMBER = re.compile(r"\d+(?:[.,/:]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")
_SIGNS = {"×": "*", "·": "*", "∗": "*", "÷": "/", "−": "-"}
_SPOKEN = {
    "plus": "+", "minus": "-", "times": "*", "x": "*", "divided": "/",
    "is": "=", "equals": "=", "makes": "=", "gives": "=",
}  # fmt: skip
_OPERATORS = frozenset("+-*/^")


def read_path(text: str, problem: Problem) -> tuple[str, ...]:
    """Return the path of a reasoning; empty where the text holds nothing of the four kinds."""
    stated = tuple(_claims(text, problem)) or tuple(_equations(text))
    if stated:
        return stated
    numbers = tuple(_NUMBER.findall(text))
    if len(set(numbers)) > 1:
        return numbers
    asked = _content(problem.question)
    named = (word for word in _WORD.findall(text.casefold()) if word in asked)
    return tuple(word for word, _ in groupby(named))


def _claims(text: str, problem: Problem) -> Iterator[str]:
    if problem.program is not None and problem.task in FAMILIES:
        family, program = read_program(problem)
        yield from (claim.said for claim in family.claims(program, text))


def _content(question: str) -> frozenset[str]:
    return frozenset(_WORD.findall(question.casefold())) - FUNCTION_WORDS


def _equations(text: str) -> Iterator[str]:
    """Yield the equations of a text in normal form.

    Words behind a number are its unit and pass; any other word, and punctuation,
    ends an equation.
    """
    run: list[str] = []
    is_after_unit = False
    for match in _TOKEN.finditer(text):
        token = _normal(match)
        if token is None and match["word"] and run and run[-1] not in "+-*/^=(":
            is_after_unit = True
        elif token is None or (is_after_unit and match["number"]):
            yield from _whole(run)
            run, is_after_unit = [token] if token else [], False
        elif run or token not in "*/^=":  # the x of "x = 5 + 3" is no sign
            run.append(token)
            is_after_unit = False
    yield from _whole(run)


def _normal(match: re.Match[str]) -> str | None:
    """Return a number or sign in normal form, None for what belongs to no equation."""
    if match["number"]:
        number = match["number"].replace(",", "")
        return number.rstrip("0").rstrip(".") if "." in number else number
    if match["sign"]:
        return _SIGNS.get(match["sign"], match["sign"])
    return _SPOKEN.get(match["word"].casefold()) if match["word"] else None


def _whole(run: list[str]) -> Iterator[str]:
    """Yield the run as an equation if it works something out and says what."""
    if "=" not in run:
        return
    sides = [list(side) for is_sign, side in groupby(run, "=".__eq__) if not is_sign]
    is_worked_out = any(sign in _OPERATORS for side in sides for sign in side[1:])
    if len(sides) > 1 and is_worked_out:
        yield "=".join("".join(_ordered(side)) for side in sides)


def _ordered(side: list[str]) -> Iterable[str]:
    """Return a plain sum or product with its operands sorted, any other side as it is."""
    signs = set(side[1::2])
    if signs in ({"+"}, {"*"}) and _OPERATORS.isdisjoint(side[::2]):
        return signs.pop().join(sorted(side[::2]))
    return side
