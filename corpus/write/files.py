"""Files that are there whole or not at all: a temporary name, flush, rename."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.errors import BuildError, ConfigError

__all__ = ["dump_json", "free_bytes", "locked", "private_folder", "replace_file", "sha256_of", "sync"]


def replace_file(path: Path, data: bytes) -> None:
    """Put a file in place with these bytes; a reader sees the old ones or the new ones."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dump_json(value: Any) -> bytes:
    """JSON with sorted keys and a line feed at the end: equal values give equal bytes."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError:  # a path that is not UTF-8: escaped, it reads back as the same path
        return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()


def private_folder(path: Path) -> Path:
    """Make a folder that its owner alone may enter, and that git ignores.

    Raises:
        ConfigError: The system does not allow it.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise ConfigError("the folder cannot be made", where=path, got=error.strerror, hint="choose another") from None
    ignore = path / ".gitignore"
    if not ignore.exists():
        replace_file(ignore, b"*\n")
    return path


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process alone; within the process a build may write what it has locked.

    Raises:
        BuildError: Another process holds it, or it cannot be locked.
    """
    import filelock

    lock = filelock.FileLock(folder / "lock", timeout=0, is_singleton=True)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise BuildError(
            "another build is at work in this folder", where=folder.parent, hint="wait for it, or choose another --out"
        ) from None
    except OSError as error:
        raise BuildError("the folder cannot be locked", where=folder, got=error.strerror) from None
    try:
        yield
    finally:
        lock.release()


def free_bytes(path: Path) -> int:
    """Free bytes on the disk of a path that need not be there yet."""
    import shutil

    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free
