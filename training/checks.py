"""Checks before any hour of a GPU: is this folder complete, unrefuted and fit to be trained on as it is?

Trainers truncate and drop silently (TRL's default `max_length` is 1024), and nothing in them notices a test
split that is part of the training rows. What is looked at here needs no model and no tokenizer.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from os import PathLike
from typing import Any

import pyarrow as pa

from corpus.entry import MESSAGES
from corpus.errors import ConfigError
from corpus.places import place_of
from training.rows import files_of, manifest_of, read_rows

__all__ = ["Check", "Readiness", "check", "split_checks"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What it is called.
        passed: Whether it is as it should be.
        detail: What was found, with the numbers.
    """

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """What all checks found.

    Attributes:
        checks: Each check, in the order in which they were made.
        rows: Rows of each split.
        too_long: For each category, how many rows are longer than the limit, and how many there are.
    """

    checks: tuple[Check, ...]
    rows: dict[str, int]
    too_long: dict[str, tuple[int, int]]

    @property
    def ready(self) -> bool:
        """Whether every check passed."""
        return all(found.passed for found in self.checks)

    def __str__(self) -> str:
        marks = [f"{'ok  ' if found.passed else 'FAIL'}  {found.name}: {found.detail}" for found in self.checks]
        rows = ", ".join(f"{count} {split}" for split, count in self.rows.items())
        lengths = [f"      {name}: {long} of {all_}" for name, (long, all_) in self.too_long.items()]
        return "\n".join([f"Rows: {rows}", *marks, *lengths])


def check(path: str | PathLike[str], *, max_length: int = 2048) -> Readiness:
    """Look at a corpus on disk as a trainer would use it.

    Args:
        path: The folder of a corpus.
        max_length: Tokens that a row may have in training; longer ones would be truncated.

    Raises:
        IntegrityError: There is no complete corpus at the path.
        ConfigError: The limit makes no sense.
    """
    if max_length < 1:
        raise ConfigError("a row cannot be that short", where="max_length", expected="1 or more", got=max_length)
    folder = place_of(path)
    splits = read_rows(folder).splits
    manifest = manifest_of(folder)
    too_long = _too_long(splits, max_length)
    checks = (
        Check("complete", True, f"{len(list(files_of(manifest)))} files are what the manifest says"),
        _verdict(manifest),
        *split_checks(splits),
        _lengths(too_long, max_length),
    )
    return Readiness(checks, {name: len(table) for name, table in splits.items()}, too_long)


def split_checks(splits: dict[str, pa.Table]) -> tuple[Check, ...]:
    """Are the splits apart, and their turns those of a conversation?

    Args:
        splits: Name to rows, with the columns `id`, `group` and `messages`.
    """
    return (
        _disjoint(splits, "id", "rows"),
        _disjoint(splits, "group", "groups"),
        _unseen_answers(splits),
        _turns(splits),
    )


def _verdict(manifest: dict[str, Any]) -> Check:
    found = manifest.get("falsification")
    if found is None:
        return Check("falsification", False, "nobody has tried to refute this corpus: corpus falsify DIR")
    return Check(
        "falsification", found["verdict"] != "refuted", f"{found['verdict']}, {found['score']:g} of 100 points"
    )


def _disjoint(splits: dict[str, pa.Table], column: str, what: str) -> Check:
    sides = Counter(value for table in splits.values() for value in set(table[column].to_pylist()))
    shared = sum(count > 1 for count in sides.values())
    return Check(f"{what} on one side", shared == 0, f"{shared} of {len(sides)} {what} are in more than one split")


def _unseen_answers(splits: dict[str, pa.Table]) -> Check:
    """No test conversation stands word for word among the training rows."""
    seen = {_digest(turns) for turns in splits["train"][MESSAGES.name].to_pylist()} if "train" in splits else set()
    held_out = [
        turns for name in ("validation", "test") if name in splits for turns in splits[name]["messages"].to_pylist()
    ]
    leaked = sum(_digest(turns) in seen for turns in held_out)
    return Check("held out", leaked == 0, f"{leaked} of {len(held_out)} held-out conversations are training rows too")


def _digest(turns: list[dict[str, str]]) -> bytes:
    return hashlib.blake2b(json.dumps(turns, sort_keys=True).encode(), digest_size=16).digest()


def _turns(splits: dict[str, pa.Table]) -> Check:
    """Every row has turns that alternate, none empty, and ends with the assistant's."""
    rows = [turns for table in splits.values() for turns in table[MESSAGES.name].to_pylist()]
    wrong = sum(not _well_formed(turns) for turns in rows)
    return Check("chat turns", wrong == 0, f"{wrong} of {len(rows)} rows do not alternate and end with an answer")


def _well_formed(turns: list[dict[str, str]]) -> bool:
    roles = [turn["role"] for turn in turns]
    spoken = roles[1:] if roles[:1] == ["system"] else roles
    expected = ["user", "assistant"] * (len(spoken) // 2)
    return bool(spoken) and spoken == expected and all(turn["content"].strip() for turn in turns)


def _too_long(splits: dict[str, pa.Table], max_length: int) -> dict[str, tuple[int, int]]:
    all_rows: Counter[str] = Counter()
    long: Counter[str] = Counter()
    for table in splits.values():
        lengths = zip(*(table[name].to_pylist() for name in ("category", "tokens_input", "tokens_output")), strict=True)
        for category, asked, answered in lengths:
            all_rows[category] += 1
            long[category] += asked + answered > max_length
    return {category: (long[category], all_rows[category]) for category in sorted(all_rows)}


def _lengths(too_long: dict[str, tuple[int, int]], max_length: int) -> Check:
    long = sum(count for count, _ in too_long.values())
    total = sum(count for _, count in too_long.values())
    detail = f"{long} of {total} rows have more than {max_length} tokens (an estimate) and would be cut"
    return Check("length", long == 0, detail)
