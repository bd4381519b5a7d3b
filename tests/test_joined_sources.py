"""Sources whose units say something only together: parsed one by one and cached, joined anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import corpus
from corpus.sources.base import Joined, JoinedSource, Skip, SkipUnit, Unit


class Questions(JoinedSource):
    """Files of `key: text`; the file `answers` answers the keys that the others ask."""

    kind = "x-questions"

    def __init__(self, folder: Path) -> None:
        self.folder, self.name = folder, "questions"

    def units(self) -> Iterator[Unit]:
        for file in sorted(self.folder.iterdir()):
            data = file.read_bytes()
            yield Unit(file.name, content=hashlib.sha256(data).hexdigest(), size=len(data))

    def parse(self, unit: Unit) -> bytes:
        data = (self.folder / unit.path).read_bytes()
        (self.folder.parent / "parsed").open("a").write(unit.path + "\n")
        if b"\0" in data:
            raise SkipUnit("binary", "a NUL byte")
        return data

    def join(self, parsed: Iterable[tuple[Unit, bytes]]) -> Joined:
        texts = {unit.path: dict(line.split(": ", 1) for line in data.decode().splitlines()) for unit, data in parsed}
        answers = texts.pop("answers", {})
        joined = Joined((), skips=[Skip(path, "empty", "no question") for path, asked in texts.items() if not asked])
        joined.entries = (
            corpus.Entry(category="pair", task="answer", instruction=text, output=answers[key], path=path)
            for path, asked in sorted(texts.items())
            for key, text in asked.items()
            if key in answers
        )
        joined.facts["unanswered"] = sum(key not in answers for asked in texts.values() for key in asked)
        return joined


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "a").write_text("sky: Why is the sky blue?\nsea: Why is the sea salty?\n")
    (folder / "b").write_text("sun: Why is the sun hot?\n")
    (folder / "c").write_text("")
    (folder / "d").write_bytes(b"\0")
    (folder / "answers").write_text("sky: Small particles scatter blue light.\nsun: It burns hydrogen.\n")
    return folder


def parsed(folder: Path) -> list[str]:
    file = folder.parent / "parsed"
    names = sorted(file.read_text().split()) if file.exists() else []
    file.unlink(missing_ok=True)
    return names


def test_units_are_parsed_once_and_joined_in_every_run(folder: Path) -> None:
    cache = folder.parent / "cache.sqlite"
    first = corpus.extract(Questions(folder), workers=1, cache=cache, progress=False)
    assert parsed(folder) == ["a", "answers", "b", "c", "d"]
    assert [(e.path, e.output) for e in first] == [
        ("a", "Small particles scatter blue light."),
        ("b", "It burns hydrogen."),
    ]
    (record,) = first.lineage
    assert (record["units"], record["read"], record["skipped_by_reason"]) == (5, 3, {"binary": 1, "empty": 1})
    assert first.source_facts[0]["unanswered"] == 1

    (folder / "answers").write_text("sea: Rivers carry salt.\n")
    second = corpus.extract(Questions(folder), workers=1, cache=cache, progress=False)
    assert parsed(folder) == ["answers"]
    assert second.cache_use == corpus.corpus.CacheUse(extracted=1, cached=2)
    assert [(e.path, e.output) for e in second] == [("a", "Rivers carry salt.")]


def test_rows_are_read_again_with_all_units_at_hand(folder: Path) -> None:
    made = corpus.extract(Questions(folder), workers=1, progress=False)
    assert made.reread() == [None, None]
    (folder / "answers").write_text("sky: It is painted.\n")
    moved, gone = made.reread()
    assert moved is not None
    assert "differs in output" in moved
    assert gone is not None
    assert "missing" in gone


def test_entries_out_of_order_are_an_error(folder: Path) -> None:
    class Backwards(Questions):
        def join(self, parsed: Iterable[tuple[Unit, bytes]]) -> Joined:
            joined = super().join(parsed)
            joined.entries = list(joined.entries)[::-1]
            return joined

    with pytest.raises(corpus.SchemaError, match="in no order of paths"):
        corpus.extract(Backwards(folder), workers=1, progress=False)
