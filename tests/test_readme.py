"""The README is executed: its commands in a shell, its Python in a fresh interpreter, as a reader would."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def blocks(language: str) -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as the README assumes: two repositories in ~/src, a vault in ~/Notes, two exports in ~/exports."""
    folder = tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, ROOT / "fixtures" / "repositories.py", folder / "src"], check=True, timeout=120)
    shutil.copytree(ROOT / "fixtures" / "vault", folder / "Notes")
    subprocess.run([sys.executable, ROOT / "fixtures" / "conversations.py", folder / "exports"], check=True, timeout=60)
    return folder


def run(command: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HOME": str(home),
        "CORPUS_CONFIG_DIR": str(home / "config"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_commands_of_the_readme_do_what_they_say(home: Path) -> None:
    script = "".join(blocks("bash"))
    done = run(["bash", "-euo", "pipefail", "-c", script], home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "are what their commit, path and lines give again" in done.stdout
    assert (home / "my-corpus" / "manifest.json").is_file()
    assert (home / "my-voice" / "manifest.json").is_file()


def test_the_python_of_the_readme_runs(home: Path) -> None:
    script = "\n".join(blocks("python"))
    done = run([sys.executable, "-W", "error", "-c", script], home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "<Corpus" in done.stdout
    assert "{'source_path': 'Home.md', 'line': 9, 'text': 'the aperture'}" in done.stdout
    assert (home / "by-hand" / "falsification.json").is_file()
    assert "'sticker': 1" in done.stdout


def test_every_file_that_the_readme_links_to_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
