"""Does documentation tell of the parameters, results and errors that are there, and do its examples use the thing.

The code is read by this interpreter's own `ast` where it is Python, by its header elsewhere; the documentation by
`corpus.code.sections`, in the dialect of its language. Nothing is run. A function that takes any keyword may document
any; one whose body is missing may document any result.
"""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from corpus.code.sections import Sections, sections
from corpus.curate.signature import header_of, identifiers
from falsify.hypothesis import Hypothesis, Measurement, not_applicable, share, untested
from falsify.plants import edited_rows, whole
from falsify.subject import Row, Subject
from falsify.syntax import verdicts
from falsify.texts import last_name

__all__ = ["HYPOTHESES", "contradictions", "signature_of"]

_HEADER: Final = 400  # characters of code in which its header stands
_NAME: Final = re.compile(r"[^\W\d]\w*")
_WORD: Final = re.compile(r"\w+")
_STUB: Final = re.compile(r"\b(?:pass|NotImplementedError|abstract)\b|\.\.\.")


class Signature(NamedTuple):
    """What a function's code says of itself.

    Attributes:
        names: Its parameters, and every other name in its header.
        open: Whether it takes keywords that it does not name.
        gives: Whether it can give a result; None where that cannot be told.
        fails: Whether it can raise anything; None where that cannot be told.
    """

    names: frozenset[str]
    open: bool
    gives: bool | None
    fails: bool | None


@lru_cache(maxsize=4096)
def signature_of(code: str, symbol: str, language: str) -> Signature | None:
    """The signature of a function; None where it has none that can be read."""
    if language == "python":
        return _python(code)
    header = header_of(code, last_name(symbol) or "")
    if header is None:
        return None
    gives = None
    if language == "rust" and "fn " in code:
        gives = "->" in code[: code.find("{") if "{" in code else len(code)]
    # With its bracket: a header of one letter stands in the keyword before it as well.
    return Signature(
        identifiers(code[: code.find(f"({header}") + 1 + len(header)]), "..." in header or "*" in header, gives, None
    )


def _python(code: str) -> Signature | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape in a string of a stranger's
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)), None)
    if found is None:
        return None
    given = found.args
    names = {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if one}
    inner = list(ast.walk(found))
    stub = any(isinstance(n, ast.Raise) for n in found.body) or (len(found.body) <= 2 and bool(_STUB.search(code)))
    gives = stub or any(
        isinstance(n, ast.Yield | ast.YieldFrom | ast.Lambda) or (isinstance(n, ast.Return) and n.value is not None)
        for n in inner
    )
    fails = stub or any(isinstance(n, ast.Raise | ast.Call | ast.Assert | ast.Subscript | ast.Await) for n in inner)
    return Signature(frozenset(names), given.kwarg is not None or given.vararg is not None, gives, fails)


def contradictions(found: Sections, signature: Signature) -> list[str]:
    """What a documentation says that its function's code contradicts, in words."""
    told = [part.strip("*`&. \\<>") for item in found.parameters for part in item.name.split(",")]
    named = [name for name in told if _NAME.fullmatch(name)]
    said = [f"there is no parameter {name}" for name in named if name not in signature.names and not signature.open]
    if found.returns and signature.gives is False:
        said.append("nothing is returned")
    if found.errors and signature.fails is False:
        said.append("nothing can be raised")
    return said


def _documented(subject: Subject) -> list[tuple[int, Sections, Signature]]:
    """The documented functions whose documentation has sections and whose signature can be read."""
    columns = (subject.column(n) for n in ("task", "category", "language", "symbol", "input", "output"))
    rows = [
        row
        for row, (task, category, language, symbol, _, doc) in enumerate(zip(*columns, strict=True))
        if task == "document" and category == "function" and language and symbol and "\n" in doc
    ]
    drawn = subject.draw(np.array(rows, np.int64), 2 * subject.sample, "documented functions")
    done = []
    for row in drawn.tolist():
        code, doc = subject.texts("input")[row], subject.texts("output")[row]
        found = sections(doc, subject.column("language")[row], code[:_HEADER])
        if not (found.parameters or found.returns or found.errors):
            continue
        signature = signature_of(code, subject.column("symbol")[row], subject.column("language")[row])
        if signature is not None:
            done.append((row, found, signature))
    return done


