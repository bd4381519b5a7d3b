"""What tests that are not about it take as given: that the falsifier finds what it plants.

In every run it plants violations in copies of the rows and looks whether its tests see them, and what they say of
corpora that are right: seconds for a corpus of a hundred rows, and the same answer each time. A build in a test of
something else assumes the answer. As a program, this is the command line with that assumption.
"""

from __future__ import annotations

import sys
from typing import Any

import falsify.judge
from falsify.hypothesis import Hypothesis, Measurement
from falsify.power import Grade
from falsify.statistics import at_least
from falsify.subject import Subject

PLANTS = 60


def all_found(hypothesis: Hypothesis, subject: Subject, seen: Measurement, bench: Any = None) -> tuple[Grade, ...]:
    """Every plant was found."""
    del seen, bench
    if not subject.is_readable or not subject.rows:
        return ()
    lower = at_least(PLANTS, PLANTS)
    return tuple(
        Grade(plant.name, plant.strength, plant.unit, PLANTS, PLANTS, lower, hypothesis.min_sensitivity, plant.held_out)
        for plant in hypothesis.plants
    )


def no_alarms(hypothesis: Hypothesis) -> None:
    """Nothing that is right was spoken against."""
    del hypothesis


ASSUMED = {"measure": all_found, "false_alarms": no_alarms}
"""By the name in `falsify.judge`."""


if __name__ == "__main__":
    from corpus.cli import main

    for name, assumed in ASSUMED.items():
        setattr(falsify.judge, name, assumed)
    sys.exit(main())
