"""Which notes are about a person, and what that person is called: a folder of people, a tag, a property says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from corpus.notes.links import fold
from corpus.people import Person
from corpus.pseudonyms import pseudonym

if TYPE_CHECKING:
    from corpus.notes.parse import Note

__all__ = ["people_of"]


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PEOPLE: Final = _listed(
    "people person persons contact contacts personen kontakt kontakte menschen personne personnes"
    " persona personas persone pessoa pessoas contatti contacto contactos contato contatos friends family"
    " familie freunde colleagues"
)
_SAYS: Final = ("type", "kind", "category", "class", "fileclass")
_ADDRESS: Final = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+|\+?[\d(][\d ()/.\-]{5,}\d")
_REACHED: Final = (
    "email",
    "e-mail",
    "mail",
    "phone",
    "tel",
    "telephone",
    "telefon",
    "mobile",
    "handy",
    "matrix",
    "signal",
)


def people_of(vault: str, notes: Mapping[str, Note], key: bytes) -> Iterator[Person]:
    """The people that notes are about, each under a pseudonym of the note.

    Args:
        vault: The vault's name.
        notes: Path to note.
        key: The key of the pseudonyms.
    """
    for path, note in sorted(notes.items()):
        if not _is_person(path, note):
            continue
        names = {PurePosixPath(path).stem, *note.aliases}
        names |= set(_texts(note.properties, ("name", "full name", "fullname", "nickname")))
        ids = {found for text in _texts(note.properties, _REACHED) for found in _ADDRESS.findall(text)}
        called = pseudonym(key, "person", f"note:{vault}:{path}")
        yield Person(called, tuple(sorted(names - {""})), tuple(sorted(ids)), near=True, places=(path,))


def _is_person(path: str, note: Note) -> bool:
    if any(fold(part) in _PEOPLE for part in PurePosixPath(path).parts[:-1]):
        return True
    if any(fold(tag.name).split("/")[0] in _PEOPLE for tag in note.tags):
        return True
    return any(fold(text) in _PEOPLE for text in _texts(note.properties, _SAYS))


def _texts(properties: Mapping[str, Any], wanted: Iterable[str]) -> Iterator[str]:
    names = frozenset(wanted)
    for name, value in properties.items():
        if name.lower() in names:
            yield from (str(item) for item in (value if isinstance(value, list) else [value]) if item is not None)
