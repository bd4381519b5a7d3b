"""Slips in single rows, each of which one test alone is to see: what a person's pipeline does to a row now and then.

An edit takes a row and gives what becomes of it, or None where the slip cannot be made. `some` and `every` make of an
edit a change of a corpus: as few rows as refute a test with a threshold, or all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np

from corpus.code.sections import sections
from corpus.entry import CODE_COLUMNS
from falsify.hypothesis import Change
from falsify.plants import copy_id, fresh_id
from falsify.statistics import at_least
from falsify.subject import Row, Subject, prose_column

__all__ = [
    "COMMENT",
    "Edit",
    "accents",
    "bracket_lost",
    "echo",
    "end_of_text",
    "enough",
    "escaped",
    "every",
    "flat",
    "greeting",
    "home",
    "in_its_question",
    "key",
    "open_bracket",
    "open_fence",
    "open_link",
    "other_author",
    "other_licence",
    "paragraph_again",
    "parameter_renamed",
    "random_id",
    "renamed_code",
    "same_example",
    "sentences_moved",
    "small",
    "some",
    "stock",
    "todo",
    "unanswered",
    "unasked",
    "with_return",
]

_HEADER: Final = 400  # characters of code in which its header stands
Edit = Callable[[Row, np.random.Generator], Row | None]


def enough(rows: int, threshold: float) -> int:
    """Of so many rows the least number whose share is beyond a threshold, as a lower bound."""
    return next(count for count in range(1, rows + 1) if at_least(count, rows) > threshold)


def some(edit: Edit, threshold: float = 0.0) -> Change:
    """As few rows edited as refute a test with this threshold; None where there are not so many to edit."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        rows = subject.rows_at(np.arange(subject.rows))
        wanted = enough(len(rows), threshold)
        for at in rng.permutation(len(rows)).tolist():
            changed = edit(rows[at], rng) if wanted else None
            if changed is not None:
                rows[at], wanted = changed, wanted - 1
        return None if wanted else subject.with_rows(rows)

    return change


