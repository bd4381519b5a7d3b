"""What a `corpus.toml` may say: every key, what it means, what its value may be, and the file as one begins with it.

One table for all of it: `corpus.config` checks a file against it, `corpus init` writes it out, and docs/cli.md is
made of it, so that they cannot say different things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["SECTIONS", "SETTINGS", "SOURCE_KINDS", "Kind", "Setting", "beginning", "source_settings"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value may be.

    Attributes:
        words: In words, for an error.
        is_good: Whether a value is one of those.
        choices: All that it may be, where they can be listed.
    """

    words: str
    is_good: Callable[[Any], bool]
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the file.

    Attributes:
        kind: What its value may be.
        about: What it is for, in one line.
        shown: A value as TOML has it: the default, where there is one.
        is_path: Its value is a path, which is taken from the folder of the file.
    """

    kind: Kind
    about: str
    shown: str
    is_path: bool = False


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # noqa: PLR0124 - nan


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


_TEXT: Final = Kind("a text in quotes", _is_text)
_TEXTS: Final = Kind(
    "a list of texts in quotes", lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value)
)
_FLAG: Final = Kind("true or false", lambda value: isinstance(value, bool))
_WHOLE: Final = Kind("a whole number from 0 on", lambda value: _is_whole(value) and value >= 0)
_COUNT: Final = Kind("a whole number from 1 on", lambda value: _is_whole(value) and value >= 1)
_POSITIVE: Final = Kind("a number above 0", lambda value: _is_number(value) and 0 < value < float("inf"))
_SHARE: Final = Kind("a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1)
_GATE: Final = Kind("a number from 0 on, true for the gate's own threshold, or false to switch it off", lambda value: (
    isinstance(value, bool) or (_is_number(value) and 0 <= value < float("inf"))
))  # fmt: skip
_HISTORY: Final = Kind("true, false, or a number of commits", lambda value: isinstance(value, bool) or _WHOLE.is_good(
    value
))  # fmt: skip
_VISIBILITY: Final = Kind('"private" or "public"', lambda value: value in ("private", "public"), ("private", "public"))
_BY: Final = Kind(
    '"group", "source" or "time"', lambda value: value in ("group", "source", "time"), ("group", "source", "time")
)
_TABLE: Final = Kind("a table", lambda value: isinstance(value, dict))
_SOURCES: Final = Kind(
    "a list of paths in quotes and of tables with a path",
    lambda value: isinstance(value, list) and all(_is_text(one) or isinstance(one, dict) for one in value),
)
_PLACE: Final = Kind("a path in quotes, or a list of paths", lambda value: _is_text(value) or (
    isinstance(value, list) and bool(value) and all(map(_is_text, value))
))  # fmt: skip
_REDACT: Final = Kind("false, or a table", lambda value: isinstance(value, bool | dict))

SETTINGS: Final[Mapping[str, Setting]] = {
    "sources": Setting(_SOURCES, "What to read: repositories, vaults, exports; a table where one has options.",
                       '["~/src/lantern", {path = "~/Notes", visibility = "public"}]'),
    "out": Setting(_TEXT, "The folder to write to.", '"my-corpus"', is_path=True),
    "previous": Setting(_TEXT, "An earlier corpus, whose rows stay on their side of the split.", '"my-corpus-2025"',
                        is_path=True),
    "me": Setting(_TEXT, "Your id in exports of Matrix.", '"@you:example.org"'),
    "preset": Setting(_TEXT, "Rules of a published data set, for files and rows.", '"codesearchnet"'),
    "authors": Setting(_TEXTS, "Only code mostly written by these addresses or names.", '["you@example.org"]'),
    "licenses": Setting(_TEXTS, "Only files under these licences.", '["MIT", "Apache-2.0"]'),
    "history": Setting(_HISTORY, "Also make rows of commits.", "false"),
    "real_names": Setting(_FLAG, "Write authors' names instead of pseudonyms.", "false"),
    "against": Setting(_TEXTS, "What rows must not be found in: benchmarks, or folders of corpora.",
                       '["humaneval", "mbpp"]'),
    "by": Setting(_BY, "What a split keeps whole or in order: group, source or time.", '"group"'),
    "engine": Setting(_TEXT, "Where curation runs: local or ray.", '"local"'),
    "workers": Setting(_COUNT, "Worker processes; one a core by default.", "2"),
    "seed": Setting(_WHOLE, "Seed of the falsifier's samples.", "0"),
    "croissant": Setting(_FLAG, "Also write croissant.json, the card for machines.", "false"),
    "redact": Setting(_REDACT, "false leaves secrets and personal data in.", "true"),
    "ratios": Setting(_TABLE, "Shares of the splits.", "{train = 0.8, validation = 0.1, test = 0.1}"),
    "gates": Setting(_TABLE, "Thresholds of gates by name.", "{long = 4096}"),
    "deduplicate": Setting(_TABLE, "How near-duplicates are found.", "{threshold = 0.8}"),
    "limits": Setting(_TABLE, "What one file may cost.", "{seconds = 30, memory = 2048}"),
}  # fmt: skip
"""The keys at the top of the file."""

SECTIONS: Final[Mapping[str, Mapping[str, Setting]]] = {
    "ratios": {
        "train": Setting(_SHARE, "Share of the rows to train on.", "0.8"),
        "validation": Setting(_SHARE, "Share of the rows to choose by.", "0.1"),
        "test": Setting(_SHARE, "Share of the rows to judge by.", "0.1"),
    },
    "redact": {
        "keep": Setting(_TEXTS, "Kinds that stay.", '["email"]'),
        "public": Setting(_TEXTS, "Values that you declare public.", '["team@example.org"]'),
        "pseudonyms": Setting(_FLAG, "Tell redacted values apart.", "false"),
        "model": Setting(
            _TEXT, "The folder of a spaCy model that finds names, for presidio.", '"~/models/en"', is_path=True
        ),
        "language": Setting(_TEXT, "The language of that model.", '"en"'),
    },
    "deduplicate": {
        "threshold": Setting(_SHARE, "Jaccard similarity from which a row is a duplicate.", "0.8"),
        "method": Setting(_TEXT, "minhash, or exact.", '"minhash"'),
        "shingle": Setting(_COUNT, "Words in a shingle.", "5"),
        "together": Setting(_SHARE, "Containment from which rows form one group.", "0.3"),
        "largest": Setting(_SHARE, "Share of the rows that one group may have.", "0.02"),
        "max_removed": Setting(_SHARE, "Share of a source that may go as near-duplicates.", "0.5"),
    },
    "limits": {
        "seconds": Setting(_POSITIVE, "Time that one file may take.", "30"),
        "memory": Setting(_COUNT, "MiB that one file may take.", "2048"),
    },
}
"""The keys of the tables in it; those of `gates` are the names of gates, each a number, true or false."""

GATE: Final = _GATE

_EVERY: Final[Mapping[str, Setting]] = {
    "path": Setting(_PLACE, "Where it lies; of exports, a list too.", '"~/src/lantern"', is_path=True),
    "kind": Setting(_TEXT, "git, obsidian, signal or matrix, where the path does not say it.", '"git"'),
    "name": Setting(_TEXT, "What its rows say as their source.", '"lantern"'),
}
_SIZE: Final = Setting(_COUNT, "Larger files are skipped.", "1000000")
_SHOWN: Final = Setting(_VISIBILITY, "private, or public where you declare it so.", '"private"')
_CHAT: Final[Mapping[str, Setting]] = {
    "keep": Setting(_TEXTS, "Kinds of messages that are read though they usually are not.", "[]"),
    "silence": Setting(_POSITIVE, "Seconds of silence that end a conversation.", "3600"),
    "min_words": Setting(_COUNT, "Words that an answer has at least.", "2"),
    "max_tokens": Setting(_COUNT, "Tokens that a row has at most.", "2048"),
    "persona": Setting(_TEXT, "The system prompt of its rows.", '"You are Robin."'),
    "min_reactions": Setting(_WHOLE, "Reactions that an answer has at least.", "0"),
}

SOURCE_KINDS: Final[Mapping[str, Mapping[str, Setting]]] = {
    "git": {
        **_EVERY,
        "visibility": _SHOWN,
        "rev": Setting(_TEXT, "The revision that is read.", '"HEAD"'),
        "real_names": SETTINGS["real_names"],
        "max_bytes": _SIZE,
        "authors": SETTINGS["authors"],
        "history": SETTINGS["history"],
        "licenses": SETTINGS["licenses"],
        "skip": Setting(_TEXTS, "Reasons for which files are left out.", '["vendored", "generated"]'),
        "preset": SETTINGS["preset"],
    },
    "obsidian": {
        **_EVERY,
        "visibility": _SHOWN,
        "folders": Setting(_TEXTS, "Only these folders.", "[]"),
        "exclude": Setting(_TEXTS, "Without these folders and files.", "[]"),
        "tags": Setting(_TEXTS, "Only notes with one of these tags.", "[]"),
        "exclude_tags": Setting(_TEXTS, "Without notes with one of these tags.", '["journal"]'),
        "exclude_properties": Setting(_TABLE, "Without notes with such a property.", "{private = true}"),
        "templates": Setting(_FLAG, "Read templates too.", "false"),
        "daily": Setting(_FLAG, "Read daily notes too.", "true"),
        "ignore_filters": Setting(_FLAG, "Leave out what Obsidian's excluded files name.", "true"),
        "max_bytes": _SIZE,
    },
    "signal": {**_EVERY, **_CHAT},
    "matrix": {**_EVERY, "me": SETTINGS["me"], **_CHAT},
}  # fmt: skip
"""The keys of a source's table, by its kind."""


