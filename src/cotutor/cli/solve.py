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
    temperature: Annotated[float, typer.Option(min=0, help="0 is greedy.")] = 0.0,
    max_tokens: Annotated[int, typer.Option(min=1, help="The most one completion takes.")] = 512,
    seed: Annotated[int, typer.Option(help="The same one gives the same solution.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Ask a student one question: its steps, its answer, and the tokens it took."""
    from cotutor.student import Student

    if question == "-":
        question = typer.get_text_stream("stdin").read()
    settings = _strategy(strategy, overrides or [])
    solution = Student.load(student).solve(
        question, strategy=settings, temperature=temperature, max_tokens=max_tokens, seed=seed
    )
    if as_json:
        typer.echo(json.dumps(asdict(solution), ensure_ascii=False))
        return
    for number, step in enumerate(solution.steps, 1):
        typer.echo(f"{number:>3}  {_printable(step)}")
    answer = "none: it was cut off before one came" if solution.answer is None else solution.answer
    votes = ", ".join(f"{_printable(a)} {n}" for a, n in solution.votes.items())
    typer.echo(f"→ {_printable(answer)}")
    typer.echo(f"  {solution.tokens} tokens" + (f"; votes: {votes}" if votes else ""))


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


def _printable(text: str) -> str:
    """Return model text without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
