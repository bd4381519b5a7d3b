"""The site is built without a warning, says what the code says, and asks nothing of the network."""

from __future__ import annotations

import importlib.util
import os
import re
import runpy
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

import corpus
import falsify
import training
from corpus.curate import GATES
from corpus.entry import SCHEMA
from falsify import HYPOTHESES
from tests.conftest import ROOT

LOADED = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=[\"']?((?:https?:)?//[^\"' >]+)")


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """What makes pages of the code."""
    spec = importlib.util.spec_from_file_location("site_hook", ROOT / "docs" / "site" / "hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_have_every_gate_hypothesis_and_column(hook: ModuleType) -> None:
    pages = hook.pages()
    for gate in GATES:
        assert f"| `{gate.name}` | {gate.claim} |" in pages["gates.md"]
    for one in HYPOTHESES:
        assert f"### {one.id}\n\n{one.claim}." in pages["hypotheses.md"]
    for field in SCHEMA:
        line = next(line for line in pages["schema.md"].splitlines() if line.startswith(f"| `{field.name}` |"))
        assert len(line.split("|")[4].strip()) > 10, line  # it has a meaning
    assert "](docs/" not in pages["index.md"]


def test_the_picture_is_what_its_script_draws() -> None:
    drawn = runpy.run_path(str(ROOT / "docs" / "site" / "picture.py"))["drawn"]()
    assert (ROOT / "docs" / "picture.svg").read_text(encoding="utf-8") == drawn
    assert ET.fromstring(drawn).tag.endswith("svg")
    assert len(drawn) < 20_000


@pytest.mark.parametrize("package", [corpus, falsify, training])
def test_the_reference_has_every_public_name(package: ModuleType) -> None:
    page = (ROOT / "docs" / "reference" / f"{package.__name__}.md").read_text(encoding="utf-8")
    told = set(re.findall(rf"^::: {package.__name__}\.(?:\w+\.)*(\w+)$", page, re.MULTILINE))
    errors = {name for name in package.__all__ if name.endswith("Error")} if "errors" in told else set()
    tables = {"HANDOVERS", "HYPOTHESES", "PRESETS", "__version__"}  # values, told of in words
    assert set(package.__all__) - told - errors - tables == set()


def test_a_cell_cannot_break_its_table(hook: ModuleType) -> None:
    assert hook.table(["a"], [["x|y\nz"]]).splitlines()[2] == "| x\\|y z |"


def test_the_site_is_built_strictly_and_fetches_nothing(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="needs the extra `docs`: mkdocs-material")
    pytest.importorskip("mkdocstrings", reason="needs the extra `docs`: mkdocstrings")
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", site],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    pages = {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    assert {"index.html", "gates.html", "hypotheses.html", "tutorials/git.html", "reference/corpus.html"} <= set(pages)
    assert {page: found for page, text in pages.items() if (found := LOADED.findall(text))} == {}
    assert "corroborated" in pages["reference/falsify.html"]
