"""A falsifier: it tries to refute a corpus, and says how strong its tests were.

    report = falsify.falsify(corpus)
    report.verdict, report.score, report.results

Every hypothesis forbids something, was fixed before the run (`report.registration`), and is controlled in the
same run by violations planted in copies of the corpus' own rows. What its own plants escape is `untested`: it
may not corroborate. `falsify.mutation_test` does the same to the falsifier as a whole.
"""

from falsify.hypothesis import Hypothesis, Measurement, Plant, Trial
from falsify.judge import HYPOTHESES, falsify
from falsify.mutants import Mutant, MutationReport, mutation_test
from falsify.power import Alarms, Grade
from falsify.report import Report, Result, Sensitivity

__all__ = [
    "HYPOTHESES",
    "Alarms",
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
]
