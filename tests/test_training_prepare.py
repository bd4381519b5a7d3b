"""Tokens, masks and packing: each mistake that a trainer would not notice is made here, and caught."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import CHATML, END, PAD, tiny_tokenizer

import corpus
import training
from training.errors import NotReadyError
from training.masking import IGNORED, Encoded, encode, mask_fault, render, spans, template_of
from training.packing import fits, packed_fault, positions

pytest.importorskip("transformers", reason="needs the extra `train`")

TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "What is double?"},
    {"role": "assistant", "content": "Twice the number."},
    {"role": "user", "content": "And Übergröße 日本?"},
    {"role": "assistant", "content": "  def double(number):\n    return number * 2"},
]


def encoded(tokenizer: Any, turns: list[dict[str, str]] = TURNS) -> Encoded:
    return encode(tokenizer, *spans(tokenizer, template_of(tokenizer), turns))


def texts(tokenizer: Any, row: Encoded) -> str:
    return str(tokenizer.decode(row.ids[row.labels != IGNORED]))


def test_the_mask_is_what_the_assistant_writes_and_its_stop_token() -> None:
    tokenizer = tiny_tokenizer()
    row = encoded(tokenizer)
    assert texts(tokenizer, row) == f"Twice the number.{END}  def double(number):\n    return number * 2{END}"
    assert tokenizer.decode(row.ids) == render(tokenizer, TURNS)
    assert mask_fault(tokenizer, template_of(tokenizer), row) is None


@settings(max_examples=25)
@given(st.lists(st.text(min_size=1, max_size=20).filter(lambda text: "<|" not in text), min_size=2, max_size=6))
def test_any_answer_is_found_again_in_its_mask(said: list[str]) -> None:
    tokenizer = tiny_tokenizer()
    turns = [
        {"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(said[: len(said) // 2 * 2])
    ]
    row = encoded(tokenizer, turns)
    assert texts(tokenizer, row) == "".join(turn["content"] + END for turn in turns if turn["role"] == "assistant")
    assert mask_fault(tokenizer, template_of(tokenizer), row) is None


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (lambda row: np.where(np.roll(row.labels, 1) != IGNORED, row.ids, IGNORED), "does not end with the stop token"),
        (
            lambda row: np.where(np.roll(row.labels, -1) != IGNORED, row.ids, IGNORED),
            "does not end with the stop token",
        ),
        (lambda row: np.roll(row.labels, -1), "a label is not its token"),
        (lambda row: np.full_like(row.labels, IGNORED), "no token carries loss"),
        (lambda row: row.ids.copy(), "1 parts for 2 answers"),
        (lambda row: np.where(np.cumsum(row.labels != IGNORED) == 1, IGNORED, row.labels), "is not the answer"),
        # Padding is masked by the id of a token that is the stop token too.
        (lambda row: np.where(row.ids == 2, IGNORED, row.labels), "does not end with the stop token"),
    ],
)
def test_a_wrong_mask_is_caught(mistake: Any, said: str) -> None:
    tokenizer = tiny_tokenizer()
    row = encoded(tokenizer)
    fault = mask_fault(tokenizer, template_of(tokenizer), Encoded(row.ids, mistake(row), row.answers))
    assert fault is not None
    assert said in fault


def test_a_template_whose_prompt_is_no_prefix_is_refused() -> None:
    other = CHATML.replace("<|im_start|>assistant\n", "<|im_start|>assistant says\n")
    with pytest.raises(NotReadyError, match="not the beginning of the conversation"):
        template_of(tiny_tokenizer(other))


def test_a_template_that_writes_earlier_turns_otherwise_is_refused_where_there_are_some() -> None:
    cut = "(message['content'][:5] if message['role'] == 'assistant' and not loop.last else message['content'])"
    short = CHATML.replace("message['content']", cut)
    tokenizer = tiny_tokenizer(short)
    template = template_of(tokenizer)
    assert spans(tokenizer, template, [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}])
    with pytest.raises(NotReadyError, match="earlier turn otherwise"):
        spans(tokenizer, template, TURNS)


def test_a_template_without_an_end_of_turn_or_without_the_answer_is_refused() -> None:
    with pytest.raises(NotReadyError, match="no special token"):
        template_of(tiny_tokenizer(CHATML.replace("<|im_end|>\n{% endfor", "\n{% endfor")))
    with pytest.raises(NotReadyError, match="does not write the answer"):
        template_of(tiny_tokenizer(CHATML.replace("message['content']", "message['content'] | upper")))
    with pytest.raises(NotReadyError, match="no chat template"):
        template_of(tiny_tokenizer(None))  # type: ignore[arg-type] - a base model's tokenizer has none


@given(st.lists(st.integers(1, 50), max_size=60))
def test_packing_keeps_every_row_once_and_cuts_none(lengths: list[int]) -> None:
    bins = fits(lengths, 50)
    assert sorted(row for chosen in bins for row in chosen) == list(range(len(lengths)))
    assert all(sum(lengths[row] for row in chosen) <= 50 for chosen in bins)
    assert bins == fits(lengths, 50)
    # Best-fit decreasing needs at most 11/9 of the least number of bins, and one (Johnson 1973).
    assert len(bins) <= 11 / 9 * -(-sum(lengths) // 50) + 1 + sum(length > 25 for length in lengths)


def test_each_fault_of_a_packed_row_is_caught() -> None:
    ids = np.array([1, 5, 2, 1, 6, 2], np.int32)
    labels = np.array([IGNORED, 5, 2, IGNORED, 6, 2], np.int32)
    assert packed_fault(ids, labels, positions([3, 3]), 2, 2) is None
    assert "begin anew" in str(packed_fault(ids, labels, positions([6]), 2, 2))
    assert "count up" in str(packed_fault(ids, labels, np.array([0, 1, 2, 0, 2, 3], np.int32), 2, 2))
    assert "first token" in str(packed_fault(ids, np.where(ids == 1, 1, labels), positions([3, 3]), 2, 2))
    assert "not the stop token" in str(packed_fault(ids, labels, positions([3, 3]), 7, 2))
    assert "no token" in str(packed_fault(ids, np.full_like(ids, IGNORED), positions([3, 3]), 2, 2))
    assert "differ in number" in str(packed_fault(ids, labels[:-1], positions([3, 3]), 2, 2))


# --- a whole corpus ---


def pairs(count: int = 20, **changes: list[Any]) -> pa.Table:
    columns: dict[str, list[Any]] = {
        "instruction": [f"What is {n} plus one?" for n in range(count)],
        "output": [f"It is {n + 1}." for n in range(count)],
        "split": ["test" if n % 5 == 0 else "train" for n in range(count)],
    }
    return pa.table({**columns, **changes})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `prepare` reads of a model: its tokenizer and its generation config, without weights."""
    return without_weights(tmp_path_factory.mktemp("model"), tiny_tokenizer())


