"""Thresholds that somebody registers before they see the data, in a file; and what they changed of the shipped ones.

    falsify.register("thresholds.toml")                          # every hypothesis as it ships: edit, commit, then look
    falsify.falsify("my-corpus", register="thresholds.toml")

A file may say other numbers, points and vetoes; it cannot say another claim: what a test does is code, and a file that
quotes another claim, statistic or version was written for another test. What a file leaves out is as shipped.
Whoever registers other thresholds changes the hash of the registration, and each change stands in the report with
its direction, so that a corpus that passed by a loosened threshold says so.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, Final

from corpus.errors import ConfigError
from corpus.guess import did_you_mean
from corpus.places import place_of
from falsify.hypothesis import Hypothesis, registration

__all__ = ["Change", "changes", "register", "registered"]

_NUMBERS: Final = ("threshold", "grave", "rate", "min_sensitivity")
_SHARES: Final = ("rate", "min_sensitivity")
_OWN: Final = (*_NUMBERS, "points", "veto")
"""What a file may say otherwise."""
_FIXED: Final = ("family", "claim", "statistic", "rule", "version")
"""What a file quotes, so that it can be read alone, and must quote rightly."""
_HEAD: Final = "registration"


@dataclass(frozen=True)
class Change:
    """One value that was registered otherwise than it ships.

    Attributes:
        id: The hypothesis.
        key: `threshold`, `grave`, `rate`, `min_sensitivity`, `points` or `veto`.
        shipped: What this library ships.
        registered: What was registered instead.
        direction: `loosened` if less is refuted or a weaker test may corroborate, `tightened` if more or a stronger
            one; `reweighted` for points.
    """

    id: str
    key: str
    shipped: float | None
    registered: float | None
    direction: str

    def __str__(self) -> str:
        return f"{self.id} {self.key}: {_told(self.shipped)} shipped, {_told(self.registered)} registered"


def register(path: str | PathLike[str], hypotheses: Sequence[Hypothesis] | None = None) -> Path:
    """Write every hypothesis with its threshold, points and veto into a file, to be edited and given to `falsify`.

    Args:
        path: A new file, `.toml` or `.json`.
        hypotheses: Those to write; by default all that there are, as they ship.

    Returns:
        The path.

    Raises:
        ConfigError: There is a file already, or its name says neither TOML nor JSON.
    """
    from falsify.judge import HYPOTHESES

    chosen = HYPOTHESES if hypotheses is None else hypotheses
    place = place_of(path)
    write = {".toml": _toml, ".json": _json}.get(place.suffix.lower())
    if write is None:
        raise ConfigError("a registration is TOML or JSON", expected="a name in .toml or .json", got=place.name)
    text = write(registration(chosen), {h.id: _values(h) for h in chosen})
    try:
        with place.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        hint = "a registration is not overwritten: choose another name"
        raise ConfigError("there is a file already", where=place, hint=hint) from None
    return place


def registered(path: str | PathLike[str], hypotheses: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    """The hypotheses with what a file registers for them; those that it does not name as they are.

    Raises:
        ConfigError: It cannot be read; it names a hypothesis or key that there is not; a value has another type or
            lies outside its range; or it quotes another claim or version than this library has.
    """
    place = place_of(path)
    found = _read(place)
    known = {h.id: h for h in hypotheses}
    told = {name: values for name, values in found.items() if name != _HEAD}
    for name, values in told.items():
        if name not in known:
            raise ConfigError(
                "there is no such hypothesis", where=place, got=repr(name), hint=_near(name, known, "hypothesis")
            )
        if not isinstance(values, Mapping):
            raise _misfit(place, name, "a table of keys and values", values)
    return tuple(_with(h, told.get(h.id, {}), place) for h in hypotheses)


def changes(shipped: Iterable[Hypothesis], used: Iterable[Hypothesis]) -> tuple[Change, ...]:
    """What was registered otherwise than it ships, in the order of the hypotheses."""
    before = {h.id: h for h in shipped}
    return tuple(
        Change(h.id, key, _value(before[h.id], key), _value(h, key), _direction(before[h.id], h, key))
        for h in used
        if h.id in before
        for key in _OWN
        if getattr(h, key) != getattr(before[h.id], key)
    )


def _value(h: Hypothesis, key: str) -> float | None:
    value = getattr(h, key)
    return None if value is None else float(value)


def _direction(before: Hypothesis, after: Hypothesis, key: str) -> str:
    old, new = getattr(before, key), getattr(after, key)
    if key == "points":
        return "reweighted"
    if old is None or new is None:  # no value is grave, or none makes up a rate
        return "loosened" if new is None else "tightened"
    if key in ("veto", "min_sensitivity"):
        return "tightened" if new > old else "loosened"
    if key == "rate" or not after.floor:
        return "loosened" if new > old else "tightened"
    return "loosened" if new < old else "tightened"


def _values(h: Hypothesis) -> dict[str, Any]:
    own = {key: getattr(h, key) for key in _OWN if getattr(h, key) is not None}
    return {key: h.spec[key] for key in _FIXED} | own


def _read(place: Path) -> dict[str, Any]:
    try:
        text = place.read_text(encoding="utf-8")
        found = json.loads(text) if place.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ConfigError("the registration cannot be read", where=place, got=error.strerror) from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            "the registration cannot be read",
            where=place,
            expected="TOML, or JSON in a file called .json",
            got=error,
            hint="falsify.register(path) writes one",
        ) from None
    if not isinstance(found, dict):
        raise ConfigError("the registration is no table of hypotheses", where=place, got=type(found).__name__)
    return found


def _with(h: Hypothesis, told: Mapping[str, Any], place: Path) -> Hypothesis:
    for key, value in told.items():
        if key in _FIXED:
            _check_quoted(h, key, value, place)
        elif key not in _OWN:
            raise ConfigError(
                "a hypothesis has no such key",
                where=f"{place}, {h.id}",
                expected=", ".join(_OWN),
                got=repr(key),
                hint=_near(key, _OWN, "key"),
            )
    own = {key: _checked(h, key, told[key], place) for key in _OWN if key in told}
    done = replace(h, **own)
    if done.grave is not None and (done.grave > done.threshold if done.floor else done.grave < done.threshold):
        raise ConfigError(
            "a refutation would be grave before it is one",
            where=f"{place}, {h.id}.grave",
            expected=f"{'at most' if done.floor else 'at least'} the threshold, {done.threshold:g}",
            got=done.grave,
        )
    return done


def _check_quoted(h: Hypothesis, key: str, value: object, place: Path) -> None:
    if value == h.spec[key] and type(value) is type(h.spec[key]):
        return
    raise ConfigError(
        f"the {key} of a hypothesis is not a matter of registration",
        where=f"{place}, {h.id}.{key}",
        expected=repr(h.spec[key]),
        got=repr(value),
        hint="the file was written for another version of the test: write a new one with falsify.register",
    )


def _checked(h: Hypothesis, key: str, value: object, place: Path) -> Any:
    if key == "veto":
        if isinstance(value, bool):
            return value
        raise _misfit(place, f"{h.id}.veto", "true or false", value)
    shipped = getattr(h, key)
    if key == "rate" and shipped is None:
        hint = "its plants are whole corpora, so there is no share of rows to exclude: leave it out"
        raise ConfigError("this hypothesis has no rate", where=f"{place}, {h.id}.rate", got=repr(value), hint=hint)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _misfit(place, f"{h.id}.{key}", "a number", value)
    if key == "points" and not (isinstance(value, int) and value >= 0):
        raise _misfit(place, f"{h.id}.points", "a whole number, 0 or more", value)
    if key in _SHARES and not 0 < value < 1:
        raise _misfit(place, f"{h.id}.{key}", "a share between 0 and 1", value)
    return shipped if value == shipped else value  # 0.0 for 0 is no change, and must give no other hash


def _misfit(place: Path, where: str, expected: str, got: object) -> ConfigError:
    return ConfigError(
        "a registered value cannot be meant", where=f"{place}, {where}", expected=expected, got=repr(got)[:80]
    )


def _near(name: object, known: Iterable[str], what: str) -> str:
    return did_you_mean(name, known, alike=0.5) or f"falsify.register(path) writes every {what}"


def _toml(hashed: str, told: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [
        "# What refutes a corpus, fixed before anybody looks at it. `threshold`, `grave`, `rate`, `min_sensitivity`,",
        "# `points` and `veto` are yours to change; a change stands in the report. The rest is quoted from the code.",
        "",
        f"{_HEAD} = {json.dumps(hashed)}",
    ]
    for name, values in told.items():
        lines += [
            "",
            f"[{name}]",
            *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()),
        ]
    return "\n".join(lines) + "\n"


def _json(hashed: str, told: Mapping[str, Mapping[str, Any]]) -> str:
    return json.dumps({_HEAD: hashed, **told}, indent=2, ensure_ascii=False) + "\n"


def _told(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"
