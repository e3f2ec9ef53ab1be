"""Curate: traces -> verdicts -> kept traces, and rejects with reasons -> examples.

settings    what is filtered out and what is chosen, by name
stream      one problem's traces at a time: judge, filter, drop likenesses, choose
filters     why a trace may not be learnt from
candidate   a trace as curation looks at it, and how alike two are
paths       the solution path of a reasoning
diversity   how many different solutions there are; near-duplicates
select      which traces to learn from when there are more than wanted
donors      is the reasoning needed, or does the base answer with another problem's?
score       what the student's base can learn (imports torch)
files       traces out of the journal by problem; records written as they come
examples    kept traces as training rows
"""

from cotutor.curate.examples import answer_examples, cot_examples
from cotutor.curate.filters import breaks_off
from cotutor.curate.select import Scorer
from cotutor.curate.settings import CurateSettings
from cotutor.curate.stream import Curated, Judge, curate, gate_unscored
from cotutor.curate.tally import Tally

__all__ = [
    "CurateSettings",
    "Curated",
    "Judge",
    "Scorer",
    "Tally",
    "answer_examples",
    "breaks_off",
    "cot_examples",
    "curate",
    "gate_unscored",
]
