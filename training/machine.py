"""What this machine can train: the GPU and whether PyTorch was built for it, 4-bit weights, memory, disk.

It runs with nothing of the extra `train` installed, and then says so: whoever asks a doctor may be ill.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Any, Final

from corpus.places import place_of
from training.footprint import METHODS, TIERS, Estimate, estimate

__all__ = ["Finding", "Gpu", "Machine", "doctor", "runs_on"]

PACKAGES: Final = ("torch", "transformers", "peft", "accelerate", "bitsandbytes", "safetensors", "gguf")
_DISK: Final = 20e9  # checkpoints, a merged 7B model in bfloat16 and its export


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What it is called.
        state: `ok`, `warn` (it works, slower or with less) or `fail` (training here would stop).
        detail: What was found, and what to do about it.
    """

    name: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU as PyTorch sees it.

    Attributes:
        name: What its maker calls it.
        capability: Its compute capability, major and minor.
        memory: Its memory in bytes.
        free: What is free of it.
    """

    name: str
    capability: tuple[int, int]
    memory: int
    free: int


@dataclass(frozen=True, slots=True)
class Machine:
    """What was found.

    Attributes:
        findings: Each thing that was looked at.
        gpus: The GPUs that PyTorch sees.
        memory: Bytes of main memory that are available.
        fits: What `estimate` says of some models, those that fit, on the GPU with most memory or, without one, the CPU.
    """

    findings: tuple[Finding, ...]
    gpus: tuple[Gpu, ...] = ()
    memory: int = 0
    fits: tuple[Estimate, ...] = field(default=())

    @property
    def code(self) -> int:
        """The exit code: 0 all is well, 1 it works with warnings, 2 training here would stop."""
        states = {one.state for one in self.findings}
        return 2 if "fail" in states else 1 if "warn" in states else 0

    def __str__(self) -> str:
        lines = [f"{one.state:<5} {one.name}: {one.detail}" for one in self.findings]
        where = "the GPU" if self.gpus else "this CPU"
        if self.fits:
            lines.append(f"Fits {where}, by training.estimate:")
            lines += [f"      {one.model}, {one.method}: {one.total / 1e9:.1f} GB" for one in self.fits]
        else:
            lines.append(f"None of the known models fits {where}.")
        return "\n".join(lines)


def doctor(
    *, length: int = 2048, batch: int = 1, out: str | PathLike[str] = ".", models: Sequence[str] = TIERS
) -> Machine:
    """Look at this machine.

    Args:
        length: Tokens of a row that is to be trained on.
        batch: Rows at once.
        out: Where runs are to be written, for the free disk.
        models: Which models to estimate.
    """
    torch = _importable("torch")
    findings = [_packages(), _processor(), *_gpu_findings(torch), _four_bits(torch)]
    gpus = _gpus(torch)
    memory = _available()
    findings += [_memory(memory), _disk(place_of(out))]
    room = max((gpu.free for gpu in gpus), default=memory)
    device = "cuda" if gpus else "cpu"
    sizes = [
        estimate(model, method=method, length=length, batch=batch, device=device)
        for model in models
        for method in METHODS
    ]
    return Machine(tuple(findings), gpus, memory, tuple(one for one in sizes if one.total <= 0.95 * room))


def runs_on(capability: tuple[int, int], built_for: Sequence[str]) -> str | None:
    """How a build of PyTorch runs on a GPU.

    Machine code (`sm_86`) runs on the same major capability and a minor that is no less (CUDA's binary compatibility),
    with a letter (`sm_90a`) on that one alone, with an `f` (`sm_120f`) on its family; PTX (`compute_90`) is compiled on
    the spot for whatever is newer.

    Args:
        capability: Major and minor of the GPU.
        built_for: `torch.cuda.get_arch_list()`.

    Returns:
        `natively`, `by compiling at the first start`, or None where it does not run.
    """
    major, minor = capability
    compiled = None
    for name in built_for:
        found = re.fullmatch(r"(sm|compute)_(\d+)(\d)([af]?)", name)
        if found is None:
            continue
        kind, letter = found[1], found[4]
        own = (int(found[2]), int(found[3]))
        if kind == "sm" and (own == capability if letter == "a" else own[0] == major and own[1] <= minor):
            return "natively"
        if kind == "compute" and not letter and own <= capability:
            compiled = "by compiling at the first start"
    return compiled


# What is looked at


def _importable(name: str) -> Any:
    """A package, or None where it is not installed or cannot be loaded: the findings then say so."""
    from importlib import import_module

    try:
        return import_module(name)
    except (ImportError, OSError):
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _packages() -> Finding:
    found = {name: _version(name) for name in PACKAGES}
    missing = [name for name, number in found.items() if number is None]
    if missing:
        return Finding("packages", "fail", f'{", ".join(missing)} not installed: pip install "sovereign-corpus[train]"')
    return Finding("packages", "ok", ", ".join(f"{name} {number}" for name, number in found.items()))


def _processor() -> Finding:
    flags = _first_line(Path("/proc/cpuinfo"), "flags")
    bf16 = [name for name in ("avx512_bf16", "amx_bf16") if name in flags.split()]
    said = f"{platform.machine()}, {os.cpu_count()} threads, bf16 {'by ' + ', '.join(bf16) if bf16 else 'emulated'}"
    return Finding("processor", "ok", said)


def _first_line(file: Path, name: str) -> str:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2] for line in lines if line.startswith(name)), "")


def _gpus(torch: Any) -> tuple[Gpu, ...]:
    if torch is None or not torch.cuda.is_available():
        return ()
    found = []
    for number in range(torch.cuda.device_count()):
        about = torch.cuda.get_device_properties(number)
        free, _ = torch.cuda.mem_get_info(number)
        found.append(Gpu(about.name, (about.major, about.minor), about.total_memory, free))
    return tuple(found)


def _gpu_findings(torch: Any) -> list[Finding]:
    if torch is None:
        return [Finding("torch", "fail", "not installed, or it cannot be loaded")]
    driver = _driver()
    if not torch.cuda.is_available():
        return [Finding("GPU", *_why_none(torch, driver))]
    findings = []
    for gpu in _gpus(torch):
        name = f"sm_{gpu.capability[0]}{gpu.capability[1]}"
        architectures = torch.cuda.get_arch_list()
        how = runs_on(gpu.capability, architectures)
        said = f"{gpu.name} ({name}), {gpu.memory / 1e9:.0f} GB, {gpu.free / 1e9:.0f} GB free, driver {driver}"
        if how is None:
            built = f"torch {torch.__version__} is built for {', '.join(architectures)}"
            findings.append(Finding("GPU", "fail", f"{said}; {built}: install a build for {name} (pytorch.org)"))
            continue
        findings.append(Finding("GPU", "ok" if how == "natively" else "warn", f"{said}; torch runs {how}"))
        findings.append(_numbers(gpu))
    return findings


def _why_none(torch: Any, driver: str | None) -> tuple[str, str]:
    if torch.backends.mps.is_available():
        return "warn", "Apple's GPU: full and LoRA training; bitsandbytes has no 4-bit training there"
    if driver is None:
        return "warn", "none is seen: small models train on the CPU"
    if torch.version.cuda is None:
        return "fail", f"there is one (driver {driver}), and torch {torch.__version__} is built without CUDA"
    return (
        "fail",
        f"there is one (driver {driver}), and CUDA {torch.version.cuda} of torch cannot use it: a newer driver",
    )


def _driver() -> str | None:
    """The version of NVIDIA's driver, or None where there is none."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 a fixed program and fixed arguments
            [program, "--query-gpu=driver_version", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip().partition("\n")[0] or None if done.returncode == 0 else None


def _numbers(gpu: Gpu) -> Finding:
    if gpu.capability >= (8, 0):  # Ampere is the first with bfloat16 (CUDA's guide, table of capabilities)
        return Finding("bf16", "ok", "computed by the GPU")
    return Finding("bf16", "warn", "this GPU has none before sm_80: precision fp16, with its loss scaling")


def _four_bits(torch: Any) -> Finding:
    if torch is None or _importable("bitsandbytes") is None:
        return Finding("4-bit weights", "fail", "bitsandbytes is not installed, or it cannot be loaded")
    import bitsandbytes

    device = "cuda" if torch.cuda.is_available() else "cpu"
    weight = torch.linspace(-1, 1, 4096, device=device).reshape(64, 64)
    try:
        small, state = bitsandbytes.functional.quantize_4bit(weight, quant_type="nf4", compress_statistics=True)
        off = (bitsandbytes.functional.dequantize_4bit(small, state) - weight).abs().max().item()
    except (RuntimeError, ValueError, AttributeError) as error:
        return Finding("4-bit weights", "fail", f"bitsandbytes cannot quantise here: {error}")
    # The widest gap between two levels of NF4 is 0.304 (QLoRA, appendix E): rounding is off by half of it at most.
    state_ = "ok" if off < 0.16 else "fail"
    return Finding("4-bit weights", state_, f"NF4 on the {device}, rounded by {off:.2f} at most")


def _available() -> int:
    said = re.search(r"\d+", _first_line(Path("/proc/meminfo"), "MemAvailable"))
    if said is not None:
        return 1024 * int(said[0])
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _memory(available: int) -> Finding:
    merges = available / 4  # a merge holds the model in float32
    said = f"{available / 1e9:.1f} GB available: a merge of up to {merges / 1e9:.1f} billion parameters"
    return Finding("memory", "ok" if available > 4e9 else "warn", said)


def _disk(folder: Path) -> Finding:
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < _DISK:
        return Finding("disk", "warn", f"{free / 1e9:.1f} GB free: a merged 7B model alone takes 15 GB")
    return Finding("disk", "ok", f"{free / 1e9:.0f} GB free")
