"""The run file: one sparse YAML, checked whole before any work begins.

The settings of a stage stand beside the stage; here they are joined. Nothing
below the pipeline knows the run file.
"""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from cotutor.curate import CurateSettings
from cotutor.errors import ConfigError
from cotutor.evaluate import EvaluateSettings
from cotutor.format import format_named
from cotutor.generate.settings import EndpointSettings, LocalSettings, ReplaySettings
from cotutor.notation import parse
from cotutor.problems.contamination import ContaminationSettings
from cotutor.problems.sources import Source
from cotutor.train import Arm, SftSettings
from cotutor.verify.settings import DEFAULT, VerifySettings


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProblemsSettings(_Part):
    """Where the problems come from; `validation` is for tuning, `heldout` for the report."""

    train: Source
    heldout: Source
    validation: Source | None = None


class SymbolicTeacherSettings(_Part):
    """The program that knows the rules of the procedural families.

    It writes `samples` traces of each problem; a share of `mistakes` has a slip.
    """

    generator: Literal["symbolic"]
    samples: int = Field(default=8, ge=1)
    mistakes: float = Field(default=0.0, ge=0, le=1)


class EndpointTeacherSettings(EndpointSettings):
    """The endpoint teacher writes `samples` traces of each problem."""

    role: ClassVar[str] = "teacher"

    generator: Literal["endpoint"]
    samples: int = Field(default=1, ge=1)


class LocalTeacherSettings(LocalSettings):
    """The local teacher is `model`, a folder or hub id, asked for `samples` traces a problem."""

    generator: Literal["local"]
    model: str
    revision: str | None = None
    samples: int = Field(default=1, ge=1)


class ReplayTeacherSettings(ReplaySettings):
    """The replay teacher gives `samples` recorded traces of each problem."""

    generator: Literal["replay"]
    samples: int = Field(default=1, ge=1)


class HumanTeacherSettings(_Part):
    """The human teacher: the rationales that the problems' rows hold, one a problem.

    A problem without one makes a trace with an error: raise `curate.max_unscored` where
    many have none. The answer is the human's own (after `####` on the last line), else
    the gold. Calculator marks (`<<48/2=24>>`) are removed from the reasoning, or kept.
    """

    generator: Literal["human"]
    samples: Literal[1] = 1
    format: str = "plain"
    marks: Literal["remove", "keep"] = "remove"

    @model_validator(mode="after")
    def _has_room_for_reasoning(self) -> Self:
        try:
            has_room = format_named(self.format).mark is not None
        except ConfigError as error:
            raise ValueError(str(error)) from error
        if not has_room:
            raise ValueError(f"format {self.format} has no place for a human's reasoning")
        return self


OneTeacher = Annotated[
    SymbolicTeacherSettings
    | EndpointTeacherSettings
    | LocalTeacherSettings
    | ReplayTeacherSettings
    | HumanTeacherSettings,
    Field(discriminator="generator"),
]


class MixedTeacherSettings(_Part):
    """Several teachers, each with its samples; a run file may give them as a plain list.

    The first one's samples are numbered first. As a baseline on the tested
    problems the first one that is no human answers.
    """

    generator: Literal["mixed"]
    teachers: tuple[OneTeacher, ...] = Field(min_length=1)

    @property
    def samples(self) -> int:
        """How many traces of each problem all of them write."""
        return sum(teacher.samples for teacher in self.teachers)


def _mixed(value: Any) -> Any:
    """Return the mapping that a list of teachers stands for; anything else as it is."""
    return {"generator": "mixed", "teachers": value} if isinstance(value, list | tuple) else value


Teacher = Annotated[
    SymbolicTeacherSettings
    | EndpointTeacherSettings
    | LocalTeacherSettings
    | ReplayTeacherSettings
    | HumanTeacherSettings
    | MixedTeacherSettings,
    Field(discriminator="generator"),
    BeforeValidator(_mixed),
]

_ARMS = (
    Arm(name="fine-tune", reasoning="none"),
    Arm(name="fine-tune-cot", samples=1),
    Arm(name="diverse-8", samples=8),
)


