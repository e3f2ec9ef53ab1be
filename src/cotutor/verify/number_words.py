"""Numbers in words, written out as digits: `thirty-seven` -> `37`, `two and a half` -> `2 1/2`.

Also `a hundred`, `fifteen hundred`, `two thirds`, `half a dozen`, `three point five`.
A bare "one" is a number only where nothing else is meant: alone, or after "is", "only" and
the like; and "half" needs no company.
"""

import re

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_PARTS = {
    "half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip

_UNIT = "(?:" + "|".join(word for word, value in _UNITS.items() if 0 < value < 10) + ")"
_SMALL = "(?:" + "|".join(sorted(_UNITS, key=len, reverse=True)) + ")"
_BELOW_100 = rf"(?:(?:{'|'.join(_TENS)})(?:[ -]{_UNIT})?|{_SMALL})"
_BELOW_1000 = rf"(?:(?:a|{_SMALL}) hundred(?:[ -](?:and )?{_BELOW_100})?|{_BELOW_100})"
_SCALED = rf"(?:a|{_BELOW_1000})[ -](?:{'|'.join(_SCALES)})"
_WHOLE = rf"(?:{_SCALED}(?:,? (?:and )?{_SCALED})*(?:,? (?:and )?{_BELOW_1000})?|{_BELOW_1000})"
_PART = "(?:" + "|".join(_PARTS) + ")s?"
_LARGE = rf"(?:dozen|hundred|{'|'.join(_SCALES)})\b"
_NUMBER = re.compile(
    rf"\b(?:(?P<whole>{_WHOLE})\b"
    rf"(?: and (?P<few>an?|{_UNIT})[ -](?P<more>{_PART})\b"
    rf"| point(?P<point>(?: {_BELOW_100})+)\b"
    rf"|[ -](?P<part>{_PART})\b)?"
    rf"|(?:an? )?(?P<half>half)\b(?: an?(?= {_LARGE}))?"
    r"|(?P<single>an?)(?= dozen\b))(?!-[a-z])",
    re.IGNORECASE | re.ASCII,
)
_DIGIT = re.compile("[0-9]")
# The same words without their edges: a quick look, which most texts fail.
_ANY = re.compile(f"{'|'.join(_UNITS)}|{'|'.join(_TENS)}|half|hundred|dozen|{'|'.join(_SCALES)}")
# What makes a bare "one" a number: what stands before it, or that hardly anything follows.
_COUNTS = re.compile(r"\b(?:is|are|was|only|exactly|just|equals?|has|have|be)[ :*\"]*\Z", re.I)
_ALONE = re.compile(r"\W*(?:\Z|\n|[.!](?: |\Z))")
_PRONOUN = re.compile(r" (?:of|another|by|who|that|which|where|way|more|thing)\b", re.I)
# A number that stands beside one in digits, as a second answer.
_BESIDE = re.compile(rf"[0-9%] ?(?:or|to|and maybe|or maybe|or perhaps) {_BELOW_1000}\b"
                     rf"|\b{_BELOW_1000} (?:or|to) [$]?[0-9]", re.I | re.ASCII)  # fmt: skip


def in_digits(sentence: str) -> str:
    """Return the sentence with its number words as digits.

    Words count where a sentence holds no digits, or beside them as an alternative ("5 or six").
    """
    has_digits = _DIGIT.search(sentence)
    if has_digits and " or " not in sentence and " to " not in sentence:
        return sentence
    if not _ANY.search(sentence.lower()) or (has_digits and not _BESIDE.search(sentence)):
        return sentence
    return _NUMBER.sub(_digits, sentence)


def _digits(match: re.Match[str]) -> str:
    """Return one spoken number in digits, or the words where they are none."""
    if match["half"]:
        return "1/2"
    if match["single"]:
        return "1"
    whole = _whole(match["whole"].lower())
    if match["few"]:
        few = 1 if match["few"].lower() in {"a", "an"} else _UNITS[match["few"].lower()]
        return f"{whole} {few}/{_denominator(match['more'])}"
    if match["part"]:
        return f"{whole}/{_denominator(match['part'])}"
    if match["point"]:
        spoken = re.findall(_BELOW_100, match["point"].lower())
        return f"{whole}.{''.join(str(_whole(words)) for words in spoken)}"
    return match[0] if whole == 1 and not _is_counted(match) else str(whole)


def _is_counted(match: re.Match[str]) -> bool:
    text, start, end = match.string, match.start(), match.end()
    if match[0].lower() != "one":
        return True
    if any(c.isalnum() for c in text[:start]):
        counts = _COUNTS.search(text[max(0, start - 20) : start])
        return bool(counts) and not _PRONOUN.match(text, end)
    return bool(_ALONE.match(text, end))


def _whole(words: str) -> int:
    total = below = 0
    for word in re.split(r"[ ,-]+", words):
        if word in _SCALES:
            total, below = total + below * _SCALES[word], 0
        elif word == "hundred":
            below *= 100
        elif word != "and":
            below += 1 if word == "a" else _UNITS.get(word, 0) + _TENS.get(word, 0)
    return total + below


def _denominator(word: str) -> int:
    return _PARTS[word.lower().removesuffix("s")]
