"""CredSweeper, where it is installed, as a detector that this library's rules know nothing of.

    falsify.falsify(corpus, detector=falsify.sweeper.credsweeper())

It takes some seconds a megabyte, and another version of it may find something else, so it is asked only when it is
named.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from corpus.errors import MissingExtraError

__all__ = ["credsweeper"]

_RULES: Final = re.compile(r"Token|Key|Password|Credential|PEM|Secret|JWT|Auth", re.IGNORECASE)


def credsweeper() -> Callable[[Sequence[str]], list[bool]]:
    """A detector that says of each text whether CredSweeper and its model find a secret in it.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        from credsweeper import CredSweeper
        from credsweeper.file_handler.files_provider import FilesProvider
    except ImportError:
        raise MissingExtraError("credsweeper", extra="test", step="an independent search for secrets") from None

    def find(texts: Sequence[str]) -> list[bool]:
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(action="ignore", category=DeprecationWarning),
        ):
            paths = [Path(folder) / f"{number}.txt" for number in range(len(texts))]
            for path, text in zip(paths, texts, strict=True):
                path.write_text(text, encoding="utf-8", errors="replace")
            sweeper = CredSweeper(pool_count=1, severity="high")
            sweeper.run(FilesProvider([str(path) for path in paths]))
            found = sweeper.credential_manager.get_credentials()
        hit = {line.path for one in found if _RULES.search(one.rule_name) for line in one.line_data_list}
        return [str(path) in hit for path in paths]

    return find
