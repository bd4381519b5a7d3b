"""Is prose in the order in which people write it, and does it end where texts end. Both are asked of the corpus itself.

Each text is compared with copies of itself, its words in another order or cut somewhere, by pairs of words and by ends
that the *other* half of the files writes. In a corpus whose texts were all shuffled, a text is as good as another
shuffle of it, and wins half of the comparisons; so does a text that was cut against a cut of it. No language and no
table is needed. An order is known by pairs of words, and a text of whose pairs the other half writes hardly any has an
order that wins by chance: it counts for less (one draw of 240 rows of requests won .73 before it did, .81 now, where
half of the texts moved leave .65). Measured, share of comparisons won (whole corpora of 550 to 1,690 texts, and 60 to
100 of each):

                     order                             end
                     as it is     half    all moved    as it is     half    all cut
    requests         .95, .86     .65     .49          .85, .89     .68     .49
    flask            .99, .97     .70     .49          .93, .92     .71     .51
    ripgrep          .99, .98     .71     .50          .98, .97     .74     .50
    Italian notes    .99, .92     .72     .51          .84, .70     .65     .50

A text that was cut behind a whole sentence ends as texts do: of such cuts nothing is seen here.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

from falsify.hypothesis import Change, Hypothesis, Measurement, not_applicable, untested
from falsify.plants import graded, whole
from falsify.statistics import Z_95, Floats, mean_bounds, mean_chance
from falsify.subject import Subject, prose_column
from falsify.texts import Ints

__all__ = ["HYPOTHESES", "cut", "end_wins", "order_wins", "prose_changed", "shuffled"]

Flags = npt.NDArray[np.bool_]

_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_RUN: Final = re.compile(r"\S+")
_LOOKED: Final = 1200
_PAIRS: Final = 40
_WORDS: Final = 150  # of a text that are put in another order: a page says as much as a book
_RIVALS: Final = 8
_KNOWN: Final = 12.0  # known pairs in a text and its eight shuffles from which on it says as much as any
_FREQUENT: Final = 200  # words that stand for themselves at the end of a text; others stand for their kind
_TAIL: Final = 60  # characters in which the last word is looked for
_BACK: Final = re.compile(rf"\s*(\w{{1,{_TAIL}}}|[^\w\s])")
_SLOTS: Final = 18  # bits of a hash of a pair: some 50,000 pairs fill a fifth of the table
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_CODE: Final = ("complete",)  # its answer is code
_OPEN_ENDED: Final = (*_CODE, "reply")  # who writes a message ends it where they like
_PRIOR: Final = 4.0  # ends that every kind is taken to have been seen at besides


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def halves(subject: Subject) -> Ints:
    """0 or 1 for each row, the same for all rows of a file; of a definition, where the files do not share out."""
    files, symbols = subject.files, subject.texts("symbol")
    found = _dealt(["\0".join(file) for file in files])
    if not len(found) or 0.3 <= found.mean() <= 0.7:
        return found
    # Rows about one definition stay together: they hold the same text, spoilt in the same way.
    return _dealt(
        [f"{path}\0{symbol or row}" for row, ((_, path), symbol) in enumerate(zip(files, symbols, strict=True))]
    )


def _dealt(names: Sequence[str]) -> Ints:
    return np.array([zlib.crc32(name.encode("utf-8", "replace")) & 1 for name in names], np.int64)


def order_wins(texts: Sequence[str], half: Ints, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """The rows with enough words, the share of shuffles of its own words that each text beats, and what it is worth.

    What counts is how many neighbouring tokens are neighbours somewhere in the other half; ties count half. Words keep
    the signs that stand at them, in the text and in its shuffles. A text of whose words the other half writes hardly
    any says little of its order: it is worth as many pairs as are found in all of its orders, up to `_KNOWN`, and
    nothing where there is none. Its own order is one of them, so that no order is worth more than another.
    """
    number: dict[str, int] = {}
    known: tuple[list[Ints], list[Ints]] = ([], [])
    for text, side in zip(texts, half.tolist(), strict=True):
        known[side].append(np.array([number.setdefault(token, len(number)) for token in _tokens(text)], np.int64))
    width = len(number) + 1  # the last number is that of a token which no text has
    pairs = tuple(_Neighbours(side, width) for side in known)
    rows, won, worth = [], [], []
    for row, (text, side) in enumerate(zip(texts, half.tolist(), strict=True)):
        parts = [ends for word in text.split()[:_WORDS] if (ends := _ends(word))]
        if len(parts) < 6:
            continue
        firsts, lasts = np.array([[number.get(token, width - 1) for token in ends] for ends in parts], np.int64).T
        orders = np.array([np.arange(len(parts)), *(rng.permutation(len(parts)) for _ in range(_RIVALS))])
        keys = lasts[orders[:, :-1]] * width + firsts[orders[:, 1:]]
        own, *others = pairs[1 - side].holds(keys).sum(axis=1).tolist()
        if own or any(others):
            rows.append(row)
            won.append(_share_beaten(own, others))
            worth.append(min(own + sum(others), _KNOWN))
    return np.array(rows, np.int64), np.array(won, np.float64), np.array(worth, np.float64)


class _Neighbours:
    """The pairs of tokens that stand side by side in some texts; a pair is one number, `left * width + right`."""

    def __init__(self, texts: Sequence[Ints], width: int) -> None:
        self._pairs = np.unique(np.concatenate([np.empty(0, np.int64), *(t[:-1] * width + t[1:] for t in texts)]))
        self._seen = np.zeros(1 << _SLOTS, np.bool_)
        self._seen[self._slots(self._pairs)] = True

    @staticmethod
    def _slots(pairs: Ints) -> Ints:
        return np.asarray((pairs.astype(np.uint64) * _FACTOR) >> np.uint64(64 - _SLOTS), np.int64)

    def holds(self, pairs: Ints) -> npt.NDArray[np.bool_]:
        """Which of the pairs are among them: most are not, and a table of hashes says so of nearly all of these."""
        found = self._seen[self._slots(pairs)]
        likely = pairs[found]
        found[found] = self._pairs[np.minimum(np.searchsorted(self._pairs, likely), len(self._pairs) - 1)] == likely
        return found


@lru_cache(maxsize=1 << 16)
def _ends(word: str) -> tuple[str, str] | None:
    """The first and the last token of a word with its signs."""
    tokens = _tokens(word)
    return (tokens[0], tokens[-1]) if tokens else None


def _share_beaten(own: float, others: Sequence[float]) -> float:
    return sum(1.0 if own > other else 0.5 if own == other else 0.0 for other in others) / len(others)


def end_wins(texts: Sequence[str], half: Ints, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """The rows with enough words, the share of cuts of itself that each text beats, and what it is worth: as much.

    Against cuts at any character and against cuts between words; given are the comparisons that texts win less often:
    a corpus that was cut at words must not be excused because no word of it is broken.
    """
    held: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for text, side in zip(texts, half.tolist(), strict=True):
        held[side].update(dict.fromkeys(_tokens(text), 1))
    frequent = [{word for word, _ in counts.most_common(_FREQUENT)} for counts in held]
    rows = [row for row, text in enumerate(texts) if len(text.split()) >= 5]
    own_last = [_last(texts[row]) for row in rows]
    cuts = [_cuts(texts[row], rng) for row in rows]

    def kind(last: str, side: int) -> str:
        if last in frequent[side] or not last.isalnum():
            return last
        return "9" if last.isdigit() else "w" if held[side][last] > 1 else "u"

    fits = []
    for side in (0, 1):
        own = [at for at, row in enumerate(rows) if half[row] == side]
        ends = _kinds(Counter(own_last[at] for at in own), partial(kind, side=side))
        middles = _kinds(Counter(last for at in own for group in cuts[at] for last in group), partial(kind, side=side))
        every = {*own_last, *(last for both in cuts for group in both for last in group)}
        kinds = {last: kind(last, side) for last in every}
        fits.append(
            {last: (2 * _RIVALS * ends[k] + 2 * _PRIOR) / (middles[k] + 2 * _PRIOR) for last, k in kinds.items()}
        )

    won = np.empty((2, len(rows)))
    for at, (row, last, both) in enumerate(zip(rows, own_last, cuts, strict=True)):
        fit = fits[1 - int(half[row])]
        won[:, at] = [_share_beaten(fit[last], [fit[one] for one in group]) for group in both]
    least = int(np.argmin(won.mean(axis=1))) if rows else 0
    return np.array(rows, np.int64), won[least], np.ones(len(rows))


def _kinds(counts: Counter[str], kind: Callable[[str], str]) -> Counter[str]:
    """How often each kind of last token is there."""
    found: Counter[str] = Counter()
    for last, count in counts.items():
        found[kind(last)] += count
    return found


def _last(text: str) -> str:
    """The last token of a text; "" where there is none."""
    found = _tokens(text[-_TAIL:])
    return found[-1] if found else ""


def _cuts(text: str, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """The last tokens of beginnings of a text: that end anywhere, and that end behind a word; a fifth of it or more."""
    least = len(text) // 5 + 1
    anywhere = rng.integers(least, len(text), _RIVALS).tolist()
    ends = [match.end() for match in _RUN.finditer(text)][:-1]
    between = [ends[at] for at in rng.integers(len(ends) // 5, len(ends), _RIVALS).tolist()]
    if not text.isascii():  # where lower case may be another number of characters
        return [_last(text[:at].rstrip()) for at in anywhere], [_last(text[:at]) for at in between]
    back = text[::-1].lower()
    return [_first(back, len(text) - at) for at in anywhere], [_first(back, len(text) - at) for at in between]


def _first(back: str, at: int) -> str:
    """The first token of a text that is written backwards, from a place on; forwards."""
    found = _BACK.match(back, at)
    return found[1][::-1] if found else ""


def shuffled(text: str, rng: np.random.Generator) -> str:
    """A text with its words in another order; what stands between them stays."""
    parts = re.split(r"(\s+)", text)
    words = [part for part in parts if part and not part.isspace()]
    order = iter([words[i] for i in rng.permutation(len(words)).tolist()])
    return "".join(next(order) if part and not part.isspace() else part for part in parts)


def cut(text: str, share: float) -> str:
    """The first characters of a text, in the middle of whatever stands there."""
    return text[: int(len(text) * share)].rstrip()


def _own_rivals(
    label: str, wins: Callable[..., tuple[Ints, Floats, Floats]], without: tuple[str, ...], *, by_task: bool = False
) -> Callable[[Subject], Measurement]:
    """A test on the share of its own spoilt copies that a text beats; the value is the upper bound of its mean.

    By task it is the least of those of the tasks that have enough texts, whose bounds share the error of 5 %: what is
    wrong in one task must not be outvoted by the others.
    """

    def test(subject: Subject) -> Measurement:
        tasks = subject.column("task")
        rows = np.array([i for i, text in enumerate(subject.prose) if text and tasks[i] not in without], np.int64)
        if not len(rows):
            return not_applicable("no row holds prose")
        if label not in subject.kept:  # once for both
            drawn = subject.take(subject.draw_files(rows, _LOOKED, subject.rng(label)))
            subject.kept[label] = drawn, *wins(drawn.prose, halves(drawn), subject.rng(label + " rivals"))
        drawn, row, won, worth = subject.kept[label]
        if len(row) < _PAIRS:
            return untested(f"{len(row)} texts can be compared with their own copies; {_PAIRS} are needed", len(row))
        task = np.array([drawn.column("task")[i] for i in row.tolist()], dtype=object)
        groups = {f"of {name}": task == name for name in sorted(set(task)) if (task == name).sum() >= _PAIRS}
        if not by_task:
            groups = {"of all": np.ones(len(row), np.bool_)}
        elif len(groups) < 2:
            return not_applicable("there are no two tasks whose texts can be compared")
        name, mean, error, upper = _least(groups, won, worth, drawn.clusters[row])
        losers = row[np.argsort(won, kind="stable")][: int((won < 0.5).sum())]
        place = {one: index for index, one in enumerate(subject.ids)}
        found = np.array([place[drawn.ids[i]] for i in losers.tolist()], np.int64)
        how = "all" if drawn.rows == len(rows) else f"{drawn.rows} of {len(rows)} by whole files, seed {subject.seed}"
        reason = f"mean {mean:.3f} {name}, upper bound {upper:.3f} (95 %); {len(found)} rows below one half"
        alone = mean_chance(mean, error, above=False)
        return Measurement(upper, len(row), found, how, reason, chance=lambda at: min(1.0, len(groups) * alone(at)))

    return test


def _least(groups: Mapping[str, Flags], won: Floats, worth: Floats, clusters: Ints) -> tuple[str, float, float, float]:
    """The group with the least upper bound: its name, its mean, the standard error, the bound."""
    z = NormalDist().inv_cdf(1 - 0.05 / len(groups))
    found = []
    for name, chosen in groups.items():
        mean, _, upper = mean_bounds(won[chosen], clusters[chosen], worth[chosen])
        error = (upper - mean) / Z_95
        found.append((mean + z * error, name, mean, error))
    upper, name, mean, error = min(found)
    return name, mean, error, upper


def prose_changed(change: Callable[[str, np.random.Generator], str], part: float = 1.0) -> Change:
    """A plant: the prose of all rows, or of a part of them, spoilt."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        tasks, columns = subject.column("task"), {name: list(subject.texts(name)) for name in ("input", "output")}
        spoilt = 0
        for row in np.flatnonzero(rng.random(subject.rows) < part).tolist():
            column = columns[prose_column(tasks[row])]
            before, column[row] = column[row], change(column[row], rng)
            spoilt += before != column[row]
        if spoilt < 0.5 * part * subject.rows:
            return None
        for name, values in columns.items():
            subject = subject.with_column(name, values)
        return subject

    return changed


