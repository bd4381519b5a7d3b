"""From a merged model, or an adapter alone, to a GGUF file and an Ollama `Modelfile`.

The folder is written whole or not at all. Whether llama.cpp says the same as transformers is what `agreement`
measures (`training.llama`).
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from corpus.errors import ConfigError
from corpus.places import place_of
from training.extras import needs
from training.gguf_model import QUANTISATIONS, Family, family_of, quantised
from training.gguf_tokenizer import Vocabulary, vocabulary
from training.ollama import Pieces, modelfile, pieces_of
from training.weights import ModelFolder, opened

__all__ = ["Exported", "export"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        file: The GGUF file.
        modelfile: Ollama's `Modelfile` beside it.
        quantisation: How most weights are kept.
        tensors: How many tensors are kept in each type.
        stops: Every token that ends a turn.
        template: Whether the Modelfile carries the template of the chat.
        notes: What is not as in transformers, in words.
    """

    file: Path
    modelfile: Path
    quantisation: str
    tensors: Mapping[str, int]
    stops: tuple[str, ...]
    template: bool
    notes: tuple[str, ...]

    def __str__(self) -> str:
        kept = ", ".join(f"{count} {name}" for name, count in self.tensors.items())
        lines = [
            f"{self.file} ({self.file.stat().st_size / 1e6:.1f} MB): {kept}",
            f"{self.modelfile}: stops at {', '.join(self.stops)}",
        ]
        if not self.template:
            lines.append("the chat template is more than text around turns: only the one inside the GGUF holds")
        return "\n".join([*lines, *self.notes])


