"""What only a GPU can show, checked in minutes by one command: `corpus-train gpu-check`, or `python benchmarks/gpu.py`.

Random weights in the shape of known models take the place of downloads: memory, speed and gradients do not depend on
what a model has learned. With `tiny` the same checks run on models of two layers, on a CPU too: that shows that the
script itself works, and says so, for a check that nobody can run rots.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from training.dims import KNOWN, Dims
from training.extras import needs
from training.footprint import estimate
from training.models import nf4, spare_the_trap

__all__ = ["GpuCheck", "GpuChecks", "check_gpu"]

_TINY: Final = Dims("tiny", 64, 128, 2, 4, 2, 512, tied=False)
_SMALL: Final = KNOWN["smollm2-135m"]
_LARGE: Final = KNOWN["qwen2.5-coder-7b"]
_LENGTHS: Final = (512, 1024, 2048, 4096)
_WITHIN: Final = 0.10  # what `estimate` may be off


@dataclass(frozen=True, slots=True)
class GpuCheck:
    """One check.

    Attributes:
        name: What it is called.
        state: `ok`, `fail` or `untested`.
        detail: What was measured.
        seconds: How long it took.
    """

    name: str
    state: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class GpuChecks:
    """All checks.

    Attributes:
        device: What they ran on.
        checks: Each of them.
    """

    device: str
    checks: tuple[GpuCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether none failed; what is untested did not fail."""
        return all(one.state != "fail" for one in self.checks)

    def __str__(self) -> str:
        lines = [f"{one.state:<9}{one.name:<28}{one.seconds:6.1f} s  {one.detail}" for one in self.checks]
        return "\n".join([f"on {self.device}", *lines])


def check_gpu(*, tiny: bool = False) -> GpuChecks:
    """Check training on the GPU: steps in 4 bits, the paged optimiser, gradients, memory beside `estimate`, speed.

    Args:
        tiny: Tiny models; on a CPU where there is no GPU.

    Raises:
        MissingExtraError: The extra `train` is not installed.
    """
    torch = needs("torch", "checking a GPU")
    cuda = torch.cuda.is_available()
    device = torch.cuda.get_device_name() if cuda else "the CPU"
    if not cuda and not tiny:
        names = ("QLoRA", "paged optimiser", "gradients after evaluation", "estimate", "tokens a second")
        return GpuChecks(device, tuple(GpuCheck(name, "untested", "there is no CUDA device", 0.0) for name in names))
    place = "cuda" if cuda else "cpu"
    small, large = (_TINY, _TINY) if tiny else (_SMALL, _LARGE)
    lengths = (64,) if tiny else _LENGTHS
    steps: list[tuple[str, Callable[[], tuple[str, str]]]] = [
        ("QLoRA", partial(_loss_falls, small, place)),
        ("paged optimiser", partial(_paged, small, place)),
        ("gradients after evaluation", partial(_gradients, small, place)),
        *((f"estimate, {length} tokens", partial(_memory, large, length, place)) for length in lengths),
        ("tokens a second", partial(_speed, large, 64 if tiny else 2048, place)),
    ]
    return GpuChecks(device, tuple(_timed(name, step) for name, step in steps))


def _timed(name: str, step: Callable[[], tuple[str, str]]) -> GpuCheck:
    began = time.monotonic()
    try:
        state, detail = step()
    except (RuntimeError, ValueError, AttributeError) as error:  # a check that cannot run has failed, others go on
        state, detail = "fail", f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
    return GpuCheck(name, state, detail, time.monotonic() - began)


