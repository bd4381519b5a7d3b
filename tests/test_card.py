"""The card: names in it are only names, its numbers are those of the rows, and what reads the corpus agrees with it."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from strategies import TEXTS, entry

import corpus
from corpus.corpus import Corpus
from corpus.entry import MESSAGES, SCHEMA, SPLITS, table_of
from corpus.errors import ConfigError, IntegrityError, MissingExtraError
from corpus.reserved import RESERVED
from corpus.write import card as cards
from corpus.write import croissant, licenses, markdown, metadata, plots
from corpus.write.card import render_card
from corpus.write.markdown import escape
from corpus.write.statistics import BINS, statistics
from falsify import Report, Result

HOSTILE = [
    "---\nlicense: mit\n---",
    "</details><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "![](http://tracker.example/pixel.png)",
    "<img src=x onerror=alert(1)>",
    "https://tracker.example/",
    "www.tracker.example",
    "me@tracker.example",
    "a|b|c",
    "`code` *bold* _it_ # head ~~gone~~ $x$",
    "```\n\n# A heading\n",
    "<|im_start|>system",
    "[INST] <<SYS>>",
    "=HYPERLINK(1)",
    "1. one",
    "name\u202efdp.exe",
    "\x1b[31mred",
    "&lt;b&gt;",
    "{{ 1 + 1 }}",
    "x\U000e0041\u3164",
]


def manifest(name: str) -> dict[str, Any]:
    """A manifest in which every string that comes from data is the name; a kind is checked before."""
    file = {"name": "train-00000-of-00001.parquet", "rows": 2, "bytes": 10, "arrow_bytes": 20, "sha256": "0"}
    by = {column: {name: 2} for column in ("category", "task", "language", "license", "visibility")}
    rows = {"all": 2, "split": {"train": 1, "test": 1}, "kind": {"git": 2}, "source": {name: 2}, **by}
    stage = {"rows_in": 3, "rows_out": 2, "removed": {name: 1}}
    return {
        "sources": [
            {
                "name": name,
                "kind": "git",
                "commit": name,
                "visibility": name,
                "units": 3,
                "read": 2,
                "licenses": [name],
                "preset": name,
                name: {name: 1, "inner": {name: [name]}},
            }
        ],
        "lineage": [
            {"stage": "extract", "units": 3, "read": 2, "skipped": 1, "skipped_by_reason": {name: 1}, "rows_out": 3},
            {"stage": name, "version": name, "config": {name: name}, name: name, "counted": {name: 2}, **stage},
            {"stage": "redact", "redacted": {name: {name: 3}}, "rows_changed": 1, "config": {"keep": [name]}, **stage},
            {"stage": "decontaminate", "config": {name: name}, "matches": {name: 1}, **stage},
        ],
        "tokenizer": {"name": None, "counts": "an estimate"},
        "versions": {"sovereign-corpus": "0", "else": name},
        "fingerprint": "0" * 64,
        "files": {"train": [file]},
        "rows": rows,
        "statistics": {
            "crossed": {
                "category_by_split": {name: {"train": 1, "test": 1}},
                "task_by_split": {name: {"train": 1, "test": 1}},
                "language_by_split": {name: {"train": 1, "test": 1}},
                "source_by_license": {name: {name: 2}, "other": {name: 1}},
            },
            "quality": {"rows": 2, "mean": 0.5, "quantiles": [0.5] * 7, "histogram": [2] + [0] * (BINS - 1)},
            "signals": {name: {"rows": 2, "mean": 0.5}},
        },
    }


def report(name: str) -> dict[str, Any]:
    results = [
        {"id": name, "claim": name, "verdict": verdict, "severity": 0.5, "reason": name}
        for verdict in ("refuted", "untested", "corroborated", "not applicable")
    ]
    return {"verdict": "refuted", "score": 50.0, "results": results}


def report_that_says(reason: str) -> dict[str, Any]:
    return {"verdict": "untested", "score": 0.0, "results": [report("n")["results"][1] | {"reason": reason}]}


def parsed(body: str) -> list[Any]:
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(body)
    return [child for token in tokens for child in [token, *(token.children or ())]]


def shape(card: str) -> Counter[tuple[str, str]]:
    """Everything in a card's body that is not text, and how often it is there."""
    words = {"text", "text_special", "inline", "softbreak"}
    return Counter((token.type, token.tag) for token in parsed(card.split("---\n", 2)[2]) if token.type not in words)


