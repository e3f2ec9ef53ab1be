"""Template groups: questions that one wording was filled in for, found in any data set.

Numbers and names are masked, and a question becomes the set of its masked runs
of three words. Two questions are of one template when these sets are alike: by
their weighted Jaccard similarity, where a run weighs the more, the fewer groups
it occurs in. The groups are not known at first, so that every masked wording
begins as one of its own, and grouping and weighing take turns, loosely in the
first rounds. In the end the frame that all templates share ("What is the date
... in MM/DD/YYYY?") weighs next to nothing, and the story decides.

Agreement with the published template splits: adjusted Rand index 1.0 on
MultiArith (120 groups) and 0.95 on Date (39 of 41; the two pairs that are merged
differ in a name or a year only).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import fsum, log
from typing import NamedTuple

from cotutor.problems.vocabulary import words

ALIKE = 0.65
"""From which similarity on, 0 to 1, questions are of one template."""

_RUN = 3
_LOOSER = (0.25, 0.1, 0.0)
_ROUNDING = 1e-9
_WORD = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)?")
_NUMBER, _NAME = "#", "@"
_NUMBER_WORDS = frozenset(
    words(
        """
        zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty
        ninety hundred thousand million first second third fourth fifth sixth seventh eighth ninth
        tenth half
        """
    )
)

Runs = frozenset[int]


def template_groups(questions: Sequence[str], *, alike: float = ALIKE) -> list[int]:
    """Return the template group of each question, numbered from 0 by first appearance.

    Questions whose masked wording is the same are always in one group. Groups
    depend on the order of the questions where similarities lie about `alike`.
    """
    wordings = masked(questions)
    distinct = {wording: place for place, wording in enumerate(dict.fromkeys(wordings))}
    runs = _runs(distinct)
    groups = list(range(len(runs)))
    for looser in _LOOSER:
        groups = _group(runs, _weights(runs, groups), alike - looser)
    return [groups[distinct[wording]] for wording in wordings]


def template_names(questions: Sequence[str]) -> list[str]:
    """Return the template of each question: the masked wording of its group's first one."""
    first: dict[int, str] = {}
    pairs = zip(template_groups(questions), masked(questions), strict=True)
    return [first.setdefault(group, wording) for group, wording in pairs]


def masked(questions: Sequence[str]) -> list[str]:
    """Return the questions with numbers and names masked, and without punctuation.

    Numbers are digits and English number words; a name is a capitalised word
    that no question writes in lower case. Neighbouring masks become one.
    """
    read = [_WORD.findall(question) for question in questions]
    ordinary = {word for some in read for word in some if word.islower()}
    return [" ".join(_mask(some, ordinary)) for some in read]


def _mask(some: Iterable[str], ordinary: set[str]) -> Iterator[str]:
    last = ""
    for word in some:
        lower = word.lower()
        if lower.isdigit() or lower in _NUMBER_WORDS:
            now = _NUMBER
        else:
            now = _NAME if _is_name(word, ordinary) else lower
        if now not in (_NUMBER, _NAME) or now != last:
            yield now
        last = now


def _is_name(word: str, ordinary: set[str]) -> bool:
    stem = re.split("['’]", word)[0]
    return stem[0].isupper() and stem[1:].islower() and stem.lower() not in ordinary


def _runs(wordings: Iterable[str]) -> list[Runs]:
    """Return the runs of words in each wording, as numbers; a short wording is one run."""
    number: dict[tuple[str, ...], int] = {}
    found = []
    for wording in wordings:
        parts = wording.split()
        starts = range(max(1, len(parts) - _RUN + 1))
        runs = [tuple(parts[at : at + _RUN]) for at in starts]
        found.append(frozenset(number.setdefault(run, len(number)) for run in runs))
    return found


def _weights(runs: Sequence[Runs], groups: Sequence[int]) -> dict[int, float]:
    """Return the weight of each run: log(1 + groups / groups that have it)."""
    having = {(run, group) for some, group in zip(runs, groups, strict=True) for run in some}
    spread = Counter(run for run, _ in having)
    count = len(set(groups))
    return {run: log(1 + count / groups_with) for run, groups_with in spread.items()}


class _Ranked(NamedTuple):
    """A wording's runs, its heaviest ones, and the weight of all runs and of the others."""

    runs: Runs
    heavy: list[int]
    total: float
    rest: float


def _group(runs: Sequence[Runs], weight: dict[int, float], alike: float) -> list[int]:
    """Put each wording into the group whose first wording is most like it, or into a new one.

    Two wordings alike share one of their heaviest runs, and so much weight in
    them that the others can make up for the rest: few pairs are compared
    (prefix filtering: Chaudhuri, Ganti and Kaushik 2006; Xiao et al. 2008).
    """
    firsts: list[_Ranked] = []
    holders: dict[int, list[int]] = defaultdict(list)
    groups = []
    for some in runs:
        mine = _rank(some, weight, alike)
        shared: dict[int, float] = defaultdict(float)
        for run in mine.heavy:
            for group in holders.get(run, ()):
                shared[group] += weight[run]
        best = (alike, 1)
        for group, so_far in shared.items():
            first = firsts[group]
            enough = (mine.total + first.total) * alike / (1 + alike) - _ROUNDING
            if so_far + max(mine.rest, first.rest) >= enough:
                both = fsum(weight[run] for run in some & first.runs)
                best = max(best, (both / (mine.total + first.total - both), -group))
        is_new = best[1] == 1
        groups.append(len(firsts) if is_new else -best[1])
        if is_new:
            for run in mine.heavy:
                holders[run].append(len(firsts))
            firsts.append(mine)
    return groups


def _rank(some: Runs, weight: dict[int, float], alike: float) -> _Ranked:
    """Take the heaviest runs until less than `alike` of the weight is left."""
    ranked = sorted(some, key=lambda run: (-weight[run], run))
    total = rest = fsum(weight[run] for run in ranked)
    for place, run in enumerate(ranked):
        if rest < alike * total - _ROUNDING:
            return _Ranked(some, ranked[:place], total, rest)
        rest -= weight[run]
    return _Ranked(some, ranked, total, 0.0)
