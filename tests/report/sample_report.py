"""Reports made up for the tests, and a reader of the page's markup."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from cotutor.records import Comparison
from cotutor.report.measures import About
from cotutor.report.model import (
    Absent,
    Arm,
    Attempt,
    Calibrated,
    Calibration,
    Changed,
    Count,
    Curve,
    Measure,
    Report,
    Row,
    SideBySide,
    Slice,
    Step,
    Teacher,
    Training,
)

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    '<img src=x onerror="alert(1)">',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "-->]]><!-- &lt;b&gt; &amp;",
    "\u202eevil\u2066\u200f\u2028\u2029",
    "\x00\x07\x1b[31mred\x1b[0m\x7f\x9b",
]


def make_report(**changes: Any) -> Report:
    """A full report: three students, prompting, teacher, chance, on two tasks."""
    text = changes.pop("text", "some text")
    tasks = changes.pop("tasks", ("coin_flip", "dates"))
    arms = (
        Arm(name="fine-tune", kind="student", samples=0),
        Arm(name="fine-tune-cot", kind="student", samples=1),
        Arm(name="diverse-8", kind="student", samples=8),
        Arm(name=f"few-shot {text}", kind="prompting"),
        Arm(name="symbolic", kind="teacher"),
        Arm(name="guess", kind="chance"),
    )
    rows = [
        make_row(arm.name, task, accuracy)
        for arm, accuracy in zip(arms, (0.3, 0.5, 0.8, 0.2, 1.0, 0.25), strict=True)
        for task in ("all", *tasks)
        if (arm.kind, task) != ("prompting", "dates")
    ]
    attempts = [
        Attempt(arm="fine-tune", completion=text, answer=text, outcome="incorrect", reason=text),
        Attempt(
            arm="diverse-8",
            completion=text,
            answer="7",
            outcome="correct",
            is_probed=True,
            changed_by=(Changed(probe=text, places=((None, text), (1, text)), n=2),),
        ),
        Attempt(arm="symbolic", completion=text, answer="7", outcome="correct"),
    ]
    full: dict[str, Any] = {
        "name": f"demo {text}", "created": datetime(2026, 11, 22, 4, 21, tzinfo=UTC),
        "cotutor_version": "0.1.0", "command": f"cotutor run {text}", "seconds": 283.4,
        "config": {"name": text, "sft": {"steps": 400}}, "arms": arms, "rows": rows,
        "absent": [Absent(arm=f"few-shot {text}", task="dates", reason=f"no exemplars {text}")],
        "comparisons": [compare(0.5, 0.4, 0.6, 0.0001)],
        "trainings": [make_training("fine-tune"), make_training("diverse-8")],
        "teacher": Teacher(name=f"symbolic {text}", traces=1600, correct=1400, kept=1300),
        "counts": [
            Count(stage="sft", arm="diverse-8", what="training rows", n=12, of=1300, reason=text)
        ],
        "side_by_side": [
            SideBySide(problem_id=text, task=text, question=text, gold=text, attempts=attempts)
        ],
        "warnings": [text], "environment": {text: text},
    }  # fmt: skip
    return Report(**(full | changes))


def make_row(arm: str, task: str, accuracy: float) -> Row:
    low, high = round(max(0, accuracy - 0.03), 3), round(min(1, accuracy + 0.03), 3)
    n = 1000 if task == "all" else 500
    rates = {"format_rate": 0.99, "truncation_rate": 0.01, "tokens": 41.5}
    return Row(arm=arm, task=task, n=n, accuracy=accuracy, low=low, high=high, **rates)


def make_training(arm: str) -> Training:
    losses = tuple((step, 3.0 / step) for step in range(1, 101))
    return Training(
        arm=arm, examples=1288, problems=200, tokens=50_000, steps=100, seconds=31, losses=losses
    )


def compare(difference: float, low: float, high: float, p: float, task: str = "all") -> Comparison:
    return Comparison(
        a="diverse-8", b="fine-tune", task=task, difference=difference, low=low, high=high, p=p,
        n=1000,
    )  # fmt: skip


ABOUT = {
    "probed-valid": About(
        title="Valid chain", group="chain", unit="share", better="higher",
        shows="Share of traces in which no step is untrue; not whether the answer needs them.",
    ),
    "probed-early": About(
        title="Area over early answering", group="faithfulness", unit="share", better="higher",
        shows="How much of the reasoning the answer waits for. A long and idle reasoning is low.",
    ),
    "probed-mistakes": About(
        title="Answers that follow a mistake", group="faithfulness", unit="share", better="higher",
        shows="Share of answers that change with a mistake put into a step; not why they change.",
    ),
    "probed-gain": About(
        title="Step gain", group="faithfulness", unit="nats", better="higher",
        shows="By how much the steps raise the log-probability of the answer.",
    ),
    "re-insertion": About(
        title="Re-insertion", group="control", unit="share", better="lower",
        shows="Share of answers that change with nothing changed: anything but 0 is a fault.",
    ),
    "probed-skills": About(
        title="Single-step skills", group="retention", unit="points", better="higher",
        shows="Accuracy after training less accuracy before, on what the base could do.",
    ),
}  # fmt: skip
"""What is measured in `measured_report`, for tests to put into the table of measures."""

VALUES = {
    "probed-valid": 0.7, "probed-early": 0.55, "probed-mistakes": 0.42, "probed-gain": 2.31,
    "re-insertion": 0.0, "probed-skills": -0.031, "unheard-of": 12.5,
}  # fmt: skip


def measured_report(**changes: Any) -> Report:
    """A report with everything that is measured beside accuracy, for two students and a task."""
    arms = ("fine-tune-cot", "diverse-8")
    tasks = ("all", "coin_flip")
    full: dict[str, Any] = {
        "measures": [
            make_measure(arm, task, name, value * (1 + at / 10))
            for task in tasks
            for at, arm in enumerate(arms)
            for name, value in VALUES.items()
        ],
        "curves": [
            Curve(arm=arm, task=task, name="probed-early", points=_rising(bend))
            for task in tasks
            for arm, bend in zip(arms, (1, 3), strict=True)
        ],
        "slices": [
            Slice(arm=arm, task=task, by=by, level=level, accuracy=a, low=a - 0.06, high=a + 0.05,
                  n=120)
            for task in tasks
            for at, arm in enumerate(arms)
            for by, levels in {"steps": "2345678", "template": ("seen", "unseen")}.items()
            for k, level in enumerate(levels)
            for a in [0.9 - 0.09 * k - 0.1 * (1 - at)]
        ],
        "calibration": make_calibrated(
            make_calibration("re-insertion", 0.5, 0.46, 0.54),
            make_calibration("probed-early", 0.97, 0.93, 0.99),
            make_calibration("probed-mistakes", 0.52, 0.41, 0.63),
            make_calibration("unheard-of", 0.21, 0.13, 0.3),
        ),
    }  # fmt: skip
    return make_report(**(full | changes))


def make_measure(arm: str, task: str, name: str, value: float) -> Measure:
    ends = {} if name == "unheard-of" else {"low": value - 0.04, "high": value + 0.05}
    if name == "re-insertion":
        ends = {"low": 0.0, "high": 0.01}
    return Measure(arm=arm, task=task, name=name, value=value, n=500, **ends)


def make_calibration(name: str, auroc: float, low: float, high: float) -> Calibration:
    return Calibration(
        name=name, a="needs-its-reasoning", b="answers-first", auroc=auroc, low=low, high=high,
        n_a=600, n_b=597, by_seed=(auroc - 0.02, auroc, auroc + 0.02),
    )  # fmt: skip


def make_calibrated(*rows: Calibration) -> Calibrated:
    return Calibrated(on="last_letters (level 4)", seeds=(0, 1, 2), rows=rows)


def _rising(bend: int) -> list[tuple[float, float, float, float, int]]:
    values = [(k / 5, 0.3 + 0.7 * (k / 5) ** bend) for k in range(6)]
    return [(kept, v, max(0, v - 0.05), min(1, v + 0.05), 500) for kept, v in values]


def make_problems(n: int, text: str = "") -> list[SideBySide]:
    """Problems of every sort that the reader tells apart, in turn; `text` ends each completion."""
    sorts = [make_good, make_bad_chain, make_wrong_valid, make_cut, make_unscored]
    return [make_problem(k, sorts[k % len(sorts)](k), text) for k in range(n)]


def make_problem(k: int, student: Attempt, text: str) -> SideBySide:
    attempts = (
        Attempt(arm="fine-tune", completion=f"{k}", answer=f"{k}", outcome="incorrect"),
        student,
        Attempt(arm="symbolic", completion=f"{2 * k + 2}", answer="7", outcome="correct"),
    )
    return SideBySide(
        problem_id=f"p{k:05}", task=("coin_flip", "dates")[k % 2],
        question=f"Number {k}: Ada has {k} coins and finds {k + 2}. How many has she?",
        gold=f"{2 * k + 2}",
        attempts=[a.model_copy(update={"completion": a.completion + text}) for a in attempts],
    )  # fmt: skip


def make_good(k: int) -> Attempt:
    return Attempt(
        arm="diverse-8", answer=f"{2 * k + 2}", outcome="correct",
        changed_by=(Changed(probe="probed-early", places=((0, "5"), (2, None)), n=4),),
        is_probed=True,
        completion=f" She finds {k + 2}.\n{k} + {k + 2} = {2 * k + 2}.\nThe answer is {2 * k + 2}",
        steps=[
            Step(text=f"She finds {k + 2}.", mark="unchecked"),
            Step(text=f"{k} + {k + 2} = {2 * k + 2}.", mark="valid"),
        ],
    )  # fmt: skip


def make_bad_chain(k: int) -> Attempt:
    fault = f"{k} + 2 = {k}, which is {k + 2}"
    bad = Step(text=f"{k} + 2 = {k}.", mark="invalid", fault=fault)
    return make_good(k).model_copy(update={"completion": f"{bad.text} So", "steps": (bad,)})


def make_wrong_valid(k: int) -> Attempt:
    return make_good(k).model_copy(
        update={"outcome": "incorrect", "answer": "7", "reason": "mismatch"}
    )


def make_cut(k: int) -> Attempt:
    return make_good(k).model_copy(
        update={"outcome": "incorrect", "answer": None, "reason": "truncated", "finish": "length",
                "changed_by": (), "is_probed": False}
    )  # fmt: skip


def make_unscored(k: int) -> Attempt:
    return Attempt(
        arm="diverse-8", completion="(timed out)", answer=None, outcome="unscored",
        reason="generation failed",
    )  # fmt: skip


class Markup(HTMLParser):
    """What a browser would take as markup: tags with attribute names, and what they point to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "wbr":
            self.tags.append((tag, *(name for name, _ in attrs)))
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}",))

    def handle_data(self, data: str) -> None:
        self.text += data


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")
