"""Redaction: people found everywhere, code that stays code, ids that follow, what is counted; and who is forgotten."""

from __future__ import annotations

import json
import random
import re
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import Grown, shell
from hypothesis import given
from hypothesis import strategies as st
from secrets_world import World, planted_world

import corpus
from corpus import code
from corpus.curate import Redactor, Settings
from corpus.entry import Entry, entry_id, table_of
from corpus.forgotten import forget_people, forgotten_people
from corpus.people import Person, from_values, to_values
from corpus.privacy.environment import environment_secrets
from corpus.privacy.forgetting import heeded
from corpus.privacy.identities import Identities

KEY = bytes(range(32))
JANE = Person("person-aaaaaaaaaaaa", ("Jane Quorrenbrück",), ("jane@example.org", "+49 1511 2345678"), near=True)
DOC = Person("author-bbbbbbbbbbbb", ("Nils Okoro Vantaar", "nvantaar"), ("n.vantaar@example.org", "@nils:example.org"))


def redactor(*people: Person, **settings: Any) -> Redactor:
    return Redactor(Settings(salt="00" * 16, **settings), people, KEY)


@pytest.mark.parametrize(
    "text",
    [
        "ask Jane Quorrenbrück", "JANE QUORRENBRÜCK", "jane quorrenbruck said", "Quorrenbrück, Jane", "Jane's boat",
        "# by Jane\n# Quorrenbrück", "janequorrenbrück", "jane_quorrenbrück.md", "to jane@example.org.",
        "jane%40example.org",
        "0151 12345678", "+49-1511-2345678", "(01511) 2345678", "'\\nJane Quorrenbrück'", "Quorrenbrücks Boot",
    ],
)  # fmt: skip
def test_a_known_person_is_found_however_written(text: str) -> None:
    done, hits = redactor(JANE).text(text)
    assert JANE.called in done
    assert {hit.kind for hit in hits} == {"person"}
    assert not re.search(r"(?i)quorrenbr|jane|2345678", done)


@pytest.mark.parametrize("text", ["janet", "May I? I will.", "Nils", "vantaars", "okoro"])
def test_who_is_somebody_else_stays(text: str) -> None:
    assert redactor(JANE, DOC).text(text)[0] == text


def test_common_words_and_short_handles_are_no_names() -> None:
    people = [
        Person(f"author-{i:c<12}", (name,), (name,))
        for i, name in enumerate(["dash", "space", "Will", "root", "test", "Li"])
    ]
    text = "dash space Will root test Li"
    assert redactor(*people).text(text)[0] == text


def test_a_sign_is_nobodys_address() -> None:
    """Git takes `Nobody <@>` for an author."""
    signs = ["@", "@@", "a@b", "@:", "@(", "me@pc", "@ada:example.org"]
    people = [Person(f"author-{i:c<12}", ("Nobody At All",), (one,)) for i, one in enumerate(signs)]
    text = "the expression @foldr f z@ is a@b, in [@@] and @:, (@(x)); ${NAMES[@]}"
    assert redactor(*people).text(text)[0] == text
    done, hits = redactor(*people).text("to me@pc, or @ada:example.org")
    assert (done, len(hits)) == ("to author-5ccccccccccc, or author-6ccccccccccc", 2)


@given(
    st.lists(st.text(st.characters(categories=["L", "Zs", "P"]), min_size=1, max_size=20), max_size=4),
    st.text(max_size=80),
)
def test_findings_of_people_lie_in_the_text_and_apart(names: list[str], around: str) -> None:
    people = Identities([Person("person-aaaaaaaaaaaa", tuple(names), near=True)])
    text = around + " ".join(names) + around
    end = 0
    for finding, called in people.found(text):
        assert end <= finding.start < finding.end <= len(text)
        assert called == "person-aaaaaaaaaaaa"
        end = finding.end


