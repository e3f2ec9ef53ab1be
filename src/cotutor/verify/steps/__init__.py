"""The steps of a reasoning, and what is true in them.

segment     a reasoning -> its steps, with offsets
equations   every equation: valid, invalid, unreadable, or giving a letter its value
signs, sides, clauses, value, agreement
how an equation in prose is read, worked out and compared
grounding   which numbers have a source: the question, a result, a step told in words
support     whether the answer, and ground-truth steps, are reached
examine     the findings: first bad step, operands without a source, supported answer
"""

from cotutor.verify.steps.examine import examine, untrue
from cotutor.verify.steps.segment import steps

__all__ = ["examine", "steps", "untrue"]
