"""What filters are worth where right answers stand on bad reasonings: `python -m bench.filters`.

A teacher without slips writes ten traces of each problem. Then `SPOILED` of them keep their right
answer and get another reasoning in its place: half of them that of another problem of the task,
half one of their own problem with a slip. So the answer filter sees nothing. One student is trained
per filter, each on four traces a problem drawn from those that passed, and one on the teacher's own
traces. Prints a table in Markdown: what each filter dropped, and the students on held-out problems,
beside the differences, problem by problem, from the student without a filter. A run that is there
already is not made again. `--quick`: the same on a few problems, to see that it works.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from cotutor.config import RunConfig, load_config
from cotutor.evaluate.chain import is_sound
from cotutor.evaluate.faithfulness.scores import scores
from cotutor.evaluate.finished import read_judged
from cotutor.format import format_named, parse
from cotutor.generate.symbolic import SymbolicTeacher
from cotutor.pipeline import execute
from cotutor.problems import load
from cotutor.problems.family import stream
from cotutor.records import Probe, Problem, Reject, Request, Trace
from cotutor.statistics import Mean, mean, wilson
from cotutor.store import Journal, read_records, write_text

RUN = Path(__file__).parents[1] / "examples" / "ablation.yaml"
ARM = "diverse-4"
SAMPLES = 10
SPOILED = 0.3
NO_FILTER, CLEAN = "no filter", "clean teacher"
FILTERS = ("step-valid", "supported", "grounded", "covering", "needed")
LEVELS = {"last_letters": 4, "arithmetic": 2}
FIELDS = ("problem_id", "sample", "completion", "finish")
HEAD = """| training traces | spoiled ones dropped, % | others dropped, % | accuracy, %: by seed \
| right with a sound chain, % | unsound, of right answers, % | early-answering AOC \
| accuracy, minus no filter | sound, minus no filter | AOC, minus no filter |
|---|---|---|---|---|---|---|---|---|---|
"""


@dataclass
class Outcome:
    """What the student of one seed did, and what its filter did to the teacher's traces.

    `right` and `sound` are 1 of problems answered right, and from a sound chain too, else 0;
    `areas` are AOC of the problems that were probed; `dropped` counts by (spoiled?, dropped?).
    """

    right: dict[str, float]
    sound: dict[str, float]
    areas: dict[str, float]
    dropped: Counter[tuple[bool, bool]]


def spoiled(problem: Problem, sample: int, seed: int) -> str | None:
    """Return what befalls a trace: "foreign", "slip", or None for nothing."""
    draw = stream("spoiled", seed, problem.id, sample).random()
    if draw >= SPOILED:
        return None
    return "foreign" if draw < SPOILED / 2 else "slip"


def traces(
    problems: Sequence[Problem], seed: int, *, is_clean: bool
) -> Iterator[dict[str, str | int]]:
    """Yield the recorded traces of the teacher, none or `SPOILED` of them spoiled."""
    style = format_named("plain")
    clean = SymbolicTeacher(seed=seed)
    slipping = SymbolicTeacher(mistakes=1.0, seed=seed)
    for problem in problems:
        others = [p for p in problems if p.task == problem.task and p.gold != problem.gold]
        for sample in range(SAMPLES):
            how = None if is_clean else spoiled(problem, sample, seed)
            teacher, told = (slipping if how == "slip" else clean), problem
            if how == "foreign":
                told = stream("donor", seed, problem.id, sample).choice(others)
            (trace,) = teacher.generate([Request(problem=told, sample=sample)])
            completion = style.completion(parse(trace).text, problem.gold)
            yield {
                "problem_id": problem.id, "sample": sample, "completion": completion,
                "finish": "stop",
            }  # fmt: skip


def changes(seed: int, quick: bool) -> list[str]:
    """Return what differs from the run file whatever the filter."""
    trained, tested, steps, probed = (12, 6, 2, 2) if quick else (200, 200, 400, 60)
    sides = {"train": trained, "heldout": tested}
    problems = {
        side: [
            {"family": family, "split": side, "count": count, "level": level}
            for family, level in LEVELS.items()
        ]
        for side, count in sides.items()
    }
    return [
        f"problems={json.dumps(problems)}", f"seed={seed}", f"sft.trainer.max_steps={steps}",
        "evaluate.retention=null", "evaluate.probes=[early-answering]",
        f"evaluate.probed={probed}",
    ]  # fmt: skip


def configured(name: str, folder: Path, seed: int, quick: bool) -> RunConfig:
    """Return the run of one student; its teacher's traces are written where they are missing."""
    common, is_clean = changes(seed, quick), name == CLEAN
    file = folder / f"{'clean' if is_clean else 'spoiled'}-{seed}.jsonl"
    if not file.exists():
        problems = load(load_config(RUN, common).problems.train, seed=seed)
        rows = traces(problems, seed, is_clean=is_clean)
        write_text(file, "".join(json.dumps(row) + "\n" for row in rows))
    teacher = {
        "generator": "replay", "name": "recorded", "format": "plain", "samples": SAMPLES,
        "files": [str(file)], "map": {name: name for name in FIELDS},
    }  # fmt: skip
    filters = ["complete", *({name} & set(FILTERS))]
    own = [f"teacher={json.dumps(teacher)}", f"curate.filters={json.dumps(filters)}"]
    return load_config(RUN, [*common, *own])


