"""Is a score worth anything? It is tried on rows with planted defects, beside length and chance.

Each defect is planted in copies of a corpus' own rows, one at a time, and scored among the rows of its file as they
are.
The AUC says how often a row scores above its like with the defect: 1/2 is chance. What counts is the hardest: the
documentation of another definition in the same file. Length and chance stand beside, because a score that is not better
than those is none.

The laws are about single rows: noise, disorder and cuts must not raise a score. And where people rated rows, the
correlation of ranks with what they said; two people who rate the same pairs agree with .47 (CodeSearchNet, 880 pairs),
so a claim far above that says something of the claim.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from random import Random
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus.curate.defects import DEFECTS, Defect, Neighbours, cut, noise, shuffled
from corpus.curate.gates import default_verdict, prepared
from corpus.curate.ranks import Floats, auc, interval, spearman
from corpus.curate.scores import places, quality
from corpus.curate.signals import Place
from corpus.entry import SIGNALS
from corpus.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from corpus.corpus import Corpus

__all__ = ["Agreement", "DefectResult", "ScoreReport", "Trial", "random_of", "validate_score"]

Row = Mapping[str, Any]
Scorer = Callable[[Row], float]

HOSTS: Final = 2000
LAW_ROWS: Final = 500
FALSE_ALARMS: Final = 0.05
ALLOWED: Final = 0.05  # share of rows whose score a change for the worse may raise
LEAST: Final = 20  # rows with a defect below which nothing is said of it
POOL: Final = 400  # texts of other files and sources that are drawn from
_EPSILON: Final = 1e-9
_LAWS: Final[Mapping[str, Callable[[str, Random], str]]] = {
    "noise 1 %": lambda text, random: noise(text, 0.01, random),
    "noise 5 %": lambda text, random: noise(text, 0.05, random),
    "noise 15 %": lambda text, random: noise(text, 0.15, random),
    "shuffled words": shuffled,
    "cut at 60 %": lambda text, _: cut(text, 0.6),
    "cut at 30 %": lambda text, _: cut(text, 0.3),
}


@dataclass(frozen=True)
class DefectResult:
    """How a score does on one defect.

    Attributes:
        defect: Its name.
        rows: Rows that it was planted in.
        auc: Of the score.
        low: Lower end of its 95 % interval.
        high: Upper end.
        target: What it is meant to reach.
        signal: The signal that should see it, and `signal_auc` what that one reaches by itself.
        signal_auc: NaN where the score is not ours.
        length: AUC of the length of the answer.
        chance: AUC of a random number.
        caught: Share that scores below all but `FALSE_ALARMS` of the rows as they are.
        removed: Share that a gate or the score removes.
    """

    defect: str
    rows: int
    auc: float
    low: float
    high: float
    target: float
    signal: str
    signal_auc: float
    length: float
    chance: float
    caught: float
    removed: float


@dataclass(frozen=True)
class Agreement:
    """How a number agrees with what people said: correlation of ranks with its 95 % interval."""

    name: str
    rows: int
    spearman: float
    low: float
    high: float


@dataclass(frozen=True)
class ScoreReport:
    """What a score is worth. Shows itself in a notebook; `to_markdown` and `plot` are for a page.

    Attributes:
        defects: One result a defect.
        laws: Law to the share of rows whose score a change for the worse raised.
        law_rows: How many rows they were tried on.
        lengths: Signal, and `quality`, to its correlation of ranks with the length of the answer.
        agreement: With people, where ratings were given: the score's, each signal's, length's.
        threshold: The score below which are `FALSE_ALARMS` of the rows as they are.
    """

    defects: tuple[DefectResult, ...]
    laws: Mapping[str, float]
    law_rows: int
    lengths: Mapping[str, float]
    agreement: tuple[Agreement, ...] = ()
    threshold: float = field(default=float("nan"))

    @property
    def passed(self) -> bool:
        """Whether every defect reaches its target and every law holds."""
        return all(found.auc >= found.target for found in self.defects) and all(
            share <= ALLOWED for share in self.laws.values()
        )

    def tables(self) -> Iterator[tuple[list[str], list[list[str]]]]:
        """Each table as its head and its rows."""
        head = [
            "defect",
            "rows",
            "AUC [95 %]",
            "target",
            "its signal",
            "length",
            "random",
            "score at 5 %",
            "with gates",
        ]
        yield head, [
            [r.defect, str(r.rows), f"{r.auc:.3f} [{r.low:.3f}, {r.high:.3f}]", f"{r.target:.2f}",
             f"{r.signal} {r.signal_auc:.3f}", f"{r.length:.2f}", f"{r.chance:.2f}", f"{r.caught:.0%}",
             f"{r.removed:.0%}"]
            for r in self.defects
        ]  # fmt: skip
        yield ["change", "score raised in"], [[name, f"{share:.1%}"] for name, share in self.laws.items()]
        yield ["", "correlation with length"], [[name, f"{rho:+.2f}"] for name, rho in self.lengths.items()]
        if self.agreement:
            yield (
                ["agreement with people", "rows", "Spearman [95 %]"],
                [[a.name, str(a.rows), f"{a.spearman:+.2f} [{a.low:+.2f}, {a.high:+.2f}]"] for a in self.agreement],
            )

    def to_markdown(self) -> str:
        """The tables as Markdown."""
        return "\n\n".join(
            "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *body))
            for head, body in self.tables()
        )

    def __repr__(self) -> str:
        from corpus.show import text_table

        return "\n\n".join(text_table([head, *body]) for head, body in self.tables())

    def _repr_html_(self) -> str:
        def line(tag: str, cells: Sequence[str]) -> str:
            return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"

        return "".join(
            f"<table>{line('th', head)}{''.join(line('td', row) for row in body)}</table>"
            for head, body in self.tables()
        )

    def plot(self) -> Figure:
        """The AUCs with their intervals, targets, length and chance, as a matplotlib figure.

        Raises:
            MissingExtraError: matplotlib is not installed.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise MissingExtraError("matplotlib", extra="notebook", step="ScoreReport.plot") from None
        from corpus.ink import FAINT, INK, literally, without_ground

        with literally():
            figure = Figure(figsize=(8, 0.45 * len(self.defects) + 1.2), layout="constrained")
            axes = figure.add_subplot()
            at = list(range(len(self.defects)))
            value = [found.auc for found in self.defects]
            spread = [
                [found.auc - found.low for found in self.defects],
                [found.high - found.auc for found in self.defects],
            ]
            axes.errorbar(value, at, xerr=spread, fmt="o", label="quality", color="tab:purple")
            axes.plot([found.target for found in self.defects], at, "|", markersize=14, color=INK, label="target")
            axes.plot([found.length for found in self.defects], at, "x", color=FAINT, label="length")
            axes.plot([found.chance for found in self.defects], at, ".", color=FAINT, label="random")
            axes.set_yticks(at, [found.defect for found in self.defects])
            axes.invert_yaxis()
            axes.set_xlim(0, 1.02)
            axes.set_xlabel("AUC: how often a row scores above one with the defect")
            axes.legend(loc="lower left", frameon=False)
        without_ground(figure)
        return figure


