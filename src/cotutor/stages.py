"""What each stage does in a run directory: read records, call a stage function, write records."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from cotutor.collect import collect
from cotutor.config import RunConfig
from cotutor.curate import Scorer, Tally, answer_examples, cot_examples, curate, gate_unscored
from cotutor.curate.files import by_problem, writing
from cotutor.curate.settings import SCORED
from cotutor.errors import ConfigError, DataError, GateError
from cotutor.evaluate.accuracy import Judged
from cotutor.format import Shot, parse, training_format
from cotutor.generate import Generator
from cotutor.generate.human import HumanTeacher
from cotutor.generate.settings import LocalSettings
from cotutor.problems import contamination, gate_contamination, load, overlap
from cotutor.progress import say, track
from cotutor.records import Example, Problem, Trace, Verdict, digest
from cotutor.report.model import ALL
from cotutor.store import Journal, read_records, write_records
from cotutor.teachers import by_teacher, open_baseline, open_teacher
from cotutor.train import Arm
from cotutor.verify import decide, prove


@dataclass(frozen=True)
class Run:
    """A run directory, its configuration, and its problems by role."""

    config: RunConfig
    folder: Path
    train: tuple[Problem, ...]
    tested: tuple[Problem, ...]
    validation: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Problem]:
        """All problems by id; a problem of both roles is the same problem."""
        return {problem.id: problem for problem in (*self.train, *self.tested)}

    def journal(self, *parts: str) -> Journal:
        """Return a journal of the run directory."""
        return Journal(self.folder.joinpath(*parts))

    def kept(self) -> list[Trace]:
        """Return the traces that curation kept, in order."""
        return list(read_records(self.folder / "kept.jsonl", Trace))

    def judged(self, arm: str) -> list[Judged]:
        """Return an arm's traces on the tested problems with their verdicts."""
        folder = self.folder / "eval" / arm
        traces = {t.id: t for t in Journal(folder / "traces.jsonl").read(Trace)}
        return [(traces[v.trace_id], v) for v in read_records(folder / "verdicts.jsonl", Verdict)]


def open_run(config: RunConfig, folder: Path) -> Run:
    """Load and check everything that a run rests on, before any work.

    Raises:
        DataError: the problems cannot be read, a gold cannot, or training and
            tested problems overlap.
        ConfigError: an option for the trainer is wrong.

    """
    from cotutor.train.options import check_trainer

    train = load(config.problems.train, seed=config.seed)
    source = getattr(config.problems, config.evaluate.split)
    tested = load(source, seed=config.seed)
    validation = _validation(config, train, tested)
    for problem in prove((*train, *tested, *validation), config.verify):
        raise DataError(
            f"problem {problem.id} of {problem.task}: the gold answer {problem.gold!r} "
            f"cannot be read as {problem.kind}"
        )
    shared = overlap(train, tested)
    strange = {p.task for p in tested} - {p.task for p in train}
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
        warnings=(*shared.sentences(), *([_TUNING] if role == "validation" else [])),
    )


_TUNING = "the tested problems are the validation split: figures for tuning, not results"


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
    return digest([p.model_dump() for p in run.train], [p.model_dump() for p in run.tested])


def base_content(run: Run) -> str | None:
    """Return a digest of a local base: other weights of the same name are another run."""
    from cotutor.models import weights_digest

    return weights_digest(run.config.sft.base)


def write_problems(run: Run) -> dict[str, Any]:
    """Write the problems with their roles."""
    write_records(run.folder / "problems.jsonl", (*run.train, *run.tested))
    return {"train": len(run.train), run.config.evaluate.split: len(run.tested)}


def collect_traces(run: Run) -> dict[str, Any]:
    """Ask the teacher for its traces of the training problems."""
    teacher = open_teacher(run.config, run.folder)
    samples = run.config.teacher.samples
    journal = run.journal("traces.jsonl")
    traces = collect(run.train, teacher, journal, samples=samples, what="collect traces")
    teachers = {name: trace_counts(some) for name, some in by_teacher(traces).items()}
    return trace_counts(traces) | {"tally": teacher.tally(), "teachers": teachers}


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


