"""Run the notebooks and store their outputs: `python notebooks/make.py [NAME...]`, or `make notebooks`.

Each runs in a kernel of its own, in this folder, with a key and a configuration of its own, so that pseudonyms are
the same in every run. What is stored names no path and no port of this machine: `stored` takes them out. The tests hold
what a fresh run gives against what is stored.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent
KEY: Final = b"the key of notebooks, told to all"  # the first 32 bytes are the key; nobody's secret

_CHANGES: Final = (
    (re.compile(r"(?:/[\w.+-]+)*/corpus-notebook-\w+"), "/home/you"),  # the temporary folder of a notebook
    (re.compile(re.escape(str(ROOT))), "/home/you/sovereign-corpus"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "http://127.0.0.1"),
    (re.compile(r" at 0x[0-9a-f]+"), ""),
    (re.compile(r"\d+ s \(\d+ s of CPU\)"), "… s (… s of CPU)"),  # how long a run took
    (re.compile(r"\d\.\d\d GB of the process"), "… GB of the process"),
)


def names() -> list[str]:
    """The notebooks, by name."""
    return sorted(path.stem for path in HERE.glob("[0-9]*.ipynb"))


def settings(folder: Path) -> dict[str, str]:
    """The environment of a notebook: its own configuration with the key of `KEY`, no bars, nothing sent."""
    config = folder / "config"
    config.mkdir(mode=0o700)
    (config / "pseudonym.key").write_bytes(KEY[:32])
    return {
        "CORPUS_CONFIG_DIR": str(config),
        "HF_HUB_OFFLINE": "0",
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": "0",
        "TQDM_DISABLE": "1",
        "TZ": "UTC",
    }


def stored(text: str) -> str:
    """A text of an output as it is stored: without this machine's paths, ports and addresses."""
    for pattern, instead in _CHANGES:
        text = pattern.sub(instead, text)
    return text


def outputs(cell: Mapping[str, Any]) -> str:
    """What a cell says, as text: what it printed, and what it shows; a picture is left out."""
    return "\n".join(_texts(cell.get("outputs", ())))


def _texts(found: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for output in found:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            yield output["text"].rstrip("\n")
        data = output.get("data", {})
        if "image/png" not in data:
            yield from [data[kind] for kind in ("text/html", "text/plain") if kind in data][:1]


def run(name: str) -> Any:
    """Run one in a kernel; the notebook with its outputs, as they are to be stored.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(HERE / f"{name}.ipynb", as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **settings(Path(folder))}
        client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(HERE)}})
        client.execute(env=environment)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        _tidy(cell)
    return notebook


def _tidy(cell: Any) -> None:
    cell.metadata.pop("execution", None)  # when it ran
    if cell.cell_type != "code":
        return
    cell.outputs = [one for one in cell.outputs if not _passes(one)]
    for output in cell.outputs:
        if "text" in output:
            output.text = stored(output.text)
        for kind, value in output.get("data", {}).items():
            if kind.startswith("text/"):
                output.data[kind] = stored(value)


def _passes(output: Any) -> bool:
    """Whether it is a bar or a word on standard error, which is gone when the cell is done."""
    return output.get("name") == "stderr" or any("widget" in kind for kind in output.get("data", {}))


def main(chosen: list[str]) -> None:
    """Run those that are named, or all, and store them."""
    import nbformat

    for name in chosen or names():
        nbformat.write(run(name), HERE / f"{name}.ipynb")
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
