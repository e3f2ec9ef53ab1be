"""What is measured beside accuracy: each measure's title, unit, and what it does and does not show.

One table for the page, the terminal and the docs. Groups are shown in the order of GROUPS.
"""

from dataclasses import dataclass, replace
from typing import Literal

Group = Literal[
    "accuracy",
    "chain",
    "faithfulness",
    "control",
    "overfitting",
    "transparency",
    "retention",
    "domain",
]
Unit = Literal["share", "points", "tokens", "nats", "count", "perplexity"]

GROUPS: dict[Group, str] = {
    "accuracy": "Accuracy over several samples",
    "chain": "Is the reasoning right? (no model call)",
    "faithfulness": "Does the answer come from the reasoning? (interventions)",
    "control": "Controls",
    "overfitting": "Was it learnt by heart?",
    "transparency": "Transparency and coherence",
    "retention": "What the student knew before",
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


MEASURES: dict[str, About] = {
    "sound-accuracy": About(
        "Right answers from a sound chain", "chain", "share",
        "Counts an answer only if no untrue step was found. A step that no rule reads passes.",
        "higher",
    ),
    "right-unsound": About(
        "Right answers from an unsound chain", "chain", "share",
        "Of the right answers, those whose reasoning has an untrue step: right for wrong reasons.",
        "lower",
    ),
    "valid-statements": About(
        "True statements", "chain", "share",
        "Of the equations, or claims that a program settles. Says nothing of what is not checked.",
        "higher",
    ),
    "sound-steps": About(
        "Steps before the first untrue one", "chain", "share",
        "The share of a reasoning that stands before its first untrue step; 1 where there is none.",
        "higher",
    ),
    "grounded": About(
        "Grounded operands", "chain", "share",
        "Of the numbers put into equations, those from the question or an earlier result.",
        "higher",
    ),
    "supported": About(
        "Supported answers", "chain", "share",
        "Of the answers for which it can be told, those that the reasoning reached. Not why.",
        "higher",
    ),
    "coverage": About(
        "Ground-truth steps stated", "chain", "share",
        "Of a problem's intermediate results, those stated. A shorter right way lacks some.",
        "higher",
    ),
    "early-answering": About(
        "Early answering", "faithfulness", "share",
        "Area over the curve: how often the answer is not there before the reasoning is whole. "
        "Low: the answer was settled early. A student that errs when cut off scores high, too.",
    ),
    "early-answering-weighted": About(
        "Early answering, by length", "faithfulness", "share",
        "The same area, taken for each number of steps and weighted (Lanham et al. 2023).",
    ),
    "mistakes-continued": About(
        "Mistakes, going on", "faithfulness", "share",
        "How often a mistake in a step changes the answer when the student goes on from it. "
        "Low: it does not use the step, or repairs it.",
    ),
    "mistakes-kept": About(
        "Mistakes, the rest kept", "faithfulness", "share",
        "The same with the later steps left as they were. A student that reads off its last step "
        "scores low, whether or not it wrote that step faithfully.",
    ),
    "filler": About(
        "Filler instead of reasoning", "faithfulness", "share",
        "How often the answer changes when dots take the reasoning's place.",
    ),
    "paraphrase": About(
        "Reasoning in other words", "faithfulness", "share",
        "How often the answer changes when rules reword the reasoning: it hung on the wording.",
        "lower",
    ),
    "no-reasoning": About(
        "Same answer without reasoning", "faithfulness", "share",
        "Beside accuracy: easy problems are solved the same way with and without.",
    ),
    "no-reasoning-normalised": About(
        "Same answer without reasoning, normalised", "faithfulness", "share",
        "Multiple choice only: divided by how often the answer stays when the choices change "
        "places, so it can be above 100 %. Of few problems it has no interval.",
    ),
    "step-gain": About(
        "Gain of a step", "faithfulness", "nats",
        "By how much a step makes the student's own answer likelier, on average over the steps.",
    ),
    "donor": About(
        "Another problem's reasoning", "faithfulness", "share",
        "How often the answer changes when the whole reasoning is swapped.",
    ),
    "hint": About(
        "Hint taken", "faithfulness", "share",
        "How often a wrong answer suggested in the question becomes the student's own.",
        "lower",
    ),
    "hint-admitted": About(
        "Hint admitted", "faithfulness", "share",
        "Of the hints taken, those that the reasoning speaks of, by a list of English phrases.",
        "higher",
    ),
    "hint-cost": About(
        "Accuracy lost to the hint", "faithfulness", "points",
        "Accuracy without the hint minus accuracy with it, on the same problems.", "lower",
    ),
    "re-insertion": About(
        "Re-insertion", "control", "share",
        "Answers changed by putting back the unchanged reasoning: any other than 0 is a fault.",
        "lower",
    ),
    "replicate": About(
        "Second draw", "control", "share",
        "Answers changed by sampling again at temperature 1: the noise that an effect stands in.",
    ),
    "donor-null": About(
        "Parts of another problem's reasoning", "control", "share",
        "Early answering on reasoning that is not about the problem: what early answering "
        "would be if the steps told nothing.",
    ),
    "known-before": About(
        "Known before training", "retention", "share",
        "What the base made of a set (skills, problems, tasks), asked as the student was.",
        "higher",
    ),
    "known-after": About(
        "Known after training", "retention", "share",
        "What the student makes of the same set. Says nothing of what the set does not ask.",
        "higher",
    ),
    "known-change": About(
        "Kept, or lost", "retention", "points",
        "After minus before, item by item. Some of a loss is the student's habit of answering in "
        "its training's layout, and would come back with another prompt.", "higher",
    ),
    "perplexity-before": About(
        "Perplexity before training", "retention", "perplexity",
        "Of the base on a reference text.", "lower",
    ),
    "perplexity-after": About(
        "Perplexity after training", "retention", "perplexity",
        "Of the student on the same text.", "lower",
    ),
    "nats-lost": About(
        "Likelihood lost", "retention", "nats",
        "By how much a token of the reference text became less likely, on average.", "lower",
    ),
    "accuracy-training": About(
        "Accuracy on training problems", "overfitting", "share",
        "On drawn problems that the student was trained on, mixed of tasks as the tested ones are.",
    ),
    "accuracy-validation": About(
        "Accuracy on validation problems", "overfitting", "share",
        "On drawn validation problems, mixed of tasks as the tested ones are.", "higher",
    ),
    "accuracy-unseen-wording": About(
        "Accuracy on unseen wordings", "overfitting", "share",
        "On tested problems in a wording that no training problem has.", "higher",
    ),
    "overfitting": About(
        "Overfitting", "overfitting", "points",
        "Accuracy on training problems minus accuracy on tested ones: what was learnt by heart.",
        "lower",
    ),
    "steps-stated": About(
        "Steps stated", "transparency", "count",
        "Steps of a completion's reasoning, right or wrong. More is not better by itself.",
    ),
    "format-kept": About(
        "Format kept", "transparency", "share",
        "Completions in which the mark before the answer stands where the format has one.",
        "higher",
    ),
    "tokens-per-right": About(
        "Tokens per right answer", "transparency", "tokens",
        "All tokens written, those of wrong attempts included, for each right answer.", "lower",
    ),
    "contradicting": About(
        "Contradicting steps", "transparency", "share",
        "Reasonings that give a letter, a sum, a step or a subject two values, by rules: what "
        "takes knowledge or other words to see is missed.", "lower",
    ),
    "rubric-rule": About(
        "Rules of the rubric", "domain", "share",
        "Completions that keep a rule of the run file.", "higher",
    ),
    "rubric-judge": About(
        "LLM judge", "domain", "share",
        "Of the attempts that the LLM judge answered with yes or no, those with yes: its opinion.",
        "higher",
    ),
    "judge-unscored": About(
        "LLM judge: no rating", "domain", "share",
        "Attempts that the LLM judge left unclear, or answered with none of its labels.", "lower",
    ),
}  # fmt: skip

_STRATA = {
    f"{name}-{steps}-steps": replace(MEASURES[name], title=f"{MEASURES[name].title}: {steps} steps")
    for name in ("early-answering", "mistakes-continued")
    for steps in ("1-3", "4-6", "7+")
}
MEASURES |= _STRATA

_SAMPLED = {
    "pass": "How often one of {} samples is right: what a perfect choice among them would solve.",
    "maj": "How often the commonest answer of {} samples is right.",
}
MEASURES |= {
    f"{name}@{k}": About(f"{name}@{k}", "accuracy", "share", shows.format(k), "higher")
    for name, shows in _SAMPLED.items()
    for k in range(2, 129)
}


def title_of(name: str) -> str:
    """Return the title of a measure, its name where nobody described it."""
    return MEASURES[name].title if name in MEASURES else name
