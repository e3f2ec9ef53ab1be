"""`cotutor serve`: students behind an endpoint that any OpenAI client can call, and a page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cotutor.serve.settings import ServeSettings


def serve(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    students: Annotated[
        list[str],
        typer.Argument(metavar="STUDENT [NAME=STUDENT]...", help="Students' folders, by name."),
    ],
    host: Annotated[str, typer.Option(help="Another than a loopback host needs a key.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    api_key_env: Annotated[
        str | None,
        typer.Option(metavar="VAR", help="The environment variable with the key to ask for."),
    ] = None,
    admin: Annotated[
        bool, typer.Option("--admin", help="Let callers load and remove adapters.")
    ] = False,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="KEY=N",
            help="body, tokens, default_tokens, choices, texts, batch, requests or seconds.",
        ),
    ] = None,
    backend: Annotated[str, typer.Option(help="local, or vllm where it is installed.")] = "local",
) -> None:
    """Serve students: OpenAI's API under /v1, and a page to ask them at /."""
    from cotutor.errors import ConfigError
    from cotutor.progress import say

    settings = _settings(
        host=host, port=port, api_key=_key(api_key_env), admin=admin,
        limits=_limits(overrides or []),
    )  # fmt: skip
    named = _named(students)
    if backend == "vllm":
        from cotutor.models import read_student
        from cotutor.serve.vllm import run_vllm

        run_vllm({name: (path, read_student(path)) for name, path in named.items()}, settings)
    if backend != "local":
        raise ConfigError(f"--backend is local or vllm, not {backend!r}")
    try:
        from cotutor.serve.run import serve as run
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"serving needs the package {error.name}: pip install 'cotutor[serving]'"
        ) from error
    run(named, settings, say)


def _named(students: list[str]) -> dict[str, Path]:
    """Return folders by name; a folder without one is called as it is."""
    from cotutor.errors import ConfigError

    named: dict[str, Path] = {}
    for given in students:
        name, equals, path = given.partition("=")
        if not equals or "/" in name:
            name, path = Path(given).resolve().name, given
        if not name or not path:
            raise ConfigError(f"{given!r} is not of the form NAME=STUDENT")
        if name in named:
            raise ConfigError(f"two students are called {name}: name them, NAME=STUDENT")
        named[name] = Path(path)
    return named


def _key(variable: str | None) -> str | None:
    from cotutor.errors import ConfigError

    if variable is None:
        return None
    if not os.environ.get(variable):
        raise ConfigError(f"--api-key-env: the environment variable {variable} is not set")
    return os.environ[variable]


def _limits(overrides: list[str]) -> dict[str, str]:
    from cotutor.errors import ConfigError

    pairs = [override.partition("=") for override in overrides]
    for key, equals, value in pairs:
        if not equals:
            raise ConfigError(f"--limit {key + value!r} is not of the form KEY=N")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _settings(**given: Any) -> ServeSettings:
    from pydantic import ValidationError

    from cotutor.errors import ConfigError
    from cotutor.serve.settings import ServeSettings

    try:
        return ServeSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = str(first["msg"]).removeprefix("Value error, ")
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{place}: {reason}" if place else reason) from error
