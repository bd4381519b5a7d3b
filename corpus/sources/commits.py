"""Commits as lessons: a message is what is asked, the definition before is the material, and after is the answer.

After CommitPackFT (see `corpus.sources.messages`): one file is changed, by a person, in a language that is known, and
the message says in the imperative what was done. Its pairs are whole files of at most 768 tokens, before and after
together. Real files are longer, so here it is the innermost definition that holds the whole change (a function,
else its class), or a run of them beside each other, and the file only where it is as short as that. A definition
parses by itself, can be compared with the corpus' other rows, and holds what the change needs; a diff has none of
this and asks a model to count lines.

What is refused has a reason with a name. Reasons that need no file are counted while history is listed, the others
are skipped units.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from corpus import code
from corpus.entry import Entry, Origin, estimate_tokens
from corpus.sources.base import SkipUnit
from corpus.sources.history import Change, change_of, commits, text_of
from corpus.sources.messages import Message, message_of, refused
from corpus.sources.objects import TREE, Commit, Objects

__all__ = ["FileChange", "Settings", "change_in", "changes", "entry_of"]

MAX_FILE: Final = 50_000  # bytes (CommitPackFT)
_TOKENS: Final = (50, 2048)  # of both sides together, an estimate: half of what most trainers take
_NEIGHBOURS: Final = 6  # definitions on either side that may begin or end a run
_TRIED: Final = 4  # regions, of which the first that parses is taken
_STRICT_TOKENS: Final = (50, 768)  # CommitPackFT's

_BOT: Final = re.compile(
    r"\[bot\]|\bbots?\b|^(?:dependabot|renovate|greenkeeper|pre-commit-ci|github-actions|snyk|pyup|bors|mergify"
    r"|allcontributors|codecov|imgbot|weblate|travis|semantic-release)\b",
    re.IGNORECASE,
)


_DIGEST: Final = re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{32,128}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """Which commits count.

    Attributes:
        strict: Whether CommitPackFT's rules shall hold as they were written, on whole files.
        is_ours: Whether a commit's author counts.
        path_reason: From a path, why its file is left out, or None.
    """

    strict: bool
    is_ours: Callable[[Change], bool]
    path_reason: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class FileChange:
    """A commit that changed one file.

    Attributes:
        change: The commit, its author and its time.
        parent: Full id of the commit before.
        path: The file.
        before: Raw id of its blob before.
        after: Raw id of its blob after.
        message: What the commit says.
    """

    change: Change
    parent: str
    path: str
    before: bytes
    after: bytes
    message: Message


def changes(
    objects: Objects, start: bytes, settings: Settings, limit: int | None, refusals: Counter[str]
) -> Iterator[FileChange]:
    """The commits that count, youngest first.

    Args:
        objects: Of the repository.
        start: Raw id of the commit to begin at.
        settings: Which commits count.
        limit: How many commits to look at; None looks at all.
        refusals: Counts the others, by reason.
    """
    for number, (oid, commit) in enumerate(commits(objects, start)):
        if limit is not None and number >= limit:
            return
        found = change_in(objects, oid, commit, settings)
        if isinstance(found, FileChange):
            yield found
        else:
            refusals[found] += 1


def change_in(objects: Objects, oid: bytes, commit: Commit, settings: Settings) -> FileChange | str:
    """What a commit changed, or the reason for which it does not count. The cheapest questions come first."""
    if len(commit.parents) != 1:
        return "merge" if commit.parents else "first-commit"
    change = change_of(oid, commit)
    if _BOT.search(change.author_name) or _BOT.search(change.author_email.partition("@")[0]):
        return "bot"
    if not settings.is_ours(change):
        return "other-authors"
    message = message_of(text_of(commit.message, commit))
    reason = refused(message, "", strict=settings.strict)
    if reason:
        return reason
    file = _changed_file(objects, commit)
    if isinstance(file, str):
        return file
    path, before, after = file
    reason = settings.path_reason(path) or refused(message, path, strict=settings.strict)
    return reason or FileChange(change, commit.parents[0].hex(), path, before, after, message)


def _changed_file(objects: Objects, commit: Commit) -> tuple[str, bytes, bytes] | str:
    """The only file that differs from the parent's, with both of its blobs; or why there is none."""
    parent = objects.commit(commit.parents[0])
    if parent is None:
        return "missing-object"
    prefix, here, there = b"", commit.tree, parent.tree
    while True:
        ours, theirs = objects.tree(here), objects.tree(there)
        if ours is None or theirs is None:
            return "missing-object"
        names = {name for name, _ in ours.items() ^ theirs.items()}
        if len(names) != 1:
            return "several-files" if names else "no-file"
        name = names.pop()
        if name not in theirs or name not in ours:
            return "added-file" if name in ours else "removed-file"
        (mode, oid), (old_mode, old_oid) = ours[name], theirs[name]
        prefix += name
        if mode == TREE and old_mode == TREE:
            here, there, prefix = oid, old_oid, prefix + b"/"
            continue
        if mode != old_mode or oid == old_oid:
            return "mode"
        return prefix.decode("utf-8", "surrogateescape"), old_oid, oid


