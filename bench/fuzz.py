"""Mutated completions against the verifier: `python -m bench.fuzz --count 100000 --seed 1`.

Completions of the corpus of answer pairs and, where there is a data folder
(`COTUTOR_DATA`, else `../shared/data` beside the repository), of the recorded
transcripts are mutated at random and judged. Prints one JSON line: `n`, `exceptions`,
`over_50_ms`, the `slowest` verdicts (milliseconds, pair and beginning of the text),
`unscored` by reason, how many asked sympy's process for a proof, the `slowest_proofs`,
and `seconds`; each text over 50 ms or unscored goes to stderr.

A verdict's time is the processor time of this process; one over 50 ms is timed three
times and its fastest counts. A proof is made in another process, under the deadline of
the settings, so a verdict that asked for one is also timed by the clock on the wall.
"""

import argparse
import gzip
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from heapq import nlargest
from pathlib import Path

from bench.pairs import corpus, written

from cotutor.records import Problem, Verdict
from cotutor.verify import decide
from cotutor.verify.expression.symbolic import prove

LIMIT = 0.05
# Of the slowest so many are shown.
SHOWN = 5
TOKENS = """
0 1 9 -1 − ½ ² ٣ １ 𝟙 〇 , . .. % ٪ $ $$ € £ ° ' " “ ” # & ` ~ | ! ? : ;
= == ≠ < > ≤ \\le ± \\pm + - * ** × \\times \\cdot ⋅ / ^ _ \\ \\\\
( ) [ ] { } \\{ \\} \\( \\) \\left( \\right] \\begin{pmatrix} \\end{pmatrix}
\\boxed{ \\fbox{ \\text{ \\frac \\frac{ \\sqrt \\sqrt{ \\sqrt[3]{ √ \\pi π \\infty ∞ \\cup ∪ \\in ∅
e i x y x^2 sin log 1e9 1e999 10^ 1/0 0/0 1,000 1,00 3.14 12:30 05/01/2021 2021-02-30 1st May Sept.
A B (A) (B) C) I or and not no yes No. Yes, none of the above either maybe Answer: answer is
#### --> <b> </b> <think> </think> &amp; \u200b \u202e \u0301 \ufeff \x00 一
"""
SOUP = (*TOKENS.split(), "\n", "\t", "\n\n", "- ", "1. ", "The answer is ", "\n\nQ:")

Mutation = Callable[[random.Random, str, str], str]


def _span(rng: random.Random, text: str) -> tuple[int, int]:
    first, second = rng.randint(0, len(text)), rng.randint(0, len(text))
    return min(first, second), max(first, second)


def _delete(rng: random.Random, text: str, _: str) -> str:
    start, end = _span(rng, text)
    return text[:start] + text[end:]


def _repeat(rng: random.Random, text: str, _: str) -> str:
    start, end = _span(rng, text)
    return text[:start] + text[start:end] * rng.choice((2, 3, 10, 50)) + text[end:]


def _splice(rng: random.Random, text: str, other: str) -> str:
    at, (start, end) = rng.randint(0, len(text)), _span(rng, other)
    return text[:at] + other[start:end] + text[at:]


def _stir(rng: random.Random, text: str, _: str) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + "".join(rng.choices(SOUP, k=rng.randint(1, 6))) + text[at:]


def _pump(rng: random.Random, text: str, _: str) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(SOUP) * rng.choice((5, 50, 500, 5000)) + text[at:]


def _digits(rng: random.Random, text: str, _: str) -> str:
    at = rng.randint(0, len(text))
    many = "".join(rng.choices("0123456789.,", k=rng.choice((1, 5, 40, 400, 5000))))
    return text[:at] + many + text[at:]


def _replace(rng: random.Random, text: str, _: str) -> str:
    at = rng.randint(0, len(text))
    return (
        text[:at] + chr(rng.choice((rng.randrange(0x300), rng.randrange(0xD800)))) + text[at + 1 :]
    )


