"""Does a row hold a problem of a benchmark that a model will be tested with. Only hashes are known, never a text.

The hashes are those that ship with the library (`corpus.curate.contamination`: HumanEval and MBPP, sequences of 13
words, short questions, and code whatever its names), and rows are compared with them here without the stage that took
contaminated rows out. Since no text is known, none can be planted: the plants are problems made up of the corpus' own
words, whose hashes are added for the trial; what is found of a real benchmark was measured when the hashes were made
(13 words: verbatim 1.0, without docstring .80, solution only .78; renamed code by its shape .97).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from corpus.curate.contamination import Item, collected, shipped
from corpus.entry import CODE_COLUMNS
from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial, share
from falsify.plants import HOSTS, copy_id
from falsify.subject import Subject
from falsify.texts import Ints

__all__ = ["HYPOTHESES"]

_LIKE_CODE: Final = re.compile(r"^\s*def \w+\(", re.MULTILINE)
_TEXTS: Final = ("system", "instruction", "input", "output")
_BATCH: Final = 8192  # rows


def _codes(subject: Subject) -> list[list[str]]:
    """The Python code of each row."""
    columns = (subject.column("task"), subject.column("language"), *(subject.texts(n) for n in ("input", "output")))
    found = []
    for task, language, *texts in zip(*columns, strict=True):
        if language == "python" and task in CODE_COLUMNS:
            sides = dict(zip(("input", "output"), texts, strict=True))
            found.append([sides[name] for name in CODE_COLUMNS[task]])
        else:
            found.append([] if language else [text for text in texts if _LIKE_CODE.search(text)])
    return found


def _said(turns: Sequence[Mapping[str, Any]] | None) -> list[str]:
    return ["\n".join(turn["content"] or "" for turn in turns or ())]


def _contaminated(subject: Subject) -> Measurement:
    columns = [subject.texts(name) for name in _TEXTS]
    history, codes = subject.column("history"), _codes(subject)
    found: dict[int, str] = {}
    # All at once would take gigabytes. Rows of a file hold the same code, so they go together.
    order = np.argsort(subject.file_order, kind="stable").tolist()
    for begin in range(0, subject.rows, _BATCH):
        rows = order[begin : begin + _BATCH]
        texts = ["\n".join([*_said(history[row]), *(column[row] for column in columns)]) for row in rows]
        for known in (shipped(), *subject.benchmarks):
            for row, hit in zip(rows, known.find(texts, [codes[row] for row in rows]), strict=True):
                if hit is not None:
                    found.setdefault(row, hit[0])
    result = share(sorted(found), subject.rows, "hold something of a benchmark")
    names = sorted(set(found.values()))[:3]
    return replace(result, reason=result.reason + (f": {', '.join(names)}" if names else ""))


def _problems(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    """Made-up problems, in the corpus' own words, pasted into its rows; their hashes are known in the trial."""
    words = sorted({word for word in subject.body_words.vocabulary if word.isalpha() and len(word) > 3})
    if len(words) < 40 or not len(clean):
        return
    hosts = subject.rows_at(np.resize(clean[rng.permutation(len(clean))[:HOSTS]], HOSTS))
    rows: list[dict[str, Any]] = []
    items = []
    for index, host in enumerate(hosts):
        drawn = [words[i] for i in rng.choice(len(words), 30, replace=False)]
        text = " ".join(drawn)
        items.append(Item(f"problem {index}", [text]))
        column = ("instruction", "output")[int(rng.integers(2))]
        # As it is, in capitals, or laid out anew: words are compared, whatever their layout.
        way = (text, text.capitalize(), "\n".join(drawn), " ".join(drawn[6:24]))[int(rng.integers(4))]
        rows.append({**host, "id": copy_id(host["id"], "contaminated", index), column: f"{host[column]}\n\n{way}"})
    known = collected([({"name": "trial"}, items)])
    planted = replace(subject.with_rows(rows), benchmarks=(known,))
    yield Trial(planted, frozenset(row["id"] for row in rows))


HYPOTHESES: Final = (
    Hypothesis(
        id="D7",
        family="distribution",
        claim="No row holds a problem of HumanEval or MBPP",
        statistic="share of rows with a sequence of 13 words, a question or a piece of code of theirs, by hashes",
        threshold=0,
        test=_contaminated,
        plants=(Plant("a made-up problem whose hashes are known", _problems),),
        points=1,
        grave=0.001,
    ),
)
