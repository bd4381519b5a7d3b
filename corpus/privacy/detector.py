"""The detector: one pass for the literals of all rules, then each rule where its literals stand, then its checks.

Everything is linear in the text. The literals are found by one Aho-Corasick automaton over the text's bytes; a rule's
windows are joined before its RE2 pattern runs, so no rule sees a byte twice; a check looks at a bounded piece.
What would be cheaper to write, one regular expression after another over the whole text, costs a pass a rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from corpus.errors import ConfigError
from corpus.patterns import Search, Span, at_start, compiled, search_of, unanchored
from corpus.privacy.rule import Candidate, Finding, Rule
from corpus.privacy.rules import RULES

__all__ = ["VERSION", "Detector", "Finder", "kinds"]

VERSION: Final = "4"
"""Grows when a rule, a check or the order among findings changes: what was found by another version is found anew."""

FINGERPRINT: Final = "6c27601f6297e323"
"""Of the rules of this version, by `corpus.privacy.rules.fingerprint`; a test fails where these are others."""

Finder = Callable[[str], Iterable[Finding]]
"""Looks at a whole text for something that no rule describes, such as the names of known people."""

CODE: Final = frozenset(
    """
    ada c c# c++ c-sharp c_sharp clojure cpp crystal csharp cuda cython d dart delphi elixir elm erlang f#
    fortran fsharp go groovy haskell java javascript jsx julia kotlin lisp lua matlab nim objective-c objectivec
    ocaml pascal perl php python python3 py r ruby rust scala scheme solidity swift tsx typescript v vala
    verilog vhdl vue zig
    """.split()
)
"""Languages in which only a string literal can hold a secret; in a shell script, YAML or prose a bare word can."""

# How many matches of a rule may begin inside one that was refused.
_REFUSED: Final = 2
# Bytes of a refused match that are not looked into again.
_LONG: Final = 1024
_SEVERITY: Final = {"remove": 0, "redact": 1}
_ALNUM: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_Places = tuple[list[int], list[int]]  # where they start, where they end
# After so many candidates of a rule in a text what only repeats the one before is stepped over.
_REPEATED: Final = 64
_MANY: Final = 2000
# So many keywords of a rule are joined as arrays.
_BATCH: Final = 256
# Bytes that a match and all that its check looks at are in, reckoned generously.
_SEEN: Final = 2048
_SHORT: Final = 512


def kinds() -> tuple[str, ...]:
    """Every kind that the built-in rules find, sorted."""
    return tuple(sorted({rule.kind for rule in RULES}))


class Detector:
    """Finds secrets and personal data in texts.

    Args:
        kinds: The kinds to look for; all of them unless told otherwise.
        extra: Rules of one's own beside the built-in ones.
        finders: Further looks at the whole text, such as for the names of known people.

    Raises:
        ConfigError: A kind that no rule has, two rules of one name, or a pattern that RE2 does not read.
    """

    def __init__(
        self,
        *,
        kinds: Collection[str] | None = None,
        extra: Sequence[Rule] = (),
        finders: Sequence[Finder] = (),
    ) -> None:
        self._made_of = (None if kinds is None else tuple(kinds), tuple(extra), tuple(finders))
        rules = [*RULES, *extra]
        _check(rules, kinds)
        self.rules: tuple[Rule, ...] = tuple(rule for rule in rules if kinds is None or rule.kind in kinds)
        self._finders = tuple(finders)
        self._patterns = [compiled(rule.pattern, rule.name) for rule in self.rules]
        self._searches = [_search(rule, pattern) for rule, pattern in zip(self.rules, self._patterns, strict=True)]
        known = {rule.name for rule in RULES if rule.kind != "private-key"}
        self._bounded = [rule.name in known for rule in self.rules]
        self._automaton, self._users = _automaton(self.rules)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, self._made_of  # a worker compiles its own

    def find(self, text: str, *, language: str | None = None) -> list[Finding]:
        """Everything in a text that would have to go.

        Args:
            text: Any text.
            language: The programming language that it is written in, if it is code.

        Returns:
            Findings in order of their place, none overlapping another: of two that do, the more severe stays, then the
            longer, then the earlier.
        """
        data = text.encode("utf-8", "surrogatepass")
        spans = self._by_rules(data, code=language is not None and language.lower() in CODE)
        found = _in_characters(spans, data, len(text))
        for finder in self._finders:
            found.extend(finder(text))
        return _apart(found)

    def _by_rules(self, data: bytes, *, code: bool) -> list[Finding]:
        """What the rules find, in byte offsets."""
        found: list[Finding] = []
        taken = _Taken(len(data))
        for number, places in sorted(self._places(data).items()):
            look = self._at if self.rules[number].anchored else self._near
            new = look(number, data, places, code, taken)
            if new:
                taken.add(new)
                found += new
        return found

    def _places(self, data: bytes) -> dict[int, _Places]:
        """Where each rule looks: at its keywords, or around them, what touches joined; without keywords everywhere."""
        places: dict[int, _Places] = {n: ([0], [len(data)]) for n, rule in enumerate(self.rules) if not rule.keywords}
        if self._automaton is None:
            return places
        hits: dict[int, list[int]] = {}  # where each keyword ends
        # Latin-1 gives every byte a character: the automaton's positions are the text's bytes.
        for last, keyword in self._automaton.iter(data.lower().decode("latin-1")):
            if keyword in hits:
                hits[keyword].append(last)
            else:
                hits[keyword] = [last]
        of_rules: dict[int, list[tuple[int, list[int]]]] = {}
        for keyword, lasts in hits.items():
            for number, before in self._users[keyword]:
                of_rules.setdefault(number, []).append((before, lasts))
        for number, found in of_rules.items():
            rule = self.rules[number]
            many = sum(len(lasts) for _, lasts in found) > _BATCH
            places[number] = (_joined_at_once if many else _joined)(found, 0 if rule.anchored else rule.reach[1])
        return places

    def _at(self, number: int, data: bytes, places: _Places, code: bool, taken: _Taken) -> list[Finding]:
        rule, search, here = self.rules[number], self._searches[number], at_start()
        found: list[Finding] = []
        for start, end in zip(*places, strict=True):
            if not _starts(data, start):
                continue
            match = search(here, data, start, min(len(data), end + rule.reach[1]))
            if match[0][0] >= 0:
                value = _value(match, rule.group)
                spans = [value] if rule.grow is None else rule.grow(data, *value)
                if rule.action == "remove" or not taken.holds(spans):
                    found += _judged(rule, spans, match[0][0], data, code)
        return found

    def _near(self, number: int, data: bytes, places: _Places, code: bool, taken: _Taken) -> list[Finding]:
        rule, search, bounded = self.rules[number], self._searches[number], self._bounded[number]
        grow, group, anywhere = rule.grow, rule.group, unanchored()
        marks = taken.marks if rule.action == "redact" else b""
        found: list[Finding] = []
        seen = 0
        for low, high in zip(*places, strict=True):
            end = min(len(data), high)
            at = reached = last = max(low, 0)
            refused = strode = 0
            while at < end:
                match = search(anywhere, data, at, end)
                outer, over = match[0]
                if outer < 0:
                    break
                value = match[0] if len(match) == 1 else _value(match, group)
                spans: Sequence[Span] = (value,) if grow is None else grow(data, *value)
                if marks and spans and marks[spans[0][0]] and taken.holds(spans):
                    # Another rule has all of it: whether this one would have it too changes nothing.
                    at = reached = max(reached, over, spans[-1][1])
                    continue
                seen += 1
                if seen == _MANY and rule.among_many:
                    rule = replace(rule, check=rule.among_many)
                new = _judged(rule, spans, outer, data, code)
                behind = over if grow is None or not spans else max(over, spans[-1][1])
                stride, last = outer - last, outer
                if new:
                    found += new
                    at = reached = max(reached, behind)
                    refused, strode = 0, stride
                    continue
                refused = refused + 1 if outer < reached else 0
                if behind > reached:  # noqa: PLR1730 - run for every candidate, and `max` is three times as slow
                    reached = behind
                if stride == strode and bounded and seen > _REPEATED and _short(spans, outer):
                    skipped = _same_again(data, outer, stride, end)
                    if skipped:
                        at = reached = last = outer + skipped
                        refused = 0
                        continue
                strode = stride
                # What was refused may hold what is meant: in `"password", "password": "x"` the first match ends behind
                # the second name. But not again and again: `password=password=…` would take quadratic time.
                if refused == _REFUSED or over - outer > _LONG:
                    at = reached
                else:
                    at = max(outer + 1, min(value[0], over)) if value[0] != outer else outer + 1
        return found


def _joined(hits: Sequence[tuple[int, list[int]]], behind: int) -> _Places:
    """Windows around keywords, those that touch as one.

    Args:
        hits: Of each keyword how far it looks in front, and where it ends.
        behind: How far the rule looks behind a keyword; where it does not, each has a window of its own.
    """
    starts: list[int] = []
    ends: list[int] = []
    # Of keywords that end at one place the longest comes first.
    for last, start in sorted((last, last - before) for before, lasts in hits for last in lasts):
        if behind and ends and start <= ends[-1]:
            starts[-1] = min(starts[-1], start)
            ends[-1] = last + 1 + behind
        else:
            starts.append(start)
            ends.append(last + 1 + behind)
    return starts, ends


def _joined_at_once(hits: Sequence[tuple[int, list[int]]], behind: int) -> _Places:
    """As `_joined`, of so many that arrays are worth it."""
    import numpy as np

    lasts = np.concatenate([np.array(lasts, dtype=np.int64) for _, lasts in hits])
    starts = lasts - np.concatenate([np.full(len(lasts), before) for before, lasts in hits])
    order = np.lexsort((starts, lasts))
    starts, ends = starts[order], lasts[order] + (1 + behind)
    if not behind:
        return starts.tolist(), ends.tolist()
    apart = np.flatnonzero(np.concatenate([[True], starts[1:] > ends[:-1]]))
    return np.minimum.reduceat(starts, apart).tolist(), ends[np.append(apart[1:] - 1, len(ends) - 1)].tolist()


def _short(spans: Sequence[Span], outer: int) -> bool:
    return bool(spans) and spans[-1][1] - outer < _SHORT


def _same_again(data: bytes, at: int, stride: int, end: int) -> int:
    """How far the text goes on repeating its last so many bytes, less what a match and its checks can see.

    There a pattern matches as it did and its check refuses as it did: what repeats a million times is judged once.
    """
    if stride <= 0 or not data.startswith(data[at - stride : at - stride + 64], at):
        return 0
    if data[at : at + _SEEN] != data[at - stride : at - stride + _SEEN]:
        return 0
    reach, step = at, _SEEN
    while step >= _SEEN:
        if reach + step <= end and data[reach : reach + step] == data[reach - stride : reach - stride + step]:
            reach, step = reach + step, step * 2
        else:
            step //= 2
    return max(0, (reach - at - _SEEN) // stride * stride)


class _Taken:
    """Where something has been found: what lies in it whole is not judged again by rules that would do no more."""

    def __init__(self, length: int) -> None:
        self._length = length
        self.marks = bytearray()  # 1 inside a finding, 2 at its last byte

    def add(self, found: Iterable[Finding]) -> None:
        marks = self.marks = self.marks or bytearray(self._length + 1)
        for start, end, *_ in found:
            if start < end and marks.count(0, start, end) == end - start:
                marks[start:end] = b"\1" * (end - start - 1) + b"\2"

    def holds(self, spans: Sequence[Span]) -> bool:
        """Whether each of the spans lies in one finding."""
        marks = self.marks
        if not marks or not spans:
            return False
        for start, end in spans:
            if not marks[start] or start >= end or marks.find(0, start, end) >= 0 or marks.find(2, start, end - 1) >= 0:
                return False
        return True


def _search(rule: Rule, pattern: Any) -> Search:
    """A rule's search, which asks for groups only where it has to."""
    full = search_of(pattern)
    if not rule.closing:
        return full
    bounds = search_of(compiled(_GROUP.sub("(?:", rule.pattern), rule.name))
    closing, here = rule.closing, at_start()
    closed = False  # as the last one was: where one value is quoted the next is, and asking at once is cheaper

    def quick(where: Any, data: bytes, start: int, end: int) -> list[Span]:
        nonlocal closed
        if closed:
            spans = full(where, data, start, end)
            closed = data[spans[0][1] - 1] in closing
            return spans
        outer, over = bounds(where, data, start, end)[0]
        closed = outer >= 0 and data[over - 1] in closing
        return full(here, data, outer, end) if closed else [(outer, over), (over - 3, over)]

    return quick


