"""Exports: a corpus' rows as the JSON lines that other trainers read.

One file a split, `train.jsonl` and so on, in the order of the corpus; each line has the row's `id` besides, so that
what a trainer complains of can be found again. Trainers that read a configuration get one that names these files.
The folder is written whole or not at all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from corpus.entry import messages_array
from corpus.errors import ConfigError, SchemaError
from corpus.guess import did_you_mean
from corpus.store import batches
from corpus.write.parquet import by_split

__all__ = ["FORMATS", "export"]

_Row = Mapping[str, Any]
_Turns = list[dict[str, str]]


def export(table: pa.Table, folder: Path, form: str) -> dict[str, int]:
    """Write a corpus' rows in the format of another program.

    Args:
        table: Rows with `SCHEMA`.
        folder: A new folder, or an empty one.
        form: One of `FORMATS`.

    Returns:
        File name to number of rows.

    Raises:
        ConfigError: There is no such format, or the folder holds something.
        SchemaError: Rows cannot be said in that format: the turns of a conversation do not alternate.
    """
    if form not in FORMATS:
        raise ConfigError(
            "there is no such export",
            where="format",
            expected=" | ".join(FORMATS),
            got=repr(form),
            hint=did_you_mean(form, FORMATS),
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError("an export goes into a folder of its own", where=folder, hint="choose a new one")
    told, configuration = FORMATS[form]
    if told in {_sharegpt, _alpaca}:
        _check_alternation(table, form)
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    counts = {
        f"{split}.jsonl": _write(rows, fresh / f"{split}.jsonl", told) for split, rows in by_split(table) if len(rows)
    }
    for name, text in configuration(counts).items():
        (fresh / name).write_text(text, encoding="utf-8")
    if folder.exists():
        folder.rmdir()
    fresh.rename(folder)
    return counts


def _write(table: pa.Table, file: Path, told: Callable[[_Row, _Turns], Mapping[str, Any]]) -> int:
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for batch in batches(table):
            turns = messages_array(batch).to_pylist()
            for row, said in zip(batch.to_pylist(), turns, strict=True):
                out.write(json.dumps({"id": row["id"], **told(row, said)}, ensure_ascii=False) + "\n")
    return len(table)


def _check_alternation(table: pa.Table, form: str) -> None:
    """LLaMA-Factory takes turns in pairs, and turns a row in which they are not into an empty one, with a warning."""
    wrong = []
    for batch in batches(table.select(["id", "history"])):
        for row in batch.to_pylist():
            roles = [turn["role"] for turn in row["history"]]
            if roles != ["user", "assistant"] * (len(roles) // 2):
                wrong.append((row["id"], roles))
    if wrong:
        raise SchemaError(
            f"the turns of {len(wrong)} rows do not alternate between user and assistant",
            column="history",
            expected=f"user, assistant, user, assistant … for {form}",
            got="; ".join(f"{name}: {', '.join(roles[:6])}" for name, roles in wrong[:5]),
            hint="export as messages, or leave these rows out",
        )


# What one row says


def _messages(_: _Row, turns: _Turns) -> Mapping[str, Any]:
    return {"messages": turns}


def _prompt_completion(_: _Row, turns: _Turns) -> Mapping[str, Any]:
    return {"prompt": turns[:-1], "completion": turns[-1:]}


def _alpaca(row: _Row, _: _Turns) -> Mapping[str, Any]:
    said = [turn["content"] for turn in row["history"]]
    pairs = [[question, answer] for question, answer in zip(said[::2], said[1::2], strict=True)]
    told: dict[str, Any] = {"instruction": row["instruction"], "input": row["input"], "output": row["output"]}
    return told | ({"system": row["system"]} if row["system"] is not None else {}) | {"history": pairs}


_NAMES: Final = {"user": "human", "assistant": "gpt"}


def _sharegpt(row: _Row, turns: _Turns) -> Mapping[str, Any]:
    said = [{"from": _NAMES[turn["role"]], "value": turn["content"]} for turn in turns if turn["role"] != "system"]
    return {"conversations": said} | ({"system": row["system"]} if row["system"] is not None else {})


def _text(_: _Row, turns: _Turns) -> Mapping[str, Any]:
    return {"text": "\n\n".join(turn["content"] for turn in turns)}


# What a program's configuration says of the files


def _nothing(_: Mapping[str, int]) -> dict[str, str]:
    return {}


def _dataset_info(files: Mapping[str, int]) -> dict[str, str]:
    """LLaMA-Factory's `dataset_info.json`, for `dataset_dir`."""
    columns = {"messages": "conversations", "system": "system"}
    tags = {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt"}
    info = {
        f"corpus_{Path(name).stem}": {"file_name": name, "formatting": "sharegpt", "columns": columns, "tags": tags}
        for name in files
    }
    return {"dataset_info.json": json.dumps(info, indent=2) + "\n"}


def _axolotl(files: Mapping[str, int]) -> dict[str, str]:
    """Axolotl's YAML of the data: the model and the training are the user's to say."""
    import yaml

    def entry(name: str) -> dict[str, Any]:
        place = {"path": name, "ds_type": "json", "type": "chat_template", "field_messages": "messages"}
        roles = {"message_property_mappings": {"role": "role", "content": "content"}, "roles_to_train": ["assistant"]}
        return {**place, **roles}

    data: dict[str, Any] = {"datasets": [entry(name) for name in files if name == "train.jsonl"]}
    data |= {"test_datasets": [{**entry(name), "split": "train"} for name in files if name == "validation.jsonl"]}
    data |= {"train_on_inputs": False, "dataset_prepared_path": "prepared"}
    return {"axolotl.yaml": yaml.safe_dump({key: value for key, value in data.items() if value != []}, sort_keys=False)}


FORMATS: Final[Mapping[str, tuple[Callable[[_Row, _Turns], Mapping[str, Any]], Callable[..., dict[str, str]]]]] = {
    "messages": (_messages, _nothing),
    "prompt-completion": (_prompt_completion, _nothing),
    "alpaca": (_alpaca, _nothing),
    "sharegpt": (_sharegpt, _nothing),
    "text": (_text, _nothing),
    "llama-factory": (_sharegpt, _dataset_info),
    "axolotl": (_messages, _axolotl),
}