def validate_score(
    corpus: Corpus | pa.Table,
    scorer: Scorer | None = None,
    *,
    ratings: pa.Table | None = None,
    hosts: int = HOSTS,
    seed: int = 0,
) -> ScoreReport:
    """Try a score on planted defects, on laws and, where there are some, against what people said.

    Args:
        corpus: Documented definitions, as `corpus.extract(...).normalize()` gives them. Rows that a gate removes are no
            hosts.
        scorer: From a row, as `table.to_pylist()` gives it, a number that is higher for better rows; by default
            `quality`, computed among the rows of its file.
        ratings: Columns `id` and `rating`, a number that is higher for better rows.
        hosts: How many rows defects are planted in, as many from each source.
        seed: Every draw follows from it.

    Raises:
        ConfigError: There are too few documented definitions, or `ratings` names none of the rows.
    """
    table = corpus if isinstance(corpus, pa.Table) else corpus.table
    trial = Trial(table, scorer, hosts, seed)
    results = tuple(trial.result(defect) for defect in DEFECTS)
    agreement = () if ratings is None else _agreement(table, ratings, scorer, seed)
    return ScoreReport(
        tuple(found for found in results if found is not None),
        trial.laws(),
        trial.law_rows,
        trial.lengths(),
        agreement,
        trial.threshold,
    )


