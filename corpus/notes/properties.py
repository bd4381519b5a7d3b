"""Properties: the YAML (or JSON) between the first two lines of `---`.

YAML 1.2's core schema, as Obsidian reads it: `yes` and `on` are texts, `12:30` and `2024-01-01` too. What cannot be
read costs the note its properties and nothing else. Aliases (`*x`) are refused: three hundred bytes of them can
mean billions of nodes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

import yaml

__all__ = ["Properties", "created_at", "find_properties", "names", "plain_yaml"]

_MAX_BYTES: Final = 65_536  # 2 MB of flat YAML take the parser 9 s
_MAX_NESTING: Final = 100
_HEAD: Final = re.compile(r"---[ \t]*\n")
_END: Final = re.compile(r"^---[ \t]*$", re.MULTILINE)
_LINE: Final = re.compile(r"(?:([^\s:#\[\]{}\"'-][^:\n]{0,60}?|\"[^\"\n]{1,60}\")[ \t]*:(?=\s|$)|[ \t]*-[ \t])(.*)")
_COMMENT: Final = re.compile(r"(?:\A|[ \t])#[ \t].*")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_DATE_KEYS: Final = ("created", "created_at", "date", "date created", "creation date", "published")


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2's core schema and without aliases."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - the base class has it so

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias, which is not read")
        return super().compose_node(parent, index)


def _whole(loader: _Loader, node: yaml.ScalarNode) -> int | str:
    text = str(loader.construct_scalar(node))
    digits = text.lstrip("+-")
    if len(digits) > 18:  # an id, not a number: 5 million digits would take minutes to convert
        return text
    return int(text, 8 if digits.startswith("0o") else 16 if digits.startswith("0x") else 10)


def _real(loader: _Loader, node: yaml.ScalarNode) -> float:
    text = str(loader.construct_scalar(node)).lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


def _truth(loader: _Loader, node: yaml.ScalarNode) -> bool:
    return str(loader.construct_scalar(node)).lower() == "true"


# https://yaml.org/spec/1.2.2/#1032-tag-resolution
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _real)
_Loader.add_constructor("tag:yaml.org,2002:bool", _truth)


@dataclass(slots=True)
class Properties:
    """What stands between the two lines of `---`.

    Attributes:
        values: Name to value; empty where there are none or they cannot be read.
        end: Where the note's text begins, in characters; 0 where there is no such block.
        problem: Why the block could not be read.
        written: Of a block that could not be read, what its lines say: name in lower case to texts. Nothing is taught
            of it, but a note that says `private: true` on a line of its own is not opened by a mistake on another one.
    """

    values: dict[str, Any] = field(default_factory=dict)
    end: int = 0
    problem: str | None = None
    written: dict[str, list[str]] = field(default_factory=dict)


def find_properties(text: str) -> Properties:
    """The properties of a note. A block that is not closed is none: the note then begins with a line.

    Args:
        text: The note, without byte order mark, with line feeds only.
    """
    head = _HEAD.match(text)
    if not head:
        return Properties()
    end = _END.search(text, head.end())
    if not end:
        return Properties()
    found = Properties(end=min(len(text), end.end() + 1))
    block = text[head.end() : end.start()]
    try:
        values = plain_yaml(block)
    except ValueError as error:
        found.problem = str(error)
        found.written = _by_lines(block)
        return found
    if isinstance(values, dict):
        found.values = values
    elif values is not None:
        found.problem = f"a {type(values).__name__} instead of names and values"
    return found


def _by_lines(block: str) -> dict[str, list[str]]:
    """Names and texts of a block that is neither YAML nor JSON, line by line."""
    found: dict[str, list[str]] = {}
    name = ""
    if block.lstrip().startswith("{"):
        block = re.sub(r"[{},]", "\n", block)
    for line in block.split("\n"):
        said = _LINE.match(line)
        if said:
            name = said[1].strip('"').strip().lower() if said[1] else name
            listed = _COMMENT.sub("", said[2]).strip().strip("[]{}").split(",")
            found.setdefault(_text(name), []).extend(_text(part.strip(" \t\"'")) for part in listed)
    return found


def plain_yaml(text: str) -> Any:
    """YAML or JSON as plain dicts, lists, strings, numbers, truths and None.

    Raises:
        ValueError: It cannot be read; the message says why, in one line.
    """
    if len(text.encode(errors="replace")) > _MAX_BYTES:
        raise ValueError(f"more than {_MAX_BYTES} bytes")
    if text.lstrip().startswith("{"):
        try:
            return _plain(json.loads(text))
        except (ValueError, RecursionError):
            pass  # YAML's own way of writing `{a: b}`, then
    try:
        return _plain(yaml.load(text, _Loader))  # noqa: S506 - a SafeLoader
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        what = getattr(error, "problem", None) or str(error) or type(error).__name__
        raise ValueError(_text(f"{where}{what}".replace("\n", " ")[:200])) from None


def _plain(value: Any, depth: int = 0) -> Any:
    """The same with keys as texts and without what JSON cannot hold."""
    if depth > _MAX_NESTING:
        raise ValueError("nested too deeply")
    if isinstance(value, Mapping):
        return {_text(str(key)): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(str(value))


def _text(text: str) -> str:
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def names(values: Mapping[str, Any], *keys: str) -> list[str]:
    """The texts under a property that holds one or a list of them (`aliases`, `tags`); keys in any case."""
    found: list[str] = []
    for key, value in values.items():
        if key.lower() in keys:
            listed = value if isinstance(value, list) else [value]
            found += [
                str(item).strip() for item in listed if isinstance(item, str | int) and not isinstance(item, bool)
            ]
    return list(dict.fromkeys(name for name in found if name))


def created_at(values: Mapping[str, Any]) -> datetime | None:
    """When a note says that it was written; a time without a zone is taken as UTC."""
    lower = {key.lower(): value for key, value in values.items()}
    for key in _DATE_KEYS:
        value = lower.get(key)
        if not isinstance(value, str):
            continue
        try:
            when = datetime.fromisoformat(value.strip())
        except ValueError:
            continue
        if date(1900, 1, 1) <= when.date() <= date(2200, 1, 1):
            return when if when.tzinfo else when.replace(tzinfo=UTC)
    return None