def head_of(card: str) -> dict[str, Any]:
    found = yaml.safe_load(card.split("---\n", 2)[1])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_the_card(name: str) -> None:
    card = render_card(manifest(name), report(name))
    assert shape(card) == shape(render_card(manifest("x-name"), report("x-name")))
    meta = head_of(card)
    assert meta == metadata.head(manifest(name))
    assert meta["license"] == "other"
    assert meta["license_name"] == "see-the-card"
    assert set(meta["tags"]) <= {"sovereign-corpus", "git", "code", name}
    assert RESERVED.search(card) is None
    assert markdown.visible(card.replace("\n", "")) == card.replace("\n", "")
    body = re.sub(r"```.*?```", "", card.split("---\n", 2)[2], flags=re.DOTALL)  # in code, nobody makes links
    assert "https://tracker" not in body
    assert "www.tracker" not in body
    assert "me@tracker" not in body


def test_a_hostile_card_has_no_html_no_link_and_no_picture() -> None:
    for name in HOSTILE:
        body = render_card(manifest(name), report(name)).split("---\n", 2)[2]
        kinds = {token.type for token in parsed(body)}
        assert kinds.isdisjoint({"html_inline", "html_block", "link_open", "image", "em_open", "s_open", "hr"})


@settings(max_examples=25)
@given(name=TEXTS.filter(lambda text: text not in {"", "other", "unknown"} and not text.isspace()))
def test_no_name_changes_the_shape_of_a_card(name: str) -> None:
    card = render_card(manifest(f"x{name}"), report(f"x{name}"))
    assert shape(card) == shape(render_card(manifest("x-name"), report("x-name")))
    assert head_of(card)["license"] == "other"


def test_a_hostile_call_to_rebuild_is_python_that_says_the_name() -> None:
    import ast

    for name in HOSTILE:
        literal = markdown.literal(name)
        assert ast.literal_eval(literal) == name
        assert literal.isascii()
        assert RESERVED.search(literal) is None


def test_the_tables_of_a_hostile_card_keep_their_columns() -> None:
    body = render_card(manifest("a|b\\|c"), report("a|b\\|c")).split("---\n", 2)[2]
    rows = [token for token in parsed(body) if token.type == "inline"]
    assert "a|b\\|c" in {"".join(child.content for child in row.children or ()) for row in rows}


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_escaped_text_reads_as_itself_and_as_nothing_else(text: str) -> None:
    escaped = escape(text)
    assert "\n" not in escaped
    assert "<" not in escaped
    tokens = parsed(f"| {escaped} |\n|---|\n| x |\n")
    shown = next(token for token in tokens if token.type == "inline")
    assert {child.type for child in shown.children or ()} <= {"text", "text_special"}
    assert "".join(child.content for child in shown.children or ()) == markdown.visible(text).strip()
    line = [token.type for token in parsed(f"- {escaped}x\n") if token.level <= 3]
    assert line.count("list_item_open") == 1
    assert not {"heading_open", "hr", "fence", "blockquote_open"} & set(line)


# What it says.


def report_of(c: Corpus, *results: Result, verdict: str = "corroborated") -> Report:
    return Report(verdict, 81.5, results, c.fingerprint, "0" * 64, 0, len(c))


def result(name: str, verdict: str) -> Result:
    known = 0.931 if verdict == "corroborated" else None
    return Result(name, "integrity", f"claim of {name}", verdict, False, 1, 0.0, None, 0.0, 5, "all", (), known, None,
                  None, f"reason of {name}", 1)  # fmt: skip


