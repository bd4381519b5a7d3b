"""Planted values in every kind of source: none of them is in any byte written, printed, logged or raised."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import shutil
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import shell, work_here
from secrets_world import World, in_text, planted_world

import corpus
from corpus.curate import Settings, redactor_of
from corpus.errors import IntegrityError, PublishError, SchemaError
from corpus.privacy.scan import scan_folder
from tests.hub import Hub

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HOME = re.compile(r"(?:/home/|/Users/|/root\b|C:\\Users\\)[\w.-]*")


EXTRACTED = {
    *("docstring: e-mail", "comment: phone", "string: password", "symbol", "file name", "message: token"),
    *("note name", "note: password", "note name: e-mail", "chat: e-mail", "chat: password", "matrix: token"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return planted_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def built(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A corpus of all sources, built by the shell with the canary in the environment; and all that was printed."""
    out = tmp_path_factory.mktemp("built") / "corpus"
    ran = shell(
        "build", world.repository, world.vault, world.signal, world.matrix, "--out", out, "--history",
        "--me", "@me:example.org", "--workers", 2, HF_TOKEN=world.canary, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return out, ran.stdout + ran.stderr


def sources(world: World) -> list[corpus.Source]:
    return [
        corpus.GitRepo(world.repository, history=True),
        corpus.ObsidianVault(world.vault),
        corpus.SignalExport(world.signal),
        corpus.MatrixExport(world.matrix, me="@me:example.org"),
    ]


def files_of(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "cache" not in path.relative_to(folder).parts:
            yield path


def decoded(path: Path) -> str:
    """All that a reader sees of a file, and its bytes."""
    raw = path.read_bytes().decode("latin-1") + path.read_bytes().decode(errors="replace")
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        raw += json.dumps(table.to_pylist(), default=str, ensure_ascii=False) + str(table.schema.metadata)
    return raw


def test_the_world_is_in_what_is_extracted(world: World) -> None:
    """The control: without redaction nearly all of it is there, so what follows can fail."""
    table = corpus.extract(*sources(world), progress=False).table
    text = json.dumps(table.to_pylist(), default=str, ensure_ascii=False)
    there = set(in_text(world, text))
    assert there >= EXTRACTED


def test_nothing_planted_is_written_or_printed(world: World, built: tuple[Path, str]) -> None:
    out, printed = built
    assert list(in_text(world, printed)) == []
    files = {path.relative_to(out).as_posix(): decoded(path) for path in files_of(out)}
    assert {(name, place) for name, text in files.items() for place in in_text(world, text)} == set()


def test_rows_with_secrets_are_removed_and_recorded_masked(built: tuple[Path, str]) -> None:
    c = corpus.load(built[0])
    removed = [row for row in c.removed.to_pylist() if row["stage"] == "redact"]
    assert {row["symbol"] for row in removed} >= {"client", "certificate", "other"}
    assert {row["reason"] for row in removed} <= {"secret", "secret-unit"}
    details = " ".join(row["detail"] for row in removed)
    assert "private-key" in details
    assert "environment" in details
    record = next(record for record in c.lineage if record["stage"] == "redact")
    assert record["removed"]["secret"] == sum(row["reason"] == "secret" for row in removed)
    told = record["redacted"]
    assert {"email", "phone", "password", "person", "api-key"} <= told.keys()
    card = (built[0] / "README.md").read_text()
    assert str(told["person"]["known-name"]) in card


def test_nothing_that_was_written_shows_an_address_a_token_or_a_home(world: World, built: tuple[Path, str]) -> None:
    out, _ = built
    for path in files_of(out):
        if path.name == "lock":
            continue
        text = (
            decoded(path)
            if path.suffix != ".parquet"
            else json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False)
        )
        # `example.org` is nobody's (RFC 2606): the fixtures' own ids.
        assert [m for m in EMAIL.findall(text) if not m.endswith(("example.org", "example.com"))] == [], path
        assert [m for m in HOME.findall(text) if not m.endswith(("/home/", "/Users/"))] == [], path
    assert str(world.repository.parent) not in "".join(decoded(path) for path in files_of(out))


def test_ids_and_rows_can_be_verified(built: tuple[Path, str], world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", world.canary)
    c = corpus.load(built[0])
    assert c.report is not None
    verdicts = {result["id"]: result["verdict"] for result in c.report["results"]}
    assert verdicts["I3"] != "refuted"
    assert verdicts["I4"] != "refuted"
    assert verdicts["I5"] != "refuted"
    assert [why for why in c.reread() if why is not None] == []
    assert any("email-" in (path or "") for path in c.table["path"].to_pylist())


def test_a_second_build_gives_the_same_bytes(world: World, built: tuple[Path, str], tmp_path: Path) -> None:
    ran = shell(
        "build", world.repository, world.vault, world.signal, world.matrix, "--out", tmp_path / "again", "--history",
        "--me", "@me:example.org", "--workers", 1, HF_TOKEN=world.canary, timeout=300, PYTHONHASHSEED="7",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    one, two = (json.loads((place / "manifest.json").read_text()) for place in (built[0], tmp_path / "again"))
    assert one["fingerprint"] == two["fingerprint"]
    assert one["private_files"] == two["private_files"]


STAGES = ["normalize", "redact", "apply_gates", "score", "deduplicate", "assign_splits", "write_corpus"]


@pytest.mark.parametrize("stage", STAGES)
def test_an_error_in_a_stage_tells_nothing(
    world: World,
    stage: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A stage that fails on a row, and says which: neither its message nor what lies there tells a secret."""
    if stage != STAGES[-1]:  # workers of their own are part of one of them
        work_here(monkeypatch)
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HF_TOKEN", world.canary)
    secret = {p: v for p, v in world.values.items() if "token" in p or "e-mail" in p or "phone" in p}

    def fail(*given: Any, **more: Any) -> Any:
        del given, more
        shown = ", ".join(secret.values())
        raise SchemaError(f"a row cannot be read: {shown}", column="output", got=f"{world.canary} {shown}")

    monkeypatch.setattr(f"corpus.corpus.{stage}", fail)
    out = tmp_path / "corpus"
    with pytest.raises(SchemaError) as raised:
        corpus.build(*sources(world), out=out, workers=1, progress=True)
    told = "".join(traceback.format_exception(raised.value)) + str(raised.value) + repr(raised.value)
    captured = capfd.readouterr()
    everything = told + captured.out + captured.err + caplog.text
    assert "Traceback" in told
    assert [place for place in in_text(world, everything) if place in secret or place == "canary"] == []
    assert [place for path in files_of(out) for place in in_text(world, decoded(path))] == []


def test_bytes_with_a_secret_are_refused(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last scan, when everything before it has failed: the card says what the rows do not."""
    c = corpus.extract(world.vault, progress=False).normalize().redact()
    token = world.values["note: token"]
    monkeypatch.setattr("corpus.write.card.render_card", lambda *_: f"# A card\n\nsee {token}\n")
    with pytest.raises(corpus.IntegrityError) as raised:
        c.write(tmp_path / "corpus")
    assert "README.md" in str(raised.value)
    assert "api-key" in str(raised.value)
    assert token not in str(raised.value)
    assert not (tmp_path / "corpus" / "manifest.json").exists()
    assert [place for path in files_of(tmp_path) for place in in_text(world, decoded(path))] == []


def test_of_a_picture_the_words_are_looked_at_and_not_its_pixels(tmp_path: Path) -> None:
    def picture(kind: bytes, data: bytes) -> bytes:
        chunks = ((b"IHDR", bytes(13)), (kind, data), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(len(d).to_bytes(4) + k + d + b"\xff" * 4 for k, d in chunks)

    looks = redactor_of(Settings(), (), b"k" * 32)
    said = b"\xd2 mail jo.bloggs@posteo.net \x90"
    (tmp_path / "plot.png").write_bytes(picture(b"IDAT", said))
    scan_folder(tmp_path, looks)
    (tmp_path / "plot.png").write_bytes(picture(b"tEXt", said))
    with pytest.raises(corpus.IntegrityError, match=r"(?s)plot\.png.*email"):
        scan_folder(tmp_path, looks)
    (tmp_path / "plot.png").write_bytes(said)  # no picture at all
    with pytest.raises(corpus.IntegrityError, match=r"(?s)plot\.png.*email"):
        scan_folder(tmp_path, looks)


def test_the_environments_secrets_are_refused_in_rows_that_nobody_redacted(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_SERVICE_TOKEN", world.values["string: url password"])
    c = corpus.extract(world.repository, progress=False)
    with pytest.raises(corpus.IntegrityError, match="holds a secret") as raised:
        c.write(tmp_path / "corpus")
    assert world.values["string: url password"] not in str(raised.value)


def test_a_source_is_named_without_credentials_and_homes(world: World, built: tuple[Path, str]) -> None:
    assert corpus.GitRepo(world.repository).name == "git.example.org/a/tool"
    names = {source["name"] for source in json.loads((built[0] / "manifest.json").read_text())["sources"]}
    assert names == {"git.example.org/a/tool", "Vault", "signal", "matrix"}


# Publishing: what the Hub receives is what anybody can read who has it.


@pytest.fixture
def hub(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub that wants whole files, published to from a process with the canary in its environment."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setattr("corpus.hub.client._PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setenv("HF_TOKEN", world.canary)
    with Hub(xet=False) as server:
        yield server


def received(hub: Hub) -> dict[str, str]:
    """All that a Hub was sent: requests without their authorization, and bodies, decoded where they are tables."""
    found = {}
    for number, request in enumerate(hub.requests):
        headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
        told = f"{request.path} {dict(request.query)} {headers} "
        told += request.body.decode("latin-1") + request.body.decode(errors="replace")
        for line in request.body.splitlines() if request.path.split("/")[-2:-1] == ["commit"] else ():
            value = json.loads(line)["value"]
            told += base64.b64decode(value["content"]).decode() if "content" in value else ""
        if request.body.startswith(b"PAR1"):
            table = pq.read_table(io.BytesIO(request.body))
            told += json.dumps(table.to_pylist(), default=str, ensure_ascii=False) + str(table.schema.metadata)
        found[f"{number} {request.method} {request.path}"] = told
    return found


@pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")
def test_nothing_planted_reaches_the_hub(
    world: World, built: tuple[Path, str], hub: Hub, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = Path(shutil.copytree(built[0], tmp_path / "corpus"))
    hub.fail("POST .*/preupload/", 503)
    done = corpus.publish(out, "me/rows", token="hf_owner", endpoint=hub.endpoint, tag="v1")
    sent = received(hub)
    everything = "".join(sent.values())
    # The control: rows, the card and the manifest are in what is looked at.
    assert sum(done.verified.values()) == len(corpus.load(out))
    assert sum(request.body.startswith(b"PAR1") for request in hub.requests) == len(list((out / "data").iterdir()))
    assert {"normalize", "known-name", "<EMAIL>"} <= set(re.findall(r"normalize|known-name|<EMAIL>", everything))
    assert {(name, place) for name, text in sent.items() for place in in_text(world, text)} == set()
    assert not any(".private" in name for name in hub.files("me/rows"))
    captured = capfd.readouterr()
    assert list(in_text(world, captured.out + captured.err + str(done) + done._repr_html_())) == []
    assert [(path.name, place) for path in files_of(out) for place in in_text(world, decoded(path))] == []


@pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")
@pytest.mark.parametrize("route", ["POST .*/objects/batch", "POST .*/commit/"])
def test_an_error_in_publishing_tells_nothing(
    world: World, built: tuple[Path, str], hub: Hub, route: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hub.fail(route, 403, times=100)
    with pytest.raises(PublishError) as raised:
        corpus.publish(built[0], "me/rows", token="hf_owner", endpoint=hub.endpoint)
    told = "".join(traceback.format_exception(raised.value)) + caplog.text + "".join(received(hub).values())
    assert list(in_text(world, told)) == []
    assert "hf_owner" not in str(raised.value) + caplog.text


@pytest.mark.parametrize("name", ["README.md", "manifest.json"])
def test_what_somebody_put_there_after_the_build_is_refused(
    world: World, built: tuple[Path, str], hub: Hub, tmp_path: Path, name: str
) -> None:
    """A secret where no hash would tell: the bytes are read once more before they go."""
    out = Path(shutil.copytree(built[0], tmp_path / "corpus"))
    said = f"The token is {world.values['note: token']}."
    path = out / name
    if name == "manifest.json":
        path.write_text(json.dumps({**json.loads(path.read_bytes()), "note": said}))
    else:
        path.write_text(f"{path.read_text()}\n{said}\n")
    with pytest.raises(IntegrityError, match="api-key") as raised:
        corpus.publish(out, "me/rows", token="hf_owner", endpoint=hub.endpoint)
    assert name in str(raised.value)
    assert list(in_text(world, str(raised.value))) == []
    assert hub.requests == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_credsweeper_finds_nothing(built: tuple[Path, str], tmp_path: Path) -> None:
    """An independent detector looks at every decoded value of every file."""
    credsweeper = pytest.importorskip("credsweeper")
    from credsweeper.file_handler.files_provider import FilesProvider

    places = []
    for number, path in enumerate(files_of(built[0])):
        if path.name in ("lock", ".gitignore") or path.suffix == ".png":  # a plot has no text but that of the manifest
            continue
        text = tmp_path / f"{number}.txt"
        if path.suffix == ".parquet":
            rows = pq.read_table(path).to_pylist()
            told = [row.get(n) for row in rows for n in ("instruction", "input", "output", "path", "symbol", "detail")]
            text.write_text("\n".join(one for one in told if one), encoding="utf-8")
        else:
            text.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        places.append(text)
    control = tmp_path / "control.txt"
    control.write_text('aws_key = "AK' + 'IAQ3EGRT5KLZN7WXYM"\n')
    for looked_at, expected in (([control], True), (places, False)):
        sweeper = credsweeper.CredSweeper(pool_count=1)
        sweeper.run(FilesProvider([str(place) for place in looked_at]))
        found = sweeper.credential_manager.get_credentials()
        assert bool(found) == expected, [(c.rule_name, c.line_data_list[0].line) for c in found]
