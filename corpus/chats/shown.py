"""How a transcript shows itself: lines for a terminal, speech for a notebook.

Colours are the reader's own (`currentColor`, transparent grey), so that a notebook may be dark or light.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Final

from corpus.chats.transcript import Reaction, Transcript, Utterance
from corpus.show import bubble, plain

__all__ = ["transcript_html", "transcript_text"]

_MOST: Final = 200  # messages that are shown: the first and the last half of a longer conversation
_QUOTED: Final = 80  # characters of a quotation
_INDENT: Final = "    "


def transcript_text(chat: Transcript) -> str:
    """For a terminal: a head, and each message under who wrote it and when; nothing that a terminal obeys."""
    lines = [f"── {chat.name}, {_head(chat)}"]
    day = ""
    for place in _places(chat):
        if place is None:
            lines += ["", f"{_INDENT}… {len(chat) - _MOST} more"]
            continue
        said = chat[place]
        if _day(said) != day:
            day = _day(said)
            lines += ["", f"   {day}"]
        lines += ["", f"{said.by}{', me' if said.mine else ''}  {_time(said.sent)}{_edited(said)}"]
        lines += [f"{_INDENT}> {_quoted(chat, said)}"] if said.quotes is not None else []
        lines += [_INDENT + line for line in said.text.split("\n")]
        lines += [f"{_INDENT}before: {edit.text}" for edit in said.edits]
        lines += [f"{_INDENT}{_reacted(said.reactions)}"] if said.reactions else []
    return plain("\n".join(lines))


def transcript_html(chat: Transcript) -> str:
    """For a notebook: mine to the right, what others say to the left, in the notebook's own colours."""
    parts = [f"<div><b>{escape(chat.name)}</b> <small>{escape(_head(chat))}</small></div>"]
    day = ""
    for place in _places(chat):
        if place is None:
            parts.append(_middle(f"… {len(chat) - _MOST} more"))
            continue
        said = chat[place]
        if _day(said) != day:
            day = _day(said)
            parts.append(_middle(day))
        parts.append(_bubble(chat, said))
    return f'<div style="max-width:48em;font-family:sans-serif;line-height:1.4">{"".join(parts)}</div>'


def _bubble(chat: Transcript, said: Utterance) -> str:
    inner = [f"<small><b>{escape(said.by)}</b> {_time(said.sent)}{_edited(said)}</small>"]
    if said.quotes is not None:
        quoted = escape(plain(_quoted(chat, said)))
        inner.append(f'<div style="border-left:3px solid;padding-left:.5em;opacity:.7">{quoted}</div>')
    inner.append(f'<div style="white-space:pre-wrap">{escape(plain(said.text))}</div>')
    inner += [f'<div style="opacity:.6"><s>{escape(plain(edit.text))}</s></div>' for edit in said.edits]
    if said.reactions:
        inner.append(f"<small>{escape(plain(_reacted(said.reactions)))}</small>")
    return bubble("".join(inner), mine=said.mine)


def _middle(text: str) -> str:
    return f'<div style="text-align:center;opacity:.7;margin-top:.6em"><small>{escape(text)}</small></div>'


def _places(chat: Transcript) -> Iterator[int | None]:
    """The messages to be shown; None where some are left out between them."""
    if len(chat) <= _MOST:
        yield from range(len(chat))
        return
    yield from range(_MOST // 2)
    yield None
    yield from range(len(chat) - _MOST // 2, len(chat))


def _head(chat: Transcript) -> str:
    left_out = ", ".join(f"{count} {reason}" for reason, count in chat.left_out.items())
    kind = "a group" if chat.group else "of two"
    return f"{kind}, {len(chat)} messages" + (f"; left out: {left_out}" if left_out else "")


def _day(said: Utterance) -> str:
    return said.sent.strftime("%Y-%m-%d") if said.sent else ""


def _time(sent: datetime | None) -> str:
    return sent.strftime("%H:%M") if sent else ""


def _edited(said: Utterance) -> str:
    return f", edited {_time(said.edited)}" if said.edited else ""


def _quoted(chat: Transcript, said: Utterance) -> str:
    quoted = chat[said.quotes or 0]
    text = " ".join(quoted.text.split())
    return f"{quoted.by}: {text if len(text) <= _QUOTED else text[:_QUOTED] + ' …'}"


def _reacted(reactions: Sequence[Reaction]) -> str:
    return "  ".join(f"{reaction.emoji} {reaction.by}" for reaction in reactions)
