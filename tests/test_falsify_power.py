"""Power and false alarms: a test that its plants escape may not corroborate, one that cries wolf may not refute."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stdlib_corpus import stdlib_table
from test_falsify_verdicts import parses, template_rows

import falsify
from corpus.entry import SCHEMA
from corpus.errors import ConfigError
from falsify import power, reference
from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial, registration, share, untested
from falsify.judge import HYPOTHESES, judge, subject_of
from falsify.plants import edited_rows, graded, whole
from falsify.power import Alarms, Bench, Grade, measure, pooled
from falsify.statistics import at_least, at_most
from falsify.subject import Row, Subject
from falsify.table import lines, markdown, necessity
from falsify.texts import Ints

SHIPPED = sum(len(table) for table in reference.corpora().values())
LANTERN = len(reference.corpora()["lantern"])

pytestmark = pytest.mark.usefixtures("plants")

ROOT = Path(__file__).parents[1]


def subject(table: pa.Table, **given: Any) -> Subject:
    nothing = dict.fromkeys(("reread", "rebuild", "lineage", "removed"))
    return subject_of(table, **{**nothing, "seed": 0, "sample": 100, "workers": 1, "parses": parses, **given})


def with_text(clean: Subject, text: str) -> pa.Table:
    """The rows, one of which says something more."""
    outputs = clean.texts("output")
    return clean.with_column("output", [outputs[0] + text, *outputs[1:]]).given


@pytest.fixture(scope="module")
def clean() -> Subject:
    return subject(reference.corpora()["lantern"])


def holds(letter: str) -> Hypothesis:
    """No answer holds a letter, of which more are planted the stronger the plant."""

    def test(asked: Subject) -> Measurement:
        found = [row for row, text in enumerate(asked.texts("output")) if letter in text]
        return share(found, asked.rows, "hold it")

    return Hypothesis(
        id="X1",
        family="syntax",
        claim="Nothing is marked",
        statistic="share of marked rows",
        threshold=0,
        test=test,
        plants=(marked(),),
        points=1,
    )


def marked() -> Plant:
    """A mark of a length that follows from the strength: the letters a to e, at a strength of 1 all of them."""

    def at(strength: float) -> Plant:
        def edit(row: Row, rng: np.random.Generator) -> Row:
            del rng
            return {**row, "output": row["output"] + "①②③④⑤"[: round(5 * strength)]}

        return edited_rows("a mark", edit)

    return graded(at, strength=0.6, strengths=(0.2, 0.6, 1.0), unit="of the mark")


def test_power_is_measured_at_every_strength_and_decided_at_the_registered_one(clean: Subject) -> None:
    result = judge(clean, [holds("③")]).results[0]
    assert [(g.strength, g.found, g.planted) for g in result.power] == [(0.2, 0, 60), (0.6, 60, 60), (1.0, 60, 60)]
    assert [g.required for g in result.power] == [0.0, 0.95, 0.0]
    assert result.verdict == "corroborated"
    assert result.sensitivity == falsify.Sensitivity(60, 60, round(at_least(60, 60), 6))


def test_a_test_below_its_registered_power_is_untested_whatever_it_sees_of_stronger_plants(clean: Subject) -> None:
    result = judge(clean, [holds("⑤")]).results[0]
    assert result.verdict == "untested"
    assert result.power[-1].found == 60
    assert "its own plants escape: 0 of 60" in result.reason
    assert "(a mark)" in result.reason


def test_one_plant_that_is_always_found_does_not_hide_one_that_escapes(clean: Subject) -> None:
    escaping = replace(marked(), name="another mark", strength=0.2, sow=marked().at(0.2))
    both = replace(holds("③"), plants=(marked(), escaping), min_sensitivity=0.4)
    result = judge(clean, [both]).results[0]
    assert result.verdict == "untested"
    assert "another mark" in result.reason
    assert judge(clean, [replace(both, plants=(marked(),))]).results[0].verdict == "corroborated"


def test_a_plant_may_ask_for_more_power_than_its_hypothesis(clean: Subject) -> None:
    asked = replace(holds("③"), plants=(replace(marked(), power=0.99),))
    assert judge(clean, [asked]).results[0].verdict == "untested"


def test_without_power_nothing_is_corroborated_and_the_same_is_refuted(clean: Subject) -> None:
    report = judge(subject(with_text(clean, "③")), [holds("⑤"), holds("③")], power=False)
    assert [result.verdict for result in report.results] == ["untested", "refuted"]
    assert "power of the test was not measured" in report.results[0].reason
    assert report.results[0].power == ()


def test_a_corpus_in_which_nothing_can_be_planted_is_untested(clean: Subject) -> None:
    nowhere = replace(holds("③"), plants=(edited_rows("nothing", lambda _row, _rng: None),))
    result = judge(clean, [nowhere]).results[0]
    assert result.verdict == "untested"
    assert "no violation could be planted" in result.reason


def test_plants_are_sown_in_a_copy_of_some_rows_and_in_none_that_was_found(
    clean: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power, "COPY_ROWS", 50)
    seen = Measurement(0.0, clean.rows, np.arange(0, clean.rows, 2))
    copy, hosts = Bench(clean).for_plant(marked(), seen)
    assert copy.rows <= 62  # whole files, the last of which goes over
    assert 0 < len(hosts) < copy.rows
    odd = {clean.ids[row] for row in range(1, clean.rows, 2)}
    assert {copy.ids[row] for row in hosts.tolist()} == odd & set(copy.ids)
    everywhere, hosts = Bench(clean).for_plant(replace(marked(), everywhere=True), seen)
    assert everywhere is clean
    assert len(hosts) == clean.rows // 2


def test_the_same_seed_gives_the_same_grades_and_another_gives_other_trials(clean: Subject) -> None:
    chosen = next(h for h in HYPOTHESES if h.id == "D5")
    seen = chosen.test(clean)
    assert measure(chosen, clean, seen) == measure(chosen, replace(clean), seen)
    assert [row.ids for row in (clean.part(0), replace(clean, seed=1).part(0))] != [clean.part(0).ids] * 2


def test_counts_of_several_runs_add_up() -> None:
    grade = Grade("a mark", 1.0, "", 29, 30, 0.0, 0.9, held_out=False)
    both = pooled([[grade], [replace(grade, found=30)]])
    assert [(g.found, g.planted, g.lower) for g in both] == [(59, 60, round(at_least(59, 60), 6))]
    assert not both[0].falls_short
    assert pooled([[replace(grade, found=25)]])[0].falls_short


def test_a_strength_that_a_plant_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match="its only one"):
        replace(marked(), graded=None).at(0.3)
    with pytest.raises(ConfigError, match="share of 0 to 1"):
        marked().at(3.0)


def test_a_third_of_the_plants_is_held_out_by_a_rule_that_looks_at_names_alone() -> None:
    plants = [plant for h in HYPOTHESES for plant in h.plants]
    assert len({plant.name for plant in plants}) == len(plants)
    assert 0.2 <= sum(plant.held_out for plant in plants) / len(plants) <= 0.5
    names = [f"plant {index}" for index in range(600)]
    held = [Plant(name, plants[0].sow).held_out for name in names]
    assert 150 < sum(held) < 250
    assert [Plant(name, plants[1].sow, strength=0.3).held_out for name in names] == held


def test_strengths_and_powers_are_registered() -> None:
    chosen = holds("③")
    other = replace(chosen, plants=(replace(marked(), strength=1.0),))
    assert registration([chosen]) != registration([other])
    assert registration([chosen]) != registration([replace(chosen, plants=(replace(marked(), power=0.5),))])


def test_a_test_that_speaks_against_what_is_right_may_not_refute(clean: Subject) -> None:
    wolf = replace(holds("③"), test=lambda asked: share(range(asked.rows), asked.rows, "are wrong"))
    result = judge(clean, [wolf]).results[0]
    assert result.verdict == "untested"
    assert result.alarms is not None
    assert result.alarms.flagged == result.alarms.looked > 500
    assert f"{SHIPPED} of {SHIPPED} rows of corpora that are right" in result.reason


def test_false_alarms_stand_beside_the_power_with_their_bound(clean: Subject) -> None:
    result = judge(clean, [next(h for h in HYPOTHESES if h.id == "S2")]).results[0]
    assert result.alarms == Alarms(0, SHIPPED, round(at_most(0, SHIPPED), 6), "rows")
    assert result.alarms.upper < 0.01
    report = judge(clean, [holds("③")])
    assert falsify.Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_shipped_draws_are_those_of_the_registered_tests() -> None:
    """To be drawn again after a change: python -m falsify.table --reference."""
    asked = {h.id: registration([h]) for h in HYPOTHESES if not h.errs_by_row}
    assert {name: told["registration"] for name, told in reference.recorded().items()} == asked
    for hypothesis in HYPOTHESES:
        alarms = reference.false_alarms(hypothesis)
        assert alarms is None or (alarms.flagged, alarms.looked > 50) == (0, True), hypothesis.id


def test_shipped_draws_can_be_drawn_again() -> None:
    for hypothesis in HYPOTHESES:
        if not hypothesis.errs_by_row:
            again = reference.drawn_alarms(hypothesis, reference.subjects(), 3)
            assert again is None or again.flagged == 0, hypothesis.id
            assert (again is None) == (reference.recorded()[hypothesis.id]["looked"] == 0)


def test_draws_that_belong_to_another_registration_count_for_nothing() -> None:
    chosen = replace(next(h for h in HYPOTHESES if h.id == "D5"), threshold=0.0)
    alarms = reference.false_alarms(chosen)
    assert alarms is not None
    assert alarms.flagged == alarms.looked <= 6
    assert alarms.are_too_many


def test_the_reference_rows_are_those_that_the_library_makes_of_its_fixtures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To be made again after a change of a stage: python fixtures/reference.py."""
    monkeypatch.syspath_prepend(str(ROOT / "fixtures"))
    monkeypatch.delitem(sys.modules, "reference", raising=False)
    import reference as maker

    made = maker.made(tmp_path)
    names = ["id", "kind", "task", "instruction", "input", "output", "source", "path", "split"]
    assert made.select(names).to_pylist() == pq.read_table(maker.FILE).select(names).to_pylist()


def marginal(index: int, hits: int) -> Hypothesis:
    """A sampled test that found some of 100 rows, where 1 % is allowed."""
    return replace(
        holds("③"),
        id=f"M{index}",
        threshold=0.01,
        population="sample",
        test=lambda asked: share(range(hits if asked.rows == LANTERN else 0), 100, "are wrong", tolerated=True),
    )


def test_sampled_tests_share_their_errors(clean: Subject) -> None:
    """4 of 100 is p = .018: enough alone, not among five; 9 of 100 is enough among any."""
    assert judge(clean, [marginal(0, 4)]).refuted == ("M0",)
    five = [marginal(index, 4 if index == 0 else 0) for index in range(5)]
    result = judge(clean, five).results[0]
    assert result.verdict == "untested"
    assert "Holm" in result.reason
    assert judge(clean, [marginal(0, 9), *five[1:]]).refuted == ("M0",)
    everyone = [replace(one, population="all") for one in five]
    assert judge(clean, everyone).refuted == ("M0",)


def test_alarms_are_counted_as_a_run_would_give_them(clean: Subject) -> None:
    five = [
        replace(marginal(at, 0), test=lambda _, hits=hits: share(range(hits), 100, "are wrong", tolerated=True))
        for at, hits in enumerate((4, 0, 0, 0, 0))
    ]
    alone = reference.all_drawn_alarms(five[:1], [clean], 3)["M0"]
    among = reference.all_drawn_alarms(five, [clean], 3)["M0"]
    assert alone is not None
    assert (alone.flagged, alone.looked) == (3, 3)
    assert among is not None
    assert (among.flagged, among.looked) == (0, 3)


