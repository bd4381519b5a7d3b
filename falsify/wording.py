"""What a corpus' own texts cannot tell of each other where all of them are spoilt alike: form that people give a text.

`falsify.prose` compares a corpus with itself: what is wrong everywhere in the same way is not seen there. Here texts
are held against what holds of every text, or against the same text as another row gives it:

- A definition's documentation stands in two rows, or three: as the answer, in the question for its code, and its
  beginning as an explanation. Word by word, and in the same order: of 9,200 such pairs of eight repositories .1 % share
  less than half of their pairs of words, none (XML aside, whose elements are put in another order) has another order.
- English has a direction: neighbours that the library's table of English knows are neighbours this way round. Of 7,800
  texts in documentation .2 % fit better backwards, by half a unit a word; turned round all but a few do.
- Documentation of eight words or more has a capital letter, in all but .2 % of 10,200 texts (2.5 % in one repository);
  OCaml, Zig, C++ and Lua have none in .08 to .21, Bash in .40 of 40.
- Lengths are all over: of no corpus do more than .6 % of the answers have one length of 80 characters or more, beyond
  what its neighbouring lengths have.
- Nobody writes a paragraph twice (.1 % of 16,000 texts), escapes prose for HTML (.1 %), or lays out code in braces
  without any indentation (none of 9,700).
"""

from __future__ import annotations

import html
import itertools
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from corpus.entry import CODE_COLUMN, CODE_COLUMNS
from falsify.belonging import pairs_of_rows, unmarked
from falsify.hypothesis import Change, Hypothesis, Measurement, Plant, Trial, not_applicable, share
from falsify.plants import HOSTS, copy_id, edited_rows, graded, whole
from falsify.statistics import at_least
from falsify.subject import Row, Subject, prose_column
from falsify.texts import Ints

__all__ = ["HYPOTHESES", "differs", "direction"]

_WORD: Final = re.compile(r"\w+")
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)*(?!\w)")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n")
_XML: Final = re.compile(r"^[ \t]*<(?:summary|remarks|param|returns|value|exception)\b", re.MULTILINE)
# A paragraph before the summary that is code: in Julia the signature; a summary that is told first goes before it.
_SIGNATURE: Final = re.compile(r"\A(?:[ \t]+\S|```|[\w.:!]+(?:\{[^\n]*?\})?\()[^\n]*\n(?:[ \t]*+\S[^\n]*\n)*+[ \t]*+\n")
_LEAST: Final = 8  # words: of fewer, too few pairs of words
_AGREE: Final = 0.5  # share of the shorter text's pairs of words that the other holds; markup takes some
_ORDER: Final = 0.95  # share of these that stand in the same order
_END: Final = 3  # words
_PAIRS_LOOKED: Final = 2000
_PROSE_TASKS: Final = ("document", "explain", "answer", "reply")


def _words(text: str) -> list[str]:
    return _WORD.findall(unmarked(text))


def _once(words: Sequence[str]) -> dict[tuple[str, str], int]:
    """Where each pair of neighbours stands that occurs once."""
    found: dict[tuple[str, str], int] = {}
    for at, pair in enumerate(itertools.pairwise(words)):
        found[pair] = -1 if pair in found else at
    return {pair: at for pair, at in found.items() if at >= 0}


def _ascending(values: Sequence[int]) -> int:
    """The length of the longest ascending subsequence (patience sorting)."""
    tops: list[int] = []
    for value in values:
        at = bisect_left(tops, value)
        tops[at : at + 1] = [value]
    return len(tops)


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    """Whether a text holds these words side by side."""
    size = len(part)
    return any(words[at : at + size] == part for at in range(len(words) - size + 1))


def differs(text: str, small: Sequence[str], large: Sequence[str], signature: Sequence[str] = ()) -> str | None:
    """How a text differs from a longer one that should hold it word by word; None where it does not.

    Args:
        text: The shorter text as it is, for what cannot be read of words alone.
        small: Its words.
        large: The words of the longer one.
        signature: Words that one of them begins with, which the other may have elsewhere, in their order.
    """
    own, other = _once(small), _once(large)
    both = [pair for pair in own if pair in other]
    if len(both) < _AGREE * len(own):
        return "other words"
    moved = set(itertools.pairwise(signature))
    kept = sum(_ascending([other[pair] for pair in both if (pair in moved) is side]) for side in (True, False))
    return "another order" if kept < _ORDER * len(both) and not _XML.search(text) else None


def _signature(text: str) -> list[str]:
    """The words of what stands before the summary of a documentation: a signature, or what the function costs."""
    from corpus.code.sections import COST

    found = _SIGNATURE.match(text) or ("O(" in text[:100] and COST.match(text))
    return _words(found[0]) if found else []


