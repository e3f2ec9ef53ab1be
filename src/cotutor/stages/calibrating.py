"""What `cotutor evaluate --calibrate` does: trains students of known faithfulness, and probes them.

The students of a seed are trained once, on the embedded base, and kept in the user's cache
folder under a digest of all that shapes them. What three seeds came to is part of the package,
so that every report can say which score to trust.
"""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import resources
from itertools import chain
from pathlib import Path

from cotutor.evaluate.calibration import (
    KINDS,
    SLIPS,
    Made,
    Scores,
    asked,
    calibration,
    examples,
    trace_scores,
)
from cotutor.evaluate.faithfulness import Probing, probe
from cotutor.evaluate.settings import CONTROLS, PROBES
from cotutor.format import training_format
from cotutor.generate.settings import LocalSettings
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.problems import load
from cotutor.problems.sources import parse_source
from cotutor.progress import say
from cotutor.records import Probe, Problem, Request, Trace, Verdict, digest
from cotutor.report.model import Calibrated
from cotutor.store import read_json, read_records, write_json, write_records
from cotutor.train import Arm, SftSettings
from cotutor.verify import VERIFIER, decide
from cotutor.workers import side_by_side

SAMPLES, STEPS, MAX_TOKENS = 4, 1500, 140
FAMILIES = ({"family": "last_letters", "level": 4},)
"""One with so many answers that none is met by chance, and which a student can learn to
answer at once: so that one that answers first has an answer to state."""
TRAINED, TESTED = 800, 150
"""Problems of each family."""
SFT = SftSettings(
    base="embedded",
    format="plain",
    trainer={
        "per_device_train_batch_size": 8, "learning_rate": 2e-3, "eval_strategy": "no",
        "lr_scheduler_type": "cosine", "warmup_steps": 20,
    },
)  # fmt: skip
PACKAGED = Path(str(resources.files("cotutor"))) / "calibration.json"
_ROWS, _PROBES = 1, 3  # raised when training rows, or probes, are made otherwise


def home() -> Path:
    """Return the folder of the calibration in the user's cache.

    `COTUTOR_CACHE` names another cache folder.
    """
    from cotutor.models import weights_digest

    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(os.environ.get("COTUTOR_CACHE") or Path(caches) / "cotutor")
    shaped = [FAMILIES, TRAINED, SAMPLES, STEPS, SLIPS, SFT.model_dump(), _ROWS]
    return cache / "calibration" / digest(shaped, weights_digest(SFT.base))


def _file(name: str, suffix: str = "jsonl") -> str:
    """Return the name of a file that holds what this edition of the probes found."""
    key = digest(TESTED, MAX_TOKENS, PROBES, CONTROLS, VERIFIER, _PROBES)
    return f"{name}-{key}.{suffix}"


def edition() -> str:
    """Return a digest of all that shapes what a calibration finds."""
    return digest(home().name, _file("calibration"))


def known() -> Calibrated | None:
    """Return what is known of more seeds: what is in the cache, or in the package.

    None where there is nothing of this edition.
    """
    path = home() / _file("calibration", "json")
    found = [Calibrated.model_validate(read_json(path))] if path.exists() else []
    packaged = read_json(PACKAGED)
    if packaged is not None and packaged["edition"] == edition():
        found.append(Calibrated.model_validate(packaged["found"]))
    return max(found, key=lambda table: len(table.seeds), default=None)


def calibrate(seeds: Sequence[int], workers: int) -> Calibrated:
    """Return how well every probe tells the students of those seeds apart.

    What is there already is not trained again; `workers` students are trained at a time. The
    cache keeps what all seeds in it come to.
    """
    folder = home()
    works = [
        partial(_student, kind, seed, folder / f"seed-{seed}" / kind)
        for seed in seeds
        for kind in KINDS
        if not (folder / f"seed-{seed}" / kind / _file("probes")).exists()
    ]
    for _ in side_by_side(works, workers):
        pass
    found, every = _calibrated(folder, seeds), _calibrated(folder, _whole_seeds(folder))
    write_json(folder / _file("calibration", "json"), every.model_dump())
    return found


def _whole_seeds(folder: Path) -> list[int]:
    """Return the seeds of which all students are in the cache, probed."""
    places = {int(place.name.removeprefix("seed-")): place for place in folder.glob("seed-*")}
    return sorted(
        seed
        for seed, place in places.items()
        if all((place / kind / _file("probes")).exists() for kind in KINDS)
    )


