"""Signals that a small causal language model gives: perplexity, and how much the question helps with the answer (IFD).

    perplexity           exp(L(A)): how much the answer surprises the model
    perplexity_given     exp(L(A|Q)): the same, where the model has read the question
    ifd_superfiltering   exp(L(A|Q)) / exp(L(A)), a ratio of perplexities
    ifd_cherry           L(A|Q) / L(A), a ratio of losses, behind the prompts of Alpaca

L is the mean of the negative logarithm of the probability of the answer's tokens. The two are not the same number,
though both are called IFD: Superfiltering (Li et al. 2024, arXiv:2402.00530) takes perplexities and no prompt but
`instruction`, `input` and line feeds; Cherry (Li et al. 2023, arXiv:2308.12032) takes losses, puts the answer behind
`### Response:` where it stands alone, and question and answer into Alpaca's prompt where it does not. From 1 on the
question does not help: both papers discard such rows, and keep those with the highest values below 1.

Two things are not as in the papers' programs, which cut what is too long and tokenize prompt and answer together: a row
that is too long has no signal here, and the answer is tokenized by itself, so that the same tokens are scored in both.
The first token of an answer that stands alone has nothing before it and is not scored, unless the tokenizer begins
texts with a token of its own.

The model is a folder on this machine. Nothing is downloaded, no code of the folder is run, and weights are read from
`safetensors` only.
These signals are no part of `quality`: `Corpus.select(by=...)` ranks by them, `validate_score` tries them.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corpus.errors import ConfigError, MissingExtraError
from corpus.places import place_of
from corpus.store import batches

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["NAMES", "Judge", "ModelSignals", "model_signals"]

Row = Mapping[str, Any]
Ids = Sequence[int]

NAMES: Final = ("perplexity", "perplexity_given", "ifd_superfiltering", "ifd_cherry")
_DIGITS: Final = 4  # the last digits of a loss depend on which rows are computed together
_RESPONSE: Final = "### Response:"
_ALPACA: Final = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Response:"
)
_ALPACA_INPUT: Final = (
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:"
)
_READ: Final = ("history", "instruction", "input", "output")


@dataclass(frozen=True)
class ModelSignals:
    """What a model says of the rows of a table.

    Attributes:
        table: A column for each of `NAMES`, one row for each row of the table, in its order; null where the row was
            skipped.
        skipped: Why rows have no signals, and how many: `empty-answer`, `one-token` (an answer that has no loss by
            itself), `too-long`.
        model: A fingerprint of the model's configuration and of its tokenizer.
    """

    table: pa.Table
    skipped: Mapping[str, int]
    model: str


class Judge:
    """A causal language model that reads questions and answers.

    Args:
        model: A folder with `config.json`, weights as `safetensors`, and a tokenizer.
        max_tokens: Tokens of prompt and answer together from which on a row is skipped.
        batch_tokens: Tokens, padding included, that are computed at once; of each the model gives a number for each
            token of its vocabulary: 4096 tokens and a vocabulary of 50,000 are .8 GB.
        device: Where it is computed, as PyTorch names it.

    Raises:
        MissingExtraError: PyTorch or transformers is not installed.
        ConfigError: There is no model in the folder, or a number makes no sense.
    """

    def __init__(
        self, model: str | PathLike[str], *, max_tokens: int = 1024, batch_tokens: int = 4096, device: str = "cpu"
    ) -> None:
        for name, value in (("max_tokens", max_tokens), ("batch_tokens", batch_tokens)):
            if not isinstance(value, int) or isinstance(value, bool) or value < 2:
                raise ConfigError("so many tokens cannot be read", where=name, expected="2 or more", got=repr(value))
        self.max_tokens, self.batch_tokens = max_tokens, max(batch_tokens, max_tokens)
        self._model, self._tokenizer = _loaded(model, device)
        self.max_tokens = min(max_tokens, getattr(self._model.config, "max_position_embeddings", None) or max_tokens)
        start = self._tokenizer.bos_token_id
        begun = self._tokenizer("a")["input_ids"][:1]
        self._start: list[int] = [start] if start is not None and begun == [start] else []
        said = f"{self._model.config.to_json_string()}{sorted(self._tokenizer.get_vocab().items())}"
        self.fingerprint = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def judge(self, rows: Sequence[Row]) -> list[tuple[dict[str, float], str | None]]:
        """The signals of some rows, by `NAMES`; or none, and why."""
        wanted: list[tuple[Ids, int]] = []  # the tokens of a text, and where in it the answer begins
        why: list[str | None] = []
        for row in rows:
            texts = self._texts(row)
            reason = self._skipped(row, texts)
            why.append(reason)
            wanted += texts if reason is None else []
        losses = iter(self._losses(wanted))
        return [({}, reason) if reason else (_signals(*(next(losses) for _ in range(4))), None) for reason in why]

    def signals(self, row: Row) -> dict[str, float]:
        """The signals of one row, by `NAMES`; empty where it has none. For a scorer of `validate_score`."""
        return self.judge([row])[0][0]

    def _texts(self, row: Row) -> list[tuple[Ids, int]]:
        answer = self._ids(row["output"])
        asked = "\n".join([*(turn["content"] for turn in row["history"]), row["instruction"]])
        alpaca = _ALPACA_INPUT if row["input"] else _ALPACA
        given = {"instruction": asked, "input": row["input"]}
        prompts = (
            "",
            f"{asked}\n{row['input']}\n" if row["input"] else f"{asked}\n",
            _RESPONSE,
            alpaca.format(**given),
        )
        before = [[*self._start, *(self._ids(prompt) if prompt else ())] for prompt in prompts]
        return [([*ids, *answer], max(1, len(ids))) for ids in before]

    def _ids(self, text: str) -> list[int]:
        found: list[int] = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return found

    def _skipped(self, row: Row, texts: Sequence[tuple[Ids, int]]) -> str | None:
        if not row["output"].strip():
            return "empty-answer"
        if max(len(ids) for ids, _ in texts) > self.max_tokens:
            return "too-long"
        return "one-token" if any(len(ids) <= start for ids, start in texts) else None

    def _losses(self, texts: Sequence[tuple[Ids, int]]) -> list[float]:
        """The mean loss of the answer in each text; texts of one length are computed together."""
        losses = [0.0] * len(texts)
        for numbers in self._batches(texts):
            found = self._batch_losses([texts[number] for number in numbers])
            for number, loss in zip(numbers, found, strict=True):
                losses[number] = loss
        return losses

    def _batches(self, texts: Sequence[tuple[Ids, int]]) -> Iterator[list[int]]:
        """Which texts are computed together: the longest first, so that a model that needs too much says so at once."""
        batch: list[int] = []
        for number in sorted(range(len(texts)), key=lambda number: (-len(texts[number][0]), list(texts[number][0]))):
            if batch and (len(batch) + 1) * len(texts[batch[0]][0]) > self.batch_tokens:
                yield batch
                batch = []
            batch.append(number)
        if batch:
            yield batch

    def _batch_losses(self, texts: Sequence[tuple[Ids, int]]) -> list[float]:
        import torch

        width = max(len(ids) for ids, _ in texts)
        tokens = torch.zeros((len(texts), width), dtype=torch.long)
        there = torch.zeros_like(tokens)
        for at, (ids, _) in enumerate(texts):  # padded behind: what stands before is not changed by it
            tokens[at, : len(ids)] = torch.tensor(ids)
            there[at, : len(ids)] = 1
        device = self._model.device
        with torch.inference_mode():
            logits = self._model(input_ids=tokens.to(device), attention_mask=there.to(device)).logits
            return [_loss(logits[at], ids, start) for at, (ids, start) in enumerate(texts)]


def _loss(logits: Tensor, ids: Ids, start: int) -> float:
    """The mean loss of the tokens from `start` on."""
    import torch

    wanted = torch.tensor(ids[start:], device=logits.device)
    return float(torch.nn.functional.cross_entropy(logits[start - 1 : len(ids) - 1].float(), wanted).item())


def _signals(alone: float, given: float, alone_cherry: float, given_cherry: float) -> dict[str, float]:
    values = (_exp(alone), _exp(given), _exp(given - alone), given_cherry / alone_cherry if alone_cherry else math.inf)
    return {name: round(value, _DIGITS) for name, value in zip(NAMES, values, strict=True)}


def _exp(loss: float) -> float:
    return math.exp(min(loss, 700.0))


def _loaded(model: str | PathLike[str], device: str) -> tuple[Any, Any]:
    """Model and tokenizer of a folder."""
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise MissingExtraError(error.name or "transformers", extra="train", step="model_signals") from None
    folder = place_of(model)
    if not (folder / "config.json").is_file():
        raise ConfigError(
            "there is no model", where=folder, expected="a folder with config.json, weights and tokenizer",
            hint="download one first, for instance with `hf download`: nothing is downloaded here",
        )  # fmt: skip
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        found: Any = AutoModelForCausalLM.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
        )
        return found.to(device).eval(), tokenizer
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ConfigError("the model cannot be read", where=folder, got=str(error)[:200]) from None


def model_signals(table: pa.Table, model: str | PathLike[str] | Judge, **settings: Any) -> ModelSignals:
    """What a small language model says of the rows of a table: perplexity and IFD. See `corpus.curate.judged`.

    Args:
        table: Rows with `SCHEMA`.
        model: The folder of a causal language model, or a `Judge`.
        **settings: Of `Judge`, where `model` is a folder.

    Raises:
        MissingExtraError: PyTorch or transformers is not installed.
        ConfigError: There is no model in the folder, or a setting makes no sense.
    """
    if isinstance(model, Judge) and settings:
        raise ConfigError("a judge has its settings already", expected="a folder", got=", ".join(settings))
    judge = model if isinstance(model, Judge) else Judge(model, **settings)
    columns: dict[str, list[float | None]] = {name: [] for name in NAMES}
    skipped: Counter[str] = Counter()
    for batch in batches(table.select(_READ)):
        for values, why in judge.judge(batch.to_pylist()):
            skipped.update([why] if why else [])
            for name, column in columns.items():
                column.append(values.get(name))
    arrays = {name: pa.array(column, pa.float64()) for name, column in columns.items()}
    return ModelSignals(pa.table(arrays), dict(sorted(skipped.items())), judge.fingerprint)