def _twin_differs(subject: Subject, told: int, twin: int) -> str | None:
    """How the documentation of one row differs from that in another row about the same lines."""
    text = subject.texts("output")[told]
    said = _words(text)
    signature = _signature(text)
    if subject.texts("task")[twin] != "implement":
        part = subject.texts("output")[twin]
        words = _words(part)
        return differs(part, words, said, signature) if len(words) >= _LEAST else None
    if len(said) < _LEAST:
        return None
    question = subject.questions[twin]
    how = differs(text, said, _words(question), signature)
    # The first sentence stands in the question itself; what follows it, if anything does, behind the signature.
    rest = subject.texts("input")[twin].partition("\n\n")[2] or subject.texts("instruction")[twin]
    if how is None and not _holds(said, _words(rest)[-_END:]):
        return "an end is missing"
    return how or _other_number(text, question)


def _other_number(text: str, question: str) -> str | None:
    """Whether a text has numbers, none of which its question has."""
    own = set(_NUMBER.findall(unmarked(text)))
    return "other numbers" if own and not own & set(_NUMBER.findall(question)) else None


def _corrected(subject: Subject) -> set[str]:
    """The ids of the rows whose answer somebody wrote anew: nobody has told their twins."""
    configs = [stage.get("config") for stage in subject.lineage or () if stage.get("stage") == "correct"]
    rows = [config.get("rows") for config in configs if isinstance(config, Mapping)]
    return {str(name) for one in rows if isinstance(one, Mapping) for name in one}


def _retold(subject: Subject) -> Measurement:
    anew = _corrected(subject)
    pairs = [pair for pair in pairs_of_rows(subject) if not any(subject.ids[row] in anew for row in pair)]
    if len(pairs) > _PAIRS_LOOKED:
        chosen = subject.rng("C1m").choice(len(pairs), _PAIRS_LOOKED, replace=False)
        pairs = [pairs[at] for at in np.sort(chosen).tolist()]
    looked: set[int] = set()
    notes: dict[int, str] = {}
    for told, twin in pairs:
        looked |= {told, twin}
        how = _twin_differs(subject, told, twin)
        if how is not None:
            notes |= {told: f"{how} than in row {subject.ids[twin]}", twin: f"{how} than in row {subject.ids[told]}"}
    if not looked:
        return not_applicable("no two rows tell of the same definition")
    result = share(
        sorted(notes), len(looked), "tell a text otherwise than another row about the same lines", tolerated=True
    )
    how = f"{len(looked)} rows in pairs, seed {subject.seed}"
    return Measurement(result.value, result.looked, result.found, how, result.reason, notes=notes, chance=result.chance)


