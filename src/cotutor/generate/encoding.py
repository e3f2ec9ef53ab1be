"""Asks and texts as tokens, split as training splits them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from cotutor.generate.writing import Ask
from cotutor.models import EncodedPrompt, encode_prompt


class Encoding:
    """A tokenizer for asks; with `is_pair` an encoder reads their prompts."""

    def __init__(self, tokenizer: Any, *, is_pair: bool) -> None:
        self._tokenizer, self._is_pair = tokenizer, is_pair

    def prompts(self, asks: Sequence[Ask]) -> list[EncodedPrompt]:
        """Return the tokens before those to be written, in training's split of the text.

        The many samples of a prompt are encoded once.

        Raises:
            BackendError: a format is a chat format and the tokenizer has no chat template.

        """
        prompts = {
            (style, prompt): encode_prompt(self._tokenizer, style, prompt, is_closed=self._is_pair)
            for style, prompt in dict.fromkeys((ask.format, ask.prompt) for ask in asks)
        }
        opened = [prompts[ask.format, ask.prompt] for ask in asks]
        begun = self.texts(
            [
                ask.format.continuing(prompt.opened, ask.begun) if ask.begun else ""
                for ask, prompt in zip(asks, opened, strict=True)
            ]
        )
        return [
            EncodedPrompt(prompt.ids + ids) if ask.begun else prompt
            for ask, prompt, ids in zip(asks, opened, begun, strict=True)
        ]

    def texts(self, texts: Sequence[str]) -> list[list[int]]:
        """Return texts as tokens, without any around them; encoded together, each once."""
        once = list(dict.fromkeys(text for text in texts if text))
        ids = self._tokenizer(once, add_special_tokens=False)["input_ids"] if once else []
        found = {"": [], **dict(zip(once, ids, strict=True))}
        return [found[text] for text in texts]

    def both(
        self, asks: Sequence[Ask], texts: Sequence[str]
    ) -> Iterator[tuple[list[int], list[int]]]:
        """Yield the tokens of each ask and those of the text behind it.

        A text is split together with what is begun, where that leaves the tokens of what is
        begun as they are: some tokenizers put a blank before a text by itself.
        """
        alone = self.texts(texts)
        if self._is_pair:
            yield from zip((prompt.ids for prompt in self.prompts(asks)), alone, strict=True)
            return
        pairs = zip(asks, texts, strict=True)
        longer = [replace(ask, begun=ask.begun + text) for ask, text in pairs]
        encoded = self.prompts([*asks, *longer])
        prompts, wholes = encoded[: len(asks)], encoded[len(asks) :]
        for prompt, whole, text in zip(prompts, wholes, alone, strict=True):
            end = len(prompt.ids)
            yield prompt.ids, whole.ids[end:] if whole.ids[:end] == prompt.ids else text
