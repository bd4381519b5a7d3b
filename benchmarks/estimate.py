"""`training.estimate` beside the peak that a run really had: `python benchmarks/estimate.py`.

Each case is a process of its own: a model of random weights, its peak of resident memory reset after loading
(`/proc/self/clear_refs`), three steps as `training.train` makes them, the peak less what the process had before the
model. On a machine with a GPU `benchmarks/gpu.py` does the same with `torch.cuda.max_memory_allocated`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from training.dims import Dims
from training.footprint import estimate

SMOL = Dims("SmolLM2-135M", 576, 1536, 30, 9, 3, 49152, tied=True)
WIDE = Dims("12 layers of 1024", 1024, 2816, 12, 16, 4, 16384, tied=False)
# With a fixed threshold glibc gives back what is freed, so that resident memory is what tensors take. By default it
# keeps up to 32 MB blocks for itself once such were freed: the same run then shows 20-30 % more.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
CASES: list[tuple[Dims, dict[str, Any]]] = [
    (SMOL, {"method": "qlora", "length": 256, "checkpointing": False, "dropout": 0.0}),
    (SMOL, {"method": "qlora", "length": 512, "checkpointing": False, "dropout": 0.05}),
    (SMOL, {"method": "qlora", "length": 1024, "checkpointing": True, "dropout": 0.05}),
    (SMOL, {"method": "lora", "length": 512, "checkpointing": False, "dropout": 0.05}),
    (SMOL, {"method": "lora", "length": 512, "checkpointing": False, "precision": "fp32", "dropout": 0.0}),
    (SMOL, {"method": "full", "length": 512, "checkpointing": True}),
    (WIDE, {"method": "qlora", "length": 512, "checkpointing": False, "batch": 2, "packing": False}),
    (WIDE, {"method": "full", "length": 512, "checkpointing": False}),
    (WIDE, {"method": "full", "length": 512, "checkpointing": False, "accumulate": 1}),
]


def resident(field: str) -> int:
    """Bytes of `VmRSS` (now) or `VmHWM` (the peak since it was reset)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(field))


def measure(case: dict[str, Any]) -> float:
    """The peak of one case in this process, in bytes above what it had before the model."""
    import ctypes
    import gc

    dims, told = Dims(**case["dims"]), case["settings"]
    warm()
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    before = resident("VmRSS")
    model, steps = build(dims, told), told.get("accumulate", 8)
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    train(model, dims, told, 2 * min(steps, 2))
    return resident("VmHWM") - before


def allocated(dims: Dims, told: dict[str, Any]) -> int:
    """The most bytes that PyTorch's allocator hands out in the steps of a case, above those of the model itself.

    By the profiler, in this process: it sees neither pages of files nor what glibc keeps, so that it is exact for
    small models too.
    """
    import torch

    model = build(dims, told)
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        train(model, dims, told, 2 * min(told.get("accumulate", 8), 2))
    held = peak = 0
    for event in profile.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak


def warm() -> None:
    """One step of the smallest model, so that what libraries keep for themselves is there before the measurement."""
    tiny = Dims("warm", 64, 128, 1, 2, 2, 128, tied=False)
    told = {"method": "qlora", "length": 16}
    train(build(tiny, told), tiny, told, 2)


def build(dims: Dims, told: dict[str, Any]) -> Any:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=dims.vocabulary, hidden_size=dims.hidden, intermediate_size=dims.inner, use_cache=False,
        num_hidden_layers=dims.layers, num_attention_heads=dims.heads, num_key_value_heads=dims.kv_heads,
        tie_word_embeddings=dims.tied, max_position_embeddings=4096,
    )  # fmt: skip
    method, kind = told["method"], torch.float32 if told.get("precision") == "fp32" else torch.bfloat16
    with tempfile.TemporaryDirectory() as folder:
        LlamaForCausalLM(config).to(kind).save_pretrained(folder)
        quantised = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=kind
        )
        options = {"quantization_config": quantised} if method == "qlora" else {}
        dtype = torch.float32 if method == "full" else kind
        model = LlamaForCausalLM.from_pretrained(folder, dtype=dtype, **options)
        if method != "full":  # the file's pages count while it is mapped: weights of one's own
            for one in (*model.parameters(), *model.buffers()):
                one.data = one.data.clone()
    if told.get("checkpointing"):
        model.activation_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    if method == "full":
        for one in model.parameters():
            one.data = one.data.clone()
        return model
    for one in model.parameters():
        one.requires_grad_(False)
    wanted = LoraConfig(
        r=16, lora_alpha=32, lora_dropout=told.get("dropout", 0.05), target_modules="all-linear", task_type="CAUSAL_LM"
    )
    return get_peft_model(model, wanted)


def train(model: Any, dims: Dims, told: dict[str, Any], batches: int) -> None:
    """Steps as the Trainer makes them: autocast around the loss, gradients clipped, AdamW."""
    import torch

    model.train()
    accumulate = min(told.get("accumulate", 8), 2)
    optimizer = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=1e-4)
    length, batch = told["length"], told.get("batch", 1)
    for number in range(batches):
        ids = torch.randint(0, dims.vocabulary, (batch, length))
        given: dict[str, Any] = {"input_ids": ids, "labels": ids}
        if told.get("packing", True):
            half = torch.arange(length) % (length // 2)
            given["position_ids"] = half.expand(batch, -1)
        mixed = told.get("precision", "bf16") == "bf16"
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            loss = model(**given, use_cache=False).loss
        loss.backward()
        if (number + 1) % accumulate == 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.3)
            optimizer.step()
            optimizer.zero_grad()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", help="one case as JSON, measured in this process")
    parser.add_argument("--only", type=int, nargs="*", help="numbers of cases")
    given = parser.parse_args()
    if given.case:
        print(json.dumps({"peak": measure(json.loads(given.case))}))
        return
    print(f"{'model':<20}{'case':<78}{'measured':>10}{'estimate':>10}{'ratio':>8}")
    for number, (dims, settings) in enumerate(CASES):
        if given.only and number not in given.only:
            continue
        case = {"dims": {name: getattr(dims, name) for name in Dims.__dataclass_fields__}, "settings": settings}
        done = subprocess.run(
            [sys.executable, __file__, "--case", json.dumps(case)],
            capture_output=True, text=True, check=True, env={**os.environ, **ENVIRONMENT},
        )  # fmt: skip
        peak = json.loads(done.stdout.splitlines()[-1])["peak"]
        told = estimate(dims, device="cpu", optimizer="adamw_torch", **settings).allocated
        said = " ".join(f"{name}={value}" for name, value in settings.items())
        print(f"{dims.name:<20}{said:<78}{peak / 1e6:>8.0f}MB{told / 1e6:>8.0f}MB{told / peak:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
