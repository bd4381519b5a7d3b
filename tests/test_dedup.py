"""Deduplication against brute force: what goes, what stays, what is written down, and what can be decided anew."""

from __future__ import annotations

import contextlib
import os
import random
import re
import tracemalloc
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT, shell
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import entry

import corpus
from corpus import sketch
from corpus.curate import Stage, candidates, deduplicate, evidence
from corpus.curate.comments import without_comments
from corpus.curate.groups import joined_groups
from corpus.entry import PAIRS_SCHEMA, table_of
from corpus.errors import BuildError, ConfigError
from corpus.sketch import plain


def grams(text: str, size: int = 5) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + size]) for at in range(max(1, len(words) - size + 1))} if words else set()


def jaccard(one: str, other: str) -> float:
    a, b = grams(one), grams(other)
    return len(a & b) / len(a | b) if a | b else 1.0


def rows_of(texts: list[str], **values: Any) -> pa.Table:
    return table_of(entry(n, text, instruction="", **values) for n, text in enumerate(texts))


@st.composite
def families(draw: st.DrawFn) -> list[str]:
    """Texts of 60 words of which many are others with a few words changed, here and there or in a row."""
    rng = random.Random(draw(st.integers(0, 10**6)))
    texts: list[list[str]] = []
    for _ in range(draw(st.integers(1, 25))):
        if not texts or rng.random() < 0.3:
            texts.append([f"w{rng.randrange(10**6)}" for _ in range(60)])
            continue
        copy = list(rng.choice(texts))
        for _ in range(rng.randrange(4)):
            copy[rng.randrange(len(copy))] = f"x{rng.randrange(10**6)}"
        texts.append(copy)
    return [" ".join(text) for text in texts]


def outcome(stage: Stage) -> tuple[Any, ...]:
    removed = sorted(
        (row["id"], row["reason"], row["kept_id"], row["similarity"], row["detail"])
        for row in stage.removed.to_pylist()
    )
    pairs = sorted(tuple(row.values()) for row in stage.pairs.to_pylist())  # type: ignore[union-attr]
    kept = sorted(zip(stage.table["id"].to_pylist(), stage.table["group"].to_pylist(), strict=True))
    return removed, pairs, kept


@settings(max_examples=25)
@given(texts=families(), seed=st.integers(0, 9))
def test_every_number_is_what_brute_force_gives(texts: list[str], seed: int) -> None:
    rows = rows_of(texts, quality=None)
    stage = deduplicate(rows)
    assert stage.pairs.schema.equals(PAIRS_SCHEMA)  # type: ignore[union-attr]
    text = dict(zip(rows["id"].to_pylist(), texts, strict=True))
    kept = set(stage.table["id"].to_pylist())
    for row in stage.removed.to_pylist():
        assert row["kept_id"] in kept
        assert row["similarity"] == pytest.approx(jaccard(text[row["id"]], text[row["kept_id"]]), abs=1e-6)
        assert row["similarity"] >= 0.8
    for pair in stage.pairs.to_pylist():  # type: ignore[union-attr]
        one, other = grams(text[pair["id"]]), grams(text[pair["other_id"]])
        assert pair["similarity"] == len(one & other) / len(one | other)
        assert pair["containment"] == len(one & other) / min(len(one), len(other))
        assert abs(pair["estimate"] - pair["similarity"]) < 0.25  # 128 slots: a standard deviation of .04
        assert pair["accepted"] <= (pair["similarity"] >= 0.8)
        assert pair["accepted"] == (pair["id"] not in kept and removed_for(stage, pair["id"]) == pair["other_id"])
    order = list(range(len(texts)))
    random.Random(seed).shuffle(order)
    assert outcome(deduplicate(rows.take(order))) == outcome(stage)


def removed_for(stage: Stage, row: str) -> str:
    return next(one["kept_id"] for one in stage.removed.to_pylist() if one["id"] == row)