def test_a_draw_that_cannot_be_judged_is_made_up_for(clean: Subject) -> None:
    """A test that needs one row judges some draws; one that asks for more rows than any of them has judges none."""
    wanted = clean.ids[3]
    choosy = replace(
        holds("③"), test=lambda asked: share([], asked.rows, "") if wanted in asked.ids else untested("it is not there")
    )
    found = reference.drawn_alarms(choosy, [clean, clean.take(np.arange(3, 60))], 20)
    assert found is not None
    assert (found.flagged, found.looked) == (0, 20)
    greedy = replace(choosy, test=lambda asked: untested("too few") if asked.rows < LANTERN else share([], 1, ""))
    assert reference.drawn_alarms(greedy, [clean], 20) is None
    asked: list[int] = []

    def twice(drawn: Subject) -> Measurement:
        asked.append(drawn.rows)
        return share([], 1, "") if len(asked) <= 2 else untested("never again")

    seldom = reference.drawn_alarms(replace(choosy, test=twice), [clean], 5)
    assert seldom is not None
    assert seldom.looked == 1
    assert len(asked) == 1 + 4 * 5  # the first says that draws of this size can be judged


def test_sampled_tests_share_their_error_in_draws_that_are_put_to_one_of_them(clean: Subject) -> None:
    """The others have half of their draws from another corpus, but a run on this one would have asked them."""
    kiln = subject(reference.corpora()["kiln"])
    here = set(clean.ids)
    alone = replace(
        marginal(0, 4),
        test=lambda asked: share(range(4), 100, "", tolerated=True) if asked.ids[0] in here else untested("elsewhere"),
    )
    others = [replace(marginal(at, 0), test=lambda _: share([], 100, "", tolerated=True)) for at in range(1, 5)]
    assert reference.all_drawn_alarms([alone], [clean, kiln], 4)["M0"] == Alarms.counted(4, 4, "draws")
    found = reference.all_drawn_alarms([alone, *others], [clean, kiln], 4)
    assert found["M0"] == found["M1"] == Alarms.counted(0, 4, "draws")


