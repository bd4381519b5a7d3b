"""How things show themselves in a notebook, and the plots."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus
from corpus import Corpus, Entry
from corpus import ink as inks
from corpus.entry import SCHEMA, table_of
from corpus.graph import EDGES, NODES, Graph
from corpus.hub.publication import Publication, Published
from corpus.layout import arranged
from corpus.views import charts, style
from corpus.views.code import highlighted, prose
from corpus.views.places import folders, link
from corpus.views.rows import Entries
from tests.conftest import Grown

EVIL = "<script>alert('x')</script>\x1b[2J\u202e\"><img src=x onerror=y>$a$&amp;"
EMPTY = Corpus(SCHEMA.empty_table())


def row(number: int, **facts: object) -> Entry:
    given = {
        "category": "function",
        "task": "explain",
        "instruction": f"Question {number}?",
        "output": f"Answer {number}.",
    }
    return Entry(**{**given, "id": f"{number:032}", "kind": "git", "source": "s", "group": f"g{number}", **facts})


def graph_of(*names: str) -> Graph:
    nodes = [
        {"id": f"v/{name}", "kind": "note", "name": name, "source": "v", "path": name, "aliases": [],
         "tasks_open": 0, "tasks_done": 0}
        for name in names
    ]  # fmt: skip
    edges = [
        {"source": f"v/{one}", "target": f"v/{other}", "source_path": one, "target_path": other, "kind": "link",
         "line": 1, "status": "resolved", "text": one}
        for one, other in pairwise(names)
    ]  # fmt: skip
    return Graph(pa.Table.from_pylist(nodes, NODES), pa.Table.from_pylist(edges, EDGES))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Rows by two categories and languages, scored and split, some of them removed."""
    answers = [f"The {n}th answer says at some length what the {n}th thing is good for, and why." for n in range(60)]
    rows = [
        row(n, output=text, language=("python", "rust")[n % 2], category=("function", "type")[n % 3 == 0])
        for n, text in enumerate(answers)
    ]
    made = Corpus(table_of([*rows, row(99, output="")])).filter().score().split()
    made.__dict__["graph"] = graph_of("Home.md", "Mars.md", "Far.md")
    return made


class Open(HTMLParser):
    """Which elements there are, and whether each is closed in the order in which they were opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag not in {"br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(html: str) -> Open:
    """HTML that is whole, and in which nothing runs or steers."""
    found = Open(html)
    assert found.open == []
    assert not {"script", "img", "iframe", "object", "link"} & set(found.seen)
    assert not [name for name in found.attributes if name.startswith("on")]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", html)
    return found


# Views


def test_every_view_shows_hostile_names_as_text() -> None:
    columns = ("instruction", "input", "output", "system", "path", "symbol", "license", "language")
    evil = dict.fromkeys(columns, EVIL)
    kinds = (("git", "implement", "function"), ("signal", "reply", "conversation"))
    entries = [row(0, **evil, source=EVIL, kind=kind, task=task, category=category) for kind, task, category in kinds]
    rows = Corpus(table_of(entries))
    removed = Corpus(table_of(entries)).filter(long=0).removed
    for name in ("reason", "stage"):
        at = removed.schema.get_field_index(name)
        removed = removed.set_column(at, removed.schema.field(at), pa.array([EVIL] * len(removed)).dictionary_encode())
    published = Publication(
        EVIL, f"https://hub/{EVIL}", True, EVIL, None, None, EVIL, (Published(EVIL, 3, EVIL, "new"),), "f", EVIL
    )
    report = {"verdict": EVIL, "score": 1.0}
    shown = [
        Corpus(rows.table, removed, report=report)._repr_html_(),
        rows.sample(2)._repr_html_(),
        rows[0]._repr_html_(),
        rows[1]._repr_html_(),
        graph_of(EVIL, "b" + EVIL)._repr_html_(),
        published._repr_html_(),
    ]
    for html in shown:
        checked(html)
        assert "&lt;script&gt;" in html


@settings(max_examples=25)
@given(st.text(max_size=80), st.sampled_from(["python", "rust", "sql", None, "no-such-language"]))
def test_code_in_colours_is_the_same_text(code: str, language: str | None) -> None:
    from corpus.show import plain

    html = highlighted(code, language)
    found: list[str] = []
    reader = HTMLParser()
    reader.handle_data = found.append  # type: ignore[method-assign]
    reader.feed(html)
    reader.close()
    assert "".join(found) == plain(code)
    assert set(re.findall(r"<(\w+)", html)) <= {"span"}


def test_code_is_coloured_in_answers_materials_and_fences() -> None:
    entry = row(1, task="implement", language="python", output="def moon():\n    return 'Io'\n", input="def moon()")
    assert '<span class="t-f">moon</span>' in entry._repr_html_()
    assert entry._repr_html_().count('<span class="t-k">def</span>') == 2
    assert '<span class="t-k">let</span>' in prose("So:\n\n```rust\nlet a = 1;\n```\nDone.")
    assert "<pre>" not in row(1, task="explain", language="python")._repr_html_()
    assert highlighted("def a(): <b>", "python") == (
        '<span class="t-k">def</span> <span class="t-f">a</span>(): &lt;b&gt;'
    )


@pytest.mark.parametrize("language", ["java", "c", "python", None])
@pytest.mark.parametrize("piece", ["a ", "\n", "```x\n", "~~~~\n```\n", "'\"", "/*", "(((("])
def test_hostile_text_is_shown_at_once(piece: str, language: str | None) -> None:
    asked = piece * (1_000_000 // len(piece))
    start = time.process_time()
    row(1, instruction=asked, task="implement", language=language, output=asked)._repr_html_()
    assert time.process_time() - start < 2, "alone on a machine it takes 0.05 s"


def test_a_text_of_any_length_is_shown_in_part() -> None:
    html = row(1, output="word " * 100_000)._repr_html_()
    assert len(html) < 40_000
    assert "487,999 more characters" in html


def test_a_corpus_shows_its_numbers_and_says_when_there_are_none(done: Corpus) -> None:
    html = done._repr_html_()
    checked(html)
    assert f"of {len(done):,} rows, 1 removed" in html
    for title in ("Rows by category", "Rows by language", "Rows by quality", "Answers by length", "filter: empty"):
        assert title in html
    assert "Rows by source" not in html  # there is one
    bare = EMPTY._repr_html_()
    checked(bare)
    assert "of 0 rows" in bare
    assert "<svg" not in bare


def test_bars_add_up_and_the_rare_ones_are_one_more() -> None:
    counts = {f"name {n}": n for n in range(1, 21)}
    html = charts.bars("Title", counts)
    told = [int(n.replace(",", "")) for n in re.findall(r'class="cv-n">([\d,]+)<', html)]
    assert sum(told) == sum(counts.values())
    assert len(told) == charts.MOST + 1
    assert "12 more" in html
    assert charts.bars("Title", {}) == charts.histogram("Title", [0, 0], ["a", "b"], ["0"]) == ""


def contrast(one: str, other: str) -> float:
    """Of two colours, by WCAG 2."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lights = sorted((light(one), light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("colours", [style.LIGHT, style.DARK])
