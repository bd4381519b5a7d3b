"""What must not be in a corpus: secrets and personal data, found in linear time (docs/privacy.md)."""

from __future__ import annotations

from corpus.privacy.detector import VERSION, Detector, Finder, kinds
from corpus.privacy.gitleaks import gitleaks_rules
from corpus.privacy.presidio import presidio_finder
from corpus.privacy.rule import Candidate, Check, Finding, Rule
from corpus.privacy.rules import RULES

__all__ = [
    "RULES",
    "VERSION",
    "Candidate",
    "Check",
    "Detector",
    "Finder",
    "Finding",
    "Rule",
    "gitleaks_rules",
    "kinds",
    "presidio_finder",
]
