"""How questions are asked in the language that a note is written in, and which language that is.

A question in another language than its answer would teach a model to switch. Each kind of question has a few forms,
dealt by a hash of what is asked, so that no form is in all rows. Languages that are not here get the topic as the
question.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["PHRASES", "ask", "detect"]

PHRASES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "en": {
        "note": ("What do I need to know about {title}?", "Tell me about {title}.", "Give an introduction to {title}."),
        "section": (
            "What should I know about {heading} when it comes to {title}?",
            "{title}: what is there to know about {heading}?",
            "Explain {heading} in the context of {title}.",
        ),
        "what": ("What is {term}?", "What does {term} mean?"),
        "what in": (
            'What does "{term}" mean in the context of {title}?',
            'Explain "{term}" in the context of {title}.',
        ),
        "field": ("What is the {key} of {title}?", "{title}: what is the {key}?"),
        "daily": ("What did I note on {title}?",),
        "daily section": ("What did I note on {title} under {heading}?",),
        "asked": ("{question}",),
        "asked in": ("Regarding {title}: {question}", "{title}: {question}"),
        "related": ("What is related to {title}, and how?", "Which topics belong with {title}?"),
        "given": ("With these related notes at hand: {question}", "Here are related notes. {question}"),
    },
    "de": {
        "note": ("Was sollte ich über {title} wissen?", "Gib eine Einführung in das Thema {title}."),
        "section": ("{title}: Was ist zu {heading} zu sagen?", "Erkläre {heading} im Zusammenhang mit {title}."),
        "what": ("Was ist {term}?", "Was bedeutet {term}?"),
        "what in": ("Was bedeutet „{term}“ im Zusammenhang mit {title}?",),
        "field": ("{title}: Was ist hier {key}?",),
        "daily": ("Was habe ich am {title} notiert?",),
        "daily section": ("Was habe ich am {title} unter {heading} notiert?",),
        "asked": ("{question}",),
        "asked in": ("{title}: {question}",),
        "related": ("Was hängt mit {title} zusammen, und wie?",),
        "given": ("Beantworte mit Hilfe dieser Notizen: {question}",),
    },
    "fr": {
        "note": ("Que faut-il savoir sur {title} ?", "Présente le sujet {title}."),
        "section": ("{title} : que dire de {heading} ?", "Explique {heading} dans le contexte de {title}."),
        "what": ("Qu'est-ce que {term} ?", "Que signifie {term} ?"),
        "what in": ("Que signifie « {term} » dans le contexte de {title} ?",),
        "field": ("{title} : que dit le champ {key} ?",),
        "daily": ("Qu'ai-je noté le {title} ?",),
        "daily section": ("Qu'ai-je noté le {title} sous {heading} ?",),
        "asked": ("{question}",),
        "asked in": ("{title} : {question}",),
        "related": ("Qu'est-ce qui est lié à {title}, et comment ?",),
        "given": ("À partir de ces notes, réponds : {question}",),
    },
    "es": {
        "note": ("¿Qué hay que saber sobre {title}?", "Presenta el tema {title}."),
        "section": ("{title}: ¿qué hay que saber sobre {heading}?", "Explica {heading} en el contexto de {title}."),
        "what": ("¿Qué es {term}?", "¿Qué significa {term}?"),
        "what in": ("¿Qué significa «{term}» en el contexto de {title}?",),
        "field": ("{title}: ¿qué dice el campo {key}?",),
        "daily": ("¿Qué anoté el {title}?",),
        "daily section": ("¿Qué anoté el {title} en {heading}?",),
        "asked": ("{question}",),
        "asked in": ("{title}: {question}",),
        "related": ("¿Qué está relacionado con {title}, y cómo?",),
        "given": ("A partir de estas notas, responde: {question}",),
    },
    "it": {
        "note": ("Che cosa bisogna sapere su {title}?", "Introduci l'argomento {title}."),
        "section": ("{title}: che cosa c'è da sapere su {heading}?", "Spiega {heading} nel contesto di {title}."),
        "what": ("Che cos'è {term}?", "Che cosa significa {term}?"),
        "what in": ("Che cosa significa «{term}» nel contesto di {title}?",),
        "field": ("{title}: che cosa dice il campo {key}?",),
        "daily": ("Che cosa ho annotato il {title}?",),
        "daily section": ("Che cosa ho annotato il {title} in {heading}?",),
        "asked": ("{question}",),
        "asked in": ("{title}: {question}",),
        "related": ("Che cosa è collegato a {title}, e come?",),
        "given": ("Usando queste note, rispondi: {question}",),
    },
    "pt": {
        "note": ("O que é preciso saber sobre {title}?", "Apresente o tema {title}."),
        "section": ("{title}: o que é preciso saber sobre {heading}?", "Explique {heading} no contexto de {title}."),
        "what": ("O que é {term}?", "O que significa {term}?"),
        "what in": ("O que significa «{term}» no contexto de {title}?",),
        "field": ("{title}: o que diz o campo {key}?",),
        "daily": ("O que anotei em {title}?",),
        "daily section": ("O que anotei em {title} em {heading}?",),
        "asked": ("{question}",),
        "asked in": ("{title}: {question}",),
        "related": ("O que está relacionado com {title}, e como?",),
        "given": ("Com base nestas notas, responda: {question}",),
    },
    "zh": {
        "note": ("请介绍一下{title}。", "关于{title}，需要知道什么？"),
        "section": ("{title}：请解释{heading}。", "在{title}中，关于{heading}需要知道什么？"),
        "what": ("{term}是什么？", "什么是{term}？"),
        "what in": ("在{title}中，{term}是什么意思？",),
        "field": ("{title}的{key}是什么？",),
        "daily": ("我在{title}记了什么？",),
        "daily section": ("我在{title}的{heading}下记了什么？",),
        "asked": ("{question}",),
        "asked in": ("{title}：{question}",),
        "related": ("哪些内容与{title}有关？有什么关系？",),
        "given": ("请根据下面的笔记回答：{question}",),
    },
    "ja": {
        "note": ("{title}について教えてください。", "{title}とは何ですか。"),
        "section": ("{title}の{heading}について説明してください。",),
        "what": ("{term}とは何ですか。",),
        "what in": ("{title}における{term}とは何ですか。",),
        "field": ("{title}の{key}は何ですか。",),
        "daily": ("{title}に何を書きましたか。",),
        "daily section": ("{title}の{heading}に何を書きましたか。",),
        "asked": ("{question}",),
        "asked in": ("{title}：{question}",),
        "related": ("{title}に関係するものは何ですか。",),
        "given": ("次のノートをもとに答えてください：{question}",),
    },
    "ru": {
        "note": ("Что нужно знать о теме «{title}»?",),
        "section": ("«{title}»: что нужно знать о теме «{heading}»?",),
        "what": ("Что такое {term}?", "Что значит {term}?"),
        "what in": ("Что значит «{term}» в теме «{title}»?",),
        "field": ("«{title}»: что указано в поле «{key}»?",),
        "daily": ("Что я записал {title}?",),
        "daily section": ("Что я записал {title} в разделе «{heading}»?",),
        "asked": ("{question}",),
        "asked in": ("{title}: {question}",),
        "related": ("Что связано с темой «{title}», и как?",),
        "given": ("Ответь, опираясь на эти заметки: {question}",),
    },
    "": {
        "note": ("{title}",),
        "section": ("{title}: {heading}",),
        "what": ("{term}?",),
        "what in": ("{title}: {term}?",),
        "field": ("{title}: {key}?",),
        "daily": ("{title}",),
        "daily section": ("{title}: {heading}",),
        "asked": ("{question}",),
        "asked in": ("{title}: {question}",),
        "related": ("{title} ↔ ?",),
        "given": ("{question}",),
    },
}
"""Language (ISO 639-1, empty for any other) to kind of question to its forms."""

_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset(["the", "and", "of", "to", "is", "in", "that", "for", "you", "with", "this", "are", "be", "it"]),
    "de": frozenset(
        ["der", "die", "und", "das", "ist", "nicht", "ein", "eine", "mit", "den", "von", "zu", "auf", "wird"]
    ),
    "fr": frozenset(["le", "les", "des", "et", "est", "une", "dans", "que", "pour", "du", "qui", "vous", "sur", "au"]),
    "es": frozenset(["el", "los", "las", "que", "en", "una", "es", "por", "con", "para", "del", "se", "como", "más"]),
    "it": frozenset(["il", "di", "che", "è", "una", "per", "sono", "della", "con", "gli", "nel", "non", "si", "viene"]),
    "pt": frozenset(["os", "as", "que", "em", "uma", "é", "para", "com", "não", "do", "da", "dos", "você", "são"]),
    "nl": frozenset(
        ["het", "een", "van", "en", "dat", "niet", "voor", "met", "zijn", "deze", "je", "op", "wordt", "naar"]
    ),
    "pl": frozenset(
        ["jest", "nie", "się", "na", "że", "do", "który", "lub", "oraz", "przez", "jak", "po", "są", "dla"]
    ),
    "tr": frozenset(
        ["ve", "bir", "bu", "için", "ile", "olarak", "daha", "çok", "gibi", "olan", "veya", "de", "da", "ne"]
    ),
}
_TOKEN: Final = re.compile(r"[^\W\d_]+")
_SCRIPTS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("other", re.compile(r"[\u0370-\u03ff\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u1780-\u17ff]")),
)
_SAMPLE: Final = 2000
_ENOUGH: Final = 3  # words of a language that have to be found


def detect(text: str) -> str | None:
    """The language of a text as ISO 639-1, `other` for one that is not known here, None where too little is said.

    By script, then by its most frequent words: this decides in which language a question is asked, and nothing else.
    """
    sample = text[:_SAMPLE]
    letters = 0 if sample.isascii() else sum(map(str.isalpha, sample))
    for name, script in _SCRIPTS if letters else ():
        # Japanese has Chinese characters too; Chinese and Korean say in one letter what others say in three.
        if len(script.findall(sample)) > letters * (0.1 if name == "ja" else 0.2):
            return name
    counts = Counter(_TOKEN.findall(sample.lower()))
    found = {name: sum(counts[word] for word in words) for name, words in _WORDS.items()}
    (most, best), (next_, _) = sorted(((count, name) for name, count in found.items()), reverse=True)[:2]
    return best if most >= _ENOUGH and most > 1.5 * next_ else None


def ask(language: str, kind: str, **values: str) -> str:
    """A question of a kind, in a language; the form follows from what is asked.

    Args:
        language: ISO 639-1; one that is not in `PHRASES` gives the topic alone.
        kind: A key of `PHRASES`.
        **values: What the form names: `title`, `heading`, `term`, `key`, `question`.
    """
    forms = PHRASES.get(language, PHRASES[""])[kind]
    form = forms[zlib.crc32("\0".join((kind, *values.values())).encode(errors="replace")) % len(forms)]
    return form.format_map(values)
