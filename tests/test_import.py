"""`import corpus` is light: what is heavy is imported where it is used."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest
from conftest import shell_environment

import corpus
import corpus.sources

HEAVY = {
    "torch",
    "datasets",
    "ray",
    "matplotlib",
    "pandas",
    "transformers",
    "git",
    "datasketch",
    "tree_sitter",
    "falsify",
}


def imported(statement: str) -> set[str]:
    script = f"{statement}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=shell_environment())
    return set(done.stdout.split())


def test_importing_the_library_imports_nothing_heavy() -> None:
    assert imported("import corpus") & HEAVY == set()


def test_what_is_heavy_would_be_seen() -> None:
    assert "pandas" in imported("import corpus, pandas")


def test_what_a_worker_needs_does_not_import_the_rest() -> None:
    script = "import corpus.extraction, corpus.sources.obsidian\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=shell_environment()
    )
    modules = set(done.stdout.split())
    assert "corpus.extraction" in modules
    assert not modules & {"corpus.corpus", "corpus.sources.git", "corpus.code", "corpus.curate", "pygit2"}


@pytest.mark.parametrize("module", [corpus, corpus.sources])
def test_every_public_name_is_there(module: ModuleType) -> None:
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert set(module.__all__) <= set(dir(module))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing
