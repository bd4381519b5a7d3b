"""Scores see what they say they see, gates ask before they remove much, and verdicts, laws and selections hold."""

from __future__ import annotations

import random
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import entry

import corpus
from corpus.curate import apply_gates, english, score, validate_score
from corpus.curate.background import mentioned
from corpus.curate.calibration import LEAST, Model, calibrate, fit, verdicts_of
from corpus.curate.defects import DEFECTS, Neighbours, cut, noise, shuffled
from corpus.curate.gates import GATES
from corpus.curate.ranks import auc, spearman
from corpus.curate.scores import FLOOR, WEIGHTS, quality
from corpus.curate.selection import select
from corpus.curate.signals import RELEVANCE, Place
from corpus.entry import SIGNALS, Entry, table_of
from corpus.errors import ConfigError, IntegrityError

HERE = Path(__file__).parent

DOCS = {
    "read_header": (
        """def read_header(stream, limit):
    line = stream.readline(limit)
    name, _, value = line.partition(b':')
    if not value:
        raise ValueError(line)
    return name.strip(), value.strip()""",
        """Read one header line from a stream.

Args:
    stream: Where the line is read from.
    limit: The most bytes that a line may have.

Returns:
    The name of the header and its value.""",
    ),
    "close_pool": (
        """def close_pool(pool, timeout):
    for connection in pool.connections:
        connection.close(timeout)
    pool.connections.clear()""",
        "Close every connection of the pool and forget it, so that nothing is left open when the program ends.",
    ),
    "merge_intervals": (
        """def merge_intervals(intervals):
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged""",
        "Merge intervals that overlap. The result is sorted by where each interval starts, and no two of them touch.",
    ),
    "escape_markup": (
        """def escape_markup(text):
    return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')""",
        "Replace the characters that have a meaning in markup by their entities, so that the text can be shown.",
    ),
}


def documented(name: str, number: int = 0, path: str = "io.py", **values: Any) -> Entry:
    code, doc = DOCS[name]
    given = {"language": "python", "task": "document", "category": "function", "symbol": name, "input": code}
    return entry(number, values.pop("output", doc), path=path, line_start=number + 1, **{**given, **values})


def file_of(**changed: str) -> pa.Table:
    """One file of four functions; some with another documentation."""
    rows = [
        documented(name, at, **({"output": changed[name]} if name in changed else {})) for at, name in enumerate(DOCS)
    ]
    return score(table_of(rows)).table


def of(table: pa.Table, name: str) -> dict[str, Any]:
    row: dict[str, Any] = table.to_pylist()[list(DOCS).index(name)]
    return row


def test_good_documentation_has_good_scores() -> None:
    for row in file_of().to_pylist():
        assert row["quality"] > 0.6
        assert row["signals"]["readability"] > 0.8


@pytest.mark.parametrize(
    ("name", "said", "signal"),
    [
        ("read_header", DOCS["merge_intervals"][1], "relevance"),
        ("close_pool", "Close pool.", "novelty"),
        ("close_pool", "TODO: document this function properly.", "information"),
        ("merge_intervals", "Merge the intervals that overlap here. " * 6, "information"),
        ("merge_intervals", noise(DOCS["merge_intervals"][1], 0.15, random.Random(1)), "readability"),
        ("merge_intervals", shuffled(DOCS["merge_intervals"][1], random.Random(1)), "readability"),
        ("merge_intervals", cut(DOCS["merge_intervals"][1], 0.6), "completeness"),
        ("read_header", DOCS["read_header"][1].replace("limit:", "maximum:"), "consistency"),
        ("close_pool", DOCS["close_pool"][1] + "\n\n```\npool", "well_formedness"),
    ],
)
def test_each_signal_falls_with_its_defect_and_takes_quality_with_it(name: str, said: str, signal: str) -> None:
    before, after = of(file_of(), name), of(file_of(**{name: said}), name)
    was = 1.0 if before["signals"][signal] is None else before["signals"][signal]
    assert after["signals"][signal] < was - 0.1
    assert after["quality"] < before["quality"]


