"""Commands that show what is in a corpus, a file or a graph: stats, sample, similar, card, parse, graph, diff."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import corpus as library
from corpus.cli import say
from corpus.cli.app import command
from corpus.cli.options import Folder, Json, Me, Verbose, given_path

if TYPE_CHECKING:
    from corpus.graph import Graph


def _splits() -> list[str]:
    return list(library.entry.SPLITS)


def _categories() -> list[str]:
    return list(library.entry.CATEGORIES)


def _languages() -> list[str]:
    return list(library.code.LANGUAGES)


_ROW_KEYS = {
    "rows": "the rows, each with the columns of the schema (docs/design.md); times in ISO 8601",
}


@command(
    "Look",
    "corpus stats my-corpus",
    "corpus stats my-corpus --json | jq .by_category",
    keys={
        "rows": "how many",
        "by_split, by_category, by_task, by_kind, by_language, by_license": "rows by value",
        "tokens": "those asked and answered",
        "quality_mean": "of all rows that have a score, or null",
        "groups": "how many there are",
        "strata": "rows of each, and how the split cut them",
        "removed": "removed rows by `stage: reason`",
        "skipped": "units that were not read by reason",
    },
)
def stats(folder: Folder, as_json: Json = False) -> None:
    """Count rows by split, category and more.

    By task, kind, language and licence too, and what was removed and skipped, by reason.
    """
    found = library.load(folder).stats()
    if as_json:
        say.print_json(found)
        return
    for name, value in found.items():
        if isinstance(value, dict):
            print(f"{name}\n{library.show.text_table([[k, v] for k, v in value.items()]) if value else '  none'}")
        else:
            print(f"{name}  {value}")


@command(
    "Look",
    "corpus sample my-corpus",
    "corpus sample my-corpus -n 2 --category function --seed 7",
    keys=_ROW_KEYS,
    codes={1: "there are no such rows"},
)
def sample(
    folder: Folder,
    n: Annotated[int, typer.Option("-n", metavar="N", min=0, help="How many rows.")] = 3,
    category: Annotated[
        str | None,
        typer.Option("--category", metavar="NAME", help="Only rows of this category.", autocompletion=_categories),
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="NAME", help="Only rows of this split.", autocompletion=_splits)
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed shows other rows.")] = 0,
    as_json: Json = False,
) -> None:
    """Show some rows in full, with where they come from."""
    found = library.load(folder)
    columns = {"category": category, "split": split}
    chosen = found.sample(n, seed=seed, **{k: v for k, v in columns.items() if v is not None})
    if as_json:
        say.print_json({"rows": [_as_json(entry.row()) for entry in chosen]})
    elif chosen:
        print("\n\n".join(library.show.entry_text(entry) for entry in chosen))
    else:
        print("no such rows")
        _hint_at_values(found, category, split)
    if not chosen and n:
        raise typer.Exit(1)


def _hint_at_values(found: Any, category: str | None, split: str | None) -> None:
    """Say what was perhaps meant by a value that no row has."""
    for name, value in (("category", category), ("split", split)):
        known = library.show.counts(found.table, name)
        if value is not None and value not in known:
            near = library.guess.did_you_mean(value, known)
            say.note(f"no row has the {name} {value!r}: {near or 'there are ' + ', '.join(known)}")


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


@command(
    "Look",
    'corpus similar my-corpus "reads a file line by line"',
    "git show HEAD:src/wick.py | corpus similar my-corpus -",
    "corpus similar my-corpus --file src/wick.py -n 10 --json",
    keys={
        "found": "the rows, the most similar first",
        "found[].similarity": "exact Jaccard similarity of the text and that part of the row",
        "found[].part": "question, input or output",
        "found[].id, source, path, line_start, line_end, symbol, category, task, split": "the row",
        "found[].head": "the beginning of that part",
    },
    codes={1: "no row is like it"},
)
def similar(
    folder: Folder,
    text: Annotated[
        str | None,
        typer.Argument(
            help="Sentences or lines of code; - reads standard input.", metavar="[TEXT|-]", show_default=False
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Read the text from a file.", metavar="FILE", parser=given_path)
    ] = None,
    n: Annotated[int, typer.Option("-n", metavar="N", min=1, help="How many rows.")] = 5,
    as_json: Json = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the rows in full.")] = False,
) -> None:
    """Find the near-duplicates of a text.

    With scores and places. A text of fewer than five words is found only where it stands as it is.
    """
    found = library.load(folder).similar(_text_asked(text, file), n)
    if as_json:
        say.print_json({"found": [one.to_dict() for one in found]})
    for one in () if as_json else found:
        print(f"{say.paint(f'{one.similarity:.2f}', 'bold')} {library.show.plain(one.place)} ({one.part})")
        shown = library.show.entry_text(library.Entry.from_row(one.row)) if verbose else f"     {one.head}"
        print(library.show.plain(shown))
    if not found:
        if not as_json:
            print("no row is like it")
        raise typer.Exit(1)


def _text_asked(text: str | None, file: Path | None) -> str:
    """The text to look for. Raises ConfigError where none or two are given, SourceError for a file that is no text."""
    if (text is None) == (file is None):
        raise library.ConfigError(
            "one text is looked for",
            expected="TEXT, - for standard input, or --file FILE",
            got="two" if text else "none",
        )
    if file is None:
        return sys.stdin.read() if text == "-" else str(text)
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        if str(file) == "-":
            raise library.ConfigError("--file reads a file", got="-", hint="TEXT of - reads standard input") from None
        hint = library.guess.near_path(file) or "check the spelling"
        raise library.SourceError("there is nothing at this path", where=file, hint=hint) from None
    except UnicodeDecodeError as error:
        raise library.SourceError("the file is not UTF-8", where=file, got=f"byte {error.start}") from None
    except OSError as error:
        raise library.SourceError("the file cannot be read", where=file, got=error.strerror) from None


@command("Look", "corpus card my-corpus", "corpus card my-corpus > card.md")
def card(folder: Folder) -> None:
    """Print the dataset card, made anew.

    From the manifest and the report; it is what README.md in the folder says.
    """
    from corpus.write import read_manifest
    from corpus.write.card import render_card

    print(render_card(read_manifest(folder), library.load(folder).report), end="")


@command(
    "Look",
    "corpus parse src/lantern/wick.py",
    "corpus parse script --language python --json",
    "corpus parse ~/Notes/Telescope.md",
    "corpus parse exports/element.json --me @you:example.org",
    keys={
        "file": "the file",
        "kind": "git for code, obsidian for notes, signal or matrix for conversations",
        "facts": "language, licence, links, messages …",
        "skipped": "null, or `reason` and `detail` for which a build leaves the file out",
        "seen": "definitions and sections: `what`, `name`, `line_start`, `line_end`, `note`, `rows`",
        "rows": "what comes of it: `category`, `task`, `symbol`, lines, `instruction`, `output`, `quality`, `removed`, "
        "`detail`",
    },
    codes={1: "a build leaves the whole file out"},
)
def parse(
    file: Annotated[
        Path, typer.Argument(help="A file of code, a note, an export of chats.", metavar="FILE", parser=given_path)
    ],
    language: Annotated[
        str | None,
        typer.Option(
            "--language", metavar="NAME", help="Of code whose ending does not say it.", autocompletion=_languages
        ),
    ] = None,
    me: Me = None,
    as_json: Json = False,
) -> None:
    """Show what the extractor sees in a file.

    Its definitions with their lines, documented or not, the rows that would come of them, what redaction and gates
    would remove, and why the file is left out, where it is.
    """
    found = library.parse(file, language=language, me=me)
    if as_json:
        say.print_json(found.to_dict())
    else:
        print(found)
    if found.skipped is not None:
        raise typer.Exit(1)


@command(
    "Look",
    "corpus graph ~/Notes",
    "corpus graph my-corpus --format graphml --out notes.graphml",
    "corpus graph ~/Notes --format svg > notes.svg",
    keys={
        "nodes": "how many there are of each kind",
        "edges": "how many there are of each kind",
        "orphans": "paths of the notes that no other file links to and that link to none",
        "unresolved": "links that lead nowhere: `source_path`, `line`, `status`, `text`, `target`",
    },
    codes={1: "there is no graph: no vault is in the corpus"},
)
def graph(
    place: Annotated[
        Path, typer.Argument(help="The folder of a corpus, or a vault.", metavar="DIR|VAULT", parser=given_path)
    ],
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="graphml, svg, json or csv, instead of a summary.",
            autocompletion=lambda: ["graphml", "svg", "json", "csv"],
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The file to write, instead of standard output.", metavar="FILE", parser=given_path),
    ] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Show the graph of a vault's notes.

    Nodes and edges by kind, notes without any link, links that lead nowhere; or the whole graph for another program.
    """
    if out is not None and form is None:
        raise library.ConfigError("a file needs a format", expected="--format graphml, svg, json or csv", got="--out")
    found = _graph_at(place)
    if form is not None:
        _hand_out(library.graphfiles.render(found, form), out)
    elif as_json:
        say.print_json(_graph_facts(found))
    else:
        _print_graph(found, every=verbose)
    if not len(found):
        say.note("there is no vault in it, and so no graph")
        raise typer.Exit(1)


