"""Inline markup read as plain words: reStructuredText, Markdown, HTML with Javadoc's tags, odoc."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from corpus.code.sections.lines import outside_fences

__all__ = [
    "XML_NAME",
    "plain_html",
    "plain_kdoc",
    "plain_markdown",
    "plain_odoc",
    "plain_rdoc",
    "plain_rst",
    "plain_scaladoc",
    "plain_text",
    "plain_web",
    "without_definitions",
]


_ROLE: Final = re.compile(r":(?<![\w:]:)(?:[a-z]+:)?(?P<role>[a-zA-Z]+):`(?P<text>[^`\n]*(?:\n[^`\n]+)?)`")
_TITLED: Final = re.compile(r"(?P<title>[^<]*\S)\s*<[^<>]*>\Z")
# Roles of Sphinx' Python domain: a leading dot says where to look for the name, and is not shown.
_PYTHON_ROLES: Final = frozenset(
    ["mod", "func", "data", "const", "class", "meth", "attr", "type", "exc", "obj", "deco"]
)
_LITERAL: Final = re.compile(r"``([^`]+)``")
_REMEMBERED_MARKS: Final = 1024  # a file refers to the same things again and again
_REMEMBERED: Final = 16  # texts: the prose of a documentation is asked for twice
_MARKDOWN_LINK: Final = re.compile(
    r"\[(?<![\w\]]\[)(?P<text>`[^`\n]+`|[^\[\]\n`]+)\](?:\((?P<url>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)|\[[^\[\]\n]*\])?"
)
_LINK_DEFINITION: Final = re.compile(r" {0,3}\[([^\[\]\n]+)\]:[ \t]*\S[^\n]*(?:\n|\Z)")  # a line
_REFERENCE: Final = re.compile(r"\[(?P<text>[^\[\]\n]+)\](?![\[(:])")
_INLINE_TAG: Final = re.compile(r"\{@(?P<tag>\w+)[ \t]*\n?(?P<text>[^{}]*)\}")
_CREF: Final = re.compile(r"\A[A-Z!]:")  # the kind of what a compiled reference names
_TARGET: Final = re.compile(r"[^\s(]*(?:\([^()]*\))?")
_HTML: Final = re.compile(r"<(?P<close>/?)(?P<tag>[a-zA-Z]\w*)(?P<rest>(?:\s[^<>]*)?/?)>")
XML_NAME: Final = re.compile(r"(?:cref|name|langword|href)\s*=\s*[\"']([^\"']*)[\"']")
_BREAKS: Final = frozenset({"p", "para", "br", "ul", "ol", "dl", "div", "h1", "h2", "h3", "h4", "list", "table", "tr"})
_ITEMS: Final = frozenset({"li", "dt", "dd", "item"})
_CODES: Final = frozenset({"code", "tt", "c", "kbd", "samp"})
_NAMES: Final = frozenset({"see", "seealso", "paramref", "typeparamref"})
_STYLES: Final = frozenset(
    {"b", "i", "em", "strong", "a", "span", "sup", "sub", "pre", "blockquote", "small", "u", "var", "cite"}
    | {"term", "description", "listheader", "remarks", "value", "summary", "img", "hr", "td", "th", "tbody", "thead"}
)


def plain_text(text: str) -> str:
    """No markup."""
    return text


@lru_cache(maxsize=_REMEMBERED)
def plain_rst(text: str) -> str:
    """reStructuredText: roles, double backticks, `::` at the end of a paragraph."""
    if ":`" in text:
        text = _ROLE.sub(lambda match: _role(match[0]), text)
    if "``" in text:
        text = _LITERAL.sub(_literal, text)
    return text.replace("::\n", ":\n")[: -1 if text.endswith("::") else None] if "::" in text else text


def _literal(match: re.Match[str]) -> str:
    return f"`{match[1]}`"


@lru_cache(maxsize=_REMEMBERED_MARKS)
def _role(mark: str) -> str:
    role, _, text = mark[1:-1].rpartition(":`")
    titled = _TITLED.match(text) if text.endswith(">") else None
    if titled:
        return titled["title"]
    name = text.lstrip("!.") if role.rpartition(":")[2] in _PYTHON_ROLES else text.lstrip("!")
    return f"`{name.rpartition('.')[2].strip() if name.startswith('~') else name}`"


@lru_cache(maxsize=_REMEMBERED)
def plain_markdown(text: str) -> str:
    """Markdown: the text of links."""
    return _MARKDOWN_LINK.sub(lambda match: _link(*match.group(0, "text", "url")), text) if "[" in text else text


@lru_cache(maxsize=_REMEMBERED)
def without_definitions(text: str) -> str:
    """Markdown without the definitions of its links, which nobody is shown; what refers to them is their text."""
    labels = {definition[1].lower() for definition in _definitions(text)}
    if not labels:
        return text

    def shown(part: str) -> str:
        kept, last = [], 0
        for definition in _definitions(part):
            kept.append(part[last : definition.start()])
            last = definition.end()
        part = "".join([*kept, part[last:]])
        return _REFERENCE.sub(lambda match: match["text"] if match["text"].lower() in labels else match[0], part)

    return outside_fences(text, shown)


def _definitions(text: str) -> Iterator[re.Match[str]]:
    """The lines that define a link; only those are looked at in which a colon follows a bracket."""
    at = text.find("]:")
    while at >= 0:
        definition = _LINK_DEFINITION.match(text, text.rfind("\n", 0, at) + 1)
        if definition is not None:
            yield definition
        end = text.find("\n", at)
        at = text.find("]:", end) if end >= 0 else -1


def _link(mark: str, text: str, url: str | None) -> str:
    if url is None and not text.startswith("`") and len(mark) == len(text) + 2:
        return mark  # `[0, 1]`, `[x]`: brackets around words are no link of their own
    return text


def plain_html(text: str) -> str:
    """Javadoc, KDoc, Scaladoc, Doxygen and C#: inline tags, HTML and its entities, XML names."""
    if "{@" in text:
        text = _INLINE_TAG.sub(_inline_tag, text)
    if "<" in text:
        text = _HTML.sub(_element, text)
    return html.unescape(text) if "&" in text else text