def test_rows_that_truly_are_wrong_are_no_false_alarms(clean: Subject) -> None:
    wrong = Subject.of(with_text(clean, "③"))
    test = holds("③")
    row = next(name for name, text in zip(wrong.ids, wrong.texts("output"), strict=True) if "③" in text)
    found = reference.all_drawn_alarms([test], [wrong], 6)["X1"]
    assert found is not None
    assert 0 < found.flagged <= 6
    assert reference.all_drawn_alarms([test], [wrong], 6, {"X1": {row}})["X1"] == Alarms.counted(0, 6, "draws")
    table = {"lantern": wrong.given}
    told = markdown(lines(table, [test], 2, {"X1": {"a mark": [row]}}), ["lantern"], {"X1": {"a mark": [row]}})
    assert f"| 0/{LANTERN - 1} rows |" in told
    assert "left out of its false alarms: 1 for X1 (a mark)." in told
    assert "left out" not in markdown(lines(table, [test], 2), ["lantern"])


def test_without_a_test_its_plants_escape(clean: Subject) -> None:
    asked = [h for h in HYPOTHESES if h.family in ("syntax", "privacy") and h.id != "S1"]
    told = necessity([reference.subjects()[1]], asked)
    assert told["S2"] == ("one such character",)
    assert told["S4"] == ("a reserved token",)
    assert told["P2"] == ("an address or a home path",)
    twice = [holds("③"), replace(holds("③"), id="X2")]
    assert necessity([clean], twice) == {"X1": (), "X2": ()}


def test_the_table_says_what_falls_short_and_what_no_threshold_was_chosen_by() -> None:
    blind = replace(holds("⑤"), id="X2", plants=(replace(marked(), name="one such character"),))
    told = markdown(lines({"lantern": reference.corpora()["lantern"]}, [holds("③"), blind], draws=2), ["lantern"])
    assert "| X1 | a mark | 60% of the mark | 60/60 | 0.951 | 0.95 |" in told
    assert "| X2 | one such character † | 60% of the mark | 0/60 | 0.000 | 0.95 **falls short** |" in told
    seen = f"0/{SHIPPED} rows | {at_most(0, SHIPPED):.2%} | 0/{LANTERN} rows | {at_most(0, LANTERN):.2%}"
    assert f"| X1 | {seen} | a mark; one such character |" in told
    assert f"| X2 | {seen} | **none** |" in told


def test_what_needs_several_sources_is_asked_of_all_corpora_in_one() -> None:
    both = {name: reference.corpora()[name] for name in ("kiln", "lantern")}
    (line,) = lines(both, [next(h for h in HYPOTHESES if h.id == "D6")], draws=3)
    assert line.others == Alarms.counted(0, 3, "draws")
    assert [(grade.found, grade.planted) for grade in line.grades] == [(72, 72), (12, 12)]  # the last is its own


