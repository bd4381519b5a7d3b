from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sources.licenses import license_files, spdx

KEYS = st.sampled_from(["license", "licenses", "type", "text"])


def whole(text: bytes, words: int) -> bytes:
    """A licence as long as its authors made it, of the phrases that it is known by and of words that say nothing."""
    return text + b" and so on" * ((words - len(text.split())) // 3)


MIT = b"""MIT License. Copyright (c) 2026 Somebody
Permission is hereby granted, free of charge, to any person obtaining a copy of this software to deal in it, subject
to: The above copyright notice and this permission notice shall be included in all copies. THE SOFTWARE IS "AS IS"."""
BSD2 = b"""Redistribution and use in source and binary forms, with or without modification, are permitted provided that:
1. Redistributions of source code must retain the above copyright notice.
2. Redistributions in binary form must reproduce the above copyright notice."""
BSD3 = BSD2 + b" 3. Names may not be used to endorse or promote products derived from this software."
BSD4 = BSD3 + b" 4. All advertising materials mentioning features or use must say so."
ISC = b"""Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby
granted, provided that the above copyright notice and this permission notice appear in all copies."""
ZERO = b"""Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is
hereby granted. THE SOFTWARE IS PROVIDED "AS IS"."""
UNLICENSE = b"This is free and unencumbered software released into the public domain."
APACHE = b"Apache License\n Version 2.0, January 2004\n 3. Grant of Patent License."
GNU = b"Everyone is permitted to copy and distribute verbatim copies of this license document, but not change it."
GPL3 = b"GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n" + GNU
LGPL3 = b"GNU LESSER GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n" + GNU
AGPL3 = b"GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3, 19 November 2007\n" + GNU
GPL_STUB = GPL3
MIT, BSD2, BSD3, BSD4 = whole(MIT, 162), whole(BSD2, 190), whole(BSD3, 220), whole(BSD4, 250)
ISC, ZERO, UNLICENSE, APACHE = whole(ISC, 120), whole(ZERO, 109), whole(UNLICENSE, 215), whole(APACHE, 1608)
GPL3, LGPL3, AGPL3 = whole(GPL3, 5700), whole(LGPL3, 1241), whole(AGPL3, 5620)
RESTRICTIONS = [
    b"It may not be used for commercial purposes, nor for training machine learning models.",
    b"Non-commercial use only.",
    b"Noncommercial research.",
    b"Use in weapons is prohibited.",
    b"Resale is strictly forbidden.",
    b"The software must not be used for surveillance.",
    b"You may not train models on it.",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIT, "MIT"),
        (BSD2, "BSD-2-Clause"),
        (BSD3, "BSD-3-Clause"),
        (BSD4, "BSD-4-Clause"),
        (ISC, "ISC"),
        (ZERO, "0BSD"),
        (UNLICENSE, "Unlicense"),
        (APACHE, "Apache-2.0"),
        (GPL3, "GPL-3.0-only"),
        (LGPL3, "LGPL-3.0-only"),
        (AGPL3, "AGPL-3.0-only"),
        (MIT.replace(b"\n", b"\r\n").upper(), "MIT"),
        (b"\xef\xbb\xbf" + MIT, "MIT"),
        (MIT + b"\n\n" + BSD3, "MIT AND BSD-3-Clause"),
        (b"// SPDX-License-Identifier: mit or apache-2.0\n", "MIT OR Apache-2.0"),
        (b"SPDX-License-Identifier: MIT\nSPDX-License-Identifier: Nonsense", None),
        (MIT + b" The Software shall be used for Good, not Evil.", None),
        (MIT + b" 'Commons Clause' License Condition v1.0", None),
        (MIT + b" and you may not" * 60, None),
        (b"All rights reserved.", None),
        (b"", None),
        (b"\xff\xfe\0", None),
        *((MIT + b" " + restriction, None) for restriction in RESTRICTIONS),
        *((APACHE + b" " + restriction, None) for restriction in RESTRICTIONS),
        (b"SPDX-License-Identifier: MIT\n" + RESTRICTIONS[0], None),
        (b"SPDX-License-Identifier: CC-BY-NC-4.0\nFor noncommercial use.", "CC-BY-NC-4.0"),
        (b"SPDX-License-Identifier: GPL-3.0-or-later\n" + GPL3, "GPL-3.0-or-later"),
        (b"SPDX-License-Identifier: MIT\n" + GPL3, None),
        (UNLICENSE + b" for any purpose, commercial or non-commercial", "Unlicense"),
        (BSD3 + b" Their names may not be used to endorse anything.", "BSD-3-Clause"),
        (GPL_STUB, None),
        (GPL3[: len(GPL3) * 2 // 3], None),
        (MIT[: len(MIT) * 2 // 3], None),
    ],
)
def test_a_text_is_known_by_what_only_it_says(text: bytes, expected: str | None) -> None:
    assert spdx({"LICENSE": text}) == expected


def cargo(license: str) -> dict[str, bytes]:  # noqa: A002 - the manifest's own word
    return {"Cargo.toml": f'[package]\nname = "x"\nlicense = "{license}"\n'.encode()}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (cargo("MIT/Apache-2.0"), "MIT OR Apache-2.0"),
        (cargo("apache-2.0 WITH llvm-exception OR MIT"), "Apache-2.0 WITH LLVM-exception OR MIT"),
        (cargo("GPL-2.0+"), "GPL-2.0-or-later"),
        (cargo("(LGPL-3.0 OR MIT) AND GPL-3.0"), "(LGPL-3.0-only OR MIT) AND GPL-3.0-only"),
        (cargo("My-Own"), None),
        (cargo("(" * 400), None),
        (cargo("MIT AND"), None),
        ({"Cargo.toml": b'[workspace.package]\nlicense = "MIT"\n[package]\nlicense.workspace = true'}, "MIT"),
        ({"pyproject.toml": b'[project]\nlicense = "MIT"'}, "MIT"),
        ({"pyproject.toml": b'[project]\nlicense = {text = "Apache License 2.0"}'}, "Apache-2.0"),
        ({"pyproject.toml": b'[project]\nlicense = {text = """' + MIT.replace(b'"', b"'") + b'"""}'}, "MIT"),
        ({"pyproject.toml": b'[project]\nlicense = {file = "LICENSE"}', "LICENSE": ISC}, "ISC"),
        ({"pyproject.toml": b'[project]\nclassifiers = ["License :: OSI Approved :: MIT License"]'}, "MIT"),
        ({"pyproject.toml": b'[project]\nclassifiers = ["License :: OSI Approved :: BSD License"]'}, None),
        ({"pyproject.toml": b'[tool.poetry]\nlicense = "MIT"'}, "MIT"),
        ({"package.json": b'{"license": "ISC"}'}, "ISC"),
        ({"package.json": b'{"license": {"type": "MIT"}}'}, "MIT"),
        ({"package.json": b'{"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]}'}, "MIT OR GPL-2.0-only"),
        ({"package.json": b'{"license": "SEE LICENSE IN LICENSE"}', "LICENSE": MIT}, "MIT"),
        ({"package.json": b'{"license": "SEE LICENSE IN EULA.md"}', "LICENSE": MIT}, None),
        ({"package.json": b'{"licenses": ["MIT", "ISC"]}'}, "MIT OR ISC"),
        ({"package.json": b'{"license": "UNLICENSED"}', "LICENSE": MIT}, None),
        ({"setup.cfg": b"[metadata]\nlicense = Apache 2.0\n"}, "Apache-2.0"),
        ({"setup.cfg": b"[metadata]\nlicense = BSD\n", "LICENSE": BSD3}, "BSD-3-Clause"),
        ({"setup.cfg": b"[metadata]\nlicense = BSD\n", "LICENSE": MIT}, None),
        ({"setup.cfg": b"[metadata]\nlicense = BSD\n"}, None),
        ({"setup.cfg": b"[metadata]\nlicense = free for friends\n", "LICENSE": MIT}, None),
        (
            {
                "pyproject.toml": b'[project]\nlicense = {text = "MIT with attribution and non-commercial"}',
                "LICENSE": MIT,
            },
            None,
        ),
        ({"setup.cfg": b"[metadata]\nlicense = 100%\n"}, None),
        ({**cargo("MIT"), "package.json": b'{"license": "ISC"}'}, "MIT AND ISC"),
        ({**cargo("MIT OR ISC"), "package.json": b'{"license": "0BSD"}'}, "(MIT OR ISC) AND 0BSD"),
        ({**cargo("MIT"), "LICENSE": GPL3}, None),
        ({**cargo("MIT"), "LICENSE": GPL3 + b" and more" * 400}, None),
        ({**cargo("MIT"), "LICENSE-MIT": MIT, "LICENSE-third-party": GPL3}, None),
        ({**cargo("MIT"), "LICENSE": MIT + RESTRICTIONS[0]}, None),
        ({**cargo("MIT"), "LICENSE": b"All rights reserved. " + RESTRICTIONS[0]}, None),
        ({**cargo("CC-BY-NC-4.0"), "LICENSE": b"For noncommercial use."}, "CC-BY-NC-4.0"),
        ({**cargo("GPL-3.0-or-later"), "COPYING": GPL3}, "GPL-3.0-or-later"),
        ({**cargo("LGPL-3.0-or-later"), "COPYING": GPL3, "COPYING.LESSER": LGPL3}, "LGPL-3.0-or-later"),
        ({**cargo("Apache-2.0 WITH LLVM-exception"), "LICENSE": APACHE}, "Apache-2.0 WITH LLVM-exception"),
        (
            {**cargo("Unlicense OR MIT"), "COPYING": b"MIT or Unlicense.", "LICENSE-MIT": MIT, "UNLICENSE": UNLICENSE},
            "Unlicense OR MIT",
        ),
    ],
)
def test_a_manifest_counts_before_texts(files: dict[str, bytes], expected: str | None) -> None:
    assert spdx(files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"LICENSE-APACHE": APACHE, "LICENSE-MIT": MIT}, "Apache-2.0 OR MIT"),
        ({"LICENSE-MIT": MIT, "UNLICENSE": UNLICENSE}, "MIT OR Unlicense"),
        ({"LICENSE-MIT.txt": MIT, "LICENSE-APACHE-2.0.txt": APACHE}, "Apache-2.0 OR MIT"),
        ({"LICENSE-MIT": MIT, "LICENSE-third-party": GPL3}, "MIT AND GPL-3.0-only"),
        ({"LICENSE-MIT": MIT, "LICENSE-APACHE": GPL3}, "GPL-3.0-only AND MIT"),
        ({"LICENSE": MIT, "COPYING": GPL3}, "GPL-3.0-only AND MIT"),
        ({"LICENSE.txt": MIT, "LICENSE.md": MIT}, "MIT"),
        ({"COPYING": GPL3, "COPYING.LESSER": LGPL3}, "LGPL-3.0-only"),
        ({"LICENSE": MIT, "LICENSE-3RDPARTY": b"The logo belongs to somebody else."}, None),
        ({"LICENSES/MIT.txt": b"any", "LICENSES/CC0-1.0.txt": b"any"}, "CC0-1.0 AND MIT"),
        ({}, None),
    ],
)
def test_texts_side_by_side_are_a_choice_only_by_convention(files: dict[str, bytes], expected: str | None) -> None:
    assert spdx(files) == expected


