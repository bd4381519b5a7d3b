"""What one place shows to be a secret is masked in all: in rows with a part of its file, in other files, in notes."""

from __future__ import annotations

import hashlib
import json
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import Grown
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus
from corpus.cache import Cache
from corpus.patterns import compiled
from corpus.privacy import Detector
from corpus.privacy.known import (
    KnownSecrets,
    Secret,
    digest,
    from_values,
    lasting,
    searched,
    to_values,
    together,
)
from corpus.sources.reading import _ANY

ALNUM = string.ascii_letters + string.digits
DETECTOR = Detector()


@dataclass
class Planted:
    """A repository and a vault that show secrets in parts."""

    repository: Path
    vault: Path
    password: str
    spelt: str
    lines: list[str] = field(default_factory=list)

    @property
    def values(self) -> list[str]:
        return [self.password, self.spelt, *self.lines]


def drawn(rng: random.Random, length: int, alphabet: str = ALNUM) -> str:
    return "x7" + "".join(rng.choices(alphabet, k=length - 4)) + "Q4"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, module_in_this_process: None) -> Planted:
    """The name of a password, and the head of a key, outside of every row; values of them in rows."""
    rng = random.Random(11)
    folder = tmp_path_factory.mktemp("parts")
    lines = [drawn(rng, 64, ALNUM + "+/") for _ in range(6)]
    here = Planted(folder / "tool", folder / "Vault", drawn(rng, 18), drawn(rng, 14), lines)
    files = {
        "settings.py": f'DB_PASSWORD = "{here.password}"\n\n_KEY = """-----BEGIN RSA PRIVATE {"KEY"}-----\n'
        + "\n".join(lines)
        + '\n-----END RSA PRIVATE KEY-----"""\n',
        "harbour.py": f'''def dock(boat: str, berth: int) -> str:
    """Give the line by which a boat is told where it lies in the harbour over the winter."""
    told = join(boat, berth, "{here.password}")
    return told.strip()


def stone(number: int) -> str:
    """Give the text that is written on a stone, by the number that the stone has in the list."""
    return "{lines[2]}" + str(number)


def sail(wind: float) -> float:
    """Give the speed of a boat from the speed of the wind, as a table of the last century has it."""
    return wind ** 0.5 * 1.34
''',
    }
    Grown(here.repository).commit(
        {name: text.encode() for name, text in files.items()}, "Ada <ada@example.org>", "The first version"
    )
    (here.vault / ".obsidian").mkdir(parents=True)
    (here.vault / "Boats.md").write_text(
        f"# Boats\n\n## The harbour\n\nWhoever comes late has to say {here.password} and wait for the light.\n\n"
        "## The paint\n\nThe boat needs new paint before it goes back into the water, and the mast a look.\n\n"
        f"## The gate\n\nThe sign at the gate says {here.spelt} since the last summer, in red letters on white.\n"
    )
    (here.vault / "Codes.md").write_text(f"gate password: {here.spelt}\n")
    return here


@pytest.fixture(scope="module")
def raw(planted: Planted) -> corpus.Corpus:
    return corpus.extract(planted.repository, planted.vault, workers=1, progress=False)


@pytest.fixture(scope="module")
def redacted(raw: corpus.Corpus) -> corpus.Corpus:
    return raw.normalize().redact()


def told(c: corpus.Corpus) -> str:
    return json.dumps([c.table.to_pylist(), c.removed.to_pylist()], default=str, ensure_ascii=False)


def test_a_row_shows_what_only_its_unit_says_to_be_a_secret(planted: Planted, raw: corpus.Corpus) -> None:
    """The control: the values stand in rows, and no rule finds them there."""
    shown = [value for value in planted.values if value in told(raw)]
    assert set(shown) == {planted.password, planted.spelt, planted.lines[2]}
    rows = raw.table.filter(pa.compute.equal(raw.table["path"].cast(pa.string()), "harbour.py")).to_pylist()
    texts = [(row["input"], "python") for row in rows] + [(row["output"], None) for row in rows]
    assert not [text for text, language in texts if DETECTOR.find(text or "", language=language)]


def test_what_a_unit_shows_is_masked_in_every_row(planted: Planted, redacted: corpus.Corpus) -> None:
    assert not [value for value in planted.values if value in told(redacted)]
    paths = redacted.table["path"].to_pylist()
    assert {"harbour.py", "Boats.md"} <= set(paths)
    gone = redacted.removed.to_pylist()
    assert {row["symbol"] for row in gone if row["reason"] == "secret"} == {"stone"}
    assert all("part-of-a-key" in row["detail"] for row in gone)
    record = redacted.lineage[-1]
    assert record["known"] == len(redacted.secrets) == 8
    assert not [value for value in planted.values if value in json.dumps(record)]
    assert "wind ** 0.5" in told(redacted)