def curate_traces(run: Run) -> dict[str, Any]:
    """Judge the training traces; keep what may be learnt from, and the rejects with reasons."""
    settings = run.config.curate
    groups = by_problem(run.folder / "traces.jsonl", run.train, run.config.teacher.samples)
    groups = track(groups, "curate traces", len(run.train))
    names = ("verdicts.jsonl", "rejected.jsonl", "kept.jsonl")
    judge = partial(decide, settings=run.config.verify, steps=settings.checks_steps)
    tally = Tally()
    with writing(*(run.folder / name for name in names)) as (verdicts, rejected, kept):
        for made in curate(groups, settings, judge, _scorer(run)):
            verdicts(made.verdicts)
            rejected(made.rejects)
            kept(made.kept)
            tally.add(made)
    if not tally.kept:
        listed = ", ".join(f"{reason} {count}" for reason, count in tally.rejected.most_common())
        raise GateError(f"curation kept none of {tally.traces} traces: {listed}")
    return tally.counts()


def _scorer(run: Run) -> Scorer | None:
    """Return what scores traces for the student's base, None where traces are chosen without."""
    select, sft = run.config.curate.select, run.config.sft
    if select not in SCORED:
        return None
    from cotutor.curate.score import SCORES, Base
    from cotutor.models import load_model

    model, tokenizer = load_model(sft.base, revision=sft.revision)
    judge = partial(decide, settings=run.config.verify)
    base = Base(model, tokenizer, training_format(sft.format, reasoning=True), judge)
    return partial(SCORES[select], base)


def write_examples(run: Run) -> dict[str, Any]:
    """Write the training rows of every arm as text."""
    counts: dict[str, Any] = {}
    for arm in run.config.students:
        counts[arm.name] = write_records(_examples_path(run, arm), _examples(run, arm))
    return counts | {"contamination": _contamination(run)}


def _contamination(run: Run) -> dict[str, Any]:
    """Stop where training rows hold tested problems; count what a published split has of it."""
    paths = (_examples_path(run, arm) for arm in run.config.students)
    rows = (row for path in paths for row in read_records(path, Example))
    found = contamination(rows, run.train, run.tested, run.config.contamination)
    return found.counts() | {"warnings": gate_contamination(found, run.config.contamination)}


def _examples_path(run: Run, arm: Arm) -> Path:
    return run.folder / "examples" / f"{arm.name}.jsonl"


def _examples(run: Run, arm: Arm) -> list[Example]:
    fmt = training_format(run.config.sft.format, reasoning=arm.reasoning == "traces")
    if arm.reasoning == "none":
        return answer_examples(run.train, fmt)
    return cot_examples(run.by_id, run.kept(), fmt, arm.samples)


def audit_rows(run: Run) -> dict[str, Any]:
    """Tokenize every arm's examples and tell what becomes of them, before any training.

    Raises:
        DataError: a row cannot be trained as it is, or is longer than what the base can read.
        GateError: an arm has no row to train on.

    """
    from cotutor.models import load_config, load_tokenizer
    from cotutor.train.rows import audit_table, build_rows

    settings = run.config.sft
    tokenizer = load_tokenizer(settings.base, revision=settings.revision)
    config = load_config(settings.base, revision=settings.revision)
    audits = {}
    for arm in run.config.students:
        examples = list(read_records(_examples_path(run, arm), Example))
        fmt = training_format(settings.format, reasoning=arm.reasoning == "traces")
        is_pair = config.is_encoder_decoder
        _, audits[arm.name] = build_rows(examples, tokenizer, fmt, settings, is_pair=is_pair)
    for line in audit_table(audits):
        say(line)
    context = getattr(config.get_text_config(), "max_position_embeddings", None)
    for name, audit in audits.items():
        if not audit.rows:
            raise GateError(f"arm {name} has no training rows")
        if context is not None and audit.longest > context:
            raise DataError(
                f"the longest training row of arm {name} has {audit.longest} tokens, and "
                f"{settings.base} reads {context}: set sft.max_length to that"
            )
    return {"rows": {name: audit.model_dump() for name, audit in audits.items()}}


def students(run: Run, arm: Arm) -> dict[str, Path]:
    """Return the folder of each student of an arm by its task; `all` is one for all tasks."""
    folder = run.folder / "sft" / arm.name
    if not run.config.sft.one_per_task:
        return {ALL: folder}
    return {task: folder / task for task in _by_task(run.train)}


