"""What is written: Parquet whose bytes follow from the rows, in a folder that is whole or not there."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from strategies import entry, table

import corpus
from corpus.corpus import Corpus
from corpus.entry import SCHEMA, table_of
from corpus.errors import ConfigError, IntegrityError
from corpus.write import parquet

# Parquet.


def test_the_same_rows_give_the_same_bytes_whatever_their_chunks_and_dictionaries(tmp_path: Path) -> None:
    rows = table([f"answer {n}" for n in range(300)], language="python")
    pieces = pa.concat_tables([rows.slice(0, 7), rows.slice(7, 200), rows.slice(207)])
    filtered = pa.concat_tables([table(["x"], language="rust", source="other"), rows]).slice(1)
    written = [
        parquet.write_split(given, folder(tmp_path / str(n)), "train")
        for n, given in enumerate((rows, pieces, filtered))
    ]
    assert written[0] == written[1] == written[2]
    assert b"rust" not in (tmp_path / "2" / written[2][0]["name"]).read_bytes()


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_large_split_becomes_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = table([f"answer {n} " * 20 for n in range(300)])
    monkeypatch.setattr(parquet, "_FILE_BYTES", rows.nbytes // 3 + 1)
    monkeypatch.setattr(parquet, "_GROUP_BYTES", rows.nbytes // 9)
    written = parquet.write_split(rows, folder(tmp_path / "data"), "test")
    assert [file["name"] for file in written] == [f"test-{n:05d}-of-00003.parquet" for n in range(3)]
    assert sum(file["rows"] for file in written) == 300
    back = parquet.read_tables([tmp_path / "data" / file["name"] for file in written], SCHEMA)
    assert back.to_pylist() == rows.to_pylist()
    assert pq.ParquetFile(tmp_path / "data" / written[0]["name"]).num_row_groups > 1


def test_a_page_that_was_changed_is_not_read(tmp_path: Path) -> None:
    rows = table([f"answer {n}" for n in range(50)])
    (file,) = parquet.write_split(rows, folder(tmp_path / "data"), "train")
    path = tmp_path / "data" / file["name"]
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(0)
    data = bytearray(path.read_bytes())
    data[chunk.data_page_offset + chunk.total_compressed_size // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match="a Parquet file cannot be read"):
        parquet.read_tables([path], SCHEMA)


def test_a_file_of_other_columns_is_not_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(IntegrityError, match="a Parquet file cannot be read"):
        parquet.read_tables([tmp_path / "other.parquet"], SCHEMA)


def test_a_corpus_of_no_rows_is_written_and_read(tmp_path: Path) -> None:
    Corpus(SCHEMA.empty_table()).write(tmp_path / "out")
    assert len(corpus.load(tmp_path / "out")) == 0


def test_splits_that_are_gone_leave_no_file(tmp_path: Path) -> None:
    rows = table_of(entry(n, split="test" if n else "train") for n in range(3))
    Corpus(rows).write(tmp_path / "out")
    Corpus(rows.slice(0, 1)).write(tmp_path / "out")
    assert [path.name for path in (tmp_path / "out" / "data").iterdir()] == ["train-00000-of-00001.parquet"]
    assert json.loads((tmp_path / "out" / "manifest.json").read_bytes())["rows"]["split"] == {"train": 1}


def written(path: Path) -> Path:
    return Corpus(table(["An answer."])).write(path / "c")


def test_a_folder_of_somebody_else_is_left_alone_whatever_its_files_are_called(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.csv").write_text("precious")
    (tmp_path / "manifest.json").write_text('{"name": "my web app"}')
    with pytest.raises(ConfigError, match="something else"):
        Corpus(table(["An answer."])).write(tmp_path)
    assert (tmp_path / "data" / "thesis.csv").read_text() == "precious"


def test_a_file_of_ones_own_among_the_rows_is_neither_lost_nor_read(tmp_path: Path) -> None:
    place = written(tmp_path)
    (place / "data" / "notes.txt").write_text("mine")
    with pytest.raises(IntegrityError, match="does not name"):
        corpus.load(place)
    with pytest.raises(ConfigError, match="something else"):
        Corpus(table(["Another answer."])).write(place)
    assert (place / "data" / "notes.txt").read_text() == "mine"


def test_removed_rows_are_compared_with_the_manifest(tmp_path: Path) -> None:
    place = written(tmp_path / "a")
    file = place / ".private" / "removed.parquet"
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(IntegrityError, match="not what the manifest says"):
        corpus.load(place)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("files", []),
        ("files", {"train": [{}]}),
        ("files", {"train": [{"name": "../../x", "sha256": ""}]}),
        ("lineage", "abc"),
        ("lineage", [1]),
        ("rows", None),
        ("sources", "x"),
        ("falsification", {}),
    ],
)
def test_a_manifest_of_another_form_is_a_message(tmp_path: Path, name: str, value: object) -> None:
    place = written(tmp_path)
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({**manifest, name: value}))
    with pytest.raises(IntegrityError, match="form"):
        corpus.load(place)


def test_where_the_sources_lay_may_say_anything(tmp_path: Path) -> None:
    place = written(tmp_path)
    for text in ('{"a": 1}', "[1, {}]", '[{"kind": "git", "path": "/nowhere"}]', '[{"kind": "git", "nonsense": 1}]'):
        (place / ".private" / "sources.json").write_text(text)
        assert corpus.load(place).sources == ()
    (place / ".private" / "sources.json").write_text("{")
    with pytest.raises(IntegrityError, match="damaged"):
        corpus.load(place)
