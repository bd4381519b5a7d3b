"""What gates would remove, with examples, before anything is removed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import pyarrow as pa

from corpus.curate.gates import ASKED_FROM, Shares, allowed_shares, prepared, rows_of, verdicts
from corpus.store import batches

__all__ = ["GatePreview", "Preview", "Refused", "preview"]

_EXAMPLES: Final = 3
_SHOWN: Final = 160  # characters of an answer that an example shows


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that a gate refuses.

    Attributes:
        id: Of the row.
        place: Source, path, lines and symbol.
        detail: The numbers behind it.
        text: The first characters of the answer.
    """

    id: str
    place: str
    detail: str
    text: str


@dataclass(frozen=True, slots=True)
class GatePreview:
    """What one gate would do.

    Attributes:
        name: Of the gate.
        rows: Rows that it removes, being the first that refuses them.
        alone: Rows that it refuses, whatever the gates before it say.
        sources: Source to the share of its rows that would be removed.
        over: The sources of which that is more than its registered share: there `filter` stops and asks.
        examples: Some of the rows, at most one of a file.
    """

    name: str
    rows: int
    alone: int
    sources: Mapping[str, float]
    over: tuple[str, ...]
    examples: tuple[Refused, ...]


@dataclass(frozen=True, repr=False)
class Preview:
    """What `Corpus.filter` would remove. Shows itself in a shell and in a notebook.

    Attributes:
        rows: Rows that were looked at.
        removed: Rows that would be removed.
        gates: One of each gate that refuses something, in the order in which they are asked.
    """

    rows: int
    removed: int
    gates: tuple[GatePreview, ...]

    def __getitem__(self, name: str) -> GatePreview:
        """What one gate would do.

        Raises:
            KeyError: It would remove nothing.
        """
        found = {gate.name: gate for gate in self.gates}
        return found[name.replace("_", "-")]

    def _cells(self) -> list[list[str]]:
        head = ["gate", "removes", "refuses", "asks first"]
        return [
            head,
            *([gate.name, str(gate.rows), str(gate.alone), ", ".join(gate.over) or "-"] for gate in self.gates),
        ]

    def __repr__(self) -> str:
        from corpus.show import plain, text_table

        lines = [f"{self.removed} of {self.rows} rows would be removed", text_table(self._cells())]
        for gate in self.gates:
            lines.append(f"\n{gate.name}")
            lines += [f"  {row.place}\n    {row.detail}\n    {row.text!r}" for row in gate.examples]
        return plain("\n".join(lines))

    def _repr_html_(self) -> str:
        from corpus.show import plain

        head, *body = self._cells()
        rows = "".join(f"<tr>{''.join(f'<td>{escape(plain(cell))}</td>' for cell in row)}</tr>" for row in body)
        table = f"<table><tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>{rows}</table>"
        shown = "".join(
            f"<details><summary>{escape(gate.name)}</summary><ul>"
            + "".join(
                f"<li><code>{escape(plain(row.place))}</code>: {escape(plain(row.detail))}"
                f"<pre style='white-space:pre-wrap'>{escape(plain(row.text))}</pre></li>"
                for row in gate.examples
            )
            + "</ul></details>"
            for gate in self.gates
        )
        return f"<p>{self.removed} of {self.rows} rows would be removed</p>{table}{shown}"


def preview(table: pa.Table, thresholds: Mapping[str, float | None], *, shares: Shares | None = None) -> Preview:
    """Ask all gates and remove nothing.

    Args:
        table: Rows with `SCHEMA`.
        thresholds: As for `apply_gates`.
        shares: As for `apply_gates`.

    Raises:
        ConfigError: There is no gate of that name.
    """
    active = prepared(thresholds)
    allowed = allowed_shares(shares or {})
    held: Counter[str] = Counter()
    first: dict[str, Counter[str]] = defaultdict(Counter)
    alone: Counter[str] = Counter()
    examples: dict[str, dict[tuple[str, str], Refused]] = defaultdict(dict)
    for batch in batches(table):
        for row in rows_of(batch, active):
            held[row["source"]] += 1
            for at, (name, why) in enumerate(verdicts(row, active)):
                alone[name] += 1
                if at == 0:
                    first[name][row["source"]] += 1
                file = (row["source"], row["path"] or row["group"])
                if len(examples[name]) < _EXAMPLES and file not in examples[name]:
                    examples[name][file] = _refused(row, why)
    gates = tuple(
        _gate(gate.name, first[gate.name], alone[gate.name], held, allowed[gate.name], [*examples[gate.name].values()])
        for gate, _ in active
        if alone[gate.name]
    )
    return Preview(len(table), sum(gate.rows for gate in gates), gates)


def _gate(
    name: str, first: Counter[str], alone: int, held: Counter[str], allowed: float, examples: Sequence[Refused]
) -> GatePreview:
    shares = {source: count / held[source] for source, count in sorted(first.items())}
    over = tuple(source for source, share in shares.items() if share > allowed and held[source] >= ASKED_FROM)
    return GatePreview(name, first.total(), alone, shares, over, tuple(examples))


def _refused(row: Mapping[str, Any], why: str) -> Refused:
    lines = f":{row['line_start']}-{row['line_end']}" if row["line_start"] else ""
    place = f"{row['source']} {row['path'] or ''}{lines} {row['symbol'] or ''}".rstrip()
    return Refused(row["id"], place, why, row["output"][:_SHOWN])
