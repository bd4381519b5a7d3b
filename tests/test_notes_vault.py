"""A vault as a whole: links, graph, entries, what is skipped and why, and what a second run reads."""

from __future__ import annotations

import json
import os
import re
import shutil
import unicodedata
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from conftest import ROOT, shell
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus
from corpus.notes.links import Resolver

VAULT = ROOT / "fixtures" / "vault"


def extracted(folder: Path, **options: object) -> corpus.Corpus:
    return corpus.extract(corpus.ObsidianVault(folder, **options), workers=1, progress=False)  # type: ignore[arg-type]


def joined(vault: corpus.ObsidianVault) -> tuple[list[corpus.Entry], corpus.Joined]:
    """What a vault gives, without processes."""
    units = sorted((unit for unit in vault.units() if isinstance(unit, corpus.Unit)), key=lambda unit: unit.path)
    found = vault.join([(unit, vault.parse(unit)) for unit in units])
    return list(found.entries), found


def written(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def skipped(found: corpus.Corpus) -> dict[str, str]:
    return {row["unit"]: row["reason"] for row in found.skipped.to_pylist()}


@pytest.fixture(scope="module")
def sky() -> corpus.Corpus:
    return extracted(VAULT)


# --- which file a link means


FILES = [
    "Note.md",
    "b/Note.md",
    "a/b/Note.md",
    "a/Other.md",
    "x/y/Deep.md",
    "x/Long name/Deep.md",
    "pic.PNG",
    "v1.2.md",
]


@pytest.mark.parametrize(
    ("target", "source", "path", "ambiguous"),
    [
        ("Note", "a/b/Note.md", "Note.md", False),  # the exact path wins over the own folder
        ("b/Note", "a/Other.md", "b/Note.md", False),  # and over a path that ends so
        ("Other", "Note.md", "a/Other.md", False),
        ("other.MD", "Note.md", "a/Other.md", False),
        ("y/Deep", "Note.md", "x/y/Deep.md", False),
        ("Deep", "Note.md", "x/y/Deep.md", False),  # the shortest path, in characters
        ("Deep", "x/Long name/z.md", "x/Long name/Deep.md", False),  # but the own folder first
        ("../Other", "a/b/Note.md", "a/Other.md", False),
        ("./Note", "a/b/Other.md", "a/b/Note.md", False),
        ("../../../Note", "a/Other.md", None, False),
        ("/b/Note", "a/Other.md", "b/Note.md", False),
        ("/Other", "a/Note.md", None, False),  # a slash means the root and nothing else
        ("pic.png", "Note.md", "pic.PNG", False),
        ("pic", "Note.md", None, False),  # only `.md` may be left out
        ("v1.2", "Note.md", "v1.2.md", False),
        ("Gone", "Note.md", None, False),
        ("", "Note.md", "Note.md", False),
    ],
)
def test_links_resolve_as_in_obsidian(target: str, source: str, path: str | None, ambiguous: bool) -> None:
    found = Resolver(FILES).resolve(target, source)
    assert (found.path, found.ambiguous) == (path, ambiguous)


def test_a_tie_goes_to_the_first_and_is_called_ambiguous() -> None:
    found = Resolver(["b/N.md", "a/N.md"]).resolve("N", "z.md")
    assert (found.path, found.ambiguous) == ("a/N.md", True)
    same = Resolver(["Note.md", "note.md"])
    assert same.resolve("Note", "z.md") == same.resolve("Note.md", "z.md")
    assert same.resolve("NOTE", "z.md").ambiguous
    assert not same.resolve("note.md", "z.md").ambiguous


def by_the_rules(target: str, source: str, files: list[str]) -> str | None:
    """The same rules in another way: by looking at every file for every link."""
    for name in (target.lower(), target.lower() + ".md"):
        own = source.lower().rpartition("/")[0]
        ranked = [
            (0 if path == name else 1 if own and path == f"{own}/{name}" else 2, len(file), file)
            for file in files
            if (path := file.lower()) == name or path.endswith("/" + name)
        ]
        if ranked:
            best = min(rank for rank, _, _ in ranked)
            return min((length, file) for rank, length, file in ranked if rank == best)[1]
    return None


NAMES = st.sampled_from(["a", "b", "Note", "note2", "x.y"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "/".join(parts) + ".md")


@given(st.lists(PATHS, unique_by=str.lower, min_size=1, max_size=12), PATHS, st.booleans())
@settings(max_examples=120, deadline=None)
def test_resolution_is_what_the_rules_say(files: list[str], target: str, ending: bool) -> None:
    target = target if ending else target.removesuffix(".md")
    resolver = Resolver(files)
    for source in files:
        assert resolver.resolve(target, source).path == by_the_rules(target, source, files)


# --- the graph


def links_of(found: corpus.Corpus, path: str) -> list[tuple[str, int, str, str]]:
    rows = found.graph.links.to_pylist()
    return [(e["kind"], e["line"], e["target"], e["status"]) for e in rows if e["source_path"] == path]


def test_edges_say_what_leads_where_and_on_which_line(sky: corpus.Corpus) -> None:
    assert links_of(sky, "Telescope.md") == [
        ("embed", 6, "vault/Planets/Mars.md#^axis", "resolved"),
        ("link", 18, "vault/Planets/Mars.md", "resolved"),
        ("link", 19, "vault/Star Chart.md", "resolved"),
    ]
    assert links_of(sky, "Home.md")[:4] == [
        ("property", 4, "vault/Planets/Mars.md", "resolved"),
        ("link", 8, "vault/Planets/Mars.md", "resolved"),
        ("link", 9, "vault/Telescope.md#Aperture", "resolved"),
        ("link", 11, "vault/Planets/Mars.md", "resolved"),
    ]
    assert ("link", 12, "vault/[[red planet]]", "unresolved") in links_of(sky, "Home.md")  # an alias resolves nothing
    assert ("link", 13, "vault/Planets/Mars.md#Moons#Phobos", "resolved") in links_of(sky, "Home.md")


def test_edges_lie_between_nodes_that_are_there(sky: corpus.Corpus) -> None:
    ids = sky.graph.nodes["id"].to_pylist()
    assert len(ids) == len(set(ids))
    assert {*sky.graph.edges["source"].to_pylist(), *sky.graph.edges["target"].to_pylist()} <= set(ids)


def test_nodes_know_aliases_tasks_roles_and_trouble(sky: corpus.Corpus) -> None:
    nodes = {node["id"]: node for node in sky.graph.nodes.to_pylist()}
    mars = nodes["vault/Planets/Mars.md"]
    assert (mars["aliases"], mars["tasks_open"], mars["tasks_done"]) == (["Red Planet"], 1, 2)
    roles = {node["path"]: node["role"] for node in nodes.values() if node["role"]}
    assert roles == {
        "Archive/Old.md": "excluded",
        "Daily/2024-03-05.md": "daily",
        "Planets/Venus.draft.md": "excluded",
        "Private/Diary.md": "excluded",
        "Templates/Daily.md": "template",
    }
    assert "Star Chart.md" in [node["path"] for node in nodes.values() if node["problem"]]
    assert nodes["vault#observing/mars"]["kind"] == "tag"


def test_the_graph_is_asked(sky: corpus.Corpus) -> None:
    graph = sky.graph
    assert [(e["source_path"], e["line"]) for e in graph.backlinks("Star Chart").to_pylist()] == [
        ("Home.md", 14),
        ("Planets/Mars.md", 30),
        ("Telescope.md", 19),
    ]
    assert graph.neighbours("Star Chart.md") == ["Home.md", "Planets/Mars.md", "Telescope.md"]
    assert graph.orphans() == [
        "Archive/Old.md", "Planets/Cards.md", "Planets/Notes.md", "Planets/Venus.draft.md", "Private/Diary.md",
    ]  # fmt: skip
    with pytest.raises(corpus.ConfigError, match="no single file"):
        graph.backlinks("Nothing")
    assert "Graph" in repr(graph)
    assert "<table>" in graph._repr_html_()


def test_canvases_are_in_the_graph(sky: corpus.Corpus) -> None:
    edges = [
        e for e in sky.graph.edges.to_pylist() if e["kind"] in ("canvas", "arrow") or e["source_path"] == "Orbit.canvas"
    ]
    found = {(e["kind"], e["source"], e["target"]) for e in edges}
    assert ("canvas", "vault/Orbit.canvas", "vault/Planets/Mars.md") in found
    assert ("canvas", "vault/Orbit.canvas", "vault/[[gone]]") in found
    assert ("arrow", "vault/Planets/Mars.md", "vault/Orbit.canvas#b") in found
    assert ("link", "vault/Orbit.canvas", "vault/Telescope.md") in found
    assert ("tag", "vault/Orbit.canvas", "vault#canvas") in found


def test_the_graph_goes_to_networkx_and_graphml(sky: corpus.Corpus, tmp_path: Path) -> None:
    nx = pytest.importorskip("networkx")
    graph = sky.graph.to_networkx()
    assert graph.number_of_nodes() == len(sky.graph.nodes)
    assert graph.number_of_edges() == len(sky.graph.edges)
    sky.graph.to_graphml(tmp_path / "sky.graphml")
    assert set(nx.read_graphml(tmp_path / "sky.graphml")) == set(graph)


def test_the_graph_is_a_picture(sky: corpus.Corpus) -> None:
    pytest.importorskip("networkx")
    picture = ET.fromstring(sky.graph.to_svg(labels=2))
    tags = [element.tag.rpartition("}")[2] for element in picture.iter()]
    assert tags.count("circle") == sum(kind in ("note", "canvas", "base", "attachment", "unresolved") for kind in
                                       sky.graph.nodes["kind"].to_pylist())  # fmt: skip
    assert tags.count("text") == 2
    assert tags.count("line") >= 8


def test_the_graph_is_written_and_read_back(sky: corpus.Corpus, tmp_path: Path) -> None:
    sky.write(tmp_path / "out")
    back = corpus.load(tmp_path / "out")
    assert back.graph.nodes.equals(sky.graph.nodes)
    assert back.graph.edges.equals(sky.graph.edges)
    assert [type(source) for source in back.sources] == [corpus.ObsidianVault]
    assert back.reread() == [None] * len(back)
    edges = tmp_path / "out" / ".private" / "graph" / "edges.parquet"
    edges.write_bytes(edges.read_bytes()[:-1] + b"x")
    with pytest.raises(corpus.IntegrityError):
        corpus.load(tmp_path / "out")


# --- the entries


def test_entries_can_be_read_and_know_where_they_come_from(sky: corpus.Corpus) -> None:
    lines = {
        path: (VAULT / path).read_text(encoding="utf-8").split("\n") for path in sky.table["path"].unique().to_pylist()
    }
    for entry in sky:
        prose = re.sub(
            r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|<div>.*?</div>|^ {4}.*?$|\\\[.*?\]\]|<span.*?>",
            "",
            entry.output,
            flags=re.DOTALL | re.MULTILINE,
        )
        assert not re.search(r"!\[\[|\[\[(?!outer)|\^[a-z]+\s*$|%%|\{\{|<!--|\x00", prose), entry
        assert entry.line_start is not None
        assert entry.line_end is not None
        assert 1 <= entry.line_start <= entry.line_end <= len(lines[str(entry.path)])
        assert entry.instruction.strip()
        assert "\n" not in entry.instruction
        assert all(origin.path in lines or (VAULT / origin.path).exists() for origin in entry.origins)


def asked(found: corpus.Corpus, path: str) -> dict[str, str]:
    return {entry.instruction: entry.output for entry in found if entry.path == path}


def test_definitions_cards_and_fields_are_questions(sky: corpus.Corpus) -> None:
    assert asked(sky, "Telescope.md")["What is a telescope?"].startswith("A telescope is an instrument")
    mars = asked(sky, "Planets/Mars.md")
    assert mars["Why is Mars red?"] == "Its surface is covered with iron oxide, that is with rust."
    assert "3389.5 km" in mars.values()
    assert asked(sky, "Planets/Cards.md")["How long is a year on Mars?"] == "687 days of the Earth."
    assert len(asked(sky, "Planets/Cards.md")) == 4  # the cards, and no text that shows them once more


def test_embeds_are_resolved_and_name_their_origin(sky: corpus.Corpus) -> None:
    (entry,) = [entry for entry in sky if entry.path == "Star Chart.md" and entry.task == "explain"]
    assert "Twice the aperture gathers four times the light" in entry.output
    assert "Its axis is tilted by 25 degrees" in entry.output
    assert {origin.path for origin in entry.origins} == {"Star Chart.md", "Telescope.md", "Planets/Mars.md"}


def test_what_a_picture_leaves_behind_is_taken_away(tmp_path: Path) -> None:
    said = "What an automaton does is told by its states and by the ways between them."
    files = {
        "a.md": f"{said}\n\n> [!abstract] The same in the form of a finite state machine\n> ![[states.png]]\n",
        "b.md": f"{said}\n\n> [!tip] This title is a sentence of its own.\n\nA picture: ![[states.png]]\n",
        "states.png": "",
    }
    texts = {entry.path: entry.output for entry in joined(corpus.ObsidianVault(written(tmp_path, files)))[0]}
    assert texts["a.md"] == said
    assert "This title is a sentence of its own." in texts["b.md"]


def test_relations_do_not_say_the_same_sentence_twice(tmp_path: Path) -> None:
    files = dict.fromkeys(("One.md", "Two.md", "Three.md", "Four.md"), "A note that is linked to.")
    files["Hub.md"] = (
        "Anything about [[One]] can be said about [[Two]] as well as it can be.\n\n"
        "About [[Three]] there is something else to be told.\n\nAnd [[Four]] is another matter, for another day.\n"
    )
    entries, _ = joined(corpus.ObsidianVault(written(tmp_path, files)))
    (related,) = [entry for entry in entries if entry.category == "relation"]
    lines = [line.partition(": ")[2] for line in related.output.split("\n")]
    assert len(lines) == len(set(lines)) == 3


def test_cycles_of_embeds_are_cut_and_doubling_ends(tmp_path: Path) -> None:
    files = {
        f"n{i}.md": f"Note number {i} says something of its own.\n\n![[n{i + 1}]]\n\n![[n{i + 1}]]\n" for i in range(30)
    }
    files["n30.md"] = "The last note leads back to the first one again. ![[n0]]\n\n" + "long " * 5000
    entries, _ = joined(corpus.ObsidianVault(written(tmp_path, files)))
    assert max(len(entry.output) for entry in entries) < 200_000


def test_private_notes_templates_and_excluded_files_are_nowhere_in_the_rows(sky: corpus.Corpus) -> None:
    reasons = skipped(sky)
    assert reasons == {
        "Archive/Old.md": "excluded",
        "Attachments/chart.png": "attachment",
        "Attachments/chart.svg": "attachment",
        "Planets/Venus.draft.md": "excluded",
        "Private/Diary.md": "excluded",
        "Templates/Daily.md": "template",
    }
    assert not set(sky.table["path"].to_pylist()) & set(reasons)
    text = json.dumps(sky.table.select(["instruction", "input", "output"]).to_pylist())
    assert "nobody's business" not in text
    assert "Weather" not in text


def test_what_is_excluded_is_not_embedded_either(tmp_path: Path) -> None:
    files = {
        "open.md": "This note can be read by anyone who wants to.\n\n![[secret]]\n\nSee also [[secret]] and [[b]].\n",
        "secret.md": "---\nprivate: true\n---\nThe combination of the safe is twelve and seven and forty.\n",
        "tagged.md": "#closed\n\nThe other combination is three and nine and twenty-two.\n\n![[secret]]\n",
    }
    entries, found = joined(corpus.ObsidianVault(written(tmp_path, files), exclude_tags=["closed"]))
    assert [entry.path for entry in entries] == ["open.md"]
    assert "combination" not in entries[0].output
    assert {skip.path: skip.reason for skip in found.skips} == {"secret.md": "excluded", "tagged.md": "excluded"}


@pytest.mark.parametrize(
    "head",
    [
        "private: yes",
        "Private: 1",
        "publish: no",
        'private: "true"',
        "title: Foo: bar\nprivate: true",
        "title: {{title}}\npublish: false # not yet",
        "title: Foo: bar\ntags: [a, closed/deep]",
        "title: Foo: bar\ntags:\n  - a\n  - '#closed'",
        "tags: closed\na: *b",
        '{"private": true, "a": ',
    ],
)
def test_a_mistake_in_the_properties_does_not_open_a_note(tmp_path: Path, head: str) -> None:
    files = {
        "shut.md": f"---\n{head}\n---\nThe combination of the safe is twelve and seven and forty.\n",
        "open.md": "---\ntitle: Foo: bar\nprivate: nobody\ntag: open\n---\n"
        "This note can be read by anyone who wants to.\n\n![[shut]]\n",
    }
    entries, found = joined(corpus.ObsidianVault(written(tmp_path, files), exclude_tags=["closed"]))
    assert [entry.path for entry in entries] == ["open.md"]
    assert "combination" not in entries[0].output
    assert [(skip.path, skip.reason) for skip in found.skips] == [("shut.md", "excluded")]


def test_a_template_that_is_embedded_leaves_nothing(tmp_path: Path) -> None:
    files = {
        ".obsidian/templates.json": '{"folder": "Forms"}',
        "Forms/Weekly plan.md": "What do I want to do this week, and what may wait?",
        "a.md": "This note begins with a form, which somebody forgot to fill in.\n\n![[Weekly plan]]\n",
    }
    (entry,) = joined(corpus.ObsidianVault(written(tmp_path, files)))[0]
    assert entry.output == "This note begins with a form, which somebody forgot to fill in."


def test_a_tag_of_a_thousand_levels_ends_no_run(tmp_path: Path) -> None:
    deep = "a/" * 5000 + "b"
    folder = written(
        tmp_path, {"a.md": f"#{deep} This note has a tag that no one can read to its end.", "b.md": "#a/a x"}
    )
    graph = joined(corpus.ObsidianVault(folder))[1].graph
    assert graph is not None
    tags = graph.nodes.filter(pa.compute.equal(graph.nodes["kind"], "tag"))["name"].to_pylist()
    assert deep in tags
    assert 2 < len(tags) <= 21


def test_folders_tags_and_properties_choose(tmp_path: Path) -> None:
    text = "This note says enough of itself to be taken into the corpus."
    files = {
        "a/one.md": f"#red/dark\n\n{text}",
        "a/two.md": f"---\ntags: blue\n---\n{text}",
        "b/three.md": f"---\npublish: false\nstatus: [draft]\n---\n#red {text}",
    }
    folder = written(tmp_path, files)

    def paths(**options: object) -> list[str | None]:
        vault = corpus.ObsidianVault(folder, **options)  # type: ignore[arg-type]
        return sorted({entry.path or "" for entry in joined(vault)[0]})  # type: ignore[return-value]

    assert paths() == ["a/one.md", "a/two.md"]
    assert paths(exclude_properties={}) == ["a/one.md", "a/two.md", "b/three.md"]
    assert paths(exclude_properties={"status": "draft"}) == ["a/one.md", "a/two.md"]
    assert paths(tags=["#RED"], exclude_properties={}) == ["a/one.md", "b/three.md"]
    assert paths(exclude_tags=["red"]) == ["a/two.md"]
    assert paths(folders=["b"], exclude_properties={}) == ["b/three.md"]
    assert paths(exclude=["/two/", "b/"]) == ["a/one.md"]
    with pytest.raises(corpus.ConfigError, match="regular expression"):
        paths(exclude=["/(/"])
    with pytest.raises(corpus.ConfigError, match="one text"):
        paths(tags="red")


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "Eine Fuge ist ein Stück, in dem die Stimmen nacheinander mit dem Thema einsetzen und es nicht verlassen.",
            "Was ",
        ),
        ("赋格是一种复调音乐的体裁，各个声部先后进入，依次奏出同一个主题，并由此展开整首乐曲的结构与进行。", "？"),
        (
            "Une fugue est une pièce où les voix entrent dans l'ordre avec le thème et que les autres suivent.",
            "Qu",
        ),
    ],
)
def test_questions_are_asked_in_the_language_of_the_note(tmp_path: Path, text: str, question: str) -> None:
    entries, _ = joined(corpus.ObsidianVault(written(tmp_path, {"Fuge.md": text, "赋格.md": text})))
    assert entries
    assert any(question in entry.instruction for entry in entries)
    assert not any("What" in entry.instruction for entry in entries)