def _pairs_with(name: str, change: Callable[[str, np.random.Generator], str | None]) -> Plant:
    """A plant of pairs: the documentation of the one spoilt, the other row about the same lines as it is."""

    def sow(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        pairs = _hosts(subject, clean, rng)
        rows: list[Row] = []
        planted = set()
        for index in range(4 * HOSTS if pairs else 0):
            both = subject.rows_at(pairs[index % len(pairs)])
            place = copy_id(both[0]["id"], name, index)
            told, twin = ({**row, "id": copy_id(row["id"], name, index), "path": place} for row in both)
            output = change(told["output"], rng)
            if output is not None and output != told["output"]:
                rows += [{**told, "output": output}, twin]
                planted.add(told["id"])
            if len(planted) == HOSTS:
                break
        if rows:
            yield Trial(subject.with_rows(rows), frozenset(planted))

    return Plant(name, sow, change=_in_documentation(change))


def _hosts(subject: Subject, clean: Ints, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Pairs of rows that the test finds nothing wrong with, of which the second holds all of the first's text."""
    fine, tasks = set(clean.tolist()), subject.column("task")
    pairs = [pair for pair in pairs_of_rows(subject) if tasks[pair[1]] == "implement" and fine.issuperset(pair)]
    outputs = subject.texts("output")
    pairs = [pair for pair in pairs if len(_words(outputs[pair[0]])) >= _LEAST]
    return [pairs[at] for at in rng.permutation(len(pairs)).tolist()]


def _in_documentation(change: Callable[[str, np.random.Generator], str | None]) -> Callable[[float], Change]:
    """The same in a whole table: in all documentation that has a twin."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        outputs = list(subject.texts("output"))
        for told in sorted({told for told, _ in _hosts(subject, np.arange(subject.rows), rng)}):
            outputs[told] = change(outputs[told], rng) or outputs[told]
        return subject.with_column("output", outputs) if outputs != subject.texts("output") else None

    return lambda _: changed


def _turned(text: str, rng: np.random.Generator) -> str | None:
    """The words of a text in reverse."""
    del rng
    return " ".join(text.split()[::-1])


def _reordered(text: str, rng: np.random.Generator) -> str | None:
    """The sentences of a text in another order; None where there are not two of some length."""
    parts = _SENTENCE_END.split(text)
    length = np.cumsum([len(_words(part)) for part in parts])
    enough = max(5, int(0.1 * length[-1]))
    cuts = [at for at in range(1, len(parts)) if min(length[at - 1], length[-1] - length[at - 1]) >= enough]
    if not cuts or _XML.search(text):
        return None
    by = cuts[int(rng.integers(len(cuts)))]
    return " ".join(parts[by:] + parts[:by])


def _shortened(text: str, rng: np.random.Generator) -> str | None:
    """The last fifth of the words left out, or more; None where that is less than three."""
    words = text.split()
    kept = int(len(words) * rng.uniform(0.5, 0.8))
    return (
        " ".join(words[:kept]) if len(words) - kept >= _END and len(_words(" ".join(words[:kept]))) >= _LEAST else None
    )


def _renumbered(text: str, rng: np.random.Generator) -> str | None:
    """Other numbers; None where there are none."""
    plain = unmarked(text)
    if not _NUMBER.search(plain):
        return None
    by = int(rng.integers(1009, 9973))
    return _NUMBER.sub(lambda match: str(int(re.sub(r"\D", "", match[0])[:9]) + by), text)


def direction(text: str) -> float | None:
    """By how much a word the words of an English text fit better than backwards; None of other and of short texts."""
    from corpus.curate import english

    paragraphs = [words for one in _PARAGRAPH.split(text) if len(words := one.split()[:60]) >= 5]
    if not paragraphs or english.is_foreign([word.lower() for words in paragraphs for word in words]):
        return None
    gain = sum(_fit(" ".join(words)) - _fit(" ".join(words[::-1])) for words in paragraphs)
    return gain / sum(map(len, paragraphs))


def _fit(paragraph: str) -> float:
    from corpus.curate import english

    return sum(english.affinities(english.tokens(paragraph)))


_BACKWARDS: Final = -0.5
_TURNED_LOOKED: Final = 1500


def _backwards(subject: Subject) -> Measurement:
    tasks, outputs = subject.column("task"), subject.texts("output")
    rows = np.array([row for row, task in enumerate(tasks) if task in _PROSE_TASKS and outputs[row]], np.int64)
    drawn = subject.draw(rows, _TURNED_LOOKED, "T3").tolist()
    told = {row: value for row in drawn if (value := direction(outputs[row])) is not None}
    if not told:
        return not_applicable("no row holds prose in English")
    found = [row for row, value in told.items() if value < _BACKWARDS]
    return share(found, len(told), "hold words that fit each other backwards", tolerated=True)


def _backward_row(row: Row, rng: np.random.Generator) -> Row | None:
    """The words of an English text in reverse; None where no English fits forwards."""
    del rng
    if row["task"] not in _PROSE_TASKS:
        return None
    value = direction(row["output"])
    # Lists and tables have no direction; what is turned round must have had one.
    return (
        {**row, "output": " ".join(row["output"].split()[::-1])} if value is not None and value > -_BACKWARDS else None
    )


_CASED_LOOKED: Final = 3000


def _documentation(subject: Subject) -> list[int]:
    """Some rows that hold documentation of code, eight words or more in letters that have capitals."""
    kinds, outputs = subject.column("kind"), subject.texts("output")
    rows = [row for row in subject.where(("document", "explain")).tolist() if kinds[row] == "git"]
    drawn = subject.draw(np.array(rows, np.int64), _CASED_LOOKED, "T4").tolist()
    return [row for row in drawn if len(outputs[row].split()) >= _LEAST and _is_cased(outputs[row])]


def _is_cased(text: str) -> bool:
    # Georgian has capitals for headings alone: a letter in title case is the letter.
    return sum(char != char.title() or char != char.lower() for char in text) >= 20


def _one_case(subject: Subject) -> Measurement:
    looked, outputs = _documentation(subject), subject.texts("output")
    if not looked:
        return not_applicable("no row documents code in letters that have capitals")
    found = [row for row in looked if outputs[row] in (outputs[row].lower(), outputs[row].upper())]
    return share(found, len(looked), "are written in small letters alone, or in capitals", tolerated=True)


def _lowered(row: Row, rng: np.random.Generator) -> Row | None:
    text = row["output"]
    if row["kind"] != "git" or row["task"] not in ("document", "explain") or len(text.split()) < _LEAST:
        return None
    changed = (text.lower(), text.upper())[int(rng.integers(2))]
    return {**row, "output": changed} if changed != text and _is_cased(text) and _is_cased(changed) else None


_SHORT: Final = 80  # characters; shorter answers are often of one length
_ALIKE: Final = 20  # characters: texts that begin alike are of one length because they are alike
_SEVERAL: Final = 5


def _cap(subject: Subject) -> Measurement:
    """The largest excess of answers of one length over those a little shorter or longer."""
    outputs = subject.texts("output")
    distinct = {(len(text), text[:_ALIKE]): row for row, text in enumerate(outputs) if len(text) >= _SHORT}
    if not distinct:
        return not_applicable(f"no answer has {_SHORT} characters")
    counts = Counter(length for length, _ in distinct)
    worst, said, at = 0.0, "no length is that of many answers", 0
    for length, count in sorted(counts.items()):
        beside = range(length - length // 20, length + length // 20 + 1)
        usual = sum(counts[other] for other in beside if other != length) / max(1, len(beside) - 1)
        if count >= _SEVERAL and count > 4 * usual:
            value = at_least(max(0, int(count - usual)), len(outputs))
            if value > worst:
                worst, at, said = value, length, f"{count} answers have {length} characters, {usual:.1f} are usual"
    found = np.array(sorted(row for row, text in enumerate(outputs) if at and len(text) == at), np.int64)
    return Measurement(worst, len(outputs), found, reason=said)


def _capped(part: float) -> Change:
    """Answers cut at a length that a part of them exceeds."""

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        del rng
        outputs = subject.texts("output")
        most = int(np.quantile([len(text) for text in outputs], 1 - part))
        return subject.with_column("output", [text[:most] for text in outputs]) if most >= _SHORT else None

    return change


def _prose_rows(subject: Subject) -> list[int]:
    """The rows whose prose is that of people: what completes code is code."""
    tasks, prose = subject.column("task"), subject.prose
    return [row for row, task in enumerate(tasks) if task != "complete" and prose[row]]


def _paragraphs(text: str) -> list[str]:
    return [said for one in _PARAGRAPH.split(text) if len(said := " ".join(one.split())) >= 40]


def _repeats(text: str) -> bool:
    told = _paragraphs(text)
    return len(set(told)) < len(told)


def _twice(subject: Subject) -> Measurement:
    looked = _prose_rows(subject)
    found = [row for row in looked if _repeats(subject.prose[row])]
    return share(found, len(looked), "say a paragraph twice", tolerated=True)


def _said_again(row: Row, rng: np.random.Generator) -> Row | None:
    column = prose_column(row["task"])
    told = [one for one in _PARAGRAPH.split(row[column]) if len(" ".join(one.split())) >= 40]
    if row["task"] == "complete" or not told:
        return None
    return {**row, column: f"{row[column]}\n\n{told[int(rng.integers(len(told)))]}"}


_ENTITY: Final = re.compile(r"&(?:amp|lt|gt|quot|apos|#39|#x27|#34);")


def _entities(subject: Subject) -> Measurement:
    looked = _prose_rows(subject)
    found = [row for row in looked if "&" in subject.prose[row] and _ENTITY.search(subject.prose[row])]
    return share(found, len(looked), "hold text that was escaped for HTML", tolerated=True)


def _escaped(row: Row, rng: np.random.Generator) -> Row | None:
    del rng
    column = prose_column(row["task"])
    changed = html.escape(row[column])
    return {**row, column: changed} if changed != row[column] and row["task"] != "complete" else None


_LONG_LINE: Final = 400  # characters of code on a single line


def _is_flat(code: str, language: str) -> bool:
    """Whether code opens a block at the end of a line and begins all lines at the margin, or is a single long line."""
    lines = [line for line in code.split("\n") if line.strip()]
    if len(lines) == 1:
        return len(code) > _LONG_LINE and code.count("{") + code.count(";") >= 4
    opening = ("{", "(", "[", ":") if language == "python" else ("{", "(", "[")
    opens = len(lines) >= 4 and any(line.rstrip().endswith(opening) for line in lines[:-2])
    return opens and not any(line[0] in " \t" for line in lines)


def _layout(subject: Subject) -> Measurement:
    looked, found = 0, []
    for row, (task, language) in enumerate(zip(subject.column("task"), subject.column("language"), strict=True)):
        if task in CODE_COLUMNS and language:
            looked += 1
            if any(_is_flat(subject.texts(column)[row], language) for column in CODE_COLUMNS[task]):
                found.append(row)
    if not looked:
        return not_applicable("no row holds code")
    return share(found, looked, "hold code without indentation", tolerated=True)


def _flattened(row: Row, rng: np.random.Generator) -> Row | None:
    """Code whose lines all begin at the margin, or stand on one line; None where that would be no other code."""
    if row["task"] not in CODE_COLUMN or not row["language"]:
        return None
    column = CODE_COLUMN[row["task"]]
    lines = [line.strip() for line in row[column].split("\n")]
    ways = [
        text for text in ("\n".join(lines), " ".join(lines)) if text != row[column] and _is_flat(text, row["language"])
    ]
    return {**row, column: ways[int(rng.integers(len(ways)))]} if ways else None


HYPOTHESES: Final = (
    Hypothesis(
        id="C1m",
        family="semantics",
        claim="No more than 3 % of the rows tell a text otherwise than another row about the same lines",
        statistic="lower bound (95 %) of the share of rows with other words, order, end or numbers than their twin",
        threshold=0.03,  # eight repositories: none to 1.2 %, 1.8 % where documentation is XML
        population="sample",
        test=_retold,
        plants=(
            _pairs_with("the words of a text turned round, beside its twin", _turned),
            _pairs_with("the sentences of a text moved, beside its twin", _reordered),
            _pairs_with("the end of a text left out, beside its twin", _shortened),
            _pairs_with("other numbers in a text, beside its twin", _renumbered),
        ),
        points=2,
        grave=0.10,
        rate=0.06,
        min_sensitivity=0.8,
        version=2,
        applies_to=("document", "implement", "explain"),
    ),
    Hypothesis(
        id="T3",
        family="semantics",
        claim="No more than 5 % of the English prose reads backwards",
        statistic="lower bound (95 %) of the share of texts whose neighbouring words fit better the other way round",
        threshold=0.05,  # documentation: at most .02; answers that are lists: .04
        population="sample",
        test=_backwards,
        plants=(edited_rows("the words of an English text turned round", _backward_row),),
        points=1,
        grave=0.20,
        rate=0.10,
        min_sensitivity=0.8,  # half a unit a word is much for lists and names
    ),
    Hypothesis(
        id="T4",
        family="semantics",
        claim="No more than half of the documentation of code is without a capital letter, or all in capitals",
        statistic="lower bound (95 %) of the share of texts of eight words or more in one case",
        threshold=0.5,  # OCaml .08, Zig and C++ .13, Lua .12 and .21, Bash .40; else at most .025
        population="sample",
        test=_one_case,
        plants=(edited_rows("documentation in small letters, or in capitals", _lowered),),
        points=1,
        grave=0.75,
        rate=0.6,
        version=2,
        applies_to=("document", "explain"),
    ),
    Hypothesis(
        id="S10",
        family="syntax",
        claim="No length is that of many answers: they were not cut at a limit",
        statistic=f"lower bound (95 %) of answers of one length (>= {_SHORT} characters) over what is usual",
        threshold=0.02,
        test=_cap,
        plants=(
            graded(
                lambda part: whole("answers cut at one length", _capped(part)),
                strength=0.15,
                strengths=(0.05, 0.15, 0.5),
                unit="of the answers cut",
            ),
        ),
        points=1,
        grave=0.10,
        rate=None,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="S11",
        family="syntax",
        claim="No more than 2 % of the prose says a paragraph twice",
        statistic="lower bound (95 %) of the share of texts with two equal paragraphs of 40 characters or more",
        threshold=0.02,  # thirteen corpora: at most .006
        test=_twice,
        plants=(edited_rows("a paragraph said twice", _said_again),),
        points=1,
        grave=0.10,
        rate=0.04,
    ),
    Hypothesis(
        id="S12",
        family="syntax",
        claim="No more than 3 % of the prose is escaped for HTML",
        statistic="lower bound (95 %) of the share of texts with an entity for a sign of HTML",
        threshold=0.03,  # Java's documentation is HTML: .01 of gson's; none elsewhere
        test=_entities,
        plants=(edited_rows("prose escaped for HTML", _escaped),),
        points=1,
        grave=0.15,
        rate=0.06,
        min_sensitivity=0.8,
    ),
    Hypothesis(
        id="S13",
        family="syntax",
        claim="No more than 1 % of the code has lost its layout",
        statistic="lower bound (95 %) of the share of code in brackets without indentation, or on a single long line",
        threshold=0.01,
        test=_layout,
        plants=(edited_rows("code without indentation", _flattened),),
        points=1,
        grave=0.05,
        rate=0.02,
        min_sensitivity=0.8,
        applies_to=tuple(CODE_COLUMNS),
    ),
)
