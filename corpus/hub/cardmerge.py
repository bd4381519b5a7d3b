"""A card that people have written in is merged, never overwritten.

What the library writes stands between two comments. What people have written around them stays, and so do the keys
of their YAML that the library does not compute; tags are united. A card without the comments is kept whole, below
what the library writes.
"""

from __future__ import annotations

from typing import Any, Final

from corpus.errors import IntegrityError
from corpus.write.metadata import OF_ROWS, dump
from corpus.write.statistics import UNKNOWN

__all__ = ["BEGIN", "END", "merge_cards", "split_card"]

BEGIN: Final = "<!-- sovereign-corpus: written by the library from here -->"
END: Final = "<!-- sovereign-corpus: to here; what you write outside of these lines stays -->"

_LICENSE: Final = ("license", "license_name", "license_link")


def merge_cards(ours: str, theirs: str | None) -> str:
    """The card to publish.

    Args:
        ours: The corpus' own card.
        theirs: The card that the repository has, if it has one.

    Raises:
        IntegrityError: The repository's card begins with YAML that cannot be read.
    """
    head, body = split_card(ours)
    marked = f"{BEGIN}\n\n{body.strip()}\n\n{END}"
    if theirs is None:
        return _card(head, f"{marked}\n")
    their_head, their_body = split_card(theirs)
    tags = [*head.get("tags", []), *(tag for tag in _tags(their_head) if tag not in head.get("tags", []))]
    # What the library computed wins: a split that is gone must not be announced any more.
    if _is_theirs(head, their_head):
        head = {key: value for key, value in head.items() if key not in _LICENSE}
    else:
        their_head = {key: value for key, value in their_head.items() if key not in _LICENSE}
    merged = {**{key: value for key, value in their_head.items() if key not in head}, **head}
    merged = {key: merged[key] for key in (*head, *(key for key in merged if key not in head))}
    if tags:
        merged["tags"] = tags
    before, begin, rest = their_body.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        return _card(merged, f"{before}{marked}{after}")
    kept = their_body.strip()
    return _card(merged, f"{marked}\n\n{kept}\n" if kept else f"{marked}\n")


def split_card(text: str) -> tuple[dict[str, Any], str]:
    """The YAML at the head of a card, and its body.

    Raises:
        IntegrityError: The YAML cannot be read, or is no mapping.
    """
    import yaml

    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    end = text.find("\n---", 3)
    if not text.startswith("---\n") or end < 0:
        return {}, text
    try:
        head = yaml.safe_load(text[4:end]) or {}
    except yaml.YAMLError as error:
        raise IntegrityError("a card's YAML cannot be read", where="README.md", got=error) from None
    if not isinstance(head, dict):
        raise IntegrityError("a card's YAML is no mapping", where="README.md", got=type(head).__name__)
    return head, text[end + 4 :].lstrip("-").lstrip("\n")


def _is_theirs(head: dict[str, Any], their_head: dict[str, Any]) -> bool:
    """Whether people have named a licence where the library knows none: one that it has not computed earlier."""
    named = their_head.get("license")
    return head.get("license") == UNKNOWN and named is not None and named != their_head.get(OF_ROWS)


def _tags(head: dict[str, Any]) -> list[str]:
    tags = head.get("tags") or []
    return [str(tag) for tag in (tags if isinstance(tags, list) else [tags])]


def _card(head: dict[str, Any], body: str) -> str:
    return f"---\n{dump(head)}---\n\n{body.lstrip()}"