def _case(rng: random.Random, text: str, _: str) -> str:
    start, end = _span(rng, text)
    return text[:start] + text[start:end].swapcase() + text[end:]


MUTATIONS: tuple[Mutation, ...] = (
    _delete, _repeat, _splice, _stir, _stir, _pump, _digits, _replace, _replace, _case,
)  # fmt: skip
LONGEST = 20_000


def mutated(rng: random.Random, text: str, other: str) -> str:
    """Return `text` after one to five random changes, some with pieces of `other`."""
    for _ in range(rng.randint(1, 5)):
        text = rng.choice(MUTATIONS)(rng, text, other)[:LONGEST]
    return text


def recorded() -> list[str]:
    """Return the completions of the recorded transcripts, none where there is no data folder."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("COTUTOR_DATA", beside)) / "teacher"
    completions = []
    for path in sorted(folder.glob("*.jsonl*")):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as file:
            for row in map(json.loads, file):
                completions.append(row.get("rationale", "") + row["answer_prompt_output"])
    return completions


def timed(problem: Problem, completion: str) -> tuple[Verdict, float]:
    """Return a verdict and the processor seconds it took, the fastest of three if slow."""
    trace = written(problem, completion)
    fastest = float("inf")
    for _ in range(3):
        began = time.process_time()
        verdict = decide(problem, trace)
        fastest = min(fastest, time.process_time() - began)
        if fastest <= LIMIT:
            break
    return verdict, fastest


class Slowest:
    """The longest times and what took them, in milliseconds."""

    def __init__(self) -> None:
        self.found: list[tuple[float, str, str]] = []

    def add(self, seconds: float, pair: str, text: str) -> None:
        """Take a time into account."""
        if len(self.found) < SHOWN or seconds * 1000 > self.found[-1][0]:
            row = (round(seconds * 1000, 2), pair, text[:80])
            self.found = nlargest(SHOWN, [*self.found, row])


def fuzz(count: int, seed: int) -> dict[str, object]:
    """Judge `count` mutated completions and return what was seen."""
    rng = random.Random(f"fuzz {seed}")
    pairs = corpus()
    problems = [pair.problem() for pair in pairs]
    texts = [pair.completion for pair in pairs] + recorded()
    exceptions = over = proofs = 0
    unscored: Counter[str | None] = Counter()
    slowest, slowest_proofs = Slowest(), Slowest()
    began = time.perf_counter()
    for _ in range(count):
        at = rng.randrange(len(pairs))
        own = rng.random() < 0.6
        text = mutated(rng, texts[at] if own else rng.choice(texts), rng.choice(texts))
        asked, started = prove.cache_info().misses, time.perf_counter()
        try:
            verdict, seconds = timed(problems[at], text)
        except Exception as error:  # noqa: BLE001 - what is counted here
            exceptions += 1
            sys.stderr.write(f"{pairs[at].id} {error!r:.200} {text[:300]!r}\n")
            continue
        slowest.add(seconds, pairs[at].id, text)
        if prove.cache_info().misses > asked:
            proofs += 1
            slowest_proofs.add(time.perf_counter() - started, pairs[at].id, text)
        if verdict.outcome == "unscored":
            unscored[verdict.reason] += 1
            sys.stderr.write(f"{pairs[at].id} {verdict.reason} {text[:300]!r}\n")
        if seconds > LIMIT:
            over += 1
            sys.stderr.write(f"{pairs[at].id} {seconds * 1000:.0f} ms {text[:300]!r}\n")
    return {
        "n": count,
        "seed": seed,
        "exceptions": exceptions,
        "over_50_ms": over,
        "slowest": slowest.found,
        "unscored": dict(unscored),
        "proofs": proofs,
        "slowest_proofs": slowest_proofs.found,
        "seconds": round(time.perf_counter() - began, 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Judge mutated completions.")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(fuzz(given.count, given.seed), ensure_ascii=False) + "\n")
