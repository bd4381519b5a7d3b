"""Which commit messages are worth learning from: the rules of CommitPackFT, by name.

The rules are those of OctoPack (Muennighoff et al. 2023, arXiv:2308.07124; `dataset/commitpackft` of
bigcode-project/octopack). Three of them leave almost nothing of a well-kept repository, because they were made for
what anybody pushes to GitHub: a capital at the start refuses `printer: fix …`, no `#` refuses every squashed pull
request (GitHub adds ` (#123)`), and no stem of the file's name refuses "Fix models …" in `models.py`. So `(#123)` is
taken away first, a prefix's next word may be small, and only the whole file name counts. `strict` asks the rules as
they were written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

__all__ = ["RULES", "Message", "MessageRule", "message_of", "refused"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VERBS: Final = _words(
    """abort accelerate access accumulate add address adjust advance align allot allow amplify annotate append apply
    archive arrange attach augment automate backup boost break bring build bump call change check choose clarify
    clean clear clone combine comment complete compress concatenate configure connect consolidate convert copy
    correct cover create customize cut debug decipher declare decommission decomplexify decompress decrease
    decrypt define delete deploy designate destroy detach determine develop diminish disable discard disentangle
    dismantle divide document downgrade drop duplicate edit embed emphasize enable encrypt enforce enhance
    enlarge enumerate eradicate escalate establish exclude exit expand expedite expire extend facilitate fix
    format gather generalize halt handle hasten hide implement improve include increase increment indent index
    inflate initialize insert install integrate interpolate interrupt introduce join kill leverage load maintain
    make manage mark mask mend merge migrate modify monitor move multiply normalize optimize orchestrate order
    package paraphrase paste patch plug prepare prepend print provision purge put quit raise read reannotate
    rearrange rebase reboot rebuild recomment recompile reconfigure reconnect rectify redact redefine reduce
    refactor reformat refresh reimplement reinforce relocate remove rename reorder reorganize repackage repair
    rephrase replace reposition reschedule reset reshape resolve restructure return revert revise revoke reword
    rework rewrite rollback save scale scrub secure select send set simplify solve sort split stabilize
    standardize stipulate stop store streamline strengthen structure substitute subtract support switch
    synchronize tackle tag terminate test throw tidy transform transpose trim troubleshoot truncate tweak
    unblock uncover undo unify uninstall unplug unpublish unravel unstage unsync untangle unwind update upgrade
    use validate verify watch watermark whitelist withdraw work write"""
)
"""OctoPack's English imperatives, without those of two words."""

_MORE_VERBS: Final = _words(
    """accept allocate always amend assert attempt avoid be begin cache cap catch close compare compute consider count
    deal decode decouple defer delay demonstrate deny depend deprecate derive describe detect disallow display
    do don't ease elaborate eliminate emit encode ensure escape explain export expose extract factor factorize
    fail fall fetch fill finish flatten flush focus follow force gate generate get give guarantee guard have
    help highlight hint hoist ignore illustrate import indicate infer inject inline instrument invert keep leave
    let limit link list loosen lower match mention move name never notify offer omit open override parameterize
    parse pass permit pin point polish port prefer preserve prevent propagate provide push qualify quote re-add
    re-enable re-export recommend reject relax rely render report represent require respect restore restrict
    reuse run say separate share shift shorten show silence skip specify speed start state strip stub suggest
    suppress swap sync take teach tell tolerate track treat try turn unwrap wait wake warn wire wrap yield"""
)
"""Imperatives that OctoPack's list lacks and that begin the subjects of well-kept repositories; not `strict`."""

_CI: Final = re.compile(r"\[(?:skip ci|ci skip|skip-ci|ci-skip)\]", re.IGNORECASE)
_PULL: Final = re.compile(r"\s*\((?:#|gh-|GH-|PR ?#?|pull )\d+\)\.?\s*\Z")
_PREFIX: Final = re.compile(r"(?:[\w./*,+{}&-]+(?:\([^()]{1,40}\))?!?:|\[[^\[\]]{1,40}\])\s+(?=\S)")
_REFERENCE: Final = re.compile(
    r"#|\b[a-f0-9]{40}\b|\b(?:issue|bug|feature)s?\s*\d+|https?://|cherry picked", re.IGNORECASE
)
_MERGE: Final = re.compile(
    r"\bmerge (?:branch|pull request|remote|tag|commit)\b|signed-off-by|auto commit", re.IGNORECASE
)
_VERSION: Final = re.compile(
    r"(?:bump|set version|update version|release|prepare release)\b|v?\d+\.\d+(?:\.\d+)?\b", re.IGNORECASE
)
_PERSON: Final = re.compile(r"(?:^|\s)i(?:['\u2019](?:ve|m|ll|d))?(?:\s|$)", re.IGNORECASE)
_CHATTER: Final = re.compile(
    r"\bthanks to\b|\bcode ?review\b|\breview comments?\b|\bfeedback\b|\bwork in progress\b|\bwip\b|\bleetcode\b"
    r"|\btypos?\b|\bfix(?:up|ing)? (?:whitespace|lints?|linting|formatting|ci|tests?|build)\.?\Z"
    r"|\bupdate contributing\b|<\?xml",
    re.IGNORECASE,
)
_TRAILER: Final = re.compile(
    r"(?:[A-Z][A-Za-z]+(?:-[A-Za-z]+)+|Cc|Bug|Change|PR|Ref|Refs|Link|Issue|Fixes|Closes|Resolves|BUG)\s*:"
    r"|(?:(?:fix(?:e[sd])?|clos(?:e[sd]?)|resolve[sd]?|ref(?:s|erences)?|see(?: also)?|related(?: to)?"
    r"|part of|supersedes)[:\s]+)+(?:(?:[\w./-]*#|gh-|https?://)\S+[\s,.and]*)+\Z|\(cherry picked",
    re.IGNORECASE,
)
_UNPROSE: Final = re.compile(
    r"#\d|https?://|@|^#+ |\bPR\b|\bI\b|^\s*(?:[*+-]|\d+[.)]) |^(?: {4}|\t)|`{3}|^\s*>", re.MULTILINE
)
_BODY: Final = 800  # characters; a longer body tells a story, and not what to do


