"""A build that is written down: `corpus.toml` says what `corpus build` would be told.

    plan = corpus.config.read("corpus.toml")
    plan.sources(), plan.arguments()   # what it comes to
    c = plan.build(workers=2)          # an argument wins over the file

The file is checked as a whole before anything is read: an unknown key or a value of another type is an error that
says file, line, key, what was expected and what was found. Paths are taken from the folder of the file. The keys are in
`corpus.settings`; the command line has the same ones as options, which win over the file.

TOML is read by the standard library, which says no lines; where a key stands is looked up in the text for the error.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corpus.errors import ConfigError, SourceError
from corpus.guess import did_you_mean, near_path
from corpus.places import place_of
from corpus.settings import GATE, SECTIONS, SETTINGS, SOURCE_KINDS, Setting, beginning, source_settings

if TYPE_CHECKING:
    from corpus.corpus import Corpus
    from corpus.sources.base import Source
    from corpus.workers import Limits

__all__ = ["NAME", "Configuration", "read", "start"]

NAME: Final = "corpus.toml"

_MAX_BYTES: Final = 1_000_000  # such a file is written by hand
_OF_REPOSITORIES: Final = ("real_names", "authors", "history", "licenses", "preset")
_UNRECORDED: Final = ("sources", "out", "previous", "me", "authors", "against", "engine", "workers")
"""What the manifest does not repeat: paths and people, what its lineage has in another form, how it was run."""
_LISTED: Final = 50
_OPTIONS: Final = {"seconds": "--max-seconds", "memory": "--max-memory", "licenses": "--license", "authors": "--author"}
_TABLES: Final = {"ratios": "--ratios", "gates": "--gate", "sources": "SOURCE"}
"""Options of the command line that have another name than their setting; those that say all of a table."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a build is told.

    Attributes:
        settings: By key, as a `corpus.toml` has them; paths are usable from the working directory.
        file: The file that they stand in, if there is one.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None

    def check(self) -> Configuration:
        """These settings, where each is one that there is and has a value that can be meant.

        Raises:
            ConfigError: One has not.
        """
        _check(self.settings, SETTINGS, _Place())
        return self

    def over(self, other: Configuration) -> Configuration:
        """These settings, and those of another configuration where these say nothing; tables are joined by key."""
        joined = dict(other.settings)
        told = self.settings.keys() & {*_OF_REPOSITORIES, "me"}
        if told and "sources" in joined:  # what is said of all sources now wins over what one of them said
            joined["sources"] = [
                {name: value for name, value in one.items() if name not in told} for one in _tables(joined["sources"])
            ]
        for name, value in self.settings.items():
            before = joined.get(name)
            joined[name] = {**before, **value} if isinstance(value, dict) and isinstance(before, dict) else value
        return Configuration(joined, self.file or other.file)

    def sources(self) -> list[Source]:
        """The sources, opened.

        Raises:
            ConfigError: There is none, or an option does not fit one, or fits none of them.
            SourceError: One cannot be read at all.
        """
        opened = [_opened(dict(one), self.settings) for one in _tables(self.settings.get("sources", []))]
        if opened:
            self._check_heeded({one.source.kind for one in opened})
        else:
            raise ConfigError(
                "no source was given",
                where=self.file,
                expected="at least one repository, vault or export",
                hint=f'corpus build PATH --out DIR, or sources = ["PATH"] in {NAME} (corpus init writes one)',
            )
        return _together(opened)

    def _check_heeded(self, kinds: set[str]) -> None:
        """Refuse what is said of all sources where no source has it: who chooses must not get what they did not choose.

        A `preset` is of rows too, and a switch that is off asks for nothing.
        """
        for name in (*_OF_REPOSITORIES, "me"):
            theirs = [kind for kind, known in SOURCE_KINDS.items() if name in known]
            if self.settings.get(name) and name != "preset" and not kinds & {*theirs}:
                raise ConfigError(
                    f"{name} is said, and no source heeds it",
                    where=self.file or _Place().at(name),
                    expected=f"a source of the kind {' or '.join(theirs)}",
                    got=", ".join(sorted(kinds)),
                    hint="leave it out, or add such a source",
                )

    def arguments(self) -> dict[str, Any]:
        """The arguments of `corpus.build` beside the sources.

        Raises:
            ConfigError: It is not said where to write, or there is no such gate or preset.
        """
        from corpus.presets import preset_of

        told = self.settings
        if "out" not in told:
            raise ConfigError(
                "it is not said where to write",
                where=self.file,
                expected="a folder",
                hint=f"--out DIR, or out in {NAME}",
            )
        found = {name: told[name] for name in ("out", "by", "engine", "seed", "croissant", "workers") if name in told}
        found["limits"] = self.limits()
        preset = told.get("preset")
        found["gates"] = {**(preset_of(preset).gates if preset else {}), **_thresholds(told.get("gates", {}))}
        found["duplicates"] = told.get("deduplicate", {})
        found["redact"] = told.get("redact", True)
        if "ratios" in told:
            found["ratios"] = told["ratios"]
        if "against" in told:
            found["against"] = [_benchmark_or_place(one) for one in told["against"]]
        if "previous" in told:
            from corpus.corpus import load

            found["previous"] = load(told["previous"])
        if self.file is not None:
            found["configuration"] = self.record()
        return found

    def limits(self) -> Limits:
        """What one file may cost.

        Raises:
            ConfigError: A limit makes no sense.
        """
        from corpus.workers import Limits

        told = self.settings.get("limits", {})
        return Limits(**{**told, **({"memory": told["memory"] << 20} if "memory" in told else {})})

    def record(self) -> dict[str, Any]:
        """What the manifest says of it: the file's name, and the settings that name no place and nobody."""
        told = {name: value for name, value in self.settings.items() if name not in _UNRECORDED}
        if isinstance(told.get("redact"), dict):
            told["redact"] = {name: value for name, value in told["redact"].items() if name not in ("public", "model")}
        return {"file": None if self.file is None else self.file.name, "settings": told}

    def build(self, **arguments: Any) -> Corpus:
        """Build it: `corpus.build`, whose arguments win over what is configured."""
        from corpus.pipeline import build

        told = Configuration({"out": arguments["out"]} if "out" in arguments else {}).over(self)
        return build(*told.sources(), **{**told.arguments(), **arguments})


