"""An entry as a notebook shows it, and several of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from corpus.entry import CODE_COLUMNS, Entry, Message
from corpus.show import bubble, entry_text, plain
from corpus.views.code import MOST, block, prose
from corpus.views.places import link, place
from corpus.views.style import chip, clip, page, text

__all__ = ["Entries", "entry_html"]

_SYMBOL: Final = 120  # characters


class Entries(list[Entry]):
    """A list of entries that can be read: in a notebook with code in colours and links, in a shell as text.

    Args:
        entries: The entries.
        folders: Where their sources lie on this machine, by name: for links to files that no forge has.
    """

    def __init__(self, entries: Iterable[Entry] = (), folders: Mapping[str, Path] | None = None) -> None:
        super().__init__(entries)
        self.folders = dict(folders or {})

    def __str__(self) -> str:
        return "\n\n".join(entry_text(entry) for entry in self)

    def _repr_html_(self) -> str:
        if not self:
            return page('<p class="cv-dim">no entries</p>')
        return page("<hr>".join(_entry(entry, self.folders) for entry in self))


def entry_html(entry: Entry) -> str:
    """One entry: where it comes from, what it is, and its turns; those of a conversation as speech."""
    return page(_entry(entry, {}))


def _entry(entry: Entry, folders: Mapping[str, Path]) -> str:
    address, where = link(entry, folders), text(place(entry) or "no provenance")
    linked = where if address is None else f'<a href="{text(address)}">{where}</a>'
    symbol = f" <code>{text(clip(entry.symbol, _SYMBOL))}</code>" if entry.symbol else ""
    facts = [entry.category, entry.task, entry.language, entry.license, entry.split]
    quality = [] if entry.quality is None else [f"quality {entry.quality:.2f}"]
    chips = "".join(chip(fact) for fact in [*facts, *quality] if fact)
    return f"<div>{linked}{symbol}</div><div>{chips}</div>{_turns(entry)}"


def _turns(entry: Entry) -> str:
    if entry.category == "conversation":
        return f'<div style="max-width:48em">{"".join(_spoken(turn) for turn in entry.messages)}</div>'
    code = CODE_COLUMNS.get(entry.task, ())
    before = [] if entry.system is None else [_who("system"), prose(entry.system)]
    before += [part for turn in entry.history for part in (_who(turn.role), prose(turn.content))]
    quoted = "input" in code or entry.kind == "git"  # a repository's material is its code, if only a signature
    material = [_column(entry.input, quoted, entry.language)] if entry.input else []
    answer = _column(entry.output, "output" in code, entry.language)
    return "".join([*before, _who("question"), prose(entry.instruction), *material, _who("answer"), answer])


def _column(words: str, is_code: bool, language: str | None) -> str:
    return block(words, language) if is_code else prose(words)


def _who(role: str) -> str:
    return f'<div class="cv-who cv-dim">{text(role)}</div>'


def _spoken(turn: Message) -> str:
    words = f'<div style="white-space:pre-wrap">{text(clip(plain(turn.content), MOST))}</div>'
    return bubble(f"<small><b>{text(turn.role)}</b></small>{words}", mine=turn.role == "assistant")