def test_full_names_addresses_and_numbers_are_always_found() -> None:
    """99 % of what a thousand people are called, in seven surroundings: all of it."""
    rng = random.Random(5)

    def word() -> str:
        return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(3)).capitalize()

    hosts = ["Ask {} now.", "by {}", '"{}"', "<{}>", "see_{}_there", "// {}", "[[{}|note]]"]
    missed = total = 0
    for _ in range(1000):
        name, address = f"{word()} {word()}", f"{word()}{rng.randrange(99)}@{word()}.example.org".lower()
        number = f"+4917{rng.randrange(10**8, 10**9 - 1)}"
        found = Identities([Person("author-aaaaaaaaaaaa", (name,), (address, number))])
        for value in (name, address, number):
            text = rng.choice(hosts).format(value)
            left = text
            for finding, _ in reversed(found.found(text)):
                left = left[: finding.start] + left[finding.end :]
            total += 1
            missed += value in left
    assert missed <= 0.01 * total


def test_people_as_json_come_back_and_nothing_else_does() -> None:
    assert from_values(json.loads(json.dumps(to_values([JANE, DOC])))) == (JANE, DOC)
    for strange in (None, [1], [{"called": 1}], [{"called": "a", "names": [1]}], {"a": 1}):
        assert from_values(strange) == ()
    assert "Jane" not in repr(JANE)


def test_pseudonyms_are_those_of_one_corpus() -> None:
    text = "write to a.b@mail-of-a-firm.com or c.d@mail-of-a-firm.com, a.b@mail-of-a-firm.com"
    one, again = redactor(pseudonyms=True).text(text)[0], redactor(pseudonyms=True).text(text)[0]
    other = Redactor(Settings(salt="11" * 16, pseudonyms=True), (), KEY).text(text)[0]
    found = re.findall(r"<EMAIL-\w{8}>", one)
    assert one == again
    assert one != other
    assert found[0] == found[2] != found[1]
    assert redactor().text(text)[0] == "write to <EMAIL> or <EMAIL>, <EMAIL>"


SAID = [
    "The wifi password is {} on board.", "Das Passwort lautet {}, sagt er.", "password={}\n", "mdp: {}",
    "user bob, pass {}",
    "パスワードは{}です", "login: bob / {}", "The key to the safe is {}.", "mysql -u root -p{} shop", "postgres://bob:{}@db.acme.net/x",
]  # fmt: skip


@pytest.mark.parametrize("told", SAID)
def test_a_pseudonym_is_not_taken_for_what_it_stands_for(told: str) -> None:
    one = redactor(pseudonyms=True)
    done, hits = one.text(told.format("Xk4!pTz9qLw"))
    assert re.search(r"<PASSWORD-[a-z2-7]{8}>", done)
    assert [hit.kind for hit in hits] == ["password"]
    assert one.findings(done) == []


def test_what_does_not_settle_is_recorded_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.curate.redaction._AGAIN", 1)
    one = redactor()
    done, hits = one.text("write to a.b@mail-of-a-firm.com")
    named, _ = one.name("a.b@mail-of-a-firm.com.py")
    assert (done, hits[-1].action) == ("<REMOVED>", "remove")
    assert re.fullmatch(r"removed-[a-z2-7]{12}", named)


def test_what_is_kept_or_public_stays() -> None:
    text = "security@our-project-site.org and me@home-of-mine.org"
    assert (
        redactor(public=("Security@our-project-site.org",)).text(text)[0] == "security@our-project-site.org and <EMAIL>"
    )
    assert redactor(public=("@home-of-mine.org",)).text(text)[0] == "<EMAIL> and me@home-of-mine.org"
    assert redactor(keep=("email",)).text(text)[0] == text
    assert (
        redactor(JANE, public=("jane@example.org",)).text("jane@example.org, Jane Quorrenbrück")[0].startswith("jane@")
    )
    assert redactor(JANE, keep=("person",)).text("Jane Quorrenbrück")[0] == "Jane Quorrenbrück"
    with pytest.raises(corpus.ConfigError, match="no such kind"):
        Settings(keep=("emails",))
    with pytest.raises(corpus.ConfigError, match="no text"):
        Settings(public=("",))


