"""The strategies as the run file names them: light to import, checked before anything is loaded.

    evaluate:
      strategies:
        - direct
        - zero-shot-cot                      # {kind: direct, prompt: zero-shot-cot}
        - {kind: self-consistency, samples: 32}
        - {kind: best-of, samples: 8, scorer: findings}
        - {kind: tree, search: breadth, value: likelihood}
        - {kind: react, tools: [{kind: calculator}, {kind: lookup, file: cities.csv, key: city}]}

`prompt` adds the opening of a CoT prompt to the student's own format; with `calculator`
every `<<12*7=` of a student is worked out for it.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Prompt = Literal["own", "zero-shot-cot", "few-shot-cot"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Strategy(_Part):
    """What all strategies know.

    `name` is how the strategy is called in a report. `max_tokens` bounds each completion,
    `answer_max_tokens` the answering call of a two-call format, which is greedy.
    """

    name: str | None = None
    prompt: Prompt = "own"
    calculator: bool = False
    max_tokens: int = Field(default=256, ge=1)
    answer_max_tokens: int = Field(default=32, ge=1)

    def _plain(self) -> str:
        return str(type(self).model_fields["kind"].default)

    @property
    def title(self) -> str:
        """The name, or one made from the kind, the samples and the prompt."""
        prompt = [] if self.prompt == "own" else [self.prompt]
        calculator = ["calculator"] if self.calculator else []
        return self.name or " ".join([self._plain(), *prompt, *calculator])


class Direct(_Strategy):
    """One greedy completion."""

    kind: Literal["direct"] = "direct"


class _Sampled(_Strategy):
    samples: int = Field(default=8, ge=1)
    temperature: float = Field(default=0.7, gt=0)
    top_p: float | None = Field(default=None, gt=0, le=1)

    def _plain(self) -> str:
        return f"{super()._plain()}-{self.samples}"


class SelfConsistency(_Sampled):
    """The answer that most of `samples` completions give (Wang et al. 2022).

    A `weighted` vote counts as much as its completion is likely, per token. Samples are
    drawn by `round`, and no more once the rest cannot change the winner. Of answers with
    equal votes the one that was given first wins.
    """

    kind: Literal["self-consistency"] = "self-consistency"
    weighted: bool = False
    round: int = Field(default=4, ge=1)


class BestOf(_Sampled):
    """The best of `samples` completions, by a scorer of steps or outcomes.

    `findings` scores by the step checker, blind to the answer; `likelihood` is the mean
    log-probability per token; other names are those of the scorers given in code.
    `aggregate` makes one number of the scores of the steps. Completions without an answer
    are chosen from only where there is no other; of equal ones the first is taken.
    """

    kind: Literal["best-of"] = "best-of"
    scorer: str = "findings"
    aggregate: Literal["last", "min", "prod", "mean"] = "mean"


PROPOSE = """{question}

Steps so far:
{thoughts}

Write {count} different possible next steps, one on each line."""
VALUE = """{question}

Steps so far:
{thoughts}

Can the right answer still be reached from here? Reason briefly, then end with one word:
sure, likely or impossible."""
VOTE = """{question}

Here are {count} beginnings of a solution:

{thoughts}

Which one is the most promising? Reason briefly, then end with its number alone."""


class Tree(_Strategy):
    """Tree of thoughts (Yao et al. 2023): steps are tried, valued, and gone on from or given up.

    A thought is a `line` or `sentence`; `branch` of them are sampled behind each state, or
    proposed at once by `propose_prompt`. A state is worth what the model says of it
    (`prompt`: sure is 20, likely 1, impossible 0.001, added up over `votes`), how many
    `votes` it gets beside the others (`vote`), its mean log-probability per token
    (`likelihood`), or what a scorer says. What is worth less than `threshold` is given up;
    `beam` states of a level (search: breadth) or of a state (depth) are gone on from.

    Breadth stops when `beam` states have an answer, depth at the first one. States that are
    `depth` steps long are asked for theirs. No round is begun once `max_calls` or `budget`
    (tokens) are spent; if no state has an answer then, the best of the farthest is asked for it.
    """

    kind: Literal["tree"] = "tree"
    search: Literal["breadth", "depth"] = "breadth"
    thoughts: Literal["sample", "propose"] = "sample"
    step: Literal["line", "sentence"] = "line"
    thought_max_tokens: int = Field(default=64, ge=1)
    branch: int = Field(default=4, ge=1)
    beam: int = Field(default=3, ge=1)
    depth: int = Field(default=8, ge=1)
    value: str = "likelihood"
    aggregate: Literal["last", "min", "prod", "mean"] = "mean"
    votes: int = Field(default=3, ge=1)
    threshold: float | None = None
    temperature: float = Field(default=0.7, gt=0)
    max_calls: int | None = Field(default=None, ge=1)
    budget: int | None = Field(default=None, ge=1)
    propose_prompt: str = PROPOSE
    value_prompt: str = VALUE
    vote_prompt: str = VOTE

    @model_validator(mode="after")
    def _can_be_valued(self) -> Self:
        if self.thoughts == "propose" and self.value == "likelihood":
            raise ValueError("proposed thoughts have no likelihood of their own; set value")
        return self

    def _plain(self) -> str:
        return f"tree-{self.search}"


class CalculatorTool(_Part):
    """Exact arithmetic: `(3 + 4) * 2`."""

    kind: Literal["calculator"] = "calculator"
    name: str = "calculator"


class CalendarTool(_Part):
    """Days and dates: `2024-02-28 + 2 days`, `2024-05-01 - 2024-03-01`, `weekday 2024-02-29`."""

    kind: Literal["calendar"] = "calendar"
    name: str = "calendar"


class LookupTool(_Part):
    """A row of the user's table (CSV, JSONL, Parquet) by its `key` column, case aside.

    `values` are the columns that are told; all but the key where none is named.
    """

    kind: Literal["lookup"] = "lookup"
    name: str = "lookup"
    file: str
    key: str
    values: tuple[str, ...] = ()


class PythonTool(_Part):
    """A callable of the user's, by its dotted path: it gets the text and returns the observation.

    It is imported and run with the user's rights, because the user's run file names it.
    """

    kind: Literal["python"] = "python"
    name: str
    call: str
    about: str = ""


Tool = Annotated[
    CalculatorTool | CalendarTool | LookupTool | PythonTool, Field(discriminator="kind")
]


class React(_Strategy):
    """Thought, action and observation in turn (Yao et al. 2022), with tools.

    `examples` are worked exemplars in the same layout, put before the question. After
    `steps` actions, or when an action comes twice, there is no answer, with the reason.
    """

    kind: Literal["react"] = "react"
    tools: tuple[Tool, ...] = (CalculatorTool(),)
    steps: int = Field(default=8, ge=1)
    examples: str = ""

    @model_validator(mode="after")
    def _has_its_own_prompt(self) -> Self:
        if self.prompt != "own":
            raise ValueError("react has a prompt of its own; leave prompt out, or use examples")
        return self


def _expand(value: Any) -> Any:
    """Return the mapping that a strategy's bare name stands for; anything else as it is."""
    if value in ("zero-shot-cot", "few-shot-cot"):
        return {"kind": "direct", "prompt": value}
    return {"kind": value} if isinstance(value, str) else value


Strategy = Annotated[
    Direct | SelfConsistency | BestOf | Tree | React,
    Field(discriminator="kind"),
]
NamedStrategy = Annotated[Strategy, BeforeValidator(_expand)]
"""A strategy in a run file: a mapping, or the bare name of one with its defaults."""
