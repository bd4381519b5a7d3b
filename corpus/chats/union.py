"""Sets that grow together: which of several records are of the same person, or the same chat."""

from __future__ import annotations

__all__ = ["Union"]


class Union:
    """A union-find over numbers. A set is called by the smallest number in it."""

    def __init__(self) -> None:
        self._root: list[int] = []

    def add(self) -> int:
        """A new number, in a set of its own."""
        self._root.append(len(self._root))
        return len(self._root) - 1

    def find(self, number: int) -> int:
        """The smallest number of the set that this one is in."""
        root = self._root
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    def join(self, one: int, other: int) -> None:
        """Make two sets one."""
        first, second = sorted((self.find(one), self.find(other)))
        self._root[second] = first