@pytest.mark.parametrize("name", ["D10", "Q5", "S9"])
def test_what_a_holder_hands_in_is_there_when_alarms_are_counted(name: str) -> None:
    test = next(h for h in HYPOTHESES if h.id == name)
    whole = reference.subjects()[1]
    found = test.test(reference.equipped(whole, test, whole))
    assert found.value is not None
    assert not test.refuted_by(found.value)
    assert test.test(whole).value is None


# What the forerunner of this falsifier gave 75, 100, 94 and 89 of 100 points.


def by_id(report: falsify.Report) -> dict[str, falsify.Result]:
    return {result.id: result for result in report.results}


def test_an_empty_corpus_is_refuted_for_having_no_rows() -> None:
    report = judge(subject(SCHEMA.empty_table()), HYPOTHESES)
    assert report.verdict == "refuted"
    assert report.refuted == ("I1",)
    assert by_id(report)["I1"].reason == "0 rows"
    others = [result for result in report.results if result.id not in ("I1", "I2")]
    assert {(result.verdict, result.earned) for result in others} == {("untested", 0.0)}


def test_a_template_is_refuted_for_being_one() -> None:
    found = by_id(judge(subject(template_rows()), HYPOTHESES, power=False))
    assert found["D5"].verdict == "refuted"
    assert "100 of 100 outputs fill the 1 most frequent templates" in found["D5"].reason


def test_rotated_documentation_is_refuted_for_not_belonging() -> None:
    """Each docstring at the next function of its file: nothing is missing, misspelt or there twice."""
    table = stdlib_table(400)
    table = table.filter(pa.array([task == "document" for task in table["task"].to_pylist()]))
    outputs = table["output"].to_pylist()
    field = SCHEMA.field("output")
    turned = pa.array([*outputs[1:], outputs[0]], field.type)
    before = judge(subject(table), HYPOTHESES, power=False)
    report = judge(subject(table.set_column(SCHEMA.get_field_index("output"), field, turned)), HYPOTHESES, power=False)
    assert report.verdict == "refuted"
    assert {"C1b", "C1e"} <= set(report.refuted) - set(before.refuted)
    assert "rows below one half" in by_id(report)["C1b"].reason
    formal = {h.id for h in HYPOTHESES if h.family in ("syntax", "integrity")}
    assert formal & set(report.refuted) <= {"I6"}  # of another answer other tokens were counted


def test_rows_away_from_their_sources_earn_nothing_for_them(
    clean: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a lock file nor a Makefile in the folder decides: what needs the sources is untested without them."""
    asked = [h for h in HYPOTHESES if h.needs in {"reread", "rebuild"}]
    before = judge(clean, asked).to_dict()
    for name in ("Cargo.lock", "Makefile", "environment.toml", "rust-toolchain.toml"):
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    report = judge(clean, asked)
    assert report.to_dict() == before
    assert {(result.verdict, result.earned) for result in report.results} == {("untested", 0.0)}
    assert {result.reason for result in report.results} >= {
        "no way to read the sources again was handed in",
        "no way to build the corpus again was handed in",
    }


def test_a_whole_plant_is_one_corpus_a_trial(clean: Subject) -> None:
    asked = replace(
        holds("③"),
        rate=None,
        plants=(whole("all marked", lambda drawn, _: drawn.with_column("output", ["③"] * drawn.rows), trials=5),),
        min_sensitivity=0.5,
    )
    grade = judge(clean, [asked]).results[0].power[0]
    assert (grade.found, grade.planted) == (5, 5)


def test_a_trial_counts_the_rows_that_were_planted_and_no_other(clean: Subject) -> None:
    def sow(asked: Subject, hosts: Ints, rng: np.random.Generator) -> Iterator[Trial]:
        del hosts, rng
        marked_ = asked.with_column("output", ["③"] * asked.rows)
        yield Trial(marked_, frozenset(marked_.ids[:7]))

    grade = judge(clean, [replace(holds("③"), plants=(Plant("seven", sow),), min_sensitivity=0.5)]).results[0].power[0]
    assert (grade.found, grade.planted) == (7, 7)
