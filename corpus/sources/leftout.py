"""Files that nobody wrote by hand, or that are not the repository's own: left out, each with a reason by name.

The field's standard is GitHub Linguist (`vendor.yml`, `generated.rb`, looked at in version 9). Its rules are meant
for statistics, where a few files too many do no harm; here they would cost a person their own code. So what is
taken over is what can hardly be anything else: `cache/`, `env/`, `deps/`, `packages/`, `.github/`, `*.d.ts`,
`fabfile.py`, `react-….js` and `d3….js` are not. Rules look at whole names of a path, never at a part of one: `contest/`
is not `test/`, and `invendors/` not `vendors/`.

What a repository's own `.gitattributes` say (`linguist-vendored`, `linguist-generated`) wins, in both directions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from corpus.errors import ConfigError
from corpus.sources.attributes import Attributes

__all__ = ["DEFAULT", "HEAD_BYTES", "REASONS", "head_of", "left_out", "reasons_of", "unwritten"]

_HEAD_LINES: Final = 40  # as far down as Linguist looks for Go's "Code generated"
HEAD_BYTES: Final = 8192
"""Characters of a file in which its head lies."""
_MINIFIED_LINE: Final = 110  # characters in the average line of a minified file (Linguist)
_MINIFIABLE: Final = (".js", ".mjs", ".cjs", ".css")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VENDORED: Final = _words(
    "node_modules bower_components jspm_packages site-packages vendor vendors _vendor vendored godeps pods carthage"
    " extern external externals third_party thirdparty third-party 3rd_party 3rdparty 3rd-party .yarn"
    " flow-typed ace-builds mathjax tiny_mce"
)
_VENDORED_FILE: Final = re.compile(
    r"(?:jquery|bootstrap|angular|backbone|underscore|lodash|modernizr|mootools|prototype|html5shiv|require|knockout"
    r"|handlebars|ember|zepto|raphael|highcharts|moment|ckeditor|tinymce|codemirror|yui|dojo|mochikit|foundation)"
    r"(?:[-.]v?\d[\w.]*|[-.]ui|[-.]custom)*\.js\Z|cpplint\.py\Z|ez_setup\.py\Z|versioneer\.py\Z|ppport\.h\Z",
    re.IGNORECASE,
)
_GENERATED: Final = frozenset({"__generated__", "_generated", "htmlcov", "autogen", ".idea"})
_GENERATED_FILE: Final = re.compile(
    r".+_pb2(?:_grpc)?\.pyi?\Z|.+\.pb\.(?:go|cc|h|rs|swift|validate\.go|gw\.go)\Z|.+_pb\.(?:js|ts|rb|d\.ts)\Z"
    r"|.+\.(?:designer|feature|g|g\.i)\.(?:cs|vb)\Z|.+\.(?:g|freezed|gr|config|mocks)\.dart\Z|.+\.zep\.(?:c|h|php)\Z"
    r"|.+[._](?:generated|autogen)\.\w+\Z|zz_generated\..+\.go\Z|\.pnp\..+\Z|.+\.(?:js|css)\.map\Z|R\.java\Z",
)
_MINIFIED_FILE: Final = re.compile(r".+[-.]min\.(?:js|mjs|cjs|css)\Z", re.IGNORECASE)
_LOCK_FILE: Final = _words(
    "Cargo.lock composer.lock deno.lock flake.lock Gemfile.lock Gopkg.lock glide.lock go.sum mix.lock pdm.lock"
    " Pipfile.lock pixi.lock poetry.lock uv.lock pubspec.lock Podfile.lock Package.resolved package-lock.json"
    " npm-shrinkwrap.json pnpm-lock.yaml yarn.lock bun.lock bun.lockb MODULE.bazel.lock .terraform.lock.hcl"
    " packages.lock.json"
)
_TEST_DATA: Final = _words("testdata test-data test_data testfixtures __snapshots__ __fixtures__ cassettes")
_TESTS: Final = _words("test tests testing spec specs __tests__ unittests unittest")
_FIXTURES: Final = _words("fixtures fixture snapshots data golden goldens")
_TEST_FILE: Final = re.compile(
    r"test_.+\.py\Z|.+_tests?\.\w+\Z|.+[-.](?:test|spec)\.[cm]?[jt]sx?\Z|.+(?:Test|Tests|TestCase|Spec)\.\w+\Z"
    r"|.+_spec\.rb\Z|conftest\.py\Z|tests?\.(?:py|rs)\Z"
)

_GENERATED_HEAD: Final = re.compile(
    r"@generated\b"
    r"|(?i:^\W*(?:this|the) (?:file|code|module|header|source(?: file| code)?) (?:is|was|has been|were) "
    r"(?:auto(?:matically)?[- ]?|machine[- ])?generated\b)"
    r"|^\W*(?:Generated|GENERATED) (?i:by|from|with|using|via)\b"
    r"|^\W*(?i:auto(?:matically)?[- ]?generated (?:by|from|with|using|via)\b)"
    r"|\bCode generated\b.*\bDO NOT EDIT\b|(?i:\bgenerated (?:code|file)\W{1,5}do not (?:edit|modify)\b)",
    re.MULTILINE,
)
_GENERATED_WORD: Final = re.compile(r"(?i)\b(?:auto(?:matically)?[- ]?)?generated?\b|\bautogen")
_HANDS_OFF: Final = re.compile(
    r"\bDO NOT (?:EDIT|MODIFY)\b|(?i:\bdo not (?:edit|modify) (?:this file|by hand|manually)\b)"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A reason to leave a path out.

    Attributes:
        reason: What `Corpus.skipped` calls it.
        claim: What is left out, for a person.
        matches: From the names of the folders, in lower case, and of the file, which of them says so, or None.
    """

    reason: str
    claim: str
    matches: Callable[[list[str], str], str | None]


