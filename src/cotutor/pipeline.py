"""The pipeline: the table of stages, and how a run goes through it.

A stage is skipped when its manifest says that it was done with the same
settings and inputs, continued when it was interrupted or a file of it is gone,
and refused when something that shapes its outcome has changed since. Of several
processes the main one goes through the stages, and all train.
"""

import hashlib
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

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
_BEFORE = ("inputs.", "records.")  # keys that say what a stage rests on
_PROBING = ("probes", "probed", "max_tokens", "answer_max_tokens")


@dataclass(frozen=True)
class Stage:
    """One stage of a run.

    `settings` are all that shapes its outcome beside what the stages in
    `after` made; `outputs` are the files it leaves in the run directory; `work`
    returns the counts for the manifest. What else is in `folder` goes with the
    outputs when they are made anew.
    """

    name: str
    settings: dict[str, Any]
    after: tuple[str, ...]
    outputs: tuple[str, ...]
    work: Work
    folder: str | None = None


class _Result(NamedTuple):
    """Digests of a stage's settings and of the records it made, None where that is not known."""

    settings: str
    made: str | None


@dataclass(frozen=True)
class _Look:
    """A stage beside what is there of it.

    `changed` are the keys that differ from those it ran with; `missing` are files that it
    left and that are gone.
    """

    stage: Stage
    manifest: Manifest
    settings: dict[str, Any]
    has_begun: bool
    was_done: bool
    changed: list[str]
    missing: list[str]


def table(run: Run) -> list[Stage]:
    """Return the stages of a run in order."""
    config = run.config.resolved()
    arms = run.config.students
    weights = stages.base_content(run)
    problems = {key: config[key] for key in ("problems", "seed")}
    problems |= {"content": stages.problems_content(run)}
    teacher = teacher_settings(run.config)
    examples = {key: config[key] for key in ("students", "contamination")}
    examples |= {"format": config["sft"]["format"]}
    curate = config["curate"] | stages.judging(run)
    if run.config.curate.asks_base:
        learner = {key: config["sft"][key] for key in ("base", "revision", "format")}
        curate |= {"learner": learner | {"weights": weights}}
    sft = {"sft": config["sft"], "seed": config["seed"], "weights": weights}
    rows = {key: config["sft"][key] for key in _ROWS} | {"weights": weights}
    sft |= {"validation": stages.validation_content(run)}
    judged = ("verdicts.jsonl", "rejected.jsonl", "kept.jsonl")
    rows_of = tuple(f"examples/{arm.name}.jsonl" for arm in arms)
    tests = list(_tests(run, config, teacher, weights))
    tests += [*_probes(run, config), *_reasoning(run), *_retention(run)]
    tests += _ratings(run, tests)
    made = ("curate", *(f"sft/{arm.name}" for arm in arms), *(stage.name for stage in tests))
    told = {key: config[key] for key in ("name", "students", "evaluate")}
    return [
        Stage("problems", problems, (), ("problems.jsonl",), stages.write_problems),
        Stage("collect", teacher, ("problems",), ("traces.jsonl",), stages.collect_traces),
        Stage("curate", curate, ("collect",), judged, stages.curate_traces),
        Stage("examples", examples, ("curate",), rows_of, stages.write_examples, "examples"),
        Stage("rows", rows, ("examples",), (), stages.audit_rows),
        *(_training(run, arm, sft) for arm in arms),
        *tests,
        Stage("report", told, made, ("report.html", "report.json"), assemble.report),
    ]


def _training(run: Run, arm: Arm, settings: dict[str, Any]) -> Stage:
    name, files = f"sft/{arm.name}", stages.student_files(run, arm)
    return Stage(name, settings, ("examples",), files, partial(_train, arm=arm), name)


def _train(run: Run, arm: Arm) -> dict[str, Any]:
    return together(partial(stages.fine_tune, run, arm))


def _tests(
    run: Run, config: dict[str, Any], teacher: dict[str, Any], weights: str | None
) -> Iterator[Stage]:
    """Yield the evaluation of every arm: students, then baselines."""
    chosen = config["evaluate"]
    asked = {"split": chosen["split"], "also": chosen["also"]} | stages.judging(run)
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
    folder = f"eval/{name}"
    files = f"{folder}/traces.jsonl", f"{folder}/verdicts.jsonl"
    return Stage(f"evaluate/{name}", settings, ("problems", after), files, work, folder)


