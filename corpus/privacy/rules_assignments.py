"""Passwords and secrets that something is assigned to: in programs, configuration, command lines, addresses, SQL.

A name says what its value is (`db_password`, `clientSecret`), an operator that it is assigned, and the value must look
chosen or drawn. In source code only a string literal is a value; elsewhere (`.env`, YAML, logs) a bare word may be one.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from corpus.patterns import in_words
from corpus.privacy.placeholders import WORDS, dummy, reference
from corpus.privacy.rule import Candidate, Rule
from corpus.privacy.strength import password_like, random_like, turns, unquoted, wordy

__all__ = ["ASSIGNMENTS"]

_CLOSE: Final = r"""(?:\\{0,2}["'`]|\]|\)){0,3}"""
_TYPE: Final = (
    r"""(?:[ \t]{0,2}:[ \t]{0,2}(?:Optional\[|Final\[)?(?:str|String|&(?:'static )?str|string|bytes|Final|NSString ?\*)\]?[?!]?"""
    r"""|[ \t]{1,3}(?:As[ \t]{1,3})?string(?:[ \t]{0,2}\*[ \t]{0,2}\d{1,4})?|[ \t]{0,2}\[\w{0,20}\]|[ \t]{0,2}\{[ \t]{0,2}get;[^{}\n]{0,30}\})?"""
)
_OPERATOR: Final = r"""[ \t]{0,12}(?:=>|:{1,3}=|::[ \t]|[?.+]=|[=!]={1,2}|\|\|=?|\?\?=?|->|:|=|,|\(|>|[ \t](?:value|content)=|\bor\b|\bDEFAULT\b|\.equals\(|\.set\()"""
_QUOTED: Final = (
    r'''[A-Za-z@$]{0,2}"""[^"\n]{3,250}"""|'''
    r"""[A-Za-z@$]{0,2}"(?:[^"\\\n]|\\.){3,250}"|[A-Za-z@$]{0,2}'(?:[^'\\\n]|\\.){3,250}'|`[^`\n]{3,250}`"""
    r"""|\\{1,3}["'][^"'\\\n]{3,250}\\{1,3}["']"""
)
# What makes bytes or an object of a literal.
_MADE_OF: Final = r"(?:(?:\[\]byte|bytes|Buffer\.from|SecretStr|(?:base64\.)?b64decode|new [A-Za-z]{1,20})\()?"
_BARE: Final = r"""[^\s"'`]\S{2}"""

_OF_WORDS: Final = (
    r"(?:pass(?:w(?:or)?d|wort|ord|phrase|code|_?key)?s?|pwd|passwd|kennwort|contrase(?:ñ|n)a|senha|wachtwoord|парол(?:ь|я)|mdp"
    r"|motdepasse|mot_de_passe|parola_?chiave|hasło|haslo|heslo|lösenord|salasana|_pw|pw)"
)
_OF_KEYS: Final = (
    r"(?:secrets?|tokens?|api[_ -]?keys?|(?:access|auth|private|secret|signing|encryption|master|shared|account|service|client|consumer"
    r"|storage|app|admin|subscription|license|crypt(?:o|ion)?|hmac|session|jwt|aes|decryption|deploy|write|root)[_ -]?keys?"
    r"|credentials?|authorization|_?auth|cred|sessionid|session_id|phpsessid|jsessionid|csrftoken|sig|signature|jwt|cookie)"
)
_NAME_END: Final = r"[A-Za-z0-9_]{0,30}(?:[.-][A-Za-z0-9_]{1,20}){0,2}"

# What a name ends with that holds something about a secret instead of one.
_ABOUT: Final = re.compile(
    r"(?:field|label|names?|types?|url|uri|file(?:name)?|path|dir|folder|length|len|size|count|class|help|hint|text|title|messages?|msg"
    r"|errors?|placeholder|regexp?|pattern|format|prefix|suffix|headers?|params?|parameter|index|column|policy|rules?|validators?"
    r"|strength|reset|change[dr]?|expired?|expir\w*|timeout|ttl|ref|version|alg\w*|store|manager|provider|model|form|input|view|page|kind"
    r"|mode|endpoint|arn|exceptions?|func\w*|callback|handler|method|generator|getter|attr\w*|env(?:var)?|var|command|cmd|desc\w*|example"
    r"|selector|contains|startswith|endswith|exact|isnull|css|icon|scopes?|usage|status|state|date|time|at|by|id|ids|hash|hasher|digest|checksum|enabled|required|invalid|valid|salt"
    r"|iz(?:er|ed|e)|ization|isation|ed|ing|word|words|port|host|user(?:name)?)$",
    re.IGNORECASE,
)
# What stands in front of `key` where it opens nothing.
_NO_SECRET: Final = re.compile(
    r"(?:public(?:[_ -]?key)?|pub|primary|foreign|sort|cache|partition|index|host|i18n|trans\w*|csrf_)[_ -]?$",
    re.IGNORECASE,
)
_WEAK_NAME: Final = re.compile(r"(?:^|[\s;+>-])(?:export\s+|set\s+|ENV\s+|ARG\s+|-e\s+)?[A-Z][A-Z0-9_]*=$")


_WORD: Final = re.compile(rf"(?i)(?:{_OF_WORDS}|{_OF_KEYS})")
_PART: Final = re.compile(r"[\w.-]*")
_ARGUMENT: Final = re.compile(r"^[^\"'`]*,")
# `password = "` and `"password": "` leave no doubt: a plain word is a password there.
_PLAINLY: Final = re.compile(
    r"(?i)^(?:password|passwd|pwd|passwort|senha|contraseña|wachtwoord)(?:\"?'?[ \t]{0,3}(?:=|:|=>|:=))[ \t]{0,3}[\"']$"
)
_CALLED: Final = re.compile(r"\w\(\s*[\"']?$")
_OPENED: Final = re.compile(r"(?i)(?:[,(]|(?<![=-])>|\bor)\s*$")  # `password or PIN?` has a bare word, no value


def _name(found: Candidate) -> tuple[str, str]:
    """What the value is assigned to, before and behind the word that gave it away."""
    lead = found.lead
    word = _WORD.match(lead)
    behind = _PART.match(lead, word.end() if word else len(lead))
    piece = found.data[max(0, found.outer - 40) : found.outer]
    rest = piece.rstrip(_IN_NAMES)
    front = piece[len(rest) :].decode()
    if rest and rest[-1] > 127:
        front = piece.decode("utf-8", "replace")
        cut = len(front)
        while cut and (front[cut - 1].isalnum() or front[cut - 1] in "_.-"):
            cut -= 1
        front = front[cut:]
    return front, behind.group() if behind else ""


_IN_NAMES: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"


def _about(found: Candidate) -> bool:
    if _ARGUMENT.match(found.lead) and found.data[found.outer - 1 : found.outer] != b"{":
        return True  # in `encode(password, "utf-8")` the name is an argument of its own
    front, behind = _name(found)
    if behind.startswith(".") and _CALLED.search(found.lead):
        return True  # `password.encode("latin1")`
    return bool((behind and _ABOUT.search(behind)) or _NO_SECRET.search(front)) or (
        behind[:1].islower() and len(behind) > 2
    )


def _quoted(found: Candidate) -> bool:
    return found.data[found.start - 1 : found.start] in {b'"', b"'", b"`"}


def _is_password(found: Candidate) -> bool:
    value = found.value
    if value.isalpha() and value.islower() and not _quoted(found):
        return not found.code and _plain_word(found, value)
    if dummy(value) or _about(found):
        return False
    if _encoded(value):
        return True
    if _quoted(found):
        return _literal(found, value) and not _same(value)
    if found.code or value[0] in ":)(,.|" or "`" in value or _OPENED.search(found.lead):
        return False
    line = found.data[max(0, found.outer - 60) : found.start].decode("utf-8", "replace").rpartition("\n")[2]
    weak = bool(_WEAK_NAME.search(line))
    if weak and value.isalnum() and not value.isalpha():
        return not _same(value)
    return password_like(value, weak=weak) and not _code_value(value) and not _same(value)


def _plain_word(found: Candidate, value: str) -> bool:
    """Whether a bare word is a password because nothing else can stand there: `PASSWORD=word`, or a user's name beside it."""
    if not 4 <= len(value) <= 24 or found.after(2).strip():
        return False
    line = found.data[max(0, found.outer - 60) : found.start].decode("utf-8", "replace").rpartition("\n")[2]
    if not _WEAK_NAME.search(line) and not _beside_user(found, line):
        return False
    return not dummy(value) and not _same(value) and not _about(found)


_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{6,}={1,2}")
_SETTING: Final = re.compile(r"[ \t]*(?:- )?[\w.-]*(?:pass|passw\w+|pwd)\s*[:=]\s*")
_USER: Final = re.compile(rb"(?im)^[ \t]*(?:- )?[\w.-]{0,40}(?:user|username|login|uid|benutzer)[ \t]*[:=][ \t]*\S")


def _encoded(value: str) -> bool:
    """Whether a value is text in base64, as the secrets of Kubernetes are."""
    if not _BASE64.fullmatch(value) or len(value) % 4:
        return False
    try:
        decoded = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    return decoded.isprintable() and len(decoded) >= 4 and not dummy(decoded)


def _beside_user(found: Candidate, line: str) -> bool:
    """Whether a setting stands alone on its line with one of a user's name near: there a plain word is a password."""
    near = found.data[max(0, found.start - 120) : found.end + 120]
    lower = near.lower()
    if not any(word in lower for word in (b"user", b"login", b"uid", b"benutzer")):
        return False
    return _SETTING.fullmatch(line) is not None and _USER.search(near) is not None


def _literal(found: Candidate, value: str) -> bool:
    """Whether a string literal is a password: none with spaces, but for a phrase of plain words where one is asked for."""
    if " " in value:
        words = value.split(" ")
        asked = "phrase" in found.lead.lower()
        return asked and len(words) >= 4 and all(word.isalnum() and word.islower() for word in words)
    return password_like(value) or (
        6 <= len(value) <= 24 and value.islower() and value.isalpha() and _PLAINLY.search(found.lead) is not None
    )


# What is spelt with digits and signs was chosen for a password: nobody calls a variable so.
_BENT: Final = re.compile(
    r"(?i)p[a@4][s$5]{2}w[o0]rd\d*[!#$*@%&?.]|p[a@4][s$5]{2}w0rd\d|p(?:@[s$5]{2}|[a4](?:\$[s$5]|[s$5]\$))w"
)


def _same(value: str) -> bool:
    """Whether a value repeats its own name or says that it is a password: `password1`, `db_password`, `my-secret-token`."""
    lower = value.lower().strip("0123456789!_-.*@#$")
    if lower in WORDS:
        return True
    if _BENT.search(value):
        return False
    return turns(value) < 4 and any(
        word in lower
        for word in ("passw", "passphrase", "secret", "token", "apikey", "api_key", "api-key", "credential")
    )


_MEMBER: Final = re.compile(
    r"(?:self|this|cls|args|options|opts|params|request|req|config|settings|process|data|ctx|props|event)\b[.\[]"
)
_EXPRESSION: Final = re.compile(r"[A-Za-z_][\w.]*[;,)\]}]*")
_ENDS_IN_DIGITS: Final = re.compile(r"[A-Za-z]{3}[._-]?\d{2,}$")


def _code_value(value: str) -> bool:
    """Whether a bare value is an expression: an identifier, an attribute, a call, a type."""
    if _MEMBER.match(value):
        return True
    named = value.rstrip(";,)]}")
    if value.startswith("["):  # the first word of a list of messages: `["should`
        return not password_like(value.strip("[\"',]"))
    return _EXPRESSION.fullmatch(value) is not None and (
        (wordy(named) and not _numbered(named)) or value.endswith((")", ";"))
    )


def _numbered(value: str) -> bool:
    """Whether a word ends as chosen passwords do and names seldom: in two digits or more, or drawn (`tulip2019`)."""
    if _ENDS_IN_DIGITS.search(value):
        return True
    if not value[-1:].isdigit() or not value.isalnum():
        return False
    if turns(value) * 4 >= len(value):
        return True
    capitals = sum(letter.isupper() for letter in value)
    return len(value) >= 8 and 3 * len(value) <= 10 * capitals <= 7 * len(value)


_GLANCE: Final = re.compile(rb"[^\s\d!#$%&*+?@^~A-Z]*[\d!#$%&*+?@^~A-Z]\S*")


def _at_a_glance(found: Candidate) -> bool:
    """What is asked of the thousands that a text has too many of: more than small letters. It leaves out less than the checks do."""
    value = found.data[found.start : found.end]
    if _quoted(found):
        if b" " in value:  # of these the checks take phrases alone, which messages about passwords are not
            return "phrase" in found.lead.lower()
        if value.isalpha() and value.islower():
            return _PLAINLY.search(found.lead) is not None
        return len(value) >= 4
    if found.code or (found.data[found.outer : found.start].rstrip()[-1:] in {b",", b"("} and value[-1:] != b"="):
        return False
    return _GLANCE.fullmatch(found.data, found.start, found.end) is not None


def _is_secret(found: Candidate) -> bool:
    value = found.value
    if not random_like(value) or _about(found):
        return False
    if not _quoted(found) and (found.code or _OPENED.search(found.lead) or _code_value(value)):
        return False
    return not _same(value) and not _digest(found, value)


def _digest(found: Candidate, value: str) -> bool:
    """Whether a value is a digest that says so: `sha256:…`, `md5=…`, or of a name that is about files."""
    return value.startswith(("sha1", "sha256", "sha384", "sha512", "md5")) or _DIGESTS(found.front(60))


_DIGESTS: Final = in_words(r"(?i)sha(?:1|256|512)|md5|checksum|integrity|etag|commit|revision")


def _is_key(found: Candidate) -> bool:
    value = found.value
    constant = found.lead.startswith("KEY")  # as names of the environment are written
    if not _quoted(found) or not random_like(value, shortest=14 if constant else 20, floor=3.3):
        return False
    front, _ = _name(found)
    if not front or _NO_SECRET.search(front) or "," in found.lead:
        return False
    return not _digest(found, value)


def _is_bare_key(found: Candidate) -> bool:
    value = found.value
    name = found.lead.rstrip(" \t:=")[:-3]
    if found.code or _NO_SECRET.search(name) or value.startswith("AAAA") or "finger" in name.lower():
        return False
    return random_like(value, shortest=20, floor=3.3) and not _digest(found, value)


def _beside_noun(found: Candidate) -> bool:
    """Whether a literal that stands beside a password's or a token's name was drawn: nothing else says that it is one."""
    value = found.value
    if not random_like(value, shortest=8, floor=2.7) or not re.search(r"\d", value) or turns(value) < 3:
        return False
    if _HEX.fullmatch(value) or _same(value) or _digest(found, value) or _CODES.fullmatch(value):
        return False
    word = _PART.match(found.lead) if found.lead[:1].isalpha() else None
    return word is None or not _ABOUT.search(word.group())


_HEX: Final = re.compile(r"[0-9a-f]+|[0-9A-F]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Dates, versions, names of algorithms and of classes.
_CODES: Final = re.compile(
    r"[\d.:TZ+-]+|\w+(?:[-./:]\w+){2,}|[A-Za-z]+\d{1,3}[A-Za-z]*|\$?(?:2[aby]|pbkdf2|argon2|scrypt|bcrypt|sha\d|md5).*"
)


def _in_url(found: Candidate) -> bool:
    value = found.value
    if reference(value) or (dummy(value) and not _chosen(value)):
        return False
    if re.fullmatch(r"[<\[{(*.$%].*|xx.*|x-[a-z-]+|.*[>\]})]", value):
        return False
    return value.lower() not in WORDS and len(value) >= 3


def _chosen(value: str) -> bool:
    return turns(value) >= 2 and len(value) >= 8


def _basic(found: Candidate) -> bool:
    """Whether base64 holds a name and a password, or stands where nothing else can."""
    try:
        decoded = base64.b64decode(found.value + "=" * (-len(found.value) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return "uthorization" in found.before(40) and random_like(found.value, shortest=16)
    name, colon, word = decoded.partition(":")
    return bool(colon and decoded.isprintable() and name + word and not dummy(word))


def _argument(found: Candidate) -> bool:
    value = found.value.rstrip(";)")
    return password_like(value, weak=turns(value) > 0) and not _same(value) and not re.fullmatch(r"[\d.:/]+", value)


def _in_sql(found: Candidate) -> bool:
    value = found.value
    if not _quoted(found) and not re.search(r"\d", value):
        return False  # of `IDENTIFIED BY password` the grammar
    return password_like(value, weak="dentified" in found.lead.lower()) and not _same(value)


def _numbered_or_drawn(value: str) -> bool:
    return re.search(r"\d", value) is not None and (
        turns(value) >= 2 or _numbered(value) or re.search(r"[!#$%&*+?@^]", value) is not None
    )


def _bearer(found: Candidate) -> bool:
    return random_like(found.value, shortest=16)


def _drawn(found: Candidate) -> bool:
    value = found.value
    return random_like(value) and not _same(value) and not _digest(found, value) and not _about(found)


def _account_key(found: Candidate) -> bool:
    return not dummy(found.value)


def _in_string(found: Candidate) -> bool:
    """Whether a value stands in a string literal: an odd number of quotes in front of it on its line."""
    before = found.before(120)
    return before.count('"') % 2 == 1 or before.count("'") % 2 == 1


_COLUMN: Final = (
    r"(?:password|passwort|passwd|pwd|pass|kennwort|contraseña|senha|wachtwoord|mot de passe|login_password)"
)
_HEAD: Final = re.compile(rf"(?i){_COLUMN}")
_FIELD: Final = re.compile(r'(?:^|,)("[^"]*"|[^,]*)')
_ROWS: Final = 200
_AROUND: Final = " \t\r\"'`*"


def _column(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """The fields below one that is called a password, to the table's end or the next such head."""
    head = data[start:end].decode("latin-1")
    sign = next((one for one in "|\t;" if one in head), ",")
    if head.lstrip().startswith("||"):
        head = head.replace("||", " |")  # of Jira and Confluence
    names = [data[start + low : start + high].decode("utf-8", "replace") for low, high in _fields(head, sign)]
    wanted = [number for number, name in enumerate(names) if _HEAD.fullmatch(name)]
    found: list[tuple[int, int]] = []
    at = end + 1
    for _ in range(_ROWS if len(names) > 1 else 0):
        stop = data.find(b"\n", at)
        line = data[at : stop if stop >= 0 else len(data)][:2000].decode("latin-1")
        fields = _fields(line, sign) if sign in line else []
        values = [fields[number] for number in wanted if number < len(fields)]
        if not values or any(_HEAD.fullmatch(line[low:high]) for low, high in values):
            break
        found += [(at + low, at + high) for low, high in values if low < high]
        if stop < 0:
            break
        at = stop + 1
    return found


def _fields(line: str, sign: str) -> list[tuple[int, int]]:
    """Where the fields of a line stand, without blanks and quotes around them."""
    spans = []
    for start, end in _commas(line) if sign == "," else _split(line, sign):
        field = line[start:end]
        low = start + len(field) - len(field.lstrip(_AROUND))
        spans.append((low, max(low, start + len(field.rstrip(_AROUND)))))
    return spans


def _commas(line: str) -> Iterator[tuple[int, int]]:
    return (match.span(1) for match in _FIELD.finditer(line))


def _split(line: str, sign: str) -> Iterator[tuple[int, int]]:
    at = 0
    for field in line.split(sign):
        yield at, at + len(field)
        at += len(field) + 1


# `name: DB_PASSWORD` and its `value: …`, on two lines or in one object.
_NAMED: Final = r"""\b(?:name|key|id|ParameterKey)["']?[ \t]{0,12}[:=][ \t]{0,12}["']?[\w.-]{0,60}"""
_ITS_VALUE: Final = r"""[\w.-]{0,20}["']?[ \t]{0,8}(?:,\s{0,40}|\n[ \t]{0,40})["']?(?:value|default|ParameterValue)["']?[ \t]{0,12}[:=][ \t]{0,12}["']?"""

_PASS_WORDS: Final = (
    "pass", "pwd", "kennwort", "contraseña", "contrasena", "senha", "wachtwoord", "пароль", "Пароль", "ПАРОЛЬ", "пароля", "mdp",
    "mot_de_passe", "parola_chiave", "parolachiave", "hasło", "haslo", "heslo", "lösenord", "salasana", "_pw", "pw=", "pw:", "pw =",
)  # fmt: skip
_SECRET_WORDS: Final = (
    "secret", "token", "apikey", "api_key", "api-key", "api key", "accesskey", "access_key", "access-key", "authkey", "auth_key",
    "privatekey", "private_key", "private-key", "signingkey", "signing_key", "encryptionkey", "encryption_key", "encryption-key",
    "masterkey", "master_key", "sharedkey", "shared_key", "accountkey", "account_key", "servicekey", "service_key", "clientkey",
    "client_key", "consumerkey", "consumer_key", "storagekey", "storage_key", "appkey", "app_key", "adminkey", "admin_key",
    "subscriptionkey", "subscription_key", "subscription-key", "licensekey", "license_key", "cryptkey", "hmackey", "hmac_key",
    "sessionkey", "session_key", "jwtkey", "jwt_key", "aeskey", "aes_key", "deploykey", "deploy_key", "writekey", "write_key",
    "credential", "authorization", "_auth", "cred", "sessionid", "session_id", "phpsessid", "jsessionid", "csrftoken", "sig=",
    "signature", "jwt", "cookie", "rootkey", "root_key",
)  # fmt: skip

ASSIGNMENTS: Final[tuple[Rule, ...]] = (
    Rule(
        name="password-in-url",
        kind="password",
        pattern=r"""://[^\s:/@"'<>`|\\]{0,100}:(?P<v>[^\s/"'<>`|\\]{1,200})@[\w\[{$<.%-]""",
        keywords=("://",),
        reach=(0, 320),
        check=_in_url,
        source="RFC 3986 section 3.2.1",
    ),
    Rule(
        name="token-in-url",
        kind="secret",
        pattern=r"""://(?P<v>[A-Za-z0-9_.~%-]{16,255})(?::x-oauth-basic)?@[\w.-]{3,80}""",
        keywords=("://",),
        reach=(0, 360),
        check=_bearer,
        source="RFC 3986 section 3.2.1; https://git-scm.com/docs/gitcredentials",
    ),
    Rule(
        name="password-assigned",
        kind="password",
        pattern=rf"(?i){_OF_WORDS}{_NAME_END}{_CLOSE}{_TYPE}{_OPERATOR}(?:\s{{0,12}}{_MADE_OF}(?P<v>{_QUOTED})|[ \t]{{0,12}}(?P<bare>{_BARE}))",
        keywords=_PASS_WORDS,
        reach=(0, 480),
        grow=unquoted,
        closing=b"\"'`",
        check=_is_password,
        among_many=_at_a_glance,
        source="CWE-798, CWE-259",
    ),
    Rule(
        name="secret-assigned",
        kind="secret",
        pattern=rf"(?i){_OF_KEYS}{_NAME_END}{_CLOSE}{_TYPE}{_OPERATOR}(?:\s{{0,12}}{_MADE_OF}(?P<v>{_QUOTED})|[ \t]{{0,12}}(?P<bare>{_BARE}))",
        keywords=_SECRET_WORDS,
        reach=(0, 480),
        grow=unquoted,
        closing=b"\"'`",
        check=_is_secret,
        source="CWE-798, CWE-321",
    ),
    Rule(
        name="key-assigned",
        kind="secret",
        pattern=rf"(?i)key{_CLOSE}{_TYPE}{_OPERATOR}\s{{0,12}}{_MADE_OF}(?P<v>{_QUOTED})",
        keywords=("key",),
        reach=(0, 400),
        grow=unquoted,
        check=_is_key,
        source="CWE-321",
    ),
    Rule(
        name="password-element",
        kind="password",
        pattern=rf"""(?i){_OF_WORDS}[\w.-]{{0,20}}["']?:?(?:</key>\s{{0,40}}<string|</(?:t[dh]|dt|b|strong|label|span)>\s{{0,40}}(?:</t[dh]>\s{{0,40}})?<(?:t[dh]|dd|code|span)[^<>\n]{{0,80}})?>\s{{0,40}}(?:<!\[CDATA\[)?(?P<v>[^<>\s\]][^<>\n\]]{{3,200}})(?:\]\]>)?\s{{0,40}}</""",
        keywords=_PASS_WORDS,
        reach=(0, 480),
        check=lambda found: password_like(found.value.rstrip(), weak=True) and not _same(found.value),
        among_many=lambda found: b" " not in found.data[found.start : found.end],
        source="CWE-260: Maven settings, Web.config, application servers",
    ),
    Rule(
        name="account-key",
        kind="secret",
        pattern=r"(?i)(?:AccountKey|SharedAccessKey|SharedAccessSignature|EndpointKey)\s?=\s?(?P<v>[A-Za-z0-9+/%]{27,100}={0,2})",
        keywords=("accountkey", "sharedaccess", "endpointkey"),
        reach=(0, 160),
        check=_account_key,
        source="https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string",
        action="remove",
    ),
    Rule(
        name="azure-sas",
        kind="secret",
        pattern=r"[?&;](?:amp;)?sig=(?P<v>[A-Za-z0-9%+/=]{40,120})",
        keywords=("sig=",),
        reach=(6, 140),
        check=_account_key,
        source="https://learn.microsoft.com/en-us/azure/storage/common/storage-sas-overview",
    ),
    Rule(
        name="oracle-connection",
        kind="password",
        pattern=r"jdbc:oracle:[a-z]{1,10}:[\w$#]{1,40}/(?P<v>[^\s@\"']{3,100})@",
        keywords=("jdbc:oracle",),
        reach=(0, 200),
        check=_in_url,
        source="https://docs.oracle.com/en/database/oracle/oracle-database/19/jjdbc/data-sources-and-URLs.html",
    ),
    Rule(
        name="bearer",
        kind="secret",
        pattern=r"(?i)\b(?:bearer|authorization[\"']?\s?[:=,]\s?[\"']?[a-z][a-z0-9-]{1,19})[ \t]{1,4}(?P<v>[A-Za-z0-9._~+/-]{16,}={0,3})",
        keywords=("bearer", "authorization"),
        reach=(1, 4000),
        check=_bearer,
        source="RFC 6750 section 2.1",
    ),
    Rule(
        name="basic-credentials",
        kind="password",
        pattern=r"(?i)\bbasic[ \t]{1,4}(?P<v>[A-Za-z0-9+/]{8,400}={0,2})",
        keywords=("basic ",),
        reach=(1, 420),
        check=_basic,
        source="RFC 7617 section 2",
    ),
    Rule(
        name="command-line-password",
        kind="password",
        pattern=r"""(?i)(?:--[a-z-]{0,30}|[ \t]-[a-z]{0,12})(?:pass(?:word|wd|phrase)?|pwd|pw)(?:[ \t=]|["'], ?["'])["']?(?P<v>[^\s"'-][^\s"']{3,120})""",
        keywords=("--", "pass ", "password ", "passwd ", "-pw "),
        reach=(16, 180),
        check=_argument,
        among_many=_at_a_glance,
        source="CWE-214",
    ),
    Rule(
        name="command-line-secret",
        kind="secret",
        pattern=r"""(?i)--[a-z-]{0,30}(?:token|secret|api-?key|access-?key|auth|key)(?:[ \t=]|["'], ?["'])["']?(?P<v>[^\s"'-][^\s"']{9,200})""",
        keywords=("--",),
        reach=(0, 260),
        check=lambda found: random_like(found.value),
        source="CWE-214",
    ),
    Rule(
        name="program-password",
        kind="password",
        pattern=r"""(?:mysql[a-z]{0,9}|mariadb[a-z-]{0,9}|sshpass|docker login|podman login|mongo(?:sh|dump|restore)?|redis-cli|smbclient|ldap[a-z]{3,8}|unzip|7z|mosquitto_[a-z]{3}|xfreerdp|az login|helm registry login|ipmitool)\b[^\n|;&]{0,120}?[ \t]["']?(?:-[pPaw]|/p:|-Ppass)(?:[ \t=]|["'],[ \t]?)?(?:"(?P<v1>[^"\n]{4,100})"|'(?P<v2>[^'\n]{4,100})'|(?P<v3>[^\s"']{4,100}))""",
        keywords=(
            "mysql",
            "mariadb",
            "sshpass",
            "docker login",
            "podman login",
            "mongo",
            "redis-cli",
            "smbclient",
            "ldap",
            "unzip",
            "7z",
            "mosquitto_",
            "xfreerdp",
            "az login",
            "helm registry",
            "ipmitool",
        ),
        reach=(0, 260),
        check=_argument,
        source="CWE-214; the manual pages of these programs",
    ),
    Rule(
        name="curl-user",
        kind="password",
        pattern=r"""(?:(?:curl|wget|https?|xh)\b(?:[^\n]|\\\n){0,200}?[ \t](?:-u|-U|--user|--proxy-user|-a)[ =]?["']?[^\s:"'$]{0,80}:|(?:smbclient|smbmap|rpcclient|lftp|net (?:rpc|ads))\b[^\n]{0,120}?[ \t](?:-u|-U|--user)[ =]?["']?[\w.\\-]{1,60}[%,])(?P<v>[^\s"']{3,120})""",
        keywords=(
            "curl",
            "wget",
            "http ",
            "https ",
            "xh ",
            "smbclient",
            "smbmap",
            "rpcclient",
            "lftp",
            "net rpc",
            "net ads",
        ),
        reach=(0, 400),
        check=lambda found: (
            _argument(found)
            or (found.value.isalpha() and password_like(found.value, weak=True) and not _same(found.value))
        ),
        source="https://curl.se/docs/manpage.html#-u",
    ),
    Rule(
        name="netrc",
        kind="password",
        pattern=r"""\blogin\s{1,8}\S{1,100}\s{1,8}password\s{1,8}(?P<v>[^\s"'`]{3,120})""",
        keywords=("login",),
        reach=(1, 260),
        check=lambda found: password_like(found.value.rstrip("\\n"), weak=True) and not found.code,
        source="https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html",
    ),
    Rule(
        name="password-defined",
        kind="password",
        pattern=rf"""(?i)#[ \t]*define[ \t]{{1,8}}\w{{0,40}}{_OF_WORDS}\w{{0,20}}[ \t]{{1,20}}"(?P<v>[^"\n]{{4,120}})\"""",
        keywords=("define",),
        reach=(12, 240),
        check=lambda found: password_like(found.value) and not _same(found.value),
        source="CWE-259: a macro of C and its like",
    ),
    Rule(
        name="shared-key",
        kind="password",
        pattern=r"""(?i)\b(?:(?:wpa_?|wifi_?|wlan_?)?psk|(?:wpa|wifi|wlan)[ _-]?key)["']?[ \t]{0,4}[=:][ \t]{0,4}["']?(?P<v>[^\s"'#]{8,64})""",
        keywords=(
            "psk",
            "wpakey",
            "wpa_key",
            "wpa-key",
            "wifikey",
            "wifi_key",
            "wifi-key",
            "wlankey",
            "wlan_key",
            "wlan-key",
        ),
        reach=(6, 90),
        check=lambda found: not found.code and password_like(found.value) and not _code_value(found.value),
        source="https://w1.fi/cgit/hostap/plain/wpa_supplicant/wpa_supplicant.conf",
    ),
    Rule(
        name="password-directive",
        kind="password",
        pattern=r"""(?:\b(?:requirepass|masterauth|sa_password|rabbitmqctl[ \t]{1,4}(?:add_user|change_password)[ \t]{1,4}[\w.@-]{1,60}|htpasswd[ \t]{1,4}-[A-Za-z]{0,6}b[A-Za-z]{0,6}[ \t]{1,4}\S{1,120}[ \t]{1,4}[\w.@-]{1,60}|net[ \t]{1,4}use\b[^\n]{1,120}?/user:\S{1,60}|net[ \t]{1,4}user[ \t]{1,4}[\w.-]{1,60}|ConvertTo-SecureString(?:[ \t]{1,4}-String)?|(?:user|owner|input)_pw|ssh-keygen\b[^\n|;]{0,120}?[ \t]-[NP]|openssl[ \t]passwd(?:[ \t]-\w{1,6}){0,3})[ \t]{1,4}|\bsudo[ \t]{1,4}-S\b[^\n]{0,80}?<<<[ \t]{0,4})["']?(?P<v>[^\s"'$/-][^\s"']{3,120})""",
        keywords=(
            "requirepass",
            "masterauth",
            "sa_password",
            "rabbitmqctl",
            "htpasswd",
            "net use",
            "convertto-securestring",
            "sudo -s",
            "user_pw",
            "owner_pw",
            "ssh-keygen",
            "openssl passwd",
        ),
        reach=(1, 360),
        check=_argument,
        source="CWE-214, CWE-260; the manual pages of these programs",
    ),
    Rule(
        name="password-piped",
        kind="password",
        pattern=r"""echo[ \t]{1,4}(?:-[ne]{1,2}[ \t]{1,4})?["']?[\w.-]{1,60}:(?P<v>[^\s"'$]{4,120})["']?[ \t]{0,4}\|[ \t]{0,4}(?:sudo[ \t]{1,4})?chpasswd""",
        keywords=("chpasswd",),
        reach=(220, 1),
        check=_argument,
        source="https://man7.org/linux/man-pages/man8/chpasswd.8.html",
    ),
    Rule(
        name="sql-password",
        kind="password",
        pattern=r"""(?i)(?:identified[ \t]{1,4}(?:with[ \t]{1,4}\S{1,40}[ \t]{1,4})?by(?:[ \t]{1,4}password)?|\bpassword)[ \t]{1,4}\\?(?:'(?P<v1>[^'\n\\]{3,120})\\?'|"(?P<v2>[^"\n\\]{3,120})\\?")|(?:identified[ \t]{1,4}by[ \t]{1,4}(?:values[ \t]{1,4})?(?P<v3>[^\s'";]{4,100})|(?:pass\w{0,20}|pwd)[ \t]{0,4}[=,][ \t]{0,4}(?:password|md5|sha[125]?|crypt|encrypt|hash)\([ \t]{0,4}'(?P<v4>[^'\n\\]{3,120})')""",
        keywords=("identified", "pass", "pwd"),
        reach=(0, 220),
        check=_in_sql,
        source="SQL: CREATE USER of MySQL, Oracle, PostgreSQL",
    ),
    Rule(
        name="login-call",
        kind="password",
        pattern=r"""(?i)(?:\blogin|basic_?auth|\b(?:http_)?auth ?= ?|credentials?|authenticate|wi-?fi\.begin)\(\s{0,12}["'][^"'\n]{1,80}["']\s{0,3},\s{0,12}["'](?P<v>[^"'\n]{3,120})["']""",
        keywords=("login(", "auth(", "auth=(", "auth = (", "credential", "authenticate(", "fi.begin("),
        reach=(12, 260),
        check=lambda found: password_like(found.value) and not _same(found.value),
        source="CWE-798",
    ),
    Rule(
        name="connection-call",
        kind="password",
        pattern=r"""(?i)(?:\bgetConnection|\bDBI->connect|\bnew (?:mysqli|PDO)|\bmysqli?_connect|\bmysql_real_connect\([^,()\n]{1,60},|\bmysqli_real_connect\([^,()\n]{1,60},)\(?\s{0,12}(?:[^,\n]{1,200},\s{0,12}){2}["'](?P<v>[^"'\n]{3,120})["']""",
        keywords=("getconnection(", "dbi->connect(", "mysqli(", "pdo(", "_connect("),
        reach=(14, 560),
        check=lambda found: password_like(found.value) and not _same(found.value),
        source="CWE-259: JDBC, PDO, mysqli, which take address, user and password",
    ),
    Rule(
        name="connection-string",
        kind="password",
        pattern=r"""(?i)(?:^|[;"'`&\s])(?:password|pwd)[ \t]?=[ \t]?(?P<v>[^;"'`&\s]{4,120})[;"'`&\s]""",
        keywords=("password", "pwd"),
        reach=(1, 140),
        check=lambda found: (
            password_like(found.value) and not _same(found.value) and (not found.code or _in_string(found))
        ),
        source="https://learn.microsoft.com/en-us/dotnet/framework/data/adonet/connection-string-syntax",
    ),
    Rule(
        name="password-in-list",
        kind="password",
        pattern=rf"""(?i){_NAMED}{_OF_WORDS}{_ITS_VALUE}(?P<v>[^\s"'`,}}]{{4,200}})""",
        keywords=_PASS_WORDS,
        reach=(100, 340),
        check=lambda found: not found.code and password_like(found.value, weak=True) and not _same(found.value),
        source="CWE-260: environments of containers, as Kubernetes and CI lists have them",
    ),
    Rule(
        name="secret-in-list",
        kind="secret",
        pattern=rf"""(?i){_NAMED}{_OF_KEYS}{_ITS_VALUE}(?P<v>[^\s"'`,}}]{{8,300}})""",
        keywords=_SECRET_WORDS,
        reach=(100, 440),
        check=_drawn,
        source="CWE-321: environments of containers, as Kubernetes and CI lists have them",
    ),
    Rule(
        name="password-by-default",
        kind="password",
        pattern=rf"""(?i)\bvariable[ \t]{{1,4}}"\w{{0,60}}{_OF_WORDS}\w{{0,20}}"[ \t]{{0,4}}\{{[^{{}}]{{0,300}}?\bdefault[ \t]{{0,20}}=[ \t]{{0,4}}"(?P<v>[^"\n]{{4,200}})\"""",
        keywords=("variable ",),
        reach=(1, 700),
        check=lambda found: password_like(found.value) and not _same(found.value),
        source="https://developer.hashicorp.com/terraform/language/values/variables",
    ),
    Rule(
        name="password-otherwise",
        kind="password",
        pattern=rf"""(?i)\$\{{[\w.-]{{0,60}}(?:{_OF_WORDS}|{_OF_KEYS})[\w.-]{{0,20}}:[-=]?(?P<v>[^{{}}\s"']{{4,100}})\}}""",
        keywords=("${",),
        reach=(0, 220),
        check=lambda found: password_like(found.value) and not _same(found.value),
        source="Spring's placeholders and the shell's parameters, which carry what holds where nothing is set",
    ),
    Rule(
        name="secret-signed-with",
        kind="secret",
        pattern=r"""(?:\bjwt\.(?:sign|encode|verify|decode)\([^,()"'\n]{1,80},\s{0,12}|\bFernet\(|\bcreateHmac\(\s{0,4}["'][\w-]{2,20}["'],\s{0,12}|\bhmac\.new\()b?["'](?P<v>[^"'\n]{8,300})["']""",
        keywords=("jwt.", "fernet(", "createhmac(", "hmac.new("),
        reach=(0, 460),
        check=lambda found: (
            not dummy(found.value)
            and (random_like(found.value) or password_like(found.value))
            and not _same(found.value)
        ),
        source="CWE-321",
    ),
    Rule(
        name="wordpress-salt",
        kind="secret",
        pattern=r"""(?:SECURE_AUTH|LOGGED_IN|AUTH|NONCE)_(?:KEY|SALT)["']?[ \t]{0,12}[,=:][ \t]{0,12}(?:"(?P<v>[^"\n]{32,120})"|'(?P<w>[^'\n]{32,120})')""",
        keywords=("auth_key", "auth_salt", "logged_in_", "nonce_key", "nonce_salt"),
        reach=(12, 170),
        check=lambda found: not dummy(found.value) and " here" not in found.value and turns(found.value) >= 4,
        source="https://developer.wordpress.org/apis/wp-config-php/#security-keys",
    ),
    Rule(
        name="totp-secret",
        kind="secret",
        pattern=r"""(?:(?i:otpauth://[^\s"']{1,300}?[?&]secret=)|(?i:(?:totp|hotp|2fa|mfa|otp|authenticator)[\w .-]{0,16}?["']?[ \t:=]{1,4})["'`]?)(?P<v>[A-Z2-7]{16,64}={0,6}|(?:[A-Z2-7]{4} ){3,15}[A-Z2-7]{4})(?:\b|[&"'`])""",
        keywords=("otpauth:", "totp", "hotp", "2fa", "mfa", "otp", "authenticator"),
        reach=(0, 400),
        check=lambda found: not dummy(found.value) and re.search(r"[2-7]", found.value) is not None,
        source="https://github.com/google/google-authenticator/wiki/Key-Uri-Format; RFC 4648 section 6",
    ),
    Rule(
        name="characters-of-password",
        kind="password",
        pattern=r"""(?:"(?P<v>[^"\s]{4,100})"\.toCharArray\(\)|\w{0,40}[lL]ogin\w{0,20}\([^"'()\n]{1,60},\s{0,8}["'][\w.@-]{1,60}["'],\s{0,8}["'](?P<w>[^"'\s]{4,100})["']|basic_auth\([^()\n]{1,80},\s{0,8}Some\("(?P<x>[^"\s]{4,100})"\))""",
        keywords=(".tochararray(", "login(", "login_", "basic_auth("),
        reach=(180, 260),
        check=lambda found: password_like(found.value) and not _same(found.value),
        source="CWE-798: KeyStore and its like take characters; ftp_login and its like a connection, a user and a password",
    ),
    Rule(
        name="user-and-password",
        kind="password",
        pattern=r"""(?im)^[ \t]{0,12}(?:- |export |set )?["']?\w{0,40}(?:auth|users?|credentials?|creds|login)["']?[ \t]{0,4}[:=][ \t]{0,4}["']?[\w.@+-]{2,60}:(?P<v>[^\s"'/:@]{4,100})["']?,?[ \t]*\r?$""",
        keywords=("auth", "user", "credential", "creds", "login"),
        reach=(60, 200),
        check=lambda found: not found.code and _argument(found) and _numbered_or_drawn(found.value),
        source="CWE-260: user and password in one value",
    ),
    Rule(
        name="password-handed-in",
        kind="password",
        pattern=r"""\b(?:ssh-add|cryptsetup|passwd|gpg2?|kinit|openssl|su|sudo|chpasswd|hdiutil|veracrypt|encfs)\b[^\n|;]{0,100}?<<<[ \t]{0,2}["']?(?P<v>[^\s"'$]{4,100})""",
        keywords=("<<<",),
        reach=(120, 110),
        check=_argument,
        source="CWE-214; bash(1), here strings",
    ),
    Rule(
        name="key-bare",
        kind="secret",
        pattern=r"""(?im)^[ \t]{0,12}(?:- |export |set )?["']?(?P<n>[\w.-]{1,40})key[ \t]{0,4}[:=][ \t]{0,4}(?P<v>[A-Za-z0-9+/_.~-]{20,300}={0,3})[ \t]*\r?$""",
        keywords=("key:", "key=", "key :", "key ="),
        reach=(60, 320),
        group=2,
        check=_is_bare_key,
        source="CWE-321",
    ),
    Rule(
        name="secret-element",
        kind="secret",
        pattern=rf"""(?i){_OF_KEYS}[\w.-]{{0,20}}["']?(?:</key>\s{{0,40}}<string)?>\s{{0,40}}(?P<v>[^<>\s]{{8,400}})\s{{0,40}}</""",
        keywords=_SECRET_WORDS,
        reach=(0, 560),
        check=_drawn,
        source="CWE-260: Maven settings, Web.config, application servers",
    ),
    Rule(
        name="secret-defined",
        kind="secret",
        pattern=rf"""(?i)#[ \t]*define[ \t]{{1,8}}\w{{0,40}}{_OF_KEYS}\w{{0,20}}[ \t]{{1,20}}\(?"(?P<v>[^"\s]{{8,300}})\"""",
        keywords=("define",),
        reach=(12, 440),
        check=_drawn,
        source="CWE-321: a macro of C and its like",
    ),
    Rule(
        name="secret-configured",
        kind="secret",
        pattern=r"""(?i)(?:\b(?:configure|config|secrets?)[ \t:]set\b[^\n]{0,120}?(?:key|token|secret|pass\w{0,10}|auth)\w{0,20}[ \t=]{1,3}|\bvault[ \t]login[ \t]|token[ \t]{0,2}<<<[ \t]{0,2})["']?(?P<v>[A-Za-z0-9_+/=.~-]{12,300})""",
        keywords=("configure set", "config set", "config:set", "secret set", "secrets set", "vault login", "<<<"),
        reach=(12, 500),
        check=lambda found: random_like(found.value) and not _same(found.value),
        source="CWE-214; the manual pages of aws, npm, heroku, gh, vault",
    ),
    Rule(
        name="secret-in-header",
        kind="secret",
        pattern=r"""(?i)\b(?:x|ocp)-[a-z-]{0,40}(?:key|token|secret|auth|signature|session)["']?[ \t]{0,3}[:=,][ \t]{0,3}["'`]?(?P<v>[A-Za-z0-9._~+/=-]{16,300})""",
        keywords=("-key", "-token", "-secret", "-auth", "-signature", "-session"),
        reach=(44, 330),
        check=_drawn,
        source="CWE-321; RFC 9110 section 16.3: fields that applications define for themselves",
    ),
    Rule(
        name="secret-in-query",
        kind="secret",
        pattern=r"""(?i)[?&](?:amp;)?(?:key|auth|hash|pw|sid|ticket|otp|apikey|appid|app_id)=(?P<v>[A-Za-z0-9._~%+/=-]{16,300})""",
        keywords=("key=", "auth=", "hash=", "pw=", "sid=", "ticket=", "otp=", "appid=", "app_id="),
        reach=(8, 310),
        check=lambda found: random_like(found.value, shortest=16),
        source="CWE-598",
    ),
    Rule(
        name="key-in-base64",
        kind="secret",
        pattern=r"""(?i)\bkey\w{0,10}["']?[ \t]{0,4}(?:=>|=|:)[ \t]{0,4}["']?base64:(?P<v>[A-Za-z0-9+/]{20,100}={0,2})""",
        keywords=("base64:",),
        reach=(40, 110),
        check=_account_key,
        source="https://laravel.com/docs/encryption: the application's key",
    ),
    Rule(
        name="data-source-name",
        kind="password",
        pattern=r"""\b(?:sqlplus|rman|expdp|impdp|sqlldr)[ \t](?:[^\n]{0,60}?[ \t])?[\w$#]{1,40}/(?P<u>[^\s@/"'`]{3,100})@|\b[\w$.-]{1,60}(?::(?P<v>[^\s:@/"'`]{3,100})@(?:tcp|unix|udp)\(|/(?P<w>[^\s@/"'`]{3,100})@(?://)?[\w.-]{1,80}(?::\d{2,5})?[/:][\w.-])""",
        keywords=("@tcp(", "@unix(", "@udp(", "@//", ":1521", "sqlplus", "rman ", "expdp", "impdp", "sqlldr"),
        reach=(180, 220),
        check=lambda found: _in_url(found) and _argument(found),
        source="https://github.com/go-sql-driver/mysql#dsn-data-source-name; Oracle's Easy Connect",
    ),
    Rule(
        name="password-typed",
        kind="password",
        pattern=r"""(?i)\b(?:type|fill|fill_in|send_?keys|set_?value|input_?text)\b[ (][^()\n]{0,80}(?:password|passwd|pwd)[^()\n]{0,24}?["'],\s{0,3}(?:with:[ ]?)?["'](?P<v>[^"'\n]{4,100})["']""",
        keywords=("password", "passwd", "pwd"),
        reach=(110, 150),
        check=lambda found: password_like(found.value) and not _same(found.value),
        source="CWE-798: scripts that fill in forms",
    ),
    Rule(
        name="device-password",
        kind="password",
        pattern=r"""(?im)(?:^|["'])[ \t]*(?:no[ \t])?(?:enable[ \t]{1,4}(?:secret|password)|username[ \t]{1,4}\S{1,40}[ \t](?:[^\n]{0,60}?[ \t])?(?:password|secret)|(?:crypto[ \t]{1,4})?(?:isakmp|ikev?2?)[ \t]{1,4}key|snmp-server[ \t]{1,4}community|(?:set[ \t][^\n]{1,80}[ \t])?(?:plain-text|encrypted)-password(?:-value)?|option[ \t]{1,4}(?:key|password)|wpa-(?:psk|passphrase)|pre-shared-key(?:[ \t]{1,4}(?:address[ \t]{1,4}\S{1,60}|local|remote|ascii-text|hexadecimal))?[ \t]{1,4}(?:key)?|(?:radius|tacacs)-server[^\n]{0,60}[ \t]key|neighbor[ \t]\S{1,60}[ \t]password|(?:ip[ \t]ospf[ \t])?(?:authentication|message-digest)-key(?:[ \t]{1,4}\d{1,3}[ \t]{1,4}md5)?)[ \t]{1,8}(?:\d{1,2}[ \t]{1,4})?["']?(?P<v>[^\s"'<>{}$][^\s"']{3,100})""",
        keywords=(
            "enable secret",
            "enable password",
            "username ",
            "isakmp key",
            "snmp-server community",
            "-password ",
            "-password-value",
            "option key",
            "option password",
            "wpa-psk",
            "wpa-passphrase",
            "pre-shared-key",
            "-server ",
            "neighbor ",
            "tion-key",
            "digest-key",
        ),
        reach=(60, 260),
        check=lambda found: _argument(found) and re.search(r"\d", found.value) is not None,
        source="CWE-260: running configurations of routers, switches and access points",
    ),
    Rule(
        name="password-behind-user",
        kind="password",
        pattern=r"""(?:^|[\s;&|('"])[\w./-]{2,40}[ \t](?:[^\n|;&]{0,120}?[ \t])?(?:-[uUlDp]|--user(?:name)?)[ \t=]?["']?[\w.@\\,=/-]{1,80}["']?[ \t](?:[^\n|;&]{0,80}?[ \t])?-[pPwW][ \t=]?["']?(?P<v>[^\s"'$-][^\s"']{3,100})""",
        keywords=(" -p", " -w"),
        reach=(260, 120),
        check=lambda found: not found.code and _argument(found) and _numbered_or_drawn(found.value),
        source="CWE-214: programs that take a user's name and a password",
    ),
    Rule(
        name="password-directive-alone",
        kind="password",
        pattern=r"""(?im)^[ \t]{0,8}[A-Za-z_.-]{0,40}(?:pass(?:word|wd|phrase|cmd)?|pwd|pw)[ \t]{1,8}(?:["']?echo[ \t])?["']?(?P<v>[^\s"'=:]{5,100})["']?[ \t]*\r?$""",
        keywords=("pass", "pwd", "pw "),
        reach=(50, 130),
        check=lambda found: (
            not found.code and password_like(found.value) and _argument(found) and _numbered_or_drawn(found.value)
        ),
        source="CWE-260: configuration of mail programs, name servers and daemons, which has no sign between name and value",
    ),
    Rule(
        name="protocol-password",
        kind="password",
        pattern=r"(?m)^(?:[-<>=*]{1,3}[ \t]{1,2}|[CS]: )?(?:PASS|AUTH)[ \t](?P<v>[^\s\"']{6,100})\r?$",
        keywords=("pass ", "auth "),
        reach=(6, 110),
        check=lambda found: not found.code and _argument(found) and turns(found.value) > 0,
        source="RFC 959 section 4.1.1; RFC 1939 section 7; https://redis.io/docs/latest/commands/auth/",
    ),
    Rule(
        name="password-in-environment",
        kind="password",
        pattern=rf"(?i)\b(?:set)?env[ \t]{{1,8}}\w{{0,60}}{_OF_WORDS}\w{{0,20}}[ \t]{{1,8}}(?P<v>[^\s\"'=][^\s\"']{{3,120}})",
        keywords=("env ", "env\t"),
        reach=(1, 300),
        check=_argument,
        source="https://docs.docker.com/reference/dockerfile/#env: the form without a sign",
    ),
    Rule(
        name="registry-credentials",
        kind="password",
        pattern=r"""(?i)"auth"[ \t]{0,4}:\s{0,12}"(?P<v>[A-Za-z0-9+/]{8,400}={0,2})\"""",
        keywords=('"auth"',),
        reach=(0, 430),
        check=_basic,
        source="https://docs.docker.com/reference/cli/docker/login/: config.json",
    ),
    Rule(
        name="pgpass-line",
        kind="password",
        pattern=r"(?m)^[\w.*-]{1,100}:(?:\d{4,5}|\*):[\w.*-]{1,60}:[\w.*-]{1,60}:(?P<v>[^\s:]{4,120})$",
        keywords=(":5432:", ":6432:", ":5433:", ":*:"),
        reach=(160, 200),
        check=lambda found: not found.code and password_like(found.value) and not _code_value(found.value),
        source="https://www.postgresql.org/docs/current/libpq-pgpass.html",
    ),
    Rule(
        name="password-echoed",
        kind="password",
        pattern=r"""(?i)\becho[ \t]{1,4}(?:-[ne]{1,2}[ \t]{1,4})?["']?(?P<v>[^\s"'$|]{4,120})["']?[ \t]{0,4}\|[ \t]{0,4}(?:sudo[ \t]{1,4}(?:-\w[ \t]{1,4}){0,3}-S\b|(?:docker|podman|helm)[^\n|]{1,100}--password-stdin|(?:sudo[ \t]{1,4})?(?:passwd[ \t][^\n|]{0,40}--stdin|cryptsetup\b))""",
        keywords=("sudo -", "--password-stdin", "--stdin", "cryptsetup"),
        reach=(260, 30),
        check=_argument,
        source="CWE-214; the manual pages of these programs",
    ),
    Rule(
        name="password-in-column",
        kind="password",
        pattern=rf"(?im)^(?P<v>[^\n]{{0,300}}(?:^|[|,;\t])[ \t\"']{{0,8}}{_COLUMN}[ \t\r\"']{{0,8}}(?:[|,;\t][^\n]{{0,300}})?)\n",
        keywords=("pass", "pwd", "kennwort", "contrase", "senha", "wachtwoord", "mot de passe"),
        reach=(310, 330),
        grow=_column,
        check=lambda found: not found.code and password_like(found.value) and not _same(found.value),
        source="RFC 4180 and tables of Markdown: what managers of passwords export, with names in the first line",
    ),
    Rule(
        name="shadow-line",
        kind="password",
        pattern=r"\b[\w.-]{1,40}:(?P<v>\$(?:[156y]|2[abxy]|apr1|argon2id?|7)\$[A-Za-z0-9./$=,+]{20,200})",
        keywords=(":$",),
        reach=(42, 220),
        source="crypt(5); https://httpd.apache.org/docs/2.4/misc/password_encryptions.html",
    ),
    Rule(
        name="literal-behind-noun",
        kind="password",
        pattern=r"""(?i)(?:pass(?:word|wd|wort|phrase)?|pwd|secret|token|api_?key|credential)s?[\w.]{0,20}["']?[\])]?[ \t]{0,4}(?:[,(={][^\n"'`]{0,40}|[^\w\s"'`][^\n"'`]{0,20})?b?["'](?P<v>[^\s"'`\\]{8,100})["']""",
        keywords=("pass", "pwd", "secret", "token", "apikey", "api_key", "credential"),
        reach=(0, 240),
        check=_beside_noun,
        among_many=_at_a_glance,
        source="CWE-798: a drawn literal in a call or a comparison with what is called so",
    ),
    Rule(
        name="literal-before-noun",
        kind="password",
        pattern=r"""(?i)["'](?P<v>[^\s"'`\\]{8,100})["'](?:\)?[ \t]{0,4}[,)][^\n"'`]{0,24}|[ \t]{0,4}[!=]={1,2}[ \t]{0,4}|[ \t)];?[ \t]{0,4}(?:#|//)[^\n"'`]{0,40})["']?\w{0,20}(?:password|passwd|passwort|secret|token|api_?key|private_?key)""",
        keywords=(
            "password",
            "passwd",
            "passwort",
            "secret",
            "token",
            "apikey",
            "api_key",
            "privatekey",
            "private_key",
        ),
        reach=(200, 12),
        check=_beside_noun,
        among_many=_at_a_glance,
        source="CWE-798: a drawn literal beside what is called so",
    ),
)
