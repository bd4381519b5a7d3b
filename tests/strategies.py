"""What property tests draw from: words, texts that look like documentation, tables of entries."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from hypothesis import strategies as st

from corpus.entry import Entry, entry_group, entry_id, estimate_tokens, table_of

WORDS = ["add", "remove", "queue", "lock", "reader", "writer", "number", "path", "list", "until", "return", "error"]

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
SPACED = st.text(  # white space of many kinds, and letters that have several forms
    st.sampled_from([*" \t\n\r\f\v\x1c\x85\u2028\u2029\ufeff\u00a0\u3000aB.\u0301\u00e9\u212b\u1e9b\u0323"]),
    max_size=30,
)
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=40).map(" ".join)


def entry(number: int, output: str = "An answer.", path: str | None = None, **values: object) -> Entry:
    """An entry that is valid and has an id, group and token counts of its own."""
    path = path or f"file{number}.py"
    given: dict[str, object] = {
        "category": "note", "task": "answer", "instruction": f"Question {number}?", "input": "", "kind": "git",
        "source": "s", "path": path, "id": entry_id("git", "s", path, "", "answer", number),
        "group": entry_group("git", "s", path), "tokens_input": 4, "tokens_output": estimate_tokens(output), **values,
    }  # fmt: skip
    return Entry(output=output, **given)  # type: ignore[arg-type]


def table(outputs: Sequence[str], **values: object) -> pa.Table:
    """One row for each output, each in a file of its own."""
    return table_of(entry(number, output, **values) for number, output in enumerate(outputs))
