"""Rows from a conversation: what others said and what its owner answered.

A conversation is cut where it fell silent, and where something of somebody else is left out: an answer to a picture
or to a message that vanished is no answer to the words before it. What is left is a list of turns; messages of one
side that follow each other are one turn, in a group with who speaks before what they say. A row ends with a turn of
the owner and begins with one of somebody else; so turns alternate, and a trainer can take its loss from all turns of
the assistant.

One segment gives one row, and not one row for each turn of the owner: those would repeat each other (k answers, k/2
times the text), a deduplicator would have to tell them apart, and every answer but the last would be trained on
several times. Only where a segment is too long is it cut again, between an answer and the next question, and nothing
stands in two rows.

Whose time differs counts by the whole difference: 24 hours and 5 minutes are not 5 minutes. A clock that runs back
cuts nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from corpus.chats.merge import Conversation
from corpus.chats.model import REASONS
from corpus.chats.names import Names
from corpus.chats.order import ME
from corpus.chats.transcript import date
from corpus.entry import Entry, Message
from corpus.pseudonyms import pseudonym

__all__ = ["Shape", "rows"]


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_HOLES: Final = frozenset(
    number
    for number, reason in enumerate(REASONS)
    if reason
    and reason
    not in {"call", "system", "reaction", "edit", "redaction", "duplicate", "bot", "story", "payment", "gift", "empty"}
)
"""What was said and is left out, as numbers."""

_WORDS: Final = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\\w+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_GREETINGS: Final = _listed(
    "hi hey hello hallo hola salut bonjour ciao servus moin hej heya hiya yo sup morning good evening night day"
    " afternoon guten gute morgen abend tag nacht nachti buenos buenas dias noches bonne soir nuit bye goodbye"
    " tschüss tschau cu thanks thank you thx danke merci gracias grazie ok okay k kk yes no ja nein oui si yep"
    " nope lol haha hahaha how are wie geht dir gehts what up there all everyone alle"
)
_QUOTED: Final = 280  # characters of a quotation: it says which message is meant and is no second copy of it


@dataclass(slots=True)
class _Turn:
    """What one side says before the other does.

    Attributes:
        mine: Whether it is the owner's.
        first: The number of its first message.
        messages: How many it has; what a quotation brings in is none.
        texts: Their texts.
        reactions: How many times others reacted to them.
    """

    mine: bool
    first: int
    messages: int
    texts: list[str]
    reactions: int = 0

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.texts)


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows are made.

    Attributes:
        silence: Seconds after which a conversation begins anew.
        min_words: Words that the owner must have said in a row.
        max_tokens: The longest row, by the estimate of 4 bytes a token.
        persona: A system prompt for all rows.
        min_reactions: How often others must have reacted to what the owner says in a row.
    """

    silence: float = 3600.0
    min_words: int = 2
    max_tokens: int = 2048
    persona: str | None = None
    min_reactions: int = 0


def rows(
    chat: Conversation, path: str, names: Names, shape: Shape, key: bytes, left_out: Counter[str]
) -> Iterator[Entry]:
    """The entries of one conversation, in order of time.

    Args:
        chat: The conversation.
        path: What the rows say as their `path`.
        names: What everybody is called.
        shape: How rows are made.
        key: The key of pseudonyms, which rows are named with.
        left_out: Counts messages by the reason for which they are in no row; `used` counts the others.
    """
    maker = _Maker(chat, path, names, shape, key, left_out)
    for segment in _segments(chat, shape.silence, left_out):
        yield from maker.rows(maker.turns(segment))


def _segments(chat: Conversation, silence: float, left_out: Counter[str]) -> Iterator[list[int]]:
    """The numbers of messages that are used, cut at silences and where another's message is left out."""
    gap = silence * 1000
    segment: list[int] = []
    before = 0
    for at, (reason, author, sent) in enumerate(zip(chat.reasons, chat.authors, chat.sent, strict=True)):
        if reason:
            left_out[REASONS[reason]] += 1
            if segment and author != ME and reason in _HOLES:
                yield segment
                segment = []
            continue
        if segment and sent - before > gap:
            yield segment
            segment = []
        segment.append(at)
        before = sent
    if segment:
        yield segment