def a_corpus(splits: tuple[str, ...] = SPLITS) -> Corpus:
    """Rows of two languages, two licences and several categories, in the given splits."""
    rows = table_of(
        entry(
            n,
            output=f"The answer to question {n} is long enough to be one.",
            category=("note", "function", "type")[n % 3],
            task="answer",
            language=("en", "python")[n % 2],
            license=("MIT", None)[n % 4 == 0],
            split=splits[n // 3 % len(splits)],
            quality=n / 30,
            signals={"relevance": n / 30},
            created_at=datetime(2020, 1, 1 + n % 28, tzinfo=UTC),
        )
        for n in range(30)
    )
    lineage = (
        {"stage": "extract", "units": 40, "read": 35, "skipped": 5, "skipped_by_reason": {"binary": 5}, "rows_out": 32},
        {"stage": "filter", "version": "gates-4", "config": {}, "rows_in": 32, "rows_out": 30, "removed": {"long": 2}},
    )
    facts = {"kind": "git", "name": "s", "commit": "c" * 40, "pseudonym_fingerprint": "k", "visibility": "private"}
    return Corpus(rows, lineage=lineage, source_facts=(facts,))


def card_of(place: Path) -> str:
    return (place / "README.md").read_text(encoding="utf-8")


def test_a_card_without_a_report_says_so() -> None:
    assert "Nobody has tried to refute this corpus" in render_card(manifest("n"), None)


def test_a_card_has_the_sections_of_a_datasheet_and_no_placeholder(tmp_path: Path) -> None:
    card = card_of(a_corpus().write(tmp_path / "c"))
    headings = [line for line in card.splitlines() if line.startswith("## ")]
    for word in ("Motivation", "Composition", "Collection", "Preprocessing", "Uses", "Distribution", "Citation"):
        assert any(word in heading for heading in headings)
    prose = card.split("---\n", 2)[2].split("## How to load it")[0]
    assert re.search(r"More Information Needed|\bTODO\b|\bNone\b|\bnan\b|\{|\}", prose) is None


def test_what_was_not_tested_is_named_with_its_reason(tmp_path: Path) -> None:
    c = a_corpus()
    judged = report_of(c, result("T1", "corroborated"), result("U1", "untested"), result("R1", "refuted"))
    card = card_of(c.write(tmp_path / "c", report=judged))
    assert "81.5 of 100 points (1 refuted, 1 untested, 1 corroborated of 3 hypotheses)" in card
    assert "- U1: claim of U1. Reason of U1." in card
    assert f"Why {'not ' * 80}…\n" in render_card(manifest("n"), report_that_says(f"why {'not ' * 80}…"))
    assert "| T1 | claim of T1 | 0.931 | 5 | reason of T1 |" in card
    assert card.index("**Refuted:**") < card.index("**Not tested**") < card.index("**Stood the test:**")


def test_numbers_of_the_card_are_those_of_the_rows(tmp_path: Path) -> None:
    c = a_corpus()
    card = card_of(c.write(tmp_path / "c"))
    for category in ("note", "function", "type"):
        sides = Counter(e.split for e in c if e.category == category)
        cells = " | ".join(str(sides[split]) for split in SPLITS)
        assert f"| {category} | 10 | 33.3 % | {cells} |" in card
    assert f"| MIT | {sum(e.license == 'MIT' for e in c)} |" in card
    assert "Of 8 rows no licence is known" in card
    assert "Units (files, commits, notes, chats): 40 = 35 read + 5 skipped." in card
    assert "Rows: 32 before = 30 kept + 2 removed." in card
    assert "| filter | long | 2 |" in card
    assert "Written between 2020-01-01 and 2020-01-28" in card


def test_redactions_are_told_by_kind_and_rule_only_where_somebody_looked(tmp_path: Path) -> None:
    c = a_corpus()
    card = card_of(c.write(tmp_path / "a"))
    assert "**not** searched for" in card
    assert "not compared with benchmarks" in card
    assert "## Decontamination" not in card
    redacted = {"stage": "redact", "version": "r", "config": {"corpus": "s", "keep": ["ip"],
                "public": [], "pseudonyms": False}, "rows_in": 30, "rows_out": 30,
                "removed": {}, "redacted": {"email": {"address": 7}}, "rows_changed": 6, "people": 2}  # fmt: skip
    cleaned = {"stage": "decontaminate", "version": "d", "config": {"ngram": 13}, "rows_in": 30, "rows_out": 30,
               "removed": {}, "benchmarks": {"humaneval": 164}}  # fmt: skip
    both = Corpus(c.table, lineage=(*c.lineage, redacted, cleaned), source_facts=c.source_facts)
    card = card_of(both.write(tmp_path / "b"))
    assert "| email | address | 7 |" in card
    assert "6 rows were changed" in card
    assert "Left in on request: ip." in card
    assert "**not** searched for" not in card
    assert "benchmarks: humaneval 164" in card
    assert "not compared with benchmarks" not in card


def test_a_stage_that_nobody_has_heard_of_tells_its_facts(tmp_path: Path) -> None:
    record = {"stage": "x-weigh", "version": "1", "config": {}, "rows_in": 30, "rows_out": 30, "removed": {},
              "weights_changed": 12, "by_kind": {"git": 3, "obsidian": 9}, "digest": "0123456789abcdef"}  # fmt: skip
    c = a_corpus()
    card = card_of(Corpus(c.table, lineage=(*c.lineage, record)).write(tmp_path / "c"))
    assert "- x-weigh: weights changed: 12" in card
    assert "- x-weigh: by kind: obsidian 9, git 3" in card
    assert "0123456789abcdef" not in card


def test_the_card_can_be_made_again_from_what_is_on_disk(tmp_path: Path) -> None:
    from corpus.write import read_manifest

    c = a_corpus()
    record = {"stage": "x-weigh", "version": "1", "config": {"z": 1, "a": 2}, "rows_in": 30, "rows_out": 30,
              "removed": {}, "zeros": 3, "ones": {"z": 1, "a": 1}}  # fmt: skip
    place = Corpus(c.table, lineage=(*c.lineage, record)).write(tmp_path / "c")
    assert render_card(read_manifest(place), None) == card_of(place)


def test_the_published_card_loads_from_the_repository() -> None:
    card = render_card(manifest("n"), None)
    told = cards.for_repository(card, "me/mine", "https://hub.example/datasets/me/mine")
    assert 'load_dataset("me/mine")' in told
    assert "\\url{https://hub.example/datasets/me/mine}" in told
    assert "path/of/this/folder" not in told


def test_who_stands_under_a_pseudonym_is_not_said_to_stand_under_a_name(tmp_path: Path) -> None:
    import pygit2

    repository = pygit2.init_repository(str(tmp_path / "r"))
    who = pygit2.Signature("Ada", "ada@example.org", 0, 0)
    tree = repository.index.write_tree()
    repository.create_commit("HEAD", who, who, "begin", tree, [])
    known = manifest("n")
    for real_names in (False, True):
        source = corpus.GitRepo(tmp_path / "r", real_names=real_names)
        known["sources"] = [{"kind": source.kind, "name": source.name, **source.describe()}]
        card = render_card(known, None)
        assert ("under their own names" in card, "real_names=True" in card) == (real_names, real_names)
        assert ("under keyed pseudonyms" in card) is not real_names


def test_strata_are_told_once_and_benchmarks_by_the_files_that_they_came_from(tmp_path: Path) -> None:
    got, wanted = {"train": 28, "validation": 1, "test": 1}, {"train": 24, "validation": 3, "test": 3}
    strata = [{"category": "note", "language": "en", "source": "s", "groups": 2, "rows": 30, "got": got,
               "wanted": wanted}]  # fmt: skip
    split = {"stage": "split", "version": "s", "config": {"by": "group"}, "rows_in": 30, "rows_out": 30, "removed": {},
             "groups": 9, "strata": strata, "strata_in_all": 1, "small_strata": [["note", "en", "s"]],
             "small_strata_in_all": 1}  # fmt: skip
    read = [{"name": "humaneval", "items": 164, "file": "HumanEval.jsonl.gz", "sha256": "ab" * 32}]
    cleaned = {"stage": "decontaminate", "version": "d", "rows_in": 30, "rows_out": 30, "removed": {},
               "items": {"humaneval": 164},
               "config": {"benchmarks": ["humaneval"], "corpora": [], "sources": read}}  # fmt: skip
    c = a_corpus()
    card = card_of(Corpus(c.table, lineage=(*c.lineage, cleaned, split), source_facts=c.source_facts).write(tmp_path))
    assert "1 of them has fewer than three groups" in card
    assert "| note en s | 2 | 28 of 24 | 1 of 3 | 1 of 3 |" in card
    assert "strata: " not in card
    assert f"| humaneval | 164 | HumanEval.jsonl.gz | {'ab' * 32} |" in card
    assert "- items" not in card


# The head.


def test_languages_of_people_are_named_by_iso_and_those_of_programs_are_tags() -> None:
    known = manifest("n")
    known["rows"]["language"] = {
        "en": 1,
        "de-AT": 1,
        "python": 3,
        "c-sharp": 1,
        "lua": 1,
        "license:mit": 1,
        "unknown": 2,
    }
    head = metadata.head(known)
    assert head["language"] == ["de", "en"]
    assert set(head["tags"]) == {"sovereign-corpus", "git", "code", "python", "c-sharp", "lua"}


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"MIT": 3}, {"license": "mit"}),
        ({"BSD-3-Clause": 1, "MIT": 2}, {"license": ["bsd-3-clause", "mit"]}),
        ({"GPL-3.0-only": 1}, {"license": "gpl-3.0"}),
        (
            {"GPL-3.0-or-later": 1},
            {
                "license": "other",
                "license_name": "gpl-3.0-or-later",
                "license_link": "https://spdx.org/licenses/GPL-3.0-or-later.html",
            },
        ),
        ({"MIT OR Apache-2.0": 5}, {"license": "other", "license_name": "see-the-card"}),
        ({"MIT": 5, "unknown": 1}, {"license": "other", "license_name": "several-see-the-card"}),
        ({"unknown": 5}, {"license": "unknown"}),
        ({}, {"license": "unknown"}),
    ],
)
def test_licences_are_told_by_the_hubs_names(found: Mapping[str, int], told: dict[str, Any]) -> None:
    assert licenses.hub_license(found) == told