def test_the_underline_of_a_heading_opens_nothing() -> None:
    said = "io.pool\n~~~~~~~\n\n" + DOCS["close_pool"][1]
    assert of(file_of(close_pool=said), "close_pool")["signals"]["well_formedness"] == 1.0


@settings(deadline=None, max_examples=50)
@given(
    values=st.fixed_dictionaries({name: st.none() | st.floats(0, 1) for name in SIGNALS}),
    name=st.sampled_from(SIGNALS),
    better=st.floats(0, 1),
)
def test_quality_never_falls_when_a_signal_rises(values: dict[str, float | None], name: str, better: float) -> None:
    before, held = quality(values), values[name]
    after = quality({**values, name: max(better, 1.0 if held is None else held)})
    assert after >= before - 1e-6
    assert 0 <= before <= 1
    assert set(WEIGHTS) == set(SIGNALS)
    assert quality(dict.fromkeys(SIGNALS, 0.0)) == pytest.approx(FLOOR ** sum(WEIGHTS.values()), abs=1e-6)


def test_another_file_changes_no_score_and_another_function_of_the_file_may() -> None:
    rows = [documented(name, at) for at, name in enumerate(DOCS)]
    alone = score(table_of(rows)).table.to_pylist()
    other = documented("read_header", 9, path="other.py", output="Something else is said of it here.")
    assert score(table_of([*rows, other])).table.to_pylist()[: len(rows)] == alone
    moved = documented("read_header", 0, output=DOCS["merge_intervals"][1])
    beside = score(table_of([moved, *rows[1:]])).table["signals"][0].as_py()
    assert beside["relevance"] != score(table_of([moved])).table["signals"][0].as_py()["relevance"]


def test_scores_are_blind_to_line_ends_and_to_the_order_of_rows() -> None:
    rows = [documented(name, at, path=f"{at % 2}.py") for at, name in enumerate(DOCS)]
    plain = score(table_of(rows)).table
    windows = [
        documented(name, at, path=f"{at % 2}.py", output=DOCS[name][1].replace("\n", "\r\n"),
                   input=DOCS[name][0].replace("\n", "\r\n"))
        for at, name in enumerate(DOCS)
    ]  # fmt: skip
    assert score(table_of(windows)).table["quality"].to_pylist() == plain["quality"].to_pylist()
    order = [2, 0, 3, 1]
    assert score(table_of(rows).take(order)).table.to_pylist() == plain.take(order).to_pylist()


def test_prose_in_another_language_is_not_read_as_bad_english() -> None:
    said = "Schließt jede Verbindung und gibt den Speicher frei, der für sie gebraucht wird, und ist nicht zu spät."
    assert of(file_of(close_pool=said), "close_pool")["signals"]["readability"] is None


def test_a_keyword_behind_two_stars_may_have_any_name() -> None:
    code = "def send(url, **options):\n    return request('GET', url, **options)"
    doc = "Send it.\n\nArgs:\n    url: Where it goes.\n    verify: Whether to look.\n    timeout: How long to wait."
    said = [doc, doc.replace("url:", "uri:")]
    rows = [
        documented("read_header", at, path=f"{at}.py", symbol="send", input=code, output=text)
        for at, text in enumerate(said)
    ]
    right, wrong = (row["consistency"] for row in score(table_of(rows)).table["signals"].to_pylist())
    assert (right, wrong) == (1.0, pytest.approx(0.02))


@pytest.mark.parametrize(
    "end",
    [
        ".. versionadded:: 2.1",
        ".. deprecated:: 3",
        ":rtype: io.Pool",
        "[0]: /guide/#pools",
        "* https://example.org/pools",
        ".. code-block:: python\n\n    pool.close()\n    pool = None",
        "It is closed so::\n\n    close_pool(pool, 3)",
    ],
)
def test_a_text_that_ends_in_markup_is_whole_and_no_cut_of_it_is_better(end: str) -> None:
    whole = f"{DOCS['close_pool'][1]}\n\n{end}"
    signals = of(file_of(close_pool=whole), "close_pool")["signals"]
    assert signals["completeness"] > 0.9
    for share in (0.3, 0.6):
        assert (
            of(file_of(close_pool=cut(whole, share)), "close_pool")["signals"]["completeness"] < signals["completeness"]
        )


