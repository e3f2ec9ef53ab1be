"""The child process that proves or refutes equality with sympy; see `symbolic`.

One question a line, one answer a line. It imports nothing of cotutor, builds
sympy objects node by node from what the grammar has read, and ends with its
parent: when standard input ends, whatever it is computing.
"""

import json
import os
import queue
import sys
import threading
from typing import Any

import sympy  # type: ignore[import-untyped]

_CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "oo": sympy.oo}
_HEADS = {
    "+": sympy.Add, "*": sympy.Mul, "abs": sympy.Abs, "floor": sympy.floor,
    "ceil": sympy.ceiling, "!": sympy.factorial, "binom": sympy.binomial, "ln": sympy.log,
    "percent": lambda x: x / 100, "degree": lambda x: x * sympy.pi / 180,
} | {
    name: getattr(sympy, name)
    for name in ("sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec",
                 "acsc", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")
}  # fmt: skip


def answer(question: dict[str, Any]) -> str:
    """Return "yes", "no" or "unknown" to a question of `symbolic`."""
    a, b = _built(question["a"]), _built(question["b"])
    if question["are"] == "equal":
        found = _is_zero(a - b)
    else:
        ratio = sympy.simplify(a / b)
        found = bool(ratio.is_nonzero) if not ratio.free_symbols else None
    return {True: "yes", False: "no", None: "unknown"}[found]


def _built(tree: list[Any]) -> Any:
    head, *args = tree
    if head == "number":
        return sympy.Rational(int(args[0]), int(args[1]))
    if head == "name":
        # Signs and branches were tried in numbers: what is left to prove may assume positive.
        return _CONSTANTS.get(args[0]) or sympy.Symbol(args[0], positive=True)
    built = [_built(arg) for arg in args]
    if head == "call":
        return sympy.Function(str(built[0]))(*built[1:])
    return _power(*built) if head == "^" else _HEADS[head](*built)


def _power(base: Any, exponent: Any) -> Any:
    """Return the power; an odd root of a negative number is the real one."""
    if base.is_negative and exponent.is_Rational and exponent.q % 2 and exponent.q > 1:
        return (-1) ** exponent.p * sympy.Pow(-base, exponent)
    return sympy.Pow(base, exponent)


def _is_zero(difference: Any) -> bool | None:
    for simpler in (sympy.expand, sympy.radsimp, sympy.simplify):
        difference = simpler(difference)
        if difference == 0:
            return True
    found = difference.equals(0)
    return None if found is None else bool(found)


def _listen(questions: "queue.SimpleQueue[str]") -> None:
    for line in sys.stdin:
        questions.put(line)
    os._exit(0)


def main() -> None:
    """Answer questions until the parent closes standard input."""
    questions: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    print("ready", flush=True)  # noqa: T201 -- the answer's way
    while True:
        question = json.loads(questions.get())
        try:
            found = answer(question)
        except Exception:  # noqa: BLE001 -- whatever sympy cannot do is not decided
            found = "unknown"
        print(found, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