# --- runs


def test_a_second_run_reads_the_note_that_changed(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    shutil.copytree(VAULT, folder)
    vault, cache = corpus.ObsidianVault(folder), tmp_path / "cache.sqlite"
    first = corpus.extract(vault, workers=1, cache=cache, progress=False)
    assert first.cache_use == corpus.corpus.CacheUse(extracted=9, cached=0)
    (folder / "Telescope.md").write_text(
        "A telescope is a tube with two lenses in it, or with mirrors.\n", encoding="utf-8"
    )
    second = corpus.extract(vault, workers=1, cache=cache, progress=False)
    assert second.cache_use == corpus.corpus.CacheUse(extracted=1, cached=8)
    assert second.table.equals(extracted(folder).table)
    assert "two lenses" in asked(second, "Telescope.md")["What is a telescope?"]


def test_the_same_vault_gives_the_same_bytes(tmp_path: Path, sky: corpus.Corpus) -> None:
    shutil.copytree(VAULT, tmp_path / "vault")
    again = corpus.extract(corpus.ObsidianVault(tmp_path / "vault"), workers=2, progress=False)
    assert again.fingerprint == sky.fingerprint
    assert again.graph.edges.equals(sky.graph.edges)


def test_a_vault_is_built_judged_and_read_again(tmp_path: Path) -> None:
    done = shell("build", VAULT, "--out", tmp_path / "out", "--quiet")
    assert done.returncode == 0, done.stderr
    assert shell("inspect", tmp_path / "out", "--verify").returncode == 0
    built = corpus.load(tmp_path / "out")
    assert set(built.table["kind"].cast(pa.string()).to_pylist()) == {"obsidian"}
    assert built.report is not None
    code = {result["id"]: result["verdict"] for result in built.report["results"] if result["id"] in ("C1", "C1b")}
    assert "refuted" not in code.values()


def test_a_vault_that_is_a_repository_is_a_vault(tmp_path: Path) -> None:
    folder = tmp_path / "both"
    shutil.copytree(VAULT, folder)
    (folder / ".git").mkdir()
    assert isinstance(corpus.sources.source_of(folder), corpus.ObsidianVault)
    with pytest.raises(corpus.SourceError, match="no vault"):
        corpus.ObsidianVault(tmp_path / "gone")


# --- hostile files


def test_no_file_costs_another_one_its_place(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "vault", {"good.md": "# Good\n\nThis note is as good as any other, and says so. [[NUL]] [[é]]\n"}
    )
    put = {
        "bom.md": b"\xef\xbb\xbf---\r\ntags: [a]\r\n---\r\nA note with a mark and the line ends of another system.\r\n",
        "nul.md": b"A note with a \0 in it",
        "latin.md": "Ein Wort, das h\u00e4lt".encode("latin-1"),
        "fence.md": b"Before it all is well with this note.\n\n```python\n[[never closed]]\n",
        "list.md": b"---\n- a\n- b\n---\nThe head of this note is a list, and the note is here.\n",
        "brackets.md": b"[" * 50_000 + b"\n\n" + b"]" * 50_000,
        "cycle.md": b"This note holds itself again and again: ![[cycle]]\n",
        "big.md": b"x" * 1_100_000,
        "Case.md": b"One of two names that differ by case alone, the large one.\n",
        "case.md": b"One of two names that differ by case alone, the small one.\n",
        unicodedata.normalize("NFC", "é.md"): b"Written in one character, as is usual on most systems.\n",
        unicodedata.normalize("NFD", "é.md"): b"Written in two characters, as one system likes to do.\n",
        "empty.md": b"",
        "bad.canvas": b"{",
        "bad.base": b"a: [",
        "line\nfeed.md": b"A name with a line feed in it, which no row could hold.\n",
    }
    for name, data in put.items():
        (folder / name).write_bytes(data)
    (tmp_path / "outside.md").write_text("What lies outside of the vault is nobody's business.\n")
    (folder / "link.md").symlink_to(tmp_path / "outside.md")
    (folder / "loop").symlink_to(folder)
    (folder / ".hidden.md").write_text("hidden")
    os.mkfifo(folder / "pipe.md")
    if os.fsencode("x") == b"x":
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff.md")).write_bytes(b"No name in UTF-8.\n")
    found = extracted(folder)
    reasons = skipped(found)
    assert {name: reasons.pop(name) for name in list(reasons) if not name.isascii() or "\\" in name} != {}
    assert reasons == {
        "nul.md": "binary", "latin.md": "not-utf-8", "big.md": "too-large", "link.md": "symlink", "loop": "symlink",
        "pipe.md": "not-a-file", "bad.canvas": "broken-canvas", "bad.base": "broken-base",
    }  # fmt: skip
    rows = set(found.table["path"].to_pylist())
    assert {"good.md", "bom.md", "fence.md", "list.md", "cycle.md", "Case.md", "case.md", "é.md"} <= rows
    record = found.lineage[0]
    assert record["units"] == record["read"] + record["skipped"]
    assert [e["target_path"] for e in found.graph.links.to_pylist() if e["source_path"] == "good.md"] == [
        "nul.md",
        "é.md",
    ]
    assert found.reread() == [None] * len(found)


def test_a_filter_that_python_cannot_read_says_what_to_do(tmp_path: Path) -> None:
    folder = written(tmp_path, {".obsidian/app.json": json.dumps({"userIgnoreFilters": [r"/(?<year>\d+)/"]})})
    with pytest.raises(corpus.ConfigError, match="ignore_filters=False"):
        corpus.ObsidianVault(folder)
    assert corpus.ObsidianVault(folder, ignore_filters=False).path == folder


def test_settings_that_cannot_be_read_are_the_usual_ones(tmp_path: Path) -> None:
    text = "A note like any other, and long enough to be an answer."
    folder = written(
        tmp_path, {"a.md": text, ".obsidian/app.json": "[" * 100_000, ".obsidian/templates.json": '{"folder": 5}'}
    )
    assert [entry.path for entry in joined(corpus.ObsidianVault(folder))[0]] == ["a.md"]


PARTS = [
    "![[a]]",
    "[[b#H]]",
    "![[C#^x]]",
    "[[d e|x]]",
    "\n\n",
    "# H\n",
    "^x",
    "![[#H]]",
    "Words that say a thing. ",
    "#t ",
]
VAULTS = st.dictionaries(
    st.sampled_from(["a", "b", "C", "d e"]), st.lists(st.sampled_from(PARTS), max_size=12), min_size=1
)


@given(VAULTS)
@settings(max_examples=60, deadline=None)
def test_any_vault_is_joined_and_no_note_is_lost(
    tmp_path_factory: pytest.TempPathFactory, notes: dict[str, list[str]]
) -> None:
    folder = written(tmp_path_factory.mktemp("vault"), {f"{name}.md": "".join(parts) for name, parts in notes.items()})
    entries, found = joined(corpus.ObsidianVault(folder))
    assert found.graph is not None
    files = found.graph.nodes.filter(pa.compute.equal(found.graph.nodes["kind"], "note"))
    assert files["name"].to_pylist() == sorted(notes)
    assert not any("\0" in entry.output for entry in entries)
    links = sum("".join(parts).count("[[") for parts in notes.values())
    assert len(found.graph.links) == links
