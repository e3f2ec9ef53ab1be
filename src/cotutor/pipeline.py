"""The pipeline: the table of stages, and how a run goes through it.

A stage is skipped when its manifest says that it was done with the same
settings and inputs, continued when it was interrupted, and refused when
something that shapes its outcome has changed since. Of several processes the
main one goes through the stages, and all train.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from cotutor import assemble, stages
from cotutor.config import RunConfig
from cotutor.errors import ConfigError
from cotutor.evaluate import PROMPTING
from cotutor.forecast import forecast
from cotutor.progress import say
from cotutor.ranks import count, led, together
from cotutor.records import digest
from cotutor.stages import Run
from cotutor.store import Manifest, changed_keys, locked, write_json
from cotutor.teachers import teacher_settings
from cotutor.tell import told
from cotutor.train import Arm
from cotutor.workers import side_by_side

Work = Callable[[Run], dict[str, Any]]
_ROWS = ("base", "revision", "format", "max_length", "on_long")
_DECODING = ("samples", "temperature", "max_tokens", "answer_max_tokens", "batch_size")
_PROBING = ("probes", "probed", "max_tokens", "answer_max_tokens")


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
    if run.config.curate.asks_base:
        learner = {key: config["sft"][key] for key in ("base", "revision", "format")}
        curate |= {"learner": learner | {"weights": weights}}
    sft = {"sft": config["sft"], "seed": config["seed"], "weights": weights}
    rows = {key: config["sft"][key] for key in _ROWS} | {"weights": weights}
    sft |= {"validation": stages.validation_content(run)}
    judged = ("verdicts.jsonl", "rejected.jsonl", "kept.jsonl")
    tests = list(_tests(run, config, teacher, weights))
    tests += [*_probes(run, config), *_reasoning(run), *_retention(run), *_ratings(run, tests)]
    made = ("curate", *(f"sft/{arm.name}" for arm in arms), *(stage.name for stage in tests))
    told = {key: config[key] for key in ("name", "students", "evaluate")}
    return [
        Stage("problems", problems, (), ("problems.jsonl",), stages.write_problems),
        Stage("collect", teacher, ("problems",), ("traces.jsonl",), stages.collect_traces),
        Stage("curate", curate, ("collect",), judged, stages.curate_traces),
        Stage("examples", examples, ("curate",), ("examples",), stages.write_examples),
        Stage("rows", rows, ("examples",), (), stages.audit_rows),
        *(_training(arm, sft) for arm in arms),
        *tests,
        Stage("report", told, made, ("report.html", "report.json"), assemble.report),
    ]


def _training(arm: Arm, settings: dict[str, Any]) -> Stage:
    name = f"sft/{arm.name}"
    return Stage(name, settings, ("examples",), (name,), partial(_train, arm=arm))


def _train(run: Run, arm: Arm) -> dict[str, Any]:
    return together(partial(stages.fine_tune, run, arm))


def _tests(
    run: Run, config: dict[str, Any], teacher: dict[str, Any], weights: str | None
) -> Iterator[Stage]:
    """Yield the evaluation of every arm: students, then baselines."""
    chosen = config["evaluate"]
    asked = {"split": chosen["split"], "also": chosen["also"], "verify": config["verify"]}
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


def _probes(run: Run, config: dict[str, Any]) -> Iterator[Stage]:
    """Yield the interventions on the reasoning of every student that reasons, and greedily."""
    chosen = run.config.evaluate
    settings = {key: config["evaluate"][key] for key in _PROBING} | {"verify": config["verify"]}
    if chosen.probed == 0 or chosen.temperature > 0:
        return
    for arm in run.config.students:
        if arm.reasoning == "traces":
            output = f"eval/{arm.name}/{stages.PROBED}"
            work: Work = partial(stages.probe_student, arm=arm)
            after = (f"evaluate/{arm.name}",)
            yield Stage(f"probe/{arm.name}", settings, after, (output,), work)


def _reasoning(run: Run) -> Iterator[Stage]:
    """Yield the strategies of inference of every student that reasons."""
    if not run.config.evaluate.strategies:
        return
    settings = stages.strategy_settings(run)
    for arm in run.config.students:
        if arm.reasoning == "traces":
            outputs = tuple(f"eval/{arm.name}/{part}" for part in (stages.SOLUTIONS, stages.JUDGED))
            work: Work = partial(stages.reason_student, arm=arm)
            after = (f"evaluate/{arm.name}",)
            yield Stage(f"reason/{arm.name}", settings, after, outputs, work)


def _retention(run: Run) -> Iterator[Stage]:
    """Yield what asks base and students of what the base knew."""
    chosen = run.config.evaluate.retention
    if chosen is None:
        return
    settings = stages.retention_settings(run, chosen)
    work: Work = partial(stages.know_base, settings=chosen)
    yield Stage("retention", settings, ("problems",), ("retention/before",), work)
    for arm in run.config.students:
        name = f"retention/{arm.name}"
        after, work = (
            ("problems", f"sft/{arm.name}"),
            partial(stages.know_student, arm=arm, settings=chosen),
        )
        yield Stage(name, settings, after, (f"retention/after/{arm.name}",), work)


def _ratings(run: Run, tests: list[Stage]) -> Iterator[Stage]:
    """Yield what rates every arm's attempts by the rubric."""
    rubric = run.config.evaluate.rubric
    settings = {"rubric": stages.rubric_settings(rubric)}
    for test in tests if rubric else ():
        kind, _, arm = test.name.partition("/")
        if kind == "evaluate":
            work = partial(stages.rate, arm=arm, rubric=rubric)
            yield Stage(f"rubric/{arm}", settings, (test.name,), (f"rubric/{arm}.jsonl",), work)