class Trial:
    """Rows that defects are planted in: what they score as they are, and what they score with a defect."""

    def __init__(self, table: pa.Table, scorer: Scorer | None, hosts: int, seed: int) -> None:
        self.scorer, self.seed = scorer, seed
        self.gates = prepared({})
        self.docs: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        found = self._candidates(table)
        self.hosts = _drawn(found, hosts, random_of(seed))
        if len(self.hosts) < LEAST:
            raise ConfigError(
                "there are too few documented functions to plant defects in",
                expected=f"at least {LEAST} that every gate lets pass",
                got=len(self.hosts),
                hint="validate a score on a corpus of a repository",
            )
        files = sorted({(row["source"], row["path"]) for row, _, _ in self.hosts})
        number = {name: at for at, name in enumerate(files)}
        self.cluster = np.array([number[row["source"], row["path"]] for row, _, _ in self.hosts], np.int64)
        self.signals = [place.signals(at) for _, place, at in self.hosts]
        self.before = np.array([self._score(h, None, s) for h, s in zip(self.hosts, self.signals, strict=True)])
        self.threshold = float(np.quantile(self.before, FALSE_ALARMS))
        self.law_rows = 0

    def _candidates(self, table: pa.Table) -> list[tuple[Row, Place, int]]:
        wanted = pc.and_(
            pc.equal(table["task"].cast(pa.string()), "document"),
            pc.equal(table["category"].cast(pa.string()), "function"),
        )
        chosen = table.filter(wanted)
        found = []
        for numbers, place in places(chosen):
            for at, row in enumerate(chosen.take(pa.array(numbers)).to_pylist()):
                if default_verdict(row, self.gates) is None:
                    found.append((row, place, at))
                    self.docs[row["source"] or ""][row["path"] or row["group"]].append(row["output"])
        return found

    def _score(self, host: tuple[Row, Place, int], row: Row | None, signals: Mapping[str, float | None]) -> float:
        if self.scorer is None:
            return quality(signals)
        return float(self.scorer(host[0] if row is None else row))

    def near(self, row: Row, random: Random) -> Neighbours:
        """The documentation of other rows, some of it."""
        source, path = row["source"] or "", row["path"] or row["group"]
        files = self.docs[source]
        others = [name for name in random.sample(sorted(files), min(20, len(files))) if name != path]
        sources = [name for name in self.docs if name != source]
        return Neighbours(
            files[path],
            [text for name in others for text in files[name]][:POOL],
            [
                text
                for name in random.sample(sources, min(4, len(sources)))
                for text in self.docs[name][random.choice(sorted(self.docs[name]))]
            ][:POOL],
        )

    def result(self, defect: Defect) -> DefectResult | None:
        """Plant a defect wherever it can be; None where that is nearly nowhere."""
        rows, changed, after, gated = [], [], [], []
        for number, host in enumerate(self.hosts):
            row, place, at = host
            random = random_of(self.seed, defect.name, row["id"])
            text = defect.plant(row, self.near(row, random), random)
            if text is None or text == row["output"]:
                continue
            planted = {**row, "output": text}
            signals = place.signals(at, planted)
            rows.append(number)
            changed.append(planted)
            after.append((self._score(host, planted, signals), signals[defect.signal]))
            gated.append(default_verdict(planted, self.gates) is not None)
        if len(rows) < LEAST:
            return None
        kept = np.array(rows, np.int64)
        good, bad = self.before[kept], np.array([value for value, _ in after])
        low, high = interval(
            lambda drawn: auc(good[drawn], bad[drawn]),
            np.unique(self.cluster[kept], return_inverse=True)[1].astype(np.int64),
            np.random.default_rng(zlib.crc32(f"{self.seed}:{defect.name}".encode())),
        )
        caught = bad < self.threshold
        return DefectResult(
            defect.name, len(rows), auc(good, bad), low, high, defect.target, defect.signal,
            self._signal_auc(defect.signal, rows, [value for _, value in after]),
            auc(_lengths([self.hosts[i][0] for i in rows]), _lengths(changed)),
            auc(_chance([self.hosts[i][0] for i in rows]), _chance(changed)),
            float(caught.mean()), float((caught | np.array(gated)).mean()),
        )  # fmt: skip

    def _signal_auc(self, name: str, rows: Sequence[int], after: Sequence[float | None]) -> float:
        if self.scorer is not None:
            return float("nan")
        pairs = [(self.signals[i][name], value) for i, value in zip(rows, after, strict=True)]
        return auc(
            np.array([one for one, _ in pairs if one is not None], np.float64),
            np.array([other for _, other in pairs if other is not None], np.float64),
        )

    def laws(self) -> dict[str, float]:
        """For each change for the worse the share of rows whose score it raised."""
        chosen = self.hosts[:: max(1, len(self.hosts) // LAW_ROWS)][:LAW_ROWS]
        step = max(1, len(self.hosts) // LAW_ROWS)
        self.law_rows = len(chosen)
        raised = dict.fromkeys(_LAWS, 0)
        for number, host in enumerate(chosen):
            row, place, at = host
            for name, change in _LAWS.items():
                worse = {**row, "output": change(row["output"], random_of(self.seed, name, row["id"]))}
                value = self._score(host, worse, place.signals(at, worse))
                raised[name] += value > self.before[number * step] + _EPSILON
        return {name: count / len(chosen) for name, count in raised.items()}

    def lengths(self) -> dict[str, float]:
        """How far the score and each signal go with the length of the answer."""
        length = _lengths([row for row, _, _ in self.hosts])
        found = {"score": spearman(self.before, length)}
        for name in SIGNALS if self.scorer is None else ():
            has = np.array([at for at, signals in enumerate(self.signals) if signals[name] is not None], np.int64)
            found[name] = spearman(np.array([self.signals[at][name] for at in has], np.float64), length[has])
        return found


def random_of(*seed: object) -> Random:
    """A source of chance of its own for each use."""
    return Random(":".join(map(str, seed)))  # noqa: S311 - draws are no secrets


def _drawn(found: list[tuple[Row, Place, int]], many: int, random: Random) -> list[tuple[Row, Place, int]]:
    """As many of each source, as far as they go: what is asked of a source that is too small goes to the others."""
    by_source: dict[str, list[tuple[Row, Place, int]]] = defaultdict(list)
    for host in found:
        by_source[host[0]["source"] or ""].append(host)
    drawn: list[tuple[Row, Place, int]] = []
    for left, name in zip(
        range(len(by_source), 0, -1), sorted(by_source, key=lambda name: (len(by_source[name]), name)), strict=True
    ):
        members = by_source[name]
        drawn += random.sample(members, min(len(members), (many - len(drawn)) // left))
    return drawn


def _lengths(rows: Sequence[Row]) -> Floats:
    return np.array([len(row["output"]) for row in rows], np.float64)


def _chance(rows: Sequence[Row]) -> Floats:
    return np.array([zlib.crc32(f"{row['id']}{row['output']}".encode()) for row in rows], np.float64)


def _agreement(table: pa.Table, ratings: pa.Table, scorer: Scorer | None, seed: int) -> tuple[Agreement, ...]:
    for name in ("id", "rating"):
        if name not in ratings.column_names:
            raise ConfigError("ratings lack a column", expected="id and rating", got=", ".join(ratings.column_names))
    given = dict(zip(ratings["id"].to_pylist(), ratings["rating"].to_pylist(), strict=True))
    wanted = pc.is_in(table["id"], pa.array(list(given), pa.string()))
    if not pc.any(wanted).as_py():
        raise ConfigError("no row of the corpus was rated", expected="ids of its rows", got=f"{len(given)} others")
    columns: dict[str, list[float]] = defaultdict(list)
    said: list[float] = []
    chosen = set(np.flatnonzero(wanted.to_numpy(zero_copy_only=False)).tolist())
    for numbers, place in places(table):
        rated = [(at, number) for at, number in enumerate(numbers) if number in chosen]
        rows = table.take(pa.array([number for _, number in rated], pa.int64())).to_pylist()
        for (at, _), row in zip(rated, rows, strict=True):
            signals = place.signals(at)
            said.append(float(given[row["id"]]))
            columns["score"].append(quality(signals) if scorer is None else float(scorer(row)))
            columns["length"].append(len(row["output"]))
            columns["random"].append(zlib.crc32(row["id"].encode()))
            for name in SIGNALS if scorer is None else ():
                value = signals[name]
                columns[name].append(np.nan if value is None else value)
    ranked = np.array(said)
    return tuple(_correlation(name, np.array(values), ranked, seed) for name, values in columns.items())


def _correlation(name: str, values: Floats, said: Floats, seed: int) -> Agreement:
    has = ~np.isnan(values)
    values, said = values[has], said[has]

    def of(drawn: npt.NDArray[np.int64]) -> float:
        return spearman(values[drawn], said[drawn])

    rows = np.arange(len(values))
    low, high = interval(of, rows, np.random.default_rng(seed)) if len(values) > 2 else (-1.0, 1.0)
    return Agreement(name, len(values), of(rows), low, high)
