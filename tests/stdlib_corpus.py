"""A realistic corpus for the tests: functions and docstrings read from this interpreter's own standard library.

Nothing of it is committed: the rows are made when a test runs, with `ast`, from the files that came with Python.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyarrow as pa

from corpus.entry import SCHEMA, Entry, entry_group, entry_id, estimate_tokens, table_of
from falsify.scoring import library_score

STDLIB = Path(sysconfig.get_paths()["stdlib"])
_SKIP = {"test", "tests", "idlelib", "turtledemo", "lib2to3", "site-packages", "ensurepip", "__pycache__", "pydoc_data"}


def stdlib_files() -> list[Path]:
    return [p for p in sorted(STDLIB.rglob("*.py")) if not _SKIP & set(p.relative_to(STDLIB).parts)]


@cache
def stdlib_table(rows: int = 1200) -> pa.Table:
    """A clean, deduplicated, split corpus of about `rows` rows, from files spread evenly over the library."""
    return corpus_of(STDLIB, stdlib_files(), "python", rows)


def corpus_of(root: Path, files: Iterable[Path], source: str, rows: int = 10**9) -> pa.Table:
    entries: list[Entry] = []
    files = list(files)
    spread = sorted(files, key=lambda p: hashlib.blake2b(str(p.relative_to(root)).encode()).digest())
    seen: dict[int, list[set[int]]] = {}
    for path in spread:
        if len(entries) >= rows:
            break
        relative = path.relative_to(root).as_posix()
        for name, category, code, doc, start, end in definitions(path):
            if not _is_new(f"{code}\n{doc}", seen):
                continue
            entries += _pair(source, relative, name, category, code, doc, start, end)
    table = table_of(_split(_numbered(sorted(entries, key=lambda e: (e.path or "", e.line_start or 0, e.task)))))
    at = SCHEMA.get_field_index("quality")
    return table.set_column(at, SCHEMA.field("quality"), pa.array(library_score(table), pa.float64()))


def definitions(path: Path) -> Iterator[tuple[str, str, str, str, int, int]]:
    """Every function and method with a docstring: qualified name, category, code without docstring, docstring."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
    except (SyntaxError, UnicodeDecodeError):
        return
    lines = text.splitlines()
    for name, node in _functions(tree, ""):
        doc = ast.get_docstring(node)
        if doc is None or len(doc.split()) < 4 or len(node.body) < 2 or "\r" in doc:
            continue
        first = node.body[0]
        if first.lineno == node.lineno or "\x0c" in "".join(lines[node.lineno - 1 : node.end_lineno]):
            continue
        code = [*lines[node.lineno - 1 : first.lineno - 1], *lines[first.end_lineno or 0 : node.end_lineno]]
        text_of_code = inspect.cleandoc("\n" + "\n".join(code))
        try:
            ast.parse(text_of_code)
        except SyntaxError:
            continue
        yield name, "function", text_of_code, doc, node.lineno, node.end_lineno or node.lineno


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")


def _is_new(text: str, seen: dict[int, list[set[int]]]) -> bool:
    """Whether nothing at Jaccard >= 0.5 (word 3-grams) came before: what the pipeline's deduplication is for."""
    words = text.split()
    grams = {hash(tuple(words[i : i + 3])) for i in range(max(1, len(words) - 2))}
    met: dict[int, set[int]] = {}
    for gram in grams:
        for other in seen.get(gram, ()):
            met[id(other)] = other
    if any(len(grams & other) >= 0.5 * len(grams | other) for other in met.values()):
        return False
    for gram in grams:
        seen.setdefault(gram, []).append(grams)
    return True


def _pair(source: str, path: str, name: str, category: str, code: str, doc: str, start: int, end: int) -> list[Entry]:
    signature = code[: code.find(":\n") + 1] or code.splitlines()[0]
    common = Entry(
        kind="git", category=category, task="document", instruction=f"Write the documentation of `{name}`.",
        input=code, output=doc, source=source, commit="0" * 40, path=path, line_start=start, line_end=end,
        symbol=name, language="python", license="PSF-2.0", author="someone",
        group=entry_group("git", source, path),
    )  # fmt: skip
    implement = replace(
        common, task="implement", instruction=f"Implement `{name}`.", input=f"{signature}\n\n{doc}", output=code
    )
    return [common, implement]


def _numbered(entries: list[Entry]) -> list[Entry]:
    count: dict[tuple[str, str, str], int] = {}
    done = []
    for entry in entries:
        key = (entry.path or "", entry.symbol or "", entry.task)
        ordinal = count.get(key, 0)
        count[key] = ordinal + 1
        done.append(
            replace(
                entry,
                id=entry_id(entry.kind, entry.source, *key, ordinal),
                tokens_input=estimate_tokens(entry.instruction, entry.input),
                tokens_output=estimate_tokens(entry.output),
            )
        )
    return done


def _split(entries: list[Entry]) -> list[Entry]:
    """80 / 10 / 10 of the rows, whole groups, each to the side that lacks most."""
    sizes: dict[str, int] = {}
    for entry in entries:
        sizes[entry.group] = sizes.get(entry.group, 0) + 1
    share = {"train": 0.8, "validation": 0.1, "test": 0.1}
    have = dict.fromkeys(share, 0)
    side = {}
    for group in sorted(sizes, key=lambda g: (-sizes[g], g)):
        side[group] = max(share, key=lambda s: share[s] * len(entries) - have[s])
        have[side[group]] += sizes[group]
    return [replace(entry, split=side[entry.group]) for entry in entries]
