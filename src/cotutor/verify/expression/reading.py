r"""Mathematical expressions, in plain text or LaTeX.

Read: fractions, mixed numbers, roots, powers, π, e, i and infinity, percent,
degrees, factorials, binomials, absolute values, logarithms and trigonometric
functions, implicit multiplication, units, currency, thousands, scientific
notation, other bases, ratios; lists, sets, tuples, intervals and unions,
matrices, equations, inequalities and their chains, ±, and solutions joined by
"or" and "and". `grammar` says how, `equality` when two are the same.

Where: the whole text, if it is one expression; else, if the text opens with
one, that one; else those of the last sentence that holds any: what stands
between dollar signs or `\(` and `\)`, or between words, after the last "is".
Several different ones are returned, and the verdict is "ambiguous". What the
text denies (`not 5`, `more than 5`) is no answer, nor is a word.

A gold that is text (`\text{Tuesday}`) makes the answers text, read as strings are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cotutor.records import Problem
from cotutor.verify import string
from cotutor.verify.expression.equality import same
from cotutor.verify.expression.grammar import parse
from cotutor.verify.expression.lexer import is_word
from cotutor.verify.expression.solutions import stated
from cotutor.verify.expression.symbolic import Undecided
from cotutor.verify.expression.terms import INFINITY, ONE, Apply, Name, Node, Unreadable, add
from cotutor.verify.expression.vocabulary import CHANGING
from cotutor.verify.expression.writing import write
from cotutor.verify.scope import sentences, tidy
from cotutor.verify.settings import VerifySettings

_MATH = re.compile(
    r"(?<!\\)(?:\$\$(?P<display>(?:[^$\\]|\\.)++)\$\$"
    r"|\$(?=\S)(?P<inline>(?:[^$\\]|\\.)++)(?<=\S)\$(?!\d)"
    r"|\\\((?P<round>(?:[^\\]|\\[^()])++)\\\)"
    r"|\\\[(?P<square>(?:[^\\]|\\[^\[\]])++)\\\])",
    re.DOTALL,
)
_TEXT = re.compile(r"\\(?:text(?:bf|it|rm)?|mathrm|mathbf|mbox|operatorname)\s?\{([^{}]*+)\}")
_FORMULA = re.compile(r"[\\^_={}<>]")
_WORD = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{2,}+(?:['’][a-z]+)?(?![A-Za-z}])")
_JOINT = re.compile(r"\A\s*(?:(?:and|or)\b|a(?=\s[0-9\\$]))|\b(?:and|or)\s*\Z")
_CUE = frozenset(
    ["is", "are", "was", "equals", "equal", "be", "get", "gives", "becomes", "obtain", "have"]
)
_DENIED = frozenset(["not", "than", "least", "most", "except", "isn't", "never", "cannot"])
_SAYS_SOMETHING = re.compile(r"[0-9\\^=<>≤≥√π∞∅½⅓¼¾⅔]|\b(?:pi|sqrt)\b")


@dataclass(frozen=True, slots=True)
class Expression:
    """An answer as a term in normal form, or as text."""

    term: Node | string.Text

    def __str__(self) -> str:
        return str(self.term) if isinstance(self.term, string.Text) else write(self.term)


def read(text: str, problem: Problem) -> list[Expression]:
    """Return the different expressions `text` gives as its answer (more than one: ambiguous)."""
    text = tidy(text)
    if _is_text(problem.gold):
        return [Expression(found) for found in string.read(_unset(text), problem)]
    different: dict[Node, Expression] = {}
    for term in _terms(text):
        different.setdefault(stated(term).value, Expression(term))
    return list(different.values())


def equal(a: Expression, b: Expression, problem: Problem, settings: VerifySettings) -> bool:
    """Say whether two expressions are the same answer.

    Raises:
        Undecided: it was not settled within the caps, or `settings.deadline`.

    """
    x, y = a.term, b.term
    if isinstance(x, string.Text) or isinstance(y, string.Text):
        if not (isinstance(x, string.Text) and isinstance(y, string.Text)):
            return False
        return string.equal(x, y, problem, settings)
    return same(x, y, settings)


def wrong(problem: Problem) -> str:
    """Return the gold with one of its values greater by one."""
    if _is_text(problem.gold):
        return string.wrong(problem)
    readings = read(problem.gold, problem)
    term = readings[0].term if readings else None
    changed = None if term is None or isinstance(term, string.Text) else _greater(term)
    return "0" if changed is None else write(changed)


def _greater(term: Node) -> Node | None:
    """Return the term with its last value that can be greater by one greater by one."""
    if not isinstance(term, Apply) or term.head in ("+", "*", "^", "call"):
        is_value = term not in (INFINITY, Name("ℝ")) and INFINITY not in getattr(term, "args", ())
        return add((term, ONE)) if is_value else None
    for at in reversed(range(len(term.args) - (term.head == "unit"))):
        other = _greater(term.args[at])
        if other is not None:
            return Apply(term.head, (*term.args[:at], other, *term.args[at + 1 :]))
    return None


@lru_cache(maxsize=4096)
def _is_text(gold: str) -> bool:
    """Say whether a gold is words and no expression."""
    words = _unset(tidy(gold))
    is_formula = _term(gold) is not None or _FORMULA.search(words)
    return not is_formula and any(c.isalpha() for c in words)


def _unset(text: str) -> str:
    """Return text without the marks of LaTeX around it."""
    return _TEXT.sub(r"\1", _inline(text)).strip(" $")


def _inline(text: str) -> str:
    return _MATH.sub(lambda match: f" {_inside(match)} ", text)


def _inside(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None)


@lru_cache(maxsize=4096)
def _term(text: str) -> Node | None:
    """Return what the whole text says, None where it is no term."""
    bare = _inline(text).strip(' \t\n*`"').rstrip(".,;: ").strip("* ")
    try:
        return parse(bare)
    except Unreadable:
        return None


def _terms(text: str) -> list[Node]:
    whole = _term(text)
    if whole is not None:
        return [whole]
    parts = sentences(text)
    found = _opening(parts[0]) if parts else []
    for part in reversed(parts):
        found = found or _in_sentence(part)
    return found


def _opening(sentence: str) -> list[Node]:
    """Return the expression that a sentence begins with, unless it is an equation to solve."""
    formula = _MATH.match(sentence.lstrip(" *"))
    start, run = next(_runs(sentence), (1, ""))
    if formula:
        term = _term(_inside(formula))
        found = _joined(sentence) or ([] if term is None else [term])
    elif start == 0 and _SAYS_SOMETHING.search(run) and not _MATH.search(sentence):
        term = _term(run)
        found = [] if term is None else [term]
    else:
        return []
    is_to_solve = any(isinstance(part, Apply) and part.head == "=" for part in
                      (stated(term).value for term in found))  # fmt: skip
    return [] if is_to_solve else found


def _in_sentence(sentence: str) -> list[Node]:
    whole = _term(sentence)
    if whole is not None:
        return [whole]
    if _MATH.search(sentence):
        return _joined(sentence) or _segments(sentence)
    runs = list(_runs(sentence))
    cues = [at for at, _ in runs if _word_before(sentence, at) in _CUE]
    said = [(at, run) for at, run in runs if not cues or at >= cues[-1]]
    terms = [
        _term(_JOINT.sub("", run))
        for at, run in said
        if _SAYS_SOMETHING.search(run) and _word_before(sentence, at) not in _DENIED
    ]
    return [term for term in terms if term is not None]


def _joined(sentence: str) -> list[Node]:
    """Return what a sentence says from its first formula on, as in `$x = 1$ or $x = 2$`."""
    formulas = list(_MATH.finditer(sentence))
    start, end = formulas[0].start(), formulas[-1].end()
    if _word_before(sentence, start) in _DENIED:
        return []
    found = (_term(part) for part in (sentence[start:], sentence[start:end]))
    return [term for term in found if term is not None][:1]


def _segments(sentence: str) -> list[Node]:
    formulas = list(_MATH.finditer(sentence))
    cues = [f.start() for f in formulas if _word_before(sentence, f.start()) in _CUE]
    terms = [
        _term(_inside(formula))
        for formula in formulas
        if (not cues or formula.start() >= cues[-1])
        and _word_before(sentence, formula.start()) not in _DENIED
    ]
    return [term for term in terms if term is not None]


def _runs(sentence: str) -> Iterator[tuple[int, str]]:
    """Yield what stands between the words of a sentence, with its place."""
    at = 0
    for word in _WORD.finditer(sentence):
        if is_word(word.group()):
            is_changed = word.group().lower() in CHANGING
            if sentence[at : word.start()].strip() and not is_changed:
                yield at, sentence[at : word.start()]
            at = word.end()
    if sentence[at:].strip():
        yield at, sentence[at:]


def _word_before(sentence: str, at: int) -> str:
    """Return the word that ends before a place, in small letters."""
    return sentence[max(0, at - 20) : at].rstrip(" :*$").rpartition(" ")[2].lower()


__all__ = ["Expression", "Undecided", "equal", "read", "wrong"]