SNIPPETS = {
    "python": 'def f():\n    a = "{}"\n    # {}\n    return a\n',
    "rust": 'fn f() -> &\'static str {{\n    // {}\n    "{}"\n}}\n',
    "go": 'package a\n\nfunc f() string {{\n\t// {}\n\treturn "{}"\n}}\n',
    "javascript": "function f() {{\n  // {}\n  return '{}';\n}}\n",
    "java": 'class A {{\n  // {}\n  String f() {{ return "{}"; }}\n}}\n',
}


@pytest.mark.parametrize("language", SNIPPETS)
def test_code_stays_code(language: str) -> None:
    secret = "ab.cd@mail-of-a-firm.com"
    text = SNIPPETS[language].format(secret, "Nils Okoro Vantaar")
    done, hits = redactor(DOC).text(text, language)
    assert code.parses(text, language)
    assert code.parses(done, language)
    assert secret not in done
    assert "Vantaar" not in done
    assert {hit.kind for hit in hits} == {"email", "person"}


def test_a_number_stays_a_number_and_a_name_a_name() -> None:
    text = "def nvantaar():\n    return call(4915112345678)\n"
    done, _ = redactor(DOC, Person("person-cccccccccccc", (), ("+4915112345678",))).text(text, "python")
    assert code.parses(done, "python")
    assert not re.search("nvantaar|15112345678", done)
    assert re.search(r"def author_bbbbbbbbbbbb\(\)", done)


@given(st.text(max_size=120))
def test_what_was_redacted_holds_nothing_more(text: str) -> None:
    one = redactor(JANE, DOC)
    done, _ = one.text(f"{text} Jane Quorrenbrück {text} n.vantaar@example.org")
    assert one.findings(done) == []
    assert one.text(done)[0] == done


def rows(*outputs: str, **columns: Any) -> pa.Table:
    return corpus.from_arrow(
        pa.table({"instruction": ["Who is it?"] * len(outputs), "output": list(outputs)}), **columns
    ).table


def test_a_row_of_somebody_elses_table_gets_an_id_that_tells_nothing() -> None:
    """Such an id is a hash of the row: whoever guesses the number could test the guess."""
    c = corpus.from_arrow(
        pa.table({"instruction": ["Who?", "What?"], "output": ["jane.d@mail-of-a-firm.com", "A boat."]})
    )
    done = c.redact()
    assert done.table["output"].to_pylist() == ["<EMAIL>", "A boat."]
    before, after = c.table["id"].to_pylist(), done.table["id"].to_pylist()
    assert before[1] == after[1]
    assert before[0] != after[0]
    assert done.table["tokens_output"][0].as_py() == 2


def test_ids_follow_from_redacted_places_and_groups_stay_whole() -> None:
    path = "notes/of a.b@mail-of-a-firm.com.md"
    group = corpus.entry.entry_group("obsidian", "v", path)
    entries = [
        Entry(category="note", task="answer", instruction=f"What is {i}?", output="It is a boat.", kind="obsidian",
              source="v", path=path, symbol="s", group=group, id=entry_id("obsidian", "v", path, "s", "answer", i))
        for i in range(3)
    ]  # fmt: skip
    done = corpus.Corpus(table_of(entries)).redact().table
    where = done["path"].to_pylist()
    assert len(set(where)) == 1
    assert re.fullmatch(r"notes/of email-[a-z2-7]{12}\.md", where[0])
    assert done["id"].to_pylist() == [entry_id("obsidian", "v", where[0], "s", "answer", i) for i in range(3)]
    assert set(done["group"].to_pylist()) == {corpus.entry.entry_group("obsidian", "v", where[0])}


