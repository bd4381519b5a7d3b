"""Perplexity and IFD are what the papers define, whatever the batch, and rows without them are counted."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from strategies import entry

import corpus
from corpus.curate import Judge, model_signals
from corpus.curate.judged import NAMES
from corpus.entry import table_of
from corpus.errors import ConfigError, MissingExtraError

pytest.importorskip("transformers")
from models import tiny_model, tiny_tokenizer, write_model

ROWS = [
    entry(0, "It gives twice the number.", instruction="What does double do?", input="def double(n): ..."),
    entry(1, "The result of the sum.", instruction="What does it give?"),
    entry(2, "  ", instruction="What?"),
    entry(3, "Much. " * 200, instruction="How long is it?"),
    entry(4, "a", instruction="Which letter?"),
    entry(5, "Value, and the same for every other one, which is the number.", instruction="", input="x"),
]
KEPT = [0, 1, 5]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def judge(folder: Path) -> Judge:
    return Judge(folder, max_tokens=300)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def model_and_tokenizer() -> tuple[Any, Any]:
    return tiny_model().eval(), tiny_tokenizer()


def direct_loss(prompt: str, answer: str) -> float:
    """Token by token, each from its own call of the model: slow, and as the definition says."""
    import torch

    model, tokenizer = model_and_tokenizer()
    before, ids = tokenizer(prompt)["input_ids"], tokenizer(answer)["input_ids"]
    losses = []
    for at, token in enumerate(ids):
        seen = [*before, *ids[:at]]
        if seen:
            with torch.no_grad():
                losses.append(-float(model(torch.tensor([seen])).logits[0, -1].log_softmax(-1)[token]))
    return sum(losses) / len(losses)


def test_the_signals_are_those_of_the_definitions(judge: Judge) -> None:
    for number in (0, 1):
        row = ROWS[number]
        plain = f"{row.instruction}\n{row.input}\n" if row.input else f"{row.instruction}\n"
        context = ", paired with an input that provides further context" if row.input else ""
        asked = f"### Instruction:\n{row.instruction}\n\n" + (f"### Input:\n{row.input}\n\n" if row.input else "")
        alpaca = (
            f"Below is an instruction that describes a task{context}. Write a response that appropriately completes "
            f"the request.\n\n{asked}### Response:"
        )
        alone, given = direct_loss("", row.output), direct_loss(plain, row.output)
        found = judge.signals(row.row())
        assert tuple(found) == NAMES
        assert found["perplexity"] == pytest.approx(math.exp(alone), rel=1e-3)
        assert found["perplexity_given"] == pytest.approx(math.exp(given), rel=1e-3)
        assert found["ifd_superfiltering"] == pytest.approx(math.exp(given) / math.exp(alone), rel=1e-3)
        cherry = direct_loss(alpaca, row.output) / direct_loss("### Response:", row.output)
        assert found["ifd_cherry"] == pytest.approx(cherry, rel=1e-3)
        assert found["ifd_cherry"] != pytest.approx(found["ifd_superfiltering"], rel=1e-2)


def test_columns_stand_beside_the_rows_and_what_has_none_is_counted(judge: Judge) -> None:
    found = model_signals(table_of(ROWS), judge)
    assert found.table.column_names == list(NAMES)
    for name in NAMES:
        values = found.table[name].to_pylist()
        assert [number for number, value in enumerate(values) if value is not None] == KEPT
    assert found.skipped == {"empty-answer": 1, "one-token": 1, "too-long": 1}
    assert found.table.slice(0, 1).to_pylist() == [judge.signals(ROWS[0].row())]


def test_neither_batches_nor_the_order_of_rows_change_a_signal(judge: Judge, folder: Path) -> None:
    whole = model_signals(table_of(ROWS), judge)
    single = model_signals(table_of(ROWS), folder, max_tokens=300, batch_tokens=2)
    assert single.model == whole.model
    assert whole.table.equals(model_signals(table_of(ROWS), judge).table)
    order = pa.array([5, 3, 1, 0, 2, 4])
    turned = model_signals(table_of(ROWS).take(order), judge)
    for name in NAMES:
        values = whole.table[name].drop_null().to_pylist()
        assert single.table[name].drop_null().to_pylist() == pytest.approx(values, rel=1e-3)
        moved = whole.table[name].take(order).drop_null().to_pylist()
        assert turned.table[name].drop_null().to_pylist() == pytest.approx(moved, rel=1e-3)


def test_a_corpus_is_selected_by_a_signal_and_by_a_score_of_ones_own(judge: Judge) -> None:
    made = corpus.Corpus(table_of(ROWS))
    ifd = model_signals(made.table, judge).table["ifd_cherry"]
    best = max(KEPT, key=lambda number: ifd[number].as_py())
    assert made.select(1, by=ifd).table["id"].to_pylist() == [ROWS[best].id]
    own = [None if value is None else -value for value in ifd.to_pylist()]
    chosen = made.select(6, diversity=0, by=own)
    assert set(chosen.table["id"].to_pylist()) == {ROWS[number].id for number in KEPT}
    assert set(chosen.removed["detail"].to_pylist()) == {"no number to select by"}
    assert made.select(1, by=ifd).lineage[-1]["config"] != made.select(1, by=own).lineage[-1]["config"]
    with pytest.raises(ConfigError, match="replayed"):
        made.replay(chosen.lineage[-1])
    with pytest.raises(ConfigError, match="not those of the rows"):
        made.select(1, by=[1.0])


def test_without_a_model_or_its_packages_it_is_said_what_is_missing(
    tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="there is no model"):
        Judge(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match="cannot be read"):
        Judge(tmp_path)
    with pytest.raises(ConfigError, match="settings already"):
        model_signals(table_of(ROWS), judge, max_tokens=3)
    wrong: Any
    for wrong in (0, 1.5, True):
        with pytest.raises(ConfigError, match="tokens"):
            Judge(tmp_path, max_tokens=wrong)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match="torch") as caught:
        Judge(tmp_path)
    assert "[train]" in str(caught.value)
