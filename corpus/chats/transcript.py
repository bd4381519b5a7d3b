"""A conversation as one reads it: who said what, what it said before it was edited, and who reacted to it.

A row holds what a model learns from; a transcript holds the whole conversation that rows are cut from, in the same
order and with the same pseudonyms, so that one can look at an export before building anything of it:

    for chat in corpus.SignalExport("signal-export-2025").transcripts():
        print(chat)

Nothing of what is left out is in it but its count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from corpus.chats.merge import Conversation
from corpus.chats.model import REASONS
from corpus.chats.names import Called, Names
from corpus.chats.order import ME

__all__ = ["Edit", "Reaction", "Transcript", "Utterance", "date", "transcribe"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 253_402_300_799_000  # milliseconds: no date of Python's is later
_NOBODY: Final = "somebody"


def date(sent: int) -> datetime | None:
    """Milliseconds as a date in UTC; None for 0 and for what no calendar has."""
    return _EPOCH + timedelta(milliseconds=sent) if 0 < sent < _LATEST else None


@dataclass(frozen=True, slots=True)
class Reaction:
    """What somebody answered with a single sign.

    Attributes:
        emoji: The sign.
        by: The pseudonym of who reacted; `somebody` where the export does not say who.
        sent: When; None where the export does not say it.
    """

    emoji: str
    by: str
    sent: datetime | None


@dataclass(frozen=True, slots=True)
class Edit:
    """What a message said before it was edited.

    Attributes:
        text: What it said.
        sent: When it came to say that.
    """

    text: str
    sent: datetime | None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message.

    Attributes:
        by: The pseudonym of who wrote it; `somebody` where the export does not say who.
        mine: Whether that is the owner of the export.
        text: What it says now.
        sent: When it was said first.
        edited: When it was edited last; None where it was not.
        edits: What it said before, the oldest first.
        reactions: The reactions to it. One that was taken back is none.
        quotes: The place in the transcript of the message that it quotes; None where it quotes none that is there.
    """

    by: str
    mine: bool
    text: str
    sent: datetime | None
    edited: datetime | None = None
    edits: tuple[Edit, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    quotes: int | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation, with pseudonyms in place of people. It shows itself in a terminal and in a notebook.

    Attributes:
        name: The conversation's pseudonym, the `path` of its rows.
        group: Whether it is a group's.
        messages: Those that are used, in the order of the application.
        left_out: How many others there are, by reason.
    """

    name: str
    group: bool
    messages: tuple[Utterance, ...]
    left_out: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.messages)

    def __iter__(self) -> Iterator[Utterance]:
        return iter(self.messages)

    def __getitem__(self, place: int) -> Utterance:
        return self.messages[place]

    def __str__(self) -> str:
        from corpus.chats.shown import transcript_text

        return transcript_text(self)

    def _repr_html_(self) -> str:
        from corpus.chats.shown import transcript_html

        return transcript_html(self)


def transcribe(chat: Conversation, name: str, names: Names) -> Transcript:
    """The transcript of a conversation.

    Args:
        chat: The conversation.
        name: Its pseudonym.
        names: What everybody is called.
    """
    used = [at for at, reason in enumerate(chat.reasons) if not reason]
    place = {at: number for number, at in enumerate(used)}
    left_out = Counter(REASONS[reason] for reason in chat.reasons if reason)
    if chat.duplicates:
        left_out["duplicate"] += chat.duplicates
    here = names.within(chat.partners)
    messages = tuple(_utterance(chat, at, place, names, here) for at in used)
    return Transcript(name, chat.group, messages, dict(sorted(left_out.items())))


def _utterance(chat: Conversation, at: int, place: dict[int, int], names: Names, here: Called) -> Utterance:
    author = chat.authors[at]
    edits = (chat.edits[at] if chat.edits is not None else None) or ()
    reactions = (chat.reactions[at] if chat.reactions is not None else None) or ()
    return Utterance(
        _called(author, names),
        author == ME,
        names.clean(chat.bodies[at], here),
        date(chat.sent[at]),
        date(chat.edited[at]),
        tuple(Edit(names.clean(text, here), date(sent)) for sent, text in edits),
        tuple(Reaction(names.clean(emoji, here), _called(by, names), date(sent)) for by, emoji, sent in reactions),
        place.get(chat.quotes[at]) if chat.quotes is not None else None,
    )


def _called(author: int, names: Names) -> str:
    return names.called[author] if author >= 0 else _NOBODY
