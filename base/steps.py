"""Single steps: letters of one word, one flip, one swap. Never two steps in a row.

Where a document holds several steps they are about different things, or the state before
each step is written in the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from base import words
from base.entities import (
    LETTERS,
    TWO_STATES,
    Thing,
    filler,
    letters,
    name,
    names,
    pseudo_word,
    short_names,
    things,
    vary,
)  # fmt: skip
from base.items import Item
from base.lookup import COMPACT, HAVING, LINKS, have, listed_facts, said_again, state_all

if TYPE_CHECKING:
    from random import Random

ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth"]


def _word(rng: Random) -> str:
    roll = rng.random()
    if roll < 0.45:
        return name(rng)
    if roll < 0.65:
        return pseudo_word(rng)
    if roll < 0.75:
        return letters(rng, 2, 8)
    return rng.choice(words.lowercase_words())


def spell(rng: Random) -> Item:
    """One word, letter by letter."""
    word = _word(rng)
    gap = rng.choice((" ", ", ", "-", ", ", " - "))
    spelled = gap.join(word)
    shown = vary(rng, "[{w}|\"{w}\"|'{w}']").format(w=word)
    ask = vary(rng, rng.choice((
        "[Spell|Spell out|Write the letters of] {s}.", "How do you spell {s}?",
        "[What are the letters of|Which letters are in] {s}?", "{s}, letter by letter:",
    )))  # fmt: skip
    answer = vary(rng, "[{l}|{l}.|{s}: {l}|{s} is spelled {l}.|The letters of {s} are {l}.]")
    return Item(ask.format(s=shown), answer.format(s=shown, l=spelled), spelled)


def end_letter(rng: Random) -> Item:
    """The first or last letter of one word."""
    word = _word(rng)
    is_last = rng.random() < 0.8
    letter = word[-1] if is_last else word[0]
    shown = vary(rng, '[{w}|"{w}"|"{w}"|\'{w}\'|the word {w}]').format(w=word)
    place = vary(rng, "[last|final]" if is_last else "first")
    ask = vary(rng, rng.choice((
        "What is the {p} letter of {s}?", "[Give|Find|Name|Take] the {p} letter of {s}.",
        "[Which|What] letter does {s} " + ("end" if is_last else "start") + " with?",
        "{s}: which letter is {p}?", "{s} [has|ends with|starts with] which {p} letter?",
    ))).format(p=place, s=shown)  # fmt: skip
    mark = vary(rng, '["{}"|"{}"|{}|\'{}\']').format(letter)
    answer = vary(rng, rng.choice((
        "The {p} letter of {s} is {l}.", "The {p} letter of {s} is {l}.", "{s} -> {l}",
        "{s} [ends|finishes] [with|in] {l}." if is_last else "{s} [starts|begins] with {l}.",
        "{s}: {l}", "In {s}, the {p} letter is {l}.", "The {p} letter is {l}.", "{l} ({s})",
        "{p} letter of {s}: {l}", "It is {l}.", "{g}, so {l}.", "{s} is spelled {g}, so its {p} "
        "letter is {l}.",
    )))  # fmt: skip
    gap = rng.choice((" ", ", ", "-"))
    return Item(ask, answer.format(p=place, s=shown, l=mark, g=gap.join(word)), letter)


def letter_facts(rng: Random) -> str:
    """Last letters of several unrelated words, one line each."""
    style = vary(rng, rng.choice((
        'The last letter of "{w}" is "{l}".', "The last letter of {w} is {l}.", "{w} -> {l}",
        "{w} ends [with|in] {l}.", '"{w}": "{l}"', "'{w}' ends with '{l}'.",
        'The last letter of [the word |]"{w}" is {l}.',
    )))  # fmt: skip
    gap = rng.choice(("\n", " ", " \n"))
    found = [_word(rng) for _ in range(rng.randint(2, 6))]
    return gap.join(style.format(w=word, l=word[-1]) for word in found)


def join_letters(rng: Random) -> Item:
    """Letters (or short pieces) that stand in the text, written together."""
    count = rng.randint(2, 6)
    size = 1 if rng.random() < 0.8 else rng.randint(1, 3)
    pieces = [letters(rng, size, size) for _ in range(count)]
    joined = "".join(pieces)
    style = rng.randrange(8)
    if style == 0:
        shown = ", ".join(f'"{piece}"' for piece in pieces)
    elif style == 1:
        shown = " + ".join(f'"{piece}"' for piece in pieces)
    elif style == 2:
        shown = "-".join(pieces)
    elif style == 3:
        shown = ", ".join(pieces[:-1]) + f" and {pieces[-1]}"
    elif style == 4:
        shown = " ".join(
            f'The {order} [letter|one|part] is "{piece}".'
            for order, piece in zip(ORDINALS, pieces, strict=False)
        )
    elif style == 5:
        verb = rng.choice(("has", "says", "picks", "draws", "writes"))
        mark = rng.choice(('"', '"', ""))
        shown = rng.choice((" ", "\n", " \n")).join(
            f"{person} {verb} {mark}{piece}{mark}."
            for person, piece in zip(names(rng, count), pieces, strict=True)
        )
    elif style == 6:
        shown = rng.choice(("\n", " ")).join(
            f'{rng.choice(words.THINGS)} is "{piece}".' for piece in pieces
        )
    else:
        shown = ", ".join(pieces)
    ask = vary(rng, rng.choice((
        "[Join|Combine|Concatenate|Put together] [the letters|these|them]: {s}",
        "{s} [Put together|Joined|Together|Concatenated|In one word]?", "{s}", "{s} =",
        "{s} [What word do they make?|Which word is that?|Write them together.|Join them.]",
    )))  # fmt: skip
    mark = rng.choice(('"{}"', '"{}"', "{}", "'{}'")).format(joined)
    answer = vary(rng, rng.choice((
        "{j}.", "[Together|Joined|Concatenated|Combined]: {j}.", "[So|This makes|They make|We "
        "get|That gives] {j}.", "[Together|Joined|Put together], [they|the letters] "
        "[make|are|form|give] {j}.", "So the [final |]answer [is|would be] {j}.", "{j}",
        "Concatenating them gives {j}.",
    )))  # fmt: skip
    return Item(vary(rng, ask).format(s=vary(rng, shown)), answer.format(j=mark), joined)


def _states(rng: Random) -> tuple[str, str]:
    if rng.random() < 0.2:
        return pseudo_word(rng), pseudo_word(rng)
    pair = rng.choice(TWO_STATES)
    return pair if rng.random() < 0.5 else (pair[1], pair[0])


CHANGES = (
    ("flips {it}", "does not flip {it}", "doesn't flip {it}"),
    ("turns {it} over", "does not turn {it} over", "leaves {it} alone"),
    ("reverses {it}", "doesn't reverse {it}", "does not touch {it}"),
    ("switches {it}", "does not switch {it}", "walks past {it}"),
    ("toggles {it}", "doesn't toggle {it}", "only looks at {it}"),
    ("changes {it}", "does not change {it}", "keeps {it} as it is"),
    ("flipped {it}", "did not flip {it}", "didn't flip {it}"),
    ("turned {it} over", "did not turn {it} over", "left {it} alone"),
)
RESULTS_CHANGED = (
    "{w} {e}. [The {n}|It] is now {s}.",
    "{w} {e}, so [the {n}|it] is now {s}.",
    "Now {s}.",
    "{w} {e}. This means that [the {n}|it] is now {s}.",
    "After that [the {n}|it] is {s}.",
    "{w} {e}, so [the {n}|it]'s now {s}.",
    "{w}: {s}",
    "{w} {e} -> {s}",
    "{w} {e}: {o} to {s}.",
    "{w} {e}. The state ({o}) is reversed. The {n} is now {s}.",
    "{o} becomes {s}.",
    "{w} {e}, which makes it {s}.",
    "Since {w} {e}, the {n} goes from {o} to {s}.",
    "If {w} {e}, [then |]the {n} [is|becomes|will be] {s}.",
    "{w} {e}, turning it from {o} to {s}.",
)
RESULTS_KEPT = (
    "{w} {e}. [The {n}|It] is still {s}.",
    "{w} {e}, so [the {n}|it] [stays|remains] {s}.",
    "{w} {e}. This means that [the {n}|it] remains {s}.",
    "After that [the {n}|it] is {s}.",
    "{w} {e}, so [the {n}|it]'s still {s}.",
    "{w}: {s}",
    "{w} {e} -> {s}",
    "Still {s}.",
    "{w} {e}. The state ({s}) is unchanged. The {n} is still {s}.",
    "It stays {s}.",
    "{w} {e}, which leaves it {s}.",
    "Since {w} {e}, the {n} is {s} as before.",
    "If {w} {e}, [then |]the {n} [stays|remains] {s}.",
    "{w} {e}. The {n} remains {s}.",
)


def flip(rng: Random) -> Item:
    """One thing with two states, one event, the state after it."""
    before, after = _states(rng)
    noun = rng.choice(("coin", "coin", "coin", rng.choice(words.THINGS), pseudo_word(rng)))
    text = _state_said(rng, noun, before, after)
    if (before, after) not in TWO_STATES and (after, before) not in TWO_STATES:
        one, two = rng.sample((before, after), 2)
        text = vary(rng, f"[It|The {noun}] [can be|is always|is either] {one} or {two}. {text}")
    who = name(rng)
    change = rng.choice(CHANGES)
    is_changed = rng.random() < 0.5
    now = after if is_changed else before
    event = (change[0] if is_changed else rng.choice(change[1:])).format(
        it=vary(rng, "[the {n}|the {n}|it]").format(n=noun)
    )
    template = rng.choice(RESULTS_CHANGED if is_changed else RESULTS_KEPT)
    sentence = vary(rng, template).format(w=who, e=event, s=now, n=noun, o=before)
    if rng.random() < 0.3:
        text += f" {filler(rng)}"
    asks_state = rng.random() < 0.5
    target = rng.choice((before, after))
    ask = vary(rng, "What is [it|the {n}] now?" if asks_state else
               "Is [it|the {n}] [still |now |]{t}?").format(n=noun, t=target)  # fmt: skip
    answer = now if asks_state else ("yes" if target == now else "no")
    if rng.random() < 0.35:
        return Item(f"{text} {who} {event}.", sentence, now)
    if not asks_state and rng.random() < 0.5:
        sentence += vary(rng, f" [So|Therefore,|Thus] [the answer is |]{answer}.")
    return Item(f"{text} {who} {event}. {ask}", sentence, answer)


def _state_said(rng: Random, noun: str, before: str, after: str) -> str:
    """The present state, sometimes after older statements that it overrides."""
    text = ""
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        text += vary(rng, "[At first|Earlier|Yesterday|Before that|Once|In the morning] the {n} "
                     "was {s}. ").format(n=noun, s=rng.choice((before, after)))  # fmt: skip
    return text + vary(rng, rng.choice((
        "[The|A] {n} is {s}.", "Now the {n} is {s}.", "The {n} is [now|still|again] {s}.",
        "[So|Here] the {n} is {s}.", "There is a {n}. It is {s}.", "The {n} remains {s}.",
        "{s}, the {n} lies there." if noun == "coin" else "The {n}: {s}.",
    ))).format(n=noun, s=before)  # fmt: skip


def compare_states(rng: Random) -> Item:
    """Yes or no: does the present state equal the asked one?"""
    one, two = _states(rng)
    noun = rng.choice(("coin", "coin", rng.choice(words.THINGS)))
    now, asked = rng.choice((one, two)), rng.choice((one, two))
    text = vary(rng, rng.choice((
        "The {n} is {s}.", "In the end the {n} is {s}.", "At the end, the {n} is [now |]{s}.",
        "So the {n} is {s}.", "The {n} is now {s}.",
    ))).format(n=noun, s=now)  # fmt: skip
    word = "yes" if now == asked else "no"
    if rng.random() < 0.3:
        text = f"The {noun} was {rng.choice((one, two))}. {text}"
    ask = vary(rng, f"Is [the {noun}|it] [still |]{asked}?")
    answer = vary(rng, f"[{word.capitalize()}.|{word}|{word.capitalize()}, it is "
                  f"{'' if word == 'yes' else 'not '}{asked}.|The answer is {word}.]")  # fmt: skip
    if rng.random() < 0.3:
        return Item(f"{ask} {text}", answer, word)
    return Item(f"{text} {ask}", answer, word)


SWAPS = (
    "{a} and {b} swap",
    "{a} and {b} trade",
    "{a} swaps with {b}",
    "{a} trades with {b}",
    "{a} and {b} swap {n}",
    "{a} and {b} exchange {n}",
    "{a} and {b} switch {n}",
    "{a} and {b} trade {n}",
    "{a} and {b} change places",
    "{a} gives hers to {b} and takes {b}'s",
    "{a} switches with {b}",
    "{a} and {b} swap their {n}",
    "{a} and {b} exchange what they have",
)
SWAP_RESULTS = (
    "{A} and {B}.",
    "Now {A}, and {B}.",
    "[So|This means that] {A} and {B}.",
    "[So now|Then], {A} and {B}.",
    "This means that {A}, and {B}.",
    "After [this|the swap], {A} and {B}.",
    "{A}. {B}.",
    "{A}, {B}.",
    "{S}, so {A} and {B}.",
    "{S}. {A}, and {B}.",
    "{S}: {A}, {B}.",
    "{S}. So {A} and {B}.",
    "{S}. This means that {A} and {B}.",
    "{S}. Before, {X} and {Y}. Now {A} and {B}.",
    "{X} and {Y}. After the swap, {A} and {B}.",
)


def swap(rng: Random) -> Item:
    """Everyone's holdings are stated, two of them swap once, their holdings after it."""
    people = short_names(rng, rng.choice((2, 3, 3, 3, 3, 4)))
    had = things(rng, len(people))
    statement = rng.choice(HAVING)[0] if rng.random() < 0.7 else rng.choice(COMPACT)
    owners = dict(zip(people, had, strict=True))
    text = state_all(rng, statement, owners)
    definite = said_again(rng, statement)
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        text += " " + _restated(rng, definite, owners, had)
    if rng.random() < 0.5:
        return _swaps_apart(rng, text, definite, owners)
    one, two = rng.sample(people, 2)
    link = vary(rng, "[||First, |Then, |Now |Finally, |Next, |After that, ]")
    event = link + _event(rng, one, two)
    result = _swap_result(rng, definite, owners, (one, two), event)
    question = f"{text} {event}."
    if rng.random() < 0.4:
        return Item(question, result, owners[two].core)
    pick, other = (one, two) if rng.random() < 0.5 else (two, one)
    ask = vary(rng, "[What does {p} have now?|Now {p} has|What is with {p} now?]").format(p=pick)
    return Item(f"{question} {ask}", result, owners[other].core)


