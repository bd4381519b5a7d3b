"""The Hub's client, and retries that cannot do a thing twice.

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
from corpus.hub.guard import asked_to_wait, guard
from corpus.hub.refusals import OVERLOADED, sentence, status_of

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["MovedError", "attempt", "open_api"]

_Value = TypeVar("_Value")
_ATTEMPTS: Final = 4
_PAUSES: Final = (0.5, 2.0, 8.0)  # seconds; a Hub that names a time gets that
_TOKEN: Final = re.compile(r"[!-~]*")


class MovedError(Exception):
    """Somebody else has changed the branch since it was read; the caller begins again from what is there now."""


def open_api(token: str | bool | None, endpoint: str) -> HfApi:
    """A client that says who it is.

    Raises:
        PublishError: There is no token, what was given can be none, or the client was told to stay offline.
    """
    from huggingface_hub import HfApi, constants, get_token

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
    if constants.is_offline_mode():
        hint = "unset HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) before Python starts; dry_run=True asks nobody"
        raise PublishError("the Hub's client was told to stay offline", got="HF_HUB_OFFLINE", hint=hint)
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
        MovedError: What was to be changed is not what it was.
        PublishError: The Hub refused, or did not answer for several attempts.
    """
    lost: Exception | None = None
    for number in range(_ATTEMPTS):
        if lost is not None:
            _pause(lost, number - 1)
        try:
            guard(api)
            # Look first, and as often as it takes to get an answer: only then is it known what to ask for again.
            found = has_happened() if lost is not None and has_happened is not None else None
            return ask() if found is None else found
        except MovedError:
            raise
        except Exception as error:  # noqa: BLE001 - the client raises errors of five libraries; each becomes a sentence
            lost = error
            if not _is_transient(error):
                break
    # Not while the client's error is being handled: as the context of this one, it would carry the token along.
    raise _refused(lost, what, api)


def _refused(error: Exception | None, what: str, api: HfApi) -> Exception:
    from huggingface_hub.errors import RevisionNotFoundError

    if isinstance(error, RevisionNotFoundError):  # each was there when it was read, or has just been made
        return MovedError(f"somebody else has deleted what was needed for {what}")
    return sentence(error or PublishError(what), what, api)


def _pause(error: Exception, number: int) -> None:
    answer = getattr(error, "response", None)  # of one that asks for too much, the guard has made another error
    asked = None if answer is None else asked_to_wait(answer.status_code, answer.headers)
    time.sleep(_PAUSES[number] if asked is None else asked)


def _is_transient(error: BaseException) -> bool:
    import httpx2

    status = status_of(error)
    if status is not None:
        return status in OVERLOADED
    cause = error.__cause__  # an upload wraps what went wrong; begun anew, it gets new addresses, as these expire,
    if isinstance(error, RuntimeError) and isinstance(cause, Exception):  # and what has arrived is not sent again
        return status_of(cause) is not None or _is_transient(cause)
    return isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.UnsupportedProtocol)
