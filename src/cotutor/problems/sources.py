"""Where problems come from, as the run file says it.

A source is a mapping, a string that stands for one, or a list of both:

    data/train.jsonl                     {file: data/train.jsonl}
    data/all.csv:heldout@template        {file: data/all.csv, split: heldout, splits: template}
    coin_flip:train                      {benchmark: coin_flip, split: train}
    multiarith:test@template             {benchmark: multiarith, split: test, splits: template}
    coin_flips:train                     {family: coin_flips, split: train}
                                         {hub: openai/gsm8k, config: main, split: test, ...}

The type of a run file's field is `Source`; it holds a tuple of the models below.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from cotutor.errors import ConfigError
from cotutor.problems import procedural
from cotutor.problems.benchmarks import BENCHMARKS, SPLITTINGS
from cotutor.problems.family import Wording
from cotutor.problems.files import READERS
from cotutor.problems.rows import mistake
from cotutor.problems.sides import Divisible

EVERY_FAMILY = "all"


class FileSource(Divisible):
    """The user's own file; `split` labels its problems, or names a side of them."""

    file: str
    split: str = "train"


class HubSource(Divisible):
    """A Hugging Face data set, or a local folder that `datasets` can load.

    `split` is one of its own splits. With `splits` it names a side, and `of` is the
    data set's split that is divided.
    """

    hub: str
    config: str | None = None
    of: str = "train"
    revision: str | None = None

    @model_validator(mode="after")
    def _says_what_to_load(self) -> Self:
        if self.splits is None and self.of != "train":
            raise mistake("of needs splits: template or random")
        return self

    @property
    def loaded(self) -> str:
        """The data set's own split that is loaded."""
        return self.split if self.splits is None else self.of


class BenchmarkSource(BaseModel):
    """One side of a benchmark split.

    `splits` is `default`, as published, or `template`, which keeps wordings whole:
    as published for MultiArith and Date, with the templates found here elsewhere.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    benchmark: str
    split: str
    splits: str = "default"

    @model_validator(mode="after")
    def _exists(self) -> Self:
        _check_name("benchmark", self.benchmark, BENCHMARKS)
        known = BENCHMARKS[self.benchmark].splits
        _check_name("split", self.split, known, f" of {self.benchmark}")
        _check_name("splits", self.splits, SPLITTINGS)
        if self.splits == "template" and self.split not in ("train", "test"):
            raise mistake(f"the template split of {self.benchmark} has train and test only")
        return self


class FamilySource(BaseModel):
    """Made problems: `count` of a procedural family, or of each one of stories (`family: all`).

    `level` is the number of steps, or the lowest and highest; unset, the family's own.
    `wording: reserved` tells the same problems in sentences that the usual ones never have,
    to test on wordings that training had not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: str
    split: Literal["train", "validation", "heldout"]
    count: int = Field(default=400, ge=1)
    level: int | tuple[int, int] | None = None
    wording: Wording = "usual"

    @model_validator(mode="after")
    def _exists(self) -> Self:
        _check_name("family", self.family, (*procedural.FAMILIES, EVERY_FAMILY))
        return self

    def families(self) -> tuple[str, ...]:
        """Return the names of the families meant."""
        return procedural.STORIES if self.family == EVERY_FAMILY else (self.family,)


_MODELS: dict[str, type[BaseModel]] = {
    "file": FileSource,
    "hub": HubSource,
    "benchmark": BenchmarkSource,
    "family": FamilySource,
}


def _check_name(what: str, name: str, names: Iterable[str], of: str = "") -> None:
    known = list(names)
    if name not in known:
        guess = _guess(name, known)
        raise mistake(f"no {what} {name!r}{of}{guess}; there are {', '.join(known)}")


def _guess(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _expand(value: Any) -> Any:
    """Return the mapping that a shorthand stands for; anything else as it is."""
    if not isinstance(value, str):
        return value
    if value.endswith(tuple(READERS)):
        return {"file": value}
    name, _, side = value.rpartition(":") if ":" in value else (value, "", "")
    split, at, splits = side.partition("@")
    named = {"split": split} if split else {}
    divided = {"splits": splits} if at else {}
    if name.endswith(tuple(READERS)):
        return {"file": name, **named, **divided}
    if name in BENCHMARKS:
        return {"benchmark": name, **named, **divided}
    families = (*procedural.FAMILIES, EVERY_FAMILY)
    if name in families and not at:
        return {"family": name, **named}
    guess = _guess(name, (*BENCHMARKS, *families))
    raise mistake(
        f"{value!r} names no problems{guess}; write BENCHMARK:SPLIT with one of"
        f" {', '.join(BENCHMARKS)}, FAMILY:SPLIT with one of {', '.join(families)},"
        f" or a path that ends in {', '.join(READERS)}"
    )


def _which(value: Any) -> str | None:
    """Return the key by which a source is known."""
    if isinstance(value, Mapping):
        return next((key for key in _MODELS if key in value), None)
    return next((key for key, model in _MODELS.items() if isinstance(value, model)), None)


def _several(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


OneSource = Annotated[
    Annotated[FileSource, Tag("file")]
    | Annotated[HubSource, Tag("hub")]
    | Annotated[BenchmarkSource, Tag("benchmark")]
    | Annotated[FamilySource, Tag("family")],
    Discriminator(
        _which,
        custom_error_type="mistake",
        custom_error_message=f"a source needs one of the keys {', '.join(_MODELS)}",
    ),
    BeforeValidator(_expand),
]

Source = Annotated[
    tuple[OneSource, ...],
    BeforeValidator(_several),
    Field(min_length=1, description="where problems come from: a source or a list of them"),
]

_ADAPTER: TypeAdapter[Any] = TypeAdapter(Source)


def parse_source(value: Any) -> Source:
    """Return the sources that a run file's value stands for.

    Raises:
        ConfigError: the value stands for none.

    """
    try:
        sources: Source = _ADAPTER.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        keys = [str(key) for key in first["loc"][2:]]  # after its place in the list and its model
        raise ConfigError(": ".join([*keys, first["msg"]])) from error
    return sources
