"""The entry: one question, one answer, and where they came from. The one thing that everyone here knows.

A corpus is an Arrow table with the columns of `SCHEMA`, the same in memory, on disk and on the Hub (on disk
`messages` is added, which trainers read and which follows from the rest). `Entry` is one row of it as a
Python object: what a source yields and what iteration over a corpus gives.

Values that repeat are dictionary-encoded; a column is nullable only where a value may really be unknown.
An unknown kind, category or task is an error, never a silent default; one of your own starts with `x-`.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

__all__ = [
    "CATEGORIES",
    "CODE_COLUMN",
    "CODE_COLUMNS",
    "KINDS",
    "MESSAGES",
    "PAIRS_SCHEMA",
    "REMOVED_SCHEMA",
    "ROLES",
    "SCHEMA",
    "SCHEMA_VERSION",
    "SIGNALS",
    "SKIPPED_SCHEMA",
    "SPLITS",
    "TASKS",
    "VISIBILITIES",
    "Entry",
    "Message",
    "Origin",
    "code_entry",
    "entry_group",
    "entry_id",
    "entry_ids",
    "estimate_asked",
    "estimate_tokens",
    "messages_array",
    "origin_row",
    "signals_row",
    "table_of",
]

SCHEMA_VERSION: Final = 2

KINDS: Final = ("git", "obsidian", "signal", "matrix", "table")
CATEGORIES: Final = (
    "function",
    "type",
    "constant",
    "macro",
    "argument",
    "example",
    "error",
    "module",
    "commit",
    "note",
    "definition",
    "card",
    "relation",
    "conversation",
    "pair",
)
TASKS: Final = ("document", "implement", "explain", "complete", "change", "answer", "reply")
SPLITS: Final = ("train", "validation", "test")
VISIBILITIES: Final = ("private", "public")
ROLES: Final = ("system", "user", "assistant", "tool")

CODE_COLUMN: Final[Mapping[str, str]] = {"document": "input", "implement": "output", "change": "output"}
"""Which column of a task holds code in the entry's `language`, to be parsed and compared as code."""

CODE_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    **{task: (column,) for task, column in CODE_COLUMN.items()},
    "complete": ("input", "output"),
    "change": ("input", "output"),
}
"""Which columns of a task hold code, be it a part that does not parse by itself."""

SIGNALS: Final = (
    "relevance",
    "novelty",
    "completeness",
    "well_formedness",
    "consistency",
    "readability",
    "information",
)
"""What `quality` is computed from; each 0-1, null where it was not computed. See `corpus.curate.score`."""

_NAMESPACE: Final = uuid.UUID("6f0d4a3e-5c1b-5b53-9d5e-0f6f2f1a7c11")
_NAMESPACE_BYTES: Final = _NAMESPACE.bytes
_MESSAGE: Final = pa.struct(
    [pa.field("role", pa.string(), nullable=False), pa.field("content", pa.string(), nullable=False)]
)
_ORIGIN: Final = pa.struct(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("commit", pa.string()),
        pa.field("path", pa.string(), nullable=False),
        pa.field("line_start", pa.int32()),
        pa.field("line_end", pa.int32()),
    ]
)
_NAME: Final = pa.dictionary(pa.int32(), pa.string())

MESSAGES: Final = pa.field("messages", pa.list_(_MESSAGE), nullable=False)
"""The column that is added when a corpus is written or exported: the pair as chat turns."""