_GROUP: Final = re.compile(r"\(\?P<\w+>")


def _again(kinds: tuple[str, ...] | None, extra: tuple[Rule, ...], finders: tuple[Finder, ...]) -> Detector:
    return Detector(kinds=kinds, extra=extra, finders=finders)


def _starts(data: bytes, start: int) -> bool:
    r"""Whether a token can start here: not inside a word, but behind an underscore, as in `key_AKIA…`.

    At an escape's end (`\n`, `%3D`) too, where the byte in front is a letter.
    """
    if start == 0 or data[start - 1] not in _ALNUM:
        return True
    return data[start - 2 : start] in {b"\\n", b"\\r", b"\\t"} or data[start - 3 : start - 2] == b"%"


def _value(spans: list[Span], group: int | None) -> Span:
    """Where the group stands that the rule names, or the last that took part; all of the match where none did."""
    if len(spans) == 2:
        return spans[1] if spans[1][0] >= 0 else spans[0]
    if group and spans[group][0] >= 0:
        return spans[group]
    best = -1
    chosen = spans[0]
    for span in spans[1:]:
        if span[1] > best:
            best, chosen = span[1], span
    return chosen


def _judged(rule: Rule, spans: Sequence[Span], outer: int, data: bytes, code: bool) -> list[Finding]:
    found = []
    check = rule.check
    for start, end in spans:
        candidate = Candidate(data, start, end, outer, code)
        if check is None or check(candidate):
            action = rule.action if rule.live is None or rule.live(candidate) else "redact"
            found.append(Finding(start, end, rule.kind, rule.name, action))
    return found


