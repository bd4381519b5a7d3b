"""A corpus on disk: Parquet, the dataset card, the manifest; written whole or not at all."""

from __future__ import annotations

from corpus.write.folder import MANIFEST, PRIVATE, read_corpus, read_manifest, write_corpus

__all__ = ["MANIFEST", "PRIVATE", "read_corpus", "read_manifest", "write_corpus"]
