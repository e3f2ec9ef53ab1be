"""`cotutor init`: a commented run file for your own data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

NAMES = {
    "question": ("question", "problem", "prompt", "input", "query", "text"),
    "gold": ("gold", "answer", "label", "target", "output", "final_answer"),
    "choices": ("choices", "options"),
    "reasoning": ("reasoning", "rationale", "explanation", "solution"),
}
HELDOUT_SHARE = 0.2


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
    from cotutor.errors import ConfigError
    from cotutor.problems.files import read
    from cotutor.store import write_text

    if out.exists():
        raise ConfigError(f"{out} is there already; name another with --out")
    rows = [row for _, row in read(data)]
    fields = _guess_fields(rows, data)
    kind = _guess_kind(rows, fields)
    train = data
    if heldout is None:
        train, heldout = _set_apart(rows, fields["question"], out)
        typer.echo(f"wrote {train} and {heldout}: a fifth of the questions is held out")
    write_text(out, _run_file(out.stem, train, heldout, kind, fields, base=base, model=model))
    typer.echo(f"wrote {out}: read it, then `cotutor run {out} --dry-run`")


def _guess_fields(rows: list[dict[str, Any]], data: Path) -> dict[str, str]:
    from cotutor.errors import DataError

    if not rows:
        raise DataError(f"{data} holds no rows")
    found: dict[str, str] = {}
    for part, names in NAMES.items():
        name = next(
            (name for name in names if name in rows[0] and name not in found.values()), None
        )
        if name is not None:
            found[part] = name
    for part in ("question", "gold"):
        if part not in found:
            raise DataError(
                f"{data}: no field looks like the {part} (tried {', '.join(NAMES[part])}); "
                f"rename it, its fields are {', '.join(rows[0])}"
            )
    return found


def _guess_kind(rows: list[dict[str, Any]], fields: dict[str, str]) -> str:
    from cotutor.records import Problem
    from cotutor.verify import prove

    if "choices" in fields:
        return "choice"
    golds = {str(row.get(fields["gold"], "")) for row in rows}
    if golds <= {"yes", "no", "Yes", "No", "True", "False", "true", "false"}:
        return "yes_no"
    numbers = [Problem.make(task="", question="", gold=gold, kind="number") for gold in golds]
    return "string" if prove(numbers) else "number"


def _set_apart(rows: list[dict[str, Any]], question: str, out: Path) -> tuple[Path, Path]:
    """Split by a digest of the question, so that equal questions stay on one side."""
    from cotutor.records import digest

    limit = int(HELDOUT_SHARE * 16**4)
    sides: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for row in rows:
        sides[int(digest(str(row.get(question)))[:4], 16) < limit].append(row)
    paths = out.with_name(f"{out.stem}.train.jsonl"), out.with_name(f"{out.stem}.heldout.jsonl")
    for path, side in zip(paths, (sides[False], sides[True]), strict=True):
        _write_lines(path, side)
    return paths


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    from cotutor.store import write_text

    write_text(
        path, "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
    )


def _run_file(
    name: str, train: Path, heldout: Path, kind: str, fields: dict[str, str], **models: str
) -> str:
    text = _TEMPLATE.replace("MAP", json.dumps(fields)).replace("KIND", kind)
    text = text.replace("NAME", name).replace("TRAIN", json.dumps(str(train)))
    text = text.replace("HELDOUT", json.dumps(str(heldout)))
    return text.replace("BASE", models["base"]).replace("MODEL", models["model"])


_TEMPLATE = """\
# A run of cotutor. Everything not written here is a documented default:
# `cotutor config THIS_FILE` shows all of it.
name: NAME                  # the run directory is runs/NAME

problems:                   # the fields of your rows, and the kind of answer
  train: {file: TRAIN, map: MAP, kind: KIND}
  heldout: {file: HELDOUT, map: MAP, kind: KIND}   # never trained on

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