def test_the_files_that_count_are_those_of_the_root() -> None:
    names = ["LICENSE", "src/LICENSE", "licence.md", "COPYING.LESSER", "LICENSES/MIT.txt", "license_check.py"]
    others = ["Cargo.toml", "a/Cargo.toml", "README.md", "UNLICENSE", "LICENSES/a/b.txt", "copyingx"]
    assert license_files([*names, *others]) == [
        "COPYING.LESSER",
        "Cargo.toml",
        "LICENSE",
        "LICENSES/MIT.txt",
        "UNLICENSE",
        "licence.md",
    ]


@pytest.mark.parametrize("name", ["Cargo.toml", "pyproject.toml", "package.json", "setup.cfg"])
@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"[",
        b"[]",
        b'"x"',
        b"[" * 100_000,
        b"license = 1",
        b'{"license": [1]}',
        b"[metadata]\nlicense\n",
        b"\0",
    ],
)
def test_a_broken_manifest_declares_nothing(name: str, data: bytes) -> None:
    assert spdx({name: data, "LICENSE": MIT}) == "MIT"


@given(
    st.binary(max_size=300), st.sampled_from(["Cargo.toml", "package.json", "setup.cfg", "LICENSE", "LICENSES/x.txt"])
)
def test_no_bytes_raise(data: bytes, name: str) -> None:
    spdx({name: data})


