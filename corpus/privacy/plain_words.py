"""Plain words that people choose for passwords and tell each other: "the wifi password is sunflower".

Nothing in such a word says what it is; its place does: behind the noun and a verb or a sign, at the end of a clause, and
no word that sentences about passwords have there. Of these lists in `data` name what has no ending to be known by, in
the languages of `rules_prose`; what has one (`required`, `gespeichert`, `obligatoire`) is known by it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

from corpus.privacy.placeholders import WORDS, dummy, reference
from corpus.privacy.rule import Candidate

__all__ = ["named_plainly", "quoted_plainly", "said_plainly", "told_plainly"]


_ENDING: Final = re.compile(
    r"(?i)\w{3,}ed|\w{4,}ing|\w{2,}(?:able|ible|ously|less|ness|ful(?:ly)?|[^if]ly|ative|sive|tive|tory|ment|tion|tions|sion|ality|ency|ance"
    r"|iert|ierte[nrs]?|bar|lich|isch|haft|ung|keit|heit|schaft|[^r]ig|baar|heid|lijke?|ische|eerd|eerde)"
    r"|ge\w{3,}(?:t|en)|ver\w{3,}(?:t|en)|be\w{4,}(?:t|en)|un(?:ge|be|ver)\w+|(?:ab|an|auf|aus|ein|hinter|zurück|über)ge\w+"
)
# Of languages that write nouns small, where a capital says that it is a name.
_ENDING_SMALL: Final = re.compile(
    r"\w{2,}(?:iques?|aires?|oires?|elles?|euses?|ables?|ibles?|blement|mment|mente|ción|sión|ções|ção|dade|idad|ável|ível|abile|ibile|zione|ità|ori[oa])"
    r"|\w{4,}ée?s?|\w{3,}(?:[aei]d[oa]s?|[aiu]t[oa])"
)
_VALUE: Final = re.compile(r"[^\W\d_]{3,20}(?:[-_.+&][^\W\d_]{1,16}){0,2}[-_.]?\d{0,4}[!?*$#%+]{0,3}")
# What is a password and nothing else; `pass`, `clave`, `parola`, `key` are other things more often.
_NOUN: Final = re.compile(
    r"(?i)(?:pass[ ]?(?:word|wort|phrase|code|wd)s?|passwd|pwd?|kennwort|zugangscode|wlan-?schl(?:ü|ue)ssel|mots? de passe|mdp|contrase(?:ñ|n)as?"
    r"|senhas?|palavra[- ]passe|parola d'ordine|wachtwoord|ww|psw|wi-?fi ?(?:key|code)"
    r"|clave(?: secreta)?(?= (?:del?|para)(?: la| el)? (?:wi-?fi|red|router|port[aá]til|correo|cuenta|ordenador|pc|m[oó]vil|tel[eé]fono|caja|alarma|acceso)\b))"
)
_SIGN: Final = re.compile(r"(?::|=|→|->|=>|–|—|[ \t]-)[\s*_(<\[]{0,6}(?:[`\"'„“‘]|«\s?)?$")
_VERB: Final = re.compile(
    r"(?i)(?:['’]s|[ \t](?:is|was|ist|war|lautet|lautete|hei(?:ß|ss)t|est|c['’]est|es|era|é|è|(?:should|will|must|has to) be|bleibt|blijft|reste|resta|rimane"
    r"|sera|será|sarà|sigue siendo))(?:[ \t](?:now|still|just|simply|currently|always|by default|jetzt|nun|noch|immer noch|einfach|derzeit|standardmäßig|toujours|encore"
    r"|maintenant|par défaut|ahora|siempre|todavía|por defecto|adesso|ancora|sempre|agora|ainda|nu|nog|nog steeds|standaard))?[\s:]+[*_(<\[]{0,4}(?:[`\"'„“‘]|«\s?)?$"
)
# "Changed the password to sunflower"; passwords are also added to accounts.
_TO: Final = re.compile(r"(?i)[ \t](?:to|auf|in)[\s:]+[*_(<\[]{0,4}(?:[`\"'„“‘]|«\s?)?$")
_CHANGED: Final = re.compile(
    r"(?i)\b(?:chang|re?set|set|updat|geänder|änder|gesetzt|gestellt|umgestellt|wijzig|gewijzig|veranderd)"
)
_SET: Final = re.compile(r"(?i)(?:chang|re?set|set|updat)")  # in English: in a place, and not to a word
# Sentences about passwords in general, and about what would be.
_GENERAL: Final = re.compile(
    r"(?i)\b(?:if|whether|when|whenever|unless|until|because|since|while|that|which|an|any|every|each|no|one|most|many|some|wenn|falls|ob|sobald"
    r"|weil|dass|ein|eine|kein|jedes|si|lorsque|quand|un|une|aucun|chaque|cuando|que|una|cada|se|quando|che|ogni|um|uma|als (?:het|je|uw|de)|indien|een|geen|elk"
    r"|not|nicht|pas|forgot(?:ten)?|your (?!\w+ password))[ \t]+(?:\w+[ \t]+){0,2}$"
)
_ARTICLE: Final = re.compile(r"(?i)(?:^|[^\w'-])a[ \t]+(?:\w+[ \t]+){0,2}$")
_TYPED: Final = re.compile(
    r"(?i)\b(?:type|format|min|max|length|hash|field|file|policy|manager|reset|hint|strength|generator|prompt|protection)\b"
)
_ENDS: Final = re.compile(
    r"[`\"'“”»’*_)\]>|]{0,3}(?:[.!,;)]*(?:\s*$|[ \t]+[:;]-?[)DP(])|[.!;,][`\"'“”»’*_)\]]{0,2}[ \t]+\S|[ \t]*[,(–—|-](?:[ \t]?\S|$)"
    r"|[ \t]+(?i:btw|lol|now|haha\w*|hehe\w*|ok|okay|please|pls|thx|thanks|xd|jetzt|bitte|danke|glaub|übrigens|maintenant|merci|stp|svp|jaja\w*|ahora|gracias"
    r"|ciao|adesso|grazie|agora|obrigad[oa]|kkk\w*|rsrs|hoor|nu|dank|until|till|for (?:now|all|everything)|bis|jusqu|tá|né)\b)"
)
# Behind a verb a clause may also go on; behind a sign a word that does so begins a sentence.
_GOES_ON: Final = re.compile(
    r"(?i)[ \t]+(?:for|if|when|in case|and|but|so|falls|wenn|und|aber|für|si|et|mais|pour|y|pero|para|se|e|ma|per|mas|als|en|maar|voor)\b"
)


# `mysecretpassword`, as documentation writes it.
_NAMED: Final = re.compile(r"(?i)passwor|secret")


@cache
def _listed(name: str) -> frozenset[str]:
    """Words of one of the lists: `said-of-passwords`, in nine languages, and `behind-password`, in compounds of two."""
    return frozenset((files("corpus.privacy") / "data" / f"{name}.txt").read_text("utf-8").split())


def _of_sentences(value: str) -> bool:
    """Whether a word, or a part of one that a sign joins, is what sentences say of passwords."""
    said = _listed("said-of-passwords")
    parts = re.split(r"[-_.+&]", value.casefold().rstrip("0123456789!?*$#%+-_."))
    if any(part in said or part in WORDS or _ENDING.fullmatch(part) for part in parts):
        return True
    return value.islower() and any(_ENDING_SMALL.fullmatch(part) for part in parts)


def _chosen(value: str) -> bool:
    """Whether somebody could have chosen a plain word for a password."""
    return (
        4 <= len(value) <= 32
        and _VALUE.fullmatch(value) is not None
        and not _of_sentences(value)
        and not _NAMED.search(value)
        and not dummy(value)
        and not reference(value)
        and (not value.isupper() or len(value) > 8)
    )


def said_plainly(found: Candidate) -> bool:
    """Whether a plain word behind noun and verb, or noun and sign, is the password: "the wifi password is sunflower"."""
    lead, value = found.lead, _unended(found.value)
    noun = _NOUN.match(lead)
    if found.code or noun is None or "</" in lead or not _chosen(value):  # `password settings</:subtitle>`
        return False
    if _TO.search(lead) and _CHANGED.match(found.after(24).lstrip()):
        return True  # "das Passwort auf Sonnenblume geändert"
    verb = _VERB.search(lead) is not None
    if not _ends(found, value) and not (verb and _GOES_ON.match(found.value[len(value) :] + found.after(24))):
        return False
    if _general(found) or _TYPED.search(lead[noun.end() :]):
        return False
    if lead.endswith(("'s ", "’s ")):  # "the password's owner" is no password
        return not value.isalpha() or not value.islower()
    if to := _TO.search(lead):
        changed = _CHANGED.search(_front(found) + lead + " " + found.after(24))
        return changed is not None and not (to[0].strip(" \t\n:`\"'*").lower() == "in" and _SET.match(changed[0]))
    return verb or _SIGN.search(lead) is not None


def _unended(value: str) -> str:
    """A value without what ends its clause; a sign that people add to a word stays."""
    return value.rstrip(".,;:)]}>\"'")


def _ends(found: Candidate, value: str) -> bool:
    """Whether a clause ends behind a value."""
    return _ENDS.match(found.value[len(value) :] + found.after(24)) is not None


def _front(found: Candidate) -> str:
    """What stands in front of the noun, on its line."""
    return found.data[max(0, found.outer - 40) : found.outer].decode("utf-8", "replace").rpartition("\n")[2]


def _general(found: Candidate) -> bool:
    """Whether the clause is about passwords in general; `a` is an article in English, and the in Portuguese."""
    front = _front(found)
    return _GENERAL.search(front) is not None or (
        _ARTICLE.search(front) is not None
        and found.lead[:2].lower() in {"pa", "pw"}
        and found.lead[:3].lower() != "pal"
    )


def told_plainly(found: Candidate) -> bool:
    """Whether a plain word right behind the noun is the password: "log in with the password sunflower"."""
    value = _unended(found.value)
    if found.code or not _chosen(value) or value.casefold() in _listed("behind-password") or _TYPED.search(found.lead):
        return False
    return _ends(found, value) and not _general(found)


def quoted_plainly(found: Candidate) -> bool:
    """Whether a plain word in quotes right behind the noun is the password: the password `sunflower`."""
    value = found.value
    return (
        not found.code and _chosen(value) and value.casefold() not in _listed("behind-password") and not _general(found)
    )


def named_plainly(found: Candidate) -> bool:
    """Whether a plain word is told to be used as the password: "use sunflower as the password"."""
    return not found.code and _chosen(found.value) and _AS.match(found.after(24)) is not None


_AS: Final = re.compile(r"(?i)[`\"'“”]?[ \t]{1,3}(?:as|als|comme|como|come)[ \t]")
