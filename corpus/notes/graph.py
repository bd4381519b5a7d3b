"""The nodes and edges of a vault."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from corpus.graph import EDGES, NODES, Graph, table_of
from corpus.notes.compose import Target, Vault
from corpus.notes.links import fold

__all__ = ["graph_of"]

_MAX_LEVELS: Final = 20  # of a nested tag that are nodes of their own; the names of all are quadratic in its length


def graph_of(vault: Vault, roles: dict[str, str]) -> Graph:
    """The graph of a vault.

    Args:
        vault: Read as a whole.
        roles: Path to `daily`, `template` or `excluded`.
    """
    return _Builder(vault, roles).build()


class _Builder:
    def __init__(self, vault: Vault, roles: dict[str, str]) -> None:
        self.vault, self.roles = vault, roles
        self.nodes: dict[str, dict[str, Any]] = {}
        self.edges: list[dict[str, Any]] = []
        self.parts: dict[tuple[str, object], str] = {}  # a heading's or block's node by path and number or id

    def build(self) -> Graph:
        for path in sorted(self.vault.kinds):
            self._file(path)
        for path in sorted(self.vault.notes):
            self._inside(path)
        for path in sorted(self.vault.notes):
            self._links(path)
        for path in sorted(self.vault.canvases):
            self._canvas(path)
        order = {"note": 0, "canvas": 0, "base": 0, "attachment": 0}
        nodes = sorted(self.nodes.values(), key=lambda node: (order.get(node["kind"], 1), node["kind"], node["id"]))
        return Graph(table_of(nodes, NODES), table_of(self.edges, EDGES))

    def _add(
        self, name: str, kind: str, shown: str, path: str | None = None, line: int | None = None, **more: Any
    ) -> str:
        """Add a node under an id that no other has."""
        wanted, number = name, 1
        while name in self.nodes:
            number += 1
            name = f"{wanted} ({number})"
        node = {"id": name, "kind": kind, "name": shown, "source": self.vault.name, "path": path, "line": line}
        self.nodes[name] = {**node, "aliases": [], "tasks_open": 0, "tasks_done": 0, **more}
        return name

    def _id(self, path: str) -> str:
        return f"{self.vault.name}/{path}"

    def _file(self, path: str) -> None:
        kind = self.vault.kinds[path]
        shown = path.rsplit("/", 1)[-1]
        more: dict[str, Any] = {"role": self.roles.get(path)}
        note = self.vault.notes.get(path)
        if note:
            done = sum(task.status != " " for task in note.tasks)
            more |= {"aliases": note.aliases, "tasks_open": len(note.tasks) - done, "tasks_done": done}
            more["problem"] = note.problem
        self._add(self._id(path), kind, shown[:-3] if kind == "note" else shown, path, **more)

    def _inside(self, path: str) -> None:
        """The headings and blocks of a note, each held by what it stands under."""
        note = self.vault.notes[path]
        above: list[tuple[int, str]] = [(0, self._id(path))]
        used: dict[str, int] = {}
        for number, section in enumerate(note.sections):
            if not section.level:
                self.parts[path, number] = self._id(path)
                continue
            while above[-1][0] >= section.level:
                above.pop()
            wanted = f"{above[-1][1]}#{section.heading}"
            used[wanted] = used.get(wanted, 0) + 1
            again = f" ({used[wanted]})" if used[wanted] > 1 else ""
            name = self._add(wanted + again, "heading", section.heading, path, section.line_start)
            self._edge(above[-1][1], name, path, path, "contains", section.line_start)
            self.parts[path, number] = name
            above.append((section.level, name))
        for block in note.blocks:
            if (path, block.id) in self.parts:
                continue  # an id that stands twice means the first
            name = self._add(f"{self._id(path)}#^{block.id}", "block", f"^{block.id}", path, block.line_start)
            self.parts[path, block.id] = name
            self._edge(self.parts[path, block.section], name, path, path, "contains", block.line_start)

    def _edge(
        self, source: str, target: str, source_path: str | None, target_path: str | None, kind: str,
        line: int | None, status: str = "resolved", text: str = "",
    ) -> None:  # fmt: skip
        self.edges.append(
            {
                "source": source,
                "target": target,
                "source_path": source_path,
                "target_path": target_path,
                "kind": kind,
                "line": line,
                "status": status,
                "text": text,
            }
        )

    def _links(self, path: str) -> None:
        note, here = self.vault.notes[path], self._id(path)
        for reference in sorted(note.references, key=lambda reference: (reference.line, reference.start)):
            target = self.vault.target(reference.target, reference.subpath, path)
            node = self._node(target, reference.target)
            self._edge(here, node, path, target.path, reference.kind, reference.line, target.status, reference.display)
        self._tags(here, path, ((tag.name, tag.line) for tag in note.tags))

    def _node(self, target: Target, written: str) -> str:
        if target.path is None:
            written = written[:-3] if written.lower().endswith(".md") else written
            name = f"{self.vault.name}/[[{fold(written)}]]"
            return name if name in self.nodes else self._add(name, "unresolved", written)
        part = target.block.id if target.block else target.section
        return self.parts.get((target.path, part), self._id(target.path))

    def _tags(self, here: str, path: str, tags: Iterable[tuple[str, int | None]]) -> None:
        for tag, line in tags:
            self._edge(here, self._tag(tag), path, None, "tag", line, text=f"#{tag}")

    def _tag(self, tag: str) -> str:
        """The node of a tag, below those of the tags that it is a part of; shown in the case that was seen first."""
        name, above = f"{self.vault.name}#{fold(tag)}", None
        if name in self.nodes:
            return name
        parts = tag.strip("/").split("/")
        for level in range(1, min(len(parts), _MAX_LEVELS)):
            above = self._below(above, "/".join(parts[:level]))
        return self._below(above, tag)

    def _below(self, above: str | None, tag: str) -> str:
        name = f"{self.vault.name}#{fold(tag)}"
        if name not in self.nodes:
            self._add(name, "tag", tag)
            if above is not None:
                self._edge(above, name, None, None, "contains", None)
        return name

    def _canvas(self, path: str) -> None:
        canvas, here = self.vault.canvases[path], self._id(path)
        ends: dict[str, tuple[str, str]] = {}
        for name, kind, held, subpath, line in canvas.cards:
            if kind == "file":
                target = self.vault.target("/" + held.lstrip("/"), subpath, path)
                node = self._node(target, held)
                self._edge(here, node, path, target.path, "canvas", line, target.status, held)
                ends[name] = (node, target.path or path)
            else:
                node = self._add(f"{here}#{name}", "card", held[:80], path, line)
                self._edge(here, node, path, path, "contains", line)
                ends[name] = (node, path)
        for card, kind, written, subpath, shown in canvas.links:
            target = self.vault.target(written, subpath, path)
            line = canvas.cards[card][4]
            self._edge(here, self._node(target, written), path, target.path, kind, line, target.status, shown)
        self._tags(here, path, ((tag, canvas.cards[card][4]) for card, tag in canvas.tags))
        for start, end, label, line in canvas.arrows:
            if start in ends and end in ends:
                (source, source_path), (target_, target_path) = ends[start], ends[end]
                self._edge(source, target_, source_path, target_path, "arrow", line, text=label)