def test_the_cache_remembers_what_units_hold(planted: Planted, raw: corpus.Corpus, tmp_path: Path) -> None:
    def run() -> corpus.Corpus:
        return corpus.extract(
            planted.repository, planted.vault, workers=1, cache=tmp_path / "units.sqlite", progress=False
        )

    first, again = run(), run()
    assert again.cache_use == corpus.corpus.CacheUse(extracted=0, cached=4)
    assert first.secrets == again.secrets == raw.secrets
    with Cache(tmp_path / "units.sqlite") as cache:
        cache._db.execute("DELETE FROM wholes")
    assert run().secrets == raw.secrets  # of the units, one by one


def test_what_a_source_holds_no_longer_is_forgotten(tmp_path: Path) -> None:
    secret = Secret("x7Kq92LmQ4", "password", "r", "redact", ("a.md",))
    with Cache(tmp_path / "units.sqlite") as cache:
        cache.hold(b"vault", {b"a"})
        cache.put([(b"a", b"1"), (b"b", b"2")], {b"a": [secret]})
        assert cache.get([b"a", b"b"]) == [b"1", b"2"]
        assert cache.secrets({b"a", b"b"}) == {b"a": (secret,)}
        assert cache.secrets({b"b"}) == {}
        cache.hold(b"vault", {b"c"})
        assert cache.secrets({b"a"}) == {}
        cache.put([(b"a", b"1")], {b"a": [secret]})
        cache._db.execute("UPDATE secrets SET data = x'00'")
        with pytest.raises(corpus.BuildError, match="damaged"):
            cache.secrets({b"a"})


def test_rows_are_the_same_when_they_are_read_again(planted: Planted, redacted: corpus.Corpus, tmp_path: Path) -> None:
    redacted.write(tmp_path / "corpus")
    place = tmp_path / "corpus" / ".private" / "cache" / "secrets.json"
    assert from_values(json.loads(place.read_text())) == redacted.secrets
    written = [p for p in (tmp_path / "corpus").rglob("*") if p.is_file() and "cache" not in p.parts]
    assert not [p for p in written for value in planted.values if value.encode() in p.read_bytes()]
    again = corpus.load(tmp_path / "corpus")
    assert again.reread() == [None] * len(again)
    place.unlink()
    with pytest.raises(corpus.IntegrityError, match="secrets that the redaction knew"):
        corpus.load(tmp_path / "corpus").reread()


