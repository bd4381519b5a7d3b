"""Training itself: an adapter (QLoRA, LoRA) or a whole model, by `transformers.Trainer` on what `prepare` made.

A loop of our own would be worse, and so would a trainer that tokenises again; what is added stands in `training.loop`.
A run that was killed goes on from its last whole checkpoint, with the same losses; its manifest is written last.
"""

from __future__ import annotations

import math
import platform
import resource
import shutil
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Final

from corpus.errors import ConfigError
from corpus.places import place_of
from corpus.versions import library_version
from corpus.write.files import sha256_of
from training.config import Config, config_of
from training.extras import needs
from training.models import device, load_model
from training.preparation import Prepared, prepare
from training.runs import Run, read_json, write_json

__all__ = ["train"]

_PACKAGES: Final = ("torch", "transformers", "peft", "bitsandbytes", "accelerate", "tokenizers", "numpy", "pyarrow")


def train(
    config: Config | Mapping[str, Any] | str | PathLike[str], *, progress: bool | None = None, **changes: Any
) -> Run:
    """Train as a configuration says, or go on with a run of the same configuration that was interrupted.

    Args:
        config: A `Config`, its settings by name, or the path of a YAML file.
        progress: Show a bar; None: on a terminal and in a notebook.
        **changes: Settings that differ from it.

    Raises:
        ConfigError: A setting makes no sense, there is no such model, or `out` holds another run.
        NotReadyError: The corpus or the model is not fit, and `force` is not set.
        DivergedError: Loss or gradients were no numbers; the last good checkpoint is kept.
        MissingExtraError: A package of the extra `train` is not installed.
    """
    settings = config_of(config)
    if changes:
        settings = config_of({**settings.as_dict(), **changes})
    settings = _on_this_machine(settings.resolved())
    out = place_of(settings.out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError("no folder can be made there", where="out", got=error) from None
    prepared = prepare(
        settings.corpus,
        settings.model,
        max_length=settings.max_length,
        packing=settings.packing,
        replay=settings.replay,
        replay_share=settings.replay_share,
        force=settings.force,
        out=out / "prepared",
        progress=progress,
    )
    plan = {"config": settings.as_dict(), "prepared": prepared.path.name}
    if finished := _claim(out, plan):
        return finished
    return _fit(settings, prepared, out, progress)


def _on_this_machine(settings: Config) -> Config:
    """The settings with optimizer and precision chosen for the machine."""
    where = device()
    if settings.optimizer.startswith("paged_") and where.kind != "cuda":
        raise ConfigError(
            "a paged optimiser moves its state between GPU and memory, and there is no GPU",
            where="optimizer", got=settings.optimizer, hint="optimizer: auto, or adamw_torch",
        )  # fmt: skip
    paged = where.kind == "cuda" and settings.method == "qlora"
    chosen = ("paged_adamw_8bit" if paged else "adamw_torch") if settings.optimizer == "auto" else settings.optimizer
    precision = where.precision if settings.precision == "auto" else settings.precision
    if precision == "fp16" and where.kind == "cpu":
        raise ConfigError("fp16 is for GPUs", where="precision", expected="auto, bf16 or fp32", got=precision)
    if precision == "bf16" and where.kind == "cuda" and where.precision != "bf16":
        raise ConfigError(
            "this GPU does not compute in bf16", where="precision", got=where.name, hint="precision: auto"
        )
    return replace(settings, optimizer=chosen, precision=precision)


def _claim(out: Path, plan: dict[str, Any]) -> Run | None:
    """Make the folder of a run this one's: a finished run of the same plan is given back, another one is an error."""
    before = read_json(out / "plan.json")
    if before is not None and before != plan:
        settings = plan["config"]
        changed = [name for name, value in settings.items() if before.get("config", {}).get(name) != value]
        raise ConfigError(
            "the folder holds another run",
            where=out,
            got=", ".join(changed) or "another corpus, tokenizer or template",
            hint="another out, or delete the folder",
        )  # fmt: skip
    write_json(out / "plan.json", plan)
    return Run(out) if (out / "manifest.json").exists() else None


def _fit(settings: Config, prepared: Prepared, out: Path, progress: bool | None) -> Run:
    needs("torch", "training")
    needs("transformers", "training")
    transformers = needs("transformers.trainer_utils", "training")
    from training import loop

    began, cpu = time.monotonic(), time.process_time()
    transformers.set_seed(settings.seed)
    table = prepared.table("train")
    model = _model(settings)
    if settings.packing:
        loop.refuse_leaks(model, table)
    checkpoints = out / "checkpoints"
    trainer = _trainer(settings, prepared, model, checkpoints, out, progress)
    whole = loop.complete_checkpoints(checkpoints)
    for path in checkpoints.glob("checkpoint-*"):
        if path not in whole:
            shutil.rmtree(path)
    trainer.train(resume_from_checkpoint=str(whole[-1]) if whole else None)
    adapter = _save(settings, trainer, out)
    history = trainer.state.log_history
    measured = {
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_memory": _peaks(),
        "steps": trainer.state.global_step,
        "epochs": trainer.state.epoch,
        "resumed_from": whole[-1].name if whole else None,
        "trainable": sum(one.numel() for one in model.parameters() if one.requires_grad),
        "parameters": model.num_parameters(),
    }
    write_json(out / "manifest.json", _manifest(settings, prepared, adapter, history, measured))
    return Run(out)


def _model(settings: Config) -> Any:
    full = settings.method == "full"
    model = load_model(settings.model, quantized=settings.method == "qlora", precision=settings.precision, train=full)
    model.config.use_cache = False  # with a cache, packed rows see one another
    if settings.checkpointing:
        # Without this the first layer's input has no gradient, and checkpoints of activations give none back.
        model.enable_input_require_grads()
    if full:
        return model
    peft = needs("peft", "training an adapter")
    targets = (
        settings.targets if settings.targets == "all-linear" else [one.strip() for one in settings.targets.split(",")]
    )
    for one in model.parameters():
        one.requires_grad_(False)
    wanted = peft.LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )
    try:
        return peft.get_peft_model(model, wanted)
    except ValueError as error:
        raise ConfigError(
            "the model has no such modules", where="targets", got=settings.targets, hint=str(error)
        ) from None


