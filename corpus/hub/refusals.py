"""What the Hub, or the way to it, has against a publication: a sentence and what to do, and never the token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from corpus.errors import CorpusError, PublishError
from corpus.write.markdown import clipped, visible

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["OVERLOADED", "sentence", "status_of", "without_token"]

OVERLOADED: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONG: Final = 300  # characters of what a server says: a page of HTML is not read
_FULL: Final = re.compile(r"storage|quota|limit|upgrade|exceed", re.IGNORECASE)
_TOKENS: Final = "https://huggingface.co/settings/tokens"
_SPACE: Final = "make room or take a larger plan: https://huggingface.co/docs/hub/storage-limits"
_ANSWERS: Final = (
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    AssertionError,
)  # of a client that was told nonsense


def sentence(error: Exception, what: str, api: HfApi) -> Exception:
    """The error as a person reads it: what was being done, what the Hub said, what to do."""
    inner = error.__cause__ if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception) else error
    if isinstance(inner, CorpusError):
        return inner
    said, hint = _explained(inner)
    got = without_token(said, api)
    return PublishError(f"publishing stopped while {what}", where=api.endpoint, got=got, hint=hint)


def status_of(error: BaseException) -> int | None:
    """The HTTP status of an answer that the client has made an error of."""
    found = getattr(getattr(error, "response", None), "status_code", None)
    return found if isinstance(found, int) else None


def without_token(text: str, api: HfApi) -> str:
    """A text in which the client's token does not stand."""
    return text.replace(api.token, "<token>") if isinstance(api.token, str) and api.token else text


def _explained(error: Exception) -> tuple[str, str | None]:
    status = status_of(error)
    return _without_answer(error) if status is None else _refused(error, status)


def _refused(error: Exception, status: int) -> tuple[str, str | None]:
    """Where the Hub has answered."""
    from huggingface_hub.errors import DisabledRepoError, GatedRepoError, RepositoryNotFoundError

    said = _said(error)
    if status == 401:
        return f"the token is not valid, or not any more (401): {said}", f"make a new one at {_TOKENS}"
    if isinstance(error, GatedRepoError):
        return f"the repository is gated, and whose token it is was not let in ({status})", "ask its owner for access"
    if isinstance(error, DisabledRepoError):
        return f"the Hub has disabled the repository ({status})", "its page says why; ask the Hub, or take another name"
    if isinstance(error, RepositoryNotFoundError):
        hint = "check the name and whose token it is; the name may also be taken by what is no dataset"
        return f"there is no such dataset, or this token may not see it ({status})", hint
    if status in {402, 403, 413, 507} and (status != 403 or _FULL.search(said)):
        return f"the Hub has no room for it ({status}): {said}", _SPACE
    if status == 403:
        return f"this token may not do that (403): {said}", f"take one with the right to write there: {_TOKENS}"
    if status in OVERLOADED:
        return f"the Hub is overloaded ({status}), after several attempts", "nothing is half done; publish again later"
    if "LFS pointer pointed to a file that does not exist" in str(error):
        hint = "the Hub knows the files of a repository that was deleted, and loses them: wait, or take another name"
        return said, hint
    return f"the Hub refused ({status}): {said}", None


def _without_answer(error: Exception) -> tuple[str, str | None]:
    """Where there was no answer, or none that the client understood."""
    import httpx2
    from huggingface_hub.errors import OfflineModeIsEnabled

    said = _said(error)
    if isinstance(error, OfflineModeIsEnabled):
        return "the Hub's client was told to stay offline", "unset HF_HUB_OFFLINE before Python starts"
    if isinstance(error, httpx2.ProxyError):
        return f"the proxy refused: {said}", "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
    if isinstance(error, (httpx2.UnsupportedProtocol, ImportError)) or "proxy URL" in said:
        return f"{type(error).__name__}: {said}", "check HF_ENDPOINT, HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
    if isinstance(error, httpx2.TimeoutException):
        text = f"the Hub did not answer in time: {type(error).__name__}"
        return text, "nothing is half done; check the network and publish again"
    if isinstance(error, httpx2.TransportError):
        text = f"the Hub does not answer: {type(error).__name__}: {said}"
        return text, "nothing is half done; check the network, and HTTPS_PROXY if it is set, and publish again"
    if isinstance(error, ConnectionError):
        hint = "a Hub of one's own may not speak xet: set HF_HUB_DISABLE_XET=1 before Python starts"
        return f"the upload by xet failed: {said}", hint
    if isinstance(error, ValueError) and "Invalid metadata" in str(error):
        return visible(" ".join(str(error).split())), "mend the YAML at the head of the repository's README.md"
    if isinstance(error, ValueError) and "LFS batch API returned errors" in str(error):
        told = clipped(visible(" ".join(str(error).split())), _LONG)
        return told, _SPACE if _FULL.search(told.removeprefix("LFS batch API returned errors")) else None
    if isinstance(error, (*_ANSWERS, ValueError)):
        text = f"the Hub's answer cannot be understood: {type(error).__name__}: {said}"
        return text, "is that the address of a Hub? A page to log in, or a proxy, may have answered in its place"
    return f"{type(error).__name__}: {said}", None


def _said(error: Exception) -> str:
    """The first line of what was said, as far as it can be shown: it is text of a server."""
    lines = str(getattr(error, "server_message", None) or error).strip().splitlines()
    return clipped(visible(lines[0]), _LONG) if lines else "nothing more"
