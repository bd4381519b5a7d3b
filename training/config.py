"""What a run of training is told: one dataclass, which a YAML file says too.

Defaults follow the literature where it agrees and are said with their source below. What is None is chosen from the
method, the task and the machine when training begins, and the manifest of the run says what was chosen.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from os import PathLike
from typing import Any, Final, get_args, get_origin, get_type_hints

import yaml

from corpus.errors import ConfigError
from corpus.guess import did_you_mean
from corpus.places import place_of

__all__ = ["METHODS", "OPTIMIZERS", "PRECISIONS", "SCHEDULERS", "SKILLS", "Config", "config_of"]

METHODS: Final = ("qlora", "lora", "full")
SKILLS: Final = ("one", "several")
PRECISIONS: Final = ("auto", "bf16", "fp16", "fp32")
SCHEDULERS: Final = (
    "linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup", "inverse_sqrt",
)  # fmt: skip
"""Those of `transformers` that need nothing but the steps and the warm-up."""
OPTIMIZERS: Final = ("auto", "adamw_torch", "adamw_bnb_8bit", "paged_adamw_8bit", "paged_adamw_32bit")

# Hu et al. 2021 (LoRA), table 6: rank 4-8 is enough for one task. Dettmers et al. 2023 (QLoRA) and Biderman et al. 2024
# ("LoRA Learns Less and Forgets Less") take 16-256 where several things are learned at once.
_RANKS: Final = {"one": 8, "several": 16}
# QLoRA, table 9: 2e-4 for models up to 13B. Full: an order of magnitude less (Biderman et al., figure 2).
_LEARNING_RATES: Final = {"qlora": 2e-4, "lora": 2e-4, "full": 1e-5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One run of training.

    Attributes:
        model: Name or folder of the base model, with its tokenizer.
        corpus: Folder of a corpus that was written with `Corpus.write` or `corpus.build`.
        out: Folder of the run: checkpoints, logs, the adapter, the manifest.
        method: `qlora` (NF4, double quantisation), `lora`, or `full`.
        skill: `one` or `several` skills to learn; it chooses the rank.
        rank: Rank of the adapter; None: 8 for one skill, 16 for several.
        alpha: Its scale; None: twice the rank (Biderman et al. 2024).
        dropout: Of the adapter (QLoRA, table 9: 0.1 up to 13B, 0.05 above).
        targets: `all-linear` (QLoRA, figure 2: needed to match full tuning), or names of modules with commas.
        max_length: Tokens of a row at the most; longer rows are left out and counted.
        packing: Put several rows into one of `max_length` tokens, unseen by one another.
        replay: Folder of a general corpus against forgetting, mixed in as rows with their own source.
        replay_share: Its share of the training rows; 5-10 % (Scialom et al. 2022; Ibrahim et al. 2024: 5 %).
        epochs: Times that each row is seen (QLoRA: 1-3).
        max_steps: Optimizer steps at the most; None: what the epochs give.
        batch: Packed rows that go through the model at once.
        accumulate: Batches for one optimizer step.
        learning_rate: At its highest; None: 2e-4 for adapters, 1e-5 for full.
        scheduler: One of `SCHEDULERS`; cosine decays to 0.
        warmup: Share of the steps over which the learning rate grows (QLoRA: 0.03).
        weight_decay: Of AdamW.
        max_grad_norm: Gradients are clipped to it (QLoRA: 0.3).
        optimizer: `auto` is `paged_adamw_8bit` where CUDA is and the method is qlora, else `adamw_torch`.
        precision: Of the computation; `auto` is bf16 where the machine has it, fp16 on older GPUs, else fp32.
        checkpointing: Compute activations again instead of keeping them: a third more time, far less memory.
        save_steps: Optimizer steps between checkpoints; None: a tenth of the run.
        evaluate: Measure the loss on the validation split at each checkpoint.
        tensorboard: Write what TensorBoard reads, into `logs`.
        divergence: Stop when the loss stays above this many times its first value for ten steps.
        seed: Of the adapter's weights, dropout and the order of rows.
        force: Train on a corpus that was refuted, or that a check found unfit.
    """

    model: str
    corpus: str
    out: str
    method: str = "qlora"
    skill: str = "several"
    rank: int | None = None
    alpha: int | None = None
    dropout: float = 0.05
    targets: str = "all-linear"
    max_length: int = 2048
    packing: bool = True
    replay: str | None = None
    replay_share: float = 0.05
    epochs: float = 2.0
    max_steps: int | None = None
    batch: int = 1
    accumulate: int = 8
    learning_rate: float | None = None
    scheduler: str = "cosine"
    warmup: float = 0.03
    weight_decay: float = 0.0
    max_grad_norm: float = 0.3
    optimizer: str = "auto"
    precision: str = "auto"
    checkpointing: bool = True
    save_steps: int | None = None
    evaluate: bool = True
    tensorboard: bool = True
    divergence: float = 3.0
    seed: int = 0
    force: bool = False

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(type(self)).items():
            _check_type(name, kind, getattr(self, name))
        for name, known in (
            ("method", METHODS),
            ("skill", SKILLS),
            ("precision", PRECISIONS),
            ("optimizer", OPTIMIZERS),
            ("scheduler", SCHEDULERS),
        ):
            _check_known(name, getattr(self, name), known)
        for name in ("rank", "alpha", "max_length", "max_steps", "batch", "accumulate", "save_steps"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ConfigError("this cannot be less than 1", where=name, got=value)
        for name in ("epochs", "learning_rate", "max_grad_norm", "divergence"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise ConfigError("this must be more than 0", where=name, got=value)
        if not 0 <= self.weight_decay < float("inf"):
            raise ConfigError("this cannot be less than 0", where="weight_decay", got=self.weight_decay)
        if not 0 <= self.seed < 2**32:  # what NumPy takes
            raise ConfigError("this is no seed", where="seed", expected="0 to 4294967295", got=self.seed)
        for name in ("dropout", "replay_share", "warmup"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(
                    "this is a share", where=name, expected="0 or more, and less than 1", got=getattr(self, name)
                )

    def resolved(self) -> Config:
        """The same with rank, alpha and learning rate chosen where they were None."""
        rank = self.rank or _RANKS[self.skill]
        return replace(
            self,
            rank=rank,
            alpha=self.alpha or 2 * rank,
            learning_rate=self.learning_rate or _LEARNING_RATES[self.method],
        )

    def as_dict(self) -> dict[str, Any]:
        """Every setting by its name."""
        return asdict(self)

    def to_yaml(self) -> str:
        """The settings as a YAML file has them."""
        return str(yaml.safe_dump(self.as_dict(), sort_keys=False, allow_unicode=True))


def config_of(source: Config | Mapping[str, Any] | str | PathLike[str]) -> Config:
    """A configuration from what a person gave: itself, its settings by name, or the path of a YAML file.

    Raises:
        ConfigError: The file cannot be read, a key is unknown, one is missing, or a value makes no sense.
    """
    if isinstance(source, Config):
        return source
    if isinstance(source, Mapping):
        return _from_mapping(source, "the configuration")
    path = place_of(source)
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError("the configuration cannot be read", where=path, got=error) from None
    if not isinstance(settings, Mapping):
        raise ConfigError("a configuration is a list of settings", where=path, expected="key: value", got=settings)
    return _from_mapping(settings, path)


def _from_mapping(settings: Mapping[str, Any], where: object) -> Config:
    known = [field.name for field in fields(Config)]
    for key in settings:
        if key not in known:
            meant = did_you_mean(key, known) or f"known are {', '.join(known)}"
            raise ConfigError(f"there is no setting {key!r}", where=where, hint=meant)
    missing = [name for name in ("model", "corpus", "out") if name not in settings]
    if missing:
        raise ConfigError("a setting is missing", where=where, expected=", ".join(missing))
    return Config(**settings)


def _check_type(name: str, kind: Any, value: Any) -> None:
    kinds = get_args(kind) if get_origin(kind) is types.UnionType else (kind,)
    if float in kinds and type(value) is int:
        return
    if type(value) not in kinds:  # a bool is no int here
        words = " or ".join("nothing" if one is type(None) else one.__name__ for one in kinds)
        raise ConfigError(
            "this setting has another type", where=name, expected=words, got=f"{type(value).__name__} {value!r}",
            hint="YAML reads 1e-4 as text: write 1.0e-4" if float in kinds and isinstance(value, str) else None,
        )  # fmt: skip


def _check_known(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        hint = did_you_mean(value, known)
        raise ConfigError(f"there is no such {name}", where=name, expected=", ".join(known), got=value, hint=hint)
