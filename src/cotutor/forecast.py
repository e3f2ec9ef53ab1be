"""What a run will train, and what that takes: rows, steps, tokens, time, memory, money.

Said before the run, from what is there: the curated examples; else the teacher's own
words where asking it costs nothing; else bounds. Time and memory are estimates by the
formulas of `cotutor.train.estimate`, time by the speed of this run's earlier trainings
where there are any. Training alone is timed, not collecting and evaluating.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from cotutor.curate import answer_examples, cot_examples
from cotutor.format import Format, format_named, training_format
from cotutor.generate.settings import EndpointSettings
from cotutor.progress import aligned
from cotutor.records import Example, Problem, Request
from cotutor.report.model import ALL
from cotutor.report.words import duration
from cotutor.stages import Run, rows_of, students
from cotutor.store import read_json
from cotutor.teachers import each_teacher, open_teacher
from cotutor.train import Arm

SAMPLE = 300
"""Examples, or problems, that stand for all of them in lengths."""
_LETTERS = 4
"""Letters in a token of a prompt to an endpoint, roughly."""
_SPREAD = 1.3
"""By how much a training's speed may differ from that of the earlier ones."""
Span = tuple[float, float]


@dataclass(frozen=True)
class Outlook:
    """What is known of an arm's training: its steps, and the lengths of some of its rows.

    `lengths` are prompt and completion tokens. Of rows and of steps that are not known
    yet, there will be so many at most.
    """

    arm: str
    rows: int
    steps: int
    lengths: Sequence[tuple[int, int]]
    has_rows: bool
    has_steps: bool

    @property
    def completion(self) -> float:
        """Return the mean completion tokens of a row."""
        return mean(completion for _, completion in self.lengths)


def forecast(run: Run, due: set[str], price: float | None) -> list[str]:
    """Return lines for a person.

    Args:
        run: what is to be run.
        due: the names of the stages that are not done.
        price: money per hour of the machine that trains.

    Raises:
        BackendError: the base's tokenizer or configuration cannot be had.
        DataError: a row cannot be trained as it is.

    """
    told = list(_teaching(run)) if "collect" in due else []
    arms = {arm.name for arm in run.config.students if f"sft/{arm.name}" in due}
    if arms:
        told += _training(run, arms, price, is_curated="examples" not in due)
    return told


def _teaching(run: Run) -> Iterator[str]:
    """Yield what an endpoint teacher may be asked, write and cost, at most."""
    asked = [(s, s.samples * len(run.train)) for s in each_teacher(run.config)]
    if "teacher" in run.config.evaluate.compare:
        asked[0] = (asked[0][0], asked[0][1] + len(run.tested))
    for settings, samples in asked:
        if isinstance(settings, EndpointSettings):
            yield f"teacher {settings.model}: {_bound(settings, samples, run.train)}"


def _bound(settings: EndpointSettings, samples: int, problems: Sequence[Problem]) -> str:
    fmt = format_named(settings.format)
    prompt = mean(len(fmt.prompt(p, settings.shots)) for p in problems[:SAMPLE]) / _LETTERS
    prompts, written = samples * prompt, samples * settings.max_tokens
    if fmt.trigger is not None:
        prompts += samples * (prompt + settings.max_tokens)
        written += samples * settings.answer_max_tokens
    cost = (prompts * settings.price_in + written * settings.price_out) / 1e6
    told = [
        f"at most {samples:,} samples, {_amount(prompts)} tokens in and {_amount(written)} out",
        f"at most {cost:,.2f} by its prices" if cost else "no prices are given",
    ]
    if settings.max_cost is not None:
        told.append(f"stops at max_cost {settings.max_cost:g}")
    if settings.max_tokens_total is not None:
        told.append(f"stops at max_tokens_total {settings.max_tokens_total:,}")
    return "; ".join(told)