def test_words_can_be_read_and_bars_be_seen_in_both_themes(colours: dict[str, str]) -> None:
    for ground in ("bg", "soft"):
        for ink in ("fg", "dim", "link", "k", "s", "c", "m", "n"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for bar in ("train", "test", "unknown", "gone"):
        assert contrast(colours[bar], colours["bg"]) >= 3, bar


# Links


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("github.com/a/b", "https://github.com/a/b/blob/c0ffee/src/a%20b.py#L3-L9"),
        ("gitlab.com/g/a/b", "https://gitlab.com/g/a/b/-/blob/c0ffee/src/a%20b.py#L3-9"),
        ("codeberg.org/a/b", "https://codeberg.org/a/b/src/commit/c0ffee/src/a%20b.py#L3-L9"),
        ("bitbucket.org/a/b", "https://bitbucket.org/a/b/src/c0ffee/src/a%20b.py#lines-3:9"),
        ("git.sr.ht/~a/b", "https://git.sr.ht/~a/b/tree/c0ffee/item/src/a%20b.py#L3-9"),
        ("example.org/a/b", None),
        ("github.com.evil.org/a/b", None),
    ],
)
def test_a_known_forge_is_linked_at_the_commit_and_the_lines(source: str, address: str | None) -> None:
    entry = row(1, source=source, commit="c0ffee", path="src/a b.py", line_start=3, line_end=9)
    assert link(entry) == address


def test_a_file_is_linked_where_it_lies_and_nothing_outside_of_it(tmp_path: Path) -> None:
    inside = tmp_path / "repo"
    inside.mkdir()
    (inside / "a.py").write_text("x = 1\n")
    (tmp_path / "secret.py").write_text("")
    (inside / "led-out.py").symlink_to(tmp_path / "secret.py")
    known = {"s": inside}
    assert link(row(1, path="a.py", line_start=4), known) == f"{(inside / 'a.py').as_uri()}#L4"
    for path in ("../secret.py", "led-out.py", "gone.py", "<EMAIL>.py", "nul\0.py", "x" * 5000, None):
        assert link(row(1, path=path), known) is None


def test_a_sample_is_a_list_that_links_to_its_files(tmp_path: Path) -> None:
    grown = Grown(tmp_path / "almanac")
    grown.commit({"moons.py": b'def period():\n    """Days that a moon takes for one way around its planet."""\n'})
    (grown.path / "moons.py").write_bytes(grown.files["moons.py"])
    made = corpus.extract(grown.path, workers=1, progress=False)
    assert folders(made.sources) == {"almanac": grown.path}
    sample = made.sample(2, category="function")
    assert isinstance(sample, list)
    assert sample == [Entry.from_row(entry.row()) for entry in sample]
    assert f'href="{(grown.path / "moons.py").as_uri()}#L1"' in sample._repr_html_()
    assert str(sample).count("── answer") == len(sample)
    checked(Entries()._repr_html_())


# The picture of a graph


