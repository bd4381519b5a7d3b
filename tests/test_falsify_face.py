"""What a person hands to the falsifier and what they get: paths, columns, registrations, bad input, the page."""

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stdlib_corpus import stdlib_table
from typer.testing import CliRunner, Result

import corpus
import falsify
from corpus import cli
from corpus.entry import SCHEMA
from corpus.errors import ConfigError, CorpusError, IntegrityError, SchemaError
from falsify import judge as judging
from falsify.html import _hash, page
from falsify.hypothesis import registration
from falsify.thresholds import changes, registered

pytestmark = pytest.mark.usefixtures("plants")

PAIR = {"instruction": "prompt", "output": "completion"}
THINGS = [
    *("lamp", "door", "river", "stone", "bread", "wheel", "cloud", "paper"),
    *("candle", "basket", "ladder", "window", "garden", "bottle", "hammer"),
]


FEW = {"I1", "I2", "I3", "I4", "I5", "S2", "S3", "S4", "D1", "R1", "P1"}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The face is the same for some hypotheses as for all."""
    monkeypatch.setattr(judging, "HYPOTHESES", tuple(h for h in falsify.HYPOTHESES if h.id in FEW))


def cheap(what: Any, **given: Any) -> falsify.Report:
    """A run without planting: what refutes and what cannot be decided is the same, in a tenth of the time."""

    def parses(code: str, language: str) -> bool:
        return bool(code and language)

    return falsify.falsify(what, power=False, parses=parses, **given)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def theirs(rows: int = 100) -> pa.Table:
    """Somebody else's pairs, under other names, with a column that means something else here."""
    taken = stdlib_table(60).slice(0, rows)
    asked = [f"{a}\n{b}" for a, b in zip(taken["instruction"].to_pylist(), taken["input"].to_pylist(), strict=True)]
    return pa.table({"id": list(range(len(taken))), "prompt": asked, "completion": taken["output"].to_pylist()})


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return stdlib_table(60)


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    pq.write_table(theirs(), tmp_path / "theirs.parquet")
    return tmp_path / "theirs.parquet"


# Registrations.


@pytest.mark.parametrize("name", ["r.toml", "r.json"])
def test_a_registration_as_it_is_written_changes_nothing(name: str, tmp_path: Path, table: pa.Table) -> None:
    written = falsify.register(tmp_path / name)
    assert registered(written, falsify.HYPOTHESES) == falsify.HYPOTHESES
    report = cheap(table, register=written)
    assert report == cheap(table)
    assert report.changes == ()
    assert report.registration == report.shipped


def test_a_registration_says_all_that_a_hypothesis_fixes(tmp_path: Path) -> None:
    found = tomllib.loads(falsify.register(tmp_path / "r.toml", falsify.HYPOTHESES).read_text(encoding="utf-8"))
    assert set(found) == {"registration", *(h.id for h in falsify.HYPOTHESES)}
    for h in falsify.HYPOTHESES:
        assert (found[h.id]["claim"], found[h.id]["threshold"]) == (h.claim, h.threshold)
        assert (found[h.id]["points"], found[h.id]["veto"]) == (h.points, h.veto)


def test_a_registration_is_not_overwritten(tmp_path: Path) -> None:
    falsify.register(tmp_path / "r.toml")
    with pytest.raises(ConfigError, match="there is a file already"):
        falsify.register(tmp_path / "r.toml")
    with pytest.raises(ConfigError, match="TOML or JSON"):
        falsify.register(tmp_path / "r.yaml")


def test_a_loosened_threshold_decides_and_shows(tmp_path: Path, table: pa.Table) -> None:
    tiny = table.slice(0, 10)
    assert "I1" in cheap(tiny).refuted
    file = tmp_path / "r.toml"
    file.write_text("[I1]\nthreshold = 5\n[I2]\nmin_sensitivity = 0.99\n[D1]\npoints = 9\nveto = false\n")
    report = cheap(tiny, register=file)
    assert "I1" not in report.refuted
    assert {(c.id, c.key, c.direction) for c in report.changes} == {
        ("I1", "threshold", "loosened"),
        ("I2", "min_sensitivity", "tightened"),
        ("D1", "points", "reweighted"),
        ("D1", "veto", "loosened"),
    }
    assert report.registration != report.shipped == cheap(tiny).registration
    for shown in (str(report), report._repr_html_(), report.to_markdown(), page(report)):
        assert "I1 threshold: 20 shipped, 5 registered" in shown
        assert "loosened" in shown


