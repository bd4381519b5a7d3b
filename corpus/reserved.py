"""What must not stand in a text that is trained on: the tokens that chat templates reserve, and control characters."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["CONTROL", "RESERVED", "RESERVED_TOKENS"]

RESERVED_TOKENS: Final = (
    # What chat templates write around turns; in a text they end it early or forge a speaker.
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|im_sep|>",  # ChatML, Qwen, Phi
    "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",  # Llama 3
    "<|eom_id|>",
    "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<s>", "</s>",  # Llama 2, Mistral
    "<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>",  # Gemma
    "<|system|>", "<|user|>", "<|assistant|>", "<|end|>",  # Zephyr, Phi-3
    "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|endofprompt|>",  # StarCoder, Qwen coder
    "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>",  # DeepSeek
    "<|start|>", "<|channel|>", "<|message|>", "<|return|>",  # gpt-oss
)  # fmt: skip

RESERVED: Final = re.compile("|".join(map(re.escape, RESERVED_TOKENS)))
"""Any of `RESERVED_TOKENS`."""

CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd\ufeff]")
"""C0 but tab and line feed, DEL, C1, the replacement character, the byte order mark."""