@pytest.mark.parametrize(
    ("rows", "told"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**9, "1B<n<10B"), (10**12 - 1, "100B<n<1T"), (10**12, "n>1T")],
)
def test_sizes_are_told_by_the_hubs_names(rows: int, told: str) -> None:
    assert metadata.size_category(rows) == told


def test_features_are_written_as_datasets_writes_them() -> None:
    import datasets

    schema = SCHEMA.append(MESSAGES)
    assert metadata.features(schema) == datasets.Features.from_arrow_schema(schema)._to_yaml_list()


# Who reads it.


def test_everybody_reads_what_the_card_says(tmp_path: Path) -> None:
    import datasets
    import duckdb
    import pandas as pd
    import polars as pl

    place = a_corpus().write(tmp_path / "c")
    meta = head_of(card_of(place))
    told = {split["name"]: split["num_examples"] for split in meta["dataset_info"]["splits"]}
    names = [feature["name"] for feature in meta["dataset_info"]["features"]]
    assert sum(told.values()) == 30
    loaded = datasets.load_dataset(str(place), cache_dir=str(tmp_path / "cache"))
    assert {split: loaded[split].num_rows for split in loaded} == told
    for split in meta["dataset_info"]["splits"]:
        rows = loaded[split["name"]]
        assert rows.features == datasets.Features._from_yaml_list(meta["dataset_info"]["features"])
        assert rows.data.nbytes == pytest.approx(split["num_bytes"], rel=0.05)
    for split, rows in told.items():
        file = str(place / "data" / f"{split}-00000-of-00001.parquet")
        frame, polar = pd.read_parquet(file), pl.read_parquet(file)
        duck = duckdb.sql(f"select * from read_parquet('{file}')")
        assert len(frame) == polar.height == len(duck) == rows
        assert list(frame.columns) == polar.columns == duck.columns == names
        ids = loaded[split]["id"]
        assert (
            list(ids)
            == frame["id"].tolist()
            == polar["id"].to_list()
            == [row[0] for row in duck.select("id").fetchall()]
        )
    assert {path.stat().st_size for path in (place / "data").iterdir()} != {0}
    assert meta["dataset_info"]["download_size"] == sum(path.stat().st_size for path in (place / "data").iterdir())