SCHEMA: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("kind", _NAME, nullable=False),
        pa.field("category", _NAME, nullable=False),
        pa.field("task", _NAME, nullable=False),
        pa.field("system", pa.string()),
        pa.field("history", pa.list_(_MESSAGE), nullable=False),
        pa.field("instruction", pa.string(), nullable=False),
        pa.field("input", pa.string(), nullable=False),
        pa.field("output", pa.string(), nullable=False),
        pa.field("source", _NAME, nullable=False),
        pa.field("commit", _NAME),
        pa.field("path", _NAME),
        pa.field("line_start", pa.int32()),
        pa.field("line_end", pa.int32()),
        pa.field("symbol", pa.string()),
        pa.field("origins", pa.list_(_ORIGIN), nullable=False),
        pa.field("language", _NAME),
        pa.field("license", _NAME),
        pa.field("author", _NAME),
        pa.field("created_at", pa.timestamp("us", tz="UTC")),
        pa.field("visibility", _NAME, nullable=False),
        pa.field("tokens_input", pa.int32(), nullable=False),
        pa.field("tokens_output", pa.int32(), nullable=False),
        pa.field("quality", pa.float64()),
        pa.field("signals", pa.struct([pa.field(name, pa.float64()) for name in SIGNALS])),
        pa.field("group", pa.string(), nullable=False),
        pa.field("split", _NAME),
        pa.field("synthetic", pa.bool_()),
    ],
    metadata={"corpus.schema_version": str(SCHEMA_VERSION)},
)
"""The entry as an Arrow schema; its version stands in its metadata."""

REMOVED_SCHEMA: Final = pa.schema(
    [
        *SCHEMA,
        pa.field("stage", _NAME, nullable=False),
        pa.field("reason", _NAME, nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("kept_id", pa.string()),
        pa.field("similarity", pa.float64()),
    ],
    metadata=SCHEMA.metadata,
)
"""A removed row: all its own columns, and which stage removed it, why, and in whose favour."""

PAIRS_SCHEMA: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("other_id", pa.string(), nullable=False),
        pa.field("similarity", pa.float64(), nullable=False),
        pa.field("containment", pa.float64(), nullable=False),
        pa.field("estimate", pa.float64(), nullable=False),
        pa.field("accepted", pa.bool_(), nullable=False),
        pa.field("rule", _NAME, nullable=False),
    ],
    metadata=SCHEMA.metadata,
)
"""Two rows that are alike, the better one as `other_id`, and whether the first was removed for it. It holds no text.

A pair above the threshold that was not accepted: the row went for one still more like it, or the other had gone.
"""

