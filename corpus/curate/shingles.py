"""What rows are compared by, and its shingles: batches of a table in, flat arrays of 64-bit hashes out.

A row is compared by three texts: what was said and asked, the material, the answer. Prose gives shingles of words;
code gives shingles of all its tokens, twice as many of them as of words, since half of code's tokens are punctuation
(so one changed name costs as much of either), its comments and layout left out. No shingle spans two texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus import sketch
from corpus.curate.comments import may_hold_comments, without_comments
from corpus.entry import CODE_COLUMNS
from corpus.sketch import Shingles, Text
from corpus.store import batches

__all__ = ["BODY", "COLUMNS", "TEXTS", "Compared", "body", "compared", "compared_texts", "shingles_of", "text_of"]

TEXTS: Final = 3
"""Texts of a row: question, material, answer."""

COLUMNS: Final = ("kind", "category", "task", "language", "system", "history", "instruction", "input", "output")
"""The columns that are compared, or say how."""

BODY: Final = ("instruction", "input", "output")
"""The columns that `body` reads."""

_ABOUT_DEFINITIONS: Final = ("explain", "answer")
_CODE_TOKENS: Final = 2  # tokens of code to a word of prose


@dataclass(frozen=True, slots=True)
class Compared:
    """The texts by which the rows of a batch are compared.

    Attributes:
        texts: Questions, materials and answers.
        code: Which of them is code, (rows, 3).
        own: Rows whose question is their own, so that it must be alike too.
    """

    texts: tuple[Text, Text, Text]
    code: npt.NDArray[np.uint8]
    own: npt.NDArray[np.uint8]


def compared(batch: pa.Table, *, as_code: bool = True) -> Compared:
    """What the rows of a batch are compared by.

    The instruction of a row about code from a repository is one of a few phrasings and says nothing of the row, so its
    question is empty; elsewhere it is what the answer answers, and the same material may be asked about many times.
    What is nothing but comments is compared with them. Where a definition is asked about that is not shown, what is
    shown of it (its signature) is the question.

    Args:
        batch: Rows with `COLUMNS`.
        as_code: False reads code as if it were prose, comments included.
    """
    plain = {name: _plain(batch[name]) for name in COLUMNS}
    has_language = pc.is_valid(plain["language"])
    has_code = pc.and_(has_language, pc.is_in(plain["task"], pa.array(list(CODE_COLUMNS))))
    extracted = pc.equal(plain["kind"], "git")
    phrased = pc.and_(has_code, extracted)
    described = pc.and_(
        pc.and_(extracted, has_language),
        pc.and_(pc.not_equal(plain["input"], ""), pc.is_in(plain["task"], pa.array(_ABOUT_DEFINITIONS))),
    )
    code = np.zeros((len(batch), TEXTS), np.uint8)
    materials, answers = plain["input"], plain["output"]
    questions = _questions(plain, phrased)
    if pc.any(described).as_py():
        shown = pc.binary_join_element_wise(plain["category"], materials, "\n")
        questions, materials = pc.if_else(described, shown, questions), pc.if_else(described, "", materials)
    if as_code and pc.any(has_code).as_py():
        code = _code(plain, has_code)
        materials = _uncommented(materials, plain["language"], code[:, 1])
        answers = _uncommented(answers, plain["language"], code[:, 2])
    own = 1 - _bools(phrased).astype(np.uint8)
    return Compared((text_of(questions), text_of(materials), text_of(answers)), code, own)


def body(batch: pa.Table) -> Text:
    """What makes a row itself, as one text in lower case: its material, or else what was asked, and its answer.

    Args:
        batch: Rows with `BODY`.
    """
    asked, material, answer = (_plain(batch[name]) for name in BODY)
    material = pc.if_else(pc.equal(material, ""), asked, material)
    return text_of(pc.utf8_lower(pc.binary_join_element_wise(material, answer, "\n")))


def compared_texts(table: pa.Table) -> Iterator[tuple[str, ...]]:
    """Question, material and answer of each row, code as it stands."""
    for batch in batches(table.select(COLUMNS)):
        yield from zip(*(_strings(text) for text in compared(batch, as_code=False).texts), strict=True)


def _strings(text: Text) -> Iterator[str]:
    return (text.data[start:stop].tobytes().decode() for start, stop in pairwise(text.starts.tolist()))


def shingles_of(what: Compared, words: int) -> Shingles:
    """The shingles of each text of each row.

    Args:
        what: The rows' texts.
        words: Words in a shingle of prose.
    """
    widths = np.where(what.code, words * _CODE_TOKENS, words).astype(np.int32)
    return sketch.shingles(what.texts, widths, what.code)


def text_of(column: pa.Array) -> Text:
    """A column of strings without nulls as the kernel reads it, without a copy of its bytes."""
    _, starts, data = column.buffers()
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    if starts is None or not len(column):
        return Text(np.empty(0, np.uint8), np.zeros(len(column) + 1, np.int64))
    offsets = np.frombuffer(starts, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    return Text(np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8), offsets)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """One array without chunks and dictionaries."""
    array = (
        column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], column.type)])
    )
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _questions(plain: dict[str, pa.Array], phrased: pa.Array) -> pa.Array:
    parts = [plain["instruction"]]
    if len(plain["history"].flatten()):
        history = plain["history"]
        contents = pa.ListArray.from_arrays(history.offsets, history.values.field("content"))
        parts.insert(0, pc.binary_join(contents, "\n"))
    if plain["system"].null_count < len(plain["system"]):
        parts.insert(0, pc.fill_null(plain["system"], ""))
    said = pc.binary_join_element_wise(*parts, "\n") if len(parts) > 1 else parts[0]
    return pc.if_else(phrased, "", said) if pc.any(phrased).as_py() else said


def _code(plain: dict[str, pa.Array], has_code: pa.Array) -> npt.NDArray[np.uint8]:
    code = np.zeros((len(has_code), TEXTS), np.uint8)
    for place, column in ((1, "input"), (2, "output")):
        tasks = [task for task, columns in CODE_COLUMNS.items() if column in columns]
        code[:, place] = _bools(pc.and_(has_code, pc.is_in(plain["task"], pa.array(tasks))))
    return code


def _bools(array: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(array.to_numpy(zero_copy_only=False), np.bool_)


def _uncommented(texts: pa.Array, languages: pa.Array, code: npt.NDArray[np.uint8]) -> pa.Array:
    """The texts, those that are code without their comments; only such as may hold one become Python strings.

    What is nothing but comments keeps them: texts of which nothing is left would all be the same.
    """
    rows = np.flatnonzero(code)
    if not len(rows):
        return texts
    pairs = _pairs(texts.take(pa.array(rows)), languages.take(pa.array(rows)))
    changed = [(row, left) for row, (text, name) in zip(rows, pairs, strict=True)
               if may_hold_comments(text, name) and (left := without_comments(text, name)).strip()]  # fmt: skip
    if not changed:
        return texts
    mask = np.zeros(len(texts), np.bool_)
    mask[[row for row, _ in changed]] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array([text for _, text in changed], texts.type))


def _pairs(texts: pa.Array, languages: pa.Array) -> Iterator[tuple[Any, Any]]:
    return zip(texts.to_pylist(), languages.to_pylist(), strict=True)
