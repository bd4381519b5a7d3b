"""A card that people have written in is merged, never overwritten.

What the library writes stands between two comments. What people have written around them stays, and so do the keys
of their YAML that the library does not compute; tags are united, and so are configurations: others than `default` are
people's own. A card without the comments is kept whole, below what the library writes.
"""

from __future__ import annotations

import re
from typing import Any, Final

from corpus.errors import IntegrityError
from corpus.write.metadata import OF_ROWS, dump
from corpus.write.statistics import UNKNOWN

__all__ = ["BEGIN", "END", "merge_cards", "split_card"]

BEGIN: Final = "<!-- sovereign-corpus: written by the library from here -->"
END: Final = "<!-- sovereign-corpus: to here; what you write outside of these lines stays -->"

# As the Hub's client has it: https://github.com/huggingface/huggingface_hub, repocard.py.
_HEAD: Final = re.compile(r"\s*---[ \t]*\n(?P<yaml>.*?\n)??---[ \t]*(?:\n|\Z)", re.DOTALL)
_HINT: Final = "mend the YAML at the head of the repository's README.md"
_ALIASES: Final = 16  # two on each of so many levels are 65,536 values; on 30 levels they are 10^9
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
    merged |= _configurations(head, their_head)
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
    found = _HEAD.match(text)
    if found is None:
        return {}, text
    told = found["yaml"] or ""
    try:
        if told.count("*") > _ALIASES:
            _refuse_aliases(told)
        head = yaml.safe_load(told) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that no calendar has is a ValueError
        raise IntegrityError("a card's YAML cannot be read", where="README.md", got=error, hint=_HINT) from None
    if not isinstance(head, dict):
        raise IntegrityError("a card's YAML is no mapping", where="README.md", got=type(head).__name__, hint=_HINT)
    return head, text[found.end() :].lstrip("\n")


def _refuse_aliases(head: str) -> None:
    import yaml

    aliases = sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(head, yaml.SafeLoader))
    if aliases > _ALIASES:
        raise ValueError(f"{aliases} aliases, which may stand for more than a machine holds")


def _is_theirs(head: dict[str, Any], their_head: dict[str, Any]) -> bool:
    """Whether people have named a licence where the library knows none: one that it has not computed earlier."""
    named = their_head.get("license")
    return head.get("license") == UNKNOWN and named is not None and named != their_head.get(OF_ROWS)


def _configurations(head: dict[str, Any], their_head: dict[str, Any]) -> dict[str, Any]:
    """The two keys with what people have added for data of their own; without a name, the corpus is what is loaded."""
    ours = {config["config_name"] for config in head.get("configs", [])}
    theirs = {str(config["config_name"]): config for config in _named(their_head.get("configs"))}
    kept = {name: config for name, config in theirs.items() if name not in ours}
    if not kept or not {"configs", "dataset_info"} <= head.keys():
        return {}
    configs = [{key: value for key, value in config.items() if key != "default"} for config in kept.values()]
    infos = [info for info in _named(their_head.get("dataset_info")) if info["config_name"] in kept]
    own = [{"config_name": name, **head["dataset_info"]} for name in ours]
    return {"configs": [*head["configs"], *configs], "dataset_info": [*own, *infos]}


def _named(found: Any) -> list[dict[str, Any]]:
    """Those of a list, or the one thing, that are mappings with the name of a configuration."""
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, dict) and one.get("config_name") is not None]


def _tags(head: dict[str, Any]) -> list[str]:
    tags = head.get("tags") or []
    return [str(tag) for tag in (tags if isinstance(tags, list) else [tags])]


def _card(head: dict[str, Any], body: str) -> str:
    return f"---\n{dump(head)}---\n\n{body.lstrip()}"
