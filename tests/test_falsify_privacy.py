"""P1 and P2: a secret or an address in a row refutes a corpus, by rules that are not the redactor's."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

import corpus
from falsify import privacy
from falsify.judge import judge, subject_of
from falsify.report import Result
from falsify.subject import Detector

pytestmark = pytest.mark.usefixtures("plants")

REDACTED = {"stage": "redact", "config": {"keep": [], "public": []}, "rows_in": 40, "rows_out": 40, "removed": {}}


def judged(
    extra: str = "", *, lineage: Sequence[Mapping[str, Any]] = (REDACTED,), detector: Detector | None = None
) -> dict[str, Result]:
    """What both say of forty rows, one of which holds something more."""
    outputs = [f"The boat number {i} lies in the harbour and waits for the summer." for i in range(40)]
    outputs[7] += f"\n{extra}"
    table = corpus.from_arrow(
        pa.table({"instruction": [f"Where is boat {i}?" for i in range(40)], "output": outputs})
    ).table
    given = {"reread": None, "rebuild": None, "removed": None, "seed": 0, "sample": 100, "workers": 1, "parses": None}
    subject = subject_of(table, lineage=lineage, detector=detector, **given)
    return {result.id: result for result in judge(subject, privacy.HYPOTHESES).results}


def drawn(alphabet: str, length: int) -> str:
    rng = random.Random(length)
    return "".join(rng.choice(alphabet) for _ in range(length))


def test_clean_rows_corroborate_and_the_plants_are_found() -> None:
    for result in judged().values():
        assert result.verdict == "corroborated"
        assert result.sensitivity is not None
        assert result.sensitivity.kills == result.sensitivity.plants == 60


@pytest.mark.parametrize("prefix", [("AK" + "IA", string.ascii_uppercase, 16), ("hf" + "_", string.ascii_letters, 34)])
def test_a_token_refutes(prefix: tuple[str, str, int]) -> None:
    head, alphabet, length = prefix
    result = judged(head + drawn(alphabet, length))["P1"]
    assert result.verdict == "refuted"
    assert result.veto
    assert len(result.evidence) == 1


def test_a_private_key_refutes_and_its_first_line_does_not() -> None:
    line = "-----BEGIN RSA PRIVATE " + "KEY-----"
    assert judged(line + "\n" + drawn(string.ascii_letters, 64))["P1"].verdict == "refuted"
    assert judged(line)["P1"].verdict == "corroborated"


@pytest.mark.parametrize(
    "found", ["ask a.b@mail-of-a-firm.com", "it lies in /home/quorren/boats", r"C:\Users\quorren\boats"]
)
def test_an_address_or_a_home_refutes_what_was_redacted(found: str) -> None:
    assert judged(found)["P2"].verdict == "refuted"
    assert judged(found, lineage=())["P2"].verdict == "untested"


@pytest.mark.parametrize(
    "nobody", ["me@example.org", "git@code-host.org", "https://a:b@host.org/x", "/home/user/boats"]
)
def test_what_is_nobodys_refutes_nothing(nobody: str) -> None:
    assert judged(nobody)["P2"].verdict == "corroborated"


def test_what_was_declared_public_or_kept_refutes_nothing() -> None:
    public = {**REDACTED, "config": {"keep": [], "public": ["@mail-of-a-firm.com"]}}
    assert judged("ask a.b@mail-of-a-firm.com", lineage=[public])["P2"].verdict == "corroborated"
    kept = {**REDACTED, "config": {"keep": ["email"], "public": []}}
    assert judged("ask a.b@mail-of-a-firm.com", lineage=[kept])["P2"].verdict != "refuted"
    assert judged("in /home/quorren/boats", lineage=[kept])["P2"].verdict == "refuted"


def test_somebody_elses_detector_is_asked() -> None:
    result = judged("the magic word", detector=lambda texts: ["magic" in text for text in texts])["P1"]
    assert result.verdict == "refuted"


def test_credsweeper_is_a_detector() -> None:
    pytest.importorskip("credsweeper")
    from falsify.sweeper import credsweeper

    token = 'aws_key = "AK' + "IA" + drawn(string.ascii_uppercase + "234567", 16) + '"'
    assert credsweeper()(["The boat lies in the harbour.", token]) == [False, True]
