"""The Hub's client, its errors in sentences, and retries that cannot do a thing twice.

Every failure is one of two kinds. Where the Hub has answered with a refusal, asking again changes nothing, and a
sentence says what is wrong. Where it was overloaded or the connection was lost, nobody knows whether the Hub has
done what was asked: the caller looks, and only asks again for what has not happened.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from corpus.errors import PublishError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["MovedError", "attempt", "open_api", "without_token"]

_Value = TypeVar("_Value")
_ATTEMPTS: Final = 4
_PAUSES: Final = (0.5, 2.0, 8.0)  # seconds; a Hub that asks for fewer gets fewer
_TOKEN: Final = re.compile(r"[!-~]*")
_OVERLOADED: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class MovedError(Exception):
    """Somebody else has changed the branch since it was read; the caller begins again from what is there now."""


def open_api(token: str | bool | None, endpoint: str | None) -> HfApi:
    """A client that says who it is.

    Raises:
        PublishError: There is no token, or what was given can be none.
    """
    from huggingface_hub import HfApi, get_token

    from corpus.versions import versions

    held = get_token() if token is None or token is True else token
    held = held.strip() if isinstance(held, str) else held  # of a file, it ends with a line feed
    if isinstance(held, str) and not _TOKEN.fullmatch(held):  # it would stand in the client's error, as repr has it
        raise PublishError(
            "what was given as the token is none",
            expected="letters, digits and marks of ASCII, like hf_…",
            got=f"{len(held)} characters, some of them others" if held else "nothing but spaces",
            hint="copy it again from https://huggingface.co/settings/tokens",
        )
    if not held:
        raise PublishError(
            "there is no token for the Hub",
            hint="make one with the right to write at https://huggingface.co/settings/tokens, then: hf auth login",
        )
    return HfApi(
        endpoint=endpoint, token=held, library_name="sovereign-corpus", library_version=versions()["sovereign-corpus"]
    )


def attempt(
    ask: Callable[[], _Value], *, has_happened: Callable[[], _Value | None] | None = None, what: str, api: HfApi
) -> _Value:
    """Ask the Hub, again where that cannot do a thing twice.

    Args:
        ask: One request, or several that together may be repeated.
        has_happened: Looks whether a request whose answer was lost has had its effect, and gives what the answer
            would have been; None where `ask` changes nothing, or may be repeated as it is.
        what: What is being done, for the error.
        api: The client, whose token is kept out of every message.

    Raises:
        PublishError: The Hub refused, or did not answer for several attempts.
    """
    lost: Exception | None = None
    for number in range(_ATTEMPTS):
        try:
            # Look first, and as often as it takes to get an answer: only then is it known what to ask for again.
            found = has_happened() if lost is not None and has_happened is not None else None
            return ask() if found is None else found
        except MovedError:
            raise
        except Exception as error:  # noqa: BLE001 - the client raises errors of five libraries; each becomes a sentence
            if not _is_transient(error):
                raise _sentence(error, what, api) from None
            lost = error
        if number + 1 < _ATTEMPTS:
            _pause(lost, number)
    raise _sentence(lost or PublishError(what), what, api) from None


def _pause(error: Exception, number: int) -> None:
    asked = getattr(getattr(error, "response", None), "headers", {}).get("Retry-After", "")
    time.sleep(min(float(asked), 60.0) if str(asked).replace(".", "", 1).isdigit() else _PAUSES[number])


def _is_transient(error: BaseException) -> bool:
    import httpx2

    status = _status(error)
    if status is not None:
        return status in _OVERLOADED
    cause = error.__cause__  # an upload wraps what went wrong
    if isinstance(error, RuntimeError) and isinstance(cause, Exception):
        return _is_transient(cause)
    return isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.UnsupportedProtocol)


def _status(error: BaseException) -> int | None:
    found = getattr(getattr(error, "response", None), "status_code", None)
    return found if isinstance(found, int) else None


def _sentence(error: Exception, what: str, api: HfApi) -> Exception:
    """The error as a person reads it: what was being done, what the Hub said, what to do."""
    if isinstance(error, PublishError):
        return error
    inner = error.__cause__ if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception) else error
    said, hint = _explained(inner)
    got = without_token(said, api)
    return PublishError(f"publishing stopped while {what}", where=api.endpoint, got=got, hint=hint)


def _explained(error: Exception) -> tuple[str, str | None]:
    import httpx2
    from huggingface_hub.errors import LocalTokenNotFoundError, RepositoryNotFoundError

    status = _status(error)
    if isinstance(error, LocalTokenNotFoundError):
        return "no token", "hf auth login"
    if isinstance(error, RepositoryNotFoundError):
        return "there is no such repository, or this token may not see it", "check the name and whose token it is"
    if status == 401:
        return "the token is not valid (401)", "make a new one at https://huggingface.co/settings/tokens"
    if status == 403:
        return f"this token may not do that (403): {_said(error)}", "take a token with the right to write there"
    if status == 412:
        return "somebody else has changed the repository meanwhile (412)", "publish again: it starts from what is there"
    if status in _OVERLOADED:
        return f"the Hub is overloaded ({status}), after several attempts", "nothing is half done; publish again later"
    if isinstance(error, httpx2.TransportError):
        text = f"the Hub does not answer: {type(error).__name__}: {error}"
        return text, "nothing is half done; check the network and publish again"
    if isinstance(error, ConnectionError):
        hint = "a Hub of one's own may not speak xet: set HF_HUB_DISABLE_XET=1 before Python starts"
        return f"the upload by xet failed: {error}", hint
    if "LFS pointer pointed to a file that does not exist" in str(error):
        hint = "the Hub knows the files of a repository that was deleted, and loses them: wait, or take another name"
        return _said(error), hint
    if isinstance(error, ValueError) and "Invalid metadata" in str(error):
        return str(error), "mend the YAML at the head of the repository's README.md"
    return f"{type(error).__name__}: {_said(error)}", None


def _said(error: Exception) -> str:
    return str(getattr(error, "server_message", None) or error).strip().splitlines()[0]


def without_token(text: str, api: HfApi) -> str:
    """A text in which the client's token does not stand."""
    return text.replace(api.token, "<token>") if isinstance(api.token, str) and api.token else text