def without_weights(folder: Path, tokenizer: Any, stop: int = 2) -> Path:
    tokenizer.save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", "eos_token_id": stop}))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [stop]}))
    return folder


def outcome(found: training.Prepared, name: str) -> training.Check:
    (one,) = [check for check in found.checks if check.name == name]
    return one


def test_a_corpus_becomes_packed_shards_that_are_found_again(tmp_path: Path, model: Path) -> None:
    folder = corpus.from_arrow(pairs()).write(tmp_path / "c")
    found = training.prepare(folder, str(model), max_length=96, out=tmp_path / "p")
    assert found.ready
    assert not found.reused
    table = found.table("train")
    assert sorted(row for rows in table["rows"].to_pylist() for row in rows) == sorted(
        pa.parquet.read_table(next((folder / "data").glob("train-*")))["id"].to_pylist()
    )
    assert max(map(len, table["input_ids"].to_pylist())) <= 96
    assert max(map(len, table["rows"].to_pylist())) == 3
    assert all(len(rows) == 1 for rows in found.table("test")["rows"].to_pylist())
    assert "16 train" in str(found)
    again = training.prepare(folder, str(model), max_length=96, out=tmp_path / "p")
    assert again.reused
    assert again.facts == found.facts
    assert not training.prepare(folder, str(model), max_length=97, out=tmp_path / "p").reused
    assert [path.name for path in (tmp_path / "p").glob(".making-*")] == []


def test_rows_that_are_too_long_are_left_out_and_counted_by_category(tmp_path: Path, model: Path) -> None:
    table = pairs(output=["word " * 100 if n == 3 else "short" for n in range(20)])
    made = corpus.from_arrow(table)
    found = training.prepare(made, str(model), max_length=64, out=tmp_path)
    assert found.lengths["pair"]["left_out"] == 1
    assert found.lengths["pair"]["longest"] > 100
    assert found.facts["left_out"] == {"longer than 64 tokens": [made[3].id]}
    assert "1 left out" in found._repr_html_()


