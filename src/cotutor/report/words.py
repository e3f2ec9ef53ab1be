"""Numbers and foreign text as people read them, on the page and in the terminal."""

import re
import unicodedata
from typing import Any

MINUS, THIN, BOUND = "\u2212", "\u202f", "\u00a0"  # the blanks do not break a line

_KEPT = {"\n", "\t", "\u200c", "\u200d"}  # joiners belong to emoji and to several scripts
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def percent(share: float) -> str:
    """Return 0.8134 as `81.3 %`."""
    return f"{100 * share:.1f}{THIN}%"


def interval(low: float, high: float) -> str:
    """Return an interval of shares as `[78.9–83.6]`, in percent."""
    return f"[{100 * low:.1f}–{100 * high:.1f}]"


def estimate(share: float, low: float, high: float, n: int) -> str:
    """Return a share with its interval as `81.3 % [78.9–83.6], n = 1,200`."""
    return f"{percent(share)} {interval(low, high)}, n = {n:,}"


def nats(value: float, low: float, high: float, n: int) -> str:
    """Return nats with their interval, where it has a width: `2.10 [1.80 to 2.40] nats, n = 30`."""
    limits = f" [{low:.2f} to {high:.2f}]" if low < high else ""
    return f"{value:.2f}{limits}".replace("-", MINUS) + f" nats, n = {n:,}"


def points(difference: float) -> str:
    """Return a difference of shares as `+47.3` or `−2.0`, in percentage points."""
    text = f"{100 * difference:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", MINUS)


def points_interval(low: float, high: float) -> str:
    """Return an interval of differences as `[+44.0 to +50.5]`, in percentage points."""
    return f"[{points(low)} to {points(high)}]"


def p_value(p: float) -> str:
    """Return `p < 0.001`, `p = 0.012` or `p = 0.44`, with blanks that do not break."""
    text = "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
    return text.replace(" ", BOUND)


def duration(seconds: float) -> str:
    """Return `8.4 s`, `42 s`, `4 min 12 s` or `2 h 05 min`, with blanks that do not break."""
    if seconds < 59.5:
        return f"{seconds:.{0 if seconds >= 9.5 else 1}f}{BOUND}s"
    minutes, rest = divmod(round(seconds), 60)
    text = f"{minutes} min {rest:02d} s"
    if minutes >= 60:
        text = f"{minutes // 60} h {minutes % 60:02d} min"
    return text.replace(" ", BOUND)


def visible(text: str) -> str:
    """Return text in which nothing acts unseen: no controls, no change of direction.

    Line breaks and tabs stay. Every other control, format or separator
    character that could hide text, reorder it or drive a terminal is spelled
    out, such as `⟨U+202E⟩`.
    """
    text = text.replace("\r\n", "\n")
    return re.sub(r"[^\x20-\x7e\n]", lambda found: _spelled(found[0]), text)


def _spelled(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _UNSEEN:
        return character
    return f"⟨U+{ord(character):04X}⟩"


def all_visible(data: Any) -> Any:
    """Return plain data with `visible` applied to every string in it, keys included."""
    if isinstance(data, str):
        return visible(data)
    if isinstance(data, dict):
        return {all_visible(key): all_visible(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [all_visible(item) for item in data]
    return data
