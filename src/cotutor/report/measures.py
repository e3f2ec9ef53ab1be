"""What is measured beside accuracy: each measure's title, unit, and what it does and does not show.

One table for the page, the terminal and the docs. Groups are shown in the order of GROUPS.
"""

from dataclasses import dataclass
from typing import Literal

Group = Literal[
    "accuracy", "chain", "faithfulness", "control", "retention", "transparency", "domain"
]
Unit = Literal["share", "points", "tokens", "nats", "count", "perplexity"]

GROUPS: dict[Group, str] = {
    "accuracy": "Accuracy over several samples",
    "chain": "Is the reasoning right? (no model call)",
    "faithfulness": "Does the answer come from the reasoning? (interventions)",
    "control": "Controls",
    "retention": "What the student knew before",
    "transparency": "Transparency and coherence",
    "domain": "Fitness for the domain",
}


@dataclass(frozen=True)
class About:
    """`better` is the direction of a better student, None where neither is."""

    title: str
    group: Group
    unit: Unit
    shows: str
    better: Literal["higher", "lower"] | None = None


MEASURES: dict[str, About] = {}
