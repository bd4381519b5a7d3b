"""Make the hashes by which rows of HumanEval and MBPP are recognised; no text of either is kept.

    python benchmarks/contamination_hashes.py --humaneval HumanEval.jsonl.gz --mbpp mbpp.jsonl

The files: github.com/openai/human-eval, data/HumanEval.jsonl.gz (MIT), and github.com/google-research/google-research,
mbpp/mbpp.jsonl (CC-BY 4.0). Their checksums are recorded, and other files are refused without --force.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.curate.contamination import Fingerprints, Item, collected

OUT = Path(__file__).parent.parent / "corpus" / "curate" / "data" / "benchmarks.npz"
KNOWN = {
    "humaneval": "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
    "mbpp": "ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
}


def rows(path: Path) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines():
        if line.strip():
            yield json.loads(line)


def humaneval(path: Path) -> list[Item]:
    items = []
    for row in rows(path):
        whole = row["prompt"] + row["canonical_solution"]
        items.append(Item(row["task_id"], (whole, row["test"]), (whole,)))
    return items


def mbpp(path: Path) -> list[Item]:
    return [
        Item(
            str(row["task_id"]), (row["text"], row["code"], "\n".join(row["test_list"])), (row["code"],), (row["text"],)
        )
        for row in rows(path)
    ]


def made(files: dict[str, Path]) -> Fingerprints:
    readers = {"humaneval": humaneval, "mbpp": mbpp}
    sources = []
    for name, path in files.items():
        items = readers[name](path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sources.append(({"name": name, "file": path.name, "sha256": digest, "items": len(items)}, items))
    return collected(sources)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--humaneval", type=Path, required=True)
    parser.add_argument("--mbpp", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--force", action="store_true", help="take files with other checksums")
    given = parser.parse_args()
    found = made({"humaneval": given.humaneval, "mbpp": given.mbpp})
    for source in found.sources:
        if source["sha256"] != KNOWN[source["name"]] and not given.force:
            sys.exit(f"{source['file']} has another checksum: {source['sha256']}")
    given.out.parent.mkdir(exist_ok=True)
    given.out.write_bytes(found.to_bytes())
    print(f"{given.out}: {given.out.stat().st_size} bytes, {len(found.items)} items,", end=" ")
    print(", ".join(f"{len(hashes)} of {kind}" for kind, hashes in found.hashes.items()))


if __name__ == "__main__":
    main()
