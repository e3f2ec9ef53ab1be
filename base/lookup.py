"""Skills of looking up: who has what, what was said latest, which letter a choice has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from base import words
from base.entities import Thing, anything, filler, name, short_names, things, vary
from base.items import Item

if TYPE_CHECKING:
    from random import Random

# How having is said: (statement, question about the thing, question about the owner).
HAVING = (
    ("{w} has {i}", "What does {w} have?", "Who has {d}?"),
    ("{w} holds {i}", "What does {w} hold?", "Who holds {d}?"),
    ("{w} is holding {i}", "What is {w} holding?", "Who is holding {d}?"),
    ("{w} owns {i}", "What does {w} own?", "Who owns {d}?"),
    ("{w} got {i}", "What did {w} get?", "Who got {d}?"),
    ("{w} gets {i}", "What does {w} get?", "Who gets {d}?"),
    ("{w} is wearing {i}", "What is {w} wearing?", "Who is wearing {d}?"),
    ("{w} is with {i}", "Whom is {w} with?", "Who is with {d}?"),
    ("{w} is playing {c}", "What is {w} playing?", "Who is playing {c}?"),
    ("{w} sits on {i}", "What does {w} sit on?", "Who sits on {d}?"),
    ("{w} reads {c}", "What does {w} read?", "Who reads {c}?"),
    ("{w} is {c}", "What is {w}?", "Who is {c}?"),
    ("{w} took {i}", "What did {w} take?", "Who took {d}?"),
    ("{w} keeps {i}", "What does {w} keep?", "Who keeps {d}?"),
    ("{w} works with {i}", "What does {w} work with?", "Who works with {d}?"),
)
# Having said in short, as a state is noted.
COMPACT = ("{w} {c}", "{w} {c}", "{w}: {c}", "{w} = {c}", "{w} -> {c}", "{w} has {c}", "{w} ({c})")
LINKS = ("At first", "Later", "Then", "Now", "After that", "Next", "At noon", "In the end",
         "By evening", "Finally", "Some time later", "Today")  # fmt: skip


def have(statement: str, who: str, thing: Thing) -> str:
    """Fill one of the statements of HAVING."""
    return statement.format(w=who, c=thing.core, i=thing.indefinite, d=thing.definite)


def said_again(rng: Random, statement: str) -> str:
    """Return how what `statement` told is said again: the same way, or in short."""
    if rng.random() < 0.5:
        return rng.choice(COMPACT)
    return statement.replace("{i}", "{d}")


def state_all(rng: Random, statement: str, owners: dict[str, Thing]) -> str:
    """Say of everyone what they have, as one sentence or several."""
    facts = [have(statement, who, thing) for who, thing in owners.items()]
    style = rng.randrange(4)
    if style == 0 or len(facts) == 1:
        return " ".join(f"{fact}." for fact in facts)
    if style == 1:
        return "\n".join(f"{fact}." for fact in facts)
    comma = "," if style == 2 else ""
    return ", ".join(facts[:-1]) + f"{comma} and {facts[-1]}."


def who_has(rng: Random) -> Item:
    """Several have something; one is asked for, by owner or by thing, with distractors."""
    people = short_names(rng, rng.randint(2, 6))
    owners = dict(zip(people, things(rng, len(people)), strict=True))
    statement, what, who = rng.choice(HAVING)
    if rng.random() < 0.15:
        statement = rng.choice(COMPACT)
    text = state_all(rng, statement, owners)
    if rng.random() < 0.3:
        text = f"{text} {filler(rng)}" if rng.random() < 0.5 else f"{filler(rng)} {text}"
    pick = rng.choice(people)
    thing = owners[pick]
    if rng.random() < 0.45:
        return _say_all(rng, text, said_again(rng, statement), owners)
    if rng.random() < 0.6:
        answer = have(statement.replace("{i}", "{d}"), pick, thing) + "."
        return Item(f"{text} {what.format(w=pick)}", answer, thing.core)
    answer = have(statement.replace("{i}", "{d}"), pick, thing) + "."
    return Item(f"{text} {who.format(c=thing.core, d=thing.definite)}", answer, pick)


def _say_all(rng: Random, text: str, statement: str, owners: dict[str, Thing]) -> Item:
    """Ask for everyone; the answer goes through them in another order."""
    order = rng.sample(list(owners), len(owners))
    kinds = {owners[who].core for who in order}
    if rng.random() < 0.45 and len(kinds) == len(order):
        link = rng.choice((": ", " is with ", " -> ", " belongs to "))
        lines = [f"{owners[who].core}{link}{who}" for who in order]
        ask = vary(rng, "[Where is each thing?|Whose is what?|Thing by thing:]")
        return Item(f"{text} {ask}", rng.choice((", ", ". ", "\n")).join(lines), order[-1])
    if rng.random() < 0.4:
        order = list(owners)
    said = [have(statement, who, owners[who]) for who in order]
    ask = vary(rng, "[|Who has what?|Say it for all.|What is the state now?|Sum up.]")
    lead = vary(rng, "[||Now |So |In the end, |At this point, |State: |We have ]")
    gap = rng.choice((", ", ". ", " and ", ".\n"))
    return Item(f"{text} {ask}".rstrip(), lead + gap.join(said) + ".", owners[order[-1]].core)


def latest(rng: Random) -> Item:
    """Things are said several times of the same people; only the latest counts."""
    people = short_names(rng, rng.randint(2, 4))
    had = things(rng, len(people) + rng.randint(0, 1))
    statement, what, who = rng.choice(HAVING[:8])
    now = dict(zip(people, had, strict=False))
    facts = [have(statement, person, now[person]) for person in people]
    text = listed_facts(rng, facts)
    for _ in range(rng.choice((1, 1, 2, 2, 3))):
        changed = rng.sample(people, rng.randint(1, 2))
        fresh = rng.sample(had, len(changed))
        now.update(zip(changed, fresh, strict=True))
        link = rng.choice(LINKS)
        said = [have(statement.replace("{i}", "{d}"), one, now[one]) for one in changed]
        text += rng.choice((" ", "\n", " ")) + f"{link}, " + listed_facts(rng, said)
    if rng.random() < 0.4:
        return _say_all(rng, text, said_again(rng, statement), now)
    pick = rng.choice(people)
    sure = vary(rng, "[Now|In the end,|At the end,|Finally,||||] ").lstrip()
    holds = have(statement.replace("{i}", "{d}"), pick, now[pick])
    owners = [person for person in people if now[person] == now[pick]]
    if len(owners) == 1 and rng.random() < 0.3:
        ask = f"{text} {who.format(c=now[pick].core, d=now[pick].definite)}"
        return Item(ask, f"{sure}{holds}.", pick)
    ask = rng.choice((f"{text} {what.format(w=pick)}", f"{text} At the end, {_open(holds, pick)}"))
    return Item(ask, f"{sure}{holds}.", now[pick].core)


def _open(holds: str, who: str) -> str:
    """Cut a statement after its verb: "Ann has the ball" -> "Ann has"."""
    rest = holds[len(who) :].split()
    count = 2 if rest[0] == "is" and len(rest) > 2 else 1
    return f"{who} {' '.join(rest[:count])}"


def listed_facts(rng: Random, facts: list[str]) -> str:
    """Join facts to one or several sentences."""
    if rng.random() < 0.5 or len(facts) == 1:
        return rng.choice((", and ", " and ", ", ")).join(facts) + "."
    return ". ".join(facts) + "."


def key_value(rng: Random) -> Item:
    """A table of keys and values."""
    count = rng.randint(2, 8)
    keys = list(dict.fromkeys(anything(rng) for _ in range(count)))
    values = list(dict.fromkeys(anything(rng) for _ in range(3 * count)))[: len(keys)]
    keys = keys[: len(values)]
    link, end = rng.choice(
        ((": ", "\n"), (" = ", ", "), (" is ", ". "), (" -> ", "; "), (" means ", ". "))
    )
    text = end.join(f"{key}{link}{value}" for key, value in zip(keys, values, strict=True))
    pick = rng.randrange(len(keys))
    if rng.random() < 0.65:
        answer = rng.choice((values[pick], f"{keys[pick]}{link}{values[pick]}"))
        return Item(f"{text}\n{keys[pick]}?", answer, values[pick])
    answer = rng.choice((keys[pick], f"{keys[pick]}{link}{values[pick]}"))
    return Item(f"{text}\n[Which one gives] {values[pick]}?", answer, keys[pick])


MARKS = ("{} ", "({}) ", "{}) ", "{}. ", "{}: ", "{} has ", "{} = ", "{} -> ", "{} holds the ")


def backward(rng: Random) -> Item:
    """Label and value, several times; then from each value back to its label, in another order.

    The value is met again, the label stood before it: a head that copies what came after finds
    nothing. Everyone is asked for, so that a document gives the skill many chances.
    """
    count = rng.randint(2, 6)
    kind = rng.randrange(3)
    labels = list("ABCDEFGH"[:count]) if kind else short_names(rng, count)
    if rng.random() < 0.3:
        labels = rng.sample(labels, count)
    had = [thing.core for thing in things(rng, count)]
    if rng.random() < 0.5:
        had = rng.sample(words.THINGS, count)
    mark = rng.choice(MARKS if kind else MARKS[4:])
    pairs = [mark.format(label) + value for label, value in zip(labels, had, strict=True)]
    told = rng.choice((", ", " ", ". ", "\n", "; ")).join(pairs)
    order = rng.sample(range(count), count) + rng.sample(range(count), rng.randrange(count))
    link = vary(rng, rng.choice((
        " ", ": ", " -> ", " is ", ", so ", " --> ", ", [so|thus] the [answer|choice] is ",
        ". [So|That is|It is|Answer:|So the answer is|The answer is] ", ". --> ",
    )))  # fmt: skip
    shown = rng.choice(("{}", "({})")) if kind else "{}"
    if rng.random() < 0.4:
        seen = rng.choice((", ", " ", ". ")).join(rng.sample(had, count))
        told = rng.choice((f"{seen}. {told}", f"{told}. {vary(rng, '[Seen|Also|We saw]')} {seen}"))
    said = [had[place] + link + shown.format(labels[place]) for place in order]
    ask = vary(rng, "[|Back:|Which is which?|The other way round:]")
    return Item(f"{told} {ask}".rstrip(), rng.choice((", ", ". ", "\n", "; ")).join(said),
                labels[order[-1]])  # fmt: skip


def _choices(rng: Random, texts: list[str]) -> str:
    marks = rng.choice(("({})", "({})", "({})", "{})", "{}.", "{}:"))
    end = rng.choice((", ", ". ", " ", "\n"))
    stop = "." if end == ". " else ""
    pairs = zip("ABCDEFGH", texts, strict=False)
    lead = vary(rng, "[Answer choices: |Answer Choices: |Choices: |Options: |Choose one: |||]")
    return lead + end.join(f"{marks.format(mark)} {text}" for mark, text in pairs) + stop


def choice_letter(rng: Random) -> Item:
    """The letter of the choice that has a given text."""
    count = rng.choice((2, 3, 3, 3, 4, 5))
    kind = rng.choice((0, 1, 1, 1, 2, 2))
    had = things(rng, count)
    texts = list(dict.fromkeys(anything(rng) for _ in range(count)))
    if kind:
        texts = [thing.core if kind == 1 else thing.definite for thing in had]
    pick = rng.randrange(len(texts))
    mark = "ABCDEFGH"[pick]
    who = name(rng)
    core = texts[pick]
    shown = _choices(rng, texts)
    roll = rng.random()
    if roll < 0.3:
        return _all_letters(rng, shown, texts)
    if roll < 0.65 and kind:
        return _everyones_letter(rng, shown, had)
    verb = vary(rng, "[has|holds|is|gets|wants|sees]")
    given = vary(rng, rng.choice((
        "{w} {v} {d}.", "{w} [is holding|is playing|is with|now has|likes] {d}.", "It is {d}.",
    ))).format(w=who, v=verb, d=had[pick].definite if kind else core)  # fmt: skip
    if rng.random() < 0.5:
        ask = f"{given} {shown}"
    elif rng.random() < 0.5:
        ask = vary(rng, f"{shown}\n{given} [Which choice is true?|Which is it?|Which letter?]")
    else:
        return Item(f"{shown}\n" + vary(rng, f"[Which letter has|Choose|Find] {core}") + ".",
                    f"({mark}) {core}.", mark)  # fmt: skip
    tail = vary(rng, rng.choice((
        " [So|Therefore,|Thus] the [correct |]answer is [{m}|({m})].", " That is [{m}|({m})].",
        " The [correct |]choice is [{m}|({m})].", "",
    ))).format(m=mark)  # fmt: skip
    return Item(ask, given + tail, mark)


def _all_letters(rng: Random, shown: str, texts: list[str]) -> Item:
    """Ask for the letters of all choices, in another order."""
    order = rng.sample(range(len(texts)), len(texts))
    form = rng.choice(("{t} is {m}", "{t}: ({m})", "{t} -> {m}", "It is {t}, so ({m})",
                       "{t}: the answer is {m}"))  # fmt: skip
    lines = [form.format(t=texts[place], m="ABCDEFGH"[place]) for place in order]
    ask = vary(rng, "[Which letters?|Give the letter of each.|Letters, please:]")
    said = rng.choice((". ", "\n")).join(lines) + "."
    return Item(f"{shown} {ask}", said, "ABCDEFGH"[order[-1]])


def _everyones_letter(rng: Random, shown: str, had: list[Thing]) -> Item:
    """Ask for everyone's choice: what they have is said again, then the letter follows."""
    people = short_names(rng, len(had))
    statement = rng.choice(HAVING)[0].replace("{i}", "{d}")
    facts = [have(statement, who, thing) for who, thing in zip(people, had, strict=True)]
    told = listed_facts(rng, rng.sample(facts, len(facts)))
    form = vary(rng, rng.choice((
        "{f}. [So|Therefore,|Thus] the [correct |]answer is [{m}|({m})].", "{f} --> {m}.",
        "{f}. --> {m}.", "{f}, so [{m}|({m})].", "{f}, [that is|which is] choice {m}.",
        "{f}. The [correct |][choice|letter] is [{m}|({m})].", "{f}: ({m}).",
    )))  # fmt: skip
    order = rng.sample(range(len(had)), len(had))
    said = [form.format(f=facts[place], m="ABCDEFGH"[place]) for place in order]
    ask = rng.choice((f"{told} {shown}", f"{shown} {told}", f"{told}\n{shown}"))
    return Item(ask, rng.choice((" ", "\n")).join(said), "ABCDEFGH"[order[-1]])


def same_or_not(rng: Random) -> Item:
    """Yes or no: is the stated thing so?"""
    people = short_names(rng, rng.randint(1, 3))
    owners = dict(zip(people, things(rng, len(people) + 2), strict=False))
    others = things(rng, 2)
    statement, _, _ = rng.choice(HAVING)
    pick = rng.choice(people)
    is_true = rng.random() < 0.5
    asked = owners[pick] if is_true else rng.choice(others)
    is_true = asked.core == owners[pick].core
    text = state_all(rng, statement, owners)
    claim = have(statement, pick, asked)
    ask = vary(rng, rng.choice((
        "{t} [True or false|Is it so|Is it true that|Right or wrong]: {c}?", "{t} Is this so? {c}.",
        "{t} {c}, [yes or no|is that so|right]?",
    ))).format(t=text, c=claim)  # fmt: skip
    truth = have(statement, pick, owners[pick])
    word = "yes" if is_true else "no"
    lead = vary(rng, "[{W}, |{W}. |||]").format(W=word.capitalize())
    return Item(ask, f"{lead}{truth}.", word)
