"""What the rubric stage does: rules and LLM judges rate the attempts of an arm."""

from collections import Counter
from pathlib import Path
from typing import Any

from cotutor.evaluate.judge import rated_by_judge
from cotutor.evaluate.rubric import Criterion, Rating, rated_by_rules, rubric_measures
from cotutor.generate.settings import INCIDENTAL
from cotutor.report.model import Measure
from cotutor.stages.run import Run
from cotutor.store import read_records, write_records


def rubric_settings(rubric: tuple[Criterion, ...]) -> list[dict[str, Any]]:
    """Return all of a rubric that shapes its ratings: not how fast or at what price they come."""
    hidden = {"judge": set(INCIDENTAL)}
    return [criterion.model_dump(mode="json", exclude=hidden) for criterion in rubric]


def rate(run: Run, arm: str, rubric: tuple[Criterion, ...]) -> dict[str, Any]:
    """Rate the attempts of one arm; a judge answers from its cache what it was asked before."""
    judged = run.judged(arm)
    ratings = list(rated_by_rules(rubric, judged))
    for criterion in rubric:
        ratings += rated_by_judge(_with_cache(run, criterion), run.by_id, judged)
    write_records(_path(run, arm), ratings)
    unlabelled = Counter(one.criterion for one in ratings if one.label is None)
    return {"ratings": len(ratings), "without a label": dict(unlabelled)}


def rated(run: Run, arm: str) -> list[Measure]:
    """Return what the rubric found, of an arm whose stage is done."""
    return list(rubric_measures(arm, list(read_records(_path(run, arm), Rating))))


def _path(run: Run, arm: str) -> Path:
    return run.folder / "rubric" / f"{arm}.jsonl"


def _with_cache(run: Run, criterion: Criterion) -> Criterion:
    """Give a judge the run's own request cache, unless its settings name one."""
    if criterion.judge is None or criterion.judge.cache is not None:
        return criterion
    cache = {"cache": run.folder / "judge.sqlite"}
    return criterion.model_copy(update={"judge": criterion.judge.model_copy(update=cache)})
