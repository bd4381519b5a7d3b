"""Near-duplicates: seconds, memory, recall and wrong removals, beside other people's tools and beside the floor.

    python benchmarks/dedup.py [ROWS ...] [--peers PYTHON] [--tools NAME,NAME]     10000 and 100000 rows by default

PYTHON is that of an environment with datasketch, rensa, daft, gaoya, text-dedup 0.4.0 (0.4.1 needs Python 3.12),
datatrove and semhash; what is missing there is named and left out.

Texts are made from the Python files, headers and documents of this machine, with a seed: rows of some 120 words, 3 %
of them copies, 15 % copies edited to a known similarity, 5 % from templates with one to three words changed. Words are
in lower case with one blank between, so that every tool sees the same 5-grams, whatever it takes for a word. Everyone
gets 128 slots, a threshold of .8 and, where they can be chosen, 16 bands of 8. text-dedup hashes by xxh3, not SHA-1;
datatrove by SHA-1, since its own choice fails with xxhash 4, and it splits at blanks, without spaCy. semhash compares
embeddings: vectors are drawn, 29,528 of 256 numbers as in its own model, which is not downloaded, and its threshold is
its own, .9 of the cosine. The texts are loaded before the clock starts, for ours as `corpus` loads rows: in a mapped
file above 256 MB. Each tool runs in a process of its own, whose children count, and what it kept is judged by exact
Jaccard similarity in this one:

    found     planted pairs of at least .8 of which not both were kept
    wrong     removed rows that are like no kept row by .8 or more
    lost      removed rows that are like no kept row by .5 or more

Above 100,000 rows the row that a tool names as the kept one is looked at first, for every removed row; of rows for
which that is no answer, or where the tool names none, the nearest kept row is looked for of 2,000, and scaled up.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

THRESHOLD, SLOTS, BANDS, WORDS = 0.8, 128, 16, 5
LARGEST = {
    "datasketch loop": 10_000,
    **dict.fromkeys(("datasketch bulk", "ours (NumPy)", "gaoya", "text-dedup", "datatrove", "semhash"), 100_000),
}
NEIGHBOURS_AT_MOST = 100_000  # rows up to which all pairs are known
SAMPLED = 2_000  # removed rows beyond that, of which the nearest kept row is looked for
Kept = np.ndarray  # the numbers of the rows that stay, or of each row the one that stays for it, itself or another


# The texts.


def pool(rng: np.random.Generator, wanted: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Words of this machine's files: a vocabulary, their numbers in it, and where each file begins."""
    paths = sysconfig.get_paths()
    folders = [Path(paths["stdlib"]), Path(paths["purelib"]), Path("/usr/include"), Path("/usr/share/doc")]
    files = sorted(
        path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".h", ".rst", ".txt", ".md"}
    )
    number: dict[str, int] = {}
    parts: list[list[int]] = []
    total = 0
    for index in rng.permutation(len(files)):
        try:
            words = re.findall(r"[a-z0-9_]+", files[index].read_text(encoding="utf-8").lower())
        except (OSError, UnicodeDecodeError):
            continue
        if len(words) > 200:
            parts.append([number.setdefault(word, len(number)) for word in words[:20_000]])
            total += len(parts[-1])
        if total > wanted:
            break
    starts = np.cumsum([0, *map(len, parts)])
    return list(number), np.concatenate([np.array(part, np.int32) for part in parts]), starts


