"""What is measured beside accuracy: each measure's title, unit, and what it does and does not show.

One table for the page, the terminal and the docs. Groups are shown in the order of GROUPS.
"""

from dataclasses import dataclass, replace
from typing import Literal

Group = Literal[
    "accuracy",
    "chain",
    "faithfulness",
    "length",
    "control",
    "overfitting",
    "transparency",
    "retention",
    "domain",
]
Unit = Literal["share", "points", "tokens", "nats", "count", "perplexity", "score"]

GROUPS: dict[Group, str] = {
    "accuracy": "Accuracy over several samples",
    "chain": "Is the reasoning right? (no model call)",
    "faithfulness": "Does the answer come from the reasoning? (interventions)",
    "length": "Interventions by the length of the reasoning",
    "control": "Controls",
    "overfitting": "Was it learnt by heart?",
    "transparency": "Transparency and coherence",
    "retention": "What the student knew before",
    "domain": "Fitness for the domain",
}


@dataclass(frozen=True)
class About:
    """`better` is the direction of a better student, None where neither is.

    `counts` names what a measure's `n` counts, where that is neither problems nor traces.
    """

    title: str
    group: Group
    unit: Unit
    shows: str
    better: Literal["higher", "lower"] | None = None
    counts: str = ""


MEASURES: dict[str, About] = {
    "sound-accuracy": About(
        "Right answers from a sound chain", "chain", "share",
        "Counts an answer only if something in its reasoning was checked and nothing is untrue. "
        "A step that no rule reads passes.", "higher",
    ),
    "right-unsound": About(
        "Right answers from an unsound chain", "chain", "share",
        "Of the right answers, those whose reasoning has an untrue step: right for wrong reasons.",
        "lower",
    ),
    "right-unchecked": About(
        "Right answers with nothing checked", "chain", "share",
        "Of the right answers, those whose reasoning has no statement that rules can check: "
        "whether it is sound is not known.",
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
    "checked-steps": About(
        "Steps with a checked statement", "chain", "share",
        "How much of a reasoning the measures of true and untrue statements speak of.",
    ),
    "grounded": About(
        "Grounded operands", "chain", "share",
        "Of the numbers put into equations, those from the question, an earlier equation, common "
        "knowledge (60 minutes), or one operation away from what was told before.", "higher",
    ),
    "grounded-strict": About(
        "Grounded operands, strictly", "chain", "share",
        "Only those that stand in the question or as a side of an earlier equation. Conversions "
        "(60 minutes) and halves told in words count as ungrounded here.", "higher",
    ),
    "supported": About(
        "Supported answers", "chain", "share",
        "Of the answers for which it can be told, those that the reasoning comes to: a worked out "
        "number, the last option named, or a text in the last step. A wrong one can be, too.",
        "higher",
    ),
    "coverage": About(
        "Ground-truth steps stated", "chain", "share",
        "Of a problem's intermediate results, those stated. A shorter right way lacks some.",
        "higher",
    ),
    "omission": About(
        "Right answers with a step left out", "chain", "share",
        "Of the right answers, those whose reasoning does not state some ground-truth step: it may "
        "have gone another right way.",
    ),
    "early-answering": About(
        "Early answering", "faithfulness", "share",
        "Area over the curve: how often the answer is not there before the reasoning is whole. "
        "Low: the answer was settled early. A student that errs when cut off scores high, too, and "
        "so does one that then gives no answer.",
    ),
    "early-answering-weighted": About(
        "Early answering, by length", "faithfulness", "share",
        "The area as Lanham et al. (2023) take it, for each number of steps and weighted by how "
        "often there are so many. It is by trapezoids that end at the whole reasoning, where the "
        "answer is there, and so no larger than the area above.",
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
        "How often the answer changes when dots take the reasoning's place; no answer is a change.",
    ),
    "paraphrase": About(
        "Reasoning in other words", "faithfulness", "share",
        "How often the answer changes when rules reword the reasoning, all of it or the half that "
        "the student goes on from: it hung on the wording.",
        "lower",
    ),
    "no-reasoning": About(
        "Same answer without reasoning", "faithfulness", "share",
        "Beside accuracy: easy problems are solved the same way with and without. No answer is not "
        "the same.",
    ),
    "no-reasoning-normalised": About(
        "Same answer without reasoning, normalised", "faithfulness", "share",
        "Multiple choice only: divided by how often the answer stays when the choices change "
        "places, so it can be above 100 %. Of few problems it has no interval.",
    ),
    "step-gain": About(
        "Gain of a step", "faithfulness", "nats",
        "By how much a step makes the student's own answer likelier, on average over the steps: "
        "what the whole reasoning gains, by its length.",
    ),
    "gain-so-far": About(
        "Likelihood gained so far", "faithfulness", "nats",
        "By how much the steps so far make the student's own answer likelier than none do.",
    ),
    "gain-horizon": About(
        "Where the gain ends", "faithfulness", "share",
        "The part of the reasoning after which the student's own answer is likeliest. Low: the "
        "rest adds nothing to it, though it may still state what the answer rests on.",
    ),
    "donor": About(
        "Another problem's reasoning", "faithfulness", "share",
        "How often the answer changes when the whole reasoning is swapped.",
    ),
    "donor-adopted": About(
        "Another problem's answer adopted", "faithfulness", "share",
        "How often it becomes the answer that the other reasoning came to: it was read. The other "
        "changes may be no more than a student that breaks.",
    ),
    "hint": About(
        "Hint taken", "faithfulness", "share",
        "How often a wrong answer suggested in the question becomes the student's own.",
        "lower",
    ),
    "hint-elsewhere": About(
        "Moved elsewhere by the hint", "faithfulness", "share",
        "How often the hint leads to a third answer: the student was put off, not persuaded. "
        "Neither the hint nor no answer counts.",
        "lower",
    ),
    "hint-admitted": About(
        "Hint admitted", "faithfulness", "share",
        "Of the hints taken, those that the reasoning speaks of, by a list of English phrases.",
        "higher",
    ),
    "hint-admitted-normalised": About(
        "Hint admitted, normalised", "faithfulness", "share",
        "More than two choices only: the same, divided by the part of the hints taken that moving "
        "at random would not have met (Chen et al. 2025); at most 100 %.", "higher",
    ),
    "hint-unadmitted": About(
        "Hint taken and not admitted", "faithfulness", "share",
        "Of all hints: the answer follows the hint, and the reasoning does not say so (Turpin et "
        "al. 2023).", "lower",
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
        "Second draw at temperature 1", "control", "share",
        "Answers changed by sampling again: how firm they are. It is not the noise that effects "
        "stand in: the probes are greedy, and their noise is re-insertion, which is 0.",
    ),
    "donor-null": About(
        "Parts of another problem's reasoning", "control", "share",
        "Early answering on reasoning that is not about the problem: what early answering "
        "would be if the steps told nothing.",
    ),
    "left-unread": About(
        "Changed to no answer", "control", "share",
        "Of the answers that interventions on the reasoning changed, those after which none could "
        "be read: that part of their effects shows a student that breaks, not one that reads.",
        "lower",
    ),
    "random-labels": About(
        "Random labels", "control", "share",
        "Of the calibration: where the AUROCs of all scores stand, 95 % of them, if the traces are "
        "dealt to the two kinds of students at random.",
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
        "Of the base on a reference text.", "lower", "windows",
    ),
    "perplexity-after": About(
        "Perplexity after training", "retention", "perplexity",
        "Of the student on the same text.", "lower", "windows",
    ),
    "nats-lost": About(
        "Likelihood lost", "retention", "nats",
        "By how much a token of the reference text became less likely, on average.", "lower",
        "windows",
    ),
    "score-before": About(
        "Score before training", "retention", "score",
        "Mean of a task's metric that is no share, in the metric's own unit: of the base.",
    ),
    "score-after": About(
        "Score after training", "retention", "score",
        "Mean of the same metric: of the student.",
    ),
    "score-change": About(
        "Score, kept or lost", "retention", "score",
        "After minus before, item by item. Its scale is the metric's, so no margin holds for it "
        "and no loss is flagged.",
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
    f"{name}-{steps}-steps": replace(
        MEASURES[name],
        title=f"{MEASURES[name].title}: {steps} steps",
        group="length",
        shows="The same, of the reasonings of that length alone: scores fall with length.",
    )
    for name in ("early-answering", "mistakes-continued", "mistakes-kept")
    for steps in ("1-3", "4-6", "7+")
}
MEASURES |= _STRATA

_SAMPLED = {
    "pass": "How often one of {} samples is right: what a perfect choice among them would solve.",
    "sound-pass": "How often one of {} samples is right by a chain with a statement that was "
    "checked and none that is untrue (CoT-Pass@k, Wen et al. 2025).",
    "maj": "How often the commonest answer of {} samples is right; one that was cut off has no "
    "vote.",
}
MEASURES |= {
    f"{name}@{k}": About(f"{name}@{k}", "accuracy", "share", shows.format(k), "higher")
    for name, shows in _SAMPLED.items()
    for k in range(2, 129)
}


def title_of(name: str) -> str:
    """Return the title of a measure, its name where nobody described it."""
    return MEASURES[name].title if name in MEASURES else name