def _one_of(folders: list[str], names: frozenset[str]) -> str | None:
    return next((name + "/" for name in folders if name in names), None)


def _file(name: str, pattern: re.Pattern[str]) -> str | None:
    return name if pattern.match(name) else None


def _test_data(folders: list[str], name: str) -> str | None:
    del name
    inside = next((i for i, folder in enumerate(folders) if folder in _TESTS), len(folders))
    return _one_of(folders, _TEST_DATA) or _one_of(folders[inside + 1 :], _FIXTURES)


_RULES: Final[tuple[_Rule, ...]] = (
    _Rule("lock-file", "written by a package manager", lambda _, name: name if name in _LOCK_FILE else None),
    _Rule(
        "vendored",
        "somebody else's code, kept in this repository",
        lambda folders, name: _one_of(folders, _VENDORED) or _file(name, _VENDORED_FILE),
    ),
    _Rule(
        "generated",
        "written by a program",
        lambda folders, name: _one_of(folders, _GENERATED) or _file(name, _GENERATED_FILE),
    ),
    _Rule("minified", "written by a program that saves bytes", lambda _, name: _file(name, _MINIFIED_FILE)),
    _Rule("test-data", "read by tests, not written as code", _test_data),
    _Rule("test", "a test", lambda folders, name: _one_of(folders, _TESTS) or _file(name, _TEST_FILE)),
)
"""In the order in which they are asked; the first that matches gives the reason."""

REASONS: Final = tuple(rule.reason for rule in _RULES)
"""All reasons that `skip` may name."""

DEFAULT: Final = tuple(reason for reason in REASONS if reason != "test")
"""What is skipped unless told otherwise: all but tests, since someone's own tests are their code."""