def _probes(run: Run, config: dict[str, Any]) -> Iterator[Stage]:
    """Yield the interventions on the reasoning of every student that reasons, and greedily."""
    settings = {key: config["evaluate"][key] for key in _PROBING} | stages.judging(run)
    if not stages.is_probed(run):
        return
    for arm in run.config.students:
        if arm.reasoning == "traces":
            output = f"eval/{arm.name}/{stages.PROBED}"
            work: Work = partial(stages.probe_student, arm=arm)
            after = (f"evaluate/{arm.name}",)
            folder = stages.probe_parts(arm)
            yield Stage(f"probe/{arm.name}", settings, after, (output,), work, folder)


def _reasoning(run: Run) -> Iterator[Stage]:
    """Yield the strategies of inference of every student that reasons."""
    if not run.config.evaluate.strategies:
        return
    settings = stages.strategy_settings(run)
    for arm in run.config.students:
        if arm.reasoning == "traces":
            files, folder = stages.solved_files(run, arm), f"eval/{arm.name}/{stages.SOLUTIONS}"
            work: Work = partial(stages.reason_student, arm=arm)
            after = (f"evaluate/{arm.name}",)
            yield Stage(f"reason/{arm.name}", settings, after, files, work, folder)


def _retention(run: Run) -> Iterator[Stage]:
    """Yield what asks base and students of what the base knew."""
    chosen = run.config.evaluate.retention
    if chosen is None:
        return
    settings = stages.retention_settings(run, chosen)
    work: Work = partial(stages.know_base, settings=chosen)
    files = stages.known_files(run, None)
    yield Stage("retention", settings, ("problems",), files, work, "retention/before")
    for arm in run.config.students:
        name, after = f"retention/{arm.name}", ("problems", f"sft/{arm.name}")
        work = partial(stages.know_student, arm=arm, settings=chosen)
        files, folder = stages.known_files(run, arm), f"retention/after/{arm.name}"
        yield Stage(name, settings, after, files, work, folder)


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
    every = table(run)
    chosen = _chosen(every, until)
    with locked(folder):
        _accept(run, every, len(chosen), overwrite=overwrite)
        results = _go_through(run, chosen, overwrite=overwrite)
        _tell_outdated(run, every[len(chosen) :], results)
    if until in (None, "report"):
        assemble.show_table(folder, sys.stdout)


def _accept(run: Run, every: list[Stage], first: int, *, overwrite: bool) -> None:
    """Write the configuration, once it is known that the `first` so many stages may be done.

    Raises:
        ConfigError: see `execute`.

    """
    results: dict[str, _Result] = {}
    looks = [_look(run, stage, results) for stage in every]
    for look in looks[:first]:
        _check(run, look, overwrite=overwrite)
    write_json(run.folder / "config.json", run.config.resolved())
    for look in looks:
        look.manifest.mark([key for key in look.changed if not key.startswith(_BEFORE)])


def _go_through(run: Run, chosen: list[Stage], *, overwrite: bool) -> dict[str, _Result]:
    """Do what is to be done; return what the stages have made."""
    results: dict[str, _Result] = {}
    for batch in _batches(run, chosen):
        looks = [_look(run, stage, results) for stage in batch]
        begun = [look for look in looks if _begin(run, look, overwrite=overwrite)]
        works = [partial(_timed, look.stage.work, run) for look in begun]
        for place, counts in side_by_side(works, run.config.workers):
            look = begun[place]
            made = _made(run.folder, look.stage)
            look.manifest.commit(look.settings, counts, made)
            results[look.stage.name] = _Result(digest(look.settings), made)
            say(told(look.stage.name, counts, run.folder))
    return results


def _made(folder: Path, stage: Stage) -> str:
    """Return a digest of the records that a stage made."""
    found = []
    for output in stage.outputs:
        if output.endswith(".jsonl"):
            with (folder / output).open("rb") as handle:
                found.append(hashlib.file_digest(handle, "sha256").hexdigest())
    return digest(found)


def _tell_outdated(run: Run, later: list[Stage], results: dict[str, _Result]) -> None:
    """Say which results do not fit any more what has been done now."""
    looks = [_look(run, stage, results) for stage in later]
    kinds = [look.stage.name.split("/")[0] for look in looks if look.was_done and look.changed]
    if kinds:
        named = ", ".join(dict.fromkeys(kinds))
        say(f"out of date now: {named}; `cotutor run --overwrite` makes them anew")


