"""Decontamination: a made-up benchmark is found however it is dressed, library code is not, and no text is shipped."""

from __future__ import annotations

import ast
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdlib_corpus import stdlib_table
from strategies import TEXTS, entry, table

import corpus
from corpus.curate import BENCHMARKS, contamination, decontaminate
from corpus.curate.codeshape import shapes_of
from corpus.curate.contamination import Fingerprints, Item, collected, shipped
from corpus.entry import REMOVED_SCHEMA, table_of
from corpus.errors import ConfigError, IntegrityError
from corpus.validation import validate

TIDES = '''def spring_tides(heights, moons):
    """Count the days on which the harbour wall is overtopped while two or more of the moons are in line.

    >>> spring_tides([3, 9, 4], [1, 2, 2])
    1
    """
    flooded = 0
    for day, height in enumerate(heights):
        # the wall is five metres high
        if height > 5 and moons[day] >= 2:
            flooded += 1
    return flooded
'''
LAMPS = """def trim_lamps(wicks):
    shortest = min(wicks)
    return [wick - shortest for wick in wicks if wick != shortest]
"""
SHORT = "Write a function to trim the lamps of a lighthouse."
RENAMED = TIDES.replace("spring_tides", "f").replace("heights", "a").replace("moons", "b").replace("height", "h")
BODY = "\n".join(TIDES.splitlines()[6:])
UNPARSED = ast.unparse(ast.parse(TIDES))


