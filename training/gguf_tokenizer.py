"""A tokenizer as GGUF says it, from `tokenizer.json`: byte-level BPE, by the pre-tokenizer that it really has.

llama.cpp's converter tells pre-tokenizers apart by the hash of what they make of one text, so it refuses every
tokenizer that its authors have not seen, one trained at home included. Here the rule itself is compared: the same
splitting, the same name. What llama.cpp cannot do the same way is refused, because a model whose text is cut
otherwise than in training answers worse and says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from corpus.errors import ConfigError, IntegrityError

__all__ = ["PRE_TOKENIZERS", "Vocabulary", "vocabulary"]

_LLAMA3: Final = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_QWEN2: Final = _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
_TEKKEN: Final = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

PRE_TOKENIZERS: Final[Mapping[tuple[str, ...], tuple[str, bool]]] = {
    ("gpt2",): ("gpt-2", False),
    ("digits", "gpt2"): ("smollm", False),
    (f"split {_LLAMA3}", "bytes"): ("llama-bpe", True),
    (f"split {_QWEN2}", "bytes"): ("qwen2", False),
    (f"split {_TEKKEN}", "bytes"): ("tekken", True),
}
"""The steps of a pre-tokenizer to llama.cpp's name of it (`llama-vocab.cpp`), and whether a word that is a token as a
whole is taken without merging (`ignore_merges`), which llama.cpp ties to that name."""

_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5  # gguf.TokenType


class Vocabulary:
    """What `tokenizer.json` and `tokenizer_config.json` say, as GGUF's fields.

    Attributes:
        tokens: The tokens by id, in the bytes' alphabet of GPT-2; added ones as they are.
        types: GGUF's type of each token.
        merges: `left right`, in their order.
        pre: llama.cpp's name of the pre-tokenizer.
        special: `bos`, `eos`, `pad`, `unk` to their ids, those that there are.
        add_bos: Whether a text begins with `bos`.
        template: The chat template (Jinja), or None.
        notes: What llama.cpp does otherwise, in words.
    """

    def __init__(self, folder: Path, size: int) -> None:
        said = _read(folder / "tokenizer.json")
        model = said["model"]
        if model.get("type") != "BPE" or model.get("byte_fallback"):
            raise ConfigError(
                "this kind of tokenizer cannot be written",
                where=folder / "tokenizer.json",
                expected="byte-level BPE (Llama 3, Qwen2, SmolLM2, Mistral Nemo)",
                got=f"{model.get('type')}{' with byte fallback (SentencePiece)' * bool(model.get('byte_fallback'))}",
                hint="convert it with llama.cpp's convert_hf_to_gguf.py",
            )
        self.pre = _pre_tokenizer(said, folder)
        self.tokens, self.types = _tokens(said, size)
        self.merges = [one if isinstance(one, str) else " ".join(one) for one in model["merges"]]
        self._configuration(folder)
        self.add_bos = self._begins_with_bos(said)
        kind = (said.get("normalizer") or {}).get("type")
        self.notes = [f"the tokenizer normalises text ({kind}), llama.cpp does not"] if kind else []

    def _configuration(self, folder: Path) -> None:
        place = folder / "tokenizer_config.json"
        said = _read(place) if place.is_file() else {}
        ids = {token: number for number, token in enumerate(self.tokens)}
        named = {name: said.get(f"{name}_token") for name in ("bos", "eos", "pad", "unk")}
        texts = {name: value["content"] if isinstance(value, dict) else value for name, value in named.items()}
        self.special = {name: ids[text] for name, text in texts.items() if text in ids}
        self._says_bos = said.get("add_bos_token")
        template = folder / "chat_template.jinja"  # where transformers 4.51 and later put it
        self.template: str | None = template.read_text("utf-8") if template.is_file() else said.get("chat_template")

    def _begins_with_bos(self, said: Mapping[str, Any]) -> bool:
        """By the post-processor, which is what really runs; by the configuration where there is none."""
        bos = self.special.get("bos")
        post = said.get("post_processor") or {}
        parts = post.get("processors", [post])
        singles = [part.get("single", []) for part in parts if part.get("type") == "TemplateProcessing"]
        if singles:
            first = [part.get("SpecialToken", {}).get("id") for part in singles[0][:1]]
            return bos is not None and first == [self.tokens[bos]]
        return bool(self._says_bos) and bos is not None


def vocabulary(folder: Path, size: int) -> Vocabulary:
    """Read a byte-level BPE tokenizer for a model with `size` rows of embeddings.

    Raises:
        ConfigError: llama.cpp has nothing that cuts text as this tokenizer does.
        IntegrityError: There is no tokenizer, or it has more tokens than the model.
    """
    return Vocabulary(folder, size)


def _read(file: Path) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise IntegrityError(
            "the tokenizer cannot be read", where=file, got=error, hint="save the tokenizer beside the model"
        ) from None
    return said


def _tokens(said: Mapping[str, Any], size: int) -> tuple[list[str], list[int]]:
    added = {one["id"]: one for one in said.get("added_tokens", [])}
    known = {number: token for token, number in said["model"]["vocab"].items()}
    known |= {number: one["content"] for number, one in added.items()}
    if known and max(known) >= size:
        raise IntegrityError(
            "the tokenizer has more tokens than the model has embeddings", expected=size, got=max(known) + 1
        )
    # Models are padded to round sizes: rows of embeddings that no token has.
    tokens = [known.get(number, f"[PAD{number}]") for number in range(size)]
    types = [_NORMAL if number in known else _UNUSED for number in range(size)]
    for number, one in added.items():
        types[number] = _CONTROL if one.get("special") else _USER_DEFINED
    return tokens, types


def _pre_tokenizer(said: Mapping[str, Any], folder: Path) -> str:
    rule = said.get("pre_tokenizer") or {}
    steps = tuple(_step(one) for one in (rule["pretokenizers"] if rule.get("type") == "Sequence" else [rule]))
    name, whole = PRE_TOKENIZERS.get(steps, (None, False))
    if name is None:
        raise ConfigError(
            "llama.cpp has no pre-tokenizer that cuts text like this one",
            where=folder / "tokenizer.json",
            expected=", ".join(name for name, _ in PRE_TOKENIZERS.values()),
            got=", ".join(steps),
        )
    if bool(said["model"].get("ignore_merges")) != whole:
        raise ConfigError(
            f"llama.cpp's pre-tokenizer {name!r} has ignore_merges={whole}, this tokenizer has not",
            where=folder / "tokenizer.json",
        )
    return name


def _step(rule: Mapping[str, Any]) -> str:
    kind = str(rule.get("type"))
    if kind == "ByteLevel" and not rule.get("add_prefix_space"):
        return "gpt2" if rule.get("use_regex", True) else "bytes"
    if kind == "Digits" and rule.get("individual_digits"):
        return "digits"
    if kind == "Split" and rule.get("behavior") == "Isolated" and not rule.get("invert"):
        pattern = rule["pattern"]
        return f"split {pattern.get('Regex', pattern.get('String'))}"
    return json.dumps(rule, sort_keys=True)
