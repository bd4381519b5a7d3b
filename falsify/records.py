"""Is what a row records of itself true of it: counts, signals, lines, dates. Rows alone decide; no source is needed.

A row says more than its texts: how long they are, what they scored, where they stood and when they were written.
Whoever changes a text afterwards (cuts it, deals it anew, turns its words round) leaves these as they were. So each is
computed again, or held against the rows beside it:

- The counts of tokens are an estimate that anybody can make again, and are those of the texts in all of 26,000 rows of
  thirteen corpora. Counts by a model's tokenizer are recognised by not being that estimate anywhere.
- Of the seven signals four hardly depend on the rows beside theirs, of which some were removed; all four are the same
  to the last digit in every one of 3,018 rows of five corpora.
- Definitions of a file stand in each other or beside each other, never across: none of 7,700 places in thirteen corpora
  does. And one file has one commit, date, author, licence.
- Nothing is written in the future; and midnight of 1 January 1970 is a date that nobody knew.

What is changed before it is counted and scored is not seen here; the claims of `falsify.wording` are about the texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from corpus.entry import estimate_asked, estimate_tokens
from falsify.hypothesis import Change, Hypothesis, Measurement, Plant, Trial, not_applicable, share, untested
from falsify.plants import HOSTS, copy_id, edited_rows, merged, whole
from falsify.prose import prose_changed, shuffled
from falsify.subject import Row, Subject
from falsify.texts import Ints

__all__ = ["HYPOTHESES", "OWN_SIGNALS"]

OWN_SIGNALS: Final = ("well_formedness", "consistency", "readability", "information")
"""Those that stay when rows of the same file are removed."""

_ESTIMATED: Final = 0.2  # share of exact counts that makes them the estimate; of another tokenizer's one in 20 is
_SCORED: Final = 500  # rows whose signals are computed again, whole files
_REWRITTEN: Final = 15  # 15 of 15 shows .82; each scores some files
_EXACT: Final = 1e-5  # rounded to six digits; rows beside them that are gone move the last
_EARLIEST: Final = datetime(1971, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(days=1)  # clocks and time zones differ
_FACTS: Final = ("commit", "created_at", "author", "license", "visibility")


def _estimates(row: Row) -> tuple[int, int]:
    """The counts of a row's texts, question and answer."""
    return estimate_asked(row), estimate_tokens(row["output"])


def _counts(subject: Subject) -> Measurement:
    names = ("kind", "system", "history", "instruction", "input", "output", "tokens_input", "tokens_output")
    columns = zip(*(subject.column(name) for name in names), strict=True)
    looked, exact, found = 0, 0, []
    for row, values in enumerate(columns):
        held = dict(zip(names, values, strict=True))
        if held["kind"] == "table":  # counted when it was read from somebody's table, as it was then
            continue
        asked, told = _estimates(held)
        right = asked == held["tokens_input"], told == held["tokens_output"]
        looked, exact = looked + 1, exact + sum(right)
        if not all(right):
            found.append(row)
    if not looked:
        return not_applicable("no row was counted when it was extracted")
    if exact < _ESTIMATED * 2 * looked:
        return untested("the tokens were counted by a tokenizer that is not at hand", looked)
    return share(found, looked, "have other texts than those whose tokens were counted")


def _uncounted(row: Row, rng: np.random.Generator) -> Row | None:
    """A text cut, or said twice in part, with the counts as they were."""
    if row["kind"] == "table":
        return None
    column = "input" if row["input"] and rng.integers(2) else "output"
    text = row[column]
    at = int(rng.uniform(0.3, 0.9) * len(text))
    changed = {**row, column: (text[:at], f"{text} {text[at:]}")[int(rng.integers(2))]}
    return changed if _estimates(changed) != _estimates(row) else None


def _version(subject: Subject) -> str | None:
    """With what the rows were scored; None where the lineage does not say."""
    for stage in reversed(subject.lineage or ()):
        if stage.get("stage") == "score":
            return str(stage.get("version"))
    return None


