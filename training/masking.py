"""Which tokens of a conversation carry the loss: those that the assistant has to write, its stop token included.

A template is text that somebody wrote, so nothing of it is taken on trust. The turn of an assistant is what is added
to a prompt when the turn is rendered too (the difference of two prefixes); what the mask keeps is decoded and compared
with the answer. `return_assistant_tokens_mask` is not used: for a template without `{% generation %}`, as most are,
it gives an empty mask and a warning.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from training.errors import NotReadyError

__all__ = [
    "IGNORED",
    "RESERVED",
    "Conversation",
    "Encoded",
    "Template",
    "encode",
    "encode_or_say",
    "mask_fault",
    "render",
    "reserved_in",
    "spans",
    "template_of",
]

IGNORED: Final = -100
"""The label of a token without loss, as in torch's cross entropy."""

RESERVED: Final = "holds a reserved token"
"""Why a row is left out that does."""

Ints = npt.NDArray[np.int32]
Conversation = Sequence[dict[str, str]]

# Llama 3.2's template writes today's date, so that a corpus prepared tomorrow is another one; this is its own default.
_DATE: Final = "26 Jul 2024"


@dataclass(frozen=True, slots=True)
class Template:
    """What a chat template writes around an answer.

    Attributes:
        lead: Between the prompt and the answer: mostly nothing, with some models an empty thought.
        stop: From the end of the answer to its stop token, inclusive.
        tail: After that, without loss: a line feed in ChatML.
        stop_id: The stop token.
    """

    lead: str
    stop: str
    tail: str
    stop_id: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """One conversation as tokens.

    Attributes:
        ids: Its tokens.
        labels: The same, and `IGNORED` where there is no loss; as long as `ids`.
        answers: The texts that the mask must stand for, one a turn of the assistant.
    """

    ids: Ints
    labels: Ints
    answers: tuple[str, ...]


def render(tokenizer: Any, turns: Conversation, *, prompt: bool = False) -> str:
    """The text of a conversation as the model sees it.

    Args:
        tokenizer: With a chat template.
        turns: Role and content of each.
        prompt: End with what makes the assistant speak.

    Raises:
        NotReadyError: The template refuses these turns, or is broken.
    """
    from jinja2 import TemplateError

    try:
        text: str = tokenizer.apply_chat_template(
            list(turns), tokenize=False, add_generation_prompt=prompt, date_string=_DATE
        )
    except (TemplateError, TypeError) as error:  # many refuse a system prompt, or turns that do not alternate
        raise NotReadyError(
            "the chat template cannot write this conversation", got=error,
            expected=", ".join(turn["role"] for turn in turns),
        ) from None  # fmt: skip
    return text


