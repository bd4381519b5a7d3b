"""Canvases (https://jsoncanvas.org/spec/1.0/) and bases: files of JSON and YAML that link notes together."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from corpus.notes.properties import plain_yaml

__all__ = ["Canvas", "parse_base", "parse_canvas"]


@dataclass(slots=True)
class Canvas:
    """Cards and arrows of a canvas.

    Attributes:
        cards: Of each node its id, its type, what it holds (text, path, address or label), a path's subpath, its line.
        arrows: Of each edge the ids at its ends, its label, its line.
        links: Of each link in a text its card's number, kind, target, subpath and display.
        tags: Of each tag in a text its card's number and its name.
        skip: Reason and detail, for a file that cannot be read.
    """

    cards: list[tuple[str, str, str, str, int]] = field(default_factory=list)
    arrows: list[tuple[str, str, str, int]] = field(default_factory=list)
    links: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    tags: list[tuple[int, str]] = field(default_factory=list)
    skip: tuple[str, str] | None = None


def parse_canvas(text: str) -> Canvas:
    """Parse a canvas. What is not as the specification says is left out; an empty file is an empty canvas."""
    canvas = Canvas()
    try:
        values = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        canvas.skip = ("broken-canvas", f"not JSON: {str(error)[:200]}")
        return canvas
    if not isinstance(values, dict):
        canvas.skip = ("broken-canvas", f"a {type(values).__name__} instead of nodes and edges")
        return canvas
    lines = _Lines(text)
    for node in _dicts(values.get("nodes")):
        kind = _string(node, "type")
        held = {"text": "text", "file": "file", "link": "url", "group": "label"}.get(kind)
        if held and _string(node, "id"):
            card = (_string(node, "id"), kind, _string(node, held), _string(node, "subpath").lstrip("#"))
            canvas.cards.append((*card, lines.of(card[0])))
            if kind == "text":
                _scan(canvas, len(canvas.cards) - 1, card[2])
    for edge in _dicts(values.get("edges")):
        ends = (_string(edge, "fromNode"), _string(edge, "toNode"))
        if all(ends):
            canvas.arrows.append((*ends, _string(edge, "label"), lines.of(_string(edge, "id"))))
    return canvas


class _Lines:
    """On which line an id stands first; a file on one line has it all on that one."""

    def __init__(self, text: str) -> None:
        self.numbers: dict[str, int] = {}
        for number, line in enumerate(text.split("\n"), 1):
            for part in line.split('"id"')[1:]:
                self.numbers.setdefault(part.split('"', 2)[1] if part.count('"') > 1 else "", number)

    def of(self, name: str) -> int:
        return self.numbers.get(name, 1)


def _scan(canvas: Canvas, card: int, text: str) -> None:
    from corpus.notes.parse import parse_note

    note = parse_note(text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    canvas.links += [(card, r.kind, r.target, r.subpath, r.display) for r in note.references]
    canvas.tags += [(card, tag.name) for tag in note.tags]


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _string(values: dict[str, Any], key: str) -> str:
    value = values.get(key)
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def parse_base(text: str) -> tuple[list[str], tuple[str, str] | None]:
    """The names of a base's views, and why it cannot be read, if it cannot. An empty file is valid."""
    try:
        values = plain_yaml(text.removeprefix("\ufeff"))
    except ValueError as error:
        return [], ("broken-base", f"not YAML: {error}")
    if values is None:
        return [], None
    if not isinstance(values, dict):
        return [], ("broken-base", f"a {type(values).__name__} instead of filters and views")
    return [_string(view, "name") for view in _dicts(values.get("views")) if _string(view, "name")], None
