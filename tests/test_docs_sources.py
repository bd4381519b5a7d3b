from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import corpus
from corpus.entry import CATEGORIES

PAGE = Path(__file__).parent.parent / "docs" / "sources.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
ERROR = re.search(r"^```text\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def mail(number: int, answers: int | None, text: str, charset: str = "utf-8") -> str:
    reply = f"In-Reply-To: <{answers}@example.org>\n" if answers is not None else ""
    return (
        f"From ada@example.org Wed May  1 12:00:00 2024\nFrom: ada@example.org\nMessage-ID: <{number}@example.org>\n"
        f"{reply}Date: Wed, 1 May 2024 12:{number:02}:00 +0200\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset={charset}\n\n{text}\n\n"
    )


MAY = (
    mail(1, None, "Does the scheduler run jobs that were due while the machine slept?")
    + mail(2, 1, "> Does the scheduler run jobs\n\nYes, once each, in the order of their priority.\n\n-- \nBert")
    + mail(3, 2, "Then a nightly report that was missed for a week comes once and not seven times?")
    + mail(4, 99, "An answer to something that is in another archive.")
    + mail(5, 1, "> only a quotation")
)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_this_process: None) -> dict[str, Any]:
    """What the page's names stand for after its code ran, see `ran`, without workers."""
    return ran(tmp_path, monkeypatch)


@pytest.fixture
def page_with_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The same with workers, as the page would run elsewhere."""
    return ran(tmp_path, monkeypatch)


def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the page after its code ran in a folder with three archives."""
    archives = tmp_path / "mail" / "list"
    archives.mkdir(parents=True)
    (archives / "2024-05.mbox").write_text(MAY)
    (archives / "2024-06.mbox").write_text("no archive\n")
    (archives / "2024-07.mbox").write_text(mail(1, None, "A") + mail(2, 1, "B", "klingon"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CORPUS_CONFIG_DIR", str(tmp_path / "config"))
    names: dict[str, Any] = {"__name__": "__main__"}  # as in a script: classes travel to the workers by value
    for block in BLOCKS:
        exec(compile(block, str(PAGE), "exec"), names)
    return names


def test_the_example_is_thirty_lines_of_class_and_gives_rows_skips_and_verdicts(
    page_with_workers: dict[str, Any],
) -> None:
    made: corpus.Corpus = page_with_workers["made"]
    rows = {entry.symbol: entry for entry in made}
    assert set(rows) == {"<2@example.org>", "<3@example.org>"}
    row = rows["<2@example.org>"]
    assert row.instruction == "Does the scheduler run jobs that were due while the machine slept?"
    assert row.output == "Yes, once each, in the order of their priority."
    assert (row.kind, row.category, row.task, row.source) == ("x-mbox", "conversation", "reply", "mail")
    assert (row.path, row.language, row.visibility) == ("list/2024-05.mbox", "en", "private")
    assert row.created_at is not None
    assert row.created_at.isoformat() == "2024-05-01T10:02:00+00:00"
    skipped = {row["unit"]: (row["reason"], row["detail"]) for row in made.skipped.to_pylist()}
    assert skipped == {
        "list/2024-06.mbox": ("not-mbox", "the file does not begin with 'From '"),
        "list/2024-07.mbox": ("error", "LookupError: unknown encoding: klingon"),
    }
    assert made.report is not None
    (provenance,) = (result for result in made.report["results"] if result["id"] == "I5")
    assert (provenance["looked"], provenance["statistic"]) == (2, 0.0)


def test_rows_are_read_again_with_the_source_and_not_without(page: dict[str, Any], tmp_path: Path) -> None:
    assert page["wrong"] == []
    assert page["again"].skipped.equals(page["made"].skipped)
    with pytest.raises(corpus.SourceError, match="not at hand"):
        corpus.load("my-corpus").reread()
    archive = tmp_path / "mail" / "list" / "2024-05.mbox"
    archive.write_text(MAY.replace("not seven times", "not six times"))
    assert [why is None for why in page["again"].reread()].count(False) == 1
    archive.unlink()
    assert all("the source has no list/2024-05.mbox any more" in why for why in page["again"].reread())


def test_a_source_is_listed_once_to_read_all_its_rows_again(page: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "mail" / "list" / "2024-08.mbox").write_text(MAY.replace("scheduler", "oven"))
    listings: list[int] = []

    class Counted(page["MailArchive"]):  # type: ignore[misc]
        def units(self) -> Any:
            listings.append(1)
            return super().units()

    done = corpus.extract(page["MailArchive"]("mail", language="en"))
    assert len(set(done.table["path"].to_pylist())) == 2
    assert corpus.Corpus(done.table, sources=(Counted("mail", language="en"),)).reread() == [None] * 4
    assert listings == [1]


def test_only_what_changed_is_read_again(page: dict[str, Any], tmp_path: Path) -> None:
    archive, build = page["MailArchive"], corpus.build
    assert build(archive("mail", language="de"), out="my-corpus").cache_use == corpus.corpus.CacheUse(0, 1)
    (tmp_path / "mail" / "list" / "2024-05.mbox").write_text(MAY + mail(6, 3, "Once. The other six are left out."))
    done = build(archive("mail", language="de"), out="my-corpus")
    assert done.cache_use == corpus.corpus.CacheUse(1, 0)
    assert {entry.language for entry in done} == {"de"}
    assert {entry.id for entry in page["made"]} < {entry.id for entry in done}


def test_too_large_archives_are_skipped_when_they_are_listed(page: dict[str, Any], tmp_path: Path) -> None:
    with (tmp_path / "mail" / "large.mbox").open("wb") as file:
        file.truncate(50_000_001)
    listed = {unit.path: unit for unit in page["MailArchive"]("mail").units()}
    assert listed["large.mbox"] == corpus.Skip("large.mbox", "too-large", "50000001 bytes, limit 50000000")


def test_an_entry_that_is_none_is_the_error_that_the_page_shows(page: dict[str, Any], tmp_path: Path) -> None:
    assert ERROR is not None
    code = BLOCKS[0].replace('category="conversation"', 'category="mail"')
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, str(PAGE), "exec"), names)
    with pytest.raises(corpus.SchemaError) as caught:
        corpus.build(names["MailArchive"](tmp_path / "mail" / "list"), out=tmp_path / "other")
    shown = str(caught.value).replace(" | ".join(CATEGORIES), "function | type | … | pair")
    assert shown == ERROR[1].rstrip("\n")