def test_a_unit_of_secrets_goes_as_a_whole_and_counts_add_up() -> None:
    key = "AK" + "IA" + "Q3EGRT5KLZN7WXYM"
    entries = [
        Entry(category="note", task="answer", instruction="Which key?", output=f"{key[:-1]}{i}" if i else "None.",
              kind="obsidian", source="v", path=path, group=corpus.entry.entry_group("obsidian", "v", path),
              id=entry_id("obsidian", "v", path, "", "answer", i))
        for path in ("keys.md", "other.md") for i in ((0, 2, 3, 4) if path == "keys.md" else (0, 5))
    ]  # fmt: skip
    done = corpus.Corpus(table_of(entries)).redact()
    assert done.table["path"].to_pylist() == ["other.md"]
    reasons = done.removed["reason"].to_pylist()
    assert sorted(reasons) == ["secret", *["secret-unit"] * 4]
    record = done.lineage[-1]
    assert record["rows_in"] == record["rows_out"] + sum(record["removed"].values()) == 6
    assert key[:-1] not in json.dumps(done.removed.to_pylist(), default=str)
    assert sum(sum(rules.values()) for rules in record["redacted"].values()) == 4


def test_the_rest_of_a_key_that_was_cut_goes_too() -> None:
    rng = random.Random(4)
    lines = ["".join(rng.choices("ABCDEFGHijklmnopqrstuvwxyz0123456789+/", k=64)) for _ in range(12)]
    whole = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----"])
    texts = [
        ("What is in it?", whole),
        ("Go on.", "\n".join(lines[7:10])),
        (f"What is {lines[5]}?", "A line."),
        ("Go on.", "A boat."),
    ]
    done = corpus.from_arrow(pa.table({"instruction": [q for q, _ in texts], "output": [a for _, a in texts]})).redact()
    assert done.table["output"].to_pylist() == ["A boat."]
    assert len(done.removed) == 3
    assert not any(line in json.dumps(done.removed.to_pylist(), default=str) for line in lines)
    assert done.lineage[-1]["redacted"]["private-key"] == {"part-of-a-key": 4, "private-key-block": 1}


def test_what_other_stages_removed_before_is_redacted_too() -> None:
    c = corpus.from_arrow(pa.table({"instruction": ["Who?"], "output": ["a.b@mail-of-a-firm.com"]}))
    removed = corpus.curate.stage.removed_rows(c.table, "filter", ["short"], ["of a.b@mail-of-a-firm.com"])
    done = corpus.Corpus(c.table.slice(0, 0), removed, lineage=c.lineage).redact()
    assert done.removed["output"].to_pylist() == ["<EMAIL>"]
    assert done.removed["detail"].to_pylist() == ["of <EMAIL>"]
    assert done.lineage[-1]["redacted_beside"]["email"]["email"] == 2
    everything = json.dumps([done.table.to_pylist(), done.removed.to_pylist()], default=str)
    assert "mail-of-a-firm" not in everything


