"""Choices, read as a label (`(C)`, `C.`, `C)`, `c`, `option C`) or as the choice's text.

A capital letter counts only as a label: alone, in brackets, before a closing
bracket, at the opening of the text, after a word such as "option" or "is", or where it
closes a short statement ("That leaves C.", "Result: C", "=> C"). What follows it must end
it: punctuation, a word of grammar ("C because", "C is") or its choice's own text; "C major"
and "vitamin C" name nothing, nor do letters inside words and the article ("A ball").

A text that opens with a label answers there, and the rest explains. Otherwise
all labels count; where there are none, the choices' texts, of which a longer one
hides the shorter inside it. Several left: ambiguous. Ambiguous is also a label
followed by exactly the text of another choice ("A, the black ball." where that
is choice B): the model said both. A label that is only asked ("C?") is no answer, and
takes back one that was given before. Choices of the same text are the same answer.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile

from cotutor.records import Choice, Problem
from cotutor.verify import number
from cotutor.verify.scope import is_denied, sentences
from cotutor.verify.settings import DEFAULT, VerifySettings

# What a problem without listed choices may be answered with.
LABELS = tuple("ABCDE")
UNLISTED = tuple(Choice(label=label, text="") for label in LABELS)
# Labels that are words, too: they need punctuation or a verb behind them.
WORDS = ("A", "I")

# How far behind an opening label a second one is looked for.
LOOKED_AT = 200

# Words that announce a label.
_ANNOUNCED = (
    r"(?ai:ans(?:wers?)?|options?|choices?|letter|is|are|be|to|likely|either|both|between"
    r"|choose|pick|select|say|with|it['’]s|correct|solution|hence|thus|therefore|so)"
)
# What may follow a label besides punctuation: words of grammar, and numbers.
_GOES_ON = (
    r"(?:is|are|was|were|be|has|have|had|must|can|could|should|would|will|may|might|seems?|looks?"
    r"|appears?|fits?|matches|follows|remains|wins|because|since|as|for|so|or|and|nor|but|not|if"
    r"|when|where|which|who|that|this|in|on|at|by|with|from|of|to|due|based|here|then|too|instead"
    r"|only|again|indeed|most|without|maybe|perhaps|possibly|the|a|an|it|he|she|they|we|I|[a-z]+ly)\b"
)
_ENDS = rf"(?=\s*(?:[^\w\s+#'’%°^<-]|[-–—=]>?\s|\n|\Z)|\s(?:{_GOES_ON}|[$€£]?[0-9]))"
_ASKED = re.compile(r"[^\w\n.!]*\?")
# How a short statement leads to the label that closes it, and how long it may be, in characters.
_LEADS = (
    r"(?:(?P<sign>\A|[:=]|[-=]>|→|\s[-–—]|(?P<comma>,))\s*"
    r"|\b(?:(?ai:I|we|you|they|that|this|it|which|one)(?:['’][a-z]+)?"
    r"(?:\s(?:would|will|can|must|have|had|has|then|now)){0,2}\s[a-z]+"
    r"|(?:leav|giv|mak|yield|mean|choos|pick)ing|(?ai:maybe|perhaps|possibly|[a-z]+ly))"
    r"(?:\s(?:only|just|with|for|on|to|us|me|out)){0,2}\s)"
)
SHORT = 60
_EDGE = " \t\r\n\"'`“”‘’*_.,;:!?()[]{}$"
_REASON = re.compile(r"(?:because|since|as|not|for)\b")
_WRONG = (
    r"\s(?:(?:is|was|are|would be|must be) (?:not|wrong|incorrect|false)"
    r"|(?:isn|wasn|can|won)['’]t|cannot)\b"
)
_ARTICLE = re.compile(r"(?:the|an?)\s+")


@dataclass(frozen=True)
class _Patterns:
    """How the labels of one problem look in text."""

    alone: re.Pattern[str]
    opening: re.Pattern[str]
    anywhere: re.Pattern[str]
    label: re.Pattern[str]
    second: re.Pattern[str]
    closing: re.Pattern[str]
    item: re.Pattern[str]


def read(text: str, problem: Problem) -> list[str]:
    """Return the label of every different choice that `text` gives as its answer."""
    different: list[str] = []
    for label in _read(text, problem, problem.choices or UNLISTED):
        if not any(equal(label, earlier, problem, DEFAULT) for earlier in different):
            different.append(label)
    return different


def equal(a: str, b: str, problem: Problem, settings: VerifySettings) -> bool:
    """Say whether two labels name the same choice, or choices of the same text."""
    if a == b:
        return True
    texts = {choice.label: _normal(choice.text) for choice in problem.choices}
    # Where all texts are the same (AQuA has rows whose choices all read "kmph") they say nothing.
    is_telling = len(set(texts.values())) > 1 and texts.get(a) != ""
    return is_telling and a in texts and texts[a] == texts.get(b)


def wrong(problem: Problem) -> str:
    """Return the label of another choice, of another text."""
    labels = [choice.label for choice in problem.choices] or list(LABELS)
    gold = read(problem.gold, problem)
    return next(
        (x for x in labels if not gold or not equal(x, gold[0], problem, DEFAULT)), labels[0]
    )


def _read(text: str, problem: Problem, choices: Sequence[Choice]) -> list[str]:
    patterns = _patterns(tuple(choice.label for choice in choices))
    bare = patterns.alone.fullmatch(text)
    if bare:
        return [_canonical(bare["label"], choices)]
    opening = patterns.opening.match(text)
    if opening is None:
        both = _label_and_text(text, choices)
        if both:
            return both
    elif not _ASKED.match(text, opening.end()):
        labels = _labels(opening["labels"], patterns, choices)
        return labels + _second(text[opening.end() :], labels[0], patterns, choices)
    given = [m for m in patterns.anywhere.finditer(text) if not (m["denied"] or _denies(text, m))]
    given = list(dropwhile(lambda match: _ASKED.match(text, match.end()), given))
    if given:
        found = " ".join(match[match.lastgroup] for match in given if match.lastgroup)
        labels = _labels(found, patterns, choices)
        return labels + _named(text[: given[0].start()], labels[0], choices)
    return _closing(text, patterns, choices) or _by_text(text, problem, choices)


@lru_cache(maxsize=256)
def _patterns(labels: tuple[str, ...]) -> _Patterns:
    every = _alternatives(labels)
    words = _alternatives([x for x in labels if x in WORDS])
    other = _alternatives([x for x in labels if x not in WORDS])
    boxed = rf"[(\[]\s?(?ai:{every})\s?[)\]]"
    verb = r"\s*(?:[).,:;\]\"*/&]|[-–—]\s|\Z|\n|(?:or|and|is|because|since)\b)"
    bare = rf"{other}(?![\w'’+#]|[-.]\w){_ENDS}|{words}(?={verb})(?!\.\w)"
    item = rf"(?<!\w)(?:{boxed}|{bare})"
    tentative = r"(?:maybe|perhaps|possibly)\s"
    joint = rf"\s*(?:(?:[,/&?]|\b(?:n?or|and|then)\b)\s*){{1,2}}(?:{tentative})?|\s{tentative}"
    listed = rf"{item}(?:\s?{boxed}|(?:{joint}){item})*"
    return _Patterns(
        alone=re.compile(
            rf"[{re.escape(_EDGE)}\-–#>]*(?P<label>(?ai:{every}))[{re.escape(_EDGE)}]*"
        ),
        opening=re.compile(
            rf"[\s:*\"'“‘`_]*(?P<labels>(?>{listed}|(?ai:{every})\)))"
            rf"(?!{_WRONG})"
        ),
        anywhere=re.compile(
            rf"(?P<denied>\b(?ai:not|than|except|n['’]t(?: be)?) )?"
            rf"(?:(?P<labels>(?<!\w){boxed}|(?m:^){every}\))"
            rf"|\b{_ANNOUNCED}(?:\s?(?:[:=]|[-=]>|→))? [\"'“‘*]*(?P<announced>{listed})"
            rf"|\b(?ai:option|choice|letter) (?P<small>(?ai:{every}))(?!\w)"
            rf"|(?<![\w'’])(?P<subject>{every}) (?:is|seems|looks) (?:the |my )?"
            r"(?:best|right|correct|answer|most)\b)"
        ),
        label=re.compile(rf"(?<!\w)(?ai:{every})(?!\w)"),
        second=re.compile(
            r"(?ai:\A\W*or|(?:\A|[.,;!?…–-]\s*)(?:no|wait|actually))\b\W*"
            rf"(?ai:(?:maybe|perhaps|option|choice|it is|it['’]s)\s)*(?P<label>{item})"
        ),
        closing=re.compile(
            rf"(?:{_LEADS}[\"'“‘*]*(?P<label>{item})"
            rf"|\b{_ANNOUNCED}\s?[-–—:=]>?\s?(?P<small>(?ai:{every})))[{re.escape(_EDGE)}]*\Z"
        ),
        item=re.compile(item),
    )


def _alternatives(labels: Iterable[str]) -> str:
    """Return a group that matches any of the labels, the longest first, and nothing for none."""
    ordered = sorted(map(re.escape, labels), key=len, reverse=True)
    return f"(?:{'|'.join(ordered)})" if ordered else r"(?!)"


def _labels(found: str, patterns: _Patterns, choices: Sequence[Choice]) -> list[str]:
    printed = patterns.label.findall(found)
    return list(dict.fromkeys(_canonical(label, choices) for label in printed))


def _canonical(label: str, choices: Sequence[Choice]) -> str:
    """Return the label as the problem writes it."""
    written = [choice.label for choice in choices]
    return label if label in written else next(x for x in written if x.lower() == label.lower())


def _second(rest: str, label: str, patterns: _Patterns, choices: Sequence[Choice]) -> list[str]:
    """Return a choice that the text after an opening label names instead.

    By its text, or by its label behind an "or" or a "no, ...".
    """
    line = rest.lstrip(_EDGE.replace("\n", "")).partition("\n")[0]
    own = next(choice.text for choice in choices if choice.label == label)
    behind = line[len(own) :] if own and line.casefold().startswith(own.casefold()) else line
    again = patterns.second.search(behind, 0, LOOKED_AT)
    if again:
        return _labels(again["label"], patterns, choices)
    return _named(next(iter(sentences(line)), ""), label, choices)


def _label_and_text(text: str, choices: Sequence[Choice]) -> list[str]:
    """Return the choices named by a label and a choice's text that open a text, "C Mars"."""
    label = next((x.label for x in choices if text.startswith(f"{x.label} ")), None)
    if label is None or label in WORDS:
        return []
    said = _normal(text[len(label) :])
    named = [x.label for x in choices if x.text and _begins(said, _normal(x.text))]
    return [label] if label in named else [label, *named][: 2 * len(named)]


