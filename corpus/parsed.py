"""What the extractor sees in one file, which rows it makes of it, and why it leaves something out.

    corpus.parse("src/lantern/wick.py")      # definitions, rows, what redaction and gates would remove
    corpus.parse("Notes/Telescope.md")       # headings, links, rows; inside its vault or alone
    corpus.parse("exports/element.json", me="@you:example.org")

The file is read as it lies there, not as it was committed. It goes the very way that a build sends it: a file of code
as the only one of a repository in memory, with the `.gitattributes` and licences of the repository that it lies in,
so that what is said of it here is what a build does. A note is looked at with its vault, whose other notes its links
lead to.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corpus.errors import ConfigError, SourceError
from corpus.guess import did_you_mean, near_path
from corpus.places import place_of
from corpus.show import plain, text_table

if TYPE_CHECKING:
    import pygit2

    from corpus.corpus import Corpus
    from corpus.sources.base import Source

__all__ = ["Parsed", "ParsedRow", "Seen", "parse"]

_NOTES: Final = (".md", ".canvas", ".base")
_LARGEST: Final = 64 * 1024 * 1024  # what is copied to be looked at; the sources refuse less than that


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that the extractor sees in a file.

    Attributes:
        what: Of code the category of a definition; of a note `section`.
        name: Its qualified name, or the heading; empty for the file itself.
        line_start: Its first line, 1-based.
        line_end: Its last line.
        note: `documented` or why it gives no row; of a section its level.
        rows: How many rows come of it.
    """

    what: str
    name: str
    line_start: int
    line_end: int
    note: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row that would come out of a file.

    Attributes:
        category: What it is about.
        task: What it asks for.
        symbol: Of what.
        line_start: Where that begins.
        line_end: Where it ends.
        instruction: The question, redacted.
        output: The answer, redacted.
        quality: Its score, or None.
        removed: The stage and the reason for which it would be removed, as `stage: reason`; None if it stays.
        detail: The numbers behind that.
    """

    category: str
    task: str
    symbol: str | None
    line_start: int | None
    line_end: int | None
    instruction: str
    output: str
    quality: float | None
    removed: str | None = None
    detail: str = ""


@dataclass(frozen=True, repr=False)
class Parsed:
    """What the extractor makes of one file. Shows itself in a shell and in a notebook.

    Attributes:
        file: The file.
        kind: `git` for code, `obsidian` for notes, `signal` or `matrix` for conversations.
        facts: What is known of it: its language and licence, its tags, its messages.
        skipped: Why a build leaves the file out, as reason and detail; None if it is read.
        seen: The definitions of code and the sections of a note, in the order of their lines.
        rows: What comes of it, in the order of their lines.
    """

    file: str
    kind: str
    facts: Mapping[str, Any]
    skipped: tuple[str, str] | None
    seen: tuple[Seen, ...] = ()
    rows: tuple[ParsedRow, ...] = field(default=())

    @cached_property
    def kept(self) -> tuple[ParsedRow, ...]:
        """The rows that stay."""
        return tuple(row for row in self.rows if row.removed is None)

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        skipped = None if self.skipped is None else {"reason": self.skipped[0], "detail": self.skipped[1]}
        return {
            "file": self.file,
            "kind": self.kind,
            "facts": dict(self.facts),
            "skipped": skipped,
            "seen": [asdict(one) for one in self.seen],
            "rows": [asdict(row) for row in self.rows],
        }

    def __repr__(self) -> str:
        return plain("\n".join(self._lines()))

    def _headline(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.facts.items() if not isinstance(value, Mapping))
        return f"{self.file}: {self.kind}{f', {told}' if told else ''}"

    def _left_out(self) -> str | None:
        return None if self.skipped is None else f"A build leaves it out: {self.skipped[0]} ({self.skipped[1]})"

    def _lines(self) -> Iterator[str]:
        yield self._headline()
        for name, value in self.facts.items():
            if isinstance(value, Mapping) and value:
                yield f"  {name}: {', '.join(f'{n} {what}' for what, n in value.items())}"
        if self.skipped is not None:
            yield f"\n{self._left_out()}"
        if not self.seen and self.skipped is None and self.facts.get("language"):
            yield "\nSeen: no definition"
        if self.seen:
            yield f"\nSeen: {len(self.seen)}"
            yield text_table(self._cells())
        if self.rows or self.skipped is None:
            yield f"\nRows: {len(self.rows)}, of which {len(self.kept)} stay"
        tasks = Counter(f"{row.category}, {row.task}" for row in self.rows)
        if tasks:
            yield text_table([[name, n] for name, n in tasks.items()])
        gone = [row for row in self.rows if row.removed is not None]
        if gone:
            yield "\nRemoved, with the reason"
        for row in gone:
            place = f"{row.line_start}-{row.line_end}" if row.line_start else ""
            yield f"  {place} {row.symbol or ''} ({row.category}, {row.task})  {row.removed}: {row.detail}"

    def _cells(self) -> list[list[str]]:
        return [
            [f"{one.line_start}-{one.line_end}  {one.what}  {one.name}", one.note, f"{one.rows} rows"]
            for one in self.seen
        ]

    def _repr_html_(self) -> str:
        left_out = self._left_out()
        parts = [f"<p><b>{escape(plain(self._headline()))}</b></p>"]
        parts += [f"<p>{escape(plain(left_out))}</p>"] if left_out else []
        for head, cells in (
            (("seen", "", ""), self._cells()),
            (("row", "removed", ""), [[f"{r.symbol or ''} ({r.category}, {r.task})", r.removed or "stays", r.detail]
                                      for r in self.rows]),
        ):  # fmt: skip
            body = "".join(f"<tr>{''.join(f'<td>{escape(plain(cell))}</td>' for cell in row)}</tr>" for row in cells)
            parts += [f"<table><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr>{body}</table>"] if cells else []
        return f'<div style="font-family:sans-serif">{"".join(parts)}</div>'


def parse(path: str | PathLike[str], *, language: str | None = None, me: str | None = None) -> Parsed:
    """What the extractor sees in one file, the rows that come of it, and why something is left out.

    Args:
        path: A file of code, a note, or an export of Signal or Matrix.
        language: The language of the code, where the file's ending does not say it.
        me: Your id, for an export of Matrix.

    Raises:
        ConfigError: There is no such language, or it or your id was said of what has none.
        SourceError: There is no such file, or it cannot be read.
    """
    file = place_of(path)
    if not file.exists() and not file.is_symlink():
        raise SourceError("there is nothing at this path", where=file, hint=near_path(file) or "check the spelling")
    if language is not None:
        _check_language(language)
    from corpus.sources.matrix import is_matrix_export
    from corpus.sources.signal import is_signal_export

    of_matrix = language is None and is_matrix_export(file)
    if me is not None and not of_matrix:
        raise ConfigError(
            "me is said, and nothing in this file heeds it",
            where=file,
            expected="an export of Matrix, in which you are one of several",
            hint="leave it out",
        )
    if of_matrix or (language is None and is_signal_export(file)):
        return _chats(file, me)
    if not file.is_file() and not file.is_symlink():
        if not file.is_dir():
            raise SourceError("this is not one file", where=file, expected="a file", got="a device or a pipe")
        hint = "corpus extract reads folders: repositories, vaults and exports"
        raise SourceError("this is not one file", where=file, expected="a file", got="a folder", hint=hint)
    _check_readable(file)
    if language is None and file.suffix.lower() in _NOTES:
        return _note(file)
    return _code(file, language)


def _check_language(language: str) -> None:
    from corpus.code import LANGUAGES

    if language not in LANGUAGES:
        raise ConfigError(
            "there is no such language",
            expected=" | ".join(LANGUAGES),
            got=repr(language),
            hint=did_you_mean(language, LANGUAGES),
        )


def _check_readable(file: Path) -> None:
    try:
        size = file.lstat().st_size
        with file.open("rb") if not file.is_symlink() else tempfile.TemporaryFile():
            pass
    except OSError as error:
        raise SourceError("the file cannot be read", where=file, got=error.strerror) from None
    if size > _LARGEST:
        raise SourceError("the file is larger than any that is read", where=file, expected=_LARGEST, got=size)


def _code(file: Path, language: str | None) -> Parsed:
    """One file of code, as the only one of a repository that lies in a folder for as long as it takes."""
    from corpus import code
    from corpus.sources.git import GitRepo

    root = _root_of(file)
    inside = file.absolute().relative_to(root.absolute()).as_posix()
    named = inside if language is None else f"{inside}{code.LANGUAGES[language].endings[0]}"
    link = file.is_symlink()
    data = str(file.readlink()).encode(errors="surrogateescape") if link else file.read_bytes()
    with tempfile.TemporaryDirectory(prefix="corpus-parse-") as place:
        _repository(Path(place), root, named, data, link=link)
        done = _extracted(GitRepo(place, name=root.name or "file", rev="HEAD"))
    skipped = next(((one["reason"], one["detail"]) for one in done.skipped.to_pylist() if one["unit"] == named), None)
    known = language or code.language_of(inside, data)
    seen = () if known is None or link else _definitions(data, known, survived=skipped is None)
    rows = _rows(done)
    licences = {one["license"] for one in done.table.select(["license"]).to_pylist() if one["license"]}
    facts = {"language": known or "unknown", "bytes": len(data), "license": ", ".join(sorted(licences)) or "unknown"}
    return Parsed(str(file), "git", facts, skipped, tuple(_with_rows(seen, rows)), rows)


def _root_of(file: Path) -> Path:
    """The repository that a file lies in, or its folder."""
    folder = file.absolute().parent
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)


def _repository(place: Path, root: Path, path: str, data: bytes, *, link: bool) -> None:
    """A repository with one file, and what its own repository says of it: attributes and licences."""
    import pygit2

    from corpus.sources.attributes import FILE, MAX_BYTES

    repository = pygit2.init_repository(str(place), bare=True)
    files = {path: data}
    folders = ["", *(str(folder) for folder in reversed(Path(path).parents) if str(folder) != ".")]
    for folder in folders:
        _take(files, root, f"{folder}/{FILE}".lstrip("/"), MAX_BYTES)
    for name in _licences(root, path):
        _take(files, root, name, 256 * 1024)
    tree = _tree(repository, files, {path} if link else set())
    who = pygit2.Signature("nobody", "nobody@example.org", 0, 0)
    repository.create_commit("HEAD", who, who, "one file", tree, [])


def _licences(root: Path, path: str) -> Iterable[str]:
    """The files of a repository that say under which licence it is, and the one beside a file."""
    from corpus.sources.allowed import SIDECAR
    from corpus.sources.licenses import license_files

    names = [entry.name for entry in root.iterdir() if entry.is_file()] if (root / ".git").exists() else []
    names += [f"LICENSES/{entry.name}" for entry in (root / "LICENSES").glob("*")]
    return [*license_files(names), path + SIDECAR]


def _take(files: dict[str, bytes], root: Path, name: str, limit: int) -> None:
    place = root / name
    try:
        if name not in files and place.is_file() and not place.is_symlink() and place.stat().st_size <= limit:
            files[name] = place.read_bytes()
    except OSError:
        return  # what cannot be read says nothing, as in a build


def _tree(repository: pygit2.Repository, files: Mapping[str, bytes], links: set[str], below: str = "") -> pygit2.Oid:
    """The tree of the files below a folder, written from the leaves up."""
    from pygit2.enums import FileMode

    builder = repository.TreeBuilder()
    mine = {name[len(below) :]: name for name in files if name.startswith(below)}
    for folder in sorted({name.partition("/")[0] for name in mine if "/" in name}):
        builder.insert(folder, _tree(repository, files, links, f"{below}{folder}/"), FileMode.TREE)
    for name, whole in mine.items():
        if "/" not in name:
            mode = FileMode.LINK if whole in links else FileMode.BLOB
            builder.insert(name, repository.create_blob(files[whole]), mode)
    return builder.write()


def _definitions(data: bytes, language: str, *, survived: bool) -> tuple[Seen, ...]:
    """The definitions of a file, documented or not; none where the file makes a parser fail.

    Args:
        data: The file.
        language: Its language.
        survived: Whether the same parser has read the same bytes in a worker already, and will not crash on them here.
    """
    from corpus.workers import run

    if survived:
        return _seen((data, language))

    found = next(iter(run(_seen, [(data, language)], size=lambda item: len(item[0]))))[1]
    return found if isinstance(found, tuple) else ()


def _seen(item: tuple[bytes, str]) -> tuple[Seen, ...]:
    from corpus import code

    data, language = item
    return tuple(
        Seen(one.category, one.symbol, one.line_start, one.line_end, _noted(one))
        for one in code.definitions(data, language)
        if one.symbol or one.documented
    )


def _noted(one: Any) -> str:
    if not one.documented:
        return "not documented"
    broken = ", does not parse" if one.has_error else ""
    return f"its comment heads several{broken}" if one.shared else f"documented{broken}"


def _with_rows(seen: Sequence[Seen], rows: Sequence[ParsedRow]) -> Iterator[Seen]:
    """What was seen, with how many rows come of it; rows stand where what they come of stands."""
    counted = Counter((row.line_start, row.line_end, row.symbol or "") for row in rows)
    for one in seen:
        n = counted[one.line_start, one.line_end, one.name]
        silent = not n and one.note == "documented" and bool(rows)
        note = "documented, in words that give no row" if silent else one.note
        yield Seen(one.what, one.name, one.line_start, one.line_end, note, n)


def _note(file: Path) -> Parsed:
    """One note: with the vault that it lies in, or in a vault of its own."""
    from corpus.sources.obsidian import ObsidianVault

    folder = file.absolute().parent
    vault = next((place for place in (folder, *folder.parents) if (place / ".obsidian").is_dir()), None)
    if vault is not None:
        return _noted_in(ObsidianVault(vault), file, file.absolute().relative_to(vault).as_posix())
    with tempfile.TemporaryDirectory(prefix="corpus-parse-") as place:
        shutil.copy2(file, Path(place) / file.name, follow_symlinks=False)
        return _noted_in(ObsidianVault(place, name=folder.name or "notes"), file, file.name)


def _noted_in(source: Source, file: Path, path: str) -> Parsed:
    import pyarrow.compute as pc

    done = _extracted(source)
    skipped = next(((one["reason"], one["detail"]) for one in done.skipped.to_pylist() if one["unit"] == path), None)
    nodes = [node for node in done.graph.nodes.to_pylist() if node["path"] == path]
    edges = done.graph.links
    mine = edges.filter(pc.fill_null(pc.equal(edges["source_path"], path), fill_value=False))
    facts: dict[str, Any] = {"links": dict(sorted(Counter(mine["status"].to_pylist()).items()))}
    facts["backlinks"] = sum(
        target == path and one != path
        for one, target in zip(edges["source_path"].to_pylist(), edges["target_path"].to_pylist(), strict=True)
    )
    of_file: dict[str, Any] = next((node for node in nodes if node["kind"] in ("note", "canvas", "base")), {})
    facts |= {name: of_file[name] for name in ("role", "problem") if of_file.get(name)}
    rows = _rows(done, path)
    seen = [
        Seen("section", node["name"], node["line"], node["line"], "heading")
        for node in nodes
        if node["kind"] == "heading"
    ]
    return Parsed(str(file), "obsidian", facts, skipped, tuple(_sections(seen, rows)), rows)


def _sections(seen: Sequence[Seen], rows: Sequence[ParsedRow]) -> Iterator[Seen]:
    """Headings with the lines up to the next one, and how many rows begin there."""
    ordered = sorted((one for one in seen if one.line_start), key=lambda one: one.line_start)
    last = max((row.line_end or 0 for row in rows), default=0)
    for number, one in enumerate(ordered):
        following = ordered[number + 1].line_start - 1 if number + 1 < len(ordered) else max(last, one.line_start)
        n = sum(one.line_start <= (row.line_start or 0) <= following for row in rows)
        yield Seen(one.what, one.name, one.line_start, following, one.note, n)


def _chats(file: Path, me: str | None) -> Parsed:
    """An export of conversations, in numbers."""
    from corpus.sources.detect import source_of
    from corpus.sources.matrix import MatrixExport

    source = source_of(file)
    source = MatrixExport(file, me=me) if isinstance(source, MatrixExport) else source
    done = _extracted(source)
    names = ("conversations", "messages", "messages_used", "messages_edited", "reactions", "messages_left_out")
    told = done.source_facts[0] if done.source_facts else {}
    facts = {name.replace("_", " "): told[name] for name in names if name in told}
    skips = [(one["reason"], one["detail"]) for one in done.skipped.to_pylist()]
    skipped = skips[0] if skips and not len(done) and not len(done.removed) else None
    return Parsed(str(file), source.kind, facts, skipped, (), _rows(done))


def _extracted(source: Source) -> Corpus:
    """What a build makes of a source up to its gates, none of which stops for a share: a file is a small source."""
    from corpus.curate.gates import GATES
    from corpus.pipeline import extract

    raw = extract(source, workers=1, progress=False)
    shares = {gate.name: 1.0 for gate in GATES}
    return raw.normalize().redact().score().filter(dry_run=False, shares=shares)


def _rows(done: Corpus, path: str | None = None) -> tuple[ParsedRow, ...]:
    """The rows that stay and those that are removed, in the order of their lines; of one path, where one is given."""
    names = ("category", "task", "symbol", "line_start", "line_end", "instruction", "output", "quality")
    kept = [row for row in done.table.to_pylist() if path is None or row["path"] == path]
    gone = [row for row in done.removed.to_pylist() if path is None or row["path"] == path]
    found = [ParsedRow(**{name: row[name] for name in names}) for row in kept]
    found += [
        ParsedRow(**{n: row[n] for n in names}, removed=f"{row['stage']}: {row['reason']}", detail=row["detail"])
        for row in gone
    ]
    return tuple(sorted(found, key=lambda row: (row.line_start or 0, row.line_end or 0, row.symbol or "", row.task)))
