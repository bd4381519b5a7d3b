"""What a section answers: its headings as a question that can be asked without having the note at hand."""

from __future__ import annotations

import re
from typing import Final

from corpus.notes.phrases import ask

__all__ = ["definition_of", "question_for"]

_NUMBER: Final = re.compile(r"\A(?:(?:\d+|[IVX]+|[a-zA-Z])[.)](?:\d+[.)]?)*|\d+(?:\.\d+)+)\s+(?=\S)")
_SYMBOLS: Final = re.compile(r"\A[^\w\s¿¡(\[\"'`“«<$@.#/+-]+\s*|\s*[^\w\s)\]\"'`”»?!？！>$.+#-]+\Z")
_ASKING: Final = re.compile(
    r"(?:what|why|how|when|where|which|who|whose|can|could|do|does|did|is|are|should|will)\b"
    r"|(?:was|warum|wie|wann|wo|wer|welche[rs]?|kann)\b|(?:pourquoi|comment|quand|que|quel(?:le)?s?|qui)\b"
    r"|(?:por qué|cómo|qué|cuándo|dónde|quién)\b|(?:come|perché|quando|che cosa|cosa|cos'è|quale|chi)\b",
    re.IGNORECASE,
)
_HOW_TO: Final = re.compile(r"how to (?=\w)", re.IGNORECASE)
_VERBS: Final = frozenset(
    ["access", "activate", "add", "adjust", "allow", "append", "apply", "archive", "assign", "attach", "authorize", "automate", "avoid", "back", "block", "boot", "browse", "build", "bypass", "calculate", "call", "cancel", "capture", "change", "check", "choose", "clean", "clear", "clone", "close", "collapse", "collect", "combine", "compare", "compile", "compute", "configure", "confirm", "connect", "contact", "convert", "copy", "create", "customize", "cut", "debug", "declare", "define", "delete", "deploy", "describe", "design", "detect", "determine", "develop", "disable", "disconnect", "discover", "display", "distinguish", "divide", "download", "drag", "draw", "duplicate", "edit", "embed", "enable", "encrypt", "enter", "evaluate", "exclude", "execute", "exit", "expand", "explore", "export", "extend", "extract", "filter", "find", "fix", "focus", "fold", "follow", "force", "format", "generate", "get", "give", "go", "group", "handle", "hide", "highlight", "identify", "ignore", "implement", "import", "improve", "include", "increase", "initialize", "insert", "inspect", "install", "integrate", "invite", "join", "jump", "keep", "launch", "learn", "leave", "limit", "link", "list", "load", "locate", "lock", "log", "look", "make", "manage", "mark", "measure", "merge", "migrate", "minimize", "modify", "mount", "move", "multiply", "name", "navigate", "open", "optimize", "order", "organize", "override", "paste", "pause", "perform", "pin", "plan", "play", "prepare", "preserve", "prevent", "preview", "print", "prioritize", "process", "protect", "prove", "publish", "pull", "push", "put", "query", "quit", "read", "rebuild", "recover", "redirect", "redo", "reduce", "refer", "refactor", "refresh", "register", "reload", "remove", "rename", "render", "reorder", "repair", "replace", "report", "request", "require", "reset", "resize", "resolve", "restart", "restore", "restrict", "retrieve", "return", "reuse", "revert", "review", "rotate", "run", "save", "scan", "schedule", "search", "secure", "see", "select", "send", "separate", "serve", "set", "share", "show", "shut", "sign", "simplify", "skip", "solve", "sort", "specify", "split", "start", "stop", "store", "store", "submit", "subscribe", "summarize", "switch", "sync", "synchronize", "tag", "take", "tell", "test", "toggle", "track", "transfer", "translate", "troubleshoot", "turn", "uninstall", "undo", "unlock", "update", "upgrade", "upload", "use", "validate", "verify", "view", "visit", "watch", "work", "wrap", "write", "zoom"]
)
"""Verbs that begin a heading which says what to do; those that are as often nouns in headings are left out."""
_NOUN_AFTER: Final = re.compile(r"\w+\s*(?:$|[:(–—-]|and\b|or\b|of\b|in\b|for\b|is\b|are\b)", re.IGNORECASE)
_OVERVIEW: Final = frozenset(
    ["overview", "introduction", "intro", "summary", "about", "description", "general", "basics", "background", "definition", "preface", "abstract", "notes", "note", "content", "contents", "main", "tl;dr", "tldr", "übersicht", "einführung", "einleitung", "zusammenfassung", "beschreibung", "allgemein", "notizen", "introducción", "resumen", "descripción", "notas", "résumé", "description", "présentation", "introduzione", "riassunto", "descrizione", "panoramica", "introdução", "resumo", "descrição", "概述", "简介", "介绍", "摘要", "总结", "定义", "概要", "はじめに", "定義"]
)
_COPULA: Final[dict[str, str]] = {
    "en": r"(?:is|are|was|were|refers? to|means|describes?|denotes?|stands for)\b",
    "de": r"(?:ist|sind|war|waren|bedeutet|bezeichnet|beschreibt)\b",
    "fr": r"(?:est|sont|était|désigne|signifie)\b",
    "es": r"(?:es|son|era|significa|se refiere a)\b",
    "it": r"(?:è|sono|era|significa|indica)(?!\w)",
    "pt": r"(?:é|são|era|significa|refere-se a)(?!\w)",
    "zh": r"(?:是|指的是|指|为)",
    "ja": r"(?:とは|は)",
    "ru": r"(?:—|–|-|это)",
}
_ARTICLE: Final[dict[str, str]] = {
    "en": r"(?:(?:an?|the)\s+)?",
    "de": r"(?:(?:ein|eine|der|die|das)\s+)?",
    "fr": r"(?:(?:un|une|le|la|les)\s+|l['’])?",
    "es": r"(?:(?:un|una|el|la|los|las)\s+)?",
    "it": r"(?:(?:un|una|il|lo|la|i|gli|le)\s+|(?:un|l)['’])?",
    "pt": r"(?:(?:um|uma|o|a|os|as)\s+)?",
}