def _event(rng: Random, one: str, two: str) -> str:
    kind = rng.choice(("gifts", "books", "places", "things", "items", "cards", "seats", "parts"))
    return rng.choice(SWAPS).format(a=one, b=two, n=kind)


def _swaps_apart(rng: Random, text: str, definite: str, owners: dict[str, Thing]) -> Item:
    """Several swaps, each on its own from the stated holdings: no swap builds on another."""
    ask = vary(rng, "[Each swap on its own:|What if they swap? Each case alone.|Separate cases.]")
    lines, last = [], ""
    for _ in range(rng.randint(2, 4)):
        one, two = rng.sample(list(owners), 2)
        lines.append(f"{_event(rng, one, two)}: {have(definite, one, owners[two])}, "
                     f"{have(definite, two, owners[one])}.")  # fmt: skip
        last = owners[one].core
    return Item(f"{text} {ask}", rng.choice(("\n", " ")).join(lines), last)


def _restated(rng: Random, definite: str, owners: dict[str, Thing], had: list[Thing]) -> str:
    """State new holdings for two people outright, and note them in `owners`."""
    one, two = rng.sample(list(owners), 2)
    if rng.random() < 0.3:
        shuffled = rng.sample(had, len(had))
        owners.update(zip(owners, shuffled, strict=True))
        return f"{rng.choice(LINKS)}, {state_all(rng, definite, owners)}"
    owners[one], owners[two] = owners[two], owners[one]
    facts = [have(definite, who, owners[who]) for who in (one, two)]
    return f"{rng.choice(LINKS)}, {listed_facts(rng, facts)}"


