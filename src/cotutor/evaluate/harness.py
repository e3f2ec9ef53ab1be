"""Tasks of lm-evaluation-harness, through its own API, on a model that is loaded already.

The harness is no dependency of cotutor: without it, the run is refused in one sentence.
Its YAML tasks may hold functions, which it runs: they are the user's own, as its names are.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from cotutor.errors import BackendError, ConfigError
from cotutor.evaluate.retention import Known
from cotutor.models import quiet, virtual_tokens

# Of a task's metrics the first of these that it has, else the first one it names.
_PREFERRED = ("acc_norm", "acc", "exact_match")


def check_harness(tasks: Sequence[str]) -> None:
    """Refuse tasks that cannot be run here.

    Raises:
        BackendError: lm_eval is not installed.
        ConfigError: a task's file is missing.

    """
    if tasks and find_spec("lm_eval") is None:
        raise BackendError(
            "evaluate.retention.tasks needs the package lm_eval, which is not installed"
            " (pip install lm_eval)"
        )
    for task in tasks:
        if is_file(task) and not Path(task).is_file():
            raise ConfigError(f"evaluate.retention.tasks: there is no file {task}")


def load_tasks(tasks: Sequence[str]) -> None:
    """Load tasks with their documents once, before a run needs them: its caches then have them.

    Raises:
        BackendError: lm_eval is not installed, or the documents cannot be had here.
        ConfigError: there is no such task.

    """
    check_harness(tasks)
    if tasks:
        with quiet(), _explained(tasks):
            manager, names = _manager(tasks)
            manager.load(names)


def harness(
    model: Any, tokenizer: Any, tasks: Sequence[str], *, limit: int | None, batch_size: int
) -> Iterator[Known]:
    """Yield a model's score on every document of the tasks, groups taken apart.

    Raises:
        BackendError: lm_eval is not installed, a task cannot be loaded, or the model has
            virtual tokens, which the harness does not know of.
        ConfigError: a task's file is missing, or gives no number a document.

    """
    check_harness(tasks)
    if not tasks:
        return
    if virtual_tokens(model):
        raise BackendError("evaluate.retention.tasks: lm_eval cannot run prompts that were trained")
    samples = _samples(model, tokenizer, tasks, limit, batch_size)
    for task, found in samples.items():
        yield _known(task, found)


def _samples(
    model: Any, tokenizer: Any, tasks: Sequence[str], limit: int | None, batch_size: int
) -> Mapping[str, list[dict[str, Any]]]:
    import lm_eval
    from lm_eval.models.huggingface import HFLM

    kind = "seq2seq" if model.config.is_encoder_decoder else "causal"
    with quiet(), _explained(tasks):
        manager, names = _manager(tasks)
        held = HFLM(pretrained=model, tokenizer=tokenizer, backend=kind, batch_size=batch_size)
        found = lm_eval.simple_evaluate(
            model=held, tasks=names, limit=limit, bootstrap_iters=0, log_samples=True,
            task_manager=manager,
        )  # fmt: skip
    samples: Mapping[str, list[dict[str, Any]]] = found["samples"]
    return samples


def _manager(tasks: Sequence[str]) -> tuple[Any, list[str]]:
    """Return what loads the tasks, and their names."""
    from lm_eval.tasks import TaskManager

    folders = sorted({str(Path(task).parent) for task in tasks if is_file(task)})
    names = [_name_in(Path(task)) if is_file(task) else task for task in tasks]
    # Its own tasks are many, and take long to list.
    has_names = not all(map(is_file, tasks))
    manager = TaskManager(include_path=list(folders), include_defaults=has_names)
    if unknown := [name for name in names if name not in manager.all_tasks]:
        raise ConfigError(f"evaluate.retention.tasks: lm_eval has no task {unknown[0]!r}")
    return manager, names


@contextmanager
def _explained(tasks: Sequence[str]) -> Iterator[None]:
    """Turn what the harness raises for documents that it cannot have into one sentence."""
    try:
        yield
    except (OSError, ValueError, ConnectionError) as error:
        first_line = str(error).strip().partition("\n")[0]
        raise BackendError(
            f"evaluate.retention.tasks: lm_eval cannot run {', '.join(tasks)}: {first_line}"
        ) from error


def is_file(task: str) -> bool:
    """Say whether a task is a file of the user's, and no name of the harness."""
    return task.endswith((".yaml", ".yml"))


class _Loader(yaml.SafeLoader):
    """Reads a task's YAML for its name, and passes over the harness's own tags."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def _name_in(path: Path) -> str:
    """Return the task's name that a YAML file gives."""
    try:
        read = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"evaluate.retention.tasks: {path} is not YAML") from error
    name = read.get("task") if isinstance(read, dict) else None
    if not isinstance(name, str):
        raise ConfigError(f"evaluate.retention.tasks: {path} names no task")
    return name


def _known(task: str, samples: Sequence[Mapping[str, Any]]) -> Known:
    """Return the scores of a task's documents: of its first filter, and of one metric."""
    filtered = samples[0]["filter"]
    metrics = samples[0]["metrics"]
    metric = next((name for name in _PREFERRED if name in metrics), metrics[0])
    scores = {str(one["doc_id"]): one[metric] for one in samples if one["filter"] == filtered}
    try:
        numbers = tuple(float(score) for score in scores.values())
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"evaluate.retention.tasks: {task} gives no number a document ({metric})"
        ) from error
    name = f"task: {task} ({metric}{'' if filtered == 'none' else f', {filtered}'})"
    return Known(set=name, unit="share", items=tuple(scores), scores=numbers)
