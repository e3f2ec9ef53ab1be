"""What a loaded model knows: single-step skills, problem sets, and how likely it finds a text.

Each function asks one model and returns a `Known` per set; base and students are asked alike.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from cotutor.errors import ConfigError, DataError
from cotutor.evaluate.retention import Known, RetentionSettings
from cotutor.evaluate.skills import SKILLS, cases, is_passed
from cotutor.format import format_named
from cotutor.generate import Generator
from cotutor.generate.writing import Ask, Writer
from cotutor.models import EMBEDDED_BASE, context, quiet
from cotutor.records import Problem, Request, Trace, Verdict

# A batch of windows holds at most so many logits: half a gigabyte.
_MOST_LOGITS = 2**27

# No text has longer tokens on average; what is behind need not be tokenized.
_LONGEST_TOKEN = 32

_AS_IT_STANDS = format_named("zero-shot")  # a text is continued: no chat template, no second call


def skills(writer: Writer, *, count: int, seed: int) -> Iterator[Known]:
    """Yield what a model makes of `count` cases of every single-step skill, greedily."""
    for skill in SKILLS if count else ():
        asked = list(cases(skill, seed=seed, count=count))
        # A byte a token and one more shows whether a word goes on.
        asks = [
            Ask(prompt, _AS_IT_STANDS, max_tokens=len(target.encode()) + 1)
            for prompt, target in asked
        ]
        written = writer.write(asks)
        passed = [
            None if one.error else float(is_passed(one.text, target))
            for one, (_, target) in zip(written, asked, strict=True)
        ]
        yield Known(
            set=f"skill: {skill}", unit="share",
            items=tuple(map(str, range(count))), scores=tuple(passed),
            asked=tuple(prompt for prompt, _ in asked),
            written=tuple((None if one.error else one.text,) for one in written),
        )  # fmt: skip


def problem_sets(
    generator: Generator,
    sets: Mapping[str, Sequence[Problem]],
    judge: Callable[[Problem, Trace], Verdict],
) -> Iterator[Known]:
    """Yield how many problems of each set a model solves, as the one verifier sees it."""
    for name, problems in sets.items():
        by_id = {problem.id: problem for problem in problems}
        traces = {
            trace.problem_id: trace
            for trace in generator.generate([Request(problem=problem) for problem in problems])
        }
        scores: list[float | None] = []
        written: list[tuple[str | None, ...]] = []
        for key, problem in by_id.items():
            trace, outcome = traces[key], judge(problem, traces[key]).outcome
            scores.append(None if outcome == "unscored" else float(outcome == "correct"))
            written.append((None if trace.error else trace.completion,))
        yield Known(
            set=f"problems: {name}", unit="share", items=tuple(by_id), scores=tuple(scores),
            asked=tuple(problem.question for problem in by_id.values()), written=tuple(written),
        )  # fmt: skip


def reference_text(settings: RetentionSettings, base: str) -> Path | None:
    """Return the reference text: the one named, else the base's own, if it has one."""
    if settings.text is None and base == EMBEDDED_BASE:
        return Path(str(resources.files("cotutor") / "embedded" / "reference.txt"))
    return settings.text


def read_text(path: Path) -> str:
    """Return a reference text.

    Raises:
        DataError: the file cannot be read, or is no UTF-8 text.

    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"evaluate.retention.text: cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"evaluate.retention.text: {path} is not UTF-8 text") from error


def likelihood(
    model: Any, tokenizer: Any, text: str, settings: RetentionSettings, *, name: str
) -> Known:
    """Return how likely a model finds a text, window by window.

    A window scores its last `stride` tokens behind those before them. The first token of the
    text has nothing before it and is not scored, unless the tokenizer has a first token.

    Raises:
        ConfigError: the model reads with an encoder, or the text is shorter than two tokens,
            or virtual tokens leave no room for a window.

    """
    if model.config.is_encoder_decoder:
        raise ConfigError("evaluate.retention.text: a perplexity is a decoder's, and this base"
                          " reads with an encoder; leave text out")  # fmt: skip
    from cotutor.generate.likelihood import log_probabilities

    text = text[: _LONGEST_TOKEN * settings.text_tokens]
    with quiet():  # a text is longer than a context, and is meant to be
        ids = list(tokenizer(text, add_special_tokens=False)["input_ids"])[: settings.text_tokens]
    if tokenizer.bos_token_id is not None:
        ids = [tokenizer.bos_token_id, *ids]
    if len(ids) < 2:
        raise ConfigError(f"evaluate.retention.text: {name} has no two tokens")
    rows = list(windows(ids, *_fitting(model, settings)))
    size = max(1, _MOST_LOGITS // (settings.window * len(tokenizer)))
    batches = (rows[at : at + size] for at in range(0, len(rows), size))
    sums = [one for batch in batches for one in log_probabilities(model, batch)]
    return Known(
        set=f"text: {name}", unit="nats", items=tuple(map(str, range(len(rows)))),
        scores=tuple(sums), tokens=tuple(len(scored) for _, scored in rows),
    )  # fmt: skip


def _fitting(model: Any, settings: RetentionSettings) -> tuple[int, int]:
    """Return window and stride, no larger than the model's context allows.

    The stride follows from the context of the base, so that it scores what its students do,
    whose virtual tokens take places of that context.

    Raises:
        ConfigError: virtual tokens take half of the context or more.

    """
    whole, room = context(model.config), context(model)
    if whole is None or room is None:
        return settings.window, settings.stride
    window, stride = min(settings.window, room), min(settings.stride, whole // 2)
    if window <= stride:
        raise ConfigError(
            f"evaluate.retention.stride: {whole - room} virtual tokens leave {room} of the context "
            f"of {whole}, and a window needs more than its stride of {stride}: lower it"
        )
    return window, stride


def windows(ids: Sequence[int], window: int, stride: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield (tokens before, tokens scored): every token but the first is scored once."""
    for start in range(1, len(ids), stride):
        end = min(start + stride, len(ids))
        yield list(ids[max(0, end - window) : start]), list(ids[start:end])
