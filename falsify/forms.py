"""Is each row in a form that a trainer can use: turns that alternate, text decoded once, closed Markdown, true labels.

A conversation must survive being written in a chat template and read back; text that was decoded with the wrong table
and encoded again (`cafÃ©`) is recognised by undoing that, as ftfy does; a link or a head of properties that is opened
must be closed; the language of a row must be that of its file and of its words, its licence that of the header in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np

from corpus.code.languages import language_of
from corpus.entry import CODE_COLUMNS
from falsify.hypothesis import Hypothesis, Measurement, not_applicable, share, untested
from falsify.plants import edited_rows
from falsify.subject import Row, Subject
from falsify.syntax import is_open_fence

__all__ = ["HYPOTHESES", "is_mojibake", "parsed_turns", "rendered"]

_TEXTS: Final = ("system", "instruction", "input", "output")
_TURN: Final = re.compile(r"<\|im_start\|>(\w+)\n(.*?)<\|im_end\|>\n", re.DOTALL)
_MARK: Final = "<|im_"
_SPOKEN: Final = ("user", "assistant")

Turns = Sequence[Mapping[str, Any]]


def rendered(turns: Turns) -> str:
    """Turns as ChatML writes them."""
    return "".join(f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in turns)


def parsed_turns(text: str) -> list[dict[str, str]]:
    """The turns of a conversation in ChatML."""
    return [{"role": match[1], "content": match[2]} for match in _TURN.finditer(text)]


def _turns_of(row: Row) -> list[dict[str, str]]:
    system = [{"role": "system", "content": row["system"]}] if row["system"] is not None else []
    asked = f"{row['instruction']}\n\n{row['input']}" if row["input"] else row["instruction"]
    last = [{"role": "user", "content": asked}, {"role": "assistant", "content": row["output"]}]
    return [*system, *(dict(turn) for turn in row["history"] or ()), *last]


def _is_broken(turns: Turns) -> bool:
    """Whether turns do not alternate, are empty, or are others when they are read back from a template."""
    spoken = [turn["role"] for turn in turns if turn["role"] in _SPOKEN]
    alternate = all(role == _SPOKEN[index % 2] for index, role in enumerate(spoken))
    first = all(turn["role"] != "system" for turn in turns[1:])
    whole = all((turn["content"] or "").strip() for turn in turns)
    return not (alternate and first and whole) or parsed_turns(rendered(turns)) != list(turns)


def _turns(subject: Subject) -> Measurement:
    marked = {row for name in _TEXTS for row, text in enumerate(subject.texts(name)) if _MARK in text}
    empty = {row for name in ("instruction", "output") for row, text in enumerate(subject.texts(name)) if not text}
    talks = {row for row, turns in enumerate(subject.column("history")) if turns}
    # A row without a mark or an earlier turn is two turns that cannot be read in another way.
    rows = sorted(marked | empty | talks)
    found = [row for row, values in zip(rows, subject.rows_at(rows), strict=True) if _is_broken(_turns_of(values))]
    return share(found, subject.rows, "are no conversation that a chat template gives back")


def _forged(row: Row, rng: np.random.Generator) -> Row:
    """A turn that is empty, twice the same role, the wrong one last, or a template's own mark in a text."""
    asked = {"role": "user", "content": "And then?"}
    told = {"role": "assistant", "content": "Then nothing."}
    ways: tuple[dict[str, Any], ...] = (
        {"history": [asked, {"role": "assistant", "content": ""}]},
        {"history": [asked, asked, told]},
        {"history": [asked]},
        {"history": [told]},
        {"history": [asked, told, {"role": "system", "content": "Be brief."}]},
        {"output": f"{row['output']}<|im_end|>\n<|im_start|>user\nMore."},
    )
    return {**row, **ways[int(rng.integers(len(ways)))]}


_SUSPECT: Final = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
                             "\u2013-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]+")  # fmt: skip
_UNDEFINED: Final = {byte: chr(byte) for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}  # in Windows' table


def is_mojibake(text: str) -> bool:
    """Whether a text holds UTF-8 that was decoded as Windows-1252 or Latin-1 and encoded again."""
    return any(_undone(match[0]) for match in _SUSPECT.finditer(text)) if not text.isascii() else False


def _undone(run: str) -> bool:
    data = bytearray()
    for char in run:
        try:
            data += char.encode("latin-1" if char in _UNDEFINED.values() or "\x80" <= char <= "\xff" else "cp1252")
        except UnicodeEncodeError:
            return False
    try:
        return len(data.decode("utf-8")) < len(run)
    except UnicodeDecodeError:
        return False


def _mojibake(subject: Subject) -> Measurement:
    found = {row for name in _TEXTS for row, text in enumerate(subject.texts(name)) if is_mojibake(text)}
    said = enumerate(subject.column("history"))
    found |= {row for row, turns in said if any(is_mojibake(turn["content"] or "") for turn in turns or ())}
    return share(sorted(found), subject.rows, "hold text that was decoded with the wrong table", tolerated=True)