@settings(max_examples=25)
@given(texts=families(), at=st.sampled_from([0.75, 0.8, 0.9]), to=st.floats(0.7, 1.0))
def test_another_threshold_is_what_a_fresh_run_gives(texts: list[str], at: float, to: float) -> None:
    rows = corpus.Corpus(rows_of(texts, quality=None))
    done = rows.deduplicate(threshold=at)
    if to < round(at - 0.1, 9):
        with pytest.raises(ConfigError, match="little similarity"):
            done.rethreshold(to)
        return
    again, fresh = done.rethreshold(to), rows.deduplicate(threshold=to)
    assert again.table.equals(fresh.table)
    assert again.removed.equals(fresh.removed)
    assert again.rethreshold(at).table.equals(done.table)
    assert again.lineage[-1]["config"] == fresh.lineage[-1]["config"]


def by_id(done: corpus.Corpus) -> list[list[dict[str, Any]]]:
    return [table.sort_by("id").to_pylist() for table in (done.table, done.removed)]


@settings(max_examples=8)
@given(
    texts=families(),
    copies=st.integers(0, 5),
    at=st.sampled_from([0.75, 0.8, 0.9]),
    to=st.floats(0.7, 1.0),
    is_split=st.booleans(),
)
def test_a_corpus_from_disk_is_decided_anew_as_a_fresh_run_does(
    texts: list[str], copies: int, at: float, to: float, is_split: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Exact duplicates too, also of rows that go themselves; and what was split and decontaminated is so again."""
    folder = tmp_path_factory.mktemp("anew")
    entries = [entry(n, text, instruction="", quality=None) for n, text in enumerate([*texts, *texts[:copies]])]
    rows, to = corpus.Corpus(table_of(entries)), max(to, at - 0.1)
    made, fresh = rows.deduplicate(threshold=at), rows.deduplicate(threshold=to)
    if is_split:
        made, fresh = made.decontaminate().split(), fresh.decontaminate().split()
    made.write(folder / "made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sketch, "settle", None)  # nothing is compared again
        again = corpus.load(folder / "made").rethreshold(to)
        assert by_id(again) == by_id(fresh)
        assert by_id(replace(again, deduplicated=None).rethreshold(at)) == by_id(made)


def test_what_does_not_give_its_outcome_is_not_decided_anew(tmp_path: Any) -> None:
    rows = corpus.Corpus(table_of(many(5, 5, "s")))
    done = rows.deduplicate()
    done.write(tmp_path / "c")
    loaded = corpus.load(tmp_path / "c")
    assert len(loaded.rethreshold(1.0)) == 10
    with pytest.raises(ConfigError, match="does not give its outcome"):
        replace(loaded, removed=loaded.removed.slice(1)).rethreshold(0.9)
    with pytest.raises(ConfigError, match="does not give its outcome"):
        replace(loaded, pairs=loaded.pairs.slice(0, 0)).rethreshold(0.9)
    with pytest.raises(ConfigError, match="little similarity"):
        loaded.rethreshold(0.6)
    with pytest.raises(ConfigError, match="other stages stand beside"):
        done.score().rethreshold(0.9)
    other = rows.deduplicate(against=corpus.Corpus(table_of(many(2, 2, "two"))))
    with pytest.raises(ConfigError, match="not at hand"):
        replace(other, deduplicated=None).rethreshold(0.9)


@settings(max_examples=15)
@given(texts=families())
def test_numpy_and_small_portions_decide_alike(texts: list[str]) -> None:
    rows = rows_of(texts * 2, quality=None)
    stage = outcome(deduplicate(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sketch, "_kernel", plain)
        patch.setattr(evidence, "_HELD", 100)
        patch.setattr(candidates, "_BATCH", 3)
        assert outcome(deduplicate(rows)) == stage


@settings(max_examples=15)
@given(texts=families())
def test_without_comparisons_to_spare_the_same_rows_go(texts: list[str]) -> None:
    rows = corpus.Corpus(rows_of(texts, quality=None))
    whole = rows.deduplicate()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "_SPEND", (0, 0))
        spared = rows.deduplicate()
    assert spared.table.equals(whole.table)
    assert spared.removed.equals(whole.removed)
    assert len(spared.pairs) <= len(whole.pairs)
    with pytest.raises(ConfigError, match="not all pairs"):
        spared.rethreshold(0.9)


def test_a_family_larger_than_what_is_compared_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(1)
    base = [f"w{n}" for n in range(60)]
    texts = []
    for _ in range(40):  # alike by some .6 to .7: candidates, and no duplicates
        copy = list(base)
        copy[rng.randrange(20)], copy[20 + rng.randrange(20)] = f"x{rng.random()}", f"y{rng.random()}"
        texts.append(" ".join(copy))
    monkeypatch.setattr(evidence, "_MOST", 3)
    stage = deduplicate(rows_of(texts, quality=None))
    assert stage.record["rows_with_too_many_candidates"] > 0


def test_of_equals_the_more_complete_the_longer_and_the_older_stays() -> None:
    from datetime import UTC, datetime

    text = " ".join(f"w{n}" for n in range(60))
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"quality": 0.5}, {"quality": 0.6}),
        ({"signals": {"completeness": 0.5}}, {"signals": {"completeness": 0.9}}),
        ({"tokens_output": 90}, {"tokens_output": 91}),
        ({"created_at": datetime(2021, 1, 1, tzinfo=UTC)}, {"created_at": datetime(2020, 1, 1, tzinfo=UTC)}),
        ({"created_at": None}, {"created_at": datetime(2020, 1, 1, tzinfo=UTC)}),
        ({"path": "b.py"}, {"path": "a.py"}),
    ]
    for worse, better in cases:
        rows = table_of([entry(0, text, instruction="", **worse), entry(1, text, instruction="", **better)])
        assert deduplicate(rows).table["id"].to_pylist() == [rows["id"][1].as_py()]


# Code.


CODE = """fn add(a: u32, b: u32) -> u32 {
    // the sum
    let sum = a + b; /* of both */
    println!("// {}", sum);
    sum
}"""


def code_row(number: int, code: str, language: str = "rust") -> Any:
    return entry(number, code, task="implement", language=language, input="add\n\nAdds two numbers to each other.")


def test_code_that_differs_in_layout_and_comments_is_the_same() -> None:
    other = CODE.replace("    // the sum\n", "").replace("/* of both */", "// both").replace(" + ", "\n        + ")
    stage = deduplicate(table_of([code_row(0, CODE), code_row(1, other)]))
    assert stage.removed["reason"].to_pylist() == ["exact-duplicate"]


def test_rows_of_nothing_but_comments_are_told_apart_by_them() -> None:
    values: dict[str, Any] = {"task": "complete", "language": "python"}
    said = ["# Opens the file.", "# Closes the file.", "# Opens the file."]
    rows = table_of(entry(n, text, input=f"# {text}", **values) for n, text in enumerate(said))
    stage = deduplicate(rows)
    assert len(stage.removed) == 1
    assert sorted(stage.table["output"].to_pylist()) == sorted(said[:2])


def test_one_code_that_answers_two_questions_of_somebody_is_two_rows() -> None:
    asked = ["Add two numbers and print it.", "How would a child write down a sum in this language?"]
    other = {"task": "implement", "language": "rust", "kind": "table"}
    rows = table_of(entry(n, CODE, instruction=text, **other) for n, text in enumerate([*asked, asked[0]]))
    stage = deduplicate(rows)
    assert stage.removed["reason"].to_pylist() == ["exact-duplicate"]
    assert sorted(stage.table["instruction"].to_pylist()) == asked


def test_one_definition_with_two_documentations_is_two_rows() -> None:
    said = ["Adds two numbers and prints what comes out of it.", "The sum, as every child knows it from school."]
    code = "".join(f"let x{n} = {n};\n" for n in range(40))
    rows = table_of(entry(n, text, task="document", language="rust", input=code) for n, text in enumerate(said))
    assert len(deduplicate(rows).removed) == 0
    nearly = [said[0], said[0].replace("prints", "shows")]
    alike = table_of(entry(n, text, task="document", language="rust", input=code) for n, text in enumerate(nearly))
    assert len(deduplicate(alike).removed) == 0  # a third of ten shingles is left
    longer = [" ".join(f"w{n}" for n in range(30)) + f" {end}" for end in ("one", "two")]
    long = table_of(entry(n, text, task="document", language="rust", input=code) for n, text in enumerate(longer))
    assert deduplicate(long).removed["reason"].to_pylist() == ["near-duplicate"]


@pytest.mark.parametrize("change", [("a + b", "a - b"), ("// {}", "{}"), ("let sum", "let mut sum")])
def test_code_that_differs_in_an_operator_a_string_or_a_word_is_not(change: tuple[str, str]) -> None:
    rows = table_of([code_row(0, CODE), code_row(1, CODE.replace(*change))])
    assert "exact-duplicate" not in deduplicate(rows).removed["reason"].to_pylist()


@pytest.mark.parametrize(
    ("language", "code", "left"),
    [
        ("python", 'x = "# no" # yes\ny = """# no\n"""', 'x = "# no"  \ny = """# no\n"""'),
        ("rust", "let c = '\"'; // a\nlet l: &'a str = r#\"// \"#;", "let c = '\"';  \nlet l: &'a str = r#\"// \"#;"),
        ("javascript", "`// ${a}` /* b\n */ + 'http://c'", "`// ${a}`   + 'http://c'"),
        ("bash", "echo $# '# no' a#b # yes", "echo $# '# no' a#b  "),
        ("ruby", 'puts "#{x}" # yes', 'puts "#{x}"  '),
        ("lua", "a = 1 --[==[ x\n]] ]==] b = 2 -- c", "a = 1   b = 2  "),
        ("haskell", "f = a --> b {- c -} -- d", "f = a --> b    "),
        ("sql", "SELECT '-- no' -- yes\n/* and */", "SELECT '-- no'  \n "),
        ("ocaml", 'let a = "(* no *)" (* yes *)', 'let a = "(* no *)"  '),
        ("x-unknown", "a // b", "a  "),
        ("c", "a /* never closed", "a  "),
        ("c", 'char *s = "never closed // no', 'char *s = "never closed // no'),
    ],
)
def test_comments_are_told_from_strings(language: str, code: str, left: str) -> None:
    assert without_comments(code, language) == left