def test_rows_of_one_side_alone_are_loaded(tmp_path: Path) -> None:
    import datasets

    place = a_corpus(("test",)).write(tmp_path / "c")
    loaded = datasets.load_dataset(str(place), cache_dir=str(tmp_path / "cache"))
    assert {split: loaded[split].num_rows for split in loaded} == {"test": 30}
    assert 'rows["test"][0]' in card_of(place)


def test_a_corpus_of_no_rows_is_read_by_who_can_and_says_who_cannot(tmp_path: Path) -> None:
    import duckdb
    import pandas as pd
    import polars as pl

    place = Corpus(SCHEMA.empty_table()).write(tmp_path / "c")
    (file,) = (place / "data").iterdir()
    assert len(pd.read_parquet(file)) == pl.read_parquet(file).height == 0
    assert duckdb.sql(f"select count(*) from '{file}'").fetchall() == [(0,)]
    assert "`load_dataset` refuses a split without rows" in card_of(place)


# The plots.


@pytest.fixture
def drawn(plots: None, tmp_path: Path) -> Path:
    c = a_corpus().redact()
    return c.write(tmp_path / "drawn", report=report_of(c))


def test_the_same_corpus_gives_the_same_plots_whatever_the_users_style(drawn: Path, tmp_path: Path) -> None:
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "savefig.dpi": 20}):
        again = a_corpus().write(tmp_path / "again")
    names = sorted(path.name for path in (drawn / "images").iterdir())
    assert names == sorted(plots.PLOTS)
    for name in names:
        data = (drawn / "images" / name).read_bytes()
        assert data.startswith(b"\x89PNG\r\n")
        assert data == (again / "images" / name).read_bytes()
        assert b"Software" not in data


