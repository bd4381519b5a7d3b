"""What a worker does with a unit. Light to import: parsing a note needs no Arrow, so a worker starts sooner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from corpus.people import Person
from corpus.sources.base import JoinedSource, Skip, SkipUnit, Source, Unit

if TYPE_CHECKING:
    from corpus.privacy.known import Secret

__all__ = ["Listed", "Searched", "Work", "listed", "parse_unit", "printable", "read_unit", "search_unit"]


# One of these stands, in lower case, where a name or a sentence says of a value that it is a secret.
_TELLING: Final = (
    "passw", "pass=", "pass:", "pass,", "_pass", 'pass"', "pass'", "passphrase", "passcode", "passe", "pwd",
    "pw:", "pw=", "psw", "kennwort", "contrase", "clave", "senha", "wachtwoord", "parol", "парол", "mdp",
    "heslo", "hasło", "lösenord", "şifre", "密码", "密碼", "パスワード", "비밀번호", "סיסמה", "κωδικός",
    "secret", "token", "credential", "creds", "private", "://", "api_key", "apikey", "api-key", "_key", "-key",
    "key=", "key:", "key =", 'key"', "key'", "schlüssel", "ключ", "auth_", "auth=", "auth:", "auth(",
    "authorization", "bearer", "jwt", "psk", "otp", "salt", "login", "curl", "mysql", "sqlplus", "ldap",
    "recovery", "backup", '"kty"',
)  # fmt: skip

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


class Searched(NamedTuple):
    """What a unit yields that holds secrets, and these.

    Attributes:
        data: The unit's rows, as `read_unit` gives them.
        secrets: What is to be masked wherever it stands.
    """

    data: bytes
    secrets: tuple[Secret, ...]


def search_unit(sources: Sequence[Source], work: Work) -> bytes | Skip | Listed | Searched:
    """As `read_unit`, and with the secrets that the unit's own text shows, where it shows any."""
    found = read_unit(sources, work)
    number, unit = work
    if unit is None or not isinstance(found, bytes):
        return found
    text = sources[number].text_in(unit)
    if text is None or not _tells(text[0].lower()):
        return found
    from corpus.privacy.known import searched  # with all the rules, which most workers need not load

    secrets = searched(*text, unit.path)
    return Searched(found, secrets) if secrets else found


def _tells(lower: str) -> bool:
    return any(word in lower for word in _TELLING)


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
