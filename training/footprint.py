"""How much memory a run of training needs, part by part, from the sizes of the model.

Published tables contradict each other (a 70B model in 4 bits "fits" 24, 40 and 48 GB): they leave out the length, the
vocabulary and the embeddings. So it is computed from what `training.train` does. Which tensors PyTorch keeps for the
backward pass was read off `torch.autograd.graph.saved_tensors_hooks`, for transformers 5.23 and peft 0.21, module by
module; the sums are compared with measured peaks by `benchmarks/estimate.py`.

What is assumed stands in `Estimate.assumptions`, in words.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Final

from corpus.errors import ConfigError
from training.dims import Dims, dims_of

__all__ = ["METHODS", "TIERS", "Estimate", "Estimates", "estimate", "estimates"]

METHODS: Final = ("qlora", "lora", "full")

TIERS: Final = (
    "Qwen2.5-Coder-0.5B", "Qwen2.5-Coder-1.5B", "Qwen2.5-Coder-7B", "Mistral-7B-v0.3", "Llama-3.1-8B",
    "Qwen2.5-Coder-32B", "Llama-3.1-70B",
)  # fmt: skip
"""What people train, from small to large."""

_CARDS: Final = (8, 12, 16, 24, 32, 40, 48, 80, 96, 141, 192)  # GB of memory that GPUs are sold with
_NF4: Final = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Bytes of a weight in NF4: 4 bits, a scale of 8 bits for 64 weights, and one of 32 bits for 256 of these (Dettmers et
al. 2023, section 3: 0.127 bits a weight for the scales)."""
_EIGHT_BIT: Final = 2 * (1 + 4 / 256)  # two moments of 8 bits, each with a scale of 32 bits for 256 (bitsandbytes)
_OPTIMIZERS: Final[Mapping[str, float]] = {
    "adamw_torch": 8.0,
    "paged_adamw_32bit": 8.0,
    "adamw_bnb_8bit": _EIGHT_BIT,
    "paged_adamw_8bit": _EIGHT_BIT,
}
_CUDA_CONTEXT: Final = 500e6  # kernels and handles of one process; 300-600 MB are reported, outside PyTorch's counting


@dataclass(frozen=True, slots=True)
class Estimate:
    """The memory of one run.

    Attributes:
        model: Which model.
        method: `qlora`, `lora` or `full`.
        settings: Everything else that was given or chosen.
        parts: Bytes of each part at the peak.
        assumptions: What was assumed, in words.
    """

    model: str
    method: str
    settings: Mapping[str, Any]
    parts: Mapping[str, float]
    assumptions: tuple[str, ...]

    @property
    def total(self) -> float:
        """Bytes at the peak, with the context of the device."""
        return sum(self.parts.values())

    @property
    def allocated(self) -> float:
        """Bytes at the peak that PyTorch allocates: what `torch.cuda.max_memory_allocated` counts."""
        return self.total - self.parts["context"]

    @property
    def card(self) -> int | None:
        """The smallest GPU that it fits, in GB of memory, 5 % left for fragments; None where none is large enough."""
        return next((size for size in _CARDS if self.total <= 0.95 * size * 2**30), None)

    def __str__(self) -> str:
        rows = [f"  {name:<24}{size / 1e9:8.2f} GB" for name, size in self.parts.items()]
        said = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        fits = f"fits a GPU with {self.card} GB" if self.card else "fits no single GPU"
        head = f"{self.model}, {self.method}: {self.total / 1e9:.2f} GB at the peak, {fits}"
        return "\n".join([head, f"  ({said})", *rows, *(f"  - {one}" for one in self.assumptions)])

    def _repr_html_(self) -> str:
        return Estimates((self,)).to_html()


@dataclass(frozen=True, slots=True)
class Estimates:
    """Several estimates as one table.

    Attributes:
        rows: One for each model and method.
    """

    rows: Sequence[Estimate]

    def cells(self) -> list[list[str]]:
        """The table with its head, as text."""
        names = list(self.rows[0].parts) if self.rows else []
        head = ["model", "method", *names, "total", "GPU"]
        return [head] + [
            [
                row.model,
                row.method,
                *(f"{row.parts[name] / 1e9:.2f}" for name in names),
                f"{row.total / 1e9:.2f}",
                f"{row.card} GB" if row.card else "none",
            ]
            for row in self.rows
        ]

    def __str__(self) -> str:
        cells = self.cells()
        widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells
        ]
        return "\n".join([*lines, "(GB = 1e9 bytes)"])

    def to_html(self) -> str:
        """The table as HTML, the assumptions below it."""
        head, *rows = ([html.escape(text) for text in row] for row in self.cells())
        top = "".join(f"<th>{text}</th>" for text in head)
        body = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in rows)
        said = dict.fromkeys(one for row in self.rows for one in row.assumptions)
        notes = "".join(f"<li>{html.escape(one)}</li>" for one in said)
        return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table><p>GB = 1e9 bytes</p><ul>{notes}</ul>"

    def _repr_html_(self) -> str:
        return self.to_html()


