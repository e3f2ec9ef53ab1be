"""Writes configuration.md from the settings' own code: `python docs/write_configuration.py`."""

import inspect
import json
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from cotutor.config import (
    EndpointTeacherSettings,
    HumanTeacherSettings,
    LocalTeacherSettings,
    MixedTeacherSettings,
    ProblemsSettings,
    ReplayTeacherSettings,
    RunConfig,
    SymbolicTeacherSettings,
)
from cotutor.curate import CurateSettings
from cotutor.evaluate import EvaluateSettings
from cotutor.evaluate.retention import RetentionSettings
from cotutor.evaluate.rubric import Criterion, JudgeSettings, Rule
from cotutor.format import FORMATS, TRAINING_FORMATS, Format, Shot
from cotutor.generate.settings import ReplayFields
from cotutor.problems.contamination import ContaminationSettings
from cotutor.problems.rows import FieldMap
from cotutor.problems.sources import BenchmarkSource, FamilySource, FileSource, HubSource
from cotutor.reason.settings import (
    BestOf,
    CalculatorTool,
    CalendarTool,
    Direct,
    LookupTool,
    PythonTool,
    React,
    SelfConsistency,
    Tree,
)
from cotutor.records import Problem
from cotutor.train import Arm, SftSettings
from cotutor.verify.settings import VerifySettings

SECTIONS: dict[str, type[BaseModel]] = {
    "The run file": RunConfig,
    "problems": ProblemsSettings,
    "problems: a file": FileSource,
    "problems: a hub data set": HubSource,
    "problems: a benchmark": BenchmarkSource,
    "problems: a procedural family": FamilySource,
    "problems: map": FieldMap,
    "teacher: symbolic": SymbolicTeacherSettings,
    "teacher: endpoint": EndpointTeacherSettings,
    "teacher: local": LocalTeacherSettings,
    "teacher: replay": ReplayTeacherSettings,
    "teacher: replay, map": ReplayFields,
    "teacher: human": HumanTeacherSettings,
    "teacher: several (a list)": MixedTeacherSettings,
    "verify": VerifySettings,
    "curate": CurateSettings,
    "contamination": ContaminationSettings,
    "students: one arm": Arm,
    "sft": SftSettings,
    "evaluate": EvaluateSettings,
    "evaluate.retention": RetentionSettings,
    "evaluate.rubric: one criterion": Criterion,
    "evaluate.rubric: rule": Rule,
    "evaluate.rubric: judge": JudgeSettings,
    "evaluate.strategies: direct": Direct,
    "evaluate.strategies: self-consistency": SelfConsistency,
    "evaluate.strategies: best-of": BestOf,
    "evaluate.strategies: tree": Tree,
    "evaluate.strategies: react": React,
    "evaluate.strategies: react, a calculator": CalculatorTool,
    "evaluate.strategies: react, a calendar": CalendarTool,
    "evaluate.strategies: react, a table": LookupTool,
    "evaluate.strategies: react, a Python callable": PythonTool,
}
_PLAIN = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    Path: "path",
    NoneType: "null",
}
TARGET = Path(__file__).with_name("configuration.md")
HEAD = """# Configuration

Every key of a run file, made from the code by `python docs/write_configuration.py`.
Unknown keys are refused. `cotutor config RUN.yaml` prints a run with every default
written out.
"""
_PROBLEM = Problem.make(task="", question="What is 2 + 3?", gold="5", kind="number")
_SHOT = Shot("What is 1 + 1?", "1 and 1 more is 2.", "2")
FORMATS_HEAD = """
## Formats

How a question becomes a prompt, and where the answer is read in what comes back. `sft.format` is
one of {training}; students that answer alone get its twin `...-answer`.
A teacher's `format` may be any, and recorded traces are read in the one it names.

The answer is what stands behind the last mark, and where the mark is missing there is none. In a
format without a mark all that is written is the answer. Where a second call asks for the
answer, it is what that call writes. A chat's prompt is one user message.

| format | prompt | completion | mark before the answer |
|---|---|---|---|
"""


def document() -> str:
    """Return the whole page; a mapping of the run file without a section is an error."""
    if untold := mappings(RunConfig) - {*SECTIONS.values()}:
        raise LookupError(f"no section tells of {', '.join(model.__name__ for model in untold)}")
    sections = "".join(section(title, model) for title, model in SECTIONS.items())
    return HEAD + sections + formats()


def formats() -> str:
    """Return the table of the prompt formats, each with the same example."""
    training = ", ".join(f"`{name}`" for name in TRAINING_FORMATS)
    rows = (f"| {' | '.join(cells(fmt))} |\n" for fmt in FORMATS.values())
    return FORMATS_HEAD.format(training=training) + "".join(rows)


def cells(fmt: Format) -> list[str]:
    """Return the cells of a format: name, prompt, completion, mark."""
    prompt = fmt.prompt(_PROBLEM, (_SHOT,) if fmt.takes_shots else ())
    completion = fmt.completion("2 and 3 more is 5.", _PROBLEM.gold)
    mark = "none" if fmt.mark is None else code(fmt.mark.strip())
    asked = ", which a second call asks for" if fmt.trigger else ""
    name = f"{code(fmt.name)}{' (chat)' if fmt.is_chat else ''}"
    return [name, code(json.dumps(prompt)), code(json.dumps(completion)), mark + asked]


def code(text: str) -> str:
    """Return a text as code in Markdown, which may hold backticks."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def mappings(annotation: Any) -> set[type[BaseModel]]:
    """Return all models that a type is made of, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = [field.annotation for field in annotation.model_fields.values()]
        return {annotation}.union(*map(mappings, inner))
    return set().union(*map(mappings, get_args(annotation)))


def section(title: str, model: type[BaseModel]) -> str:
    """Return one model: what it is, and a table of its keys."""
    rows = [
        f"| `{field.alias or name}` | {kind(field.annotation)} | {default(field)} |"
        for name, field in model.model_fields.items()
    ]
    table = "\n".join(["| key | type | default |", "|---|---|---|", *rows])
    return f"\n## {title}\n\n{told(model)}\n\n{table}\n"


def told(model: type[BaseModel]) -> str:
    """Return what the docstrings of a model and of its parents say."""
    ours = [m for m in model.__mro__ if m.__module__.startswith("cotutor.")]
    texts = [inspect.cleandoc(m.__doc__) for m in ours if "__doc__" in vars(m) and m.__doc__]
    return "\n\n".join(dict.fromkeys(texts))


def kind(annotation: Any) -> str:
    """Return a type as a reader of YAML knows it."""
    parts = get_args(annotation)
    match get_origin(annotation):
        case None:
            return _PLAIN.get(annotation, "mapping")
        case origin if origin is Literal:
            return ", ".join(f"`{part}`" for part in parts)
        case origin if origin is tuple:
            return f"list of {kind(parts[0])}"
        case origin if origin is dict:
            return "mapping"
        case origin if origin is Annotated:
            return kind(parts[0])
        case _:
            return " or ".join(dict.fromkeys(kind(part) for part in parts))


def default(field: Any) -> str:
    """Return a default as JSON-like text; required keys say so."""
    if field.default is PydanticUndefined:
        return "**required**" if field.default_factory is None else "empty"
    if isinstance(field.default, BaseModel) or (
        isinstance(field.default, tuple)
        and field.default
        and isinstance(field.default[0], BaseModel)
    ):
        return "its defaults"
    return f"`{json.dumps(field.default)}`"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