def _batches(run: Run, chosen: list[Stage]) -> Iterator[list[Stage]]:
    """Yield the stages in order, those together that may be worked on at the same time."""
    is_shared = run.config.workers > 1 and count() == 1
    for kind, some in groupby(chosen, lambda stage: stage.name.split("/")[0]):
        if is_shared and kind in ("sft", "evaluate", "probe", "reason", "retention"):
            yield list(some)
        else:
            yield from ([stage] for stage in some)


def _look(run: Run, stage: Stage, results: dict[str, _Result]) -> _Look:
    """Look at a stage, and note in `results` what those behind it rest on."""
    manifest = Manifest(run.folder / "manifests", stage.name)
    found = manifest.read()
    was_done = found is not None and found["done"]
    before = found["settings"].get("records", {}) if found else {}
    settings = stage.settings | {
        "inputs": {name: results[name].settings for name in stage.after},
        "records": {name: results[name].made or before.get(name) for name in stage.after},
    }
    changed = changed_keys(found["settings"], settings) if found else []
    made = found.get("made") if found and not changed else None
    results[stage.name] = _Result(digest(settings), made)
    gone = [output for output in stage.outputs if not (run.folder / output).exists()]
    missing = gone if was_done else []
    return _Look(stage, manifest, settings, found is not None, was_done, changed, missing)


def _begin(run: Run, look: _Look, *, overwrite: bool) -> bool:
    """Say whether a stage is to be worked on, and make it ready for that."""
    _check(run, look, overwrite=overwrite)
    if look.was_done and not look.changed:
        if look.missing:
            say(f"{look.stage.name} is done again: {run.folder / look.missing[0]} is missing")
            look.manifest.begin(look.settings)  # not done, if this is interrupted
        return bool(look.missing)
    if look.changed or not look.has_begun:
        _clear(run.folder, look.stage)
        look.manifest.begin(look.settings)
    return True


def _check(run: Run, look: _Look, *, overwrite: bool) -> None:
    if look.changed and not overwrite:
        if "records" not in (look.manifest.read() or {})["settings"]:
            raise ConfigError(
                f"{run.folder} was made by an older cotutor: choose another --dir, "
                "or make it anew with --overwrite"
            )
        # A digest changes with the keys that shape the content; alone, it is a changed file.
        named = [key for key in look.changed if key != "content"] or look.changed
        raise ConfigError(
            f"{run.folder}: {', '.join(named[:3])} changed since stage {look.stage.name} ran; "
            "redo it with --overwrite, or choose another --dir"
        )


def _timed(work: Work, run: Run) -> dict[str, Any]:
    began = time.monotonic()
    counts = work(run)
    return counts | {"seconds": round(time.monotonic() - began, 2)}


def dry_run(
    config: RunConfig, folder: Path, *, until: str | None = None, price: float | None = None
) -> list[str]:
    """Say, a line a stage, what `execute` would do, then what that takes (see `forecast`).

    Of several processes the main one says it.
    """
    work = partial(_dry_run, config, folder, until, price)
    return led(work, timeout=_timeout(config)) or []


def _dry_run(config: RunConfig, folder: Path, until: str | None, price: float | None) -> list[str]:
    run = stages.open_run(config, folder)
    states = _states(run, until)
    told = forecast(run, {name for name, state in states.items() if state != "done"}, price)
    lines = [f"{name:28} {state}" for name, state in states.items()]
    return [*lines, "", *told] if told else lines


def _states(run: Run, until: str | None) -> dict[str, str]:
    """Return the state of each stage by its name."""
    results: dict[str, _Result] = {}
    looks = (_look(run, stage, results) for stage in _chosen(table(run), until))
    return {look.stage.name: _state(look) for look in looks}


def _state(look: _Look) -> str:
    if look.changed:
        return f"changed: {', '.join(look.changed[:3])}; needs --overwrite"
    if not look.has_begun:
        return "to do"
    if look.missing:
        return f"to do again: {look.missing[0]} is missing"
    return "done" if look.was_done else "to continue"


def _chosen(stages_: list[Stage], until: str | None) -> list[Stage]:
    if until is None:
        return stages_
    last = max(at for at, stage in enumerate(stages_) if stage.name.split("/")[0] == until)
    return stages_[: last + 1]


def _clear(folder: Path, stage: Stage) -> None:
    for output in stage.outputs:
        (folder / output).unlink(missing_ok=True)
    if stage.folder is not None and (folder / stage.folder).exists():
        shutil.rmtree(folder / stage.folder)