def export(
    model: str | PathLike[str],
    out: str | PathLike[str],
    *,
    quantisation: str = "f16",
    base: str | PathLike[str] | None = None,
) -> Exported:
    """Write a model as GGUF with an Ollama Modelfile.

    Args:
        model: A folder with a whole model (Llama's, Mistral's or Qwen2's family) and its tokenizer, or with an adapter.
        out: A new folder, or an empty one.
        quantisation: One of `QUANTISATIONS`; an adapter alone is kept in f16 or f32.
        base: The base model of an adapter; by default the one that it names itself.

    Raises:
        ConfigError: The model, the tokenizer or the quantisation cannot be written.
        IntegrityError: Files are missing or broken.
        MissingExtraError: The extra `train` is not installed.
    """
    found = opened(model)
    kinds = ("f16", "f32") if found.is_adapter else tuple(QUANTISATIONS)
    if quantisation not in kinds:
        raise ConfigError(
            "there is no such quantisation here",
            where="quantisation",
            expected=", ".join(kinds),
            got=quantisation,
            hint="for K-quants export f16 and call llama.cpp's llama-quantize" if "k" in quantisation else None,
        )
    folder = place_of(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError("an export goes into a folder of its own", where=folder, hint="choose a new one")
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        made = _adapter(found, fresh, quantisation, base) if found.is_adapter else _model(found, fresh, quantisation)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if folder.exists():
        folder.rmdir()
    fresh.rename(folder)
    places = {"file": folder / made.file.name, "modelfile": folder / made.modelfile.name}
    return Exported(**{name: getattr(made, name) for name in made.__dataclass_fields__} | places)


# A whole model


def _model(model: ModelFolder, folder: Path, quantisation: str) -> Exported:
    family = family_of(model)
    words = vocabulary(model.folder, int(model.config["vocab_size"]))
    gguf = needs("gguf", "export")
    file = folder / f"model-{quantisation}.gguf"
    writer = gguf.GGUFWriter(file, family.name)
    writer.add_name(model.folder.name)
    writer.add_file_type(gguf.LlamaFileType[QUANTISATIONS[quantisation][1]])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    family.describe(writer)
    stops = _stops(model, words)
    _describe_words(writer, words, stops)
    counts = _write_weights(writer, model, family, quantisation)
    pieces = _template(model.folder, words)
    texts = tuple(words.tokens[number] for number in stops)
    place = folder / "Modelfile"
    place.write_text(modelfile(file.name, pieces, texts, num_ctx=min(family.context, 4096)), encoding="utf-8")
    notes = [*words.notes, *_notes(words, pieces, texts)]
    return Exported(file, place, quantisation, counts, texts, pieces is not None, tuple(notes))


def _stops(model: ModelFolder, words: Vocabulary) -> list[int]:
    """Every token that the model's folder says ends its turn, the first of `generation_config.json` first."""
    said = [model.generation.get("eos_token_id"), model.config.get("eos_token_id"), words.special.get("eos")]
    flat = [number for one in said for number in (one if isinstance(one, list) else [one]) if number is not None]
    if not flat:
        raise ConfigError(
            "nothing says which token ends a turn",
            where=model.folder,
            expected="eos_token_id in generation_config.json",
        )
    return list(dict.fromkeys(flat))


def _describe_words(writer: Any, words: Vocabulary, stops: list[int]) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(words.pre)
    writer.add_token_list(words.tokens)
    writer.add_token_types(words.types)
    writer.add_token_merges(words.merges)
    for name, number in words.special.items():
        if name != "eos":
            getattr(writer, f"add_{name}_token_id")(number)
    # What ends a turn in training: llama.cpp stops at it, and at `eot` besides.
    writer.add_eos_token_id(stops[0])
    if len(stops) > 1:
        writer.add_eot_token_id(stops[1])
    writer.add_add_bos_token(words.add_bos)
    writer.add_add_eos_token(False)
    if words.template is not None:
        writer.add_chat_template(words.template)


def _write_weights(writer: Any, model: ModelFolder, family: Family, quantisation: str) -> dict[str, int]:
    """Names and sizes first, then one weight after another."""
    import numpy as np

    gguf = needs("gguf", "export")
    with model.tensors() as weights:
        plan = {}
        for name, stored in weights.items():
            place = family.gguf_name(name)
            if place is not None and not (place == "output.weight" and model.config.get("tie_word_embeddings")):
                plan[place] = (stored, quantised(place, stored.shape, quantisation))
        for place, (stored, kind) in plan.items():
            _announce(writer, place, stored.shape, kind)
        factors = family.factors()
        if factors is not None:
            _announce(writer, "rope_freqs.weight", (len(factors),), gguf.GGMLQuantizationType.F32)
        _begin(writer)
        for stored, kind in plan.values():
            writer.write_tensor_data(_as_kept(family.arranged(stored.name, stored.read()), kind, stored.name))
        if factors is not None:
            writer.write_tensor_data(np.array(factors, dtype=np.float32))
    writer.close()
    kinds = [kind.name for _, kind in plan.values()]
    return {name: kinds.count(name) for name in sorted(set(kinds))}


def _announce(writer: Any, name: str, shape: tuple[int, ...], kind: Any) -> None:
    import numpy as np

    gguf = needs("gguf", "export")
    block, size = gguf.GGML_QUANT_SIZES[kind]
    writer.add_tensor_info(name, shape, np.dtype(np.float32), math.prod(shape) // block * size, raw_dtype=kind)


def _begin(writer: Any) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()


def _as_kept(tensor: Any, kind: Any, name: str) -> Any:
    gguf = needs("gguf", "export")
    whole = tensor.float().contiguous().numpy()
    if kind.name == "F16" and abs(whole).max() > 65504:
        raise ConfigError("a weight is too large for float16", where=name, hint="export as bf16 or q8_0")
    return gguf.quants.quantize(whole, kind)


# The template


def _template(folder: Path, words: Vocabulary) -> Pieces | None:
    transformers = needs("transformers", "export")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if words.template is None:
        return None
    bos = words.tokens[words.special["bos"]] if words.add_bos else ""
    return pieces_of(
        lambda turns, invite: tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=invite), bos
    )


def _notes(words: Vocabulary, pieces: Pieces | None, stops: Iterable[str]) -> list[str]:
    notes = []
    if words.template is None:
        notes.append("the tokenizer has no chat template: prompts go to the model as they are")
    if pieces is not None:
        end = pieces.assistant[1].strip()
        if end and not any(end.startswith(stop) for stop in stops):
            notes.append(f"the template ends an answer with {end!r}, which is no stop token: it would go on")
    return notes


# An adapter alone


def _adapter(adapter: ModelFolder, folder: Path, quantisation: str, base: str | PathLike[str] | None) -> Exported:
    named = base if base is not None else adapter.config.get("base_model_name_or_path") or ""
    model = opened(named)
    _refuse_what_gguf_cannot_say(adapter)
    family = Family(
        model.config, family_of(ModelFolder(model.folder, {**model.config, "quantization_config": None})).name
    )
    gguf = needs("gguf", "export")
    file = folder / f"adapter-{quantisation}.gguf"
    writer = gguf.GGUFWriter(file, family.name)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_name(adapter.folder.name)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(adapter.config["lora_alpha"]))
    kind = gguf.GGMLQuantizationType[quantisation.upper()]
    with adapter.tensors() as weights:
        plan = [(_lora_name(name, family, model), stored) for name, stored in weights.items()]
        for name, stored in plan:
            _announce(writer, name, stored.shape, kind)
        _begin(writer)
        for name, stored in plan:
            tensor = stored.read()
            if name.endswith(".lora_b"):
                tensor = family.arranged(stored.name, tensor) * _rescaled(adapter, stored.name, tensor.shape[1])
            writer.write_tensor_data(_as_kept(tensor, kind, stored.name))
    writer.close()
    words = vocabulary(model.folder, int(model.config["vocab_size"]))
    stops = tuple(words.tokens[number] for number in _stops(model, words))
    pieces = _template(model.folder, words)
    place = folder / "Modelfile"
    text = modelfile("base.gguf", pieces, stops)
    place.write_text(text.replace("\n", f"\nADAPTER ./{file.name}\n", 1), encoding="utf-8")
    notes = ["FROM names base.gguf: export the base that the adapter was trained on, dequantised, and put it beside"]
    notes += _notes(words, pieces, stops)
    return Exported(file, place, quantisation, {kind.name: len(plan)}, stops, pieces is not None, tuple(notes))