TWINS = {
    "Pool.open_socket": (
        "    def open_socket(self, host):\n        return self._sockets.add(connect(host))",
        "Add a socket that is connected to `host`.",
    ),
    "Pool.close_socket": (
        "    def close_socket(self, host):\n        return self._sockets.pop(host).close()",
        "Take the socket of `host` out, and close it.",
    ),
    "Pool.count_sockets": (
        "    def count_sockets(self):\n        return len(self._sockets)",
        "The number of sockets that are held.",
    ),
    "Pool.dump_state": (
        "    def dump_state(self, stream):\n        json.dump(self._state, stream)",
        "Write the `_state` to a stream, as JSON.",
    ),
}


def twins(**said: str) -> list[Entry]:
    return [
        documented("read_header", at, symbol=symbol, input=code, output=said.get(symbol.partition(".")[2], doc))
        for at, (symbol, (code, doc)) in enumerate(TWINS.items())
    ]


def test_what_is_said_of_a_neighbour_fits_less_than_what_is_said_of_it() -> None:
    rows = [one.row() for one in twins()]
    place = Place(rows)
    for at, row in enumerate(rows):
        right = place.relevance_features(at)
        for other in rows[:at] + rows[at + 1 :]:
            wrong = place.relevance_features(at, {**row, "output": other["output"]})
            assert wrong["row_header"] < right["row_header"]
            assert sum(RELEVANCE[name] * (right[name] - wrong[name]) for name in right) > 1
    alone = Place(rows[:1]).relevance_features(0)
    assert alone["alone"] == 1
    assert alone["row_header"] == alone["row_name"] == alone["row_identifiers"] == alone["column"] == 0


def test_the_order_of_a_file_says_nothing_of_how_its_rows_fit() -> None:
    rows = twins(open_socket="Close the socket.", dump_state="Close the socket.")
    plain = {row["id"]: row["signals"] for row in score(table_of(rows)).table.to_pylist()}
    turned = {row["id"]: row["signals"] for row in score(table_of(rows[::-1])).table.to_pylist()}
    assert plain == turned


def test_names_of_code_are_told_from_words() -> None:
    said = "Call `run` or foo.bar(x), with max_size=30 and HTTPConnectionPool: See 'key'. It is True, and ends."
    assert mentioned(said) == {"run", "foo", "bar", "max_size", "30", "HTTPConnectionPool", "key"}
    assert mentioned("This is a sentence; it has Words. None of them is code!") == frozenset()


def test_a_text_ends_as_those_around_it_do() -> None:
    plain = {name: doc.rstrip(".").replace("`", "") for name, (_, doc) in TWINS.items()}
    bare = [
        documented("read_header", at, symbol=name, input=TWINS[name][0], output=doc)
        for at, (name, doc) in enumerate(plain.items())
    ]
    habit = twins(count_sockets=plain["Pool.count_sockets"])

    def ended(rows: list[Entry]) -> float:
        return float(score(table_of(rows)).table["signals"][2].as_py()["completeness"])

    assert ended(bare) > ended(habit) + 0.1  # who writes no full stop lacks none
    assert ended(twins()) > ended(twins(count_sockets="The number of sockets. Args:")) + 0.3
    whole, cut_off = (
        "The number of sockets that are held by this connection",
        "The number of sockets that are held by this connec",
    )
    assert ended(twins(count_sockets=whole)) > ended(twins(count_sockets=cut_off)) + 0.1


def test_items_of_a_list_are_judged_as_items() -> None:
    code = DOCS["read_header"][0]
    table = table_of(
        [
            documented("read_header"),
            documented(
                "read_header", task="answer", category="argument", input=code, output="- `limit`: the limit of it"
            ),
            documented(
                "read_header", task="answer", category="error", input=code, output="- `ValueError`: for no value"
            ),
            documented("read_header", task="answer", category="error", input=code, output="- `ValueError`: for the"),
        ]
    )
    _, argument, error, cut_off = score(table).table.to_pylist()
    assert argument["signals"]["novelty"] is error["signals"]["novelty"] is None
    assert error["signals"]["completeness"] > 0.5 > cut_off["signals"]["completeness"]
    assert argument["quality"] > 0.1