def test_the_last_look_knows_them_too(planted: Planted, redacted: corpus.Corpus, tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text(f"It rained, {planted.lines[4]} and more.\n")
    with pytest.raises(corpus.IntegrityError, match="part-of-a-key") as caught:
        redacted.check_bytes(tmp_path)
    assert planted.lines[4] not in str(caught.value)


def test_with_a_note_its_secrets_are_forgotten(planted: Planted, redacted: corpus.Corpus, own_list: Path) -> None:
    assert planted.spelt in {one.value for one in redacted.secrets}
    done = redacted.forget("Boats.md").corpus
    assert {one.value for one in done.secrets} >= {planted.password, planted.spelt}  # other units show them
    assert not [one for one in done.secrets if "Boats.md" in one.places]
    record = done.lineage[-1]
    assert record["known"] == len(done.secrets)


def test_a_kind_that_is_kept_is_masked_nowhere(planted: Planted, raw: corpus.Corpus) -> None:
    kept = raw.redact(keep=["password"])
    assert told(kept).count(planted.password) == told(raw).count(planted.password)
    assert planted.lines[2] not in told(kept)


def test_what_one_row_shows_is_masked_in_the_others() -> None:
    value = "k9Trellis4Qx"
    rows = {
        "instruction": ["What is it?", "Is it right?"],
        "output": [f"the password is {value}", f"Yes, {value} it is."],
    }
    done = corpus.from_arrow(pa.table(rows)).redact()
    assert done.table["output"].to_pylist() == ["the password is <PASSWORD>", "Yes, <PASSWORD> it is."]


def test_a_place_of_a_secret_is_where_it_stands_and_not_only_where_it_is_said_to_be_one() -> None:
    """Else who forgets the one file could not verify the other, in which it stays masked."""
    rows = {"output": ["gate password: x7Kq92LmQ4zZ8", "Say x7Kq92LmQ4zZ8 and wait for the light."]}
    raw = corpus.from_arrow(pa.table({"instruction": ["What stands here?"] * 2, **rows}))
    paths = pa.array(["a.txt", "b.txt"]).cast(raw.table.schema.field("path").type)
    table = raw.table.set_column(raw.table.column_names.index("path"), raw.table.schema.field("path"), paths)
    (secret,) = replace(raw, table=table).redact().secrets
    assert secret.places == ("a.txt", "b.txt")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('password = "x7Kq92LmQ4"', ["x7Kq92LmQ4"]),
        ('password = "Orchid6101$"', ["Orchid6101$"]),
        ('password = "falcon325tiger"', ["falcon325tiger"]),
        ("the password is sunflower", []),
        ("pw: hunter2", []),
        ("password: summer2024", []),
        ("mail a.b@mail-of-a-firm.com", []),
        ('password = "blue_Otter_553"', []),
        *(
            (f'password = "{name}"', [])
            for name in (
                "Uint8Array",
                "Sha256Hash",
                "glUniform3fv",
                "int32x4_t",
                "OAuth2PasswordBearer",
                "i18nProvider",
                "k8s-node1",
                "v1.2.3-rc1",
                "v1alpha1",
                "arm64-v8a",
                "actions/checkout@v4",
                "pkg/v2beta1/types.go",
                "2024-01-01T00:00",
                "user1@host2.com",
                "#fff123ab",
                "i=0;i<n",
            )
        ),
        *((f"password: {name}", []) for name in ("getUserById", "getByIdOrThrow", "None", "self")),
    ],
)
def test_what_somebody_else_may_write_too_is_not_lasting(text: str, values: list[str]) -> None:
    assert [one.value for one in lasting(text, DETECTOR.find(text), None)] == values
    assert [one.value for one in searched(text, None, "a.md")] == values


@pytest.mark.parametrize(
    "text",
    [
        "The password is {}, isn't it.",
        "The password is {}!",
        "(pw: {})",
        "pw: **{}**",
        "Passwort: „{}“",
        "password={}&user=jane",
    ],
)
@pytest.mark.parametrize("value", ["x7Kq92LmQ4zZ8", "Orchid6101$"])
def test_what_a_sentence_puts_around_a_value_is_no_part_of_it(text: str, value: str) -> None:
    assert value in {one.value for one in searched(text.format(value), None, "a.md")}


@pytest.mark.parametrize(
    "text",
    [
        "wifi: Home / {}",
        "salasana: {}",
        "jelszó: {}",
        "mật khẩu: {}",
        "haslo: {}",
        "requirepass {}",
        "Zugang: jane / {}",
        "mot de passe : {}",
        "motDePasseAdmin = '{}'",
        "Passe: {}",
        "palavra-passe: {}",
        "postgres://jane:{}@db.halden.no/x",
        "PrivateKey = {}" + "ab0cdE" * 6,
    ],
)
def test_whatever_a_secret_is_called_a_unit_that_says_it_is_searched(text: str) -> None:
    """Two lists say what tells of secrets, the rules' and the shorter one of who reads."""
    told = text.format("x7Kq92LmQ4zZ8")
    assert searched(told, None, "a.md")
    assert compiled(_ANY).search(told.lower().encode())


class Bare(corpus.Source):
    """Forgets the language beside its text."""

    kind = "x-bare"
    name = "bare"

    def units(self) -> Iterator[corpus.Unit]:
        yield corpus.Unit("a", content="a", size=1)

    def extract(self, unit: corpus.Unit) -> Iterator[corpus.Entry]:
        yield corpus.Entry(category="note", task="answer", instruction="Which?", output=unit.content, language="en")

    def text_in(self, unit: corpus.Unit) -> tuple[str, str | None]:
        del unit
        return "password = 'x7Kq92LmQ4zZ8'"  # type: ignore[return-value]  # the mistake


def test_a_source_that_says_its_text_wrongly_is_told_so() -> None:
    c = corpus.extract(Bare(), workers=1, progress=False)
    assert not len(c)
    assert "text_in gives a text with its language" in c.skipped["detail"][0].as_py()


def test_a_value_is_known_as_prose_is_normalized() -> None:
    value = "Bo\u0308rku\u0308l7Kq92La\u0308m4"
    assert {one.value for one in searched(f"gate password: {value}\n", None, "a.md")} == {
        value,
        "B\u00f6rk\u00fcl7Kq92L\u00e4m4",
    }