def _in_characters(found: list[Finding], data: bytes, length: int) -> list[Finding]:
    """Findings in characters instead of bytes; one pass over the text for all of them."""
    if len(data) == length:
        return found
    wanted = sorted({place for finding in found for place in (finding.start, finding.end)})
    characters: dict[int, int] = {}
    at = count = 0
    for place in wanted:
        count += len(data[at:place].decode("utf-8", "surrogatepass"))
        characters[place] = count
        at = place
    return [Finding(characters[f.start], characters[f.end], f.kind, f.rule, f.action) for f in found]


def _apart(found: list[Finding]) -> list[Finding]:
    """Of findings that overlap the more severe, then the longer, then the earlier, then the first by name."""
    found = sorted(one for one in found if one.start < one.end)
    kept: list[Finding] = []
    near: list[Finding] = []  # each overlaps one in front of it
    reach = 0
    for finding in found:
        if finding[0] >= reach:
            kept += near if len(near) < 2 else _settled(near)
            near = []
        near.append(finding)
        reach = max(reach, finding[1])
    return kept + (near if len(near) < 2 else _settled(near))


def _settled(near: list[Finding]) -> list[Finding]:
    start = near[0].start
    taken = bytearray(max(one.end for one in near) - start)
    kept = []
    for one in sorted(near, key=lambda f: (_SEVERITY[f.action], f.start - f.end, f.start, f.rule)):
        low, high = one.start - start, one.end - start
        if taken.find(1, low, high) < 0:
            taken[low:high] = b"\1" * (high - low)
            kept.append(one)
    return sorted(kept)


