"""Loads a published dataset as a stranger would: another process, an empty cache, `datasets` alone.

`load_dataset` falls back to what it has cached when the Hub's version cannot be read, and takes its endpoint from the
environment when it is imported. So this is a program: a request as JSON on standard input, rows of each split and the
fingerprint of all as JSON on standard output. It is started with `-P` and takes this library from where it is running:
with `-m`, Python would import what lies in the current folder, which may be a repository of somebody else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

__all__ = ["CheckError", "loaded", "main"]

_THEIRS: Final = ("HF_DATASETS_", "HF_DEBUG")  # other caches, and so another start than a stranger's
_ROOT: Final = str(Path(__file__).parents[2])  # of this library


class CheckError(Exception):
    """The dataset could not be loaded; the message is the last line of what the loader said."""


def loaded(repo_id: str, revision: str, *, endpoint: str, token: str) -> dict[str, Any]:
    """What `datasets.load_dataset` gives in a fresh process: `rows` of each split, and the `fingerprint` of all.

    Raises:
        CheckError: It cannot be loaded.
    """
    with tempfile.TemporaryDirectory(prefix="corpus-check-") as home:
        environment: Mapping[str, str] = {
            **{name: value for name, value in os.environ.items() if not name.startswith(_THEIRS)},
            "HF_HOME": home,
            "HF_HUB_CACHE": f"{home}/hub",
            "HF_DATASETS_CACHE": f"{home}/datasets",
            "HF_XET_CACHE": f"{home}/xet",
            "HF_ENDPOINT": endpoint,
            "HF_TOKEN": token,
            "HF_HUB_OFFLINE": "0",
            "HF_DATASETS_OFFLINE": "0",
            "HF_HUB_DISABLE_IMPLICIT_TOKEN": "0",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_XET_TELEMETRY_ENABLED": "0",  # of a client that does not look at the former
        }
        done = subprocess.run(
            [
                sys.executable,
                "-P",
                "-c",
                "import sys; sys.path.append(input()); import corpus.hub.check as c; c.main()",
            ],
            input=f"{_ROOT}\n{json.dumps({'repo_id': repo_id, 'revision': revision})}",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise CheckError(said[-1] if said else f"the loader ended with status {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """The program: loads what is asked for, and writes what it found."""
    import datasets
    from huggingface_hub import constants, get_token

    from corpus.entry import SCHEMA, SPLITS
    from corpus.errors import PublishError
    from corpus.fingerprint import fingerprint
    from corpus.hub.guard import guard_process
    from corpus.store import concat

    guard_process(constants.ENDPOINT, get_token())
    asked = json.load(sys.stdin)
    datasets.disable_progress_bars()
    try:
        found = datasets.load_dataset(asked["repo_id"], revision=asked["revision"])
    except PublishError as error:  # of the guard: its first line says less than all of them
        sys.exit("; ".join(line.strip() for line in str(error).splitlines()))
    parts = [found[split].data.table.select(SCHEMA.names).cast(SCHEMA) for split in SPLITS if split in found]
    rows = {split: found[split].num_rows for split in found}
    sys.stdout.write(json.dumps({"rows": rows, "fingerprint": fingerprint(concat(parts, SCHEMA))}) + "\n")
