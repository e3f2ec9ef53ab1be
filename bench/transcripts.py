"""Right answers for wrong reasons in recorded transcripts: `python bench/transcripts.py DATA`.

DATA is the folder with `teacher/`. For each recorded run with reasoning, a row of each of two
markdown tables, in shares with 95 % Wilson intervals, of those for which each can be told. The
first: of the answers that the verifier finds right, those whose chain has nothing to check,
holds a wrong equation, has an operand that is ungrounded, and one that is unsourced (neither in
the question nor a side of an earlier equation). The second: right and wrong answers that are
unsupported (never reached), those cut off by the token limit left out the second time.

`--show COUNT` prints so many alarms of each kind, drawn by digest over all files, to be read.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from cotutor.curate import breaks_off
from cotutor.format import parse
from cotutor.records import Findings, digest
from cotutor.statistics import wilson
from cotutor.verify import decide
from cotutor.verify.transcripts import Reading, Transcript, read

READING = Reading(fields={"completion": "answer_prompt_output", "reasoning": "rationale"})

Found = tuple[Transcript, Findings]


def is_whole(one: Found) -> bool:
    """Say whether the reasoning ends like a sentence, and within the limit of 128 tokens."""
    return not breaks_off(parse(one[0].trace).text)


# What can be told, and what is an alarm.
KINDS: dict[str, tuple[Callable[[Found], bool], Callable[[Findings], bool]]] = {
    "unchecked": (lambda _: True, lambda f: f.valid + f.invalid == 0),
    "wrong equation": (lambda one: one[1].valid + one[1].invalid > 0, lambda f: f.invalid > 0),
    "ungrounded": (lambda one: one[1].operands > 0, lambda f: f.ungrounded > 0),
    "unsourced": (lambda one: one[1].operands > 0, lambda f: bool(f.unsourced)),
    "unsupported": (
        lambda one: one[1].is_supported is not None, lambda f: f.is_supported is False,
    ),
    "unsupported, not cut off": (
        lambda one: one[1].is_supported is not None and is_whole(one),
        lambda f: f.is_supported is False,
    ),
}  # fmt: skip
OF_RIGHT = ("unchecked", "wrong equation", "ungrounded", "unsourced")
OF_BOTH = ("unsupported", "unsupported, not cut off")


def judged(path: Path) -> dict[str, list[Found]]:
    """Return the transcripts with a reasoning by outcome."""
    found: dict[str, list[Found]] = {"correct": [], "incorrect": []}
    for transcript in read(path, READING):
        verdict = decide(transcript.problem, transcript.trace, steps=True)
        if verdict.outcome in found and verdict.findings is not None:
            found[verdict.outcome].append((transcript, verdict.findings))
    return found


def cell(kind: str, found: list[Found]) -> str:
    """Return the share of alarms of a kind, of those for which it can be told."""
    can_tell, is_alarm = KINDS[kind]
    told = [one[1] for one in found if can_tell(one)]
    if not told:
        return "cannot be told"
    alarms = sum(map(is_alarm, told))
    share = wilson(alarms, len(told))
    return f"{alarms} of {len(told)}: {share.value:.1%} [{share.low:.1%}, {share.high:.1%}]"


def tables(runs: dict[str, dict[str, list[Found]]]) -> str:
    """Return both tables, a row a run."""
    heads = [f"{kind}, {of}" for kind in OF_BOTH for of in ("right", "wrong")]
    lines = [f"| data set | right answers | {' | '.join(OF_RIGHT)} |", "|---|---:|---|---|---|---|"]
    for name, found in runs.items():
        cells = [cell(kind, found["correct"]) for kind in OF_RIGHT]
        lines.append(f"| {name} | {len(found['correct'])} | {' | '.join(cells)} |")
    lines += ["", f"| data set | {' | '.join(heads)} |", "|---|---|---|---|---|"]
    for name, found in runs.items():
        cells = [cell(kind, some) for kind in OF_BOTH for some in found.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def show(found: list[Found], count: int) -> None:
    """Print alarms of each kind, to be read."""
    for kind, (can_tell, is_alarm) in KINDS.items():
        alarms = [one for one in found if can_tell(one) and is_alarm(one[1])]
        alarms.sort(key=lambda one: digest(kind, one[0].place))
        for number, (transcript, findings) in enumerate(alarms[:count], 1):
            said = parse(transcript.trace)
            sys.stdout.write(
                f"\n=== {kind} {number} of {len(alarms)}: {transcript.place}\n"
                f"{transcript.problem.question}\n--- {said.text}\n--- answer: {said.answer}"
                f" (gold {transcript.problem.gold}); {findings.fault}\n"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--show", type=int, default=0)
    arguments = parser.parse_args()
    files = sorted((arguments.data / "teacher").glob("*__zero_shot_cot.jsonl*"))
    runs = {file.name.partition("__")[0]: judged(file) for file in files}
    everything = {
        outcome: [one for run in runs.values() for one in run[outcome]]
        for outcome in ("correct", "incorrect")
    }
    sys.stdout.write(tables(runs | {"all": everything}))
    show(everything["correct"], arguments.show)
