"""What the probing stages do: intervene on a student's reasoning, and write down the effects."""

import shutil
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from cotutor.evaluate.accuracy import Judged
from cotutor.evaluate.faithfulness import Probing, drawn, probe
from cotutor.progress import say
from cotutor.records import Probe
from cotutor.report.model import ALL
from cotutor.stages.run import Run
from cotutor.stages.training import students
from cotutor.store import read_records, write_records
from cotutor.train import Arm

PROBED = "probes.jsonl"


def probe_student(run: Run, arm: Arm) -> dict[str, Any]:
    """Probe the students of one arm on the problems drawn for all arms.

    A student that does not write its reasoning and answer as one text (an encoder with a
    decoder) cannot be made to go on from the middle, and is left out.
    """
    from cotutor.generate.local import LocalWriter
    from cotutor.models import load_student

    settings = run.config.evaluate
    chosen = {problem.id for problem in drawn(run.tested, settings.probed)}
    judged = [pair for pair in run.judged(arm.name) if pair[0].problem_id in chosen]
    how = Probing(
        settings.probes, settings.max_tokens, settings.answer_max_tokens, run.config.verify
    )
    files: list[Path] = []
    for place, (task, folder) in enumerate(students(run, arm).items()):
        some = [pair for pair in judged if task in (ALL, run.by_id[pair[0].problem_id].task)]
        model, tokenizer, _ = load_student(folder)
        if model.config.is_encoder_decoder:
            say(f"{arm.name} is an encoder with a decoder: its reasoning is not probed")
            continue
        writer = LocalWriter(model, tokenizer, name=arm.name, batch_size=4 * settings.batch_size)
        parts = run.folder / probe_parts(arm) / str(place)
        before = next(n for n in count() if not (parts / f"{n:06}.jsonl").exists())
        for n, found in enumerate(probe(run.by_id, some, writer, how, before), before):
            write_records(parts / f"{n:06}.jsonl", found)
        files += sorted(parts.glob("*.jsonl"))
    every = [one for file in files for one in read_records(file, Probe)]
    write_records(run.folder / "eval" / arm.name / PROBED, every)
    shutil.rmtree(run.folder / probe_parts(arm), ignore_errors=True)
    return _counts(judged, every)


def probe_parts(arm: Arm) -> str:
    """Return where the parts lie that are done, in the run directory, until all are."""
    return f"eval/{arm.name}/probes"


def is_probed(run: Run) -> bool:
    """Whether the run file asks for probes, which go on from greedy attempts."""
    return run.config.evaluate.probed > 0 and run.config.evaluate.temperature == 0


def probes(run: Run, arm: str) -> list[Probe]:
    """Return what was found, nothing where the arm was not probed."""
    path = run.folder / "eval" / arm / PROBED
    return list(read_records(path, Probe)) if is_probed(run) and path.exists() else []


def _counts(judged: Sequence[Judged], found: Sequence[Probe]) -> dict[str, Any]:
    """Count the traces, those that cannot be probed by reason, and what changed an answer."""
    unfit = Counter(p.reason for p in found if p.probe == "re-insertion" and p.reason)
    changed = Counter(p.probe for p in found if p.is_changed)
    return {"traces": len(judged), "unfit": dict(unfit), "changed": dict(changed)}