@given(st.recursive(st.none() | st.text() | st.integers(), lambda s: st.lists(s) | st.dictionaries(KEYS, s)))
def test_no_shape_of_a_manifest_raises(manifest: object) -> None:
    spdx({"package.json": json.dumps(manifest).encode()})


COMMON = Path("/usr/share/common-licenses")


@pytest.mark.skipif(not COMMON.is_dir(), reason="Debian's licence texts are not on this machine")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Apache-2.0", "Apache-2.0"),
        ("CC0-1.0", "CC0-1.0"),
        ("GPL-2", "GPL-2.0-only"),
        ("GPL-3", "GPL-3.0-only"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("LGPL-3", "LGPL-3.0-only"),
        ("MPL-2.0", "MPL-2.0"),
        ("MPL-1.1", None),
        ("GPL-1", None),
        ("GFDL-1.3", None),
        ("Artistic", None),
    ],
)
def test_whole_texts_are_known_and_others_are_not(name: str, expected: str | None) -> None:
    assert spdx({"LICENSE": (COMMON / name).read_bytes()}) == expected


@pytest.mark.skipif(not COMMON.is_dir(), reason="Debian's licence texts are not on this machine")
def test_this_project_is_under_its_own_licence() -> None:
    root = Path(__file__).parent.parent
    files = {name: (root / name).read_bytes() for name in license_files(path.name for path in root.iterdir())}
    assert spdx(files) == "Apache-2.0"
    assert spdx({"LICENSE": files["LICENSE"]}) == "Apache-2.0"
