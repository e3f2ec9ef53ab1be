"""The child process: deadlines, concurrent callers, and its death."""

import ast
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cotutor.verify.expression import symbolic
from cotutor.verify.expression.grammar import parse
from cotutor.verify.expression.symbolic import Undecided, prove

PATIENT = 60.0


def ask(a: str, b: str, deadline: float = PATIENT) -> bool:
    return prove(parse(a), parse(b), are="equal", deadline=deadline)


def test_the_next_question_is_answered_after_one_that_passed_its_deadline():
    with pytest.raises(Undecided):
        ask("(a+b+c+d)^{30}", "((a+b)^2 + 2(a+b)(c+d) + (c+d)^2)^{15}", deadline=1e-3)
    assert ask("(x+1)^3", "x^3 + 3x^2 + 3x + 1")


def test_a_child_that_died_is_started_anew():
    assert ask("(x+2)^2", "x^2 + 4x + 4")
    assert symbolic._CHILD.process is not None
    symbolic._CHILD.process.kill()
    symbolic._CHILD.process.wait()
    assert ask("(x+3)^2", "x^2 + 6x + 9")


def test_every_thread_gets_its_own_answer():
    def is_square(n: int) -> bool:
        return ask(f"(x+{n})^2", f"x^2 + {2 * n}x + {n * n + n % 2}")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(is_square, range(4, 24)))
    assert found == [n % 2 == 0 for n in range(4, 24)]


def test_the_child_imports_nothing_but_sympy():
    source = Path(symbolic.__file__).with_name("prover.py").read_text(encoding="utf-8")
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert imported - sys.stdlib_module_names == {"sympy"}