def test_every_plot_is_in_the_card_and_in_the_manifest(drawn: Path) -> None:
    known = json.loads((drawn / "manifest.json").read_bytes())
    card = card_of(drawn)
    shown = [token.attrs["src"] for token in parsed(card) if token.type == "image"]
    assert sorted(shown) == [f"images/{name}" for name in sorted(known["images"])]
    assert all(token.content for token in parsed(card) if token.type == "image")
    assert "matplotlib" in known["versions"]


@pytest.mark.usefixtures("plots")
def test_names_that_no_font_has_are_drawn() -> None:
    names = [*HOSTILE, "漢字", "שלום", "x" * 500]
    for half in (names[:12], names[12:]):
        known = manifest("n")
        known["rows"]["language"] = dict.fromkeys(half, 1)
        known["statistics"] = {"crossed": {"category_by_split": {name: {"train": 1} for name in half}}}
        known["lineage"] = [{"stage": name, "removed": {name: 1}} for name in half]
        assert set(plots.draw(known)) == {"composition.png", "spread.png", "removed.png"}


def test_without_matplotlib_the_tables_stand_alone(tmp_path: Path) -> None:
    place = a_corpus().write(tmp_path / "c")
    assert not (place / "images").exists()
    assert "![" not in card_of(place)
    assert "images" not in json.loads((place / "manifest.json").read_bytes())