@pytest.mark.parametrize("piece", ['"\\', "'\\\\'", "/*", "//", "#{", '"""', 'r#"', "--[[", "`", "(*", "{-", "'"])
@pytest.mark.parametrize("language", ["python", "rust", "javascript", "lua", "haskell", "ocaml", "bash", "ruby"])
def test_comments_are_found_in_linear_time(language: str, piece: str) -> None:
    without_comments("#" + piece * 60_000 + "// -- (*", language)


# Limits, methods, other corpora.


def many(alike: int, others: int, source: str) -> list[Any]:
    """Rows of which some are one text with a word changed each."""
    base = [f"{source}{n}" for n in range(100)]
    texts = [" ".join([*base[:50], f"new{n}", *base[51:]]) for n in range(alike)]
    texts += [" ".join(f"{source}{n}x{m}" for m in range(30)) for n in range(others)]
    return [entry(n, text, f"{source}{n}.py", instruction="", source=source) for n, text in enumerate(texts)]


def test_a_stage_that_would_take_most_of_a_source_stops_and_shows_why() -> None:
    rows = corpus.Corpus(table_of([*many(80, 40, "one"), *many(20, 110, "two")]))
    with pytest.raises(BuildError, match="near-duplicates are 66% of a source") as caught:
        rows.deduplicate()
    assert caught.value.where == "one"
    assert "one (79)" in str(caught.value.got)
    assert ".py ~ one" in str(caught.value.got)
    assert len(rows.deduplicate(max_removed=0.7).removed) == len(rows.deduplicate(max_removed=1).removed) == 79 + 19
    small = corpus.Corpus(table_of(many(80, 10, "one")))
    assert len(small.deduplicate().removed) == 79  # too few rows to say
    copies = [entry(n, "the same", f"{n}.py", instruction="", source="c") for n in range(150)]
    assert len(corpus.Corpus(table_of(copies)).deduplicate().removed) == 149  # that is no matter of judgement