def read(path: str | PathLike[str] = NAME) -> Configuration:
    """The configuration in a file.

    Args:
        path: The file.

    Raises:
        ConfigError: There is no such file, it is no TOML, or says something that cannot be meant.
    """
    file = place_of(path)
    text = _text_of(file)
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("the file is not TOML", where=file, got=error, hint="https://toml.io") from None
    _check(told, SETTINGS, _Place(file, text))
    return Configuration(_placed(told, file.parent), file)


def start(folder: str | PathLike[str] = ".") -> Path:
    """Write a commented `corpus.toml` for a folder: with the sources in it, or the folder itself where it is one.

    Where there is none, `sources` is empty, with an example as a comment.

    Args:
        folder: The folder.

    Returns:
        The file.

    Raises:
        ConfigError: There is one already, or no such folder.
    """
    place = place_of(folder)
    if not place.is_dir():
        raise ConfigError("there is no such folder", where=place, hint=near_path(place))
    file = place / NAME
    sources = _sources_at(place)
    # A corpus inside a vault would be notes of it, and one inside a repository a folder that git asks about.
    name = place.absolute().name or "my"
    out = f"../{name}-corpus" if sources == ["."] else "my-corpus"
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(beginning(sources, out))
    except FileExistsError:
        raise ConfigError("there is such a file already", where=file, hint="edit it, or move it away") from None
    return file


def _sources_at(place: Path) -> list[str]:
    """The folder itself, if it is a source, else what is one in it."""
    if _kind_at(place):
        return ["."]
    inside = sorted(entry for entry in place.iterdir() if not entry.name.startswith(".") and entry.name.isprintable())
    return [entry.name for entry in inside if _kind_at(entry)][:_LISTED]