def test_plots_of_an_earlier_corpus_go_with_it(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.write.folder.can_draw", lambda: False)
    a_corpus().write(drawn)
    assert not (drawn / "images").exists()


def test_a_picture_of_ones_own_among_the_plots_is_not_lost(drawn: Path) -> None:
    (drawn / "images" / "mine.png").write_bytes(b"mine")
    with pytest.raises(ConfigError, match="something else"):
        a_corpus().write(drawn)
    assert (drawn / "images" / "mine.png").read_bytes() == b"mine"


def test_a_plot_that_was_changed_is_not_published(drawn: Path) -> None:
    planned = corpus.publish(drawn, "me/mine", dry_run=True)
    assert {f"images/{name}" for name in plots.PLOTS} <= {file.path for file in planned.files}
    with (drawn / "images" / "quality.png").open("ab") as file:
        file.write(b"x")
    with pytest.raises(IntegrityError, match="not what the manifest says"):
        corpus.publish(drawn, "me/mine", dry_run=True)


def test_a_manifest_cannot_name_another_picture(drawn: Path) -> None:
    known = json.loads((drawn / "manifest.json").read_bytes())
    known["images"]["../../secret.png"] = "0"
    (drawn / "manifest.json").write_text(json.dumps(known))
    with pytest.raises(IntegrityError, match="form"):
        corpus.load(drawn)


# Croissant.


def test_croissant_without_its_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(croissant, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match="mlcroissant") as raised:
        a_corpus().write(tmp_path / "c", croissant=True)
    assert raised.value.extra == "croissant"
    assert not (tmp_path / "c").exists()


@pytest.fixture
def mlc() -> Any:
    return pytest.importorskip("mlcroissant", reason="needs the extra `croissant`: mlcroissant")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_croissant_is_valid_and_gives_the_rows(mlc: Any, tmp_path: Path) -> None:
    c = a_corpus().redact()
    place = c.write(tmp_path / "c", report=report_of(c, result("U1", "untested")), croissant=True)
    dataset = mlc.Dataset(place / "croissant.json")
    assert not dataset.metadata.ctx.issues.errors
    told = {record_set.name for record_set in dataset.metadata.record_sets}
    assert told == set(SPLITS)
    for split in SPLITS:
        wanted = [e for e in corpus.load(place) if e.split == split]
        found = list(dataset.records(split))
        assert [row[f"{split}/id"].decode() for row in found] == [e.id for e in wanted]
        assert [row[f"{split}/messages"][-1][f"{split}/messages/content"].decode() for row in found] == [
            e.output for e in wanted
        ]
    data = json.loads((place / "croissant.json").read_bytes())
    assert any("U1" in line for line in data["rai:dataLimitations"])
    assert "not searched" not in data["rai:personalSensitiveInformation"]
    again = a_corpus().redact().write(tmp_path / "again", report=report_of(c, result("U1", "untested")), croissant=True)
    assert (again / "croissant.json").read_bytes() == (place / "croissant.json").read_bytes()
    assert "croissant.json" in {file.path for file in corpus.publish(place, "me/mine", dry_run=True).files}


@pytest.mark.parametrize("name", HOSTILE)
def test_croissant_holds_hostile_names_as_text(mlc: Any, name: str) -> None:
    known = manifest(name)
    data = croissant.render_croissant(known, report(name))
    assert data["name"] == metadata.title(known)
    assert "license" in data
    assert "\u202e" not in json.dumps(data, ensure_ascii=False)


def test_importing_what_writes_the_card_imports_nothing_heavy() -> None:
    import subprocess

    code = (
        "import sys, corpus.write.card, corpus.write.croissant; print({'matplotlib', 'mlcroissant'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# The numbers.


def test_statistics_do_not_depend_on_chunks() -> None:
    rows = a_corpus().table
    pieces = pa.concat_tables([rows.slice(0, 7), rows.slice(7)])
    assert statistics(rows) == statistics(pieces)
    known = statistics(rows)
    assert sum(known["quality"]["histogram"]) == known["quality"]["rows"] == 30
    assert sum(known["lengths"]["tokens_output"]["histogram"].values()) == 30
    for counts in known["crossed"].values():
        assert sum(n for parts in counts.values() for n in parts.values()) == 30


def test_statistics_of_no_rows_say_that_nothing_is_known() -> None:
    known = statistics(SCHEMA.empty_table())
    assert known["quality"] is None
    assert known["created_at"] is None
    assert known["distinct"] == {"group": 0, "path": 0, "author": 0}