def test_who_speaks_of_what_is_generated_elsewhere_is_no_placeholder() -> None:
    about = f"{DOCS['close_pool'][1]} {'It stands beside the others and is kept by hand, as long as that works. ' * 4}"
    said = [f"{about}The ones below are auto-generated.", "This file is auto-generated from the schema of the pool."]
    table = table_of(documented("close_pool", at, path=f"{at}.py", output=text) for at, text in enumerate(said))
    assert apply_gates(table).removed["detail"].to_pylist() == ["the documentation says 'is auto-generated'"]


def test_the_page_on_quality_names_every_gate_where_it_belongs() -> None:
    """The table of docs/quality.md holds the gates that are asked by default, what follows it all others."""
    page = (HERE.parent / "docs" / "quality.md").read_text(encoding="utf-8")
    section = page.partition("## Gates")[2].partition("## Scores")[0]
    asked, _, off = section.partition("Switched off until they are named")
    by_default = {gate.name for gate in GATES if gate.active}
    named = {name for line in asked.splitlines() if line.startswith("|") for name in re.findall(r"`([a-z-]+)`", line)}
    assert named == by_default
    counted = re.search(r"`corpus.curate.GATES` names each .*?\. (\d+) are asked", asked, re.DOTALL)
    assert counted is not None
    assert int(counted[1]) == len(by_default)
    mentioned = set(re.findall(r"`([a-z-]+)`", off.partition("A gate that would remove more")[0]))
    assert {gate.name for gate in GATES if not gate.active} <= mentioned


def test_a_line_that_opens_a_block_does_not_end_a_text() -> None:
    for end in (".. code-block:: python", ".. versionadded::", ":param timeout: how long it"):
        cut_off = f"{DOCS['close_pool'][1]}\n\n{end}"
        assert of(file_of(close_pool=cut_off), "close_pool")["signals"]["completeness"] < 0.9


def test_the_table_of_english_is_the_one_that_was_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert english.rarity("the") < english.rarity("connection") < english.UNSEEN == english.rarity("zxqvqk")
    words = english.tokens("Return the number of bytes.")
    assert sum(english.affinities(words)) > sum(english.affinities([words[0], *reversed(words[1:-1]), words[-1]]))
    monkeypatch.setattr(english, "CHECKSUM", "0" * 16)
    monkeypatch.setattr(english, "_in_use", [])
    english.rarity.cache_clear()
    with pytest.raises(IntegrityError, match="English"):
        english.rarity("anything")


# Validation.


@pytest.fixture(scope="module")
def library() -> corpus.Corpus:
    """The functions of this library, documented by people: a hundred and more of them."""
    root = HERE.parent / "corpus"
    rows, number = [], 0
    from corpus.code import definitions

    for path in sorted(root.glob("*.py")) + sorted((root / "curate").glob("*.py")):
        for found in definitions(path.read_bytes(), "python", documented=True):
            if found.category == "function":
                number += 1
                place = f"{path.parent.name}/{path.name}"
                rows.append(
                    entry(number, found.doc, path=place, source=path.parent.name, language="python", task="document",
                          category="function", symbol=found.symbol, input=found.code, line_start=found.line_start)
                )  # fmt: skip
    return corpus.Corpus(table_of(rows))


def test_the_score_sees_defects_that_length_and_chance_do_not(library: corpus.Corpus) -> None:
    report = validate_score(library, hosts=60)
    found = {one.defect: one for one in report.defects}
    for name in ("other package", "boilerplate", "repetition", "noise", "shuffled words"):
        assert found[name].auc > 0.85
        assert found[name].low <= found[name].auc <= found[name].high
    assert abs(found["shuffled words"].length - 0.5) < 0.01
    assert 0.3 < found["noise"].chance < 0.7
    assert found["boilerplate"].removed >= found["boilerplate"].caught
    assert max(report.laws.values()) < 0.2
    assert "same file" in repr(report)
    assert report.to_markdown().count("|") > 100
    assert "<table>" in report._repr_html_()


