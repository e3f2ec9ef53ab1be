"""The report: what a run found, as JSON for programs and as a page for people."""

import os
from contextlib import suppress
from pathlib import Path

from cotutor.errors import DataError
from cotutor.report.headline import headline
from cotutor.report.model import Report
from cotutor.report.page import render_page
from cotutor.report.terminal import terminal_table

__all__ = ["headline", "render_page", "terminal_table", "write_report"]


def write_report(folder: Path, report: Report) -> None:
    """Write `report.json` and `report.html` into the folder, each whole or not at all.

    Raises:
        DataError: the folder or a file cannot be written.

    """
    texts = {
        "report.html": render_page(report),
        "report.json": report.model_dump_json(indent=2) + "\n",
    }
    for name, text in texts.items():
        _replace(folder / name, text)


def _replace(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(text.encode())
        os.replace(unfinished, path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise DataError(f"cannot write {path}: {error.strerror}") from error