def _model(dims: Dims, place: str, *, dropout: float = 0.0, checkpointing: bool = False) -> Any:
    """Random weights in NF4 with an adapter on them, as `train` has them."""
    torch, transformers, peft = (needs(name, "checking a GPU") for name in ("torch", "transformers", "peft"))
    bnb = needs("bitsandbytes", "checking a GPU")
    config = transformers.LlamaConfig(
        vocab_size=dims.vocabulary, hidden_size=dims.hidden, intermediate_size=dims.inner, use_cache=False,
        num_hidden_layers=dims.layers, num_attention_heads=dims.heads, num_key_value_heads=dims.kv_heads,
        tie_word_embeddings=dims.tied, max_position_embeddings=8192, attention_bias=False,
    )  # fmt: skip
    options = nf4("bf16")
    with torch.device("meta"):
        model = transformers.LlamaForCausalLM(config).to(torch.bfloat16)
    # Layer by layer onto the device, so that a model of 7 billion parameters is never there as a whole.
    for name, module in list(model.named_modules()):
        if isinstance(module, torch.nn.Linear) and "lm_head" not in name:
            parent, _, own = name.rpartition(".")
            weight = torch.randn(module.out_features, module.in_features, dtype=torch.bfloat16, device=place) * 0.02
            made = bnb.nn.Linear4bit(
                module.in_features, module.out_features, bias=False, compute_dtype=torch.bfloat16,
                compress_statistics=options.bnb_4bit_use_double_quant, quant_type=options.bnb_4bit_quant_type,
                device="meta",
            )  # fmt: skip
            made.weight = bnb.nn.Params4bit(weight, requires_grad=False, quant_type="nf4", compress_statistics=True)
            setattr(model.get_submodule(parent), own, made.to(place))
    for module in model.modules():
        for name, one in list(module.named_parameters(recurse=False)):
            if one.is_meta:
                filled = torch.randn(one.shape, dtype=one.dtype, device=place) * 0.02
                filled = torch.ones_like(filled) if one.dim() == 1 else filled
                setattr(module, name, torch.nn.Parameter(filled, requires_grad=False))
    model.model.rotary_emb = type(model.model.rotary_emb)(config).to(place)
    if dims.tied:
        model.tie_weights()
    spare_the_trap(model)
    if checkpointing:
        model.activation_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    wanted = peft.LoraConfig(r=16, lora_alpha=32, lora_dropout=dropout, target_modules="all-linear")
    return peft.get_peft_model(model, wanted)