def test_a_score_that_is_chance_is_seen_to_be_chance(library: corpus.Corpus) -> None:
    report = validate_score(library, lambda row: random.Random(row["output"]).random(), hosts=60)
    assert not report.passed
    assert all(0.25 < one.auc < 0.75 for one in report.defects)
    assert max(report.laws.values()) > 0.3  # the score above stays below .2 in each of them


def test_ratings_are_compared_with_scores(library: corpus.Corpus) -> None:
    ids = library.table["id"].to_pylist()
    rated = library.score().table["quality"].to_pylist()
    ratings = pa.table({"id": ids, "rating": rated})
    agreement = {one.name: one for one in validate_score(library, hosts=20, ratings=ratings).agreement}
    assert agreement["score"].spearman == pytest.approx(1.0)
    assert agreement["score"].low > agreement["random"].high
    with pytest.raises(ConfigError, match="rated"):
        validate_score(library, hosts=20, ratings=pa.table({"id": ["x"], "rating": [1.0]}))
    with pytest.raises(ConfigError, match="column"):
        validate_score(library, hosts=20, ratings=pa.table({"id": ids}))


def test_a_corpus_without_functions_cannot_be_planted_in() -> None:
    with pytest.raises(ConfigError, match="too few"):
        validate_score(table_of([entry(0)]))


def test_the_plot_shows_every_defect(library: corpus.Corpus) -> None:
    pytest.importorskip("matplotlib")
    report = validate_score(library, hosts=60)
    names = [label.get_text() for label in report.plot().axes[0].get_yticklabels()]
    assert names == [one.defect for one in report.defects]
    assert len(names) >= len(DEFECTS) - 2


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda one: one.name)
def test_each_defect_changes_a_documentation(defect: Any) -> None:
    near = Neighbours(["Another one of the file."], ["One of another file."], ["One of another package."])
    row = documented("read_header").row()
    assert defect.plant(row, near, random.Random(0)) not in (None, row["output"])


def test_ranks_are_what_they_are_by_definition() -> None:
    rng = np.random.default_rng(0)
    good, bad = rng.integers(0, 9, 40).astype(float), rng.integers(0, 7, 30).astype(float)
    pairs = [(one > other) + 0.5 * (one == other) for one in good for other in bad]
    assert auc(good, bad) == pytest.approx(np.mean(pairs))
    assert spearman(good, good**3) == pytest.approx(1.0)
    assert spearman(good, np.ones(40)) == 0.0


# Gates: previews and shares.


def todo(rows: int, placeholders: int) -> pa.Table:
    said = [f"Return what is at place {n} of the list of all places." for n in range(rows)]
    said[:placeholders] = [f"TODO: write what number {n} does." for n in range(placeholders)]
    return table_of(documented("close_pool", n, path=f"{n}.py", output=text) for n, text in enumerate(said))


def test_a_preview_says_what_each_gate_would_remove_and_removes_nothing() -> None:
    made = corpus.Corpus(todo(20, 3))
    shown = made.filter(dry_run=True)
    assert (shown.rows, shown.removed, len(made)) == (20, 3, 20)
    gate = shown["placeholder"]
    assert (gate.rows, gate.alone, gate.over, len(gate.examples)) == (3, 3, (), 3)
    assert gate.sources == {"s": 0.15}
    assert "TODO: write what number 0" in repr(shown)
    assert "<details><summary>placeholder" in shown._repr_html_()
    assert shown.removed == len(made.filter().removed)
    with pytest.raises(KeyError):
        shown["long"]


def test_a_gate_that_would_remove_most_of_a_source_asks_first() -> None:
    made = corpus.Corpus(todo(300, 200))
    assert made.filter(dry_run=True)["placeholder"].over == ("s",)
    with pytest.raises(ConfigError, match="'placeholder' would remove") as caught:
        made.filter()
    assert caught.value.where == "s"
    assert "placeholder=None" in str(caught.value.hint)
    assert len(made.filter(placeholder=None)) == 300
    allowed = made.filter(shares={"placeholder": 1.0})
    assert len(allowed) == 100
    assert len(made.replay(allowed.lineage[-1])) == 100
    with pytest.raises(ConfigError, match="no share"):
        made.filter(shares={"placeholder": 2})
    with pytest.raises(ConfigError, match="no such gate"):
        made.filter(shares={"placeholders": 1.0})


