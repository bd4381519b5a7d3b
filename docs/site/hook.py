"""Pages of the site that are made of the code and of the README, so that they cannot say anything else.

mkdocs calls `on_files`. The pages: the start page (the README), every gate, every hypothesis of the falsifier,
the schema, and a page of the notebooks.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))  # this tree's own library, whatever else is installed

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s]+)\)")
ON_THE_SITE = {"docs/tutorials": "docs/tutorials/git.md", "notebooks": "docs/notebooks.md"}  # folders to pages
NOT_ON_THE_SITE = "https://pypi.org/project/sovereign-corpus/"

GATES_SAY = """\
Made from `corpus.curate.GATES`. The first gate that refuses a row gives its reason, in this order; the row, the
reason and the numbers behind it go to `c.removed`. *Asks you beyond*: a gate that would take a larger share of one
source has met something that it was not made for; it then removes nothing and asks. How they were tried:
[Quality](quality.md)."""

HYPOTHESES_SAY = """\
Made from `falsify.HYPOTHESES`. Each claim forbids something and was registered with its threshold before the run.
What is *planted* is its positive control: violations made from the corpus' own rows, in the same run. A test that
misses too many of them says `untested` and earns nothing.

A **veto** refutes the corpus alone; *grave* does so beyond the value given. Beside these, a corpus is refuted when
what was refuted is worth more than 15 of 100 points, and corroborated from 70 on."""

SCHEMA_SAYS = """\
Made from `corpus.entry.SCHEMA`, version {version}: the same columns in memory, on disk and on the Hub. On disk
`messages` is added, which follows from the rest: the pair as chat turns, what trainers read."""

REMOVED_SAYS = """\
`c.removed` has all these columns and {added}: which stage removed the row, why, with which numbers, and in whose
favour."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put pages that the navigation does not name at its end, so that no page is out of reach."""
    told = json.dumps(config.nav)
    found = sorted(path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md"))
    more = [path for path in found if f'"{path}"' not in told]
    if more and config.nav is not None:
        config.nav.append({"More": more})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is generated."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def pages() -> dict[str, str]:
    """Path in the site to text."""
    return {
        "index.md": home(),
        "gates.md": gates(),
        "hypotheses.md": hypotheses(),
        "schema.md": schema(),
        "notebooks.md": notebooks(),
    }


def home() -> str:
    """The README, its links seen from here; what the site has not is named and not linked."""

    def moved(link: re.Match[str]) -> str:
        place = ON_THE_SITE.get(link[1], link[1])
        return f"]({place.removeprefix('docs/')})" if place.startswith("docs/") else f"]({NOT_ON_THE_SITE})"

    return LINK.sub(moved, (ROOT / "README.md").read_text(encoding="utf-8"))


def gates() -> str:
    """Every gate with its rule, where that comes from, and of what it is asked."""
    from corpus.curate import GATES

    def rows(active: bool) -> list[list[object]]:
        return [
            [
                f"`{gate.name}`",
                gate.claim,
                gate.source,
                "" if gate.threshold is True else f"{gate.threshold:g}",
                ", ".join([*gate.kinds, *gate.categories, *gate.tasks]) or "every row",
                "" if gate.share == 1 else f"{gate.share:.0%}",
            ]
            for gate in GATES
            if gate.active is active
        ]

    head = ["gate", "refuses a row when", "the rule is from", "threshold", "asked of", "asks you beyond"]
    return "\n\n".join(
        [
            "# Every gate",
            GATES_SAY,
            "## Asked without being named",
            table(head, rows(True)),
            "## Switched off until they are named",
            "`c.filter(short=5)` switches one on with a threshold; `True` for one that has none.",
            table(head, rows(False)),
        ]
    )


def hypotheses() -> str:
    """Every hypothesis with its statistic, its threshold, its plants and what its refutation does."""
    from falsify import HYPOTHESES

    parts = [
        "# Every falsification test",
        HYPOTHESES_SAY,
    ]
    by_module: dict[str, list[Any]] = {}
    for one in HYPOTHESES:
        by_module.setdefault(one.test.__module__, []).append(one)
    modules = {name: own(name) for name in by_module}
    for name, claims in by_module.items():
        title, _, reason = modules[name].partition("\n")
        parts += [f"## {claims[0].family.capitalize()}: {title.rstrip('.')}", as_text(reason)]
        parts += [hypothesis(one) for one in claims]
    return "\n\n".join(part for part in parts if part)


def own(module: str) -> str:
    """What a module says of itself."""
    return inspect.cleandoc(import_module(module).__doc__ or "")


def as_text(reason: str) -> str:
    """A docstring's paragraphs; those that are indented stay as they are set."""
    return re.sub(r"\n{3,}", "\n\n", reason.strip())


def hypothesis(one: Any) -> str:
    """One hypothesis as a small table."""
    side = "below" if one.floor else "above"
    weight = ["veto"] if one.veto else []
    weight += [f"grave {side} {one.grave:g}"] if one.grave is not None else []
    facts = [
        ["statistic", one.statistic],
        ["refuted", f"{side} {one.threshold:g}"],
        ["points", f"{one.points}{', ' if weight else ''}{', '.join(weight)}"],
        ["planted", "; ".join(plant.name for plant in one.plants) or "nothing"],
        ["looks at", f"{one.population} rows" + (f" of {', '.join(one.applies_to)}" if one.applies_to else "")],
        *([["needs", f"`{one.needs}`, handed in by the caller"]] if one.needs else []),
        ["version", one.version],
    ]
    return f"### {one.id}\n\n{one.claim}.\n\n{table(['', ''], facts)}"


def schema() -> str:
    """Every column with its type and its meaning, as `corpus.Entry` documents it."""
    from corpus import entry

    meant = attributes(inspect.getdoc(entry.Entry) or "")
    rows = [[f"`{f.name}`", f"`{f.type}`", "yes" if f.nullable else "", meant[f.name]] for f in entry.SCHEMA]
    added = [f for f in entry.REMOVED_SCHEMA if f.name not in entry.SCHEMA.names]
    names = {
        "kinds": entry.KINDS, "categories": entry.CATEGORIES, "tasks": entry.TASKS, "splits": entry.SPLITS,
        "visibilities": entry.VISIBILITIES, "signals": entry.SIGNALS,
    }  # fmt: skip
    return "\n\n".join(
        [
            "# The schema",
            SCHEMA_SAYS.format(version=entry.SCHEMA_VERSION),
            table(["column", "type", "may be null", "meaning"], rows),
            "## Names",
            "An unknown one is an error, never a silent default; one of your own starts with `x-`.",
            table(
                ["", "names"], [[name, ", ".join(f"`{value}`" for value in values)] for name, values in names.items()]
            ),
            "## Rows that were removed",
            REMOVED_SAYS.format(added=", ".join(f"`{f.name}`" for f in added)),
            "## Units that were skipped",
            f"`c.skipped` has {', '.join(f'`{name}`' for name in entry.SKIPPED_SCHEMA.names)}.",
        ]
    )


def attributes(docstring: str) -> dict[str, str]:
    """Names and texts of a docstring's `Attributes`."""
    section = docstring.partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w+): (.*(?:\n {8,}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def notebooks() -> str:
    """The notebooks, by their titles and first words."""
    parts = ["# Notebooks", "In `notebooks/`, with their outputs; each runs with what the repository carries."]
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        title, _, words = first.partition("\n")
        parts.append(f"**{title.lstrip('# ')}** (`notebooks/{path.name}`)\n\n{words.strip()}")
    return "\n\n".join(parts)


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Cells as a table of Markdown."""

    def line(cells: Sequence[object]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return "\n".join([line(head), line(["---"] * len(head)), *map(line, rows)])