def _signatures(subject: Subject) -> Measurement:
    looked = _documented(subject)
    if not looked:
        return not_applicable("no documentation tells of parameters, results or errors")
    said = {row: contradictions(found, signature) for row, found, signature in looked}
    wrong = [row for row, found in said.items() if found]
    result = share(wrong, len(looked), "document what their signature does not have", tolerated=True)
    first = f"; {subject.column('symbol')[wrong[0]]}: {said[wrong[0]][0]}" if wrong else ""
    return Measurement(result.value, result.looked, result.found, result.how, result.reason + first)


class _Shown(NamedTuple):
    """An example, the row that holds it, and the name that it should use."""

    row: int
    code: str
    language: str
    names: tuple[str, ...]


def _examples(subject: Subject) -> list[_Shown]:
    """The examples in the documentation of named definitions, in the language of the definition."""
    columns = (subject.column(n) for n in ("task", "language", "symbol", "input", "output"))
    rows = [
        row
        for row, (task, language, symbol, _, doc) in enumerate(zip(*columns, strict=True))
        if task == "document" and language and symbol and _SHOWS.search(doc)
    ]
    drawn = subject.draw(np.array(rows, np.int64), subject.sample, "examples")
    found = []
    for row in drawn.tolist():
        language, doc = subject.column("language")[row], subject.texts("output")[row]
        names = tuple(name for name in _WORD.findall(subject.column("symbol")[row]) if len(name) > 1)
        shown = sections(doc, language, subject.texts("input")[row][:_HEADER]).examples
        own = (one.source for one in shown if one.language == language and one.source.strip())
        found += [_Shown(row, code, language, names) for code in own]
    return found


_SHOWS: Final = re.compile(r"```|~~~|>>>|::|@example|<code>|\\code")


def _examples_parse(subject: Subject) -> Measurement:
    shown = _examples(subject)
    if not shown:
        return not_applicable("no documentation shows an example")
    # By themselves, or where statements stand: rustdoc too puts an example into a function.
    tried = [_AROUND.get(one.language, "{0}").replace("{0}", one.code) for one in shown]
    said = verdicts(subject, [*((one.code, one.language) for one in shown),
                              *((code, one.language) for code, one in zip(tried, shown, strict=True))])  # fmt: skip
    parses: dict[int, bool] = {}
    for at, one in enumerate(shown):
        both = (_is_python(one.code),) if one.language == "python" else (said[at], said[at + len(shown)])
        if None not in both:
            parses[one.row] = parses.get(one.row, True) and any(both)
    wrong = [row for row, fine in parses.items() if not fine]
    return share(wrong, len(parses), "show an example that does not parse", tolerated=True)


_AROUND: Final = {
    "rust": "fn main() {\n{0}\n}",
    "go": "func main() {\n{0}\n}",
    "java": "class A { void f() {\n{0}\n} }",
    "csharp": "class A { void f() {\n{0}\n} }",
}
"""What makes statements a file."""


