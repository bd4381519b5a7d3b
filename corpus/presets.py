"""Rules of published data sets, under their names: which files are left out, and which rows.

Only what can be told from a path or from a row is here; what a preset does not do is said in its `lacks`. The rules
for files go into `corpus.GitRepo(preset=…)`, those for rows into `Corpus.filter(**PRESETS[…].gates)`;
`corpus build --preset` does both. Nothing is dropped in silence: files are in `skipped`, rows in `removed`, each with
the rule's name.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from corpus.errors import ConfigError

__all__ = ["PRESETS", "Preset", "preset_of"]

_NOT_WRITTEN: Final = ("lock-file", "vendored", "generated", "minified", "test-data")


@dataclass(frozen=True, slots=True)
class Preset:
    """The rules of one data set.

    Attributes:
        source: Where they stand.
        lacks: What it does besides, and this library not.
        skip: For `corpus.GitRepo`: reasons to leave files out.
        gates: For `corpus.Corpus.filter`: gate to threshold.
        strict_commits: Whether rows of commits follow CommitPackFT to the letter.
    """

    source: str
    lacks: str = ""
    skip: tuple[str, ...] = _NOT_WRITTEN
    gates: Mapping[str, float | None] = field(default_factory=dict)
    strict_commits: bool = False


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "codesearchnet": Preset(
            source="Husain et al. 2019, arXiv:1909.09436, section 2",
            lacks="documentation is not cut to its first paragraph",
            skip=(*_NOT_WRITTEN, "test"),
            gates={"terse": 3, "short_code": 3, "test_name": True, "special_method": True},
        ),
        "vault": Preset(
            source="Manh et al. 2023, arXiv:2305.06156; FSoft-AI4Code/TheVault",
            lacks="no model compares code and comment (CodeBERT), no sentence is cut out of a comment",
            gates={"terse": 3, "short_code": 4, "test_name": True, "special_method": True, "accessor_name": True,
                   "question": True, "link": True, "letters": 0.65, "long_doc": 200},
        ),
        "self-oss-instruct": Preset(
            source="BigCode 2024, bigcode-project/starcoder2-self-align, seed gathering",
            lacks="no type checker, no model as a judge, no list of imports",
            gates={"returns": True, "arguments": True, "long_code": 150, "unfinished": True},
        ),
        "commitpackft": Preset(
            source="Muennighoff et al. 2023, arXiv:2308.07124, appendix D; bigcode-project/octopack",
            lacks="tokens are estimated; all version bumps go, not nine of ten",
            skip=(),
            strict_commits=True,
        ),
    }
)  # fmt: skip


def preset_of(name: str | None) -> Preset:
    """A preset by its name; without one, what is usual here.

    Raises:
        ConfigError: There is none of that name.
    """
    if name is None:
        return Preset(source="this library")
    if not isinstance(name, str) or name not in PRESETS:
        close = difflib.get_close_matches(str(name), PRESETS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else None
        raise ConfigError(
            "there is no such preset", where="preset", expected=" | ".join(PRESETS), got=repr(name), hint=hint
        )
    return PRESETS[name]
