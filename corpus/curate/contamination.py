"""What another body of text is recognised by: hashes of its 13-word sequences and of its code, never its text.

Sequences of 13 words are what GPT-3 (Brown et al. 2020, appendix C) and most since then decontaminate by: shorter ones
are shared by accident (10 words: .26 % of library functions against .05 %), longer ones miss what was edited. Words are
runs of letters, digits and underscores in lower case, so layout, quotes and operators are not part of them. A sequence
of few different words (rows of zeros, 1 2 3 4) says nothing and is left out. Code is recognised by
`corpus.curate.codeshape` besides: that finds solutions under other names, and those of fewer than 13 words. A question
of 8 to 12 words (one in six of MBPP's) is recognised where it is a whole line.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from corpus.curate.codeshape import shapes_of
from corpus.errors import IntegrityError

__all__ = ["EVIDENCE", "VERSION", "Fingerprints", "Item", "collected", "shipped"]

VERSION: Final = "contamination-1"
EVIDENCE: Final[Mapping[str, str]] = {
    "words": "of its sequences of 13 words",
    "question": "of its questions",
    "verbatim": "of its functions, name and all",
    "renamed": "of its pieces of code, whatever the names",
}

_WORDS: Final = 13
_DISTINCT: Final = 7  # different words, of two characters or more, in a sequence that says something
_SHORTEST_QUESTION: Final = 8
_WORD: Final = re.compile(r"\w+")
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)  # odd: nothing is lost by multiplying modulo 2^64
_DATA: Final = Path(__file__).parent / "data" / "benchmarks.npz"

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Item:
    """One problem of a benchmark, or one row of a corpus.

    Attributes:
        name: What it is called when it is found.
        texts: Its texts; no sequence spans two of them.
        codes: Its code in Python.
        questions: What it asks, where that is one line of fewer than 13 words: found where a line says just that.
    """

    name: str
    texts: Sequence[str]
    codes: Sequence[str] = ()
    questions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The hashes of some benchmarks or corpora.

    Attributes:
        sources: What it was made from: `name` and what else is known, as JSON values.
        items: Names of items, after the name of their source.
        hashes: Ascending hashes for each kind of `EVIDENCE`.
        owners: The item that each belongs to, the first where there are several.
    """

    sources: Sequence[Mapping[str, Any]]
    items: Sequence[str]
    hashes: Mapping[str, Hashes]
    owners: Mapping[str, Ints]

    def to_bytes(self) -> bytes:
        """As a file: an npz with the sources and items as JSON in it. The same hashes give the same bytes."""
        head = json.dumps({"version": VERSION, "sources": list(self.sources), "items": list(self.items)})
        arrays: dict[str, npt.NDArray[Any]] = {"head": np.frombuffer(head.encode(), np.uint8)}
        for kind in EVIDENCE:
            arrays[f"{kind}_hashes"] = self.hashes[kind]
            arrays[f"{kind}_owners"] = self.owners[kind].astype(np.uint16 if len(self.items) < 2**16 else np.uint32)
        file = io.BytesIO()
        np.savez(file, **arrays)  # type: ignore[arg-type]  # the stub takes the keyword `allow_pickle` for one of them
        return file.getvalue()

    @classmethod
    def from_file(cls, path: Path) -> Fingerprints:
        """Read what `to_bytes` wrote.

        Raises:
            IntegrityError: It is of another version of the hashes, or no such file.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                head = json.loads(arrays["head"].tobytes())
                if head["version"] != VERSION:
                    raise IntegrityError(
                        "the hashes are of another version", where=path, expected=VERSION, got=head["version"]
                    )
                hashes = {kind: arrays[f"{kind}_hashes"] for kind in EVIDENCE}
                owners = {kind: arrays[f"{kind}_owners"].astype(np.int64) for kind in EVIDENCE}
        except (OSError, ValueError, KeyError) as error:
            raise IntegrityError("the hashes cannot be read", where=path, got=error) from None
        return cls(head["sources"], head["items"], hashes, owners)

    def find(self, texts: Sequence[str], codes: Sequence[Sequence[str]]) -> list[tuple[str, str] | None]:
        """What each row is found by.

        Args:
            texts: The whole text of each row.
            codes: The Python code in each row, as far as there is some.

        Returns:
            For each row None, or the item that most of its hashes belong to, and the evidence in words.
        """
        found: list[dict[str, Counter[int]]] = [{} for _ in texts]
        grams, row_of = _grams(texts, self.hashes["words"])
        for kind, hashes, rows in (("words", grams, row_of), ("question", *_lines(texts)), *_shape_hashes(codes)):
            for row, owner in zip(*self._owners(kind, hashes, rows), strict=True):
                found[row].setdefault(kind, Counter())[owner] += 1
        return [self._said(evidence) for evidence in found]

    def _owners(self, kind: str, hashes: Hashes, rows: Ints) -> tuple[list[int], list[int]]:
        known = self.hashes[kind]
        hit = _among(hashes, known)
        at = np.searchsorted(known, hashes[hit])
        return rows[hit].tolist(), self.owners[kind][at].tolist()

    def _said(self, evidence: Mapping[str, Counter[int]]) -> tuple[str, str] | None:
        total: Counter[int] = Counter()
        for counts in evidence.values():
            total.update(counts)
        if not total:
            return None
        item = min(total, key=lambda owner: (-total[owner], owner))
        said = [f"{counts[item]} {EVIDENCE[kind]}" for kind, counts in evidence.items() if counts[item]]
        return self.items[item], ", ".join(said)


def collected(sources: Iterable[tuple[Mapping[str, Any], Iterable[Item]]]) -> Fingerprints:
    """The hashes of several sources: a description with its `name`, and its items."""
    described: list[Mapping[str, Any]] = []
    names: list[str] = []
    texts: list[str] = []
    text_owner: list[int] = []
    codes: list[Sequence[str]] = []
    questions: list[str] = []
    for source, items in sources:
        described.append(dict(source))
        for item in items:
            texts += item.texts
            text_owner += [len(names)] * len(item.texts)
            codes.append(item.codes)
            questions.append("\n".join(item.questions))
            names.append(f"{source['name']} {item.name}")
    grams, row_of = _grams(texts)
    owner = np.array(text_owner, np.int64)[row_of] if texts else np.empty(0, np.int64)
    hashes, owners = {}, {}
    for kind, values, owner_of in (("words", grams, owner), ("question", *_lines(questions)), *_shape_hashes(codes)):
        order = np.lexsort((owner_of, values))
        values_, first = np.unique(values[order], return_index=True)
        hashes[kind], owners[kind] = values_, owner_of[order][first]
    return Fingerprints(described, names, hashes, owners)


@cache
def shipped() -> Fingerprints:
    """The hashes of HumanEval and MBPP that come with this library; benchmarks/contamination_hashes.py made them."""
    return Fingerprints.from_file(_DATA)


def _shape_hashes(codes: Sequence[Sequence[str]]) -> list[tuple[str, Hashes, Ints]]:
    shapes: dict[str, list[tuple[int, int]]] = {"verbatim": [], "renamed": []}
    known: dict[str, Any] = {}  # one definition is the code of several rows
    for row, texts in enumerate(codes):
        for text in texts:
            if text not in known:
                known[text] = shapes_of(text)
            for kind, found in shapes.items():
                found += [(value, row) for value in sorted(getattr(known[text], kind))]
    return [
        (kind, np.array([value for value, _ in found], np.uint64), np.array([row for _, row in found], np.int64))
        for kind, found in shapes.items()
    ]


def _lines(texts: Sequence[str]) -> tuple[Hashes, Ints]:
    """The hashes of all lines of 8 to 12 words, and the text that each is in."""
    found = []
    for row, text in enumerate(texts):
        for line in text.lower().splitlines():
            if len(line) < 2 * _SHORTEST_QUESTION - 1:
                continue
            words = _WORD.findall(line)
            if _SHORTEST_QUESTION <= len(words) < _WORDS:
                found.append((_hash(" ".join(words)), row))
    return np.array([value for value, _ in found], np.uint64), np.array([row for _, row in found], np.int64)


def _grams(texts: Sequence[str], known: Hashes | None = None) -> tuple[Hashes, Ints]:
    """The hashes of all sequences that say something, or of those that are known; and the text that each is in."""
    number: dict[str, int] = {}
    ids: list[int] = []
    lengths = []
    for text in texts:
        words = _WORD.findall(text.lower())
        ids += [number.setdefault(word, len(number)) for word in words]
        lengths.append(len(words))
    of = np.array(ids, np.int64)
    count = max(0, len(of) - _WORDS + 1)
    hashed = np.array([_hash(word) for word in number], np.uint64)[of] if number else np.empty(0, np.uint64)
    row_of = np.repeat(np.arange(len(lengths)), lengths)
    rolled = np.zeros(count, np.uint64)
    for offset in range(_WORDS):
        rolled = (rolled ^ hashed[offset : offset + count]) * _FACTOR
        rolled ^= rolled >> np.uint64(29)
    keep = np.flatnonzero(row_of[:count] == row_of[_WORDS - 1 : _WORDS - 1 + count])
    if known is not None:
        keep = keep[_among(rolled[keep], known)]
    if len(keep):
        keep = keep[_variety(of, number, count)[keep] >= _DISTINCT]
    return rolled[keep], row_of[:count][keep]


def _among(hashes: Hashes, known: Hashes) -> npt.NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(hashes), np.bool_)
    found: npt.NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, hashes), len(known) - 1)] == hashes
    return found


def _variety(of: Ints, number: Mapping[str, int], count: int) -> Ints:
    """How many different words of two characters or more each sequence holds."""
    long = np.array([len(word) > 1 and not word.isdigit() for word in number], bool)
    # A word is new in a sequence if its last occurrence lies before the sequence begins.
    order = np.lexsort((np.arange(len(of)), of))
    before = np.full(len(of), -1, np.int64)
    same = of[order][1:] == of[order][:-1]
    before[order[1:][same]] = order[:-1][same]
    found = np.zeros(count, np.int64)
    starts = np.arange(count)
    for offset in range(_WORDS):
        at = slice(offset, offset + count)
        found += long[of[at]] & (before[at] < starts)
    return found


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")
