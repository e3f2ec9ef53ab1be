"""How numbers are written: the patterns of `number`, all of them linear in the text."""

import re

_SIGNS = str.maketrans({
    "−": "-", "–": "-", "‐": "-", "‑": "-", "﹣": "-", "⁄": "/", "∕": "/", "’": "'", "′": "'",
    "½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4", "¾": " 3/4",
    "⅕": " 1/5", "⅖": " 2/5", "⅗": " 3/5", "⅘": " 4/5", "⅙": " 1/6", "⅚": " 5/6",
    "⅛": " 1/8", "⅜": " 3/8", "⅝": " 5/8", "⅞": " 7/8",
})  # fmt: skip
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_LATEX = (
    (re.compile(r"\\(?=[%$#&])|\\(?:left|right)(?![A-Za-z])"), ""),
    (re.compile(r"\{,\}|,\\!"), ","),
    (re.compile(r"\\[,;:! ]|~"), " "),
    (re.compile(r"\^\{?\\circ(?![A-Za-z])\}?"), "°"),
    (re.compile(r"\\(?:times|cdot)(?![A-Za-z])"), "×"),
    (re.compile(r"\\pm(?![A-Za-z])"), "±"),
    (re.compile(r"\\approx(?![A-Za-z])"), "≈"),
    (re.compile(r"\\(?:leq?|lt|geq?|gt|neq?)(?![A-Za-z])"), "≤"),
)
_FRACTION = re.compile(
    r"(?P<mixed>(?<=[0-9]) ?)?\\[dtc]?frac ?"
    r"(?:\{ ?(?P<above>-?[0-9]+) ?\}|(?P<above1>[0-9])) ?"
    r"(?:\{ ?(?P<below>[0-9]+) ?\}|(?P<below1>[0-9]))"
)
_LONE_MINUS = re.compile(r"(\A|=) ?- (?=[$€£¥₹]?[0-9.])|-\((?=[0-9.,/]+\))")
_CONDITION = re.compile(r"\b(?:if|when|where|for) [A-Za-z] ?= ?-?[0-9.]+", re.IGNORECASE)
_HALF = re.compile(r"\b([0-9]+) and a half\b", re.IGNORECASE)
_CENTS = re.compile(
    r"(?:\$ ?([0-9]+)|\b([0-9]+) dollars?),?(?: and)? ([0-9]{1,2}) cents?\b", re.IGNORECASE
)

