"""Rules from a gitleaks configuration that the user has: `gitleaks.toml`, read when it is asked for, never shipped.

Read of a rule: `id`, `regex`, `secretGroup`, `keywords`, `entropy`, and of its allow-lists `regexes` and `stopwords`.
Rules that only look at paths are left out: a text has none.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from corpus.errors import ConfigError
from corpus.privacy.placeholders import entropy
from corpus.privacy.rule import Candidate, Check, Rule

__all__ = ["gitleaks_rules"]

# gitleaks looks through all of a text that has one of a rule's keywords anywhere.
_EVERYWHERE: Final = 1 << 40


def gitleaks_rules(path: str | Path) -> tuple[Rule, ...]:
    """The rules of a gitleaks configuration, for `Detector(extra=…)`; their kind is `secret`, they redact.

    Args:
        path: A `gitleaks.toml`.

    Raises:
        ConfigError: The file cannot be read, is no TOML, or a rule in it has no `id`.
    """
    try:
        configuration = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            "A gitleaks configuration cannot be read.", where=path, expected="gitleaks.toml", got=str(error)
        ) from error
    rules = configuration.get("rules", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) and rule.get("id") for rule in rules):
        raise ConfigError(
            "A gitleaks configuration has a rule without an id.", where=path, expected="[[rules]] with id"
        )
    return tuple(_rule(rule, str(path)) for rule in rules if rule.get("regex"))


def _rule(rule: dict[str, Any], path: str) -> Rule:
    return Rule(
        name=f"gitleaks:{rule['id']}",
        kind="secret",
        pattern=rule["regex"],
        group=rule.get("secretGroup") or 1,
        keywords=tuple(word.lower() for word in rule.get("keywords", ())),
        reach=(_EVERYWHERE, _EVERYWHERE),
        check=_check(rule),
        source=f"{Path(path).name}: {rule.get('description', rule['id'])}",
    )


def _check(rule: dict[str, Any]) -> Check:
    import re2

    lists = [*rule.get("allowlists", ()), *([rule["allowlist"]] if "allowlist" in rule else [])]
    allowed = [re2.compile(pattern) for one in lists for pattern in one.get("regexes", ())]
    stopwords = [word.lower() for one in lists for word in one.get("stopwords", ())]
    floor = float(rule.get("entropy", 0))

    def check(found: Candidate) -> bool:
        value = found.value
        if floor and entropy(value) <= floor:
            return False
        lower = value.lower()
        return not any(word in lower for word in stopwords) and not any(pattern.search(value) for pattern in allowed)

    return check