def test_a_layout_is_the_same_every_time_and_what_is_alone_lies_below() -> None:
    pytest.importorskip("networkx")
    graph = Graph.together([graph_of("a.md", "b.md", "c.md"), Graph(graph_of("z.md").nodes)])
    found = arranged(graph)
    assert found == arranged(graph)
    assert found.degree() == {"v/a.md": 1, "v/b.md": 2, "v/c.md": 1, "v/z.md": 0}
    assert found.hubs(1) == ["v/b.md"]
    assert found.places["v/z.md"][1] > max(y for node, (_, y) in found.places.items() if node != "v/z.md")
    small = arranged(graph, most=2)
    assert (list(small.places), small.edges, small.left_out) == (["v/a.md", "v/b.md"], (("v/a.md", "v/b.md"),), 2)
    assert all(abs(x) <= 1 and abs(y) <= 1 for x, y in found.places.values())


# Plots

PLOTS: dict[str, Callable[..., object]] = {
    "composition": lambda c, **given: c.plot.composition(**given),
    "language": lambda c, **given: c.plot.composition("language", **given),
    "quality": lambda c, **given: c.plot.quality(**given),
    "lengths": lambda c, **given: c.plot.lengths(**given),
    "removed": lambda c, **given: c.plot.removed(**given),
    "splits": lambda c, **given: c.plot.splits(**given),
    "graph": lambda c, **given: c.plot.graph(**given),
}


@pytest.fixture
def axes() -> object:
    """Axes on a figure that no window shows."""
    figure = pytest.importorskip("matplotlib.figure").Figure(layout="constrained")
    return figure.subplots()


def image(axes: object) -> bytes:
    written = io.BytesIO()
    axes.figure.savefig(written, format="png", dpi=40, metadata={"Software": None})  # type: ignore[attr-defined]
    return written.getvalue()


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_draws_on_the_axes_given_the_same_bytes_and_says_what_there_is_not(
    done: Corpus, name: str, axes: object
) -> None:
    from matplotlib.figure import Figure

    assert PLOTS[name](done, ax=axes) is axes
    again = Figure(layout="constrained").subplots()
    PLOTS[name](done, ax=again)
    assert image(axes) == image(again)
    bare = Figure(layout="constrained").subplots()
    PLOTS[name](EMPTY, ax=bare)
    assert [text.get_text()[:3] for text in bare.texts] == ["no "]
    assert list(bare.patches) == []


def test_a_plot_without_axes_is_a_figure_of_its_own(done: Corpus) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    axes = done.plot.composition()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["function", "type"]
    assert axes.patches[0].get_width() > 0
    plt.close(axes.figure)


def test_a_plot_lets_the_page_be_seen_and_is_legible_on_a_white_and_on_a_dark_one(done: Corpus) -> None:
    """A notebook puts white behind a figure that it takes for one in black; what is behind `ax=` is the caller's."""
    plt = pytest.importorskip("matplotlib.pyplot")
    backend = pytest.importorskip("matplotlib_inline.backend_inline")
    plt.switch_backend("agg")
    with plt.style.context("dark_background"):  # a style of one's own
        drawn = done.plot.lengths()
    assert backend._fetch_figure_metadata(drawn.figure) is None
    pixels = plt.imread(io.BytesIO(image(drawn)))
    plt.close(drawn.figure)
    ground = pixels[..., 3] == 0
    assert ground[0].all()
    assert ground.mean() > 0.2  # most of the rest are bars
    written = pixels[pixels[..., 3] == 1][:, :3]
    assert not (written.min(axis=1) > 0.8).any(), "white"
    assert not (written.max(axis=1) < 0.2).any(), "black"
    for page in ("#ffffff", "#0d1117", "#1e1e1e"):
        assert contrast(inks.INK, page) > 3.8
        assert all(contrast(one, page) >= 3 for one in (inks.BLUE, inks.ORANGE, inks.GREEN, inks.VERMILION, inks.FAINT))
    for below in ("#ffffff", "#0d1117", "#1e1e1e", inks.BLUE, inks.ORANGE, inks.GREEN):
        assert max(contrast(colour, below) for colour, _ in inks.DASHES) >= 3


def test_names_that_look_like_formulas_are_names(axes: object) -> None:
    rows = [
        row(n, source=name, task=f"x-{name}") for n, name in enumerate(["$\\frac{a$ $b$", EVIL, "\U000e0041 ünï 漢字"])
    ]
    drawn = Corpus(table_of(rows)).plot.composition("task", ax=axes)
    assert image(drawn)
    assert any("$\\frac{a$" in label.get_text() for label in drawn.get_yticklabels())


def test_what_cannot_be_plotted_is_said(done: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(corpus.ConfigError, match="rows are not counted by this"):
        done.plot.composition("text")
    assert "composition(), quality(), lengths(), removed(), splits(), graph()" in repr(done.plot)
    monkeypatch.setattr("corpus.plotting.find_spec", lambda _: None)
    with pytest.raises(corpus.MissingExtraError, match=r"sovereign-corpus\[plot\]"):
        done.plot  # noqa: B018 - asking is what is tried