def _inline_tag(match: re.Match[str]) -> str:
    tag, text = match["tag"], match["text"].strip()
    if tag in {"code", "literal"}:
        return f"`{text}`" if tag == "code" else text
    if tag in {"link", "linkplain", "see", "value", "linkcode"}:
        target, label = _target_of(text)
        return label.strip() or f"`{target.strip().replace('#', '.').lstrip('.')}`"
    return "" if tag.lower() == "inheritdoc" else match[0]


def _target_of(text: str) -> tuple[str, str]:
    """What a link refers to, with the types of its parameters, and what is shown for it."""
    if "|" in text:
        target, _, label = text.partition("|")
        return target, label
    match = _TARGET.match(text)
    end = match.end() if match else 0
    return text[:end], text[end:]


def _element(match: re.Match[str]) -> str:
    tag, close = match["tag"].lower(), bool(match["close"])
    if tag in _BREAKS:
        return "\n\n" if not close else "\n"
    if tag in _ITEMS:
        return "" if close else "\n- "
    if tag in _CODES:
        return "`"
    if tag in _NAMES:
        name = XML_NAME.search(match["rest"])
        # `List{T}` is how C# writes `List<T>` in an attribute.
        return f"`{_CREF.sub('', name[1]).replace('{', '<').replace('}', '>')}`" if name else ""
    return "" if tag in _STYLES else match[0]  # `List<String>` is no markup


_KDOC_NAME: Final = re.compile(r"(?<![\w\]`\[(])\[(?P<name>[A-Za-z_]\w*(?:\.\w+)*)\](?![\w\[(`])")
_SCALADOC_NAME: Final = re.compile(r"\[\[(?P<name>[^\s\[\]]+)(?:[ \t]+(?P<title>[^\[\]\n]+))?\]\]")
_RDOC_CODE: Final = re.compile(r"(?<![\w+])\+(?P<code>[\w:#.?!@$*<>=\[\]-]+)\+(?![\w+])")
_ODOC: Final = re.compile(r"\{!(?:[\w-]+:)?(?P<name>[^{}]+)\}|\[(?P<code>[^\[\]\n]+)\]")


def plain_web(text: str) -> str:
    """JSDoc and KDoc: HTML and Markdown."""
    return plain_markdown(plain_html(text))


def plain_kdoc(text: str) -> str:
    """KDoc: as JSDoc, and `[Name]` refers to a name."""
    text = plain_web(text)
    return _KDOC_NAME.sub(r"`\g<name>`", text) if "[" in text else text


def plain_rdoc(text: str) -> str:
    """RDoc and YARD: HTML, and `+code+`."""
    text = plain_html(text)
    return _RDOC_CODE.sub(r"`\g<code>`", text) if "+" in text else text


def plain_scaladoc(text: str) -> str:
    """Scaladoc: HTML, and `[[Name]]` refers to a name."""
    text = plain_html(text)
    return _SCALADOC_NAME.sub(lambda match: match["title"] or f"`{match['name']}`", text) if "[[" in text else text


def plain_odoc(text: str) -> str:
    """OCaml: `[code]` and `{!reference}`."""
    return _ODOC.sub(lambda match: f"`{match['code'] or match['name']}`", text) if "[" in text or "{!" in text else text
