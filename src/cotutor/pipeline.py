"""The pipeline: the table of stages, and how a run goes through it.

A stage is skipped when its manifest says that it was done with the same
settings and inputs, continued when it was interrupted, and refused when
something that shapes its outcome has changed since.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cotutor import assemble, stages
from cotutor.config import RunConfig
from cotutor.curate.settings import SCORED
from cotutor.errors import ConfigError
from cotutor.evaluate import PROMPTING
from cotutor.progress import say
from cotutor.records import digest
from cotutor.stages import Run
from cotutor.store import Manifest, changed_keys, write_json
from cotutor.teachers import teacher_settings
from cotutor.train import Arm

Work = Callable[[Run], dict[str, Any]]
_DECODING = ("max_tokens", "answer_max_tokens", "batch_size")


@dataclass(frozen=True)
class Stage:
    """One stage of a run.

    `settings` are all that shapes its outcome beside what the stages in
    `after` made; `outputs` are what it leaves in the run directory; `work`
    returns the counts for the manifest.
    """

    name: str
    settings: dict[str, Any]
    after: tuple[str, ...]
    outputs: tuple[str, ...]
    work: Work


def table(run: Run) -> list[Stage]:
    """Return the stages of a run in order."""
    config = run.config.resolved()
    arms = run.config.students
    weights = stages.base_content(run)
    problems = {"problems": config["problems"], "content": stages.problems_content(run)}
    teacher = teacher_settings(run.config)
    examples = {key: config[key] for key in ("students", "contamination")}
    examples |= {"format": config["sft"]["format"]}
    curate = config["curate"] | {"verify": config["verify"]}
    if run.config.curate.select in SCORED:
        learner = {key: config["sft"][key] for key in ("base", "revision", "format")}
        curate |= {"learner": learner | {"weights": weights}}
    sft = {"sft": config["sft"], "seed": config["seed"], "weights": weights}
    judged = ("verdicts.jsonl", "rejected.jsonl", "kept.jsonl")
    tests = list(_tests(run, config, teacher, weights))
    made = ("curate", *(f"sft/{arm.name}" for arm in arms), *(stage.name for stage in tests))
    told = {key: config[key] for key in ("name", "students", "evaluate")}
    return [
        Stage("problems", problems, (), ("problems.jsonl",), stages.write_problems),
        Stage("collect", teacher, ("problems",), ("traces.jsonl",), stages.collect_traces),
        Stage("curate", curate, ("collect",), judged, stages.curate_traces),
        Stage("examples", examples, ("curate",), ("examples",), stages.write_examples),
        *(_training(arm, sft) for arm in arms),
        *tests,
        Stage("report", told, made, ("report.html", "report.json"), assemble.report),
    ]


def _training(arm: Arm, settings: dict[str, Any]) -> Stage:
    name = f"sft/{arm.name}"
    return Stage(name, settings, ("examples",), (name,), partial(stages.fine_tune, arm=arm))


def _tests(
    run: Run, config: dict[str, Any], teacher: dict[str, Any], weights: str | None
) -> Iterator[Stage]:
    """Yield the evaluation of every arm: students, then baselines."""
    chosen = config["evaluate"]
    asked = {"split": chosen["split"], "verify": config["verify"]}
    decoding = asked | {key: chosen[key] for key in _DECODING}
    base = {key: config["sft"][key] for key in ("base", "revision")}
    prompting = decoding | base | {"weights": weights, "shots": chosen["shots"]}
    for arm in run.config.students:
        work = partial(stages.evaluate_student, arm=arm)
        yield _test(arm.name, decoding, f"sft/{arm.name}", work)
    for name in run.config.evaluate.compare:
        if name in PROMPTING:
            yield _test(name, prompting, "curate", partial(stages.evaluate_prompting, name=name))
        elif name == "teacher":
            yield _test(name, teacher | asked, "problems", stages.evaluate_teacher)


def _test(name: str, settings: dict[str, Any], after: str, work: Work) -> Stage:
    return Stage(f"evaluate/{name}", settings, ("problems", after), (f"eval/{name}",), work)


def execute(
    config: RunConfig, folder: Path, *, until: str | None = None, overwrite: bool = False
) -> None:
    """Run what is missing, up to the last stage named `until` (None: all).

    Raises:
        ConfigError: a setting of a finished or begun stage has changed, without `overwrite`.
        CotutorError: whatever a stage raises; what was finished is kept.

    """
    run = stages.open_run(config, folder)
    chosen = _chosen(table(run), until)
    write_json(folder / "config.json", config.resolved())
    keys: dict[str, Any] = {}
    for stage in chosen:
        keys[stage.name] = settings = _settings(stage, keys)
        manifest = Manifest(folder / "manifests", stage.name)
        found = manifest.read()
        changed = changed_keys(found["settings"], settings) if found else []
        if changed and not overwrite:
            raise ConfigError(_refusal(folder, stage.name, changed))
        if found and found["done"] and not changed:
            continue
        if not found or changed:
            _clear(folder, stage)
            manifest.begin(settings)
        began = time.monotonic()
        counts = stage.work(run)
        manifest.commit(settings, counts | {"seconds": round(time.monotonic() - began, 2)})
        say(f"{stage.name}: {_summary(counts)}")
    if until in (None, "report"):
        assemble.show_table(folder, sys.stdout)


def plan(config: RunConfig, folder: Path, *, until: str | None = None) -> list[str]:
    """Say, a line a stage, what `execute` would do."""
    run = stages.open_run(config, folder)
    lines: list[str] = []
    keys: dict[str, Any] = {}
    for stage in _chosen(table(run), until):
        keys[stage.name] = settings = _settings(stage, keys)
        found = Manifest(folder / "manifests", stage.name).read()
        changed = changed_keys(found["settings"], settings) if found else []
        lines.append(f"{stage.name:28} {_state(found, changed)}")
    return lines


def _state(found: dict[str, Any] | None, changed: list[str]) -> str:
    if changed:
        return f"changed: {', '.join(changed[:3])}; needs --overwrite"
    if found is None:
        return "to do"
    return "done" if found["done"] else "to continue"


def _settings(stage: Stage, keys: dict[str, Any]) -> dict[str, Any]:
    return stage.settings | {"inputs": {name: digest(keys[name]) for name in stage.after}}


def _chosen(stages_: list[Stage], until: str | None) -> list[Stage]:
    if until is None:
        return stages_
    last = max(at for at, stage in enumerate(stages_) if stage.name.split("/")[0] == until)
    return stages_[: last + 1]


def _refusal(folder: Path, stage: str, changed: list[str]) -> str:
    return (
        f"{folder}: {', '.join(changed[:3])} changed since stage {stage} ran; "
        "redo it with --overwrite, or choose another --dir"
    )


def _clear(folder: Path, stage: Stage) -> None:
    for output in stage.outputs:
        path = folder / output
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _summary(counts: dict[str, Any]) -> str:
    told = {k: v for k, v in counts.items() if v not in (None, {}, 0)}
    return ", ".join(f"{key} {value}" for key, value in told.items()) or "done"
