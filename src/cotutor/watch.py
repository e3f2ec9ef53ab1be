"""What a training is watched with: validation problems become rows, and answers to judge.

The rows of a validation loss are written in the arm's own format. An arm of answers
learns from the gold answer, and its loss is on that. An arm of reasoning needs a
reasoning to be held against: that of the symbolic teacher, without a slip, for a problem
it can solve, else the human one that stands in the data; a problem with neither has no
row, since the likelihood of its bare answer is another thing. The arm's loss is on those
that have one; its level tells how near that wording is, its course whether
the student still learns or already overfits. Accuracy needs no reasoning.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from cotutor.config import RunConfig
from cotutor.curate import answer_examples, cot_examples
from cotutor.format import training_format
from cotutor.generate.human import HumanTeacher
from cotutor.generate.settings import LocalSettings
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.records import Example, Problem, Request, Trace, digest
from cotutor.train import Arm
from cotutor.train.validation import Validation, Watch
from cotutor.verify import decide


def watch(
    arm: Arm, problems: Sequence[Problem], config: RunConfig, decoding: LocalSettings
) -> Watch:
    """Return what one arm's training is watched with; without problems it is not validated."""
    validation = None
    if problems:
        drawn = sorted(problems, key=lambda problem: digest("validated", problem.id))
        validation = Validation(
            examples=_examples(arm, problems, config.sft.format),
            problems=drawn[: config.sft.validation_problems],
            decoding=decoding,
            judge=partial(decide, settings=config.verify),
        )
    return Watch(f"{config.name}/{arm.name}", config.resolved(), validation)


def _examples(arm: Arm, problems: Sequence[Problem], fmt: str) -> list[Example]:
    if arm.reasoning == "none":
        return answer_examples(problems, training_format(fmt, reasoning=False))
    by_id = {problem.id: problem for problem in problems}
    return cot_examples(by_id, _reasoned(problems), training_format(fmt, reasoning=True), 1)


def _reasoned(problems: Sequence[Problem]) -> Iterator[Trace]:
    """Yield a trace of each problem whose reasoning is known."""
    symbolic, human = SymbolicTeacher(), HumanTeacher()
    for problem in problems:
        if problem.program is not None:
            yield from symbolic.generate([Request(problem=problem, sample=0)])
        elif (problem.reasoning or "").strip():
            told = problem.model_copy(update={"split": "train"})  # it is trained on nowhere
            yield from human.generate([Request(problem=told, sample=0)])
