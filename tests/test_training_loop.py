"""Training on a tiny model: it learns, it stops at what is no number, and it goes on where it was killed."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import shell_environment
from models import tiny_model, write_model

import corpus
import training
from training.errors import DivergedError, NotReadyError

# On a machine that others use, a second thread makes tiny models 10-40 times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")
torch = pytest.importorskip("torch", reason="needs the extra `train`")

import pyarrow as pa  # noqa: E402 - after torch was found

ROWS = 60


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus `c` and the models `llama` and `qwen2`."""
    folder = tmp_path_factory.mktemp("training")
    table = pa.table(
        {
            "instruction": [f"What is {n} plus one?" for n in range(ROWS)],
            "output": [f"It is {n + 1}." for n in range(ROWS)],
            "split": ["test" if n % 5 == 0 else "validation" if n % 5 == 1 else "train" for n in range(ROWS)],
        }
    )
    corpus.from_arrow(table).write(folder / "c")
    for family in ("llama", "qwen2"):
        write_model(folder / family, family)
    return folder


def told(place: Path, out: Path, **changes: Any) -> dict[str, Any]:
    return {
        "model": str(place / "llama"), "corpus": str(place / "c"), "out": str(out), "method": "lora", "max_length": 128,
        "accumulate": 1, "batch": 2, "epochs": 4, "learning_rate": 5e-3, "rank": 4, "save_steps": 4,
        "tensorboard": False, "checkpointing": False, "precision": "fp32", **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def qlora(place: Path, tmp_path_factory: pytest.TempPathFactory) -> training.Run:
    """A run in NF4 with everything on: checkpointing of activations, packing, an evaluation in between, TensorBoard."""
    out = tmp_path_factory.mktemp("runs") / "qlora"
    settings = told(place, out, model=str(place / "qwen2"), method="qlora", checkpointing=True, tensorboard=True)
    return training.train({**settings, "precision": "auto", "epochs": 6})


@pytest.fixture(scope="module")
def straight(place: Path, tmp_path_factory: pytest.TempPathFactory) -> training.Run:
    """A run that nothing interrupts, with dropout."""
    return training.train(told(place, tmp_path_factory.mktemp("runs") / "straight"))


def test_a_run_in_four_bits_learns_and_says_what_it_did(qlora: training.Run) -> None:
    first, last = qlora.losses[0][1], qlora.losses[-1][1]
    assert last < first / 4
    assert qlora.held_out[-1][1] < qlora.held_out[0][1]
    manifest = qlora.manifest
    assert manifest["versions"]["torch"] == torch.__version__
    assert manifest["data"]["rows"]["train"] == 36
    assert manifest["config"]["optimizer"] in ("adamw_torch", "paged_adamw_8bit")
    assert manifest["files"]["adapter_model.safetensors"]
    assert list((qlora.path / "logs").glob("events.*"))
    assert "<svg" in qlora._repr_html_()
    assert f"{manifest['measured']['steps']} steps" in str(qlora)


def test_a_finished_run_is_given_back_and_another_one_in_its_place_is_refused(
    place: Path, straight: training.Run
) -> None:
    settings = told(place, straight.path)
    written = (straight.path / "manifest.json").stat().st_mtime_ns
    assert training.train(settings).losses == straight.losses
    assert (straight.path / "manifest.json").stat().st_mtime_ns == written
    with pytest.raises(corpus.ConfigError, match="another run") as error:
        training.train(settings, rank=8)
    assert error.value.got == "rank, alpha"


def test_a_run_that_is_killed_goes_on_with_the_same_losses(place: Path, straight: training.Run, tmp_path: Path) -> None:
    """Killed between two checkpoints, and where all of one is written but the mark that it is whole."""
    code = textwrap.dedent(
        """
        import json, os, signal, sys
        import training
        from training import loop

        class Killed(loop.Complete):
            def on_step_end(self, args, state, control, **kwargs):
                if state.global_step == at and at % save:
                    os.kill(os.getpid(), signal.SIGKILL)

            def on_save(self, args, state, control, **kwargs):
                if state.global_step == at:  # all but the mark is written
                    os.kill(os.getpid(), signal.SIGKILL)
                super().on_save(args, state, control, **kwargs)

        loop.Complete = Killed
        import peft, transformers  # once, for both
        for at, settings in json.loads(sys.argv[1]):
            save = settings["save_steps"]
            child = os.fork()
            if not child:
                training.train(settings)
                os._exit(0)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
    )
    runs = [(at, told(place, tmp_path / str(at))) for at in (6, 8)]
    command = [sys.executable, "-c", code, json.dumps(runs)]
    environment = shell_environment(OMP_NUM_THREADS="1")
    killed = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert killed.stdout.split() == [str(-signal.SIGKILL)] * 2, killed.stderr[-2000:]
    for at, settings in runs:
        assert not (tmp_path / str(at) / "manifest.json").exists()
        done = training.train(settings)
        assert done.losses == straight.losses, f"killed at step {at}"
        assert done.manifest["measured"]["resumed_from"] == "checkpoint-4"


def test_a_number_that_is_none_stops_the_run_and_the_last_checkpoint_goes_on(
    place: Path, straight: training.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import loop

    class Poisoned(loop.Guard):
        def on_step_begin(self, *told: Any, **kwargs: Any) -> None:
            if told[1].global_step == 6:
                next(one for one in kwargs["model"].parameters() if one.requires_grad).data.fill_(float("nan"))

    settings = told(place, tmp_path / "run")
    monkeypatch.setattr(loop, "Guard", Poisoned)
    with pytest.raises(DivergedError, match="no number") as error:
        training.train(settings)
    assert error.value.step == 7
    assert error.value.checkpoint == tmp_path / "run" / "checkpoints" / "checkpoint-4"
    assert "learning_rate" in str(error.value)
    monkeypatch.undo()
    done = training.train(settings)
    assert done.manifest["measured"]["resumed_from"] == "checkpoint-4"
    assert done.losses == straight.losses


def test_a_loss_that_only_grows_stops_the_run(tmp_path: Path) -> None:
    from training.loop import Guard

    class State:
        global_step = 1
        log_history = ({"loss": 2.0},)

    guard = Guard(tmp_path, 3.0)
    for _ in range(9):
        guard.on_log(None, State, None, logs={"loss": 7.0})
    guard.on_log(None, State, None, logs={"loss": 5.0})  # below the limit: it begins anew
    for _ in range(9):
        guard.on_log(None, State, None, logs={"loss": 7.0})
    with pytest.raises(DivergedError, match="3 times"):
        guard.on_log(None, State, None, logs={"loss": 7.0})


def test_a_gradient_scaler_may_skip_steps_but_not_go_on_skipping(tmp_path: Path) -> None:
    from training.loop import Guard

    class State:
        global_step = 0

    model = torch.nn.Linear(1, 1, bias=False)
    guard = Guard(tmp_path, 3.0, skips=3)

    def step(gradient: float) -> None:
        model.weight.grad = torch.full_like(model.weight, gradient)
        guard.on_pre_optimizer_step(None, State, None, model=model)

    for gradient in [math.inf] * 3 + [1.0] + [math.inf, math.inf, 1.0] * 3 + [math.inf] * 2:
        step(gradient)
    with pytest.raises(DivergedError, match="a gradient is no number"):
        step(math.inf)


def test_a_checkpoint_that_is_not_whole_is_none(tmp_path: Path) -> None:
    from training.loop import Complete, complete_checkpoints

    class State:
        global_step = 3

    (tmp_path / "checkpoint-3").mkdir()
    (tmp_path / "checkpoint-3" / "weights").write_bytes(b"12345")
    assert complete_checkpoints(tmp_path) == []
    Complete(tmp_path).on_save(None, State, None)
    assert complete_checkpoints(tmp_path) == [tmp_path / "checkpoint-3"]
    (tmp_path / "checkpoint-3" / "weights").write_bytes(b"1234")
    assert complete_checkpoints(tmp_path) == []


@pytest.mark.parametrize("family", ["llama", "qwen2"])
def test_packed_rows_do_not_see_one_another_unless_there_is_a_cache(family: str) -> None:
    from training.loop import leak

    model = tiny_model(family)
    ids = [1, *range(10, 30), 2, 1, *range(40, 60), 2]
    assert leak(model, ids, 22) < 1e-4
    assert leak(model, ids, 22, use_cache=True) > 0.1


def test_a_model_in_which_packed_rows_see_one_another_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from training import loop

    packed = {"input_ids": [[1, *range(10, 30), 2, 1, *range(40, 60), 2]], "position_ids": [[*range(22), *range(22)]]}
    table = pa.table({**packed, "rows": [["a", "b"]]})
    model = tiny_model()
    loop.refuse_leaks(model, table)
    seeing = loop.leak
    monkeypatch.setattr(loop, "leak", lambda model, ids, first: seeing(model, ids, first, use_cache=True))
    with pytest.raises(NotReadyError, match="see one another"):
        loop.refuse_leaks(model, table)


def test_gradients_in_four_bits_are_the_same_after_an_evaluation(place: Path) -> None:
    """`bitsandbytes` packs weights for inference in an evaluation, and never back; see `spare_the_trap`."""
    peft = pytest.importorskip("peft")
    from training.models import load_model, spare_the_trap

    torch.manual_seed(0)
    model = load_model(str(place / "qwen2"), quantized=True, precision="bf16")
    assert spare_the_trap(model) == 14  # 2 layers of 7, or none was found and nothing was spared
    model = peft.get_peft_model(model, peft.LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False))
    ids = torch.arange(10, 30)[None]

    def gradients() -> dict[str, Any]:
        model.train()
        model.zero_grad()
        model(input_ids=ids, labels=ids).loss.backward()
        return {name: one.grad.clone() for name, one in model.named_parameters() if one.requires_grad}

    before = gradients()
    model.eval()
    with torch.no_grad():
        model(input_ids=ids)
    after = gradients()
    assert len(before) == 28
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_what_gets_no_gradient_stops_the_run(tmp_path: Path) -> None:
    from training.loop import Guard

    class State:
        global_step = 0

    model = torch.nn.Linear(2, 2)
    with pytest.raises(NotReadyError, match="no gradient"):
        Guard(tmp_path, 3.0).on_pre_optimizer_step(None, State, None, model=model)


@pytest.mark.skipif(torch.cuda.is_available(), reason="with a GPU there is a paged optimiser")
def test_what_this_machine_cannot_do_is_a_sentence(place: Path, tmp_path: Path) -> None:
    for changes, said in (
        ({"optimizer": "paged_adamw_8bit"}, "there is no GPU"),
        ({"precision": "fp16"}, "fp16 is for GPUs"),
    ):
        with pytest.raises(corpus.ConfigError, match=said):
            training.train(told(place, tmp_path, **changes))


def test_a_model_or_a_layer_that_is_not_there_is_a_sentence(place: Path, tmp_path: Path) -> None:
    with pytest.raises(corpus.ConfigError, match="no such model"):
        training.train(told(place, tmp_path / "a", model=str(tmp_path / "none")))
    with pytest.raises(corpus.ConfigError, match="no such modules"):
        training.train(told(place, tmp_path / "b", targets="q_projection"))
    shutil.copytree(place / "llama", tmp_path / "broken")
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"garbage" * 99)
    with pytest.raises(corpus.ConfigError, match="cannot be loaded"):
        training.train(told(place, tmp_path / "c", model=str(tmp_path / "broken")))
    with pytest.raises(corpus.ConfigError, match="no folder can be made there"):
        training.train(told(place, tmp_path / "broken" / "model.safetensors"))


def test_a_run_that_was_killed_before_its_manifest_is_finished_without_a_step(
    place: Path, straight: training.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import fitting

    class KilledError(Exception):
        pass

    def killed(*_: Any) -> Any:
        raise KilledError

    settings = told(place, tmp_path / "run")
    monkeypatch.setattr(fitting, "_manifest", killed)
    with pytest.raises(KilledError):
        training.train(settings)
    monkeypatch.undo()
    with pytest.raises(corpus.IntegrityError, match="the run is not finished"):
        _ = training.Run(tmp_path / "run").manifest
    with pytest.raises(corpus.IntegrityError, match="there is no run here"):
        _ = training.Run(tmp_path).manifest
    done = training.train(settings)
    assert done.losses == straight.losses
    assert done.held_out == straight.held_out
    assert done.manifest["measured"]["resumed_from"] == f"checkpoint-{len(straight.losses)}"


def test_a_model_that_was_trained_in_full_may_use_a_cache_again(place: Path, tmp_path: Path) -> None:
    done = training.train(told(place, tmp_path / "run", method="full", max_steps=1, evaluate=False))
    assert json.loads((done.adapter / "config.json").read_text())["use_cache"] is True


def test_a_missing_package_is_named_with_the_command(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(corpus.MissingExtraError, match=r"sovereign-corpus\[train\]"):
        training.train(told(place, tmp_path))
