"""A run directory opened: its configuration, its problems by role, and where records lie."""

import logging
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
from cotutor.evaluate.finished import ASKED, read_judged
from cotutor.format import Shot
from cotutor.generate.settings import LocalSettings
from cotutor.problems import overlap
from cotutor.reason import check
from cotutor.records import Problem, Trace, digest
from cotutor.stages.exemplars import check_exemplars
from cotutor.stages.sets import check_ids, read_set
from cotutor.store import Journal, read_records, write_json
from cotutor.train import Arm
from cotutor.verify import VERIFIER

logger = logging.getLogger(__name__)

_ALSO = "evaluate.also."


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
        DataError: the problems cannot be read, a gold cannot, a question has two, an id
            stands for two problems, or training and tested problems overlap.
        ConfigError: an option for the trainer, or a strategy's scorer, tool or prompt, is wrong.

    """
    from cotutor.train.options import check_trainer

    _check_strategies(config)
    role = config.evaluate.split
    sets, told = _sets(config)
    train, tested = sets["problems.train"], sets[f"problems.{role}"]
    validation = sets.get("problems.validation", [])
    if role != "validation":
        _check_validation(validation, train, tested)
    also = {key: some for key, some in sets.items() if key.startswith(_ALSO)}
    check_ids({f"problems.{role}": tested, **also})
    told += overlap(train, tested).sentences()
    for key, some in also.items():
        told += [f"{key}: {x}" for x in overlap(train, some, key=key).sentences()]
    trained = {problem.task for problem in train}
    strange = {p.task for p in chain(tested, *also.values())} - trained
    if config.sft.one_per_task and strange:
        raise ConfigError(f"sft.one_per_task: there are no training problems of {sorted(strange)}")
    check_exemplars(config, tested, trained, why="there are no training problems of")
    check_trainer(config.sft, is_validated=bool(validation))
    cautions = list(_cautions(config))
    for sentence in cautions:
        logger.warning("%s", sentence)
    return Run(
        config=config,
        folder=folder,
        train=tuple(p.model_copy(update={"split": "train"}) for p in train),
        tested=tuple(p.model_copy(update={"split": role}) for p in tested),
        validation=tuple(p.model_copy(update={"split": "validation"}) for p in validation),
        also={key.removeprefix(_ALSO): tuple(some) for key, some in also.items()},
        warnings=(*told, *cautions),
    )


def _check_strategies(config: RunConfig) -> None:
    for at, strategy in enumerate(config.evaluate.strategies):
        try:
            check(strategy)
        except (ConfigError, DataError) as error:
            raise type(error)(f"evaluate.strategies.{at}: {error}") from error


def _sets(config: RunConfig) -> tuple[dict[str, list[Problem]], list[str]]:
    """Load the problems by the keys that name them, and say what is to be known of them."""
    named = config.problems
    sources = {"problems.train": named.train, "problems.validation": named.validation}
    if config.evaluate.split == "heldout":
        sources["problems.heldout"] = named.heldout
    sources |= {f"{_ALSO}{name}": source for name, source in config.evaluate.also.items()}
    sets: dict[str, list[Problem]] = {}
    told: list[str] = []
    for key, source in sources.items():
        if source is not None:
            sets[key], sentences = read_set(key, source, config.verify, seed=config.seed)
            told += sentences
    for sentence in told:
        logger.warning("%s", sentence)
    return sets, told


def _cautions(config: RunConfig) -> Iterator[str]:
    """Yield what a reader of the report must know of its settings."""
    if config.evaluate.split == "validation":
        yield "the tested problems are the validation split: figures for tuning, not results"
    if config.evaluate.probed and config.evaluate.temperature > 0:
        yield "evaluate.temperature is above 0: no reasoning is probed, probes need greedy attempts"
    for arm in config.students:
        if arm.reasoning == "traces" and arm.samples > (most := config.traces(arm)):
            yield (
                f"{arm.name} is to have {arm.samples} samples, and at most {most} traces of a"
                f" problem are there for it: teacher.samples is {config.teacher.samples},"
                f" curate.per_problem {config.curate.per_problem}"
            )


def _check_validation(
    found: Sequence[Problem], train: Sequence[Problem], tested: Sequence[Problem]
) -> None:
    """Refuse validation problems that are trained on, or tested.

    Raises:
        DataError: there is such a problem.

    """
    for what, others in (("training", train), ("tested", tested)):
        asked = {" ".join(problem.question.split()): problem.id for problem in others}
        for problem in found:
            if (twin := asked.get(" ".join(problem.question.split()))) is not None:
                raise DataError(
                    f"validation problem {problem.id} has the question of {what} problem {twin}"
                )


def write_config(run: Run) -> None:
    """Write the configuration, and by id which problems are tested and which asked also."""
    write_json(run.folder / "config.json", run.config.resolved())
    also = {name: [problem.id for problem in some] for name, some in run.also.items()}
    noted = {"tested": [problem.id for problem in run.tested], "also": also}
    write_json(run.folder / ASKED, noted)


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
