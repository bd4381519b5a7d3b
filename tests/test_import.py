"""`import corpus` is light: what is heavy is imported where it is used."""

from __future__ import annotations

import subprocess
import sys

from conftest import shell_environment

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