def test_a_reserved_token_in_a_text_is_refused_and_never_trained_on(tmp_path: Path, model: Path) -> None:
    table = pairs(output=[f"a {PAD} b" if n == 3 else f"short {n}" for n in range(20)])
    with pytest.raises(NotReadyError, match="1 rows hold a token that the template reserves"):
        training.prepare(corpus.from_arrow(table), str(model), out=tmp_path)
    found = training.prepare(corpus.from_arrow(table), str(model), out=tmp_path, force=True)
    assert found.facts["rows"]["train"] == 15


def test_a_stop_token_at_which_generation_does_not_stop_is_refused(tmp_path: Path) -> None:
    other = without_weights(tmp_path / "m", tiny_tokenizer(), stop=0)
    with pytest.raises(NotReadyError, match=r"ends an answer with <\|im_end\|>, generation stops at <\|endoftext\|>"):
        training.prepare(corpus.from_arrow(pairs()), str(other), out=tmp_path / "p")


@pytest.mark.parametrize("pad", [END, None])
def test_padding_that_is_the_stop_token_costs_no_stop_token(tmp_path: Path, pad: str | None) -> None:
    tokenizer = tiny_tokenizer(pad=pad)
    other = without_weights(tmp_path / "m", tokenizer)
    found = training.prepare(corpus.from_arrow(pairs()), str(other), out=tmp_path / "p", force=True)
    labels = found.table("train")["labels"].to_pylist()
    assert sum(row.count(2) for row in labels) == 16
    padding = outcome(found, "padding")
    # Without any other special token there is nothing else to fill with; labels are masked by place all the same.
    assert padding.passed == (found.facts["pad_id"] != 2)


def test_a_test_row_among_the_training_rows_is_refused(tmp_path: Path, model: Path) -> None:
    table = pairs(instruction=["What?"] * 20, output=["This."] * 20)
    with pytest.raises(NotReadyError, match="held out: 4 of 4"):
        training.prepare(corpus.from_arrow(table), str(model), out=tmp_path)


def test_a_refuted_corpus_is_not_trained_on_without_force(tmp_path: Path, model: Path) -> None:
    folder = corpus.from_arrow(pairs()).write(tmp_path / "c")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "falsification": {"verdict": "refuted", "score": 3}}))
    with pytest.raises(NotReadyError, match="refuted"):
        training.prepare(folder, str(model), out=tmp_path / "p")
    assert training.prepare(folder, str(model), out=tmp_path / "p", force=True).facts["rows"]["train"] == 16


def test_replay_is_a_share_of_the_rows_with_an_origin_of_its_own(tmp_path: Path, model: Path) -> None:
    general = corpus.from_arrow(pairs(30, instruction=[f"Say {n}." for n in range(30)]))
    made = corpus.from_arrow(pairs(50))
    found = training.prepare(made, str(model), replay=general, replay_share=0.1, out=tmp_path)
    origins = [one for row in found.table("train")["origins"].to_pylist() for one in row]
    assert origins.count("replay") == found.facts["replayed"] == 4  # of 44
    assert found.lengths["replay"]["rows"] == 4
    assert found.facts["rows"] == {"train": 44, "test": 10}


def test_replay_that_holds_test_rows_or_nothing_to_train_on_is_refused(tmp_path: Path, model: Path) -> None:
    made = corpus.from_arrow(pairs(20))
    same = corpus.from_arrow(pairs(20, split=["train"] * 20))
    with pytest.raises(NotReadyError, match=r"held out: [1-4] of 4"):
        training.prepare(made, str(model), replay=same, replay_share=0.5, out=tmp_path)
    with pytest.raises(corpus.ConfigError, match="no training rows"):
        training.prepare(made, str(model), replay=corpus.from_arrow(pairs(5, split=["test"] * 5)), out=tmp_path)


def test_a_corpus_that_is_not_split_and_one_that_is_none_are_errors(tmp_path: Path, model: Path) -> None:
    with pytest.raises(corpus.ConfigError, match="not split"):
        training.prepare(corpus.from_arrow(pairs().drop(["split"])), str(model), out=tmp_path)
    with pytest.raises(corpus.ConfigError, match="no corpus"):
        training.prepare(3, str(model), out=tmp_path)  # type: ignore[arg-type] - what a person may do
    with pytest.raises(corpus.IntegrityError, match="no complete corpus"):
        training.prepare(tmp_path, str(model), out=tmp_path)
    with pytest.raises(corpus.ConfigError, match="that short"):
        training.prepare(corpus.from_arrow(pairs()), str(model), max_length=3)