def _loss(model: Any, dims: Dims, length: int, place: str) -> Any:
    torch = needs("torch", "checking a GPU")
    ids = torch.randint(0, dims.vocabulary, (1, length), generator=torch.Generator().manual_seed(0)).to(place)
    positions = (torch.arange(length) % (length // 2))[None].to(place)  # two packed rows
    with torch.autocast(place, torch.bfloat16):
        return model(input_ids=ids, labels=ids, position_ids=positions, use_cache=False).loss


def _trained(model: Any) -> list[Any]:
    return [one for one in model.parameters() if one.requires_grad]


def _loss_falls(dims: Dims, place: str) -> tuple[str, str]:
    torch = needs("torch", "checking a GPU")
    model = _model(dims, place).train()
    optimizer = torch.optim.AdamW(_trained(model), lr=2e-3)
    losses = _steps(model, dims, place, optimizer, 12)
    return _falls(losses)


def _steps(model: Any, dims: Dims, place: str, optimizer: Any, count: int) -> list[float]:
    losses = []
    for _ in range(count):
        loss = _loss(model, dims, 64, place)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    return losses


def _falls(losses: list[float]) -> tuple[str, str]:
    return "ok" if losses[-1] < losses[0] - 0.05 else "fail", f"loss {losses[0]:.3f} to {losses[-1]:.3f} on one row"


def _paged(dims: Dims, place: str) -> tuple[str, str]:
    bnb = needs("bitsandbytes", "checking a GPU")
    if place == "cpu":
        return "untested", "states are paged between a GPU and memory only"
    model = _model(dims, place).train()
    return _falls(_steps(model, dims, place, bnb.optim.PagedAdamW8bit(_trained(model), lr=2e-3), 12))


def _gradients(dims: Dims, place: str) -> tuple[str, str]:
    """An evaluation between must leave gradients as they were."""
    torch = needs("torch", "checking a GPU")
    model = _model(dims, place).train()
    _loss(model, dims, 64, place).backward()
    before = [one.grad.clone() for one in _trained(model)]
    model.zero_grad()
    model.eval()
    with torch.no_grad():
        _loss(model, dims, 64, place)
    model.train()
    _loss(model, dims, 64, place).backward()
    pairs = zip(before, (one.grad for one in _trained(model)), strict=True)
    off = max(float((one - other).abs().max() / (one.abs().max() + 1e-12)) for one, other in pairs)
    return "ok" if off < 0.05 else "fail", f"gradients differ by {off:.1e} of their largest"


@contextmanager
def _emptied(place: str) -> Iterator[None]:
    torch = needs("torch", "checking a GPU")
    gc.collect()
    if place == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    yield


def _memory(dims: Dims, length: int, place: str) -> tuple[str, str]:
    torch, bnb = needs("torch", "checking a GPU"), needs("bitsandbytes", "checking a GPU")
    with _emptied(place):
        model = _model(dims, place, dropout=0.05, checkpointing=True).train()
        paged = place == "cuda"
        optimizer = (bnb.optim.PagedAdamW8bit if paged else torch.optim.AdamW)(_trained(model), lr=1e-4)
        for _ in range(3):
            _loss(model, dims, length, place).backward()
            optimizer.step()
        told = estimate(dims, length=length, device=place)
        if place == "cpu":
            return "untested", f"estimated {told.allocated / 1e9:.3f} GB; only CUDA counts what is allocated"
        measured = torch.cuda.max_memory_allocated()
    off = told.allocated / measured
    state = "ok" if abs(off - 1) <= _WITHIN else "fail"
    return state, f"measured {measured / 1e9:.2f} GB, estimated {told.allocated / 1e9:.2f} GB, ratio {off:.2f}"


def _speed(dims: Dims, length: int, place: str) -> tuple[str, str]:
    """Tokens a second of our step, and of TRL's SFTTrainer on the same model and rows, as its quick start has it."""
    ours = _ours(dims, length, place)
    with _emptied(place):
        theirs = _trl(dims, length, place)
    return "ok", f"{ours:.0f} ours, {theirs:.0f} TRL's SFTTrainer, ratio {ours / theirs:.2f}"


def _ours(dims: Dims, length: int, place: str) -> float:
    torch = needs("torch", "checking a GPU")
    model = _model(dims, place, dropout=0.05, checkpointing=True).train()
    optimizer = torch.optim.AdamW(_trained(model), lr=1e-4)

    def step() -> None:
        _loss(model, dims, length, place).backward()
        optimizer.step()
        optimizer.zero_grad()

    return length / _seconds(step, place)


def _seconds(step: Callable[[], None], place: str, count: int = 4) -> float:
    torch = needs("torch", "checking a GPU")
    step()  # kernels are chosen and memory is asked for in the first
    if place == "cuda":
        torch.cuda.synchronize()
    began = time.monotonic()
    for _ in range(count):
        step()
    if place == "cuda":
        torch.cuda.synchronize()
    return (time.monotonic() - began) / count


def _trl(dims: Dims, length: int, place: str) -> float:
    import tempfile

    trl, datasets = needs("trl", "comparing with TRL"), needs("datasets", "comparing with TRL")
    tokenizers, transformers = needs("tokenizers", "comparing with TRL"), needs("transformers", "comparing with TRL")
    words = tokenizers.models.WordLevel(
        {str(number): number for number in range(dims.vocabulary)},
        unk_token="0",  # noqa: S106 a token of text
    )
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizers.Tokenizer(words))
    tokenizer.add_special_tokens({"eos_token": "1", "pad_token": "2"})
    rows = datasets.Dataset.from_list([{"input_ids": [(7 * at) % dims.vocabulary for at in range(length)]}] * 5)
    with tempfile.TemporaryDirectory() as folder:
        told = trl.SFTConfig(
            output_dir=folder, max_length=length, per_device_train_batch_size=1, max_steps=5, bf16=True,
            use_cpu=place == "cpu", report_to="none", disable_tqdm=True, save_strategy="no", logging_steps=100,
        )  # fmt: skip
        model = _model(dims, place, dropout=0.05)
        trainer = trl.SFTTrainer(model=model, args=told, train_dataset=rows, processing_class=tokenizer)
        began = time.monotonic()
        trainer.train()
        return 5 * length / (time.monotonic() - began)
