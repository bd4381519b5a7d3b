"""An adapter becomes part of its base, and several adapters become one.

QLoRA trains an adapter against a base that was rounded to 4 bits; what it learned stands beside these rounding errors.
Merged into the rounded weights and rounded again, a change of 1 % of a weight is lost (measured on SmolLM2: of a loss
that fell from 4.08 to 0.04, 3.70 was left). So the base is rounded, brought back to full precision, and the adapter
added there: exactly what was trained, in more memory. The original base, which was never rounded, is sometimes better
and sometimes worse: it can be asked for, and in both cases the loss on given rows decides whether the merge stands.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Any, Final

from corpus.errors import ConfigError, CorpusError
from corpus.places import place_of
from corpus.write.files import sha256_of
from training.adapters import base_of, how_trained, load_adapter, with_adapter
from training.extras import needs
from training.losses import row_losses
from training.masking import encode, spans, template_of
from training.models import load_model, load_tokenizer
from training.weights import ModelFolder, opened

__all__ = ["COMBINATIONS", "TOLERANCE", "LostMergeError", "Merged", "combine", "merge"]

TOLERANCE: Final = 0.05
"""The share of what the adapter gained that a merge may lose. Rounding to bfloat16 costs 0.02 % on SmolLM2, another
base 1.8 %, merging into 4 bits 91-99 %: anything between separates them."""

_BASES: Final = ("dequantised", "original")

COMBINATIONS: Final = (
    "cat", "svd", "linear", "ties", "ties_svd", "dare_linear", "dare_ties", "dare_linear_svd", "dare_ties_svd",
    "magnitude_prune", "magnitude_prune_svd",
)  # fmt: skip
"""How peft can put adapters together; `cat` is the exact weighted sum of what they do, at the sum of their ranks."""


class LostMergeError(CorpusError):
    """A merged model lost what its adapter had learned, and was not written.

    Args:
        figures: The losses that say so.
        where: The adapter.
    """

    def __init__(self, figures: Losses, where: object) -> None:
        super().__init__(
            "the merge lost what the adapter had learned",
            where=where,
            expected=f"a loss of at most {figures.allowed:.4f}",
            got=str(figures),
            hint="merge onto the other base (onto=), keep float32 (dtype=), or use the adapter unmerged",
        )
        self.figures = figures


@dataclass(frozen=True, slots=True)
class Losses:
    """Mean losses by token of the answers, in nats, on the rows that were given.

    Attributes:
        base: Of the base, as the adapter was trained on it.
        before: Of the base with the adapter.
        after: Of the merged model, read back from disk.
        tokens: How many tokens they are means of.
        tolerance: The share of the gain that may be lost.
    """

    base: float
    before: float
    after: float
    tokens: int
    tolerance: float

    @property
    def allowed(self) -> float:
        """What `after` may be: 0.02 nats are always allowed, what bfloat16 does to rows on which nothing was gained."""
        return self.before + max(0.02, self.tolerance * (self.base - self.before))

    @property
    def lost(self) -> bool:
        """Whether the merge lost too much; a loss that is no number is lost."""
        return not self.after <= self.allowed

    def __str__(self) -> str:
        return (
            f"loss {self.base:.4f} base, {self.before:.4f} with the adapter, {self.after:.4f} merged "
            f"({self.tokens} tokens)"
        )


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged model on disk.

    Attributes:
        folder: Where it lies, with its tokenizer: `export` and `run` take it.
        onto: The base that the adapter was added to.
        losses: What was measured, or None where no rows were given: then nobody knows whether the merge holds.
    """

    folder: Path
    onto: str
    losses: Losses | None

    def __fspath__(self) -> str:
        return str(self.folder)

    def __str__(self) -> str:
        return f"{self.folder}: {self.losses or 'not measured: no rows were given'}"