def test_rows_that_repeat_another_corpus_go_and_name_its_row() -> None:
    other = corpus.Corpus(table_of(many(3, 2, "known")))
    new = table_of([entry(n, row["output"] + " end", f"new{n}.py", instruction="", source="new", quality=1.0)
                    for n, row in enumerate(other.table.to_pylist())] + many(1, 1, "fresh"))  # fmt: skip
    done = corpus.Corpus(new).deduplicate(against=other)
    assert done.table["source"].to_pylist() == ["fresh", "fresh"]
    assert set(done.removed["kept_id"].to_pylist()) <= set(other.table["id"].to_pylist())
    assert done.rethreshold(0.9).lineage[-1]["config"]["against"] == 5
    assert len(corpus.Corpus(other.table).deduplicate(against=other).table) == 0
    with pytest.raises(ConfigError, match="cannot be replayed"):
        corpus.Corpus(new).replay(done.lineage[-1])
    with pytest.raises(ConfigError, match="against is no corpus"):
        corpus.Corpus(new).deduplicate(against=other.table)  # type: ignore[arg-type]


def test_the_method_exact_leaves_what_is_only_alike() -> None:
    rows = table_of([*many(5, 2, "one"), entry(0, " ".join(f"one0x{m}" for m in range(30)), "z.py", instruction="")])
    assert deduplicate(rows, method="exact").removed["reason"].to_pylist() == ["exact-duplicate"]
    with pytest.raises(ConfigError, match="no such method"):
        deduplicate(rows, method="semantic")


