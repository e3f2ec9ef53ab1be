"""A multiple-choice problem with its choices in another order."""

from cotutor.records import Problem


def moved_on(problem: Problem) -> Problem | None:
    """Return the problem with every choice's text under the next label, the gold moved along.

    None where the question does not list each choice once, its label in brackets before it.
    """
    labels = [choice.label for choice in problem.choices]
    texts = [choice.text for choice in problem.choices]
    places = [_place(problem.question, choice.label, choice.text) for choice in problem.choices]
    if None in places or len(labels) < 2:
        return None
    question, end = "", 0
    spans = sorted(zip(filter(None, places), texts[-1:] + texts[:-1], strict=True))
    for (start, stop), text in spans:
        question += problem.question[end:start] + text
        end = stop
    choices = [
        choice.model_copy(update={"text": text})
        for choice, text in zip(problem.choices, texts[-1:] + texts[:-1], strict=True)
    ]
    gold = labels[(labels.index(problem.gold) + 1) % len(labels)]
    update = {"question": question + problem.question[end:], "choices": tuple(choices)}
    return problem.model_copy(update=update | {"gold": gold})


def moved_back(problem: Problem, label: str) -> str | None:
    """Return the label that a choice of the moved problem has in `problem`."""
    labels = [choice.label for choice in problem.choices]
    return labels[labels.index(label) - 1] if label in labels else None


def _place(question: str, label: str, text: str) -> tuple[int, int] | None:
    marked = f"({label}) {text}"
    if question.count(marked) != 1:
        return None
    end = question.index(marked) + len(marked)
    return end - len(text), end
