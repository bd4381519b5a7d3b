"""Passwords and phrases that people tell each other: "my password is …", "das Passwort lautet …", twelve words in a row.

Sources: how it is said in chats and notes of eleven languages; CWE-522 for the rest.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

from corpus.privacy.placeholders import WORDS, dummy, reference
from corpus.privacy.plain_words import named_plainly, quoted_plainly, said_plainly, told_plainly
from corpus.privacy.rule import Candidate, Rule
from corpus.privacy.strength import password_like, random_like, turns, unquoted, wordy

__all__ = ["PROSE"]

# A noun of English, German, French, Spanish, Portuguese, Italian, Dutch, Russian, Polish, Swedish, Turkish, Czech; then
# what it opens; then a verb or a sign.
_NOUN: Final = (
    r"(?:pass ?(?:words?|wort|phrase|code|wd)|passwd|pwd?|pass|kennwort|zugangscode|wlan-?schl(?:ü|ue)ssel|mots? de passe|mdp"
    r"|contrase(?:ñ|n)as?|clave(?: secreta)?|senhas?|palavra[- ]passe|parola d'ordine|parola chiave|wachtwoord|ww|psw|парол(?:ь|я|ем)"
    r"|Парол(?:ь|я)|has(?:ł|l)o|l(?:ö|o)senord(?:et)?|(?:ş|s)ifre|heslo|wi-?fi ?(?:key|code)|network key|credentials?|creds)"
)
# The last part of a word: `Standardpasswort`.
_NOUN_JOINED: Final = r"(?:passwort|kennwort|wachtwoord|l(?:ö|o)senord(?:et)?)"
# Of languages whose letters RE2 takes for no part of a word, so that no boundary stands in front; and of some more.
_NOUN_ELSEWHERE: Final = (
    r"(?:(?:п|П)арол(?:ь|я|ем|ю|и|е)|ПАРОЛЬ|(?:п|П)ассворд|(?:п|П)асс[ \t:]|код от|密码|密碼|パスワード|비밀번호|كلمة المرور|كلمة السر|סיסמה|κωδικός|Κωδικός|(?:ş|Ş)ifre(?:si)?|mật khẩu|Mật khẩu"
    r"|[Kk]ata sandi|[Jj]elszó|[Ss]alasana|[Aa]dgangskoden?|[Pp]assordet?|[Pp]arola)"
)
_NOUNS_ELSEWHERE: Final = (
    "парол", "Парол", "ПАРОЛЬ", "пасс", "Пасс", "код от", "密码", "密碼", "パスワード", "비밀번호", "كلمة المرور", "كلمة السر", "סיסמה", "κωδικός",
    "Κωδικός", "şifre", "Şifre", "mật khẩu", "kata sandi", "jelszó", "salasana", "adgangskode", "passord", "parola",
)  # fmt: skip
_VERB: Final = (
    r"(?:is|was|'s|isn't|are|(?:should|will|must|has to) be|ist|war|lautet|lautete|hei(?:ß|ss)t|bleibt|blijft|reste|resta|rimane|sera|será|sarà|sigue siendo|est|c'est|(?:é|É|era|eh|es|foi|fue)|(?:è|e'|era)|to|in|auf|is nu|"
    r"это|был|теперь|to jest|jest|(?:ä|a)r|je|now|jetzt|still|now set to|nog steeds|ahora|agora|adesso|maintenant|сейчас)"
)
_NOUN_TOLD: Final = (
    r"(?:pass(?:word|wort|wd|code)|pwd?|kennwort|mot de passe|mdp|contraseña|senha|palavra-passe|wachtwoord|ww)"
)
_BETWEEN: Final = r"""(?:[ \t]{1,2}[^\s:=`"]{1,24}){0,8}?"""
# What speaks of passwords without the noun; a value there must look drawn.
_LOGIN: Final = r"(?:log-?ins?|zugang(?:sdaten)?|anmeldung|identifiants?|usuario|usuário|utente|credenciales|credenciais|credenziali|inloggegevens|ssid|wi-?fi|wlan|einloggen|anmelden)"
_LOCKED: Final = r"(?:encrypted|protected|unlocks?|decrypt|unzip|verschl(?:ü|ue)sselt|gesch(?:ü|ue)tzt|entsperr\w{1,6}|chiffrée?s?|protégée?s?|cifrad[oa]s?|protegid[oa]s?|protett[oa])"
_LOGINS: Final = (
    "login", "log-in", "zugang", "anmeldung", "identifiant", "usuario", "usuário", "utente", "credencia", "credenzia", "inloggegevens", "ssid",
    "einlogg", "anmeld", "encrypted", "protected", "unlock", "decrypt", "unzip", "verschl", "gesch", "entsperr", "chiffr", "protég", "cifrad", "protegid", "protett",
)  # fmt: skip
_SIGN: Final = r"(?:\s{0,3}(?::|=|→|->|=>|–|—|\|)|[ \t]-)"
_WRAP: Final = r"""[\s*_(<\[]{0,6}"""
_VALUE: Final = (
    r"""(?P<v>`[^`\n]{3,100}`|"[^"\n]{3,100}"|'[^'\n]{3,100}'|„[^\n]{3,100}?(?:“|”)|“[^\n]{3,100}?”|«[^\n]{3,100}?»|‘[^\n]{3,100}?’"""
    r"""|\*\*[^*\s]{3,100}\*\*|[^\s"'`*][^\s"'`]{2})"""
)
_CLOSING: Final = "\"'`*“”»’".encode()
# Who says it, as mail, IRC and messengers write that: `> `, `<bob> `, `[10:02] Bob: `, `21.11.26, 10:02 - Bob: `.
_SPEAKER: Final = (
    r"""(?:>[ \t]{0,2}|(?:[^\n]{0,40}[\])-][ \t]{1,2})?(?:<[^<>\n]{1,40}>[ \t]{1,2}|[^\n:<>]{1,40}:[ \t]{1,2}))?"""
)
_NOUNS: Final = (
    "pass", "pwd", "pw", "kennwort", "zugangscode", "wlan", "mot de passe", "mots de passe", "mdp", "contrase", "clave", "senha",
    "palavra", "parola", "wachtwoord", "psw", "ww:", "ww =", "ww is", "пароль", "пароля", "паролем", "Пароль", "Пароля", "hasło", "haslo", "lösenord", "losenord",
    "şifre", "sifre", "heslo", "wifi", "wi-fi", "network key", "credential", "creds",
)  # fmt: skip


_DIGIT: Final = re.compile(r"\d")
_FIGURE_OR_FILE: Final = re.compile(r"[\d.,:/%+-]+|[\w.-]+\.(?:com|org|net|py|md|txt|json|ya?ml|html?|js|ts|de|io)")
_JOINED: Final = re.compile(r"[A-Z]?[a-z]+['’-][a-zA-Z]+")
_OF_PROGRAMS: Final = re.compile(r"\w\(|[\]\[{}<>|=;]|\*\*|--|\.\.|^[\w-]+/[\w/-]+$")


def _said(found: Candidate) -> bool:
    """Whether what follows the verb is a password and not the rest of a sentence."""
    if found.code:
        return False
    value = found.value
    mark = found.data[found.start - 1 : found.start]
    quoted = mark in {b"`", b'"', b"'"} or found.data[found.start - 3 : found.start] in _QUOTES
    if said_plainly(found):
        return True
    if not quoted and value.isalpha() and value.islower():
        return False  # a word, as nearly everything is that stands behind another
    value = _stripped(value)
    if dummy(value) or (not quoted and _hands_over(found, value)):
        return False
    if quoted:
        return not _phrase(value) and password_like(value) and not _program(value)
    return _strong(value)


_QUOTES: Final = frozenset(quote.encode() for quote in "„“‘")
# `You can pass in HTTP2Client`, `options to pass to form2select`: the verb, not the noun.
_PASSING: Final = re.compile(r"(?i)pass[ \t]{1,2}(?:(?:it|them|this|that|these|as arguments?)[ \t]{1,2})?(?:to|in)\s")
_PASS_RATE: Final = re.compile(r"(?i)pass[ \t](?:rate|count|ratio|through|criteri)")
_VERBAL: Final = re.compile(
    r"(?i)(?:^|[.;:(]\s|\b(?:to|can|could|will|would|may|might|must|should|you|we|they|i|and|or|then|not|also|just|simply|please|it|which|that"
    r"|this)[ \t]{1,2})$"
)
# German and Dutch for what a password was changed to, and nearly always English.
_IN: Final = re.compile(r"(?i)\sin\s$")
_CHANGED: Final = re.compile(r"(?i)änder|aender|wijzig|ander|gesetzt|umge|aangepast|zet\b|omge|changed|cambia")


def _hands_over(found: Candidate, value: str) -> bool:
    """Whether a sentence is of what is passed to a function, or of what something is in: a name, and no password."""
    lead = found.lead
    if _PASS_RATE.match(lead):
        return True
    if _PASSING.match(lead) and _VERBAL.search(
        found.data[max(0, found.outer - 12) : found.outer].decode("utf-8", "replace").rpartition("\n")[2]
    ):
        return True
    return _IN.search(lead) is not None and _CHANGED.search(lead) is None and turns(value) < 4


def _program(value: str) -> bool:
    """Whether a value is an identifier or an expression; a number in it is what passwords have."""
    return not _DIGIT.search(value) and wordy(value) and turns(value) * 3 < len(value)


def _phrase(value: str) -> bool:
    return " " in value


def _stripped(value: str) -> str:
    return value.rstrip(".,;:!?)]}>\"'*_") or value


@lru_cache(maxsize=16384)
def _strong(value: str) -> bool:
    """Whether a bare word among words is a password: it has what words have not."""
    if not password_like(value) or _FIGURE_OR_FILE.fullmatch(value):
        return value.isdigit() and len(value) >= 6
    if _JOINED.fullmatch(value) or value.startswith(("http", "#", "[", "/", "\\", "-", "@", "(", "|")):
        return False
    letters = value.strip("!?.,")
    if letters.isalpha():
        return turns(letters) * 4 >= len(letters) >= 6
    if _program(value.rstrip("()")):
        return False
    if not value.isascii() and not _DIGIT.search(value):
        return False
    lower = value.lower().strip("0123456789!_-.*@#$")
    return lower not in WORDS and not reference(value) and not _OF_PROGRAMS.search(value)


def _marked(value: str) -> bool:
    """Whether a value has a digit, which words have not and passwords nearly always."""
    return _DIGIT.search(value) is not None


# What stands in front of a value in many languages; a word that ends in a number is one there and a name elsewhere.
_OPENS: Final = re.compile(
    r"(?i)(?:[:=→–—-]|\b(?:is|are|was|be|to|now|still|again|as|with|and|by|use|try|enter|ist|war|lautet|mit|auf|und|jetzt|noch|immer|nimm|est"
    r"|c'est|avec|et|en|toujours|maintenant|mis|es|siendo|puesto|messo|era|con|y|a|por|ahora|é|è|com|e|para|agora|ora|adesso|met|en|nu)|это|на|с|и|теперь)[\s\"'`*_(]{1,4}$"
)
_ASSEMBLED: Final = re.compile(
    r"(?i)\d{4}-\d\d-\d\dT[\d:.]+Z?|[\w.+-]+@[\w.-]+\.[a-z]{2,}|[\w-]+(?:\.[\w-]+)+\(?\)?"
    r"|[A-Za-z]+(?:[-_][A-Za-z]+)*[-_]?\d{1,3}(?:[-_][A-Za-z]+)+|(?-i:[a-z_]+\d?(?:_[a-z0-9]+)+)"
)


_DIGEST: Final = re.compile(r"(?i)[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _assembled(value: str) -> bool:
    """Whether a value is a digest or an identifier, or is made of words as names, addresses and dates are."""
    if _DIGEST.fullmatch(value):
        return True
    return _ASSEMBLED.fullmatch(value) is not None and (turns(value) < 4 or "@" in value or value[:2].isdigit())


def _drawn(value: str) -> bool:
    """Whether a word among words was drawn or bent for a password, whatever stands in front of it."""
    if not _marked(value) or not 6 <= len(value) <= 64 or _assembled(value) or not re.search(r"[A-Za-z]", value):
        return False
    return turns(value) >= 3 or (turns(value) >= 1 and re.search(r"[!#$%&*+=?@^~]", value) is not None)


def _in_sentence(found: Candidate) -> bool:
    """Whether a word behind the noun, in the same sentence, is the password that it speaks of."""
    value = _stripped(found.value)
    if found.code or not _strong_or_drawn(value):
        return False
    if _drawn(value) or (turns(value) >= 2 and _OPENS.search(found.before(24))):
        return True
    ends = (
        len(value) >= 8
        and re.search(r"[A-Za-z]{4}\d{2,4}$", value)
        and re.match(r"[\s.!,)]*(?:$|[:;]-?[)D])", found.after(8))
    )
    return bool(ends and _OPENS.search(found.before(24)))


def _before_noun(found: Candidate) -> bool:
    value = _stripped(found.value)
    if found.code or not _strong_or_drawn(value):
        return False
    if _PASSED.match(found.after(120)):
        return False
    said = _OPENS.search(found.before(24)) is not None or _SO_CALLED.match(found.after(24)) is not None
    return (_drawn(value) and turns(value) >= 3) or (
        said and _marked(value) and (turns(value) >= 2 or _ENDS.search(value) is not None)
    )


# `Qwen3Moe models to pass positions`: the verb.
_PASSED: Final = re.compile(
    r"(?i)[\"'`]?[,.]?[ \t]{1,2}(?:[^\s\d.]{1,20}[ \t]{1,2}){0,4}?(?:to|and|or|can|will|must|should|not|we|you)[ \t]{1,2}pass[ \t](?!is\b|for\b|as\b)"
)
_SO_CALLED: Final = re.compile(
    r"[\"'`,.]?\s{1,2}(?:as|als|comme|come|como|de|is (?:the|my|our)|ist (?:das|mein|unser)|einlog|anmeld)"
)
_ENDS: Final = re.compile(r"[A-Za-z]{4}[-._]?\d{2,4}[!#$%*?]?$")


def _abroad(found: Candidate) -> bool:
    """Whether a word of Latin letters and digits in a sentence of other letters is the password that it speaks of."""
    value = _stripped(found.value)
    if found.code or not _marked(value) or not _strong_or_drawn(value) or _assembled(value):
        return False
    ends = re.match(r"\s*(?:$|[,.;!)]|[:;]-?[)D])", found.after(6)) is not None or found.value != value
    return turns(value) >= 2 or (len(value) >= 8 and ends)


def _strong_or_drawn(value: str) -> bool:
    """As `_strong`, but signs that programs have too are a drawn password's."""
    if _strong(value):
        return True
    return (
        password_like(value)
        and _drawn(value)
        and re.search(r"\w\(|\*\*|--|\.\.\.|[\[\]{}<>|;]|^[A-Za-z_-]{2,}=|/", value) is None
        and not value.startswith(("http", "#", "[", "/", "\\", "-", "@", "(", "|"))
    )


def _assembled_by_words(value: str) -> bool:
    return turns(value) * 5 < len(value) or re.search(r"[a-z]{6}", value) is not None or "/" in value


def _told(found: Candidate) -> bool:
    value = _stripped(found.value)
    return not found.code and _marked(value) and _strong_or_drawn(value)


def _answered(found: Candidate) -> bool:
    """Whether the line below a noun is its value: alone behind a question, drawn behind anything else."""
    value = _stripped(found.value)
    if found.code or not _marked(value) or not _strong_or_drawn(value):
        return False
    asked, _, said = found.lead.partition("\n")
    alone = re.search(r"(?:^|[:>\])-] )$", said.strip("\n")) is not None
    if "?" not in asked:
        return _drawn(value) and "," not in value
    return alone or turns(value) >= 1


_GLANCE: Final = re.compile(rb"[^\s\d!#$%&*+?@^~]*[\d!#$%&*+?@^~]\S*")


def _at_a_glance(found: Candidate) -> bool:
    """What is asked of the thousands that a text has too many of: a digit or a sign. It leaves out less than the checks do."""
    return not found.code and _GLANCE.fullmatch(found.data, found.start, found.end) is not None


def _plainly(found: Candidate) -> bool:
    return not found.code and _marked(found.value) and _strong(_stripped(found.value))


def _beside(found: Candidate) -> bool:
    """Whether a word right behind the noun is a password: it must look drawn, nothing else says so."""
    value = _stripped(found.value)
    if found.code or not _strong(value) or not _marked(value):
        return False
    # `pw oatmeal2019` at a line's end; in the midst of one it might be any name that ends in a number.
    ends = re.fullmatch(r"[.!]?\s*", found.after(3)) and re.fullmatch(r"[A-Za-z]{4,}\d{2,4}", value)
    return turns(value) >= 2 or bool(ends)


def _network(found: Candidate) -> bool:
    return _told(found) and (found.value[0].isalpha() or _drawn(_stripped(found.value)))


# Words that a sentence about a phrase has, and a phrase that was drawn has not.
_SENTENCE: Final = re.compile(
    r"(?i)\b(?:a|an|the|this|that|is|are|was|not|no|never|and|or|but|for|from|with|without|your|you|our|their|its|any|all|when|then|than"
    r"|what|which|used|stored|set|sent|kept|read|same|too|very|must|should|will|can|only|also|needed|required|correct[ ]and|auf|der|die|das"
    r"|und|nicht|des|les|pas|pour|que|una|para|por|per|non|het|een|niet)\b"
)


def _pin(found: Candidate) -> bool:
    return not found.code and not dummy(found.value) and re.fullmatch(r"19[5-9]\d|20[0-3]\d", found.value) is None


def _signal(found: Candidate) -> bool:
    """Six groups and not one more: a table of figures has others beside it."""
    if found.code:
        return False
    groups = re.findall(r"\d{5}", found.value)
    before, after = found.before(12), found.after(12)
    neighbours = re.search(r"\d[\s,;|-]{0,3}$", before) or re.match(r"[\s,;|-]{0,3}\d", after)
    return not neighbours and len(set(groups)) > 3


def _signal_pool(found: Candidate) -> bool:
    value = re.sub(r"\s", "", found.value)
    return bool(re.search(r"[g-z]", value)) and turns(value) >= 12 and not re.search(r"[^a-z0-9]", value)


@cache
def _words() -> dict[str, int]:
    """BIP 39's English words, in the order that the standard numbers them in."""
    text = (files("corpus.privacy") / "data" / "bip39-english.txt").read_text("ascii")
    return {word: number for number, word in enumerate(text.split())}


_SEPARATED: Final = re.compile(r"[A-Za-z]+")
_LENGTHS: Final = (24, 21, 18, 15, 12)
# A longer run of the list's words is the list, or an exercise with it, or several phrases, each on a line of its own.
_LONGEST_RUN: Final = 30


def _seeds(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """The runs of the list's words that are as long as a phrase, or hold one whose checksum is right."""
    words = _words()
    found: list[tuple[int, int]] = []
    run: list[tuple[int, int, int]] = []
    for match in _SEPARATED.finditer(data[start:end].decode("latin-1") + " -"):
        number = words.get(match.group().lower())
        if number is not None:
            run.append((start + match.start(), start + match.end(), number))
            continue
        found.extend(_phrases_in(run, data))
        run = []
    return [*found, *_phrases_in(run, data)]


def _phrases_in(run: list[tuple[int, int, int]], data: bytes) -> list[tuple[int, int]]:
    """What of a run is a phrase, or holds one; of a run that is too long its lines with a checksum that is right."""
    if len(run) <= _LONGEST_RUN:
        return _phrase_in(run)
    ends = [at for at in range(1, len(run)) if b"\n" in data[run[at - 1][1] : run[at][0]]]
    lines = [run[begin:end] for begin, end in pairwise([0, *ends, len(run)])]
    return [(line[0][0], line[-1][1]) for line in lines if _is_phrase([number for _, _, number in line])]


def _is_phrase(numbers: list[int]) -> bool:
    """Whether this is a phrase with a right checksum, and no line of the list itself, which is sorted."""
    return len(numbers) in _LENGTHS and numbers != sorted(numbers) and _sums(numbers)


def _phrase_in(run: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """The whole run if a phrase is in it: the words around one may be the list's too (`seed phrase: …`)."""
    numbers = [number for _, _, number in run]
    if not _LENGTHS[-1] <= len(run) <= _LONGEST_RUN or len(set(numbers)) < 8:
        return []
    return [(run[0][0], run[-1][1])] if len(run) in _LENGTHS or _holds_phrase(numbers) else []


def _holds_phrase(numbers: list[int]) -> bool:
    return any(_sums(numbers[at : at + length]) for length in _LENGTHS for at in range(len(numbers) - length + 1))


def _sums(numbers: list[int]) -> bool:
    """Whether the phrase's last bits are the first of its entropy's SHA-256 (BIP 39, "Generating the mnemonic")."""
    checksum = len(numbers) * 11 // 33
    whole = 0
    for number in numbers:
        whole = whole << 11 | number
    entropy = (whole >> checksum).to_bytes((len(numbers) * 11 - checksum) // 8, "big")
    return hashlib.sha256(entropy).digest()[0] >> (8 - checksum) == whole & ((1 << checksum) - 1)


def _valid_seed(found: Candidate) -> bool:
    numbers = [_words().get(word.lower()) for word in _SEPARATED.findall(found.value)]
    return _holds_phrase([number for number in numbers if number is not None])


PROSE: Final[tuple[Rule, ...]] = (
    Rule(
        name="password-said",
        kind="password",
        pattern=rf"(?i)(?:(?:\b{_NOUN}(?:\b|'s|’s)|{_NOUN_JOINED}\b)[*_]{{0,2}}{_BETWEEN}(?:[ \t]{{1,2}}{_VERB}(?:{_SIGN}|[ \t\n])|{_SIGN})|\b{_NOUN}['’]s[ \t])(?:[ \t]?(?:now|still|just|simply|currently|always|by default|jetzt|nun|noch|immer noch|einfach|derzeit|standardmäßig|set to|changed to|toujours|encore|maintenant|par défaut|ahora|siempre|todavía|por defecto|agora|sempre|ainda|adesso|ancora|nu|nog steeds|nog|standaard|teraz)[ \t:])?{_WRAP}{_VALUE}",
        keywords=_NOUNS,
        reach=(2, 340),
        grow=unquoted,
        closing=_CLOSING,
        check=_said,
        among_many=_at_a_glance,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="password-said-in-cyrillic",
        kind="password",
        pattern=rf"{_NOUN_ELSEWHERE}{_BETWEEN}\s{{0,2}}(?:это|был|теперь|сейчас|是|は|는|은|είναι|היא|הוא|هي|là|este|on|är|er|adalah|：|:|=|-|–|—|→)?(?:\s?(?:это|:|：))?{_WRAP}{_VALUE}",
        keywords=_NOUNS_ELSEWHERE,
        reach=(0, 340),
        grow=unquoted,
        closing=_CLOSING,
        check=_said,
        among_many=_at_a_glance,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="password-said-behind-a-sign",
        kind="password",
        pattern=rf"{_NOUN_ELSEWHERE}(?:[ \t]{{1,2}}[^\s:=：`\"]{{1,24}}){{1,6}}\s{{0,2}}(?:：|:|=|→|[–—-][ \t]){_WRAP}{_VALUE}",
        keywords=_NOUNS_ELSEWHERE,
        reach=(0, 340),
        grow=unquoted,
        closing=_CLOSING,
        check=_said,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="password-answered",
        kind="password",
        pattern=rf"(?i)(?:\b{_NOUN}|{_NOUN_ELSEWHERE})(?:\b|[\s?])[^\n]{{0,60}}\n{{1,2}}{_SPEAKER}(?:[^\s:]{{1,10}}[:,]?[ \t]){{0,4}}?(?P<v>[^\s\"'`]{{5,60}})(?:[ \t.!,]{{0,4}}|[ \t][:;]-?[)DP])(?:\r?\n|$)",
        keywords=(*_NOUNS, *_NOUNS_ELSEWHERE),
        reach=(2, 320),
        check=_answered,
        among_many=_at_a_glance,
        source="CWE-522; how it is asked for in chats",
    ),
    Rule(
        name="password-in-sentence",
        kind="password",
        pattern=rf"(?i)\b(?:{_NOUN}|{_LOGIN}|{_LOCKED})(?:\b|'s|’s)[:,]?(?:[ \t]{{1,2}}[^\s\d]{{1,24}}){{0,14}}?[ \t]{{1,2}}(?:[\"'`*_(]|«|„|“){{0,4}}(?P<v>[^\s\d\"'`]{{0,50}}\d[^\s\"'`]{{0,60}})",
        keywords=(*_NOUNS, *_LOGINS),
        reach=(2, 460),
        check=_in_sentence,
        among_many=_at_a_glance,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="password-before-noun",
        kind="password",
        pattern=rf"(?i)(?:^|[\s\"'`(])(?P<v>[^\s\d\"'`(]{{0,40}}\d[^\s\"'`]{{0,40}})[\"'`]?[,.]?[ \t]{{1,2}}(?:[^\s\d.]{{1,20}}[ \t]{{1,2}}){{0,8}}?(?:{_NOUN}|{_LOGIN})\b",
        keywords=(*_NOUNS, *_LOGINS),
        reach=(290, 40),
        check=_before_noun,
        among_many=_at_a_glance,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="password-in-sentence-elsewhere",
        kind="password",
        pattern=rf"{_NOUN_ELSEWHERE}[^\n!-~]{{0,80}}?(?:[ \t]{{1,2}}[^\s\d]{{1,40}}){{0,8}}?[^\n!-~]{{0,40}}?[ \t:]{{0,3}}[\"'`*_(]{{0,4}}(?P<v>[!-/:-~]{{0,50}}\d[!-~]{{0,60}})",
        keywords=_NOUNS_ELSEWHERE,
        reach=(0, 460),
        check=_abroad,
        among_many=_at_a_glance,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="password-before-noun-elsewhere",
        kind="password",
        pattern=rf"(?:^|[\s\"'`(])(?P<v>[!-/:-~]{{0,40}}\d[!-~]{{4,40}})[\"'`]?[,.]?[ \t]{{1,2}}(?:[^\s\d.]{{1,40}}[ \t]{{1,2}}){{0,3}}?{_NOUN_ELSEWHERE}",
        keywords=_NOUNS_ELSEWHERE,
        reach=(220, 20),
        check=_abroad,
        among_many=_at_a_glance,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="secret-said",
        kind="secret",
        pattern=r"""(?i)(?:\b(?:api[ -]?keys?|tokens?|secret(?:[ -]keys?)?|access keys?|cl(?:é|e)s? (?:d'|de l'|de )?(?:api|secr\w{1,5})|(?:api|zugangs)[ -]?schl(?:ü|ue)ssel|clave (?:de )?(?:la )?(?:api|secreta)|chiave api|chave (?:da |de )?api)|токен|ключ)(?:[ \t]{1,2}[^\s\d]{1,24}){0,6}?[:=]?[ \t]{1,2}["'`*_(]{0,3}(?P<v>[A-Za-z0-9._~+/=-]{16,200})""",
        keywords=(
            "key",
            "token",
            "secret",
            "clé api",
            "clés api",
            "clé d",
            "clé s",
            "cle api",
            "schlüssel",
            "schluessel",
            "clave",
            "chiave api",
            "chave",
            "токен",
            "ключ",
        ),
        reach=(12, 420),
        check=lambda found: (
            not found.code and random_like(_stripped(found.value), shortest=16) and not _assembled_by_words(found.value)
        ),
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="login-with",
        kind="password",
        pattern=r"""(?i)(?:\b(?:log(?:ged|ging)?[ -]?in|sign(?:ed)?[ -]?in|get in|connecte[sz]?(?:-toi|-vous)?|anmelden?|einloggen|melde|entra|con[eé]ctate|accedi|loga)\b|зайди|войди|логинься)[^\n.]{0,30}?[ \t](?:as|with|avec|en tant que|mit|als|con|como|com|come|под|как)[ \t]{1,2}["'`]?[\w.@+-]{2,60}["'`]?[ \t]{1,2}(?:and|with|und|mit|et|avec|y|e|con|com|и|с|/)[ \t]{1,2}["'`]?(?P<v>[^\s"'`]{6,60})""",
        keywords=(
            "log in",
            "log-in",
            "login",
            "logged in",
            "sign in",
            "signed in",
            "get in",
            "connecte",
            "anmeld",
            "einlogg",
            "melde",
            "entra ",
            "conectate",
            "conéctate",
            "accedi",
            "loga ",
            "зайди",
            "войди",
            "логинься",
        ),
        reach=(1, 240),
        check=_told,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="password-so-called",
        kind="password",
        pattern=r"""(?i)(?:^|\s)(?P<v>[^\s"'`()]{5,60})[ \t]{1,2}\((?:(?:that's|thats|das ist|c'est|es)[ \t])?(?:(?:the|my|our|das|mein|le|mon|la|mi)[ \t])?(?:new[ \t])?(?:password|passwort|pw|mot de passe|contraseña)\)""",
        keywords=("password)", "passwort)", "pw)", "mot de passe)", "contraseña)"),
        reach=(110, 2),
        check=_plainly,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="key-to-something",
        kind="password",
        pattern=r"""(?i)\b(?:key|code|combination|schlüssel)[ \t](?:to|for|of|zum|für|fürs)[ \t](?:(?:the|my|our|das|den|unser)[ \t])?(?:wi-?fi|wlan|safe|alarm|router|network|netzwerk|door|gate|account|server|laptop|phone|vault)[ \t](?:is|ist|lautet)(?:[ \t](?:now|jetzt))?:?[ \t]{1,2}["'`]?(?P<v>[^\s"'`]{5,60})""",
        keywords=("key to", "key for", "key of", "code to", "code for", "code of", "combination", "schlüssel"),
        reach=(1, 140),
        check=_plainly,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="login-told",
        kind="password",
        pattern=r"""(?i)(?:\buser(?:name|id)?|\blogin|\bbenutzer(?:name)?|\bu)[ \t:=]{1,4}[\w.@+-]{2,60}[ \t]{0,2}[,;/]?[ \t]{1,2}(?:(?:and|und|et|y)[ \t])?(?:pass(?:word|wd|wort)?|pwd?|kennwort|p)[ \t:=]{1,4}["'`]?(?P<v>[^\s"'`]{5,60})""",
        keywords=(
            " pass ",
            " pass:",
            " pass=",
            " password ",
            " password:",
            " password=",
            " passwd",
            " passwort",
            " kennwort",
            " pw",
            " p:",
        ),
        reach=(100, 80),
        check=_plainly,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="password-beside",
        kind="password",
        pattern=r"(?i)\b(?:pass(?:word|wd|wort|code)?|pwd?|kennwort|senha|mdp|wachtwoord|contraseña|passphrase|clave|mot de passe|palavra-passe|has(?:ł|l)o|heslo|l(?:ö|o)senord(?:et)?|lozinka)[ \t]{1,3}(?P<v>[^\s\"'`=:|<>()]{6,64})",
        keywords=_NOUNS,
        reach=(1, 90),
        check=_beside,
        among_many=_at_a_glance,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="password-told",
        kind="password",
        pattern=rf"""(?i)(?:(?:\b(?:with|using|use|enter|try|by|and|has|mit|hat|bei|par|por|da|probiere?(?:[ \t]mal)?|nimm|essaie|prueba|prova|tenta|probeer|und|avec|et|con|usa|y|com|e|met|en)[ \t]{{1,2}}(?:(?:the|this|my|our|dem|das|le|la|el|il|lo|a|o|het|de)[ \t]{{1,2}})?|[,;/(][ \t]?|\b(?:wlan|wi-?fi)[- ]){_NOUN_TOLD}[ \t]{{1,2}}|\b{_NOUN_TOLD}(?:[^\n?.!]{{0,40}}\?(?:[ \t-]|–|—){{1,4}}(?:(?:it's|its|it is|es ist|ist|c'est|es|è|é|het is)[ \t])?|(?:[ \t]{{1,2}}[^\s:=`\"]{{1,24}}){{1,8}}:[ \t]{{1,2}}))(?P<v>[^\s\"'`=:|<>()*„“«]{{4,40}})""",
        keywords=_NOUNS,
        reach=(20, 260),
        check=lambda found: told_plainly(found) or _plainly(found),
        among_many=_at_a_glance,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="password-told-in-quotes",
        kind="password",
        pattern=rf"""(?i)\b{_NOUN_TOLD}[ \t]{{1,2}}(?:(?:wird|ist|lautet|is|est|es|è|é)[ \t]{{1,2}})?(?:`(?P<v>[^\s`]{{4,40}})`|"(?P<w>[^\s"]{{4,40}})"|„(?P<x>[^\s„“”]{{4,40}})(?:“|”)|«[ ]?(?P<y>[^\s«»]{{4,40}})[ ]?»|\*\*(?P<z>[^\s*]{{4,40}}))""",
        keywords=_NOUNS,
        reach=(2, 130),
        check=lambda found: quoted_plainly(found) or _plainly(found),
        among_many=_at_a_glance,
        source="CWE-522; how it is said in documentation",
    ),
    Rule(
        name="password-named-after",
        kind="password",
        pattern=r"""(?i)(?:^|[\s"'`(])(?:(?:with|uses?|enter|try|used|(?:with|mit)\s{1,3}[\w.@-]{1,40}\s{1,3}(?:and|und)|mit|avec|con|com|met|nimm|usa|tippe)\s{1,3})["'`]?(?P<v>[^\s"'`]{5,60})["'`]?\s{1,3}(?:(?:is|as|for|ist|als|est|comme|es|como|come|è|é)\s{1,3}(?:(?:my|the|your|our|its|their|mein|das|dein|le|mon|la|mi|a|minha|o|il|mijn|het)\s{1,3})?)(?:\w{1,16}\s){0,2}?(?:password|passwort|kennwort|passphrase|passcode|pw|mot de passe|contraseña|senha|wachtwoord|parola)""",
        keywords=(
            "password",
            "passwort",
            "kennwort",
            "passphrase",
            "passcode",
            " pw",
            "mot de passe",
            "contraseña",
            "senha",
            "wachtwoord",
            "parola",
        ),
        reach=(140, 30),
        check=lambda found: named_plainly(found) or (not found.code and _strong(found.value)),
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="login-pair",
        kind="password",
        pattern=r"""(?i)(?:\b|и[ \t]|^|[ \t(])(?:credentials?|creds|log-?in|logins|wi-?fi|wlan|zugang(?:sdaten)?|anmeldung|identifiants?|credenciales|credenciais|credenziali|inloggegevens|user(?:name)?/pass(?:word)?|логин(?:/пароль)?)(?:\b|[ :])[^\n:=]{0,30}[:=]?\s{1,3}["'`(]{0,2}[\w.@+-]{2,60}["'`]?\s{0,2}(?:[/:,|]|(?:und|and|et|y|e|en|и)\s)\s{0,2}["'`]?(?P<v>[^\s"'`]{5,60})""",
        keywords=(
            "credential",
            "creds",
            "login",
            "log-in",
            "wifi",
            "wi-fi",
            "wlan",
            "zugang",
            "anmeldung",
            "identifiant",
            "credenci",
            "credenzi",
            "inloggegevens",
            "user/pass",
            "username/pass",
            "логин",
        ),
        reach=(1, 200),
        check=lambda found: (
            not found.code and _strong(_stripped(found.value)) and re.search(r"\d", found.value) is not None
        ),
        among_many=_at_a_glance,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="login-pair-alone",
        kind="password",
        pattern=r"""(?im)^[ \t>*-]{0,6}(?:admin|root|administrator|guest|gast)[ \t]{1,3}/[ \t]{1,3}["'`]?(?P<v>[^\s"'`]{6,60})["'`]?[ \t]*$""",
        keywords=("admin", "root", "guest", "gast"),
        reach=(10, 90),
        check=_plainly,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="network-told",
        kind="password",
        pattern=r"""(?i)(?:\bssid\b[:= \t]{1,3}[^\n:=]{1,40}?[,;/\n][ \t]{0,3}(?:key|schl(?:ü|ue)ssel|clé|clave|chiave|chave|ключ|pw|psk)[:=]|\b(?:wi-?fi|wlan)(?:-?(?:key|schlüssel|code))?\b(?:[ \t]?\([^()\n]{1,30}\)|[ \t][^\s:=]{1,20}){0,2}?(?:[ \t]{0,2}[:=]|[ \t](?:c'est|est|is|ist|es|è|é)))[ \t]{1,3}["'`]?(?P<v>[^\s"'`]{8,63})""",
        keywords=("wifi", "wi-fi", "wlan", "ssid"),
        reach=(1, 200),
        check=_network,
        source="CWE-522; IEEE 802.11i: eight characters at the least",
    ),
    Rule(
        name="phrase-said",
        kind="password",
        pattern=r"""(?i)\b(?:pass[- ]?phrase|passphrase|passsatz)[ \t]{1,2}(?:is|was|ist|war|lautet|est|es|è|é)(?:[ \t]now)?:?[ \t]{1,2}(?P<v>[a-z]{3,10}(?:[ -][a-z]{3,10}){3,7})[ \t]{0,2}(?:[.!,;)\n]|$)""",
        keywords=("phrase", "passsatz"),
        reach=(6, 130),
        check=lambda found: not found.code and not _SENTENCE.search(found.value),
        source="CWE-522; https://www.eff.org/dice: four words or more",
    ),
    Rule(
        name="pin-in-cyrillic",
        kind="password",
        pattern=r"(?:пин|Пин|ПИН)(?:-?код)?(?:(?:[ \t]{1,2}[^\s:=\d]{1,40}|[ \t]{1,2}\d(?:[ \t][^\s\d:]{1,24})?){0,4}?\s{0,2}(?:это|:|=|→|[–—-])\s{0,3}|[ \t]{1,2})[`\"'*]{0,2}(?P<v>\d{3,8})\b",
        keywords=("пин", "Пин", "ПИН"),
        reach=(0, 220),
        check=_pin,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="pin",
        kind="password",
        pattern=r"(?i)\b(?:pin(?:[- ]?(?:code|nummer|number))?|(?:door|gate|safe|alarm|t(?:ü|ue)r|access|unlock|security|verification|confirmation|auth(?:entication|orization)?|login|one-time|2fa|sms|best(?:ä|ae)tigungs|sicherheits|einmal|zugangs|freischalt)[- ]?(?:pass)?code|cvv2?|cvc|puk|otp|m?tan|code (?:pin|de (?:vérification|sécurité|confirmation))|código(?: pin| de (?:verificación|verificação|seguridad|segurança))|codice (?:pin|di (?:verifica|sicurezza)))(?:[ \t]{1,2}[^\s:=\d]{1,20}){0,6}?\s{0,2}(?:is|ist|lautet|est|es|é|è|:|=|->|→)\s{0,3}[`\"'*]{0,2}(?P<v>\d{3,8})\b",
        keywords=("pin", "code", "cvv", "cvc", "puk", "otp", "tan", "código", "codice"),
        reach=(24, 190),
        check=_pin,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="pin-beside",
        kind="password",
        pattern=r"(?i)\b(?:(?:my|our|your|the|sim|card|mein|meine|die|mon|le|mi|el|il|o)[ \t](?:sim[ \t]|card[ \t])?pin|sim[ -]?pin|puk2?)[ \t]{1,2}(?P<v>\d{4,8})\b",
        keywords=("pin", "puk"),
        reach=(16, 24),
        check=_pin,
        source="CWE-522; how it is said in chats and notes",
    ),
    Rule(
        name="code-sent",
        kind="password",
        pattern=r"(?i)\b(?P<v>(?:[A-Z]{1,3}-)?\d{4,8})[ \t](?:is (?:your|the)|ist (?:dein|ihr|der)|est (?:votre|ton|le)|es (?:tu|su|el)|é (?:o seu|seu)|è il tuo|(?:—|-) (?:ваш|твой))[ \t][^\n.]{0,60}?(?:\b(?:code|pin|otp|passcode|password|código|codice|passwort)|код)",
        keywords=("code", "pin", "otp", "password", "código", "codice", "passwort", "код"),
        reach=(110, 10),
        check=_pin,
        source="CWE-522; how services send codes",
    ),
    Rule(
        name="signal-backup-passphrase",
        kind="passphrase",
        pattern=r"\b\d{5}(?:[ \t\r\n_-]{1,4}\d{5}){5}\b",
        check=_signal,
        action="remove",
        source="https://support.signal.org/hc/en-us/articles/360007059752: 30 digits in groups of five",
    ),
    Rule(
        name="signal-recovery-key",
        kind="passphrase",
        pattern=r"(?i)(?:recovery|backup|wiederherstellungs|sicherungs)[- ]?(?:key|code|passphrase|schl(?:ü|ue)ssel)[^\n]{0,60}?\s{0,3}(?P<v>(?:[a-z0-9]{4}[ \n]){15}[a-z0-9]{4}|[a-z0-9]{64})\b",
        keywords=("recovery", "backup", "wiederherstellungs", "sicherungs"),
        reach=(0, 200),
        check=_signal_pool,
        action="remove",
        source="https://support.signal.org/hc/en-us/articles/9708267671322: 64 letters and digits",
    ),
    Rule(
        name="bip39-phrase",
        kind="passphrase",
        pattern=r"\b[A-Za-z]{3,8}(?:[\s,;|\"'.-]{1,4}(?:\d{1,2}[.):]?\s{0,3})?[A-Za-z]{3,8}){11,}\b",
        grow=_seeds,
        live=_valid_seed,
        action="remove",
        source="https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki",
    ),
)
