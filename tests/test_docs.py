import runpy
from pathlib import Path

import pytest

from cotutor.format import FORMATS

ROOT = Path(__file__).resolve().parent.parent


def test_the_configuration_page_is_what_the_code_says():
    names = runpy.run_path(str(ROOT / "docs" / "write_configuration.py"))
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == names["document"](), "run: python docs/write_configuration.py"


def test_every_format_is_shown_with_an_example_and_the_mark_before_its_answer():
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    shown = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    assert FORMATS.keys() <= shown.keys()
    plain = (
        r'`"Q: What is 2 + 3?\nA:"` | `" 2 and 3 more is 5.\nThe answer is 5"` | `The answer is` |'
    )
    assert shown["plain"] == f"| `plain` | {plain}"


def test_a_mapping_without_a_section_is_an_error():
    names = runpy.run_path(str(ROOT / "docs" / "write_configuration.py"))
    names["SECTIONS"].pop("evaluate.retention")
    with pytest.raises(LookupError, match="no section tells of RetentionSettings"):
        names["document"]()


def test_the_readme_shows_the_run_file_that_init_writes():
    from cotutor.cli.init import _TEMPLATE

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [line for line in _TEMPLATE.splitlines()[2:] if line and "READING" not in line]
    for line in shown:
        stable = (
            line.partition("#")[0] if "NAME" in line or "BASE" in line or "MODEL" in line else line
        )
        for name, value in (("NAME", "run"), ("BASE", "Qwen/Qwen3-0.6B"), ("MODEL", "my-teacher")):
            stable = stable.replace(name, value)
        assert stable.rstrip() in readme


def test_every_file_of_the_readmes_tree_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = readme.partition("## The file tree")[2].partition("```\n")[2].partition("```")[0]
    folder = ROOT
    for line in tree.splitlines():
        name = line.lstrip("├└─│ ").split()[0]
        if not line.startswith(("├", "└")):
            folder = ROOT / name
            assert folder.is_dir(), name
        else:
            assert (ROOT / "src" / "cotutor" / name).exists(), name