def _check(rules: Sequence[Rule], wanted: Collection[str] | None) -> None:
    names = [rule.name for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(
            f"Two rules are called {twice[0]!r}.", where="Detector(extra=)", hint="Give yours another name."
        )
    known = {rule.kind for rule in rules}
    unknown = sorted(set(wanted or ()) - known)
    if unknown:
        raise ConfigError(
            f"No rule finds {unknown[0]!r}.", where="Detector(kinds=)", expected=", ".join(sorted(known)), got=unknown
        )


def _automaton(rules: Sequence[Rule]) -> tuple[Any, list[list[tuple[int, int]]]]:
    """An automaton that numbers the keywords, and for each the rules that have it and how far in front they look."""
    import ahocorasick

    users: dict[bytes, list[tuple[int, int]]] = {}
    for number, rule in enumerate(rules):
        for keyword in map(str.encode, rule.keywords):
            # From a keyword's last byte to where its window starts.
            before = len(keyword) - 1 + (0 if rule.anchored else rule.reach[0])
            users.setdefault(keyword, []).append((number, before))
    if not users:
        return None, []
    automaton = ahocorasick.Automaton()
    for place, keyword in enumerate(users):
        automaton.add_word(keyword.decode("latin-1"), place)
    automaton.make_automaton()
    return automaton, list(users.values())
