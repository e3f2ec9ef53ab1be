import io

from rich.console import Console
from sample_report import make_measure, make_report

from cotutor.report import headline, terminal_table
from cotutor.report.model import Report


def printed(report: Report, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(terminal_table(report))
    return console.file.getvalue()


def test_terminal_table_fits_when_there_are_many_tasks() -> None:
    shown = printed(make_report(tasks=tuple(f"a_long_task_name_{k}" for k in range(12))))
    assert max(len(line) for line in shown.splitlines()) <= 100
    assert shown.count("80.0 77–83") == 13
    assert shown.count("\ndiverse-8 ") == 3 + 1  # three tables of up to six tasks, the headline


def test_terminal_table_ends_with_the_headline() -> None:
    lines = printed(make_report(), width=300).splitlines()
    assert lines[-1].strip() == headline(make_report())
    assert [line.split()[0] for line in lines[1:3]] == ["fine-tune", "fine-tune-cot"]


def test_terminal_table_shows_what_is_absent() -> None:
    few_shot = next(line for line in printed(make_report()).splitlines() if "few-shot" in line)
    assert few_shot.rstrip().endswith("n/a")


def test_a_failed_control_is_told_last() -> None:
    failed = make_measure("diverse-8", "all", "re-insertion", 0.02)
    lines = printed(make_report(measures=[failed]), width=300).splitlines()
    assert lines[-1].startswith("Control failed: ")


def test_foreign_text_drives_no_terminal() -> None:
    shown = printed(make_report(text="[b]\x1b[31m", tasks=("[red]x[/red]\x1b[31m",)))
    assert "few-shot [b]" in shown
    assert "[red]x" in shown
    assert "\x1b" not in shown
