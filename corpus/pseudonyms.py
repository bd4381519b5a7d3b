"""Pseudonyms for the people in a corpus: the same person has the same one everywhere, and no one else can tell who.

A pseudonym is a keyed hash, so nobody without the key can test a guess against it. The key lies in the user's
configuration folder, readable by that user alone, and never with a corpus; a manifest holds its fingerprint,
so that two corpora can be seen to use the same names.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from corpus.errors import ConfigError

__all__ = ["config_folder", "fingerprint_of_key", "pseudonym", "user_key"]

_KEY_BYTES: Final = 32


def config_folder() -> Path:
    """The user's configuration folder of this library; `CORPUS_CONFIG_DIR` says another."""
    import platformdirs

    chosen = os.environ.get("CORPUS_CONFIG_DIR")
    return Path(chosen) if chosen else Path(platformdirs.user_config_dir("sovereign-corpus"))


def user_key() -> bytes:
    """The user's pseudonym key, 32 bytes; made on first use, in a file of mode 0600.

    Raises:
        ConfigError: The file cannot be made or read, or does not hold a key.
    """
    path = config_folder() / "pseudonym.key"
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            "the pseudonym key cannot be read or made",
            where=path,
            got=error.strerror,
            hint="set CORPUS_CONFIG_DIR to a folder of yours",
        ) from None
    if len(key) != _KEY_BYTES:
        raise ConfigError(
            "the pseudonym key is damaged",
            where=path,
            expected=f"{_KEY_BYTES} bytes",
            got=f"{len(key)} bytes",
            hint="restore it from a backup, or delete it and accept that everyone gets a new pseudonym",
        )
    return key


def _make_key(path: Path) -> None:
    """Write a new key under a name of its own and link it: of two processes at once, one wins and both agree."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()


def pseudonym(key: bytes, role: str, identity: str) -> str:
    """A stable pseudonym such as `author-4kq7v2d3zlqa`.

    Args:
        key: The user's key.
        role: What the person is here; part of the pseudonym and of what is hashed.
        identity: What identifies the person: an e-mail address, a number, an id. Case and outer blanks do not count.

    Returns:
        The role and 60 bits of a keyed BLAKE2b in base 32.
    """
    digest = hashlib.blake2b(f"{role}\0{identity.strip().lower()}".encode(errors="surrogateescape"), key=key).digest()
    return f"{role}-{base64.b32encode(digest)[:12].decode().lower()}"


def fingerprint_of_key(key: bytes) -> str:
    """A fingerprint of the key that reveals nothing of it: 16 hexadecimal digits."""
    return hashlib.blake2b(b"fingerprint of a pseudonym key", key=key, digest_size=8).hexdigest()