def mosaic(rng: np.random.Generator, words: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """A document of some passages, each of a file of its own."""
    length = int(np.clip(rng.lognormal(np.log(120), 0.6), 20, 2000))
    pieces = []
    while length > 0:
        take = min(length, int(rng.integers(20, 80)))
        file = int(rng.integers(len(starts) - 1))
        begin = int(rng.integers(starts[file], max(starts[file] + 1, starts[file + 1] - take)))
        pieces.append(words[begin : begin + take])
        length -= take
    return np.concatenate(pieces)


def edited(rng: np.random.Generator, text: np.ndarray, target: float, vocabulary: int) -> np.ndarray:
    """A copy at about the target similarity: words here and there, or one stretch of them, are other ones."""
    changed = text.copy()
    shingles = max(1, len(text) - WORDS + 1)
    gone = shingles * (1 - target) / (1 + target)
    if rng.random() < 0.5:
        at = rng.choice(len(text), min(len(text), max(1, round(gone / WORDS))), replace=False)
    else:
        size = min(len(text), max(1, round(gone) - WORDS + 1))
        begin = int(rng.integers(0, len(text) - size + 1))
        at = np.arange(begin, begin + size)
    changed[at] = rng.integers(0, vocabulary, len(at))
    return changed


def documents(rows: int, seed: int) -> tuple[list[str], list[np.ndarray], list[tuple[int, int, float]]]:
    """Vocabulary, texts in a random order, and the planted pairs (rows and their exact similarity)."""
    rng = np.random.default_rng(seed)
    vocabulary, words, starts = pool(rng, 60 * rows)
    made: list[np.ndarray] = [mosaic(rng, words, starts) for _ in range(int(rows * 0.77))]
    pairs: list[tuple[int, int]] = []
    while len(made) < int(rows * 0.92):
        source = int(rng.integers(int(rows * 0.77)))
        pairs.append((source, len(made)))
        made.append(edited(rng, made[source], float(rng.choice(np.arange(0.5, 1.0, 0.05))), len(vocabulary)))
    while len(made) < int(rows * 0.97):
        template = mosaic(rng, words, starts)
        for _ in range(min(25, rows - len(made))):
            copy = template.copy()
            copy[rng.choice(len(copy), int(rng.integers(1, 4)), replace=False)] = rng.integers(0, len(vocabulary))
            made.append(copy)
    while len(made) < rows:
        source = int(rng.integers(int(rows * 0.77)))
        pairs.append((source, len(made)))
        made.append(made[source])
    place = np.argsort(rng.permutation(rows))
    texts = [made[index] for index in np.argsort(place)]
    return vocabulary, texts, [(int(place[a]), int(place[b]), jaccard(made[a], made[b])) for a, b in pairs]


def shingles_of(text: np.ndarray) -> set[tuple[int, ...]]:
    words = text.tolist()
    return {tuple(words[at : at + WORDS]) for at in range(max(1, len(words) - WORDS + 1))}


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    a, b = shingles_of(one), shingles_of(other)
    return len(a & b) / len(a | b)


def table_of(texts: Iterator[str], rows: int) -> pa.Table:
    """Rows of a corpus: the text is the answer, and there is no question."""
    from corpus.entry import SCHEMA

    def column(field: pa.Field) -> pa.Array:
        given = {
            "id": lambda: pa.array(f"{row:036d}" for row in range(rows)),
            "group": lambda: pa.array(f"{row:036d}" for row in range(rows)),
            "output": lambda: pa.array(texts, pa.string()),
            "history": lambda: pa.array([[]] * rows, field.type),
            "origins": lambda: pa.array([[]] * rows, field.type),
            "line_start": lambda: pa.array(np.arange(rows), pa.int32()),
        }
        constant = {"kind": "table", "category": "pair", "task": "answer", "source": "texts", "visibility": "private"}
        if field.name in given:
            return given[field.name]()
        if field.name in constant:
            return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([constant[field.name]]))
        if field.nullable:
            return pa.nulls(rows, field.type)
        return pa.array(np.zeros(rows), field.type) if field.type == pa.int32() else pa.array([""] * rows, field.type)

    return pa.Table.from_arrays([column(field) for field in SCHEMA], schema=SCHEMA)


# The tools. Each takes the texts and gives the numbers of the rows that it keeps, or (rows, 1): the row kept for each.


def ours(table: pa.Table) -> Kept:
    from corpus.curate.candidates import sign
    from corpus.curate.evidence import decide, gather

    order = np.arange(len(table))
    signed = sign(table, WORDS)
    decision = decide(gather(table, signed, order, 0, WORDS, THRESHOLD), THRESHOLD)
    return decision.kept[:, None]


def ours_numpy(table: pa.Table) -> Kept:
    from corpus import sketch

    sketch._kernel = sketch.plain
    return ours(table)