def _begins(said: str, words: str) -> bool:
    return said.startswith(words) and not said[len(words) :][:1].isalnum()


def _denies(text: str, given: re.Match[str]) -> bool:
    """Say whether the clause before a label denies it."""
    return is_denied(text, given.start(given.lastgroup or 0))


def _closing(text: str, patterns: _Patterns, choices: Sequence[Choice]) -> list[str]:
    """Return the label that closes the last sentence, where it is short and names no other."""
    last = sentences(text)[-1:]
    if not last or len(last[0]) > SHORT:
        return []
    found = patterns.closing.search(last[0])
    if found is None or _ASKED.match(last[0], found.end(found.lastgroup or 0)):
        return []
    if is_denied(last[0], found.start()) and not found["comma"]:
        return []
    label = _canonical(found[found.lastgroup or 0], choices)
    before = patterns.item.findall(last[0], 0, found.start(found.lastgroup or 0))
    return [] if any(label not in other for other in before) else [label]


def _named(text: str, label: str, choices: Sequence[Choice]) -> list[str]:
    """Return the choice in whose text a text ends beside a label that is not its own."""
    said = _normal(text)
    own = next(_normal(choice.text) for choice in choices if choice.label == label)
    if not said or (own and own in said) or _REASON.match(said):
        return []
    others = [c.label for c in choices if c.label != label and _ends_with(said, _normal(c.text))]
    return others[:1]