def merge(
    base: str | PathLike[str] | None,
    adapter: str | PathLike[str],
    out: str | PathLike[str],
    *,
    onto: str | None = None,
    rows: Iterable[Mapping[str, Any]] | None = None,
    tolerance: float = TOLERANCE,
    dtype: str = "bfloat16",
) -> Merged:
    """Add an adapter to the weights of its base and write the model.

    Args:
        base: The base model's folder; None: the one that the adapter names.
        adapter: The adapter's folder.
        out: A new folder, or an empty one.
        onto: `dequantised`: the base as QLoRA saw it, rounded to 4 bits and brought back; `original`: as it is. None:
            the one that the adapter was trained on, `dequantised` where nothing says so. Never 4-bit weights.
        rows: Rows with `messages`, held out from training: the loss of the answers is measured before and after.
        tolerance: The share of what the adapter gained on these rows that may be lost.
        dtype: What the merged weights are kept in.

    Raises:
        LostMergeError: The merged model lost more than the tolerance; nothing is written.
        ConfigError: An argument makes no sense, or the base has no whole weights to merge onto.
        MissingExtraError: The extra `train` is not installed.
    """
    if onto not in {None, *_BASES}:
        raise ConfigError("there is no such base to merge onto", where="onto", expected=" | ".join(_BASES), got=onto)
    if dtype not in {"float32", "bfloat16", "float16"}:
        raise ConfigError("merged weights are whole", where="dtype", expected="float32, bfloat16, float16", got=dtype)
    found = opened(adapter)
    source = opened(base if base is not None else base_of(found))
    onto = onto or ("dequantised" if how_trained(found)[0] else "original")
    if onto == "original" and source.bits is not None:
        raise ConfigError(
            f"this base has no original weights: it was saved in {source.bits} bits",
            where=source.folder,
            hint='merge with onto="dequantised", or give the folder of the whole model',
        )
    folder = _new_folder(out)
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        given = None if rows is None else list(rows)
        before = None if given is None else _before(source.folder, found.folder, given)
        model = _added(source.folder, found.folder, onto)
        model.to(getattr(needs("torch", "merging"), dtype)).save_pretrained(fresh)
        del model
        load_tokenizer(source.folder).save_pretrained(fresh)
        losses = None if before is None or given is None else _after(fresh, before, given, tolerance)
        if losses is not None and losses.lost:
            raise LostMergeError(losses, found.folder)
        (fresh / "merge.json").write_text(_manifest(found.folder, onto, dtype, losses), encoding="utf-8")
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if folder.exists():
        folder.rmdir()
    fresh.rename(folder)
    return Merged(folder, onto, losses)


