"""The knowledge graph of notes: nodes and edges as Arrow tables, and questions to them.

Nodes are notes, headings, blocks, tags, canvases and their cards, bases, attachments, and what links name and nobody
has written (`unresolved`). Edges say where they stand: the path and the line. Obsidian's own graph is the edges of
`DRAWN` between files; headings and blocks are added because links lead to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.errors import ConfigError, MissingExtraError
from corpus.layout import DRAWN, FILES, arranged
from corpus.places import place_of

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["DRAWN", "EDGES", "NODES", "Graph"]

NODES: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("path", pa.string()),
        pa.field("line", pa.int32()),
        pa.field("role", pa.string()),
        pa.field("aliases", pa.list_(pa.string()), nullable=False),
        pa.field("tasks_open", pa.int32(), nullable=False),
        pa.field("tasks_done", pa.int32(), nullable=False),
        pa.field("problem", pa.string()),
    ]
)
"""A node. `role` is `daily`, `template`, `drawing` or `excluded`; `problem` says why properties could not be read."""

EDGES: Final = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("target", pa.string(), nullable=False),
        pa.field("source_path", pa.string()),
        pa.field("target_path", pa.string()),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("line", pa.int32()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
    ]
)
"""An edge from node to node. `line` is 1-based in `source_path`; of an arrow, in its canvas.

