"""What the step checker finds in human and model solutions: `python bench/step_checker.py DATA`.

DATA is the folder with `benchmarks/` and `teacher/`. Prints one line of JSON each for

    GSM8K's human solutions     how many hold an equation that is refuted
    slips planted in them       one result made wrong, with and without calculator marks:
                                how often the first bad step is that one
    procedural solutions        alarms on true ones; slips found, and in which step
    recorded model solutions    how many of the answer-correct ones hold a wrong equation

`--show` prints every alarm as well, and 25 recorded answer-correct solutions a
file drawn with a seed, to be looked at by eye.
"""

import gzip
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cotutor.problems.family import Hand
from cotutor.problems.procedural import FAMILIES, STORIES, problems
from cotutor.records import Findings, Problem
from cotutor.verify.steps.examine import examine
from cotutor.verify.steps.segment import steps

PLANTED, PROCEDURAL, LOOKED_AT = 3_000, 10_000, 25
MARK = re.compile(r"<<[^<>]*>>")
RESULT = re.compile(r"(?<=>>)\s?([0-9][0-9,]*(?:\.[0-9]+)?)")
SHOW = "--show" in sys.argv


def say(**figures: Any) -> None:
    """Print one line of figures."""
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSONL file, compressed or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return [json.loads(line) for line in file]


def problem(row: dict[str, Any], gold: str) -> Problem:
    """Return a row as a problem with a number for an answer."""
    return Problem.make(task="bench", kind="number", question=row["question"], gold=gold)


def human(solved: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Count the alarms on human solutions; return the rows without one."""
    count, clean = Counter[str](), []
    began = time.process_time()
    for row in solved:
        findings = examine(problem(row, row["answer"]), row["rationale"].partition("####")[0], None)
        assert findings is not None
        count.update(valid=findings.valid, invalid=findings.invalid, unreadable=findings.unreadable)
        count.update(alarmed=findings.first_bad is not None, ungrounded=findings.ungrounded > 0)
        if findings.first_bad is None:
            clean.append(row)
        elif SHOW:
            say(alarm=row["id"], step=findings.first_bad, fault=findings.fault)
    seconds = time.process_time() - began
    say(of="human", n=len(solved), **count, share=round(count["alarmed"] / len(solved), 4),
        a_second=round(len(solved) / seconds))  # fmt: skip
    return clean


def planted(clean: list[dict[str, Any]], *, marks: bool) -> None:
    """Make one result of a solution wrong and count where the first bad step is found."""
    count, rng = Counter[str](), random.Random(5)
    for row in rng.sample(clean, PLANTED):
        text = row["rationale"].partition("####")[0]
        results = list(RESULT.finditer(text))
        if not results:
            continue
        at = rng.choice(results)
        number = float(at[1].replace(",", "")) + rng.choice((1, 2, 3, 5, 10, 100))
        start, text = at.start(1), f"{text[: at.start(1)]}{number:.12g}{text[at.end(1) :]}"
        if not marks:
            start -= sum(len(mark[0]) for mark in MARK.finditer(text[:start]))
            text = MARK.sub("", text)
        findings = examine(problem(row, row["answer"]), text, None)
        assert findings is not None
        true = max(place for place, step in enumerate(steps(text)) if step.start <= start)
        bad = findings.first_bad
        count["exact" if bad == true else "missed" if bad is None else "other step"] += 1
    say(of="planted", marks=marks, n=count.total(), **count,
        exact_share=round(count["exact"] / count.total(), 4))  # fmt: skip


def procedural(name: str) -> None:
    """Count alarms on true solutions of a family, and the slips that are found."""
    family, count = FAMILIES[name], Counter[str]()
    ways = list(family.ways.items())
    made = problems(name, split="train", seed=11, count=PROCEDURAL // len(STORIES))
    for index, one in enumerate(made):
        program = family.program.model_validate(one.program)
        way, solve = ways[index % len(ways)]
        hand = Hand(one.id, way)
        true = solve(program, hand)
        count.update(true=1, alarmed=_bad(one, true.reasoning) is not None)
        slip = index % hand.notes
        slipped = solve(program, Hand(one.id, way, slip=slip)).reasoning
        bad, differs = _bad(one, slipped), _first_difference(true.reasoning, slipped)
        count.update(slips=1, found=bad is not None, exact=bad == differs)
    say(of=name, **count)


def _bad(one: Problem, text: str) -> int | None:
    findings = examine(one, text, None)
    return findings.first_bad if findings else None


def _first_difference(a: str, b: str) -> int:
    """Return the step of `b` in which it first says something else than `a`."""
    at = next((x for x, (p, q) in enumerate(zip(a, b, strict=False)) if p != q), len(b) - 1)
    return max(place for place, step in enumerate(steps(b)) if step.start <= at)


def recorded(path: Path) -> None:
    """Count the wrong equations in recorded solutions, by whether their answer is right."""
    for is_correct in (True, False):
        found = list(_examined(path, is_correct))
        bad = [(row, findings) for row, findings in found if findings.first_bad is not None]
        say(of=path.name.partition("__")[0], answer_correct=is_correct, n=len(found),
            with_equation=sum(f.valid + f.invalid > 0 for _, f in found), wrong=len(bad),
            share=round(len(bad) / len(found), 4),
            unsupported=sum(f.is_supported is False for _, f in found),
            ungrounded=sum(f.ungrounded > 0 for _, f in found))  # fmt: skip
        for row, findings in bad if SHOW else ():
            say(alarm=row["id"], step=findings.first_bad, fault=findings.fault)
        with_equation = [row for row, findings in found if findings.valid + findings.invalid]
        for row in random.Random(0).sample(with_equation, LOOKED_AT) if SHOW and is_correct else ():
            say(look=row["id"], rationale=row["rationale"].strip())


def _examined(path: Path, is_correct: bool) -> Iterator[tuple[dict[str, Any], Findings]]:
    for row in rows(path):
        if row["correct"] is is_correct:
            findings = examine(problem(row, row["gold"]), row["rationale"], row["predicted"])
            if findings:
                yield row, findings


if __name__ == "__main__":
    data = Path(sys.argv[1])
    right = human(rows(data / "benchmarks" / "gsm8k.jsonl.gz"))
    planted(right, marks=True)
    planted(right, marks=False)
    for family_name in STORIES:
        procedural(family_name)
    for task in ("gsm8k", "multiarith"):
        recorded(data / "teacher" / f"{task}__text-davinci-002__zero_shot_cot.jsonl")
