"""How many planted problems of HumanEval and MBPP decontamination finds, and how often it is wrong about library code.

    python benchmarks/decontamination.py --humaneval HumanEval.jsonl.gz --mbpp mbpp.jsonl [--library FOLDER ...]

Each problem becomes one row, in four ways: as it is; with every function, parameter and variable renamed; written anew
by `ast.unparse`, whose layout, quotes and brackets are its own; and the solution alone (of HumanEval the body without
header and documentation). False alarms are counted on the documented functions of the folders, the standard library by
default: question and answer as `document` rows have them.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import sysconfig
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contamination_hashes import rows

from corpus.curate import decontaminate
from corpus.entry import Entry, table_of

Way = tuple[str, str, str]  # benchmark, question, code


class Renamer(ast.NodeTransformer):
    """Gives what a piece of code defines other names: functions, parameters, variables."""

    def __init__(self, tree: ast.AST) -> None:
        self.names: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                self._add(node.name)
            elif isinstance(node, ast.arg):
                self._add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._add(node.id)

    def _add(self, name: str) -> None:
        if not hasattr(builtins, name) and name != "self" and not name.startswith("__"):
            self.names.setdefault(name, f"item_{len(self.names)}")

    def visit(self, node: ast.AST) -> Any:
        """A node and all in it, renamed."""
        for field in ("name", "arg", "id"):
            if isinstance(getattr(node, field, None), str) and not isinstance(node, ast.alias):
                setattr(node, field, self.names.get(getattr(node, field), getattr(node, field)))
        return self.generic_visit(node)


def humaneval(path: Path) -> Iterator[dict[str, Way]]:
    for row in rows(path):
        whole = row["prompt"] + row["canonical_solution"]
        yield ways("humaneval", "Complete it.", whole, row["canonical_solution"])


def mbpp(path: Path) -> Iterator[dict[str, Way]]:
    for row in rows(path):
        yield ways("mbpp", row["text"], row["code"], row["code"])


def ways(benchmark: str, question: str, whole: str, solution: str) -> dict[str, Way]:
    tree = ast.parse(whole)
    plain = ast.unparse(tree)
    renamed = ast.unparse(Renamer(tree).visit(tree))
    return {
        "verbatim": (benchmark, question, whole),
        "renamed": (benchmark, question, renamed),
        "reformatted": (benchmark, question, plain),
        "solution only": (benchmark, "", solution),
    }


def found(plants: list[Way]) -> float:
    entries = [entry(n, question or "?", code) for n, (_, question, code) in enumerate(plants)]
    return len(decontaminate(table_of(entries)).removed) / len(plants)


def entry(number: int, question: str, code: str) -> Entry:
    return Entry(
        category="function", task="implement", language="python", instruction="Write it.", input=question, output=code,
        id=str(number), kind="table", source="s", group=str(number),
    )  # fmt: skip


def library(folders: list[Path]) -> Iterator[Entry]:
    number = 0
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            if "site-packages" in path.relative_to(folder).parts:
                continue
            try:
                source = path.read_text(encoding="utf-8")
                nodes = list(ast.walk(ast.parse(source)))
            except (SyntaxError, UnicodeDecodeError, ValueError):
                continue
            for node in nodes:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (doc := ast.get_docstring(node)):
                    number += 1
                    lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
                    yield entry(number, doc, "\n".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--humaneval", type=Path, required=True)
    parser.add_argument("--mbpp", type=Path, required=True)
    parser.add_argument("--library", type=Path, nargs="*", default=[Path(sysconfig.get_paths()["stdlib"])])
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for plants in (list(humaneval(given.humaneval)), list(mbpp(given.mbpp))):
        print(f"{plants[0]['verbatim'][0]}: {len(plants)} problems")
        for way in plants[0]:
            print(f"  {way:<16}{found([plant[way] for plant in plants]):>8.1%}")
    begin = time.process_time()
    table = table_of(library(given.library))
    read = time.process_time()
    alarms = decontaminate(table).removed
    print(f"library code: {len(alarms)} of {len(table)} functions, {len(alarms) / len(table):.3%};", end=" ")
    print(f"{len(table) / (time.process_time() - read):.0f} a CPU second ({read - begin:.0f} s to read them)")
    for place, detail in zip(alarms["input"].to_pylist()[:20], alarms["detail"].to_pylist()[:20], strict=True):
        print(f"  {detail}: {place.partition(chr(10))[0][:60]}")


if __name__ == "__main__":
    main()
