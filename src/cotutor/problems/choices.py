"""The choices of a multiple-choice row, and which of them its answer names."""

import json
import string
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from cotutor.errors import DataError
from cotutor.problems.files import as_text
from cotutor.records import Choice

GoldIs = Literal["label", "text", "index"]


def read_choices(value: Any, place: str) -> tuple[Choice, ...]:
    """Read choices in any of the usual shapes.

    A list of texts (labelled A, B, ..), a list of `{label, text}`, a mapping of
    labels to texts, `{"label": [..], "text": [..]}`, or JSON text of any of these.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"the choices of {place} are text but not JSON: {value!r:.60}"
            ) from error
    pairs = _pairs(value, place)
    choices = tuple(
        Choice(
            label=as_text(label, place, "choice").strip(),
            text=as_text(text, place, "choice").strip(),
        )
        for label, text in pairs
    )
    if len(choices) < 2 or not all(choice.label and choice.text for choice in choices):
        raise DataError(f"{place} needs at least two choices, each with a label and a text")
    if len({choice.label.casefold() for choice in choices}) < len(choices):
        raise DataError(f"{place} has two choices with one label, case aside")
    return choices


def _pairs(value: Any, place: str) -> list[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        if all(isinstance(value.get(key), list) for key in ("label", "text")):
            return _zipped(value["label"], value["text"], place)
        # a table of all rows' labels holds nothing where a row has fewer choices
        return [(label, text) for label, text in value.items() if text is not None]
    if not isinstance(value, list):
        raise DataError(f"the choices of {place} are no list and no mapping: {value!r:.60}")
    if all(isinstance(item, Mapping) for item in value):
        return [(item.get("label"), item.get("text")) for item in value]
    return _zipped(string.ascii_uppercase[: len(value)], value, place)


def _zipped(labels: Sequence[Any], texts: Sequence[Any], place: str) -> list[tuple[Any, Any]]:
    if len(labels) != len(texts):
        raise DataError(f"{place} has {len(texts)} choices for {len(labels)} labels")
    return list(zip(labels, texts, strict=True))


def with_choices(question: str, choices: Sequence[Choice]) -> str:
    """Append the choices in the published convention where the question does not hold them."""
    if all(_names(question, choice) for choice in choices):
        return question
    listed = ", ".join(f"({choice.label}) {choice.text}" for choice in choices)
    return f"{question.rstrip()} Answer choices: {listed}."


def _names(question: str, choice: Choice) -> bool:
    """Say whether a question lists a choice: (A) x, A) x, A. x, A: x or [A] x."""
    listings = (f"{choice.label}{mark}{gap}{choice.text}" for mark in ").:]" for gap in (" ", ""))
    return any(listing in question for listing in listings)


def gold_label(value: Any, choices: Sequence[Choice], gold_is: GoldIs | None, place: str) -> str:
    """Return the label of the right choice; empty where the row holds no answer."""
    text = as_text(value, place, "answer").strip()
    if not text:
        return ""
    meant = {
        "label": {c.label for c in choices if c.label == text},
        "text": {c.label for c in choices if c.text == text},
        "index": _at_index(value, choices, is_said=gold_is == "index"),
    }
    labels = set().union(*meant.values()) if gold_is is None else meant[gold_is]
    if len(labels) > 1:
        raise DataError(
            f"the answer {text!r} of {place} could be choice {' or '.join(sorted(labels))};"
            " say `gold_is:` label, text or index"
        )
    if not labels:
        listed = ", ".join(f"({c.label}) {c.text}" for c in choices)
        raise DataError(f"the answer {text!r} of {place} is none of its choices {listed}")
    return labels.pop()


def _at_index(value: Any, choices: Sequence[Choice], *, is_said: bool) -> set[str]:
    """Return the label at a 0-based index; digits in text count only if so said."""
    if is_said and isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, int) and 0 <= value < len(choices):
        return {choices[value].label}
    return set()