def reasons_of(skip: Iterable[str]) -> tuple[str, ...]:
    """The reasons that somebody wrote, each once, in the order of `REASONS`.

    Raises:
        ConfigError: There is no such reason.
    """
    named = (skip,) if isinstance(skip, str) else tuple(skip)
    unknown = [name for name in named if name not in REASONS]
    if unknown:
        raise ConfigError(
            "there is no such reason to skip a file",
            where="skip",
            expected=" | ".join(REASONS),
            got=repr(unknown[0]),
            hint="skip=() skips none of them",
        )
    return tuple(reason for reason in REASONS if reason in named)


def left_out(path: str, skip: Iterable[str], attributes: Attributes) -> tuple[str, str] | None:
    """Why a path is left out, as a reason and a sentence, or None.

    Args:
        path: With `/`.
        skip: The reasons that count, see `REASONS`.
        attributes: What the repository says itself.
    """
    wanted = frozenset(skip)
    if not wanted:
        return None
    said = attributes.of(path)
    for reason, holds in said.items():
        if holds and reason in wanted:
            return reason, f".gitattributes says linguist-{reason}"
    names = path.split("/")
    folders = [name.lower() for name in names[:-1]]
    for rule in _RULES:
        if rule.reason in wanted and said.get(rule.reason) is not False:
            found = rule.matches(folders, names[-1])
            if found:
                return rule.reason, f"{rule.claim}: {found}"
    return None


def unwritten(text: str, path: str, skip: Iterable[str]) -> tuple[str, str] | None:
    """Why a file's content says that no person wrote it, as a reason and a sentence, or None.

    A program that writes other files names what it writes in its strings, so only the comments (or the docstring)
    that a file begins with are asked.
    """
    wanted = frozenset(skip)
    if "generated" in wanted:
        opening = text[:HEAD_BYTES].lower() if _MAY_BEGIN_HEAD.match(text) else ""
        head = head_of(text) if "generate" in opening or "autogen" in opening else ""
        found = _GENERATED_HEAD.search(head)
        if found is None and _GENERATED_WORD.search(head):
            found = _HANDS_OFF.search(head)
        if found:
            line = head[head.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0].strip()
            return "generated", f"the file begins by saying so: {line[:120]!r}"
    if "minified" in wanted and _is_minifiable(path):
        mean = len(text) // (text.count("\n") + 1)
        if mean > _MINIFIED_LINE:
            return "minified", f"{mean} characters in the average line, at most {_MINIFIED_LINE}"
    return None


def _is_minifiable(path: str) -> bool:
    return path.lower().endswith(_MINIFIABLE) and PurePosixPath(path).suffix != ""


_BLOCKS: Final = (
    ("/*", "*/"),
    ('"""', '"""'),
    ("'''", "'''"),
    ("<!--", "-->"),
    ("{-", "-}"),
    ("(*", "*)"),
    ("=begin", "=end"),
)
_LINE_COMMENTS: Final = ("#", "//", "--", ";", "%", "*")
_OPENINGS: Final = ("<?php", "<?xml", '"use strict"', "'use strict'")


# A file that begins with a word and goes on has no head, but for what a docstring's quotes may stand behind.
_MAY_BEGIN_HEAD: Final = re.compile(r"(?!(?![rRuU]++[^\w\s])[A-Za-z_]\w*+[^\w\n\"'])")


def head_of(text: str) -> str:
    """The comments, or the docstring, that a file begins with: what stands before its first line of code."""
    if not _MAY_BEGIN_HEAD.match(text):
        return ""
    found: list[str] = []
    closing = ""
    for line in text[:HEAD_BYTES].lstrip("\ufeff").splitlines()[:_HEAD_LINES]:
        bare = line.strip()
        if closing:
            found.append(line)
            closing = "" if closing in bare else closing
            continue
        block = next(((start, end) for start, end in _BLOCKS if bare.lstrip("rRuU").startswith(start)), None)
        if block is not None:
            opening, end = block
            closing = "" if end in bare.partition(opening)[2] else end
        elif bare.startswith("#[") or (bare and not bare.startswith(_LINE_COMMENTS + _OPENINGS)):
            break
        found.append(line)
    return "\n".join(found)
