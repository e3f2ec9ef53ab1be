"""`cotutor init`: a commented run file for your own data."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cotutor.problems.files import PlacedRow, Row

NAMES = {
    "question": ("question", "problem", "prompt", "input", "query", "text"),
    "gold": ("gold", "answer", "label", "target", "output", "final_answer"),
    "choices": ("choices", "options"),
    "reasoning": ("reasoning", "rationale", "explanation", "solution"),
    "kind": ("kind",),
    "task": ("task",),
}
HELDOUT_SHARE = 0.2
PATTERN = "#### (.*)"  # of answers that are worked solutions, as those of gsm8k


def init(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Your problems: JSONL, CSV or Parquet.")
    ],
    heldout: Annotated[
        Path | None, typer.Option(help="Held-out problems (default: a fifth of DATA is set apart).")
    ] = None,
    out: Annotated[Path, typer.Option(help="The run file to write.")] = Path("run.yaml"),
    base: Annotated[
        str, typer.Option(help="The student's base: a hub id, a folder, or embedded.")
    ] = ("Qwen/Qwen3-0.6B"),
    model: Annotated[str, typer.Option(help="The teacher's name at the endpoint.")] = "my-teacher",
) -> None:
    """Look at your data and write a run file for it, every line explained."""
    from cotutor.config import check_config
    from cotutor.notation import parse
    from cotutor.problems.files import read

    rows = list(read(data))
    fields = _guess_fields(rows, data)
    sides = {} if heldout else _set_apart(rows, data, fields["question"], out)
    _refuse_to_replace(out, *sides)
    train, tested = sides or (data, heldout)
    text = _filled(
        NAME=_plain(re.sub(r"[^A-Za-z0-9._-]+", "-", out.stem).strip("-._") or "run"),
        TRAIN=_quoted(str(train)), HELDOUT=_quoted(str(tested)),
        READING=_guess_reading(rows, fields), BASE=_plain(base), MODEL=_plain(model),
    )  # fmt: skip
    check_config(parse(text, str(out)), str(out))
    for path, side in sides.items():
        _write(path, "".join(_quoted(row) + "\n" for row in side))
    if sides:
        told = (f"{path} ({len(side)} rows)" for path, side in sides.items())
        typer.echo(
            f"wrote {' and '.join(told)}: a fifth of the questions is held out, at least one"
        )
    _write(out, text)
    typer.echo(f"wrote {out}: read it, then `cotutor run {shlex.quote(str(out))} --dry-run`")


def _write(path: Path, text: str) -> None:
    """Write a file; an error names it, and not the temporary one beside it.

    Raises:
        OSError: it cannot be written.

    """
    from cotutor.store import write_text

    try:
        write_text(path, text)
    except OSError as error:
        if error.filename and Path(error.filename).parent == path.parent:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def _refuse_to_replace(*paths: Path) -> None:
    from cotutor.errors import ConfigError

    for path in paths:
        if path.exists():
            raise ConfigError(f"{path} is there already; name another run file with --out")


def _guess_fields(rows: list[PlacedRow], data: Path) -> dict[str, str]:
    """Return the field of each part; choices, kind and task only where they can be relied on.

    Raises:
        DataError: there is no row, no question or no answer, or kinds or choices stand in
            some rows alone.

    """
    from cotutor.errors import DataError

    if not rows:
        raise DataError(f"{data} holds no rows")
    first = rows[0][1]
    every = {field for _, row in rows for field in row}
    found: dict[str, str] = {}
    for part, names in NAMES.items():
        fields = every if part in ("choices", "kind", "task") else first
        name = next((name for name in names if name in fields and name not in found.values()), None)
        if name is not None:
            found[part] = name
    _keep_kind(rows, found)
    _keep_choices(rows, found)
    _keep_task(rows, found)
    for part in ("question", "gold"):
        if part not in found:
            raise DataError(
                f"{data}: no field looks like the {part} (tried {', '.join(NAMES[part])}); "
                f"rename it, its fields are {', '.join(first)}"
            )
        for place, row in rows:
            value = row.get(found[part])
            if value is None or not str(value).strip():
                raise DataError(f"{place} holds nothing in the field {found[part]!r}")
    return found


def _keep_kind(rows: list[PlacedRow], found: dict[str, str]) -> None:
    """Leave out a field `kind` that holds no kinds of answer.

    Raises:
        DataError: it holds them in some rows.

    """
    from cotutor.errors import DataError
    from cotutor.problems.rows import KINDS

    others = [(place, row.get("kind")) for place, row in rows if row.get("kind") not in KINDS]
    if not others:
        return
    found.pop("kind", None)
    if len(others) < len(rows):
        place, value = others[0]
        raise DataError(
            f"{place} has the kind {value!r}, where other rows have one of {', '.join(KINDS)}"
        )


def _keep_choices(rows: list[PlacedRow], found: dict[str, str]) -> None:
    """Leave out a field of choices that is empty in every row.

    Raises:
        DataError: some rows have choices, and no row says its kind.

    """
    from cotutor.errors import DataError
    from cotutor.problems.rows import KINDS

    field = found.get("choices", "")
    having = [place for place, row in rows if row.get(field)]
    if not having:
        found.pop("choices", None)
    elif len(having) < len(rows) and "kind" not in found:
        without = next(place for place, row in rows if not row.get(field))
        raise DataError(
            f"{having[0]} has choices and {without} has none: give every row a field `kind` with"
            f" one of {', '.join(KINDS)}, or make a file for each kind"
        )


def _keep_task(rows: list[PlacedRow], found: dict[str, str]) -> None:
    """Leave out a field `task` that is empty somewhere, or says something else of each row."""
    from cotutor.problems.rows import names_task

    tasks = [str(row.get("task") or "").strip() for _, row in rows]
    if not all(map(names_task, tasks)) or 2 * len(set(tasks)) > len(rows):
        found.pop("task", None)


def _guess_reading(rows: list[PlacedRow], fields: dict[str, str]) -> str:
    """Return how the rows are read, as the keys of a mapping in YAML."""
    reading: dict[str, Any] = {"map": fields}
    golds = {str(row[fields["gold"]]) for _, row in rows}
    if "kind" not in fields and "choices" in fields:
        reading["kind"] = "choice"
    else:
        solutions = [re.findall(PATTERN, gold) for gold in golds]
        if all(solutions):
            golds = {found[-1].strip() for found in solutions}
        if "kind" not in fields:
            reading["kind"] = _guess_kind(golds)
        if all(solutions):
            reading["pattern"] = PATTERN
    return ", ".join(f"{key}: {_quoted(value)}" for key, value in reading.items())


def _guess_kind(golds: set[str]) -> str:
    from cotutor.records import Problem
    from cotutor.verify import prove

    if golds <= {"yes", "no", "Yes", "No", "True", "False", "true", "false"}:
        return "yes_no"
    numbers = [Problem.make(task="", question="", gold=gold, kind="number") for gold in golds]
    return "string" if prove(numbers) else "number"


def _set_apart(
    rows: list[PlacedRow], data: Path, question: str, out: Path
) -> dict[Path, list[Row]]:
    """Split by a digest of the question, so that equal questions stay on one side."""
    from cotutor.errors import DataError
    from cotutor.records import digest

    keys = [digest(str(row[question])) for _, row in rows]
    ordered = sorted(set(keys))
    if len(ordered) < 2:
        raise DataError(f"{data} holds one question only: name others with --heldout")
    heldout = set(ordered[: max(1, round(HELDOUT_SHARE * len(ordered)))])
    train, tested = (out.with_name(f"{out.stem}.{side}.jsonl") for side in ("train", "heldout"))
    sides: dict[Path, list[Row]] = {train: [], tested: []}
    for key, (_, row) in zip(keys, rows, strict=True):
        sides[tested if key in heldout else train].append(row)
    return sides


def _filled(**parts: str) -> str:
    """Return the template with its words in capitals replaced."""
    return re.sub(rf"\b({'|'.join(parts)})\b", lambda word: parts[word[0]], _TEMPLATE)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _plain(text: str) -> str:
    """Return a text as YAML, without quotes where it means itself."""
    from cotutor.notation import parse

    is_plain = re.fullmatch(r"[A-Za-z0-9./][\w./-]*", text) and parse(text, "") == text
    return text if is_plain else _quoted(text)


_TEMPLATE = """\
# A run of cotutor. Everything not written here is a documented default:
# `cotutor config THIS_FILE` shows all of it.
name: NAME                  # the run directory is runs/NAME