def execute(
    config: RunConfig, folder: Path, *, until: str | None = None, overwrite: bool = False
) -> None:
    """Run what is missing, up to the last stage named `until` (None: all).

    Raises:
        ConfigError: a setting of a finished or begun stage has changed, without `overwrite`.
        DataError: another process is at work in the folder.
        CotutorError: whatever a stage raises; what was finished is kept.

    """
    work = partial(_execute, config, folder, until, overwrite=overwrite)
    led(work, timeout=_timeout(config))


def _timeout(config: RunConfig) -> float:
    return float(config.sft.trainer.get("ddp_timeout", 1800))


def _execute(config: RunConfig, folder: Path, until: str | None, *, overwrite: bool) -> None:
    run = stages.open_run(config, folder)
    chosen = _chosen(table(run), until)
    with locked(folder):
        _go_through(run, chosen, overwrite=overwrite)
    if until in (None, "report"):
        assemble.show_table(folder, sys.stdout)


def _go_through(run: Run, chosen: list[Stage], *, overwrite: bool) -> None:
    write_json(run.folder / "config.json", run.config.resolved())
    keys: dict[str, Any] = {}
    for batch in _batches(run, chosen):
        begun = [(s, keys[s.name]) for s in batch if _begin(run, s, keys, overwrite=overwrite)]
        works = [partial(_timed, stage.work, run) for stage, _ in begun]
        for place, counts in side_by_side(works, run.config.workers):
            stage, settings = begun[place]
            Manifest(run.folder / "manifests", stage.name).commit(settings, counts)
            say(told(stage.name, counts, run.folder))


def _batches(run: Run, chosen: list[Stage]) -> Iterator[list[Stage]]:
    """Yield the stages in order, those together that may be worked on at the same time."""
    is_shared = run.config.workers > 1 and count() == 1
    for kind, some in groupby(chosen, lambda stage: stage.name.split("/")[0]):
        if is_shared and kind in ("sft", "evaluate", "probe", "reason", "retention"):
            yield list(some)
        else:
            yield from ([stage] for stage in some)


def _begin(run: Run, stage: Stage, keys: dict[str, Any], *, overwrite: bool) -> bool:
    """Note the settings of a stage in `keys`, and say whether it is to be worked on."""
    keys[stage.name] = settings = _settings(stage, keys)
    manifest = Manifest(run.folder / "manifests", stage.name)
    found = manifest.read()
    changed = changed_keys(found["settings"], settings) if found else []
    if changed and not overwrite:
        raise ConfigError(_refusal(run.folder, stage.name, changed))
    if found and found["done"] and not changed:
        return False
    if not found or changed:
        _clear(run.folder, stage)
        manifest.begin(settings)
    return True


def _timed(work: Work, run: Run) -> dict[str, Any]:
    began = time.monotonic()
    counts = work(run)
    return counts | {"seconds": round(time.monotonic() - began, 2)}


def plan(config: RunConfig, folder: Path, *, until: str | None = None) -> list[str]:
    """Say, a line a stage, what `execute` would do; of several processes the main one says it."""
    return led(partial(_plan, config, folder, until), timeout=_timeout(config)) or []


def _plan(config: RunConfig, folder: Path, until: str | None) -> list[str]:
    return _lines(_states(stages.open_run(config, folder), until))


def dry_run(
    config: RunConfig, folder: Path, *, until: str | None = None, price: float | None = None
) -> list[str]:
    """Say what `plan` says, and what will be trained and what that takes (see `forecast`)."""
    work = partial(_dry_run, config, folder, until, price)
    return led(work, timeout=_timeout(config)) or []


def _dry_run(config: RunConfig, folder: Path, until: str | None, price: float | None) -> list[str]:
    run = stages.open_run(config, folder)
    states = _states(run, until)
    told = forecast(run, {name for name, state in states.items() if state != "done"}, price)
    return [*_lines(states), "", *told] if told else _lines(states)


def _lines(states: dict[str, str]) -> list[str]:
    return [f"{name:28} {state}" for name, state in states.items()]


def _states(run: Run, until: str | None) -> dict[str, str]:
    """Return the state of each stage by its name."""
    states: dict[str, str] = {}
    keys: dict[str, Any] = {}
    for stage in _chosen(table(run), until):
        keys[stage.name] = settings = _settings(stage, keys)
        found = Manifest(run.folder / "manifests", stage.name).read()
        changed = changed_keys(found["settings"], settings) if found else []
        states[stage.name] = _state(found, changed)
    return states


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
