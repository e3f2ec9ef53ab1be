"""Exact arithmetic on what a model wrote: read by the verifier's grammar, never evaluated."""

from fractions import Fraction

from cotutor.verify.expression.grammar import parse
from cotutor.verify.expression.terms import Apply, Num, Unreadable

PLACES = 6
ROUNDED = 4
LONGEST = 40


def work_out(text: str) -> Fraction | None:
    """Return the exact value of an expression, its unit aside; None where it has none."""
    try:
        term = parse(text)
    except Unreadable:
        return None
    if isinstance(term, Apply) and term.head == "unit":
        term = term.args[0]
    return term.value if isinstance(term, Num) else None


def printed(number: Fraction) -> str | None:
    """Return a number with up to `PLACES` decimals where these are exact, else rounded.

    None: it has more than `LONGEST` digits.
    """
    if len(str(abs(number.numerator) // number.denominator)) > LONGEST:
        return None
    if number.denominator == 1:
        return str(number.numerator)
    is_exact = 10**PLACES % number.denominator == 0
    places = PLACES if is_exact else ROUNDED
    scaled = round(number * 10**places)
    whole, part = divmod(abs(scaled), 10**places)
    text = f"{whole}.{part:0{places}d}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text
