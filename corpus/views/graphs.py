"""The graph of notes as a notebook shows it: a picture where it is small, what there is, and which notes are hubs."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from corpus.layout import FILES, arranged
from corpus.views.charts import bars, flex, largest
from corpus.views.style import page, text

if TYPE_CHECKING:
    from corpus.graph import Graph

__all__ = ["graph_html"]

_DRAWN: Final = 150  # files and targets; a layout of more takes seconds and shows a ball
_SIZE: Final = 320  # pixels
_NAMED: Final = 10  # dots that are named beside those that can be pointed at
_NAME: Final = 22  # characters


def graph_html(graph: Graph) -> str:
    """Counts of nodes, edges and links by status, the most linked files, and a picture of a small graph."""
    head = f"<p><b>Graph</b> of {len(graph.nodes):,} nodes and {len(graph.edges):,} edges</p>"
    linked = Counter(path for path in graph.links["target_path"].to_pylist() if path is not None)
    counts = [
        bars("Nodes", graph.counts(graph.nodes)),
        bars("Edges", graph.counts(graph.edges)),
        bars("Links by status", graph.counts(graph.links, "status")),
        bars("Most linked to", {name: n for name, n in largest(linked, 6).items() if name in linked}),
    ]
    return page(head, flex(_picture(graph), *counts))


def _picture(graph: Graph) -> str:
    """The files and the links between them; none where networkx is missing or there are many."""
    files = sum(n for kind, n in graph.counts(graph.nodes).items() if kind in (*FILES, "unresolved"))
    if not 0 < files <= _DRAWN or find_spec("networkx") is None:
        return ""
    net = arranged(graph)
    degree = net.degree()
    at = {node: [round(_SIZE * (0.5 + 0.44 * value), 1) for value in place] for node, place in net.places.items()}
    lines = "".join(
        f'<line class="cv-rule" x1="{at[one][0]}" y1="{at[one][1]}" x2="{at[other][0]}" y2="{at[other][1]}"/>'
        for one, other in net.edges
    )
    dots = "".join(
        f'<circle class="cv-{"unknown" if net.kinds[node] == "unresolved" else "train"}" cx="{x}" cy="{y}" '
        f'r="{3 + degree[node] ** 0.5:.1f}"><title>{text(net.names[node])}</title></circle>'
        for node, (x, y) in at.items()
    )
    words = "".join(
        f'<text x="{at[node][0]}" y="{at[node][1] - 8:.1f}" text-anchor="middle">{text(net.names[node][:_NAME])}</text>'
        for node in net.hubs(_NAMED)
    )
    title = "Files and links; grey is what nobody has written"
    return (
        f"<figure><figcaption>{title}</figcaption>"
        f'<svg width="{_SIZE}" height="{_SIZE}" viewBox="0 0 {_SIZE} {_SIZE}" role="img" aria-label="{title}">'
        f"{lines}{dots}{words}</svg></figure>"
    )
