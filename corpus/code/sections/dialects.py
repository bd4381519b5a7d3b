"""The table: how each language writes documentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from corpus.code.sections.markdown import headed_section, swift_list
from corpus.code.sections.markup import (
    plain_html,
    plain_kdoc,
    plain_markdown,
    plain_odoc,
    plain_rdoc,
    plain_rst,
    plain_scaladoc,
    plain_text,
    plain_web,
)
from corpus.code.sections.model import Dialect, Reading
from corpus.code.sections.python import field_list, google_section, numpy_section

__all__ = ["DIALECTS", "HADDOCK_MARK", "HASKELL", "TAGGED", "XML"]


HADDOCK_MARK: Final = re.compile(r"\A[|^][ \t]?")
_AT: Final = re.compile(r"[ \t]*@(?P<tag>[A-Za-z][\w-]*)(?![\w.(@-])[ \t]*")
_AT_OR_BACKSLASH: Final = re.compile(r"[ \t]*[@\\](?P<tag>[A-Za-z]\w*)(?![\w.(])[ \t]*")
_FENCED_RUST: Final = frozenset(
    {"", "rust", "rs", "ignore", "no_run", "should_panic", "standalone_crate", "test_harness"}
    | {"edition2015", "edition2018", "edition2021", "edition2024"}
)
_TAG_HINT: Final = r"[@\\]\w|```|~~~|\{\{\{|\{\[|<pre|^ {0,3}#|^=|>>>|irb|<[a-z]+[ >]"
_MARKDOWN_HINT: Final = r"^ {0,3}#|```|~~~|iex|julia>"
_MARKDOWN_SIGNS: Final = ("#", "```", "~~~", "iex", "julia>")


def _markdown(fences: str, *heads: Callable[[Reading, int], int], hint: str = _MARKDOWN_HINT) -> Dialect:
    return Dialect(
        hint=re.compile(hint, re.MULTILINE),
        markup=plain_markdown,
        heads=(headed_section, *heads),
        fences=frozenset(fences.split()),
    )


def _tagged(
    fences: str,
    tag: re.Pattern[str] = _AT,
    markup: Callable[[str], str] = plain_html,
    tag_ends: str = "never",
    indented: bool = False,
) -> Dialect:
    return Dialect(
        hint=re.compile(_TAG_HINT if not indented else rf"{_TAG_HINT}|\n[ \t]", re.MULTILINE),
        markup=markup,
        heads=(headed_section,),
        fences=frozenset(fences.split()),
        tag=tag,
        tag_ends=tag_ends,
        indented=indented,
    )


_PYTHON: Final = Dialect(
    hint=re.compile(r">>>|```|~~~|:[ \t]*\n|\n[-=]{3}|\n[ \t]*[:@][a-z]|\.\. [a-z]"),
    start=re.compile(r"[ \t]*[:@][a-z]"),
    signs=(":", "@", ">>>", "```", "~~~", "\n---", "\n===", ".. "),
    opens=re.compile(r"[ \t]*[`~>.]|[:@]|\s+\Z|[A-Za-z]++(?: [A-Za-z]++)?+:{0,2}+[ \t]*+\Z"),
    markup=plain_rst,
    heads=(field_list, google_section, numpy_section),  # no two take the same line: a field begins with a colon
    fences=frozenset(["python", "py", "python3", "pycon", "python-console", "ipython", "doctest"]),
)
_RUST: Final = Dialect(
    hint=re.compile(r"\n {0,3}#|```|~~~|iex|julia>"),
    start=re.compile(r" {0,3}#"),
    signs=_MARKDOWN_SIGNS,
    markup=plain_markdown,
    heads=(headed_section,),
    fences=_FENCED_RUST,
)
TAGGED: Final = _tagged("")
XML: Final = _tagged("c# cs csharp")
_GO: Final = Dialect(
    hint=re.compile(r"```|\n[ \t]"), markup=plain_markdown, fences=frozenset({"go", "golang"}), indented=True
)
HASKELL: Final = Dialect(
    hint=re.compile(r">>>|^[ \t]*@[ \t]*$|```", re.MULTILINE), markup=plain_text, fences=frozenset({"haskell", "hs"})
)
_PROSE: Final = Dialect(hint=re.compile(r"```|~~~"), markup=plain_text)
_SCRIPT: Final = _tagged("js javascript jsx ts typescript tsx", markup=plain_web)
DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {
        "python": _PYTHON,
        "rust": _RUST,
        "javascript": _SCRIPT,
        "typescript": _SCRIPT,
        "tsx": _SCRIPT,
        "java": _tagged("java"),
        "kotlin": _tagged("kotlin kt", markup=plain_kdoc),
        "scala": _tagged("scala", markup=plain_scaladoc),
        "c": _tagged("c", _AT_OR_BACKSLASH, tag_ends="blank"),
        "cpp": _tagged("cpp c++ cc c", _AT_OR_BACKSLASH, tag_ends="blank"),
        "csharp": XML,
        "c_sharp": XML,
        "c-sharp": XML,
        "php": _tagged("php"),
        "ruby": _tagged("ruby rb", markup=plain_rdoc, tag_ends="unindented", indented=True),
        "lua": _tagged("lua", markup=plain_markdown),
        "ocaml": _tagged("ocaml ml", markup=plain_odoc),
        "r": _tagged("r", markup=plain_markdown),
        "elixir": _markdown("elixir ex iex"),
        "julia": _markdown("julia jldoctest julia-repl @example @repl"),
        "swift": _markdown("swift", swift_list, hint=rf"{_MARKDOWN_HINT}|^[-*+] +[PpRrTt]"),
        "zig": _markdown("zig"),
        "dart": _markdown("dart"),
        "go": _GO,
        "haskell": HASKELL,
        "bash": _PROSE,
        "sql": _PROSE,
    }
)