def every(edit: Edit, least: int, part: float = 1.0) -> Change:
    """Each row that can be edited, or a part of them; None where these are fewer than `least`."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        rows, done = [], 0
        for row in subject.rows_at(np.arange(subject.rows)):
            changed = edit(row, rng) if rng.random() < part else None
            done += changed is not None
            rows.append(row if changed is None else changed)
        return subject.with_rows(rows) if done >= least else None

    return change


def random_id(row: Row, rng: np.random.Generator) -> Row | None:
    """An id that is not of the place that the row comes from."""
    return {**row, "id": fresh_id(rng)} if row["path"] is not None and row["kind"] != "table" else None


def open_bracket(row: Row, rng: np.random.Generator) -> Row | None:
    """A bracket behind the code that nothing closes."""
    del rng
    return {**row, "input": row["input"] + "\n(("} if row["task"] == "document" and row["language"] else None


def with_return(row: Row, rng: np.random.Generator) -> Row | None:
    """A line that ends as lines end in Windows."""
    del rng
    return {**row, "output": row["output"].replace("\n", "\r\n", 1)} if "\n" in row["output"] else None


def unasked(row: Row, rng: np.random.Generator) -> Row | None:
    """Material and answer without the question."""
    del rng
    return {**row, "instruction": ""} if row["input"].strip() else None


def end_of_text(row: Row, rng: np.random.Generator) -> Row:
    """The token that ends a text for many models, as text."""
    del rng
    return {**row, "output": f"{row['output']}<|endoftext|>"}


def unanswered(row: Row, rng: np.random.Generator) -> Row:
    """A turn before the question that nobody answered."""
    del rng
    return {**row, "history": [*(row["history"] or ()), {"role": "user", "content": "Are you there?"}]}


def accents(row: Row, rng: np.random.Generator) -> Row:
    """A name whose accents were read by the wrong table; no sign of it is a control character."""
    name = ("café", "naïve", "Müller", "señor")[int(rng.integers(4))]
    return {**row, "output": f"{row['output']} ({name.encode().decode('latin-1')})"}


def open_fence(row: Row, rng: np.random.Generator) -> Row | None:
    """The beginning of an example behind the answer."""
    del rng
    return {**row, "output": f"{row['output']}\n\n```\nlet x"} if row["task"] not in CODE_COLUMNS else None


def open_link(row: Row, rng: np.random.Generator) -> Row | None:
    """A link in a note that is not closed."""
    del rng
    return {**row, "output": f"{row['output']}\n\nSee [[it"} if row["kind"] == "obsidian" else None


COMMENT: Final = {"python": "#", "ruby": "#", "lua": "--", "php": "#"}


def other_licence(row: Row, rng: np.random.Generator) -> Row | None:
    """A file that came with a licence of its own, which its head says, under that of the project."""
    del rng
    if row["task"] != "document" or not row["language"] or not row["license"]:
        return None
    sign = COMMENT.get(row["language"], "//")
    other = "GPL-3.0-only" if "GPL" not in row["license"] else "MIT"
    return {**row, "input": f"{sign} SPDX-License-Identifier: {other}\n{row['input']}"}


def renamed_code(row: Row, rng: np.random.Generator) -> Row | None:
    """Code under another name than the one that it was asked for by."""
    if row["task"] != "implement" or not row["symbol"] or row["category"] != "function":
        return None
    name = re.split(r"\W+", row["symbol"])[-1]
    if len(name) < 3:
        return None
    other = "".join(chr(97 + int(i)) for i in rng.integers(0, 26, 9))
    changed = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", other, row["output"])
    return {**row, "output": changed} if changed != row["output"] else None


def echo(row: Row, rng: np.random.Generator) -> Row | None:
    """The name of a definition as its explanation."""
    if row["task"] not in ("document", "explain") or not row["symbol"]:
        return None
    name = " ".join(re.findall(r"[A-Za-z][a-z]*", row["symbol"].rsplit(".", 1)[-1]))
    return {**row, "output": (f"{name}.", f"The {name}.")[int(rng.integers(2))]} if name else None


def todo(row: Row, rng: np.random.Generator) -> Row | None:
    """What somebody meant to write."""
    said = ("TODO: document this.", "FIXME later", "Add description here.")
    return {**row, "output": said[int(rng.integers(3))]} if row["task"] not in CODE_COLUMNS else None


def in_its_question(row: Row, rng: np.random.Generator) -> Row | None:
    """The answer behind the question."""
    del rng
    long = len(row["output"]) >= 40
    return {**row, "instruction": f"{row['instruction']}\n\n{row['output']}"} if long else None


def parameter_renamed(row: Row, rng: np.random.Generator) -> Row | None:
    """A parameter that has another name in the code than in the documentation, which is that of a commit before."""
    del rng
    if row["task"] != "document" or row["category"] != "function" or not row["language"]:
        return None
    told = sections(row["output"], row["language"], row["input"][:_HEADER]).parameters
    for name in (item.name.strip("*`&") for item in told):
        if name.isidentifier() and re.search(rf"(?<!\w){name}(?!\w)", row["input"]):
            return {**row, "input": re.sub(rf"(?<!\w){name}(?!\w)", f"{name}_given", row["input"])}
    return None


def bracket_lost(row: Row, rng: np.random.Generator) -> Row | None:
    """Examples that lost their closing brackets, as where links are taken out of Markdown carelessly."""
    del rng
    if row["task"] != "document" or not row["language"]:
        return None
    shown = [one.source for one in sections(row["output"], row["language"], row["input"][:_HEADER]).examples]
    output = row["output"]
    for line in (line for source in shown for line in source.split("\n") if ")" in line):
        output = output.replace(line, line.replace(")", ""))
    return {**row, "output": output} if output != row["output"] else None


_SHOWN: Final = {"python": "\n\n>>> zyx = qwv({0})\n", "rust": "\n\n```\nlet zyx = qwv({0});\n```"}


def same_example(row: Row, rng: np.random.Generator) -> Row | None:
    """The example of the project's first page, in the documentation of everything."""
    way = _SHOWN.get(row["language"] or "")
    if row["task"] != "document" or not row["symbol"] or way is None:
        return None
    return {**row, "output": row["output"].rstrip() + way.format(int(rng.integers(10**6)))}