def _ends_with(said: str, text: str) -> bool:
    if said == text:
        return True
    # A sentence may end in any number; that it ends in another choice's words is no accident.
    return any(c.isalpha() for c in text) and said.endswith(f" {text}")


def _by_text(text: str, problem: Problem, choices: Sequence[Choice]) -> list[str]:
    said = _normal(text)
    opening = _normal(next(iter(sentences(text)), ""))
    texts = {choice.label: _normal(choice.text) for choice in choices if _normal(choice.text)}
    for whole in (said, opening):
        exact = [label for label, own in texts.items() if own == whole]
        if exact:
            return exact
    amount = number.whole(text)
    if amount:
        amounts = [(choice.label, number.whole(choice.text)) for choice in choices]
        return [x for x, own in amounts if own and number.equal(amount, own, problem, DEFAULT)]
    spoken = {label: own for label, own in texts.items() if _said(own, said)}
    longest = [x for x, own in spoken.items() if not any(own in y != own for y in spoken.values())]
    longest.sort(key=lambda x: said.find(spoken[x]))
    return [label for label in longest if not all(_said(spoken[label], said))]


def _said(text: str, said: str) -> list[bool]:
    """Return, for every place where a choice's words stand whole, whether they are denied there."""
    if text not in said:
        return []
    # The words stand whole, and nothing behind them says that they are wrong.
    denied = r"((?:\bnot|n['’]t) (?:be )?(?:the |an? )?)?"
    whole = rf"{denied}(?<![\w.,/$%-]){re.escape(text)}(?![\w%/]|[.,]\d|-\w|{_WRONG})"
    return [bool(denied) for denied in re.findall(whole, said)]


def _normal(text: str) -> str:
    text = " ".join(text.casefold().split()).strip(_EDGE)
    return _ARTICLE.sub("", text, count=1) if _ARTICLE.match(text) else text
