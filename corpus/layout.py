"""Where the files of a graph of notes stand in a picture, and the links between them, for all that draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import networkx as nx

    from corpus.graph import Graph

__all__ = ["DRAWN", "FILES", "Layout", "arranged"]

DRAWN: Final = ("link", "embed", "property", "canvas")
"""The kinds of edges that Obsidian's graph is made of; the others are `tag`, `arrow` (of a canvas) and `contains`."""

FILES: Final = ("note", "canvas", "base", "attachment")
"""The kinds of nodes that are files."""

_ROW: Final = 16  # files that are linked with nothing, in a row of their own below the others
_STEP: Final = 0.12  # from one such row to the next


@dataclass(frozen=True)
class Layout:
    """Files and what links name and nobody has written, with their places.

    Attributes:
        places: Node to its place, both coordinates in -1 to 1.
        edges: Pairs of nodes, one where a file links to another, whichever way and how often.
        names: Node to its name.
        kinds: Node to its kind, `unresolved` for what nobody has written.
        left_out: How many nodes are not among them, those with the fewest links.
    """

    places: Mapping[str, tuple[float, float]]
    edges: tuple[tuple[str, str], ...]
    names: Mapping[str, str]
    kinds: Mapping[str, str]
    left_out: int

    def degree(self) -> dict[str, int]:
        """How many others each node is linked with."""
        found = dict.fromkeys(self.places, 0)
        for pair in self.edges:
            for node in pair:
                found[node] += 1
        return found

    def hubs(self, most: int) -> list[str]:
        """The nodes with most links, at most so many, those of equal number by their ids."""
        degree = self.degree()
        return sorted(degree, key=lambda node: (-degree[node], node))[: max(0, most)]


def arranged(graph: Graph, most: int | None = None) -> Layout:
    """A layout by springs (Fruchterman and Reingold), which begins at the same places every time.

    Args:
        graph: The graph.
        most: Only so many nodes, those with most links: the work grows with their square.

    Raises:
        MissingExtraError: networkx is not installed.
    """
    whole = graph.to_networkx()
    import networkx as nx

    nodes = {node: facts for node, facts in whole.nodes(data=True) if facts["kind"] in (*FILES, "unresolved")}
    small = _linked(whole, nodes)
    chosen = sorted(small, key=lambda node: (-small.degree(node), node))[:most]
    shown = small.subgraph(chosen) if len(chosen) < len(small) else small
    order = nx.Graph()
    order.add_nodes_from(node for node in small if node in shown)  # a subgraph comes in the order of a set
    order.add_edges_from(edge for edge in small.edges if edge[0] in shown and edge[1] in shown)
    return Layout(
        _places(order),
        tuple(order.edges),
        {node: nodes[node]["name"] for node in order},
        {node: nodes[node]["kind"] for node in order},
        len(small) - len(order),
    )


def _places(net: nx.Graph) -> dict[str, tuple[float, float]]:
    """What is linked by springs, what is linked with nothing in rows below: springs would drive it to the edges."""
    import networkx as nx

    alone = [node for node in net if net.degree(node) == 0]
    linked = net.subgraph(set(net) - set(alone))
    bundle = nx.Graph()
    bundle.add_nodes_from(node for node in net if node in linked)
    bundle.add_edges_from(net.edges)
    found = nx.spring_layout(bundle, seed=0, k=2.5 / max(1, len(bundle)) ** 0.5, iterations=80)
    rows = -(-len(alone) // _ROW)
    step = min(_STEP, 1 / max(1, rows))  # all rows together take at most half of the picture
    low = 1 - step * (rows + 1) if rows else 1.0
    places = {node: (float(x), float((y + 1) / 2 * (low + 1) - 1)) for node, (x, y) in found.items()}
    for i, node in enumerate(alone):
        of_row = min(_ROW, len(alone) - i // _ROW * _ROW)
        places[node] = ((i % _ROW + 0.5) / of_row * 2 - 1, 1 - step * (rows - 1 - i // _ROW))
    return {node: places[node] for node in net}


def _linked(whole: nx.MultiDiGraph, nodes: Mapping[str, Mapping[str, str]]) -> nx.Graph:
    """The files and unresolved targets, an edge where one links to another or to something in it."""
    import networkx as nx

    by_path = {(facts["source"], facts["path"]): node for node, facts in nodes.items() if "path" in facts}
    small = nx.Graph()
    small.add_nodes_from(nodes)
    for one, other, kind in whole.edges(data="kind"):
        ends = [by_path.get((whole.nodes[n]["source"], whole.nodes[n].get("path")), n) for n in (one, other)]
        if kind in DRAWN and ends[0] != ends[1] and all(end in nodes for end in ends):
            small.add_edge(*ends)
    return small
