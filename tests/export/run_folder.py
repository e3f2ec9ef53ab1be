"""Run directories made of records, without a run: problems, two arms, a configuration."""

from pathlib import Path

from cotutor.records import Problem, Request, Trace, Verdict
from cotutor.store import write_json, write_records

NAMES = {"c": "correct", "i": "incorrect", "u": "unscored"}


def problems(count=4, start=0):
    made = [
        Problem.make(
            task=task, question=f"{task} {n}?", gold=str(n), kind="number", split="heldout"
        )
        for task in ("sums", "dates")
        for n in range(start, start + count)
    ]
    return made


def write_run(
    folder: Path, arms: dict[str, str], *, asked=None, also=None, samples=1, **config
) -> Path:
    """A finished run; an arm's outcomes are one letter a sample, problem by problem.

    `also` are the sets of `evaluate.also`, whose problems come after the tested ones.
    """
    asked = problems() if asked is None else asked
    also = also or {}
    ids = {name: [problem.id for problem in some] for name, some in also.items()}
    write_json(folder / "asked.json", {"tested": [p.id for p in asked], "also": ids})
    asked = [*asked, *(problem for some in also.values() for problem in some)]
    students = [{"name": arm} for arm in arms]
    settings = {"name": folder.name, "students": students, "evaluate": {"compare": [], "shots": 1}}
    write_json(folder / "config.json", settings | config)
    write_records(folder / "problems.jsonl", asked)
    for arm, outcomes in arms.items():
        write_arm(folder / "eval" / arm, arm, asked, outcomes, samples)
    return folder


def write_arm(folder, arm, asked, outcomes, samples):
    requests = [Request(problem=p, sample=k) for p in asked for k in range(samples)]
    fmt = "few-shot-cot" if arm == "few-shot-cot" else "plain"
    traces, verdicts = [], []
    for request, letter in zip(requests, outcomes, strict=True):
        answer = request.problem.gold if letter == "c" else "99"
        trace = Trace.make(
            request, generator=arm, format=fmt, finish="stop", completion_tokens=5,
            completion="" if letter == "u" else f" It is <b>{answer}</b>.\nThe answer is {answer}",
            error="lost" if letter == "u" else None,
        )  # fmt: skip
        traces.append(trace)
        verdicts.append(
            Verdict(
                trace_id=trace.id,
                problem_id=request.problem.id,
                verifier="v",
                outcome=NAMES[letter],
                answer=None if letter == "u" else answer,
                reason=None if letter == "c" else "mismatch",
            )
        )
    write_records(folder / "traces.jsonl", traces)
    write_records(folder / "verdicts.jsonl", verdicts)
