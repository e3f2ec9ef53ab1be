"""Which tasks have exemplars for few-shot prompts, told before anything rests on them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from cotutor.config import RunConfig
from cotutor.errors import ConfigError
from cotutor.evaluate.faithfulness import drawn
from cotutor.format import Shot
from cotutor.records import Problem, Request, Trace

FEW_SHOT = "few-shot-cot"


def check_exemplars(
    config: RunConfig, tested: Sequence[Problem], shown: Collection[str], *, why: str
) -> None:
    """Refuse a few-shot strategy on a task that will have no exemplar.

    Args:
        config: the run.
        tested: its tested problems.
        shown: the tasks that may have exemplars.
        why: the reason why others have none, which their names follow.

    Raises:
        ConfigError: there is such a task.

    """
    chosen = config.evaluate
    if all(arm.reasoning == "none" for arm in config.students):
        return
    asked = drawn(tested, chosen.strategy_problems or len(tested))
    missing = sorted({problem.task for problem in asked} - set(shown))
    for at, strategy in enumerate(chosen.strategies):
        if strategy.prompt == FEW_SHOT and missing:
            raise ConfigError(
                f"evaluate.strategies.{at}: {strategy.title} needs exemplars from training, and"
                f" {why} {', '.join(missing)}"
            )


def too_few(
    shots: Mapping[str, Sequence[Shot]], tasks: Collection[str], count: int
) -> Iterator[str]:
    """Yield a sentence for every task with exemplars, but less than `count`."""
    for task in tasks:
        if 0 < (found := len(shots.get(task, ()))) < count:
            yield (
                f"{FEW_SHOT} on {task}: {found} exemplars, where evaluate.shots is {count};"
                " curation kept traces of no more problems"
            )


class NoExemplars:
    """Answers no problem: without an exemplar a few-shot prompt would be another prompt."""

    name = FEW_SHOT

    def generate(self, requests: Iterable[Request]) -> Iterator[Trace]:
        """Yield a trace with an error per request."""
        for request in requests:
            yield Trace.make(
                request, generator=self.name, format=FEW_SHOT, completion="", finish="error",
                error=f"there is no exemplar of {request.problem.task}",
            )  # fmt: skip

    def tally(self) -> dict[str, int]:
        """Count nothing."""
        return {}
