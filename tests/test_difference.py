"""What differs between two corpora: the counts add up, and every row has its reason."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import shellworld
from hypothesis import given, settings
from hypothesis import strategies as st
from shellworld import CODE

import corpus
from corpus.difference import CHANGES, ROWS

pytestmark = pytest.mark.usefixtures("module_in_this_process")

ROWS_DRAWN = st.lists(
    st.tuples(
        st.sampled_from(["a.py", "b.py", None]),
        st.sampled_from(["one", "two"]),
        st.sampled_from(["Says one thing.", "Says another thing.", "Says a third thing."]),
        st.sampled_from(["train", "test"]),
    ),
    max_size=8,
)


def drawn(rows: list[tuple[str | None, str, str, str]]) -> corpus.Corpus:
    columns = ("path", "symbol", "output", "split")
    table = {name: [row[n] for row in rows] for n, name in enumerate(columns)}
    kinds = dict.fromkeys(columns, pa.string())
    asked = pa.array([f"What does {row[1]} say?" for row in rows], pa.string())
    arrays = {name: pa.array(values, kinds[name]) for name, values in table.items()}
    return corpus.from_arrow(pa.table({"instruction": asked, **arrays}), name="drawn")


@settings(max_examples=25, deadline=None)
@given(ROWS_DRAWN, ROWS_DRAWN)
def test_kept_and_came_are_the_new_rows_kept_and_went_the_old_ones(
    old: list[tuple[str | None, str, str, str]], new: list[tuple[str | None, str, str, str]]
) -> None:
    found = corpus.diff(drawn(old), drawn(new))
    counts = found.counts
    assert counts["kept"] + counts["went"] == counts["old"] == len(old)
    assert counts["kept"] + counts["came"] == counts["new"] == len(new)
    assert counts["kept"] == counts["same"] + counts["changed"] + counts["moved"]
    assert {name: sum(reasons.values()) for name, reasons in found.reasons.items()} == {n: counts[n] for n in CHANGES}
    assert found.rows.schema.equals(ROWS)
    assert all(row["why"] for row in found.rows.to_pylist())
    back = corpus.diff(drawn(new), drawn(old)).counts
    assert (back["came"], back["went"], back["kept"]) == (counts["went"], counts["came"], counts["kept"])


@settings(max_examples=5, deadline=None)
@given(ROWS_DRAWN)
def test_a_corpus_does_not_differ_from_itself(rows: list[tuple[str | None, str, str, str]]) -> None:
    found = corpus.diff(drawn(rows), drawn(rows))
    assert not found
    assert found.counts["same"] == len(rows)
    assert not any(found.context.values())


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A corpus and the one after a commit, with another setting."""
    place = tmp_path_factory.mktemp("pair")
    files = {"waves.py": CODE, "tides.py": CODE.replace(b"wave", b"tide"), "gone.py": CODE.replace(b"wave", b"foam")}
    shellworld.repository(place / "repo", files)
    for name, change, gates in (
        ("old", {}, {}),
        (
            "new",
            {
                "waves.py": CODE.replace(b"is about to break", b"breaks at once"),
                "gone.py": b"",
                "moved.py": CODE.replace(b"wave", b"tide"),
                "tides.py": b"",
                "fresh.py": b'def gust():\n    """Tells how a gust of wind begins and when it ends."""\n    return 1\n',
            },
            {"short_code": 1000},
        ),
    ):
        if change:
            shellworld.commit(place / "repo", change)
        made = corpus.extract(place / "repo", workers=1).normalize().redact().score()
        made.filter(**gates).split().write(place / name)
    return place / "old", place / "new"


def test_every_row_has_the_reason_for_which_it_is_another_one(pair: tuple[Path, Path]) -> None:
    found = corpus.diff(*pair)
    reasons = found.reasons
    assert reasons["went"].keys() >= {"the file is not there any more", "removed by filter: short-code"}
    assert {row["path"] for row in found.moved.to_pylist() if row["why"] == "another place"} == {"moved.py"}
    assert found.changed["why"].unique().to_pylist() == ["its source changed"]
    assert {row["path"] for row in found.changed.to_pylist()} == {"waves.py"}
    removed = next(row for row in found.went.to_pylist() if row["why"].startswith("removed by"))
    assert "lines" in removed["detail"]
    back = corpus.diff(pair[1], pair[0]).reasons["came"]
    assert "it is no more removed by filter: short-code" in back


def test_what_else_is_different_is_named_with_both_values(pair: tuple[Path, Path]) -> None:
    context = corpus.diff(*pair).context
    assert context["stages"]["filter"]["short-code"] == {"old": None, "new": 1000}
    assert set(context["sources"]["git repo"]) >= {"commit"}
    assert context["versions"] == {}


def test_a_difference_shows_itself_in_every_form(pair: tuple[Path, Path]) -> None:
    found = corpus.diff(*pair)
    told = str(found)
    assert f"{found.counts['old']} rows, then {found.counts['new']}" in told
    assert "filter short-code: null, then 1000" in told
    page = found.to_html()
    assert page.startswith("<!doctype html>")
    assert "color-scheme:light dark" in page
    assert found._repr_html_() in page or found.counts["went"] > 20
    assert found.to_dict()["rows"] == found.rows.to_pylist()
    assert repr(found).startswith("<Difference of")