def _graph_at(place: Path) -> Graph:
    """The graph of a corpus, or of a vault as it is now, of which nothing else is kept."""
    from corpus.notes.vault import is_vault
    from corpus.places import place_of

    if is_vault(place_of(place)):
        graph: Graph = library.extract(library.ObsidianVault(place), workers=1, progress=False).graph
        return graph
    return library.load(place).graph


def _graph_facts(found: Graph) -> dict[str, Any]:
    return {
        "nodes": library.show.counts(found.nodes, "kind"),
        "edges": library.show.counts(found.edges, "kind"),
        "orphans": found.orphans(),
        "unresolved": library.graphfiles.unresolved(found),
    }


_FEW = 20


def _print_graph(found: Graph, *, every: bool) -> None:
    facts = _graph_facts(found)
    for name in ("nodes", "edges"):
        print(f"{name.capitalize()}: {sum(facts[name].values())}")
        print(library.show.text_table([[kind, n] for kind, n in facts[name].items()] or [["none", ""]]))
    lists = {
        "Notes without a link": facts["orphans"],
        "Links that lead nowhere, or not where they say": [
            f"{one['source_path']}:{one['line']}  {one['text']}  ({one['status']})" for one in facts["unresolved"]
        ],
    }
    for name, lines in lists.items():
        print(f"{name}: {len(lines)}")
        shown = lines if every else lines[:_FEW]
        print("".join(f"  {library.show.plain(line)}\n" for line in shown), end="")
        if len(shown) < len(lines):
            print(f"  and {len(lines) - len(shown)} more (--verbose shows all)")


