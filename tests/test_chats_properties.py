"""What holds of every corpus of conversations, whatever was said in them."""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from chats_world import ME, Said, Somebody, Talk, element_export, events, export_frames, write_export
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from test_chats_signal import joined, rows, texts

import corpus
from corpus.chats.merge import conversations
from corpus.chats.model import Sheet
from corpus.chats.names import EVERYDAY, NO_NAMES
from corpus.pseudonyms import user_key

GIVEN = [
    "Anneliese",
    "Björn",
    "Chidi",
    "Dörte",
    "Emeka",
    "Zoë",
    "Иван",
    "小明",
    "Jean-Luc",
    "O'Neill",
    "Wilhelmina",
    "Mahmoud",
]
FAMILY = ["Lindqvist", "Okafor", "van der Meer", "Søndergaard", "Петров", "Müller-Lüdenscheidt", ""]
WORDS = [
    "the",
    "lamp",
    "is",
    "under",
    "table",
    "und",
    "morgen",
    "Regen",
    "😀",
    "👩‍👩‍👧",
    "ok",
    "7",
    "2024-05-01",
    "ship",
    "annual",
]
SPEAK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

PEOPLE = st.lists(
    st.builds(
        Somebody,
        st.sampled_from(GIVEN),
        st.sampled_from(FAMILY),
        st.integers(10_000_000, 99_999_999).map(lambda n: f"+49151{n}"),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda person: person.given,
)


def spellings(person: Somebody) -> list[str]:
    """Ways in which people write of somebody."""
    national = "0" + person.number.removeprefix("+49")
    return [
        person.given, person.given.lower(), person.given.upper(), f"{person.given}'s",
        f"{person.given} {person.family}".strip(), person.number, national,
        f"{national[:4]} {national[4:8]}-{national[8:]}", f"+49 (0){national[1:4]} {national[4:]}",
        f"0049{national[1:]}", "|".join(re.findall("..?", national)), f"{national[:4]}\n{national[4:]}",
        str(person.aci), person.user, f"{person.given}99", f"_{person.given}_",
        person.given[0] + "\u00ad" + person.given[1:], unicodedata.normalize("NFD", person.given),
    ]  # fmt: skip


@st.composite
def talks(draw: st.DrawFn, group: bool | None = None) -> Talk:
    people = draw(PEOPLE)
    bodies = st.lists(
        st.one_of(st.sampled_from(WORDS), st.sampled_from([s for p in people for s in spellings(p)])), min_size=1
    )
    said = []
    for _ in range(draw(st.integers(2, 12))):
        by = draw(st.sampled_from([ME, ME, *people]))
        body = " ".join(draw(bodies))
        mentions = []
        if draw(st.booleans()):
            before = draw(st.sampled_from(["", "👍🏽 ", "😀😀 hello ", "see "]))
            person = draw(st.sampled_from(people))
            mentions = [(len(before.encode("utf-16-le")) // 2, 1, person)]
            body = before + "\ufffc " + body
        quotes = draw(st.one_of(st.none(), st.integers(0, len(said) - 1))) if said else None
        after = draw(st.sampled_from([0, 0, 1, 60, 3599, 3601, 90_000, -30, -4000]))
        said.append(Said(by, body, after=after, mentions=mentions, quotes=quotes))
    return Talk(people, said, group=len(people) > 1 if group is None else group)


def read(talk: Talk) -> list[corpus.Entry]:
    with tempfile.TemporaryDirectory() as folder:
        return rows(corpus.SignalExport(write_export(Path(folder), [talk])))


def everything(entry: corpus.Entry) -> str:
    return "\n".join([*(m.content for m in entry.messages), entry.path or "", entry.symbol or "", entry.author or ""])


@SPEAK
@given(talks())
def test_nobody_else_is_in_a_row_by_name_number_or_id(talk: Talk) -> None:
    for entry in read(talk):
        text = re.sub(r"(person|author|name|chat|turn)-[a-z2-7]{12}", "", everything(entry))
        digits = re.sub(r"\D", "", text.replace("2024-05-01", ""))
        shown = unicodedata.normalize("NFC", text).replace("\u00ad", "")
        for person in talk.others:
            for part in [person.given, *re.findall(r"\w{3,}", person.family)]:
                if part.lower() not in {"van", "der"}:
                    assert not re.search(rf"(?<![^\W_]){re.escape(part)}(?![^\W\d_])", shown, re.IGNORECASE)
            assert person.number[-8:] not in digits
            assert str(person.aci) not in text
            assert person.user not in text


def test_the_ids_of_two_accounts_with_one_number_are_both_found() -> None:
    one, other = Somebody("Anneliese", "Lindqvist", "+4915116113906"), Somebody("Björn", "Lindqvist", "+4915116113906")
    said = [Said("me", "Hello", 0, "", [], None), Said(one, "Yes?", 0, "", [], None)]
    said.append(Said("me", f"Ask {one.aci} or {other.aci}.", 0, "", [], None))
    (row,) = read(Talk(others=[one, other], said=said, group=True, times=[1_700_000_000_000] * 3))
    assert str(one.aci) not in row.output
    assert str(other.aci) not in row.output


@SPEAK
@given(talks())
def test_rows_alternate_and_end_on_the_owner(talk: Talk) -> None:
    for entry in read(talk):
        roles = [message.role for message in entry.messages]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert roles


@SPEAK
@given(talks())
def test_every_message_is_used_once_or_left_out_for_a_reason(talk: Talk) -> None:
    numbered = Talk(
        talk.others, [Said(s.by, f"{s.text} word{at}x", s.after) for at, s in enumerate(talk.said)], talk.group
    )
    with tempfile.TemporaryDirectory() as folder:
        entries, done = joined(corpus.SignalExport(write_export(Path(folder), [numbered])))
    found = [at for at in range(len(talk.said)) for entry in entries if f"word{at}x" in everything(entry)]
    assert len(found) == len(set(found)) == done.facts["messages_used"]
    assert done.facts["messages"] == done.facts["messages_used"] + sum(done.facts["messages_left_out"].values())


@SPEAK
@given(talks(), st.data())
def test_what_is_deleted_upstream_is_gone_and_the_other_rows_stay(talk: Talk, data: st.DataObject) -> None:
    said = [Said(s.by, f"{s.text} word{at}x", s.after, quotes=s.quotes) for at, s in enumerate(talk.said)]
    gone = data.draw(st.integers(0, len(said) - 1))
    before = read(Talk(talk.others, said, talk.group))
    deleted = Talk(talk.others, said, talk.group)
    said = [Said(s.by, s.text, s.after, "deleted", quotes=s.quotes) if at == gone else s for at, s in enumerate(said)]
    after = read(Talk(deleted.others, said, talk.group))
    assert not [entry for entry in after if f"word{gone}x" in everything(entry)]
    untouched = [e for e in before if all(f"word{at}x" not in everything(e) for at in neighbours(said, gone))]
    ids = {entry.symbol: entry for entry in after}
    for entry in untouched:
        assert ids[entry.symbol].messages == entry.messages


def neighbours(said: list[Said], gone: int) -> set[int]:
    """Messages of segments that are others without the one that is gone, and those that quote it."""
    left = segments(said, gone)
    changed_ = {at for segment in segments(said) if segment not in left for at in segment}
    return changed_ | {at for at, s in enumerate(said) if s.quotes == gone}


def segments(said: list[Said], gone: int = -1) -> list[list[int]]:
    found: list[list[int]] = [[]]
    now = before = 0.0
    for at, one in enumerate(said):
        now += one.after
        if at == gone:
            continue
        found += [[]] if found[-1] and now - before > 3600 else []
        found[-1].append(at)
        before = now
    return found


@pytest.mark.parametrize("before", ["", "👍🏽 ", "😀😀 and ", "👩‍👩‍👧 ", "e\u0301 ", "plain "])
def test_mentions_after_emoji_land_where_they_should(before: str) -> None:
    people = [Somebody("Björn", "Okafor", "+4915100000001"), Somebody("Chidi", "", "+4915100000002")]
    start = len(before.encode("utf-16-le")) // 2
    mentions = [(start, 1, people[1]), (start + 6, 1, people[0])]
    said = [
        Said(people[0], f"{before}\ufffc and \ufffc come, who cooks?", mentions=mentions),
        Said(ME, "I cook for them all."),
    ]
    (entry,) = read(Talk(people, said))
    match = re.fullmatch(r"(?:person-\w+: )?(.*)@(person-\w+) and @(person-\w+) come, who cooks\?", entry.instruction)
    assert match
    assert match[1] == before.replace("e\u0301", "\u00e9")
    assert match[2] != match[3]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([(6, 0)], "We 😀 @{}met"),  # of length 0: sigtop, `TestZeroMentionLength`
        ([(6, 3)], "We 😀 @{}"),
        ([(6, 1), (6, 1)], "We 😀 @{}et"),
        ([(6, 3), (7, 1)], "We 😀 @{}"),
        ([(-1, 1)], "We 😀 met"),
        ([(6, -1)], "We 😀 met"),
        ([(9, 1)], "We 😀 met"),
        ([(6, 400)], "We 😀 met"),
    ],
)
def test_ranges_of_any_length_stay_within_the_text(ranges: list[tuple[int, int]], expected: str) -> None:
    person = Somebody("Björn", "Okafor")
    said = [Said(person, "We 😀 met", mentions=[(*place, person) for place in ranges]), Said(ME, "Yes, in May.")]
    (entry,) = read(Talk([person], said))
    assert re.sub(r"person-\w{12}", "{}", entry.instruction) == expected


@SPEAK
@given(st.lists(st.sampled_from([0, 0, 1, -1, -3_600, 3_599, 30]), min_size=2, max_size=30))
def test_order_is_that_of_the_export_whatever_the_clock_says(steps: list[int]) -> None:
    """Equal times, clocks that run back, and summer time, which sets a wall clock back by an hour."""
    anna = Somebody("Anneliese")
    said = [Said(ME if at % 2 else anna, f"word{at}x and more", after) for at, after in enumerate(steps)]
    (entry,) = read(Talk([anna], said)) if len(said) > 1 else (None,)
    assert entry is not None
    found = [int(number) for number in re.findall(r"word(\d+)x", everything(entry))]
    assert found == list(range(len(said) - len(said) % 2))


@SPEAK
@given(st.data())
def test_two_exports_of_one_chat_keep_the_order_of_both(data: st.DataObject) -> None:
    anna = Somebody("Anneliese")
    size = data.draw(st.integers(2, 20))
    said = [Said(ME if at % 2 else anna, f"word{at}x", data.draw(st.sampled_from([0, 5, -20]))) for at in range(size)]
    frames = export_frames([Talk([anna], said)])
    head, items = frames[:-size], frames[-size:]
    times = [item["chatItem"]["dateSent"] + item["chatItem"]["authorId"] for item in items]
    assume(len(set(times)) == size)
    middle = data.draw(st.integers(1, size))
    one, other = items[: middle + data.draw(st.integers(0, size - middle))], items[middle - 1 :]
    with tempfile.TemporaryDirectory() as folder:
        for name, part in (("one", one), ("other", other)):
            (Path(folder) / name).mkdir()
            (Path(folder) / name / "main.jsonl").write_text("\n".join(json.dumps(f) for f in [*head, *part]))
        source = corpus.SignalExport(Path(folder) / "one", Path(folder) / "other", min_words=1)
        sheets = [Sheet.from_bytes(source.parse(unit)) for unit in source.units() if isinstance(unit, corpus.Unit)]
    _, chats = conversations(sheets, (), str)
    ((_, chat),) = chats
    assert chat.bodies == [s.text for s in said]
    assert chat.duplicates == len(one) + len(other) - size


def test_no_conversation_is_on_two_sides_of_the_split(tmp_path: Path) -> None:
    people = [Somebody(f"Person{at}", "", f"+4915100000{at:03}") for at in range(20)]
    talks_ = []
    for number, person in enumerate(people):
        words = [f"w{number}x{at}" for at in range(40)]
        said = []
        for at in range(3):
            said.append(Said(person, " ".join(words[at * 5 : at * 5 + 9]) + "?", after=9000))
            said.append(Said(ME, " ".join(words[at * 5 + 2 : at * 5 + 10]) + "."))
        talks_.append(Talk([person], said))
    made = corpus.build(
        corpus.SignalExport(write_export(tmp_path / "x", talks_)), out=tmp_path / "c", workers=1, progress=False
    )
    frame = made.table.select(["path", "split", "group"]).to_pandas()
    assert len(frame) == 60
    assert (frame.groupby("path", observed=True)["split"].nunique() == 1).all()
    assert (frame.groupby("path", observed=True)["group"].nunique() == 1).all()
    assert set(frame["split"]) == {"train", "validation", "test"}
    assert made.reread() == [None] * len(made)
    assert made.report is not None
    families = {result["family"] for result in made.report["results"] if result["verdict"] == "refuted"}
    assert not families & {"integrity", "syntax", "duplicates"}


def test_the_same_export_gives_the_same_bytes_and_another_key_other_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Somebody("Anneliese", "Lindqvist")
    talk = Talk([anna], [Said(anna, "Is Anneliese there?"), Said(ME, "She is, in the garden.")])
    source = corpus.SignalExport(write_export(tmp_path / "x", [talk]))
    (one,), (other,) = rows(source), rows(corpus.SignalExport(tmp_path / "x"))
    assert one == other
    monkeypatch.setenv("CORPUS_CONFIG_DIR", str(tmp_path / "config"))
    assert user_key()
    (third,) = rows(source)
    assert third.instruction != one.instruction
    assert third.path != one.path
    assert third.output == one.output


@pytest.mark.parametrize(
    ("name", "text", "replaced"),
    [
        ("Will", "will you ask Will?", 1),
        ("Will", "WILL said so", 1),
        ("will", "will you ask Will?", 1),
        ("May", "in may we may go with May", 1),
        ("Mum", "my mum and Mum", 0),
        ("Ann", "an annual Ann", 1),
        ("Ann", "Ann's and Anns and ann", 3),
        ("Jo", "jo and Jo", 1),
        ("X", "X marks the spot", 0),
        ("❤️", "❤️ for you", 0),
        ("小明", "我见到小明了", 1),
        ("İbrahim", "İbrahim?", 1),
        ("김 민수", "민수가 왔다", 1),
        ("علي", "قال علي ذلك", 1),
        ("גל", "איפה גל", 1),
        ("José", "jose, Jose, JOSÉ", 3),
        ("Anna-Lena", "annalena, Anna_Lena, AnnaLena", 3),
        ("O'Neill", "ask oneill", 1),
        ("Dr. Anna-Lena von Berg", "Anna-Lena, anna-lena; Berg, berg and von", 3),
        ("Paula Schön", "das ist schon schön, sagt Schön", 1),
        ("Tom", "ask tom, klaus and jim", 1),
        ("@Gerlinde", "ask @Gerlinde or gerlinde", 2),
        ("anna lindqvist", "anna and Lindqvist", 2),
        ("anna from work", "anna is from work", 1),
        ("open-source-fan", "open source for a fan", 0),
        ("Jo Lindqvist", "ask Jo, jo", 1),
        ("Am Lindqvist", "Am Montag", 0),
        ("Peter TU", "Tu das", 0),
        ("김민수 Kim Minsu", "Kim or Minsu, 김민수, 민수야", 4),
        ("王小明", "小明来了", 1),
        ("فاطمة الزهراء", "قالت فاطمة", 1),
        ("𝓐𝓷𝓷𝓮𝓰𝓻𝓮𝓽", "Annegret, 𝓐𝓷𝓷𝓮𝓰𝓻𝓮𝓽", 2),
        ("Annegret", "Anne\u00adgret, Anne\u200bgret", 2),
        ("Łukasz", "lukasz", 1),
        ("Øyvind", "oyvind, Oeyvind", 2),
        ("Ngọc", "ngoc", 1),
        ("Müller", "Mueller, muller", 2),
        ("Mueller", "müller", 1),
        ("Jose", "José", 1),
        ("Josh", "josh123, josh_99", 2),
        ("Will", "will123", 0),
        ("katrin_b.07", "katrin_b, katrin_b.07", 2),
        ("Robin", "lunch @12:30? or @8:30pm", 0),
        ("Robin", "@stranger:example.org, matrix:u/stranger:example.org, @12:34.example.org", 3),
    ],
)
def test_names_are_names_and_words_are_words(name: str, text: str, replaced: int) -> None:
    somebody = Somebody(name)
    (entry,) = read(Talk([somebody], [Said(somebody, text), Said(ME, "As you like it, then.")]))
    assert len(re.findall(r"person-[a-z2-7]{12}", entry.instruction)) == replaced, entry.instruction


def test_vowel_signs_belong_to_a_name() -> None:
    somebody = Somebody("प्रिया")
    (entry,) = read(Talk([somebody], [Said(somebody, "मैं प्रिया से मिला"), Said(ME, "As you like it, then.")]))
    assert re.fullmatch(r"मैं person-[a-z2-7]{12} से मिला", entry.instruction)


@pytest.mark.parametrize(
    "written",
    [
        "0151–1234–5678",
        "0151‑12345678",
        "0151_1234_5678",
        "٠١٥١١٢٣٤٥٦٧٨",
        "tel4915112345678x",
        "+49.151.12345678",
        "0151|1234|5678",
        "0151\t12345678",
        "0151, 1234\n5678",
        "1\ufe0f\u20e35112345678",
    ],
)
def test_a_number_is_found_in_any_spelling(written: str) -> None:
    somebody = Somebody("Anneliese", number="+4915112345678")
    (entry,) = read(Talk([somebody], [Said(somebody, f"call {written}"), Said(ME, "As you like it, then.")]))
    assert not re.search(r"\d{3}", re.sub(r"person-[a-z2-7]{12}", "", entry.instruction)), entry.instruction
    assert "person-" in entry.instruction


def test_a_number_beside_a_name_is_a_number_and_a_date_is_none() -> None:
    somebody = Somebody("Anneliese 0160 7654321", "since 2023-05-01", number="+4915112345678")
    said = [Said(somebody, "call +49 160 7654321 on 2023-05-01"), Said(ME, "As you like it, then.")]
    (entry,) = read(Talk([somebody], said))
    assert re.fullmatch(r"call \+49 person-[a-z2-7]{12} on 2023-05-01", entry.instruction)


def test_a_number_in_a_text_does_not_eat_a_mention() -> None:
    one, other = Somebody("Anneliese", number="+4915112345678"), Somebody("Chidi", number="+4915119188660")
    said = [Said(one, "0151 123\ufffc45678", mentions=[(8, 1, other)]), Said(ME, "As you like it, then.")]
    (entry,) = read(Talk([one, other], said))
    assert re.fullmatch(r"0151 123@person-[a-z2-7]{12}45678", entry.instruction)


def test_a_name_without_blanks_that_two_bear_is_the_one_who_takes_part(tmp_path: Path) -> None:
    people = [Somebody("小明", number=f"+491510000000{at}") for at in range(3)]
    talks_ = [Talk([p], [Said(p, "小明在哪里"), Said(ME, "I do not know either.")]) for p in people[:2]]
    found = {entry.instruction for entry in rows(corpus.SignalExport(write_export(tmp_path, talks_)))}
    assert len(found) == 2


def test_a_number_that_ends_in_zeros_is_found_before_another() -> None:
    one, other = Somebody("Anneliese", "Lindqvist", "+4915110000000"), Somebody("Chidi", "", "+4915119188660")
    said = [Said(one, "+4915119188660 015110000000 0151 1918 8660 +4915110000000"), Said(ME, "As you like it, then.")]
    (entry,) = read(Talk([one, other], said, group=True))
    called = re.fullmatch(r"(\S+): (\S+) (\S+) (\S+) (\S+)", entry.instruction)
    assert called is not None, entry.instruction
    assert called[1] == called[3] == called[5]
    assert called[2] == called[4] != called[1]


def test_a_name_that_two_bear_is_the_one_who_takes_part(tmp_path: Path) -> None:
    one, two, third = (
        Somebody("Anneliese", "Ring"),
        Somebody("Anneliese", "Stein", "+4915100000009"),
        Somebody("Chidi", "", "+49"),
    )
    question = "Where is Anneliese?"
    talks_ = [
        Talk([p], [Said(p, question, after=10 + at), Said(ME, "I do not know either.")])
        for at, p in enumerate([one, two, third])
    ]
    found = {entry.instruction for entry in rows(corpus.SignalExport(write_export(tmp_path, talks_)))}
    assert sorted(text.split()[2][:5] for text in found) == ["name-", "perso", "perso"]
    assert len(found) == 3


def test_everyday_names_and_no_names_do_not_overlap() -> None:
    assert not EVERYDAY & NO_NAMES


JUNK: list[Any] = [None, 5, -1, 1.5, True, "x", "", [], {}, [1], {"a": 1}, "9" * 400, 10**40, "\ud83d", "\0"]


def test_frames_of_any_shape_raise_nothing(tmp_path: Path) -> None:
    anna = Somebody("Anneliese", "Lindqvist")
    good = export_frames(
        [Talk([anna], [Said(anna, "first\ufffc", mentions=[(5, 1, anna)]), Said(ME, "an answer", quotes=0)])]
    )
    frames: list[Any] = []
    for value in JUNK:
        for frame in good[1:]:
            frames += [changed(frame, path, value) for path in paths_of(frame)]
    data = "\n".join(json.dumps(frame) for frame in [*good, *frames])
    (tmp_path / "main.jsonl").write_text(data)
    (tmp_path / "metadata.json").write_text("{}")
    _, done = joined(corpus.SignalExport(tmp_path))
    assert done.facts["messages"] == done.facts["messages_used"] + sum(done.facts["messages_left_out"].values())


def paths_of(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in inner for path in [(*before, key), *paths_of(item, (*before, key))]]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


def test_a_time_that_no_calendar_has_is_no_date(tmp_path: Path) -> None:
    anna = Somebody("Anneliese")
    talk = Talk([anna], [Said(anna, "When was that?"), Said(ME, "Before there were clocks.")])
    talk.times[:] = [2**62, 2**62 + 1]
    (entry,) = rows(corpus.SignalExport(write_export(tmp_path / "x", [talk])))
    assert entry.created_at is None


def test_matrix_and_signal_rows_stand_in_one_corpus(tmp_path: Path) -> None:
    anna = Somebody("Anneliese", "Lindqvist")
    talk = Talk([anna], [Said(anna, "Is Anneliese there?"), Said(ME, "She is, in the garden.")])
    (tmp_path / "element.json").write_text(json.dumps(element_export(events(talk))))
    signal = corpus.SignalExport(write_export(tmp_path / "x", [talk]), persona="You are Robin.")
    matrix = corpus.MatrixExport(tmp_path / "element.json", me="@me:example.org")
    made = corpus.extract(signal, matrix, workers=1, progress=False)
    assert [(e.kind, e.category, e.task, e.system) for e in made] == [
        ("matrix", "conversation", "reply", None), ("signal", "conversation", "reply", "You are Robin.")
    ]  # fmt: skip
    matrix_text, signal_text = texts(list(made))
    assert [role for role, _ in signal_text] == ["system", *(role for role, _ in matrix_text)]
    assert matrix_text[1] == signal_text[2]
