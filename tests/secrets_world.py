"""Secrets and personal data planted in every kind of source; all drawn at run time, none stands in this file."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pygit2
from chats_world import ME, Said, Somebody, Talk, element_export, events, write_export
from conftest import PYTHON, Grown

__all__ = ["World", "planted_world"]

# Clean code, so that the corpus is large enough to be judged and published.
LENGTHS = """def to_miles(kilometres: float) -> float:
    \"\"\"Convert a distance on a road from kilometres to the statute miles of the older maps.\"\"\"
    return kilometres / 1.609344


def fathoms_of(metres: float, draught: float) -> float:
    \"\"\"Give the water that is left below a keel in fathoms, as sailors used to call it out.\"\"\"
    below = metres - draught
    return max(0.0, below) / 1.8288


def furlongs(acres: list[float]) -> list[str]:
    \"\"\"Describe each field by the furlongs along its side, rounded to a tenth of one.\"\"\"
    described = []
    for acre in acres:
        described.append(f"{(acre * 4046.86) ** 0.5 / 201.168:.1f} fur")
    return described
"""

_ALNUM = string.ascii_letters + string.digits


@dataclass
class World:
    """Sources with planted values in them, and the values by where they stand.

    Attributes:
        repository: A git repository; its history is read too.
        vault: An Obsidian vault.
        signal: A plaintext export of Signal.
        matrix: An export of Element.
        values: Place to value.
        canary: The value of `HF_TOKEN`.
    """

    repository: Path
    vault: Path
    signal: Path
    matrix: Path
    values: dict[str, str] = field(default_factory=dict)
    canary: str = ""


class _Draws:
    """Values of a seed."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def some(self, alphabet: str, length: int) -> str:
        return "".join(self._rng.choice(alphabet) for _ in range(length))

    def word(self) -> str:
        return self.some("bdfgklmnprstvz", 1).upper() + "".join(
            self.some("aeiou", 1) + self.some("bdfgklmnprstvz", 1) for _ in range(4)
        )

    def name(self) -> str:
        return f"{self.word()} {self.word()}"

    def email(self) -> str:
        return f"{self.word().lower()}.{self.some(string.digits, 3)}@{self.word().lower()}-mail.org"

    def phone(self) -> str:
        return f"+49151{self._rng.randrange(10_000_000, 99_999_999)}"

    def aws(self) -> str:
        return "AK" + "IA" + self.some(string.ascii_uppercase + "234567", 16)

    def gitlab(self) -> str:
        return "glp" + "at-" + self.some(_ALNUM, 20)

    def hugging_face(self) -> str:
        return "h" + "f_" + self.some(string.ascii_letters, 34)

    def password(self) -> str:
        return self.some(_ALNUM, 9) + self.some("!#+-", 1) + self.some(string.digits, 3) + self.some(_ALNUM, 5)

    def pem(self) -> str:
        return "\n".join(self.some(_ALNUM + "+/", 64) for _ in range(6))

    def home(self) -> str:
        return f"/home/{self.word().lower()}{self.some(string.digits, 2)}"


def planted_world(folder: Path, seed: int = 0) -> World:
    """All four sources below a folder."""
    draws = _Draws(seed)
    world = World(folder / "tool", folder / "Vault", folder / "signal-export", folder / "export.json")
    world.canary = draws.hugging_face()
    _repository(world, draws)
    _vault(world, draws)
    _chats(world, draws)
    return world


def _said(world: World, place: str, value: str) -> str:
    world.values[place] = value
    return value


