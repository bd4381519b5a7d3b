"""Human review: the sample, verdicts on disk, agreement, and who may ask the page for what."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import PYTHON, Grown, once, shell_environment
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import corpus
from corpus import SkipUnit, cli
from corpus.code.languages import LANGUAGES
from corpus.colours import coloured
from corpus.errors import ConfigError, IntegrityError, MissingExtraError
from corpus.highlight import LONGEST, blocks, lines_of, shown
from corpus.review import page as pages
from corpus.review.agreement import kappa, report_of
from corpus.review.context import Surroundings
from corpus.review.page import Guard, application, row_payload
from corpus.review.sampling import draw, order_for, places_of
from corpus.review.session import JudgedError, Session
from corpus.review.verdicts import SCHEMA, current, load_verdicts, save_verdicts, text_hash, verdicts_path

TOKEN = "a-token-that-nobody-guesses"
HOST = "127.0.0.1:7777"
HEAD = {"x-review-token": TOKEN}
SCRIPT = "<script>document.title = 'stolen'</script><img src=x onerror=alert(1)>"
DECEIVING = "access = \u202e'nimda' \u2066if\u2069 \x1b[31mred\x00\x07"


def rows(n: int = 24) -> pa.Table:
    return pa.table(
        {
            "instruction": [f"What is {n} plus one?" for n in range(n)],
            "output": [f"It is {n + 1}." for n in range(n)],
            "category": [("note", "pair", "pair")[n % 3] for n in range(n)],
        }
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus.from_arrow(rows(), name="sums").score().split().write(tmp_path_factory.mktemp("review") / "c")


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A corpus of its own for a test that says something of it."""
    return Path(shutil.copytree(written, tmp_path / "c"))


def session(folder: Path, **more: Any) -> Session:
    return corpus.review(folder, **more).session


# ── the sample


@given(
    st.dictionaries(st.tuples(st.text(max_size=2), st.text(max_size=2)), st.integers(1, 60), max_size=8),
    st.integers(0, 200),
)
def test_each_stratum_gets_its_share_and_no_more_than_it_has(sizes: dict[tuple[str, str], int], n: int) -> None:
    given_ = places_of(sizes, n)
    total = sum(sizes.values())
    assert sum(given_.values()) == min(n, total)
    assert all(1 <= given_[name] <= sizes[name] for name in given_)
    if n >= len(sizes):
        assert set(given_) == set(sizes)
        for name, places in given_.items():
            assert abs(places - 1 - (min(n, total) - len(sizes)) * (sizes[name] - 1) / max(1, total - len(sizes))) <= 1


def test_a_sample_follows_from_seed_and_ids_alone(folder: Path) -> None:
    table = corpus.load(folder).table
    drawn = {one.id for one in draw(table, 9, 5)}
    turned = table.take(pa.array(range(len(table) - 1, -1, -1)))
    assert {one.id for one in draw(turned, 9, 5)} == drawn
    assert {one.id for one in draw(table, 9, 6)} != drawn
    assert Counter(one.category for one in draw(table, 9, 5)) == {"pair": 6, "note": 3}
    assert sum(one.weight for one in draw(table, 9, 5)) == len(table)


def test_the_second_reviewer_sees_the_same_rows_in_another_order_and_no_verdicts(folder: Path) -> None:
    first = session(folder, n=12, seed=3)
    first.judge(first.drawn[0].id, "bad", note="wrong")
    second = session(folder, reviewer="ada")  # number and seed are those of the verdicts that are there
    assert {one.id for one in second.drawn} == {one.id for one in first.drawn}
    assert [one.id for one in second.drawn] != [one.id for one in first.drawn]
    assert second.progress()["done"] == 0
    assert all(second.said(index) is None for index in range(12))
    assert [one.id for one in order_for(first.drawn, 3, "me")] == [one.id for one in first.drawn]


# ── verdicts


def test_a_verdict_is_on_disk_when_it_was_given_and_the_next_session_goes_on(folder: Path) -> None:
    one = session(folder, n=6)
    id_ = one.drawn[0].id
    one.judge(
        id_,
        "good",
        criteria={"accurate": True, "helpful": False},
        note=" fine ",
        correction="It is\r\nthis.",
        seconds=2.34,
    )
    one.skip(one.drawn[1].id)
    saved = load_verdicts(folder).to_pylist()
    assert [(row["id"], row["status"], row["verdict"]) for row in saved] == [
        (id_, "judged", "good"),
        (one.drawn[1].id, "skipped", None),
    ]
    kept = {
        name: saved[0][name]
        for name in ("accurate", "helpful", "idiomatic", "note", "correction", "seconds", "informed")
    }
    assert kept == {
        "accurate": True, "helpful": False, "idiomatic": None, "note": "fine", "correction": "It is\nthis.",
        "seconds": 2.3, "informed": False,
    }  # fmt: skip
    again = session(folder)
    assert len(again) == 6
    assert again.next_open() == 2
    assert again.said(0)["verdict"] == "good"
    assert verdicts_path(folder).parent.stat().st_mode & 0o077 == 0


def test_undo_takes_back_what_was_said_last_and_marks_what_is_said_after_the_signals_were_seen(folder: Path) -> None:
    one = session(folder, n=6)
    for index, verdict in enumerate(("good", "bad")):
        one.judge(one.drawn[index].id, verdict)
    one.skip(one.drawn[2].id)
    with pytest.raises(JudgedError):
        one.judge(one.drawn[0].id, "bad")
    one = session(folder)  # undo goes on after a restart
    assert [one.undo(), one.undo()] == [2, 1]
    assert [row["verdict"] for row in load_verdicts(folder).to_pylist()] == ["good"]
    assert one.judge(one.drawn[2].id, "good")["informed"] is False  # a skipped row had shown nothing
    assert one.judge(one.drawn[1].id, "good")["informed"] is True
    assert [one.undo() for _ in range(4)] == [1, 2, 0, None]
    assert len(load_verdicts(folder)) == 0
    assert len(load_verdicts(folder, all=True)) == 3


def test_a_verdict_counts_only_on_the_text_that_was_judged(folder: Path) -> None:
    one = session(folder, n=24)
    for index in range(24):
        one.judge(one.drawn[index].id, "good" if index % 2 else "bad")
    table = corpus.load(folder).table
    assert len(current(load_verdicts(folder), table)) == 24
    texts = table["output"].to_pylist()
    changed = table.set_column(
        table.schema.get_field_index("output"), table.schema.field("output"), pa.array(["No.", *texts[1:]])
    )
    left = current(load_verdicts(folder), changed.slice(0, 20))
    assert set(left["id"].to_pylist()) == set(table["id"].to_pylist()[1:20])
    assert text_hash(table.to_pylist()[0]) != text_hash(changed.to_pylist()[0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"verdict": "fine"}, "no such verdict"),
        ({"criteria": {"kind": True}}, "no such criterion"),
        ({"criteria": {"accurate": 1}}, "yes, no or nothing"),
        ({"note": "\ud800"}, "half a character"),
        ({"note": "x" * 10_001}, "too long"),
        ({"correction": 3}, "no text"),
        ({"seconds": float("nan")}, "seconds are a number"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_changes_nothing(folder: Path, arguments: Any, said: str) -> None:
    one = session(folder, n=2)
    with pytest.raises(ConfigError, match=said):
        one.judge(one.drawn[0].id, **{"verdict": "good", **arguments})
    assert not verdicts_path(folder).exists()


@pytest.mark.parametrize("options", [{"reviewer": " "}, {"reviewer": "a\u202eb"}, {"n": 0}, {"seed": -1}, {"n": True}])
def test_a_review_is_asked_for_in_a_way_that_makes_sense(folder: Path, options: Any) -> None:
    with pytest.raises(ConfigError):
        session(folder, **options)


def test_a_corpus_that_lies_nowhere_is_written_before_it_is_reviewed(folder: Path) -> None:
    loaded = corpus.load(folder)
    assert corpus.review(loaded).folder == folder
    with pytest.raises(ConfigError, match="lies nowhere"):
        corpus.review(loaded.filter())
    assert corpus.review(loaded.filter(), folder=folder).folder == folder


def test_damaged_verdicts_are_refused_and_left_as_they_are(folder: Path) -> None:
    path = verdicts_path(folder)
    one = session(folder, n=2)
    path.write_bytes(b"PAR1 is not all of it")
    with pytest.raises(IntegrityError, match="cannot be read"):
        one.judge(one.drawn[0].id, "good")
    assert path.read_bytes() == b"PAR1 is not all of it"
    pq.write_table(pa.table({"id": ["a"]}), path)
    with pytest.raises(IntegrityError, match="another schema"):
        load_verdicts(folder)


def test_a_process_that_is_killed_leaves_every_verdict_that_it_gave(folder: Path) -> None:
    script = (
        "import corpus, os, sys; s = corpus.review(sys.argv[1], n=4).session\n"
        "for one in s.drawn[:3]: s.judge(one.id, 'good')\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script, folder], env=shell_environment(), check=False)
    assert done.returncode == -9
    assert len(load_verdicts(folder)) == 3
    assert session(folder).next_open() == 3


def test_two_reviewers_at_once_lose_nothing(folder: Path) -> None:
    def work(reviewer: str) -> None:
        one = session(folder, n=8, reviewer=reviewer)
        for drawn in one.drawn:
            one.judge(drawn.id, "good")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, ["ada", "bob", "eve"]))
    assert Counter(load_verdicts(folder)["reviewer"].to_pylist()) == {"ada": 8, "bob": 8, "eve": 8}


def record(**values: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "id": "1", "text_hash": "", "reviewer": "me", "status": "judged", "verdict": "good", "accurate": None,
        "helpful": None, "idiomatic": None, "complete": None, "note": "", "correction": None, "informed": False,
        "seconds": 1.0, "at": datetime(2026, 1, 1, tzinfo=UTC), "seed": 0, "rows": 9, "weight": 1.0,
    }  # fmt: skip
    return {**usual, **values}


def test_calibration_reads_the_verdicts_of_a_folder(folder: Path) -> None:
    table = corpus.load(folder).table
    said = [
        record(id=row["id"], text_hash=text_hash(row), verdict="good" if n % 2 else "bad")
        for n, row in enumerate(table.to_pylist())
    ]
    save_verdicts(folder, [*said, record(id=said[0]["id"], reviewer="ada", text_hash="other")])
    with pytest.warns(UserWarning, match="24 verdicts on rows of this corpus, 12 of them good"):
        corpus.load(folder).calibrate(folder)


@pytest.mark.usefixtures("own_list")
def test_verdicts_are_known_to_audit_and_forget_and_survive_a_rewrite(folder: Path) -> None:
    loaded = corpus.load(folder)
    known, other, third = loaded.table.to_pylist()[:3]
    save_verdicts(
        folder,
        [
            record(id=known["id"], text_hash=text_hash(known)),
            record(id=other["id"], note="ask person-abcdefghijkl about it"),
            record(id=third["id"], correction="It is 4, says person-abcdefghijkl."),
            record(id="of-a-row-that-is-gone"),
        ],
    )
    assert ".private/reviews.parquet" in {place["place"] for place in corpus.audit(folder).to_dict()["places"]}
    named = replaced(loaded, "output", "It was person-abcdefghijkl.")
    named.write(folder)
    assert len(load_verdicts(folder)) == 4
    gone = corpus.forget(folder, "person-abcdefghijkl")
    assert (sum(gone.rows.values()), gone.verdicts) == (1, 3)
    assert load_verdicts(folder)["id"].to_pylist() == [known["id"]]


def replaced(loaded: corpus.Corpus, column: str, text: str) -> corpus.Corpus:
    """The corpus with another text in its last row."""
    values = [*loaded.table[column].to_pylist()[:-1], text]
    index = loaded.table.schema.get_field_index(column)
    return replace(loaded, table=loaded.table.set_column(index, loaded.table.schema.field(column), pa.array(values)))


def test_nothing_of_a_review_is_published(folder: Path) -> None:
    one = session(folder, n=2)
    one.judge(one.drawn[0].id, "good", note="a note of my own")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert "reviews" not in json.dumps(manifest)
    assert not [path for path in folder.rglob("*review*") if ".private" not in path.parts]


# ── agreement


def test_kappa_is_cohens() -> None:
    # Cohen (1960) by hand: 20 and 15 agreed, 5 and 10 not; seen .7, by chance .5.
    one = np.array([True] * 25 + [False] * 25)
    other = np.array([True] * 20 + [False] * 5 + [True] * 10 + [False] * 15)
    assert kappa(one, other) == pytest.approx(0.4)
    assert kappa(one, one) == 1.0
    assert kappa(one, ~one) == -1.0
    assert kappa(np.ones(9, bool), np.ones(9, bool)) is None
    assert kappa(np.array([], bool), np.array([], bool)) is None


@settings(max_examples=25)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_kappa_is_that_of_the_definition(pairs: list[tuple[bool, bool]]) -> None:
    one, other = (np.array(side, bool) for side in zip(*pairs, strict=True))
    chance = one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean())
    found = kappa(one, other)
    assert found is None if chance == 1 else found == pytest.approx(((one == other).mean() - chance) / (1 - chance))
    assert found == kappa(other, one)


def test_the_report_tells_shares_with_their_intervals_and_agreement() -> None:
    one = [record(id=f"{n}", verdict="good" if n < 18 else "bad", accurate=n != 4) for n in range(20)]
    two = [record(id=f"{n}", reviewer="ada", verdict="good" if n < 16 else "bad") for n in range(20)]
    skipped = record(id="99", status="skipped", verdict=None)
    report = report_of(pa.Table.from_pylist([*one, *two, skipped], schema=SCHEMA), 500)
    shares = {(share.what, share.reviewer): share for share in report.shares}
    good = shares["verdict", "me"]
    # Clopper-Pearson, two-sided, of 18 in 20: scipy.stats.binomtest(18, 20).proportion_ci() gives .6830 and .9877.
    assert (good.yes, good.said, round(good.lower, 4), round(good.upper, 4)) == (18, 20, 0.683, 0.9877)
    assert ("accurate", "ada") not in shares
    (agreed,) = report.agreements
    assert (agreed.reviewers, agreed.rows, agreed.same, agreed.kappa) == (("ada", "me"), 20, 18, 0.6154)
    assert agreed.lower is not None
    assert agreed.upper is not None
    assert agreed.lower < 0.6154 < agreed.upper
    assert report_of(pa.Table.from_pylist([*two, *one], schema=SCHEMA), 500).agreements == report.agreements
    assert "me: 20 judged, 1 skipped" in str(report)
    assert "<td>0.62</td>" in report._repr_html_()
    assert json.loads(json.dumps(report.to_dict()))["agreements"][0]["kappa"] == 0.6154
    assert "No row" in str(report_of(SCHEMA.empty_table(), 500))


def test_the_shell_shows_the_report(folder: Path) -> None:
    one = session(folder, n=4)
    one.judge(one.drawn[0].id, "good")
    told = CliRunner().invoke(cli.app, ["review", str(folder), "--report", "--json"])
    assert json.loads(told.output)["progress"] == {"me": {"judged": 1, "skipped": 0}}
    assert "me: 1 judged, 0 skipped" in CliRunner().invoke(cli.app, ["review", str(folder), "--report"]).output
    assert isinstance(CliRunner().invoke(cli.app, ["review", str(folder), "--json"]).exception, ConfigError)


# ── what is shown


@given(text=st.text(st.one_of(st.sampled_from("'\"`/*#-=(){}[]@\\\n ab1_"), st.characters(codec="utf-8")), max_size=60))
@settings(max_examples=25)
def test_colours_change_no_character(text: str) -> None:
    for language in (*LANGUAGES, "no-such-language", None):
        runs = coloured(text, language)
        assert "".join(part for _, part in runs) == text
    assert "\n".join("".join(part for _, part in line) for line in lines_of(runs)) == text


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        (
            "python",
            "@cached\ndef f(): return 'a'  # b",
            [("f", "@cached"), ("k", "def"), ("f", "f"), ("k", "return"), ("s", "'a'"), ("c", "# b")],
        ),
        (
            "rust",
            "fn g<'a>(x: &'a str) { '\\n'; \"a\\\"b\nc\" } // d",
            [("k", "fn"), ("f", "g"), ("s", "'\\n'"), ("s", '"a\\"b\nc"'), ("c", "// d")],
        ),
        ("js", "const t = `a\n${b}` /* c", [("k", "const"), ("s", "`a\n${b}`"), ("c", "/* c")]),
        ("sql", "SELECT 'it''s' FROM t -- d", [("k", "SELECT"), ("s", "'it''s'"), ("k", "FROM"), ("c", "-- d")]),
        ("lua", "--[[ a\nb ]] local x = 0x1F", [("c", "--[[ a\nb ]]"), ("k", "local"), ("n", "0x1F")]),
        ("haskell", "{- a -} f' = 1.5", [("c", "{- a -}"), ("n", "1.5")]),
        ("ocaml", "(* a *) let x = 1", [("c", "(* a *)"), ("k", "let"), ("n", "1")]),
    ],
)
def test_colours_are_those_of_the_language(language: str, text: str, wanted: list[tuple[str, str]]) -> None:
    assert [run for run in coloured(text, language) if run[0]] == wanted


def test_colours_are_linear_in_what_strangers_write() -> None:
    def seconds(text: str) -> float:
        begun = time.process_time()
        for language in ("python", "rust", "javascript", "haskell", "ocaml"):
            coloured(text, language)
        return time.process_time() - begun

    def linear(sign: str) -> bool:
        """Four times the text takes some four times as long; what goes back would take sixteen times."""
        return seconds(sign * (16_000 // len(sign))) < 10 * seconds(sign * (4_000 // len(sign))) + 0.1

    for sign in ("a ", "  \n", "(", "/*", "'", '"', "\\", "`", "{-", "1.", "@"):
        assert once(lambda sign=sign: linear(sign)), sign


def test_code_in_fences_is_coloured_and_prose_is_not() -> None:
    found = blocks("Try this:\n\n```python\ndef f(): ...\n```\nIt works.", None)
    assert [(block["code"], block["language"]) for block in found] == [(False, None), (True, "python"), (False, None)]
    assert ("k", "def") in found[1]["runs"]
    assert blocks("~~~\nopen", None)[0]["code"]


@pytest.mark.parametrize(("kind", "is_code"), [("git", True), ("table", False)])
def test_material_of_a_repository_is_shown_as_code(folder: Path, kind: str, is_code: bool) -> None:
    row = corpus.load(folder).table.to_pylist()[0]
    asked = {**row, "kind": kind, "task": "implement", "language": "python", "input": "def moon()", "output": "x = 1"}
    parts = {part["label"]: part["blocks"][0]["code"] for part in row_payload(asked)["parts"]}
    assert parts == {"Question": False, "Material": is_code, "Answer": True}


def test_what_could_deceive_a_reader_is_shown_and_counted() -> None:
    text, replaced_, more = shown(DECEIVING + "\r\nend")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", text)
    assert (replaced_, more) == (6, 0)
    assert shown("x" * (LONGEST + 5))[2] == 5


def test_a_row_tells_nothing_of_its_score(folder: Path) -> None:
    row = corpus.load(folder).table.to_pylist()[0]
    assert row["quality"] is not None
    told = json.dumps(row_payload(row))
    assert "quality" not in told
    assert "signals" not in told


def test_lines_around_a_row_are_those_of_its_commit_redacted_as_the_corpus_is(tmp_path: Path) -> None:
    grown = Grown(tmp_path / "almanac")
    secret = PYTHON.replace(b'"""A body', b'"""Ask ada@example.org. A body') + b"\n\nMAIL = 'ada@example.org'\n"
    grown.commit({"moons.py": secret})
    found = corpus.extract(corpus.GitRepo(grown.path), workers=1, progress=False).normalize().redact().score().split()
    folder = found.write(tmp_path / "c")
    grown.commit({"moons.py": b"nothing = 0\n"})
    one = corpus.review(folder, n=99).session
    around = {row["symbol"]: one.surroundings.of(row) for row in map(one.row, range(len(one))) if row["symbol"]}
    label = around["Moon.label"]
    assert "class Moon:" in label.lines
    assert '        return f"{self.name:>12} {self.distance:>10.0f} km"' in label.lines
    assert label.lines[label.start - label.first].strip().startswith("def label")
    told = "\n".join(line for found_ in around.values() for line in found_.lines)
    assert "ada@example.org" not in told
    assert re.search(r"Ask author-[a-z2-7]{12}\. A body", told)
    grown.path.rename(tmp_path / "elsewhere")
    gone = corpus.review(folder).session
    assert not gone.surroundings.of(gone.row(0)).lines
    assert (
        "does not lie" in gone.surroundings.of(gone.row(0)).why
        or "cannot be read" in gone.surroundings.of(gone.row(0)).why
    )


# ── the page


@contextmanager
def served(folder: Path) -> Iterator[Any]:
    testclient = pytest.importorskip("starlette.testclient", reason="needs the extra `review`: starlette")
    app = Guard(application(session(folder, n=6)), token=TOKEN, hosts=frozenset({HOST}))
    with testclient.TestClient(app, base_url=f"http://{HOST}") as client:
        yield client


@pytest.fixture
def page(folder: Path) -> Iterator[Any]:
    with served(folder) as client:
        yield client


@pytest.fixture(scope="module")
def unmoved(written: Path) -> Iterator[Any]:
    """A page of which nothing that is asked may change anything."""
    with served(written) as client:
        yield client
    assert not verdicts_path(written).exists()


def ask(page: Any, path: str, body: Any = None, headers: Mapping[str, str] = HEAD) -> Any:
    if body is None:
        return page.get(f"/{TOKEN}/{path}", headers=dict(headers))
    return page.post(f"/{TOKEN}/{path}", json=body, headers=dict(headers))


def test_the_page_and_its_parts_come_with_a_policy_that_allows_nothing_from_elsewhere(unmoved: Any) -> None:
    for name, kind in (("", "text/html"), ("review.css", "text/css"), ("review.js", "text/javascript")):
        answer = ask(unmoved, name)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert answer.headers["cache-control"] == "no-store"
        assert not {name for name in answer.headers if name.startswith("access-control") or name == "set-cookie"}
        # All that is named lies here.
        assert not re.search(r"(?:https?:)?//[a-z]", re.sub(r"(?m)^\s*//.*$|/\*.*?\*/", "", answer.text))


@pytest.mark.parametrize(
    "path", ["/", "/api/state", "/wrong/api/state", f"/{TOKEN}x/", f"/{TOKEN[:-1]}/", "//", "/%00/", "/é/"]
)
def test_without_the_token_nothing_is_served(unmoved: Any, path: str) -> None:
    answer = unmoved.get(path, headers=HEAD)
    assert answer.status_code == 403
    assert "lacks its token" in answer.text
    assert "script-src" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "host", ["evil.example:7777", "127.0.0.1", "127.0.0.1:7778", "localhost.evil.example:7777", ""]
)
def test_another_host_is_refused_so_a_rebound_name_leads_nowhere(unmoved: Any, host: str) -> None:
    answer = ask(unmoved, "api/state", headers={**HEAD, "host": host})
    assert answer.status_code == 403
    assert "another host" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": HOST},
        {"origin": "https://" + HOST},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"x-review-token": "other"},
        {"x-review-token": ""},
    ],
)
def test_another_sites_page_changes_nothing(unmoved: Any, headers: Mapping[str, str]) -> None:
    id_ = ask(unmoved, "api/rows/0").json()["id"]
    answer = ask(unmoved, "api/verdict", {"id": id_, "verdict": "good"}, {**HEAD, **headers})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "../manifest.json",
        "..%2fmanifest.json",
        "static/review.js",
        "api/rows/6",
        "api/rows/-1",
        "api/rows/x",
        "nothing",
    ],
)
def test_what_is_not_there_is_said_in_words(unmoved: Any, path: str) -> None:
    answer = ask(unmoved, path)
    assert answer.status_code == 404 or "lacks its token" in answer.text
    assert "Traceback" not in answer.text


def test_a_whole_session_over_http(page: Any, folder: Path) -> None:
    state = ask(page, "api/state").json()
    assert (state["rows"], state["next"], state["progress"]["done"]) == (6, 0, 0)
    row = ask(page, "api/rows/0").json()
    assert (row["said"], row["reveal"]) == (None, None)
    done = ask(
        page,
        "api/verdict",
        {"id": row["id"], "verdict": "bad", "criteria": {"accurate": False}, "note": "no", "seconds": 3},
    ).json()
    assert done["next"] == 1
    assert done["reveal"]["quality"] is not None
    assert ask(page, "api/rows/0").json()["reveal"] == done["reveal"]
    again = ask(page, "api/verdict", {"id": row["id"], "verdict": "good"})
    assert (again.status_code, again.json()["error"]) == (409, "the row has its verdict")
    assert ask(page, "api/skip", {"id": ask(page, "api/rows/1").json()["id"]}).json()["next"] == 2
    assert ask(page, "api/undo", {}).json()["index"] == 1
    assert ask(page, "api/undo", {}).json()["index"] == 0
    taken = ask(page, "api/rows/0").json()
    assert (taken["said"]["status"], taken["said"]["note"], taken["reveal"]) == ("open", "no", None)
    assert ask(page, "api/undo", {}).json()["index"] is None
    assert ask(page, "api/rows/0/context").json() == {"lines": [], "why": "This row names no lines of a file."}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b"[]", 422),
        (b"[" * 100_000, 422),
        (b'{"id": "none", "verdict": "good"}', 404),
        (b'{"id": 1}', 404),
        (b'{"id": ID, "verdict": null}', 422),
        (b'{"id": ID, "verdict": "good", "criteria": [1]}', 422),
        (b'{"id": ID, "verdict": "good", "criteria": {"accurate": "yes"}}', 422),
        (b'{"id": ID, "verdict": "good", "note": "\\ud800"}', 422),
        (b'{"id": ID, "verdict": "good", "note": 1}', 422),
        (b'{"id": ID, "verdict": "good", "seconds": 1e999}', 422),
        (b" " * (3 << 20), 413),
    ],
)
def test_a_request_that_makes_no_sense_is_answered_in_words(unmoved: Any, body: bytes, status: int) -> None:
    id_ = json.dumps(ask(unmoved, "api/rows/0").json()["id"]).encode()
    headers = {**HEAD, "content-type": "application/json"}
    answer = unmoved.post(f"/{TOKEN}/api/verdict", content=body.replace(b"ID", id_), headers=headers)
    assert answer.status_code == status
    assert answer.text


def test_only_json_is_taken_and_only_in_the_way_that_is_meant(unmoved: Any) -> None:
    assert unmoved.post(f"/{TOKEN}/api/undo", content=b"{}", headers=HEAD).status_code == 415
    assert ask(unmoved, "api/verdict").status_code == 405
    assert unmoved.request("PUT", f"/{TOKEN}/api/undo", headers=HEAD).status_code == 405


def test_of_many_requests_for_one_row_one_counts(page: Any, folder: Path) -> None:
    id_ = ask(page, "api/rows/0").json()["id"]
    barrier = threading.Barrier(4)

    def send(verdict: str) -> int:
        barrier.wait(timeout=300)
        return int(ask(page, "api/verdict", {"id": id_, "verdict": verdict}).status_code)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, ["good", "bad", "good", "bad"]))
    assert sorted(answers) == [200, 409, 409, 409]
    assert len(load_verdicts(folder, all=True)) == 1


def test_hostile_rows_come_as_text(tmp_path: Path) -> None:
    testclient = pytest.importorskip("starlette.testclient", reason="needs the extra `review`: starlette")
    texts = [SCRIPT, DECEIVING, "word " * 60_000, "`" * 5_000, "((((" * 5_000, "\n" * 3_000]
    table = pa.table(
        {
            "instruction": texts,
            "output": texts,
            "symbol": texts[:2] + ["x"] * 4,
            "language": ["python"] * 6,
            "task": ["implement"] * 6,
            "category": ["function"] * 6,
        }
    )
    folder = corpus.from_arrow(table).write(tmp_path / "c")
    app = Guard(application(session(folder)), token=TOKEN, hosts=frozenset({HOST}))
    with testclient.TestClient(app, base_url=f"http://{HOST}") as client:
        for index in range(6):
            answer = ask(client, f"api/rows/{index}")
            assert answer.status_code == 200
            assert len(answer.content) < 10 * LONGEST
            assert not re.search("[\u202a-\u202e\x00-\x08]", json.dumps(answer.json()["parts"], ensure_ascii=False))


# ── the widget


def test_the_widget_goes_the_same_way_as_the_page(folder: Path) -> None:
    pytest.importorskip("ipywidgets", reason="needs the extra `notebook`: ipywidgets")
    widget = corpus.review(folder, n=3).widget()
    assert widget.next.disabled
    widget.criteria["accurate"].value = True
    widget.note.value = "as it should be"
    widget.good.click()
    assert widget.good.disabled
    assert "Saved: good. Quality" in widget.told.value
    widget.good.click()  # a second click changes nothing
    widget.next.click()
    widget.correction.value = "Another answer."
    widget.bad.click()
    widget.undo.click()
    assert widget.correction.value == "Another answer."
    assert {one.label for one in widget.criteria.values()} == {"not said"}
    widget.skip.click()
    widget.skip.click()
    assert "Every row has been seen." in widget.text.value
    said = {row["verdict"]: row for row in load_verdicts(folder).to_pylist()}
    assert set(said) == {"good", None}
    assert (said["good"]["accurate"], said["good"]["note"]) == (True, "as it should be")


def test_the_widget_shows_hostile_rows_as_text(tmp_path: Path) -> None:
    pytest.importorskip("ipywidgets", reason="needs the extra `notebook`: ipywidgets")
    table = pa.table({"instruction": [SCRIPT], "output": [f"```{SCRIPT}\n{SCRIPT}\n```"], "symbol": [SCRIPT]})
    shown_ = corpus.review(corpus.from_arrow(table).write(tmp_path / "c")).widget().text.value
    assert "<script" not in shown_
    assert "<img" not in shown_
    assert shown_.count("&lt;script&gt;") >= 3


def test_a_notebook_shows_the_widget(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ipywidgets", "ipykernel"):
        pytest.importorskip(name, reason=f"needs the extra `notebook`: {name}")
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient")
    nbformat = pytest.importorskip("nbformat", reason="needs nbformat")
    for name, value in shell_environment(JUPYTER_PLATFORM_DIRS="1").items():
        monkeypatch.setenv(name, value)
    cell = nbformat.v4.new_code_cell(f"import corpus\ncorpus.review({str(folder)!r}, n=3)")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    assert "application/vnd.jupyter.widget-view+json" in notebook.cells[0].outputs[0].data
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"].state.values()
    texts = [one.state.get("value", "") for one in states if one.model_name == "HTMLModel"]
    assert any("plus one?" in text for text in texts)


@pytest.mark.parametrize(
    ("module", "extra", "step"),
    [
        ("starlette.applications", "review", lambda one: application(one.session)),
        ("uvicorn", "review", lambda one: one.serve()),
        ("ipywidgets", "notebook", lambda one: one.widget()),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_brings_it(
    written: Path, monkeypatch: pytest.MonkeyPatch, module: str, extra: str, step: Any
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"sovereign-corpus\[{extra}\]"):
        step(corpus.review(written))


def test_the_review_can_be_called_whatever_was_imported_before() -> None:
    script = (
        "import corpus.review.verdicts, corpus; assert callable(corpus.review); "
        "from corpus.review import verdicts, Review, load_verdicts; print(corpus.review.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **shell_environment()},
    )
    assert done.stdout == "corpus.review\n"


class Written(corpus.Source):
    """A source that has one text."""

    kind = "x-written"
    name = "written"

    def __init__(self, text: str) -> None:
        self.text = text

    def units(self) -> list[Any]:
        return []

    def extract(self, unit: Any) -> list[Any]:
        del unit
        return []

    def text_of(self, path: str, commit: str | None) -> str:
        del commit
        if path != "a":
            raise SkipUnit("missing", f"no {path}")
        return self.text


@pytest.mark.parametrize(
    ("text", "place", "first", "shown_", "why"),
    [
        ("1\n2\n3", ("a", 2, 2), 1, ("1", "2", "3"), "as it is now"),
        ("\n" * 300, ("a", 20, 250), 12, ("",) * 88, "go on to 250"),
        ("1\r\n2", ("a", 1, 1), 1, ("1", "2"), "as it is now"),
        ("1\n2", ("a", 2, 9), 0, (), "fewer lines"),
        ("x" * (2 << 20), ("a", 1, 1), 0, (), "too large"),
        ("1", ("../b", 1, 1), 0, (), "cannot be read: missing"),
        ("1", (None, None, None), 0, (), "no lines of a file"),
    ],
)
def test_lines_around_a_row_are_shown_or_it_is_said_why_not(
    written: Path, text: str, place: tuple[Any, Any, Any], first: int, shown_: tuple[str, ...], why: str
) -> None:
    known = replace(corpus.load(written), sources=(Written(text),))
    row = dict(zip(("path", "line_start", "line_end"), place, strict=True))
    found = Surroundings(known).of({**row, "kind": "x-written", "source": "written", "commit": None})
    assert (found.first, found.lines) == (first, shown_)
    assert why in found.why


def test_lines_that_begin_within_a_string_have_its_colour(written: Path) -> None:
    text = '"""Says.\n\n' + "if it is not so\n" * 20 + '"""\nx = 1\n'
    known = replace(corpus.load(written), sources=(Written(text),))
    place = {"path": "a", "line_start": 22, "line_end": 24, "commit": None}

    class Drawn:
        surroundings = Surroundings(known)

        def __len__(self) -> int:
            return 1

        def row(self, _: int) -> dict[str, Any]:
            return {**place, "kind": "git", "source": "written", "language": "python"}

    Drawn.surroundings._sources = {("git", "written"): Written(text)}
    status, found = pages._context(Drawn(), {"index": 0})  # type: ignore[arg-type]  # no more is asked of a session
    assert status == 200
    assert found["lines"][0] == {"number": 14, "inside": False, "runs": [("s", "if it is not so")]}
    assert ("n", "1") in found["lines"][-2]["runs"]


def test_a_file_whose_lines_redaction_moves_is_not_shown(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.verify.Replay.shown", lambda _, text: text.replace("key\nkey", "<KEY>"))
    known = replace(corpus.load(written), sources=(Written("a\nkey\nkey\nb"),))
    row = {"path": "a", "line_start": 4, "line_end": 4, "kind": "x-written", "source": "written", "commit": None}
    assert Surroundings(known).of(row).lines == ()
    assert "redacted over several lines" in Surroundings(known).of(row).why


def test_a_vault_shows_notes_that_it_reads_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "v" / ".obsidian").mkdir(parents=True)
    (tmp_path / "v" / "Moon.md").write_text("# Moon\n\nIt is full.\n", encoding="utf-8")
    (tmp_path / "v" / "Diary.md").write_text("no\n", encoding="utf-8")
    (tmp_path / "beside.md").write_text("no\n", encoding="utf-8")
    vault = corpus.ObsidianVault(tmp_path / "v", exclude=["Diary"])
    assert vault.text_of("Moon.md", None).splitlines()[2] == "It is full."
    for path in ("Diary.md", "../beside.md", "/etc/hostname", ".obsidian/app.json", "gone.md"):
        with pytest.raises(SkipUnit):
            vault.text_of(path, None)
