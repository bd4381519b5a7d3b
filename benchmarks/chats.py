"""Conversations: a million messages from Signal's export to entries, as a multiple of a bare `json.loads` of its lines.

    python benchmarks/chats.py [MESSAGES]     1,000,000 by default

The export is made up: 60 chats, a third of them groups, whose people answer each other within minutes, name one another
and quote now and then; one message in twenty-five is a call, a sticker or a picture, one in ten has a reaction and one
in fifty was edited. The floor is measured before and after in the same process, and the peak of memory is that of a
process of its own which does nothing but read.
"""

from __future__ import annotations

import base64
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpus

PEOPLE = 400
CHATS = 60
STARTS = 1_500_000_000_000


def frames(count: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(0)
    letters = "abcdefghijklmnoprstuvwz"
    words = ["".join(draw.choices(letters, k=draw.randint(2, 9))) for _ in range(8000)]
    names = ["".join(draw.choices(letters, k=draw.randint(5, 9))).capitalize() for _ in range(2 * PEOPLE)]
    yield {"version": "1", "backupTimeMs": "1750000000000"}
    yield {"recipient": {"id": "1", "self": {}}}
    for number in range(PEOPLE):
        contact = {
            "aci": base64.b64encode(uuid.UUID(int=draw.getrandbits(128)).bytes).decode(),
            "e164": str(4915100000000 + number * 7919),
            "profileGivenName": names[2 * number],
            "profileFamilyName": names[2 * number + 1],
        }
        yield {"recipient": {"id": str(number + 2), "contact": contact}}
    for number in range(CHATS):
        recipient = str(number + 2)
        if number % 3 == 0:
            recipient = str(1000 + number)
            yield {
                "recipient": {"id": recipient, "group": {"masterKey": base64.b64encode(bytes([number] * 32)).decode()}}
            }
        yield {"chat": {"id": str(number + 1), "recipientId": recipient}}
    said: list[tuple[int, str]] = [(0, "1")] * CHATS
    for number in range(count):
        yield {"chatItem": _item(number, draw, words, names, said)}


def _item(
    number: int, draw: random.Random, words: list[str], names: list[str], said: list[tuple[int, str]]
) -> dict[str, Any]:
    chat = (number // 12) % CHATS  # a dozen messages here, then another chat
    sent = STARTS + number * 30_000
    mine = draw.random() < 0.5
    author = "1" if mine else str(chat + 2 + (draw.randrange(8) if chat % 3 == 0 else 0))
    item: dict[str, Any] = {"chatId": str(chat + 1), "authorId": author, "dateSent": str(sent)}
    if mine:
        item["outgoing"] = {"dateReceived": str(sent), "sendStatus": [{"recipientId": str(chat + 2), "read": {}}]}
    else:
        item["incoming"] = {"dateReceived": str(sent + 300), "dateServerSent": str(sent + 100), "read": True}
    kind = draw.random()
    if kind < 0.04:
        others = (
            {"updateMessage": {"groupCall": {}}},
            {"stickerMessage": {}},
            {"standardMessage": {"attachments": [{}]}},
        )
        return item | others[number % 3]
    body = " ".join(draw.choices(words, k=draw.randint(2, 22)))
    standard: dict[str, Any] = {"text": {"body": f"{body}, {draw.choice(names)}?" if kind > 0.95 else body}}
    if 0.9 < kind < 0.93 and said[chat][0]:
        standard["quote"] = {
            "targetSentTimestamp": str(said[chat][0]),
            "authorId": said[chat][1],
            "text": {"body": body},
        }
    said[chat] = (sent, author)
    if 0.5 < kind < 0.6:
        standard["reactions"] = [
            {"emoji": "\U0001f44d", "authorId": str(chat + 2), "sentTimestamp": str(sent + 9000), "sortOrder": "1"}
        ]
    if 0.6 < kind < 0.62:
        item["revisions"] = [{**item, "standardMessage": {"text": {"body": body[:-1]}}}]
        item["dateSent"] = str(sent + 5000)
    return item | {"standardMessage": standard}


def floor(file: Path) -> float:
    """Seconds of `json.loads`, line by line."""
    started = time.perf_counter()
    with file.open("rb") as lines:
        for line in lines:
            json.loads(line)
    return time.perf_counter() - started


def read(folder: Path) -> tuple[dict[str, float], int]:
    """Seconds of each step, and the number of rows."""
    source = corpus.SignalExport(folder)
    times = [time.perf_counter()]
    (unit,) = [unit for unit in source.units() if isinstance(unit, corpus.Unit)]
    times.append(time.perf_counter())
    sheet = source.parse(unit)
    times.append(time.perf_counter())
    rows = sum(1 for _ in source.join([(unit, sheet)]).entries)
    times.append(time.perf_counter())
    steps = ("hash", "parse", "join")
    return {step: end - start for step, start, end in zip(steps, times, times[1:], strict=False)}, rows


def extract(folder: Path) -> tuple[dict[str, float], int]:
    """Seconds of `corpus.extract`: workers, entries, Arrow, ids, validation."""
    started = time.perf_counter()
    rows = len(corpus.extract(corpus.SignalExport(folder), workers=1, progress=False))
    return {"extract": time.perf_counter() - started}, rows


def main() -> None:
    if sys.argv[1] == "--in":
        work = {"read": read, "extract": extract}[sys.argv[3]]
        before = floor(Path(sys.argv[2]) / "main.jsonl")
        seconds, rows = work(Path(sys.argv[2]))
        after = floor(Path(sys.argv[2]) / "main.jsonl")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(json.dumps({"floor": (before + after) / 2, "seconds": seconds, "rows": rows, "peak": peak}))
        return
    count = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "main.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(frame, separators=(",", ":")) + "\n" for frame in frames(count))
        print(f"{count} messages, {file.stat().st_size / 1e6:.0f} MB")
        for what in ("read", "extract"):
            command = [sys.executable, __file__, "--in", folder, what]
            done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            total = sum(done["seconds"].values())
            parts = ", ".join(f"{step} {taken:.1f} s" for step, taken in done["seconds"].items())
            ratio = f"{total / done['floor']:.2f} x json.loads ({done['floor']:.1f} s)"
            print(f"{what:<8} {total:6.1f} s = {ratio}: {parts}; {done['rows']} rows, peak {done['peak']} MiB")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.argv.append("1000000")
    main()