def _outlooks(run: Run, config: Any, *, is_curated: bool) -> list[Outlook]:
    from cotutor.models import load_tokenizer
    from cotutor.train.estimate import lengths
    from cotutor.train.options import steps_for
    from cotutor.train.rows import build_rows

    settings = run.config.sft
    tokenizer = load_tokenizer(settings.base, revision=settings.revision)
    known = {arm.name: _known(run, arm, is_curated=is_curated) for arm in run.config.students}
    found = []
    for arm in run.config.students:
        counts, some, is_bound = known[arm.name]
        fmt = training_format(settings.format, reasoning=arm.reasoning == "traces")
        rows, _ = build_rows(some, tokenizer, fmt, settings, is_pair=config.is_encoder_decoder)
        seen = [lengths(row) for row in rows]
        if is_bound and some[0].trace_id is None:
            longest = getattr(run.config.teacher, "max_tokens", settings.max_length)
            seen = [(p, max(1, min(longest, settings.max_length - p))) for p, _ in seen]
        others = known.values() if settings.equal_steps else [known[arm.name]]
        steps = sum(
            steps_for(max(rows[task] for rows, _, _ in others), settings)
            for task in students(run, arm)
        )
        is_open = any(bound for _, _, bound in others) and not settings.trainer.get("max_steps")
        found.append(Outlook(arm.name, counts.total(), steps, seen, not is_bound, not is_open))
    return found


