"""A falsifier: it tries to refute a corpus, and says how strong its tests were.

    report = falsify.falsify(corpus)
    report.verdict, report.score, report.results

Every hypothesis forbids something, was fixed before the run (`report.registration`), and is controlled in the
same run by violations planted in copies of the corpus' own rows. What its own plants escape is `untested`: it
may not corroborate. `falsify.mutation_test` does the same to the falsifier as a whole.

    falsify.register("thresholds.toml")                              # fixed before anybody looks
    report = falsify.falsify("my-corpus", register="thresholds.toml", sources=["~/src/ripgrep"])
    report = falsify.falsify("theirs.parquet", columns={"instruction": "prompt", "output": "completion"})
    report.to_html("report.html", corpus)
"""

from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial
from falsify.judge import HYPOTHESES, falsify
from falsify.mutants import Mutant, MutationReport, mutation_test
from falsify.opening import read
from falsify.power import Alarms, Grade
from falsify.report import Report, Result, Sensitivity, schema
from falsify.thresholds import Change, register

__all__ = [
    "HYPOTHESES",
    "Alarms",
    "Change",
    "Grade",
    "Hypothesis",
    "Measurement",
    "Mutant",
    "MutationReport",
    "Plant",
    "Report",
    "Result",
    "Sensitivity",
    "Trial",
    "falsify",
    "mutation_test",
    "read",
    "register",
    "schema",
]
