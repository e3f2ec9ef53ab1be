"""Is a text English? By its letters and its function words, without a model.

Coarse on purpose. A text is taken for another language where more than a tenth
of its letters are not ASCII, where function words of other European languages
or of Indonesian outnumber the English ones, or where hardly any English one
stands. Short texts and formulas say too little and pass.
"""

from collections.abc import Sequence

_ENGLISH = """
a about after all also an and any are as at be because been before but by can could did do does
each for from had has have he her his how i if in into is it its many more most much must my no not
now of on only or our out over per she should so some than that the their them then there these they
this those to up was we were what when where which while who will with would you your
"""
_OTHER = """
auf aus das dass dem den der des die ein eine er es im ist mit nicht noch sich sie sind und von
wir zu
aan dat de een en het maar met niet te uit van voor wat we wel zijn
au aux avec ce dans donc du elle est et il ils la le les mais ne nous pas plus pour que qui sont
sur une
al como con cuando del el ella esta fue hay las lo los para pero por se son su una y ya
ao com da dos ele foi isso mais mas na nas não nos o os ou são sua um uma
che da dei del della di gli ha il le nel non per più poi sono tra un una
att av det ett fra från har hun ikke inte jeg men og och på som til till är
ada adalah akan dan dari dengan di ini itu jadi ke kita maka pada tidak untuk yang
"""
FUNCTION_WORDS = frozenset(_ENGLISH.split())
OTHER_WORDS = frozenset(_OTHER.split()) - FUNCTION_WORDS
FEWEST_WORDS = 20
_LEAST_ASCII = 0.9  # of all letters
_LEAST_ENGLISH = 0.03  # of all words


def is_english(words: Sequence[str]) -> bool:
    """Say whether casefolded words are English; fewer than `FEWEST_WORDS` words pass."""
    spoken = [word for word in words if len(word) > 1 and word.isalpha()]
    if len(spoken) < FEWEST_WORDS:
        return True
    letters = "".join(spoken)
    english = sum(word in FUNCTION_WORDS for word in spoken)
    other = sum(word in OTHER_WORDS for word in spoken)
    return (
        sum(letter.isascii() for letter in letters) >= _LEAST_ASCII * len(letters)
        and english >= _LEAST_ENGLISH * len(spoken)
        and english >= other
    )
