"""Names of repositories, branches and tags, checked before anything is asked: a bad tag would be refused at the end."""

from __future__ import annotations

import re
from typing import Any, Final

from corpus.errors import ConfigError

__all__ = ["check_endpoint", "check_reference", "check_repository"]

_LONGEST: Final = 200
# As the Hub's client has it: https://github.com/huggingface/huggingface_hub, utils/_validators.py.
_REPOSITORY: Final = re.compile(r"(?!.*(?:--|\.\.))(?!.*\.git\Z)(?:\b[\w.-]{1,96}\b/)?\b[\w.-]{1,96}\b", re.ASCII)
# What git forbids in a name, https://git-scm.com/docs/git-check-ref-format, and `refs/…`, which is the Hub's own.
_BAD: Final = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|(?:^|/)\.|\.lock(?:/|$)|^[-/]|[/.]$|^@$|^refs/|^[0-9a-f]{40}$"
)
_ENDPOINT: Final = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?")


def check_endpoint(endpoint: str | None) -> str:
    """The address of the Hub, without a slash at its end: of the one that is named, or of the client's own.

    Raises:
        ConfigError: It is no address of a Hub; one that holds a password would stand in messages and cards.
    """
    from huggingface_hub import constants

    found: Any = constants.ENDPOINT if endpoint is None else endpoint
    if not isinstance(found, str) or not _ENDPOINT.fullmatch(found):
        raise ConfigError(
            "this is no address of a Hub",
            where="endpoint" if endpoint is not None else "HF_ENDPOINT",
            expected="an address like https://huggingface.co, without a name or password in it",
            got=_shown(found),
        )
    return found.rstrip("/")


def _shown(endpoint: Any) -> str:
    return re.sub(r"//.*@", "//…@", repr(endpoint))


def check_repository(repo_id: Any) -> None:
    """Refuse what names no repository on the Hub.

    Raises:
        ConfigError: The name is no repository's.
    """
    if not isinstance(repo_id, str) or not _REPOSITORY.fullmatch(repo_id):
        hint = "ASCII letters, digits, `-`, `_` and `.`; no `--` or `..`, no `.git` at the end, at most 96 of them"
        raise ConfigError("this names no repository", expected="name/of-it", got=repr(repo_id), hint=hint)


def check_reference(name: Any, what: str) -> None:
    """Refuse what can be no branch or tag.

    Args:
        name: As it was asked for.
        what: `revision` or `tag`, for the error.

    Raises:
        ConfigError: Git or the Hub would not take that name.
    """
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST or _BAD.search(name):
        expected = f"a name like {'v1.0.0' if what == 'tag' else 'main'}"
        hint = "no spaces, no `..`, none of ~ ^ : ? * [ \\, nothing that begins with `refs/`, no commit"
        raise ConfigError(f"this can be no {what}", where=what, expected=expected, got=repr(name), hint=hint)
