"""Imports point down, `--help` is light, and files stay small."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cotutor

ROOT = Path(cotutor.__file__).parent
LAYERS = {
    "cotutor.records": 0,
    "cotutor.errors": 0,
    "cotutor.ranks": 0,
    "cotutor.format": 1,
    "cotutor.notation": 1,
    "cotutor.store": 1,
    "cotutor.statistics": 1,
    "cotutor.bottleneck": 1,
    "cotutor.models": 2,
    "cotutor.progress": 1,
    "cotutor.workers": 2,
    "cotutor.report.model": 1,
    "cotutor.problems": 2,
    "cotutor.verify": 3,
    "cotutor.generate.settings": 2,
    "cotutor.generate": 3,
    "cotutor.collect": 4,
    "cotutor.curate": 4,
    "cotutor.train": 4,
    "cotutor.evaluate": 4,
    "cotutor.reason.settings": 2,
    "cotutor.reason": 4,
    "cotutor.report": 4,
    "cotutor.export": 5,
    "cotutor.config": 5,
    "cotutor.tell": 5,
    "cotutor.teachers": 6,
    "cotutor.watch": 6,
    "cotutor.stages": 7,
    "cotutor.assemble": 8,
    "cotutor.forecast": 8,
    "cotutor.standing": 8,
    "cotutor.pipeline": 9,
    "cotutor.student": 5,
    "cotutor.serve": 6,
    "cotutor.cli": 10,
    "cotutor.__main__": 11,
}
TORCH_HOMES = (
    "cotutor.train",
    "cotutor.bottleneck",
    "cotutor.models",
    "cotutor.generate.local",
    "cotutor.generate.decode",
    "cotutor.generate.drafts",
    "cotutor.generate.kept",
    "cotutor.generate.lines",
    "cotutor.generate.branches",
    "cotutor.generate.attending",
    "cotutor.generate.likelihood",
    "cotutor.curate.score",
    "cotutor.serve.shelf",
    "cotutor.serve.scoring",
)


def modules() -> dict[str, Path]:
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def home(name: str) -> str | None:
    """The longest entry of LAYERS that the module belongs to."""
    known = [key for key in LAYERS if name == key or name.startswith(f"{key}.")]
    return max(known, key=len, default=None)


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_every_module_has_a_layer():
    homeless = [name for name in modules() if home(name) is None and name != "cotutor"]
    assert homeless == []


def test_imports_point_down():
    upward = []
    for name, path in modules().items():
        mine = home(name)
        for imported in imports(path):
            theirs = home(imported)
            if mine and theirs and theirs != mine and LAYERS[theirs] >= LAYERS[mine]:
                upward.append(f"{name} imports {imported}")
    assert upward == []


def test_torch_is_imported_in_its_homes_only():
    heavy = {"torch", "transformers", "trl", "peft"}
    strays = [
        name
        for name, path in modules().items()
        if heavy & {imported.partition(".")[0] for imported in top_level_imports(path)}
        and not name.startswith(TORCH_HOMES)
    ]
    assert strays == []


def top_level_imports(path: Path) -> set[str]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "sys.argv = ['cotutor', '--help']\n"
        "from cotutor.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "loaded = {m.partition('.')[0] for m in sys.modules}\n"
        "bad = loaded & {'torch', 'transformers', 'trl', 'peft', 'datasets', 'openai', 'pydantic',"
        " 'numpy', 'pyarrow', 'rich', 'yaml'}\n"
        "sys.exit(f'help imported {sorted(bad)}' if bad else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "run" in done.stdout


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno <= 60, node.name