def test_what_is_equal_is_no_change(tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text("[I2]\nthreshold = 0.0\n")
    same = registered(file, falsify.HYPOTHESES)
    assert changes(falsify.HYPOTHESES, same) == ()
    assert registration(same) == registration(falsify.HYPOTHESES)


WRONG = {
    "[I99]\nthreshold = 1": r"no such hypothesis.*I99",
    "[i1]\nthreshold = 1": r"no such hypothesis.*did you mean 'I1'",
    "[I1]\ntreshold = 1": r"no such key.*treshold.*did you mean 'threshold'",
    '[I1]\nthreshold = "20"': r"cannot be meant.*I1.threshold.*a number.*'20'",
    "[I1]\nthreshold = true": r"cannot be meant.*a number",
    "[I1]\nthreshold = nan": r"cannot be meant.*a number",
    "[I1]\nveto = 1": r"cannot be meant.*true or false",
    "[I1]\npoints = 1.5": r"cannot be meant.*a whole number",
    "[I1]\npoints = -1": r"cannot be meant.*a whole number",
    "[D1]\nrate = 2": r"cannot be meant.*between 0 and 1",
    "[I1]\nrate = 0.1": r"has no rate",
    "[S2]\nthreshold = 0.2": r"grave before it is one",
    '[I1]\nclaim = "Everything is fine"': r"claim of a hypothesis is not a matter of registration",
    "[I1]\nversion = 99": r"version of a hypothesis is not a matter of registration",
    "I1 = 20": r"cannot be meant.*a table",
    "[I1": r"cannot be read",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_registration_that_cannot_be_meant_is_an_error(text: str, tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        registered(file, falsify.HYPOTHESES)
    assert re.search(WRONG[text], str(error.value), re.DOTALL), str(error.value)


def test_a_registration_that_is_not_there_or_no_table_is_an_error(tmp_path: Path) -> None:
    for name, content in (
        ("gone.toml", None),
        ("list.json", b"[1]"),
        ("bytes.toml", b"\xff\xfe"),
        ("deep.json", b"[" * 9999),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ConfigError, match="registration"):
            registered(tmp_path / name, falsify.HYPOTHESES)


# Somebody else's columns.


def test_a_column_map_makes_any_pairs_a_corpus(parquet: Path) -> None:
    report = cheap(parquet, columns=PAIR)
    assert report.rows == len(theirs())
    assert "I2" not in report.refuted
    assert report.verdict == "untested"
    assert not report.passed


def test_a_map_reads_conversations(tmp_path: Path) -> None:
    pairs = zip(*(theirs(40)[name].to_pylist() for name in ("prompt", "completion")), strict=True)
    turns = [[{"role": "user", "content": a}, {"role": "assistant", "content": b}] for a, b in pairs]
    pq.write_table(pa.table({"talks": turns}), tmp_path / "chat.parquet")
    found = falsify.read(tmp_path / "chat.parquet", columns={"messages": "talks"})
    assert found["output"].to_pylist() == theirs(40)["completion"].to_pylist()
    assert found.schema == SCHEMA


def test_a_map_finds_what_is_wrong(tmp_path: Path) -> None:
    bad = theirs()
    texts = bad["completion"].to_pylist()
    bad = bad.set_column(2, "completion", pa.array([f"{text}<|im_end|>" for text in texts]))
    pq.write_table(bad, tmp_path / "t.parquet")
    assert cheap(tmp_path / "t.parquet", columns=PAIR).verdict == "refuted"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"instruction": "promt", "output": "completion"}, "did you mean 'prompt'"),
        ({"instructon": "prompt", "output": "completion"}, "did you mean 'instruction'"),
        ({"instruction": "prompt"}, "does not say where the pairs are"),
        ({"id": "id", **PAIR}, "a corpus does not have"),
        ({"instruction": "id", "output": "completion"}, "does not fit its column"),
    ],
)
def test_a_map_that_does_not_fit_is_an_error(columns: dict[str, str], said: str, parquet: Path) -> None:
    with pytest.raises(SchemaError, match=said):
        falsify.falsify(parquet, columns=columns)