problems:                   # the fields of your rows, and the kind of answer
  train: {file: TRAIN, READING}
  heldout: {file: HELDOUT, READING}   # never trained on

teacher:                    # whoever writes the step-by-step solutions
  generator: endpoint       # any OpenAI-compatible server; or local, replay, symbolic
  model: MODEL
  base_url: http://127.0.0.1:8000/v1
  format: instruct          # a chat instruction; or zero-shot-cot as in the paper
  samples: 8                # solutions per problem
  temperature: 0.7          # above 0, or all samples are alike
  max_tokens_total: 5000000 # stop in good order when these are spent; or max_cost,
                            # with price_in and price_out per million tokens

curate:
  keep: correct             # only solutions that reach the known answer
  per_problem: 8

students:                   # the arms of the comparison, at equal optimizer steps
  - {name: fine-tune, reasoning: none}    # answers alone: the baseline
  - {name: fine-tune-cot, samples: 1}     # one solution per problem
  - {name: diverse-8, samples: 8}         # up to eight different ones

sft:
  base: BASE                # a hub id or a folder with safetensors
  method: lora              # or full, dora, ia3, prefix, prompt, bottleneck, qlora
  format: chat              # reasoning between think tags; or paper, plain
  trainer: {learning_rate: 2.0e-4, num_train_epochs: 3}   # straight to TRL's SFTConfig

evaluate:
  compare: [random, zero-shot, zero-shot-cot, few-shot-cot, teacher]
  max_tokens: 512
"""