def test_secrets_of_the_environment_are_told_by_their_names() -> None:
    environ = {
        "HF_TOKEN": "hf_" + "abcDEFghiJKL", "AWS_SECRET_ACCESS_KEY": "x" * 9 + "1Z", "MONKEY": "abcdef12345",
        "SSH_KEY": "/home/somebody/.ssh/id1", "API_KEY": "short1", "SOME_PASSWORD": "correct horse 1 battery",
    }  # fmt: skip
    assert set(environment_secrets(environ)) == {"HF_TOKEN", "AWS_SECRET_ACCESS_KEY"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return planted_world(tmp_path_factory.mktemp("world"), seed=3)


def built(world: World, out: Path) -> corpus.Corpus:
    matrix = corpus.MatrixExport(world.matrix, me="@me:example.org")
    return corpus.build(world.repository, world.vault, world.signal, matrix, out=out, workers=1, progress=False)


@pytest.fixture(scope="module")
def whole(world: World, tmp_path_factory: pytest.TempPathFactory, module_in_this_process: None) -> Path:
    """A corpus of all of it, to be copied."""
    out = tmp_path_factory.mktemp("whole") / "corpus"
    built(world, out)
    return out


@pytest.fixture
def out(whole: Path, tmp_path: Path) -> Path:
    """A copy of a corpus of all of it."""
    return Path(shutil.copytree(whole, tmp_path / "corpus"))


def said_anywhere(out: Path, called: str) -> list[str]:
    c = corpus.load(out)
    tables = {
        "rows": c.table,
        "removed": c.removed,
        "skipped": c.skipped,
        "nodes": c.graph.nodes,
        "edges": c.graph.edges,
    }
    return [name for name, table in tables.items() if called in json.dumps(table.to_pylist(), default=str)]


def test_a_participant_is_forgotten_and_does_not_come_back(world: World, out: Path, own_list: Path) -> None:
    first = corpus.load(out)
    (out / ".private" / "publications.json").write_text('[{"repo": "me/mine", "revision": "abc", "fingerprint": "f"}]')
    given = world.values["contact: given"]
    gone = corpus.forget(out, f"{given} {world.values['contact: family']}")
    assert gone.rows == {"signal": first.table["kind"].to_pylist().count("signal")}
    assert gone.cache > 0
    assert [one["revision"] for one in gone.published] == ["abc"]
    assert "me/mine" in repr(gone)
    assert given not in repr(gone)
    assert corpus.load(out).report is None
    assert "signal" not in corpus.load(out).table["kind"].to_pylist()
    assert [why for why in corpus.load(out).reread() if why is not None] == []
    (called,) = gone.called
    assert said_anywhere(out, called) == []
    assert given not in (out / ".private" / "cache" / "people.json").read_text()
    assert called in forgotten_people()
    assert stat.S_IMODE((own_list / "forgotten.json").stat().st_mode) == 0o600
    assert given not in (own_list / "forgotten.json").read_text()
    again = built(world, out)
    assert "signal" not in again.table["kind"].to_pylist()
    assert again.report is not None
    assert {r["id"]: r["verdict"] for r in again.report["results"]}["I4"] == "corroborated"


def test_an_author_and_a_note_are_forgotten(world: World, out: Path, own_list: Path) -> None:
    author = corpus.forget(out, world.values["author e-mail"])
    assert set(author.rows) >= {"git.example.org/a/tool"}
    assert "git" not in corpus.load(out).table["kind"].to_pylist()
    rest = corpus.load(out).table.to_pylist()
    path = next(row["path"] for row in rest if row["kind"] == "obsidian")
    note = corpus.forget(out, path)
    assert note.rows["Vault"] == sum(row["path"] == path for row in rest) > 0
    assert path not in corpus.load(out).table["path"].to_pylist()
    with pytest.raises(corpus.ConfigError, match="nobody in this corpus") as raised:
        corpus.forget(out, "Somebody Unheard Of")
    assert "Unheard" not in str(raised.value)
    again = built(world, out)
    assert path not in again.table["path"].to_pylist()
    assert "git" not in again.table["kind"].to_pylist()


@pytest.mark.usefixtures("own_list")
def test_what_was_said_of_somebody_forgotten_does_not_come_back_with_an_earlier_corpus() -> None:
    told = {"instruction": ["Who?", "What?", "Where?"], "output": ["Jane Quorrenbrück.", "A boat.", "A lake."]}
    previous = replace(corpus.from_arrow(pa.table(told)), people=(JANE, DOC))
    of_jane, noted, clean = previous.table["id"].to_pylist()
    said = [(of_jane, "well put", None), (noted, "ask Jane Quorrenbrück", None), (clean, "", "A lake, by N. Vantaar.")]
    verdicts = pa.Table.from_pylist([{"id": i, "note": n, "correction": c, "reviewer": "ann"} for i, n, c in said])
    assert heeded(verdicts, previous) is verdicts
    forget_people([JANE.called])
    kept = heeded(verdicts, previous)
    assert kept is not None
    assert kept["id"].to_pylist() == [clean]
    assert heeded(None, previous) is None


def test_a_damaged_list_of_who_was_forgotten_stops_everything(own_list: Path, tmp_path: Path) -> None:
    own_list.mkdir(exist_ok=True)
    (own_list / "forgotten.json").write_text("[")
    with pytest.raises(corpus.ConfigError, match="forgotten people"):
        forgotten_people()


def test_what_stands_in_the_way_of_publishing(world: World, tmp_path: Path) -> None:
    c = corpus.extract(world.repository, world.vault, world.signal, progress=False).normalize()
    names = {one.name: one for one in corpus.obstacles(c)}
    assert set(names) == {"no-report", "not-redacted", "private-rows", "conversations", "licence-unknown"}
    assert names["private-rows"].count == len(c)
    assert names["conversations"].groups == {"signal": names["conversations"].count}
    assert {one.name for one in corpus.obstacles(c.redact(keep=["email"]), public=False)} == {"no-report", "kinds-kept"}


def test_licences_that_forbid_are_named(tmp_path: Path) -> None:
    grown = Grown(tmp_path / "tool")
    body = b'def moon(a: int) -> int:\n    """Give the next moon after a moon in the list."""\n    return a + 1\n'
    head = b"# SPDX-License-Identifier: "
    free = head + b"GPL-2.0-or-later\n" + body.replace(b"moon", b"star")
    grown.commit({"moons.py": head + b"CC-BY-NC-4.0\n" + body, "free.py": free})
    c = corpus.extract(corpus.GitRepo(grown.path, visibility="public"), progress=False).redact()
    found = {one.name: one for one in corpus.obstacles(c)}
    assert set(found) == {"no-report", "licence-forbids"}
    assert set(found["licence-forbids"].groups) == {"CC-BY-NC-4.0"}
    assert {one.name for one in corpus.obstacles(c, licenses=["CC-BY-NC-4.0", "GPL-2.0-only"])} == {"no-report"}


def test_an_audit_says_where_whose_and_what(world: World, out: Path) -> None:
    found = corpus.audit(out)
    facts = found.to_dict()
    modes = {one["place"]: one["mode"] for one in facts["places"]}
    assert modes[".private"] == modes[".private/cache"] == "0700"
    assert facts["rows"]["all"] == len(corpus.load(out))
    assert {"private-rows", "conversations"} <= {one["name"] for one in facts["obstacles"]}
    assert facts["redaction"]["redacted"]["email"]["email"] > 0
    assert {s["name"] for s in facts["software"] if s["network"]} >= {"huggingface-hub", "pygit2"}
    assert len(facts["may_still_tell"]) <= 12
    shown = shell("audit", out, "--markdown")
    assert shown.returncode == 0, shown.stderr
    for heading in ("# Sovereignty audit", "## Where the data lies", "## Software", "## What was redacted"):
        assert heading in shown.stdout
    for value in world.values.values():
        assert value not in shown.stdout + found.to_json()
    parsed = json.loads(shell("audit", out, "--json", "--sample", 0).stdout)
    assert parsed["may_still_tell"] == []
    (out / ".private" / "spilled").mkdir()
    (out / ".private" / "spilled" / "object").write_bytes(b"texts")
    cleaned = shell("clean", out)
    assert re.fullmatch(r"[1-9]\d* bytes deleted\n", cleaned.stdout)
    assert not {"cache", "spilled"} & {path.name for path in (out / ".private").iterdir()}
    assert len(corpus.load(out)) == facts["rows"]["all"]
    with pytest.raises(corpus.IntegrityError, match="people whom the redaction knew"):
        corpus.load(out, sources=[corpus.GitRepo(world.repository)]).reread()


def test_the_shell_keeps_and_leaves_out(world: World, tmp_path: Path) -> None:
    options = ("--out", tmp_path / "corpus", "--quiet")
    ran = shell("extract", world.repository, *options, "--keep", "email", "--public-value", world.values["author name"])
    assert ran.returncode == 0, ran.stderr
    text = json.dumps(corpus.load(tmp_path / "corpus").table.to_pylist(), default=str)
    assert world.values["docstring: e-mail"] in text
    assert world.values["author name"] in text
    assert world.values["string: password"] not in text
    wrong = shell("extract", world.repository, *options, "--no-redact", "--keep", "email")
    assert wrong.returncode == 2
    unredacted = shell("extract", world.repository, *options, "--no-redact")
    assert unredacted.returncode == 2  # private keys and tokens are written in no case
    assert "holds a secret" in unredacted.stderr
    assert world.values["string: token"] not in unredacted.stderr