def test_a_model_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(corpus.ConfigError, match="no such model"):
        training.prepare(corpus.from_arrow(pairs()), str(tmp_path / "none"), out=tmp_path)


REFUSES = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system here') }}{% endif %}" + CHATML


def test_a_row_that_the_template_refuses_is_left_out_with_its_reason(tmp_path: Path) -> None:
    other = without_weights(tmp_path / "m", tiny_tokenizer(REFUSES))
    made = corpus.from_arrow(pairs(system=["Be brief." if n == 3 else None for n in range(20)]))
    with pytest.raises(NotReadyError, match="mask: 1 rows: the chat template cannot write this conversation"):
        training.prepare(made, str(other), out=tmp_path / "p")
    found = training.prepare(made, str(other), out=tmp_path / "p", force=True)
    assert found.facts["left_out"] == {"the chat template cannot write this conversation": [made[3].id]}
    assert found.facts["rows"]["train"] == 15


def test_a_row_of_several_turns_is_left_out_where_the_template_writes_earlier_ones_otherwise(tmp_path: Path) -> None:
    """Qwen3's way: an empty thought before the last answer only."""
    thought = "{% if message['role'] == 'assistant' and loop.last %}<think></think>{% endif %}"
    other = without_weights(
        tmp_path / "m", tiny_tokenizer(CHATML.replace("{{ message['content']", thought + "{{ message['content']"))
    )
    before = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hello."}]
    made = corpus.from_arrow(pairs(history=[before if n == 3 else [] for n in range(20)]))
    found = training.prepare(made, str(other), out=tmp_path / "p", force=True)
    assert found.facts["left_out"] == {
        "the template writes an earlier turn otherwise once a later one follows": [made[3].id]
    }
    labels = [one for one in found.table("train")["labels"][0].as_py() if one != IGNORED]
    assert tiny_tokenizer().decode(labels).startswith("<think></think>It is")


@pytest.mark.parametrize("template", [CHATML + "{% if", CHATML + "{{ none() }}"])
def test_a_template_that_is_broken_is_a_sentence(template: str) -> None:
    with pytest.raises(NotReadyError, match="cannot write this conversation"):
        template_of(tiny_tokenizer(template))


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused(tmp_path: Path) -> None:
    other = without_weights(tmp_path / "m", tiny_tokenizer())
    (other / "config.json").write_text(json.dumps({"model_type": "llama", "eos_token_id": 2, "vocab_size": 100}))
    with pytest.raises(NotReadyError, match=r"vocabulary: tokens up to \d+, and the model knows 100"):
        training.prepare(corpus.from_arrow(pairs()), str(other), out=tmp_path / "p")


def test_another_template_makes_other_shards(tmp_path: Path) -> None:
    made = corpus.from_arrow(pairs())
    one = training.prepare(made, str(without_weights(tmp_path / "a", tiny_tokenizer())), out=tmp_path / "p")
    named = tiny_tokenizer(CHATML.replace("<|im_start|>assistant\n", "<|im_start|>assistant: ").replace("}}\n", "}}: "))
    other = training.prepare(made, str(without_weights(tmp_path / "b", named)), out=tmp_path / "p")
    assert not other.reused
    assert other.path != one.path


@pytest.mark.parametrize("harm", ["deleted", "cut", "facts"])
def test_shards_that_are_not_whole_are_made_anew(tmp_path: Path, model: Path, harm: str) -> None:
    made = corpus.from_arrow(pairs())
    before = training.prepare(made, str(model), out=tmp_path)
    rows = before.table("train").to_pylist()
    file = before.path / ("prepared.json" if harm == "facts" else "train.arrow")
    if harm == "deleted":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-9])
    again = training.prepare(made, str(model), out=tmp_path)
    assert not again.reused
    assert again.table("train").to_pylist() == rows
    assert training.prepare(made, str(model), out=tmp_path).reused


def test_a_folder_that_is_no_whole_model_is_a_sentence(tmp_path: Path, model: Path) -> None:
    other = without_weights(tmp_path / "m", tiny_tokenizer())
    (other / "tokenizer.json").write_text('{"a": 1}')
    with pytest.raises(corpus.ConfigError, match="the model in this folder cannot be loaded"):
        training.prepare(corpus.from_arrow(pairs()), str(other), out=tmp_path / "p")
