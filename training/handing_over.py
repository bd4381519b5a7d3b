"""The same run for another trainer: Axolotl, LLaMA-Factory or Unsloth get the data and a configuration.

The rows are written by `corpus.write.export` in the trainer's own format; what follows is the run. The names of the
settings are those of the projects' own schemas (axolotl 0.18, LLaMA-Factory 0.9.6, unsloth 2026.8), which tests
compare. What a trainer cannot be told stands in the notes: a setting that is dropped silently makes another run of the
same name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from corpus.errors import ConfigError
from corpus.places import place_of
from training.config import Config, config_of
from training.rows import whole_table

__all__ = ["HANDOVERS", "Handover", "handover"]


@dataclass(frozen=True, slots=True)
class Handover:
    """What was written for another trainer.

    Attributes:
        folder: Data and configuration.
        file: The configuration, or the script.
        command: What starts the run, in the folder.
        notes: What the other trainer does otherwise or cannot be told.
    """

    folder: Path
    file: Path
    command: str
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([f"{self.file}", f"cd {self.folder} && {self.command}", *(f"- {note}" for note in self.notes)])


def handover(
    config: Config | Mapping[str, Any] | str | PathLike[str], out: str | PathLike[str], *, to: str = "axolotl"
) -> Handover:
    """Write a run for another trainer.

    Args:
        config: A run's configuration: itself, its settings, a YAML file, or the folder of a finished run.
        out: A new folder, or an empty one.
        to: One of `HANDOVERS`.

    Raises:
        ConfigError: There is no such trainer, or the configuration is not one.
        IntegrityError: The corpus of the run is not complete.
    """
    from corpus.write.export import export

    if to not in HANDOVERS:
        raise ConfigError("nothing is written for this trainer", where="to", expected=" | ".join(HANDOVERS), got=to)
    settings = _settings(config)
    form, tell = HANDOVERS[to]
    table, folder = whole_table(settings.corpus), place_of(out)
    if not pc.any(pc.equal(table["split"].cast(pa.string()), "train")).as_py():
        raise ConfigError("the corpus has no training rows", where=settings.corpus, hint="corpus.split() first")
    splits = {Path(name).stem for name in export(table, folder, form)}
    name, text, command = tell(settings, folder, splits)
    (folder / name).write_text(text, encoding="utf-8")
    return Handover(folder, folder / name, command, _notes(settings, to))


def _settings(config: Config | Mapping[str, Any] | str | PathLike[str]) -> Config:
    """With rank, scale and learning rate chosen, as `train` chooses them."""
    from training.runs import read_json

    if isinstance(config, str | PathLike) and place_of(config).is_dir():
        run = read_json(place_of(config) / "manifest.json") or {}
        if "config" not in run:
            raise ConfigError("this is no finished run", where=config, expected="a folder with manifest.json, or YAML")
        return config_of(run["config"]).resolved()
    return config_of(config).resolved()


def _notes(settings: Config, to: str) -> tuple[str, ...]:
    notes = []
    if settings.replay:
        notes.append(f"replay of {settings.replay} is not handed over: only the rows of the corpus are")
    notes.append("rows that are longer than the limit are cut or left out by the other trainer's rule, not ours")
    if to == "unsloth":
        notes.append("the loss is on the last answer of a conversation; train has it on every answer")
        notes.append("TRL's packing keeps rows apart only with flash-attention, so the script does not pack")
    if to == "llama-factory":
        notes.append("no template is named: LLaMA-Factory parses the tokenizer's own")
    notes.append("a NaN, a divergence and a leak between rows are not looked for there as train does")
    return tuple(notes)


def _yaml(told: Mapping[str, Any]) -> str:
    return str(yaml.safe_dump({name: value for name, value in told.items() if value is not None}, sort_keys=False))


def _optimizer(settings: Config, automatic: str) -> str:
    return automatic if settings.optimizer == "auto" else settings.optimizer


def _model(settings: Config) -> str:
    """A folder as an absolute path, for the other trainer starts elsewhere; a name as it is."""
    folder = Path(settings.model).expanduser()
    return str(folder.absolute()) if folder.is_dir() else settings.model


def _targets(settings: Config) -> list[str] | None:
    if settings.targets == "all-linear":
        return None
    return [one.strip() for one in settings.targets.split(",")]


def _axolotl(settings: Config, folder: Path, splits: set[str]) -> tuple[str, str, str]:
    """The data as `corpus.write.export` says it, and the run."""
    place = folder / "axolotl.yaml"
    data = yaml.safe_load(place.read_text(encoding="utf-8"))
    tuned = settings.method != "full"
    targets = _targets(settings)
    told = {
        "base_model": _model(settings),
        "load_in_4bit": settings.method == "qlora",
        "adapter": settings.method if tuned else None,
        "lora_r": settings.rank if tuned else None,
        "lora_alpha": settings.alpha if tuned else None,
        "lora_dropout": settings.dropout if tuned else None,
        "lora_target_linear": True if tuned and targets is None else None,
        "lora_target_modules": targets if tuned else None,
        **data,
        "chat_template": "tokenizer_default",
        "sequence_len": settings.max_length,
        "sample_packing": settings.packing,
        "eval_sample_packing": False if "validation" in splits else None,
        "attn_implementation": "flash_attention_2" if settings.packing else "sdpa",
        "num_epochs": settings.epochs,
        "max_steps": settings.max_steps,
        "micro_batch_size": settings.batch,
        "gradient_accumulation_steps": settings.accumulate,
        "learning_rate": settings.learning_rate,
        "lr_scheduler": settings.scheduler,
        "warmup_ratio": settings.warmup,
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_grad_norm,
        "optimizer": _optimizer(settings, "paged_adamw_8bit" if settings.method == "qlora" else "adamw_torch"),
        "bf16": {"auto": "auto", "bf16": True}.get(settings.precision, False),
        "fp16": True if settings.precision == "fp16" else None,
        "gradient_checkpointing": settings.checkpointing,
        "save_steps": settings.save_steps,
        "output_dir": "out",
        "use_tensorboard": settings.tensorboard or None,
        "seed": settings.seed,
    }
    return place.name, _yaml(told), f"axolotl train {place.name}"


def _llama_factory(settings: Config, _: Path, splits: set[str]) -> tuple[str, str, str]:
    tuned, quantised = settings.method != "full", settings.method == "qlora"
    targets = _targets(settings)
    told = {
        "model_name_or_path": _model(settings),
        "quantization_bit": 4 if quantised else None,
        "quantization_method": "bnb" if quantised else None,
        "double_quantization": True if quantised else None,
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora" if tuned else "full",
        "lora_rank": settings.rank if tuned else None,
        "lora_alpha": settings.alpha if tuned else None,
        "lora_dropout": settings.dropout if tuned else None,
        "lora_target": (",".join(targets) if targets else "all") if tuned else None,
        "dataset_dir": ".",
        "dataset": "corpus_train",
        "eval_dataset": "corpus_validation" if settings.evaluate and "validation" in splits else None,
        "eval_strategy": "steps" if settings.evaluate and "validation" in splits else None,
        "cutoff_len": settings.max_length,
        "packing": settings.packing,
        "neat_packing": settings.packing,
        "output_dir": "out",
        "num_train_epochs": settings.epochs,
        "max_steps": settings.max_steps,
        "per_device_train_batch_size": settings.batch,
        "gradient_accumulation_steps": settings.accumulate,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.scheduler,
        "warmup_ratio": settings.warmup,
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_grad_norm,
        "optim": _optimizer(settings, "paged_adamw_8bit" if quantised else "adamw_torch"),
        "bf16": settings.precision in {"auto", "bf16"},
        "fp16": True if settings.precision == "fp16" else None,
        "disable_gradient_checkpointing": not settings.checkpointing,
        "save_steps": settings.save_steps,
        "report_to": "tensorboard" if settings.tensorboard else "none",
        "seed": settings.seed,
    }
    return "train.yaml", _yaml(told), "llamafactory-cli train train.yaml"


def _unsloth(settings: Config, _: Path, splits: set[str]) -> tuple[str, str, str]:
    precision = {"bf16": "torch.bfloat16", "fp16": "torch.float16", "fp32": "torch.float32"}
    files = {"train": "train.jsonl"} | ({"validation": "validation.jsonl"} if "validation" in splits else {})
    evaluated = settings.evaluate and "validation" in splits
    checkpointing = '"unsloth"' if settings.checkpointing else "False"
    targets = _targets(settings) or ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    adapter = f"""