SKIPPED_SCHEMA: Final = pa.schema(
    [
        pa.field("kind", _NAME, nullable=False),
        pa.field("source", _NAME, nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("reason", _NAME, nullable=False),
        pa.field("detail", pa.string(), nullable=False),
    ],
    metadata=SCHEMA.metadata,
)
"""A unit that was listed and not read, and why."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: One of `ROLES`.
        content: What was said.
    """

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Origin:
    """One of the places that a row was made from, where there is more than one.

    Attributes:
        source: Repository, vault or chat.
        commit: Full id of the commit, for git.
        path: Path inside the source, with `/`.
        line_start: First line, 1-based.
        line_end: Last line, inclusive.
    """

    source: str
    path: str
    commit: str | None = None
    line_start: int | None = None
    line_end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of a corpus. The columns of `SCHEMA`, in the same order and with the same meaning.

    A source fills what it knows: `category`, `task`, `instruction` and `output` at the least. `id`, `kind`,
    `source`, `path`, `group`, `visibility` and the token counts are filled in by the pipeline where they are
    left empty.

    Attributes:
        category: One of `CATEGORIES`, or a name of your own that starts with `x-`.
        task: One of `TASKS`, or a name of your own that starts with `x-`.
        instruction: What is asked.
        output: The answer.
        input: The material that the question is about; empty where there is none.
        system: The system prompt, if any.
        history: Earlier turns, oldest first.
        id: UUIDv5, see `entry_id`.
        kind: One of `KINDS`, or a name of your own that starts with `x-`.
        source: Repository, vault or chat.
        commit: Full id of the commit that last changed the file, for git.
        path: Path inside the source, with `/`.
        line_start: First line of the whole definition, section or message, 1-based.
        line_end: Its last line, inclusive.
        symbol: Qualified name, in the way of the language (`Class.method`, `Type::method`).
        origins: Where the row comes from, when that is more than one place.
        language: Programming or natural language.
        license: SPDX expression.
        author: Who wrote it: a pseudonym unless told otherwise.
        created_at: When it was written, with a time zone.
        visibility: One of `VISIBILITIES`.
        tokens_input: Tokens of everything but the answer.
        tokens_output: Tokens of the answer.
        quality: 0-1, or None before it was scored.
        signals: What `quality` was computed from.
        group: Rows of one group are never separated by a split.
        split: One of `SPLITS`, or None before the split.
        synthetic: Whether a model wrote it; None where nobody knows.
    """

    category: str
    task: str
    instruction: str
    output: str
    input: str = ""
    system: str | None = None
    history: Sequence[Message] = ()
    id: str = ""
    kind: str = ""
    source: str = ""
    commit: str | None = None
    path: str | None = None
    line_start: int | None = None
    line_end: int | None = None
    symbol: str | None = None
    origins: Sequence[Origin] = ()
    language: str | None = None
    license: str | None = None
    author: str | None = None
    created_at: datetime | None = None
    visibility: str = "private"
    tokens_input: int = 0
    tokens_output: int = 0
    quality: float | None = None
    signals: Mapping[str, float | None] = field(default_factory=dict)
    group: str = ""
    split: str | None = None
    synthetic: bool | None = False

    @property
    def messages(self) -> list[Message]:
        """The entry as chat turns: system prompt, history, question, answer."""
        system = [Message("system", self.system)] if self.system is not None else []
        return [
            *system,
            *self.history,
            Message("user", _question(self.instruction, self.input)),
            Message("assistant", self.output),
        ]

    def _repr_html_(self) -> str:
        from corpus.views.rows import entry_html

        return entry_html(self)

    def row(self) -> dict[str, Any]:
        """This entry as one row for Arrow: column name to plain value."""
        row: dict[str, Any] = {name: getattr(self, name) for name in SCHEMA.names}
        row["history"] = [{"role": m.role, "content": m.content} for m in self.history]
        row["origins"] = [origin_row(origin) for origin in self.origins]
        row["signals"] = signals_row(self.signals)
        return row

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Entry:
        """An entry from one row of a table, as `pyarrow.Table.to_pylist` gives it."""
        values = {name: row[name] for name in _FIELDS if name in row}
        values["history"] = tuple(Message(m["role"], m["content"]) for m in row.get("history") or ())
        values["origins"] = tuple(Origin(**origin) for origin in row.get("origins") or ())
        values["signals"] = {k: v for k, v in (row.get("signals") or {}).items() if v is not None}
        return cls(**values)


class _Filled:
    """An entry while it is filled: a frozen dataclass calls a function for each of its fields, eight times as slow."""

    __slots__ = tuple(f.name for f in fields(Entry))

    def __init__(self) -> None:
        self.system: str | None = None
        self.history: Sequence[Message] = ()
        self.id = self.kind = self.source = self.group = ""
        self.commit: str | None = None
        self.path: str | None = None
        self.origins: Sequence[Origin] = ()
        self.license: str | None = None
        self.author: str | None = None
        self.created_at: datetime | None = None
        self.visibility = "private"
        self.tokens_input = self.tokens_output = 0
        self.quality: float | None = None
        self.split: str | None = None
        self.synthetic: bool | None = False


def code_entry(
    *,
    category: str,
    task: str,
    instruction: str,
    output: str,
    input: str,  # noqa: A002 - the column's name
    symbol: str | None,
    language: str,
    line_start: int,
    line_end: int,
    signals: Mapping[str, float | None],
) -> Entry:
    """`Entry` of these columns, the same to the last field, in an eighth of the time: a repository has thousands."""
    filled: Any = _Filled()
    filled.category, filled.task = category, task
    filled.instruction, filled.input, filled.output = instruction, input, output
    filled.symbol, filled.language, filled.signals = symbol, language, signals
    filled.line_start, filled.line_end = line_start, line_end
    filled.__class__ = Entry
    entry: Entry = filled
    return entry


def origin_row(origin: Origin) -> dict[str, Any]:
    """A place as a plain value for Arrow."""
    return {name: getattr(origin, name) for name in _ORIGIN.names}


def signals_row(signals: Mapping[str, float | None]) -> dict[str, float | None] | None:
    """Signals as a plain value for Arrow: one field each, None where there are none at all."""
    return {name: signals.get(name) for name in SIGNALS} if signals else None


_FIELDS: Final = tuple(f.name for f in fields(Entry))


def entry_id(kind: str, source: str, path: str, symbol: str, task: str, ordinal: int) -> str:
    """The id of a row: UUIDv5 over where it comes from and what it asks, never over what it says.

    The same row has the same id in every run, and nobody can guess a row's text from its id.

    Args:
        kind: Kind of the source.
        source: Name of the source.
        path: Path inside the source.
        symbol: Qualified name, or an empty string.
        task: What the row asks for.
        ordinal: 0 for the first row with all of the above alike, 1 for the next, in order of lines.

    Returns:
        The UUID in its canonical form of 36 characters.
    """
    return _uuid5("\0".join((kind, source, path, symbol, task, str(ordinal))))


def _uuid5(name: str) -> str:
    """`str(uuid.uuid5(_NAMESPACE, name))`, at a third of its time."""
    digest = bytearray(hashlib.sha1(_NAMESPACE_BYTES + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def entry_ids(kind: str, source: str, names: Sequence[str]) -> pa.StringArray:
    """`entry_id` of many rows of one source, `len(names)` long, at a fifth of its time for each.

    Args:
        kind: Kind of the source.
        source: Name of the source.
        names: Path, symbol, task and ordinal of each row, with a NUL between them.
    """
    begun = hashlib.sha1(_NAMESPACE_BYTES + f"{kind}\0{source}\0".encode(), usedforsecurity=False)
    digests = []
    for name in names:
        digest = begun.copy()
        digest.update(name.encode())
        digests.append(digest.digest())
    return _uuids(np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 20)[:, :16].copy())


_DIGITS: Final = np.frombuffer(b"0123456789abcdef", np.uint8)
_DIGIT_PLACES: Final = np.array([place for place in range(36) if place not in {8, 13, 18, 23}])


def _uuids(digests: Any) -> pa.StringArray:
    """Digests, an array of bytes of shape (rows, 16), as UUIDs of version 5 in their canonical form."""
    digests[:, 6] = digests[:, 6] & 0x0F | 0x50
    digests[:, 8] = digests[:, 8] & 0x3F | 0x80
    text = np.full((len(digests), 36), ord("-"), np.uint8)
    text[:, _DIGIT_PLACES] = _DIGITS[np.stack([digests >> 4, digests & 0x0F], axis=2).reshape(-1, 32)]
    offsets = np.arange(0, 36 * len(digests) + 1, 36, dtype=np.int32)
    return pa.StringArray.from_buffers(len(digests), pa.py_buffer(offsets), pa.py_buffer(text))


def entry_group(kind: str, source: str, path: str) -> str:
    """The group that rows are born into: everything of one file, note or chat stays on one side of a split.

    A class holds its methods and a module its functions, so their rows share text; what is alike across files
    is joined later, by deduplication.
    """
    return _uuid5("\0".join(("group", kind, source, path)))


def estimate_tokens(*texts: str | None) -> int:
    """An estimate of the number of tokens: UTF-8 bytes / 4, rounded up; used where no tokenizer is named."""
    return -(-sum(len(text.encode()) for text in texts if text) // 4)


def estimate_asked(row: Mapping[str, Any]) -> int:
    """An estimate of a row's `tokens_input`: of all that is asked, with the system prompt and earlier turns."""
    turns = (turn["content"] for turn in row.get("history") or ())
    return estimate_tokens(row.get("system"), row["instruction"], row["input"], *turns)


def table_of(entries: Iterable[Entry]) -> pa.Table:
    """A table with the entry's schema, one row an entry, in the order given."""
    return pa.Table.from_pylist([entry.row() for entry in entries], schema=SCHEMA)


def messages_array(table: pa.Table) -> pa.Array:
    """The `messages` of each row of a table, as a list array of role and content, `len(table)` long."""
    columns = ["system", "history", "instruction", "input", "output"]
    rows = []
    for row in table.select(columns).to_pylist():
        turns = [{"role": "system", "content": row["system"]}] if row["system"] is not None else []
        turns += row["history"]
        turns.append({"role": "user", "content": _question(row["instruction"], row["input"])})
        turns.append({"role": "assistant", "content": row["output"]})
        rows.append(turns)
    return pa.array(rows, type=MESSAGES.type)


def _question(instruction: str, material: str) -> str:
    return f"{instruction}\n\n{material}" if material else instruction
