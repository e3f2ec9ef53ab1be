"""The verifier: the one decision whether a trace's answer is right.

Curation, reward, step labels and accuracy all ask `decide`; a second checker
is a defect. One file per answer kind (`sequence` for lists), each with the same
three functions:

    read(text, problem)             -> the different answers the text gives, in order
    equal(a, b, problem, settings)  -> whether an answer is the same as the gold `b`
    wrong(problem)                  -> a gold of the same kind that is not this problem's

Readings that are decisions have names and defaults in `settings`. `decision` joins
them in a dict literal and composes reading and comparing into
a `Verdict`. Model text is data: it is matched by linear-time patterns and
exact rationals, never evaluated.
"""

from cotutor.verify.decision import KINDS, VERIFIER, decide, gold, prove
from cotutor.verify.settings import DEFAULT, VerifySettings

__all__ = ["DEFAULT", "KINDS", "VERIFIER", "VerifySettings", "decide", "gold", "prove"]