model = FastLanguageModel.get_peft_model(
    model,
    r={settings.rank},
    lora_alpha={settings.alpha},
    lora_dropout={settings.dropout},
    target_modules={targets!r},
    use_gradient_checkpointing={checkpointing},
    random_state={settings.seed},
)
"""
    optional = {"max_steps": settings.max_steps, "save_steps": settings.save_steps}
    more = "".join(f"        {name}={value},\n" for name, value in optional.items() if value is not None)
    text = f'''"""Supervised fine-tuning with Unsloth."""

import math

from unsloth import FastLanguageModel  # before transformers, which it changes

import torch
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

model, tokenizer = FastLanguageModel.from_pretrained(
    model_name={_model(settings)!r},
    max_seq_length={settings.max_length},
    dtype={precision.get(settings.precision, "None")},
    load_in_4bit={settings.method == "qlora"},
    full_finetuning={settings.method == "full"},
)
{"" if settings.method == "full" else adapter}
rows = load_dataset("json", data_files={files!r})
steps = math.ceil({settings.epochs} * len(rows["train"]) / {settings.batch * settings.accumulate})
trainer = SFTTrainer(
    model=model,
    processing_class=tokenizer,
    train_dataset=rows["train"],
    eval_dataset={'rows["validation"]' if evaluated else "None"},
    args=SFTConfig(
        output_dir="out",
        max_length={settings.max_length},
        completion_only_loss=True,
        packing=False,
        num_train_epochs={settings.epochs},
        per_device_train_batch_size={settings.batch},
        gradient_accumulation_steps={settings.accumulate},
        learning_rate={settings.learning_rate},
        lr_scheduler_type={settings.scheduler!r},
        warmup_steps=math.ceil({settings.warmup} * {settings.max_steps or "steps"}),
        weight_decay={settings.weight_decay},
        max_grad_norm={settings.max_grad_norm},
        optim={_optimizer(settings, "paged_adamw_8bit" if settings.method == "qlora" else "adamw_torch")!r},
        bf16=torch.cuda.is_bf16_supported(),
        fp16=not torch.cuda.is_bf16_supported(),
        eval_strategy={"steps" if evaluated else "no"!r},
        report_to={"tensorboard" if settings.tensorboard else "none"!r},
        seed={settings.seed},
{more}    ),
)
trainer.train()
model.save_pretrained("out/final")
tokenizer.save_pretrained("out/final")
'''
    return "train.py", text, "python train.py"


_Told = Callable[[Config, Path, "set[str]"], tuple[str, str, str]]

HANDOVERS: Final[Mapping[str, tuple[str, _Told]]] = {
    "axolotl": ("axolotl", _axolotl),
    "llama-factory": ("llama-factory", _llama_factory),
    "unsloth": ("prompt-completion", _unsloth),
}
"""Trainer to the format of its rows and what writes its run."""