# What a person looks at.


def test_borderline_pairs_come_nearest_first_from_both_sides_and_from_disk(tmp_path: Any) -> None:
    base = [f"w{n}" for n in range(100)]
    texts = [" ".join([*(f"x{n}" for n in range(edits)), *base[edits:]]) for edits in (0, 4, 9, 12)]
    rows = corpus.Corpus(rows_of(texts, quality=None))
    done = rows.deduplicate()
    found = done.borderline()
    distances = [abs(pair.similarity - 0.8) for pair in found]
    assert distances == sorted(distances)
    assert {pair.accepted for pair in found} == {True, False}
    assert all(pair.similarity == jaccard(pair.row.output, pair.other.output) for pair in found)
    assert len(done.borderline(1)) == 1
    done.write(tmp_path / "c")
    loaded = corpus.load(tmp_path / "c")
    assert loaded.pairs.equals(done.pairs)
    assert loaded.borderline() == found
    with pytest.raises(ConfigError, match="no deduplication to decide anew"):
        rows.rethreshold(0.9)
    with pytest.raises(ConfigError, match="was not deduplicated"):
        rows.borderline()


def test_pairs_hold_no_text(tmp_path: Any) -> None:
    done = corpus.Corpus(table_of(many(4, 3, "secret"))).deduplicate()
    assert len(done.pairs)
    assert "secret" not in str(done.pairs.to_pylist())


def test_similar_rows_are_found_by_part_of_their_text(tmp_path: Any) -> None:
    rows = corpus.Corpus(table_of([*many(2, 30, "one"), code_row(5, CODE)]))
    wanted = rows.table["output"][7].as_py()
    first = rows.similar(" ".join(wanted.split()[:25]))[0]
    assert first.row["output"] == wanted
    assert first.part == "output"
    assert first.similarity == jaccard(wanted, " ".join(wanted.split()[:25]))
    assert rows.similar(without_comments(CODE, "rust"), n=1)[0].similarity == 1
    assert rows.similar("nothing of the kind is anywhere in here at all") == []
    more = table_of([entry(0, "a row that came later and was added to the index", "later.py")])
    rows.similar_index.add(more)
    assert rows.similar("a row that came later and was added to the index")[0].row["path"] == "later.py"
    assert len(rows.similar_index) == 34
    with pytest.raises(ConfigError, match="nothing to look for"):
        rows.similar("  ")
    rows.write(tmp_path / "c")
    shown = shell("similar", tmp_path / "c", wanted)
    assert shown.returncode == 0
    assert shown.stdout.startswith("1.00 ")
    assert "no row is like it" in shell("similar", tmp_path / "c", "nothing of the kind is anywhere").stdout