@pytest.fixture(autouse=True)
def mini(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Fingerprints:
    """Hashes of a made-up benchmark of two problems in the place of those that are shipped."""
    made = collected(
        [
            ({"name": "humaneval"}, [Item("Tides/0", (TIDES,), (TIDES,))]),
            ({"name": "mbpp"}, [Item("1", (SHORT, LAMPS), (LAMPS,), (SHORT,))]),
        ]
    )
    if "real" not in request.keywords:
        monkeypatch.setattr("corpus.curate.contaminants.shipped", lambda: made)
    return made


def details(*rows: corpus.Entry) -> list[str | None]:
    """For each row why it was removed, or None."""
    before = table_of(rows)
    stage = decontaminate(before)
    validate(stage.table)
    validate(stage.removed, REMOVED_SCHEMA)
    assert len(stage.table) + len(stage.removed) == len(before)
    assert set(stage.removed["reason"].to_pylist()) <= {"benchmark"}
    why = dict(zip(stage.removed["id"].to_pylist(), stage.removed["detail"].to_pylist(), strict=True))
    return [why.get(row.id) for row in rows]


def code(output: str, number: int = 0, **values: object) -> corpus.Entry:
    return entry(number, output, **{"language": "python", "task": "implement", "input": "?", **values})


@pytest.mark.parametrize(
    "text", [TIDES, RENAMED, UNPARSED, UNPARSED.replace("'", '"'), BODY, TIDES.replace("\n", "\r\n")]
)
def test_a_problem_is_found_verbatim_renamed_reformatted_and_without_its_question(text: str) -> None:
    bare = RENAMED.replace(RENAMED.split('"""')[1], "Overflow.")  # neither its names nor its words
    for row in (code(text), code(bare), entry(0, f"Look:\n\n```python\n{text}\n```\n", task="explain")):
        (why,) = details(row)
        assert why is not None
        assert why.startswith("humaneval Tides/0: ")
    (why,) = details(code(bare))
    assert why == "humaneval Tides/0: 2 of its pieces of code, whatever the names"  # the function, and its body


def test_a_short_question_is_found_as_a_line_and_a_small_function_by_its_names() -> None:
    asked = entry(0, "It cannot be done.", instruction=SHORT)
    inside = entry(1, f"He said: {SHORT} Then he went home.")
    small = code("def trim_lamps(wicks):\n    shortest = min(wicks)\n    return [w for w in wicks]", 2)
    verbatim = code(LAMPS.replace("    shortest", "\n    shortest  "), 3)
    words = "4 of its sequences of 13 words"
    assert details(asked, inside, small, verbatim) == [
        "mbpp 1: 1 of its questions",
        None,
        None,
        f"mbpp 1: {words}, 1 of its functions, name and all, 2 of its pieces of code, whatever the names",
    ]


def test_a_solution_that_a_row_cuts_in_two_is_found() -> None:
    first, _, last = TIDES.partition("    for day")
    assert details(entry(0, f"    for day{last}", task="complete", language="python", input=first)) != [None]


def test_code_that_only_looks_alike_stays() -> None:
    words = RENAMED.replace("h > 5", "h > 6").split('"""')
    assert details(code(f'{words[0]}"""Other words."""{words[2]}')) == [None]


@pytest.mark.real
def test_rows_of_the_standard_library_stay() -> None:
    assert len(decontaminate(stdlib_table(1200)).removed) == 0


@pytest.mark.real
def test_what_is_shipped_are_hashes_and_names_of_problems_only() -> None:
    found = shipped()
    assert [source["name"] for source in found.sources] == list(BENCHMARKS)
    assert all(len(source["sha256"]) == 64 for source in found.sources)
    assert (len(found.items), found.items[0]) == (164 + 974, "humaneval HumanEval/0")
    assert {kind: str(values.dtype) for kind, values in found.hashes.items()} == dict.fromkeys(found.hashes, "uint64")
    with zipfile.ZipFile(contamination._DATA) as file:
        head = file.read("head.npy")
    told = json.loads(head[head.index(b"{", 100) :])
    assert set(told) == {"version", "sources", "items"}
    assert max(map(len, told["items"])) < 30


def test_the_same_items_give_the_same_file_and_it_reads_back(mini: Fingerprints, tmp_path: Path) -> None:
    file = tmp_path / "hashes.npz"
    file.write_bytes(mini.to_bytes())
    again = Fingerprints.from_file(file)
    assert again.to_bytes() == mini.to_bytes() == file.read_bytes()
    assert again.find([TIDES], [[]]) == mini.find([TIDES], [[]]) != [None]
    file.write_bytes(b"something else")
    with pytest.raises(IntegrityError, match="cannot be read"):
        Fingerprints.from_file(file)


@given(outputs=st.lists(TEXTS | st.just(TIDES) | st.just(BODY), max_size=8))
def test_a_row_is_found_whatever_stands_beside_it(outputs: list[str]) -> None:
    before = table(outputs)
    alone = [len(decontaminate(before.slice(n, 1)).removed) for n in range(len(before))]
    assert [out in (TIDES, BODY) for out in outputs] == list(map(bool, alone))
    assert len(decontaminate(before).removed) == sum(alone)


@given(text=TEXTS | st.text(st.sampled_from("()[]{}:\n def=+*\"'\\"), max_size=60))
def test_any_text_has_shapes_or_none(text: str) -> None:
    assert shapes_of(text).renamed == shapes_of(text).renamed


@pytest.mark.parametrize("text", ["(" * 30000, "-" * 30000 + "1", "a." * 16000 + "b", "x" * 40000, "\0", "\ud800 = 1"])
def test_code_that_is_hard_to_parse_has_no_shapes(text: str) -> None:
    found = shapes_of(text)
    assert (found.renamed, found.verbatim) == (set(), set())


def test_hashes_of_code_stay_what_they_were() -> None:
    """Those that ship were made once: what is written down of a tree, and how names are numbered, must not change."""
    found = shapes_of(
        "def first(rows, key):\n    try:\n        return {row[key]: row for row in rows}[key]\n"
        "    except (KeyError, IndexError, Missing) as error:\n        raise LookupError(key) from error\n"
    )
    assert found.renamed == {3129875482315726576, 12652356998322808765}
    assert found.verbatim == {16036344646827584316}


# As a stage of a corpus.


def test_one_benchmark_or_none_may_be_asked_for() -> None:
    both = corpus.Corpus(table_of([code(TIDES), code(LAMPS, 1), entry(2, "Something else.")]))
    assert (len(both.decontaminate()), len(both.decontaminate("mbpp")), len(both.decontaminate([]))) == (1, 2, 3)
    assert both.decontaminate("mbpp").removed["detail"].to_pylist()[0].startswith("mbpp 1: ")
    with pytest.raises(ConfigError, match="no hashes of that benchmark") as caught:
        both.decontaminate("humanevil")
    assert caught.value.hint == "did you mean 'humaneval'?"
    with pytest.raises(ConfigError, match="against something else"):
        both.decontaminate([3])  # type: ignore[list-item]


def test_rows_of_another_corpus_are_found_and_a_lineage_names_it(tmp_path: Path) -> None:
    note = " ".join(f"word{n}" for n in range(40))
    held = corpus.Corpus(table_of([entry(0, note), code(TIDES, 1)]))
    mine = corpus.Corpus(
        table_of([entry(7, f"As I said, {note[:200]} and more"), code(RENAMED, 8), entry(9, "Other.")])
    )
    held.write(tmp_path / "held")
    done = mine.decontaminate([held])
    assert done.table["output"].to_pylist() == ["Other."]
    name = f"corpus-{held.fingerprint[:12]}"
    assert [detail.split(":")[0] for detail in done.removed["detail"].to_pylist()] == [
        f"{name} {row}" for row in held.table["id"].to_pylist()
    ]
    assert done.lineage[-1]["config"]["corpora"] == [{"name": name, "fingerprint": held.fingerprint}]
    assert done.lineage[-1]["items"] == {name: 2}
    for place in (tmp_path / "held", str(tmp_path / "held")):
        assert mine.decontaminate(place).table == done.table
    with pytest.raises(ConfigError, match="cannot be replayed"):
        mine.replay(done.lineage[-1])


def test_the_stage_is_replayed_from_its_line() -> None:
    raw = corpus.Corpus(table_of([code(TIDES), entry(2, "Something else.")]))
    done = raw.decontaminate()
    record = done.lineage[-1]
    assert (record["stage"], record["removed"], record["items"]) == (
        "decontaminate", {"benchmark": 1}, {"humaneval": 1, "mbpp": 1},
    )  # fmt: skip
    assert json.loads(json.dumps(record)) == record
    again = raw.replay(record)
    assert (again.table, again.lineage) == (done.table, done.lineage)


def test_no_rows_are_no_error() -> None:
    assert len(decontaminate(pa.table(table([]))).table) == 0
