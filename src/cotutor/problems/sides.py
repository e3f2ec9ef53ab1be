"""One's own rows, divided into a training and a held-out side."""

from collections.abc import Iterable, Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from cotutor.errors import DataError
from cotutor.problems.rows import Located, Reading, mistake
from cotutor.problems.splits import divided
from cotutor.problems.templates import template_names

SIDES = ("train", "heldout")
SHARE = 0.7


class Divisible(Reading):
    """With `splits`, the rows are divided, and `split` names the side: train or heldout.

    `template` keeps questions of one wording, which differ in numbers and names,
    on one side; `random` keeps only equal questions together. The `share` of the rows
    goes to train. The same rows are always divided the same.
    """

    split: str
    splits: Literal["template", "random"] | None = None
    share: float = Field(default=SHARE, gt=0, lt=1)

    @model_validator(mode="after")
    def _names_a_side(self) -> Self:
        if self.splits is None and self.share != SHARE:
            raise mistake("share needs splits: template or random")
        if self.splits is not None and self.split not in SIDES:
            raise mistake(f"with splits, split is {' or '.join(SIDES)}, not {self.split!r}")
        return self


def take_side(located: Iterable[Located], source: Divisible, *, name: str) -> Iterator[Located]:
    """Yield the problems of the side that a source names; all of them where it is not divided.

    Raises:
        DataError: one template or question is all there is, and no side may be empty.

    """
    if source.splits is None:
        yield from located
        return
    rows = list(located)
    questions = [row.problem.question for row in rows]
    by_template = source.splits == "template"
    keys = template_names(questions) if by_template else [" ".join(q.split()) for q in questions]
    sides = divided(keys, source.share)
    if not (sides.train and sides.test):
        way_out = "; use splits: random" if by_template else ""
        raise DataError(
            f"{name} cannot be divided: its {len(rows)} questions are all of one"
            f" {'template' if by_template else 'wording'}{way_out}"
        )
    for place in sides.train if source.split == "train" else sides.test:
        row = rows[place]
        template = {"template": keys[place]} if by_template else {}
        yield row._replace(problem=row.problem.model_copy(update=template))