def estimate(
    model: Dims | Mapping[str, Any] | str | PathLike[str] | Any,
    *,
    method: str = "qlora",
    length: int = 2048,
    batch: int = 1,
    rank: int = 16,
    optimizer: str = "auto",
    checkpointing: bool = True,
    precision: str = "bf16",
    packing: bool = True,
    dropout: float = 0.05,
    accumulate: int = 8,
    device: str = "cuda",
) -> Estimate:
    """The memory that a run of training needs at its peak.

    Args:
        model: A model's folder, its configuration, or a name in `training.dims.KNOWN`.
        method: `qlora`, `lora` or `full`.
        length: Tokens of a row.
        batch: Rows that go through the model at once.
        rank: Rank of the adapter, on all linear modules.
        optimizer: `adamw_torch`, `adamw_bnb_8bit`, `paged_adamw_8bit`, `paged_adamw_32bit`, or `auto`, as `train`
            chooses.
        checkpointing: Compute activations again instead of keeping them.
        precision: `bf16`, `fp16` or `fp32`, of the computation.
        packing: Several rows in one, each with a mask against the others.
        dropout: Of the adapter.
        accumulate: Batches for one step: full gradients stay between them.
        device: `cuda` or `cpu`.

    Raises:
        ConfigError: An argument makes no sense, or the model is not known.
    """
    sizes = dims_of(model)
    paged = device == "cuda" and method == "qlora"
    optimizer = ("paged_adamw_8bit" if paged else "adamw_torch") if optimizer == "auto" else optimizer
    for where, got, known in (
        ("method", method, METHODS),
        ("optimizer", optimizer, tuple(_OPTIMIZERS)),
        ("precision", precision, ("bf16", "fp16", "fp32")),
        ("device", device, ("cuda", "cpu")),
    ):
        if got not in known:
            raise ConfigError(f"there is no such {where}", where=where, expected=", ".join(known), got=got)
    for where, size in (("length", length), ("batch", batch), ("rank", rank), ("accumulate", accumulate)):
        if size < 1:
            raise ConfigError("this cannot be less than 1", where=where, got=size)
    run = _Run(sizes, method, length, batch, rank, checkpointing, precision, packing, dropout, device)
    trained = sizes.parameters if method == "full" else sizes.adapter_parameters(rank)
    settings = {
        "length": length, "batch": batch, "optimizer": optimizer, "precision": precision, "packing": packing,
        "checkpointing": checkpointing, **({} if method == "full" else {"rank": rank, "dropout": dropout}),
    }  # fmt: skip
    states = trained * _OPTIMIZERS[optimizer]
    fixed = {
        "weights": run.weights(),
        "adapter": 0.0 if method == "full" else 4.0 * trained,
        "gradients": 4.0 * trained,
        "optimizer": states,
    }
    parts = fixed | run.at_peak(4.0 * trained, between=accumulate > 1)
    parts["context"] = _CUDA_CONTEXT if device == "cuda" else 0.0
    return Estimate(sizes.name, method, settings, parts, run.assumptions())


def estimates(models: Sequence[Dims | str] = TIERS, methods: Sequence[str] = METHODS, **settings: Any) -> Estimates:
    """`estimate` for each of some models and methods, as a table."""
    return Estimates([estimate(model, method=method, **settings) for model in models for method in methods])


