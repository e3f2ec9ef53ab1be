"""Our verifier beside math-verify on the corpus of answer pairs: `python -m bench.pairs`.

Prints a table of false positives and false negatives, class by class, then one
JSON line of sums. math-verify is asked as kindly as it can be: the gold as
LaTeX, a bare expression in dollar signs, labels and yes/no as its strings; its
columns are empty for kinds it does not read (string, date).
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cotutor.records import Kind, Problem, Request, Trace, Verdict
from cotutor.verify import decide
from cotutor.verify.settings import VerifySettings

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "verify" / "pairs"
FOREIGN = ("string", "date")
"""Kinds that math-verify does not claim to read."""
MISTAKES = ("false positive", "false negative")
LATEX = ("expression", "list")
PROSE = re.compile(r"\$|\\[(\[]|boxed|####|(?<![\\A-Za-z{])(?!sqrt|sin|exp)[A-Za-z]{3,}")
"""Marks of a text in which LaTeX has its own delimiters, or which is more than one expression."""


@dataclass(frozen=True)
class Pair:
    """A gold and a completion, and whether a careful grader calls them equal."""

    id: str
    kind: Kind
    klass: str
    gold: str
    completion: str
    equal: bool
    why: str
    choices: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def problem(self) -> Problem:
        """Return the problem whose gold this is."""
        choices = [{"label": label, "text": text} for label, text in self.choices.items()]
        return Problem.make(
            task="pairs", question="", gold=self.gold, kind=self.kind, choices=choices
        )


def corpus() -> list[Pair]:
    """Return all pairs, kind by kind."""
    rows = [
        json.loads(line)
        for path in sorted(FOLDER.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [Pair(klass=row.pop("class"), **row) for row in rows]


def written(problem: Problem, completion: str) -> Trace:
    """Return a finished completion whose whole text is the answer."""
    return Trace.make(
        Request(problem=problem), generator="pairs", format="zero-shot",
        completion=completion, finish="stop",
    )  # fmt: skip


def judge(pair: Pair) -> Verdict:
    """Return our verdict on a pair."""
    problem = pair.problem()
    return decide(problem, written(problem, pair.completion), VerifySettings(**pair.settings))


def math_verify(kind: str, gold: str, completion: str, labels: tuple[str, ...] = ()) -> bool:
    """Return whether math-verify calls two answers equal, with the settings that suit the kind."""
    import math_verify as peer

    strings = {"choice": labels, "yes_no": ("yes", "no")}.get(kind)
    if strings:
        reading = [peer.StringExtractionConfig(strings=strings)]
        truth = peer.parse(gold, reading)
    else:
        reading = [peer.LatexExtractionConfig(), peer.ExprExtractionConfig()]
        truth = peer.parse(f"${gold}$", reading)
        if kind in LATEX and not PROSE.search(completion):
            completion = f"${completion}$"
    return bool(peer.verify(truth, peer.parse(completion, reading)))


def judged(pairs: list[Pair]) -> Iterator[tuple[Pair, bool, bool | None]]:
    """Yield each pair with what we and math-verify say, None where it does not read the kind."""
    for pair in pairs:
        theirs = None
        if pair.kind not in FOREIGN:
            labels = tuple(pair.choices)
            theirs = math_verify(pair.kind, pair.gold, pair.completion, labels)
        yield pair, judge(pair).outcome == "correct", theirs


def mistake(pair: Pair, said: bool | None) -> str | None:
    """Return which mistake it is to say so, None where it is none."""
    if said is None or said == pair.equal:
        return None
    return MISTAKES[0] if said else MISTAKES[1]


def table(pairs: list[Pair]) -> Iterator[str]:
    """Yield the lines of the table, and last the sums as JSON."""
    heads = [(who, what) for who in ("ours", "math-verify") for what in MISTAKES]
    counts: Counter[tuple[str, ...]] = Counter()
    for pair, ours, theirs in judged(pairs):
        counts[pair.kind, pair.klass] += 1
        for who, said in (("ours", ours), ("math-verify", theirs)):
            counts[pair.kind, pair.klass, who, mistake(pair, said) or ""] += 1
    yield f"{'kind':11}{'class':35} pairs  our FP  our FN   mv FP   mv FN"
    for kind, klass in dict.fromkeys((pair.kind, pair.klass) for pair in pairs):
        shown = heads[:2] if kind in FOREIGN else heads
        figures = "".join(f"{counts[kind, klass, *head]:8}" for head in shown)
        yield f"{kind:11}{klass:35}{counts[kind, klass]:6}{figures}"
    sums = {"pairs": len(pairs), "equal": sum(pair.equal for pair in pairs)}
    for head in heads:
        sums[" ".join(head) + "s"] = sum(n for key, n in counts.items() if key[2:] == head)
    yield json.dumps(sums)


if __name__ == "__main__":
    for line in table(corpus()):
        sys.stdout.write(line + "\n")
