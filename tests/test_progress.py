import io

import pytest

from cotutor import progress


@pytest.mark.parametrize(
    ("count", "total", "seconds", "text"),
    [
        (10, 110, 5.0, "2.0/s, 0:50 left"),
        (1, 7201, 1.0, "1.0/s, 2:00:00 left"),
        (5, 5, 1.0, "5.0/s, 0:00 left"),
    ],
)
def test_rate_and_time_left(count, total, seconds, text):
    assert progress.pace(count, total, seconds) == text


def test_what_was_done_before_counts_towards_the_total_and_not_the_rate(monkeypatch, capsys):
    clock = iter(range(0, 1000, 40))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    assert list(progress.track("abc", "spell", total=10, done=7)) == ["a", "b", "c"]
    assert capsys.readouterr().err.splitlines() == [
        "spell: 8/10, 0.0/s, 1:20 left",
        "spell: 9/10, 0.0/s, 0:40 left",
        "spell: 10/10, 0.0/s, 0:00 left",
    ]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_a_bar_and_the_note_below_it(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(progress.sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "90")
    with progress.Ticker("train small", 8) as ticker:
        ticker.resume(2)
        ticker.advance("12k tokens/s, loss 0.312")
    shown = terminal.getvalue()
    assert "train small" in shown
    assert "3/8" in shown
    assert shown.index("12k tokens/s, loss 0.312") > shown.index("3/8")


def test_of_several_processes_the_first_one_shows(monkeypatch, capsys):
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", 0.0)
    for rank in ("1", "0"):
        monkeypatch.setenv("RANK", rank)
        with progress.Ticker("train", 2) as ticker:
            ticker.advance(f"by {rank}")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("by 0")


def test_lines_are_aligned():
    assert progress.aligned([["", "n"], ["arm", "1,000"]]) == ["         n", "arm  1,000"]
