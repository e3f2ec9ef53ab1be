r"""Where in an answer text the answer is to be read, the same for all kinds.

The format has already cut away the reasoning. What is left may be the bare
answer, or a chatty paragraph with the answer marked: the contents of the last
`\boxed{...}`, else what follows the last "the answer is", "answer:", `####` or
`<answer>`, else all of it. Two boxes or marks with "or" between them count as
one place; "the answer (as a fraction) is" only says it again. A marked place that
says nothing (an empty box, "I hope the answer is clear") is passed over, and so is a mark
that is denied or supposed ("if the answer is 5"); one that holds a digit or a formula is
not, whether or not it can be read.
"""

import re

# An answer text longer than this is read by its two ends, half of it each, so
# that no completion takes long to judge; marks are sought in the last SEARCHED.
LONGEST = 2_000
SEARCHED = 20_000
# Of more marks or boxes only the last ones can be meant.
MARKS = 50
# How far before an answer its clause is read.
LEAD = 80

_MARK = re.compile(
    r"\banswer(?:\*\*)?(?: \((?!as |in |words|fraction)[^()\n]{1,40}\))?(?: is\b:?| ?[:=])"
    r"|####|<answer>",
    re.IGNORECASE,
)
_OR_THE = re.compile(r"\bor,? (?:maybe |perhaps |possibly |else )?(?:the |my )?\Z", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[ \n](?:(?<=\n)|(?<=[.!?] ))(?!(?ai:or)\b)")
_BOX = re.compile(r"\\(?:boxed|fbox) ?\{")
_BETWEEN_BOXES = re.compile(r"[\s$,.]*(?:(?:and|or)[\s$]*)?")
_WRAPPER = re.compile(
    r"\\(?:text(?:bf|it|rm|tt|sf)?|math(?:bf|it|rm|tt|sf|bb)|mbox|emph|operatorname) ?"
    r"\{([^{}]*)\}"
)
_TAGS = re.compile(r"(?: ?</?[A-Za-z][^<>\n]{0,200}>)+ ?")
# Where a clause begins: what stands before it denies nothing in it.
_CLAUSE = re.compile(
    r"[.,;:!?()\n]|[-–—=]>? |\b(?:so|thus|hence|therefore|then|yet|however"
    r"|(?<!ing )(?<!all )(?<!none )but|and(?= (?:the|my|our|so)\b))\b",
    re.IGNORECASE,
)
# What in a clause says that the answer behind it is none: negation, distance, condition, doubt.
_DENIAL = re.compile(
    r"\b(?:not|never|nobody|no one|no way|none|nothing|neither|nor|cannot|hardly|barely|scarcely"
    r"|almost|nearly|but|than|without|except|excluding|unlike|instead of|far from|short of"
    r"|opposite|if|whether|unless|suppos\w+|assum\w+|imagin\w+|wish\w*|tempted"
    r"|(?<!no )doubt\w*|refus\w+|den(?:y|ies|ied)|reject\w*|exclud\w+|eliminat\w+|dismiss\w*"
    r"|rul(?:es?|ed|ing) out|wrong\w*|incorrect\w*|mistaken\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
_SAID = re.compile(r"(?<!to )\b(?:said|says?|claim\w*|believed?|believes|thinks?|thought)\b", re.I)
_SPEAKER = re.compile(r"\b(?:I|we|my|our|let)\b|\bI['’]", re.I)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def scopes(text: str) -> list[str]:
    """Return the places an answer may stand in, tidied, the most explicit first."""
    if "\\" in text:
        box = _last_boxes(text)
        if any(c.isalnum() for c in box):
            return [tidy(box)]
    marked = _marked(text)
    if marked is None:
        return [tidy(text)]
    if "\\" in marked or any(c.isdigit() for c in marked):
        return [tidy(marked)]
    return [tidy(marked), tidy(text)]


def tidy(text: str) -> str:
    """Return `text` within `LONGEST`, its blanks single and its blank lines gone."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"
    if text.isprintable():  # one line
        return " ".join(text.split()) if "  " in text else text.strip(" ")
    lines = map(str.split, text.splitlines())
    return "\n".join([" ".join(words) for words in lines if words])


def plain(text: str) -> str:
    r"""Return tidy text without the dress of LaTeX (`\text{...}`), tags and full-width signs."""
    if not text.isascii():
        text = text.translate(_WIDE)
    if "<" in text:
        text = _TAGS.sub(" ", text)
    if "\\" in text:
        text = _WRAPPER.sub(r"\1", _WRAPPER.sub(r"\1", text))
    return text


def sentences(text: str) -> list[str]:
    """Split tidy text at line breaks and after `.`, `!` or `?`, but not before an "or"."""
    return [part for part in _SENTENCE_END.split(text) if part]


def is_denied(text: str, at: int) -> bool:
    """Say whether the clause that leads to a place denies, supposes or quotes what stands there.

    At most `LEAD` characters before it are read.
    """
    lead = text[max(0, at - LEAD) : at]
    clause = _CLAUSE.split(lead.rstrip(" *\"'“‘(`$"))[-1]
    if _DENIAL.search(clause):
        return True
    return bool(_SAID.search(clause)) and not _SPEAKER.search(clause)


def _marked(text: str) -> str | None:
    """Return what follows the last mark, or the last two where an "or" joins them."""
    if "nswer" not in text and "####" not in text and "NSWER" not in text:
        return None
    text = text[-SEARCHED:]
    marks = list(_MARK.finditer(text))[-MARKS:]
    while marks and marks[-1][0][0].isalpha() and is_denied(text, marks[-1].start()):
        marks.pop()
    if not marks:
        return None
    start = marks[-1]
    if len(marks) > 1 and _OR_THE.search(text[max(0, start.start() - 30) : start.start()]):
        start = marks[-2]
    return text[start.end() :].partition("</answer>")[0]


def _last_boxes(text: str) -> str:
    """Return what stands in the last box, and in those that an "or" or "and" joins to it."""
    text = text[-SEARCHED:]
    inside, opening = "", len(text)
    for box in reversed(list(_BOX.finditer(text))[-MARKS:]):
        content, end = _balanced(text, box.end())
        if content and not inside:
            inside = content
        elif content and _BETWEEN_BOXES.fullmatch(text, end, opening):
            inside = f"{content}{text[end:opening]}{inside}"
        else:
            break
        opening = box.start()
    return inside


def _balanced(text: str, start: int) -> tuple[str, int]:
    """Return what stands before the brace that closes one opened before `start`, and its end."""
    depth = 1
    for at in range(start, min(start + LONGEST, len(text))):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at], at + 1
    return "", start