def _known(run: Run, arm: Arm, *, is_curated: bool) -> tuple[Counter[str], list[Example], bool]:
    """Return an arm's rows by student, some examples, and whether both are bounds only.

    Examples without a trace stand for prompts whose completions are not known.
    """
    problems = run.train[:: -(-len(run.train) // SAMPLE)]
    fmt = training_format(run.config.sft.format, reasoning=arm.reasoning == "traces")
    if is_curated:
        rows = list(rows_of(run, arm, ALL))
        counts = Counter(_student(run, run.by_id[row.problem_id]) for row in rows)
        return counts, rows[:: -(-len(rows) // SAMPLE)], False
    counts = Counter(_student(run, problem) for problem in run.train)
    if arm.reasoning == "none":
        return counts, answer_examples(problems, fmt), False
    most = min(arm.samples, run.config.curate.per_problem, run.config.teacher.samples)
    if told := _recorded(run, fmt, most):
        counts = Counter(_student(run, run.by_id[row.problem_id]) for row in told)
        return counts, told[:: -(-len(told) // SAMPLE)], True
    told = _told(run, problems, fmt) or answer_examples(problems, fmt)
    return Counter({key: n * most for key, n in counts.items()}), told, True


def _student(run: Run, problem: Problem) -> str:
    return problem.task if run.config.sft.one_per_task else ALL


def _recorded(run: Run, fmt: Format, samples: int) -> list[Example]:
    """Return the examples that teachers have in files, `samples` a problem; none by others."""
    if any(one.generator not in ("human", "replay") for one in each_teacher(run.config)):
        return []
    most = run.config.teacher.samples
    asked = [Request(problem=p, sample=k) for p in run.train for k in range(most)]
    return _answered(run, asked, fmt, samples)


def _told(run: Run, problems: Sequence[Problem], fmt: Format) -> list[Example]:
    """Return an example of each problem by a teacher that makes them at once; none by others."""
    if run.config.teacher.generator != "symbolic":
        return []
    return _answered(run, [Request(problem=problem) for problem in problems], fmt, 1)


def _answered(run: Run, asked: Sequence[Request], fmt: Format, samples: int) -> list[Example]:
    """Return examples of what the teacher answers, `samples` a problem at most."""
    teacher = open_teacher(run.config, run.folder)
    traces = (trace for trace in teacher.generate(asked) if trace.error is None)
    return cot_examples(run.by_id, traces, fmt, samples)


def _training(run: Run, arms: set[str], price: float | None, *, is_curated: bool) -> list[str]:
    from cotutor.models import empty_model, load_config
    from cotutor.train.adapters import attach
    from cotutor.train.estimate import Device, Shape

    settings = run.config.sft
    config = load_config(settings.base, revision=settings.revision)
    shape, device = Shape.of(attach(empty_model(config), settings)), Device.here()
    outlooks = _outlooks(run, config, is_curated=is_curated)
    due = [outlook for outlook in outlooks if outlook.arm in arms]
    known = _speed(run, shape)
    speeds = device.speeds() if known is None else (known / _SPREAD, known * _SPREAD)
    spans = [_seconds(run, shape, outlook, speeds) for outlook in due]
    basis = "rough" if known is None else "by this run's earlier trainings"
    counts = f"{_amount(shape.trained)} of {_amount(shape.parameters)} parameters"
    return [
        f"training {settings.base} ({settings.method}: {counts}) on {device.name}",
        *aligned(list(_cells(due, spans, run))),
        f"memory   about {_memory(run, shape, due, is_gpu=device.is_gpu)}",
        f"time     {_time(spans, basis, price)}",
    ]


def _cells(
    outlooks: Sequence[Outlook], spans: Sequence[Span | None], run: Run
) -> Iterator[list[str]]:
    yield ["", "rows", "prompt + completion", "steps", "tokens trained", "time"]
    for outlook, span in zip(outlooks, spans, strict=True):
        rows, steps = ("" if has else "≤ " for has in (outlook.has_rows, outlook.has_steps))
        prompt = mean(prompt for prompt, _ in outlook.lengths)
        tokens = outlook.steps * _rows_a_step(run) * outlook.completion
        yield [
            outlook.arm,
            f"{rows}{outlook.rows:,}",
            f"{prompt:,.0f} + {outlook.completion:,.0f}",
            f"{steps}{outlook.steps:,}",
            f"{steps}{_amount(tokens)}",
            "not known" if span is None else _span(*span),
        ]


def _rows_a_step(run: Run) -> int:
    trainer = run.config.sft.trainer
    batch = int(trainer.get("per_device_train_batch_size", 8))
    return batch * int(trainer.get("gradient_accumulation_steps", 1))


def _seconds(run: Run, shape: Any, outlook: Outlook, speeds: Span | None) -> Span | None:
    from cotutor.train.estimate import mean_flops

    if speeds is None:
        return None
    flops = outlook.steps * _rows_a_step(run) * mean_flops(shape, outlook.lengths)
    return flops / speeds[1], flops / speeds[0]


def _speed(run: Run, shape: Any) -> float | None:
    """Return the FLOP/s of plain rows that this run's trainings reached, None before the first."""
    from cotutor.train.estimate import row_flops

    flops = seconds = 0.0
    for path in (run.folder / "sft").rglob("training.json"):
        made = read_json(path)
        audit = made["audit"]
        prompt, completion = (audit[f"{part}_tokens"] / audit["rows"] for part in _PARTS)
        rows = made["trained_tokens"] / completion
        flops += rows * row_flops(shape, round(prompt), round(completion))
        seconds += made["seconds"]
    return flops / seconds if seconds else None


_PARTS = ("prompt", "completion")


def _memory(run: Run, shape: Any, outlooks: Sequence[Outlook], *, is_gpu: bool) -> str:
    """Return the peak of the arm that takes the most, in words."""
    from cotutor.train.estimate import Load, peak_memory
    from cotutor.train.options import trainer_config
    from cotutor.train.sft import SMALL

    settings = run.config.sft
    options = trainer_config(settings, run.folder, steps=1, seed=0)
    loads = []
    for outlook in outlooks:
        longest = max(map(sum, outlook.lengths))
        rows = min(options.per_device_train_batch_size, max(1, settings.pass_tokens // longest))
        loads.append(
            Load(
                rows, longest, longest if settings.layout == "padded" else rows * longest,
                outlook.completion, is_bf16=options.bf16,
                is_quantized=settings.method == "qlora",
                is_checkpointed=options.activation_checkpointing,
                is_eager=not is_gpu and shape.parameters < SMALL,
            )
        )  # fmt: skip
    peak = max((peak_memory(shape, load, is_gpu=is_gpu) for load in loads), key=lambda m: m.total)
    parts = ", ".join(f"{name} {_bytes(size)}" for name, size in vars(peak).items() if size)
    return f"{_bytes(peak.total)} ({parts})"


def _time(spans: Sequence[Span | None], basis: str, price: float | None) -> str:
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        return "not known: the speed of this GPU is not in the table"
    low, high = (sum(ends) for ends in zip(*known, strict=True))
    told = f"{_span(low, high)} for training alone ({basis})"
    if price is not None:
        told += f", {low / 3600 * price:,.2f} to {high / 3600 * price:,.2f} at {price:g} an hour"
    return told


def _span(low: float, high: float) -> str:
    return f"{duration(low)} to {duration(high)}"


def _amount(count: float) -> str:
    """Return 1,234,567 as `1.2 M`."""
    if count >= 1e6:
        return f"{count / 1e9:.1f} G" if count >= 1e9 else f"{count / 1e6:.1f} M"
    return f"{count / 1e3:,.0f} k" if count >= 1e4 else f"{count:,.0f}"


def _bytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.0f} MB"