def _swap_result(
    rng: Random, definite: str, owners: dict[str, Thing], pair: tuple[str, str], event: str
) -> str:
    one, two = pair
    adverb = rng.choice(("", "", "now "))
    now = definite.replace("{w} ", "{w} " + adverb, 1)
    late = definite.replace("{w} is ", "{w} is now ", 1) if "{w} is " in definite else now
    form = rng.choice((now, late)) if adverb else definite
    filled = {
        "A": have(form, one, owners[two]), "B": have(form, two, owners[one]),
        "X": have(definite, one, owners[one]), "Y": have(definite, two, owners[two]), "S": event,
    }  # fmt: skip
    if rng.random() < 0.2:
        filled["A"], filled["B"] = filled["B"], filled["A"]
    return vary(rng, rng.choice(SWAP_RESULTS)).format(**filled)


def alphabet(rng: Random) -> Item:
    """The neighbour of a letter, capitals and vowels."""
    place = rng.randrange(25)
    first, second = LETTERS[place], LETTERS[place + 1]
    roll = rng.randrange(4)
    if roll == 0:
        return Item(f"Which letter comes after {first}?", f"After {first} comes {second}.", second)
    if roll == 1:
        return Item(f"Which letter is before {second}?", f"Before {second} comes {first}.", first)
    if roll == 2:
        return Item(f"Write {first} as a capital letter.", f"{first.upper()}", first.upper())
    word = "yes" if first in "aeiou" else "no"
    return Item(f"Is {first} a vowel?", vary(rng, f"[{word}|{word.capitalize()}.]"), word)
