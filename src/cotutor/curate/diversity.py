"""How many different solutions the traces of a problem hold, and the removal of near-duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from cotutor.curate.candidate import Candidate, jaccard


@dataclass(frozen=True)
class Diversity:
    """Of one problem's traces: distinct solution paths, distinct wordings, and their likeness.

    A wording is the sequence of words with numbers masked. `similarity` is the
    mean Jaccard similarity of three-word sequences over all pairs, None where
    there is no pair.
    """

    paths: int
    wordings: int
    similarity: float | None


def measure(candidates: Sequence[Candidate]) -> Diversity:
    """Measure the diversity of one problem's traces."""
    pairs = [jaccard(a.shingles, b.shingles) for a, b in combinations(candidates, 2)]
    return Diversity(
        paths=len({c.path for c in candidates}),
        wordings=len({c.wording for c in candidates}),
        similarity=fmean(pairs) if pairs else None,
    )


def likeness(
    candidate: Candidate, earlier: Sequence[Candidate], near_duplicate: float
) -> str | None:
    """Return "duplicate" or "near-duplicate" where an earlier trace says the same, else None.

    A duplicate has the same text but for case and blanks. A near-duplicate has
    the same numbers and operators in order, and a similarity of at least `near_duplicate`.
    """
    if any(candidate.folded == other.folded for other in earlier):
        return "duplicate"
    if near_duplicate < 1 and any(
        candidate.figures == other.figures
        and jaccard(candidate.shingles, other.shingles) >= near_duplicate
        for other in earlier
    ):
        return "near-duplicate"
    return None
