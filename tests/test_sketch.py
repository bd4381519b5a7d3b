"""Shingles and signatures: the compiled kernel and NumPy give the same bits, and the field's reference agrees."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import sketch
from corpus.sketch import Sets, Task, Text, plain

try:
    from corpus.sketch import compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

needs_compiler = pytest.mark.skipif(compiled is None, reason="the kernel was not compiled on this machine")

MIXED = st.text(
    st.sampled_from("aAbZz09_ \t\n\x00\x1c.+-()é¾Ä\u0301\u00a0—→々，。你好かな가\ud7a3\uf8ff\ufb01\ufffd😀𝔘\U000e0001")
    | st.characters(codec="utf-8"),
    max_size=60,
)
LONG = st.builds(lambda word, n, rest: word * n + rest, MIXED, st.integers(0, 12), MIXED)
COLUMNS = st.lists(st.tuples(MIXED | LONG, MIXED, LONG), max_size=8)


def text(values: list[str]) -> Text:
    encoded = [value.encode() for value in values]
    starts = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return Text(np.frombuffer(b"".join(encoded), np.uint8), starts)


def columns(rows: list[tuple[str, ...]]) -> list[Text]:
    return [text([row[column] for row in rows]) for column in range(3)]


def arrays(value: object) -> list[np.ndarray]:
    names = value.__dataclass_fields__  # type: ignore[attr-defined]
    return [np.asarray(getattr(value, name)) for name in names]


def same(one: object, other: object) -> None:
    for a, b in zip(arrays(one), arrays(other), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@needs_compiler
@settings(max_examples=300)
@given(rows=COLUMNS, width=st.integers(1, 7), seed=st.integers(0, 3))
def test_both_kernels_give_the_same_shingles(rows: list[tuple[str, ...]], width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    widths = rng.integers(1, width + 1, (len(rows), 3)).astype(np.int32)
    code = rng.integers(0, 2, (len(rows), 3)).astype(np.uint8)
    made = [kernel.shingles(columns(rows), widths, code) for kernel in (plain, compiled)]
    same(*made)
    sets = [kernel.distinct(made[0].hashes, made[0].ends) for kernel in (plain, compiled)]
    same(*sets)
    factors, terms = rng.integers(0, 2**32, (2, 16), dtype=np.uint32)
    found = [k.signatures(made[0].hashes, made[0].ends, factors | np.uint32(1), terms) for k in (plain, compiled)]
    np.testing.assert_array_equal(*found)
    seeds = rng.integers(0, 2**64, len(found[0]), dtype=np.uint64)
    np.testing.assert_array_equal(*(kernel.band_keys(found[0], 4, seeds) for kernel in (plain, compiled)))
    pairs = rng.integers(0, max(1, len(sets[0])), (2, 9)) if rows else np.empty((2, 0), np.int64)
    np.testing.assert_array_equal(*(kernel.overlaps(sets[0], *pairs) for kernel in (plain, compiled)))


@needs_compiler
@settings(max_examples=50)
@given(seed=st.integers(0, 99), low=st.integers(0, 63), bits=st.integers(0, 64), count=st.integers(0, 3000))
def test_numbers_are_sorted_in_place(seed: int, low: int, bits: int, count: int) -> None:
    numbers = np.random.default_rng(seed).integers(0, 2**bits - 1, count, np.uint64, endpoint=True)
    numbers = (numbers >> np.uint64(low // 2)) + np.uint64(low)
    wanted = np.sort(numbers)
    for kernel in (plain, compiled):
        made = numbers.copy()
        kernel.sort(made)
        np.testing.assert_array_equal(made, wanted)


@needs_compiler
@settings(max_examples=200)
@given(
    members=st.lists(st.frozensets(st.integers(0, 12)), max_size=14),
    seed=st.integers(0, 99),
    threshold=st.sampled_from([0.3, 0.5, 0.8, 1.0]),
    spend=st.sampled_from([0, 3, 10**6]),
    most=st.sampled_from([2, 10**6]),
)
def test_both_kernels_settle_alike(
    members: list[frozenset[int]], seed: int, threshold: float, spend: int, most: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = len(members)

    def sets(of: list[frozenset[int]]) -> Sets:
        ends = np.cumsum([len(one) for one in of], dtype=np.int64) if of else np.empty(0, np.int64)
        return Sets(np.array([x for one in of for x in sorted(one)], np.uint64), ends)

    texts = [frozenset(x for x in one if x % 3 == part) for one in members for part in range(3)]
    counts = rng.integers(0, 4, rows)
    task = Task(
        places=rng.permutation(rows), whole=sets(members), parts=sets(texts), texts=3,
        apart=rng.integers(0, 2, rows).astype(np.uint8), fixed=(np.arange(rows) < seed % 3).astype(np.uint8),
        bucket_ends=np.cumsum(counts).astype(np.int64), buckets=rng.integers(0, 4, counts.sum()).astype(np.int32),
        threshold=threshold, floor=threshold - 0.1, last=0.5, most=most, spend=spend,
    )  # fmt: skip
    same(plain.settle(task), compiled.settle(task))


@given(rows=st.lists(st.text("ab Z_9\u00e9.,\n", max_size=30), min_size=1, max_size=5), width=st.integers(1, 5))
def test_shingles_are_the_word_n_grams(rows: list[str], width: int) -> None:
    """One hash a distinct n-gram: the same sizes and overlaps as sets of tuples of words have."""
    wanted = []
    for row in rows:
        words = re.findall(r"[\wé]+", "".join(c.lower() if c.isascii() else c for c in row))
        wanted.append({tuple(words[i : i + width]) for i in range(max(1, len(words) - width + 1))} if words else set())
    shape = (len(rows), 1)
    made = sketch.shingles([text(rows)], np.full(shape, width, np.int32), np.zeros(shape, np.uint8))
    sets = sketch.distinct(made.hashes, made.ends)
    assert sets.sizes.tolist() == [len(one) for one in wanted]
    left, right = np.indices((len(rows), len(rows))).reshape(2, -1)
    shared = [len(wanted[a] & wanted[b]) for a, b in zip(left, right, strict=True)]
    assert sketch.overlaps(sets, left, right).tolist() == shared


def test_permutations_are_drawn_as_datasketch_draws_them() -> None:
    from datasketch import MinHash

    from corpus.curate.candidates import SLOTS, permutations

    wanted = MinHash(num_perm=SLOTS, seed=1, scheme="affine32").permutations
    assert [drawn.tolist() for drawn in permutations()] == [drawn.tolist() for drawn in wanted]


@given(
    members=st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=40), min_size=1, max_size=5), seed=st.integers(0, 9)
)
def test_signatures_are_those_of_datasketch(members: list[list[int]], seed: int) -> None:
    from datasketch import MinHash

    ends = np.cumsum([len(one) for one in members])
    hashes = np.array([x for one in members for x in one], np.uint64)
    reference = MinHash(num_perm=64, seed=seed, scheme="affine32", hashfunc=int)
    factors, terms = reference.permutations
    found = sketch.signatures(hashes, ends, factors, terms)
    for one, signature in zip(members, found, strict=True):
        own = reference.copy()
        own.update_batch([value & 0xFFFFFFFF for value in one])
        assert signature.tolist() == own.hashvalues.tolist()


@pytest.mark.parametrize(
    ("values", "words", "tokens"),
    [
        ("Foo_bar(x1) += 3", 3, 7),
        ("naïve Größe ПРИВЕТ", 3, 3),
        ("你好，世界。", 5, 6),
        ("mid—dash “quoted” a\u00a0b", 5, 9),
        ("가나다 라마", 2, 2),
        ("a😀b", 3, 3),
        ("", 0, 0),
    ],
)
def test_what_a_token_is(values: str, words: int, tokens: int) -> None:
    for code, count in ((0, words), (1, tokens)):
        made = sketch.shingles([text([values])], np.ones((1, 1), np.int32), np.full((1, 1), code, np.uint8))
        assert len(made.hashes) == count


def test_digests_tell_order_capitals_and_punctuation_and_not_white_space() -> None:
    rows = ["a b.", " a\n b .", "b a.", "A b.", "a b!", "a b", "ab."]
    made = sketch.shingles([text(rows)], np.ones((7, 1), np.int32), np.zeros((7, 1), np.uint8))
    assert made.digests[0] == made.digests[1]
    assert len(set(made.digests.tolist())) == 6


def test_a_sliced_column_is_read_from_where_it_begins() -> None:
    whole = pa.array(["x y z", "un deux", "trois"])
    first = text(whole.slice(1).to_pylist())
    data = np.frombuffer(whole.buffers()[2], np.uint8)
    starts = np.frombuffer(whole.buffers()[1], np.int32)[1:4].astype(np.int64)
    shape = (2, 1)
    same(
        sketch.shingles([Text(data, starts)], np.ones(shape, np.int32), np.zeros(shape, np.uint8)),
        sketch.shingles([first], np.ones(shape, np.int32), np.zeros(shape, np.uint8)),
    )


def test_the_kernel_compiles_or_says_why_not(tmp_path) -> None:
    folder = tmp_path / "corpus" / "sketch"
    folder.mkdir(parents=True)
    (folder / "kernel.c").write_bytes((ROOT / "corpus/sketch/kernel.c").read_bytes())
    (tmp_path / "hatch_build.py").write_bytes((ROOT / "hatch_build.py").read_bytes())
    run = [sys.executable, str(tmp_path / "hatch_build.py")]
    broken = subprocess.run(run, capture_output=True, text=True, check=False, env={"PATH": "", "CC": "/no/such/cc"})
    assert broken.returncode == 1
    assert "not compiled" in broken.stderr
    assert sorted(p.name for p in folder.iterdir()) == ["kernel.c"]
    if compiled is not None:
        subprocess.run(run, check=True)
        assert (folder / "_kernel.so").stat().st_size > 0
        code = "from corpus import sketch; print(sketch.COMPILED)"
        for path in (ROOT / "corpus/sketch").glob("*.py"):
            (folder / path.name).write_bytes(path.read_bytes())
        (folder.parent / "__init__.py").write_text("")
        imported = [subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True,
                                   env={"PYTHONPATH": str(tmp_path)}, check=True).stdout]  # fmt: skip
        (folder / "kernel.c").write_bytes((folder / "kernel.c").read_bytes() + b"\n")
        imported.append(subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True,
                                       env={"PYTHONPATH": str(tmp_path)}, check=True).stdout)  # fmt: skip
        assert imported == ["True\n", "False\n"]  # a library of another source would give other numbers