`status` is `resolved`, `ambiguous` (another file would have done as well), `no-heading` (the file is there, the
heading or block is not) or `unresolved`; `text` is what is shown for a link, or a canvas arrow's label.
"""


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """The knowledge graph of the vaults in a corpus.

    Attributes:
        nodes: With the schema `NODES`, ids unique.
        edges: With the schema `EDGES`; `source` and `target` are ids of nodes.
    """

    nodes: pa.Table = field(default_factory=NODES.empty_table)
    edges: pa.Table = field(default_factory=EDGES.empty_table)

    @classmethod
    def together(cls, graphs: Sequence[Graph]) -> Graph:
        """One graph of several; their nodes are different ones."""
        if not graphs:
            return cls()
        return cls(pa.concat_tables([g.nodes for g in graphs]), pa.concat_tables([g.edges for g in graphs]))

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        counted = ", ".join(f"{n} {kind}" for kind, n in self.counts(self.edges).items())
        return f"<Graph {len(self.nodes)} nodes, {len(self.edges)} edges: {counted}>"

    def _repr_html_(self) -> str:
        from corpus.views.graphs import graph_html

        return graph_html(self)

    def backlinks(self, note: str) -> pa.Table:
        """The edges that lead to a note or to something in it, from other files, in order of where they stand.

        Args:
            note: A path, or a note's name.

        Raises:
            ConfigError: There is no such file, or more than one of that name.
        """
        path = self._path(note)
        edges = self.links
        mine = pc.and_kleene(pc.equal(edges["target_path"], path), pc.not_equal(edges["source_path"], path))
        found = edges.filter(pc.fill_null(mine, False))
        return found.sort_by([("source_path", "ascending"), ("line", "ascending")])

    def neighbours(self, note: str) -> list[str]:
        """The paths of the files that a note links to or that link to it, in alphabetical order."""
        path = self._path(note)
        edges = self.links
        pairs = zip(edges["source_path"].to_pylist(), edges["target_path"].to_pylist(), strict=True)
        found = {other for pair in pairs if path in pair for other in pair if other is not None}
        return sorted(found - {path})

    def orphans(self) -> list[str]:
        """The paths of the notes that no other file links to and that link to none, in alphabetical order."""
        edges = self.links
        pairs = zip(edges["source_path"].to_pylist(), edges["target_path"].to_pylist(), strict=True)
        linked = {path for one, other in pairs if one != other and one is not None for path in (one, other)}
        return sorted(set(self._files("note")) - linked)

    def to_networkx(self) -> nx.MultiDiGraph:
        """The graph as a `networkx.MultiDiGraph`: node and edge attributes are the columns that have a value.

        Raises:
            MissingExtraError: networkx is not installed.
        """
        try:
            import networkx as nx
        except ImportError:
            raise MissingExtraError("networkx", extra="graph", step="Graph.to_networkx") from None
        graph = nx.MultiDiGraph()
        for node in self.nodes.to_pylist():
            graph.add_node(node.pop("id"), **_plain(node))
        for edge in self.edges.to_pylist():
            graph.add_edge(edge.pop("source"), edge.pop("target"), **_plain(edge))
        return graph

    def to_graphml(self, path: str | PathLike[str]) -> None:
        """Write the graph as GraphML, which Gephi, yEd and Cytoscape read. Needs networkx.

        Raises:
            MissingExtraError: networkx is not installed.
        """
        import networkx as nx

        graph = self.to_networkx()
        nx.write_graphml_xml(nx.relabel_nodes(graph, _valid_xml), place_of(path))

    def to_svg(self, *, labels: int = 30, size: int = 900) -> str:
        """A picture of the files and the links between them, as Obsidian's graph view shows it.

        In a notebook: `IPython.display.SVG(corpus.graph.to_svg())`.

        Args:
            labels: How many files are named in it, those with most links first.
            size: Width and height in pixels.

        Raises:
            MissingExtraError: networkx is not installed.
        """
        net = arranged(self)
        degree = net.degree()
        at = {node: [round(size * (0.5 + 0.47 * value), 1) for value in place] for node, place in net.places.items()}
        lines = [
            f'<line x1="{at[one][0]}" y1="{at[one][1]}" x2="{at[other][0]}" y2="{at[other][1]}" stroke="#bbb"/>'
            for one, other in net.edges
        ]
        dots = [
            f'<circle cx="{x}" cy="{y}" r="{2 + degree[node] ** 0.5:.1f}" fill="#6a5acd">'
            f"<title>{_xml(net.names[node])}</title></circle>"
            for node, (x, y) in at.items()
        ]
        words = [
            f'<text x="{at[node][0] + 6}" y="{at[node][1]}" font-size="11">{_xml(net.names[node])}</text>'
            for node in net.hubs(labels)
        ]
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" font-family="sans-serif">'
        return "\n".join([head, *lines, *dots, *words, "</svg>"])

    @cached_property
    def links(self) -> pa.Table:
        """The edges that Obsidian's graph is made of: of the kinds `DRAWN`."""
        return self.edges.filter(pc.is_in(self.edges["kind"], pa.array(DRAWN)))

    def _files(self, *kinds: str) -> list[str]:
        rows = self.nodes.filter(pc.is_in(self.nodes["kind"], pa.array(kinds, pa.string())))
        return list(rows["path"].to_pylist())

    def _path(self, note: str) -> str:
        files = self._files(*FILES)
        if note in files:
            return note
        wanted = note.lower().removesuffix(".md")
        named = [path for path in files if path.rsplit("/", 1)[-1].lower() in (wanted, wanted + ".md")]
        if len(named) != 1:
            got = ", ".join(named[:5]) if named else "nothing of that name"
            raise ConfigError("no single file is meant", where=repr(note), expected="a path", got=got)
        return named[0]

    @staticmethod
    def counts(table: pa.Table, column: str = "kind") -> dict[str, int]:
        """How many rows of a table of nodes or edges have each value of a column, most frequent first."""
        rows = pc.value_counts(table[column]).to_pylist()
        return {row["values"]: row["counts"] for row in sorted(rows, key=lambda row: (-row["counts"], row["values"]))}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Attributes that GraphML can hold: no nulls, lists as one text."""
    flat = {name: "; ".join(value) if isinstance(value, list) else value for name, value in values.items()}
    return {
        name: _valid_xml(value) if isinstance(value, str) else value
        for name, value in flat.items()
        if value is not None
    }


def _valid_xml(text: str) -> str:
    """A text without the characters that XML 1.0 cannot hold."""
    return "".join(
        c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _xml(text: str) -> str:
    return escape(_valid_xml(text))


def table_of(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table, in the order given."""
    return pa.Table.from_pylist(list(rows), schema=schema)