def fine_tune(run: Run, arm: Arm) -> dict[str, Any]:
    """Fine-tune the students of one arm; those that are whole already stay."""
    from cotutor.train.options import steps_for
    from cotutor.train.sft import train_arm
    from cotutor.watch import watch

    settings = run.config.sft
    arms = run.config.students if settings.equal_steps else (arm,)
    steps: dict[str, int] = {}
    for task, folder in students(run, arm).items():
        rows = {a.name: list(rows_of(run, a, task)) for a in arms}
        steps[task] = steps_for(max(map(len, rows.values())), settings)
        if not (folder / "training.json").exists():
            held = [p for p in run.validation if task in (ALL, p.task)]
            fmt = training_format(settings.format, reasoning=arm.reasoning == "traces")
            train_arm(
                arm, rows[arm.name], settings, folder=folder, steps=steps[task],
                seed=run.config.seed, watch=watch(arm, held, run.config, _decoding(run, fmt.name)),
            )  # fmt: skip
    return {"steps": steps}


def rows_of(run: Run, arm: Arm, task: str) -> Iterator[Example]:
    """Yield an arm's examples of one task, or of all."""
    for example in read_records(_examples_path(run, arm), Example):
        if task in (ALL, run.by_id[example.problem_id].task):
            yield example


def evaluate_student(run: Run, arm: Arm) -> dict[str, Any]:
    """Let the students of one arm answer the tested problems."""
    from cotutor.generate.local import LocalGenerator
    from cotutor.models import load_student

    traces: list[Trace] = []
    for task, folder in students(run, arm).items():
        model, tokenizer, student = load_student(folder)
        generator = LocalGenerator(model, tokenizer, _decoding(run, student.format), name=arm.name)
        problems = [p for p in run.tested if task in (ALL, p.task)]
        traces += _attempt(run, arm.name, generator, problems)
    return _judge(run, arm.name, traces)


def evaluate_prompting(run: Run, name: str) -> dict[str, Any]:
    """Let the untrained base answer the tested problems by prompting alone."""
    from cotutor.generate.local import LocalGenerator
    from cotutor.models import load_model

    model, tokenizer = load_model(run.config.sft.base, revision=run.config.sft.revision)
    shots = _shots(run) if name == "few-shot-cot" else {}
    traces: list[Trace] = []
    for task, problems in _by_task(run.tested).items():
        settings = _decoding(run, name, shots.get(task, ()))
        generator = LocalGenerator(model, tokenizer, settings, name=name)
        traces += _attempt(run, name, generator, problems)
    return _judge(run, name, traces, is_gated=False)


def _decoding(run: Run, fmt: str, shots: tuple[Shot, ...] = ()) -> LocalSettings:
    """Greedy decoding for an evaluation."""
    chosen = run.config.evaluate
    return LocalSettings(
        format=fmt,
        shots=shots,
        temperature=0.0,
        max_tokens=chosen.max_tokens,
        answer_max_tokens=chosen.answer_max_tokens,
        batch_size=chosen.batch_size,
        seed=run.config.seed,
    )


def _shots(run: Run) -> dict[str, tuple[Shot, ...]]:
    """Return exemplars per task: the first kept trace of the first problems that have one."""
    found: dict[str, dict[str, Shot]] = defaultdict(dict)
    for trace in run.kept():
        problem = run.by_id[trace.problem_id]
        shots = found[problem.task]
        if len(shots) < run.config.evaluate.shots:
            shots.setdefault(problem.id, Shot(problem.question, parse(trace).text, problem.gold))
    return {task: tuple(shots.values()) for task, shots in found.items()}


def _by_task(problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    groups: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        groups[problem.task].append(problem)
    return groups


def evaluate_teacher(run: Run) -> dict[str, Any]:
    """Let the teacher answer the tested problems, once each; a human did not."""
    teacher = open_baseline(run.config, run.folder)
    traces = _attempt(run, "teacher", teacher, run.tested)
    return _judge(run, "teacher", traces, is_gated=not isinstance(teacher, HumanTeacher))


def _attempt(run: Run, arm: str, generator: Generator, problems: Sequence[Problem]) -> list[Trace]:
    journal = run.journal("eval", arm, "traces.jsonl")
    return collect(problems, generator, journal, samples=1, what=f"evaluate {arm}")


def _judge(run: Run, arm: str, traces: Sequence[Trace], *, is_gated: bool = True) -> dict[str, Any]:
    """Write an arm's verdicts; a baseline that cannot be scored is absent from the report."""
    settings = run.config.verify
    verdicts = [decide(run.by_id[trace.problem_id], trace, settings) for trace in traces]
    if is_gated:
        gate_unscored(verdicts, run.config.evaluate.max_unscored, f"the attempts of {arm}")
    write_records(run.folder / "eval" / arm / "verdicts.jsonl", verdicts)
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    told = {key: outcomes[key] for key in ("correct", "unscored")}
    return trace_counts(traces) | told