def test_a_secret_of_the_environment_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_TOKEN", "zz9Plural7Zeta42")
    c = corpus.from_arrow(pa.table({"instruction": ["Which?"], "output": ["It is zz9Plural7Zeta42 now."]}))
    assert c.redact().secrets == ()


def test_a_short_value_stands_alone_and_a_long_one_anywhere() -> None:
    short, long = (Secret(value, "password", "r", "redact") for value in ("a1B2c3D4", "a1B2c3D4e5F6"))
    find = KnownSecrets([short, long])
    assert [(f.start, f.end) for f in find("(a1B2c3D4) xa1B2c3D4 a1B2c3D4y")] == [(1, 9)]
    assert [(f.start, f.end) for f in find("\\na1B2c3D4e5F6z")] == [(2, 14)]
    assert not KnownSecrets([]).stand_in("anything")


def test_a_line_of_a_key_that_is_written_with_escapes_is_known_by_itself() -> None:
    line = drawn(random.Random(2), 64)
    name = "AbstractSingletonProxyFactoryBean"  # of which no row shall be taken for a part of a key
    text = (
        f'key = "-----BEGIN PRIVATE {"KEY"}-----\\n{line}\\n{name}\\n{line[::-1]}\\n-----END PRIVATE {"KEY"}-----\\n"'
    )
    assert {one.value for one in searched(text, "python", "a.py")} == {line, line[::-1]}


@pytest.mark.parametrize(
    "text", ["1.1" + "a" * 3000 + "$1Z", "get" * 1000 + "9$", "a1/" * 1000 + "@", "1-" * 1500 + "Zq9$"]
)
def test_a_long_value_is_judged_at_once(text: str) -> None:
    """It took for ever where a part of a pattern could be read in two ways."""
    assert not [one for one in searched(f'password = "{text}"\n', None, "a.md") if one.value == text]


def test_names_and_digests_in_a_block_of_a_key_are_no_parts_of_it() -> None:
    names = ["getUserByIdFromDatabaseAndReturnIt", "addEventListenerToTheDocument", hashlib.sha256(b"").hexdigest()]
    line = drawn(random.Random(3), 64)
    text = "\n".join([f"-----BEGIN PRIVATE {'KEY'}-----", *names, line, f"-----END PRIVATE {'KEY'}-----"])
    assert {one.value for one in searched(text, None, "a.md")} == {line}


def test_of_a_key_with_its_public_half_the_private_one_is_known() -> None:
    private, public = "nWGxne_9WmC6hEr0kuwsxERJ-WDl8EP7hmKBrKQ3JhY", "11qYAYKxCrfVSu7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    key = json.dumps({"kty": "OKP", "crv": "Ed25519", "d": private, "x": public})
    assert {one.value for one in searched(key, None, "a.md")} == {private}
    age = "1QL3Z7HJY54PW3HYWW5AYYFG7ZQGVC7W3J2ELW8ZMRJ2KG5SFN9AQMCAC8P"
    assert {one.value for one in searched(f"AGE-SECRET-KEY-{age}", None, "a.md")} == {age}


secrets = st.builds(
    Secret,
    st.text(min_size=1, max_size=5),
    st.sampled_from(["password", "secret"]),
    st.sampled_from("ab"),
    st.sampled_from(["remove", "redact"]),
    st.tuples(st.sampled_from(["x", "y"])),
)


@settings(max_examples=25)
@given(st.lists(secrets, max_size=6), st.randoms(use_true_random=False))
def test_the_same_secrets_in_any_order_are_the_same(some: list[Secret], rng: random.Random) -> None:
    shuffled = [*some]
    rng.shuffle(shuffled)
    joined = together(some)
    assert together(shuffled) == joined == together((*joined, *some))
    assert {one.value for one in joined} == {one.value for one in some}
    assert from_values(json.loads(json.dumps(to_values(joined)))) == joined
    assert (
        digest(joined, b"k")
        == digest(together(shuffled), b"k")
        != digest((*joined, Secret("q" * 9, "s", "r", "redact")), b"k")
    )


@pytest.mark.parametrize(
    "junk", [None, {}, [1], [["a"]], [["", "k", "r", "redact", []]], [["v", "k", "r", "burn", []]]]
)
def test_a_file_of_something_else_gives_none(junk: object) -> None:
    assert from_values(junk) == ()