def _is_python(code: str) -> bool:
    """Whether Python's own compiler takes it; `await` outside a function is what a notebook takes as well."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "example", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _examples_use(subject: Subject) -> Measurement:
    shown = _examples(subject)
    if len(shown) < 20:
        return (
            not_applicable("no documentation shows an example")
            if not shown
            else untested(f"{len(shown)} examples; 20 are needed", len(shown))
        )
    rows = sorted({one.row for one in shown})
    using = {one.row for one in shown if not one.names or any(name in one.code for name in one.names)}
    return share(
        [row for row in rows if row not in using], len(rows), "show an example of something else", tolerated=True
    )


_TELLS: Final = {
    "python": "\n\n:param {0}: What is looked for.\n",
    "rust": "\n\n# Arguments\n\n* `{0}` - What is looked for.\n",
    "java": "\n\n@param {0} what is looked for\n",
    "javascript": "\n\n@param {{string}} {0} What is looked for.\n",
    "php": "\n\n@param string ${0} What is looked for.\n",
    "lua": "\n\n@param {0} what is looked for\n",
    "csharp": '\n<param name="{0}">What is looked for.</param>',
}
"""How a parameter is documented."""


def _renamed(row: Row, rng: np.random.Generator) -> Row | None:
    """A documented parameter under a name that the code does not have; where none is documented, an invented one."""
    if row["task"] != "document" or row["category"] != "function" or not row["language"] or not row["symbol"]:
        return None
    signature = signature_of(row["input"], row["symbol"], row["language"])
    if signature is None or signature.open:
        return None
    told = sections(row["output"], row["language"], row["input"][:_HEADER]).parameters
    plain = [item.name for item in told if item.name.isidentifier() and item.name in signature.names]
    if not plain:
        invented = f"{(last_name(row['symbol']) or 'it').lower()}_{int(rng.integers(100))}"
        way = _TELLS.get(row["language"])
        return None if way is None else {**row, "output": row["output"].rstrip() + way.format(invented)}
    name = plain[int(rng.integers(len(plain)))]
    other = f"{name[::-1]}_{int(rng.integers(100))}"
    return {**row, "output": re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", other, row["output"])}


def _promised(row: Row, rng: np.random.Generator) -> Row | None:
    """A result documented of a Python function that gives none."""
    if row["task"] != "document" or row["category"] != "function" or row["language"] != "python" or not row["symbol"]:
        return None
    signature = signature_of(row["input"], row["symbol"], "python")
    if signature is None or signature.gives is not False:
        return None
    said = ("\n\nReturns:\n    The number of rows.", "\n\n:returns: The number of rows.\n:rtype: int")
    return {**row, "output": row["output"].rstrip() + said[int(rng.integers(2))]}


def _contradicted(row: Row, rng: np.random.Generator) -> Row | None:
    """One of both, where the function allows it."""
    first, second = (_renamed, _promised) if rng.integers(2) else (_promised, _renamed)
    return first(row, rng) or second(row, rng)


_SHOWS_BROKEN: Final = {
    "rust": "\n\n```\nlet x = {0}((1;\n```",
    "java": "\n\n<pre>{@code\nx = {0}((1;\n}</pre>",
    "javascript": "\n\n@example\nvar x = {0}((1;\n",
    "csharp": "\n<example><code>\nvar x = {0}((1;\n</code></example>",
}


def _broken_example(row: Row, rng: np.random.Generator) -> Row | None:
    way = _SHOWS_BROKEN.get(row["language"] or "")
    if row["task"] != "document" or not row["symbol"] or (way is None and row["language"] != "python"):
        return None
    name = last_name(row["symbol"]) or "it"
    if way is not None:
        return {**row, "output": row["output"] + way.replace("{0}", name)}
    ways = (f"\n\n>>> x = {name}((1)\n", f"\n\nExample:\n\n```python\nif {name}(:\n    pass\n```")
    return {**row, "output": row["output"] + ways[int(rng.integers(2))]}


def _foreign_examples(subject: Subject, rng: np.random.Generator) -> Subject | None:
    """Every documentation shows a use of something else."""
    del rng
    columns = zip(*(subject.column(n) for n in ("task", "language", "symbol", "output")), strict=True)
    outputs, shown = [], 0
    for task, language, symbol, output in columns:
        is_host = task == "document" and language == "python" and symbol
        shown += bool(is_host)
        outputs.append(f"{output}\n\n>>> zyx = qwv({len(output)})\n" if is_host else output)
    return subject.with_column("output", outputs) if shown >= 30 else None


HYPOTHESES: Final = (
    Hypothesis(
        id="C5",
        family="semantics",
        claim="No more than 5 % of the documentation contradicts the signature",
        statistic="lower bound (95 %) of the share with parameters, results or errors that the code does not have",
        threshold=0.05,  # written documentation of 21 packages: 3.1 %; after the filter's gates none of 155
        population="sample",
        test=_signatures,
        plants=(edited_rows("a documented parameter or result that the code does not have", _contradicted),),
        points=1,
        grave=0.20,
        rate=0.10,
        min_sensitivity=0.9,  # few definitions of a small corpus can be contradicted
        applies_to=("document",),
    ),
    Hypothesis(
        id="C6",
        family="semantics",
        claim="No more than 10 % of the documentation shows an example that does not parse",
        statistic="lower bound (95 %) of the share with an example that its language's parser refuses",
        threshold=0.10,
        population="sample",
        test=_examples_parse,
        plants=(edited_rows("an example with a bracket too many", _broken_example),),
        points=1,
        grave=0.40,
        rate=0.20,
        min_sensitivity=0.9,
        applies_to=("document",),
    ),
    Hypothesis(
        id="C7",
        family="semantics",
        claim="No more than two fifths of the documentation with examples shows one of something else",
        statistic="lower bound (95 %) of the share whose examples name no part of the definition's name",
        threshold=0.40,  # requests .09, flask .15, ripgrep .09: an example may show what makes the thing work
        population="sample",
        test=_examples_use,
        plants=(whole("examples of something else", _foreign_examples),),
        points=1,
        rate=None,
        min_sensitivity=0.8,
        applies_to=("document",),
    ),
)