class RunConfig(_Part):
    """A whole run.

    `seed` shapes procedural problems, the slips of the symbolic teacher, and, where `sft.seed`
    does not, training.
    `workers` arms are trained, and evaluated, at the same time, each in a process with its
    share of the cores: for small students on a CPU, which gain little from a second thread.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    seed: int = Field(default=0, ge=0)
    workers: int = Field(default=1, ge=1)
    problems: ProblemsSettings
    teacher: Teacher
    verify: VerifySettings = DEFAULT
    curate: CurateSettings = CurateSettings()
    contamination: ContaminationSettings = ContaminationSettings()
    students: tuple[Arm, ...] = Field(default=_ARMS, min_length=1)
    sft: SftSettings = SftSettings()
    evaluate: EvaluateSettings = EvaluateSettings()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [arm.name for arm in self.students] + list(self.evaluate.compare)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two arms are named {', '.join(twice)}")
        for at, arm in enumerate(self.students):
            if arm.reasoning == "none" and arm.samples != 1:
                raise ValueError(
                    f"students.{at}.samples: {arm.name} is trained on answers alone"
                    " (reasoning: none) and takes no traces; leave samples out"
                )
        if self.evaluate.split == "validation" and self.problems.validation is None:
            raise ValueError("evaluate.split is validation, but problems.validation is not given")
        return self

    def traces(self, arm: Arm) -> int:
        """Return how many traces of a problem an arm is trained on at most."""
        if arm.reasoning == "none":
            return 0
        return min(arm.samples, self.curate.per_problem, self.teacher.samples)

    @property
    def training_seed(self) -> int:
        """Return the seed of the trainings."""
        return self.seed if self.sft.seed is None else self.sft.seed

    def resolved(self) -> dict[str, Any]:
        """Return every value, defaults included, as JSON types."""
        return self.model_dump(mode="json")


def demonstration() -> Path:
    """Return the run file of the demonstration, which needs no download."""
    return Path(__file__).with_name("demo.yaml")


def load_config(path: Path, overrides: Sequence[str] = ()) -> RunConfig:
    """Read a run file and apply `key.path=value` overrides (the values are YAML).

    Raises:
        ConfigError: the file is missing or no YAML, a key is unknown, a value is wrong.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot read the run file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the run file {path} is not UTF-8 text") from error
    raw = parse(text, str(path))
    if not isinstance(raw, dict):
        raise ConfigError(f"the run file {path} holds no keys")
    for override in overrides:
        _apply(raw, override)
    return check_config(raw, str(path))


def check_config(raw: dict[str, Any], where: str) -> RunConfig:
    """Return the checked configuration.

    Raises:
        ConfigError: names `where`, the key, and for an unknown key the nearest known one.

    """
    try:
        return RunConfig.model_validate(raw)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
        raise ConfigError(f"{where}: {_explain(first)}") from error


def _apply(raw: dict[str, Any], override: str) -> None:
    path, equals, value = override.partition("=")
    *parents, last = path.strip().split(".")
    if not equals or not last:
        raise ConfigError(f"--set {override!r} is not of the form key=value")
    node: Any = raw
    for key in parents:
        node = node.setdefault(key, {}) if isinstance(node, dict) else None
    if not isinstance(node, dict):
        raise ConfigError(f"--set {path.strip()}: {'.'.join(parents)} has no keys of its own")
    node[last] = parse(value, f"--set {path.strip()}")


def _explain(problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] != "extra_forbidden":
        message = _message(problem)
        return f"{key}: {message}" if key else message
    unknown = str(problem["loc"][-1])
    known = sorted(_keys(RunConfig, problem["loc"][:-1]))
    near = difflib.get_close_matches(unknown, known, 1)
    return f"unknown key {key}; " + (
        f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    )


def _message(problem: Any) -> str:
    """Return what is wrong with a value, in our words where the library's are about types."""
    match problem["type"]:
        case "too_short" | "string_too_short":
            return "this is empty; give one at least"
        case "string_pattern_mismatch":
            return (
                f"{problem['input']!r} is to name a folder: begin with a letter or digit (a to z,"
                " 0 to 9), and use these and . _ - alone"
            )
        case _:
            return str(problem["msg"]).removeprefix("Value error, ")


def _keys(model: type[BaseModel], loc: Sequence[int | str]) -> set[str]:
    """Return the keys known at a place, unions of models taken together."""
    models = {model}
    for part in loc:
        fields = [m.model_fields[part].annotation for m in models if part in m.model_fields]
        if fields:  # otherwise a list index or the tag of a union: the models stay the same
            models = {found for annotation in fields for found in _models(annotation)}
    return {name for found in models for name in found.model_fields}


def _models(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for inner in get_args(annotation) for found in _models(inner)}
