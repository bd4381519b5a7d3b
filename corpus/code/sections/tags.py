"""Tags that follow the prose: JSDoc, Javadoc, KDoc, Scaladoc, Doxygen, PHPDoc, YARD, LDoc, odoc, roxygen2."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from corpus.code.sections.code import code_at
from corpus.code.sections.lines import ERROR_WORD, FENCE, add_parameters, closing_bracket, dedent, hanging, make_item
from corpus.code.sections.model import Example, Reading
from corpus.code.sections.walk import read_examples, read_lines

__all__ = ["read_tags"]


# They end the tag before them and stay in the description as written.
_OTHER: Final = """
    abstract access alias api async attention augments author authors bug callback category class
    constant constructor constructs copyright date default defaultvalue defgroup define deprecated
    docType endgroup enum event export exportClass exportMethod exports extends external family
    field file fileoverview final fires format function generic global group hideconstructor ignore
    implements import importFrom include ingroup inGroup inherit inheritdoc inheritDoc inheritParams
    inner instance interface internal invariant keywords kind license link listens local md member
    memberof method mixes mixin module name namespace noRd overload override package
    packageDocumentation post pre private prop property protected public rdname readonly receiver
    requires sa sample sealed section see seealso serial serialData serialField since slot static
    subpackage suppress template test this title todo tutorial type typedef useDynLib uses var
    variation version virtual warning yield yields
"""
_TAG_ROLES: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("param", "arg", "argument", "tparam", "typeparam", "option", "yieldparam"), "parameters")
    | dict.fromkeys(("string", "number", "int", "bool", "func", "tab"), "parameters")
    | dict.fromkeys(("return", "returns", "treturn", "retval", "result", "yieldreturn"), "returns")
    | dict.fromkeys(("throws", "throw", "exception", "raise", "raises"), "errors")
    | dict.fromkeys(("example", "examples", "usage"), "examples")
    | dict.fromkeys(("brief", "short", "summary"), "summary")
    | dict.fromkeys(("description", "desc", "details", "remarks", "remark", "classdesc", "note", "par"), "prose")
    | dict.fromkeys(_OTHER.split(), "other")
)
_LDOC_TYPES: Final = frozenset({"string", "number", "int", "bool", "func", "tab"})
_LUA_TYPE: Final = re.compile(
    r"(?:(?:string|number|integer|boolean|table|function|nil|any|thread|userdata)\b[\[\]?|<>,\w.]*|fun\([^()\n]*\)\S*|[\w.]+(?:\[\]|\?)+)(?=\s|\Z)"
)
_TAG_NAME: Final = re.compile(r"(?:<[^<>\s]+>|[&*.$\\]*[\w$:.\[\]/?-]*\w[\]?:]*)(?:[ ]*,[ ]*[.\w]+)*")
_SEPARATOR: Final = re.compile(r"\s*(?:[-–—:]+(?=\s|\Z))?\s*")
_MODIFIERS: Final = re.compile(r"\[[^\[\]\n]*\]")
_CAPTION: Final = re.compile(r"\s*<caption>(?P<text>[^<]*)</caption>\s*")
_THROWN: Final = re.compile(
    r"\{@link(?:plain)?[ ]+(?P<linked>[^{}|\s]+)(?:[|\s][^{}]*)?\}|(?P<name>[A-Za-z_\\][\w.:$\\]*)"
)


def read_tags(reading: Reading, tag: re.Pattern[str]) -> None:
    """Texts in which tags follow the prose."""
    body, tags = _split_tags(reading, tag)
    reading.lines = body
    read_lines(reading)
    for name, lines in tags:
        role = _TAG_ROLES[name]
        first, rest = lines[0], lines[1:]
        text = hanging(first, rest)
        if role == "summary":
            reading.prose[:0] = [text, ""]
        elif role == "prose":
            _tagged_prose(reading, text)
        elif role == "examples":
            _tagged_examples(reading, name, first, rest)
        elif role == "other" or not text or not _TAG_READERS[role](reading, name, text):
            reading.prose.extend(["", f"@{name} {text}".rstrip()])


def _split_tags(reading: Reading, tag: re.Pattern[str]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The lines before the first tag and after those that end at a blank line; the tags with theirs."""
    body: list[str] = []
    tags: list[tuple[str, list[str]]] = []
    lines, index, current = reading.lines, 0, body
    while index < len(lines):
        line = lines[index]
        match = tag.match(line)
        if match and match["tag"] in _TAG_ROLES:
            current = [line[match.end() :]]
            tags.append((match["tag"], current))
            index += 1
            continue
        mark = line.lstrip()[:1]
        code = code_at(reading, index) if mark and mark in "`~@\\{<" else None
        if code is not None:
            current.extend(lines[index : code.end])
            index = code.end
            continue
        if current is not body and not line.strip():
            current = _after_blank(reading, index, current, body)
        current.append(line)
        index += 1
    return body, tags