def test_without_a_map_the_error_proposes_one(parquet: Path) -> None:
    with pytest.raises(SchemaError, match=r"--column instruction=prompt --column output=completion"):
        falsify.falsify(parquet)


def test_a_corpus_takes_no_map(table: pa.Table) -> None:
    with pytest.raises(ConfigError, match="no map"):
        falsify.falsify(corpus.Corpus(table), columns=PAIR)


# Paths.


def test_a_table_is_judged_alike_wherever_it_lies(table: pa.Table, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    pq.write_table(table, tmp_path / "one.parquet")
    half = len(table) // 2
    pq.write_table(table.slice(0, half), tmp_path / "parts" / "a.parquet")
    pq.write_table(table.slice(half), tmp_path / "parts" / "b.parquet")
    (tmp_path / "parts" / ".hidden").mkdir()
    (tmp_path / "parts" / ".hidden" / "c.parquet").write_bytes(b"not read")
    expected = cheap(table)
    assert cheap(tmp_path / "one.parquet") == expected
    assert cheap(str(tmp_path / "parts")) == expected
    assert cheap(corpus.Corpus(table)).fingerprint == expected.fingerprint


def test_a_folder_of_a_corpus_brings_its_ledger(table: pa.Table, tmp_path: Path) -> None:
    folder = corpus.Corpus(table, lineage=({"stage": "extract", "rows_out": len(table)},)).write(tmp_path / "c")
    report = cheap(folder)
    assert next(r for r in report.results if r.id == "I4").statistic == 0.0
    assert report.fingerprint == corpus.load(folder).fingerprint


def test_sources_are_opened_again_to_read_and_to_build(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    (vault / ".obsidian").mkdir(parents=True)
    for number, thing in enumerate(THINGS):
        text = f"# The {thing}\n\nIt stands by the {THINGS[number - 1]}, where nobody looks for it in winter.\n"
        (vault / f"{thing}.md").write_text(text)
    folder = tmp_path / "c"
    corpus.extract(vault, workers=1, progress=False).normalize().write(folder)
    found = {r.id: r for r in cheap(folder, sources=[vault]).results}
    assert (found["I5"].statistic, found["R1"].statistic) == (0.0, 0.0)
    (vault / "lamp.md").write_text("# The lamp\n\nIt was sold to somebody from the other side of the river.\n")
    changed = {r.id: r for r in cheap(folder, sources=[vault]).results}
    assert (changed["I5"].verdict, changed["R1"].verdict) == ("refuted", "refuted")
    for file in vault.glob("*.md"):
        file.unlink()
    vault.joinpath(".obsidian").rmdir()
    vault.rmdir()
    gone = cheap(folder)
    assert {r.verdict for r in gone.results if r.id in ("I5", "R1")} == {"untested"}
    assert not gone.passed
    with pytest.raises(CorpusError):
        falsify.falsify(folder, sources=[vault])


def test_sources_of_a_bare_table_are_refused(table: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="knows its stages"):
        falsify.falsify(table, sources=[tmp_path])


def test_a_rebuild_whose_sources_fail_is_untested(table: pa.Table) -> None:
    def gone() -> pa.Table:
        raise corpus.SourceError("the repository is gone", where="repo")

    result = next(r for r in cheap(table, rebuild=gone).results if r.id == "R1")
    assert result.verdict == "untested"
    assert "the repository is gone" in result.reason


# Bad input: an error that says what, or untested, and never a pass.


def _truncated(folder: Path) -> Path:
    pq.write_table(theirs(), folder / "t.parquet")
    data = (folder / "t.parquet").read_bytes()
    (folder / "t.parquet").write_bytes(data[: len(data) // 2])
    return folder / "t.parquet"


def _flipped(folder: Path) -> Path:
    pq.write_table(theirs(), folder / "t.parquet", write_page_checksum=True, compression="none")
    data = bytearray((folder / "t.parquet").read_bytes())
    data[data.index(b"Write the documentation") + 3] ^= 1
    (folder / "t.parquet").write_bytes(data)
    return folder / "t.parquet"


def _text(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def _nulls(folder: Path) -> Path:
    missing = theirs().set_column(2, "completion", pa.nulls(len(theirs()), pa.string()))
    pq.write_table(missing, folder / "t.parquet")
    return folder / "t.parquet"


def _mixed(folder: Path) -> Path:
    pq.write_table(theirs(), folder / "a.parquet")
    pq.write_table(theirs().drop_columns(["id"]), folder / "b.parquet")
    return folder


def _damaged_corpus(folder: Path) -> Path:
    written = corpus.Corpus(stdlib_table(60)).write(folder / "c")
    next((written / "data").glob("train-*")).write_bytes(b"PAR1")
    return written


BAD: dict[str, tuple[Callable[[Path], Path], type[CorpusError], str]] = {
    "nothing": (lambda folder: folder / "no", ConfigError, "nothing at this place"),
    "no parquet": (_text("notes.parquet", b"hello"), ConfigError, "no Parquet file"),
    "an empty file": (_text("t.parquet", b""), ConfigError, "an empty file"),
    "a table as text": (_text("t.csv", b"prompt,completion\na,b\n"), ConfigError, "read_csv"),
    "only the first bytes": (_text("t.parquet", b"PAR1"), IntegrityError, "cannot be read"),
    "cut off": (_truncated, IntegrityError, "cannot be read"),
    "a bit flipped": (_flipped, IntegrityError, "cannot be read"),
    "nulls": (_nulls, SchemaError, "a value is missing"),
    "a folder without any": (lambda folder: folder, ConfigError, "no Parquet in this folder"),
    "files that do not belong together": (_mixed, SchemaError, "different columns"),
    "a corpus with a damaged file": (_damaged_corpus, IntegrityError, "not what the manifest says"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_an_error_that_says_what_it_is(name: str, tmp_path: Path) -> None:
    make, kind, said = BAD[name]
    place = make(tmp_path)
    columns = None if name.startswith("a corpus") else PAIR
    with pytest.raises(kind, match=said):
        falsify.falsify(place, columns=columns)


@pytest.mark.parametrize("bad", [5, None, b"bytes", [1, 2]])
def test_what_is_no_corpus_is_refused(bad: Any) -> None:
    with pytest.raises(ConfigError, match="not a corpus"):
        falsify.falsify(bad)


def test_no_rows_pass_nothing(tmp_path: Path) -> None:
    pq.write_table(theirs().slice(0, 0), tmp_path / "none.parquet")
    for report in (
        falsify.falsify(SCHEMA.empty_table()),
        falsify.falsify(tmp_path / "none.parquet", columns=PAIR),
        falsify.falsify(corpus.Corpus(SCHEMA.empty_table())),
    ):
        assert not report.passed
        assert report.verdict == "refuted"
        assert not replace(report, verdict="corroborated", score=100.0).passed


def test_a_wrong_schema_is_refuted_and_earns_nothing(table: pa.Table) -> None:
    for broken in (table.drop_columns(["output"]), table.append_column("more", pa.array([1] * len(table)))):
        report = falsify.falsify(broken)
        assert "I2" in report.refuted
        assert {r.verdict for r in report.results if r.id not in ("I1", "I2")} == {"untested"}
        assert report.score < 10


def test_without_power_nothing_is_corroborated(table: pa.Table) -> None:
    report = cheap(table)
    assert not {r.id for r in report.results if r.verdict == "corroborated"}
    assert (report.score, report.passed, report.power) == (0.0, False, False)
    assert any("was not measured" in r.reason for r in report.results)
    assert "nothing is corroborated" in str(report)


# The shell.


def test_the_command_judges_somebody_elses_table_in_every_form(parquet: Path, tmp_path: Path) -> None:
    columns = ("--column", "instruction=prompt", "--column", "output=completion", "--no-power", "--workers", 1)
    judged = run("falsify", parquet, *columns, "--json", "--html", tmp_path / "r.html")
    assert judged.exit_code == 3, judged.output
    jsonschema.validate(json.loads(judged.output), falsify.schema())
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    shown = run("falsify", parquet, *columns, "--markdown")
    assert shown.output.startswith("## Falsification")


def test_the_command_writes_and_takes_a_registration(table: pa.Table, tmp_path: Path) -> None:
    file, data = tmp_path / "r.toml", tmp_path / "t.parquet"
    pq.write_table(table.slice(0, 22), data)
    assert run("falsify", "--write-register", file).exit_code == 0
    file.write_text(file.read_text(encoding="utf-8").replace("threshold = 20\n", "threshold = 24\n", 1))
    judged = run("falsify", data, "--register", file, "--no-power", "--json", "--workers", 1)
    assert judged.exit_code == 1
    assert [change["direction"] for change in json.loads(judged.output)["changes"]] == ["tightened"]


def test_a_mistake_in_the_call_is_an_error_of_the_library(parquet: Path) -> None:
    assert isinstance(run("falsify").exception, ConfigError)
    assert isinstance(run("falsify", parquet, "--column", "instruction").exception, ConfigError)
    assert isinstance(run("falsify", parquet, "--json", "--markdown").exception, ConfigError)


# The page.


EVIL = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\u202egnp.exe\x1b[2J&amp;\x00"


@pytest.fixture
def hostile() -> tuple[falsify.Report, pa.Table]:
    """Rows that refute, whose every text, name and path tries to leave its place."""
    rows = stdlib_table(60).slice(0, 40).to_pylist()
    for number, row in enumerate(rows):
        row.update(dict.fromkeys(("source", "path", "symbol", "input", "output"), f"{EVIL} {number}"))
        row["instruction"] = EVIL
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    return cheap(table), table


def test_the_page_lets_nothing_out_of_its_place(hostile: tuple[falsify.Report, pa.Table]) -> None:
    report, table = hostile
    evil = [replace(r, reason=EVIL, claim=EVIL, notes=(EVIL,) * len(r.evidence)) for r in report.results]
    shown = page(replace(report, results=tuple(evil)), table)
    assert shown.count("<script>") == 1
    assert "<img" not in shown
    for character in ("\u202e", "\x1b", "\x00"):
        assert character not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "&amp;amp;" in shown
    assert "\u27e8U+202E\u27e9gnp.exe\u27e8U+001B\u27e9[2J" in shown


def test_the_page_needs_no_network_and_runs_only_what_its_policy_names(
    hostile: tuple[falsify.Report, pa.Table],
) -> None:
    shown = page(*hostile)
    assert re.search(r"\b(src|href|action)\s*=|url\(|@import", re.sub(r"&lt;.*?&gt;", "", shown)) is None
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', shown)
    assert policy is not None
    for tag in ("style", "script"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", shown, re.DOTALL)
        assert _hash(inside) in policy[1]
    assert " style=" not in shown
    assert " on" not in "".join(re.findall(r"<[a-z][^>]*>", shown)).replace("online", "")


def test_the_page_shows_the_rows_that_refute_and_where_they_are(table: pa.Table, tmp_path: Path) -> None:
    rows = table.to_pylist()
    rows[3]["output"] += "\x07"
    changed = pa.Table.from_pylist(rows, schema=SCHEMA)
    report = cheap(changed)
    shown = report.to_html(tmp_path / "r.html", changed).read_text(encoding="utf-8")
    assert f"{rows[3]['path']}:{rows[3]['line_start']}-{rows[3]['line_end']}" in shown
    assert "row 4," in shown
    assert rows[3]["id"] in report.to_html(tmp_path / "r.html").read_text(encoding="utf-8")  # named, not shown
    with pytest.raises(ConfigError, match="not the rows that were judged"):
        report.to_html(tmp_path / "other.html", table)
    assert not (tmp_path / "other.html").exists()
    with pytest.raises(ConfigError, match="no folder"):
        report.to_html(tmp_path / "nowhere" / "r.html")
    with pytest.raises(ConfigError, match="there is a folder"):
        report.to_html(tmp_path)
