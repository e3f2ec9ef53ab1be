"""Last letters: the last letter of every word, joined in order."""

import random
from typing import Any

from cotutor.problems.claims.last_letters import claims
from cotutor.problems.family import Family, Hand, Program, Solution, Telling, Wording, listed
from cotutor.problems.vocabulary import people
from cotutor.problems.wordings.last_letters import TELLINGS


class LastLetters(Program):
    """The words in order."""

    words: tuple[str, ...]

    def content(self) -> Any:
        """Return the words."""
        return self.words

    def results(self) -> tuple[str, ...]:
        """Return the last letters in order."""
        return tuple(_last(word) for word in self.words)

    def answer(self) -> str:
        """Return the last letters as one string, in small letters."""
        return "".join(self.results())


def _last(word: str) -> str:
    return word[-1].lower()


def draw(rng: random.Random, level: int) -> LastLetters:
    """Draw `level` names, half of them made up: common names favour too few letters."""
    return LastLetters(words=people(rng, level, made_up=0.5))


def tell(program: LastLetters, rng: random.Random, wording: Wording) -> Telling:
    """Put the words into one of the questions."""
    tellings = TELLINGS[wording]
    template = rng.randrange(len(tellings))
    words = program.words
    question = tellings[template].format(
        spaced=" ".join(words), commas=", ".join(words), listed=listed(words)
    )
    return Telling(question, str(template))


def _read_last(word: str, hand: Hand) -> str:
    """Note the last letter of a word; a slip reads another of its letters."""
    others = sorted(set(word.lower()) - {_last(word)})
    return hand.note(_last(word), others or ["e" if _last(word) != "e" else "a"])


_CLOSINGS = (
    "Joined: {all}.",
    "Together they are {all}.",
    "Put together: {all}.",
    "In a row that gives {all}.",
    "So we get {all}.",
    "The letters join to {all}.",
)


def _close(hand: Hand, letters: list[str]) -> Solution:
    word = "".join(letters)
    return Solution(hand.pick(_CLOSINGS).format(all=word), word)


def one_by_one(program: LastLetters, hand: Hand) -> Solution:
    """Say the last letter of each word, then join."""
    sentence = hand.pick(
        (
            "The last letter of {word} is {letter}.",
            "{word} ends in {letter}.",
            "{word} ends with the letter {letter}.",
            "Last letter of {word}: {letter}.",
        )
    )
    letters = [_read_last(word, hand) for word in program.words]
    said = [sentence.format(word=w, letter=x) for w, x in zip(program.words, letters, strict=True)]
    closing = _close(hand, letters)
    return Solution(" ".join([*said, closing.reasoning]), closing.answer)


def so_far(program: LastLetters, hand: Hand) -> Solution:
    """Carry the joined letters from word to word."""
    sentence = hand.pick(
        (
            "{word} ends in {letter}, so far {all}.",
            "{word} gives {letter}: {all}.",
            "Add {letter} from {word}: {all}.",
            "{word}: {letter}. So far: {all}.",
            "After {word} with {letter} we have {all}.",
        )
    )
    joined, said = "", []
    for word in program.words:
        letter = _read_last(word, hand)
        joined += letter
        said.append(sentence.format(word=word, letter=letter, all=joined))
    said.append(hand.pick(("All words are done: {all}.", "That is all: {all}.", "Result: {all}.")))
    return Solution(" ".join(said).format(all=joined), joined)


def numbered(program: LastLetters, hand: Hand) -> Solution:
    """Write a numbered list, then join."""
    line = hand.pick(
        (
            "{n}. {word}: {letter}",
            "{n}) {word}, last letter {letter}",
            "{n}. {word} - {letter}",
            "{n}. {letter} from {word}",
        )
    )
    letters = [_read_last(word, hand) for word in program.words]
    pairs = zip(program.words, letters, strict=True)
    lines = [line.format(n=n, word=w, letter=x) for n, (w, x) in enumerate(pairs, start=1)]
    closing = _close(hand, letters)
    return Solution("\n".join([*lines, closing.reasoning]), closing.answer)


def spelled(program: LastLetters, hand: Hand) -> Solution:
    """Spell every word and read off where it ends."""
    sentence = hand.pick(
        (
            "{spelled} ends in {letter}.",
            "{word} is {spelled}, last {letter}.",
            "Spell {word}: {spelled}, so {letter}.",
        )
    )
    by = hand.pick(("-", " "))
    letters = [_read_last(word, hand) for word in program.words]
    said = [
        sentence.format(word=w, spelled=by.join(w.lower()), letter=x)
        for w, x in zip(program.words, letters, strict=True)
    ]
    closing = _close(hand, letters)
    return Solution(" ".join([*said, closing.reasoning]), closing.answer)


def from_the_end(program: LastLetters, hand: Hand) -> Solution:
    """Begin with the last word and put each letter before the ones found."""
    start = hand.pick(("From the end:", "Backwards from the last word:", "Start at the last word."))
    sentence = hand.pick(
        (
            "{word} ends in {letter}: {all}.",
            "{letter} from {word} makes {all}.",
            "Put {letter} of {word} in front: {all}.",
        )
    )
    joined, said = "", [start]
    for word in reversed(program.words):
        letter = _read_last(word, hand)
        joined = letter + joined
        said.append(sentence.format(word=word, letter=letter, all=joined))
    said.append(f"In order that is {joined}.")
    return Solution(" ".join(said), joined)


FAMILY = Family(
    name="last_letters",
    kind="string",
    level=4,
    levels=range(1, 13),
    program=LastLetters,
    draw=draw,
    tell=tell,
    ways={
        "one by one": one_by_one,
        "so far": so_far,
        "numbered": numbered,
        "spelled": spelled,
        "from the end": from_the_end,
    },
    claims=claims,
)