def ours_stage(table: pa.Table) -> Kept:
    from corpus.curate import deduplicate

    stage = deduplicate(table, max_removed=1)
    kept = np.arange(len(table))
    kept[[int(row) for row in stage.removed["id"].to_pylist()]] = [
        int(row) for row in stage.removed["kept_id"].to_pylist()
    ]
    return kept[:, None]


def floor(table: pa.Table) -> Kept:
    """Hashing the shingles alone, in one thread."""
    from corpus.curate.shingles import text_of
    from corpus.sketch import shingles

    for batch in table.select(["output"]).to_batches(max_chunksize=4096):
        shape = (len(batch), 1)
        shingles([text_of(batch["output"])], np.full(shape, WORDS, np.int32), np.zeros(shape, np.uint8))
    return np.arange(len(table))


def grams(text: str) -> set[str]:
    words = text.split()
    return {" ".join(words[at : at + WORDS]) for at in range(max(1, len(words) - WORDS + 1))}


def datasketch_loop(texts: list[str]) -> Kept:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=SLOTS, params=(BANDS, SLOTS // BANDS))
    kept = []
    for row, text in enumerate(texts):
        minhash = MinHash(num_perm=SLOTS)
        for gram in grams(text):
            minhash.update(gram.encode())
        if not index.query(minhash):
            index.insert(row, minhash)
            kept.append(row)
    return np.array(kept)


def datasketch_bulk(texts: list[str]) -> Kept:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=SLOTS, params=(BANDS, SLOTS // BANDS))
    kept = []
    made = MinHash.generator(([gram.encode() for gram in grams(text)] for text in texts), num_perm=SLOTS)
    for row, minhash in enumerate(made):
        if not index.query(minhash):
            index.insert(row, minhash)
            kept.append(row)
    return np.array(kept)


def rensa_stream(texts: list[str]) -> Kept:
    from rensa import RMinHash, RMinHashDeduplicator

    found = RMinHashDeduplicator(THRESHOLD, SLOTS, True, BANDS, 42)
    kept = []
    for begin in range(0, len(texts), 1000):
        some = [list(grams(text)) for text in texts[begin : begin + 1000]]
        entries = [(str(begin + row), minhash) for row, minhash in enumerate(RMinHash.from_token_sets(some, SLOTS, 42))]
        kept += [begin + row for row, new in enumerate(found.add_pairs(entries)) if new]
    return np.array(kept)


def daft_frames(texts: list[str]) -> Kept:
    import daft
    from daft import col
    from daft.functions import minhash

    size = SLOTS // BANDS
    frame = daft.from_arrow(pa.table({"row": np.arange(len(texts)), "text": pa.array(texts, pa.large_string())}))
    frame = frame.select("row", minhash(col("text"), num_hashes=SLOTS, ngram_size=WORDS).alias("signature")).collect()
    table = frame.to_arrow().sort_by("row")
    signatures = table["signature"].combine_chunks()
    flat = np.asarray(signatures.flatten()).reshape(len(texts), SLOTS)
    bands = [
        np.ascontiguousarray(flat[:, band * size : (band + 1) * size]).view(f"V{4 * size}") for band in range(BANDS)
    ]
    keys = pa.concat_arrays([pa.array(band.reshape(-1).tolist(), pa.binary()) for band in bands])
    exploded = daft.from_arrow(
        pa.table(
            {"band": np.repeat(np.arange(BANDS), len(texts)), "key": keys, "row": np.tile(np.arange(len(texts)), BANDS)}
        )
    )
    groups = exploded.groupby("band", "key").agg(col("row").min().alias("first"), col("row").list_agg().alias("rows"))
    edges = groups.select("first", "rows").explode("rows").where(col("rows") != col("first")).distinct().to_arrow()
    root = list(range(len(texts)))

    def find(row: int) -> int:
        while root[row] != row:
            root[row] = root[root[row]]
            row = root[row]
        return row

    for one, other in zip(edges["first"].to_pylist(), edges["rows"].to_pylist(), strict=True):
        a, b = find(one), find(other)
        root[max(a, b)] = min(a, b)
    return np.array([row for row in range(len(texts)) if find(row) == row])


def gaoya_index(texts: list[str]) -> Kept:
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32, jaccard_threshold=THRESHOLD, num_bands=BANDS, band_size=SLOTS // BANDS, num_hashes=SLOTS,
        analyzer="word", lowercase=False, ngram_range=(WORDS, WORDS),
    )  # fmt: skip
    kept = []
    for row, text in enumerate(texts):
        if not index.query(text):
            index.insert_document(row, text)
            kept.append(row)
    return np.array(kept)


def text_dedup_minhash(texts: list[str]) -> Kept:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"HF_HOME": folder, "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
        from datasets import Dataset, load_from_disk
        from text_dedup.minhash import main as minhash

        source, out = f"{folder}/texts", f"{folder}/kept"
        Dataset.from_dict({"row": np.arange(len(texts)), "text": texts}).save_to_disk(source)
        options = {
            "path": source, "output": out, "cache_dir": folder, "column": "text", "ngram": WORDS, "num_perm": SLOTS,
            "threshold": THRESHOLD, "b": BANDS, "r": SLOTS // BANDS, "hash_func": "xxh3", "num_proc": 1,
            "min_length": 1,
        }  # fmt: skip
        given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        minhash([*given, "--local"], standalone_mode=False)
        return np.array(load_from_disk(out)["row"])


def datatrove_stages(texts: list[str]) -> Kept:
    from datatrove.data import Document
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.utils.hashing import HashConfig
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Blanks(WordTokenizer):
        def word_tokenize(self, text: str) -> list[str]:
            return text.split()

        def sent_tokenize(self, text: str) -> list[str]:
            return [text]

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [(0, len(text))]

    config = MinhashConfig(WORDS, BANDS, SLOTS // BANDS, hash_config=HashConfig(hash_fc="sha1"))
    with tempfile.TemporaryDirectory() as folder:
        signatures, buckets, removed = (f"{folder}/{name}" for name in ("signatures", "buckets", "removed"))
        stream = (Document(text=text, id=str(row)) for row, text in enumerate(texts))
        MinhashDedupSignature(signatures, config, language=Blanks()).run(stream, 0, 1)
        for band in range(BANDS):
            MinhashDedupBuckets(signatures, buckets, config=config).run(None, band, BANDS)
        MinhashDedupCluster(buckets, removed, config=config).run(None, 0, 1)
        file = Path(removed) / "000000.remove"
        gone = np.fromfile(file, "<u4") if file.exists() else np.empty(0, np.uint32)
    return np.setdiff1d(np.arange(len(texts)), gone)


def semhash_vectors(texts: list[str]) -> Kept:
    from model2vec import StaticModel
    from semhash import SemHash
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = sorted({word for text in texts for word in text.split()})
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token=words[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    vectors = np.random.default_rng(1).standard_normal((29_528, 256), np.float32)
    model = StaticModel(vectors, tokenizer, normalize=True, token_mapping=np.arange(len(words)) % len(vectors))
    records = [{"row": row, "text": text} for row, text in enumerate(texts)]
    found = SemHash.from_records(records, columns=["text"], model=model).self_deduplicate(threshold=0.9)
    return np.array(sorted(record["row"] for record in found.selected))


TOOLS: dict[str, Callable[..., Kept]] = {
    "floor": floor,
    "ours": ours,
    "ours (NumPy)": ours_numpy,
    "ours (all)": ours_stage,
    "rensa streamed": rensa_stream,
    "daft": daft_frames,
    "gaoya": gaoya_index,
    "datasketch bulk": datasketch_bulk,
    "text-dedup": text_dedup_minhash,
    "datatrove": datatrove_stages,
    "semhash": semhash_vectors,
    "datasketch loop": datasketch_loop,
}


def run(tool: str, data: Path, out: Path) -> None:
    """One tool on one file, in this process; what it cost goes to standard output."""
    work = TOOLS[tool]
    given = loaded(data) if tool == "floor" or tool.startswith("ours") else strings(data)
    work(given[:200])  # imports, and what is compiled at the first call, are not what is measured
    forget_peak()
    before, started = cpu(), time.perf_counter()
    kept = work(given)
    wall, after = time.perf_counter() - started, cpu()
    np.save(out, kept)
    print(json.dumps({"wall": wall, "cpu": after - before, "peak": peak()}))


def loaded(data: Path) -> pa.Table:
    """The rows as this library holds them: in a mapped file of its own, where they are many."""
    from corpus.store import Spool

    with pa.memory_map(str(data)) as source:
        reader = pa.ipc.open_file(source)
        spool = Spool(reader.schema)
        for number in range(reader.num_record_batches):
            spool.add(pa.Table.from_batches([reader.get_batch(number)]))
        return spool.table()


def strings(data: Path) -> list[str]:
    with pa.memory_map(str(data)) as source:
        return pa.ipc.open_file(source).read_all()["output"].to_pylist()


def cpu() -> float:
    """Seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def forget_peak() -> None:
    """What loading took is not the tool's: the peak begins anew, where the system lets it."""
    file = Path("/proc/self/clear_refs")
    if file.exists():
        file.write_text("5")


def peak() -> float:
    """The most memory that this process had, or one of its children, in MB, mapped files included."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    status = Path("/proc/self/status")
    if status.exists():  # elsewhere the number is that of the process that started this one, if that had more
        return max(children, int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1024)
    return max(children, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


# The verdict.


def neighbours(texts: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs of at least .5 and their similarity, by an exact join that uses no sketch."""
    from falsify.joins import similar
    from falsify.texts import Words, shingles

    starts = np.cumsum([0, *map(len, texts)])
    found = similar(shingles(Words(np.concatenate(texts).astype(np.int64), starts, ()), WORDS), 0.5)
    if not found.complete:
        raise SystemExit("more pairs of .5 than fit into memory")
    return found.left, found.right, found.share


class Texts:
    """The words of all texts as flat arrays, in which shingles are hashed some rows at a time."""

    def __init__(self, texts: list[np.ndarray]) -> None:
        self.words, self.starts = np.concatenate(texts), np.cumsum([0, *map(len, texts)])

    def __getitem__(self, row: int) -> np.ndarray:
        return self.words[self.starts[row] : self.starts[row + 1]]

    def hashes(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The shingles of some rows, and which of the rows each is of; all texts are longer than one."""
        counts = self.starts[rows + 1] - self.starts[rows] - WORDS + 1
        ends = np.cumsum(counts)
        at = np.repeat(self.starts[rows] - ends + counts, counts) + np.arange(int(ends[-1]))
        found = np.zeros(len(at), np.uint64)
        for word in range(WORDS):
            found = (found ^ self.words[at + word].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
            found ^= found >> np.uint64(29)
        return found, np.repeat(np.arange(len(rows)), counts)

    def nearest(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        """The exact similarity of rows to the one of others that is most like them; 0 where it is below .5."""
        hashes, owners = self.hashes(rows)
        hashes, owners = np.unique(np.stack([hashes, owners.astype(np.uint64)]), axis=1)
        begins = np.searchsorted(hashes, np.unique(hashes))
        known = hashes[begins]
        sizes = np.bincount(owners.astype(np.int64), minlength=len(rows))
        found = np.zeros(len(rows))
        for begin in range(0, len(others), 4096):
            some = others[begin : begin + 4096]
            there, row = self.hashes(some)
            place = np.minimum(np.searchsorted(known, there), len(known) - 1)
            same = known[place] == there
            place, row = np.unique(np.stack([place[same], row[same]]), axis=1)  # a shingle counts once in a text
            ends = np.r_[begins[1:], len(hashes)]
            count = ends[place] - begins[place]
            at = np.repeat(begins[place] - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
            pairs, shared = np.unique(owners[at].astype(np.int64) * 4096 + np.repeat(row, count), return_counts=True)
            one, other = pairs // 4096, pairs % 4096
            near = shared >= 0.5 * sizes[one]
            for a, b in zip(one[near].tolist(), some[other[near]].tolist(), strict=True):
                found[a] = max(found[a], jaccard(self[int(rows[a])], self[b]))
        return found


def judge(
    result: Kept, texts: Texts, planted: list[tuple[int, int, float]], pairs: tuple[np.ndarray, ...] | None
) -> dict[str, object]:
    rows = len(texts.starts) - 1
    stays = result[:, 0] == np.arange(rows) if result.ndim == 2 else np.isin(np.arange(rows), result)
    gone = np.flatnonzero(~stays)
    true = [(a, b) for a, b, share in planted if share >= THRESHOLD]
    verdict: dict[str, object] = {
        "kept": int(stays.sum()), "found": sum(not (stays[a] and stays[b]) for a, b in true) / len(true)
    }  # fmt: skip
    if pairs is None:
        return verdict | sampled(result, texts, stays, gone)
    left, right, share = pairs
    nearest = np.zeros(rows)
    for one, other in ((left, right), (right, left)):
        np.maximum.at(nearest, one[stays[other]], share[stays[other]])
    verdict["wrong"] = float((nearest[gone] < THRESHOLD).mean()) if len(gone) else 0.0
    verdict["lost"] = int((nearest[gone] < 0.5).sum())
    near = share >= THRESHOLD
    verdict["missed"] = float((stays[left[near]] & stays[right[near]]).mean())
    return verdict


def sampled(result: Kept, texts: Texts, stays: np.ndarray, gone: np.ndarray) -> dict[str, object]:
    """`wrong` and `lost` where not all pairs are known: by the rows that the tool names, else by a sample."""
    if result.ndim == 2:
        named = result[gone, 0]
        fits = [
            bool(stays[to]) and jaccard(texts[row], texts[to]) >= THRESHOLD for row, to in zip(gone, named, strict=True)
        ]
        asked = gone[~np.array(fits, np.bool_)]
    else:
        asked = gone
    if not len(asked):
        return {"wrong": 0.0, "lost": 0}
    some = np.random.default_rng(1).permutation(asked)[:SAMPLED]
    nearest = texts.nearest(some, np.flatnonzero(stays))
    return {
        "wrong": float((nearest < THRESHOLD).mean()) * len(asked) / len(gone),
        "lost": round(float((nearest < 0.5).mean()) * len(asked)),
    }


def measure(rows: int, peers: str | None, only: set[str], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        vocabulary, texts, planted = documents(rows, seed)
        data, out = Path(folder) / "texts.arrow", Path(folder) / "kept.npy"
        table = table_of((" ".join([vocabulary[word] for word in text.tolist()]) for text in texts), rows)
        with pa.ipc.new_file(str(data), table.schema) as file:
            file.write_table(table, max_chunksize=65536)
        print(f"\n{rows:,} rows, {table['output'].nbytes / 1e6:.0f} MB, {len(planted):,} planted pairs", flush=True)
        del table
        pairs = neighbours(texts) if rows <= NEIGHBOURS_AT_MOST else None
        words = Texts(texts)
        del texts
        print(f"{'':<18} {'CPU s':>7} {'floor':>7} {'wall s':>7} {'MB':>6}  {'kept':>9}  found  wrong   lost  missed")
        base = 0.0
        for tool in TOOLS:
            if (only and tool not in only) or rows > LARGEST.get(tool, rows):
                continue
            own = tool == "floor" or tool.startswith("ours")
            if not own and peers is None:
                continue
            command = [sys.executable if own else str(peers), __file__, "--run", tool, str(data), str(out)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                said = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
                print(f"{tool:<18} left out: {said[-1]}")
                continue
            cost = json.loads(done.stdout.splitlines()[-1])
            base = cost["cpu"] if tool == "floor" else base
            line = f"{tool:<18} {cost['cpu']:7.2f} {cost['cpu'] / base if base else 0:6.1f}x"
            line += f" {cost['wall']:7.2f} {cost['peak']:6.0f}"
            if tool != "floor":
                found = judge(np.load(out), words, planted, pairs)
                line += f"  {found['kept']:9,}  {found['found']:.3f}"
                line += f"  {found['wrong']:.3f}  {found['lost']:5}"
                line += f"  {found['missed']:.4f}" if pairs is not None else ""
            print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument("--tools", default="", help="only these, with commas between")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--run", nargs=3, metavar=("TOOL", "DATA", "OUT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run(given.run[0], Path(given.run[1]), Path(given.run[2]))
        return
    for rows in given.rows:
        measure(rows, given.peers, {name for name in given.tools.split(",") if name}, given.seed)


if __name__ == "__main__":
    main()