def _of_one_task(change: Callable[[str, np.random.Generator], str], without: tuple[str, ...]) -> Change:
    """A plant: the prose of the largest task spoilt, that of all others as it is."""

    def changed(subject: Subject, rng: np.random.Generator) -> Subject | None:
        prose, tasks = subject.prose, subject.column("task")
        sizes = Counter(t for t, text in zip(tasks, prose, strict=True) if len(text.split()) >= 6 and t not in without)
        if len(sizes) < 2 or sizes.most_common(2)[1][1] < _PAIRS:
            return None
        task = sizes.most_common(1)[0][0]
        name = prose_column(task)
        texts = zip(subject.texts(name), tasks, strict=True)
        return subject.with_column(name, [change(text, rng) if own == task else text for text, own in texts])

    return changed


def _cut_at(text: str, rng: np.random.Generator) -> str:
    """Cut at 40, 70 or 95 % of its characters."""
    return cut(text, (0.4, 0.7, 0.95)[int(rng.integers(3))])


def _cut_between(text: str, rng: np.random.Generator) -> str:
    """Cut behind a word, as a limit of tokens cuts."""
    ends = [match.end() for match in _RUN.finditer(text)]
    return text[: ends[max(0, int(rng.uniform(0.4, 0.95) * len(ends)) - 1)]] if len(ends) > 1 else text