def template_of(tokenizer: Any) -> Template:
    """What the template of a tokenizer writes around an answer, found by asking it.

    Raises:
        NotReadyError: There is no template, a prompt is no prefix of its conversation, the answer is not in it, or no
            special token ends it.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise NotReadyError(
            "the tokenizer has no chat template", where=tokenizer.name_or_path, hint="take the instruct variant"
        )
    asked = [{"role": "user", "content": "Which?"}]
    answer = "This one."
    written = _written(tokenizer, asked, {"role": "assistant", "content": answer})
    lead, found, rest = written.partition(answer)
    if not found:
        raise NotReadyError("the template does not write the answer as it stands", got=repr(written))
    ends = {rest.index(token) + len(token): token for token in _special(tokenizer) if token in rest}
    if not ends:
        raise NotReadyError(
            "the template ends an answer with no special token, so a model would never learn to stop",
            got=repr(rest),
            hint="take a template that writes the tokenizer's end-of-turn token after an answer",
        )
    end = min(ends)
    return Template(lead, rest[:end], rest[end:], int(tokenizer.convert_tokens_to_ids(ends[end])))


def reserved_in(tokenizer: Any) -> frozenset[str]:
    """What no text may hold: tokens that the tokenizer reads as signs of its own, wherever they stand."""
    return frozenset(str(token) for token in tokenizer.added_tokens_decoder.values() if token.special)


def _special(tokenizer: Any) -> list[str]:
    return sorted({*map(str, tokenizer.all_special_tokens), *reserved_in(tokenizer)})


def _written(tokenizer: Any, before: Conversation, turn: dict[str, str]) -> str:
    """What the template adds to a prompt for a turn of the assistant."""
    prompt = render(tokenizer, before, prompt=True)
    both = render(tokenizer, [*before, turn])
    if not both.startswith(prompt):
        raise NotReadyError(
            "the template's prompt is not the beginning of the conversation, so what the assistant wrote is unknown",
            expected=repr(prompt[-80:]),
            got=repr(both[max(0, len(prompt) - 80) : len(prompt)]),
            hint="mend the template: its generation prompt must be what it writes before an answer",
        )
    return both[len(prompt) :]


def spans(tokenizer: Any, template: Template, turns: Conversation) -> tuple[str, list[tuple[int, int]]]:
    """The text of a conversation, and from where to where in it the assistant writes.

    Returns:
        The text, and first and last+1 character of each turn of the assistant, its stop token included.

    Raises:
        NotReadyError: A prompt is no prefix of the conversation, or an answer does not stand there as it is.
    """
    text = render(tokenizer, turns)
    found = []
    for at, turn in enumerate(turns):
        if turn["role"] != "assistant":
            continue
        start = len(render(tokenizer, turns[:at], prompt=True))
        written = _written(tokenizer, turns[:at], turn)
        end = start + len(written) - len(template.tail)
        if text[start : start + len(written)] != written:
            raise NotReadyError(
                "the template writes an earlier turn otherwise once a later one follows",
                expected=repr(written[:80]),
                got=repr(text[start : start + 80]),
                hint="such a template fits conversations of one turn only",
            )
        # Llama's templates trim what they write.
        answers = {turn["content"], turn["content"].strip()}
        if written not in {template.lead + answer + template.stop + template.tail for answer in answers}:
            raise NotReadyError("the template does not write the answer as it stands", got=repr(written[:200]))
        found.append((start, end))
    return text, found


def encode(tokenizer: Any, text: str, places: Sequence[tuple[int, int]]) -> Encoded:
    """A rendered conversation as tokens and labels.

    Args:
        tokenizer: A fast one, which knows where each token stands in the text.
        text: From `spans`.
        places: From `spans`.
    """
    made = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ids = np.array(made["input_ids"], np.int32)
    offsets = np.array(made["offset_mapping"], np.int64).reshape(-1, 2)
    kept = np.zeros(len(ids), bool)
    for start, end in places:
        kept |= (offsets[:, 0] >= start) & (offsets[:, 1] <= end) & (offsets[:, 1] > offsets[:, 0])
    labels = np.where(kept, ids, np.int32(IGNORED)).astype(np.int32)
    return Encoded(ids, labels, tuple(text[start:end] for start, end in places))


def encode_or_say(
    tokenizer: Any, template: Template, turns: Conversation, max_length: int, reserved: Collection[str]
) -> tuple[Encoded | None, str]:
    """A conversation as tokens and labels, or why it cannot be trained on.

    Args:
        tokenizer: A fast one.
        template: Of the tokenizer.
        turns: Role and content of each.
        max_length: Tokens at the most.
        reserved: From `reserved_in`.

    Returns:
        The row, or None where it holds a reserved token or its template cannot write it; and what is wrong, empty where
        nothing is.
    """
    # The tokenizer takes it for the end of a turn, or for another of its own signs.
    if any(token in turn["content"] for turn in turns for token in reserved):
        return None, RESERVED
    try:
        row = encode(tokenizer, *spans(tokenizer, template, turns))
    except NotReadyError as error:
        return None, error.what
    if len(row.ids) > max_length:
        return row, f"longer than {max_length} tokens"
    return row, mask_fault(tokenizer, template, row) or ""


def mask_fault(tokenizer: Any, template: Template, row: Encoded) -> str | None:
    """What is wrong with a mask, or None: its runs, decoded, are the answers, and each ends with the stop token."""
    runs = _runs(row.labels)
    if not runs:
        return "no token carries loss"
    if len(runs) != len(row.answers):
        return f"the mask has {len(runs)} parts for {len(row.answers)} answers"
    if runs[0][0] == 0:
        return "the first token carries loss, and nothing stands before it"
    for (start, end), answer in zip(runs, row.answers, strict=True):
        if row.labels[end - 1] != template.stop_id:
            return "an answer does not end with the stop token"
        if not np.array_equal(row.labels[start:end], row.ids[start:end]):
            return "a label is not its token"
        if _plain(tokenizer.decode(row.ids[start:end], clean_up_tokenization_spaces=False)) != _plain(answer):
            return "the mask, decoded, is not the answer"
    return None


def _plain(text: str) -> str:
    """A text as tokenizers may change it: in NFC (Qwen), without the blank that begins a word (SentencePiece)."""
    return unicodedata.normalize("NFC", text).lstrip(" ")


def _runs(labels: Ints) -> list[tuple[int, int]]:
    """First and last+1 of each run of labels."""
    kept = np.concatenate(([False], labels != IGNORED, [False]))
    edges = np.flatnonzero(kept[1:] != kept[:-1])
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