def _refuse_what_gguf_cannot_say(adapter: ModelFolder) -> None:
    config = adapter.config
    wrong = {
        "peft_type": config.get("peft_type") != "LORA",
        "use_dora": bool(config.get("use_dora")),
        "bias": config.get("bias", "none") != "none",
        "modules_to_save": bool(config.get("modules_to_save")),
        "trainable_token_indices": bool(config.get("trainable_token_indices")),
    }
    for name in (name for name, bad in wrong.items() if bad):
        raise ConfigError(
            "llama.cpp cannot apply this kind of adapter",
            where=f"{adapter.folder}: {name}",
            expected="plain LoRA matrices",
            got=config.get(name),
            hint="merge it, then export the merged model",
        )


def _lora_name(name: str, family: Family, model: ModelFolder) -> str:
    module, _, rest = name.removeprefix("base_model.model.").partition(".lora_")
    place = family.gguf_name(f"{module}.weight") if rest in {"A.weight", "B.weight"} else None
    if (
        place is None
        or place == "token_embd.weight"
        or (place == "output.weight" and model.config.get("tie_word_embeddings"))
    ):
        raise ConfigError(
            "llama.cpp cannot apply an adapter there", where=name, hint="merge it, then export the merged model"
        )
    return f"{place}.lora_{rest[0].lower()}"


def _rescaled(adapter: ModelFolder, name: str, rank: int) -> float:
    """What B is multiplied by, so that llama.cpp's `alpha / rank` is peft's scaling.

    Patterns and rank-stabilised LoRA (alpha / sqrt(rank)) have another.
    """
    import re

    config = adapter.config
    patterns = config.get("alpha_pattern") or {}
    module = name.removeprefix("base_model.model.").partition(".lora_")[0]
    alpha = next((own for key, own in patterns.items() if re.search(rf"(^|\.)({key})$", module)), config["lora_alpha"])
    scaling = alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)
    return float(scaling / (config["lora_alpha"] / rank))
