"""What a whole run says of corpora that are right, and of corpora that are wrong as a whole."""

import ast
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from stdlib_corpus import stdlib_table

import falsify
from corpus.entry import SCHEMA, Entry, entry_group, entry_id, table_of
from falsify.judge import judge, subject_of
from falsify.mutants import MUTANTS
from falsify.relevance import strata

pytestmark = pytest.mark.usefixtures("plants")

ROWS, SAMPLE = 600, 500
"""Of a corpus that is larger than the samples of it."""


def parses(code: str, language: str) -> bool:
    assert language in {"python", "rust"}
    if language == "rust":
        return code.count("{") == code.count("}") and code.count("(") == code.count(")")
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True


def run(table: pa.Table, **given: Any) -> falsify.Report:
    return falsify.falsify(table, **{"sample": SAMPLE, "parses": parses, **given})


def refuted(table: pa.Table, **given: Any) -> frozenset[str]:
    """What is refuted, which the power of a test never decides: without plants, in a quarter of the time."""
    return frozenset(unpowered(table, **given).refuted)


def unpowered(table: pa.Table, **given: Any) -> falsify.Report:
    nothing = dict.fromkeys(("reread", "rebuild", "lineage", "removed"))
    values = {**nothing, "seed": 0, "sample": SAMPLE, "workers": 1, "parses": parses, **given}
    return judge(subject_of(table, **values), falsify.HYPOTHESES, power=False)


def verdicts(report: falsify.Report) -> dict[str, str]:
    return {result.id: result.verdict for result in report.results}


def with_outputs(table: pa.Table, outputs: list[str]) -> pa.Table:
    return table.set_column(SCHEMA.get_field_index("output"), SCHEMA.field("output"), pa.array(outputs, pa.string()))


def moved(table: pa.Table, columns: list[str], part: float = 1.0) -> pa.Table:
    """Each answer to the next row of its stratum, in the order of the files: the neighbouring definition's answer."""
    outputs = table["output"].to_pylist()
    stratum = strata(*(table[name].to_pylist() for name in columns))
    chosen = np.sort(np.random.default_rng(5).permutation(len(table))[: int(part * len(table))])
    result = list(outputs)
    for one in np.unique(stratum):
        rows = [row for row in chosen.tolist() if stratum[row] == one]
        for source, target in zip(rows, rows[1:] + rows[:1], strict=True):
            result[target] = outputs[source]
    return with_outputs(table, result)


@pytest.fixture(scope="module")
def clean() -> pa.Table:
    return stdlib_table(ROWS)


@pytest.fixture(scope="module")
def report(clean: pa.Table) -> falsify.Report:
    return run(clean)


def test_a_clean_corpus_is_corroborated(report: falsify.Report) -> None:
    assert report.refuted == (), str(report)
    assert report.verdict == "corroborated"
    assert not report.passed  # nobody handed in a lineage or a source, and that is worth more than 15 points
    assert 70 <= report.score < 85


@pytest.mark.parametrize("seed", [1, 2])
def test_a_clean_corpus_is_refuted_by_no_seed(clean: pa.Table, seed: int) -> None:
    assert not refuted(clean, seed=seed)


@pytest.mark.parametrize("rows", [60, 150, 400])
def test_a_small_clean_corpus_is_not_refuted(rows: int) -> None:
    assert not refuted(stdlib_table(rows))


def test_every_corroboration_has_its_positive_control(report: falsify.Report) -> None:
    for result in report.results:
        if result.verdict == "corroborated":
            assert result.sensitivity is not None
            assert result.sensitivity.kills > 0
            assert 0.0 < (result.severity or 0.0) <= 1.0


def test_an_empty_corpus_is_refuted_and_earns_nearly_nothing() -> None:
    report = run(SCHEMA.empty_table())
    assert report.verdict == "refuted"
    assert report.score < 10


@pytest.mark.parametrize("by", [["category", "task"], ["path", "category", "task"], ["task"]])
def test_answers_that_were_all_moved_are_refuted(clean: pa.Table, by: list[str]) -> None:
    report = unpowered(moved(clean, by))
    assert report.verdict == "refuted"
    assert {"C1", "C1b", "C1f"} & set(report.refuted)  # which of them speaks alone, and which by chance, Holm decides


def test_answers_dealt_at_random_are_refuted_by_the_category_alone(clean: pa.Table) -> None:
    tasks = clean["task"].to_pylist()
    outputs = clean["output"].to_pylist()
    rng = np.random.default_rng(0)
    for task in sorted(set(tasks)):
        rows = [row for row, name in enumerate(tasks) if name == task]
        for source, target in zip(rng.permutation(rows).tolist(), rows, strict=True):
            outputs[target] = clean["output"][source].as_py()
    assert {"C1", "C1b", "C1e", "C1f"} <= refuted(with_outputs(clean, outputs))