def small(row: Row, rng: np.random.Generator) -> Row | None:
    """All prose in small letters: the answer, or question and material where the answer is code."""
    del rng
    if row["kind"] != "git" or row["task"] in ("complete", "change"):
        return None
    columns = ("instruction", "input") if prose_column(row["task"]) == "input" else ("output",)
    return {**row, **{name: row[name].lower() for name in columns}}


_PHRASES: Final = (
    "Please feel free to ask me.", "I hope this helps you today.", "Always check what comes back.",
    "Your mileage may vary a lot.", "Do read the whole manual first.", "Let us know about any problem.",
    "Thank you for using our work.", "Keep backups before you try it.", "More examples can be found online.",
)  # fmt: skip


def stock(row: Row, rng: np.random.Generator) -> Row | None:
    """The same polite phrases around an answer, in any order."""
    if row["task"] in CODE_COLUMNS and row["task"] != "document":
        return None
    order = rng.permutation(len(_PHRASES)).tolist()
    return {**row, "output": f"{row['output'].rstrip()}\n\n{' '.join(_PHRASES[at] for at in order)}"}


def greeting(row: Row, rng: np.random.Generator) -> Row | None:
    """What chatbots say before they answer."""
    del rng
    greeted = "Of course, here is what you have been looking for: "
    return (
        {**row, "output": greeted + row["output"]} if row["task"] not in ("complete", "implement", "change") else None
    )


def key(row: Row, rng: np.random.Generator) -> Row:
    """The token of an account."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    token = "".join(letters[i] for i in rng.integers(0, len(letters), 36))
    return {**row, "output": f"{row['output']}\n# ghp_{token}"}


def home(row: Row, rng: np.random.Generator) -> Row:
    """A path in the home of somebody."""
    name = "".join(chr(97 + int(i)) for i in rng.integers(0, 26, 9))
    return {**row, "output": f"{row['output']}\n# /home/{name}/notes"}


def other_author(row: Row, rng: np.random.Generator) -> Row | None:
    """Somebody else than wrote the rest of the file."""
    return {**row, "author": copy_id(row["id"], "author", int(rng.integers(9)))} if row["kind"] == "git" else None


def sentences_moved(row: Row, rng: np.random.Generator) -> Row | None:
    """The first sentence of a documentation behind all others."""
    del rng
    parts = re.split(r"(?<=[.!?])\s+", row["output"])
    if row["task"] != "document" or len(parts) < 2 or min(len(part.split()) for part in (parts[0], parts[-1])) < 6:
        return None
    return {**row, "output": " ".join([*parts[1:], parts[0]])}


def paragraph_again(row: Row, rng: np.random.Generator) -> Row | None:
    """The first paragraph once more at the end."""
    del rng
    told = [one for one in re.split(r"\n[ \t]*\n", row["output"]) if len(one.strip()) >= 50]
    return {**row, "output": f"{row['output']}\n\n{told[0]}"} if told and row["task"] not in CODE_COLUMNS else None


def escaped(row: Row, rng: np.random.Generator) -> Row | None:
    """Quotation marks as HTML writes them."""
    del rng
    text = row["output"].replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#39;")
    return {**row, "output": text} if text != row["output"] and row["task"] not in ("implement", "complete") else None


def flat(row: Row, rng: np.random.Generator) -> Row | None:
    """Code whose lines begin at the margin: what an editor's field of one line, or a table's cell, leaves of it."""
    del rng
    if row["task"] != "document" or not row["language"] or row["language"] == "python":
        return None
    lines = [line.strip() for line in row["input"].split("\n")]
    opens = len(lines) >= 5 and any(line.endswith(("{", "(", "[")) for line in lines[:-2])
    return {**row, "input": "\n".join(lines)} if opens else None