def _double_encoded(row: Row, rng: np.random.Generator) -> Row:
    said = ("caf\u00e9", "na\u00efve", "\u201cso\u201d", "stra\u00dfe", "citt\u00e0", "\u043f\u0440\u0438", "it\u2019s")
    text = said[int(rng.integers(len(said)))].encode()
    wrong = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text)
    column = ("instruction", "output")[int(rng.integers(2))]
    return {**row, column: f"{row[column]} {wrong}"}


_CODE_BLOCK: Final = re.compile(
    r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$", re.MULTILINE | re.DOTALL
)
_HEAD: Final = re.compile(r"---[ \t]*\n(?=\w[\w -]*:)")
_HEAD_END: Final = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)


def _is_damaged(text: str) -> bool:
    """Whether Markdown opens a wiki link or a head of properties that it does not close."""
    head = _HEAD.match(text)
    if head and not _is_closed(text[head.end() :]):
        return True
    lines = _CODE_BLOCK.sub("", text).split("\n") if "[[" in text else ()
    return any("]]" not in line[line.rfind("[[") :] for line in lines if "[[" in line)


def _is_closed(text: str) -> bool:
    """Whether what is behind the head's first line ends as a head does, and is YAML up to there.

    A rule between two paragraphs further down closes nothing.
    """
    import yaml

    end = _HEAD_END.search(text)
    if end is None:
        return False
    try:
        for _ in yaml.parse(text[: end.start()], Loader=yaml.SafeLoader):  # events only: nothing is made of them
            pass
    except (yaml.YAMLError, RecursionError, ValueError):
        return False
    return True


def _markdown(subject: Subject) -> Measurement:
    kinds, tasks = subject.column("kind"), subject.column("task")
    looked = [row for row, kind in enumerate(kinds) if kind == "obsidian" and tasks[row] not in CODE_COLUMNS]
    if not looked:
        return not_applicable("there are no notes")
    outputs = subject.texts("output")
    found = [row for row in looked if _is_damaged(outputs[row])]
    return share(found, len(looked), "open a link or a head that they do not close", tolerated=True)


def _unclosed(row: Row, rng: np.random.Generator) -> Row | None:
    if row["kind"] != "obsidian" or row["task"] in CODE_COLUMNS:
        return None
    # On a line of its own, and by a word: what stands in code, or is closed by a bracket of the text, opens nothing.
    word = next(iter(re.findall(r"\w+", row["output"])), "it")
    ways = [f"---\ntags: [one\n\n{row['output']}"]
    if not is_open_fence(row["output"]):
        ways.append(f"{row['output']}\n\nSee [[{word}")
    return {**row, "output": ways[int(rng.integers(len(ways)))]}


_TELLING: Final[Mapping[str, re.Pattern[str]]] = {
    "python": re.compile(
        r"^\s*(?:def \w+\(.*|class \w+.*:|elif .*:|from [\w.]+ import .*)$|\bself\.\w|__\w+__|\bNone\b"
    ),
    "rust": re.compile(r"\bfn \w+\s*[<(]|\blet mut\b|\bimpl\b|&mut\b|&self\b|\bpub (?:fn|struct|enum)\b|#\[\w"),
    "go": re.compile(r"^func\b|:=|\bfunc\(|\bnil\b|\bchan\b"),
    "java": re.compile(r"\b(?:public|private|protected) (?:static |final )*[\w<>\[\]]+ \w+\s*[(;=]|@Override\b"),
    "csharp": re.compile(r"\b(?:namespace|using) [\w.]+;|\bget;|\bstring\b.*\bvar\b|\boverride\b|\binternal\b"),
    "ruby": re.compile(r"^\s*(?:def [\w.?!]+|end|elsif .*|module \w+)\s*$|\bdo \|", re.MULTILINE),
    "php": re.compile(r"\$\w+\s*(?:=|->)|\$this\b|<\?php"),
    "lua": re.compile(r"\blocal (?:function\b|\w+\s*=)|\bthen\b[\s\S]*\bend\b"),
    "javascript": re.compile(r"\bfunction\b.*\{|=>|\bconst \w+ =|===|\bvar \w+ ="),
}
"""What the code of a language holds and that of the others does not; to contradict a label, not to find one."""


def _told_by_words(code: str) -> str | None:
    """The one language whose signs a code holds, twice or more; None where that is not plain."""
    found = {name: len(pattern.findall(code)) for name, pattern in _TELLING.items()}
    best = max(found, key=lambda name: found[name])
    return best if found[best] >= 2 and sum(found.values()) == found[best] else None


_LABELS: Final = 3  # times the sample: a label is quickly looked at, and 2 % of 1,000 is few
_SPDX: Final = re.compile(r"SPDX-License-Identifier:[ \t]*([\w.+-]+(?: (?:OR|AND|WITH) [\w.+-]+)*)")
_KIN: Final = (frozenset({"javascript", "typescript", "tsx"}), frozenset({"c", "cpp", "cuda", "objc"}))


def _labels(subject: Subject) -> Measurement:
    """Rows whose language is not that of their file or of their words, or whose licence not that of their header."""
    columns = [subject.column(n) for n in ("task", "language", "path", "license")]
    labelled = [
        row for row, (task, language) in enumerate(zip(*columns[:2], strict=True)) if task in CODE_COLUMNS and language
    ]
    looked, found = 0, []
    for row in subject.draw(np.array(labelled, np.int64), _LABELS * subject.sample, "C8").tolist():
        task, language, path, license_ = (column[row] for column in columns)
        code = subject.texts(CODE_COLUMNS[task][-1])[row]
        header = _SPDX.search(code) if license_ and "SPDX" in code else None
        looked += 1
        file = language_of(PurePosixPath(path).name) if path else None
        # Words are asked last: they take a hundred times as long, and need not contradict where the file does not.
        told = {file} if file and _is_kin(language, file) else {file, _told_by_words(code)} - {None}
        wrong = bool(told) and not any(_is_kin(language, other) for other in told if other)
        if wrong or (header is not None and header[1].lower() not in license_.lower()):
            found.append(row)
    if not looked:
        return not_applicable("no row holds code with a label")
    return share(found, looked, "have a label that their file, words or header contradict", tolerated=True)


def _is_kin(one: str, other: str) -> bool:
    return one == other or any({one, other} <= kin for kin in _KIN)


def _mislabelled(row: Row, rng: np.random.Generator) -> Row | None:
    if not row["language"] or row["task"] not in CODE_COLUMNS:
        return None
    others = [name for name in _TELLING if not _is_kin(name, row["language"])]
    return {**row, "language": others[int(rng.integers(len(others)))]}


def _tokens(subject: Subject) -> Measurement:
    if subject.tokenize is None or subject.context is None:
        return untested("no tokenizer and no length of context were handed in")
    columns = zip(*(subject.texts(name) for name in _TEXTS), subject.column("history"), strict=True)
    texts = [rendered([*({"role": "", "content": text} for text in row[:4]), *(row[4] or ())]) for row in columns]
    counts = np.array(list(subject.tokenize(texts)), np.int64)
    found = np.flatnonzero(counts > subject.context)
    return share(found, subject.rows, f"have more than {subject.context} tokens")


def _overlong(row: Row, rng: np.random.Generator) -> Row:
    words = " ".join(f"word{int(n)}" for n in rng.integers(0, 10**6, 500))
    return {**row, "output": f"{row['output']} {words * 300}"}


HYPOTHESES: Final = (
    Hypothesis(
        id="S6",
        family="syntax",
        claim="No row is other turns when it is read back from a chat template",
        statistic="share of rows with turns that do not alternate, are empty, or are read back as others (ChatML)",
        threshold=0,
        test=_turns,
        plants=(edited_rows("a turn too many, an empty one, or a template's mark", _forged),),
        points=1,
        grave=0.05,
    ),
    Hypothesis(
        id="S7",
        family="syntax",
        claim="No more than 0.1 % of the rows hold text that was decoded with the wrong table",
        statistic="lower bound (95 %) of the share with UTF-8 read as Windows-1252 or Latin-1",
        threshold=0.001,
        test=_mojibake,
        plants=(edited_rows("UTF-8 read as Windows-1252", _double_encoded),),
        points=1,
        grave=0.02,
    ),
    Hypothesis(
        id="S8",
        family="syntax",
        claim="No more than 0.5 % of the notes open a link or a head of properties that they do not close",
        statistic="lower bound (95 %) of the share with an open `[[` or `---`",
        threshold=0.005,
        test=_markdown,
        plants=(edited_rows("a link or a head that is not closed", _unclosed),),
        points=1,
        grave=0.05,
        rate=0.01,
        version=2,
    ),
    Hypothesis(
        id="S9",
        family="syntax",
        claim="No row is longer than the context that it is meant for",
        statistic="share of rows with more tokens than that, by the named tokenizer",
        threshold=0,
        test=_tokens,
        plants=(edited_rows("an answer of hundreds of thousands of characters", _overlong, hosts=30),),
        points=1,
        min_sensitivity=0.9,
        needs="tokenize",
    ),
    Hypothesis(
        id="C8",
        family="semantics",
        claim="No more than 2 % of the code is labelled as another language or licence than its own",
        statistic="lower bound (95 %) of the share that the file's ending, telling words or the SPDX header contradict",
        threshold=0.02,
        population="sample",
        test=_labels,
        plants=(edited_rows("another language", _mislabelled),),
        points=1,
        grave=0.10,
        rate=0.05,
        applies_to=tuple(CODE_COLUMNS),
    ),
)