SCALES = {
    "dozen": 12, "hundred": 10**2, "thousand": 10**3, "lakh": 10**5, "million": 10**6,
    "crore": 10**7, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
GLUED = {"k": 10**3, "mn": 10**6, "M": 10**6, "bn": 10**9, "B": 10**9}
GLUED_MONEY = GLUED | {"K": 10**3, "m": 10**6, "b": 10**9, "T": 10**12}

_MONTH = (
    r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b"
)
BARE = re.compile(r"[ $:\n]*+((?:[0-9]{1,3}(?:,[0-9]{3})++|[0-9]++)(?:\.[0-9]++)?+)[.$ ]*+")
# Where a number may begin: no letter, digit, power or point stands before it.
START = re.compile(r"[0-9.](?:(?<=[0-9])|(?=[0-9]))(?<![\w^.][0-9.])(?<![A-Za-z]-[0-9.])")
# `(?:x|)` is `x?`, which takes twice as long where `x` is a group. Most numbers are one run of
# digits: what is written in more is looked for only where another run follows.
CORE = re.compile(
    r"""
    (?>
        (?=[0-9]++(?:[.:\-]|\s?/\s?|\s(?:and\s)?)[0-9])
        (?: (?P<european> [0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,2}(?!,?[0-9])
                        | [1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}(?![.,]?[0-9]) )
          | (?P<other> [0-9]++(?: (?:[/.\-][0-9]++){2,} | (?::[0-9]++)+ ) )
          | (?P<mixed> [0-9]++ )\s(?:and\s)?(?P<of_mixed> [0-9]++/0*+[1-9][0-9]*+ )
          | (?P<fraction> [0-9]++\s?/\s?0*+[1-9][0-9]*+(?![.,]?[0-9]) ) )
      | (?P<ten> 10(?=\s?(?:\^|\*\*)\{?-?[0-9]) )
      | (?P<plain> (?: [0-9]++(?![, '_][0-9])
                     | [0-9]{1,3}(?:,[0-9]{3})++(?!,?[0-9])
                     | [0-9]{1,2}(?:,[0-9]{2}(?=,))++,[0-9]{3}(?!,?[0-9])
                     | [1-9][0-9]{0,2}(?:[ '_][0-9]{3})++(?![0-9_])
                     | [0-9]++(?!,[0-9]) )(?:\.[0-9]++|)
                 | \.[0-9]++ )
      | (?P<list> [0-9]++(?: ,[0-9]++ )++ )
    )
    (?: (?P<of_month> (?:st|nd|rd|th|)\s(?:of\s|)MONTH ) | )
    (?(ten) \s?+(?:\^|\*\*)\{?(?P<power>-?[0-9]{1,3})\}?(?![0-9}]|\s?+\^)
      | (?: \s?+[×x*·]\s?+10\s?+(?:\^|\*\*)\{?(?P<times>-?[0-9]{1,3})\}?(?![0-9])
          | [eE](?P<exponent>[+-]?[0-9]{1,3})\b | ) )
    (?: \s?+(?P<scale> (?ai:dozen|hundred|thousand|lakh|million|crore|billion|trillion) )s?\b
      | (?P<glued> [kKmMbBT]|bn|mn )\b | )
    (?: (?P<algebra>
        \s?+(?: \^ | \*\*[0-9] | [π√∞±] | \\(?:pi|sqrt|[dtc]?frac|infty)(?![A-Za-z])
              | i\b(?!\s) | pi\b )
      | [abeijnqruvwxyz](?![A-Za-z']) | [eE][+-]?[0-9]
      | \s?+[+*/×·÷]\s?+[A-Za-z](?![A-Za-z]) | \s-\s[b-zB-Z](?![A-Za-z])
      | \s?+[<>≤≥≠]\s?+(?:[A-Za-z](?![A-Za-z])|[0-9])
      | \s(?:squared|cubed|factorial|doubled|tripled|halved)\b
      | \+(?![\s\d])
      | \sor\s(?:more|less|fewer|above|below|higher|lower)\b
    ) | )
    (?: \s?+ (?: (?P<percent> % | (?ai:per\s?+cent)\b ) | (?P<cents> ¢ | (?ai:cents?)\b ) ) | )
    (?: (?P<compound> -[A-Za-z]{2} ) | )
    """.replace("MONTH", _MONTH),
    re.VERBOSE,
)
LOOK_BACK = 40
# What makes of the number behind it another one, or says that it is none; and the words in
# which all of that begins, for a quick look whether a sentence holds any.
_PARTS = (
    r"third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|root|square|cube|reciprocal"
    r"|inverse|opposite|logarithm|factorial|multiple|factor|divisor|fraction|part|portion|percentage"
)
_TIMES = "half|twice|double|triple|quadruple|thrice|one over"
_MISSES = (
    "almost|nearly|not quite|short of|shy of|under|over|above|below|beyond|instead of|rather than"
    "|except|unlike|far from|anything but"
)
_SUPPOSES = (
    r"if|whether|unless|suppos\w+|assum\w+|imagin\w+|had it been|wish\w*|nobody|no way"
    r"|(?:not|\w+n['’]t) (?:think|believe|say|the case)|(?<!no )doubt\w*"
)
_QUALIFIED = re.compile(
    rf"\b(?:(?:(?:{_TIMES})(?: of| as [a-z]+ as)?|[a-z]+ times|(?:{_PARTS})s? of|{_MISSES})"
    rf"(?: (?:the|an?|that|just|exactly))?|(?:{_SUPPOSES})\b[^0-9.,;:!?=\n]{{0,40}})"
    r" [*(\"'“$€£]*\Z"
)
# The same words whatever follows: a quick look, which most texts fail.
_QUALIFIES = re.compile(rf"\b(?:{_TIMES}|times|(?:{_PARTS})s? of|{_MISSES}|{_SUPPOSES})")
_MARKS = " -+$€£¥₹*(\"'“"
# Behind these, or only marks (""), no words before a number make another one of it.
_ENDING = frozenset(("", *"0123456789=:,;."))
# Signs that part a number from what stands before it.
_PARTING = frozenset("0123456789=:,;.)≈")
# Words that mean something directly before a number; after any other one only signs do.
_MEANING = frozenset({
    "not", "than", "never", "be", "equal", "equals", "to", "exactly", "necessarily", "really",
    "just", "the", "is", "every", "of", "one", "in", "out", "minus", "negative", "rs", "rs.",
    "usd", "eur", "gbp", "inr", "log", "ln", "exp", "sin", "cos", "tan", "sqrt", "jan",
    "january", "feb", "february", "mar", "march", "apr", "april", "may", "jun", "june", "jul",
    "july", "aug", "august", "sep", "sept", "september", "oct", "october", "nov", "november",
    "dec", "december",
})  # fmt: skip
_BEFORE = re.compile(
    r"""
    (?: (?=[^\s$€£¥₹+\-("'“]|\s[<>]) (?: (?P<denied>
          (?: \b(?ai:not|than|never) | n'(?ai:t) ) \s
            (?: (?ai:be|equal|equals|to|exactly|necessarily|really|just|the|it\sis)\s ){0,2}
            [*("'“$]*
        | MONTH\.?\s
        | \b(?ai:one)\s(?:in|of|out\sof)\s(?:every\s)?
        | \w\(["'][^"')]{0,30} )
      | (?P<algebra>
          √\s? | \b(?:log|ln|exp|sin|cos|tan)\s?\(? | (?ai:sqrt)\s?[({]? | \\sqrt\s?\{?
        | ±\s? | [\^_]\{?-? | }\{ | [≤≥≠]\s? | (?<=[\w)])\s?[<>]\s? | [<>] | (?<=[0-9])\*\*\s?
        | (?<![A-Za-z])[A-Za-z](?:\s?[+*/×·÷]\s?|\() | (?<![A-Za-z])[b-zB-Z]\s-\s )
    ) | )
    (?: (?P<minus> (?<![\w)\]}])- | \b(?ai:minus|negative)\s ) | )
    (?: (?P<money> (?:\b[A-Z]{1,3}|)[$€£¥₹] | \bRs\.? | \b(?:USD|EUR|GBP|INR)\b ) \s? | )
    (?: (?P<minus_after> - ) | ) \+?
    \Z
    """.replace("MONTH", _MONTH),
    re.VERBOSE,
)
RIGHT_SIDE = re.compile(
    r"[=≈EeIiAaWw](?:(?<=≈)|(?<==)(?<![<>]=)|(?i:(?<=\be)quals\b"
    r"|(?:(?<=\bi)s|(?<=\ba)re|(?<=\bw)(?:as|ere))\s"
    r"(?:(?:about|only|now|exactly|approximately|therefore|thus|just)\s)?"
    r"(?=[$€£¥₹+\-*(]{0,3}[0-9.])))"
)
FORMULA = re.compile(
    r"\\(?:[dtc]?frac|sqrt|d?binom|log|ln|sin|cos|tan|pi|sum|int|prod|infty|begin)"
    r"(?![A-Za-z])"
)
# Between a number and the next right side: what makes that a second answer.
SECOND = re.compile(r".*\bor\b.*|\s*(?:[,;]|,? and)\s*[A-Za-z]\s*", re.IGNORECASE)
OPERATOR = re.compile(r"\s*(?:[+*/×·÷:x-]|\*\*|\^)\s*")
CIRCUMSTANCE = re.compile(
    r"\b(?:if|when|because|since|(?:from|by|after|for|in|of|with) [a-z]{3,20}ing"
    r"|to (?!about|around|nearly|almost|roughly|approximately|over|maybe|perhaps|just|possibly)"
    r"[a-z]{3,20})\b"
)
OTHERWISE = re.compile(r"\b(?:or|but|and|otherwise|else)\b|[;,]", re.IGNORECASE)
GROUPING = re.compile("[, '_]")


def clean(text: str) -> str:
    """Return `text` with one sign for each meaning."""
    if not text.isascii():
        text = _RAISED.sub(lambda raised: "^" + raised[0].translate(_LOWERED), text)
        text = text.translate(_SIGNS)
    if "\\" in text or "{" in text or "~" in text:
        for pattern, replacement in _LATEX:
            text = pattern.sub(replacement, text)
        text = _FRACTION.sub(_in_line, text)
    if "__" in text:
        text = text.replace("__", " ")
    if ">" in text:
        text = re.sub("[-=]+>", "=", text)
    if "=" in text:
        text = _CONDITION.sub("", text)
    if "Rs." in text:
        text = text.replace("Rs.", "Rs ")
    if "-" in text:
        text = _LONE_MINUS.sub(lambda lone: f"{lone[1] or ''}-", text)
    return _HALF.sub(r"\1 1/2", text) if " and a half" in text else text


def are_apart(lead: str) -> bool:
    """Say whether nothing that belongs to a number stands before it: nothing, or `+ ` and `- `."""
    return not lead or (lead[-1] == " " and not lead.strip(" +-"))


def is_qualified(text: str, start: int, end: int) -> bool:
    """Say whether the words before a number make another one of it, or suppose it."""
    lead = text[start:end]
    if lead.rstrip(_MARKS)[-1:] in _ENDING:
        return False
    lead = lead.lower()
    return bool(_QUALIFIES.search(lead) and _QUALIFIED.search(lead))


def before(text: str, start: int, end: int) -> re.Match[str] | None:
    """Return the signs and words before a number that belong to it."""
    said = text[start:end].rstrip(_MARKS)
    word = said.rpartition(" ")[2]
    is_word = len(word) > 1 and word.isalpha() and word.lower() not in _MEANING
    if (is_word and text[start + len(said)] == " ") or said[-1:] in _PARTING:
        start += len(said)
        if are_apart(text[start:end]):
            return None
    return _BEFORE.search(text, start, end)


def with_cents(text: str) -> str:
    """Return `text` with dollars and cents as one number."""
    return _CENTS.sub(lambda sum_: f"${sum_[1] or sum_[2]}.{int(sum_[3]):02d}", text)


def _in_line(fraction: re.Match[str]) -> str:
    above, below = fraction["above"] or fraction["above1"], fraction["below"] or fraction["below1"]
    return f"{' ' if fraction['mixed'] is not None else ''}{above}/{below}"
