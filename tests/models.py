"""Language models that are made in a fraction of a second: two layers, random weights, a tokenizer of their own.

Large random weights (`initializer_range=0.2`): with the usual 0.02 and tied embeddings the loss cannot fall
below 3.5, and a broken trainer looks like one that works.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

END = "<|im_end|>"
PAD = "<|endoftext|>"
START = "<|im_start|>"

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The template that Qwen and SmolLM2 use, without a system prompt of its own."""

TEXTS = (
    "What does the function double do?",
    "It gives twice the number, and the same for every other one.",
    "def double(number):\n    '''Twice the number.'''\n    return number * 2\n",
    "Write the docstring of this function. Args: value. Returns: the result of the sum.",
    "user assistant system",
)


@cache
def _tokenizer_json() -> str:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[PAD, START, END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return str(tokenizer.to_str())


def tiny_tokenizer(template: str = CHATML, *, eos: str = END, pad: str | None = PAD) -> Any:
    """A byte-level BPE of some 400 tokens that writes turns as ChatML does."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(_tokenizer_json()), eos_token=eos, pad_token=pad, bos_token=None
    )
    tokenizer.chat_template = template
    return tokenizer


def tiny_model(family: str = "llama", *, hidden: int = 64, seed: int = 0) -> Any:
    """A model of two layers with random weights: `llama` (tied embeddings) or `qwen2` (biases at q, k and v)."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    tokenizer = tiny_tokenizer()
    sizes = {
        "vocab_size": len(tokenizer),
        "hidden_size": hidden,
        "intermediate_size": 2 * hidden,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "initializer_range": 0.2,
        "tie_word_embeddings": family == "llama",
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if family == "llama":
            model: Any = LlamaForCausalLM(LlamaConfig(**sizes))
        else:
            model = Qwen2ForCausalLM(Qwen2Config(**sizes))
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model


def write_model(folder: Path, family: str = "llama", *, hidden: int = 64) -> Path:
    """Such a model and its tokenizer, saved where `from_pretrained` finds them."""
    tiny_model(family, hidden=hidden).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder
