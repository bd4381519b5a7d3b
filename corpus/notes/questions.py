"""What a section answers: its headings as a question that can be asked without having the note at hand."""

from __future__ import annotations

import re
from typing import Final

from corpus.notes.compose import heading_key
from corpus.notes.phrases import ask
from corpus.notes.words import MAYBE_VERBS, OVERVIEW, PLURALS, VERBS

__all__ = ["definition_of", "question_for"]

_NUMBER: Final = re.compile(r"\A(?:(?:\d+|[IVX]+|[a-zA-Z])[.)](?:\d+[.)]?)*|\d+(?:\.\d+)+)\s+(?=\S)")
_SYMBOLS: Final = re.compile(r"\A[^\w\s¿¡(\[\"'`“«<$@.#/+-]+\s*|\s*[^\w\s)\]\"'`”»?!？！>$.+#-]+\Z")
_ASKING: Final = re.compile(
    r"(?:what|why|how|when|where|which|who|whose|can|could|do|does|did|is|are|should|will)\b"
    r"|(?:was|warum|wie|wann|wo|wer|welche[rs]?|kann)\b|(?:pourquoi|comment|quand|que|quel(?:le)?s?|qui)\b"
    r"|(?:por qué|cómo|qué|cuándo|dónde|quién)\b|(?:come|perché|quando|che cosa|cosa|cos'è|quale|chi)\b",
    re.IGNORECASE,
)
_TELLING: Final = re.compile(r"(?:how|why|what|where|when|who) (?:I|we|my|our)\b", re.IGNORECASE)
_INTRODUCTION: Final = re.compile(r"(?:an? )?introduction to (?:an? |the )?(?=\w)", re.IGNORECASE)
_DEFINITION: Final = frozenset(["definition", "definizione", "définition", "definición", "definição", "定义", "定義"])
_HOW_TO: Final = re.compile(r"how to (?=\w)", re.IGNORECASE)
_NOUN_AFTER: Final = re.compile(
    r"\w+\s*(?:$|[:(–—/-]|of\b|is\b|are\b|(?:log|history|management|source|access|format)\b)", re.IGNORECASE
)
_TWO: Final = re.compile(r"\w+\s+(?:and|or)\s+(\w+)", re.IGNORECASE)
_OBJECT_AFTER: Final = re.compile(
    r"\w+\s+(?:an?|the|your|its|this|these|all|multiple|several|new|to|from|with|in|on|for|into|between)\b",
    re.IGNORECASE,
)
_TAIL: Final = r"((?:e?s)?)(?:\s*[（(][^()（）]*[)）])?,?\s*"
_COPULA: Final = {
    language: re.compile(_TAIL + verbs, re.IGNORECASE)
    for language, verbs in {
        "en": r"(is|are|was|were|refers? to|means|describes?|denotes?|stands for)\b",
        "de": r"(ist|sind|war|waren|bedeutet|bezeichnet|beschreibt)\b",
        "fr": r"(est|sont|était|désigne|signifie)\b",
        "es": r"(es|son|era|significa|se refiere a)\b",
        "it": r"(è|sono|era|significa|indica)(?!\w)",
        "pt": r"(é|são|era|significa|refere-se a)(?!\w)",
        "zh": r"(是|指的是|指|为)",
        "ja": r"(とは|は)",
        "ru": r"(—|–|-|это)",
    }.items()
}
_ARTICLE: Final = {
    language: re.compile(articles, re.IGNORECASE)
    for language, articles in {
        "en": r"(?:an?|the)\s+",
        "de": r"(?:ein|eine|der|die|das)\s+",
        "fr": r"(?:un|une|le|la|les)\s+|l['’]",
        "es": r"(?:un|una|el|la|los|las)\s+",
        "it": r"(?:un|una|il|lo|la|i|gli|le)\s+|(?:un|l)['’]",
        "pt": r"(?:um|uma|o|a|os|as)\s+",
    }.items()
}
_MARKS: Final = re.compile(r"\*\*|__|==|`|[*_“”\"«»]")


def question_for(title: str, headings: list[str], language: str, *, daily: bool = False) -> str:
    """The question that a section answers.

    Args:
        title: Of the note.
        headings: From the highest below the title to the section's own; empty for what stands before the first.
        language: ISO 639-1 of the note.
        daily: Whether the note is a daily one, whose title is its date.
    """
    names = [name for name in map(_bare, headings) if name]
    if len(names) == 1 and names[0].lower().rstrip(":") in _DEFINITION and not daily:
        return ask(language, "what", term=title)
    names = [name for name in names if name.lower().rstrip(":") not in OVERVIEW]
    names = [name for name in names if heading_key(name) != heading_key(title)]
    if daily:
        return (
            ask(language, "daily section", title=title, heading=names[-1])
            if names
            else ask(language, "daily", title=title)
        )
    if not names:
        asked = _asked(title, language)
        topic = _INTRODUCTION.sub("", title) if language == "en" else title
        return ask(language, "asked", question=asked) if asked else ask(language, "note", title=topic)
    context, own = [title, *names[:-1]], names[-1]
    asked = _asked(own, language)
    topic = title if len(context) == 1 else f"{title} ({', '.join(context[1:])})"
    if asked:
        if all(_holds(own, part) for part in context):
            return ask(language, "asked", question=asked)
        return ask(language, "asked in", title=topic, question=asked)
    if _holds(own, title) and len(context) == 1:
        return ask(language, "note", title=own)
    tie = PLURALS.get(own.lower()) if language == "en" else None
    if tie:
        return ask(language, "asked", question=f"What are the {own.lower()} {tie} {topic}?")
    if language == "en" and own.startswith(("The ", "A ", "An ")):
        own = _lower_first(own)
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
        two = _TWO.match(heading)
        if two and two[1].lower() not in VERBS | MAYBE_VERBS:
            return None
        if (first in VERBS and not _NOUN_AFTER.match(heading)) or (
            first in MAYBE_VERBS and _OBJECT_AFTER.match(heading)
        ):
            return f"How do I {_lower_first(heading)}?"
    if (
        _ASKING.match(heading)
        and not _TELLING.match(heading)
        and " " in heading
        and not heading.endswith((".", ":", "!"))
    ):
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
    said = _MARKS.sub("", lead[:300])
    article = _ARTICLE.get(language)
    start = article.match(said) if article else None
    begin = start.end() if start else 0
    folded = said[begin:].casefold()
    for name in (title, *aliases):
        found = copula.match(said, begin + len(name)) if name.strip() and folded.startswith(name.casefold()) else None
        if found and language == "en":
            term = said[: begin + len(name)] + found[1]
            first = _lower_first(term) if start else term
            return f"What {'are' if found[2].lower() in ('are', 'were') else 'is'} {first}?"
        if found:
            return ask(language, "what", term=name)
    return None