def entry_of(
    change: FileChange, before: bytes, after: bytes, language: str, *, strict: bool, source: str, license_: str | None
) -> Entry:
    """The row of a commit.

    Args:
        change: The commit.
        before: The file before.
        after: The file after.
        language: Of the file.
        strict: Whether CommitPackFT's bounds shall hold, on whole files.
        source: Name of the source, for the row's origins.
        license_: What the file says of its licence.

    Raises:
        SkipUnit: The change is too large, too small, or nothing to learn from.
    """
    for data in (before, after):
        if len(data) > MAX_FILE:
            raise SkipUnit("commit-file-too-large", f"{len(data)} bytes, limit {MAX_FILE}")
    old, new = _lines(before), _lines(after)
    regions = [] if strict else _regions(old, new, before, after, language)
    for start, below in [*regions[:_TRIED], (0, 0)]:
        old_end, new_end = len(old) - below, len(new) - below
        was, now = _text(old[start:old_end]), _text(new[start:new_end])
        parses = code.parses(was, language) and code.parses(now, language)
        if parses:
            break
    _check(was, now, _STRICT_TOKENS if strict else _TOKENS)
    if not strict:
        _check_digests(f"{was} {change.message.instruction}", now)
    commit, lines = change.change.commit, (start + 1, max(start + 1, new_end - (new[new_end - 1 : new_end] == [""])))
    return Entry(
        category="commit",
        task="change",
        instruction=change.message.subject if strict else change.message.instruction,
        input=was,
        output=now,
        symbol=commit[:12],
        path=change.path,
        line_start=lines[0],
        line_end=lines[1],
        language=language,
        license=license_,
        origins=(
            Origin(source, change.path, change.parent, start + 1, max(start + 1, old_end)),
            Origin(source, change.path, commit, *lines),
        ),
        signals={"well_formedness": float(parses)},
    )


def _check(was: str, now: str, bounds: tuple[int, int]) -> None:
    tokens = estimate_tokens(was) + estimate_tokens(now)
    if not was.strip() or not now.strip():
        raise SkipUnit("commit-one-sided", "there was nothing before, or is nothing after")
    if tokens > bounds[1]:
        raise SkipUnit("commit-too-long", f"{tokens} tokens before and after together, at most {bounds[1]}")
    if tokens < bounds[0]:
        raise SkipUnit("commit-too-short", f"{tokens} tokens before and after together, at least {bounds[0]}")
    before, after = was.split(), now.split()
    if before == after:
        raise SkipUnit("commit-blanks-only", "nothing but white space changed")
    if f" {' '.join(after)} " in f" {' '.join(before)} ":
        raise SkipUnit("commit-only-removes", "what is left stands in the question word for word")


def _check_digests(known: str, now: str) -> None:
    """Refuse an answer that nobody could give: the digests of a release that a package manager is told of."""
    unknown = set(_DIGEST.findall(now)).difference(_DIGEST.findall(known))
    if unknown:
        raise SkipUnit("commit-digest", f"{len(unknown)} digests in the answer that do not follow from the question")


def _lines(data: bytes) -> list[str]:
    return data.decode().removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


def _text(lines: list[str]) -> str:
    """Lines moved to the left margin by the indentation of the first."""
    first = lines[0] if lines else ""
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return "\n".join(line.removeprefix(indent) for line in lines)


def _regions(old: list[str], new: list[str], before: bytes, after: bytes, language: str) -> list[tuple[int, int]]:
    """The definitions, or runs of definitions beside each other, outside of which nothing changed; smallest first.

    Returns:
        For each how many lines stand above it and how many below, in both files.
    """
    above = _common(old, new)
    below = _common(old[above:][::-1], new[above:][::-1])
    spans = [_spans(lines, data, language) for lines, data in ((old, before), (new, after))]
    inside = [(start, end) for start, end in spans[0] & spans[1] if start <= above and end <= below]
    shared = [{span[side] for span in spans[0]} & {span[side] for span in spans[1]} for side in (0, 1)]
    starts = sorted((one for one in shared[0] if one <= above), reverse=True)[:_NEIGHBOURS]
    ends = sorted((one for one in shared[1] if one <= below), reverse=True)[:_NEIGHBOURS]
    runs = [(s, e) for s in starts for e in ends if all(_is_run(lines, s, len(lines) - e) for lines in (old, new))]
    return sorted({*inside, *runs}, key=lambda region: (-sum(region), region))


def _spans(lines: list[str], data: bytes, language: str) -> set[tuple[int, int]]:
    """For each function and type of a file, how many lines stand above it and how many below."""
    found = code.definitions(data, language)
    return {
        (d.line_start - 1, len(lines) - d.line_end) for d in found if d.category in ("function", "type") and d.symbol
    }


def _is_run(lines: list[str], start: int, end: int) -> bool:
    """Whether some lines are siblings: none of them stands further left than the first."""
    indent = len(lines[start]) - len(lines[start].lstrip(" \t")) if start < end else 0
    return start < end and all(not line.strip() or not line[:indent].strip() for line in lines[start:end])


def _common(one: list[str], other: list[str]) -> int:
    """How many lines two lists begin with alike."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