def _after_blank(reading: Reading, index: int, current: list[str], body: list[str]) -> list[str]:
    """Where lines behind a blank one belong."""
    ends = reading.dialect.tag_ends
    if ends == "never":
        return current
    following = reading.lines[index + 1] if index + 1 < len(reading.lines) else ""
    return current if ends == "unindented" and (not following.strip() or following[0].isspace()) else body


def _tagged_prose(reading: Reading, text: str) -> None:
    inner = Reading(text.split("\n"), reading.language, reading.dialect)
    read_lines(inner)
    reading.prose.extend(["", *inner.prose])
    reading.examples.extend(inner.examples)


def _tagged_examples(reading: Reading, tag: str, first: str, rest: list[str]) -> None:
    """The code of `@example`: what is fenced, else all; a caption or title is what is said about it."""
    title, own = "", first.strip()
    caption = _CAPTION.match(own)
    if caption:
        title, own = caption["text"].strip(), own[caption.end() :]
    elif own and reading.language in ("ruby", "php") and any(line.strip() for line in rest):
        title, own = own, ""
    lines = [own, *dedent(rest).split("\n")] if own else dedent(rest).split("\n")
    if any(FENCE.match(line) for line in lines):
        read_examples(reading, [title, *lines] if title else lines, [f"@{tag}"])
    else:
        code = dedent(lines)
        if code:
            reading.examples.append(Example(code, reading.language, reading.dialect.markup(title).strip()))


def _tag_parameter(reading: Reading, tag: str, text: str) -> bool:
    """The names, type and text of `@param` in the order of the language."""
    language = reading.language
    if language == "ruby":
        names, kind, said = _ruby_parameter(tag, text)
    elif language == "php" and "$" in text:
        names, kind, said = _php_parameter(text)
    elif language == "lua":
        names, kind, said = _lua_parameter(tag, text)
    else:
        names, kind, said = _plain_parameter(text, reading.signature)
    if not names:
        return False
    add_parameters(reading, names, kind, said)
    return True


def _plain_parameter(text: str, signature: str) -> tuple[list[str], str, str]:
    """`{type} name text`, `[name=default] - text`, `[in] a,b text`, `name text`; `type name text` by the signature."""
    kind, text = _braced(text, "{")
    if text.startswith("["):  # JSDoc: [name=default]; Doxygen: [in,out] name; KDoc: [name] text
        end = closing_bracket(text, 0)
        inside, behind = text[1:end].strip(), text[end + 1 :]
        if end < 0:
            return [], kind, text
        if inside.replace(" ", "") not in ("in", "out", "in,out", "inout"):
            return [inside.partition("=")[0].strip()], kind, behind[_separator(behind) :]
        text = behind.lstrip()
    match = _TAG_NAME.match(text)
    if match is None:
        return [], kind, text
    rest = text[match.end() :]
    if not kind:
        typed, behind = _braced(rest.lstrip(" "), "{")
        second = _TAG_NAME.match(behind.lstrip(" "))
        if typed:
            kind, rest = typed, behind
        elif second and not _in(match[0], signature) and _in(second[0], signature):
            kind, rest, match = match[0], behind.lstrip(" ")[second.end() :], second
    names = [name.strip().rstrip(":") for name in match[0].split(",")]
    return names, kind, rest[_separator(rest) :]


def _in(name: str, signature: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", signature) is not None


def _separator(text: str) -> int:
    match = _SEPARATOR.match(text)
    return match.end() if match else 0


def _braced(text: str, opening: str) -> tuple[str, str]:
    """What stands in brackets at the start, and what is behind them."""
    if not text.startswith(opening) or text.startswith("{@"):
        return "", text
    end = closing_bracket(text, 0)
    return (text[1:end].strip(), text[end + 1 :].lstrip()) if end > 0 else ("", text)


def _ruby_parameter(tag: str, text: str) -> tuple[list[str], str, str]:
    """`name [Type] text`, `[Type] name text`; `@option hash [Type] :key text`."""
    kind, text = _braced(text, "[")
    if tag == "option":
        text = text.partition(" ")[2].lstrip()
        kind, text = _braced(text, "[")
    match = re.match(r"[&*]{0,2}:?\w+[?!]?:?", text)
    if match is None:
        return [], kind, text
    rest = text[match.end() :].lstrip(" ")
    if tag == "option":
        rest = re.sub(r"^\([^()\n]*\)[ ]*", "", rest)  # its default
    elif not kind:
        kind, rest = _braced(rest, "[")
    return [match[0].rstrip(":") if tag != "option" else match[0]], kind, rest[_separator(rest) :]


def _php_parameter(text: str) -> tuple[list[str], str, str]:
    """`Type $name text`; a type may hold names of its own in brackets."""
    depth = 0
    for index, character in enumerate(text):
        depth += (character in "([{<") - (character in ")]}>")
        if character == "$" and depth == 0:
            name = re.compile(r"\$\w+").match(text, index)
            if name is None:
                break
            kind = text[:index].rstrip(" &.")
            return [name[0]], kind, text[name.end() :][_separator(text[name.end() :]) :]
    return [], "", text


def _lua_parameter(tag: str, text: str) -> tuple[list[str], str, str]:
    """LDoc: `@tparam type name text`, `@string name text`; annotations of the language server: `name type text`."""
    modifiers = _MODIFIERS.match(text)
    text = text[modifiers.end() :].lstrip() if modifiers else text
    kind = tag if tag in _LDOC_TYPES else ""
    if tag == "tparam":
        kind, _, text = text.partition(" ")
        text = text.lstrip()
    match = re.match(r"(?:\.\.\.|[\w.]+\??)", text)
    if match is None:
        return [], kind, text
    rest = text[match.end() :].lstrip(" ")
    typed = _LUA_TYPE.match(rest) if tag == "param" else None
    if typed:
        kind, rest = typed[0], rest[typed.end() :]
    return [match[0]], kind, rest[_separator(rest) :]


def _tag_return(reading: Reading, tag: str, text: str) -> bool:
    """`@return` with a type where the language writes one."""
    kind, name = "", ""
    if tag == "retval":
        name, _, text = text.partition(" ")
    elif tag == "treturn":
        kind, _, text = text.partition(" ")
    elif reading.language == "ruby":
        kind, text = _braced(text, "[")
    elif reading.language in ("php", "lua"):
        kind, text = _leading_type(reading.language, text)
    else:
        kind, text = _braced(text, "{")
    reading.returns.append(make_item(reading, name, kind, text[_separator(text) :]))
    return True


def _leading_type(language: str, text: str) -> tuple[str, str]:
    """The type that PHP and the language server of Lua write before the text."""
    if language == "lua":
        match = _LUA_TYPE.match(text)
        return (match[0], text[match.end() :]) if match else ("", text)
    depth = 0
    for index, character in enumerate(text):
        depth += (character in "([{<") - (character in ")]}>")
        if character.isspace() and depth == 0:
            kind = text[:index]
            break
    else:
        kind = text
    return (kind, text[len(kind) :]) if re.match(r"[?\\$\w][\w\\|&?\[\]<>{}(), :'\"*$=.-]*\Z", kind) else ("", text)


def _tag_error(reading: Reading, tag: str, text: str) -> bool:
    """`@throws E text`, `{E}` in JSDoc, `[E]` in YARD; of JSDoc without braces only what is named like an error."""
    del tag
    kind, rest = _braced(text, "{")
    if not kind and reading.language == "ruby":
        kind, rest = _braced(text, "[")
    if not kind:
        match = _THROWN.match(text)
        word = (match["linked"] or match["name"]) if match else ""
        free = reading.language in ("javascript", "typescript", "tsx", "ruby", "lua") and not (
            match and match["linked"]
        )
        if match and (not free or ERROR_WORD.match(word)):
            kind, rest = word, text[match.end() :]
    reading.errors.append(make_item(reading, kind, "", rest[_separator(rest) :]))
    return True


_TAG_READERS: Final[Mapping[str, Callable[[Reading, str, str], bool]]] = MappingProxyType(
    {"parameters": _tag_parameter, "returns": _tag_return, "errors": _tag_error}
)
