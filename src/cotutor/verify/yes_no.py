"""Yes or no, true or false, as whole words in any case.

A text that opens with the word answers there, and the rest explains ("No,
because yes ..." is no). Otherwise all such words count, and both kinds make
the answer ambiguous. A "no" that belongs to what follows it ("no one", "no
relevant case") answers nothing, nor does "not yes". "Yes or no" is ambiguous.
"""

import re

from cotutor.records import Problem
from cotutor.verify.settings import VerifySettings

WORDS = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
# What may follow an opening "No" directly; after any other word it is an adjective.
_PRONOUN = (
    r"(?:i|he|she|it|they|we|you|the|this|that|there|these|those|because|since|as|not"
    r"|and|or|but|if|when|unless)\b"
)
_WORD = re.compile(
    r"(?P<denied>\b(?:(?:(?ai:not|cannot|never|hardly)|\w+n['’]t) (?:\w+ ){0,2}"
    r"|wish (?:\w+ ){0,4})[\"'“‘*]?)?(?<![\w-])(?<!\w['’])(?<![DM]r\. )"
    rf"(?P<word>(?ai:yes|true|false|no(?! (?!{_PRONOUN})\w|\. ?[0-9])))(?!\w|['’]\w|-\w)"
)
# What asks and does not answer: "a yes/no question", "True or false:", "Is it yes?"
_QUESTION = re.compile(
    r"\b(?:yes ?(?:/|or) ?no|true ?(?:/|or) ?false)(?: (?:question|answer|problem)s?\b| ?:)"
    r"|(?:(?<=[.!?\n])|\A) ?(?!\W{0,4}(?:yes|no|true|false|or)\b)[^.!?\n]+\?"
    r"|\b(?:yes or no|true or false) ?\?(?= ?\w)",
    re.IGNORECASE,
)
# What takes an opening word back: "or no", "/no", "if", ", wait, no.", ". No."
_OTHER_ONE = re.compile(
    r"\W{0,3}(?:only )?\b(?:if|when|unless)\b"
    r"|\W{0,3}\s?(?:/|\bor\b|\band\b(?: also\b)?)\s?\W{0,3}(?:yes|true|false|no)\b"
    r"|\W{1,5}(?:(?:wait|actually|sorry|rather|hmm|or|no|but|i mean)\W{1,4}){0,3}(?:maybe )?"
    r"(?:yes|true|false|no)(?=\W{0,3}(?:\Z|[,.;!\n]))",
    re.IGNORECASE,
)


def read(text: str, problem: Problem) -> list[str]:
    """Return "yes", "no", both (ambiguous) or nothing."""
    text = _QUESTION.sub("", text)
    found = [match for match in _WORD.finditer(text) if not match["denied"]]
    if not found:
        return []
    first = found[0]
    opens = not any(c.isalnum() for c in text[: first.start()])
    if opens and not _OTHER_ONE.match(text, first.end()):
        return [WORDS[first["word"].lower()]]
    return list(dict.fromkeys(WORDS[match["word"].lower()] for match in found))


def equal(a: str, b: str, problem: Problem, settings: VerifySettings) -> bool:
    """Say whether two readings are the same."""
    return a == b


def wrong(problem: Problem) -> str:
    """Return the opposite of the gold."""
    return "no" if read(problem.gold, problem) == ["yes"] else "yes"
