"""Is the tuned model better than its base, on rows that neither saw?

Both answer the same held-out questions, row for row; a difference is said with the interval of a paired bootstrap that
draws whole groups. The base is the same weights with the adapter switched off, so nothing else differs.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.entry import MESSAGES
from corpus.errors import ConfigError
from corpus.places import place_of
from training.adapters import with_adapter
from training.generation import answers
from training.losses import Floats, row_losses
from training.masking import Encoded, Template, encode_or_say, reserved_in, template_of
from training.memory import Canary, canaries_in, verbatim
from training.metrics import METRICS, bootstrap, corpus_scores, row_scores
from training.models import load_model, load_tokenizer
from training.page import page
from training.rows import Source, read_rows
from training.runs import read_json, write_json

__all__ = ["Compared", "Evaluation", "Sample", "evaluate"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric, base against tuned.

    Attributes:
        metric: Its name.
        rows: To how many rows it applies (both answers where a metric needs one of them).
        groups: Of how many groups these are.
        base: Mean of the base.
        tuned: Mean of the tuned model.
        difference: Tuned less base.
        low: Lower bound of the 95 % interval of the difference; infinite where there are too few groups to say.
        high: Upper bound.
        better: `tuned` or `base` where the interval excludes zero, else an empty text.
    """

    metric: str
    rows: int
    groups: int
    base: float
    tuned: float
    difference: float
    low: float
    high: float
    better: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One question and what was said to it."""

    id: str
    question: str
    reference: str
    base: str
    tuned: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Base against tuned.

    Attributes:
        base: The base model.
        adapter: The folder of what was trained.
        compared: Every metric.
        whole: BLEU and chrF of all answers together: metric to base and tuned.
        samples: Questions with both answers.
        memory: How many rows are completed word for word: `train` and `held out`, each `(base, tuned, of)`.
        canaries: What base and tuned hold of each planted text.
        left_out: Rows of the split that were not asked, by reason.
        path: Where the page and the numbers are, or None.
    """

    base: str
    adapter: str
    compared: tuple[Compared, ...]
    whole: dict[str, tuple[float, float]]
    samples: tuple[Sample, ...]
    memory: dict[str, tuple[int, int, int]]
    canaries: tuple[tuple[Canary, Canary], ...]
    left_out: dict[str, int]
    path: Path | None = None

    def __getitem__(self, metric: str) -> Compared:
        """One metric by its name."""
        found = next((one for one in self.compared if one.metric == metric), None)
        if found is None:
            raise KeyError(metric)
        return found

    @property
    def perplexity(self) -> tuple[float, float]:
        """Of base and tuned, on what the assistant writes."""
        return math.exp(self["loss"].base), math.exp(self["loss"].tuned)

    @property
    def table(self) -> pa.Table:
        """A row for each metric."""
        return pa.Table.from_pylist([asdict(one) for one in self.compared])

    def __str__(self) -> str:
        head = f"{'metric':<24}{'rows':>6}{'groups':>8}{'base':>10}{'tuned':>10}{'difference':>12}   95 % interval"
        lines = [
            f"{c.metric:<24}{c.rows:>6}{c.groups:>8}{c.base:>10.3f}{c.tuned:>10.3f}{c.difference:>+12.3f}   "
            f"[{c.low:+.3f}, {c.high:+.3f}] {c.better}"
            for c in self.compared
        ]
        lines.append("perplexity: {:.2f} of the base, {:.2f} tuned".format(*self.perplexity))
        lines += [
            f"{name} of all answers: {base:.2f} of the base, {tuned:.2f} tuned"
            for name, (base, tuned) in self.whole.items()
        ]
        for what, (base, tuned, count) in self.memory.items():
            lines.append(f"{what} rows completed word for word: {base} by the base, {tuned} tuned, of {count}")
        for before, after in self.canaries:
            lines.append(f"canary {after.text!r}: exposure {before.exposure:.1f} to {after.exposure:.1f} bits of 7")
        lines += [f"{count} rows not asked: {reason}" for reason, count in self.left_out.items()]
        return "\n".join([head, *lines])

    def _repr_html_(self) -> str:
        return page(self)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of both models."""

    rows: list[dict[str, Any]]
    encoded: list[Encoded]
    questions: list[dict[str, Any]]
    seen: list[Encoded]
    unseen: list[Encoded]
    canaries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """What one model said."""

    losses: Floats
    tokens: Floats
    answers: list[str]
    scores: list[dict[str, float | None]]
    seen: int
    unseen: int
    canaries: list[Canary]


def evaluate(
    base: str,
    adapter: str | PathLike[str],
    corpus: Source,
    *,
    split: str = "test",
    limit: int | None = None,
    samples: int = 50,
    max_length: int = 2048,
    max_new_tokens: int = 256,
    memorised: int = 20,
    canaries: Sequence[str] = (),
    quantized: bool | None = None,
    out: str | PathLike[str] | None = None,
    seed: int = 0,
) -> Evaluation:
    """Compare a tuned model with its base on held-out rows.

    Args:
        base: Name or folder of the base model.
        adapter: Folder of the adapter, or of a model that was trained in full.
        corpus: The corpus, with the split.
        split: Which rows are asked.
        limit: Rows at the most for losses; None: all of them. Always the same ones.
        samples: Rows of these at the most that are answered, for all metrics of text.
        max_length: Longer rows are left out and counted.
        max_new_tokens: Tokens of an answer at the most.
        memorised: Training rows that are tried for being known by heart, and as many held-out ones.
        canaries: Texts that were planted among the training rows.
        quantized: Load the base in NF4; None: as the adapter's run did.
        out: Folder for `page.html` and `evaluation.json`.
        seed: Of the bootstrap.

    Raises:
        ConfigError: There is no such model, adapter or split.
        MissingExtraError: A package is not installed.
    """
    for where, got, least in (("limit", limit, 1), ("samples", samples, 0), ("memorised", memorised, 0)):
        if got is not None and got < least:
            raise ConfigError(f"this cannot be less than {least}", where=where, got=got)
    if not all(text.strip() for text in canaries):
        raise ConfigError("a canary is a text that was planted", where="canaries", got=list(canaries))
    folder = place_of(adapter)
    if not folder.is_dir():
        raise ConfigError("there is no such adapter", where=folder, hint="the folder `adapter` or `model` of a run")
    rows = read_rows(corpus)
    if split not in rows.splits:
        raise ConfigError("the corpus has no such split", where=split, expected=", ".join(rows.splits))
    tokenizer = load_tokenizer(base)
    template = template_of(tokenizer)
    left_out: dict[str, int] = {}
    held_out, encoded = _drawn(tokenizer, template, rows.splits[split], limit, max_length, left_out)
    if not held_out:
        raise ConfigError("no row of the split can be asked", where=split, got=left_out, hint="a larger max_length")
    train = rows.splits.get("train")
    seen = _drawn(tokenizer, template, train, memorised, max_length, {})[1] if train is not None and memorised else []
    asked = _Asked(held_out, encoded, held_out[:samples], seen, encoded[:memorised], tuple(canaries))
    before, after = _both(
        base, folder, quantized, lambda model: _say(model, tokenizer, template, asked, max_new_tokens)
    )
    found = Evaluation(
        base,
        str(folder),
        tuple(_compared(asked, before, after, seed)),
        _whole(asked, before, after),
        tuple(_samples(asked, before, after)),
        {
            "training": (before.seen, after.seen, len(asked.seen)),
            "held-out": (before.unseen, after.unseen, len(asked.unseen)),
        },
        tuple(zip(before.canaries, after.canaries, strict=True)),
        left_out,
        place_of(out) if out is not None else None,
    )
    if found.path is not None:
        found.path.mkdir(parents=True, exist_ok=True)
        facts = {**asdict(found), "path": None}
        write_json(found.path / "evaluation.json", facts)
        (found.path / "page.html").write_text(page(found), encoding="utf-8")
    return found


def _drawn(
    tokenizer: Any, template: Template, table: pa.Table, limit: int | None, max_length: int, left_out: dict[str, int]
) -> tuple[list[dict[str, Any]], list[Encoded]]:
    """Rows that can be asked, in the order of a hash of their ids: any number of them is a fair sample."""
    digests = [hashlib.blake2b(one.encode(), digest_size=8).digest() for one in table["id"].to_pylist()]
    reserved = reserved_in(tokenizer)
    kept: list[dict[str, Any]] = []
    encoded: list[Encoded] = []
    for at in sorted(range(len(table)), key=digests.__getitem__):
        if limit is not None and len(kept) >= limit:
            break
        (row,) = table.slice(at, 1).to_pylist()
        one, fault = encode_or_say(tokenizer, template, row[MESSAGES.name], max_length, reserved)
        if one is None or fault:
            left_out[fault] = left_out.get(fault, 0) + 1
        else:
            kept.append(row)
            encoded.append(one)
    return kept, encoded


def _both(base: str, folder: Path, quantized: bool | None, say: Callable[[Any], _Said]) -> tuple[_Said, _Said]:
    """What base and tuned say: one model with its adapter off and on, or two models one after the other."""
    told = (read_json(folder.parent / "manifest.json") or {}).get("config", {})
    in_4_bits = told.get("method") == "qlora" if quantized is None else quantized
    precision = told.get("precision", "auto")
    model = load_model(base, quantized=in_4_bits, precision=precision)
    if not (folder / "adapter_config.json").exists():
        before = say(model)
        del model
        return before, say(load_model(str(folder), precision=precision))
    tuned = with_adapter(model, folder)
    with tuned.disable_adapter():
        before = say(tuned)
    return before, say(tuned)


def _say(model: Any, tokenizer: Any, template: Template, asked: _Asked, max_new_tokens: int) -> _Said:
    losses, tokens = row_losses(model, asked.encoded)
    prompts = [row[MESSAGES.name][:-1] for row in asked.questions]
    said = answers(model, tokenizer, template, prompts, max_new_tokens=max_new_tokens)
    return _Said(
        losses / tokens,
        tokens.astype(float),
        said,
        row_scores(asked.questions, said),
        verbatim(model, asked.seen, template.stop_id) if asked.seen else 0,
        verbatim(model, asked.unseen, template.stop_id) if asked.unseen else 0,
        canaries_in(model, tokenizer, asked.canaries, template.stop_id),
    )


def _compared(asked: _Asked, before: _Said, after: _Said, seed: int) -> list[Compared]:
    groups = [row["group"] for row in asked.rows]
    found = [_one("loss", before.losses, after.losses, groups, seed, weights=before.tokens, less=True)]
    categories = sorted({row["category"] for row in asked.rows})
    for category in categories if len(categories) > 1 else ():
        kept = np.array([row["category"] == category for row in asked.rows])
        chosen = [group for group, keep in zip(groups, kept, strict=True) if keep]
        values = (before.losses[kept], after.losses[kept], chosen)
        found.append(_one(f"loss, {category}", *values, seed, weights=before.tokens[kept], less=True))
    for metric in METRICS:
        # A metric that only one of two answers has (it named no parameter) cannot be paired.
        pairs = [
            (one[metric], other[metric], row["group"])
            for one, other, row in zip(before.scores, after.scores, asked.questions, strict=True)
            if one[metric] is not None and other[metric] is not None
        ]
        if pairs:
            base, tuned, of = zip(*pairs, strict=True)
            found.append(_one(metric, np.array(base, float), np.array(tuned, float), list(of), seed))
    return found


def _one(
    metric: str,
    base: Floats,
    tuned: Floats,
    groups: list[str],
    seed: int,
    *,
    weights: Floats | None = None,
    less: bool = False,
) -> Compared:
    difference, low, high = bootstrap(base.tolist(), tuned.tolist(), groups, weights=weights, seed=seed)
    means = [float(np.average(values, weights=weights)) for values in (base, tuned)]
    better = ""
    if low > 0 or high < 0:
        better = "tuned" if (high < 0) == less else "base"
    return Compared(metric, len(base), len(set(groups)), means[0], means[1], difference, low, high, better)


def _whole(asked: _Asked, before: _Said, after: _Said) -> dict[str, tuple[float, float]]:
    references = [row["output"] for row in asked.questions]
    if not references:
        return {}
    base, tuned = (corpus_scores(said.answers, references) for said in (before, after))
    return {name: (base[name], tuned[name]) for name in base}


def _samples(asked: _Asked, before: _Said, after: _Said) -> list[Sample]:
    both = zip(asked.questions, before.answers, after.answers, strict=True)
    return [Sample(row["id"], row[MESSAGES.name][-2]["content"], row["output"], one, other) for row, one, other in both]
