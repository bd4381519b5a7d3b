"""Sections of Python: Google, NumPy, Sphinx and Epydoc."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from corpus.code.sections.code import code_at
from corpus.code.sections.lines import (
    CLOSING,
    ERROR_WORD,
    FENCE,
    NO_NAMES,
    ROLES,
    add_parameters,
    closing_bracket,
    dedent,
    deeper,
    hanging,
    indent_of,
    keep_prose,
    make_item,
    next_line,
)
from corpus.code.sections.model import PROMPT, Example, Item, Reading
from corpus.code.sections.walk import read_examples

__all__ = ["apply_types", "field_list", "google_section", "numpy_section"]


_NO_PYTHON_TITLES: Final = frozenset({"panics", "panic", "errors", "error", "inputs"})
_GOOGLE_TITLE: Final = re.compile(r"(?P<title>[A-Z][A-Za-z]+(?: [A-Za-z]+)?)(?P<colons>::?)[ \t]*\Z")
_NUMPY_UNDERLINE: Final = re.compile(r"(?:-{3,}|={3,})[ \t]*\Z")
_GOOGLE_NAMES: Final = re.compile(
    r"(?P<names>\\?\*{0,2}`{0,2}[A-Za-z_][\w.\-]*`{0,2}(?:[ ]?,[ ]?\\?\*{0,2}`{0,2}[A-Za-z_]\w*`{0,2})*)[ ]*"
)
_NUMPY_HEAD: Final = re.compile(
    r"(?P<names>\\?\*{0,2}`{0,2}[A-Za-z_][\w.]*`{0,2}(?:[ ]*,[ ]*(?:\\?\*{0,2}`{0,2}[A-Za-z_][\w.]*`{0,2}|\.\.\.))*)"
    r"[ ]*(?::[ ]*(?P<type>\S.*)?)?\Z"
)
_ERROR_NAME: Final = r"(?::\w+:)?[`\[~!]*(?:[A-Za-z_]\w*(?:\.\w+)+|[A-Z]\w*)[`\]]*"
_ERROR_HEAD: Final = re.compile(
    rf"(?:[-*+][ ]+)?(?P<names>{_ERROR_NAME}(?:[ ]*(?:,[ ]*(?:or[ ])?|/|[ ]or[ ]){_ERROR_NAME})*)[ ]*"
)
_NAME: Final = re.compile(r"[A-Za-z_][\w.]*")
_TYPE_WORD: Final = r"[`~\"'*&?]*[A-Za-z_][\w.:`\"'?*&-]*(?:\[\])*[`\"'?*&]*"
_TYPE: Final = re.compile(rf"{_TYPE_WORD}(?:(?:[ ]*[|,/][ ]*|[ ](?:or|of|and)[ ]){_TYPE_WORD})*\Z")
_TYPE_WITHIN: Final = 200  # characters in which a type is looked for


def google_section(reading: Reading, index: int) -> int:
    """`Args:` and what is indented below it."""
    line = reading.lines[index]
    title = _GOOGLE_TITLE.match(line) if line.rstrip().endswith(":") else None
    role = _python_role(title["title"]) if title else ""
    if title is None or not role or (title["colons"] == "::" and role != "examples"):
        return index
    start = next_line(reading.lines, index + 1)
    if start == len(reading.lines):
        return index
    if indent_of(reading.lines[start]) == 0:
        code = code_at(reading, start) if role == "examples" else None
        if code is None or not code.code:
            return index
        reading.examples.append(Example(code.code, code.language))
        return code.end
    end = deeper(reading.lines, start, indent_of(reading.lines[start]) - 1)
    body = reading.lines[start:end]
    if role == "examples":
        prompted = any(PROMPT.match(part) or FENCE.match(part) for part in body)
        read_examples(reading, body, [line], literal=title["colons"] == "::" and not prompted)
    else:
        keep_prose(reading, [line, *body], _google_items(reading, role, _groups(body)))
    return end


def _google_items(reading: Reading, role: str, groups: list[list[str]]) -> list[str] | None:
    """The items of a section, and those of a section that was indented into it."""
    own: list[list[str]] = []
    for group in groups:
        title = _GOOGLE_TITLE.match(group[0])
        nested = _python_role(title["title"]) if title and len(group) > 1 else ""
        if own and nested in _PYTHON_ITEMS and _PYTHON_ITEMS[nested](reading, _groups(group[1:]), ":") is not None:
            continue
        own.append(group)
    return _PYTHON_ITEMS[role](reading, own, ":")


def numpy_section(reading: Reading, index: int) -> int:
    """`Parameters`, underlined, and everything up to the next underlined title."""
    lines = reading.lines
    role = _python_role(lines[index]) if _underlined(lines, index) else ""
    if not role:
        return index
    end = index + 2
    while end < len(lines) and not (lines[end].startswith(("---", "===")) and _underlined(lines, end - 1)):
        end += 1
    end -= end < len(lines)
    body = lines[index + 2 : end]
    if role == "examples":
        read_examples(reading, body, lines[index : index + 2])
    else:
        keep_prose(reading, [*lines[index : index + 2], *body], _PYTHON_ITEMS[role](reading, _groups(body), ""))
    return end


def _python_role(title: str) -> str:
    title = title.strip().lower()
    return "" if title in _NO_PYTHON_TITLES else ROLES.get(title, "")


def _underlined(lines: list[str], index: int) -> bool:
    return (
        index + 1 < len(lines)
        and lines[index + 1].startswith(("---", "==="))
        and lines[index][:1].isalpha()
        and _NUMPY_UNDERLINE.match(lines[index + 1]) is not None
    )


def _groups(lines: list[str]) -> list[list[str]]:
    """Lines at the left margin of a section, each with what is indented below it."""
    groups: list[list[str]] = []
    for line in dedent(lines).split("\n"):
        if line and not line[0].isspace():
            groups.append([line])
        elif groups:
            groups[-1].append(line)
    return groups


def _python_parameters(reading: Reading, groups: list[list[str]], mark: str) -> list[str] | None:
    found: list[tuple[list[str], str, str, list[str]]] = []
    leftover: list[str] = []
    for group in groups:
        head = _google_head(group) if mark else _numpy_head(group)
        if head is not None:
            found.append((*head, group[1:]))
        elif found and mark and not any(group[1:]):
            found[-1][3].extend(group)
        else:
            leftover.extend(group)
    for names, kind, first, rest in found:
        add_parameters(reading, names, kind, hanging(first, rest))
    return leftover if found else None


def _google_head(group: list[str]) -> tuple[list[str], str, str] | None:
    """`name (type): text`: names, type and text; the colon may lack where there is a type and text below."""
    line = group[0]
    match = _GOOGLE_NAMES.match(line)
    if match is None or match["names"] in NO_NAMES:
        return None
    rest, kind = line[match.end() :], ""
    if rest.startswith("("):
        end = closing_bracket(rest, 0)
        end = end if end > 0 else rest.find("):")  # `(list[str, optional):` has lost a bracket
        if end < 0:
            return None
        kind, rest = rest[1:end], rest[end + 1 :].lstrip()
    if rest.startswith("--"):
        rest = rest.lstrip("-")
    elif rest.startswith(":") and not rest.startswith("::"):
        rest = rest[1:]
    elif rest or not kind or len(group) == 1:
        return None
    return _names(match["names"]), kind, rest


def _numpy_head(group: list[str]) -> tuple[list[str], str, str] | None:
    """`x, y : type` with something below it."""
    match = _NUMPY_HEAD.match(group[0].rstrip())
    if match is None or match["names"] in NO_NAMES:
        return None
    return _names(match["names"]), match["type"] or "", ""


def _names(names: str) -> list[str]:
    return [name for part in names.split(",") if (name := part.strip(" `")) and name != "..."]


def _python_returns(reading: Reading, groups: list[list[str]], mark: str) -> list[str] | None:
    """Google has one value, a type before the colon if there is one; NumPy has a head for each."""
    if mark:
        lines = [line for group in groups for line in group]
        kind, first = _typed(lines[0])
        reading.returns.append(make_item(reading, "", kind, hanging(first, lines[1:])))
        return []
    said: list[str] = []
    for group in groups:
        head, text = group[0].rstrip(), dedent(group[1:])
        match = _NUMPY_HEAD.match(head)
        if match and match["type"] and (text or " : " in head or _is_type(match["type"])):
            reading.returns.extend(make_item(reading, name, match["type"], text) for name in _names(match["names"]))
        elif _is_type(head.split(", shape")[0]) and (text or len(groups) == 1):
            reading.returns.append(make_item(reading, "", head, text))
        else:
            said.extend(group)
    if said:
        reading.returns.append(make_item(reading, "", "", hanging(said[0], said[1:])))
    return [] if groups else None


def _typed(line: str) -> tuple[str, str]:
    """The type before the first colon that stands in no brackets, and what is behind it."""
    waiting: list[str] = []
    for index, character in enumerate(line[:_TYPE_WITHIN]):
        if character in CLOSING:
            waiting.append(CLOSING[character])
        elif waiting and character == waiting[-1]:
            waiting.pop()
        elif character == ":" and not waiting and line[index + 1 : index + 2] in ("", " "):
            kind = line[:index].strip()
            return (kind, line[index + 1 :]) if _is_type(kind) else ("", line)
    return "", line


def _is_type(text: str) -> bool:
    """Whether this reads as a type: words and brackets, joined by `or`, `of`, `|` or commas."""
    if not text or len(text) > _TYPE_WITHIN or text in NO_NAMES:
        return False
    flat, depth = [], 0
    for character in text:
        if character in "[({":
            depth += 1
        elif character in "])}":
            depth -= 1
        elif depth == 0:
            flat.append(character)
    return depth == 0 and _TYPE.match("".join(flat).removesuffix(", optional").strip()) is not None


def _python_errors(reading: Reading, groups: list[list[str]], mark: str) -> list[str] | None:
    found: list[tuple[list[str], str, list[str]]] = []
    for group in groups:
        head = _error_head(group, mark)
        if head is not None:
            found.append((*head, group[1:]))
        elif found:
            found[-1][2].extend(group)
        else:
            found.append(([""], group[0], group[1:]))
    for names, first, rest in found:
        text = hanging(first, rest)
        reading.errors.extend(make_item(reading, name, "", text) for name in names if name or text)
    return [] if found else None


def _error_head(group: list[str], mark: str) -> tuple[list[str], str] | None:
    """`ValueError, TypeError: text`: names and text."""
    match = _ERROR_HEAD.match(group[0])
    if match is None:
        return None
    names, rest = _NAME.findall(re.sub(r":\w+:|(?<=[\s,/])or(?=\s)", "", match["names"])), group[0][match.end() :]
    if names[0] in NO_NAMES:
        return None
    if rest.startswith(":") and not rest.startswith("::"):
        return names, rest[1:]
    if not rest and not mark:
        return names, ""
    if len(names) == 1 and ERROR_WORD.match(names[0].rpartition(".")[2]):
        return names, rest or ""
    return None


_PYTHON_ITEMS: Final[Mapping[str, Callable[[Reading, list[list[str]], str], list[str] | None]]] = MappingProxyType(
    {"parameters": _python_parameters, "returns": _python_returns, "errors": _python_errors}
)
_FIELD: Final = re.compile(
    r"[:@](?P<key>param|parameter|arg|argument|key|keyword|kwarg|kwparam|type|returns?|rtype|yields?"
    r"|raises?|except|exception)(?:[ \t]+(?P<argument>[^:\s][^:\n]*))?:(?!:)(?P<text>.*)"
)
_ANY_FIELD: Final = re.compile(r"[ \t]*[:@][A-Za-z]\w*(?:[ \t][^:\n`]*)?:(?:\s|\Z)")


def field_list(reading: Reading, index: int) -> int:
    """`:param int x: text` and `@param x: text`, with what hangs below."""
    line = reading.lines[index]
    match = _FIELD.match(line) if line[:1] in (":", "@") else None
    if match is None:
        return index
    end = _field_end(reading.lines, index)
    text = hanging(match["text"], reading.lines[index + 1 : end])
    key, argument = match["key"], (match["argument"] or "").strip()
    if key == "type":
        reading.types[argument] = text
    elif key in ("return", "returns", "yield", "yields"):
        reading.returns.append(make_item(reading, "", argument, text))
    elif key == "rtype":
        reading.types[""] = text
    elif key in ("raise", "raises", "except", "exception"):
        names = [name.strip(" `~") for name in argument.split(",")]
        reading.errors.extend(make_item(reading, name, "", text) for name in names if name or text)
    elif not argument:
        return index
    else:
        kind, _, name = argument.rpartition(" ")
        add_parameters(reading, [name.strip("`")], kind, text)
    return end


def _field_end(lines: list[str], index: int) -> int:
    """Behind the lines that hang below a field: indented ones, and others up to a blank line or the next field."""
    indent = indent_of(lines[index])
    index += 1
    while index < len(lines):
        line = lines[index]
        if not line.strip():
            following = next_line(lines, index)
            if following == len(lines) or indent_of(lines[following]) <= indent:
                return index
            index = following
        elif indent_of(line) <= indent and (_ANY_FIELD.match(line) or FENCE.match(line) or PROMPT.match(line)):
            return index
        else:
            index += 1
    return index


def apply_types(reading: Reading) -> None:
    """`:type x:` and `:rtype:` may stand before or behind what they speak of."""
    types = reading.types
    for number, item in enumerate(reading.parameters):
        kind = item.type or types.get(item.name, "") or types.get(item.name.lstrip("*"), "")
        reading.parameters[number] = Item(item.name, kind, item.text)
    if "" in types:
        first = reading.returns[0] if reading.returns else Item("", "", "")
        reading.returns[:1] = [Item(first.name, first.type or types[""], first.text)]