def _calibrated(folder: Path, seeds: Sequence[int]) -> Calibrated:
    by_kind = {
        kind: [_scores(folder / f"seed-{seed}" / kind, kind, seed) for seed in seeds]
        for kind in KINDS
    }
    asked_on = ", ".join(f"{one['family']} (level {one['level']})" for one in FAMILIES)
    return Calibrated(on=asked_on, seeds=tuple(seeds), rows=tuple(calibration(by_kind)))


def _scores(folder: Path, kind: Made, seed: int) -> Scores:
    problems = {problem.id: problem for problem in _tested(kind, seed)}
    traces = read_records(folder / _file("traces"), Trace)
    verdicts = read_records(folder / _file("verdicts"), Verdict)
    probes = read_records(folder / _file("probes"), Probe)
    return trace_scores(problems, list(zip(traces, verdicts, strict=True)), probes)


def changed_by_reinsertion(seeds: Sequence[int]) -> dict[Made, tuple[int, int]]:
    """Return of each kind of student how many re-insertions changed its answer, of how many."""
    counts = {}
    for kind in KINDS:
        found = [p.is_changed for p in _probes(home(), seeds, kind) if p.probe == "re-insertion"]
        judged = [changed for changed in found if changed is not None]
        counts[kind] = (sum(judged), len(judged))
    return counts


def accuracy(seeds: Sequence[int]) -> dict[Made, tuple[int, int]]:
    """Return of each kind of student how many problems it answered rightly, of how many."""
    counts = {}
    for kind in KINDS:
        paths = (home() / f"seed-{seed}" / kind / _file("verdicts") for seed in seeds)
        outcomes = [verdict.outcome for path in paths for verdict in read_records(path, Verdict)]
        counts[kind] = (outcomes.count("correct"), len(outcomes))
    return counts


def _probes(folder: Path, seeds: Sequence[int], kind: Made) -> Iterator[Probe]:
    for seed in seeds:
        yield from read_records(folder / f"seed-{seed}" / kind / _file("probes"), Probe)


def _tested(kind: Made, seed: int) -> list[Problem]:
    return asked(kind, _problems("heldout", TESTED, seed))


def _problems(split: str, count: int, seed: int) -> list[Problem]:
    sources = [{**family, "split": split, "count": count} for family in FAMILIES]
    return list(load(parse_source(sources), seed=seed))


def _student(kind: Made, seed: int, folder: Path) -> None:
    """Train one student, let it answer, and probe it."""
    from cotutor.generate.local import LocalGenerator, LocalWriter
    from cotutor.models import load_student
    from cotutor.train.sft import train_arm

    fmt = training_format(SFT.format, reasoning=True)
    train = _problems("train", TRAINED, seed)
    teacher = SymbolicTeacher(mistakes=SLIPS[kind], seed=seed, format=fmt.name)
    requests = (Request(problem=problem, sample=k) for problem in train for k in range(SAMPLES))
    rows = examples(kind, train, teacher.generate(requests), fmt)
    arm = Arm(name=kind, samples=SAMPLES)
    if not (folder / "training.json").exists():
        train_arm(arm, rows, SFT, folder=folder, steps=STEPS, seed=seed)
    model, tokenizer, _ = load_student(folder)
    problems = {p.id: p for p in _tested(kind, seed)}
    settings = LocalSettings(format=fmt.name, max_tokens=MAX_TOKENS)
    generator = LocalGenerator(model, tokenizer, settings, name=kind)
    traces = list(generator.generate(Request(problem=problem) for problem in problems.values()))
    judged = [(trace, decide(problems[trace.problem_id], trace, steps=True)) for trace in traces]
    writer = LocalWriter(model, tokenizer, name=kind)
    how = Probing(max_tokens=MAX_TOKENS)
    found = list(chain.from_iterable(probe(problems, judged, writer, how)))
    write_records(folder / _file("traces"), traces)
    write_records(folder / _file("verdicts"), [verdict for _, verdict in judged])
    write_records(folder / _file("probes"), found)
    say(f"calibrate: {kind}, seed {seed}: {len(found)} probes of {len(traces)} traces")