def test_a_fifth_of_the_answers_moved_is_noticed(clean: pa.Table) -> None:
    assert {"C1e", "C1f"} & refuted(moved(clean, ["category", "task"], 0.2))


def template_rows(count: int = 100) -> pa.Table:
    rows = []
    for index in range(count):
        path, name = f"src/file_{index // 5}.rs", f"test_function_{index}"
        rows.append(
            Entry(
                id=entry_id("git", "repo", path, name, "document", 0),
                kind="git",
                category="function",
                task="document",
                instruction=f"Write the documentation of `{name}`.",
                input=f"pub fn {name}() -> i32 {{\n    {index}\n}}",
                output=f"Tests function {index}.",
                source="repo",
                path=path,
                line_start=1,
                line_end=3,
                symbol=name,
                language="rust",
                group=entry_group("git", "repo", path),
                split=("train", "validation", "test")[0 if index // 5 < 16 else 1 if index // 5 < 18 else 2],
                quality=0.5 + index / 300,
            )
        )
    return table_of(rows)


def test_one_template_with_invented_names_is_refuted() -> None:
    report = run(template_rows())
    assert report.verdict == "refuted"
    assert "D5" in report.refuted


def test_all_rows_twice_are_refuted(clean: pa.Table) -> None:
    rows = clean.to_pylist()
    twins = [{**row, "id": entry_id("git", "other", str(i), "", row["task"], 0)} for i, row in enumerate(rows)]
    assert "D1" in refuted(pa.Table.from_pylist([*rows, *twins], schema=SCHEMA))


def test_a_training_row_in_test_is_refuted(clean: pa.Table) -> None:
    rows = clean.to_pylist()
    host = max((row for row in rows if row["split"] == "train"), key=lambda row: len(row["output"]))
    held = next(row for row in rows if row["split"] == "test" and row["task"] != host["task"])
    held |= {"input": host["input"], "output": host["output"] + " More."}
    report = unpowered(pa.Table.from_pylist(rows, schema=SCHEMA))
    assert "D2" in report.refuted
    assert held["id"] in next(result for result in report.results if result.id == "D2").evidence


def test_the_order_of_the_rows_changes_no_verdict() -> None:
    table = stdlib_table(80)
    first, again = run(table), run(table.take(pa.array(np.random.default_rng(1).permutation(len(table)))))
    assert again.results == first.results
    assert again.score == first.score


GRAVE = {
    "two fifths of the answers moved within their task": {"C1e", "C1f"},
    "every second question empty": {"S3"},
    "all code cut at 70 %": {"S1"},
    "a reserved token in every answer": {"S4"},
    "every id random": {"I3"},
    "every answer inside its question": {"C4"},
}


@pytest.mark.parametrize("rows", [150, ROWS])
@pytest.mark.parametrize("name", GRAVE)
def test_one_grave_fault_refutes(name: str, rows: int) -> None:
    nothing = dict.fromkeys(("reread", "rebuild", "lineage", "removed"))
    subject = subject_of(stdlib_table(rows), **nothing, seed=0, sample=SAMPLE, workers=1, parses=parses)
    change = next(change for mutant, change, _ in MUTANTS if mutant == name)
    broken = change(subject, subject.rng(name))
    assert broken is not None
    report = judge(broken, falsify.HYPOTHESES, power=False)
    assert report.verdict == "refuted", str(report)
    assert GRAVE[name] & {result.id for result in report.results if result.grave}


def test_every_mutant_is_killed() -> None:
    clean = stdlib_table(200)
    lineage = [{"stage": "extract", "units": 3, "read": 2, "skipped": 1, "rows_out": len(clean), "config": {}}]
    truth = {row["id"]: (row["line_start"], row["output"]) for row in clean.to_pylist()}

    def reread(rows: pa.Table) -> list[str | None]:
        told = rows.to_pylist()
        return [None if truth[r["id"]] == (r["line_start"], r["output"]) else "other bytes" for r in told]

    found = falsify.mutation_test(clean, lineage=lineage, reread=reread, parses=parses)
    assert found.escaped == (), str(found)
    assert all(mutant.killed for mutant in found.mutants)
    assert falsify.MutationReport.from_dict(found.to_dict()) == found
    assert "14 of 14 mutants killed" in str(found)
    assert found.verdict != "refuted"
    assert "<table>" in found._repr_html_()
