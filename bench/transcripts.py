"""Right answers for wrong reasons in recorded transcripts: `python bench/transcripts.py DATA`.

DATA is the folder with `teacher/`. For each recorded run with reasoning, a row of a markdown
table: of the answers that the verifier finds right, the share whose chain holds a wrong
equation, is unsupported (the answer was never reached; also without the reasonings that the
token limit cut off) or ungrounded (a number in an equation is neither in the question nor the
result of one), with 95 % Wilson intervals, of those for which each can be told.

`--show COUNT` prints so many alarms of each kind, drawn by digest over all files, to be read.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
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
    "wrong equation": (lambda one: one[1].valid + one[1].invalid > 0, lambda f: f.invalid > 0),
    "unsupported": (
        lambda one: one[1].is_supported is not None, lambda f: f.is_supported is False,
    ),
    "unsupported, not cut off": (
        lambda one: one[1].is_supported is not None and is_whole(one),
        lambda f: f.is_supported is False,
    ),
    "ungrounded": (lambda one: one[1].operands > 0, lambda f: f.ungrounded > 0),
}  # fmt: skip


def right(path: Path) -> Iterator[Found]:
    """Yield the transcripts with a right answer and a reasoning."""
    for transcript in read(path, READING):
        verdict = decide(transcript.problem, transcript.trace, steps=True)
        if verdict.outcome == "correct" and verdict.findings is not None:
            yield transcript, verdict.findings


def row(path: Path, found: list[Found]) -> str:
    """Return a row of the table."""
    cells = [path.name.partition("__")[0], str(len(found))]
    for can_tell, is_alarm in KINDS.values():
        told = [one[1] for one in found if can_tell(one)]
        if not told:
            cells.append("cannot be told")
            continue
        alarms = sum(map(is_alarm, told))
        share = wilson(alarms, len(told))
        cells.append(
            f"{alarms} of {len(told)}: {share.value:.1%} [{share.low:.1%}, {share.high:.1%}]"
        )
    return f"| {' | '.join(cells)} |"


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
    sys.stdout.write(
        f"| data set | right answers | {' | '.join(KINDS)} |\n|---|---:|---|---|---|---|\n"
    )
    everything: list[Found] = []
    for file in sorted((arguments.data / "teacher").glob("*__zero_shot_cot.jsonl*")):
        some = list(right(file))
        sys.stdout.write(row(file, some) + "\n")
        everything += some
    sys.stdout.write(row(Path("all"), everything) + "\n")
    show(everything, arguments.show)
