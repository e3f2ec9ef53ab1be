"""Texts that are written together, step by step: each leaves when it is done, or not wanted."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cotutor.generate.decode import decoding
from cotutor.generate.local import LocalWriter
from cotutor.generate.row import Row
from cotutor.generate.writing import Ask, Written
from cotutor.models import EncodedPrompt

if TYPE_CHECKING:
    from cotutor.serve.shelf import Version

_SLICE = 8  # tokens between two looks at who waits, and what there is to show


@dataclass(eq=False)
class Text:
    """One text to write by a version; `tell` hears of it as it grows, on the models' thread.

    `written` is cancelled where nobody waits for it any more.
    """

    version: "Version"
    ask: Ask
    tell: Callable[[str], None] | None = None
    written: "Future[Written]" = field(default_factory=Future)

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits."""
        return not self.written.done()

    @property
    def key(self) -> tuple[Any, ...]:
        """What texts of one batch have in common."""
        return self.version.fingerprint, self.ask.temperature, self.ask.top_p, self.ask.stop

    def settle(self, result: Written | Exception) -> None:
        """Hand over what came out, if somebody waits."""
        if not self.written.set_running_or_notify_cancel():
            return
        if isinstance(result, Written):
            self.written.set_result(result)
        else:
            self.written.set_exception(result)


class StepWriter(LocalWriter):
    """A writer that stops after some tokens to let others have the model."""

    def steps(self, texts: Sequence[Text]) -> Iterator[None]:
        """Write texts of one key, and yield now and then; each is settled when it is done."""
        longest = max(text.ask.max_tokens for text in texts)
        groups: dict[int | None, list[tuple[Text, EncodedPrompt, Row]]] = {}
        prompts = self._encoding.prompts([text.ask for text in texts])
        for text, prompt in zip(texts, prompts, strict=True):
            if self._room(text.ask, prompt) > 0:
                turning = self._turning(len(prompt.ids) + longest, len(prompt.ids))
                part = text, prompt, self._row(text.ask, prompt)
                groups.setdefault(turning, []).append(part)
            else:
                text.settle(self._refused(prompt))
        for going in groups.values():
            yield from self._write_together(going)

    def _write_together(self, going: list[tuple[Text, EncodedPrompt, Row]]) -> Iterator[None]:
        how = self._how(going[0][0].ask)
        for step, _ in enumerate(decoding(self._model, [row for _, _, row in going], how)):
            going = [part for part in going if not self._left(*part)]
            if step % _SLICE == 0:
                self._look(going)
                yield

    def _left(self, text: Text, prompt: EncodedPrompt, row: Row) -> bool:
        if row.finish != "unknown" and text.is_wanted:
            text.settle(self._written(text.ask, prompt, row))
        return row.finish != "unknown"

    def _look(self, going: Sequence[tuple[Text, EncodedPrompt, Row]]) -> None:
        for text, prompt, row in going:
            if not text.is_wanted:
                row.finish = "stop"
            elif text.tell is not None:
                text.tell(self._text(text.ask, prompt, row))
