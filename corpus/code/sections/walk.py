"""The walk over the lines of a documentation: code, sections, prose."""

from __future__ import annotations

from corpus.code.sections.code import INTRODUCES, REJECTED, code_at
from corpus.code.sections.lines import dedent, deeper, indent_of
from corpus.code.sections.model import Code, Example, Reading

__all__ = ["read_examples", "read_lines"]


def read_lines(reading: Reading) -> None:
    """Read every line once: code, what a head takes, and prose."""
    lines, prose, index, opens = reading.lines, reading.prose, 0, reading.dialect.opens.match
    while index < len(lines):
        line = lines[index]
        if not opens(line):
            prose.append(line)
            index += 1
            continue
        if line.isspace():
            prose.append("")
            index += 1
            continue
        code = code_at(reading, index) or _introduced(reading, index)
        if code is not None:
            if code.sure and code.code:
                reading.examples.append(Example(code.code, code.language, _last_paragraph(reading)))
                reading.told = len(prose)
            else:
                prose.extend(lines[index : code.end])
            index = code.end
            continue
        end = index
        for head in reading.dialect.heads:
            end = head(reading, index)
            if end > index:
                break
        else:
            prose.append(line)
            end = index + 1
        index = end


def _last_paragraph(reading: Reading) -> str:
    """What is said right before an example, behind the one before it."""
    prose = reading.prose
    end = len(prose)
    while end > reading.told and not prose[end - 1].strip():
        end -= 1
    start = end
    while start > reading.told and prose[start - 1].strip():
        start -= 1
    return reading.dialect.markup(dedent(prose[start:end])).strip()


def _introduced(reading: Reading, index: int) -> Code | None:
    """An indented block behind words that say it is an example, as in Go and Ruby."""
    if (
        not reading.dialect.indented
        or indent_of(reading.lines[index]) < 1
        or (index and reading.lines[index - 1].strip())
    ):
        return None
    if not INTRODUCES.search(_last_paragraph(reading)[-200:]):
        return None
    end = deeper(reading.lines, index, 0)
    return Code(end, dedent(reading.lines[index:end]), reading.language, True)


def read_examples(reading: Reading, lines: list[str], heading: list[str], literal: bool = False) -> None:
    """A section of examples: each with the prose before it; prose that no code follows belongs to the description."""
    inner = Reading(dedent(lines).split("\n"), reading.language, reading.dialect)
    text: list[str] = []
    index, found = 0, len(reading.examples)
    while index < len(inner.lines):
        code = Code(len(inner.lines), "\n".join(inner.lines), reading.language, True) if literal else None
        code = code or code_at(inner, index) or _literal(inner, index, text)
        if code is None:
            text.append(inner.lines[index])
            index += 1
            continue
        if code.code and code.language != REJECTED:
            said = reading.dialect.markup(dedent(text)).strip()
            reading.examples.append(Example(code.code, code.language, said))
            text = []
        else:
            text.extend(inner.lines[index : code.end])
        index = code.end
    if len(reading.examples) == found:
        reading.prose.extend(["", *heading, *lines])
    elif any(text):
        reading.prose.extend(["", *text])


def _literal(inner: Reading, index: int, text: list[str]) -> Code | None:
    """An indented block in a section of examples."""
    line = inner.lines[index]
    indent = indent_of(line)
    if not indent or not line.strip() or (text and text[-1].strip()):
        return None
    if inner.language == "python":
        before = next((said for said in reversed(text) if said.strip()), "")
        if indent <= indent_of(before) or not before.rstrip().endswith("::"):
            return None
    elif indent < 4 and not line.startswith("\t"):
        return None
    end = deeper(inner.lines, index, indent - 1)
    return Code(end, dedent(inner.lines[index:end]), inner.language, True)