def question_for(title: str, headings: list[str], language: str, *, daily: bool = False) -> str:
    """The question that a section answers.

    Args:
        title: Of the note.
        headings: From the highest below the title to the section's own; empty for what stands before the first.
        language: ISO 639-1 of the note.
        daily: Whether the note is a daily one, whose title is its date.
    """
    names = [name for name in map(_bare, headings) if name and name.lower().rstrip(":") not in _OVERVIEW]
    names = [name for name in names if name.casefold() != title.casefold()]
    if daily:
        return (
            ask(language, "daily section", title=title, heading=names[-1])
            if names
            else ask(language, "daily", title=title)
        )
    if not names:
        asked = _asked(title, language)
        return ask(language, "asked", question=asked) if asked else ask(language, "note", title=title)
    context, own = [title, *names[:-1]], names[-1]
    asked = _asked(own, language)
    topic = ": ".join(context) if language in ("en", "") else " – ".join(context)
    if asked:
        if all(_holds(own, part) for part in context):
            return ask(language, "asked", question=asked)
        return ask(language, "asked in", title=topic, question=asked)
    if _holds(own, title) and len(context) == 1:
        return ask(language, "note", title=own)
    return ask(language, "section", title=topic, heading=own)


def _bare(heading: str) -> str:
    """A heading without its number, its signs and its closing colon."""
    before = ""
    while before != heading:
        before = heading
        heading = _NUMBER.sub("", _SYMBOLS.sub("", heading.strip()))
    return heading.strip()


def _asked(heading: str, language: str) -> str | None:
    """A heading that is a question or says what to do, as a question."""
    if heading.endswith(("?", "？")):
        return heading
    if language == "en":
        how = _HOW_TO.match(heading)
        if how:
            return f"How do I {_lower_first(heading[how.end() :])}?"
        first = heading.split(maxsplit=1)[0].lower() if heading else ""
        if first in _VERBS and " " in heading and not _NOUN_AFTER.match(heading):
            return f"How do I {_lower_first(heading)}?"
    if _ASKING.match(heading) and " " in heading and not heading.endswith((".", ":", "!")):
        return heading + (" ?" if language == "fr" else "?")
    return None


def _lower_first(text: str) -> str:
    """With a small first letter, unless the word is written in capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _holds(heading: str, title: str) -> bool:
    """Whether a heading says what its note is called."""
    words = {word.casefold() for word in re.findall(r"\w+", heading)}
    return all(word.casefold() in words for word in re.findall(r"\w+", title))


def definition_of(title: str, aliases: list[str], lead: str, language: str) -> str | None:
    """The question that a first paragraph answers when it says what the note's title is, or None.

    Args:
        title: Of the note.
        aliases: Its other names.
        lead: The first paragraph.
        language: ISO 639-1.
    """
    copula = _COPULA.get(language)
    if not copula or len(lead) < 30:
        return None
    said = re.sub(r"\*\*|__|==|`|[*_“”\"«»]", "", lead[:300])
    for name in (title, *aliases):
        words = re.escape(name)
        pattern = rf"{_ARTICLE.get(language, '')}{words}(?:e?s)?(?:\s*[（(][^()（）]*[)）])?,?\s*{copula}"
        if name.strip() and re.match(pattern, said, re.IGNORECASE):
            return ask(language, "what", term=name)
    return None
