"""The check of a GPU says what it could not test, and works as far as a CPU goes."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

import torch
from typer.testing import CliRunner

from training import gpucheck
from training.gpucheck import GpuCheck, GpuChecks

pytestmark = pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing`:FutureWarning",  # peft 0.21 asks transformers 5.23 by the old name
)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU: the check itself says more")
def test_without_a_gpu_nothing_is_called_tested() -> None:
    from training.cli import app

    done = CliRunner().invoke(app, ["gpu-check"])
    assert done.exit_code == 0
    assert done.output.count("untested") == 5


def test_gradients_are_the_same_after_an_evaluation_and_that_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gpucheck._gradients(gpucheck._TINY, "cpu")[0] == "ok"
    real = gpucheck._loss
    calls = []

    def changed(*given: object) -> object:
        calls.append(given)
        return real(*given) * (1.0 if len(calls) < 3 else 1.5)  # after the evaluation another loss

    monkeypatch.setattr(gpucheck, "_loss", changed)
    assert gpucheck._gradients(gpucheck._TINY, "cpu")[0] == "fail"


def test_a_check_that_cannot_run_fails_by_name_and_the_others_go_on() -> None:
    def broken() -> tuple[str, str]:
        raise RuntimeError("CUDA out of memory.\nmore lines")

    found = gpucheck._timed("QLoRA", broken)
    assert (found.state, found.detail) == ("fail", "RuntimeError: CUDA out of memory.")
    assert not GpuChecks("x", (found, GpuCheck("y", "ok", "", 0.0))).passed