def test_gates_are_asked_only_of_what_they_are_for() -> None:
    names = {gate.name: gate for gate in GATES}
    row = entry(0, "Your turn, and the", task="reply", category="conversation").row()
    assert not names["truncated"].applies(row)
    assert len(apply_gates(table_of([Entry.from_row(row)])).removed) == 0
    assert names["bot"].applies(row)


# Calibration.


def rated_rows(many: int, seed: int = 0) -> tuple[pa.Table, pa.Table]:
    """Scored rows, and the verdicts of somebody who cares for relevance and for nothing else."""
    rng = np.random.default_rng(seed)
    rows, verdicts = [], []
    for number in range(many):
        signals = {name: float(rng.uniform(0.05, 1)) for name in SIGNALS}
        rows.append(entry(number, quality=quality(signals), signals=signals))
        chance = 1 / (1 + np.exp(-8 * (signals["relevance"] - 0.5)))
        verdicts.append("good" if rng.random() < chance else "bad")
    table = table_of(rows)
    return table, pa.table({"id": table["id"], "verdict": verdicts})


def test_quality_becomes_the_probability_that_this_person_calls_a_row_good() -> None:
    table, verdicts = rated_rows(600)
    unseen, said = rated_rows(600, seed=1)
    made = calibrate(table, verdicts)
    model = Model.from_dict(made.config["model"])
    both = {name: model.weights[name] + model.linear[name] for name in SIGNALS}
    assert both["relevance"] > 2 * max(value for name, value in both.items() if name != "relevance")
    assert min(*model.weights.values(), *model.linear.values()) >= 0
    after = calibrate(unseen, model).table
    good = np.array([value == "good" for value in said["verdict"].to_pylist()])
    value, before = np.array(after["quality"].to_pylist()), np.array(unseen["quality"].to_pylist())
    assert auc(value[good], value[~good]) > auc(before[good], before[~good]) + 0.05
    for low in (0.0, 0.25, 0.5, 0.75):  # what is said to be good with 30 % is good in about 30 %
        here = (value >= low) & (value < low + 0.25)
        assert abs(good[here].mean() - value[here].mean()) < 0.12
    assert model.interval[0] < model.auc < model.interval[1]
    lower, upper = model.bounds(unseen["signals"][0].as_py())
    assert lower < value[0] < upper


def test_too_few_verdicts_change_nothing_and_say_so() -> None:
    table, verdicts = rated_rows(60)
    made = corpus.Corpus(table)
    with pytest.warns(UserWarning, match=f"at least {LEAST} are needed"):
        same = made.calibrate(verdicts.slice(0, LEAST - 1))
    assert same.table.equals(table)
    assert "quality stays as it was" in same.lineage[-1]["unchanged"]
    one_sided = pa.table({"id": table["id"], "verdict": ["good"] * 60})
    assert "unchanged" in calibrate(table, one_sided).facts
    assert made.replay(same.lineage[-1]).table.equals(table)