HYPOTHESES: Final = (
    Hypothesis(
        id="T1",
        family="semantics",
        claim="The words of the prose do not stand in an order that nobody wrote",
        statistic="upper bound (95 %, by file) of the share of own shuffles that texts beat, by pairs known of each",
        threshold=0.80,
        floor=True,
        population="sample",
        test=_own_rivals("T1", order_wins, _CODE),
        plants=(
            graded(
                lambda part: whole("the words of texts in another order", prose_changed(shuffled, part)),
                strength=0.5,
                strengths=(0.2, 0.5, 1.0),
                unit="of the texts",
            ),
        ),
        points=1,
        grave=0.70,
        rate=None,
        min_sensitivity=0.8,
        version=3,
    ),
    Hypothesis(
        id="T2",
        family="syntax",
        claim="Prose does not end in the middle",
        statistic="upper bound (95 %, clustered by file) of the share of cuts of itself that a text beats",
        threshold=0.70,
        floor=True,
        population="sample",
        test=_own_rivals("T2", end_wins, _OPEN_ENDED),
        plants=(
            graded(
                lambda part: whole("texts cut anywhere", prose_changed(_cut_at, part)),
                strength=1.0,
                strengths=(0.5, 1.0),
                unit="of the texts",
            ),
            whole("every text cut behind a word", prose_changed(_cut_between)),
        ),
        points=1,
        grave=0.62,
        rate=None,
        min_sensitivity=0.8,
        version=2,
    ),
    Hypothesis(
        id="T1b",
        family="semantics",
        claim="In no task do the words of the prose stand in an order that nobody wrote",
        statistic="least upper bound (95 % in all, by file) of the share of own shuffles that texts of a task beat",
        threshold=0.70,  # 240 rows of requests, whose files tell little of each other: .79 at the least
        floor=True,
        population="sample",
        test=_own_rivals("T1", order_wins, _CODE, by_task=True),
        plants=(whole("the words of one task's texts in another order", _of_one_task(shuffled, _CODE)),),
        points=1,
        grave=0.60,
        rate=None,
        min_sensitivity=0.8,
        version=2,
    ),
)
