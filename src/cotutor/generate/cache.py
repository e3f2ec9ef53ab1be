"""The request cache: one SQLite file of answered calls, so that none is sent or paid for twice.

Each answer is committed in the moment it arrives, so a killed process loses only
what was in flight. A failure is never stored: there is no column for one. The
file is in WAL mode; other processes may read it while a run writes.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict

from cotutor.errors import DataError
from cotutor.records import Finish

_PATIENCE = 30.0  # seconds

_SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY,
    payee TEXT NOT NULL,
    text TEXT NOT NULL,
    finish TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    is_estimated INTEGER NOT NULL
) WITHOUT ROWID
"""


class Tokens(NamedTuple):
    """Tokens read and tokens written; their prices differ."""

    prompt: int = 0
    completion: int = 0

    def plus(self, other: "Tokens") -> "Tokens":
        """Return the sum, kind by kind."""
        return Tokens(self.prompt + other.prompt, self.completion + other.completion)

    def minus(self, other: "Tokens") -> "Tokens":
        """Return the difference, kind by kind."""
        return Tokens(self.prompt - other.prompt, self.completion - other.completion)


class Reply(BaseModel):
    """What a server answered to one call; `is_estimated` says that it did not count the tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    finish: Finish
    prompt_tokens: int
    completion_tokens: int
    is_estimated: bool = False

    @property
    def tokens(self) -> Tokens:
        """The tokens of the call."""
        return Tokens(self.prompt_tokens, self.completion_tokens)


class RequestCache:
    """Replies by key, in a file or (without a path) in memory; a context manager.

    Raises:
        DataError: the file cannot be opened, read or written.

    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        with self._explained():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            # The loop's thread works with it after the caller's thread has opened it, never both.
            self._db = sqlite3.connect(
                path or ":memory:", isolation_level=None, timeout=_PATIENCE, check_same_thread=False
            )
        try:
            with self._explained():
                self._use_wal()
            self._run("PRAGMA synchronous=NORMAL")
            self._run(_SCHEMA)
        except DataError:
            self._db.close()
            raise

    def get(self, key: str) -> Reply | None:
        """Return the stored reply, None where the call was never answered."""
        columns = ", ".join(Reply.model_fields)
        row = self._run(f"SELECT {columns} FROM replies WHERE key = ?", key).fetchone()
        return Reply(**dict(zip(Reply.model_fields, row, strict=True))) if row else None

    def put(self, key: str, reply: Reply, *, payee: str) -> None:
        """Store a reply for good; the first one stored under a key stays."""
        self._run(
            "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)",
            key, payee, *reply.model_dump().values(),
        )  # fmt: skip

    def paid(self, payee: str) -> Tokens:
        """Return the tokens of all replies ever stored for one payee."""
        sums = "COALESCE(SUM(prompt_tokens), 0), COALESCE(SUM(completion_tokens), 0)"
        return Tokens(*self._run(f"SELECT {sums} FROM replies WHERE payee = ?", payee).fetchone())

    def _use_wal(self) -> None:
        """Switch to WAL mode; unlike elsewhere, SQLite does not wait here for another process."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode & 0xFF in (
                    sqlite3.SQLITE_BUSY,
                    sqlite3.SQLITE_LOCKED,
                )
                if not is_busy or time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def _run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        with self._explained():
            return self._db.execute(statement, values)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise DataError(f"the request cache {self._path} cannot be used: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
