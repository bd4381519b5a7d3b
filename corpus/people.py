"""Somebody whom a source knows: what they are called there, and what stands for them in a corpus."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Person", "from_values", "sorted_people", "to_values"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a source knows.

    Attributes:
        called: The pseudonym that stands for them, wherever they are found.
        names: What they are called, each in full.
        ids: What identifies them: addresses, telephone numbers, ids and handles, as they are written.
        near: Somebody whom the owner knows, so that a part of the name alone stands for them too.
        places: Paths of rows that are theirs: a conversation with them, a note about them.
    """

    called: str
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    near: bool = False
    places: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Person({self.called!r})"  # an error that shows one shows no name


def sorted_people(people: Iterable[Person]) -> tuple[Person, ...]:
    """People in an order of their own, everybody once."""
    return tuple(sorted(set(people), key=lambda one: (one.called, one.names, one.ids, one.near, one.places)))


def to_values(people: Iterable[Person]) -> list[dict[str, Any]]:
    """People as JSON values."""
    return [asdict(person) for person in people]


def from_values(values: object) -> tuple[Person, ...]:
    """People back from `to_values`; nobody where it is something else, as the file may come from anyone."""
    found = []
    for one in values if isinstance(values, list) else []:
        if not isinstance(one, dict) or not isinstance(one.get("called"), str):
            return ()
        texts = {name: one.get(name, ()) for name in ("names", "ids", "places")}
        if not all(isinstance(v, list | tuple) and all(isinstance(t, str) for t in v) for v in texts.values()):
            return ()
        found.append(Person(one["called"], near=bool(one.get("near")), **{n: tuple(v) for n, v in texts.items()}))
    return tuple(found)
