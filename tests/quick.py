"""What tests that are not about it take as given: that the falsifier finds what it plants.

In every run it plants violations in copies of the rows and looks whether its tests see them: five seconds for a
corpus of a hundred rows, and the same answer each time. A build in a test of something else assumes the answer. As a
program, this is the command line with that assumption.
"""

from __future__ import annotations

import sys

import falsify.judge
from falsify.hypothesis import Hypothesis, Measurement
from falsify.report import Sensitivity
from falsify.statistics import at_least
from falsify.subject import Subject

PLANTS = 60


def all_found(hypothesis: Hypothesis, subject: Subject, seen: Measurement) -> Sensitivity:
    """Every plant was found."""
    del seen
    planted = PLANTS if subject.is_readable and hypothesis.plants else 0
    return Sensitivity(planted, planted, at_least(planted, planted) if planted else 0.0)


def assume() -> None:
    """Sow nothing in this process from here on."""
    falsify.judge._control = all_found


if __name__ == "__main__":
    from corpus.cli import main

    assume()
    sys.exit(main())