def _signals(subject: Subject) -> Measurement:
    held = zip(subject.column("quality"), subject.column("signals"), strict=True)
    scored = np.array([row for row, (quality, signals) in enumerate(held) if quality is not None and signals], np.int64)
    if not len(scored):
        return not_applicable("no row was scored")
    from corpus.curate.scores import VERSION, places

    if _version(subject) not in (None, VERSION):
        return untested(f"the rows were scored by {_version(subject)}, and {VERSION} is at hand")
    rows = subject.draw_files(scored, _SCORED, subject.rng("signals"))
    drawn = subject if len(rows) == subject.rows else subject.take(rows)
    known = drawn.column("signals")
    found = [
        int(rows[row])
        for members, place in places(drawn.table)
        for at, row in enumerate(members)
        if not _is_own(known[row], place.signals(at))
    ]
    result = share(found, len(rows), "hold signals of another text than theirs", tolerated=True)
    how = f"{len(rows)} of {len(scored)} by whole files, seed {subject.seed}"
    return replace(result, how=how)


def _is_own(held: Mapping[str, float | None], again: Mapping[str, float | None]) -> bool:
    for name in OWN_SIGNALS:
        one, other = held.get(name), again[name]
        if (one is None) != (other is None) or (one is not None and other is not None and abs(one - other) > _EXACT):
            return False
    return True


def _rewritten(part: float) -> Change:
    """A plant: the words of a part of the prose in another order, the signals as they were."""
    words_moved = prose_changed(shuffled, part)

    def change(subject: Subject, rng: np.random.Generator) -> Subject | None:
        return words_moved(subject, rng) if any(subject.column("signals")) else None

    return change


def _places(subject: Subject) -> Measurement:
    """Rows whose lines lie across those of another row of the file, or whose commit, date or author is another's."""
    known = [row for row, path in enumerate(subject.column("path")) if path is not None]
    if not known:
        return not_applicable("no row says where it comes from")
    columns = {name: subject.column(name) for name in ("kind", "category", "line_start", "line_end")}
    files: dict[tuple[str, str], list[int]] = {}
    for row in known:
        if columns["category"][row] != "commit":  # a commit is no part of a file
            files.setdefault(subject.files[row], []).append(row)
    if "git" not in columns["kind"] and all(columns["line_start"][row] is None for row in known):
        return not_applicable("no row knows its lines or its commit")
    found: set[int] = set()
    for rows in files.values():
        found |= _across([(columns["line_start"][row], columns["line_end"][row], row) for row in rows])
        if columns["kind"][rows[0]] == "git":
            found |= _strangers(subject, rows)
    what = "lie across the lines of another row of their file, or have another commit, date, author or licence"
    return share(sorted(found), len(known), what, tolerated=True)


def _across(places: list[tuple[int | None, int | None, int]]) -> set[int]:
    """The rows of a file whose lines overlap in part with those of another."""
    at: dict[tuple[int, int], list[int]] = {}
    for start, end, row in places:
        if start is not None and end is not None:
            at.setdefault((start, end), []).append(row)
    found: set[int] = set()
    around: list[tuple[int, int]] = []
    for place in sorted(at, key=lambda lines: (lines[0], -lines[1])):
        while around and around[-1][1] < place[0]:
            around.pop()
        if around and place[1] > around[-1][1]:
            found |= {*at[place], *at[around[-1]]}
        around.append(place)
    return found


def _strangers(subject: Subject, rows: list[int]) -> set[int]:
    """The rows of a file of which something is not what it is of most of them."""
    found: set[int] = set()
    for name in _FACTS:
        values = subject.column(name)
        count = Counter(values[row] for row in rows)
        if len(count) > 1:
            usual, most = count.most_common(1)[0]
            found |= {row for row in rows if values[row] != usual or 2 * most <= len(rows)}
    return found


def _displaced(subject: Subject, clean: Ints, rng: np.random.Generator) -> Iterator[Trial]:
    """One row in five of a file, its lines up to the middle of the next definition, or of another commit or licence.

    The trial is the files as they are, with these rows in them: what a row contradicts must be there.
    """
    size, taken = Counter(subject.files), Counter[tuple[str, str]]()
    columns = zip(*(subject.column(n) for n in ("kind", "category", "path")), strict=True)
    usable = {
        row: kind for row, (kind, category, path) in enumerate(columns) if path is not None and category != "commit"
    }
    reach = _reach(subject)
    rows: list[Row] = []
    for row in rng.permutation(clean).tolist():
        file = subject.files[row]
        if row not in usable or 5 * taken[file] >= size[file] - 3 or len(rows) == HOSTS:
            continue
        changed = _displaced_row(subject.rows_at([row])[0], reach.get(row), rng)
        if changed is not None:
            rows.append(changed)
            taken[file] += 1
    if rows:
        yield Trial(merged(subject, rows), frozenset(row["id"] for row in rows))


