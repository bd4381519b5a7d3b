"""What a worker does with a unit. Light to import: parsing a note needs no Arrow, so a worker starts sooner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from corpus.patterns import compiled
from corpus.people import Person
from corpus.sources.base import JoinedSource, Skip, SkipUnit, Source, Unit

__all__ = ["Listed", "Telling", "Work", "listed", "parse_unit", "printable", "read_telling_unit", "read_unit"]


# One of these stands, in lower case, where a name or a sentence says of a value that it is a secret.
_TELLING: Final = (
    "passw", "pass=", "pass:", "pass,", "_pass", 'pass"', "pass'", "passphrase", "passcode", "passe", "pwd",
    "pw:", "pw=", "psw", "kennwort", "contrase", "clave", "senha", "wachtwoord", "parol", "парол", "mdp",
    "heslo", "hasło", "lösenord", "şifre", "密码", "密碼", "パスワード", "비밀번호", "סיסמה", "κωδικός",
    "secret", "token", "cred", "private", "://", "api_key", "apikey", "api-key", "_key", "-key",
    "key=", "key:", "key =", 'key"', "key'", "schlüssel", "ключ", "auth_", "auth=", "auth:", "auth(",
    "authorization", "bearer", "jwt", "psk", "otp", "salt", "login", "curl", "mysql", "sqlplus", "ldap",
    "recovery", "backup", '"kty"', "key :", "rsakeyvalue", "wireguard", "preshared", "ls0tls1crudjti", "sshpass",
    "requirepass", "pass is", "identified", "_pw", " pw", "-pw ", "hmac", "fernet", "sig=", "jdbc:", "@tcp(", "wget",
    "authenticat", "2fa", "wifi", "wi-fi", "wlan", "ssid", "wpa", "zugang", "schluessel", "chave", "chiave", "clé ",
    "haslo", "losenord", "sifre", "salasana", "adgangskode", "passord", "jelszó", "mật khẩu", "kata sandi", "كلمة",
    "пасс", "токен", "код от", "log in", "log-in", "pass =", "pass\t", "pass;", "pass|", "pass<", "cookie", "sessionid",
    "api key", "getconnection", "securestring",
)  # fmt: skip
# All at once: a tenth of the time that asking for one after another takes.
_ANY: Final = "|".join(map(re.escape, _TELLING))

Work = tuple[int, Unit | None]
"""The number of a source and one of its units; None asks for the list of all."""


class Listed(NamedTuple):
    """What a source says of itself before anything is read.

    Attributes:
        units: What it holds, and what of it is not read.
        people: Who is known to it; nobody where they are known only when it joins its units.
    """

    units: list[Unit | Skip]
    people: tuple[Person, ...]


class Telling(NamedTuple):
    """What a unit yields whose text speaks of secrets, and that text: who reads the units searches it.

    A worker that had to load the rules would start in twice the time.

    Attributes:
        data: The unit's rows, as `read_unit` gives them.
        text: The unit as it stands in its file.
        language: The programming language that it is written in, if it is code.
    """

    data: bytes
    text: str
    language: str | None


def read_telling_unit(sources: Sequence[Source], work: Work) -> bytes | Skip | Listed | Telling:
    """As `read_unit`, and with the unit's own text where that speaks of secrets."""
    found = read_unit(sources, work)
    number, unit = work
    if unit is None or not isinstance(found, bytes):
        return found
    text = sources[number].text_in(unit)
    if text is not None and not (isinstance(text, tuple) and len(text) == 2 and isinstance(text[0], str)):
        raise TypeError(f"text_in gives a text with its language, or None; got {type(text).__name__}")
    if text is None or not compiled(_ANY).search(text[0].lower().encode(errors="replace")):
        return found
    return Telling(found, *text)


def read_unit(sources: Sequence[Source], work: Work) -> bytes | Skip | Listed:
    """What one unit yields, in the form that is cached, or why there is nothing; or what `listed` gives.

    Args:
        sources: All of them.
        work: What is wanted.
    """
    number, unit = work
    source = sources[number]
    if unit is None:
        return listed(source)
    if isinstance(source, JoinedSource):
        return parse_unit(source, unit)
    from corpus.drafts import extract_unit

    return extract_unit(source, unit)


def listed(source: Source) -> Listed:
    """The units of a source and its people, in one go: both may stand in the same history."""
    units = list(source.units())
    return Listed(units, () if isinstance(source, JoinedSource) else tuple(source.people()))


def parse_unit(source: JoinedSource, unit: Unit) -> bytes | Skip:
    """What `parse` gives for a unit, or why there is nothing."""
    try:
        return source.parse(unit)
    except SkipUnit as skip:
        return Skip(unit.path, printable(skip.reason), printable(skip.detail))


def printable(text: object) -> str:
    """As text that any file takes: what is not UTF-8 in a file's name or an exception's message, as an escape."""
    return str(text).encode(errors="backslashreplace").decode()
