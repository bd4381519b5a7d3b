"""Corpora to publish, repositories as earlier publications left them, and what their readers see."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from huggingface_hub import HfApi, constants

import corpus
from corpus.hub.cardmerge import merge_cards
from corpus.write.card import for_repository
from corpus.write.files import sha256_of
from falsify.report import Report
from tests.hub.server import Hub
from tests.hub.store import Blob, Repo, User

__all__ = [
    "MORE", "OWNER", "ROWS", "a_corpus", "a_report", "as_the_manifest_says", "data_of", "forget", "publish", "seed",
    "serve", "shown", "written",
]  # fmt: skip

ROWS = [{"instruction": f"What is {n} and {n}?", "output": f"It is {2 * n}, as one sees at once."} for n in range(40)]
OWNER = "hf_" + "owner"  # a token that stands nowhere in these lines, which a traceback shows
MORE = [{"instruction": "And what else is there?", "output": "Nothing that anybody would miss."}]


def a_report(c: corpus.Corpus, verdict: str = "corroborated") -> Report:
    return Report(verdict, 90.0, (), c.fingerprint, "0" * 64, 0, len(c))


def a_corpus(rows: list[dict[str, str]], visibility: str = "public") -> corpus.Corpus:
    return corpus.from_pandas(pd.DataFrame(rows), visibility=visibility, license="MIT").normalize().redact().split()


def written(
    place: Path, rows: list[dict[str, str]], *, verdict: str = "corroborated", visibility: str = "public"
) -> Path:
    c = a_corpus(rows, visibility)
    return c.write(place, report=a_report(c, verdict))


@contextmanager
def serve(monkeypatch: pytest.MonkeyPatch, *, xet: bool, **options: Any) -> Iterator[Hub]:
    """A Hub, and clients that speak to it as it wants."""
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", not xet)
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "0" if xet else "1")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with Hub(xet=xet, **options) as server:
        yield server


def publish(hub: Hub, place: Path | corpus.Corpus, **options: Any) -> corpus.Publication:
    return corpus.publish(place, "me/rows", **{"token": OWNER, "endpoint": hub.endpoint, **options})


def as_the_manifest_says(repo_id: str, revision: str, *, endpoint: str, token: str) -> dict[str, Any]:
    """What loading from the Hub gives, without the process that loads."""
    api = HfApi(endpoint=endpoint, token=token)
    file = api.hf_hub_download(repo_id, "manifest.json", repo_type="dataset", revision=revision)
    manifest = json.loads(Path(file).read_bytes())
    return {"rows": manifest["rows"]["split"], "fingerprint": manifest["fingerprint"]}


def seed(hub: Hub, place: Path, *, private: bool = True) -> Repo:
    """The repository as an earlier publication has left it."""
    repo = hub.store.create("dataset", "me/rows", User("me"), private=private)
    tree, large = _held(place, hub.endpoint)
    hub.store.large.update(large)
    repo.add("refs/heads/main", tree, "an earlier corpus", "", "me")
    return repo


@functools.cache
def _held(place: Path, endpoint: str) -> tuple[dict[str, Blob], dict[str, bytes]]:
    """The files of a repository that holds a corpus, and the large ones among them by their hashes."""
    tree = {name: Blob((place / name).read_bytes()) for name in ("manifest.json", "falsification.json")}
    tree[".gitattributes"] = Blob(b"*.parquet filter=lfs diff=lfs merge=lfs -text\n")
    card = for_repository((place / "README.md").read_text(), "me/rows", f"{endpoint}/datasets/me/rows")
    tree["README.md"] = Blob(merge_cards(card, None).encode())
    large = {sha256: (place / name).read_bytes() for name, sha256 in data_of(place).items()}
    tree |= {name: Blob(sha256=known, large_size=len(large[known])) for name, known in data_of(place).items()}
    return tree, large


def forget(hub: Hub) -> None:
    """The Hub as on its first day."""
    hub.store.repos.clear()
    hub.store.large.clear()
    hub.requests.clear()
    hub.faults.clear()
    hub.parts.clear()
    hub.before = hub.lie = None
    for file in hub.cas.rglob("*.*"):
        file.unlink()


def data_of(place: Path) -> dict[str, str]:
    return {f"data/{file.name}": sha256_of(file) for file in (place / "data").iterdir()}


def shown(hub: Hub, revision: str = "main") -> dict[str, str]:
    """What a reader of a branch sees of the rows; nothing where there is none yet."""
    if ("dataset", "me/rows") not in hub.store.repos or f"refs/heads/{revision}" not in hub.repo("me/rows").refs:
        return {}
    return {path: name for path, name in hub.files("me/rows", revision).items() if path.startswith("data/")}
