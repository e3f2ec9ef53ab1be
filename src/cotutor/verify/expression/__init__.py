"""Mathematical expressions: read from plain text or LaTeX, compared, never evaluated as text.

reading     an answer text -> what it states; the kind's `read`, `equal` and `wrong`
vocabulary  words, signs and units
lexer, cursor, grammar, atoms, arithmetic
text -> tree, by recursive descent under caps
terms, writing
the tree in normal form, and its text
solutions   what an answer states: a value, a set, an interval, a system
equality    when two are the same: exact, then refuted by numbers, then proven
numeric     values at fixed points in high precision
residues    remainders of rational constants of any size
symbolic, prover
a proof by sympy in a child process with a deadline
"""

from cotutor.verify.expression.reading import Expression, equal, read, wrong
from cotutor.verify.expression.symbolic import Undecided

__all__ = ["Expression", "Undecided", "equal", "read", "wrong"]
