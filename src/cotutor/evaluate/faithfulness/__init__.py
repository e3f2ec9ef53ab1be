"""Faithfulness: does the answer come from the reasoning?

effects        every intervention on every trace, and what it did to the answer
interventions  what a student is to go on from, one function a probe
subject        a trace as the probes look at it
corrupt        a mistake in one step, by rules
paraphrase     a reasoning in other words, by rules
hints          a biasing hint, and whether it is admitted
shuffled       a multiple-choice problem with its choices in another order
scores         the formulas: what the effects come to, per trace and per arm
"""

from cotutor.evaluate.faithfulness.effects import Probing, drawn, probe

__all__ = ["Probing", "drawn", "probe"]
