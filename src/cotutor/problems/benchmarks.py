"""The twelve benchmarks of "Large Language Models Are Reasoning Teachers", by name.

They come from a data folder where the environment names one in COTUTOR_DATA:
`<folder>/benchmarks/<name>.jsonl[.gz]`, whose rows carry the published splits.
Without one they come from the Hugging Face hub, as far as the hub's version
can be shown to be the published one (`cotutor.problems.mirrors`).

Splits: `default` as in the paper, and `template`, which keeps every wording on
one side. MultiArith and Date have a published one; there the default leaves 77
of 180 test questions with a twin in training, and 39 of 41 templates on both
sides. For the others the templates are found here, and all rows, whatever side
they were published on, are split by the published recipe.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cotutor.errors import DataError
from cotutor.problems import files, mirrors
from cotutor.problems.files import PlacedRow
from cotutor.problems.rows import FieldMap, Located, Reading, problems
from cotutor.problems.splits import Split, date_templates, name_templates, template_split
from cotutor.problems.templates import template_names
from cotutor.records import Problem

logger = logging.getLogger(__name__)

SPLITTINGS = ("default", "template")


@dataclass(frozen=True)
class Benchmark:
    """What can be asked of one benchmark.

    `templates` finds the wording of each question as its published template split does.
    """

    splits: tuple[str, ...] = ("train", "test")
    templates: Callable[[Sequence[str]], list[str]] | None = None


BENCHMARKS: dict[str, Benchmark] = {
    "single_eq": Benchmark(),
    "addsub": Benchmark(),
    "multiarith": Benchmark(templates=name_templates),
    "gsm8k": Benchmark(),
    "aqua": Benchmark(splits=("train", "validation", "test")),
    "svamp": Benchmark(),
    "date_understanding": Benchmark(templates=date_templates),
    "tracking_shuffled_objects": Benchmark(),
    "last_letter_concatenation": Benchmark(),
    "coin_flip": Benchmark(),
    "commonsense_qa": Benchmark(),
    "strategy_qa": Benchmark(),
}


def is_published(problem: Problem) -> bool:
    """Say whether a problem is a row of one of the benchmarks."""
    return problem.task in BENCHMARKS and problem.id.startswith(f"{problem.task}-")


def located(name: str, *, split: str, splits: str = "default") -> Iterator[Located]:
    """Yield the problems on one side of a published split, in the published order.

    Args:
        name: a key of `BENCHMARKS`.
        split: one of the benchmark's splits.
        splits: one of the ways in which it was split.

    Raises:
        DataError: COTUTOR_DATA names no data folder, or the hub's version is
            not the published one or cannot be reached.

    """
    folder = os.environ.get("COTUTOR_DATA")
    if folder:
        return _from_folder(name, Path(folder).expanduser(), split=split, splits=splits)
    return _from_hub(name, split=split, splits=splits)


def _from_folder(name: str, folder: Path, *, split: str, splits: str) -> Iterator[Located]:
    path = _file(folder, name)
    rows = list(files.read(path))
    template_of = _templates(name, [str(row.get("question")) for _, row in rows], splits)
    wanted = list(_wanted(name, rows, template_of, split=split, splits=splits))
    if any(row.get("split_origin") == "own" for _, row in wanted):
        logger.warning(
            "split %s of %s holds %d rows of %s that the published splits do not have",
            split, name, len(wanted), path,
        )  # fmt: skip
    reading = Reading(map=FieldMap(kind="answer_type"), gold_is="label")
    side = problems(wanted, reading, name=f"split {split} of {path}", task=name, split=split)
    for item in side:
        template = template_of.get(item.problem.question)
        yield item._replace(problem=item.problem.model_copy(update={"template": template}))


def _wanted(
    name: str, rows: Sequence[PlacedRow], template_of: Mapping[str, str], *, split: str, splits: str
) -> Iterator[PlacedRow]:
    """Yield the rows of one side, in order."""
    if splits == "default" or BENCHMARKS[name].templates:
        field = "split" if splits == "default" else "template_split"
        yield from ((place, row) for place, row in rows if row.get(field) == split)
    else:
        sides = _by_template(name, [template_of[str(row.get("question"))] for _, row in rows])
        yield from (rows[index] for index in getattr(sides, split))


def _file(folder: Path, name: str) -> Path:
    paths = [folder / "benchmarks" / f"{name}{ending}" for ending in (".jsonl", ".jsonl.gz")]
    found = next((path for path in paths if path.is_file()), None)
    if found is None:
        raise DataError(f"COTUTOR_DATA names {folder}, but there is no file {paths[0]}[.gz]")
    return found


def _templates(name: str, questions: Sequence[str], splits: str) -> dict[str, str]:
    """Return the template of each question: as published, else found if the split needs it."""
    find = BENCHMARKS[name].templates
    if find is None and splits == "template":
        logger.warning("%s has no published template split; its templates are found here", name)
        find = template_names
    return dict(zip(questions, find(questions), strict=True)) if find else {}


def _by_template(name: str, templates: Sequence[str]) -> Split:
    sides = template_split(templates)
    if not sides.test:
        raise DataError(
            f"{name} has no split by template: its questions are of {len(set(templates))} template"
        )
    return sides


def _from_hub(name: str, *, split: str, splits: str) -> Iterator[Located]:
    ordered, sides = mirrors.published(name)
    questions = [item.problem.question for item in ordered]
    template_of = _templates(name, questions, splits)
    if splits == "template":
        sides = _by_template(name, [template_of[question] for question in questions])
    if split not in sides._fields:
        raise DataError(
            f"split {split} of {name} is not on the hub; set COTUTOR_DATA to a data folder"
        )
    for index in getattr(sides, split):
        place, problem, _ = ordered[index]
        change = {
            "id": f"{name}-{index}",
            "split": split,
            "template": template_of.get(problem.question),
        }
        yield Located(place, problem.model_copy(update=change), is_named=True)