class _Maker:
    """Makes the rows of one conversation."""

    def __init__(
        self, chat: Conversation, path: str, names: Names, shape: Shape, key: bytes, left_out: Counter[str]
    ) -> None:
        self._chat = chat
        self._path = path
        self._names = names
        self._here = names.within(chat.partners)
        self._shape = shape
        self._key = key
        self._left_out = left_out

    def _text(self, at: int) -> str:
        return self._names.clean(self._chat.bodies[at], self._here)

    def turns(self, segment: Sequence[int]) -> list[_Turn]:
        """The turns of a segment, the last of them the owner's and the first another's."""
        turns: list[_Turn] = []
        authors, quotes = self._chat.authors, self._chat.quotes
        speaker = before = -2
        for at in segment:
            author = authors[at]
            mine = author == ME
            if mine and not turns and quotes is not None and quotes[at] >= 0 and authors[quotes[at]] != ME:
                turns.append(_Turn(False, at, 0, [self._said(quotes[at], self._quoted(quotes[at]), named=True)]))
            if not turns or turns[-1].mine != mine:
                turns.append(_Turn(mine, at, 0, []))
                speaker = -2
            text = self._text(at)
            if not mine:
                if quotes is not None and quotes[at] >= 0 and quotes[at] != before:
                    lines = self._said(quotes[at], self._quoted(quotes[at]), named=True).split("\n")
                    text = "\n".join([*("> " + line for line in lines), text])
                text = self._said(at, text, named=author != speaker)
            turns[-1].texts.append(text)
            turns[-1].messages += 1
            turns[-1].reactions += self._reactions(at)
            speaker, before = author, at
        return self._between(turns)

    def _reactions(self, at: int) -> int:
        given = self._chat.reactions[at] if self._chat.reactions is not None else None
        return sum(author != ME for author, _, _ in given or ())

    def _said(self, at: int, text: str, *, named: bool) -> str:
        """What somebody says, in a group with who it is."""
        author = self._chat.authors[at]
        if not (named and self._chat.group):
            return text
        return f"{self._names.called[author] if author >= 0 else 'somebody'}: {text}"

    def _quoted(self, at: int) -> str:
        text = self._text(at)
        return text if len(text) <= _QUOTED else text[:_QUOTED].rsplit(" ", 1)[0] + " …"

    def _between(self, turns: list[_Turn]) -> list[_Turn]:
        """Without an answer to nothing at the beginning and what was not answered at the end."""
        if turns and turns[0].mine:
            self._left_out["unasked"] += turns[0].messages
            turns = turns[1:]
        if turns and not turns[-1].mine:
            self._left_out["unanswered"] += turns[-1].messages
            turns = turns[:-1]
        return turns

    def rows(self, turns: Sequence[_Turn]) -> Iterator[Entry]:
        """The rows of alternating turns: one, or as many as it takes to keep each below the longest."""
        limit = 4 * self._shape.max_tokens
        taken: list[_Turn] = []
        size = 0
        for at in range(0, len(turns), 2):
            exchange = turns[at : at + 2]
            more = sum(len(turn.text.encode()) for turn in exchange)
            if more > limit:
                self._left_out["long"] += sum(turn.messages for turn in exchange)
                more, exchange = 0, []
            if taken and (size + more > limit or not exchange):
                yield from self._row(taken)
                taken, size = [], 0
            taken += exchange
            size += more
        if taken:
            yield from self._row(taken)

    def _row(self, turns: Sequence[_Turn]) -> Iterator[Entry]:
        messages = sum(turn.messages for turn in turns)
        reason = self._refusal(turns)
        self._left_out[reason or "used"] += messages
        if reason:
            return
        asked, answered = turns[-2], turns[-1]
        yield Entry(
            category="conversation",
            task="reply",
            system=self._shape.persona,
            history=tuple(Message("assistant" if turn.mine else "user", turn.text) for turn in turns[:-2]),
            instruction=asked.text,
            output=answered.text,
            path=self._path,
            symbol=self._symbol(turns[0].first),
            author=self._names.author,
            created_at=date(self._chat.sent[answered.first]),
        )

    def _refusal(self, turns: Sequence[_Turn]) -> str | None:
        """Why these turns are not worth a row."""
        words = 0
        for turn in turns:
            if turn.mine and words < self._shape.min_words:
                words += len(_WORDS.findall(turn.text))
        if words < self._shape.min_words:
            return "short"
        if sum(turn.reactions for turn in turns if turn.mine) < self._shape.min_reactions:
            return "no-reaction"
        said = (word.casefold() for turn in turns for word in _LETTERS.findall(turn.text))
        return "greeting" if all(word in _GREETINGS for word in said) else None

    def _symbol(self, at: int) -> str:
        """The name of the row that begins here: the same whatever comes before it or after it."""
        chat = self._chat
        if chat.idents is not None:
            named = str(chat.idents[at])
        else:
            author = chat.authors[at]
            named = f"{self._names.identities[author] if author >= 0 else ''} {chat.sent[at]}"
        return pseudonym(self._key, "turn", named)