def outcome(folder: Path, seed: int, *, is_clean: bool) -> Outcome:
    """Return what a run found."""
    right, sound = {}, {}
    for trace, verdict in read_judged(folder / "eval" / ARM):
        is_right = verdict.outcome == "correct"
        right[trace.problem_id] = float(is_right)
        sound[trace.problem_id] = float(is_right and is_sound(verdict.findings))
    probes = list(read_records(folder / "eval" / ARM / "probes.jsonl", Probe))
    of = {probe.trace_id: probe.problem_id for probe in probes}
    areas = {of[trace]: area for trace, area in scores(probes).get("early-answering", {}).items()}
    problems = {p.id: p for p in read_records(folder / "problems.jsonl", Problem)}
    rejects = read_records(folder / "rejected.jsonl", Reject)
    gone = {r.trace_id for r in rejects if r.reason not in ("not chosen", "duplicate")}
    dropped: Counter[tuple[bool, bool]] = Counter()
    for trace in Journal(folder / "traces.jsonl").read(Trace):
        how = None if is_clean else spoiled(problems[trace.problem_id], trace.sample, seed)
        dropped[how is not None, trace.id in gone] += 1
    return Outcome(right, sound, areas, dropped)


def row(name: str, mine: Sequence[Outcome], base: Sequence[Outcome]) -> str:
    """Return one line of the table, of one outcome a seed.

    Several seeds, each with problems of its own, are what a difference is taken over, one seed's
    problems else.
    """
    right, sound, n = (
        int(sum(map(sum, values)))
        for values in (
            [one.right.values() for one in mine],
            [one.sound.values() for one in mine],
            [[len(one.right)] for one in mine],
        )
    )
    by_seed = ", ".join(f"{100 * fmean(one.right.values()):.1f}" for one in mine)
    cells = [
        name,
        _dropped(mine, is_spoiled=True),
        _dropped(mine, is_spoiled=False),
        f"{_share(right, n)}: {by_seed}",
        _share(sound, n),
        _share(right - sound, right),
        _interval(mean([[area] for one in mine for area in one.areas.values()])),
    ]
    gaps = [""] * 3
    if mine is not base:
        pairs = list(zip(mine, base, strict=True))
        gaps = [
            _gap([(a.right, b.right) for a, b in pairs]),
            _gap([(a.sound, b.sound) for a, b in pairs]),
            _gap([(a.areas, b.areas) for a, b in pairs]),
        ]
    return f"| {' | '.join([*cells, *gaps])} |"


def _gap(pairs: Sequence[tuple[Mapping[str, float], Mapping[str, float]]]) -> str:
    """Return the mean difference over seeds, of one seed over problems, with its t interval."""
    by_seed = [[a[key] - b[key] for key in a.keys() & b.keys()] for a, b in pairs]
    if len(by_seed) == 1:
        return _interval(mean([[moved] for moved in by_seed[0]]), "+")
    return _interval(mean([[fmean(moved)] for moved in by_seed]), "+")


def _dropped(outcomes: Sequence[Outcome], *, is_spoiled: bool) -> str:
    gone, stayed = (
        sum(one.dropped[is_spoiled, is_gone] for one in outcomes) for is_gone in (True, False)
    )
    return f"{100 * gone / (gone + stayed):.1f} of {gone + stayed:,}" if gone + stayed else ""


def _share(count: int, n: int) -> str:
    if not n:
        return "none"
    found = wilson(count, n)
    low, high = 100 * found.low, 100 * found.high
    return f"{100 * found.value:.1f} ({low:.1f} to {high:.1f}), n = {n:,}"


def _interval(found: Mean, sign: str = "") -> str:
    """Return a mean in percent; with a `sign`, as a difference."""
    told = f"{100 * found.value:{sign}.1f}"
    if found.low is not None and found.high is not None:
        told += f" ({100 * found.low:{sign}.1f} to {100 * found.high:{sign}.1f})"
    return told if sign else f"{told}, n = {found.n}"


def compare(folder: Path, seeds: Sequence[int], filters: Sequence[str], quick: bool) -> str:
    """Make what is missing in a folder; return the table."""
    found: dict[str, list[Outcome]] = {name: [] for name in (NO_FILTER, *filters, CLEAN)}
    for seed in seeds:
        for name, outcomes in found.items():
            run = folder / f"{name.replace(' ', '-')}-{seed}"
            execute(configured(name, folder, seed, quick), run)
            outcomes.append(outcome(run, seed, is_clean=name == CLEAN))
    rows = [row(name, outcomes, found[NO_FILTER]) for name, outcomes in found.items()]
    return f"\nseeds {list(seeds)}\n\n{HEAD}" + "\n".join(rows) + "\n"


def main() -> None:
    """Make what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dir", type=Path, default=Path("runs/filters"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--filters", nargs="+", choices=FILTERS, default=FILTERS)
    parser.add_argument("--quick", action="store_true", help="a few problems and steps")
    given = parser.parse_args()
    sys.stdout.write(compare(given.dir, given.seeds, given.filters, given.quick))


if __name__ == "__main__":
    main()