def _hand_out(text: str, out: Path | None) -> None:
    if out is None:
        print(text, end="")
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:  # a full disk does not name the file
        raise OSError(error.errno, error.strerror, str(out)) from None
    say.note(f"Written to {out}")


@command(
    "Look",
    "corpus diff my-corpus-2025 my-corpus",
    "corpus diff old new --json | jq .counts",
    "corpus diff old new --html > diff.html",
    keys={
        "counts": "`old` and `new` rows, those `kept` (`same`, `changed`, `moved`), that `came` and that `went`",
        "reasons": "for each change how many rows there are for each reason",
        "context": "what else differs: `sources`, `stages`, `versions`, `configuration`, each value `old` and `new`",
        "rows": "each row that is not the same: `change`, `id`, `old_id`, `source`, `path`, `symbol`, `category`, "
        "`task`, `old_split`, `split`, `why`, `detail`",
    },
    codes={1: "they have other rows"},
)
def diff(
    old: Annotated[Path, typer.Argument(help="The folder of a corpus.", metavar="OLD", parser=given_path)],
    new: Annotated[Path, typer.Argument(help="The folder of another one.", metavar="NEW", parser=given_path)],
    as_html: Annotated[bool, typer.Option("--html", help="Print a page of HTML.")] = False,
    as_json: Json = False,
) -> None:
    """Say what came, went, changed and moved.

    Between two corpora, row by row, and why: which stage removed a row, whose source changed, which setting or
    version is another one.
    """
    if as_html and as_json:
        raise library.ConfigError("one form is printed", expected="--json or --html", got="both")
    found = library.diff(old, new)
    if as_json:
        say.print_json(found.to_dict())
    else:
        print(found.to_html() if as_html else library.show.plain(str(found)), end="" if as_html else "\n")
    if found:
        raise typer.Exit(1)
