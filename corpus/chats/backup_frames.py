"""The frames of an Android backup of Signal, decrypted one by one, each authenticated before it is looked at.

The file is a header in clear (IV, salt, version) and encrypted frames: AES-256-CTR under a key from the passphrase of
30 digits, and the first 10 bytes of an HMAC-SHA256. A counter in the IV goes up by one with every frame and every
payload; from version 1 on the length of a frame is encrypted too. The last frame says that it is the last: a file that
ends before has been cut. (Signal-Android, `FullBackupExporter` and `FullBackupBase`.)
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from corpus.chats.protobuf import fields
from corpus.errors import MissingExtraError, SourceError
from corpus.sources.base import SkipUnit

__all__ = ["ATTACHMENT", "END", "KEY_VALUE", "STATEMENT", "check_passphrase", "frames"]

HEADER: Final = 1
STATEMENT: Final = 2
ATTACHMENT: Final = 4
END: Final = 6
AVATAR: Final = 7
STICKER: Final = 8
KEY_VALUE: Final = 9

_ROUNDS: Final = 250_000
_MAC: Final = 10
_DIGITS: Final = 30
_LARGEST_FRAME: Final = 64 << 20
_PIECE: Final = 1 << 20
_LENGTH_FIELD: Final = {ATTACHMENT: 3, AVATAR: 2, STICKER: 2}


def check_passphrase(file: Path, passphrase: str) -> None:
    """Refuse a passphrase that does not open the backup: the first frame says.

    Raises:
        SourceError: It is not of 30 digits, or not this backup's.
    """
    digits = "".join(passphrase.split())
    if len(digits) != _DIGITS or not digits.isascii() or not digits.isdigit():
        raise SourceError(
            "this is no passphrase of a Signal backup", where=file, expected="30 digits, blanks between them"
        )
    with file.open("rb") as stream:
        try:
            reader = _Frames(stream, passphrase)
        except SkipUnit:
            return  # no backup, or damaged: reading it says so
        try:
            reader.frame()
        except SkipUnit:
            raise SourceError(
                "the passphrase does not open this backup, or the beginning of the file is damaged",
                where=file,
                hint="it is the one of 30 digits that Signal showed when backups were switched on",
            ) from None


def frames(file: IO[bytes], passphrase: str, wanted: set[int], largest: int) -> Iterator[tuple[int, Any, bytes]]:
    """Every frame: its field, its value, and the payload that follows it.

    Args:
        file: The backup.
        passphrase: 30 digits, blanks do not count.
        wanted: Attachments, by row id, whose payloads are given; filled by the caller as it goes. All others are
            authenticated and not kept.
        largest: Bytes of the largest payload that is given.

    Raises:
        SkipUnit: The file is cut, a bit of it is not what was written, or it is no backup.
    """
    reader = _Frames(file, passphrase)
    while True:
        content = reader.frame()
        try:
            found = list(fields(content))
        except ValueError:
            raise SkipUnit("damaged", f"frame {reader.number} is no protocol buffer") from None
        for field, value in found:
            payload = b""
            if field in _LENGTH_FIELD and isinstance(value, bytes):
                inner = dict(fields(value))
                length = inner.get(_LENGTH_FIELD[field], 0)
                if not isinstance(length, int):
                    raise SkipUnit("damaged", f"frame {reader.number} names no length")
                keep = field == ATTACHMENT and inner.get(1) in wanted and length <= largest
                payload = reader.payload(length, keep=keep)
            yield field, value, payload
            if field == END:
                return


class _Frames:
    """A backup as it is read on."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        try:
            from cryptography.hazmat.primitives import hashes
            from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF
        except ImportError:
            raise MissingExtraError("cryptography", extra="signal", step="reading a Signal backup") from None
        self._file = file
        self.number = 0
        initial, salt, self._version = self._header()
        stretched = _stretched("".join(passphrase.split()).encode(), salt)
        keys = HKDF(hashes.SHA256(), 64, None, b"Backup Export").derive(stretched)
        self._mac_key = keys[32:]
        self._counter = int.from_bytes(initial[:4], "big")
        self._rest = initial[4:]

        def cipher(iv: bytes) -> Any:
            return Cipher(algorithms.AES256(keys[:32]), modes.CTR(iv)).decryptor()

        self._cipher = cipher

    def _header(self) -> tuple[bytes, bytes, int]:
        size = int.from_bytes(self._exactly(4), "big")
        if not 0 < size <= 1024:
            raise SkipUnit("not-signal", "the file does not begin like a backup of Signal")
        try:
            frame = dict(fields(self._exactly(size)))
            header = frame[HEADER]
            found = dict(fields(header)) if isinstance(header, bytes) else {}
            iv, salt, version = found[1], found.get(2, b""), found.get(3, 0)
        except (ValueError, KeyError):
            raise SkipUnit("not-signal", "the file does not begin like a backup of Signal") from None
        if not (isinstance(iv, bytes) and len(iv) == 16 and isinstance(salt, bytes) and isinstance(version, int)):
            raise SkipUnit("not-signal", "the header of the backup names no IV")
        if version > 1:
            raise SkipUnit("unknown-version", f"version {version} of the backup's format, known: 0 and 1")
        return iv, salt, version

    def _exactly(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise SkipUnit("truncated", f"the backup ends in the middle, after {self.number} frames")
        return data

    def _next(self) -> tuple[Any, bytes]:
        """A decryptor for the next frame or payload, and its IV."""
        iv = (self._counter & 0xFFFFFFFF).to_bytes(4, "big") + self._rest
        self._counter += 1
        return self._cipher(iv), iv

    def frame(self) -> bytes:
        """The next frame's content, authenticated.

        Raises:
            SkipUnit: It is cut, or not what was written.
        """
        decryptor, _ = self._next()
        mac = hmac.new(self._mac_key, digestmod="sha256")
        length = self._exactly(4)
        if self._version >= 1:
            mac.update(length)
            length = decryptor.update(length)
        size = int.from_bytes(length, "big")
        if not _MAC < size <= _LARGEST_FRAME:
            raise SkipUnit("damaged", f"frame {self.number} has a length of {size} bytes")
        sealed = self._exactly(size - _MAC)
        mac.update(sealed)
        self._check(mac)
        self.number += 1
        return bytes(decryptor.update(sealed))

    def payload(self, size: int, *, keep: bool) -> bytes:
        """What follows a frame, authenticated; its bytes where they are to be kept."""
        decryptor, iv = self._next()
        mac = hmac.new(self._mac_key, iv, "sha256")
        kept = []
        while size > 0:
            piece = self._exactly(min(size, _PIECE))
            mac.update(piece)
            size -= len(piece)
            if keep:
                kept.append(decryptor.update(piece))
        self._check(mac)
        return b"".join(kept)

    def _check(self, mac: Any) -> None:
        if not hmac.compare_digest(mac.digest()[:_MAC], self._exactly(_MAC)):
            raise SkipUnit("damaged", f"frame {self.number} is not what was written: its MAC is another")


def _stretched(digits: bytes, salt: bytes) -> bytes:
    """250,000 rounds of SHA-512, the digits added in each and the salt in the first: about a second."""
    digest = hashlib.sha512(salt + digits + digits).digest()
    for _ in range(_ROUNDS - 1):
        digest = hashlib.sha512(digest + digits).digest()
    return digest[:32]
