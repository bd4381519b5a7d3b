"""What a corpus was made with: the versions that its bytes depend on, for the manifest."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final

__all__ = ["library_version", "versions"]

_DISTRIBUTIONS: Final = ("datasketch", "pyarrow", "pygit2", "tree-sitter", "tree-sitter-python", "tree-sitter-rust")


def library_version() -> str:
    """The version of this library, or `0` where it runs from a folder without being installed."""
    try:
        return version("sovereign-corpus")
    except PackageNotFoundError:
        return "0"


def versions() -> dict[str, str]:
    """Distribution to version, for this library and what its output depends on."""
    return {"sovereign-corpus": library_version(), **{name: version(name) for name in _DISTRIBUTIONS}}