def _repository(world: World, draws: _Draws) -> None:
    def put(place: str, value: str) -> str:
        return _said(world, place, value)

    author, address = put("author name", draws.name()), put("author e-mail", draws.email())
    helper = put("helper's name", draws.name())
    clean = PYTHON.decode()
    files = {
        "moons.py": PYTHON,
        "lengths.py": LENGTHS.encode(),
        "comments.py": f'''def reach(host: str) -> str:
    """Reach a host over the network, the way the old scripts of the office did it for years.

    Args:
        host: Where to go; ask {author} or {put("docstring: e-mail", draws.email())} for access.
    """
    # call {put("comment: phone", draws.phone())} when it hangs
    # the log is in {put("comment: home", draws.home())}/log.txt
    return "ssh://" + host
'''.encode(),
        "strings.py": f'''def settings(name: str) -> dict[str, str]:
    """Give the settings of a service by its name, with all that is needed to reach it from here."""
    password = "{put("string: password", draws.password())}"
    url = "postgres://admin:{put("string: url password", draws.password())}@db.internal.net:5432/main"
    support = "{put("string: e-mail", draws.email())}"
    return {{"password": password, "url": url, "support": support, "name": name}}
'''.encode(),
        "tokens.py": f'''def client(region: str) -> object:
    """Make a client for the storage in a region, signed with the key that the team shares."""
    key = "{put("string: token", draws.aws())}"
    return connect(region, key=key, other="{put("string: other token", draws.gitlab())}")


def other(region: str) -> str:
    """Name the bucket of a region in the way that the first version of the storage did."""
    return "bucket-" + region.lower().replace("_", "-") + "-" + "{world.canary}"
'''.encode(),
        "keys.py": f'''def certificate() -> str:
    """Give the key with which the service proves who it is, as text in the form of PEM."""
    return """-----BEGIN RSA PRIVATE {"KEY"}-----
{put("string: private key", draws.pem())}
-----END RSA PRIVATE {"KEY"}-----"""
'''.encode(),
        f"mail_{put('file name', draws.email())}.py": clean.replace("Moon", "Comet").encode(),
        "inside.py": f'''def renew_{put("inside a symbol", draws.aws())}_again(value: int) -> int:
    """Give the number that stands before a number, counted in the steps of the table above."""
    preceding = value - 1
    return preceding
'''.encode(),
        "symbols.py": f'''def {put("symbol", draws.aws())}(value: int) -> int:
    """Give the number that comes after a number, counted in the steps of the table above."""
    following = value + 1
    return following
'''.encode(),
    }
    grown = Grown(world.repository)
    grown.commit(files, f"{author} <{address}>", "The first version")
    files["moons.py"] = PYTHON.replace(b"86400", b"86_400").replace(b"Days that", b"The days that")
    subject = f"Add underscores to the seconds of a day, as {put('message: e-mail', draws.email())} asks"
    grown.commit(
        {"moons.py": files["moons.py"]},
        f"{author} <{address}>",
        f"{subject}\n\nThe service takes {put('message: token', draws.gitlab())} for now.\n\n"
        f"Co-authored-by: {helper} <x@example.org>",
    )
    # A token in the remote's URL, which a source's name must not hold.
    world.values["remote"] = draws.gitlab()
    pygit2.Repository(world.repository).remotes.create(
        "origin", f"https://oauth2:{world.values['remote']}@git.example.org/a/tool.git"
    )


def _vault(world: World, draws: _Draws) -> None:
    def put(place: str, value: str) -> str:
        return _said(world, place, value)

    (world.vault / ".obsidian").mkdir(parents=True)
    (world.vault / "People").mkdir()
    friend = put("note name", draws.name())
    nick = put("alias", draws.name())
    notes = {
        f"People/{friend}.md": f'---\naliases: [{nick}]\nphone: "{put("frontmatter: phone", draws.phone())}"\n---\n'
        "We met on the ferry to the islands and have talked about boats ever since then.\n\n"
        "## What we said\n\nThe next tour goes to the north, along the coast and back by train in a week.\n",
        "Boats.md": f"---\nowner: {put('frontmatter: e-mail', draws.email())}\n---\n# Boats\n\n## Who sails\n\n"
        f"{friend} sails every summer, and so does {nick}; the boat lies in the small harbour near the lighthouse.\n\n"
        f"## The wifi\n\nThe password of the harbour is {put('note: password', draws.password())} and it changes "
        "in spring.\n\n"
        f"## Keys\n\nThe account of the club has the token {put('note: token', draws.aws())} since the last summer.\n",
        f"Letter to {put('note name: e-mail', draws.email())}.md": "# A letter\n\n## What it says\n\n"
        "The boat needs new paint before it goes back into the water, and the mast needs a look as well.\n",
    }
    for name, text in notes.items():
        (world.vault / name).write_text(text, encoding="utf-8")
    (world.vault / f"{put('attachment name', draws.email())}.png").write_bytes(b"\x89PNG")


def _chats(world: World, draws: _Draws) -> None:
    def put(place: str, value: str) -> str:
        return _said(world, place, value)

    anna = Somebody(
        put("contact: given", draws.word()), put("contact: family", draws.word()), put("contact: number", draws.phone())
    )
    said = [
        Said(
            anna,
            f"Can you call {put('chat: phone', draws.phone())} about the boat, "
            f"or write to {put('chat: e-mail', draws.email())}?",
        ),
        Said(ME, f"I will. My password is {put('chat: password', draws.password())}, by the way."),
        Said(anna, "Thank you, I shall look at it in the evening when I am back at home.", quotes=1),
        Said(ME, f"Say hello to {world.values['note name']} from me, please, and to everybody else."),
    ]
    write_export(world.signal, [Talk([anna], said)])
    display = Somebody(put("display name", draws.word()), put("display family", draws.word()), "")
    room = Talk(
        [display],
        [
            Said(display, f"The key is {put('matrix: token', draws.gitlab())} now, keep it well until the next time."),
            Said(
                ME, f"{display.given} {display.family}, I have kept it, and I told {world.values['author name']} of it."
            ),
            Said(display, "And what does the weather say about the weekend on the islands?"),
            Said(ME, "It says that the wind comes from the west, and that it may rain."),
        ],
    )
    found = element_export(events(room))
    found["room_name"] = put("room name", draws.name())
    found["messages"][-1]["content"]["filename"] = put("matrix: attachment name", draws.email())
    world.matrix.write_text(json.dumps(found), encoding="utf-8")


def in_text(world: World, text: str) -> Iterator[str]:
    """The places whose values stand in a text."""
    for place, value in [*world.values.items(), ("canary", world.canary)]:
        if value in text or any(line in text for line in value.split("\n") if len(line) > 20):
            yield place