def _reach(subject: Subject) -> dict[int, int]:
    """Of each row that stands before another one of its file a line in the middle of that one."""
    columns = [subject.column(name) for name in ("path", "line_start", "line_end")]
    files: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    for row, (path, start, end) in enumerate(zip(*columns, strict=True)):
        if path is not None and start is not None and end is not None:
            files.setdefault(subject.files[row], []).append((start, end, row))
    found: dict[int, int] = {}
    for places in files.values():
        long = [(start, end) for start, end, _ in sorted(places) if end > start]
        for _, own, row in places:
            after = next(((start, end) for start, end in long if start > own), None)
            if after is not None:
                found[row] = after[0] + (after[1] - after[0]) // 2
    return found


def _displaced_row(row: Row, reach: int | None, rng: np.random.Generator) -> Row | None:
    other = copy_id(row["id"], "another", int(rng.integers(1000)))
    ways: list[dict[str, Any]] = [] if reach is None else [{"line_end": reach}]
    if row["kind"] == "git":
        ways += [{"commit": f"{other.replace('-', '')}00000000"}, {"license": f"LicenseRef-{other}"}, {"author": other}]
    return {**row, **ways[int(rng.integers(len(ways)))]} if ways else None


def _displaced_rows(subject: Subject, rng: np.random.Generator) -> Subject | None:
    trial = next(_displaced(subject, np.arange(subject.rows), rng), None)
    return None if trial is None else trial.subject


def _dates(subject: Subject) -> Measurement:
    dates = subject.column("created_at")
    dated = [row for row, date in enumerate(dates) if date is not None]
    if not dated:
        return not_applicable("no row has a date")
    latest = datetime.now(UTC) + _AHEAD
    found = [row for row in dated if not _EARLIEST <= dates[row] <= latest]
    return share(found, len(dated), "were written in the future, or when nobody knows", tolerated=True)


def _misdated(row: Row, rng: np.random.Generator) -> Row:
    ahead = datetime.now(UTC) + timedelta(days=int(rng.integers(3, 4000)))
    return {**row, "created_at": (ahead, datetime(1970, 1, 1, tzinfo=UTC))[int(rng.integers(2))]}


HYPOTHESES: Final = (
    Hypothesis(
        id="I6",
        family="integrity",
        claim="No row has other texts than those whose tokens were counted",
        statistic="share of rows whose recorded tokens are not those of their texts; untested where none are estimates",
        threshold=0,
        test=_counts,
        plants=(edited_rows("a text cut or prolonged, its count as it was", _uncounted),),
        points=2,
        grave=0.05,
    ),
    Hypothesis(
        id="I7",
        family="integrity",
        claim="No more than 1 % of the rows contradict their file: lines across another's, another commit or licence",
        statistic="lower bound (95 %) of the share with lines that overlap in part, or a fact that is not their file's",
        threshold=0.01,  # somebody may have put two versions of a repository together
        test=_places,
        plants=(
            Plant(
                "a row whose lines, commit, author or licence were changed",
                _displaced,
                change=lambda _: _displaced_rows,
            ),
        ),
        points=1,
        grave=0.10,
        rate=0.02,
        min_sensitivity=0.8,  # of a small corpus' rows one in five can be changed
    ),
    Hypothesis(
        id="I8",
        family="integrity",
        claim="No more than 1 % of the rows are dated in the future, or in 1970 and before",
        statistic="lower bound (95 %) of the share of dated rows with a date before 1971 or after tomorrow",
        threshold=0.01,
        test=_dates,
        plants=(edited_rows("a date in the future or in 1970", _misdated),),
        points=1,
        grave=0.10,
        rate=0.02,
    ),
    Hypothesis(
        id="Q6",
        family="quality",
        claim="No more than 2 % of the rows hold the signals of another text",
        statistic=f"lower bound (95 %) of the share in which {', '.join(OWN_SIGNALS)} computed again differ",
        threshold=0.02,  # a person who corrected a row need not have scored it again
        population="sample",
        test=_signals,
        plants=(
            whole("a third of the texts in another order, the signals as they were", _rewritten(0.35), _REWRITTEN),
        ),
        points=2,
        grave=0.20,
        rate=None,
        min_sensitivity=0.8,
    ),
)
