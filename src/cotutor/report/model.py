"""What a report holds, and the views that page, terminal and headline share.

Shares and accuracies are in 0-1, differences in -1 to 1, times in seconds.
`report.json` is this model as it stands; every derived view is a method.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cotutor.records import Comparison, Finish, Outcome, Record

ALL = "all"
"""The task name under which an arm's result over all tasks together stands."""

SKILL = "skill: "
"""The beginning of the task names under which single skills stand, beside all skills together."""

TRAINING_STAGE = "sft"
"""The stage whose counts are training rows."""

ArmKind = Literal["student", "prompting", "teacher", "chance"]
KINDS: tuple[ArmKind, ...] = ("student", "prompting", "teacher", "chance")

Mark = Literal["valid", "invalid", "unreadable", "unchecked"]
"""What the checker says of one step; unchecked: there is nothing in it that it checks."""

Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Arm(_Part):
    """One contender: a student, a way of prompting, the teacher, or chance.

    `samples` is the number of traces per problem a student was trained on (D,
    0 for answers alone): the students that have it make up the curve of
    accuracy against D. Leave it None for a student outside that series.
    """

    name: str
    kind: ArmKind
    samples: int | None = None


class Row(_Part):
    """The result of one arm on one task; `unscored` problems are left out of `n`.

    `format_rate` and `truncation_rate` are shares of the completions, `tokens`
    is their mean length.
    """

    arm: str
    task: str
    n: int
    accuracy: Share
    low: Share
    high: Share
    unscored: int = 0
    format_rate: Share | None = None
    truncation_rate: Share | None = None
    tokens: float | None = None


class Absent(_Part):
    """A cell of the table that has no row, with the reason."""

    arm: str
    task: str
    reason: str


class Training(_Part):
    """How one student was trained.

    `tokens` counts the tokens the loss was taken on, over all steps. `losses`
    are (step, loss) as logged, `validation` those on validation problems; a loss
    that was not finite is None in JSON.
    """

    arm: str
    examples: int
    problems: int
    tokens: int
    steps: int
    seconds: float
    losses: tuple[tuple[int, float | None], ...] = ()
    validation: tuple[tuple[int, float | None], ...] = ()


class Count(_Part):
    """`n` of `of` things dropped, or marked, at a stage, with the reason.

    `arm` is set where the things belong to one arm: the counts of stage `sft`
    with an arm are the training rows that this student lost.
    """

    stage: str
    what: str
    n: int
    of: int | None = None
    reason: str
    arm: str | None = None


class Teacher(_Part):
    """What the teacher was asked for, and what came of it.

    `correct` counts the traces that the verifier passed, `kept` those that
    curation kept, `failed` those that never came. `cost` is in the currency of
    the prices given.
    """

    name: str
    traces: int
    correct: int
    kept: int
    failed: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None


class Measure(_Part):
    """What one measure found for an arm on a task, with its 95 % interval where there is one.

    `name` is a key of `cotutor.report.measures.MEASURES`, which tells its unit and
    what it shows. `n` counts what it was taken over (problems, traces, steps or windows).
    `detectable` is, of a paired difference, the smallest that so many would have shown with
    80 % power. `is_loss`: it is for the worse beyond the run's margin, by its whole interval.
    """

    arm: str
    task: str
    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int
    detectable: float | None = None
    is_loss: bool = False


class Slice(_Part):
    """An arm's accuracy on a part of a task: where `by` (steps, template, source) is `level`.

    `set` is the set of `evaluate.also` that it is a part of, None for the tested problems.
    """

    arm: str
    task: str
    by: str
    level: str
    set: str | None = None
    accuracy: Share
    low: Share
    high: Share
    n: int

    @property
    def title(self) -> str:
        """Return what it is by, with the set that is not the tested one."""
        return self.by if self.set is None else f"{self.by}, {self.set}"


class Spent(_Part):
    """What an arm's strategy of inference came to on a task, and took per problem.

    Tokens and calls are means; `prompt_tokens` counts prompts as often as they were read.
    `is_best` says that no cheaper strategy is as accurate. `against` is the paired
    difference from the first strategy of the run, None for that one itself.
    """

    arm: str
    strategy: str
    task: str
    accuracy: Share
    low: Share
    high: Share
    n: int
    unscored: int = 0
    prompt_tokens: float
    completion_tokens: float
    calls: float
    is_best: bool = False
    against: Comparison | None = None

    @property
    def tokens(self) -> float:
        """Mean tokens a problem, read and written."""
        return self.prompt_tokens + self.completion_tokens


class Curve(_Part):
    """A measure along the reasoning: points of (share of it kept, value, low, high, n)."""

    arm: str
    task: str
    name: str
    points: tuple[tuple[Share, float, float, float, int], ...]


class Calibration(_Part):
    """How well a measure tells students of known faithfulness apart: AUROC with 95 % interval.

    `a` and `b` name the two kinds of students; above a half, `a` has the higher scores.
    `by_seed` are the AUROCs within each training seed.
    """

    name: str
    a: str
    b: str
    auroc: Share
    low: Share
    high: Share
    n_a: int
    n_b: int
    by_seed: tuple[Share, ...] = ()


