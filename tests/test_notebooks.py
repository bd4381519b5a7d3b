"""Every notebook runs, and says what is stored in it. One runs in a kernel; the others here, which saves its start."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import json
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
from huggingface_hub import constants

from tests.conftest import ROOT

nbformat = pytest.importorskip("nbformat")
FOLDER = ROOT / "notebooks"
IN_A_KERNEL = "02_an_obsidian_vault"
WITH_PLANTS = {"04_making_it_fail"}
"""Notebooks that show how strong the falsifier's tests were."""


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebooks_make", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _load()


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def told(notebook: Any) -> list[tuple[str, str]]:
    """Each cell and what it says, but for cells whose outputs follow from versions and addresses."""
    return [
        (cell.source, make.outputs(cell)) for cell in code(notebook) if "varies" not in cell.metadata.get("tags", ())
    ]


class Session:
    """Cells, run one after another as a kernel does, in this process."""

    def __init__(self) -> None:
        from IPython.core.formatters import DisplayFormatter

        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.formatter = DisplayFormatter()

    def run(self, source: str, where: str) -> list[dict[str, Any]]:
        """The outputs of a cell: what it prints, and what its last line gives."""
        tree = ast.parse(source, where)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        printed, found = io.StringIO(), None
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, where, "exec"), self.names)
            if isinstance(last, ast.Expr):
                found = eval(compile(ast.Expression(last.value), where, "eval"), self.names)
        stream = [{"output_type": "stream", "name": "stdout", "text": make.stored(printed.getvalue())}]
        if found is None:
            return stream if printed.getvalue() else []
        data = {kind: make.stored(text) for kind, text in self.formatter.format(found)[0].items() if "text" in kind}
        return [*(stream if printed.getvalue() else []), {"output_type": "execute_result", "data": data}]


@pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")
@pytest.mark.parametrize("name", sorted({*make.names()} - {IN_A_KERNEL}, key=lambda name: (name in WITH_PLANTS, name)))
def test_a_notebook_says_what_is_stored(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    in_this_process: None,
    plots: None,
) -> None:
    plt = pytest.importorskip("matplotlib.pyplot", reason="needs the extra `plot`: matplotlib")
    plt.switch_backend("agg")
    if name in WITH_PLANTS:
        request.getfixturevalue("plants")
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    monkeypatch.chdir(FOLDER)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # what the notebook sets comes after the import here
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    session = Session()
    with mock.patch.dict(os.environ, make.settings(tmp_path)):
        fresh = [(cell, {"outputs": session.run(cell.source, f"{name}.ipynb")}) for cell in code(notebook)]
    plt.close("all")
    again = [
        (cell.source, make.outputs(found)) for cell, found in fresh if "varies" not in cell.metadata.get("tags", ())
    ]
    assert again == told(notebook)


def undrawn(notebook: Any) -> list[str]:
    """Cells that end in a plot and show no picture."""
    shown = {cell.source: [output.get("data", {}) for output in cell.outputs] for cell in code(notebook)}
    return [
        source
        for source, found in shown.items()
        if any(data.get("text/plain", "").startswith("<Axes") for data in found)
        and not any("image/png" in data for data in found)
    ]


@pytest.mark.parametrize("name", make.names())
def test_every_plot_is_stored_as_a_picture(name: str) -> None:
    assert undrawn(nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)) == []


def test_a_notebook_in_a_kernel_says_what_is_stored() -> None:
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    before = nbformat.read(FOLDER / f"{IN_A_KERNEL}.ipynb", as_version=4)
    after = make.run(IN_A_KERNEL)
    assert told(after) == told(before)
    assert undrawn(after) == []  # a session's second plot too


@pytest.mark.parametrize("name", make.names())
def test_what_is_stored_is_whole_and_names_no_machine(name: str) -> None:
    text = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
    notebook = json.loads(text)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert all(output["output_type"] != "error" for cell in cells for output in cell["outputs"])
    assert any("image/png" in output.get("data", {}) or "text/html" in output.get("data", {})
               for cell in cells for output in cell["outputs"])  # fmt: skip
    assert notebook["cells"][0]["cell_type"] == "markdown"
    assert notebook["cells"][0]["source"][0].startswith("# ")
    assert len(text) < 500_000
    assert not re.search(r"/tmp/|/root/|/work/|/Users/|corpus-notebook-\w|127\.0\.0\.1:\d", text.replace("prefix=", ""))
    assert str(ROOT) not in text


def test_paths_of_the_machine_are_taken_out() -> None:
    assert make.stored("file:///var/t/corpus-notebook-a1_b/src/x.py#L2") == "file:///home/you/src/x.py#L2"
    assert make.stored(f"{ROOT}/fixtures http://127.0.0.1:8123/x <A at 0x7f>") == (
        "/home/you/sovereign-corpus/fixtures http://127.0.0.1/x <A>"
    )
