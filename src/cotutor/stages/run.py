"""A run directory opened: its configuration, its problems by role, and where records lie."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from cotutor.config import RunConfig
from cotutor.errors import ConfigError, DataError
from cotutor.evaluate.accuracy import Judged
from cotutor.evaluate.finished import read_judged
from cotutor.format import Shot
from cotutor.generate.settings import LocalSettings
from cotutor.problems import load, overlap
from cotutor.reason import check
from cotutor.records import Problem, Trace, digest
from cotutor.store import Journal, read_records
from cotutor.train import Arm
from cotutor.verify import VERIFIER, prove


@dataclass(frozen=True)
class Run:
    """A run directory, its configuration, and its problems by role."""

    config: RunConfig
    folder: Path
    train: tuple[Problem, ...]
    tested: tuple[Problem, ...]
    validation: tuple[Problem, ...] = ()
    also: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Problem]:
        """All problems by id; a problem of several roles is the same problem."""
        others = chain.from_iterable(self.also.values())
        return {problem.id: problem for problem in (*others, *self.train, *self.tested)}

    @cached_property
    def asked(self) -> tuple[Problem, ...]:
        """The problems that students answer: the tested ones, then those asked also."""
        also = chain.from_iterable(self.also.values())
        return tuple({problem.id: problem for problem in (*self.tested, *also)}.values())

    def journal(self, *parts: str) -> Journal:
        """Return a journal of the run directory."""
        return Journal(self.folder.joinpath(*parts))

    def kept(self) -> list[Trace]:
        """Return the traces that curation kept, in order."""
        return list(read_records(self.folder / "kept.jsonl", Trace))

    def judged(self, arm: str) -> list[Judged]:
        """Return an arm's traces on the tested problems with their verdicts."""
        tested = {problem.id for problem in self.tested}
        return [pair for pair in self.all_judged(arm) if pair[0].problem_id in tested]

    def all_judged(self, arm: str) -> list[Judged]:
        """Return all of an arm's traces with their verdicts."""
        return read_judged(self.folder / "eval" / arm)


def open_run(config: RunConfig, folder: Path) -> Run:
    """Load and check everything that a run rests on, before any work.

    Raises:
        DataError: the problems cannot be read, a gold cannot, or training and
            tested problems overlap.
        ConfigError: an option for the trainer, or a strategy's scorer or tool, is wrong.

    """
    from cotutor.train.options import check_trainer

    for strategy in config.evaluate.strategies:
        check(strategy)
    train = load(config.problems.train, seed=config.seed)
    source = getattr(config.problems, config.evaluate.split)
    tested = load(source, seed=config.seed)
    validation = _validation(config, train, tested)
    also = {name: load(some, seed=config.seed) for name, some in config.evaluate.also.items()}
    others = list(chain.from_iterable(also.values()))
    for problem in prove((*train, *tested, *validation, *others), config.verify):
        raise DataError(
            f"problem {problem.id} of {problem.task}: the gold answer {problem.gold!r} "
            f"cannot be read as {problem.kind}"
        )
    shared = overlap(train, tested)
    told = [
        f"evaluate.also.{name}: {x}"
        for name in also
        for x in overlap(train, also[name]).sentences()
    ]
    strange = {p.task for p in (*tested, *others)} - {p.task for p in train}
    if config.sft.one_per_task and strange:
        raise ConfigError(f"sft.one_per_task: there are no training problems of {sorted(strange)}")
    check_trainer(config.sft, is_validated=bool(validation))
    role = config.evaluate.split
    return Run(
        config=config,
        folder=folder,
        train=tuple(p.model_copy(update={"split": "train"}) for p in train),
        tested=tuple(p.model_copy(update={"split": role}) for p in tested),
        validation=tuple(p.model_copy(update={"split": "validation"}) for p in validation),
        also={name: tuple(some) for name, some in also.items()},
        warnings=(*shared.sentences(), *told, *_cautions(config)),
    )


def _cautions(config: RunConfig) -> Iterator[str]:
    """Yield what a reader of the report must know of its settings."""
    if config.evaluate.split == "validation":
        yield "the tested problems are the validation split: figures for tuning, not results"
    if config.evaluate.probed and config.evaluate.temperature > 0:
        yield "evaluate.temperature is above 0: no reasoning is probed, probes need greedy attempts"


def _validation(
    config: RunConfig, train: Sequence[Problem], tested: Sequence[Problem]
) -> Sequence[Problem]:
    """Load the validation problems, if any.

    Raises:
        DataError: one of them is trained on, or tested.

    """
    if config.evaluate.split == "validation":
        return tested
    if config.problems.validation is None:
        return ()
    found = load(config.problems.validation, seed=config.seed)
    for what, others in (("training", train), ("tested", tested)):
        asked = {" ".join(problem.question.split()): problem.id for problem in others}
        for problem in found:
            if (twin := asked.get(" ".join(problem.question.split()))) is not None:
                raise DataError(
                    f"validation problem {problem.id} has the question of {what} problem {twin}"
                )
    return found


def validation_content(run: Run) -> str | None:
    """Return a digest of the validation problems, None without any."""
    return digest([p.model_dump() for p in run.validation]) if run.validation else None


def problems_content(run: Run) -> str:
    """Return a digest of the problems: another file of the same name is another run."""
    return digest(*([p.model_dump() for p in some] for some in (run.train, run.asked)))


def judging(run: Run) -> dict[str, Any]:
    """Return all that shapes a verdict beside the trace: the verifier's settings and version."""
    return {"verify": run.config.verify.model_dump(mode="json"), "verifier": VERIFIER}


def base_content(run: Run) -> str | None:
    """Return a digest of a local base: other weights of the same name are another run."""
    from cotutor.models import weights_digest

    return weights_digest(run.config.sft.base)


def decoding(run: Run, fmt: str, shots: tuple[Shot, ...] = ()) -> LocalSettings:
    """Return how an evaluation decodes."""
    chosen = run.config.evaluate
    return LocalSettings(
        format=fmt,
        shots=shots,
        temperature=chosen.temperature,
        max_tokens=chosen.max_tokens,
        answer_max_tokens=chosen.answer_max_tokens,
        batch_size=chosen.batch_size,
        seed=run.config.seed,
    )


def by_task(problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    """Group problems by task."""
    groups: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        groups[problem.task].append(problem)
    return groups


def examples_path(run: Run, arm: Arm) -> Path:
    """Return where the training rows of an arm lie, as text."""
    return run.folder / "examples" / f"{arm.name}.jsonl"


def trace_counts(traces: Sequence[Trace]) -> dict[str, Any]:
    """Count traces, failures by reason, tokens and cost."""
    costs = [t.cost for t in traces if t.cost is not None]
    return {
        "traces": len(traces),
        "generator": " + ".join(dict.fromkeys(t.generator for t in traces)) or None,
        "failed": dict(Counter(t.error for t in traces if t.error is not None)),
        "prompt_tokens": _total(t.prompt_tokens for t in traces),
        "completion_tokens": _total(t.completion_tokens for t in traces),
        "cost": sum(costs) if costs else None,
    }


def _total(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