class Calibrated(_Part):
    """What a calibration found: its rows, the training seeds, and `on` what problems."""

    on: str
    seeds: tuple[int, ...]
    rows: tuple[Calibration, ...]


class Step(_Part):
    """One step of a reasoning as the checker saw it; `fault` says what is untrue in it."""

    text: str
    mark: Mark
    fault: str | None = None


class Changed(_Part):
    """What a probe changed an attempt's answer to: (at what step, answer read), the first of `n`.

    Steps are counted from 0; None is the whole reasoning, and no answer.
    """

    probe: str
    places: tuple[tuple[int | None, str | None], ...]
    n: int


class Attempt(_Part):
    """One arm's completion of a problem, `answer` as the verifier read it.

    `steps` are those of the reasoning; `changed_by` says which probes changed the answer, of
    those that were made where it `is_probed`.
    """

    arm: str
    completion: str
    answer: str | None
    outcome: Outcome
    finish: Finish = "stop"
    reason: str | None = None
    steps: tuple[Step, ...] = ()
    changed_by: tuple[Changed, ...] = ()
    is_probed: bool = False

    @property
    def verdict(self) -> str:
        """Return right, wrong, truncated (a wrong one that was cut) or unscored."""
        if self.outcome == "incorrect" and self.finish == "length":
            return "truncated"
        return {"correct": "right", "incorrect": "wrong", "unscored": "unscored"}[self.outcome]


class SideBySide(_Part):
    """One problem with the attempts of several arms, the teacher's included."""

    problem_id: str
    task: str
    question: str
    gold: str
    attempts: tuple[Attempt, ...]


class Report(Record):
    """All that a run has to say.

    The first of `comparisons` over all tasks (else the first of all) is the one
    that the headline tells. Arms appear in the order given, within their kind.
    `left_out` counts the tested problems that are not in `side_by_side`, and `split`
    is the one that they are of.

    Raises:
        ValidationError: two arms share a name, or a part names an arm that is
            not in `arms`, so that no page could show it.

    """

    name: str
    created: datetime
    cotutor_version: str
    command: str
    seconds: float
    config: dict[str, Any]
    arms: tuple[Arm, ...]
    rows: tuple[Row, ...]
    absent: tuple[Absent, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    measures: tuple[Measure, ...] = ()
    slices: tuple[Slice, ...] = ()
    strategies: tuple[Spent, ...] = ()
    curves: tuple[Curve, ...] = ()
    calibration: Calibrated | None = None
    trainings: tuple[Training, ...] = ()
    teacher: Teacher | None = None
    counts: tuple[Count, ...] = ()
    side_by_side: tuple[SideBySide, ...] = ()
    left_out: int = 0
    split: Literal["heldout", "validation"] = "heldout"
    warnings: tuple[str, ...] = ()
    environment: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _knows_its_arms(self) -> Self:
        known = [arm.name for arm in self.arms]
        if len(set(known)) < len(known):
            raise ValueError(f"two arms have one name among {known}")
        named = {
            "rows": {row.arm for row in self.rows},
            "absent": {cell.arm for cell in self.absent},
            "measures": {measure.arm for measure in self.measures},
            "slices": {part.arm for part in self.slices},
            "strategies": {spent.arm for spent in self.strategies},
            "curves": {curve.arm for curve in self.curves},
            "trainings": {training.arm for training in self.trainings},
            "side_by_side": {a.arm for shown in self.side_by_side for a in shown.attempts},
            "comparisons": {arm for c in self.comparisons for arm in (c.a, c.b)},
        }
        for part, arms in named.items():
            if strangers := sorted(arms.difference(known)):
                raise ValueError(f"{part} name {strangers}, not in arms")
        return self

    @property
    def problems(self) -> str:
        """Return what the tested problems are called, by their split."""
        return {"heldout": "held-out problems", "validation": "validation problems"}[self.split]

    @property
    def tasks(self) -> list[str]:
        """Return the tasks in order of appearance, `all` first where there is one."""
        named = [row.task for row in self.rows] + [cell.task for cell in self.absent]
        return sorted(dict.fromkeys(named), key=lambda task: task != ALL)

    @property
    def overall(self) -> str | None:
        """Return the task that speaks for the run: `all`, or the only one there is."""
        tasks = self.tasks
        return tasks[0] if ALL in tasks or len(tasks) == 1 else None

    @property
    def main(self) -> Comparison | None:
        """Return the comparison that the headline tells."""
        whole = [c for c in self.comparisons if c.task == ALL]
        return next(iter((*whole, *self.comparisons)), None)

    def of_kind(self, kind: ArmKind) -> list[Arm]:
        """Return the arms of one kind, in order."""
        return [arm for arm in self.arms if arm.kind == kind]

    def arms_by_kind(self) -> list[Arm]:
        """Return students first, then prompting, the teacher, and chance."""
        return [arm for kind in KINDS for arm in self.of_kind(kind)]

    def row(self, arm: str, task: str | None) -> Row | None:
        """Return the row of that arm and task."""
        return next((r for r in self.rows if (r.arm, r.task) == (arm, task)), None)

    def rows_dropped(self, arm: str) -> int:
        """Return how many training rows a student lost, for whatever reason."""
        return sum(c.n for c in self.counts if (c.stage, c.arm) == (TRAINING_STAGE, arm))
