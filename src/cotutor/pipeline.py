"""The pipeline: the table of stages, and how a run goes through it.

A stage is skipped when its manifest says that it was done with the same
settings and inputs, continued when it was interrupted or a file of it is gone,
and refused when something that shapes its outcome has changed since. Of several
processes the main one goes through the stages, and all train.
"""

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from cotutor import assemble, stages
from cotutor.config import RunConfig
from cotutor.evaluate import PROMPTING
from cotutor.forecast import forecast
from cotutor.progress import say
from cotutor.ranks import count, led, together
from cotutor.records import digest
from cotutor.stages import Run
from cotutor.standing import (
    BEFORE,
    Look,
    Result,
    Stage,
    Work,
    agree,
    agreed,
    check,
    clear,
    look,
    settle,
    state,
)
from cotutor.store import locked
from cotutor.teachers import teacher_settings
from cotutor.tell import told
from cotutor.train import Arm
from cotutor.workers import side_by_side

_ROWS = ("base", "revision", "format", "max_length", "on_long")
_DECODING = ("samples", "temperature", "max_tokens", "answer_max_tokens", "batch_size")
_PROBING = ("probes", "probed", "max_tokens", "answer_max_tokens")
_LOADING = ("evaluate", "probe", "reason", "retention")


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
    sft = stages.training_settings(run) | {"weights": weights}
    rows = {key: config["sft"][key] for key in _ROWS} | {"weights": weights}
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
    stages.forget_lost(run, arm)
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
    with locked(folder):
        every = _with_lost_weights(run, table(run), until)
        chosen = _chosen(every, until)
        may = _accept(run, every, len(chosen), overwrite=overwrite)
        results = _go_through(run, chosen, may)
        settle(run, [stage.name for stage in chosen])
        _tell_outdated(run, every[len(chosen) :], results)
    if until in (None, "report"):
        assemble.show_table(folder, sys.stdout)


def _with_lost_weights(run: Run, every: list[Stage], until: str | None) -> list[Stage]:
    """Return the stages, weights that are gone among the outputs where a stage needs them."""
    results: dict[str, Result] = {}
    looks = [look(run, stage, results) for stage in _chosen(every, until)]
    due = {seen.stage.name for seen in looks if seen.is_due}
    lost = {
        f"sft/{arm.name}": stages.lost_weights(run, arm)
        for arm in run.config.students
        if due.intersection(f"{kind}/{arm.name}" for kind in _LOADING)
    }
    return [replace(one, outputs=one.outputs + lost.get(one.name, ())) for one in every]


def _accept(run: Run, every: list[Stage], first: int, *, overwrite: bool) -> frozenset[str]:
    """Write the configuration and what is asked, once the `first` so many stages may be done.

    Return the names of those that may be redone though they have work to lose.

    Raises:
        BackendError: a task of `evaluate.retention` is out of reach.
        ConfigError: see `execute`.

    """
    results: dict[str, Result] = {}
    looks = [look(run, stage, results) for stage in every]
    names = [stage.name for stage in every[:first]]
    may = frozenset(names) if overwrite else agreed(run, every)
    for seen in looks[:first]:
        check(run, seen, may)
    if any(seen.is_due and seen.stage.kind == "retention" for seen in looks[:first]):
        stages.load_tasks(run)
    if overwrite:
        agree(run, every, names)
    stages.write_config(run)
    for seen in looks:
        seen.manifest.mark([key for key in seen.named() if not key.startswith(BEFORE)])
    return may


def _go_through(run: Run, chosen: list[Stage], may: frozenset[str]) -> dict[str, Result]:
    """Do what is to be done; return what the stages have made."""
    results: dict[str, Result] = {}
    for batch in _batches(run, chosen):
        looks = [look(run, stage, results) for stage in batch]
        begun = [seen for seen in looks if _begin(run, seen, may)]
        works = [partial(_timed, seen.stage.work, run) for seen in begun]
        for place, counts in side_by_side(works, run.config.workers):
            seen = begun[place]
            made = _made(run.folder, seen.stage)
            seen.manifest.commit(seen.settings, counts, made)
            results[seen.stage.name] = Result(digest(seen.settings), made)
            say(told(seen.stage.name, counts, run.folder))
    return results


def _made(folder: Path, stage: Stage) -> str:
    """Return a digest of the records that a stage made."""
    found = []
    for output in stage.outputs:
        if output.endswith("traces.jsonl"):
            found.append(_of_traces(folder / output))
        elif output.endswith(".jsonl"):
            with (folder / output).open("rb") as handle:
                found.append(hashlib.file_digest(handle, "sha256").hexdigest())
    return digest(found)


def _of_traces(path: Path) -> str:
    """Return a digest of the traces that count: the last of each request, in whatever order."""
    last: dict[tuple[str, int], str] = {}
    with path.open("rb") as handle:
        for line in handle:
            trace = json.loads(line)
            key = trace["problem_id"], trace["sample"]
            last[key] = hashlib.sha256(line).hexdigest()
    return digest(sorted(last.values()))


def _tell_outdated(run: Run, later: list[Stage], results: dict[str, Result]) -> None:
    """Say which results do not fit any more what has been done now."""
    looks = [look(run, stage, results) for stage in later]
    kinds = [seen.stage.kind for seen in looks if seen.was_done and seen.changed]
    if kinds:
        named = ", ".join(dict.fromkeys(kinds))
        say(f"out of date now: {named}; `cotutor run --overwrite` makes them anew")


def _batches(run: Run, chosen: list[Stage]) -> Iterator[list[Stage]]:
    """Yield the stages in order, those together that may be worked on at the same time."""
    is_shared = run.config.workers > 1 and count() == 1
    for kind, some in groupby(chosen, lambda stage: stage.kind):
        if is_shared and kind in ("sft", "evaluate", "probe", "reason", "retention"):
            yield list(some)
        else:
            yield from ([stage] for stage in some)


def _begin(run: Run, seen: Look, may: frozenset[str]) -> bool:
    """Say whether a stage is to be worked on, and make it ready for that."""
    check(run, seen, may)
    if not seen.is_due:
        return False
    if seen.changed or not seen.has_begun:
        clear(run.folder, seen.stage)
        seen.manifest.begin(seen.settings)
    elif seen.missing:
        say(f"{seen.stage.name} is done again: {run.folder / seen.missing[0]} is missing")
        seen.manifest.begin(seen.settings)  # not done, if this is interrupted
    return True


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
    results: dict[str, Result] = {}
    every = _with_lost_weights(run, table(run), until)
    may = agreed(run, every)
    looks = (look(run, stage, results) for stage in _chosen(every, until))
    return {seen.stage.name: state(seen, may) for seen in looks}


def _chosen(stages_: list[Stage], until: str | None) -> list[Stage]:
    if until is None:
        return stages_
    last = max(at for at, stage in enumerate(stages_) if stage.kind == until)
    return stages_[: last + 1]
