"""The detector: what it finds of what was planted, what it finds in clean texts, and how fast beside its peers.

    python benchmarks/redaction.py --recall                          coverage of the planted set, per group
    python benchmarks/redaction.py --clean FOLDER [--prose]          findings per megabyte, with what they are
    python benchmarks/redaction.py --speed FOLDER [--peers PYTHON]   MB/s on the same files in the same run
    python benchmarks/redaction.py --hostile FOLDER                  a megabyte of each nasty shape against one of code

`--peers` names an interpreter that has `credsweeper` and `detect-secrets`. All times are processor seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from corpus.code import language_of
from corpus.privacy import Detector

CODE = {".py", ".js", ".ts", ".go", ".rs", ".java", ".c", ".h", ".rb"}
PROSE = {".md", ".rst", ".txt"}
PEERS = Path(__file__).with_name("redaction_peers.py")


def texts(folder: Path, suffixes: Iterable[str], limit: int) -> list[tuple[Path, str]]:
    """Files of a folder, in the order of their paths, until there are so many bytes."""
    found, total = [], 0
    for path in sorted(folder.rglob("*")):
        if path.suffix not in suffixes or not path.is_file() or path.stat().st_size > 1_000_000:
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found.append((path, text))
        total += len(text)
        if total > limit:
            break
    return found


def covered(detector: Detector, text: str, value: str, language: str | None) -> bool:
    """Whether every character of the value is in some finding."""
    start = text.index(value)
    missing = set(range(start, start + len(value)))
    for found in detector.find(text, language=language):
        missing.difference_update(range(found.start, found.end))
    return not any(not text[place].isspace() for place in missing)


def recall(*, misses: int, unseen: bool) -> None:
    from planted import SEEN, UNSEEN, planted
    from planted_words import told

    detector = Detector()
    for name, cases, sets in [("seen", SEEN, "A"), *([("unseen", UNSEEN, "BCD")] if unseen else [])]:
        hits: dict[str, list[bool]] = defaultdict(list)
        lost: Counter[str] = Counter()
        words = (replace(i, group=f"plain words told in {i.group}") for one in sets for i in told(one))
        for item in chain(planted(cases, 20), words):
            hit = covered(detector, item.text, item.value, item.language)
            hits[item.group].append(hit)
            if not hit:
                lost[item.name] += 1
                if lost[item.name] <= misses:
                    print("   missed", item.name, repr(item.text[:160]))
        print(f"{name}: full-span coverage")
        for group, all_of in hits.items():
            print(f"  {group:<34} {sum(all_of):5} of {len(all_of):5}  {sum(all_of) / len(all_of):7.3f}")


def clean(folder: Path, *, prose: bool, show: int, limit: int) -> None:
    detector = Detector()
    counts: Counter[tuple[str, str]] = Counter()
    shown: Counter[str] = Counter()
    files = texts(folder, PROSE if prose else CODE, limit)
    size = sum(len(text.encode()) for _, text in files) / 1e6
    for path, text in files:
        for found in detector.find(text, language=None if prose else language_of(path.name)):
            counts[found.kind, found.rule] += 1
            shown[found.rule] += 1
            if shown[found.rule] <= show:
                start = text.rfind("\n", 0, found.start) + 1
                print(
                    f"    {found.rule:<24} {text[found.start : found.end][:60]!r:<50} {text[start : found.end + 30][:110]!r} {path.name}"
                )
    print(f"{size:.1f} MB, {len(files)} files, {sum(counts.values()) / size:.1f} findings a megabyte")
    for (kind, rule), count in counts.most_common():
        print(f"  {kind:<14} {rule:<28} {count:5} {count / size:7.2f} a megabyte")


def seconds(detector: Detector, files: list[tuple[Path, str]]) -> float:
    started = time.process_time()
    for path, text in files:
        detector.find(text, language=language_of(path.name))
    return time.process_time() - started


def speed(folder: Path, *, peers: str | None, limit: int) -> None:
    detector = Detector()
    files = texts(folder, CODE, limit)
    size = sum(len(text.encode()) for _, text in files) / 1e6
    seconds(detector, files[:20])
    ours = size / min(seconds(detector, files) for _ in range(3))
    print(f"{size:.1f} MB of code in {len(files)} files\nours            {ours:7.2f} MB/s")
    for peer in ("credsweeper", "detect-secrets") if peers else ():
        answer = subprocess.run(
            [str(peers), str(PEERS), peer],
            input="\n".join(str(path) for path, _ in files),
            capture_output=True,
            text=True,
            check=True,
        )
        theirs = size / json.loads(answer.stdout.splitlines()[-1])["seconds"]
        print(f"{peer:<15} {theirs:7.2f} MB/s   ours {ours / theirs:6.1f} x")


def hostile() -> dict[str, str]:
    """A megabyte of each shape that has taken detectors minutes."""
    rng = random.Random(7)
    size = 1_000_000
    base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    units = {
        "at signs": "@", "names and at signs": "a@", "addresses unfinished": "a.b@c.", "one line of base64": "".join(rng.choices(base64, k=size)),
        "one line of digits": "".join(rng.choices("0123456789", k=size)), "digits and spaces": "".join(rng.choices("0123456789 ", k=size)),
        "digits, dots and dashes": "".join(rng.choices("0123456789.-", k=size)), "password=": "password=", 'password="': 'password="',
        "password: ": "password: ", "my password is ": "my password is ", "BEGIN lines": "-----BEGIN PRIVATE KEY-----\n",
        "END lines": "-----END PRIVATE KEY-----\n", "BEGIN and no end": "-----BEGIN RSA PRIVATE KEY-----" + "".join(rng.choices(base64, k=70)),
        "colons": ":", "slashes": "/", "colons and slashes": "://", "users in addresses": "://a:b", "hexadecimal": "".join(rng.choices("0123456789abcdef", k=size)),
        "hexadecimal and colons": "".join(rng.choices("0123456789abcdef:", k=size)), "JWT heads": "eyJhbGciOiJIUzI1NiJ9.", "JWT heads apart": "eyJ ",
        "token prefixes": "ghp_ sk- AKIA xoxb- ", "short words": "".join(rng.choices("abcdefgh     ", k=size)), "quotes": "'\"", "escaped quotes": 'token="\\"',
        "key=": "key=", "flags": "--password ", "phones": "+1 202 555 ", "phones all different": " ".join(f"+49 151 {rng.randrange(10**7, 10**8)}" for _ in range(60_000)),
        "coordinates": "48.12345, 2.12345 ", "addresses of machines": "81.2.69.160 ", "nulls": "\0", "emoji": "\U0001f511",
        "questions for a password": "pass?\n", "passwords in Finnish": "salasana ",
        "passwords all different": "".join(f"password: {''.join(rng.choices('abcdefgh', k=6))}\n" for _ in range(60_000)),
        "machines all different": "".join(f"{rng.randrange(11, 224)}.{rng.randrange(256)}.7.{rng.randrange(10, 255)} " for _ in range(70_000)),
        "national numbers all different": "".join(f"0{rng.randrange(100, 1000)} 555 {rng.randrange(1000, 10_000)}, " for _ in range(70_000)),
        "words of the list": "abandon zoo ", "BSN words": "lat lon sin pin code login ", "spaces": " ", "newlines": "\n", "backslashes": "\\",
    }  # fmt: skip
    return {name: (unit * (size // len(unit) + 1))[:size] for name, unit in units.items()}


def nasty(folder: Path, limit: int) -> None:
    detector = Detector()
    files = texts(folder, CODE, limit)
    size = sum(len(text.encode()) for _, text in files) / 1e6
    seconds(detector, files[:20])
    code = seconds(detector, files) / size
    print(f"a megabyte of code: {code * 1000:.0f} ms")
    for name, text in hostile().items():
        started = time.process_time()
        found = len(detector.find(text))
        taken = (time.process_time() - started) / (len(text.encode()) / 1e6)
        print(f"  {name:<26} {taken * 1000:7.0f} ms   {taken / code:6.2f} x code   {found} findings", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recall", action="store_true")
    parser.add_argument("--seen-only", action="store_true", help="leave out the generators kept apart")
    parser.add_argument("--misses", type=int, default=0, help="show so many misses of each generator")
    parser.add_argument("--clean", type=Path)
    parser.add_argument("--prose", action="store_true")
    parser.add_argument("--show", type=int, default=0, help="show so many findings of each rule")
    parser.add_argument("--speed", type=Path)
    parser.add_argument("--peers")
    parser.add_argument("--hostile", type=Path)
    parser.add_argument("--limit", type=float, default=8, help="megabytes to read at most")
    options = parser.parse_args()
    limit = int(options.limit * 1e6)
    if options.recall:
        recall(misses=options.misses, unseen=not options.seen_only)
    if options.clean:
        clean(options.clean, prose=options.prose, show=options.show, limit=limit)
    if options.speed:
        speed(options.speed, peers=options.peers, limit=limit)
    if options.hostile:
        nasty(options.hostile, limit)


if __name__ == "__main__":
    main()
