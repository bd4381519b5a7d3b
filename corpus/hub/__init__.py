"""Publishing to the Hugging Face Hub: one commit that `main` shows whole, or not at all."""

from corpus.hub.publication import Publication, Published
from corpus.hub.publisher import publish

__all__ = ["Publication", "Published", "publish"]
