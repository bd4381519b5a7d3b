"""Stages in this process, with threads where they help."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

__all__ = ["LocalEngine"]

Part = TypeVar("Part")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """One part after another, or some at a time in threads.

    Attributes:
        threads: How many; 0 is one for each core that this process may use.
        finer: See `corpus.engines.Engine`.
    """

    threads: int = 0
    finer: int = 1

    def map(self, work: Callable[[Part], Result], parts: Iterable[Part], *, threads: bool = False) -> Iterator[Result]:
        """See `corpus.engines.Engine.map`."""
        if not threads or self.threads == 1:
            yield from map(work, parts)
            return
        count = self.threads or _cores()
        waiting = iter(parts)
        with ThreadPoolExecutor(count) as pool:
            ahead = deque(pool.submit(work, part) for part in islice(waiting, count + 1))
            while ahead:
                done = ahead.popleft().result()
                ahead.extend(pool.submit(work, part) for part in islice(waiting, 1))
                yield done


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