@dataclass(frozen=True, slots=True)
class Message:
    """A commit's message, taken apart.

    Attributes:
        whole: All of it.
        first: Its first line as written.
        subject: The first line without `[skip ci]`, prefix and pull request: what is asked for.
        body: What else it says, where that is prose; without trailers and references.
    """

    whole: str
    first: str
    subject: str
    body: str

    @property
    def instruction(self) -> str:
        """What a row asks: the subject as a sentence, and the body after it."""
        sentence = self.subject[:1].upper() + self.subject[1:]
        return f"{sentence}\n\n{self.body}" if self.body else sentence


def message_of(text: str) -> Message:
    """A message taken apart. `[ci]`, `net:`, `feat(parser)!:` before a subject and `(#123)` behind it are no words."""
    whole = text.strip()
    first, _, rest = whole.partition("\n")
    subject = _PULL.sub("", _CI.sub("", first).strip())
    subject = _PREFIX.sub("", subject, count=1) if _PREFIX.match(subject) else subject
    return Message(whole, first.strip(), subject.strip(), _body(rest))


def _body(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().split("\n")]
    body = "\n".join(line for line in lines if not _TRAILER.match(line.strip())).strip()
    body = re.sub(r"\n{3,}", "\n\n", body)
    return body if body and len(body) <= _BODY and not _UNPROSE.search(body) else ""


@dataclass(frozen=True, slots=True)
class MessageRule:
    """A reason not to learn from a message.

    Attributes:
        name: What the manifest calls it.
        claim: What it refuses, in one sentence.
        strict: Asked only where CommitPackFT's rules shall hold as they were written.
        refuses: From the message and the changed file's path, whether it is refused.
    """

    name: str
    claim: str
    refuses: Callable[[Message, str], bool]
    strict: bool = False


RULES: Final[tuple[MessageRule, ...]] = (
    MessageRule(
        "message-length", "The message has 5 to 10,000 characters.", lambda m, _: not 5 <= len(m.whole) <= 10_000
    ),
    MessageRule("merge", "The message is that of a merge or of a program.", lambda m, _: _has(_MERGE, m.first)),
    MessageRule("version", "The message says that a version changed.", lambda m, _: bool(_VERSION.match(m.subject))),
    MessageRule(
        "revert",
        "What is taken back says nothing of the code.",
        lambda m, _: m.subject.startswith(("Revert", "revert")),
    ),
    MessageRule("few-words", "The subject has more than 4 words.", lambda m, _: _few(m.first) or _few(m.subject)),
    MessageRule(
        "reference",
        "The subject says it all, without an issue, a commit or a link.",
        lambda m, _: _has(_REFERENCE, m.subject),
    ),
    MessageRule("first-person", "The subject is no diary.", lambda m, _: _has(_PERSON, m.subject)),
    MessageRule(
        "chatter",
        "The subject speaks of code, not of reviews, thanks or unfinished work.",
        lambda m, _: _has(_CHATTER, m.subject),
    ),
    MessageRule(
        "not-imperative", "The subject begins with a verb that tells what to do.", lambda m, _: not _imperative(m)
    ),
    MessageRule(
        "file-name", "The subject does not name the file.", lambda m, path: PurePosixPath(path).name in m.first
    ),
    MessageRule("reference", "The first line holds no '#'.", lambda m, _: "#" in m.first, strict=True),
    MessageRule(
        "not-capitalised", "The subject begins with a capital.", lambda m, _: not m.subject[:1].isupper(), strict=True
    ),
    MessageRule("not-imperative", "The verb is one of OctoPack's.", lambda m, _: _verb(m) not in _VERBS, strict=True),
    MessageRule(
        "file-name",
        "The subject does not hold the stem of the file's name.",
        lambda m, path: PurePosixPath(path).stem.rpartition(".")[2] in m.first,
        strict=True,
    ),
)
"""In the order in which they are asked; the first that refuses gives its name."""


def refused(message: Message, path: str, *, strict: bool) -> str | None:
    """The name of the first rule that refuses a message, or None.

    Args:
        message: From `message_of`.
        path: Of the file that the commit changed; empty to ask before that is known.
        strict: Whether CommitPackFT's rules shall hold as they were written.
    """
    for rule in RULES:
        if (strict or not rule.strict) and (path or rule.name != "file-name") and rule.refuses(message, path):
            return rule.name
    return None


def _has(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(text) is not None


def _few(subject: str) -> bool:
    return not (4 < len(subject.split()) < 1000 and 10 < len(subject) < 1000)


def _verb(message: Message) -> str:
    return message.subject.partition(" ")[0].lower().rstrip(",")


def _imperative(message: Message) -> bool:
    return _verb(message) in _VERBS or _verb(message) in _MORE_VERBS