@dataclass(frozen=True, slots=True)
class _Run:
    """The numbers that depend on each other; bytes throughout."""

    dims: Dims
    method: str
    length: int
    batch: int
    rank: int
    checkpointing: bool
    precision: str
    packing: bool
    dropout: float
    device: str

    @property
    def tokens(self) -> int:
        return self.length * self.batch

    @property
    def width(self) -> int:
        """Bytes of a number in the computation."""
        return 4 if self.precision == "fp32" else 2

    @property
    def mixed(self) -> bool:
        return self.precision != "fp32"

    def weights(self) -> float:
        dims = self.dims
        if self.method == "full":
            return 4.0 * dims.parameters  # kept in float32 whatever is computed in
        whole = dims.parameters - (dims.linear_parameters if self.method == "qlora" else 0)
        return self.width * whole + (_NF4 * dims.linear_parameters if self.method == "qlora" else 0.0)

    def layer(self) -> float:
        """What one layer keeps for the backward pass."""
        dims, width = self.dims, self.width
        attended = (self.length if self.packing else 0) * width  # a row of the mask, for each token
        keys = dims.queries if self.packing else dims.keys  # with a mask, keys are repeated for each head
        common = width * (dims.queries + 2 * keys + 3 * dims.inner) + attended + 4 * (dims.heads + 2)
        return self.tokens * (common + self._norms() + self._inputs() + self._dropped())

    def _norms(self) -> float:
        """Inputs of both norms in float32; where their weights are trained, their outputs too."""
        return 2 * 4 * self.dims.hidden * (2 if self.method == "full" else 1)

    def _inputs(self) -> float:
        """Inputs of the linear modules, by token."""
        dims, width = self.dims, self.width
        shared = 2 * dims.hidden + dims.queries + dims.inner
        if not self.mixed:
            return width * (shared + (0 if self.method == "full" else 7 * self.rank))
        each = sum(inputs for inputs, _ in dims.linears)  # autocast copies its input for every module
        if self.method == "full":
            return width * each
        return width * (each + dims.queries + 7 * self.rank)  # and what attention gave, which is no module's input

    def _dropped(self) -> float:
        """Masks of dropout before each adapter: a byte on a GPU, a float32 on a CPU."""
        if self.method == "full" or self.dropout == 0:
            return 0.0
        return (1 if self.device == "cuda" else 4) * sum(inputs for inputs, _ in self.dims.linears)

    def kept(self) -> float:
        """Activations of the whole model when the backward pass begins."""
        dims = self.dims
        last = self.tokens * dims.hidden * (4 + (4 + self.width if self.method == "full" else 0))
        if self.checkpointing:
            residual = 4 if self.method == "full" else self.width
            return dims.layers * self.tokens * dims.hidden * residual + last
        return dims.layers * self.layer() + last

    def copies(self) -> float:
        """What autocast makes of trained float32 weights for the computation."""
        if not self.mixed:
            return 0.0
        if self.method == "full":
            return self.width * (self.dims.linear_parameters + self.dims.vocabulary * self.dims.hidden)
        return self.width * self.dims.adapter_parameters(self.rank)

    def at_peak(self, gradients: float, *, between: bool) -> dict[str, float]:
        """The parts that come and go, in the moment in which they are most.

        That is the end of the forward pass (logits in the computation's numbers and twice in float32), the beginning
        of the backward pass (the loss, its gradient and the gradient of the logits in float32), or a layer of the
        backward pass. Gradients of adapters are small and always counted; those of full training come while
        activations go, so that without accumulation only the larger of both stands beside the weights.
        """
        dims, numbers = self.dims, self.tokens * self.dims.vocabulary
        forward = self.copies() + numbers * (8 + (self.width if self.mixed else 0))
        backward = numbers * 12.0 + (0.0 if self.checkpointing else self.copies())
        inside = self.layer() if self.checkpointing else 0.0
        largest = max(inputs * outputs for inputs, outputs in dims.linears)
        working = inside + self.tokens * self.width * 3 * dims.inner + self.width * largest
        logits, rest = max((forward, 0.0), (backward, 0.0), (0.0, working), key=sum)
        kept = self.kept()
        if self.method == "full" and not between:
            kept, logits = max(kept + logits - gradients, 0.0), 0.0
        return {"activations": kept + rest, "logits and loss": logits}

    def assumptions(self) -> tuple[str, ...]:
        said = [
            "embeddings and output are not quantised; adapters, their gradients and Adam's moments are float32",
            "the loss is computed on float32 logits of all tokens at once: 12 bytes x tokens x vocabulary",
            "attention is PyTorch's (sdpa), which keeps no scores",
        ]
        if self.packing:
            said.append("the mask of packed rows is kept by every layer")
        if self.checkpointing:
            said.append("of each layer only its input is kept; one layer is computed again at a time")
        if self.method == "full":
            said.append("full training keeps weights in float32 and computes on copies")
        if self.device == "cuda":
            said.append("a CUDA context of 0.5 GB; fragments of the allocator are not counted (5 % are left free)")
        return tuple(said)
