"""A student held against validation problems while it is trained: its loss, and its accuracy.

The loss is on examples of the validation problems, written as the arm's own
examples are. The accuracy is that of the answers to some of the problems,
decoded and judged as in the evaluation. Looking changes nothing: it draws no
random number, so a run ends with the same weights with validation and without.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from cotutor.generate.local import LocalGenerator
from cotutor.generate.settings import LocalSettings
from cotutor.records import Example, Problem, Request, Trace, Verdict
from cotutor.train.layout import IGNORED, Row
from cotutor.train.trainer import CompletionTrainer


@dataclass(frozen=True)
class Validation:
    """What a student is held against.

    Without `examples` there is no validation loss, without `problems` no accuracy.
    """

    examples: Sequence[Example]
    problems: Sequence[Problem]
    decoding: LocalSettings
    judge: Callable[[Problem, Trace], Verdict]

    def accuracy(self, model: Any, tokenizer: Any) -> float | None:
        """Return the share of right answers among those that could be scored, None without any."""
        known = {problem.id: problem for problem in self.problems}
        generator = LocalGenerator(model, tokenizer, self.decoding, name="validation")
        traces = generator.generate(Request(problem=p, sample=0) for p in self.problems)
        outcomes = [self.judge(known[trace.problem_id], trace).outcome for trace in traces]
        scored = len(outcomes) - outcomes.count("unscored")
        return outcomes.count("correct") / scored if scored else None


@dataclass(frozen=True)
class Watch:
    """How a training is watched; a tracker has it under `name`, with the resolved `config`."""

    name: str | None = None
    config: dict[str, Any] | None = None
    validation: Validation | None = None

    @property
    def examples(self) -> Sequence[Example]:
        """The examples of the validation loss."""
        return self.validation.examples if self.validation else ()


UNWATCHED = Watch()


class Validated:
    """The part of a trainer that validates; stands before the trainer among the base classes.

    Every process goes through all rows and problems, and finds the same figures.
    Sharded weights (FSDP) are not decoded from: there the accuracy is left out.

    Args:
        validation: what the student is held against; None without validation.
        validation_rows: its examples as rows; none, and there is no loss.

    """

    def __init__(
        self: Any, *, validation: Validation | None, validation_rows: Sequence[Row], **rest: Any
    ) -> None:
        self._validation, self._validation_rows = validation, validation_rows
        rest["eval_dataset"] = None if validation is None else []  # the library looks for one
        super().__init__(**rest)

    def evaluate(self: Any, *_: Any, **__: Any) -> dict[str, float]:
        """Return, log and show `eval_loss` and `eval_accuracy`, as far as there are any."""
        is_training = self.model.training
        self.model.eval()
        metrics = dict(self._figures())
        self.log(metrics)
        self.model.train(is_training)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def _figures(self: Any) -> Iterator[tuple[str, float]]:
        if self._validation_rows:
            yield "eval_loss", self._validation_loss()
        if self._validation.problems and not self.is_fsdp_enabled:
            found = self._validation.accuracy(self.model, self.processing_class)
            if found is not None:
                yield "eval_accuracy", found

    def _validation_loss(self: Any) -> float:
        """Return the mean loss over the completion tokens of the validation rows."""
        size, rows = self.args.per_device_eval_batch_size, self._validation_rows
        loss, tokens = 0.0, 0
        for start in range(0, len(rows), size):
            batch = self._prepare_inputs(self.data_collator(rows[start : start + size]))
            trained = int((batch["labels"] != IGNORED).sum())
            with torch.no_grad(), self.compute_loss_context_manager():
                loss += float(self.compute_loss(self.model, batch)) * trained
            tokens += trained
        return loss / tokens


class ValidatedTrainer(Validated, CompletionTrainer):
    """A `CompletionTrainer` that validates."""
