"""The words and signs of mathematical text, in LaTeX, in Unicode and in plain letters."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTIONS = _words(
    """sin cos tan cot sec csc asin acos atan acot asec acsc sinh cosh tanh asinh acosh atanh
    ln log lg exp sqrt cbrt abs floor ceil binom"""
)
ALIASES = {f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc")} | {
    "tg": "tan", "ctg": "cot", "arctg": "atan", "arsinh": "asinh", "arcosh": "acosh",
    "artanh": "atanh", "ceiling": "ceil",
}  # fmt: skip

_GREEK = _words(
    """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau
    upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar"""
)
NAMES = {name: name for name in _GREEK} | {
    "pi": "pi", "infty": "oo", "infinity": "oo", "inf": "oo", "oo": "oo",
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho",
    "emptyset": "∅", "varnothing": "∅",
}  # fmt: skip

# Commands that are signs.
SIGNS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "le": "≤", "leq": "≤", "leqslant": "≤",
    "ge": "≥", "geq": "≥", "geqslant": "≥", "lt": "<", "gt": ">", "ne": "≠", "neq": "≠",
    "approx": "≈", "pm": "±", "mp": "∓", "cup": "∪", "cap": "∩", "in": "∈", "setminus": "∖",
    "backslash": "∖", "circ": "°", "degree": "°", "prime": "'", "lvert": "|", "rvert": "|",
    "vert": "|", "mid": ":", "colon": ":", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈",
    "rceil": "⌉", "langle": "(", "rangle": ")", "lbrace": "{{", "rbrace": "}}", "{": "{{",
    "}": "}}", "lbrack": "[", "rbrack": "]", "lor": "or", "vee": "or", "land": "and",
    "wedge": "and", "%": "%", "$": "$", "\\": "\\\\", "choose": "choose", "over": "over",
}  # fmt: skip
# Commands that say how a thing looks, and nothing about what it is.
LOOKS = _words(
    """, ; : ! > left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle
    displaystyle textstyle limits quad qquad boxed fbox rm bf it nonumber mathstrut
    enspace thinspace"""
) | {" ", "\n"}
# Commands that hold words or letters.
TEXTS = _words(
    """text textrm textbf textit textsf texttt textnormal mbox hbox mathrm mathbf mathit mathsf
    operatorname mathcal mathbb boldsymbol bm"""
)
ACCENTS = _words("vec hat bar overline tilde dot overrightarrow angle triangle widehat")
TEMPLATES = {
    "frac": "frac", "dfrac": "frac", "tfrac": "frac", "cfrac": "frac",
    "binom": "binom", "dbinom": "binom", "tbinom": "binom", "sqrt": "root",
}  # fmt: skip

# Words that are signs, and short words that are no products of their letters.
SPOKEN = {
    "or": "or", "and": "and", "union": "∪", "times": "*", "degrees": "°", "degree": "°",
    "percent": "%",
}  # fmt: skip
SHORT_WORDS = _words(
    """am an as at be by do go he hi if in is it me my no of oh ok on so to up us we mr dr st nth
    cry dry fly fry gym pry shy sky sly spy try why hmm mop ace etc vs"""
)

# One spelling for every unit that tells answers apart; other words after a number do not.
_UNITS = {
    "m": "metre metres meter meters", "cm": "centimetre centimetres centimeter centimeters cms",
    "mm": "millimetre millimetres millimeter millimeters",
    "km": "kilometre kilometres kilometer kilometers kms",
    "in": "inch inches ins", "ft": "foot feet", "yd": "yard yards yds", "mi": "mile miles",
    "g": "gram grams gm gms", "mg": "milligram milligrams",
    "kg": "kilogram kilograms kgs kilo kilos",
    "lb": "lbs pound pounds", "oz": "ounce ounces", "t": "ton tons tonne tonnes",
    "s": "second seconds sec secs", "min": "minute minutes mins", "h": "hour hours hr hrs",
    "day": "days", "week": "weeks", "month": "months", "year": "years yr yrs",
    "L": "l liter liters litre litres", "mL": "ml milliliter milliliters millilitre millilitres",
    "gal": "gallon gallons", "mph": "mi/h", "km/h": "kmph kph", "m/s": "mps",
    "$": "dollar dollars usd", "¢": "cent cents", "€": "euro euros eur", "£": "gbp",
    "₹": "rupee rupees rs inr", "¥": "yen jpy", "rad": "radian radians", "Hz": "hertz",
    "N": "newton newtons", "J": "joule joules", "W": "watt watts", "V": "volt volts",
    "K": "kelvin", "mol": "mole moles", "Pa": "pascal pascals", "kW": "kilowatt kilowatts",
}  # fmt: skip
UNITS = {word: unit for unit, words in _UNITS.items() for word in (unit, *words.split())}
CURRENCIES = "$€£¥₹"
# Words behind a number that multiply it, by their power of ten, and those that may change it.
SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
CHANGING = _words(
    """plus minus times divided over squared cubed factorial half halves third thirds quarter
    quarters fourth fourths fifth fifths sixth sixths seventh sevenths eighth eighths ninth
    ninths tenth tenths hundredth hundredths thousandth thousandths mod modulo remainder root
    power dozen hundred thousand million billion trillion"""
)
NO_UNITS = CHANGING | _words(
    """less more fewer greater than not least most is if when where for to through below above
    wrong incorrect false under between except without nor but else otherwise
    zero one two three four five six seven eight nine ten"""
)

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
RAISED = str.maketrans(_SUPERSCRIPTS, "0123456789+-n")
LOWERED = str.maketrans(_SUBSCRIPTS, "0123456789")
RAISED_RUN = rf"[{_SUPERSCRIPTS}]+"
LOWERED_RUN = rf"[{_SUBSCRIPTS}]+"

# Unicode signs as what the lexer knows.
_LETTERS = zip(
    "αβγδεζηθικλμνξρστυφχψωΓΔΘΛΞΣΦΨΩ",
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Sigma",
        "Phi",
        "Psi",
        "Omega",
    ],
    strict=True,
)
_FRACTIONS = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8),
    "⅞": (7, 8),
}  # fmt: skip
TYPED = str.maketrans({
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "⁄": "/", "∕": "/", "÷": "/", "×": "*",
    "·": "*", "⋅": "*", "∙": "*", "∗": "*", "√": "\\sqrt ", "∛": "\\sqrt[3]", "∜": "\\sqrt[4]",
    "π": "\\pi ", "∞": "\\infty ", "⩽": "≤", "⩾": "≥", "′": "'", "’": "'", "º": "°", "˚": "°",
    "∨": " or ", "∧": " and ", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2061": " ",
    "⟨": "(", "⟩": ")", "（": "(", "）": ")", "，": ",", "％": "%", "＝": "=", "：": ":",
    **{sign: f"\\frac{{{above}}}{{{below}}}" for sign, (above, below) in _FRACTIONS.items()},
    **{letter: f"\\{name} " for letter, name in _LETTERS},
})  # fmt: skip
