"""Xet without a storage service: `hf_xet` writes into a local folder, and its shards say what it wrote.

A shard (`.mdb`) starts with a header of 48 bytes. Sections of files follow: a header of 48 bytes (hash, flags,
number of entries), the entries of 48 bytes, as many for verification where bit 31 of the flags is set, and one more
with the SHA-256 of the whole where bit 30 is. A hash is printed as four little-endian numbers of 64 bits.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

__all__ = ["hashes_of"]

_HEADER: Final = 48
_ENTRY: Final = 48
_VERIFIED: Final = 1 << 31
_DIGEST: Final = 1 << 30
_END: Final = b"\xff" * 32  # the hash of the section that ends the list of files


def hashes_of(folder: Path) -> dict[str, str]:
    """The xet hash of each file whose SHA-256 a shard in a folder tells."""
    found: dict[str, str] = {}
    for shard in sorted(folder.rglob("*.mdb")):
        found.update(_hashes(shard.read_bytes()))
    return found


def _hashes(shard: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    place = _HEADER
    while place + _HEADER <= len(shard) and shard[place : place + 32] != _END:
        name = shard[place : place + 32]
        flags, entries = struct.unpack_from("<II", shard, place + 32)
        place += _HEADER + entries * _ENTRY * (2 if flags & _VERIFIED else 1)
        if flags & _DIGEST:
            found[_printed(shard[place : place + 32])] = _printed(name)
            place += _ENTRY
    return found


def _printed(data: bytes) -> str:
    return "".join(f"{number:016x}" for number in struct.unpack("<4Q", data))
