"""`cotutor solve`: ask a student one question."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer


def solve(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    student: Annotated[Path, typer.Argument(metavar="STUDENT", help="A student's folder.")],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="- reads it from stdin.")],
    strategy: Annotated[
        str | None, typer.Option(help="How to reason, such as self-consistency.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the strategy."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="The kind by which a strategy compares answers: number, choice, yes_no, string, "
            "list, date or expression (default: numbers as numbers, anything else as text)."
        ),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0, help="0 is greedy (the default).")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="The most one completion takes (default: 512).")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same one gives the same solution.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Ask a student one question: its steps, its answer, and the tokens it took."""
    from cotutor.errors import ConfigError
    from cotutor.report.words import visible  # a terminal would obey control characters
    from cotutor.student import Student

    settings = _strategy(strategy, overrides or [])
    plain = {"temperature": temperature, "max_tokens": max_tokens}
    how: dict[str, Any] = {key: value for key, value in plain.items() if value is not None}
    _check_fit(strategy, kind, how)
    if question == "-":
        question = _stdin()
    if not question.strip():
        raise ConfigError("the question is empty")
    how |= {"strategy": settings, "kind": kind, "seed": seed}
    solution = Student.load(student).solve(question, **how)
    if as_json:
        typer.echo(json.dumps(asdict(solution), ensure_ascii=False))
        return
    for number, step in enumerate(solution.steps, 1):
        typer.echo(f"{number:>3}  {visible(step)}")
    answer = "none: it was cut off before one came" if solution.answer is None else solution.answer
    votes = ", ".join(f"{visible(a)} {n}" for a, n in solution.votes.items())
    typer.echo(f"→ {visible(answer)}")
    typer.echo(f"  {solution.tokens} tokens" + (f"; votes: {votes}" if votes else ""))


def _stdin() -> str:
    from cotutor.errors import DataError

    try:
        return typer.get_text_stream("stdin", encoding="utf-8").read()
    except UnicodeDecodeError as error:
        raise DataError("the question on stdin is not UTF-8 text") from error


def _check_fit(strategy: str | None, kind: str | None, how: dict[str, Any]) -> None:
    """Refuse what would not be heeded, as the server does."""
    from cotutor.errors import ConfigError

    if strategy is None and kind is not None:
        raise ConfigError("--kind is for the votes of a --strategy")
    if strategy is not None and how:
        key, value = next(iter(how.items()))
        option = f"--{key.replace('_', '-')}"
        raise ConfigError(f"{option}: say it in the strategy, with --set {key}={value}")


def _strategy(kind: str | None, overrides: list[str]) -> dict[str, Any] | None:
    from cotutor.errors import ConfigError

    settings: dict[str, Any] = {}
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals:
            raise ConfigError(f"--set {override!r} is not of the form key=value")
        settings[key.strip()] = value.strip()
    if kind is None and settings:
        raise ConfigError("--set is for the settings of a --strategy")
    return None if kind is None else {"kind": kind, **settings}
