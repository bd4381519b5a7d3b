"""A graph as a file of another program: GraphML, SVG, JSON, CSV."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpus.errors import ConfigError
from corpus.guess import did_you_mean

if TYPE_CHECKING:
    from corpus.graph import Graph

__all__ = ["FORMATS", "render", "unresolved"]

FORMATS: Final = ("graphml", "svg", "json", "csv")


def render(graph: Graph, form: str) -> str:
    """A graph in a format: GraphML for Gephi and yEd, a picture, nodes and edges as JSON, edges as CSV.

    Raises:
        ConfigError: There is no such format.
        MissingExtraError: GraphML and SVG need networkx.
    """
    if form == "json":
        return json.dumps({"nodes": graph.nodes.to_pylist(), "edges": graph.edges.to_pylist()}, indent=1) + "\n"
    if form == "csv":
        return as_csv(graph.edges)
    if form == "svg":
        return graph.to_svg() + "\n"
    if form == "graphml":
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "graph.graphml"
            graph.to_graphml(file)
            return file.read_text(encoding="utf-8")
    raise ConfigError(
        "there is no such format", expected=" | ".join(FORMATS), got=repr(form), hint=did_you_mean(form, FORMATS)
    )


def as_csv(table: pa.Table) -> str:
    """A table of nodes or edges as CSV with a header; a list is one text with `; ` in it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        writer.writerow(["; ".join(value) if isinstance(value, list) else value for value in row.values()])
    return out.getvalue()


def unresolved(graph: Graph) -> list[dict[str, Any]]:
    """The links that lead nowhere, or not where they say: where each stands, its status and its text."""
    links = graph.links
    wrong = links.filter(pc.not_equal(links["status"], "resolved"))
    ordered = wrong.sort_by([("source_path", "ascending"), ("line", "ascending"), ("text", "ascending")])
    found: list[dict[str, Any]] = ordered.select(["source_path", "line", "status", "text", "target"]).to_pylist()
    return found