def test_a_calibration_is_replayed_from_its_record_and_blind_to_order(tmp_path: Path) -> None:
    table, verdicts = rated_rows(200)
    frame = verdicts.to_pandas()
    frame.to_csv(tmp_path / "verdicts.csv", index=False)
    made = corpus.Corpus(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = made.calibrate(tmp_path / "verdicts.csv")
        assert done.table.equals(made.calibrate(frame).table)
    assert made.replay(done.lineage[-1]).table.equals(done.table)
    order = np.random.default_rng(0).permutation(200)
    shuffled_ = calibrate(table.take(pa.array(order)), verdicts.take(pa.array(order[::-1].copy())))
    assert shuffled_.config == done.lineage[-1]["config"]


@pytest.mark.parametrize(
    ("column", "values", "good"),
    [
        ("verdict", ["good", "Bad"], [True, False]),
        ("verdict", [True, False], [True, False]),
        ("rating", [5, 1], [True, False]),
        ("rating", [0.9, 0.2], [True, False]),
    ],
)
def test_verdicts_are_read_in_several_forms(column: str, values: list[Any], good: list[bool]) -> None:
    assert list(verdicts_of(pa.table({"id": ["a", "b"], column: values})).values()) == good


def test_verdicts_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    table, verdicts = rated_rows(2)
    with pytest.raises(ConfigError, match="verdict"):
        calibrate(table, pa.table({"id": table["id"], "verdict": ["good", "perhaps"]}))
    with pytest.raises(ConfigError, match="column"):
        calibrate(table, pa.table({"id": table["id"]}))
    with pytest.raises(ConfigError, match="no score"):
        calibrate(table_of([entry(0)]), pa.table({"id": [entry(0).id], "verdict": ["good"]}))
    with pytest.raises(ConfigError, match="cannot be read"):
        corpus.Corpus(table).calibrate(tmp_path / "nothing.parquet")
    with pytest.raises(ConfigError, match="no ratings"):
        corpus.Corpus(table).calibrate(3)  # type: ignore[arg-type]
    assert fit([{}] * 4, [True, False, True, False]).rows == 4
    assert len(verdicts) == 2


# Selection.


def topics(copies: int) -> pa.Table:
    rows = []
    for at, (name, (_, doc)) in enumerate(DOCS.items()):
        for number in range(copies):
            said = f"{doc} It is said for the {['first', 'second', 'third', 'fourth', 'fifth'][number]} time."
            rows.append(entry(10 * at + number, said, instruction=name, quality=0.9 - 0.1 * at - 0.01 * number))
    return table_of(rows)


def test_the_best_rows_are_taken_that_are_not_alike() -> None:
    table = topics(5)
    plain = select(table, 4, diversity=0).table
    assert set(plain["instruction"].to_pylist()) == {"read_header"}
    spread = select(table, 4)
    assert spread.table["instruction"].to_pylist() == list(DOCS)
    assert spread.table["quality"].to_pylist() == pytest.approx([0.9, 0.8, 0.7, 0.6])
    alike = [row for row in spread.removed.to_pylist() if row["reason"] == "alike"]
    kept = set(spread.table["id"].to_pylist())
    assert alike
    assert all(row["kept_id"] in kept and row["similarity"] > 0.5 for row in alike)
    assert len(select(table, 20).table) == 4  # no more are unlike


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 99), n=st.integers(1, 25), diversity=st.sampled_from([0, 0.1, 0.5, 1]))
def test_a_selection_is_blind_to_order_and_loses_no_row(seed: int, n: int, diversity: float) -> None:
    table = topics(5)
    order = list(range(len(table)))
    random.Random(seed).shuffle(order)
    stage = select(table.take(order), n, diversity=diversity)
    assert set(stage.table["id"].to_pylist()) == set(select(table, n, diversity=diversity).table["id"].to_pylist())
    assert len(stage.table) + len(stage.removed) == len(table)
    assert len(stage.table) <= n
    made = corpus.Corpus(table).select(n, diversity=diversity)
    assert corpus.Corpus(table).replay(made.lineage[-1]).table.equals(made.table)


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 2.5}, {"n": True}, {"diversity": 2}, {"diversity": "x"}])
def test_a_selection_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        select(topics(1), **{"n": 1, **wrong})


def test_a_selection_needs_scores_and_says_what_it_lost() -> None:
    with pytest.raises(ConfigError, match="without a quality"):
        select(table_of([entry(0)]), 1)
    rows = [entry(0, quality=0.9, source="a"), entry(1, quality=0.1, source="b", language="de")]
    assert select(table_of(rows), 1, diversity=0).facts == {"lost": {"source": ["b"], "language": ["de"]}}


# Statistics.


def test_statistics_tell_what_the_texts_are_like() -> None:
    said = ["Yes.", "Yes.", "Well, that depends on many things...", "I'm sorry, but I cannot help with that."]
    made = corpus.Corpus(table_of(entry(n, text) for n, text in enumerate(said)))
    found = made.stats()
    assert found["slices"] == {"short_answers": 2, "ellipses": 1, "refusals": 1}
    assert found["duplicates"] == {"answers": 1, "pairs": 0}
    assert found["lengths"]["tokens_output"]["min"] == 1
    assert found["questions"]["different"] == 4
    assert found["questions"]["first_words"] == {"question": 4}
