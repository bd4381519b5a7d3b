"""The doctor says what is there, what is missing and what fits, with an exit code for scripts."""

from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from training import machine
from training.machine import Finding, Machine, doctor, runs_on

TORCH_2_13 = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120"]


@pytest.mark.parametrize(
    ("capability", "built_for", "how"),
    [
        ((8, 6), ["sm_80", "sm_86"], "natively"),
        ((8, 9), ["sm_80", "sm_86"], "natively"),  # Ada runs what was made for Ampere
        ((9, 0), ["sm_80", "sm_86"], None),  # another major: no machine code runs
        ((12, 0), ["sm_80", "sm_90"], None),  # an RTX 5090 and a build from before it
        ((12, 0), TORCH_2_13, "natively"),
        ((12, 1), TORCH_2_13, "natively"),
        ((12, 0), ["sm_90", "compute_90"], "by compiling at the first start"),
        ((9, 0), ["sm_90a"], "natively"),
        ((10, 0), ["sm_90a", "compute_90a"], None),  # a letter binds to one chip
        ((12, 1), ["sm_120f"], "natively"),
        ((7, 0), TORCH_2_13, None),  # a V100 is no longer built for
        ((8, 0), ["sm_86"], None),  # a lower minor does not run what a higher one was made for
        ((8, 0), [], None),
    ],
)
def test_a_build_runs_where_its_machine_code_or_its_ptx_does(
    capability: tuple[int, int], built_for: list[str], how: str | None
) -> None:
    assert runs_on(capability, built_for) == how


def gpu(capability: tuple[int, int], memory: float) -> Any:
    """As much of PyTorch as the doctor asks, on a machine with a GPU that this one has not."""
    about = SimpleNamespace(name="A GPU", major=capability[0], minor=capability[1], total_memory=int(memory))
    return SimpleNamespace(
        __version__="2.13.0",
        cuda=SimpleNamespace(
            is_available=lambda: True,
            device_count=lambda: 1,
            get_device_properties=lambda _: about,
            mem_get_info=lambda _: (int(memory), int(memory)),
            get_arch_list=lambda: ["sm_80", "sm_90"],
        ),
    )


def test_what_fits_is_what_the_estimate_says_of_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_importable", lambda name: gpu((8, 6), 24e9) if name == "torch" else None)
    found = doctor()
    names = {(one.model, one.method) for one in found.fits}
    assert ("Llama-3.1-8B", "qlora") in names
    assert ("Qwen2.5-Coder-32B", "qlora") not in names
    assert all(one.total <= 0.95 * 24e9 for one in found.fits)
    assert "runs natively" in str(found)
    assert found.code == 2  # bitsandbytes cannot be imported here
    longer = doctor(length=32768)
    assert ("Llama-3.1-8B", "qlora") not in {(one.model, one.method) for one in longer.fits}


def test_a_gpu_that_torch_was_not_built_for_is_a_failure_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_importable", lambda name: gpu((12, 0), 32e9) if name == "torch" else None)
    (found,) = [one for one in doctor().findings if one.name == "GPU"]
    assert found.state == "fail"
    assert "sm_120" in found.detail
    assert "built for sm_80, sm_90" in found.detail


def test_old_gpus_have_no_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = gpu((7, 5), 16e9)
    torch.cuda.get_arch_list = lambda: ["sm_75"]
    monkeypatch.setattr(machine, "_importable", lambda name: torch if name == "torch" else None)
    assert [one.state for one in doctor().findings if one.name == "bf16"] == ["warn"]


def test_the_exit_code_is_the_worst_finding() -> None:
    def code(*states: str) -> int:
        return Machine(tuple(Finding("x", state, "") for state in states)).code

    assert [code("ok"), code("ok", "warn"), code("warn", "fail")] == [0, 1, 2]


def test_it_works_without_torch_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__
    for name in [name for name in sys.modules if name.split(".")[0] in {"torch", "bitsandbytes"}]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(machine, "version", lambda name: (_ for _ in ()).throw(machine.PackageNotFoundError(name)))
    monkeypatch.setattr(builtins, "__import__", lambda name, *rest: _refuse(name) or real(name, *rest))
    found = doctor()
    assert found.code == 2
    assert 'pip install "sovereign-corpus[train]"' in str(found)
    assert "torch: not installed" in str(found)
    assert found.fits  # what this CPU's memory would hold can be said without torch


def _refuse(name: str) -> None:
    if name.split(".", maxsplit=1)[0] in {"torch", "bitsandbytes"}:
        raise ImportError(name, name=name)


def test_the_command_needs_no_package_of_training() -> None:
    """In a process of its own: neither the command line nor an estimate imports torch."""
    program = "import sys, training.cli, training.footprint, training.machine; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_command_says_the_same_and_ends_with_the_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from training.cli import app

    monkeypatch.setattr(machine, "_importable", lambda name: gpu((8, 6), 24e9) if name == "torch" else None)
    done = CliRunner().invoke(app, ["doctor", "--out", str(tmp_path), "--length", "1024"])
    assert done.exit_code == 2
    assert "Llama-3.1-8B, qlora" in done.output
