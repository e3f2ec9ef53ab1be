"""Sentences for chains of events; {last} is the event before, or today."""

from typing import NamedTuple

from cotutor.problems.family import Wording


class Sentences(NamedTuple):
    """What a story is made of, part by part."""

    openings: tuple[str, ...]
    hops: tuple[str, ...]
    questions: tuple[str, ...]


SENTENCES: dict[Wording, Sentences] = {
    "usual": Sentences(
        openings=(
            "Today is {day}.",
            "Today's date is {day}.",
            "It is {day} today.",
            "The calendar shows that today is {day}.",
        ),
        hops=(
            "{event} is {span} {after} {last}.",
            "{event} takes place {span} {after} {last}.",
            "{span} {after} {last} is {event}.",
            "{event} comes {span} {after} {last}.",
        ),
        questions=(
            "What is the date of {event} in MM/DD/YYYY?",
            "On what date is {event}? Answer as MM/DD/YYYY.",
            "Give the date of {event} as MM/DD/YYYY.",
            "Write the date of {event} as MM/DD/YYYY.",
        ),
    ),
    "reserved": Sentences(
        openings=(
            "A newspaper of today is dated {day}.",
            "We write {day} today.",
            "The date today reads {day}.",
        ),
        hops=(
            "{event} is planned for {span} {after} {last}.",
            "{event} lies {span} {after} {last}.",
            "{span} {after} {last}, people go to {event}.",
        ),
        questions=(
            "When is {event}? Use the form MM/DD/YYYY.",
            "Which day, in the form MM/DD/YYYY, is that of {event}?",
            "Name the day of {event} in the form MM/DD/YYYY.",
        ),
    ),
}