def _kind_at(path: Path) -> str | None:
    from corpus.sources.detect import source_of

    try:
        return source_of(path).kind
    except (SourceError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a file a setting stands, for an error; without a file it is an option of a command line."""

    file: Path | None = None
    text: str = ""
    keys: tuple[str, ...] = ()
    index: int = 0

    def at(self, key: str, index: int | None = None) -> _Place:
        return _Place(self.file, self.text, (*self.keys, key), self.index if index is None else index)

    def __str__(self) -> str:
        if self.file is None:
            table, key = self.keys[0], self.keys[-1]
            if table in _TABLES:
                return _TABLES[table] + (f" {key}" if table == "gates" else "")
            return _OPTIONS.get(key, f"--{key.replace('_', '-')}")
        line = self._line()
        return f"{self.file}, {f'line {line}, ' if line else ''}{'.'.join(self.keys)}"

    def _line(self) -> int | None:
        """The line of the last key, or of what it stands in; None where the text has it in no such form."""
        for depth in range(len(self.keys), 0, -1):
            found = self._line_of(self.keys[:depth])
            if found:
                return found
        return None

    def _line_of(self, keys: tuple[str, ...]) -> int | None:
        seen = 0
        header: tuple[str, ...] = ()
        for number, line in enumerate(self.text.splitlines(), 1):
            title = re.match(r"\s*\[\[?\s*([\w.\-\"' ]+?)\s*\]\]?\s*(#.*)?$", line)
            if title:
                header = tuple(part.strip(" \"'") for part in title[1].split("."))
                seen += line.lstrip().startswith("[[") and header == keys[: len(header)]
                if header == keys and (seen in (0, self.index + 1)):
                    return number
                continue
            assigned = re.match(r"\s*([\w\-\"'.]+)\s*=", line)
            here = (*header, *assigned[1].replace('"', "").replace("'", "").split(".")) if assigned else ()
            if here == keys and seen in (0, self.index + 1):
                return number
        return None


def _text_of(file: Path) -> str:
    try:
        data = file.read_bytes() if file.stat().st_size <= _MAX_BYTES else None
    except FileNotFoundError:
        hint = near_path(file) or f"corpus init writes a {NAME}"
        raise ConfigError("there is no such file", where=file, hint=hint) from None
    except OSError as error:
        raise ConfigError("the file cannot be read", where=file, got=error.strerror) from None
    if data is None:
        raise ConfigError("the file is too large to be a configuration", where=file, expected=f"{_MAX_BYTES} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError("the file is not UTF-8", where=file, got=f"byte {error.start}") from None


def _check(told: Mapping[str, Any], known: Mapping[str, Setting], place: _Place) -> None:
    """Refuse keys that there are not and values that cannot be meant, in a table and those in it."""
    for key, value in told.items():
        here = place.at(key)
        if key not in known:
            raise _unknown(key, known, here, is_table=isinstance(value, dict))
        if not known[key].kind.is_good(value):
            raise _refused(value, known[key], here)
        if key == "gates":
            _check_gates(value, here)
        elif key in SECTIONS and isinstance(value, dict):
            _check(value, SECTIONS[key], here)
        elif key == "sources":
            for index, one in enumerate(value):
                if isinstance(one, dict):
                    _check_source(one, place.at(key, index))


def _check_source(told: Mapping[str, Any], place: _Place) -> None:
    kind = told.get("kind")
    if kind is not None and kind not in SOURCE_KINDS:
        raise ConfigError(
            "there is no such kind of source",
            where=place.at("kind"),
            expected=" | ".join(SOURCE_KINDS),
            got=repr(kind),
            hint=did_you_mean(kind, SOURCE_KINDS),
        )
    if "path" not in told:
        raise ConfigError("a source has no path", where=place, expected='path = "…"', got=", ".join(told) or "nothing")
    known = source_settings(kind)
    for key, value in told.items():
        if key not in known:
            raise _unknown(key, known, place.at(key))
        if not known[key].kind.is_good(value):
            raise _refused(value, known[key], place.at(key))


def _check_gates(told: Mapping[str, Any], place: _Place) -> None:
    names = _gates()
    for key, value in told.items():
        if key.replace("_", "-") not in names:
            raise _unknown(key, names, place.at(key))
        if not GATE.is_good(value):
            raise _refused(value, Setting(GATE, "", ""), place.at(key))


def _gates() -> dict[str, Any]:
    from corpus.curate.gates import GATES

    return {gate.name: gate for gate in GATES}


def _unknown(key: str, known: Mapping[str, Any], place: _Place, *, is_table: bool = False) -> ConfigError:
    above = "settings stand at the top of the file, in no table of this name" if is_table else None
    return ConfigError(
        "there is no such setting",
        where=place,
        expected=" | ".join(known),
        got=repr(key),
        hint=did_you_mean(key, known) or above,
    )


def _refused(value: Any, setting: Setting, place: _Place) -> ConfigError:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    got = f"{value!r}"[:60] if not isinstance(value, bool) else str(value).lower()
    return ConfigError(
        "a setting has a value that cannot be meant",
        where=place,
        expected=f"{setting.kind.words}: {setting.shown}" if setting.shown.startswith("{") else setting.kind.words,
        got=f"{got}, {names.get(type(value), 'a date or time')}",
        hint=did_you_mean(value, setting.kind.choices),
    )


def _placed(told: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The settings with their paths as they are to be used from the working directory."""
    found = dict(told)
    for name in ("out", "previous"):
        if name in found:
            found[name] = _place_in(found[name], folder)
    if "sources" in found:
        found["sources"] = [{**one, "path": _place_in(one["path"], folder)} for one in _tables(found["sources"])]
    if isinstance(found.get("redact"), dict) and "model" in found["redact"]:
        found["redact"] = {**found["redact"], "model": _place_in(found["redact"]["model"], folder)}
    if "against" in found:
        from corpus.curate.contaminants import BENCHMARKS

        found["against"] = [one if one in BENCHMARKS else _place_in(one, folder) for one in found["against"]]
    return found


def _place_in(path: str | list[str], folder: Path) -> Any:
    return [str(folder / place_of(one)) for one in path] if isinstance(path, list) else str(folder / place_of(path))


def _tables(sources: Sequence[str | Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"path": one} if isinstance(one, str) else dict(one) for one in sources]


def _thresholds(told: Mapping[str, Any]) -> dict[str, float | None]:
    """Gates as `Corpus.filter` takes them: true is the gate's own threshold, false none.

    Raises:
        ConfigError: There is no such gate.
    """
    known = _gates()
    found: dict[str, float | None] = {}
    for name, value in told.items():
        gate = known.get(name.replace("_", "-"))
        found[name] = (gate.threshold if gate and value else None) if isinstance(value, bool) else value
    return found


def _benchmark_or_place(name: str) -> str | Path:
    """A benchmark by its name, or the folder of a corpus."""
    from corpus.curate.contaminants import BENCHMARKS

    place = place_of(name)
    if name in BENCHMARKS or place.exists():
        return name if name in BENCHMARKS else place
    hint = did_you_mean(place.name, BENCHMARKS) or near_path(place)
    expected = f"{' | '.join(BENCHMARKS)}, or the folder of a corpus"
    raise ConfigError("there is nothing of that name", where="against", expected=expected, got=repr(name), hint=hint)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A source, with what it takes to put several exports of one messenger together."""

    source: Source
    paths: list[str]
    options: Mapping[str, Any]


def _opened(told: dict[str, Any], settings: Mapping[str, Any]) -> _Opened:
    """One source with its options; those that stand at the top count for every source that has them."""
    from corpus.sources import GitRepo, MatrixExport, ObsidianVault, SignalDesktop, SignalExport
    from corpus.sources.detect import source_of

    place, kind = told.pop("path"), told.pop("kind", None)
    paths = place if isinstance(place, list) else [place]
    found = None if kind in ("git", "obsidian") else [source_of(path) for path in paths]
    if kind is None and found is not None:
        kind = found[0].kind
    elif found is not None and kind != found[0].kind:
        raise ConfigError("the source is of another kind", where=paths[0], expected=kind, got=found[0].kind)
    unknown = sorted(told.keys() - source_settings(kind).keys())
    if unknown:
        _refuse_option(unknown[0], kind, paths[0])
    above = {name: settings[name] for name in (*_OF_REPOSITORIES, "me") if name in settings}
    options = {**{name: value for name, value in above.items() if name in source_settings(kind)}, **told}
    if len(paths) > 1 and (found is None or any(not isinstance(one, SignalExport | MatrixExport) for one in found)):
        raise ConfigError("only exports of chats may have several paths", where=paths[0], got=f"{len(paths)} paths")
    if kind == "git":
        return _Opened(GitRepo(paths[0], **options), paths, options)
    if kind == "obsidian":
        return _Opened(ObsidianVault(paths[0], **options), paths, options)
    source = found[0] if found is not None else source_of(paths[0])
    if options and isinstance(source, SignalDesktop):
        source = SignalDesktop(paths[0], **options)
    return _Opened(source, paths, options)


def _refuse_option(name: str, kind: str, path: str) -> None:
    if name == "visibility":
        raise ConfigError("a conversation is not one person's to declare public", where=path)
    known = source_settings(kind)
    raise ConfigError(
        f"a source of the kind {kind} has no such option",
        where=path,
        expected=" | ".join(known),
        got=repr(name),
        hint=did_you_mean(name, known),
    )


def _together(opened: Sequence[_Opened]) -> list[Source]:
    """The sources; exports of one messenger are one source: the same chat in two of them is one conversation."""
    from corpus.sources import MatrixExport, SignalExport

    done = [one.source for one in opened if not isinstance(one.source, SignalExport | MatrixExport)]
    for maker in (SignalExport, MatrixExport):
        mine = [one for one in opened if isinstance(one.source, maker)]
        for name in dict.fromkeys(one.options.get("name") for one in mine):
            same = [one for one in mine if one.options.get("name") == name]
            options = dict(_agreed(same))
            done.append(maker(*(path for one in same for path in one.paths), **options))
    return done


def _agreed(opened: Sequence[_Opened]) -> Iterator[tuple[str, Any]]:
    """The options of exports that are one source, which must not say different things."""
    seen: dict[str, Any] = {}
    for one in opened:
        for name, value in one.options.items():
            if seen.setdefault(name, value) != value:
                raise ConfigError(
                    "exports of one messenger are one source, and say different things",
                    where=f"{one.paths[0]}, {name}",
                    expected=repr(seen[name]),
                    got=repr(value),
                    hint="give one of them a name of its own",
                )
    yield from seen.items()
