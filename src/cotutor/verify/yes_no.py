"""Yes or no, true or false, as whole words in any case.

The word counts where it opens or closes a statement, or a clause of one ("No, because
...", "I think yes, since ..."), with nothing before it in its clause that denies, asks,
supposes or quotes it ("far from a yes", "anything but yes", "nobody said yes", "if yes").
In a question ("yes?", "Is it yes?") it counts only as an opening that a comma ends. A "no" or
"true" that belongs to what follows it ("no one", "true north") answers nothing.

A text that opens with the word answers there, and the rest explains ("No, because
yes ..." is no). Otherwise all such words count, and both kinds make the answer
ambiguous, as "yes or no" is.
"""

import re
from itertools import islice

from cotutor.records import Problem
from cotutor.verify.scope import is_denied
from cotutor.verify.settings import VerifySettings

WORDS = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
# Of more words in a text only the first are read.
MOST = 200
# How far behind a word the end of its sentence is looked for.
LOOKED_AT = 200

# What may follow an answer directly; before any other word "no" and "true" are adjectives.
_GOES_ON = (
    r"(?:i|he|she|it|they|we|you|the|this|that|there|these|those|because|since|as|for|not"
    r"|and|or|but|if|when|unless)\b"
)
_WORD = re.compile(
    r"(?<![\w-])(?<!\w['’])(?<![DM]r\. )"
    rf"(?ai:yes|(?:true|false|no)(?! (?!{_GOES_ON})\w|\. ?[0-9]))(?!\w|['’]\w|-\w)"
)
_CLOSES = re.compile(rf"\W*(?:\Z|\n)|\s*[^\w\s]|\s{_GOES_ON}", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…]+|\n")
_ASKED_ITSELF = re.compile(r"[^\w\n.!]*\?")
# What asks and does not answer: "a yes/no question", "True or false:", "Yes or no? No."
_OFFERED = re.compile(
    r"\b(?:yes ?(?:/|or) ?no|true ?(?:/|or) ?false)"
    r"(?: (?:question|answer|problem)s?\b| ?:| ?\?(?= ?\w))",
    re.IGNORECASE,
)
# What takes an opening word back: "or no", "/no", "if", ", wait, no.", ". No."
_OTHER_ONE = re.compile(
    r"\W{0,3}(?:only )?\b(?:if|when|unless)\b"
    r"|\W{0,3}\s?(?:/|\bor\b|\band\b(?: also\b)?)\s?\W{0,3}(?P<beside>(?ai:yes|true|false|no))\b"
    r"|\W{1,5}(?:(?:wait|actually|sorry|rather|hmm|or|no|but|i mean)\W{1,4}){0,3}(?:maybe )?"
    r"(?P<then>(?ai:yes|true|false|no))(?=\W{0,3}(?:\Z|[,.;!\n]))",
    re.IGNORECASE,
)


def read(text: str, problem: Problem) -> list[str]:
    """Return "yes", "no", both (ambiguous) or nothing."""
    text = _OFFERED.sub("", text)
    said = [word for word in islice(_WORD.finditer(text), MOST) if _is_answer(text, word)]
    if not said:
        return []
    answers = [word[0] for word in said]
    if _opens(text, 0, said[0].start()):
        other = _OTHER_ONE.match(text, said[0].end())
        if other is None:
            return [WORDS[answers[0].lower()]]
        answers[1:1] = [word for word in (other["beside"], other["then"]) if word]
    return list(dict.fromkeys(WORDS[word.lower()] for word in answers))


def equal(a: str, b: str, problem: Problem, settings: VerifySettings) -> bool:
    """Say whether two readings are the same."""
    return a == b


def wrong(problem: Problem) -> str:
    """Return the opposite of the gold."""
    return "no" if read(problem.gold, problem) == ["yes"] else "yes"


def _is_answer(text: str, word: re.Match[str]) -> bool:
    """Say whether a word is stated, rather than asked, denied or a part of something else."""
    start, end = word.span()
    before = list(_SENTENCE_END.finditer(text, max(0, start - LOOKED_AT), start))
    opens = _opens(text, before[-1].end() if before else max(0, start - LOOKED_AT), start)
    closes = _CLOSES.match(text, end)
    after = _SENTENCE_END.search(text, end, end + LOOKED_AT)
    if after and "?" in after[0] and not (opens and closes and not closes[0].strip().isalpha()):
        return False
    if _ASKED_ITSELF.match(text, end, end + LOOKED_AT):
        return False
    return opens or (bool(closes) and not is_denied(text, start))


def _opens(text: str, start: int, end: int) -> bool:
    return not any(c.isalnum() for c in text[start:end])