def source_settings(kind: str | None) -> dict[str, Setting]:
    """The keys of a source of a kind; those of all kinds where it is not known."""
    kinds = SOURCE_KINDS if kind is None else {kind: SOURCE_KINDS[kind]}
    return {name: setting for known in kinds.values() for name, setting in known.items()}


_EXAMPLE: Final = '"~/src/lantern"'


def beginning(sources: list[str], out: str) -> str:
    """A `corpus.toml` to begin with: sources and place, and every other key as a comment with its default.

    Args:
        sources: Paths as the file shall have them; where there is none, the list has an example as a comment.
        out: Where to write.
    """
    lines = ["# What `corpus build` reads in this folder. Paths are taken from here; `~` is your home.", ""]
    listed = "".join(f"    {_quoted(path)},\n" for path in sources) or f"    # {_EXAMPLE},\n"
    lines += [f"# {SETTINGS['sources'].about}", f"sources = [\n{listed}]", ""]
    lines += [f"# {SETTINGS['out'].about}", f"out = {_quoted(out)}", ""]
    for name, setting in SETTINGS.items():
        if name not in ("sources", "out", *SECTIONS, "gates"):
            lines += [f"# {setting.about}", f"# {name} = {setting.shown}", ""]
    for name, keys in SECTIONS.items():
        lines += [f"# {SETTINGS[name].about}", f"# [{name}]"]
        lines += [f"# {key} = {setting.shown}  # {setting.about}" for key, setting in keys.items()]
        lines += [""]
    lines += [f"# {SETTINGS['gates'].about} {_GATE.words[0].upper()}{_GATE.words[1:]}.", "# [gates]", "# long = 4096"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as TOML's basic string, which JSON's are but for one character."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