# Groups.


def test_pairs_are_counted_in_little_more_memory_than_they_take() -> None:
    from corpus.curate.groups import _Join

    rows = rows_of([f"text {n}" for n in range(1000)])
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 500, 2_000_000), rng.integers(500, 1000, 2_000_000)
    join = _Join(rows, np.arange(1000), (0.3, 0.8))
    pairs = (one.astype(np.uint64) << join.bits) | other.astype(np.uint64)
    wanted = np.unique(pairs, return_counts=True)
    tracemalloc.start()
    found = join._numbers(pairs)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert all(np.array_equal(*both) for both in zip(found, wanted, strict=True))
    assert most < 2 * pairs.nbytes


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), common=st.sampled_from([2, 64]), ranges=st.sampled_from([1, 4]))
def test_groups_are_those_of_brute_force(seed: int, common: int, ranges: int) -> None:
    """Passages of which each row holds one or two: whatever number of rows is `many`, pairs that share one meet.

    At each similarity at which groups may be cut, rows are connected as all pairs would connect them.
    """
    from corpus.curate import components, groups

    rng = random.Random(seed)
    passages = [[f"p{n}x{m}" for m in range(rng.randrange(12, 40))] for n in range(4)]
    texts = []
    for n in range(14):
        own = [f"own{n}x{m}" for m in range(rng.randrange(4, 60))]
        held = rng.sample(passages, rng.randrange(2))
        texts.append([word for part in (own, *held) for word in part])
    rows = rows_of([" ".join(text) for text in texts])
    links = []

    def caught(table: pa.Table, found: components.Links, **settings: float) -> components.Grouping:
        links.append(found)
        return components.connected(table, found, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "_COMMON", common)
        patch.setattr(groups, "_SOME", 5)
        patch.setattr(groups, "_WRITTEN", 100)
        patch.setattr(groups, "_RANGE", max(1, rows.nbytes // ranges))
        patch.setattr(groups, "connected", caught)
        names = joined_groups(rows, 0.3, apart=0.8, largest=1.0).names.to_pylist()
    sets = [grams(" ".join(text), 8) for text in texts]
    pairs = []
    for one, other in combinations(range(len(texts)), 2):
        small = min(len(sets[one]), len(sets[other]))
        share = len(sets[one] & sets[other]) / small
        if small >= 10 and share >= (0.6 if small < 20 else 0.3):
            pairs.append((one, other, share))
    assert labels(pairs, 0.3) == [names.index(name) for name in names]
    found = list(zip(*(column.tolist() for column in (links[0].left, links[0].right, links[0].share)), strict=True))
    for step in components.steps_of(0.3, 0.8):
        assert labels(found, step) == labels(pairs, step)


def test_groups_need_few_files_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from corpus.curate import groups

    resource = pytest.importorskip("resource")
    rng = random.Random(0)
    texts = [" ".join(f"p{rng.randrange(3)}x{word}" for word in range(30)) for _ in range(200)]
    rows = rows_of(texts)
    wanted = joined_groups(rows, 0.3).names
    monkeypatch.setattr(groups, "_RANGE", 1)  # as many ranges as of a large corpus
    monkeypatch.setattr(groups, "_WRITTEN", 500)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.ExitStack() as stack:  # the next two dozen that are free; what other tests left open lies between
        free = [stack.enter_context(Path(os.devnull).open()).fileno() for _ in range(24)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(free) + 1, before[1]))
    try:
        names = joined_groups(rows, 0.3).names
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert names.equals(wanted)


def labels(pairs: list[tuple[int, int, float]], least: float) -> list[int]:
    """The first of the 14 rows with which each is connected by pairs of at least a similarity."""
    label = list(range(14))
    for one, other, share in pairs:
        if share >= least:
            kept, gone = sorted((label[one], label[other]))
            label = [kept if now == gone else now for now in label]
    return label


def test_the_compiled_kernel_is_no_part_of_the_repository() -> None:
    assert "/corpus/sketch/_kernel.*" in (ROOT / ".gitignore").read_text()
