"""`corpus clone`: the one place where GitPython, and with it the `git` program, is used.

The copy is bare: without a checkout no filter, hook or submodule of the repository can run. A local path is
copied through the protocol (`--no-local`), which ignores the dangerous parts of its configuration.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from corpus.errors import ConfigError, SourceError
from corpus.places import place_of

__all__ = ["clone_repository"]

_ENVIRONMENT: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_PROTOCOLS: Final = "https:ssh:git:file"


def clone_repository(url: str, folder: Path | None = None) -> Path:
    """Copy a repository with all its history into a bare one.

    Args:
        url: What `git clone` takes: https, ssh, git, or a local path.
        folder: Where to put it; by default `NAME.git` in the working directory.

    Returns:
        The folder.

    Raises:
        ConfigError: The folder is taken, or the URL is of another kind.
        SourceError: git says no; its own words are in the message. Or there is no commit to copy.
    """
    import git

    if not url.strip():
        raise ConfigError("no repository is named", where="URL", expected="a URL or a path", got=repr(url))
    url = str(place_of(url)) if url.startswith("~") else url
    target = folder or Path(url.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1].removesuffix(".git") + ".git")
    if target.exists():
        raise ConfigError("there is something at this place already", where=target, hint="name another folder")
    try:
        copy = git.Repo.clone_from(
            url,
            target,
            bare=True,
            no_local=True,
            env={**_ENVIRONMENT, "GIT_ALLOW_PROTOCOL": _PROTOCOLS},
        )
    except git.exc.UnsafeProtocolError:
        raise ConfigError(
            "git would run a program for this URL", got=url, expected="https, ssh, git or a path"
        ) from None
    except git.exc.GitCommandError as error:
        lines = str(error.stderr).replace("stderr:", "").strip(" '\n").splitlines()
        said = "\n".join(line for line in lines if not line.startswith("Cloning into")) or "no reason"
        raise SourceError("git could not copy the repository", where=url, got=said) from None
    except git.exc.GitCommandNotFound:
        raise SourceError("the git program is needed to clone and is not installed", hint="install git") from None
    if not copy.references:  # git takes any file for a repository without commits
        shutil.rmtree(target)
        raise SourceError("there are no commits to copy", where=url, expected="a repository with a commit")
    return target
