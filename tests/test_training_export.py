"""GGUF says what transformers says: tokens, choices, templates, stops; what llama.cpp cannot do is refused by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("gguf", reason="the extra `train` is not installed")

import gguf
from models import CHATML, tiny_tokenizer, write_model
from training_world import write_adapter

import training
from corpus.errors import ConfigError, CorpusError
from training.gguf_tokenizer import vocabulary
from training.ollama import Pieces, pieces_of

pytestmark = pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing`:FutureWarning",  # peft 0.21 asks transformers 5.23 by the old name
)

QUESTIONS = ("What does double do?", "Was heißt das: 漢字 🙂?", "def f(x):\n\treturn x  # 12345\n", "it's\r\n\r\n  so")


@pytest.fixture(scope="module", params=["llama", "qwen2"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp(request.param)
    write_model(folder / "model", request.param)
    write_adapter(folder / "adapter", folder / "model", request.param, use_rslora=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def model(world: Path) -> Any:
    from training.models import load_model

    return load_model(world / "model", precision="fp32")


def prompts(tokenizer: Any) -> list[str]:
    turns = [[{"role": "user", "content": question}] for question in QUESTIONS]
    return [tokenizer.apply_chat_template(one, tokenize=False, add_generation_prompt=True) for one in turns]


@pytest.mark.parametrize(("quantisation", "limit"), [("f32", 0.02), ("f16", 0.05), ("q8_0", 0.7)])
def test_llama_cpp_chooses_what_the_model_chooses(
    world: Path, model: Any, tmp_path: Path, quantisation: str, limit: float
) -> None:
    pytest.importorskip("xllamacpp", reason="xllamacpp is not installed: GGUF files cannot be run")
    from training.llama import Llama, agreement
    from training.models import load_tokenizer

    made = training.export(world / "model", tmp_path / "out", quantisation=quantisation)
    tokenizer = load_tokenizer(world / "model")
    found = agreement(Llama(made.file, length=256), model, tokenizer, prompts(tokenizer))
    assert found.same_tokens == len(QUESTIONS)
    assert found.largest < limit, found
    if quantisation != "q8_0":  # eight bits may turn a near tie of random weights
        assert found.same_choice == len(QUESTIONS), found


def test_an_adapter_alone_does_in_llama_cpp_what_it_does_in_peft(world: Path, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="xllamacpp is not installed: GGUF files cannot be run")
    from training.adapters import load_adapter
    from training.llama import Llama, agreement
    from training.models import load_tokenizer

    base = training.export(world / "model", tmp_path / "base", quantisation="f32")
    alone = training.export(world / "adapter", tmp_path / "adapter", quantisation="f32")
    assert f"ADAPTER ./{alone.file.name}" in alone.modelfile.read_text()
    tokenizer = load_tokenizer(world / "model")
    tuned = load_adapter(world / "model", world / "adapter", quantized=False, precision="fp32")
    found = agreement(Llama(base.file, adapter=alone.file, length=256), tuned, tokenizer, prompts(tokenizer))
    assert found.same_choice == len(QUESTIONS), found
    assert found.largest < 0.02, found
    with tuned.disable_adapter():  # and it is the adapter that does it
        bare = agreement(Llama(base.file, adapter=alone.file, length=256), tuned, tokenizer, prompts(tokenizer))
    assert bare.largest > 0.5, bare


def test_the_file_says_what_ends_a_turn_and_the_modelfile_stops_there(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 0]}))
    made = training.export(folder, tmp_path / "out")
    fields = gguf.GGUFReader(made.file).fields
    assert fields["tokenizer.ggml.eos_token_id"].contents() == 2
    assert fields["tokenizer.ggml.eot_token_id"].contents() == 0
    assert fields["tokenizer.ggml.padding_token_id"].contents() == 0
    assert fields["tokenizer.ggml.add_bos_token"].contents() is False
    assert fields["tokenizer.ggml.pre"].contents() == "gpt-2"
    assert fields["tokenizer.chat_template"].contents() == CHATML
    text = made.modelfile.read_text()
    assert text.startswith("FROM ./model-f16.gguf\n")
    assert 'PARAMETER stop "<|im_end|>"\nPARAMETER stop "<|endoftext|>"\n' in text


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    one, two = (training.export(folder, tmp_path / name, quantisation="q4_0") for name in ("one", "two"))
    assert one.file.read_bytes() == two.file.read_bytes()
    assert one.tensors == {"F32": 5, "Q4_0": 14, "Q8_0": 1}


def test_llama_3_frequencies_are_those_of_transformers(tmp_path: Path) -> None:
    import torch
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    from training.gguf_model import Family

    rope = {
        "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }  # fmt: skip
    config = LlamaConfig(hidden_size=4096, num_attention_heads=32, rope_parameters=rope)
    theirs, _ = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    plain = 500000.0 ** (-torch.arange(0, 128, 2) / 128)
    mine = Family({**config.to_dict(), "num_key_value_heads": 8}, "llama").factors()
    assert torch.allclose(plain / torch.tensor(mine), theirs, rtol=1e-5)
    assert Family({**config.to_dict(), "rope_parameters": {"rope_type": "default"}}, "llama").factors() is None


# What is refused


def changed(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> Path:
    said = json.loads((folder / name).read_text())
    change(said)
    (folder / name).write_text(json.dumps(said))
    return folder


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("config.json", lambda said: said.update(architectures=["MambaForCausalLM"]), "LlamaForCausalLM, Mistral"),
        ("config.json", lambda said: said.update(quantization_config={"load_in_4bit": True}), "merge first"),
        ("config.json", lambda said: said.update(rope_parameters={"rope_type": "dynamic"}), "rotary"),
        ("config.json", lambda said: said.update(vocab_size=100), "more tokens than"),
        ("config.json", lambda said: said.pop("hidden_size"), "does not say how large"),
        ("tokenizer.json", lambda said: said["pre_tokenizer"].update(add_prefix_space=True), "no pre-tokenizer"),
        ("tokenizer.json", lambda said: said["model"].update(ignore_merges=True), "ignore_merges"),
        ("tokenizer.json", lambda said: said["model"].update(byte_fallback=True), "SentencePiece"),
    ],
)
def test_what_llama_cpp_would_do_otherwise_is_refused(
    tmp_path: Path, name: str, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    folder = changed(write_model(tmp_path / "model"), name, change)
    with pytest.raises(CorpusError, match=words):
        training.export(folder, tmp_path / "out")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["model"]


def test_k_quants_and_full_folders_are_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    with pytest.raises(ConfigError, match="llama-quantize"):
        training.export(folder, tmp_path / "out", quantisation="q4_k_m")
    with pytest.raises(ConfigError, match="folder of its own"):
        training.export(folder, folder)
    with pytest.raises(ConfigError, match="nothing is fetched from the Hub"):
        training.export("Qwen/Qwen2.5-Coder-7B", tmp_path / "out")


@pytest.mark.parametrize(
    "option", [{"use_dora": True}, {"bias": "all"}, {"modules_to_save": ["lm_head"]}, {"peft_type": "LOHA"}]
)
def test_an_adapter_that_llama_cpp_cannot_apply_is_refused(tmp_path: Path, option: dict[str, Any]) -> None:
    base = write_model(tmp_path / "model")
    adapter = write_adapter(tmp_path / "adapter", base, "llama")
    changed(adapter, "adapter_config.json", lambda said: said.update(option))
    with pytest.raises(ConfigError, match="merge it, then export"):
        training.export(adapter, tmp_path / "out")


# Templates

LLAMA3 = (
    "{% for message in messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'"
    " + message['content'] | trim + '<|eot_id|>' %}"
    "{% if loop.index0 == 0 %}{% set content = '<|begin_of_text|>' + content %}{% endif %}"
    "{{ content }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
DEFAULT_SYSTEM = "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nBe brief.<|im_end|>\n{% endif %}" + CHATML
MISTRAL = (
    "{% for m in messages %}{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]"
    "{% elif m['role'] == 'assistant' %}{{ m['content'] }}</s>"
    "{% else %}{{ raise_exception('no system') }}{% endif %}{% endfor %}"
)
DATED = "{{ messages | length }}" + CHATML


def taken_apart(template: str, bos: str = "") -> Pieces | None:
    tokenizer = tiny_tokenizer(template)
    return pieces_of(
        lambda turns, invite: tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=invite), bos
    )


def test_templates_are_taken_apart_into_the_same_text() -> None:
    found = taken_apart(LLAMA3, "<|begin_of_text|>")
    assert found is not None
    assert found.opening == ""
    assert found.assistant == ("<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>")
    found = taken_apart(DEFAULT_SYSTEM)
    assert found is not None
    assert found.opening == "<|im_start|>system\nBe brief.<|im_end|>\n"
    assert found.go().startswith("{{ if not .System }}<|im_start|>system\nBe brief.<|im_end|>\n{{ end }}{{ range")


@pytest.mark.parametrize("template", [MISTRAL, DATED], ids=["no system", "counts turns"])
def test_a_template_that_is_more_than_text_around_turns_is_left_alone(template: str) -> None:
    assert taken_apart(template) is None


def test_a_rule_of_splitting_is_known_by_what_it_does(tmp_path: Path) -> None:
    """The pre-tokenizers of Llama 3, Qwen2 and SmolLM2 as their tokenizers' files have them."""
    from training.gguf_tokenizer import PRE_TOKENIZERS

    tiny_tokenizer().save_pretrained(tmp_path)
    for steps, (name, whole) in PRE_TOKENIZERS.items():
        rules: list[dict[str, Any]] = []
        for step in steps:
            kind, _, pattern = step.partition(" ")
            rules.append(
                {
                    "gpt2": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
                    "bytes": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
                    "digits": {"type": "Digits", "individual_digits": True},
                    "split": {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False},
                }[kind]
            )
        said = json.loads((tmp_path / "tokenizer.json").read_text())
        said["pre_tokenizer"] = rules[0] if len(rules) == 1 else {"type": "Sequence", "pretokenizers": rules}
        said["model"]["ignore_merges"] = whole
        (tmp_path / "tokenizer.json").write_text(json.dumps(said))
        assert vocabulary(tmp_path, 400).pre == name