def _trainer(
    settings: Config, prepared: Prepared, model: Any, checkpoints: Path, out: Path, progress: bool | None
) -> Any:
    transformers = needs("transformers", "training")
    from training import loop

    table, held_out = prepared.table("train"), prepared.table("validation")
    total = _steps(settings, len(table))
    every = settings.save_steps or max(1, math.ceil(total / 10))
    evaluated = settings.evaluate and len(held_out) > 0
    where = device()
    arguments = transformers.TrainingArguments(
        output_dir=str(checkpoints),
        per_device_train_batch_size=settings.batch,
        per_device_eval_batch_size=settings.batch,
        gradient_accumulation_steps=settings.accumulate,
        max_steps=total,
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.scheduler,
        warmup_steps=math.ceil(settings.warmup * total),
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.max_grad_norm,
        optim=settings.optimizer,
        bf16=settings.precision == "bf16",
        fp16=settings.precision == "fp16",
        use_cpu=where.kind == "cpu",
        activation_checkpointing=settings.checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False} if settings.checkpointing else None,
        seed=settings.seed,
        data_seed=settings.seed,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        eval_strategy="steps" if evaluated else "no",
        eval_steps=every,
        prediction_loss_only=True,
        remove_unused_columns=False,
        dataloader_pin_memory=where.kind == "cuda",
        report_to="none",
        disable_tqdm=True,
    )
    skips = loop.FP16_SKIPS if settings.precision == "fp16" else 0
    callbacks = [
        loop.Guard(checkpoints, settings.divergence, skips=skips),
        loop.Complete(checkpoints),
        loop.Progress(prepared.facts["tokens"], len(table), show=progress),
    ]
    if settings.tensorboard:
        callbacks.append(_tensorboard(out / "logs"))
    trainer = transformers.Trainer(
        model=model,
        args=arguments,
        train_dataset=loop.Shard(table),
        eval_dataset=loop.Shard(held_out) if evaluated else None,
        data_collator=loop.Collator(prepared.facts["pad_id"]),
        callbacks=callbacks,
    )
    trainer.remove_callback(transformers.PrinterCallback)
    return trainer


def _steps(settings: Config, rows: int) -> int:
    if not rows:
        raise ConfigError("no training row is left", where="max_length", got=settings.max_length)
    steps = math.ceil(math.ceil(rows / settings.batch) / settings.accumulate * settings.epochs)
    return min(steps, settings.max_steps or steps)


def _tensorboard(folder: Path) -> Any:
    """What TensorBoard reads, in the folder of the run: left to itself the callback writes to `./runs` now and then."""
    needs("tensorboard", "logging for TensorBoard (tensorboard: false goes without)")
    writers = needs("torch.utils.tensorboard", "logging for TensorBoard")
    transformers = needs("transformers.integrations", "logging for TensorBoard")
    return transformers.TensorBoardCallback(writers.SummaryWriter(log_dir=str(folder)))


def _save(settings: Config, trainer: Any, out: Path) -> Path:
    """The adapter, or the whole model, and its tokenizer."""
    transformers = needs("transformers", "training")
    folder = out / ("model" if settings.method == "full" else "adapter")
    trainer.model.config.use_cache = True  # who generates with it wants one
    with warnings.catch_warnings():
        # peft looks on the Hub whether the base model's vocabulary was resized, and warns where it cannot ask.
        warnings.filterwarnings("ignore", message="Could not find a config file in", category=UserWarning)
        trainer.model.save_pretrained(str(folder))
    transformers.AutoTokenizer.from_pretrained(settings.model).save_pretrained(str(folder))
    return folder


def _peaks() -> dict[str, int]:
    """The most bytes in use: of the process, and of the GPU where there is one."""
    torch = needs("torch", "training")
    unit = 1 if sys.platform == "darwin" else 1024
    found = {"process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    if torch.cuda.is_available():
        found["gpu"] = int(torch.cuda.max_memory_allocated())
    return found


def _manifest(
    settings: Config, prepared: Prepared, adapter: Path, history: list[dict[str, Any]], measured: dict[str, Any]
) -> dict[str, Any]:
    torch = needs("torch", "training")
    where = device()
    files = sorted(path for path in adapter.rglob("*") if path.is_file())
    data = {
        name: prepared.facts[name] for name in ("data", "replay", "tokenizer", "rows", "replayed", "packed", "tokens")
    }
    return {
        "config": settings.as_dict(),
        "data": data,
        "template": prepared.facts["template"],
        "lengths": prepared.lengths,
        "left_out": {reason: len(ids) for reason, ids in prepared.facts["left_out"].items()},
        "checks": prepared.facts["checks"],
        "versions": {"sovereign-corpus": library_version(), "python": platform.python_version(), **_versions()},
        "environment": {
            "platform": platform.platform(),
            "device": where.kind,
            "name": where.name,
            "threads": torch.get_num_threads(),
        },
        "measured": measured,
        "history": history,
        "result": adapter.name,
        "files": {path.relative_to(adapter).as_posix(): sha256_of(path) for path in files},
    }


def _versions() -> dict[str, str]:
    from importlib import metadata

    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