def _new_folder(out: str | PathLike[str]) -> Path:
    folder = place_of(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError("this needs a folder of its own", where=folder, hint="choose a new one")
    return folder


def _added(base: Path, adapter: Path, onto: str) -> Any:
    """The base in float32 with the adapter added to its weights."""
    torch = needs("torch", "merging")
    if onto == "original":
        model = load_model(base, precision="fp32", place="cpu")
    else:
        _, precision = how_trained(opened(adapter))
        rounded = load_model(base, quantized=True, precision=precision, place="cpu")
        model = rounded.dequantize(dtype=torch.float32).to(torch.float32)
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
    merged = with_adapter(model, adapter).merge_and_unload(safe_merge=True)
    merged.config.dtype = None  # what is saved says its own
    return merged


def _before(base: Path, adapter: Path, rows: Sequence[Mapping[str, Any]]) -> tuple[float, float, int]:
    tokenizer = load_tokenizer(base)
    model = load_adapter(base, adapter, place="cpu")
    with model.disable_adapter():
        bare, tokens = answer_loss(model, tokenizer, rows)
    tuned, _ = answer_loss(model, tokenizer, rows)
    return bare, tuned, tokens


def _after(
    folder: Path, before: tuple[float, float, int], rows: Sequence[Mapping[str, Any]], tolerance: float
) -> Losses:
    after, tokens = answer_loss(load_model(folder, precision="saved", place="cpu"), load_tokenizer(folder), rows)
    return Losses(before[0], before[1], after, tokens, tolerance)


def answer_loss(model: Any, tokenizer: Any, rows: Sequence[Mapping[str, Any]]) -> tuple[float, int]:
    """Mean loss of the assistant's tokens, each counting the same.

    Args:
        model: In evaluation mode.
        tokenizer: With a chat template.
        rows: With `messages`.

    Returns:
        The loss in nats by token, and how many tokens.

    Raises:
        ConfigError: There is no token to measure on.
    """
    if not all("messages" in row for row in rows):
        raise ConfigError("a row has no conversation", where="rows", expected="messages: turns with role and content")
    template = template_of(tokenizer)
    encoded = [encode(tokenizer, *spans(tokenizer, template, row["messages"])) for row in rows]
    sums, counts = row_losses(model, encoded)
    if not counts.sum():
        raise ConfigError("there is nothing to measure the loss on", where="rows", expected="rows with answers")
    return float(sums.sum() / counts.sum()), int(counts.sum())


def _manifest(adapter: Path, onto: str, dtype: str, losses: Losses | None) -> str:
    weights = adapter / "adapter_model.safetensors"
    said = {
        "adapter": {"name": adapter.name, "sha256": sha256_of(weights) if weights.is_file() else None},
        "onto": onto,
        "dtype": dtype,
        "losses": None if losses is None else asdict(losses),
        "versions": {name: _version(name) for name in ("bitsandbytes", "peft", "torch", "transformers")},
    }
    return json.dumps(said, indent=2) + "\n"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


# Several adapters


def combine(
    base: str | PathLike[str] | None,
    adapters: Mapping[str | PathLike[str], float],
    out: str | PathLike[str],
    *,
    how: str = "cat",
    rank: int | None = None,
    density: float | None = None,
) -> Path:
    """Put several adapters of one base together into one.

    Args:
        base: The base model's folder; None: the one that the first adapter names.
        adapters: Folder of each adapter to its weight.
        out: A new folder, or an empty one.
        how: One of `COMBINATIONS`. `cat` is exact and as large as all together; `svd` shrinks to `rank`. `linear` is
            not the weighted sum of what the adapters do: its matrices are added, which gives cross terms.
        rank: The rank afterwards, for the ways with `svd`; by default the largest of the adapters'.
        density: The share of values that are kept, for `ties`, `dare` and `magnitude_prune`.

    Raises:
        ConfigError: peft cannot do that: unequal ranks without `cat` or `svd`, a density that is missing.
    """
    if how not in COMBINATIONS:
        raise ConfigError("adapters cannot be combined so", where="how", expected=", ".join(COMBINATIONS), got=how)
    if len(adapters) < 2:
        raise ConfigError("there is nothing to combine", expected="two adapters or more", got=len(adapters))
    folders = [opened(folder) for folder in adapters]
    _check_combination(folders, how, rank, density)
    folder = _new_folder(out)
    peft = needs("peft", "combining adapters")
    names = [f"a{number}" for number in range(len(folders))]
    source = base if base is not None else base_of(folders[0])
    model = peft.PeftModel.from_pretrained(
        load_model(source, precision="fp32", place="cpu"), str(folders[0].folder), adapter_name=names[0]
    )
    for name, one in zip(names[1:], folders[1:], strict=True):
        model.load_adapter(str(one.folder), adapter_name=name)
    options: dict[str, Any] = {"svd_rank": rank} if rank is not None else {}
    options |= {"density": density} if density is not None else {}
    model.add_weighted_adapter(names, list(adapters.values()), "default", combination_type=how, **options)
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    model.save_pretrained(fresh, selected_adapters=["default"])
    if folder.exists():
        folder.rmdir()
    fresh.rename(folder)
    return folder


def _check_combination(folders: Sequence[ModelFolder], how: str, rank: int | None, density: float | None) -> None:
    for one in folders:
        if not one.is_adapter or one.config.get("peft_type") != "LORA" or one.config.get("use_dora"):
            raise ConfigError("only LoRA adapters are combined", where=one.folder, got=one.config.get("peft_type"))
    ranks = sorted({one.config["r"] for one in folders})
    exact = how == "cat" or how.endswith("svd")
    if len(ranks) > 1 and not exact:
        raise ConfigError(
            f"adapters of unequal ranks cannot be combined by {how}",
            expected="cat, svd or one of the ways with _svd",
            got=", ".join(map(str, ranks)),
        )
    thins = how.startswith(("ties", "dare", "magnitude"))
    if thins != (density is not None) or (density is not None and not 0 < density <= 1):
        expected = "a share in (0, 1]" if thins else "nothing, for it does not thin out"
        raise ConfigError(f"the density does not fit {how}", where="density", expected=expected, got=density)
    if rank is not None and (rank < 1 or not how.endswith("svd")):
        raise ConfigError(f"{how} keeps the ranks that there are", where="rank", hint="shrink with how='svd'")
